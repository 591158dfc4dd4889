"""Documents to rows: kinds, times, accounting, and what one unreadable document costs."""

import json
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tauric_assets.errors import MalformedDocument
from tauric_assets.feeds import edgar
from tauric_assets.feeds.contract import Document, Parsed
from tauric_assets.feeds.edgar.inspect import inspect_ownership, inspect_submission
from tauric_assets.tables import table_named, to_arrow
from tauric_assets.times import parse_instant
from tauric_assets_tests.feeds.edgar.made import (
    FILER,
    HOLDING,
    ISSUER,
    OWNER,
    TICKERS,
    index,
    inner,
    ownership,
    submission,
    transaction,
)

NUMBER = "0001000001-26-000001"
ACCEPTED = parse_instant("2026-01-05T21:07:30Z")
FORM_4 = inner("4", "form4.xml", f"<XML>\n{ownership(transaction(), HOLDING)}\n</XML>")


def read(kind: str, body: bytes) -> Parsed:
    """Parse a document that was fetched long after; records add up and rows fit."""
    document = Document("edgar", "https://www.sec.gov/x", body, "", 99, "observed", {"kind": kind})
    parsed = edgar.parse(document)
    assert parsed.records == parsed.row_count + len(parsed.rejects) + parsed.ignored
    for table, rows in parsed.rows.items():
        keys = [tuple(str(row.get(name)) for name in table_named(table).key) for row in rows]
        assert len(set(keys)) == len(keys)
        assert to_arrow(table_named(table), rows).num_rows == len(rows)
    return parsed


BROKEN = "N\ud800\x00va"
MENDED = "N\ufffd\ufffdva"


def test_text_of_a_ticker_map_that_no_table_can_hold_is_mended() -> None:
    fields = ["cik", "name", "ticker", "exchange"]
    lines = [
        [1, BROKEN, BROKEN, BROKEN],
        [2, "Ember", "EMBR", "NYSE"],
        [3, "\ud800", "\x00", 7],
        ["\ud800", "", "A", ""],
    ]
    parsed = read("tickers", json.dumps({"fields": fields, "data": lines}).encode())
    first, second, third = parsed.rows["instruments"]
    assert (first["name"], first["symbol"], first["exchange"]) == (MENDED, MENDED.upper(), MENDED)
    assert (second["name"], second["symbol"]) == ("Ember", "EMBR")
    assert (third["name"], third["symbol"], third["exchange"]) == ("\ufffd", "\ufffd", None)
    (reject,) = parsed.rejects
    assert reject.reason.isprintable()


def test_null_bytes_in_headers_and_prose_are_mended() -> None:
    parties = FILER.replace("Nova", "N\x00va")
    plain, html = (
        "Item 8.01 Other Events.\n\nN\x00va rose.",
        "<html><p>N\x00va&#0;&#xD800; fell.</p><p>Later.</p></html>",
    )
    documents = [inner("8-K", "n\x00va.txt", plain), inner("EX-99.1", "b.htm", html, 2)]
    more = "ITEM INFORMATION:\t\tOther\x00 Events\n"
    parsed = read("submission", submission(parties=parties, documents=documents, more=more))
    assert "\x00" not in str(parsed.rows)
    assert "\\x00" not in repr(parsed.rows)
    (filing,) = parsed.rows["filings"]
    assert (filing["company_name"], filing["primary_document"]) == ("N\ufffdva Corp", "n\ufffdva.txt")
    texts = [str(row["text"]) for row in parsed.rows["filing_sections"]]
    assert "N\ufffdva rose." in texts[0]
    assert texts[-1] == "N\ufffdva\ufffd\ufffd fell.\nLater."


def test_a_form_4_gives_its_filing_and_lines_known_since_acceptance() -> None:
    parsed = read("submission", submission(form="4", parties=OWNER + ISSUER, documents=[FORM_4]))
    [filing] = parsed.rows["filings"]
    assert filing == {
        "ts_event": ACCEPTED,
        "known_at": ACCEPTED,
        "known_at_quality": "source",
        "supersedes": None,
        "accession_number": NUMBER,
        "form": "4",
        "cik": 1000001,
        "company_name": "Nova Corp",
        "parties": [
            {"cik": 2000002, "name": "Doe Jane", "role": "Reporting"},
            {"cik": 1000001, "name": "Nova Corp", "role": "Issuer"},
        ],
        "filing_date": date(2026, 1, 5),
        "period_of_report": date(2026, 1, 4),
        "items": [],
        "primary_document": "form4.xml",
        "document_count": 1,
        "size_bytes": filing["size_bytes"],
    }
    [line] = parsed.rows["insider_transactions"]
    assert (line["known_at"], line["accession_number"], line["price"]) == (ACCEPTED, NUMBER, Decimal("12.5"))
    assert [row["row_number"] for row in parsed.rows["insider_holdings"]] == [2]


def test_an_8k_gives_its_items_and_its_press_release() -> None:
    documents = [
        inner("8-K", "a.htm", "<p>Item 2.02 Results</p><p>Good.</p><p>Item 9.01 Exhibits</p>"),
        inner("EX-99.1", "b.htm", "<p>Nova lights up</p>", 2),
        inner("EX-101.SCH", "c.xsd", "<schema/>", 3),
    ]
    parsed = read("submission", submission(documents=documents))
    found = [(row["document_name"], row["section_number"], row["item"]) for row in parsed.rows["filing_sections"]]
    assert found == [("a.htm", 1, "2.02"), ("a.htm", 2, "9.01"), ("b.htm", 1, "")]
    assert {row["company_name"] for row in parsed.rows["filing_sections"]} == {"Nova Corp"}
    assert (parsed.ignored, parsed.records) == (1, 5)


def test_one_unreadable_document_costs_nothing_else() -> None:
    broken = inner("4", "broken.xml", "<XML>\n<ownershipDocument><issuer>\n</XML>")
    parsed = read("submission", submission(form="4", parties=OWNER + ISSUER, documents=[broken, FORM_4]))
    assert parsed.rows["filings"][0]["document_count"] == 2
    assert [row["row_number"] for row in parsed.rows["insider_transactions"]] == [2]
    [reject] = parsed.rejects
    assert reject.position.startswith("broken.xml:")
    assert b"<ownershipDocument><issuer>" in reject.raw


def test_documents_of_one_name_stay_apart() -> None:
    documents = [inner("8-K", "", "<p>Item 8.01 Other Events</p>"), inner("EX-99.1", "", "<p>One</p>")]
    parsed = read("submission", submission(documents=documents))
    assert [row["document_name"] for row in parsed.rows["filing_sections"]] == ["document-1", "document-1#2"]


def test_without_any_date_the_fetch_time_is_what_is_known() -> None:
    body = submission(accepted="").replace(b"FILED AS OF DATE:\t\t20260105", b"").replace(b" : 20260105", b"")
    [filing] = read("submission", body).rows["filings"]
    assert (filing["known_at"], filing["known_at_quality"]) == (99, "observed")
    with pytest.raises(MalformedDocument):
        inspect_submission(body, "a.txt")


def test_the_ticker_map_becomes_instruments_known_when_it_was_fetched() -> None:
    doubled = TICKERS.replace(b'[1000009, "Ember Inc", "EMBR", "NYSE"]', b'[1000001, "Nova", "NOVA", "Nasdaq"]')
    parsed = read("tickers", doubled)
    assert [(row["symbol"], row["known_at"]) for row in parsed.rows["instruments"]] == [("NOVA", 99), ("NOVA-B", 99)]
    assert parsed.ignored == 1


def test_an_index_is_counted_and_ignored() -> None:
    parsed = read("index", index((1, "Nova", "4", "20260105", NUMBER)) + b"bad line\n")
    assert (parsed.records, parsed.ignored, len(parsed.rejects)) == (2, 1, 1)


@pytest.mark.parametrize("kind", ["submission", "tickers", "index", "", "other"])
def test_nonsense_is_malformed(kind: str) -> None:
    with pytest.raises(MalformedDocument):
        read(kind, b"\x00nonsense")


def test_parsing_is_pure() -> None:
    body = submission(form="4", parties=OWNER + ISSUER, documents=[FORM_4])
    assert read("submission", body) == read("submission", body)


def test_inspecting_a_bare_ownership_document_estimates_when_it_was_known() -> None:
    body = ownership(transaction()).encode()
    [row] = inspect_ownership(body, "forms/0001000001-26-000001_form4.xml").rows["insider_transactions"]
    assert (row["accession_number"], row["known_at_quality"]) == (NUMBER, "estimated")
    assert row["known_at"] == parse_instant("2026-01-06T03:00:00Z")  # signed on the 5th, 22:00 Eastern
    [row] = inspect_ownership(body, "form4.xml").rows["insider_transactions"]
    assert row["accession_number"] == ""


def test_inspecting_an_ownership_document_inside_its_submission() -> None:
    body = submission(form="4", parties=OWNER + ISSUER, documents=[FORM_4])
    parsed = inspect_ownership(body, "anything.txt")
    assert set(parsed.rows) == {"insider_transactions", "insider_holdings"}
    assert parsed.rows["insider_transactions"][0]["known_at"] == ACCEPTED
    whole = {"filings", "insider_reports", "insider_transactions", "insider_holdings"}
    assert set(inspect_submission(body, "a.txt").rows) == whole
    with pytest.raises(MalformedDocument, match="no ownership document"):
        inspect_ownership(submission(), "a.txt")
    with pytest.raises(MalformedDocument, match="root element is rss, not ownershipDocument"):
        inspect_ownership(b"<rss><channel/></rss>", "a.rss")


@given(data=st.data())
def test_damaged_submissions_give_rows_rejects_or_malformed_and_nothing_else(data: st.DataObject) -> None:
    release = inner("EX-99.1", "b.htm", "<p>Item 8.01 Nova</p>", 2)
    body = bytearray(submission(form="4", parties=OWNER + ISSUER, documents=[FORM_4, release]))
    for at in data.draw(st.lists(st.integers(0, len(body) - 1), max_size=8)):
        body[at] = data.draw(st.integers(0, 255))
    try:
        parsed = read("submission", bytes(body))
    except MalformedDocument:
        return
    assert all(reject.reason and reject.position for reject in parsed.rejects)


def test_documents_without_a_header_are_known_by_the_end_of_the_year_of_their_number() -> None:
    body = inner("10-K", "", "Item 1. Business\n\nLamps.").encode()
    parsed = inspect_submission(body, "data/0000899681-95-000096.txt")
    [filing] = parsed.rows["filings"]
    assert (filing["accession_number"], filing["form"], filing["cik"]) == ("0000899681-95-000096", "10-K", None)
    assert (filing["known_at"], filing["known_at_quality"]) == (parse_instant("1996-01-01T03:00:00Z"), "estimated")
    with pytest.raises(MalformedDocument, match="accession number"):
        inspect_submission(body, "a.txt")
