"""Commands as processes beside a real sandbox: a day without data, a full disk, Dagster's own validation, readers."""

import resource
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tauric_assets.defs.running import dagster_home, materialize
from tauric_assets.house import House
from tauric_assets.settings import PROJECT_FOLDER, Settings, child_environment
from tauric_assets_tests.shell.conftest import TWO_DAYS

PROCESS_TIMEOUT_S = 120
BEFORE_THE_WORLD = ("--from", "2019-01-01", "--to", "2019-01-02")
TRADES = 'key:"raw/kraken" or key:"trades"'

Process = subprocess.CompletedProcess[str]


def backfill(settings: Settings, *words: str, before: Callable[[], None] | None = None) -> Process:
    return subprocess.run(
        [sys.executable, "-m", "tauric_assets.cli", "backfill", *words, "--select", TRADES],
        env=child_environment(settings), preexec_fn=before, capture_output=True, text=True, timeout=PROCESS_TIMEOUT_S,
    )  # fmt: skip


def one_line(done: Process) -> str:
    assert done.returncode == 2, done.stderr
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith("tauric: ")
    return line


@pytest.mark.slow
def test_a_day_without_data_is_one_line(settings: Settings) -> None:
    assert "no data from 2019-01-01 to 2019-01-02" in one_line(backfill(settings, *BEFORE_THE_WORLD))


@pytest.mark.slow
@pytest.mark.parametrize("file_bytes_max", [2_000, 60_000])
def test_a_full_disk_is_one_line_and_the_next_run_mends_it(settings: Settings, file_bytes_max: int) -> None:
    words = ("--from", str(TWO_DAYS.start), "--to", str(TWO_DAYS.end))
    limit = (file_bytes_max, file_bytes_max)
    full = backfill(settings, *words, before=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limit))
    assert "free space" in one_line(full)
    after = backfill(settings, *words)
    assert after.returncode == 0, after.stderr
    assert House(settings).lake.status("trades").rows > 0


@pytest.mark.slow
def test_dagster_validates_the_definitions(house: House) -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "dagster", "definitions", "validate", "-w", "workspace.yaml"],
        cwd=PROJECT_FOLDER, env=child_environment(house.settings, DAGSTER_HOME=str(dagster_home(house))),
        capture_output=True, text=True, timeout=PROCESS_TIMEOUT_S,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Validation successful" in done.stdout + done.stderr


READER = """
import duckdb, sys
for line in sys.stdin:
    with duckdb.connect(sys.argv[1], read_only=True) as client:
        (rows,) = client.execute("select count(*) from bars_1h").fetchone()
    sys.stdout.write(f"{rows}\\n")
    sys.stdout.flush()
"""


@pytest.mark.slow
def test_a_plain_client_reads_the_warehouse_while_runs_publish_it(house: House) -> None:
    materialize(house, TWO_DAYS, 'key:"raw/kraken" or key:"trades"+1 or key:"warehouse"')

    def publish() -> None:
        for _ in range(3):
            materialize(house, TWO_DAYS, 'key:"warehouse"')

    words = [sys.executable, "-c", READER, str(house.warehouse)]
    with (
        ThreadPoolExecutor(1) as threads,
        subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as reader,
    ):
        assert reader.stdin is not None
        assert reader.stdout is not None
        published = threads.submit(publish)
        counts = []
        while not published.done() or not counts:
            reader.stdin.write("\n")
            reader.stdin.flush()
            counts.append(reader.stdout.readline())
        reader.stdin.close()
    published.result()
    assert reader.returncode == 0
    assert len(set(counts)) == 1
    assert int(counts[0]) > 0
