"""A day of the sandbox collected and parsed over real loopback HTTP, with faults."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from tauric_assets.errors import MalformedDocument, UpstreamUnavailable
from tauric_assets.feeds import edgar
from tauric_assets.feeds.contract import Document
from tauric_assets.feeds.edgar.listing import read_index
from tauric_assets.feeds.edgar.poll import filed_on
from tauric_assets.feeds.fetch import Fetcher
from tauric_assets.sandbox.launch import Running, start
from tauric_assets.sandbox.options import SandboxOptions
from tauric_assets.settings import Settings
from tauric_assets.tables import table_named, to_arrow
from tauric_assets.times import parse_instant

pytestmark = pytest.mark.slow
DAY = date(2026, 1, 6)
EMPTY_DAY = date(2026, 1, 10)
BOTH_WAYS = pytest.mark.parametrize("use_downloader", [True, False])


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    """A seeded world, its clock a week after the day."""
    with start(SandboxOptions(port=0, clock="frozen:2026-01-13T00:00:00Z")) as running:
        yield running


@pytest.fixture
def fetcher(running: Running, tmp_path: Path) -> Iterator[Fetcher]:
    """A fetcher that does not wait between tries; faults are gone afterwards."""
    settings = Settings(data_dir=tmp_path, sandbox_url=running.url, http_timeout_s=10)
    with Fetcher(settings, classify=[edgar.classify], sleep=lambda seconds: None) as fetcher:
        yield fetcher
    urlopen(Request(f"{running.url}/sandbox/faults", method="DELETE"), timeout=10).close()


def arm(running: Running, **rule: object) -> None:
    """Ask the sandbox for one fault."""
    body = json.dumps([rule]).encode()
    urlopen(Request(f"{running.url}/sandbox/faults", data=body, method="POST"), timeout=10).close()


def collected(fetcher: Fetcher, use_downloader: bool, day: date = DAY) -> list[Document]:
    """What the day gives."""
    return list(edgar.collect(fetcher, "edgar", day, {"use_downloader": use_downloader}))


@pytest.fixture(scope="module")
def whole(running: Running, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The day's bodies by address, fetched directly and without faults."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("whole"), sandbox_url=running.url)
    with Fetcher(settings, classify=[edgar.classify]) as fetcher:
        return {one.url: one.body for one in collected(fetcher, use_downloader=False)}


@BOTH_WAYS
def test_everything_listed_arrives_and_parses(fetcher: Fetcher, whole: dict[str, bytes], use_downloader: bool) -> None:
    documents = collected(fetcher, use_downloader)
    assert {one.url: one.body for one in documents} == whole
    listed = read_index(documents[1].body).filings
    arrived = [one.attributes["accession_number"] for one in documents[2:]]
    assert sorted(arrived) == sorted(one.accession_number for one in listed if one.form in {"4", "8-K", "10-K", "10-Q"})
    assert len(arrived) > 1
    for document in documents:
        parsed = edgar.parse(document)
        assert parsed.rejects == []
        assert parsed.records == parsed.row_count + parsed.ignored
        for table, rows in parsed.rows.items():
            assert to_arrow(table_named(table), rows).num_rows == len(rows)
        for row in parsed.rows.get("filings", ()):
            assert row["known_at_quality"] == "source"
            assert parse_instant("2026-01-05T00:00:00Z") < row["known_at"] < parse_instant("2026-01-07T04:00:00Z")  # type: ignore[operator]


def test_the_ticker_map_is_that_of_the_day(fetcher: Fetcher) -> None:
    tickers = collected(fetcher, use_downloader=False)[0]
    assert (tickers.quality, tickers.known_at) == ("source", parse_instant("2026-01-06T23:59:59Z"))


def test_current_filings_and_index_list_the_same(fetcher: Fetcher) -> None:
    day = date(2026, 1, 9)
    index = read_index(collected(fetcher, use_downloader=False, day=day)[1].body).filings
    current = filed_on(fetcher, day)
    assert {(one.path, one.form, frozenset(one.ciks)) for one in current} == {
        (one.path, one.form, frozenset(one.ciks)) for one in index
    }


@BOTH_WAYS
def test_a_weekend_has_the_ticker_map_alone(fetcher: Fetcher, use_downloader: bool) -> None:
    assert [one.attributes["kind"] for one in collected(fetcher, use_downloader, EMPTY_DAY)] == ["tickers"]


@BOTH_WAYS
@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 503, "retry_after_s": 0},
        {"kind": "truncate", "fraction": 0.5},
        {"kind": "malformed_xml"},
        {"kind": "reset"},
    ],
    ids=lambda fault: str(fault["kind"]),
)
def test_passing_faults_are_overcome(
    running: Running, fetcher: Fetcher, whole: dict[str, bytes], fault: dict[str, object], use_downloader: bool
) -> None:
    arm(running, match="www.sec.gov/Archives/edgar/data/*", times=2, **fault)
    assert {one.url: one.body for one in collected(fetcher, use_downloader)} == whole


@BOTH_WAYS
@pytest.mark.parametrize("status", [503, 403, 404])
def test_lasting_faults_name_the_filing_that_is_missing(
    running: Running, fetcher: Fetcher, whole: dict[str, bytes], status: int, use_downloader: bool
) -> None:
    url = sorted(url for url in whole if url.endswith(".txt"))[-1]
    number = url.rpartition("/")[2].removesuffix(".txt")
    arm(running, match=f"www.sec.gov/Archives/edgar/data/*{number}.txt", kind="status", status=status, retry_after_s=0)
    with pytest.raises(UpstreamUnavailable, match=number):
        collected(fetcher, use_downloader)


def test_a_403_on_the_index_is_not_a_day_without_filings(running: Running, fetcher: Fetcher) -> None:
    arm(running, match="*.idx", kind="status", status=403)
    with pytest.raises(UpstreamUnavailable):
        collected(fetcher, use_downloader=True)


def test_poll_sees_the_newest_filings_once(fetcher: Fetcher) -> None:
    first = edgar.poll(fetcher, "edgar", {}, "")
    assert first.changed
    assert edgar.poll(fetcher, "edgar", {}, first.cursor).changed is False
    missing_one = " ".join(first.cursor.split()[1:])
    assert edgar.poll(fetcher, "edgar", {}, missing_one).cursor == first.cursor


@BOTH_WAYS
def test_a_submission_that_is_always_cut_off_costs_no_other_and_is_quarantined(
    running: Running, fetcher: Fetcher, whole: dict[str, bytes], use_downloader: bool
) -> None:
    url = sorted(url for url in whole if url.endswith(".txt"))[-1]
    arm(running, match=f"www.sec.gov/Archives/edgar/data/*{url.rpartition('/')[2]}", kind="malformed_xml")
    documents = {one.url: one for one in collected(fetcher, use_downloader)}
    assert documents.keys() == whole.keys()
    assert [one for one in whole if documents[one].body != whole[one]] == [url]
    with pytest.raises(MalformedDocument):
        edgar.parse(documents[url])


@BOTH_WAYS
def test_filings_of_institutions_arrive_and_their_rows_agree_with_their_companies(
    fetcher: Fetcher, use_downloader: bool
) -> None:
    documents = [*collected(fetcher, use_downloader, date(2026, 1, 7)), *collected(fetcher, False, date(2026, 1, 8))]
    companies = {row["cik"]: row["name"] for row in edgar.parse(documents[0]).rows["instruments"]}
    wanted = [one for one in documents if one.attributes.get("form") in {"13F-HR", "SCHEDULE 13D"}]
    table, schedule = (edgar.parse(one).rows for one in wanted)
    holdings, stakes = table["institutional_holdings"], schedule["beneficial_ownership"]
    assert len(holdings) >= 6
    assert all(row["flags"] == [] and row["value_unit"] == "dollars" for row in holdings)
    assert {row["name_of_issuer"] for row in holdings} <= {str(name).upper() for name in companies.values()}
    assert {row["put_call"] for row in holdings} == {None, "Put"}
    assert [(companies[row["issuer_cik"]], row["person_cik"], row["person_types"]) for row in stakes] == [
        (stakes[0]["issuer_name"], 9_930_004, ["PN"]),
        (stakes[0]["issuer_name"], 9_930_104, ["IN"]),
    ]
    assert all(row["known_at_quality"] == "source" for row in (*holdings, *stakes))
