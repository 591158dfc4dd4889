"""What a search asks for and what it gives, in one place for the store and the snapshot.

Belongs here: the filters, each said once as SQL (LanceDB) and once as a mask (FAISS); the hits.
Not here: the search itself (store.py, snapshot.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tauric_assets.errors import UsageError
from tauric_assets.tables import Row
from tauric_assets.text.embedders import Embedder, Vectors
from tauric_assets.times import day_start_ns

FOREVER = 2**63 - 1
"""`known_until` of a passage that nothing has superseded."""

HIT_COLUMNS = (
    *("chunk_id", "document_id", "kind", "form", "symbols", "breadcrumb", "context", "text", "url"),
    *("known_at", "ts_event", "fiscal_year", "fiscal_period", "start_offset", "end_offset"),
)

WORDED = ("text", "breadcrumb", "document_id")
"""Columns in which words are looked for; the accession number of a filing is in its `document_id` alone."""


@dataclass(frozen=True)
class Hit:
    """A passage found.

    Args:
        score: how near it is (cosine of its angle to the question, at most 1) or how well its words match (BM25, above
            0); comparable within one search only.
        known_at: since when it could be read, nanoseconds UTC.
        context: what must be known to read the text: the head of the table it is cut out of; mostly empty.
        ts_event: when its document was made, nanoseconds UTC.
        fiscal_year, fiscal_period: of a filing's period; FY or Q1 to Q4; None where not known.
        start_offset, end_offset: where in its document's text it stands, in characters, end exclusive.
    """

    chunk_id: str
    document_id: str
    kind: str
    form: str | None
    symbols: tuple[str, ...]
    breadcrumb: str
    context: str
    text: str
    url: str | None
    known_at: int
    ts_event: int
    fiscal_year: int | None
    fiscal_period: str | None
    start_offset: int
    end_offset: int
    score: float


@dataclass(frozen=True)
class Filters:
    """Which passages may be found at all; applied before the nearest are chosen, never after.

    Args:
        as_of: only what was known at that instant (nanoseconds UTC, inclusive), in the words of then; None: now.
        kinds: only these kinds of document (filing, news, post); None: all.
        symbols: only what speaks of one of these tickers; None: all.
        forms: only filings of these forms; None: all.
        fiscal_years, fiscal_periods: only filings of these years (as the company counts them) and of these periods
            (FY, Q1 to Q4); None: all.
        since, until: only what was made on these days (UTC), half-open; None: no bound.
    """

    as_of: int | None = None
    kinds: Sequence[str] | None = None
    symbols: Sequence[str] | None = None
    forms: Sequence[str] | None = None
    fiscal_years: Sequence[int] | None = None
    fiscal_periods: Sequence[str] | None = None
    since: date | None = None
    until: date | None = None

    def sql(self) -> str:
        """As a condition on the store's columns."""
        if self.as_of is None:
            conditions = [f"known_until = {FOREVER}"]
        else:
            conditions = [f"known_at <= {self.as_of}", f"known_until > {self.as_of}"]
        for column, wanted in self._texts_wanted():
            if wanted is not None:
                conditions.append(f"{column} IN ({quoted(wanted)})" if wanted else "false")
        if self.symbols is not None:
            conditions.append(f"array_has_any(symbols, [{quoted(self.symbols)}])" if self.symbols else "false")
        if self.fiscal_years is not None:
            years = ", ".join(str(int(year)) for year in self.fiscal_years)
            conditions.append(f"fiscal_year IN ({years})" if years else "false")
        for sign, day in ((">=", self.since), ("<", self.until)):
            if day is not None:
                conditions.append(f"ts_event {sign} {day_start_ns(day)}")
        return " AND ".join(conditions)

    def mask(self, rows: pa.Table) -> npt.NDArray[np.bool_]:
        """Which of `rows` fulfil the same condition."""
        known_until = rows["known_until"].to_numpy()
        if self.as_of is None:
            mask: npt.NDArray[np.bool_] = known_until == FOREVER
        else:
            mask = (rows["known_at"].to_numpy() <= self.as_of) & (known_until > self.as_of)
        for column, wanted in self._texts_wanted():
            if wanted is not None:
                mask &= pc.is_in(rows[column], pa.array(wanted, pa.string())).to_numpy()
        if self.symbols is not None:
            symbols = rows["symbols"].combine_chunks()
            named = pc.is_in(pc.list_flatten(symbols), pa.array(self.symbols, pa.string())).to_numpy(False)
            speaks = np.zeros(rows.num_rows, dtype=bool)
            speaks[pc.list_parent_indices(symbols).to_numpy()[named]] = True
            mask &= speaks
        if self.fiscal_years is not None:
            mask &= pc.is_in(rows["fiscal_year"], pa.array(self.fiscal_years, pa.int64())).to_numpy()
        if self.since is not None:
            mask &= rows["ts_event"].to_numpy() >= day_start_ns(self.since)
        if self.until is not None:
            mask &= rows["ts_event"].to_numpy() < day_start_ns(self.until)
        return mask

    def _texts_wanted(self) -> tuple[tuple[str, Sequence[str] | None], ...]:
        return ("kind", self.kinds), ("form", self.forms), ("fiscal_period", self.fiscal_periods)


EVERYTHING = Filters()
"""What is known now, all of it."""


def quoted(texts: Sequence[str]) -> str:
    """Texts as SQL literals with commas between."""
    return ", ".join("'" + text.replace("'", "''") + "'" for text in texts)


def vector_of(question: str, k: int, embedder: Embedder) -> Vectors:
    """The question's vector.

    Raises: UsageError: the question has no words, or fewer than one hit is wanted.
    """
    if k < 1:
        raise UsageError(f"cannot give {k} hits: ask for 1 or more")
    vector: Vectors = embedder.embed_queries([question])[0]
    if not vector.any():
        raise UsageError(f"cannot search for {question!r}: it has no words")
    return vector


def words_of(question: str, k: int) -> str:
    """The question as it may be looked for by words.

    Raises: UsageError: the question has no words, or fewer than one hit is wanted.
    """
    if k < 1:
        raise UsageError(f"cannot give {k} hits: ask for 1 or more")
    if not any(letter.isalnum() for letter in question):
        raise UsageError(f"cannot search for {question!r}: it has no words")
    return question


def hits_of(rows: Sequence[Row], scores: Sequence[float]) -> list[Hit]:
    """Rows with `HIT_COLUMNS` as hits, the nearest first; equally near ones by `chunk_id`."""
    hits = [
        Hit(**{name: row[name] for name in HIT_COLUMNS} | {"symbols": tuple(_texts(row["symbols"])), "score": score})  # type: ignore[arg-type]
        for row, score in zip(rows, scores, strict=True)
    ]
    return sorted(hits, key=lambda hit: (-hit.score, hit.chunk_id))


def _texts(value: object) -> list[str]:
    return [str(text) for text in value] if isinstance(value, list) else []
