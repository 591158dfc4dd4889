"""The canonical tables: schemas that agree with each other, rows that fit."""

from decimal import Decimal

import pytest

from tauric_assets.errors import UsageError
from tauric_assets.tables import COMMON, TABLES, table_named, to_arrow


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_every_table_starts_with_the_common_columns_and_has_its_key(table) -> None:
    assert table.schema.names[: len(COMMON)] == [name for name, _ in COMMON]
    assert set(table.key) <= set(table.schema.names)
    assert table.description.endswith(".")


def test_the_tables_of_the_design_are_there() -> None:
    wanted = "trades quotes bars indicators filings filing_sections facts insider_transactions insider_holdings"
    wanted += " institutional_holdings beneficial_ownership news posts"
    wanted += " documents chunks instruments signals backtest_runs quarantine gaps panel"
    assert set(wanted.split()) <= set(TABLES)


def test_rows_become_arrow_exactly_and_missing_columns_null() -> None:
    table = to_arrow(TABLES["trades"], [{"symbol": "NOVA-USD", "price": Decimal("0.000000001"), "ts_event": 1}])
    assert table.schema == TABLES["trades"].schema
    row = table.to_pylist()[0]
    assert row["price"] == Decimal("0.000000001")
    assert row["venue"] is None


@pytest.mark.parametrize("row", [{"colour": "red"}, {"price": Decimal("0.0000000001")}, {"ts_event": "noon"}])
def test_a_row_that_does_not_fit_is_refused(row: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="trades"):
        to_arrow(TABLES["trades"], [row])


def test_an_unknown_table_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(UsageError, match="trades"):
        table_named("ticks")
