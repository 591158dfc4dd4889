"""Fiscal quarters, and the figures each company reports for them.

Every figure is a pure function of (seed, company, quarter), so that a release and the report after it agree, and all
reports of the year after compare with the same figures, which for some years are restated ones. Money is in tenths of
a million dollars, whole numbers, so that tables add up exactly.

Belongs here: quarter arithmetic; revenue, costs, earnings, expectations.
Not here: when they are announced to the second (calendar.py), prose (reports.py).
"""

import calendar
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache

from tauric_assets.sandbox.world.companies import Profile
from tauric_assets.sandbox.world.dice import Dice
from tauric_assets.sandbox.world.eastern import FIRST_DAY, shift_weekdays

SURPRISE_MIN = 0.6
RESTATED_SHARE = 0.015


@dataclass(frozen=True)
class Quarter:
    """A fiscal quarter; `serial` counts quarters without a break, `number` runs from 1 to 4."""

    serial: int
    fiscal_year: int
    number: int
    start: date
    end: date

    @property
    def label(self) -> str:
        """Such as `third quarter of fiscal 2026`."""
        return f"{('first', 'second', 'third', 'fourth')[self.number - 1]} quarter of fiscal {self.fiscal_year}"


@dataclass(frozen=True)
class Figures:
    """An income statement and a few balances, in tenths of a million dollars; `eps` in cents.

    Args:
        surprise: how far revenue and earnings came out from what was expected, in standard deviations.
    """

    quarter: Quarter
    revenue: int
    cost: int
    research: int
    overhead: int
    tax: int
    eps: int
    expected_revenue: int
    expected_eps: int
    cash: int
    inventory: int
    receivables: int
    debt: int
    backlog: int
    surprise: float

    @property
    def gross_profit(self) -> int:
        """Revenue less cost of revenue."""
        return self.revenue - self.cost

    @property
    def operating_income(self) -> int:
        """Gross profit less research and overhead."""
        return self.gross_profit - self.research - self.overhead

    @property
    def net_income(self) -> int:
        """Operating income less tax."""
        return self.operating_income - self.tax

    @property
    def gross_margin(self) -> float:
        """Gross profit in percent of revenue."""
        return 100 * self.gross_profit / self.revenue


def quarter(profile: Profile, serial: int) -> Quarter:
    """The quarter of that serial number."""
    months = serial * 3 + profile.fiscal_year_end - 1
    end = _month_end(months)
    start = _month_end(months - 3) + timedelta(days=1)
    return Quarter(serial, (serial - 1) // 4 + 1, (serial - 1) % 4 + 1, start, end)


def last_quarter(profile: Profile, day: date) -> Quarter:
    """The latest quarter that ended before `day`."""
    serial = (day.year * 12 + day.month - profile.fiscal_year_end) // 3
    found = quarter(profile, serial)
    return found if found.end < day else quarter(profile, serial - 1)


def earnings_day(profile: Profile, ended: Quarter) -> date:
    """The working day on which the quarter's results are announced."""
    return shift_weekdays(ended.end + timedelta(days=profile.report_lag), 0)


def announced_between(profile: Profile, start: date, end: date) -> Quarter | None:
    """The quarter announced in [start, end), a range shorter than a quarter; or None."""
    found = last_quarter(profile, end)
    return found if start <= earnings_day(profile, found) < end else None


def surprise(seed: int, profile: Profile, serial: int) -> float:
    """How far a quarter's results come out from expectations, in standard deviations; never near nothing."""
    drawn = max(-2.4, min(2.4, Dice(seed, "surprise", profile.ticker, serial).bell()))
    return drawn if abs(drawn) >= SURPRISE_MIN else (SURPRISE_MIN if drawn >= 0 else -SURPRISE_MIN)


@lru_cache(maxsize=1024)
def figures(seed: int, profile: Profile, serial: int) -> Figures:
    """What the company reports for a quarter."""
    habits = Dice(seed, "habits", profile.ticker)
    growth = habits.uniform(0.004, 0.03)
    cost_share, research_share = habits.uniform(0.48, 0.66), habits.uniform(0.03, 0.10)
    overhead_share, margin = habits.uniform(0.10, 0.15), habits.uniform(0.8, 1.2)
    dice = Dice(seed, "figures", profile.ticker, serial)
    elapsed = serial - last_quarter(profile, FIRST_DAY).serial
    how_far = surprise(seed, profile, serial)
    expected = round(profile.revenue * 10 * (1 + growth * elapsed) * (1 + 0.012 * dice.bell()))
    revenue = round(expected * (1 + 0.022 * how_far))
    cost = round(revenue * (cost_share - 0.008 * how_far))
    research, overhead = round(revenue * research_share), round(revenue * overhead_share)
    operating = revenue - cost - research - overhead
    tax = round(max(operating, 0) * 0.21)
    eps = round((operating - tax) * 10 / profile.shares)
    expected_operating = expected * (1 - cost_share - research_share - overhead_share)
    return Figures(
        quarter(profile, serial),
        revenue,
        cost,
        research,
        overhead,
        tax,
        eps,
        expected,
        min(eps - 1, round(expected_operating * 7.9 / profile.shares))
        if how_far > 0
        else max(eps + 1, round(expected_operating * 7.9 / profile.shares)),
        cash=round(revenue * margin * dice.uniform(0.8, 1.1)),
        inventory=round(revenue * dice.uniform(0.25, 0.40)),
        receivables=round(revenue * dice.uniform(0.35, 0.50)),
        debt=round(revenue * margin * 1.4),
        backlog=round(revenue * dice.uniform(1.6, 2.4)),
        surprise=how_far,
    )


@lru_cache(maxsize=1024)
def restated(seed: int, profile: Profile, serial: int) -> Figures:
    """A quarter's figures as the reports of the year after print them.

    For half of a company's years goods sold for others count with their margin alone from then on: revenue and cost
    are lower by the same, profits are what they were.
    """
    first = figures(seed, profile, serial)
    if not Dice(seed, "restatement", profile.ticker, first.quarter.fiscal_year).chance(0.5):
        return first
    moved = round(first.revenue * RESTATED_SHARE)
    return replace(first, revenue=first.revenue - moved, cost=first.cost - moved)


def _month_end(months: int) -> date:
    year, month = divmod(months, 12)
    return date(year, month + 1, calendar.monthrange(year, month + 1)[1])
