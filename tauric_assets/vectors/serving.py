"""The snapshot together with what the store holds since: fast, and never behind.

Rows that are newer than the snapshot are held in memory as a small flat index; rows that changed or went are hidden in
the snapshot. The answers are those of the store. When too much is newer, a new snapshot is published meanwhile.

Belongs here: noticing a newer store, the difference, merging two lists of hits.
Not here: the snapshot's own search (snapshot.py), writing (store.py).
"""

import logging
from dataclasses import dataclass
from pathlib import Path
from threading import Lock, Thread
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tauric_assets.errors import StorageUnavailable
from tauric_assets.text.embedders import Vectors
from tauric_assets.vectors.search import Filters, Hit, hits_of, vector_of
from tauric_assets.vectors.snapshot import Snapshot, current_name, publish

if TYPE_CHECKING:  # importing LanceDB takes seconds
    from tauric_assets.vectors.store import VectorStore

DELTA_MAX = 0.05
"""Share of the snapshot that may be newer in the store before a new one is published."""
DELTA_FREE = 1_000
"""Rows that may be newer whatever their share: a small store is not published at every write."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Delta:
    """What differs between a snapshot and a later version of the store.

    Args:
        version: of the store. rows: new and changed ones, `vector` among their columns.
        hidden: one entry a row of the snapshot: those that changed or went.
    """

    version: int
    rows: pa.Table
    hidden: npt.NDArray[np.bool_]

    @property
    def size(self) -> int:
        """Rows that are new, or not as they were."""
        return max(self.rows.num_rows, int(self.hidden.sum()))

    def near(self, vector: Vectors, k: int, filters: Filters) -> list[Hit]:
        """Its rows nearest to a vector, exact."""
        rows = self.rows.filter(pa.array(filters.mask(self.rows)))
        if not rows.num_rows:
            return []
        scores = pc.list_flatten(rows["vector"]).to_numpy().reshape(rows.num_rows, -1) @ vector
        best = np.argsort(-scores, kind="stable")[:k]
        return hits_of(rows.drop_columns(["vector"]).take(best).to_pylist(), scores[best].tolist())


class Serving:
    """The passages of a store as they are now. Safe to use from several threads.

    Args:
        folder: of the snapshots; one is published where there is none, or the current one is damaged.
    """

    def __init__(self, store: "VectorStore", folder: Path) -> None:
        self._store, self._folder, self._lock = store, folder, Lock()
        self._opened: tuple[Snapshot, Delta] | None = None
        self._publishing: Thread | None = None

    @property
    def is_model(self) -> bool:
        """Whether the vectors come from a language model."""
        return self._store.embedder.is_model

    def nearest(self, question: str, k: int, filters: Filters) -> list[Hit]:
        """The `k` passages nearest to a question that pass the filters.

        Raises: UsageError: the question has no words, or k is below 1; StorageUnavailable: nothing can be published.
        """
        vector = vector_of(question, k, self._store.embedder)
        snapshot, delta = self._current()
        hits = snapshot.near(vector, k, filters, delta.hidden if delta.size else None)
        hits += delta.near(vector, k, filters)
        return sorted(hits, key=lambda hit: (-hit.score, hit.chunk_id))[:k]

    def matching(self, question: str, k: int, filters: Filters) -> list[Hit]:
        """The `k` passages that share the most telling words with a question: by the store's own index.

        Raises: UsageError: the question has no words, or k is below 1; StorageUnavailable: the store is damaged.
        """
        return self._store.matching(question, k, filters)

    def close(self) -> None:
        """Wait for a snapshot that is being published."""
        if self._publishing is not None:
            self._publishing.join()

    def _current(self) -> tuple[Snapshot, Delta]:
        with self._lock:
            if self._opened is None:
                snapshot = self._open()
            elif current_name(self._folder) != self._opened[0].name:
                snapshot = Snapshot.open(self._folder, self._store.embedder)
            else:
                snapshot = self._opened[0]
            if self._opened is None or (snapshot, self._store.version()) != (self._opened[0], self._opened[1].version):
                self._opened = snapshot, difference(self._store, snapshot)
                if self._opened[1].size > max(DELTA_FREE, DELTA_MAX * snapshot.manifest.n):
                    self._publish()
            return self._opened

    def _publish(self) -> None:
        """In a thread of its own: building takes seconds, and until then the difference is searched as well."""
        if self._publishing is None or not self._publishing.is_alive():
            self._publishing = Thread(target=self._publish_now, name="publish-snapshot", daemon=True)
            self._publishing.start()

    def _publish_now(self) -> None:
        try:
            publish(self._store, self._folder)
        except StorageUnavailable as error:
            logger.warning("the snapshot stays as it is, what is newer is searched beside it: %s", error)

    def _open(self) -> Snapshot:
        try:
            return Snapshot.open(self._folder, self._store.embedder)
        except StorageUnavailable:
            publish(self._store, self._folder)
            return Snapshot.open(self._folder, self._store.embedder)


def difference(store: "VectorStore", snapshot: Snapshot) -> Delta:
    """What the store holds now that the snapshot does not, or not so."""
    version = store.version()
    stored = store.states(version)
    held = snapshot.rows
    places = pc.index_in(stored["key"], value_set=held["key"].combine_chunks())
    known = places.is_valid().to_numpy()
    at = np.nan_to_num(places.to_numpy(zero_copy_only=False)).astype(np.int64)
    same = known.copy()
    for name in ("fingerprint", "known_until") if held.num_rows else ():
        same &= pc.equal(stored[name], held[name].take(pa.array(at))).to_numpy()
    hidden = np.ones(held.num_rows, dtype=bool)
    hidden[at[same]] = False
    fresh = [str(key) for key in stored["key"].filter(pa.array(~same)).to_pylist()]
    return Delta(version, store.rows_of(version, fresh), hidden)
