"""The one way to ask: a question understood, figures from what was reported, passages of the store as it is now.

Passages come from the published snapshot and what is newer in the store (vectors/serving.py). Where the store cannot be
opened (it is damaged, of another embedder, or on a disk that cannot be written) the snapshot alone answers, and the log
says so.

Belongs here: keeping index and companies at hand, an answer put together as plain rows. Not here: how questions are
read (text/), how passages are found and ordered (vectors/), figures (research/answers.py).
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock

from tauric_assets.errors import StorageUnavailable, TauricError, UsageError
from tauric_assets.house import House
from tauric_assets.research.answers import Answer, answer
from tauric_assets.text.companies import GazetteerCompanies
from tauric_assets.text.linking import Gazetteer
from tauric_assets.text.questions import Understood, understand
from tauric_assets.vectors.finding import FILING, OTHERS, Found, find
from tauric_assets.vectors.ranking import Ranked
from tauric_assets.vectors.search import Filters
from tauric_assets.vectors.serving import Serving
from tauric_assets.vectors.snapshot import Snapshot

_LOG = logging.getLogger(__name__)
PASSAGES_MAX = 100


@dataclass(frozen=True)
class Answered:
    """What a question got.

    Args:
        figure: the value it asks for, where one was reported; comes before the passages.
        is_model: whether the passages were found by a language model, or by shared words.
    """

    asked: Understood
    figure: Answer | None
    found: Found
    is_model: bool


class Passages:
    """The passages of one house. Safe to use from several threads.

    Args:
        at: told of each step that may take a while.
    """

    def __init__(self, house: House, at: Callable[[str], None] = lambda step: None) -> None:
        self._house, self._at = house, at
        self._lock = Lock()
        self._serving: Serving | None = None
        self._alone: tuple[int, Snapshot] | None = None
        self._book: tuple[tuple[int, ...], Gazetteer] | None = None

    def ask(self, question: str, k: int, filters: Filters) -> Answered:
        """The figure and the `k` best passages for a question, of what `filters` let through.

        Raises: UsageError: no words, too many of them, too many passages, or filters that nothing can pass;
            StorageUnavailable: nothing was embedded.
        """
        _check(k, filters)
        self._at("reading the companies")
        asked = understand(question, GazetteerCompanies(self._companies(), filters.as_of))
        self._at("opening the passages")
        index = self._index()
        self._at("looking for the figure")
        figure = answer(self._house.lake, asked, filters.as_of)
        self._at("looking for passages")
        return Answered(asked, figure, find(index, asked, k, filters), index.is_model)

    def warm(self) -> None:
        """Open what the first question needs; what is not there yet is looked for again then."""
        try:
            self._companies()
            self._index()
        except TauricError as error:
            _LOG.info("nothing to search yet: %s", error)

    def search(
        self,
        question: str,
        k: int,
        as_of: int,
        kinds: Sequence[str] | None = None,
        symbols: Sequence[str] | None = None,
        forms: Sequence[str] | None = None,
    ) -> dict[str, object]:
        """What `ask` gives as plain values: `answer`, `understood`, `filters`, `relaxed`, `passages`."""
        return plain(self.ask(question, k, Filters(as_of, kinds, symbols, forms)))

    def _companies(self) -> Gazetteer:
        """The companies as the lake has them; read again when it has others."""
        lake = self._house.lake
        versions = tuple(lake.status(table).version for table in ("instruments", "company_names"))
        with self._lock:
            if self._book is None or self._book[0] != versions:
                book = Gazetteer(lake.read("instruments", every_revision=True), lake.read("company_names"))
                self._book = versions, book
            return self._book[1]

    def _index(self) -> Serving | Snapshot:
        with self._lock:
            if self._serving is None:
                changed = _changed(self._house.snapshots)
                if self._alone is not None and self._alone[0] == changed:
                    return self._alone[1]
                try:
                    self._serving = self._opened()
                except (StorageUnavailable, UsageError) as error:
                    if changed is None:
                        raise
                    _LOG.warning("the snapshot alone is searched, without what is newer: %s", error)
                    self._alone = changed, Snapshot.open(self._house.snapshots)
                    return self._alone[1]
            return self._serving

    def _opened(self) -> Serving:
        """Raises: StorageUnavailable, UsageError: there is no store, or it cannot be opened."""
        if not self._house.has_vectors:
            raise StorageUnavailable("nothing can be searched yet: materialize the asset chunk_vectors")
        return Serving(self._house.vectors, self._house.snapshots)


def _check(k: int, filters: Filters) -> None:
    """Raises: UsageError."""
    if not 1 <= k <= PASSAGES_MAX:
        raise UsageError(f"k is 1 to {PASSAGES_MAX}; {k} was asked for")
    if unknown := sorted(set(filters.kinds or ()) - {FILING, *OTHERS}):
        raise UsageError(f"no kind {', '.join(unknown)}; there are: {', '.join((FILING, *OTHERS))}")
    if filters.since and filters.until and filters.since >= filters.until:
        raise UsageError(f"no day is from {filters.since} and before {filters.until}: the last day is exclusive")


def _changed(folder: Path) -> int | None:
    """When a snapshot was published last: publishing renames within the folder; None: there is none."""
    try:
        return folder.stat().st_mtime_ns
    except OSError:
        return None


def plain(answered: Answered) -> dict[str, object]:
    """An answer as values that JSON takes."""
    asked, found = answered.asked, answered.found
    return {
        "answer": _figure(answered.figure),
        "understood": {
            "symbols": list(asked.symbols),
            "forms": list(asked.forms),
            "periods": [str(period) for period in asked.periods],
            "days": [str(day) for day in asked.days],
            "figures": [figure.name for figure in asked.figures],
            "statements": list(asked.statements),
        },
        "filters": found.told,
        "relaxed": found.relaxed,
        "passages": [passage(one) for one in found.passages],
    }


def passage(one: Ranked) -> dict[str, object]:
    """A passage with its score and what that is made of."""
    parts = {name: round(part, 4) for name, part in one.parts.items()}
    return {**asdict(one.hit), "symbols": list(one.hit.symbols), "score": round(one.score, 4), "parts": parts}


def _figure(figure: Answer | None) -> dict[str, object] | None:
    if figure is None:
        return None
    value = figure.value
    return {
        "figure": figure.figure,
        "concept": figure.concept,
        "unit": figure.unit,
        "cik": figure.cik,
        "value": f"{value.value:f}",
        "period_start": str(value.period_start) if value.period_start else None,
        "period_end": str(value.period_end),
        "accession_numbers": list(value.accession_numbers),
        "form": value.form,
        "known_at": value.known_at,
        "derived": value.derived,
    }
