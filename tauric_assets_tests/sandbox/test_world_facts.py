"""The sandbox's companyfacts: what its reports print, restatements, nothing from the future."""

import json
import re
from collections import defaultdict
from datetime import date, timedelta

import pytest

from tauric_assets.sandbox.world import World, fiscal
from tauric_assets.sandbox.world.companies import PROFILES
from tauric_assets.times import day_start_ns

WORLD = World(7)
AT = day_start_ns(date(2026, 4, 1))
Values = dict[str, list[dict[str, object]]]


def facts_of(cik: int, at: int = AT) -> Values:
    """Values by concept."""
    body = WORLD.company_facts(cik, at)
    assert body is not None
    told = json.loads(body)
    assert told["cik"] == cik
    return {
        concept: values
        for concepts in told["facts"].values()
        for concept, one in concepts.items()
        for values in one["units"].values()
    }


def printed(html: str, label: str) -> list[int]:
    """Both figures of a line of the income statement, in dollars."""
    cells = re.search(rf"<tr[^>]*>(?:(?!</tr>).)*>{label}<.*?</tr>", html, re.DOTALL)
    assert cells is not None
    numbers = re.findall(r">\(?([\d,]+\.\d)\)?<", cells[0])
    return [round(float(number.replace(",", "")) * 1_000_000) for number in numbers]


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.ticker)
def test_facts_are_the_figures_that_reports_print(profile) -> None:  # type: ignore[no-untyped-def]
    filings = [f for f in WORLD.filings_of(profile.company.cik, AT) if f.form in {"10-K", "10-Q"}]
    assert filings
    told = facts_of(profile.company.cik)
    for filing in filings:
        html = WORLD.document(filing.accession_number, filing.documents[0]).decode()
        length = (350, 380) if filing.form == "10-K" else (80, 100)
        for label, concept in (
            ("Revenue", "Revenues"),
            ("Cost of revenue", "CostOfRevenue"),
            ("Net income", "NetIncomeLoss"),
        ):
            mine = [v for v in told[concept] if v["accn"] == filing.accession_number]
            spans = {
                str(v["end"]): v["val"]
                for v in mine
                if length[0]
                < (date.fromisoformat(str(v["end"])) - date.fromisoformat(str(v["start"]))).days
                < length[1]
            }
            assert [spans[end] for end in sorted(spans, reverse=True)] == printed(html, label)
        assert {v["filed"] for v in mine} == {str(filing.filing_date)}


def test_a_restatement_changes_revenue_and_cost_alike_and_profit_not_at_all() -> None:
    for profile in PROFILES:
        for serial in range(8090, 8101):
            first, then = fiscal.figures(7, profile, serial), fiscal.restated(7, profile, serial)
            assert (first.gross_profit, first.net_income, first.eps) == (then.gross_profit, then.net_income, then.eps)
            assert 0 <= first.revenue - then.revenue < first.revenue * 0.02


def test_some_periods_are_told_twice_with_different_revenue_and_both_stay() -> None:
    restated = 0
    for profile in PROFILES:
        periods = defaultdict(set)
        for one in facts_of(profile.company.cik)["Revenues"]:
            periods[one["start"], one["end"]].add(one["val"])
        restated += sum(len(values) > 1 for values in periods.values())
    assert restated > 5


def test_nothing_is_told_before_its_report_is_accepted() -> None:
    for profile in PROFILES:
        filing = next(f for f in WORLD.filings_of(profile.company.cik, AT) if f.form in {"10-K", "10-Q"})
        before = json.dumps(facts_of(profile.company.cik, filing.accepted_at - 1))
        after = json.dumps(facts_of(profile.company.cik, filing.accepted_at))
        assert filing.accession_number not in before
        assert filing.accession_number in after


def test_a_frame_is_on_the_last_report_of_each_period_alone() -> None:
    for one in (facts := facts_of(PROFILES[0].company.cik)["Revenues"]):
        same = [v for v in facts if (v["start"], v["end"]) == (one["start"], one["end"])]
        if "frame" in one:
            assert one["filed"] == max(str(v["filed"]) for v in same)


def test_a_person_has_none() -> None:
    assert WORLD.company_facts(1, AT) is None


def test_earlier_reports_reach_three_years_back() -> None:
    filed = [date.fromisoformat(str(v["filed"])) for v in facts_of(PROFILES[0].company.cik)["Revenues"]]
    assert min(filed) < WORLD.first_day() - timedelta(days=900)
