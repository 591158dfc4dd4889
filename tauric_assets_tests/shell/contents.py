"""What a house holds, in a form in which two houses can be compared."""

from collections.abc import Sequence

from tauric_assets.house import House
from tauric_assets.tables import TABLES

STREAMED = {
    "quotes",
    "gaps",
    "live_bars",
    "live_indicators",
    "late_trades",
    "stream_commits",
    "sealed_days",
    "clock_offsets",
}
SELDOM = {"insider_amendments", "beneficial_ownership", "quarantine"}
UNFED = {"activity_bars", "signals", "backtest_runs", "transcripts"}
PLAIN_TABLES = sorted(set(TABLES) - STREAMED - SELDOM - UNFED)
"""Tables that every run over the sandbox fills."""

OUR_CLOCK = ("ts_event", "known_at")
"""Columns of a row that our own clock stamped on arrival (`known_at_quality` = observed)."""


def contents(house: House, tables: Sequence[str] = PLAIN_TABLES) -> dict[str, list[dict[str, object]]]:
    """Every stored row of every table, in a fixed order, without what our own clock wrote into it."""
    return {name: sorted((_timeless(row) for row in house.lake.read(name).to_pylist()), key=repr) for name in tables}


def _timeless(row: dict[str, object]) -> dict[str, object]:
    ours = {"ingested_at", "scored_at", *(OUR_CLOCK if row["known_at_quality"] == "observed" else ())}
    return {name: value for name, value in row.items() if name not in ours}
