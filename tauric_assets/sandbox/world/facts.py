"""companyfacts of a company: the figures its reports print, value by value, with the reports of three years before.

A report gives its quarter and the year so far, or its year, and the same of the year before, restated where they are
(fiscal.py). Reports from before the first day are told by their facts alone: the archives hold none of them.

Specification: shapes as recorded from data.sec.gov in 2024 to 2026.
Belongs here: which values each report states. Not here: the figures (fiscal.py), when reports are filed (plans.py).
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from tauric_assets.sandbox.world import fiscal, plans
from tauric_assets.sandbox.world.companies import Profile
from tauric_assets.sandbox.world.eastern import FIRST_DAY, eastern_ns, eastern_time
from tauric_assets.sandbox.world.fiscal import Figures, Quarter

HISTORY_QUARTERS = 12
TENTH_OF_A_MILLION = 100_000
EARLY_SECOND = 61_200  # reports from before the first day were accepted at 17:00 Eastern
EARLY_NUMBER = 999

INCOME = {
    "Revenues": "revenue",
    "CostOfRevenue": "cost",
    "GrossProfit": "gross_profit",
    "ResearchAndDevelopmentExpense": "research",
    "SellingGeneralAndAdministrativeExpense": "overhead",
    "OperatingIncomeLoss": "operating_income",
    "IncomeTaxExpenseBenefit": "tax",
    "NetIncomeLoss": "net_income",
}
BALANCES = {
    "CashAndCashEquivalentsAtCarryingValue": "cash",
    "AccountsReceivableNetCurrent": "receivables",
    "InventoryNet": "inventory",
    "LongTermDebt": "debt",
}
EARNINGS_PER_SHARE = "EarningsPerShareBasic"
SHARES = "EntityCommonStockSharesOutstanding"

Told = Callable[[int, Profile, int], Figures]
Value = dict[str, object]


@dataclass(frozen=True)
class _Report:
    quarter: Quarter
    form: str
    accession_number: str
    filed: date
    accepted_at: int


def company_facts(seed: int, profile: Profile, at: int) -> bytes:
    """The companyfacts of `profile` as they stood at `at` (nanoseconds UTC)."""
    last = fiscal.last_quarter(profile, eastern_time(at).date()).serial
    first = fiscal.last_quarter(profile, FIRST_DAY).serial - HISTORY_QUARTERS
    reports = (_report(seed, profile, serial) for serial in range(first, last + 1))
    return _written(seed, profile, tuple(report for report in reports if report.accepted_at <= at))


@lru_cache(maxsize=4096)
def _report(seed: int, profile: Profile, serial: int) -> _Report:
    quarter = fiscal.quarter(profile, serial)
    plan = plans.report_of(seed, profile, quarter)
    if plan is not None:
        return _Report(quarter, plan.form, plan.accession_number, plan.dated, plan.accepted_at)
    form, day = plans.report_day(profile, quarter)
    number = plans.number_of(profile, day, EARLY_NUMBER)
    return _Report(quarter, form, number, day, eastern_ns(day, EARLY_SECOND))


@lru_cache(maxsize=256)
def _written(seed: int, profile: Profile, reports: tuple[_Report, ...]) -> bytes:
    found: dict[tuple[str, str, str], list[Value]] = {}
    for report in reports:
        for key, value in _values(seed, profile, report):
            found.setdefault(key, []).append(value)
    facts: dict[str, dict[str, object]] = {}
    for (taxonomy, concept, unit), values in sorted(found.items()):
        values.sort(key=lambda value: (str(value["end"]), str(value.get("start", "")), str(value["filed"])))
        _name_frames(values)
        facts.setdefault(taxonomy, {})[concept] = {"label": concept, "description": None, "units": {unit: values}}
    document = {"cik": profile.company.cik, "entityName": profile.name.upper(), "facts": facts}
    return json.dumps(document, separators=(",", ":")).encode()


def _values(seed: int, profile: Profile, report: _Report) -> Iterator[tuple[tuple[str, str, str], Value]]:
    quarter = report.quarter
    source: Value = {
        "accn": report.accession_number,
        "fy": quarter.fiscal_year,
        "fp": "FY" if report.form == "10-K" else f"Q{quarter.number}",
        "form": report.form,
        "filed": str(report.filed),
    }
    spans = {1, quarter.number} if report.form == "10-Q" else {4}
    for span in sorted(spans):
        for back, told in ((4, fiscal.restated), (0, fiscal.figures)):
            yield from _income(seed, profile, quarter.serial - back, span, told, source)
    for serial in (quarter.serial - quarter.number, quarter.serial):
        figures = fiscal.figures(seed, profile, serial)
        for concept, name in BALANCES.items():
            amount = getattr(figures, name) * TENTH_OF_A_MILLION
            yield ("us-gaap", concept, "USD"), {"end": str(figures.quarter.end), "val": amount} | source
    shares = {"end": str(report.filed), "val": round(profile.shares * 1_000_000)}
    yield ("dei", SHARES, "shares"), shares | source


def _income(
    seed: int, profile: Profile, serial: int, span: int, told: Told, source: Value
) -> Iterator[tuple[tuple[str, str, str], Value]]:
    """Income of the `span` quarters that end with quarter `serial`."""
    quarters = [told(seed, profile, each) for each in range(serial - span + 1, serial + 1)]
    period: Value = {"start": str(quarters[0].quarter.start), "end": str(quarters[-1].quarter.end)}
    for concept, name in INCOME.items():
        amount = sum(getattr(each, name) for each in quarters) * TENTH_OF_A_MILLION
        yield ("us-gaap", concept, "USD"), period | {"val": amount} | source
    cents = sum(each.eps for each in quarters)
    yield ("us-gaap", EARNINGS_PER_SHARE, "USD/shares"), period | {"val": cents / 100} | source


def _name_frames(values: list[Value]) -> None:
    """Give the last report of each period its calendar frame, as EDGAR does."""
    last = {(value.get("start"), value["end"]): value for value in values}
    for (start, end), value in last.items():
        ended = date.fromisoformat(str(end))
        if start is None:
            value["frame"] = f"CY{ended.year}Q{(ended.month + 2) // 3}I"
            continue
        began = date.fromisoformat(str(start))
        middle, length = began + (ended - began) / 2, (ended - began).days
        if length < 100:
            value["frame"] = f"CY{middle.year}Q{(middle.month + 2) // 3}"
        elif length > 350:
            value["frame"] = f"CY{middle.year}"
