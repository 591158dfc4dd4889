"""The news feeds of the world: well formed, true to their instant, coherent with the filings."""

import calendar
from datetime import date

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from tauric_assets.sandbox.world import World
from tauric_assets.times import DAY_NS, SECOND_NS, day_start_ns, ns_to_datetime

WORLD = World(7)
START = day_start_ns(date(2026, 1, 5))
END = START + 5 * DAY_NS
FEEDS = tuple(WORLD.feeds())


def entries(address: str, at: int) -> list[feedparser.FeedParserDict]:
    """The entries that a feed shows at an instant."""
    state = WORLD.feed(address, at)
    assert state is not None
    parsed = feedparser.parse(state.body, response_headers={"content-type": state.media_type})
    assert not parsed.bozo, parsed.get("bozo_exception")
    return list(parsed.entries)


@pytest.mark.parametrize("address", FEEDS)
def test_the_demo_week_brings_at_least_fifteen_entries_each_day_some(address: str) -> None:
    seen: dict[str, str] = {}
    for day in range(5):
        at = START + (day + 1) * DAY_NS
        fresh = {e.id for e in entries(address, at)} - set(seen)
        assert len(fresh) >= 3
        seen |= dict.fromkeys(fresh, "")
    before = {entry.id for entry in entries(address, START)}
    assert len(set(seen) - before) >= 15


@given(st.sampled_from(FEEDS), st.integers(day_start_ns(date(2025, 11, 3)), END))
def test_a_feed_never_shows_what_has_not_appeared_yet(address: str, at: int) -> None:
    state = WORLD.feed(address, at)
    assert state is not None
    assert state.changed_at is not None
    assert state.changed_at <= at
    shown = entries(address, at)
    assert len(shown) <= 30
    assert all(stamp_ns(entry) <= at for entry in shown)
    assert [stamp_ns(entry) for entry in shown] == sorted((stamp_ns(entry) for entry in shown), reverse=True)
    assert len({entry.id for entry in shown}) == len(shown)


def stamp_ns(entry: feedparser.FeedParserDict) -> int:
    """The second at which an entry says it was published, in nanoseconds."""
    return calendar.timegm(entry.published_parsed) * SECOND_NS


@given(st.sampled_from(FEEDS), st.integers(START, END))
def test_a_feed_stands_still_since_it_changed_and_was_other_just_before(address: str, at: int) -> None:
    state = WORLD.feed(address, at)
    assert state is not None
    assert state.changed_at is not None
    assert WORLD.feed(address, state.changed_at) == state
    earlier = WORLD.feed(address, state.changed_at - 1)
    assert earlier is not None
    assert earlier.body != state.body


def test_some_entries_are_corrected_under_the_same_identity() -> None:
    for address in FEEDS:
        texts: dict[str, set[str]] = {}
        at = END
        for _ in range(70):
            state = WORLD.feed(address, at)
            assert state is not None
            assert state.changed_at is not None
            for entry in etree.fromstring(state.body).iter("item", "{*}entry"):
                identity = entry.findtext("guid") or entry.findtext("{*}id") or ""
                told = f"{entry.findtext('{*}title')} {entry.findtext('description') or entry.findtext('{*}summary')}"
                texts.setdefault(identity, set()).add(told)
            at = state.changed_at - 1
        assert any(len(versions) == 2 for versions in texts.values()), address
        assert all(len(versions) <= 2 for versions in texts.values())


def test_the_newswire_follows_an_8k_within_minutes_with_the_ticker() -> None:
    release = next(f for f in WORLD.filings_of(9_900_001, END) if "2.02" in f.items)
    text = WORLD.document(release.accession_number, release.documents[1]).decode()
    newswire = FEEDS[0]
    found = [entry for entry in entries(newswire, release.accepted_at + 600 * SECOND_NS) if entry.title in text]
    assert len(found) == 1
    assert [tag.term for tag in found[0].tags] == ["NYSE:NOVA"]
    assert 0 < stamp_ns(found[0]) - release.accepted_at < 300 * SECOND_NS


def test_market_notes_name_companies_without_tickers_and_repeat_the_newswire() -> None:
    notes, releases = entries(FEEDS[2], END), entries(FEEDS[0], END)
    tickers = {company.ticker for company in WORLD.companies(END)}
    assert not any(ticker in (note.title + note.summary).split() for note in notes for ticker in tickers)
    told = {entry.summary for entry in releases}
    assert any(note.summary in told for note in notes)


def test_a_feed_begins_empty_on_the_first_day() -> None:
    first = day_start_ns(WORLD.first_day())
    for address in FEEDS:
        state = WORLD.feed(address, first)
        assert state is not None
        assert state.changed_at == first
        assert entries(address, first) == []
    assert ns_to_datetime(first).year == 2025
