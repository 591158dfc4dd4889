"""Facts are known since the acceptance of their filing, where the lake has it; otherwise since the close of its day."""

from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from tauric_assets.lake.store import Lake
from tauric_assets.research.acceptance import since_acceptance
from tauric_assets.tables import TABLES, Row, to_arrow
from tauric_assets.times import Days, parse_instant

DAY = date(2026, 1, 6)
CLOSE = parse_instant("2026-01-07T03:00:00Z")
HEADER = parse_instant("2026-01-06T21:30:05Z")
LIST = parse_instant("2026-01-07T02:30:05Z")
BOTH, LISTED, DATED, NONE = (f"0001000001-26-00000{number}" for number in range(1, 5))


def row(number: str, known_at: int, quality: str, **more: object) -> Row:
    """A row of any table with an accession number."""
    times: Row = {"date": DAY, "ts_event": known_at, "known_at": known_at, "known_at_quality": quality, "source": "x"}
    return times | {"accession_number": number} | more


def facts() -> pa.Table:
    """One fact of each filing."""
    shared = {"cik": 1, "concept": "Revenues", "period_end": DAY, "value_number": 1}
    return to_arrow(
        TABLES["facts"], [row(number, CLOSE, "estimated", **shared) for number in (BOTH, LISTED, DATED, NONE)]
    )


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """A lake with a filing that was fetched, and a list of three."""
    lake = Lake(tmp_path / "lake")
    filings = [row(BOTH, HEADER, "source"), row(DATED, CLOSE - 7, "estimated")]
    listed = [
        row(BOTH, LIST, "estimated", cik=1, acceptance="2026-01-06T21:30:05.000Z"),
        row(LISTED, LIST, "estimated", cik=1, acceptance="2026-01-06T21:30:05.000Z"),
        row(DATED, CLOSE - 9, "estimated", cik=1),
    ]
    for name, rows in (("filings", filings), ("listed_filings", listed)):
        lake.revise(name, Days.one(DAY), to_arrow(TABLES[name], rows))
    return lake


def known(table: pa.Table) -> dict[str, tuple[int, str]]:
    """Known at, and how well, by filing."""
    return {one["accession_number"]: (one["known_at"], one["known_at_quality"]) for one in table.to_pylist()}


def test_the_header_is_believed_before_the_list_and_the_list_before_the_day(lake: Lake) -> None:
    found = since_acceptance(lake, facts())
    assert known(found) == {
        BOTH: (HEADER, "source"),
        LISTED: (LIST, "estimated"),
        DATED: (CLOSE, "estimated"),  # neither header nor list has more than a day
        NONE: (CLOSE, "estimated"),
    }
    assert found.schema == facts().schema
    as_they_were = found.drop_columns(["known_at", "known_at_quality"]).sort_by("accession_number")
    assert as_they_were == facts().drop_columns(["known_at", "known_at_quality"])


def test_an_empty_lake_and_no_facts_change_nothing(lake: Lake, tmp_path: Path) -> None:
    assert known(since_acceptance(Lake(tmp_path / "empty"), facts())) == dict.fromkeys(
        (BOTH, LISTED, DATED, NONE), (CLOSE, "estimated")
    )
    assert since_acceptance(lake, facts().slice(0, 0)).num_rows == 0


def test_a_fact_stored_before_its_filing_keeps_the_later_estimate(lake: Lake) -> None:
    days = Days.one(DAY)
    assert lake.revise("facts", days, facts(), everywhere=True).rows_added == 4
    assert lake.revise("facts", days, since_acceptance(lake, facts()), everywhere=True).rows_added == 0
    assert lake.read("facts", as_of=HEADER).num_rows == 0
