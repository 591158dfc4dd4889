"""Polling the current filings, over a scripted loopback EDGAR."""

from collections.abc import Iterator

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
