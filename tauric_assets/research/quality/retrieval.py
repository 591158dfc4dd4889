"""How well questions find the page that answers them: nDCG@10 over one store of all filings of a file.

The pages become documents, chunks and vectors by the product's own code, in a store that is thrown away, and the
questions are asked of the product's own search. Only the question's text is used; the filing it is about is gold and
never looked at but for the measure and the baselines that say so in their name.

Belongs here: the store of a file, the measure, baselines. Not here: reading files (filings.py), search (vectors/).
"""

import math
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tauric_assets.errors import UsageError
from tauric_assets.research.quality import rare
from tauric_assets.research.quality.bootstrap import SEED, mean_interval
from tauric_assets.research.quality.embedded import Embedded
from tauric_assets.research.quality.filings import Case, Filing
from tauric_assets.tables import Row, table_named, to_arrow
from tauric_assets.text import chunks as chunk_builder
from tauric_assets.text.companies import NamedCompanies
from tauric_assets.text.finance import statement_of
from tauric_assets.text.questions import understand
from tauric_assets.times import day_start_ns
from tauric_assets.vectors.finding import find
from tauric_assets.vectors.ranking import LENGTH, SATURATION, tokens
from tauric_assets.vectors.search import Filters
from tauric_assets.vectors.store import VectorStore

CUT = 10
"""Pages that count."""
PASSAGES = 200
"""Passages asked for, so that `CUT` pages are among them."""
WITHOUT_VECTORS = frozenset({"bm25"})
"""Systems that no embedder changes."""
_ROWS_AT_ONCE = 8_192

Page = tuple[str, int]
Told = Callable[[str, str], None]
Floats = npt.NDArray[np.float64]
_Value = TypeVar("_Value")


@dataclass(frozen=True)
class Measured:
    """What was measured.

    Args:
        systems: nDCG@10 of each case, by system; `search` is the product's.
        right_filing: of each case, whether what the filter let through holds a page that answers.
    """

    cases: tuple[Case, ...]
    systems: dict[str, Floats]
    right_filing: tuple[bool, ...]
    relaxed: int
    figures: dict[str, object]


def sampled(filings: Sequence[Filing], limit: int | None, seed: int = SEED) -> list[Filing]:
    """At most `limit` filings by chance, in order of name; the same for the same seed."""
    chosen = sorted(filings, key=lambda filing: filing.name)
    if limit is not None and limit < len(chosen):
        chosen = sorted(random.Random(seed).sample(chosen, limit), key=lambda filing: filing.name)
    return chosen


def measure(filings: Sequence[Filing], cases: Sequence[Case], embedder: Embedded, told: Told) -> Measured:
    """Build the store, ask every question that has an answer in it, and measure.

    Args:
        told: called with the step and how far it is.
    Raises: UsageError: no question has its page among the filings.
    """
    there = {(filing.name, page) for filing in filings for page in filing.pages}
    answerable = [case for case in cases if case.gold & there]
    if not answerable:
        raise UsageError("no question has its page among the pages given: are the files of one set?")
    chunks = chunk_builder.build(documents_of(filings))
    parts = (chunks[name].to_pylist() for name in ("breadcrumb", "context", "text"))
    texts = [chunk_builder.embedded(*told_of_one) for told_of_one in zip(*parts, strict=True)]
    embedded = embedder.prepare(texts, lambda done, all_: told("embedding", f"{done:,} of {all_:,}"))
    with TemporaryDirectory(prefix="tauric-retrieval-") as folder:
        store = VectorStore(Path(folder), embedder)
        for start in range(0, chunks.num_rows, _ROWS_AT_ONCE):
            store.upsert(chunks.slice(start, _ROWS_AT_ONCE))
            told("storing", f"{start:,} of {chunks.num_rows:,}")
        store.maintain()
        systems, right, relaxed = _asked(store, chunks, filings, answerable, told)
        told("asking", "for rare words")
        found = {"search": partial(_searched, store, _companies(filings)), "dense": partial(_dense, store)}
        rare_words = rare.found_among_first(filings, SEED, found)
    figures: dict[str, object] = {
        "questions": len(answerable),
        "questions_without_their_page": len(cases) - len(answerable),
        "documents": len(filings),
        "pages": len(there),
        "chunks": chunks.num_rows,
        "chunks_embedded_now": embedded,
        "embedder": embedder.id,
        f"rare_words_among_first_{rare.FIRST}": rare_words,
    }
    return Measured(tuple(answerable), systems, tuple(right), relaxed, figures)


def told_of(measured: Measured) -> dict[str, object]:
    """One object: the figure, its 95 % bootstrap interval, the baselines beside it."""
    search = measured.systems["search"]
    return {
        "measure": f"nDCG@{CUT}, pages, one store of all documents",
        "figure": round(float(search.mean()), 4),
        "interval": _interval(search),
        "baselines": {
            name: {
                "figure": round(float(scores.mean()), 4),
                "interval": _interval(scores),
                "search_less_this": round(float((search - scores).mean()), 4),
                "search_less_this_interval": _interval(search - scores),
            }
            for name, scores in measured.systems.items()
            if name != "search"
        },
        "right_filing_let_through": round(float(np.mean(measured.right_filing)), 4),
        "filters_relaxed": measured.relaxed,
        **measured.figures,
    }


def compared(measured: Measured, other: Measured) -> dict[str, object]:
    """What another embedder gives on the same questions and pages, question by question.

    Args:
        other: measured on the same filings and cases.
    """
    shared = [name for name in measured.systems if name not in WITHOUT_VECTORS]
    return {
        "embedder": other.figures["embedder"],
        "systems": {
            name: {
                "figure": round(float(other.systems[name].mean()), 4),
                "this_less_ours": round(float((other.systems[name] - measured.systems[name]).mean()), 4),
                "this_less_ours_interval": _interval(other.systems[name] - measured.systems[name]),
            }
            for name in shared
        },
    }


def documents_of(filings: Sequence[Filing]) -> pa.Table:
    """Rows of `documents`, one a page; a page that is a financial statement says so in its title."""
    rows: list[Row] = []
    for filing in filings:
        made = day_start_ns(filing.made)
        for number, text in sorted(filing.pages.items()):
            statement = statement_of(text)
            rows.append(
                {
                    "date": filing.made,
                    "ts_event": made,
                    "known_at": made,
                    "known_at_quality": "estimated",
                    "source": "pages",
                    "document_id": f"{filing.name}#{number}",
                    "kind": "filing",
                    "title": f"{filing.title} › {statement.capitalize()}" if statement else filing.title,
                    "text": text,
                    "url": None,
                    "form": filing.form,
                    "fiscal_year": filing.fiscal_year,
                    "fiscal_period": filing.fiscal_period,
                    "ciks": [],
                    "symbols": [filing.symbol],
                }
            )
    return to_arrow(table_named("documents"), rows)


def ndcg(pages: Sequence[Page], gold: frozenset[Page]) -> float:
    """Normalized discounted cumulative gain of the first `CUT` pages, every gold page counting the same."""
    gain = sum(1 / math.log2(place + 2) for place, page in enumerate(pages[:CUT]) if page in gold)
    return gain / sum(1 / math.log2(place + 2) for place in range(min(CUT, len(gold))))


def _asked(
    store: VectorStore, chunks: pa.Table, filings: Sequence[Filing], cases: Sequence[Case], told: Told
) -> tuple[dict[str, Floats], list[bool], int]:
    companies, by_name = _companies(filings), {filing.name: filing for filing in filings}
    words = _Words(chunks)
    scores: dict[str, list[float]] = {}
    right, relaxed = [], 0
    for number, case in enumerate(cases, start=1):
        asked = understand(case.question, companies)
        found = find(store, asked, PASSAGES, Filters())
        relaxed += found.relaxed is not None
        name, _ = min(page for page in case.gold if page[0] in by_name)
        its_filing = Filters(
            symbols=[by_name[name].symbol],
            forms=_one(by_name[name].form),
            fiscal_years=_one(by_name[name].fiscal_year),
            fiscal_periods=_one(by_name[name].fiscal_period),
        )
        let_through = [by_name[one] for one, _ in case.gold if one in by_name and _passes(by_name[one], found.filters)]
        right.append(bool(let_through))
        answers = {
            "search": [one.hit.document_id for one in found.passages],
            "bm25": words.best(case.question),
            "dense": _nearest(store, case.question, Filters()),
            "dense_and_filter": _nearest(store, case.question, found.filters),
            "dense_given_the_right_filing": _nearest(store, case.question, its_filing),
            "search_given_the_right_filing": [
                one.hit.document_id for one in find(store, asked, PASSAGES, its_filing).passages
            ],
        }
        for system, documents in answers.items():
            scores.setdefault(system, []).append(ndcg(_pages(documents), case.gold))
        told("asking", f"{number:,} of {len(cases):,}")
    return {system: np.array(values) for system, values in scores.items()}, right, relaxed


def _companies(filings: Sequence[Filing]) -> NamedCompanies:
    names: dict[str, set[str]] = {}
    for filing in filings:
        names.setdefault(filing.symbol, set()).update(filing.names)
    return NamedCompanies(names)


def _searched(store: VectorStore, companies: NamedCompanies, question: str) -> list[Page]:
    found = find(store, understand(question, companies), PASSAGES, Filters())
    return _pages([one.hit.document_id for one in found.passages])


def _dense(store: VectorStore, question: str) -> list[Page]:
    return _pages(_nearest(store, question, Filters()))


def _nearest(store: VectorStore, question: str, filters: Filters) -> list[str]:
    return [hit.document_id for hit in store.nearest(question, PASSAGES, filters)]


def _passes(filing: Filing, filters: Filters) -> bool:
    return (
        (filters.symbols is None or filing.symbol in filters.symbols)
        and (filters.forms is None or filing.form in filters.forms)
        and (filters.fiscal_years is None or filing.fiscal_year in filters.fiscal_years)
        and (filters.fiscal_periods is None or filing.fiscal_period in filters.fiscal_periods)
        and (filters.since is None or filters.since <= filing.made)
        and (filters.until is None or filing.made < filters.until)
    )


def _one(value: _Value | None) -> list[_Value] | None:
    return None if value is None else [value]


def _pages(documents: Sequence[str]) -> list[Page]:
    """The pages of passages, each once, in order."""
    found = dict.fromkeys(documents)
    return [(name, int(page)) for name, _, page in (document.rpartition("#") for document in found)]


def _interval(values: Floats) -> list[float]:
    return [round(bound, 4) for bound in mean_interval(values)]


class _Words:
    """BM25 over all chunks, counted once: the baseline without vectors and without filters."""

    def __init__(self, chunks: pa.Table) -> None:
        self._documents = chunks["document_id"].to_pylist()
        postings: dict[str, tuple[list[int], list[int]]] = {}
        lengths = []
        for place, text in enumerate(chunks["text"].to_pylist()):
            counts = Counter(tokens(text or ""))
            lengths.append(sum(counts.values()))
            for word, count in counts.items():
                places, times = postings.setdefault(word, ([], []))
                places.append(place)
                times.append(count)
        self._postings = postings
        size = np.array(lengths, dtype=np.float64)
        self._norm = SATURATION * (1 - LENGTH + LENGTH * size / (size.mean() or 1.0))

    def best(self, question: str) -> list[str]:
        scores = np.zeros(len(self._documents))
        for word, times in Counter(tokens(question)).items():
            places, counts = self._postings.get(word, ([], []))
            where, count = np.array(places, dtype=np.intp), np.array(counts, dtype=np.float64)
            rarity = math.log(1 + (len(scores) - len(where) + 0.5) / (len(where) + 0.5))
            scores[where] += times * rarity * count * (SATURATION + 1) / (count + self._norm[where])
        order = np.argsort(-scores, kind="stable")[:PASSAGES]
        return [self._documents[place] for place in order if scores[place] > 0]
