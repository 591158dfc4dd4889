"""The backfill's benchmark still runs, and both contenders save the same filings."""

import json
from pathlib import Path

import pytest

from bench.edgar_backfill import FIRST, Bulk, measured, speed


@pytest.mark.slow
def test_both_contenders_save_the_same_filings(tmp_path: Path) -> None:
    speed(10, 1, tmp_path, tmp_path / "results")
    written = json.loads((tmp_path / "results" / "edgar-backfill.json").read_text())
    wanted = written["parameters"]["filings"]
    assert wanted >= 10
    assert written["parameters"]["saved"] == {"house": wanted, "package alone": wanted}


@pytest.mark.slow
def test_small_filings_in_bulk_are_all_collected_and_parsed(tmp_path: Path) -> None:
    with Bulk(7, FIRST).serving() as url:
        told = measured(url, tmp_path, FIRST)
    assert (told["documents"], told["filings"]) == (2 + 7, 7)
    assert told["peak_mb"] >= told["peak_collecting_mb"] > 0
