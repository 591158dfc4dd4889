"""Rows as JSON: every digit of a decimal, whatever a float would keep."""

from decimal import Decimal

import pytest

from tauric_assets.commands.rendering import json_line


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
