"""Damaged answers in a real run: quarantined with file, reason and position, costing nothing else, then mended."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tauric_assets.commands.backfill import backfill
from tauric_assets.house import House
from tauric_assets.sandbox.launch import Running
from tauric_assets.settings import Settings
from tauric_assets.times import Days
from tauric_assets_tests.shell.conftest import TWO_DAYS
from tauric_assets_tests.shell.contents import contents

DAY = Days.one(TWO_DAYS.start)
SELECTION = 'key:"raw/edgar" or key:"raw/newswire" or key:"filings" or key:"news"'
OF_FILINGS = (
    *("filings", "filing_sections", "insider_transactions", "insider_holdings"),
    *("institutional_holdings", "beneficial_ownership"),
)
TABLES = (*OF_FILINGS, "instruments", "news")


@pytest.fixture
def undisturbed(settings: Settings, tmp_path: Path) -> House:
    """What a run without faults makes of the day."""
    made = House(settings.model_copy(update={"data_dir": tmp_path / "undisturbed"}))
    backfill(made, DAY, SELECTION)
    return made


@pytest.fixture
def faults(sandbox: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sandbox.url, trust_env=False) as client:
        yield client
        client.delete("/sandbox/faults")


@pytest.mark.slow
def test_a_damaged_document_is_quarantined_costs_nothing_else_and_is_mended(
    house: House, undisturbed: House, faults: httpx.Client
) -> None:
    whole = contents(undisturbed, TABLES)
    number = next(str(row["accession_number"]) for row in whole["filings"] if row["form"] == "4")
    rules = [
        {"match": f"*/{number}.txt", "kind": "malformed_xml"},
        {"match": "www.sec.gov/Archives/edgar/data/*", "kind": "truncate", "times": 2},
        {"match": "www.prnewswire.com/*", "kind": "truncate", "times": 2},
    ]
    faults.post("/sandbox/faults", json=rules).raise_for_status()
    backfill(house, DAY, SELECTION)
    struck = [rule["struck"] for rule in faults.get("/sandbox/faults").json()["faults"]]
    assert struck[0] >= 1
    assert struck[1:] == [2, 2]

    (row,) = house.lake.read("quarantine").to_pylist()
    assert (row["feed"], f"/{number}.txt#sha256=" in row["source"]) == ("edgar", True)
    assert "cut off" in row["reason"]
    assert row["position"]
    assert b"<torn attribute=" in house.raw.get(row["source"].partition("#sha256=")[2])
    damaged = contents(house, TABLES)
    for name in TABLES:
        assert damaged[name] == [row for row in whole[name] if row.get("accession_number") != number], name

    faults.delete("/sandbox/faults").raise_for_status()
    backfill(house, DAY, SELECTION)
    mended = contents(house, TABLES)
    for name in TABLES:
        assert mended[name] == whole[name], name
