"""Collecting and parsing a day against a scripted loopback EDGAR, with and without the card's downloader."""

import sys
from collections.abc import Iterator
from datetime import date

import pytest

from tauric_assets.errors import MalformedDocument, UpstreamUnavailable, UsageError
from tauric_assets.feeds import edgar
from tauric_assets.feeds.contract import Document
from tauric_assets.feeds.fetch import Fetcher
from tauric_assets.settings import Settings
from tauric_assets.tables import table_named, to_arrow
from tauric_assets.times import parse_instant
from tauric_assets_tests.feeds.conftest import Upstream, reply
from tauric_assets_tests.feeds.edgar.made import (
    ISSUER,
    OWNER,
    TICKERS,
    Filer,
    index,
    inner,
    ownership,
    submission,
    transaction,
)
from tauric_assets_tests.feeds.edgar.stakes_made import TEXT_13D
from tauric_assets_tests.feeds.edgar.test_listing import entry, page

DAY = date(2026, 1, 5)
WWW = "/www.sec.gov"
INDEX = f"{WWW}/Archives/edgar/daily-index/2026/QTR1/master.20260105.idx"
ACCESS_DENIED = b'<?xml version="1.0"?>\n<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>'
BLOCKED = b"<html><title>SEC.gov | Request Rate Threshold Exceeded</title></html>"
BOTH_WAYS = pytest.mark.parametrize("use_downloader", [True, False])

NOVA, JANE = 1000001, 2000002
# (cik of the list it is fetched from, form, filed, accession number); the 4 is joint, the 10-K was filed years before
FILINGS = {
    "0001000001-26-000001": ("8-K", "20260105"),
    "0001000001-26-000002": ("4", "20260105"),
    "0001000001-26-000003": ("4/A", "20260105"),
    "0001000001-19-000004": ("10-K", "20190304"),
    "0001000001-26-000005": ("SCHEDULE 13D", "20260105"),
}
FORMS = ["4", "4/A", "8-K", "10-K", "SCHEDULE 13D"]


def body_of(number: str) -> bytes:
    """The submission called `number`."""
    form, filed = FILINGS[number]
    if form in {"4", "4/A"}:
        documents = [inner(form, "form4.xml", f"<XML>\n{ownership(transaction(), form=form)}\n</XML>")]
        return submission(number, form, documents, filed=filed, accepted=f"{filed}160730", parties=OWNER + ISSUER)
    prose = "<p>Item 1. Business</p><p>Lamps.</p><p>Item 8.01 Other Events</p><p>More lamps.</p>"
    documents = [
        inner(form, "a.htm", TEXT_13D if form == "SCHEDULE 13D" else prose),
        inner("EX-99.1", "b.htm", "<p>Nova lights up</p>", 2),
        inner("GRAPHIC", "c.jpg", "begin 644 c.jpg\nM)5!$\nend", 3),
    ]
    return submission(number, form, documents, filed=filed, accepted=f"{filed}160730")


def index_of_day() -> bytes:
    """The day's index: every filing, and the second party of the joint one."""
    lines = [(NOVA, "Nova Corp", form, filed, number) for number, (form, filed) in FILINGS.items()]
    return index(*lines, (JANE, "Doe Jane", "4", "20260105", "0001000001-26-000002"))


def serve(upstream: Upstream) -> None:
    """A whole day: ticker map, index, submissions at both of their addresses, and a list for the bare package."""
    upstream.on(f"{WWW}/files/company_tickers_exchange.json", reply(200, TICKERS))
    upstream.on(INDEX, reply(200, index_of_day()))
    listed = [(number, form, f"{filed[:4]}-{filed[4:6]}-{filed[6:]}") for number, (form, filed) in FILINGS.items()]
    unlisted = ("0001000001-26-000099", "4", "2026-01-04")
    upstream.on("/data.sec.gov/submissions/CIK0001000001.json", reply(200, Filer([unlisted, *listed]).json()))
    for number in FILINGS:
        for path in (f"{NOVA}/{number}.txt", f"{NOVA}/{number.replace('-', '')}/{number}.txt"):
            upstream.on(f"{WWW}/Archives/edgar/data/{path}", reply(200, body_of(number)))


def short(number: str) -> str:
    """Where a submission is fetched directly."""
    return f"{WWW}/Archives/edgar/data/{NOVA}/{number}.txt"


def long(number: str) -> str:
    """Where the downloader looks for it."""
    return f"{WWW}/Archives/edgar/data/{NOVA}/{number.replace('-', '')}/{number}.txt"


def collected(fetcher: Fetcher, use_downloader: bool, **options: object) -> list[Document]:
    """The day's documents."""
    return list(edgar.collect(fetcher, "edgar", DAY, {"forms": FORMS, "use_downloader": use_downloader} | options))


def submissions(documents: list[Document]) -> dict[str, bytes]:
    """Bodies by accession number."""
    return {one.attributes["accession_number"]: one.body for one in documents if one.attributes["kind"] == "submission"}


@pytest.fixture
def fetcher(upstream: Upstream, settings: Settings) -> Iterator[Fetcher]:
    """A fetcher that does not wait between tries, in front of a day that is whole."""
    serve(upstream)
    with Fetcher(settings, classify=[edgar.classify], sleep=lambda seconds: None) as fetcher:
        yield fetcher


@BOTH_WAYS
def test_everything_listed_is_delivered_once_and_whole(fetcher: Fetcher, use_downloader: bool) -> None:
    documents = collected(fetcher, use_downloader)
    assert [one.attributes["kind"] for one in documents[:2]] == ["tickers", "index"]
    assert len(documents) == 2 + len(FILINGS)
    assert submissions(documents) == {number: body_of(number) for number in FILINGS}
    assert {one.url for one in documents[2:]} == {
        f"https://www.sec.gov/Archives/edgar/data/{NOVA}/{number}.txt" for number in FILINGS
    }
    assert {one.attributes["listed_on"] for one in documents[2:]} == {"2026-01-05"}
    assert {one.quality for one in documents} == {"observed"}


def test_the_downloader_asks_for_what_it_can_and_only_for_what_is_listed(upstream: Upstream, fetcher: Fetcher) -> None:
    collected(fetcher, use_downloader=True)
    asked = [path for path, _ in upstream.seen]
    direct = [number for number in FILINGS if short(number) in asked]
    assert direct == ["0001000001-26-000005"]  # SCHEDULE 13D: the downloader refuses it
    assert [number for number in FILINGS if long(number) in asked] == [one for one in FILINGS if one not in direct]
    assert asked.count(f"{WWW}/files/company_tickers_exchange.json") == 1
    assert len(asked) == 2 + len(FILINGS)  # the lists it reads first are made from the index
    assert all("@" in headers["user-agent"] for _, headers in upstream.seen)


def test_only_wanted_forms_and_parties_are_asked_for(upstream: Upstream, fetcher: Fetcher) -> None:
    assert set(submissions(collected(fetcher, True, forms=["4/A"]))) == {"0001000001-26-000003"}
    assert set(submissions(collected(fetcher, True, ciks=[str(JANE)]))) == {"0001000001-26-000002"}
    assert submissions(collected(fetcher, True, ciks=[42])) == {}
    assert long("0001000001-26-000001") not in [path for path, _ in upstream.seen]


@BOTH_WAYS
def test_a_day_not_over_yet_gives_what_the_current_filings_hold(
    upstream: Upstream, settings: Settings, use_downloader: bool
) -> None:
    serve(upstream)
    upstream.on(INDEX, reply(403, ACCESS_DENIED))
    number, older = "0001000001-26-000002", "0001000001-26-000001"
    entries = [
        entry(number, "4", "4 - Doe Jane (0002000002) (Reporting)", "2026-01-05T16:07:30-05:00"),
        entry(number, "4", "4 - Nova Corp (0001000001) (Issuer)", "2026-01-05T16:07:30-05:00"),
        entry(older, "8-K", "8-K - Nova Corp (0001000001) (Filer)", "2026-01-02T16:07:30-05:00"),
    ]
    for start, body in ((0, page(*entries)), (80, page())):
        query = f"action=getcurrent&type=&owner=include&count=100&start={start}&output=atom"
        upstream.on(f"{WWW}/cgi-bin/browse-edgar?{query}", reply(200, body))
    now = parse_instant("2026-01-05T22:00:00Z")
    with Fetcher(settings, lambda: now, classify=[edgar.classify], sleep=lambda seconds: None) as fetcher:
        documents = collected(fetcher, use_downloader)
    assert submissions(documents) == {number: body_of(number)}
    assert documents[-1].url == f"https://www.sec.gov/Archives/edgar/data/{NOVA}/{number}.txt"  # as from the index


@BOTH_WAYS
@pytest.mark.parametrize("refusal", [reply(403, ACCESS_DENIED), reply(404, b"no")])
def test_a_day_without_index_has_no_filings(upstream: Upstream, fetcher: Fetcher, refusal, use_downloader) -> None:  # type: ignore[no-untyped-def]
    upstream.on(INDEX, refusal)
    assert [one.attributes["kind"] for one in collected(fetcher, use_downloader)] == ["tickers"]


@pytest.mark.parametrize("block", [reply(403, BLOCKED), reply(200, BLOCKED), reply(403, b"fault")])
def test_a_block_is_not_taken_for_a_day_without_filings(upstream: Upstream, fetcher: Fetcher, block) -> None:  # type: ignore[no-untyped-def]
    upstream.on(INDEX, block)
    with pytest.raises(UpstreamUnavailable) as raised:
        collected(fetcher, True)
    assert raised.value.retry_after_s == 600


@BOTH_WAYS
@pytest.mark.parametrize("damage", [reply(503), reply(200, body_of("0001000001-26-000002")[:-30]), reply(200, b"")])
def test_a_passing_fault_is_overcome(upstream: Upstream, fetcher: Fetcher, damage, use_downloader) -> None:  # type: ignore[no-untyped-def]
    number = "0001000001-26-000002"
    for path in (short(number), long(number)):
        upstream.on(path, damage, reply(200, body_of(number)))
    assert submissions(collected(fetcher, use_downloader))[number] == body_of(number)


@BOTH_WAYS
@pytest.mark.parametrize("damage", [reply(503), reply(404, b"gone"), reply(403, BLOCKED)])
def test_what_does_not_come_is_named(upstream: Upstream, fetcher: Fetcher, damage, use_downloader) -> None:  # type: ignore[no-untyped-def]
    number = "0001000001-26-000002"
    for path in (short(number), long(number)):
        upstream.on(path, damage)
    with pytest.raises(UpstreamUnavailable, match=number):
        collected(fetcher, use_downloader)


def test_another_submission_under_a_listed_address_is_not_taken_for_it(upstream: Upstream, fetcher: Fetcher) -> None:
    number, other = "0001000001-26-000001", "0001000001-19-000004"
    upstream.on(long(number), reply(200, body_of(other)))
    assert submissions(collected(fetcher, True))[number] == body_of(number)
    upstream.on(short(number), reply(200, body_of(other)))
    documents = {one.attributes.get("accession_number"): one for one in collected(fetcher, True)}
    with pytest.raises(MalformedDocument, match=f"listed as {number}, but it is {other}"):
        edgar.parse(documents[number])


@BOTH_WAYS
def test_what_is_cut_off_each_time_is_kept_for_the_parser_to_refuse(
    upstream: Upstream, fetcher: Fetcher, use_downloader: bool
) -> None:
    number = "0001000001-26-000002"
    for path in (short(number), long(number)):
        upstream.on(path, reply(200, body_of(number)[:-30]))
    documents = {one.attributes.get("accession_number"): one for one in collected(fetcher, use_downloader)}
    assert {name for name in documents if name} == set(FILINGS)
    with pytest.raises(MalformedDocument):
        edgar.parse(documents[number])


def test_the_downloader_is_left_as_it_was_and_prints_nothing(
    fetcher: Fetcher, upstream: Upstream, capsys: pytest.CaptureFixture[str]
) -> None:
    from sec_edgar_downloader import _orchestrator, _sec_gateway

    before = _sec_gateway._call_sec
    upstream.on(long("0001000001-26-000001"), reply(503))
    collected(fetcher, True)
    assert _sec_gateway._call_sec is before
    assert not hasattr(_orchestrator, "print")
    assert capsys.readouterr() == ("", "")


@pytest.mark.slow
def test_importing_the_feed_does_not_import_the_downloader() -> None:
    import subprocess

    code = "import sys, tauric_assets.feeds.edgar; sys.exit('sec_edgar_downloader' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    "options",
    [
        {"form": ["4"]},
        {"forms": "4"},
        {"forms": []},
        {"forms": [4]},
        {"ciks": "some"},
        {"ciks": ["Nova"]},
        {"use_downloader": "no"},
    ],
)
def test_options_that_make_no_sense_are_refused(fetcher: Fetcher, options: dict[str, object]) -> None:
    with pytest.raises(UsageError, match="edgar: "):
        list(edgar.collect(fetcher, "edgar", DAY, options))


def test_every_collected_document_parses_and_adds_up(fetcher: Fetcher) -> None:
    rows: dict[str, int] = {}
    for document in collected(fetcher, True):
        parsed = edgar.parse(document)
        assert parsed.records == parsed.row_count + len(parsed.rejects) + parsed.ignored
        assert parsed.rejects == []
        for table, found in parsed.rows.items():
            rows[table] = rows.get(table, 0) + to_arrow(table_named(table), found).num_rows
    assert rows == {
        "instruments": 3,
        "filings": 5,
        "filing_sections": 6,  # 8-K and 10-K one item each, 13D whole, each with its press release
        "insider_reports": 2,
        "insider_transactions": 2,
        "beneficial_ownership": 2,
    }
