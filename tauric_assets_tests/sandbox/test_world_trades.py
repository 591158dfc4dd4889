"""Trades of the world: order, ids, grids, and one path on every venue."""

import itertools
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tauric_assets.sandbox.market import VENUES, Venue
from tauric_assets.sandbox.world import World
from tauric_assets.times import DAY_NS, SECOND_NS, day_start_ns

WORLD = World(7)
START = day_start_ns(date(2026, 1, 5))
LISTED = [(venue, symbol) for venue in VENUES for symbol in WORLD.symbols(venue)]


@pytest.mark.parametrize(("venue", "symbol"), LISTED)
def test_a_week_of_trades_is_ordered_consecutive_and_on_its_grid(venue: Venue, symbol: str) -> None:
    trades = list(WORLD.trades(venue, symbol, START - 2 * DAY_NS, START + 5 * DAY_NS))
    assert [t.trade_id for t in trades] == list(range(trades[0].trade_id, trades[0].trade_id + len(trades)))
    assert all(a.ts_event < b.ts_event for a, b in itertools.pairwise(trades))
    assert all(t.price > 0 and t.price == t.price.quantize(Decimal("0.01")) for t in trades)
    assert all(t.size > 0 and t.size == t.size.quantize(Decimal("0.0001")) for t in trades)
    assert all(t.ts_event % (1_000_000 if venue == "binance" else 1_000) == 0 for t in trades)
    assert {t.side for t in trades} == {"buy", "sell"}
    for number in range(5):
        day = [t for t in trades if START + number * DAY_NS <= t.ts_event < START + (number + 1) * DAY_NS]
        assert 1_000 <= len(day) <= 1_700
    weekend = [t for t in trades if t.ts_event < START]
    assert 700 <= len(weekend) <= 1_300


def test_ids_begin_at_one_on_the_first_day_and_run_on_over_months() -> None:
    first = WORLD.first_day()
    trades = WORLD.trades("kraken", "NOVA-USD", day_start_ns(first), day_start_ns(first + timedelta(days=70)))
    assert [trade.trade_id for trade in trades] == list(range(1, first_id_from(first + timedelta(days=70))))


def first_id_from(day: date) -> int:
    """Id of the first trade from `day` on."""
    return next(WORLD.trades("kraken", "NOVA-USD", day_start_ns(day), day_start_ns(day) + DAY_NS)).trade_id


@given(st.lists(st.integers(START, START + 3 * DAY_NS), min_size=2, max_size=6).map(sorted))
def test_ranges_are_half_open_and_join_without_a_gap(cuts: list[int]) -> None:
    whole = list(WORLD.trades("coinbase", "NOVA-USD", cuts[0], cuts[-1]))
    joined = [
        trade for start, end in itertools.pairwise(cuts) for trade in WORLD.trades("coinbase", "NOVA-USD", start, end)
    ]
    assert joined == whole
    assert all(cuts[0] <= trade.ts_event < cuts[-1] for trade in whole)


def test_a_trade_at_the_start_is_in_and_at_the_end_is_out() -> None:
    first, second, *_ = WORLD.trades("binance", "NOVA-USDT", START, START + DAY_NS)
    assert list(WORLD.trades("binance", "NOVA-USDT", first.ts_event, second.ts_event)) == [first]


def test_the_venues_agree_on_the_price() -> None:
    for hour in range(0, 120, 3):
        at = START + hour * 3_600 * SECOND_NS
        seen = [
            next(WORLD.trades(venue, symbol, at, at + DAY_NS)).price
            for venue, symbol in LISTED
            if symbol.startswith("NOVA")
        ]
        assert max(seen) / min(seen) < Decimal("1.02")


def test_a_day_is_busier_while_exchanges_are_open() -> None:
    trades = list(WORLD.trades("coinbase", "BTC-USD", START, START + DAY_NS))
    inside = [t for t in trades if 14.5 * 3_600 <= (t.ts_event - START) / SECOND_NS < 21 * 3_600]
    assert len(inside) / len(trades) > 0.45


def test_the_number_of_trades_can_be_chosen() -> None:
    few = sum(1 for _ in World(7, trades_per_day=50).trades("coinbase", "BTC-USD", START, START + DAY_NS))
    assert 40 <= few <= 60


def test_prices_stay_sane_and_move_for_years() -> None:
    for _, symbol in LISTED[::3]:
        venue = next(v for v in VENUES if symbol in WORLD.symbols(v))
        levels = [
            float(next(WORLD.trades(venue, symbol, START + n * 120 * DAY_NS, START + (n * 120 + 1) * DAY_NS)).price)
            for n in range(12)
        ]
        assert max(levels) / min(levels) < 25
        assert len(set(levels)) == len(levels)
