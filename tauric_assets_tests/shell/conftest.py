"""A small sandbox for the whole session and a house of its own for each test."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from tauric_assets.house import House
from tauric_assets.sandbox.launch import Running, start
from tauric_assets.sandbox.options import SandboxOptions
from tauric_assets.settings import Settings, load_settings
from tauric_assets.times import Days

TWO_DAYS = Days(date(2026, 1, 6), date(2026, 1, 8))


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Running]:
    options = SandboxOptions(port=0, clock=f"frozen:{TWO_DAYS.end}T00:00:00Z", trades_per_day=120)
    with start(options) as running:
        yield running


@pytest.fixture
def settings(sandbox: Running, tmp_path: Path) -> Settings:
    return load_settings(data_dir=tmp_path / "data", upstream="sandbox", sandbox_url=sandbox.url)


@pytest.fixture
def house(settings: Settings) -> House:
    return House(settings)
