"""Days of the sandbox collected, stored and read as statement lines, as known before and after each report."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tauric_assets import pipeline
from tauric_assets.feeds.contract import FeedInstance
from tauric_assets.feeds.edgar import TABLES as EDGAR_TABLES
from tauric_assets.feeds.registry import feed_named
from tauric_assets.house import House
from tauric_assets.lake.query import query
from tauric_assets.lake.verify import verify_accounts, verify_table
from tauric_assets.research.statements import line_as_of
from tauric_assets.sandbox.launch import start
from tauric_assets.sandbox.options import SandboxOptions
from tauric_assets.sandbox.world import fiscal
from tauric_assets.sandbox.world.companies import PROFILES
from tauric_assets.settings import Settings
from tauric_assets.times import Days

pytestmark = pytest.mark.slow
DAYS = Days(date(2026, 1, 6), date(2026, 1, 9))
INSTANCES = [FeedInstance("edgar", feed_named("edgar"), {"companies": "filers", "use_downloader": False})]
TRIVANDEL = PROFILES[3]
CIK, QUARTER = TRIVANDEL.company.cik, 8101  # its 10-Q is accepted on the first day
TENTH = 100_000


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house that has collected and parsed the days, its sandbox still there."""
    folder: Path = tmp_path_factory.mktemp("house")
    with start(SandboxOptions(port=0, clock="frozen:2026-01-13T00:00:00Z")) as sandbox:
        house = House(Settings(data_dir=folder, sandbox_url=sandbox.url))
        made = run(house)
        assert made["facts"] > 1_000
        yield house


def run(house: House) -> dict[str, int]:
    """Collect and parse; new rows by table."""
    pipeline.collect_feed(INSTANCES[0], house, DAYS)
    return dict(pipeline.STEPS[0].run(house, INSTANCES, DAYS).added)


def test_a_second_run_adds_nothing_and_every_check_passes(house: House) -> None:
    assert not any(run(house).values())
    for table in EDGAR_TABLES:
        assert verify_table(house.lake, table, DAYS).passed, table
    verdict = verify_accounts(house.lake, DAYS, ["edgar"])
    assert verdict.passed
    assert verdict.counts["quarantined"] == 0


def test_facts_of_fetched_filings_are_known_since_their_acceptance_and_no_fact_earlier(house: House) -> None:
    sql = """select count(*) n, count(*) filter (f.known_at = a.known_at) same from facts f
             join filings a using (accession_number) where f.known_at_quality = 'source'"""
    [found] = query(house.lake, sql).to_pylist()
    assert found["n"] == found["same"] > 100
    sql = "select count(*) n from facts f join filings a using (accession_number) where f.known_at < a.known_at"
    assert query(house.lake, sql).to_pylist() == [{"n": 0}]


def test_a_reader_before_the_report_sees_the_year_and_after_it_twelve_months_rolled_on(house: House) -> None:
    [known_at] = house.lake.read("filings", where=f"form = '10-Q' and cik = {CIK}")["known_at"].to_pylist()
    before = line_as_of(house.lake, CIK, "Revenues", known_at - 1)
    after = line_as_of(house.lake, CIK, "Revenues", known_at)
    year = sum(fiscal.figures(7, TRIVANDEL, QUARTER - back).revenue for back in range(1, 5))
    newest, replaced = fiscal.figures(7, TRIVANDEL, QUARTER).revenue, fiscal.figures(7, TRIVANDEL, QUARTER - 4).revenue
    assert (twelve := before.trailing_twelve_months()) is not None
    assert (twelve.value, twelve.derived) == (Decimal(year * TENTH), False)
    assert (rolled := after.trailing_twelve_months()) is not None
    assert (rolled.value, rolled.derived) == (Decimal((year + newest - replaced) * TENTH), True)
    assert rolled.known_at == known_at


def test_the_restated_quarter_of_a_year_ago_is_seen_from_the_report_on(house: House) -> None:
    [known_at] = house.lake.read("filings", where=f"form = '10-Q' and cik = {CIK}")["known_at"].to_pylist()
    end = fiscal.quarter(TRIVANDEL, QUARTER - 4).end
    told = [
        one.value
        for as_of in (known_at - 1, known_at)
        for one in line_as_of(house.lake, CIK, "Revenues", as_of).quarterly()
        if one.period_end == end
    ]
    first, then = (which(7, TRIVANDEL, QUARTER - 4).revenue * TENTH for which in (fiscal.figures, fiscal.restated))
    assert told == [first, then]
    assert first > then


def test_names_and_companies_are_there(house: House) -> None:
    rows = query(house.lake, "select c.name, n.valid_to from companies c join company_names n using (cik, name)")
    assert {(row["name"], row["valid_to"]) for row in rows.to_pylist()} == {
        (name, None)
        for name in (
            "Trivandel Logistics Group",
            "Nova Propulsion Corp",
            "Voltane Battery Corp",
            "Orchard Pike Foods Inc",
        )
    }
