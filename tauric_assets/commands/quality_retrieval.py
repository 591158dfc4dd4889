"""`tauric quality retrieval`: how well questions find their page, on files of pages and questions.

Belongs here: choosing the embedder, progress. Not here: the measure (research/quality/retrieval.py).
"""

from pathlib import Path

from tauric_assets.commands.terminal import progress_bar, say
from tauric_assets.errors import UsageError
from tauric_assets.house import House
from tauric_assets.research.quality import retrieval
from tauric_assets.research.quality.embedded import Embedded
from tauric_assets.research.quality.filings import Bad, read_cases, read_filings
from tauric_assets.text.embedders import embedder_named

_MODEL, _WITHOUT_MODEL = "minilm", "hashing"


def quality(
    house: House,
    pages: Path,
    questions: Path,
    documents: Path | None,
    embedder: str | None,
    against: str | None,
    drawn: tuple[int | None, int],
) -> dict[str, object]:
    """The figures as one object.

    Args:
        against: another embedder, measured on the same questions as well.
        drawn: how many filings, None for all; seed of the draw.

    Raises: UsageError: a file that cannot be read or holds nothing, an embedder that is not here.
    """
    bad = Bad()
    filings = retrieval.sampled(read_filings(pages, documents, bad), *drawn)
    cases = read_cases(questions, bad)
    cache = house.folder("quality") / "vectors.sqlite"
    model = Embedded(embedder or _best(house), house.settings, cache)
    if not model.is_model:
        say(f"no language model is configured: vectors count shared words ({model.id}); tauric models fetch")
    with progress_bar("retrieval", None) as progress:
        measured = retrieval.measure(filings, cases, model, progress)
        told = retrieval.told_of(measured)
        if against is not None:
            other = retrieval.measure(filings, cases, Embedded(against, house.settings, cache), progress)
            told["against"] = retrieval.compared(measured, other)
    return {
        **told,
        "files": [path.name for path in (pages, questions, documents) if path],
        "bad_rows": bad.count,
        "bad_rows_first": bad.told,
    }


def _best(house: House) -> str:
    """The configured embedder; where none but `hashing` is, the model where it was fetched."""
    if house.settings.embedder != _WITHOUT_MODEL:
        return house.settings.embedder
    try:
        embedder_named(_MODEL, house.settings)
    except UsageError:
        return _WITHOUT_MODEL
    return _MODEL
