"""Every submission of a day, numbered: events' 8-Ks, the periodic reports after them, insiders and institutions.

Belongs here: which submission is accepted when and listed when, and its accession number.
Not here: bytes (filings.py).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from tauric_assets.sandbox.world import calendar, fiscal, insiders, institutions
from tauric_assets.sandbox.world.calendar import Event
from tauric_assets.sandbox.world.companies import PROFILES, Profile
from tauric_assets.sandbox.world.dice import Dice
from tauric_assets.sandbox.world.eastern import FIRST_DAY, eastern_ns, shift_weekdays, week_of
from tauric_assets.sandbox.world.fiscal import Quarter
from tauric_assets.sandbox.world.insiders import Report
from tauric_assets.sandbox.world.institutions import Stake

CUTOFF = 63_000
"""17:30 Eastern: later submissions, other than ownership reports, carry the next working day's date."""

ITEMS: dict[str, tuple[str, ...]] = {
    "earnings": ("2.02", "9.01"),
    "guidance_cut": ("7.01", "9.01"),
    "contract": ("1.01", "7.01", "9.01"),
    "probe": ("8.01",),
    "departure": ("5.02", "9.01"),
    "launch": ("7.01", "9.01"),
    "disruption": ("8.01",),
    "buyback": ("8.01", "9.01"),
    "settlement": ("1.01", "9.01"),
}
_SLOTS_A_DAY = 1_000
_FIRST_STAKE_SLOT = 900  # institutions have slots of their own: they renumber nobody


@dataclass(frozen=True)
class Plan:
    """A submission before it is written.

    Args:
        day, second: Eastern day and second of its acceptance.
        dated: the date it carries, and the day whose index lists it.
        event: the event an 8-K reports. report: an ownership report. serial: the quarter of a 10-K or 10-Q.
        stake: an institution's filing.
    """

    accession_number: str
    form: str
    profile: Profile
    day: date
    second: int
    accepted_at: int
    dated: date
    event: Event | None = None
    report: Report | None = None
    serial: int = 0
    stake: Stake | None = None


@dataclass(frozen=True)
class _Draft:
    form: str
    profile: Profile
    second: int
    key: str
    event: Event | None = None
    report: Report | None = None
    serial: int = 0


@lru_cache(maxsize=4096)
def plans_accepted(seed: int, day: date) -> tuple[Plan, ...]:
    """Everything accepted on an Eastern day, by acceptance."""
    drafts = sorted(_drafts(seed, day), key=lambda draft: (draft.second, draft.key))
    found = [_numbered(draft, day, place) for place, draft in enumerate(drafts, start=1)]
    found += [_staked(stake, place) for place, stake in enumerate(institutions.stakes_of(seed, day))]
    return tuple(sorted(found, key=lambda plan: (plan.accepted_at, plan.accession_number)))


def plans_listed(seed: int, day: date) -> list[Plan]:
    """Everything the index of `day` lists, by acceptance; from the days since the last working day."""
    days = (day - timedelta(days=back) for back in range(4, -1, -1))
    return [plan for accepted in days for plan in plans_accepted(seed, accepted) if plan.dated == day]


def plan_of(seed: int, accession_number: str) -> Plan | None:
    """The submission of that number, or None."""
    pieces = accession_number.split("-")
    if [len(piece) for piece in pieces] != [10, 2, 6] or not all(
        piece.isascii() and piece.isdigit() for piece in pieces
    ):
        return None
    day_of_year = int(pieces[2]) // _SLOTS_A_DAY
    if not 1 <= day_of_year <= 366:
        return None
    day = date(2000 + int(pieces[1]), 1, 1) + timedelta(days=day_of_year - 1)
    return next((plan for plan in plans_accepted(seed, day) if plan.accession_number == accession_number), None)


def report_day(profile: Profile, quarter: Quarter) -> tuple[str, date]:
    """The form of a quarter's report and the day it is handed in: one working day after the release, a 10-K two."""
    delay, form = (2, "10-K") if quarter.number == 4 else (1, "10-Q")
    return form, shift_weekdays(fiscal.earnings_day(profile, quarter), delay)


def report_of(seed: int, profile: Profile, quarter: Quarter) -> Plan | None:
    """The report of a quarter; None where it is from before the first day."""
    accepted = plans_accepted(seed, report_day(profile, quarter)[1])
    return next((plan for plan in accepted if plan.profile is profile and plan.serial == quarter.serial), None)


def number_of(profile: Profile | None, day: date, place: int) -> str:
    """The accession number of a day's submission by `profile`, or by the agent of all insiders."""
    agent = 1_995_000 if profile is None else 1_990_000 + profile.index
    return f"{agent:010d}-{day.year % 100:02d}-{_serial(day, place):06d}"


def _drafts(seed: int, day: date) -> Iterator[_Draft]:
    if day < FIRST_DAY:
        return
    for event in calendar.events_between(seed, day, day + timedelta(days=1)):
        yield _Draft("8-K", event.profile, event.second, event.key, event=event)
    for profile in PROFILES:
        yield from _periodic(seed, profile, day)
    for week in range(week_of(day) - 2, week_of(day) + 4):
        if week >= 0:
            for report in insiders.reports_of_week(seed, week):
                if report.day == day:
                    yield _Draft(report.form, report.profile, report.second, report.key, report=report)


def _periodic(seed: int, profile: Profile, day: date) -> Iterator[_Draft]:
    quarter = fiscal.last_quarter(profile, day)
    form, reported = report_day(profile, quarter)
    if reported == day:
        second = Dice(seed, "periodic", profile.ticker, quarter.serial).integer(23_400, 68_000)
        yield _Draft(form, profile, second, f"{profile.ticker}-{form}", serial=quarter.serial)


def _numbered(draft: _Draft, day: date, place: int) -> Plan:
    number = number_of(draft.profile if draft.report is None else None, day, place)
    late = draft.report is None and draft.second > CUTOFF
    return Plan(
        *(number, draft.form, draft.profile, day, draft.second, eastern_ns(day, draft.second)),
        shift_weekdays(day, 1 if late else 0),
        *(draft.event, draft.report, draft.serial),
    )


def _staked(stake: Stake, place: int) -> Plan:
    day, slot = stake.day, _FIRST_STAKE_SLOT + place
    number = f"{1_996_000 + stake.manager.index:010d}-{day.year % 100:02d}-{_serial(day, slot):06d}"
    accepted_at = eastern_ns(day, stake.second)
    return Plan(number, stake.form, stake.profile, day, stake.second, accepted_at, day, stake=stake)


def _serial(day: date, place: int) -> int:
    return day.timetuple().tm_yday * _SLOTS_A_DAY + place
