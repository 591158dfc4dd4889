"""The harness times what it says, and the lake's benchmark still runs."""

import json
from pathlib import Path

import pytest

from bench import bars, frames, lake
from bench.harness import Contender, compare


def test_contenders_take_turns_after_a_warm_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    calls: list[str] = []
    timings = compare(
        "turns",
        [
            Contender("slow", lambda: sum(range(300_000)) or calls.append("slow"), lambda: calls.append("ready")),
            Contender("floor", lambda: calls.append("floor")),
        ],
        repeats=3,
        parameters={"rows": 7},
        results=tmp_path,
    )
    assert [call for call in calls if call != "slow"] == ["ready", "floor"] * 4
    assert timings["floor"].ratio == 1.0
    assert timings["slow"].ratio > 1.0
    assert timings["slow"].min_s <= timings["slow"].median_s <= timings["slow"].max_s
    written = json.loads((tmp_path / "turns.json").read_text())
    assert (written["repeats"], written["parameters"]) == (3, {"rows": 7})
    assert written["seconds"]["slow"]["ratio"] == timings["slow"].ratio
    assert written["machine"]["cores"] >= 1
    assert written["versions"]["duckdb"][0].isdigit()
    assert capsys.readouterr().err == ""


def test_nothing_to_compare_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least one contender and one repeat"):
        compare("none", [], results=tmp_path)


def test_the_lake_benchmark_runs_at_toy_size(tmp_path: Path) -> None:
    lake.main(["--rows", "2000", "--repeats", "1", "--results", str(tmp_path)])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lake-append.json", "lake-read.json", "lake-write.json"]


def test_the_frames_benchmark_runs_at_toy_size(tmp_path: Path) -> None:
    assert frames.compare_parsers(60, 1, tmp_path).keys() == {"ticks", "json, exact numbers", "msgspec, exact numbers"}
    assert json.loads((tmp_path / "frames.json").read_text())["parameters"] == {"frames": 60, "records": 90}


def test_the_rows_of_the_benchmark_are_the_same_each_time() -> None:
    assert lake.made(500).equals(lake.made(500))
    assert len(set(lake.made(500)["trade_id"].to_pylist())) == 500


def test_the_bar_benchmark_runs_at_toy_size(tmp_path: Path) -> None:
    bars.main(["--trades", "3000", "--repeats", "1", "--results", str(tmp_path)])
    written = json.loads((tmp_path / "bars.json").read_text())
    assert written["parameters"]["trades"] == 3_000
    assert set(written["seconds"]) == {
        "engine, eight intervals",
        "engine, one interval",
        "columns, eight intervals",
        "plain loop, one interval",
    }
