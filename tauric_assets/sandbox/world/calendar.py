"""What happens to whom, and when: the events behind every filing, story, post and jump in price.

Belongs here: the newsworthy events of a week, with the size of their effect on the price.
Not here: insiders' reports (insiders.py), which filings follow (plans.py), words (wording.py).
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

from tauric_assets.sandbox.world import fiscal, people
from tauric_assets.sandbox.world.companies import PROFILES, Profile
from tauric_assets.sandbox.world.dice import Dice
from tauric_assets.sandbox.world.eastern import FIRST_DAY, eastern_ns, monday_of, week_of
from tauric_assets.times import SECOND_NS

Kind = Literal[
    "earnings", "guidance_cut", "contract", "probe", "departure", "launch", "disruption", "buyback", "settlement"
]
ORDINARY: tuple[tuple[Kind, int, float, float], ...] = (
    ("contract", 28, 0.025, 0.075),
    ("launch", 18, 0.010, 0.040),
    ("guidance_cut", 12, -0.110, -0.040),
    ("probe", 14, -0.090, -0.030),
    ("disruption", 12, -0.055, -0.015),
    ("buyback", 10, 0.010, 0.030),
    ("settlement", 6, 0.010, 0.035),
)
"""Kind, weight, smallest and largest move."""

BIG_MOVE = 0.04
"""Events that move the price by more are ones insiders trade ahead of."""

BEFORE_OPEN, MIDDAY, AFTER_CLOSE, LATE = (23_400, 33_600), (34_500, 56_000), (57_700, 62_900), (63_100, 74_000)


@dataclass(frozen=True)
class Event:
    """Something newsworthy.

    Args:
        key: names it, and seeds everything said about it.
        day: the Eastern day on which it is announced.
        at: the instant at which EDGAR accepts its 8-K; nanoseconds UTC.
        move: the return it causes; the price jumps `REACTION_NS` later.
        serial: the quarter announced, where it is one; else 0.
        slot: the office left, where somebody leaves; else 0.
    """

    key: str
    kind: Kind
    profile: Profile
    day: date
    second: int
    at: int
    move: float
    serial: int = 0
    slot: int = 0

    @property
    def is_good(self) -> bool:
        """Whether the price rises on it."""
        return self.move > 0


REACTION_NS = 6 * SECOND_NS
"""From acceptance to the jump in price."""


@lru_cache(maxsize=2048)
def events_of_week(seed: int, week: int) -> tuple[Event, ...]:
    """Every newsworthy event announced in a week, in time order; none before the first day."""
    if week < 0:
        return ()
    found: list[Event] = []
    days = Dice(seed, "weekdays", week).shuffled([0, 1, 2, 3, 4, 0, 2, 3])
    for profile in PROFILES:
        found += _scheduled(seed, profile, week)
        if not any(event.profile is profile for event in found):
            found.append(_ordinary(seed, profile, week, days[profile.index]))
    return tuple(sorted(found, key=lambda event: (event.at, event.key)))


def events_between(seed: int, start: date, end: date) -> list[Event]:
    """Events announced on Eastern days [start, end), in time order."""
    weeks = range(week_of(start), week_of(end - timedelta(days=1)) + 1)
    return [event for week in weeks for event in events_of_week(seed, week) if start <= event.day < end]


def moved_before(seed: int, event: Event) -> bool:
    """Whether insiders trade ahead of the event."""
    return event.kind in {"earnings", "contract", "guidance_cut", "probe"} and abs(event.move) >= BIG_MOVE


def _scheduled(seed: int, profile: Profile, week: int) -> list[Event]:
    monday = monday_of(week)
    found: list[Event] = []
    quarter = fiscal.announced_between(profile, max(monday, FIRST_DAY), monday + timedelta(days=7))
    if quarter is not None:
        dice = Dice(seed, "earnings", profile.ticker, quarter.serial)
        how_far = fiscal.surprise(seed, profile, quarter.serial)
        second = dice.integer(*(BEFORE_OPEN if dice.chance(0.5) else AFTER_CLOSE))
        day = fiscal.earnings_day(profile, quarter)
        move = round(how_far * dice.uniform(0.055, 0.085), 4)
        found.append(_event("earnings", profile, day, second, move, serial=quarter.serial))
    for slot in (people.CEO, people.CFO):
        if people.leaves_in(profile, slot, week):
            dice = Dice(seed, "departure", profile.ticker, slot, week)
            day = monday + timedelta(days=dice.integer(1, 3))
            move = round(-dice.uniform(0.02, 0.05) * (1.0 if slot == people.CFO else 1.5), 4)
            found.append(_event("departure", profile, day, dice.integer(*AFTER_CLOSE), move, slot=slot))
    return found


def _ordinary(seed: int, profile: Profile, week: int, weekday: int) -> Event:
    dice = Dice(seed, "ordinary", profile.ticker, week)
    kind, _, low, high = dice.choice([line for line in ORDINARY for _ in range(line[1])])
    window = dice.choice((BEFORE_OPEN, BEFORE_OPEN, MIDDAY, MIDDAY, AFTER_CLOSE, LATE))
    day = monday_of(week) + timedelta(days=weekday)
    return _event(kind, profile, day, dice.integer(*window), round(dice.uniform(low, high), 4))


def _event(
    kind: Kind, profile: Profile, day: date, second: int, move: float, *, serial: int = 0, slot: int = 0
) -> Event:
    key = f"{day.isoformat()}-{profile.ticker}-{kind}"
    return Event(key, kind, profile, day, second, eastern_ns(day, second), move, serial, slot)
