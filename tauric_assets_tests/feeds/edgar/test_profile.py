"""Submissions lists to rows: names with the days that prove them, listed filings never known too early."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tauric_assets.errors import MalformedDocument
from tauric_assets.feeds.contract import Parsed
from tauric_assets.feeds.edgar.clock import close_of, listed_instant
from tauric_assets.feeds.edgar.inspect import inspect_profile
from tauric_assets.feeds.edgar.profile import older_pages, read_older_page, read_profile
from tauric_assets.feeds.edgar.rows import Known
from tauric_assets.tables import table_named, to_arrow
from tauric_assets.times import parse_instant

SEEN = Known(parse_instant("2026-03-01T00:00:00Z"), "observed")
COLUMNS: dict[str, list[object]] = {
    "accessionNumber": ["0001000001-26-000002", "0001000001-26-000001"],
    "filingDate": ["2026-02-27", "2026-01-05"],
    "reportDate": ["2026-02-25", ""],
    "acceptanceDateTime": ["2026-02-27T19:00:21.000Z", "2026-01-05T16:07:30.000Z"],
    "form": ["4", "8-K"],
    "items": ["", "2.02,9.01"],
    "size": [21615, 4383],
    "isXBRL": [0, 1],
    "isInlineXBRL": [0, 1],
    "primaryDocument": ["xslF345X05/form4.xml", "nova-8k.htm"],
}


def listing(columns: Mapping[str, object] = COLUMNS, files: object = (), **top: object) -> bytes:
    """A submissions list."""
    told: dict[str, object] = {
        "cik": "0001000001", "entityType": "operating", "sic": "3711", "sicDescription": "Motor Vehicles",
        "name": "Nova Corp", "tickers": ["NOVA", "NOVA-B"], "exchanges": ["NYSE", None], "formerNames": [],
        "category": "Large accelerated filer<br>Emerging growth company", "fiscalYearEnd": "1231",
        "stateOfIncorporation": "DE", "filings": {"recent": columns, "files": files},
    }  # fmt: skip
    return json.dumps(told | top).encode()


def read(body: bytes) -> Parsed:
    """Parse; records add up, rows fit, no two of a key are known at the same instant."""
    parsed = read_profile(body, SEEN)
    assert parsed.records == parsed.row_count + len(parsed.rejects) + parsed.ignored
    for table, rows in parsed.rows.items():
        keys = {(row["known_at"], *(row[name] for name in table_named(table).key)) for row in rows}
        assert len(keys) == len(rows) == to_arrow(table_named(table), rows).num_rows
    return parsed


def names(parsed: Parsed) -> list[tuple[object, ...]]:
    """(name, first day, last day, known at) of each statement."""
    return [tuple(r[c] for c in ("name", "valid_from", "valid_to", "known_at")) for r in parsed.rows["company_names"]]


def former(name: str, start: str, end: str) -> dict[str, str]:
    """A former name as lists write it."""
    return {"name": name, "from": f"{start}T00:00:00.000Z", "to": f"{end}T00:00:00.000Z"}


def test_a_company_is_known_as_the_list_tells_it_since_the_list_was_seen() -> None:
    [row] = read(listing()).rows["companies"]
    assert row == {
        "ts_event": SEEN.at,
        "known_at": SEEN.at,
        "known_at_quality": "observed",
        "supersedes": None,
        "cik": 1000001,
        "name": "Nova Corp",
        "entity_type": "operating",
        "sic": "3711",
        "sic_description": "Motor Vehicles",
        "category": "Large accelerated filer; Emerging growth company",
        "state_of_incorporation": "DE",
        "fiscal_year_end": "1231",
        "tickers": ["NOVA", "NOVA-B"],
        "exchanges": ["NYSE", None],
    }


def test_listed_filings_lose_the_style_folder_and_are_known_since_the_later_reading() -> None:
    first, second = read(listing()).rows["listed_filings"]
    assert first["primary_document"] == "form4.xml"
    assert (first["known_at"], first["known_at_quality"]) == (parse_instant("2026-02-28T00:00:21Z"), "estimated")
    assert (first["acceptance"], first["report_date"]) == ("2026-02-27T19:00:21.000Z", date(2026, 2, 25))
    assert (second["items"], second["is_xbrl"], second["report_date"]) == (["2.02", "9.01"], True, None)
    assert (second["cik"], second["size_bytes"]) == (1000001, 4383)


@given(moment=st.datetimes(min_value=datetime(1994, 1, 1), max_value=datetime(2040, 1, 1)))
def test_the_reading_of_a_list_is_four_or_five_hours_after_its_utc_reading(moment: datetime) -> None:
    text = f"{moment:%Y-%m-%dT%H:%M:%S}.000Z"
    assert 4 * 3600 <= (listed_instant(text) - parse_instant(text)) // 10**9 <= 5 * 3600


def test_without_acceptance_the_close_of_the_filing_date_is_estimated() -> None:
    columns = {name: column for name, column in COLUMNS.items() if name != "acceptanceDateTime"}
    assert read(listing(columns)).rows["listed_filings"][1]["known_at"] == parse_instant("2026-01-06T03:00:00Z")


def test_a_name_never_changed_is_proved_by_the_first_filing_told() -> None:
    assert names(read(listing())) == [("Nova Corp", date(2026, 1, 5), None, close_of(date(2026, 1, 5)))]
    pages = [{"name": "CIK0001000001-submissions-001.json", "filingFrom": "2005-02-17", "filingTo": "2018-02-11"}]
    assert names(read(listing(files=pages))) == [("Nova Corp", date(2005, 2, 17), None, close_of(date(2005, 2, 17)))]


def test_a_former_name_ends_when_another_is_proved_and_not_before() -> None:
    told = [former("Middle Inc", "2010-05-01", "2025-12-30"), former("Old Inc", "2001-02-03", "2010-06-01")]
    assert names(read(listing(formerNames=told))) == [
        ("Middle Inc", date(2010, 5, 1), None, close_of(date(2010, 5, 1))),
        ("Middle Inc", date(2010, 5, 1), date(2025, 12, 30), close_of(date(2026, 1, 5))),
        ("Old Inc", date(2001, 2, 3), None, close_of(date(2001, 2, 3))),
        ("Old Inc", date(2001, 2, 3), date(2010, 6, 1), close_of(date(2025, 12, 30))),  # they overlap
        ("Nova Corp", date(2026, 1, 5), None, close_of(date(2026, 1, 5))),
    ]


def test_a_name_whose_days_are_not_told_is_known_since_the_list() -> None:
    told = [{"name": "Old Inc"}]
    columns: dict[str, list[object]] = {name: [] for name in COLUMNS}
    assert names(read(listing(columns, formerNames=told))) == [
        ("Old Inc", None, None, SEEN.at),
        ("Nova Corp", None, None, SEEN.at),
    ]


def test_a_former_name_that_is_the_name_in_use_is_one_name() -> None:
    parsed = read(listing(formerNames=[former("Nova Corp", "2019-03-04", "2026-02-27")]))
    assert names(parsed) == [("Nova Corp", date(2019, 3, 4), None, close_of(date(2019, 3, 4)))]
    assert parsed.ignored == 1


def test_records_that_cannot_be_read_are_rejected_alone() -> None:
    columns = COLUMNS | {"accessionNumber": ["nonsense", COLUMNS["accessionNumber"][1]]}
    parsed = read(listing(columns, formerNames=["Old Inc", {"name": ""}, {"name": "A", "from": "once"}]))
    assert [reject.position for reject in parsed.rejects] == [
        "filings.recent[0]", "formerNames[0]", "formerNames[1]", "formerNames[2]",
    ]  # fmt: skip
    assert len(parsed.rows["listed_filings"]) == 1


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"[]", listing(name=""), listing(cik="x"), listing(filings={}), listing({"accessionNumber": []}),
     listing(COLUMNS | {"form": ["4"]}), listing()[:-9]],
)  # fmt: skip
def test_what_is_no_list_or_whose_columns_do_not_fit_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedDocument):
        read_profile(body, SEEN)


def test_an_older_page_gives_the_filings_of_the_cik_its_name_tells() -> None:
    body = json.dumps(COLUMNS).encode()
    assert [row["cik"] for row in read_older_page(body, 42).rows["listed_filings"]] == [42, 42]
    parsed = inspect_profile(body, "lists/CIK0000000042-submissions-001.json")
    assert parsed == read_older_page(body, 42)
    with pytest.raises(MalformedDocument):
        inspect_profile(body, "page.json")


def test_older_pages_are_only_those_named_as_edgar_names_them() -> None:
    files = [{"name": "CIK0001000001-submissions-001.json"}, {"name": "../../etc/passwd"}, {"name": 7}, "x"]
    assert older_pages(listing(files=files)) == ["CIK0001000001-submissions-001.json"]
    assert older_pages(b"no json") == []


@pytest.mark.realdata
def test_recorded_lists_are_read_whole(realdata: Path) -> None:
    folder = realdata / "edgar_index"
    paths = [*(folder / "submissions").glob("*.json"), *(folder / "sec_edgar_downloader").glob("*.json")]
    listed = 0
    for path in paths:
        body = path.read_bytes()
        if not body.startswith(b"{"):
            with pytest.raises(MalformedDocument):
                inspect_profile(body, path.name)
            continue
        parsed = inspect_profile(body, path.name)
        document = json.loads(body)
        columns = document["filings"]["recent"] if "filings" in document else document
        told = dict(zip(columns["accessionNumber"], columns["acceptanceDateTime"], strict=True))
        rows = {row["accession_number"]: row for row in parsed.rows.get("listed_filings", ())}
        assert rows.keys() == told.keys(), path.name
        assert parsed.rejects == [], path.name
        for number, row in rows.items():
            late = int(row["known_at"]) - parse_instant(told[str(number)])  # type: ignore[call-overload]
            assert late // 10**9 in (4 * 3600, 5 * 3600)
            assert not str(row["primary_document"]).startswith("xsl")
        listed += len(rows)
    assert listed > 5_000


@pytest.mark.realdata
def test_two_recordings_of_one_company_tell_its_renaming_alike(realdata: Path) -> None:
    """Tesla Motors became Tesla on 1 February 2017; the older recording lists the filing of that day."""
    older = (realdata / "edgar_index" / "edgartools" / "data__company_submission.json").read_bytes()
    known = {(name, end): (start, at) for name, start, end, at in names(read(older))}
    renamed = close_of(date(2017, 2, 1))
    assert known["Tesla, Inc.", None] == (date(2017, 2, 1), renamed)
    assert known["TESLA MOTORS INC", date(2017, 1, 27)] == (date(2005, 2, 17), renamed)
    assert known["TESLA MOTORS INC", None] == (date(2005, 2, 17), close_of(date(2005, 2, 17)))
    newer = names(read((realdata / "edgar_index" / "submissions" / "CIK0001318605.json").read_bytes()))
    assert all(at >= known[name, end][1] for name, _, end, at in newer)  # later where the day is on an older page
