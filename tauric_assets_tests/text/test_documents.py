"""Documents: ids, what is carried over, companies, deletions."""

from datetime import date

import pyarrow as pa
import pytest

from tauric_assets.tables import Row, table_named
from tauric_assets.text import documents
from tauric_assets_tests.text.made import DAY, NOON, gazetteer, news, posts, sections


def test_one_of_each() -> None:
    built = documents.build(sections({}), news({}), posts({}), gazetteer())
    assert built.schema == table_named("documents").schema
    filing, entry, post = built.to_pylist()
    assert filing == {
        "date": DAY,
        "ts_event": NOON,
        "known_at": NOON,
        "known_at_quality": "source",
        "ingested_at": None,
        "source": "filing_sections",
        "supersedes": None,
        "document_id": "filing:0001001001-26-000007:nova-10k.htm:4",
        "kind": "filing",
        "title": "NOVA 10-K 2026-01-05 › Item 7. Management's Discussion",
        "text": "Orders rose by a third.\n\nMargins fell.",
        "url": "https://www.sec.gov/Archives/edgar/data/1001/000100100126000007/nova-10k.htm",
        "form": "10-K",
        "fiscal_year": None,
        "fiscal_period": None,
        "ciks": [1001],
        "symbols": ["NOVA"],
    }
    assert (entry["document_id"], entry["url"]) == ("news:wire:urn:wire:1", "https://wire.example/1")
    assert entry["text"] == "Nova Robotics buys Helio Energy\n\nThe price was not named."
    assert (entry["ciks"], entry["symbols"], entry["form"]) == ([1001, 1002], ["HLX", "NOVA"], None)
    assert (post["document_id"], post["symbols"]) == ("post:did:plc:abc/3k1", ["NOVA"])
    assert post["url"] == "https://bsky.app/profile/did:plc:abc/post/3k1"


def test_sections_without_item_and_of_unlisted_companies_still_have_a_title() -> None:
    rows = sections(
        {"item": "", "title": "Press release"},
        {"item": "", "title": "", "cik": 77},
        {"item": "II.1A", "title": "Risks"},
    )
    first, second, third = documents.build(rows, news(), posts(), gazetteer()).to_pylist()
    assert first["title"] == "NOVA 10-K 2026-01-05 › Press release"
    assert second["title"] == "NOVA ROBOTICS, INC. 10-K 2026-01-05 › nova-10k.htm"
    assert second["symbols"] == []
    assert third["title"] == "NOVA 10-K 2026-01-05 › Part II Item 1A. Risks"


def test_a_section_of_a_submission_without_a_named_filer_is_linked_to_nobody() -> None:
    (built,) = documents.build(sections({"cik": None, "company_name": None}), news(), posts(), gazetteer()).to_pylist()
    assert (built["ciks"], built["symbols"]) == ([], [])
    assert built["title"].startswith("0 10-K")
    assert "/data/0/" in built["url"]


def test_every_version_of_a_changed_entry_is_a_row_of_its_own() -> None:
    rows = news({}, {"known_at": NOON + 5, "title": "Nova Robotics buys Zephyrine", "known_at_quality": "observed"})
    built = documents.build(sections(), rows, posts(), gazetteer()).to_pylist()
    assert [(row["known_at"], row["symbols"]) for row in built] == [
        (NOON, ["HLX", "NOVA"]),
        (NOON + 5, ["NOVA", "ZEPH"]),
    ]
    assert len({row["document_id"] for row in built}) == 1


def test_a_deleted_post_gives_no_document_and_is_named() -> None:
    rows = posts(
        {},
        {"operation": "update", "text": "better words", "known_at": NOON + 1},
        {"operation": "delete", "text": None, "known_at": NOON + 2},
        {"rkey": "3k2"},
    )
    built = documents.build(sections(), news(), rows, gazetteer()).to_pylist()
    assert [row["document_id"] for row in built] == ["post:did:plc:abc/3k2"]
    assert documents.deleted_posts(rows) == ["post:did:plc:abc/3k1"]


def test_rows_without_text_give_no_document() -> None:
    built = documents.build(
        sections({"text": " \n"}), news({"title": None, "summary": ""}), posts({"text": ""}), gazetteer()
    )
    assert built.num_rows == 0


def test_an_entry_without_title_borrows_from_its_summary() -> None:
    built = documents.build(sections(), news({"title": None, "summary": "word " * 40}), posts(), gazetteer())
    assert built["title"][0].as_py() == "word " * 15 + "word…"


APPLE_LIKE = [("2025-09-27", 2025, "FY", 1), ("2025-12-27", 2026, "Q1", 2), ("2024-12-28", 2025, "Q1", 3)]
"""Ends of periods of a company whose years end in September, as its reports call them, and when each became known."""


def told(accession: str, end: str, year: int, period: str, known_at: int) -> Row:
    return {
        "cik": 1001,
        "accession_number": accession,
        "period_end": date.fromisoformat(end),
        "fiscal_year": year,
        "fiscal_period": period,
        "known_at": known_at,
    }


def fiscal(form: str, end: str, facts: list[Row], known_at: int = 100) -> tuple[object, object]:
    section = {"form": form, "accession_number": "own", "cik": 1001, "known_at": known_at}
    found = documents.Periods({"own": date.fromisoformat(end)}, pa.Table.from_pylist(facts)).of(section)
    return found["fiscal_year"], found["fiscal_period"]


EARLIER = [told(str(number), *one) for number, one in enumerate(APPLE_LIKE)]


@pytest.mark.parametrize(
    ("form", "end", "facts", "wanted"),
    [
        ("10-Q", "2026-03-28", EARLIER, (2026, "Q2")),
        ("10-K", "2026-09-26", EARLIER, (2026, "FY")),
        ("10-Q/A", "2025-12-27", EARLIER, (2026, "Q1")),
        ("10-Q", "2025-12-27", [told("own", "2025-12-27", 2026, "Q1", 999)], (2026, "Q1")),
        ("10-K", "2026-01-31", [told("0", "2025-02-01", 2024, "FY", 1)], (2025, "FY")),
        ("10-Q", "2026-03-28", [], (2026, "Q1")),
        ("10-Q", "2026-03-28", [row | {"cik": 7} for row in EARLIER], (2026, "Q1")),
        ("8-K", "2026-03-28", EARLIER, (None, None)),
    ],
)
def test_years_are_those_of_the_company(form: str, end: str, facts: list[Row], wanted: tuple[object, object]) -> None:
    """Known by what it said itself or before; by the calendar where it said nothing."""
    if not facts:
        facts = [told("0", "2020-01-01", 2020, "FY", 1) | {"cik": 8}]
    assert fiscal(form, end, facts) == wanted


def test_how_a_company_counts_is_not_known_before_it_said_so() -> None:
    later = [row | {"known_at": 50} for row in EARLIER]
    assert fiscal("10-Q", "2026-03-28", later, known_at=50) == (2026, "Q1")
    assert fiscal("10-Q", "2026-03-28", later, known_at=51) == (2026, "Q2")  # who peeks sees this at 50
