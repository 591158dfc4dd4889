"""Near-duplicates: found, told from look-alikes, and never decided by what came later."""

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tauric_assets.lake.store import Lake
from tauric_assets.lake.verify import verify_table
from tauric_assets.tables import TABLES, Row, to_arrow
from tauric_assets.text import clusters
from tauric_assets.text.clusters import Clusters, build, verdict
from tauric_assets.times import Days, day_of_ns, day_start_ns

HOUR = 3_600_000_000_000
START = day_start_ns(date(2026, 1, 5))
TITLE = "Nova Industries opens a second plant for turbine blades in Farsund"
SUMMARY = "The plant will employ four hundred people and begin to deliver blades in the autumn, the company said."


def entry(number: int, hour: float, title: str = TITLE, summary: str = "", feed: str = "wire") -> Row:
    known_at = START + int(hour * HOUR)
    return {
        **{"ts_event": known_at, "known_at": known_at, "known_at_quality": "observed", "feed": feed},
        **{"entry_id": str(number), "title": title, "summary": summary, "content_sha256": f"{number}", "tags": []},
    }


def in_order(entries: Iterable[Row]) -> list[Row]:
    """Entries as they became known."""
    return sorted(entries, key=lambda row: [row[name] for name in clusters.ORDER])


def cluster(entries: Iterable[Row]) -> Iterator[Row]:
    """Rows of `news_clusters` for rows of `news` in any order, each entry once, as they became known."""
    found = Clusters()
    return (row for row in map(found.add, in_order(entries)) if row is not None)


def told(*entries: Row) -> dict[str, str]:
    """Entry to the entry at the origin of its cluster."""
    return {str(row["entry_id"]): str(row["cluster_id"]).rpartition(":")[2] for row in cluster(entries)}


@pytest.mark.parametrize(
    ("title", "summary"),
    [
        (TITLE, ""),
        (TITLE.upper() + "!", "Another summary of the very same story, in words of its own."),
        (TITLE + " - Example News", ""),
        (TITLE.replace("a second", "its second"), SUMMARY),
    ],
)
def test_the_same_story_told_again_joins_its_origin(title: str, summary: str) -> None:
    first, again = cluster([entry(1, 0, TITLE, SUMMARY), entry(2, 5, title, summary, "other")])
    assert (first["origin"], first["similar_to"], first["similarity"]) == (True, None, None)
    assert (again["origin"], again["cluster_id"], again["similar_to"]) == (False, "news:wire:1", "news:wire:1")
    assert 0.75 <= float(str(again["similarity"])) <= 1.0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Stocks That Hit 52-Week Highs On Friday", "Stocks That Hit 52-Week Highs On Wednesday"),
        ("Nova Industries Q3 EPS $1.20 Beats $1.10 Estimate", "Nova Industries Q3 EPS $1.30 Beats $1.10 Estimate"),
        ("Nova Declares Quarterly Dividend", "Orchard Declares Quarterly Dividend"),
        (f"Nova Earnings Preview: {TITLE[5:]}", f"Orchard Earnings Preview: {TITLE[5:]}"),
        ("Market update", "Market update"),
        ("", ""),
    ],
)
def test_look_alikes_are_stories_of_their_own(one: str, other: str) -> None:
    assert told(entry(1, 0, one), entry(2, 1, other)) == {"1": "1", "2": "2"}


def test_a_story_is_the_same_for_72_hours_since_it_was_last_told() -> None:
    assert told(entry(1, 0), entry(2, 72), entry(3, 144), entry(4, 216.1)) == {"1": "1", "2": "1", "3": "1", "4": "4"}


WORDS = st.sampled_from(["nova", "opens", "plant", "turbine", "blades", "autumn", "farsund", "second"])
ENTRIES = st.lists(
    st.tuples(st.integers(0, 200), st.lists(WORDS, min_size=4, max_size=7).map(" ".join), st.sampled_from("ab")),
    max_size=14,
).map(lambda drawn: [entry(number, *one[:2], feed=one[2]) for number, one in enumerate(drawn)])


@given(entries=ENTRIES, data=st.data())
def test_order_of_arrival_and_later_entries_change_nothing(entries: list[Row], data: st.DataObject) -> None:
    whole = list(cluster(entries))
    assert list(cluster(data.draw(st.permutations(entries)))) == whole
    moment = START + data.draw(st.integers(0, 200)) * HOUR
    earlier = [one for one in entries if int(str(one["known_at"])) <= moment]
    assert list(cluster(earlier)) == [row for row in whole if int(str(row["known_at"])) <= moment]
    known = {row["document_id"]: row for row in whole}
    assert all(known[row["cluster_id"]]["origin"] for row in whole)
    assert len(whole) == len(entries)


def test_a_control_that_looks_ahead_fails_the_same_property() -> None:
    """Were entries taken newest first, a later one would move the origin."""
    early, late = entry(1, 0), entry(2, 5)
    peeking = clusters.Clusters()
    rows = [peeking.add(one) for one in sorted([early, late], key=lambda one: -int(str(one["known_at"])))]
    assert [row["origin"] for row in rows if row and row["entry_id"] == "1"] != [True]


@given(entries=ENTRIES, cut=st.integers(0, 8))
def test_found_by_comparing_all_pairs_as_well(entries: list[Row], cut: int) -> None:
    """MinHash misses nothing that the exact share would find (beside the one pair in thousands it may)."""
    origins: list[Row] = []
    rows = {str(row["document_id"]): row for row in cluster(entries)}
    for one in in_order(entries):
        alike = [
            other
            for other in origins
            if other["title"] == one["title"] and int(str(one["known_at"])) - int(str(other["known_at"])) <= 72 * HOUR
        ]
        if alike:
            assert not rows[clusters.document_id_of(one)]["origin"]
        origins.append(one)


def stored(lake: Lake, entries: list[Row]) -> None:
    rows = [one | {"date": day_of_ns(int(str(one["known_at"]))), "source": "x"} for one in entries]
    days = Days(date(2026, 1, 1), date(2026, 2, 1))
    lake.revise("news", days, to_arrow(TABLES["news"], rows), everywhere=True)


@pytest.mark.slow
def test_days_built_one_by_one_give_what_all_give_at_once(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake", lambda: START + 400 * HOUR)
    stored(lake, [entry(number, number * 20, TITLE if number % 2 else TITLE[::-1]) for number in range(14)])
    whole = build(lake, Days(date(2026, 1, 5), date(2026, 1, 20)))
    for day in Days(date(2026, 1, 5), date(2026, 1, 20)):
        lake.replace("news_clusters", Days.one(day), build(lake, Days.one(day)))
    kept = lake.read("news_clusters", columns=["document_id", "cluster_id", "origin"]).sort_by("document_id")
    assert kept.to_pylist() == whole.select(kept.column_names).sort_by("document_id").to_pylist()
    days = Days(date(2026, 1, 5), date(2026, 1, 20))
    assert verify_table(lake, "news_clusters", days).passed
    assert verdict(lake, days).counts == {"entries": 14, "clusters": 2}
    assert verdict(lake, days).passed


def test_the_check_sees_a_cluster_without_its_origin(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake", lambda: START + 400 * HOUR)
    stored(lake, [entry(1, 0), entry(2, 5)])
    days = Days(date(2026, 1, 5), date(2026, 1, 6))
    lake.replace("news_clusters", days, build(lake, days).slice(1))
    assert verdict(lake, days).problems == ("1 entries without origin",)
