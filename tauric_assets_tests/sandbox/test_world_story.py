"""The world tells one story: prices move when filings say why, and insiders trade before they do."""

from datetime import date, timedelta

from lxml import etree

from tauric_assets.sandbox.market import VENUES, Venue
from tauric_assets.sandbox.world import World
from tauric_assets.sandbox.world.calendar import Event, events_between, moved_before
from tauric_assets.times import DAY_NS, SECOND_NS, day_start_ns

WORLD = World(7)
MINUTE_NS = 60 * SECOND_NS
EVENTS = events_between(7, date(2025, 12, 1), date(2026, 1, 31))


def listings(event: Event) -> list[tuple[Venue, str]]:
    """Where the company's shares trade."""
    ticker = event.profile.ticker
    return [(venue, s) for venue in VENUES for s in WORLD.symbols(venue) if s.split("-")[0] == ticker]


def test_every_event_is_an_8k_accepted_at_its_instant() -> None:
    for event in EVENTS:
        filings = WORLD.filings_of(event.profile.company.cik, event.at)
        newest = filings[0]
        assert (newest.form, newest.accepted_at) == ("8-K", event.at)


def test_the_price_jumps_within_minutes_of_a_big_event_on_every_venue() -> None:
    big = [event for event in EVENTS if abs(event.move) >= 0.04]
    assert len(big) > 10
    for event in big:
        for venue, symbol in listings(event):
            before = list(WORLD.trades(venue, symbol, event.at - 60 * MINUTE_NS, event.at))[-1]
            after = next(iter(WORLD.trades(venue, symbol, event.at + 6 * SECOND_NS, event.at + 60 * MINUTE_NS)))
            move = float(after.price / before.price) - 1
            assert after.ts_event - event.at < 10 * MINUTE_NS
            assert move * event.move > 0
            assert 0.5 * abs(event.move) < abs(move) < 1.5 * abs(event.move)


def test_volume_is_higher_after_a_big_event() -> None:
    for event in EVENTS:
        if abs(event.move) >= 0.05:
            venue, symbol = listings(event)[0]
            before = sum(t.size for t in WORLD.trades(venue, symbol, event.at - 30 * MINUTE_NS, event.at))
            after = sum(t.size for t in WORLD.trades(venue, symbol, event.at, event.at + 30 * MINUTE_NS))
            assert after > before


def test_insiders_buy_before_good_news_and_sell_before_bad() -> None:
    told = [event for event in EVENTS if moved_before(7, event)]
    assert {event.is_good for event in told} == {True, False}
    for event in told:
        code = "P" if event.is_good else "S"
        window = [
            filing
            for filing in WORLD.filings_of(event.profile.company.cik, event.at)
            if filing.form == "4" and event.at - filing.accepted_at < 14 * DAY_NS
        ]
        found = set()
        for filing in window:
            root = etree.fromstring(WORLD.document(filing.accession_number, filing.documents[0]))
            if {element.text for element in root.iter("transactionCode")} == {code}:
                found.add(filing.parties[0].cik)
        assert len(found) >= (3 if event.is_good else 2), event.key


def test_a_form_4_price_was_paid_on_its_day() -> None:
    start = date(2026, 1, 5)
    checked = 0
    for number in range(5):
        for filing in WORLD.filings(start + timedelta(days=number)):
            ticker = next((c.ticker for c in WORLD.companies(0) if c.cik == filing.parties[-1].cik), "")
            if filing.form != "4" or f"{ticker}-USD" not in WORLD.symbols("coinbase"):
                continue
            root = etree.fromstring(WORLD.document(filing.accession_number, filing.documents[0]))
            for line in root.iter("nonDerivativeTransaction"):
                if line.findtext(".//transactionCode") in {"P", "S", "F"}:
                    day = date.fromisoformat(line.findtext("transactionDate/value") or "")
                    traded = WORLD.trades("coinbase", f"{ticker}-USD", day_start_ns(day), day_start_ns(day) + DAY_NS)
                    paid = sorted(trade.price for trade in traded)
                    price = float(line.findtext(".//transactionPricePerShare/value") or 0)
                    assert float(paid[0]) * 0.995 <= price <= float(paid[-1]) * 1.005
                    checked += 1
    assert checked >= 5
