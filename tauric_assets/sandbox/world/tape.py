"""The tape: a day's trades of one venue and symbol, as arrays, with ids that never skip one.

Belongs here: when trades happen, how large they are, what they are called.
Not here: the price path under them (prices.py), `Trade` objects (market.py).
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from tauric_assets.sandbox.market import Venue
from tauric_assets.sandbox.world import prices
from tauric_assets.sandbox.world.dice import Dice, generator
from tauric_assets.sandbox.world.eastern import FIRST_DAY, is_weekday
from tauric_assets.sandbox.world.prices import BY_TICKER, Integers, Jump, Reals
from tauric_assets.times import DAY_NS, SECOND_NS, day_start_ns


@dataclass(frozen=True)
class DayTrades:
    """A day's trades of one venue and symbol as arrays of equal length, in time order.

    Args:
        at: nanoseconds UTC. prices: cents. sizes: ten-thousandths. buys: whether the aggressor bought.
        first_id: trade id of the first; the others follow by one.
    """

    at: Integers
    prices: Integers
    sizes: Integers
    buys: npt.NDArray[np.bool_]
    first_id: int


@lru_cache(maxsize=256)
def day_trades(seed: int, venue: Venue, symbol: str, day: date, per_day: int) -> DayTrades:
    """All trades of a symbol on a venue on a UTC day from the first day on."""
    asset = symbol.partition("-")[0]
    count, move = day_count(seed, venue, symbol, day, per_day), prices.day_move(seed, asset, day)
    dice = generator(seed, "trades", venue, symbol, day)
    at = _times(dice, count, move.jumps, day, 1_000_000 if venue.startswith("binance") else 1_000)
    buys = dice.random(count) < (0.5 + min(0.2, max(-0.2, 3.0 * (move.calm + sum(j.move for j in move.jumps)))))
    fair = prices.sample(seed, asset, day, at)
    venue_bias = 1.0 + 0.0002 * Dice(seed, "bias", venue, asset, day).bell() / 3
    spread = np.where(buys, 1.00015, 0.99985) * venue_bias
    paid = np.maximum(1, np.rint(fair * spread + dice.standard_normal(count) * fair * 0.00008)).astype(np.int64)
    typical = 4_000_000 / prices.opening(asset) * 100
    heat = np.ones(count)
    for jump in move.jumps:
        heat += 60 * abs(jump.move) * _afterglow(at, jump.at)
    sizes = np.maximum(1, np.rint(dice.standard_exponential(count) * typical * heat)).astype(np.int64)
    return DayTrades(at, paid, sizes, buys, first_id(seed, venue, symbol, day, per_day))


def day_count(seed: int, venue: Venue, symbol: str, day: date, per_day: int) -> int:
    """How many trades the day has, known without drawing them."""
    busy = Dice(seed, "count", venue, symbol, day).uniform(0.88, 1.12)
    asset = symbol.partition("-")[0]
    if asset in BY_TICKER:
        busy += min(0.35, 3 * sum(abs(jump.move) for jump in prices.jumps_of(seed, asset, day)))
    return max(1, round(per_day * busy * (1.0 if is_weekday(day) else 0.4)))


def first_id(seed: int, venue: Venue, symbol: str, day: date, per_day: int) -> int:
    """Trade id of the first trade of `day`: one more than all the trades before it."""
    for year in range(FIRST_DAY.year + 1, day.year):
        _month_start_id(seed, venue, symbol, (year, 12), per_day)
    before = _month_start_id(seed, venue, symbol, (day.year, day.month), per_day)
    return before + sum(day_count(seed, venue, symbol, earlier, per_day) for earlier in _days_before(day))


@lru_cache(maxsize=16384)
def _month_start_id(seed: int, venue: Venue, symbol: str, month: tuple[int, int], per_day: int) -> int:
    first = date(*month, 1)
    if first <= FIRST_DAY:
        return 1
    return first_id(seed, venue, symbol, first - timedelta(days=1), per_day) + day_count(
        seed, venue, symbol, first - timedelta(days=1), per_day
    )


def _days_before(day: date) -> list[date]:
    """The days of the same month before `day`, from the first day on."""
    days = (day.replace(day=number) for number in range(1, day.day))
    return [earlier for earlier in days if earlier >= FIRST_DAY]


def _afterglow(at: Integers, jump: int) -> Reals:
    """1 at a jump, fading over the hour after it, 0 before."""
    minutes = (at - jump) / (60 * SECOND_NS)
    glow: Reals = np.where(minutes >= 0, 1 / (1 + np.maximum(minutes, 0) / 12) ** 2, 0.0)
    return glow


def _times(dice: np.random.Generator, count: int, jumps: tuple[Jump, ...], day: date, grain: int) -> Integers:
    """Instants of `count` trades, increasing, busier after jumps; whole multiples of `grain` nanoseconds."""
    start = day_start_ns(day)
    middles = start + (np.arange(1_440, dtype=np.int64) * 60 + 30) * SECOND_NS
    weights = prices.activity().copy()
    for jump in jumps:
        weights *= 1 + 160 * abs(jump.move) * _afterglow(middles, jump.at - 30 * SECOND_NS)
    edges = np.concatenate([[0.0], np.cumsum(weights)])
    drawn = dice.random(count) * edges[-1]
    minute = np.minimum(np.searchsorted(edges, drawn, side="right") - 1, 1_439)
    drawn = minute + (drawn - edges[minute]) / weights[minute]
    grains = np.sort((drawn * (60 * SECOND_NS // grain)).astype(np.int64))
    grains = np.maximum.accumulate(grains - np.arange(count)) + np.arange(count)
    at: Integers = start + np.minimum(grains, DAY_NS // grain - count + np.arange(count)) * grain
    return at
