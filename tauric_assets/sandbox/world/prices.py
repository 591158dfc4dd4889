"""Price paths: one per company, seen by every venue; it jumps where the story jumps.

All price arithmetic is on whole numbers or by + - * / on doubles, so that every machine rounds alike. Levels chain from
day to day, a month at a time (cheap: a handful of draws a day); the path within a day is drawn only when asked for.

Belongs here: levels, jumps, paths.
Not here: trades (tape.py), what caused a jump (calendar.py, insiders.py).
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from tauric_assets.sandbox.world import calendar, companies, insiders
from tauric_assets.sandbox.world.companies import PROFILES
from tauric_assets.sandbox.world.dice import Dice, generator
from tauric_assets.sandbox.world.eastern import FIRST_DAY, is_weekday, week_of
from tauric_assets.times import DAY_NS, SECOND_NS, day_of_ns, day_start_ns

Integers = npt.NDArray[np.int64]
Reals = npt.NDArray[np.float64]

STEP_NS = 10 * SECOND_NS
STEPS = DAY_NS // STEP_NS
RAMP_NS = 600 * SECOND_NS
"""How long the rest of a jump takes, after `AT_ONCE` of it came in one tick."""
AT_ONCE = 0.7
BUY_MOVE = 0.006
"""What a report of an insider's purchase does to the price on acceptance."""
BUY_DRIFT = 0.0025
"""What the market gains a day between an insider's purchase and the event it foreshadowed."""
PULL = 0.006
"""How strongly a day draws the level back to where it began, so that levels stay sane for decades."""
LEVEL_MIN, LEVEL_MAX = 0.25, 4.0

BY_TICKER = {profile.ticker: profile for profile in PROFILES}


@dataclass(frozen=True)
class Jump:
    """A sudden return at an instant."""

    at: int
    move: float


@dataclass(frozen=True)
class DayMove:
    """What drives a day: the return besides the jumps, the volatility, the jumps."""

    calm: float
    sigma: float
    jumps: tuple[Jump, ...]


def level(seed: int, asset: str, day: date) -> int:
    """The price in cents at the start of `day`, UTC; before the first day, the price of the first day."""
    if day < FIRST_DAY:
        return opening(asset)
    for year in range(FIRST_DAY.year + 1, day.year):
        _month_levels(seed, asset, year, 12)
    return _month_levels(seed, asset, day.year, day.month)[day.day - (FIRST_DAY.day if _is_first(day) else 1)]


def opening(asset: str) -> int:
    """The price in cents at which the world begins."""
    return BY_TICKER[asset].price if asset in BY_TICKER else companies.BITCOIN_PRICE


def price_within(seed: int, asset: str, day: date, place: float) -> int:
    """A price in cents that was paid on `day`: `place` 0 is the day's low, 1 its high."""
    if day < FIRST_DAY:
        return round(opening(asset) * (0.99 + 0.02 * place))
    path = day_path(seed, asset, day)
    low, high = float(path.min()), float(path.max())
    return round(low + (high - low) * place)


@lru_cache(maxsize=8192)
def day_move(seed: int, asset: str, day: date) -> DayMove:
    """What moves the asset on a UTC day, apart from the pull towards its first level."""
    profile = BY_TICKER.get(asset)
    base = profile.volatility if profile else companies.BITCOIN_VOLATILITY
    recent = sum(abs(_shock(seed, asset, day - timedelta(days=back))) for back in range(1, 6)) / 5
    jumps = jumps_of(seed, asset, day) if profile else ()
    sigma = base * (0.45 + 0.7 * recent + 4.0 * sum(abs(jump.move) for jump in jumps)) * 0.7
    if not is_weekday(day):
        sigma *= 0.4
    drift = BUY_DRIFT * _foreshadowed(seed, asset, day) if profile else 0.0
    return DayMove(sigma * _shock(seed, asset, day) + drift, sigma, jumps)


@lru_cache(maxsize=256)
def day_path(seed: int, asset: str, day: date) -> Reals:
    """Prices in cents at the ends of the day's ten-second steps, jumps included; `STEPS` + 1 values."""
    start, move = level(seed, asset, day), day_move(seed, asset, day)
    noise = generator(seed, "path", asset, day).standard_normal(STEPS)
    clock = activity()[np.arange(STEPS) * STEP_NS // (60 * SECOND_NS)]
    elapsed = np.concatenate([[0.0], np.cumsum(clock)])
    scaled = np.rint(noise * np.sqrt(clock * STEPS / elapsed[-1]) * 1e6).astype(np.int64)
    walk = np.concatenate([[0], np.cumsum(scaled)]) / 1e6 / np.sqrt(float(STEPS))
    line = elapsed / elapsed[-1]
    calm = 1.0 + move.sigma * (walk - walk[-1] * line) + (_calm(start, asset, move)) * line
    at = day_start_ns(day) + np.arange(STEPS + 1, dtype=np.int64) * STEP_NS
    path: Reals = start * calm * _jump_factor(move.jumps, at)
    path.setflags(write=False)
    return path


def price_at(seed: int, asset: str, instant: int) -> int:
    """The price in cents at an instant; before the first day, the price of the first day."""
    day = day_of_ns(instant)
    if day < FIRST_DAY:
        return opening(asset)
    return round(float(sample(seed, asset, day, np.array([instant], dtype=np.int64))[0]))


@lru_cache(maxsize=8192)
def _month_levels(seed: int, asset: str, year: int, month: int) -> tuple[int, ...]:
    """Levels at the start of every day of a month from the first day on, and of the first day after it."""
    day = max(date(year, month, 1), FIRST_DAY)
    if day == FIRST_DAY:
        levels = [opening(asset)]
    else:
        before = day - timedelta(days=1)
        levels = [_month_levels(seed, asset, before.year, before.month)[-1]]
    while day.month == month:
        move = day_move(seed, asset, day)
        factor = 1.0 + _calm(levels[-1], asset, move)
        for jump in move.jumps:
            factor *= 1.0 + jump.move
        levels.append(max(1, round(levels[-1] * factor)))
        day += timedelta(days=1)
    return tuple(levels)


def _is_first(day: date) -> bool:
    return (day.year, day.month) == (FIRST_DAY.year, FIRST_DAY.month)


def _calm(start: int, asset: str, move: DayMove) -> float:
    """The day's return besides the jumps, pulled back towards the first level."""
    ratio = start / opening(asset)
    bounded = max(LEVEL_MIN, min(LEVEL_MAX, ratio))
    return (
        move.calm - PULL * (bounded - 1.0) - (0.02 if ratio > LEVEL_MAX else 0.0) + (0.02 if ratio < LEVEL_MIN else 0.0)
    )


@lru_cache(maxsize=16384)
def _shock(seed: int, asset: str, day: date) -> float:
    return Dice(seed, "shock", asset, day).bell()


@lru_cache(maxsize=8192)
def jumps_of(seed: int, asset: str, day: date) -> tuple[Jump, ...]:
    """The jumps whose ramp ends on the UTC day they begin, or is squeezed into it, in time order."""
    found: list[Jump] = []
    for back in (1, 0):
        eastern = day - timedelta(days=back)
        for event in calendar.events_between(seed, eastern, eastern + timedelta(days=1)):
            if event.profile.ticker == asset:
                found.append(Jump(event.at + calendar.REACTION_NS, event.move))
        for report in _purchases(seed, asset, eastern):
            found.append(Jump(report.accepted_at + calendar.REACTION_NS, BUY_MOVE))
    return tuple(sorted((jump for jump in found if day_of_ns(jump.at) == day), key=lambda jump: jump.at))


def _purchases(seed: int, asset: str, day: date) -> list[insiders.Report]:
    """Reports of insiders' purchases accepted on an Eastern day."""
    return [report for report in _announcing(seed, asset, week_of(day)) if report.day == day]


def _foreshadowed(seed: int, asset: str, day: date) -> int:
    """How many purchases were made before `day` whose event is still to come."""
    return sum(
        report.period < day <= report.event.day
        for report in _announcing(seed, asset, week_of(day))
        if report.event is not None
    )


@lru_cache(maxsize=4096)
def _announcing(seed: int, asset: str, week: int) -> tuple[insiders.Report, ...]:
    """Reports of purchases ahead of events in the week and the three weeks after it."""
    weeks = range(max(week, 0), week + 4)
    reports = (report for each in weeks for report in insiders.reports_of_week(seed, each))
    return tuple(report for report in reports if report.story == "buy" and report.profile.ticker == asset)


def _jump_factor(jumps: tuple[Jump, ...], at: Integers) -> Reals:
    """What the jumps have multiplied the price by at each instant; complete by the end of the day."""
    factor = np.ones(len(at))
    for jump in jumps:
        ramp = min(RAMP_NS, DAY_NS - jump.at % DAY_NS)
        done = np.clip((at - jump.at) / ramp, 0.0, 1.0)
        factor *= 1.0 + jump.move * np.where(at >= jump.at, AT_ONCE + (1 - AT_ONCE) * done, 0.0)
    return factor


def sample(seed: int, asset: str, day: date, at: Integers) -> Reals:
    """The path at instants of the day: linear between steps, but a jump is a jump."""
    jumps = day_move(seed, asset, day).jumps
    edges = day_start_ns(day) + np.arange(STEPS + 1, dtype=np.int64) * STEP_NS
    calm = day_path(seed, asset, day) / _jump_factor(jumps, edges)
    offset = at - edges[0]
    step = np.minimum(offset // STEP_NS, STEPS - 1)
    share = (offset - step * STEP_NS) / STEP_NS
    between: Reals = (calm[step] * (1.0 - share) + calm[step + 1] * share) * _jump_factor(jumps, at)
    return between


@lru_cache(maxsize=1)
def activity() -> Reals:
    """How busy each minute of the day is, UTC: a U between 14:30 and 21:00, quiet at night."""
    minutes = np.arange(1_440)
    open_, close = 870, 1_260
    middle, half = (open_ + close) / 2, (close - open_) / 2
    smile = 1.6 + 2.4 * ((minutes - middle) / half) ** 2
    shoulder = 0.55 + 0.45 * np.clip(1 - np.abs(minutes - middle) / 700, 0, 1)
    return np.where((minutes >= open_) & (minutes < close), smile, shoulder)
