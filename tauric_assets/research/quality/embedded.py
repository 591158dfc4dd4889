"""Texts embedded once and kept, in two processes: measuring the same again takes seconds.

Belongs here: embedding what is missing side by side. Not here: embedders, what is kept (text/embedding/).
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

from tauric_assets.settings import Settings
from tauric_assets.text.embedders import Embedder, Vectors, embedder_named
from tauric_assets.text.embedding.cache import CachedEmbedder

BATCH = 128
PROCESSES = 2

Told = Callable[[int, int], None]


class Embedded(CachedEmbedder):
    """An embedder that remembers documents in a file, and can embed many of them ahead.

    Args:
        name: of the embedder. path: of the file; made where it is missing.
    Raises: UsageError: no such embedder.
    """

    def __init__(self, name: str, settings: Settings, path: Path) -> None:
        super().__init__(embedder_named(name, settings), path)
        self._name, self._settings = name, settings

    def prepare(self, texts: Sequence[str], told: Told) -> int:
        """Embed what is not in the file yet; what is done stays done when this is interrupted.

        Args:
            told: called with how many are done and how many there are to do.
        Returns: how many were embedded.
        Raises: StorageUnavailable.
        """
        missing = sorted(self.missing(texts), key=len)
        done = 0
        for batch, vectors in self._computed([missing[at : at + BATCH] for at in range(0, len(missing), BATCH)]):
            self.keep(batch, vectors)
            done += len(batch)
            told(done, len(missing))
        return done

    def _computed(self, batches: list[list[str]]) -> Iterator[tuple[list[str], Vectors]]:
        if len(batches) < PROCESSES or not self.is_model:
            yield from ((batch, self.embedder.embed_documents(batch)) for batch in batches)
            return
        arguments = (self._name, self._settings)
        with ProcessPoolExecutor(PROCESSES, get_context("spawn"), _start, arguments) as pool:
            waiting = {pool.submit(_embed, batch): batch for batch in batches}
            yield from ((waiting[future], future.result()) for future in as_completed(waiting))


_embedders: list[Embedder] = []


def _start(name: str, settings: Settings) -> None:
    _embedders.append(embedder_named(name, settings))


def _embed(texts: list[str]) -> Vectors:
    return _embedders[0].embed_documents(texts)
