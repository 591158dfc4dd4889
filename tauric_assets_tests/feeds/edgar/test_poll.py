"""Polling the current filings, over a scripted loopback EDGAR."""

import re
from collections.abc import Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tauric_assets.feeds import edgar
from tauric_assets.feeds.edgar.poll import new_filings
from tauric_assets.feeds.fetch import Fetcher
from tauric_assets.settings import Settings
from tauric_assets_tests.feeds.conftest import Upstream, reply
from tauric_assets_tests.feeds.edgar.test_listing import entry, page


def number(count: int) -> str:
    """The accession number of the `count`-th filing of the day."""
    return f"0001000001-26-{count:06d}"


def filed(count: int, form: str = "4") -> list[str]:
    """The two entries of the `count`-th filing."""
    updated = f"2026-01-05T10:{count // 60:02d}:{count % 60:02d}-05:00"
    return [
        entry(number(count), form, f"{form} - Doe Jane (0002000002) (Reporting)", updated),
        entry(number(count), form, f"{form} - Nova Corp (0001000001) (Issuer)", updated),
    ]


def serve(upstream: Upstream, forms: list[str]) -> None:
    """Pages of 100 entries over the filings with `forms`, oldest first in the list, newest first on the pages."""
    entries = [one for count in range(len(forms), 0, -1) for one in filed(count, forms[count - 1])]
    for start in range(0, len(entries) + 100, 80):
        query = f"action=getcurrent&type=&owner=include&count=100&start={start}&output=atom"
        upstream.on(f"/www.sec.gov/cgi-bin/browse-edgar?{query}", reply(200, page(*entries[start : start + 100])))


@pytest.fixture
def fetcher(settings: Settings) -> Iterator[Fetcher]:
    """A fetcher for the scripted EDGAR."""
    with Fetcher(settings, classify=[edgar.classify], sleep=lambda seconds: None) as fetcher:
        yield fetcher


def test_new_filings_are_merged_over_pages_and_newest_first(upstream: Upstream, fetcher: Fetcher) -> None:
    serve(upstream, ["4"] * 150)
    found = new_filings(fetcher, {number(count) for count in range(1, 31)})
    assert [one.accession_number for one in found] == [number(count) for count in range(150, 30, -1)]
    assert {len(one.parties) for one in found} == {2}
    assert len(upstream.seen) == 4  # the fourth page holds nothing unknown


def test_at_first_one_page_is_enough(upstream: Upstream, fetcher: Fetcher) -> None:
    serve(upstream, ["4"] * 150)
    assert len(new_filings(fetcher, set())) == 50
    assert len(upstream.seen) == 1


def test_poll_reports_a_wanted_filing_once(upstream: Upstream, fetcher: Fetcher) -> None:
    serve(upstream, ["424B2", "4"])
    options: dict[str, object] = {"forms": ["4"]}
    first = edgar.poll(fetcher, "edgar", options, "")
    assert (first.changed, first.cursor) == (True, f"{number(2)} {number(1)}")
    second = edgar.poll(fetcher, "edgar", options, first.cursor)
    assert (second.changed, second.cursor) == (False, first.cursor)
    serve(upstream, ["424B2", "4", "424B2"])
    assert edgar.poll(fetcher, "edgar", options, first.cursor).changed is False  # `type=4` would have found it
    serve(upstream, ["424B2", "4", "424B2", "4"])
    third = edgar.poll(fetcher, "edgar", options, first.cursor)
    assert (third.changed, third.cursor.split()[:2]) == (True, [number(4), number(3)])
    assert third.digest != first.digest


def test_poll_looks_only_for_wanted_parties(upstream: Upstream, fetcher: Fetcher) -> None:
    serve(upstream, ["4"])
    assert edgar.poll(fetcher, "edgar", {"ciks": [1000001]}, "").changed is True
    assert edgar.poll(fetcher, "edgar", {"ciks": [7]}, "").changed is False


def test_poll_names_the_days_under_which_new_filings_are_dated(upstream: Upstream, fetcher: Fetcher) -> None:
    serve(upstream, ["4"])
    first = edgar.poll(fetcher, "edgar", {}, "")
    assert first.days == ()  # at first, today
    late = entry(number(3), "4", "4 - Nova Corp (0001000001) (Issuer)", "2026-01-06T21:00:00-05:00")
    other = entry(number(4), "424B2", "424B2 - Nova Corp (0001000001) (Filer)", "2026-01-07T10:00:00-05:00")
    query = "action=getcurrent&type=&owner=include&count=100&start=0&output=atom"
    upstream.on(f"/www.sec.gov/cgi-bin/browse-edgar?{query}", reply(200, page(other, late, *filed(1))))
    assert edgar.poll(fetcher, "edgar", {}, first.cursor).days == (date(2026, 1, 6),)


def recorded(realdata: Path, name: str) -> list[str]:
    """The entries of recorded pages, in their order."""
    pages = sorted((realdata / "edgar_index" / "getcurrent").glob(name), key=lambda path: int(path.stem.split("_")[-1]))
    found = [one for path in pages for one in re.findall(r"<entry>.*?</entry>", path.read_text("latin-1"), re.DOTALL)]
    assert len(found) >= 400
    return found


def told(entries: list[str]) -> dict[str, tuple[str, set[str]]]:
    """Accession number to form and parties, read another way than the feed does."""
    found: dict[str, tuple[str, set[str]]] = {}
    for one in entries:
        (accession,), (form,) = re.findall(r"accession-number=([\d-]+)", one), re.findall(r'term="([^"]*)"', one)
        (cik,) = re.findall(r"<title>.*\((\d{10})\)", one)
        found.setdefault(accession, (form, set()))[1].add(cik)
    return found


@pytest.mark.realdata
def test_one_entry_a_party_and_shifting_pages_lose_nothing_of_recorded_filings(
    upstream: Upstream, fetcher: Fetcher, realdata: Path
) -> None:
    """Between any two requests some thirty entries come in on top, so that everything moves down."""
    entries, requests = recorded(realdata, "type_all_start_*.atom"), 0
    shown = entries[300:]

    def shifting(handler: BaseHTTPRequestHandler) -> None:
        nonlocal requests
        now = entries[max(0, 300 - 37 * requests) :]
        start = int(parse_qs(urlsplit(handler.path).query)["start"][0])
        requests += 1
        reply(200, page(*now[start : start + 100]))(handler)

    upstream.on("/www.sec.gov/cgi-bin/browse-edgar", shifting)
    found = {one.accession_number: one for one in new_filings(fetcher, {"none of these"})}
    wanted = told(shown)
    assert found.keys() >= wanted.keys()
    for accession, (form, ciks) in wanted.items():
        assert found[accession].form == form
        assert {f"{party.cik:010d}" for party in found[accession].parties} >= ciks
    assert len(wanted) < len(shown)  # one entry a party, really
    assert requests > 5


@pytest.mark.realdata
def test_a_type_is_a_prefix_at_edgar_and_not_here(upstream: Upstream, fetcher: Fetcher, realdata: Path) -> None:
    entries = recorded(realdata, "type_4_start_*.atom")
    forms = {form for form, _ in told(entries).values()}
    assert forms - {"4", "4/A"}  # what `type=4` found besides
    others = [one for one in entries if 'term="4"' not in one and 'term="4/A"' not in one][:50]
    upstream.on("/www.sec.gov/cgi-bin/browse-edgar", reply(200, page(*others)))
    assert edgar.poll(fetcher, "edgar", {"forms": ["4", "4/A"]}, "x").changed is False
    upstream.on("/www.sec.gov/cgi-bin/browse-edgar", reply(200, page(*others, entries[0])))
    assert edgar.poll(fetcher, "edgar", {"forms": ["4", "4/A"]}, "x").changed is True
    assert all("type=&" in path for path, _ in upstream.seen)
