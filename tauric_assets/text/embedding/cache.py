"""Vectors that were made before, by embedder and text: filings repeat their boilerplate, runs repeat their days.

One SQLite file, safe to use from several processes. It is disposable: deleting it costs only time.

Belongs here: keeping, finding, forgetting the oldest. Not here: making vectors, the vectors of record (vectors/).
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path

import numpy as np

from tauric_assets.errors import StorageUnavailable
from tauric_assets.text.embedders import Embedder, Vectors

ROWS_MAX = 500_000
"""Vectors kept; beyond, the oldest go. Some 900 MB at 384 numbers each."""
AT_ONCE = 256
"""Texts embedded between two commits: what a killed run loses."""
BUSY_S = 60.0

_ASKED_AT_ONCE = 900  # SQLite's oldest limit of variables is 999
_TABLE = """CREATE TABLE IF NOT EXISTS vectors
(number INTEGER PRIMARY KEY, embedder TEXT NOT NULL, digest BLOB NOT NULL, vector BLOB NOT NULL)"""
_INDEX = "CREATE UNIQUE INDEX IF NOT EXISTS by_text ON vectors (embedder, digest)"

Progress = Callable[[int, int], None]
"""Called with how many of the texts have their vector, and how many there are."""


class CachedEmbedder:
    """An embedder that remembers. Its vectors are those of the embedder itself, to the last bit.

    Args:
        embedder: asked for what is not known yet.
        path: the file; made where it is missing.
        progress: told of every `AT_ONCE` texts embedded.
        rows_max: how many vectors are kept.
    """

    def __init__(
        self, embedder: Embedder, path: Path, progress: Progress | None = None, rows_max: int = ROWS_MAX
    ) -> None:
        self.embedder, self._path, self._progress, self._rows_max = embedder, path, progress, rows_max
        self.id, self.dimension, self.tokens_max = embedder.id, embedder.dimension, embedder.tokens_max
        self.is_model = embedder.is_model

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """See `Embedder`. Raises: StorageUnavailable: the file cannot be read or written."""
        digests = [_digest(text) for text in texts]
        known = self._known(set(digests))
        missing = {digest: text for digest, text in zip(digests, texts, strict=True) if digest not in known}
        for batch in _batches(list(missing), AT_ONCE):
            made = self.embedder.embed_documents([missing[digest] for digest in batch])
            known |= self._keep(batch, made)
            if self._progress is not None:
                self._progress(len(known), len(known) + len(missing.keys() - known.keys()))
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for row, digest in zip(vectors, digests, strict=True):
            row[:] = known[digest]
        return vectors

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """See `Embedder`; questions are not kept."""
        return self.embedder.embed_queries(texts)

    def missing(self, texts: Sequence[str]) -> list[str]:
        """Those of the texts that are not known yet, each once. Raises: StorageUnavailable."""
        by_digest = {_digest(text): text for text in texts}
        known = self._known(set(by_digest))
        return [text for digest, text in by_digest.items() if digest not in known]

    def keep(self, texts: Sequence[str], vectors: Vectors) -> None:
        """Remember what the embedder made of texts elsewhere. Raises: StorageUnavailable."""
        self._keep([_digest(text) for text in texts], vectors)

    def _known(self, digests: set[bytes]) -> dict[bytes, Vectors]:
        found: dict[bytes, Vectors] = {}
        with self._opened() as connection:
            for batch in _batches(sorted(digests), _ASKED_AT_ONCE):
                marks = ",".join("?" * len(batch))
                asked = f"SELECT digest, vector FROM vectors WHERE embedder = ? AND digest IN ({marks})"
                for digest, vector in connection.execute(asked, [self.id, *batch]):
                    found[digest] = np.frombuffer(vector, np.float32)
        return found

    def _keep(self, digests: Sequence[bytes], vectors: Vectors) -> dict[bytes, Vectors]:
        kept = dict(zip(digests, vectors, strict=True))
        rows = [(self.id, digest, np.ascontiguousarray(vector).tobytes()) for digest, vector in kept.items()]
        with self._opened() as connection:
            connection.executemany("INSERT OR IGNORE INTO vectors (embedder, digest, vector) VALUES (?, ?, ?)", rows)
            # Numbers only grow, so the newest `rows_max` are those above the highest less that many.
            connection.execute(
                "DELETE FROM vectors WHERE number <= (SELECT max(number) FROM vectors) - ?", [self._rows_max]
            )
        return kept

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        """A connection, committed at the end. Raises: StorageUnavailable that says what to do."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self._path, timeout=BUSY_S)) as connection, connection:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = NORMAL")
                connection.execute(_TABLE)
                connection.execute(_INDEX)
                yield connection
        except (sqlite3.Error, OSError) as error:
            raise StorageUnavailable(
                f"cannot use the vectors kept in {self._path}: {error}; delete it to go on"
            ) from error


def _digest(text: str) -> bytes:
    return sha256(text.encode(errors="surrogatepass")).digest()


def _batches(digests: Sequence[bytes], size: int) -> Iterator[Sequence[bytes]]:
    return (digests[start : start + size] for start in range(0, len(digests), size))
