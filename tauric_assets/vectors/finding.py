"""Search: a question understood, the filings that may answer it, the best passages of them.

What the question names (company, form, fiscal period, day) becomes a filter; where nothing passes, the filter is
relaxed step by step, and the answer says so. What the caller sets (as_of, kinds, symbols, forms, days) never is.

Belongs here: the one way to search, over the store and over a snapshot alike. Not here: the order (ranking.py), reading
questions (text/questions.py), figures from statements (research/answers.py).
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol

from tauric_assets.text.questions import Understood, Wanted, steps
from tauric_assets.vectors.ranking import Ranked, rank, wording
from tauric_assets.vectors.search import Filters, Hit

CANDIDATES = 400
"""Passages taken from the index by each of the two readings of a question, before they are ordered."""


class Index(Protocol):
    """Where passages are found: the store or a snapshot."""

    def nearest(self, question: str, k: int, filters: Filters) -> list[Hit]:
        """The `k` passages nearest to a question that pass the filters."""
        ...


@dataclass(frozen=True)
class Found:
    """What a search gave.

    Args:
        passages: the best first.
        filters: what was let through at last.
        told: the same in words.
        relaxed: what was asked for first, where nothing was found for it; None where nothing was relaxed.
    """

    passages: tuple[Ranked, ...]
    filters: Filters
    told: str
    relaxed: str | None


def find(index: Index, asked: Understood, k: int, given: Filters) -> Found:
    """The `k` best passages.

    Args:
        given: what the caller wants; goes before what the question names.
    Raises: UsageError: k is below 1.
    """
    wanted = steps(asked)
    for step in wanted:
        filters = _with(given, step)
        near = index.nearest(asked.question, max(k, CANDIDATES), filters)
        if near or step is wanted[-1]:
            worded = index.nearest(wording(asked), max(k, CANDIDATES), filters)
            relaxed = None if step is wanted[0] else wanted[0].told
            return Found(tuple(rank(asked, near, worded)[:k]), filters, step.told, relaxed)
    raise AssertionError("the last step returns")


def _with(given: Filters, step: Wanted) -> Filters:
    return replace(
        given,
        symbols=given.symbols if given.symbols is not None else step.symbols,
        forms=given.forms if given.forms is not None else step.forms,
        fiscal_years=given.fiscal_years if given.fiscal_years is not None else step.fiscal_years,
        fiscal_periods=given.fiscal_periods if given.fiscal_periods is not None else step.fiscal_periods,
        since=_latest(given.since, step.since),
        until=_earliest(given.until, step.until),
    )


def _latest(one: date | None, other: date | None) -> date | None:
    return max((day for day in (one, other) if day is not None), default=None)


def _earliest(one: date | None, other: date | None) -> date | None:
    return min((day for day in (one, other) if day is not None), default=None)
