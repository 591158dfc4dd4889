"""Search: a question understood, the filings that may answer it, the best passages of them.

Passages come by two doors, nearness of vectors and words shared, and are put in one order afterwards: a name, number or
accession number that stands in few passages is found however far their vectors are.

What the question names (company, form, fiscal period, day) becomes a filter; where nothing passes, the filter is
relaxed step by step, and the answer says so. What the caller sets (as_of, kinds, symbols, forms, days) never is.

Only filings are of a fiscal period. News, posts and transcripts stand beside them by their day, where the question
names no form; whether a step is relaxed depends on the filings alone, unless the caller wants none.

Belongs here: the one way to search, over the store and over a snapshot alike. Not here: the order (ranking.py), reading
questions (text/questions.py), figures from statements (research/answers.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol

from tauric_assets.text.questions import Understood, Wanted, steps
from tauric_assets.vectors.ranking import Ranked, rank, wording
from tauric_assets.vectors.search import Filters, Hit

CANDIDATES = 400
"""Passages taken from the index by each of the two readings of a question, before they are ordered."""
MATCHING = 200
"""Passages taken from it by their words."""
FILING, POST, OTHERS = "filing", "post", ("news", "post", "transcript")
"""Kinds of documents: of a fiscal period, in few words that many repeat, and all that are of a day only."""


class Index(Protocol):
    """Where passages are found: the store or a snapshot."""

    def nearest(self, question: str, k: int, filters: Filters) -> list[Hit]:
        """The `k` passages nearest to a question that pass the filters."""
        ...

    def matching(self, question: str, k: int, filters: Filters) -> list[Hit]:
        """The `k` passages that pass the filters and share the most telling words with a question."""
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
        beside = _beside(asked, filters) if step.fiscal_years and given.fiscal_years is None else None
        near = _near(index, asked.question, k, filters)
        others = [] if beside is None else _near(index, asked.question, k, beside)
        if near or (others and not _wants_filings(given)) or step is wanted[-1]:
            words, places = wording(asked), [filters, *([] if beside is None else [beside])]
            worded = [hit for place in places for hit in _near(index, words, k, place)]
            matching = [hit for place in places for hit in index.matching(words, max(k, MATCHING), place)]
            relaxed = None if step is wanted[0] else wanted[0].told
            ranked = _distinct(rank(asked, [*near, *others], worded, matching))
            return Found(tuple(ranked[:k]), filters, step.told, relaxed)
    raise AssertionError("the last step returns")


def _near(index: Index, text: str, k: int, filters: Filters) -> list[Hit]:
    return index.nearest(text, max(k, CANDIDATES), filters)


def _distinct(ranked: Sequence[Ranked]) -> list[Ranked]:
    """Of posts in the same words only the one known first: a sentence that ten people copied answers once."""
    posts = (one.hit for one in ranked if one.hit.kind == POST)
    first = {hit.text: hit.chunk_id for hit in sorted(posts, key=lambda hit: (-hit.known_at, hit.chunk_id))}
    return [one for one in ranked if one.hit.kind != POST or first[one.hit.text] == one.hit.chunk_id]


def _wants_filings(given: Filters) -> bool:
    return given.kinds is None or FILING in given.kinds


def _beside(asked: Understood, filters: Filters) -> Filters | None:
    """What is no filing and tells of the year asked for; None where filings alone are wanted.

    By its day: from a quarter before the calendar year of that name to a quarter after it, which holds the greater part
    of any fiscal year called so.
    """
    kinds = [kind for kind in OTHERS if filters.kinds is None or kind in filters.kinds]
    if filters.forms is not None or not kinds or asked.anchor is None:
        return None
    year = asked.anchor.year
    since, until = _latest(filters.since, date(year - 1, 10, 1)), _earliest(filters.until, date(year + 1, 4, 1))
    return replace(filters, kinds=kinds, fiscal_years=None, fiscal_periods=None, since=since, until=until)


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
