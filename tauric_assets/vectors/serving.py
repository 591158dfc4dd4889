"""The snapshot together with what the store holds since: fast, and never behind.

Rows that are newer than the snapshot are held in memory as a small flat index; rows that changed or went are hidden in
the snapshot. The answers are those of the store. When too much is newer, a new snapshot is published.

Belongs here: noticing a newer store, the difference, merging two lists of hits.
Not here: the snapshot's own search (snapshot.py), writing (store.py).
"""

from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tauric_assets.errors import StorageUnavailable
from tauric_assets.text.embedders import Vectors
from tauric_assets.vectors.search import Filters, Hit, hits_of, vector_of
from tauric_assets.vectors.snapshot import Snapshot, publish

if TYPE_CHECKING:  # importing LanceDB takes seconds
    from tauric_assets.vectors.store import VectorStore

DELTA_MAX = 0.05
"""Share of the snapshot that may be newer in the store before a new one is published."""
DELTA_FREE = 1_000
"""Rows that may be newer whatever their share: a small store is not published at every write."""


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

    def nearest(self, question: str, k: int, filters: Filters) -> list[Hit]:
        """The `k` passages nearest to a question that pass the filters.

        Raises: UsageError: the question has no words, or k is below 1; StorageUnavailable: nothing can be published.
        """
        vector = vector_of(question, k, self._store.embedder)
        snapshot, delta = self._current()
        hits = snapshot.near(vector, k, filters, delta.hidden if delta.size else None)
        hits += delta.near(vector, k, filters)
        return sorted(hits, key=lambda hit: (-hit.score, hit.chunk_id))[:k]

    def _current(self) -> tuple[Snapshot, Delta]:
        with self._lock:
            version = self._store.version()
            if self._opened is None or self._opened[1].version != version:
                snapshot = self._opened[0] if self._opened is not None else self._open()
                delta = difference(self._store, snapshot)
                if delta.size > max(DELTA_FREE, DELTA_MAX * snapshot.manifest.n):
                    publish(self._store, self._folder)
                    snapshot = Snapshot.open(self._folder)
                    delta = difference(self._store, snapshot)
                self._opened = snapshot, delta
            return self._opened

    def _open(self) -> Snapshot:
        try:
            return Snapshot.open(self._folder)
        except StorageUnavailable:
            publish(self._store, self._folder)
            return Snapshot.open(self._folder)


def difference(store: "VectorStore", snapshot: Snapshot) -> Delta:
    """What the store holds now that the snapshot does not, or not so."""
    version = store.version()
    stored = store.states(version)
    place_of = {key: place for place, key in enumerate(snapshot.rows["key"].to_pylist())}
    held = zip(snapshot.rows["fingerprint"].to_pylist(), snapshot.rows["known_until"].to_pylist(), strict=True)
    told = list(held)
    hidden = np.ones(snapshot.rows.num_rows, dtype=bool)
    fresh: list[str] = []
    for key, fingerprint, known_until in zip(*(stored[name].to_pylist() for name in stored.column_names), strict=True):
        place = place_of.get(key)
        if place is not None and told[place] == (fingerprint, known_until):
            hidden[place] = False
        else:
            fresh.append(key)
    return Delta(version, store.rows_of(version, fresh), hidden)
