"""Insiders' reports: who trades what before and between events, as plans of Forms 3, 4, 5 and 4/A.

Belongs here: which reports a week brings, their owners, lines and times.
Not here: their XML (ownership.py), prices paid (prices.py), accession numbers (plans.py).
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

from tauric_assets.sandbox.world import calendar, people
from tauric_assets.sandbox.world.calendar import Event
from tauric_assets.sandbox.world.companies import PROFILES, Profile
from tauric_assets.sandbox.world.dice import Dice
from tauric_assets.sandbox.world.eastern import FIRST_DAY, eastern_ns, monday_of, shift_weekdays
from tauric_assets.sandbox.world.people import Person

Story = Literal[
    "buy",
    "sell",
    "exercise",
    "grant",
    "plan_sale",
    "gift",
    "withholding",
    "fund",
    "newcomer",
    "amendment",
    "annual",
]
ROUTINE: tuple[Story, ...] = (
    *("exercise", "exercise", "exercise", "grant", "grant", "plan_sale", "plan_sale", "gift", "gift"),
    *("withholding", "withholding", "fund", "newcomer", "amendment", "annual"),
)
"""The reports of an ordinary week, three a working day."""

EVENING = (58_000, 78_900)
"""Eastern seconds between which ownership reports are accepted: 16:06 to 21:55."""


@dataclass(frozen=True)
class Line:
    """One line of an ownership report.

    Args:
        code: transaction code, or `H` for a holding.
        place: where in the day's range the price lies, 0 to 1; meaningless where nothing was paid.
        indirect: nature of the ownership; empty for direct.
    """

    code: str
    day: date
    shares: int
    acquired: bool
    derivative: bool = False
    place: float = 0.5
    indirect: str = ""

    @property
    def change(self) -> int:
        """What the line adds to the shares held directly."""
        if self.derivative or self.indirect or self.code == "H":
            return 0
        return self.shares if self.acquired else -self.shares


@dataclass(frozen=True)
class Report:
    """A Form 3, 4 or 5 to be filed.

    Args:
        day, second: Eastern day and second of its acceptance.
        owners: who reports, jointly where more than one.
        original: the report an amendment corrects.
        event: what the trade precedes, where it precedes something.
    """

    key: str
    form: Literal["3", "4", "4/A", "5"]
    story: Story
    profile: Profile
    day: date
    second: int
    owners: tuple[Person, ...]
    lines: tuple[Line, ...]
    under_plan: bool = False
    original: "Report | None" = None
    event: Event | None = None

    @property
    def accepted_at(self) -> int:
        """The instant of its acceptance; nanoseconds UTC."""
        return eastern_ns(self.day, self.second)

    @property
    def period(self) -> date:
        """The earliest transaction; the day of appointment for a Form 3."""
        return min(line.day for line in self.lines)


@lru_cache(maxsize=2048)
def reports_of_week(seed: int, week: int) -> tuple[Report, ...]:
    """Every report that comes from a week's routine or runs ahead of its events (those are filed weeks earlier)."""
    found = list(_routine(seed, week))
    if week > 0:
        found.append(_amendment(seed, week))
    for event in calendar.events_of_week(seed, week):
        if calendar.moved_before(seed, event):
            found += _ahead_of(seed, event, week)
        if event.kind == "departure":
            found.append(_successor(seed, event, week))
    return tuple(report for report in found if report.day >= FIRST_DAY)


def _routine(seed: int, week: int) -> tuple[Report, ...]:
    dice = Dice(seed, "routine", week)
    stories = dice.shuffled(ROUTINE if week > 0 else [story for story in ROUTINE if story != "amendment"])
    found: list[Report] = []
    for weekday in range(5):
        day = monday_of(week) + timedelta(days=weekday)
        for profile in dice.sample(PROFILES, 3):
            story: Story = stories.pop() if stories else "grant"
            if story != "amendment":
                found.append(_report(seed, story, profile, day, dice))
            else:
                found.append(_report(seed, "gift", profile, day, dice))
    return tuple(found)


def _report(seed: int, story: Story, profile: Profile, day: date, dice: Dice) -> Report:
    week = (day - FIRST_DAY).days // 7
    slot = dice.choice((people.CEO, people.CFO, people.COUNSEL, people.FIRST_DIRECTOR, people.SECOND_DIRECTOR))
    key = f"{day.isoformat()}-{profile.ticker}-{story}"
    second = dice.integer(*EVENING)
    traded = shift_weekdays(day, -dice.integer(1, 2))
    if story == "newcomer":
        person = people.newcomer(seed, week)
        return Report(key, "3", story, profile, day, second, (person,), _first_holdings(person, traded))
    owners: tuple[Person, ...] = (people.holder(seed, profile, slot, week),)
    if story == "fund":
        manager = people.holder(seed, profile, people.SECOND_DIRECTOR, week)
        owners = (people.holder(seed, profile, people.FUND, week), manager)
        lines = tuple(
            Line("P" if dice.chance(0.5) else "S", traded, 100 * dice.integer(80, 900), False, place=dice.uniform())
            for _ in range(2)
        )
        lines = tuple(replace(line, code=lines[0].code, acquired=lines[0].code == "P") for line in lines)
        return Report(key, "4", story, profile, day, second, owners, lines)
    if story == "annual":
        lines = (Line("G", shift_weekdays(day, -dice.integer(30, 44)), 10 * dice.integer(20, 300), False),)
        return Report(key, "5", story, profile, day, second, owners, lines)
    lines = tuple(_routine_lines(story, traded, dice))
    return Report(key, "4", story, profile, day, second, owners, lines, under_plan=story == "plan_sale")


def _routine_lines(story: Story, day: date, dice: Dice) -> list[Line]:
    """Lines of exercise, grant, plan_sale, gift and withholding."""
    shares = 100 * dice.integer(8, 90)
    if story == "exercise":
        return [
            Line("M", day, shares, True),
            Line("S", day, shares // 2, False, place=dice.uniform(0.5, 1)),
            Line("S", day, shares - shares // 2, False, place=dice.uniform(0, 0.5)),
            Line("M", day, shares, False, derivative=True),
        ]
    if story == "grant":
        grant = [Line("A", day, shares, True)]
        return [*grant, Line("A", day, 2 * shares, True, derivative=True)] if dice.chance(0.5) else grant
    if story == "plan_sale":
        return [Line("S", day, shares // 2, False, place=dice.uniform()) for _ in range(dice.integer(1, 3))]
    code, sold = ("G", shares // 4) if story == "gift" else ("F", shares // 5)
    lines = [Line(code, day, sold, False, place=1.0)]
    return [*lines, Line("H", day, 40 * shares, True, indirect="By Family Trust")] if dice.chance(0.4) else lines


def _first_holdings(person: Person, day: date) -> tuple[Line, ...]:
    lines = [Line("H", day, person.shares, True)] if person.shares else []
    return (*lines, Line("H", day, 20_000 + person.shares, True, derivative=True))


def _amendment(seed: int, week: int) -> Report:
    """A 4/A that corrects the price of a transaction reported the week before."""
    dice = Dice(seed, "amendment", week)
    candidates = [report for report in _routine(seed, week - 1) if report.story in {"exercise", "plan_sale", "fund"}]
    original = dice.choice(candidates)
    day = monday_of(week) + timedelta(days=dice.integer(0, 4))
    wrong = next(line for line in original.lines if line.code in {"P", "S"})
    lines = tuple(replace(line, place=(line.place + 0.5) % 1.0) if line is wrong else line for line in original.lines)
    return replace(
        original,
        key=f"{day.isoformat()}-{original.profile.ticker}-amendment",
        form="4/A",
        story="amendment",
        day=day,
        second=dice.integer(*EVENING),
        lines=lines,
        original=original,
    )


def _ahead_of(seed: int, event: Event, week: int) -> list[Report]:
    """Buys of several insiders before a good event, sales before a bad one."""
    dice = Dice(seed, "ahead", event.key)
    slots = dice.sample((people.CEO, people.CFO, people.COUNSEL, people.FIRST_DIRECTOR, people.SECOND_DIRECTOR), 3)
    found: list[Report] = []
    for number, slot in enumerate(slots if event.is_good else slots[:2]):
        traded = shift_weekdays(event.day, -dice.integer(4, 7))
        day = shift_weekdays(traded, dice.integer(1, 2))
        person = people.holder(seed, event.profile, slot, (traded - FIRST_DAY).days // 7)
        code = "P" if event.is_good else "S"
        lines = tuple(
            Line(code, traded, 100 * dice.integer(15, 120), event.is_good, place=dice.uniform())
            for _ in range(dice.integer(1, 3))
        )
        key = f"{event.key}-{code}{number}"
        story: Story = "buy" if event.is_good else "sell"
        under_plan = not event.is_good and number == 1
        found.append(
            Report(
                *(key, "4", story, event.profile, day, dice.integer(*EVENING), (person,), lines, under_plan),
                event=event,
            )
        )
    return found


def _successor(seed: int, event: Event, week: int) -> Report:
    dice = Dice(seed, "successor", event.key)
    day = shift_weekdays(event.day, dice.integer(5, 8))
    person = people.holder(seed, event.profile, event.slot, week + 1)
    lines = _first_holdings(person, shift_weekdays(day, -3))
    key = f"{event.key}-successor"
    return Report(key, "3", "newcomer", event.profile, day, dice.integer(*EVENING), (person,), lines, event=event)
