"""EDGAR, news and control over real HTTP: shapes, refusals, conditional GET, mementos, and nothing from the future."""

import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tauric_assets.sandbox.answers import http_date, parse_http_date
from tauric_assets.sandbox.launch import Running, start
from tauric_assets.sandbox.options import SandboxOptions
from tauric_assets.sandbox.world import World
from tauric_assets.times import SECOND_NS, Days, day_of_ns, ns_to_datetime, parse_instant
from tauric_assets_tests.sandbox.serving import NOW, client

WORLD = World(7)
NOW_NS = parse_instant(NOW)
DAY = date(2026, 1, 8)
INDEX = "/www.sec.gov/Archives/edgar/daily-index"
FEED = "www.prnewswire.com/rss/news-releases-list.rss"
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Running]:
    with start(SandboxOptions(port=0, clock=f"frozen:{NOW}")) as running:
        yield running


@pytest.fixture(scope="module")
def web(sandbox: Running) -> Iterator[httpx.Client]:
    with client(sandbox) as opened:
        yield opened


def test_control_tells_clock_and_catalogue(web: httpx.Client) -> None:
    assert web.get("/sandbox/health").json() == {"status": "ok"}
    clock = web.get("/sandbox/clock").json()
    assert (clock["now_ns"], clock["mode"]) == (NOW_NS, "frozen")
    catalogue = web.get("/sandbox/catalog").json()
    assert catalogue["first_day"] == str(WORLD.first_day())
    assert catalogue["last_day"] == "2026-01-09"
    assert catalogue["feeds"] == list(WORLD.feeds())
    assert catalogue["symbols"]["kraken"] == list(WORLD.symbols("kraken"))
    assert {"www.sec.gov", "stream.binance.com:9443", "www.prnewswire.com"} <= set(catalogue["hosts"])


def test_log_names_what_was_asked_and_by_whom(web: httpx.Client) -> None:
    web.get("/www.sec.gov/files/company_tickers.json?marked=1")
    entry = next(e for e in web.get("/sandbox/log").json() if e["query"] == "marked=1")
    assert entry["path"] == "www.sec.gov/files/company_tickers.json"
    assert (entry["method"], entry["status"]) == ("GET", 200)
    assert "tests@tauric.invalid" in entry["user_agent"]
    assert len(web.get("/sandbox/log?last=1").json()) == 1


@pytest.mark.parametrize("path", ["/www.sec.gov/files/company_tickers.json", "/data.sec.gov/submissions/x"])
def test_edgar_refuses_who_does_not_declare_an_address(sandbox: Running, path: str) -> None:
    answer = httpx.get(sandbox.url + path, headers={"User-Agent": "python-httpx"})
    assert answer.status_code == 403
    assert "Undeclared Automated Tool" in answer.text


def test_both_ticker_maps_tell_the_same_companies(web: httpx.Client) -> None:
    plain = web.get("/www.sec.gov/files/company_tickers.json").json()
    table = web.get("/www.sec.gov/files/company_tickers_exchange.json").json()
    assert table["fields"] == ["cik", "name", "ticker", "exchange"]
    assert [[line["cik_str"], line["title"], line["ticker"]] for line in plain.values()] == [
        row[:3] for row in table["data"]
    ]
    assert [row[0] for row in table["data"]] == [company.cik for company in WORLD.companies(NOW_NS)]


def _index(web: httpx.Client, kind: str, day: date) -> httpx.Response:
    return web.get(f"{INDEX}/{day.year}/QTR{(day.month + 2) // 3}/{kind}.{day:%Y%m%d}.idx")


def test_daily_indexes_have_a_line_for_each_party(web: httpx.Client) -> None:
    expected = sorted(
        (str(party.cik), filing.form, f"{filing.filing_date:%Y%m%d}", filing.accession_number)
        for filing in WORLD.filings(DAY)
        for party in filing.parties
        if filing.accepted_at <= NOW_NS
    )
    assert expected
    master = _index(web, "master", DAY).content.decode("latin-1").splitlines()
    assert master[5] == "CIK|Company Name|Form Type|Date Filed|File Name"
    lines = [line.split("|") for line in master[7:]]
    assert sorted((p[0], p[2], p[3], p[4].split("/")[-1].removesuffix(".txt")) for p in lines) == expected
    for kind in ("form", "company"):
        text = _index(web, kind, DAY).content.decode("latin-1").splitlines()
        at = {name: text[8].index(name) for name in ("Form Type", "Company Name", "CIK", "Date Filed", "File Name")}
        rows = [
            tuple(line[at[name] :].split("  ")[0].strip() for name in ("CIK", "Form Type", "Date Filed", "File Name"))
            for line in text[10:]
        ]
        assert sorted((*row[:3], row[3].split("/")[-1].removesuffix(".txt")) for row in rows) == expected


def test_a_day_without_an_index_is_denied_and_not_missing(web: httpx.Client) -> None:
    for day in (date(2026, 1, 4), date(2026, 1, 12), date(2019, 1, 2)):
        answer = _index(web, "master", day)
        assert answer.status_code == 403
        assert b"<Code>AccessDenied</Code>" in answer.content
    assert web.get(f"{INDEX}/2026/QTR2/master.20260108.idx").status_code == 403
    assert web.get(f"{INDEX}/2026/QTR1/master.20269999.idx").status_code == 403


def test_an_index_appears_when_its_day_is_over(web: httpx.Client) -> None:
    path = f"{INDEX}/2026/QTR1/master.20260108.idx"
    end = Days.one(DAY).end_ns
    early = web.get(path, headers={"Accept-Datetime": http_date(end - 60 * SECOND_NS)})
    assert early.status_code == 403
    assert web.get(path, headers={"Accept-Datetime": http_date(end)}).status_code == 200


def test_submissions_lie_at_both_addresses_with_their_documents(web: httpx.Client) -> None:
    filing = next(f for f in WORLD.filings(DAY) if f.form == "4")
    number, cik = filing.accession_number, filing.parties[0].cik
    folder = f"/www.sec.gov/Archives/edgar/data/{cik}/{number.replace('-', '')}"
    body = WORLD.submission(number)
    assert web.get(f"{folder}/{number}.txt").content == body
    assert web.get(f"/www.sec.gov/Archives/edgar/data/{cik}/{number}.txt").content == body
    name = filing.documents[0]
    assert web.get(f"{folder}/{name}").content == WORLD.document(number, name)
    styled = web.get(f"{folder}/xslF345X05/{name}")
    assert styled.headers["content-type"] == "text/html"
    missing = web.get(f"{folder}/none.htm")
    assert missing.status_code == 404
    assert b"<Code>NoSuchKey</Code>" in missing.content


def test_no_submission_is_served_before_its_acceptance(web: httpx.Client) -> None:
    later = next(f for n in range(1, 8) for f in WORLD.filings(day_of_ns(NOW_NS) + timedelta(days=n)))
    assert later.accepted_at > NOW_NS
    path = f"/www.sec.gov/Archives/edgar/data/{later.parties[0].cik}/{later.accession_number}.txt"
    assert web.get(path).status_code == 404
    seen = WORLD.filings(DAY)[0]
    path = f"/www.sec.gov/Archives/edgar/data/{seen.parties[0].cik}/{seen.accession_number}.txt"
    before = {"Accept-Datetime": http_date(seen.accepted_at - 2 * SECOND_NS)}
    assert web.get(path, headers=before).status_code == 404
    assert web.get(path).status_code == 200


def test_submissions_list_has_columns_newest_first_in_eastern_time(web: httpx.Client) -> None:
    cik = WORLD.companies(NOW_NS)[0].cik
    answer = web.get(f"/data.sec.gov/submissions/CIK{cik:010d}.json").json()
    filings = WORLD.filings_of(cik, NOW_NS)
    recent = answer["filings"]["recent"]
    assert answer["cik"] == f"{cik:010d}"
    assert recent["accessionNumber"] == [filing.accession_number for filing in filings]
    assert {len(column) for column in recent.values()} == {len(filings)}
    newest = ns_to_datetime(filings[0].accepted_at).astimezone(ZoneInfo("America/New_York"))
    assert recent["acceptanceDateTime"][0] == f"{newest:%Y-%m-%dT%H:%M:%S}.000Z"
    ownership = [name for form, name in zip(recent["form"], recent["primaryDocument"], strict=True) if form == "4"]
    assert ownership
    assert all(name.startswith("xslF345X05/") for name in ownership)
    assert web.get("/data.sec.gov/submissions/CIK0000000001.json").status_code == 404


def _current(web: httpx.Client, **query: str | int) -> list[ElementTree.Element]:
    wanted: dict[str, str | int] = {
        "action": "getcurrent",
        "owner": "include",
        "output": "atom",
        "type": "",
        "start": 0,
        "count": 100,
    }
    answer = web.get("/www.sec.gov/cgi-bin/browse-edgar", params={**wanted, **query})
    assert b'encoding="ISO-8859-1"' in answer.content[:60]
    return ElementTree.fromstring(answer.content).findall(f"{ATOM}entry")


def test_current_filings_have_an_entry_for_each_party_newest_first(web: httpx.Client) -> None:
    entries = _current(web)
    updated = [entry.findtext(f"{ATOM}updated", "") for entry in entries]
    assert all(parse_instant(first) >= parse_instant(second) for first, second in pairwise(updated))
    assert parse_instant(updated[0]) <= NOW_NS
    numbers = [
        entry.findtext(f"{ATOM}id", "").removeprefix("urn:tag:sec.gov,2008:accession-number=") for entry in entries
    ]
    for number in numbers[:20]:
        filing = WORLD.filing(number)
        assert filing is not None
        assert numbers.count(number) == len(filing.parties)
    title = entries[0].findtext(f"{ATOM}title", "")
    assert title.startswith(f"{entries[0].find(f'{ATOM}category').attrib['term']} - ")  # type: ignore[union-attr]


def test_current_type_is_a_prefix_and_pages_continue(web: httpx.Client) -> None:
    forms = {entry.find(f"{ATOM}category").attrib["term"] for entry in _current(web, type="4")}  # type: ignore[union-attr]
    assert forms
    assert all(form.startswith("4") for form in forms)
    whole = [ElementTree.tostring(entry) for entry in _current(web)]
    pages = [ElementTree.tostring(e) for start in (0, 7, 14) for e in _current(web, start=start, count=7)]
    assert pages == whole[:21]


def test_unchanged_pages_are_not_sent_again(web: httpx.Client) -> None:
    for path in (FEED, "www.sec.gov/files/company_tickers.json"):
        first = web.get(f"/{path}")
        again = web.get(f"/{path}", headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert web.get(f"/{path}", headers={"If-None-Match": '"other"'}).status_code == 200
    since = web.get(f"/{FEED}").headers["last-modified"]
    assert web.get(f"/{FEED}", headers={"If-Modified-Since": since}).status_code == 304
    earlier = http_date((parse_http_date(since) or 0) - SECOND_NS)
    assert web.get(f"/{FEED}", headers={"If-Modified-Since": earlier}).status_code == 200


@given(instant=st.integers(parse_instant("2025-11-05"), parse_instant("2026-01-20")), n=st.integers(0, 2))
def test_a_memento_is_the_feed_as_it_stood_and_never_from_the_future(web: httpx.Client, instant: int, n: int) -> None:
    address = WORLD.feeds()[n]
    asked = http_date(instant)
    at = min(parse_http_date(asked) or 0, NOW_NS)
    state = WORLD.feed(address, at)
    answer = web.get(f"/{address}", headers={"Accept-Datetime": asked})
    if state is None:
        assert answer.status_code == 404
        return
    assert answer.content == state.body
    assert "accept-datetime" in answer.headers["vary"]
    assert state.changed_at is not None
    memento = parse_http_date(answer.headers["memento-datetime"]) or 0
    assert 0 <= memento - state.changed_at < SECOND_NS
    assert memento <= at


def test_listings_are_mementos_of_the_instant_asked_for(web: httpx.Client) -> None:
    asked = "Thu, 08 Jan 2026 12:00:00 GMT"
    for path in ("www.sec.gov/files/company_tickers_exchange.json", "data.sec.gov/submissions/CIK0009900001.json"):
        answer = web.get(f"/{path}", headers={"Accept-Datetime": asked})
        assert answer.headers["memento-datetime"] == asked
        assert "memento-datetime" not in web.get(f"/{path}").headers
    late = web.get(
        "/www.sec.gov/files/company_tickers.json", headers={"Accept-Datetime": "Fri, 01 Jan 2027 00:00:00 GMT"}
    )
    assert late.headers["memento-datetime"] == http_date(NOW_NS)
    assert web.get(f"/{FEED}", headers={"Accept-Datetime": "yesterday"}).status_code == 400


def test_an_unknown_address_is_not_found(web: httpx.Client) -> None:
    assert web.get("/nobody.invalid/feed.xml").status_code == 404
    assert web.get("/www.sec.gov/nothing").status_code == 404


def test_companyfacts_are_as_they_stood_and_nobody_else_has_any(web: httpx.Client) -> None:
    cik = WORLD.companies(NOW_NS)[0].cik
    path = f"/data.sec.gov/api/xbrl/companyfacts/CIK{cik:010d}.json"
    past = NOW_NS - 60 * 86_400 * SECOND_NS
    now, then = web.get(path), web.get(path, headers={"Accept-Datetime": http_date(past)})
    assert (now.content, then.content) == (WORLD.company_facts(cik, NOW_NS), WORLD.company_facts(cik, past))
    assert now.content != then.content
    assert then.headers["memento-datetime"] == http_date(past)
    assert web.get(path, headers={"If-None-Match": now.headers["etag"]}).status_code == 304
    for stranger in ("0000000001", "1", "x"):
        missing = web.get(path.replace(f"{cik:010d}", stranger))
        assert (missing.status_code, b"<Code>NoSuchKey</Code>" in missing.content) == (404, True)


def test_a_former_name_has_the_days_of_its_use(web: httpx.Client) -> None:
    [renamed] = [company for company in WORLD.companies(NOW_NS) if company.former_names]
    [former] = web.get(f"/data.sec.gov/submissions/CIK{renamed.cik:010d}.json").json()["formerNames"]
    assert former["name"] == renamed.former_names[0]
    assert former["from"] < former["to"] == "2019-04-11T00:00:00.000Z"
