"""Checks of tables: every table can be checked, whatever its columns are called."""

from datetime import date
from pathlib import Path

import pytest

from tauric_assets.lake.store import Lake
from tauric_assets.lake.verify import verify_table
from tauric_assets.tables import TABLES
from tauric_assets.times import Days


@pytest.mark.slow
def test_every_table_can_be_checked_before_it_holds_anything(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path))
    for name in TABLES:
        verdict = verify_table(lake, name, Days(date(2026, 1, 5), date(2026, 1, 6)))
        assert verdict.passed and verdict.counts == {"stored": 0}, name
