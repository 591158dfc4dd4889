"""Texts embedded once and kept in a file, in two processes: measuring the same again takes seconds.

Belongs here: the file of vectors by content, embedding what is missing. Not here: embedders (text/).
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from tauric_assets.errors import StorageUnavailable
from tauric_assets.settings import Settings
from tauric_assets.text.embedders import Embedder, Vectors, embedder_named

BATCH = 128
PROCESSES = 2

Told = Callable[[int, int], None]


class Embedded:
    """An embedder that remembers documents in a file.

    Args:
        name: of the embedder.
        path: of the file; made where it is missing.
    Raises: UsageError: no such embedder; StorageUnavailable: the file cannot be written.
    """

    def __init__(self, name: str, settings: Settings, path: Path) -> None:
        self._name, self._settings = name, settings
        self._inner: Embedder = embedder_named(name, settings)
        self.id, self.dimension = self._inner.id, self._inner.dimension
        self.tokens_max, self.is_model = self._inner.tokens_max, self._inner.is_model
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = sqlite3.connect(path)
            self._file.execute("CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB)")
        except (OSError, sqlite3.Error) as error:
            raise StorageUnavailable(f"cannot write {path}: {error}") from None

    def prepare(self, texts: Sequence[str], told: Told) -> int:
        """Embed what is not in the file yet; what is done stays done when this is interrupted.

        Args:
            told: called with how many are done and how many there are to do.
        Returns: how many were embedded.
        """
        missing = sorted({text for text in texts if self._kept(text) is None}, key=len)
        batches = [missing[start : start + BATCH] for start in range(0, len(missing), BATCH)]
        done = 0
        for batch, vectors in self._computed(batches):
            with self._file:
                rows = [(self._key(text), vector.tobytes()) for text, vector in zip(batch, vectors, strict=True)]
                self._file.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)
            done += len(batch)
            told(done, len(missing))
        return done

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """From the file, embedded now where missing."""
        rows = []
        for text in texts:
            kept = self._kept(text)
            rows.append(self._inner.embed_documents([text])[0] if kept is None else kept)
        return np.stack(rows) if rows else np.zeros((0, self.dimension), np.float32)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Never kept."""
        return self._inner.embed_queries(texts)

    def _computed(self, batches: list[list[str]]) -> Iterator[tuple[list[str], Vectors]]:
        if len(batches) < PROCESSES or not self.is_model:
            yield from ((batch, self._inner.embed_documents(batch)) for batch in batches)
            return
        arguments = (self._name, self._settings)
        with ProcessPoolExecutor(PROCESSES, get_context("spawn"), _start, arguments) as pool:
            waiting = {pool.submit(_embed, batch): batch for batch in batches}
            yield from ((waiting[future], future.result()) for future in as_completed(waiting))

    def _kept(self, text: str) -> Vectors | None:
        row = self._file.execute("SELECT vector FROM vectors WHERE key = ?", (self._key(text),)).fetchone()
        return None if row is None else np.frombuffer(row[0], np.float32)

    def _key(self, text: str) -> bytes:
        return sha256(f"{self.id}\0{text}".encode()).digest()


_embedders: list[Embedder] = []


def _start(name: str, settings: Settings) -> None:
    _embedders.append(embedder_named(name, settings))


def _embed(texts: list[str]) -> Vectors:
    return _embedders[0].embed_documents(texts)
