"""The steps of the pipeline that link amendments and sum activity: the same lake whatever came first, and at rest."""

from pathlib import Path

import pytest

from tauric_assets.errors import LakeConflict
from tauric_assets.house import House
from tauric_assets.pipeline import STEPS
from tauric_assets.settings import load_settings
from tauric_assets.tables import Row
from tauric_assets.times import Days, day_of_ns
from tauric_assets_tests.research.made import FIRST, at, put, report, trade

pytestmark = pytest.mark.slow
DERIVED = ("insider_amendments", "insider_activity")
FILED: list[tuple[Row, Row]] = [
    (report("a", at(0)), trade("a", 1, at(0))),
    (report("b", at(1), owners=[2]), trade("b", 1, at(1), owners=[2])),
    (report("c", at(3), "4/A", original=FIRST), trade("c", 1, at(3), form="4/A", price="12")),
    (report("d", at(4), owners=[3]), trade("d", 1, at(4), owners=[3])),
]


def house_at(folder: Path) -> House:
    return House(load_settings(data_dir=folder))


def arrive(house: House, *filed: tuple[Row, Row]) -> None:
    """Filings land under their days, and the steps run over these."""
    put(house.lake, "insider_reports", [one for one, _ in filed])
    put(house.lake, "insider_transactions", [line for _, line in filed])
    days = sorted(day_of_ns(int(str(one["known_at"]))) for one, _ in filed)
    run(house, Days(days[0], Days.one(days[-1]).end))


def run(house: House, days: Days) -> None:
    for name in DERIVED:
        next(step for step in STEPS if step.name == name).run(house, (), days)


def stored(house: House) -> list[list[Row]]:
    found = []
    for name in DERIVED:
        rows = house.lake.read(name, every_revision=True).drop_columns(["ingested_at"]).to_pylist()
        found.append(sorted(rows, key=lambda row: (row["known_at"], str(row))))
    return found


def test_filings_may_arrive_in_any_order(tmp_path: Path) -> None:
    at_once, backwards = house_at(tmp_path / "at once"), house_at(tmp_path / "backwards")
    arrive(at_once, *FILED)
    for one in reversed(FILED):
        arrive(backwards, one)
    assert stored(backwards) == stored(at_once)
    [amendment], activity = stored(at_once)
    assert amendment["status"] == "certain"
    assert [row["net_value"] for row in activity] == [1000, 1000, 200, 1000]
    assert [row["cluster_buy"] for row in activity] == [False, False, False, True]


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    house = house_at(tmp_path)
    arrive(house, *FILED)
    before = [house.lake.status(name).version for name in DERIVED]
    run(house, Days.one(FIRST))
    assert [house.lake.status(name).version for name in DERIVED] == before


def test_what_is_written_meanwhile_is_read_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house, late = house_at(tmp_path), [FILED[3]]
    arrive(house, *FILED[:3])
    replace = house.lake.replace

    def interrupted(table, days, rows):  # type: ignore[no-untyped-def]
        """Another run's filing lands between our reading and our writing."""
        if late:
            put(house.lake, "insider_transactions", [late.pop()[1]])
        return replace(table, days, rows)

    monkeypatch.setattr(house.lake, "replace", interrupted)
    run(house, Days.one(FIRST))
    monkeypatch.undo()
    assert [row["date"] for row in stored(house)[1]] == [day_of_ns(at(n)) for n in (0, 1, 3, 4)]


def test_a_lake_that_never_rests_is_a_conflict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house = house_at(tmp_path)
    arrive(house, *FILED)
    replace, numbers = house.lake.replace, iter(range(1_000))

    def interrupted(table, days, rows):  # type: ignore[no-untyped-def]
        put(house.lake, "insider_transactions", [trade(f"x{next(numbers)}", 1, at(5))])
        return replace(table, days, rows)

    monkeypatch.setattr(house.lake, "replace", interrupted)
    with pytest.raises(LakeConflict, match="run it again"):
        run(house, Days.one(FIRST))
