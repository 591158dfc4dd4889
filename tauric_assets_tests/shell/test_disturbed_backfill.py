"""A backfill of EDGAR through faults and two kills ends with the rows of an undisturbed one, asking nothing twice."""

import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import httpx
import pytest

from tauric_assets.feeds.configured import configured_feeds
from tauric_assets.feeds.edgar import TABLES as EDGAR_TABLES
from tauric_assets.house import House
from tauric_assets.pipeline import STEPS, collect_feed
from tauric_assets.sandbox.launch import Running, start
from tauric_assets.sandbox.options import SandboxOptions
from tauric_assets.settings import Settings, child_environment, load_settings
from tauric_assets.times import Days
from tauric_assets_tests.shell.contents import contents

DAYS = Days(date(2025, 11, 24), date(2026, 1, 10))
COMPARED = (*EDGAR_TABLES, "raw_documents", "document_accounts", "quarantine")
COLLECTED_BEFORE_KILL = 80
WAIT_S = 120
FAULTS = (
    {"kind": "status", "status": 403, "retry_after_s": 0},
    {"kind": "status", "status": 429, "retry_after_s": 0},
    {"kind": "status", "status": 503, "retry_after_s": 0},
    {"kind": "truncate"},
    {"kind": "reset"},
)
"""One in a hundred answers each: five in a hundred."""

PROGRAM = """
from datetime import date
from tauric_assets.errors import UpstreamUnavailable
from tauric_assets.feeds.configured import configured_feeds
from tauric_assets.house import House
from tauric_assets.pipeline import STEPS, collect_feed
from tauric_assets.settings import load_settings
from tauric_assets.times import Days
house, days = House(load_settings()), Days(date.fromisoformat("{start}"), date.fromisoformat("{end}"))
(edgar,) = (one for one in configured_feeds() if one.name == "edgar")
for _ in range(50):  # somebody who runs it again after each block
    try:
        collect_feed(edgar, house, days)
        break
    except UpstreamUnavailable:
        pass
else:
    raise SystemExit("blocked fifty times")
next(step for step in STEPS if step.name == "edgar_tables").run(house, [edgar], days)
"""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Running]:
    with start(SandboxOptions(port=0, clock="frozen:2026-01-20T00:00:00Z", trades_per_day=1)) as running:
        yield running


def backfill(house: House) -> None:
    """What PROGRAM does, here and once."""
    (edgar,) = (one for one in configured_feeds() if one.name == "edgar")
    collect_feed(edgar, house, DAYS)
    next(step for step in STEPS if step.name == "edgar_tables").run(house, [edgar], DAYS)


def started(settings: Settings) -> "subprocess.Popen[bytes]":
    program = PROGRAM.format(start=DAYS.start, end=DAYS.end)
    return subprocess.Popen([sys.executable, "-c", program], env=child_environment(settings), stderr=subprocess.PIPE)


def killed_when(settings: Settings, far_enough: Callable[[], bool]) -> None:
    """Start a backfill and kill it as soon as it is `far_enough`."""
    child = started(settings)
    deadline = time.monotonic() + WAIT_S
    while not far_enough():
        assert child.poll() is None, (child.communicate()[1] or b"").decode()
        assert time.monotonic() < deadline
        time.sleep(0.005)
    child.send_signal(signal.SIGKILL)
    child.communicate()
    assert child.returncode == -signal.SIGKILL, "it was over before it was killed: this proves nothing"


def served_whole(sandbox: httpx.Client) -> "Counter[str]":
    """How often each submission was served without a fault."""
    log = sandbox.get("/sandbox/log").json()
    return Counter(
        entry["path"].rpartition("/")[2]
        for entry in log
        if entry["path"].endswith(".txt") and entry["status"] == 200 and not entry["fault"]
    )


@pytest.mark.slow
def test_a_backfill_through_faults_and_kills_is_that_of_a_quiet_day(sandbox: Running, tmp_path: Path) -> None:
    quiet = House(load_settings(data_dir=tmp_path / "quiet", sandbox_url=sandbox.url))
    backfill(quiet)
    settings = load_settings(data_dir=tmp_path / "data", sandbox_url=sandbox.url)
    house = House(settings)
    with httpx.Client(base_url=sandbox.url, trust_env=False, timeout=30) as control:
        before = served_whole(control)
        rules = [{"match": "www.sec.gov/*", "rate": 0.01, **fault} for fault in FAULTS]
        control.post("/sandbox/faults", json=rules).raise_for_status()

        raw, lake = settings.data_dir / "raw", settings.data_dir / "lake"
        killed_when(settings, lambda: sum(1 for _ in raw.rglob("*.zst")) >= COLLECTED_BEFORE_KILL)
        left = [path for path in (settings.data_dir / "state" / "collected").glob("*.jsonl") if path.stat().st_size]
        assert len(left) == 1, "no journal was left behind: this proves nothing"
        killed_when(settings, (lake / "filings" / "_delta_log").exists)
        assert not (lake / "document_accounts").exists(), "all was parsed: this proves nothing"
        last = started(settings)
        _, told = last.communicate(timeout=WAIT_S)
        assert last.returncode == 0, told.decode()

        struck = [rule["struck"] for rule in control.get("/sandbox/faults").json()["faults"]]
        assert min(struck) >= 1, struck
        served = served_whole(control) - before
    disturbed, undisturbed = contents(house, COMPARED), contents(quiet, COMPARED)
    for name in COMPARED:
        assert disturbed[name] == undisturbed[name], name
    assert len(undisturbed["filings"]) > 150
    assert sum(served.values()) - len(served) <= 1  # the one that was on its way when the run was killed
