"""Texts of ownership documents as values: amounts, days, flags, CIKs. Raises ValueError only.

Readers take (text, name); the name is for the message of the error.

Belongs here: what a text of the ownership schema may look like, and the value it stands for.
Not here: which element means what (ownership.py).

Specification: EDGAR Ownership XML Technical Specification, simple types.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import TypeVar

from tauric_assets.feeds.edgar.clock import any_day

Value = TypeVar("Value")

AMOUNT_DECIMALS_MAX = 12

_AMOUNT = re.compile(r"[+-]?(?:\d{1,26}(?:\.(\d*))?|\.(\d+))", re.ASCII)
_FLAGS = {"0": False, "false": False, "no": False, "1": True, "true": True, "yes": True}
_DASH = r"\s*[-\u2010-\u2015\u2212]?\s*"
_RULE = re.compile(rf"10\s?b{_DASH}5{_DASH}1(?!\d)", re.IGNORECASE)


def amount(text: str, name: str) -> Decimal:
    """`text` as an exact decimal.

    Raises: ValueError: no plain decimal, over 26 digits before the point or `AMOUNT_DECIMALS_MAX` behind it.
    """
    match = _AMOUNT.fullmatch(text)
    if not match:
        raise ValueError(f"{name} is not an amount: {text!r:.80}")
    decimals = match[1] or match[2] or ""
    if len(decimals) > AMOUNT_DECIMALS_MAX and len(decimals.rstrip("0")) > AMOUNT_DECIMALS_MAX:
        raise ValueError(f"{name} has more than {AMOUNT_DECIMALS_MAX} decimal places: {text!r:.80}")
    return Decimal(text)


def day(text: str, name: str) -> date:
    """`text` as a day, a time zone behind it left away.

    Raises: ValueError: anything else, with the name.
    """
    try:
        return any_day(text)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def flag(text: str, name: str) -> bool:
    """`text` as true or false, as the schema's versions write them.

    Raises: ValueError: neither, with the name.
    """
    found = _FLAGS.get(text.lower())
    if found is None:
        raise ValueError(f"{name} is neither true nor false: {text!r:.80}")
    return found


def words(text: str, name: str) -> str:
    """`text` itself."""
    return text


def optional(read: Callable[[str, str], Value], values: Mapping[str, str], name: str) -> Value | None:
    """The text called `name` as `read` reads it; None if there is none."""
    text = values.get(name)
    return None if text is None else read(text, name)


def cik(text: str) -> int:
    """A CIK, with or without leading zeros.

    Raises: ValueError: anything else.
    """
    if not (text.isascii() and text.isdigit() and len(text) <= 10):
        raise ValueError(f"{text!r:.80} is not a CIK")
    return int(text)


def clean(text: str | None) -> str:
    """`text` with its white space collapsed; empty for none."""
    return " ".join(text.split()) if text else ""


def names_rule_10b5_1(text: str) -> bool:
    """Whether `text` names Rule 10b5-1, whatever it says of it."""
    return _RULE.search(text) is not None
