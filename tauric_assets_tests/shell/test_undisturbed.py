"""A run that is killed in the middle, and run again, leaves the lake equal to an undisturbed run."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tauric_assets.defs.running import materialize
from tauric_assets.house import House
from tauric_assets.settings import Settings, child_environment
from tauric_assets_tests.shell.conftest import TWO_DAYS
from tauric_assets_tests.shell.contents import contents

SEED = 20260105
KILLS = 4
RUN_TIMEOUT_S = 180


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
def test_killed_runs_leave_what_an_undisturbed_run_leaves(settings: Settings, tmp_path: Path) -> None:
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

    undisturbed = House(settings.model_copy(update={"data_dir": tmp_path / "undisturbed"}))
    materialize(undisturbed, TWO_DAYS)
    disturbed = House(settings)
    assert contents(disturbed) == contents(undisturbed)
    assert disturbed.vectors.count() == undisturbed.vectors.count() > 0
