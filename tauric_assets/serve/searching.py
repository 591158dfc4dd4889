"""The one way to ask: a question understood, figures from what was reported, passages from the published snapshot.

The snapshot is opened once, and again when a newer one is there.

Belongs here: keeping the snapshot open, an answer put together as plain rows. Not here: how questions are read (text/),
how passages are found and ordered (vectors/), figures (research/answers.py).
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from threading import Lock

from tauric_assets.errors import StorageUnavailable, UsageError
from tauric_assets.house import House
from tauric_assets.research.answers import Answer, answer
from tauric_assets.text.companies import GazetteerCompanies
from tauric_assets.text.linking import Gazetteer
from tauric_assets.text.questions import Understood, understand
from tauric_assets.vectors.finding import Found, find
from tauric_assets.vectors.ranking import Ranked
from tauric_assets.vectors.search import Filters
from tauric_assets.vectors.snapshot import Snapshot

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
    """The passages of one house. Safe to use from several threads."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._folder = house.snapshots
        self._lock = Lock()
        self._opened: tuple[int, Snapshot] | None = None

    def ask(self, question: str, k: int, filters: Filters) -> Answered:
        """The figure and the `k` best passages for a question, of what `filters` let through.

        Raises: UsageError: no words, too many of them, or too many passages; StorageUnavailable: nothing was published.
        """
        if not 1 <= k <= PASSAGES_MAX:
            raise UsageError(f"k is 1 to {PASSAGES_MAX}; {k} was asked for")
        lake = self._house.lake
        book = Gazetteer(lake.read("instruments", every_revision=True), lake.read("company_names"))
        asked = understand(question, GazetteerCompanies(book, filters.as_of))
        snapshot = self._snapshot()
        figure = answer(lake, asked, filters.as_of)
        return Answered(asked, figure, find(snapshot, asked, k, filters), snapshot.is_model)

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

    def _snapshot(self) -> Snapshot:
        """The current snapshot. Publishing renames within the folder, so the folder's own time tells of a new one."""
        with self._lock:
            try:
                changed = self._folder.stat().st_mtime_ns
            except OSError:
                raise StorageUnavailable("nothing can be searched yet: materialize the asset faiss_snapshot") from None
            if self._opened is None or self._opened[0] != changed:
                self._opened = (changed, Snapshot.open(self._folder))
            return self._opened[1]


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
