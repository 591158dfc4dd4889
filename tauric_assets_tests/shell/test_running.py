"""Runs of the whole graph against the real sandbox, and again, and after damage, and killed in the middle."""

import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import dagster as dg
import pyarrow as pa
import pytest

from tauric_assets.components.feed import instances_in
from tauric_assets.definitions import Overrides, build_definitions
from tauric_assets.defs.running import instance_of, materialize
from tauric_assets.errors import TauricError, UsageError
from tauric_assets.house import House
from tauric_assets.pipeline import run_all
from tauric_assets.sandbox.launch import Running
from tauric_assets.settings import Settings, child_environment, load_settings
from tauric_assets.times import Days
from tauric_assets_tests.shell.conftest import TWO_DAYS
from tauric_assets_tests.shell.contents import PLAIN_TABLES, contents

SEED = 20260105
KILLS = 4
RUN_TIMEOUT_S = 180


@pytest.fixture(scope="module")
def filled(sandbox: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("filled")
    house = House(load_settings(data_dir=folder, upstream="sandbox", sandbox_url=sandbox.url))
    materialize(house, TWO_DAYS)
    yield house


@pytest.mark.slow
def test_every_table_has_rows_and_a_second_run_adds_none(filled: House) -> None:
    before = contents(filled)
    assert all(before[name] for name in PLAIN_TABLES), {name: len(rows) for name, rows in before.items()}
    reports = materialize(filled, TWO_DAYS)
    assert {report.asset: report.new_rows for report in reports} == {report.asset: 0 for report in reports}
    assert all(report.partitions == len(TWO_DAYS) for report in reports)
    assert contents(filled) == before


@pytest.mark.slow
def test_the_graph_makes_what_the_plain_loop_makes(filled: House, house: House) -> None:
    instances = instances_in(build_definitions(Overrides(house=house)))
    run_all(house, instances, TWO_DAYS)
    assert contents(house) == contents(filled)


@pytest.mark.slow
def test_day_by_day_equals_the_range(filled: House, house: House) -> None:
    for day in TWO_DAYS:
        materialize(house, Days.one(day))
    mine, theirs = contents(house), contents(filled)
    for name in PLAIN_TABLES:
        assert mine[name] == theirs[name], name


@pytest.mark.slow
def test_metadata_has_counts_schema_preview_and_picture(filled: House) -> None:
    with instance_of(filled) as instance:
        event = instance.get_latest_materialization_event(dg.AssetKey("bars"))
    assert event is not None
    metadata = event.asset_materialization.metadata
    assert metadata["dagster/row_count"].value > 0
    assert "NOVA" in metadata["preview"].value or "USD" in metadata["preview"].value
    assert metadata["picture"].value.startswith("![")


@pytest.mark.slow
def test_a_repeated_key_fails_the_check_and_stops_what_is_below(house: House) -> None:
    materialize(house, TWO_DAYS, 'key:"raw/coinbase" or key:"trades"')
    rows = house.lake.read("trades").slice(0, 1)
    house.lake.append("trades", pa.concat_tables([rows, rows]), "damage", 1)
    with pytest.raises(TauricError, match="trades"):
        materialize(house, TWO_DAYS, 'key:"trades"+')
    assert house.lake.status("bars").rows == 0


def test_days_that_are_not_and_assets_that_are_not_are_refused(house: House) -> None:
    with pytest.raises(UsageError, match="first partition"):
        materialize(house, Days.one(date(1990, 1, 1)))
    with pytest.raises(UsageError, match="not begun"):
        materialize(house, Days.one(date(2999, 1, 1)))
    with pytest.raises(UsageError, match="no asset matches"):
        materialize(house, TWO_DAYS, 'key:"tardes"')


def start_backfill(settings: Settings) -> "subprocess.Popen[bytes]":
    words = ["backfill", "--from", str(TWO_DAYS.start), "--to", str(TWO_DAYS.end)]
    return subprocess.Popen(
        [sys.executable, "-m", "tauric_assets.cli", *words],
        env=child_environment(settings),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def wait_for_first_table(settings: Settings, child: "subprocess.Popen[bytes]") -> None:
    log = Path(settings.lake_root) / "raw_documents" / "_delta_log"
    deadline = time.monotonic() + RUN_TIMEOUT_S
    while not log.exists() and child.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.slow
def test_killed_runs_leave_what_an_undisturbed_run_leaves(filled: House, settings: Settings) -> None:
    print(f"seed {SEED}")  # noqa: T201  shown where it fails
    dice = random.Random(SEED)
    killed = 0
    for _ in range(KILLS):
        child = start_backfill(settings)
        wait_for_first_table(settings, child)
        deadline = time.monotonic() + dice.uniform(0.2, 6.0)
        while child.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        if child.poll() is None:
            child.send_signal(signal.SIGKILL)
            killed += 1
        child.communicate()
    assert killed, "no run was caught alive: this test proves nothing"
    last = start_backfill(settings)
    _, told = last.communicate(timeout=RUN_TIMEOUT_S)
    assert last.returncode == 0, told.decode()

    disturbed = House(settings)
    assert contents(disturbed) == contents(filled)
    assert disturbed.vectors.count() == filled.vectors.count() > 0
