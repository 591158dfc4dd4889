"""EDGAR's benchmarks still run, on the sandbox's documents."""

import json
from pathlib import Path

import pytest

from bench import edgar


@pytest.mark.slow
def test_the_benchmarks_run_at_toy_size(tmp_path: Path) -> None:
    edgar.main(["--limit", "3", "--repeats", "1", "--results", str(tmp_path)])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["edgar-ownership.json", "edgar-sections.json"]
    for path in tmp_path.iterdir():
        assert json.loads(path.read_text())["parameters"]["documents"] == 3


@pytest.mark.slow
def test_one_of_them_can_be_asked_for(tmp_path: Path) -> None:
    edgar.main(["--limit", "1", "--repeats", "1", "--results", str(tmp_path), "--only", "ownership"])
    assert [path.name for path in tmp_path.iterdir()] == ["edgar-ownership.json"]
