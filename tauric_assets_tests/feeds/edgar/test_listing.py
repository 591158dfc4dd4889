"""Indexes, current filings, ticker maps. Recordings: test_recordings.py."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tauric_assets.errors import MalformedDocument
from tauric_assets.feeds.edgar.header import Party
from tauric_assets.feeds.edgar.listing import Listed, read_current, read_index, read_tickers
from tauric_assets.times import parse_instant
from tauric_assets_tests.feeds.edgar.made import TICKERS, index

FIRST, SECOND = "0001000001-26-000001", "0001000001-26-000002"


def entry(number: str, form: str, title: str, updated: str = "2026-01-05T18:02:43-05:00") -> str:
    """One entry of the current filings."""
    filed = f"&lt;b&gt;Filed:&lt;/b&gt; {updated[:10]} &lt;b&gt;AccNo:&lt;/b&gt; {number}"
    return (
        f'<entry><title>{title}</title><summary type="html">\n {filed}</summary><updated>{updated}</updated>'
        f'<category scheme="https://www.sec.gov/" label="form type" term="{form}"/>'
        f"<id>urn:tag:sec.gov,2008:accession-number={number}</id></entry>"
    )


def page(*entries: str) -> bytes:
    """A page of the current filings."""
    return (
        '<?xml version="1.0" encoding="ISO-8859-1" ?>\n<feed xmlns="http://www.w3.org/2005/Atom">'
        f"<title>Latest Filings</title>{''.join(entries)}</feed>"
    ).encode("latin-1")


def test_joint_filings_of_an_index_are_one_with_all_ciks() -> None:
    body = index(
        (1000001, "Nova Corp", "4", "20260105", FIRST),
        (1000009, "Ämber | Co", "SC 13D/A", "20260102", SECOND),
        (2000002, "Doe Jane", "4", "20260105", FIRST),
        (2000002, "Doe Jane", "4", "20260105", FIRST),
    )
    found = read_index(body)
    assert found.filings == [
        Listed(FIRST, "4", date(2026, 1, 5), (1000001, 2000002)),
        Listed(SECOND, "SC 13D/A", date(2026, 1, 2), (1000009,)),
    ]
    assert found.filings[0].path == f"edgar/data/1000001/{FIRST}.txt"
    assert (found.lines, found.rejects) == (4, [])


def test_an_unreadable_index_line_is_rejected_alone() -> None:
    body = index((1, "Nova", "4", "20260105", FIRST)) + b"x|Nova|4|20260105|../../etc/passwd\nshort|line\n"
    found = read_index(body)
    assert len(found.filings) == 1
    assert [(one.position, one.raw) for one in found.rejects] == [
        ("7:1", b"x|Nova|4|20260105|../../etc/passwd"),
        ("8:1", b"short|line"),
    ]
    assert found.lines == 3


def test_a_page_that_is_no_index_is_malformed() -> None:
    with pytest.raises(MalformedDocument):
        read_index(b"<html>Request Rate Threshold Exceeded</html>")


def test_entries_of_one_submission_are_merged() -> None:
    found = read_current(
        page(
            entry(FIRST, "4", "4 - Doe - Smith (Jr.) Jane (0002000002) (Reporting)"),
            entry(SECOND, "424B2", "424B2 - Ämber Co (0001000009) (Filer)"),
            entry(FIRST, "4", "4 - Nova Corp (0001000001) (Issuer)"),
        )
    )
    assert [(one.accession_number, one.form) for one in found] == [(FIRST, "4"), (SECOND, "424B2")]
    assert found[0].accepted_at == parse_instant("2026-01-05T23:02:43Z")
    assert found[0].parties == (
        Party(2000002, "Doe - Smith (Jr.) Jane", "Reporting"),
        Party(1000001, "Nova Corp", "Issuer"),
    )
    assert found[0].filed_on == date(2026, 1, 5)
    assert found[1].parties[0].name == "Ämber Co"


@pytest.mark.parametrize(
    "body", [b"", b"<html/>", page(entry("x", "4", "t")), page(entry(FIRST, "4", "no parties")), page()[:-9]]
)
def test_a_damaged_page_of_current_filings_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedDocument):
        read_current(body)


def test_both_shapes_of_the_ticker_map() -> None:
    rows, rejects = read_tickers(TICKERS)
    assert [(row["symbol"], row["cik"], row["exchange"]) for row in rows] == [
        ("NOVA", 1000001, "Nasdaq"),
        ("NOVA-B", 1000001, None),
        ("EMBR", 1000009, "NYSE"),
    ]
    assert rejects == []
    old, _ = read_tickers(b'{"0":{"cik_str":1000001,"ticker":"nova","title":"Nova Corp"}}')
    assert (old[0]["symbol"], old[0]["cik"], old[0]["name"]) == ("NOVA", 1000001, "Nova Corp")


def test_an_unreadable_ticker_is_rejected_alone() -> None:
    rows, rejects = read_tickers(b'{"fields":["cik","ticker"],"data":[[1,"A"],["x","B"],[2,null],7]}')
    assert [row["symbol"] for row in rows] == ["A"]
    assert [one.position for one in rejects] == ["entry 2", "entry 3", "entry 4"]


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"fields":1,"data":2}', b'{"a":7}', b'{"a":NaN}'])
def test_a_damaged_ticker_map_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedDocument):
        read_tickers(body)


@given(data=st.data())
def test_damaged_lists_are_read_or_malformed_and_nothing_else(data: st.DataObject) -> None:
    readers = (
        (read_index, index((1, "Nova", "4", "20260105", FIRST))),
        (read_current, page(entry(FIRST, "4", "4 - Nova (0001000001) (Issuer)"))),
        (read_tickers, TICKERS),
    )
    reader, golden = data.draw(st.sampled_from(readers))
    body = bytearray(golden)
    for at in data.draw(st.lists(st.integers(0, len(body) - 1), max_size=8)):
        body[at] = data.draw(st.integers(0, 255))
    try:
        reader(bytes(body))
    except MalformedDocument as error:
        assert error.position
