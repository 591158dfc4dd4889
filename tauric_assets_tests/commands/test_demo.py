"""The demo on real recordings, whole, as a process. Not here: the demo on the sandbox (test_docs.py)."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tauric_assets.settings import Settings, child_environment, load_settings

DEMO_TIMEOUT_S = 500


def tauric(settings: Settings, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "tauric_assets.cli", *words],
        env=child_environment(settings), capture_output=True, text=True, timeout=DEMO_TIMEOUT_S,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
@pytest.mark.realdata
@pytest.mark.timeout(1_200)
def test_the_demo_runs_on_real_recordings_and_accounts_for_every_one(realdata: Path, tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path / "data")
    tauric(settings, "demo", "--replay", str(realdata))
    status = json.loads(tauric(settings, "status", "--json"))
    feeds = {feed["feed"]: feed for feed in status["feeds"]}
    for feed in feeds.values():
        assert feed["documents"] == feed["accounted"]
        assert feed["records"] == feed["rows"] + feed["quarantined"] + feed["ignored"]
    tables = {table["table"]: table["rows"] for table in status["tables"]}
    assert tables["insider_transactions"] > 1_000
    assert tables["filings"] > 300
    assert tables["news"] > 300
    assert tables["trades"] > 10_000
    assert tables["quarantine"] > 0
