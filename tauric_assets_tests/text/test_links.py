"""Links as rows: what they say of a document, that documents name the sure ones, and what the check finds."""

from pathlib import Path

import pytest

from tauric_assets.lake.store import Lake
from tauric_assets.tables import Row, table_named, to_arrow
from tauric_assets.text.documents import build_linked
from tauric_assets.text.links import verdict
from tauric_assets.times import Days
from tauric_assets_tests.text.made import DAY, gazetteer, news, posts, sections


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """An empty lake."""
    return Lake(str(tmp_path / "lake"))


TITLE = "Quillon Bank Group Upgrades Zephyrine to Buy"
ENTRIES: tuple[Row, ...] = ({"title": TITLE}, {"entry_id": "2", "title": "Stocks fall", "summary": "All of them."})


def test_a_link_says_who_how_sure_and_where() -> None:
    documents, links = build_linked(sections({}), news(*ENTRIES), posts({}), gazetteer())
    text = documents["text"][1].as_py()
    found = [
        (row["symbol"], row["method"], row["confidence"], row["is_primary"], row["start_offset"], row["end_offset"])
        for row in links.to_pylist()
    ]
    at = text.index("Zephyrine")
    assert found == [
        ("NOVA", "filer", 1.0, True, None, None),
        ("ZEPH", "name", 0.85, True, at, at + 9),
        ("QUIL", "name", 0.3, False, 0, 18),
        ("NOVA", "cashtag", 0.95, True, 1, 5),
    ]
    assert documents["symbols"].to_pylist() == [["NOVA"], ["ZEPH"], [], ["NOVA"]]
    known = dict(zip(documents["document_id"].to_pylist(), documents["known_at"].to_pylist(), strict=True))
    assert {row["document_id"]: row["known_at"] for row in links.to_pylist()}.items() <= known.items()


def test_the_check_counts_what_is_linked_and_finds_strays(lake: Lake) -> None:
    documents, links = build_linked(sections(), news(*ENTRIES), posts({}), gazetteer())
    lake.replace("documents", Days.one(DAY), documents)
    lake.replace("links", Days.one(DAY), links)
    found = verdict(lake, Days.one(DAY))
    assert found.counts == {"documents": 3, "linked": 2, "percent_linked": 67}
    assert found.passed
    stray = links.to_pylist()[0] | {"document_id": "news:wire:gone", "confidence": 1.5}
    lake.replace("links", Days.one(DAY), to_arrow(table_named("links"), [stray]))
    assert verdict(lake, Days.one(DAY)).problems == (
        "1 links of documents that are not there",
        "1 links with a confidence that is not between 0 and 1",
    )


def test_a_day_without_documents_passes(lake: Lake) -> None:
    lake.replace("documents", Days.one(DAY), to_arrow(table_named("documents"), []))
    lake.replace("links", Days.one(DAY), to_arrow(table_named("links"), []))
    assert verdict(lake, Days.one(DAY)).counts["percent_linked"] == 0
