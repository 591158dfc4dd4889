"""Rows as JSON: every digit of a decimal, whatever a float would keep."""

from decimal import Decimal

import pyarrow as pa
import pytest

from tauric_assets.commands.rendering import json_line, write_table


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("1234567890123456789.123456789", "1234567890123456789.123456789"),
        ("5.10", "5.1"),
        ("1E+3", "1000"),
        ("-0.000001", "-0.000001"),
    ],
)
def test_decimals_are_exact_numbers(value: str, told: str) -> None:
    assert json_line({"price": Decimal(value), "lines": [{"shares": Decimal(value)}]}) == (
        f'{{"price": {told}, "lines": [{{"shares": {told}}}]}}'
    )


@pytest.mark.parametrize(("columns", "blocks"), [(3, False), (20, True)])
def test_rows_too_wide_to_read_are_blocks(columns: int, blocks: bool, capsys: pytest.CaptureFixture[str]) -> None:
    write_table(pa.table({f"c{number}": ["a cell of some words"] for number in range(columns)}), "table")
    lines = capsys.readouterr().out.splitlines()
    assert ("c0   a cell of some words" in lines) == blocks
    assert lines[-1] == "1 rows"
