"""Profile and facts of the companies that report: who is asked about, as of when, and what absence means."""

import json
from collections.abc import Iterator
from datetime import date

import pytest

from tauric_assets.errors import UpstreamRefused, UpstreamUnavailable, UsageError
from tauric_assets.feeds import edgar
from tauric_assets.feeds.contract import Document
from tauric_assets.feeds.edgar.options import read_options
from tauric_assets.feeds.fetch import Fetcher
from tauric_assets.settings import Settings
from tauric_assets.times import parse_instant
from tauric_assets_tests.feeds.conftest import Upstream, reply
from tauric_assets_tests.feeds.edgar.made import TICKERS, index, submission
from tauric_assets_tests.feeds.edgar.test_facts import VALUE, document
from tauric_assets_tests.feeds.edgar.test_profile import COLUMNS, listing

DAY = date(2026, 1, 5)
WWW, DATA = "/www.sec.gov", "/data.sec.gov"
PROFILE = f"{DATA}/submissions/CIK0001000001.json"
OLDER = f"{DATA}/submissions/CIK0001000001-submissions-001.json"
FACTS = f"{DATA}/api/xbrl/companyfacts/CIK0001000001.json"
NO_SUCH_KEY = b'<?xml version="1.0"?>\n<Error><Code>NoSuchKey</Code><Message>No.</Message></Error>'
PAGES = [{"name": "CIK0001000001-submissions-001.json", "filingFrom": "2005-02-17", "filingTo": "2018-02-11"}]
NUMBER = "0001000001-26-000001"


@pytest.fixture
def fetcher(upstream: Upstream, settings: Settings) -> Iterator[Fetcher]:
    """In front of a day on which one company files a 10-Q/A and another an 8-K."""
    upstream.on(f"{WWW}/files/company_tickers_exchange.json", reply(200, TICKERS))
    lines = [(1000001, "Nova Corp", "10-Q/A", "20260105", NUMBER)]
    lines.append((1000009, "Ember Inc", "8-K", "20260105", "0001000009-26-000001"))
    upstream.on(f"{WWW}/Archives/edgar/daily-index/2026/QTR1/master.20260105.idx", reply(200, index(*lines)))
    upstream.on(f"{WWW}/Archives/edgar/data/1000001/{NUMBER}.txt", reply(200, submission(NUMBER, "10-Q/A")))
    upstream.on(PROFILE, reply(200, listing(files=PAGES), ETag='"p"'))
    upstream.on(OLDER, reply(200, json.dumps(COLUMNS).encode(), ETag='"o"'))
    upstream.on(FACTS, reply(200, document(VALUE), ETag='"f"'))
    with Fetcher(settings, classify=[edgar.classify], sleep=lambda seconds: None) as fetcher:
        yield fetcher


def collected(fetcher: Fetcher, **options: object) -> list[Document]:
    """The day's documents about companies."""
    told = {"forms": ["10-Q/A"], "use_downloader": False} | options
    return [one for one in edgar.collect(fetcher, "edgar", DAY, told) if "cik" in one.attributes]


def test_those_who_filed_a_report_are_asked_about_and_their_documents_parse(fetcher: Fetcher) -> None:
    documents = collected(fetcher, companies="filers")
    assert [(one.attributes["kind"], one.attributes["cik"]) for one in documents] == [
        ("profile", "1000001"), ("older_list", "1000001"), ("facts", "1000001"),
    ]  # fmt: skip
    rows = {table: len(found) for one in documents for table, found in edgar.parse(one).rows.items()}
    assert rows == {"companies": 1, "company_names": 1, "listed_filings": 2, "facts": 1}


def test_a_list_of_companies_is_asked_about_whoever_filed(fetcher: Fetcher) -> None:
    assert {one.attributes["cik"] for one in collected(fetcher, companies=["1000001", "42"])} == {"1000001"}
    assert [one.attributes["kind"] for one in collected(fetcher, companies=[42])] == []


def test_without_the_option_or_outside_the_parties_of_interest_nobody_is(fetcher: Fetcher, upstream: Upstream) -> None:
    assert collected(fetcher) == []
    assert collected(fetcher, companies="filers", ciks=[1000009]) == []
    assert not [path for path, _ in upstream.seen if path.startswith(DATA)]


def test_a_past_day_is_asked_for_as_it_was_and_the_present_conditionally(
    fetcher: Fetcher, upstream: Upstream, settings: Settings
) -> None:
    collected(fetcher, companies="filers")
    asked = {path: headers for path, headers in upstream.seen if path.startswith(DATA)}
    assert asked[PROFILE]["accept-datetime"] == asked[FACTS]["accept-datetime"] == "Mon, 05 Jan 2026 23:59:59 GMT"
    assert "accept-datetime" not in asked[OLDER]  # what it lists is known since long before
    noon = parse_instant("2026-01-05T12:00:00Z")
    for _ in range(2):
        upstream.seen.clear()
        with Fetcher(settings, lambda: noon, classify=[edgar.classify], sleep=lambda seconds: None) as now:
            collected(now, companies="filers")
    assert {path: headers.get("if-none-match") for path, headers in upstream.seen if path in {PROFILE, FACTS}} == {
        PROFILE: '"p"',
        FACTS: '"f"',
    }


def test_what_edgar_does_not_have_is_no_failure_and_any_other_no_is(fetcher: Fetcher, upstream: Upstream) -> None:
    upstream.on(FACTS, reply(404, NO_SUCH_KEY))
    assert [one.attributes["kind"] for one in collected(fetcher, companies="filers")] == ["profile", "older_list"]
    upstream.on(FACTS, reply(401))
    with pytest.raises(UpstreamRefused):
        collected(fetcher, companies="filers")
    upstream.on(FACTS, reply(503))
    with pytest.raises(UpstreamUnavailable):
        collected(fetcher, companies="filers")


def test_a_list_that_is_none_is_kept_for_the_parser_to_refuse(fetcher: Fetcher, upstream: Upstream) -> None:
    upstream.on(PROFILE, reply(200, b"<html>down for maintenance</html>"))
    assert [one.attributes["kind"] for one in collected(fetcher, companies="filers")] == ["profile", "facts"]


@pytest.mark.parametrize("companies", ["some", 7, ["Nova"], [12345678901], {"cik": 1}])
def test_companies_that_make_no_sense_are_refused(companies: object) -> None:
    with pytest.raises(UsageError, match="edgar: "):
        read_options({"companies": companies})
