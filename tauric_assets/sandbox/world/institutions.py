"""Institutions that report what they hold: quarterly 13F-HRs, and 13Gs and 13Ds about single companies.

Four managers report their holdings within 45 days of a quarter's end; two of them hold over 5 % of a company and say
so, a third now and then restates its table, and the fourth builds a stake a quarter and means to talk to the board.

Belongs here: who holds what at which quarter's end, and what is filed on which day.
Not here: XML (stakes.py), insiders' reports (insiders.py), accession numbers (plans.py).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

from tauric_assets.sandbox.world import prices
from tauric_assets.sandbox.world.companies import PROFILES, Profile
from tauric_assets.sandbox.world.dice import Dice
from tauric_assets.sandbox.world.eastern import FIRST_DAY, eastern_ns, is_weekday, shift_weekdays

StakeForm = Literal["13F-HR", "13F-HR/A", "SCHEDULE 13G", "SCHEDULE 13G/A", "SCHEDULE 13D"]

CLOSE = 57_600
"""16:00 Eastern, when a quarter's last price is taken."""
FILING_DAYS = 45
RESTATED_AFTER_DAYS = 12
STAKE_EVENT_WORKING_DAYS = 5
_OFFICE_HOURS = (36_000, 61_000)
_FIRST_QUARTER = 2025 * 4 + 2
"""The quarter that ended last before the world began: July to September 2025."""


@dataclass(frozen=True)
class Manager:
    """An institutional investment manager.

    Args:
        lag: days from a quarter's end to its 13F-HR.
        partner: who controls it and signs.
    """

    index: int
    cik: int
    name: str
    file_number: str
    street: str
    city: str
    state: str
    zip_code: str
    lag: int
    partner: str
    partner_cik: int


MANAGERS = (
    Manager(*(0, 9_930_001, "Kestrel Index Advisers Inc", "028-99001", "1 VINE STREET", "MALVERN", "PA", "19355", 7),
            "Oduya Ines", 9_930_101),
    Manager(*(1, 9_930_002, "Saltmarsh Capital LLC", "028-99002", "8 QUAY ROAD", "BOSTON", "MA", "02110", 30),
            "Brandt Ruben", 9_930_102),
    Manager(*(2, 9_930_003, "Halloway Trust Co", "028-99003", "41 ELM COURT", "HARTFORD", "CT", "06103", 41),
            "Petrov Alma", 9_930_103),
    Manager(*(3, 9_930_004, "Ironbark Partners LP", "028-99004", "2 CANAL PLACE", "NEW YORK", "NY", "10013", 45),
            "Achterberg Noor", 9_930_104),
)  # fmt: skip
INDEX, LARGE, TRUST, ACTIVIST = MANAGERS


@dataclass(frozen=True)
class Position:
    """What a manager holds of a company: shares, their worth in whole dollars, and who votes them."""

    profile: Profile
    shares: int
    value: int
    put_call: str = ""


@dataclass(frozen=True)
class Stake:
    """A filing of an institution.

    Args:
        profile: the company it is about; a 13F-HR is about none, and has the first of the cast.
        day, second: Eastern day and second of its acceptance.
        period: the quarter's end, or the day of the event that requires the filing.
        quarter: number of the quarter it belongs to (year * 4 + quarter from 0).
        amendment: number of the amendment; 0 for a first filing.
    """

    form: StakeForm
    manager: Manager
    profile: Profile
    day: date
    second: int
    period: date
    quarter: int
    amendment: int = 0

    @property
    def key(self) -> str:
        """Orders filings of one second."""
        return f"{self.form}-{self.manager.cik}-{self.quarter}"

    @property
    def is_table(self) -> bool:
        """Whether it is a 13F-HR, with an information table."""
        return self.form.startswith("13F")


@lru_cache(maxsize=512)
def stakes_of(seed: int, day: date) -> tuple[Stake, ...]:
    """What institutions file on an Eastern day, by time."""
    if day < FIRST_DAY or not is_weekday(day):
        return ()
    quarter = day.year * 4 + (day.month - 1) // 3 - 1
    found = [stake for stake in _filed(seed, quarter) if stake.day == day]
    return tuple(sorted(found, key=lambda stake: (stake.second, stake.key)))


def positions(seed: int, manager: Manager, quarter: int) -> tuple[Position, ...]:
    """What `manager` held at the end of `quarter`, in the order of the cast; the index adviser has a put as well."""
    found = []
    for profile in PROFILES:
        dice = Dice(seed, "held", manager.cik, profile.ticker, quarter)
        shares = 100 * round(profile.shares * 10_000 * _share_of(seed, manager, profile) * dice.uniform(0.9, 1.1))
        if profile != subject_of(manager) and dice.chance(0.2):
            continue
        found.append(Position(profile, shares, _worth(seed, profile, quarter, shares)))
    if manager == INDEX:
        first = found[0]
        hedged = first.shares // 2_000 * 100
        found.append(Position(first.profile, hedged, _worth(seed, first.profile, quarter, hedged), "Put"))
    return tuple(found)


def reported(seed: int, stake: Stake) -> tuple[Position, ...]:
    """The lines of a 13F-HR: what a restatement is about was left out at first."""
    held = positions(seed, stake.manager, stake.quarter)
    return held[:-1] if _is_restated(stake.manager, stake.quarter) and not stake.amendment else held


def subject_of(manager: Manager) -> Profile:
    """The company of which `manager` holds most."""
    return PROFILES[(3 * manager.index + 1) % len(PROFILES)]


def quarter_end(quarter: int) -> date:
    """The last day of a quarter."""
    year, number = divmod(quarter, 4)
    return date(year + number // 3, (3 * number + 3) % 12 + 1, 1) - timedelta(days=1)


def cusip_of(profile: Profile) -> str:
    """A CUSIP for a company of the cast: of a range kept for private use, with its check digit."""
    stem = f"99Q{profile.index:03d}10"
    values = [int(letter, 36) * (1 + place % 2) for place, letter in enumerate(stem)]
    return f"{stem}{-sum(value // 10 + value % 10 for value in values) % 10}"


def percent_of(profile: Profile, shares: int) -> str:
    """Percent of the class that `shares` are, with two decimals."""
    return f"{100 * shares / (profile.shares * 1_000_000):.2f}"


def _filed(seed: int, quarter: int) -> Iterator[Stake]:
    """Everything that is filed about the end of `quarter`, and the stake built in the quarter after it."""
    end = quarter_end(quarter)
    for manager in MANAGERS:
        dice = Dice(seed, "13F", manager.cik, quarter)
        day = _working_day(end + timedelta(days=manager.lag))
        yield Stake("13F-HR", manager, PROFILES[0], day, dice.integer(*_OFFICE_HOURS), end, quarter)
        if _is_restated(manager, quarter):
            later = shift_weekdays(day + timedelta(days=RESTATED_AFTER_DAYS), 0)
            yield Stake("13F-HR/A", manager, PROFILES[0], later, dice.integer(*_OFFICE_HOURS), end, quarter, 1)
        if manager in (INDEX, LARGE):
            number = max(0, quarter - _FIRST_QUARTER)
            day = _working_day(end + timedelta(days=FILING_DAYS))
            form: StakeForm = "SCHEDULE 13G/A" if number else "SCHEDULE 13G"
            subject = subject_of(manager)
            yield Stake(form, manager, subject, day, dice.integer(*_OFFICE_HOURS), end, quarter, number)
    first = end + timedelta(days=1)
    thursday = first + timedelta(days=(3 - first.weekday()) % 7 + 7)
    event = shift_weekdays(thursday, -STAKE_EVENT_WORKING_DAYS)
    profile = PROFILES[3 * quarter % len(PROFILES)]
    second = Dice(seed, "13D", quarter).integer(*_OFFICE_HOURS)
    yield Stake("SCHEDULE 13D", ACTIVIST, profile, thursday, second, event, quarter)


def _is_restated(manager: Manager, quarter: int) -> bool:
    return manager == TRUST and quarter % 2 == 1


def _share_of(seed: int, manager: Manager, profile: Profile) -> float:
    """The fraction of a company's shares that a manager holds on average."""
    dice = Dice(seed, "weight", manager.cik, profile.ticker)
    return dice.uniform(0.058, 0.088) if profile == subject_of(manager) else dice.uniform(0.002, 0.036)


def _worth(seed: int, profile: Profile, quarter: int, shares: int) -> int:
    cents = prices.price_at(seed, profile.ticker, eastern_ns(quarter_end(quarter), CLOSE))
    return round(shares * cents / 100)


def _working_day(day: date) -> date:
    """`day`, or the Friday before where it is at a weekend: deadlines are kept."""
    return day - timedelta(days=max(0, day.weekday() - 4))
