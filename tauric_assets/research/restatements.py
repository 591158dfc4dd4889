"""Which line of an amendment of a Form 3, 4 or 5 restates which line that stood before.

A line restates another where both stand in the same section of the form, agree on what they speak of, and agree on one
more thing that a correction leaves alone: for a trade its amounts, the balance after it or the balance before it; for a
holding its nature or its amount. Two trades of one day that only look alike (an omitted grant beside the reported one)
agree on none of these, so neither takes the other's place.

Belongs here: agreement between lines. Not here: which reports belong together (amendments.py).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

from tauric_assets.tables import Row

AMOUNTS_AND_CODES = ("transaction_date", "transaction_code", "acquired_disposed", "shares", "price")
"""Columns of transactions that holdings do not have."""

Agreement = Callable[[Row], tuple[object, ...] | None]
"""What two lines must agree on to be one; None where a line cannot agree with any in this way."""


def restated(amending: Sequence[Row], standing: Sequence[Row]) -> dict[int, int]:
    """Which of the `standing` lines each of the `amending` lines restates, by position.

    Kinds of agreement are tried from the closest on; within one, lines are paired in order, and only where as many
    stand as amend. Lines of different sections never pair.
    """
    pairs: dict[int, int] = {}
    for agreement in _AGREEMENTS:
        ours, theirs = _grouped(amending, agreement, pairs), _grouped(standing, agreement, pairs.values())
        for identity, positions in ours.items():
            others = theirs.get(identity, [])
            if len(others) == len(positions):
                pairs.update(zip(positions, others, strict=True))
    return pairs


def section(line: Row) -> str:
    """The part of the form a line stands in, e.g. `derivative_holdings`."""
    kind = "holdings" if line["table_name"] == "insider_holdings" else "transactions"
    return f"{'derivative' if line['derivative'] else 'non_derivative'}_{kind}"


def _grouped(lines: Sequence[Row], agreement: Agreement, taken: Iterable[int]) -> dict[tuple[object, ...], list[int]]:
    used = set(taken)
    groups: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for position, line in enumerate(lines):
        identity = agreement(line) if position not in used else None
        if identity is not None:
            groups[(section(line), *identity)].append(position)
    return groups


def _same_line(line: Row) -> tuple[object, ...] | None:
    """Everything: the line is repeated."""
    return tuple(line[name] for name in _COMPARED)


def _same_trade(line: Row) -> tuple[object, ...] | None:
    """The trade and its amounts: the balance or a footnote was corrected."""
    return (*_trade(line), line["shares"], line["price"]) if _is_trade(line) and line["shares"] is not None else None


def _same_balance(line: Row) -> tuple[object, ...] | None:
    """The trade and the balance after it: price or shares were corrected."""
    after = line["shares_owned_following"]
    return (*_trade(line), after) if _is_trade(line) and after is not None else None


def _same_balance_before(line: Row) -> tuple[object, ...] | None:
    """The trade and the balance before it: shares and balance were corrected."""
    after, shares = line["shares_owned_following"], line["shares"]
    if not _is_trade(line) or not isinstance(after, Decimal) or not isinstance(shares, Decimal):
        return None
    return (*_trade(line), after - shares if line["acquired_disposed"] == "A" else after + shares)


def _same_amounts(line: Row) -> tuple[object, ...] | None:
    """Security and all amounts of a trade: its day or code was corrected."""
    amounts = (line["shares"], line["price"], line["shares_owned_following"])
    if not _is_trade(line) or None in amounts:
        return None
    return (_title(line), line["acquired_disposed"], line["direct_indirect"], *amounts)


def _same_holding(line: Row) -> tuple[object, ...] | None:
    """What is held and how: the amount was corrected."""
    return None if _is_trade(line) else (_title(line), line["direct_indirect"], line["nature_of_ownership"])


def _same_held_amount(line: Row) -> tuple[object, ...] | None:
    """What is held and how much: the nature of ownership was corrected."""
    after = line["shares_owned_following"]
    return None if _is_trade(line) or after is None else (_title(line), line["direct_indirect"], after)


_AGREEMENTS: tuple[Agreement, ...] = (
    _same_line,
    _same_trade,
    _same_balance,
    _same_balance_before,
    _same_amounts,
    _same_holding,
    _same_held_amount,
)
_COMPARED = (
    "security_title",
    "direct_indirect",
    "nature_of_ownership",
    "shares_owned_following",
    "value_owned_following",
    *AMOUNTS_AND_CODES,
)


def _is_trade(line: Row) -> bool:
    return line["table_name"] == "insider_transactions"


def _title(line: Row) -> str:
    return " ".join(str(line["security_title"] or "").casefold().split())


def _trade(line: Row) -> tuple[object, ...]:
    named = ("transaction_date", "transaction_code", "acquired_disposed", "direct_indirect")
    return (_title(line), *(line[name] for name in named))
