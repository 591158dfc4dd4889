"""Snapshots: one version of the store as FAISS indexes and an Arrow file beside them, for fast reading in one process.

A snapshot is a folder of its own, never changed once it is there; `CURRENT` names the one to open and is flipped
atomically. Its flat index answers exactly as the store did at its version, with the filters applied before; its pages
are mapped, not read. From `APPROXIMATE_FROM` passages on a second index, of the present passages alone, answers what
has no filter, some twenty times faster and nearly always the same (`python -m bench.vectors`).

Measured at 100,000 vectors of 384 numbers on a busy machine: 15 ms of processor time a search, 1 ms where the filters
leave one passage in a hundred. With two threads the same took 24 and 8 ms, spent waiting for each other; hence one.

Belongs here: building, publishing, opening and searching snapshots.
Not here: writing to the store (store.py), what is newer than the snapshot (serving.py).
"""

import json
import math
import os
import shutil
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import faiss
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tauric_assets.errors import StorageUnavailable
from tauric_assets.lake.locks import held
from tauric_assets.text.embedders import Embedder, Vectors, embedder_named
from tauric_assets.times import Clock, system_clock
from tauric_assets.vectors.ranking import tokens
from tauric_assets.vectors.search import (
    EVERYTHING,
    FOREVER,
    HIT_COLUMNS,
    WORDED,
    Filters,
    Hit,
    hits_of,
    vector_of,
    words_of,
)

if TYPE_CHECKING:  # importing LanceDB takes seconds, and reading a snapshot does not need it
    from tauric_assets.vectors.store import VectorStore

KEPT_BEHIND = 2
"""How many snapshots before the current one stay, for those who are just opening them and for going back."""

APPROXIMATE_FROM = 50_000
"""Present passages below which a scan of all is quick enough."""
PROBED = 0.16
"""Share of the approximate index's lists that a search reads."""
REFINED = 10
"""Passages whose exact nearness is computed, by each one wanted."""

_CURRENT, _MANIFEST, _ROWS = "CURRENT", "manifest.json", "rows.arrow"
_INDEX, _APPROXIMATE = "vectors.faiss", "approximate.faiss"
_faiss: Any = faiss  # its stubs describe the C++ side, not the Python wrappers around it
_COLUMNS = (*HIT_COLUMNS, "known_until", "key", "fingerprint")


@dataclass(frozen=True)
class SnapshotManifest:
    """What a snapshot is.

    Args:
        lance_version: the store's version it was built from.
        n: number of passages, superseded ones included.
        files: what it is made of, in the order of the checksum.
        built_at: nanoseconds UTC.
        sha256: of these files, one after the other, and of all of the above, hexadecimal.
    """

    lance_version: int
    embedder_id: str
    n: int
    dimension: int
    files: tuple[str, ...]
    built_at: int
    sha256: str = ""


def publish(store: "VectorStore", folder: Path, clock: Clock = system_clock) -> SnapshotManifest:
    """Build a snapshot of the store's present version and make it the current one.

    Where the current one is whole and of that version nothing is built. Old ones beyond `KEPT_BEHIND` are removed.

    Returns: the manifest of the snapshot that is current now.
    Raises: StorageUnavailable: the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with held(folder / "publish.lock"):
            version = store.settled_version()
            current = _whole(folder)
            if current and (current.lance_version, current.embedder_id) == (version, store.embedder.id):
                return current
            built_at = clock()
            name = f"{built_at:020}-v{version}"
            manifest = _build(store, version, folder / name, built_at)
            _write_durably(folder / f"{_CURRENT}.new", name.encode())
            (folder / f"{_CURRENT}.new").replace(folder / _CURRENT)
            _sync_folder(folder)
            _remove_old(folder, name)
    except OSError as error:
        raise StorageUnavailable(f"snapshot: cannot write in {folder}: {error}") from error
    return manifest


class Snapshot:
    """An opened snapshot. Made by `Snapshot.open`; open again to see a newer one.

    Args:
        name: of its folder. rows: its passages; their order is the order of the flat index.
        approximate: over the present passages alone, in the same order; None where there are few.
    """

    def __init__(
        self, name: str, manifest: SnapshotManifest, index: Any, approximate: Any, rows: pa.Table, embedder: Embedder
    ) -> None:
        self.name = name
        self.manifest = manifest
        self.rows = rows
        self.embedder = embedder
        self._index, self._approximate = index, approximate
        self._present = np.flatnonzero(rows["known_until"].to_numpy() == FOREVER)

    @classmethod
    def open(cls, folder: Path, embedder: Embedder | None = None) -> "Snapshot":
        """Open the current snapshot in `folder`, after verifying its checksum.

        Args:
            embedder: what reads the questions; None: the one that the snapshot was made with, by its id.
        Raises:
            StorageUnavailable: there is none, it is damaged, or it was made with another embedder; publish again.
            UsageError: its embedder is not here.
        """
        current = _current(folder)
        manifest = _manifest(current)
        if _checksum(current, manifest) != manifest.sha256:
            raise StorageUnavailable(f"the snapshot in {current} is damaged: publish again")
        if embedder is not None and embedder.id != manifest.embedder_id:
            raise StorageUnavailable(f"the snapshot in {current} is of {manifest.embedder_id}: publish again")
        faiss.omp_set_num_threads(1)  # of the whole process; readers run side by side instead
        index, approximate = (
            _faiss.read_index(str(current / name), _faiss.IO_FLAG_MMAP_IFC) if name in manifest.files else None
            for name in (_INDEX, _APPROXIMATE)
        )
        with pa.memory_map(str(current / _ROWS)) as source:
            rows = pa.ipc.open_file(source).read_all()
        if not set(_COLUMNS) <= set(rows.column_names):
            raise StorageUnavailable(f"the snapshot in {current} is of an earlier version: publish again")
        return cls(current.name, manifest, index, approximate, rows, embedder or embedder_named(manifest.embedder_id))

    @property
    def is_model(self) -> bool:
        """Whether its vectors come from a language model."""
        return self.embedder.is_model

    def nearest(self, question: str, k: int, filters: Filters = EVERYTHING) -> list[Hit]:
        """As `VectorStore.nearest`, over the passages of this snapshot."""
        return self.near(vector_of(question, k, self.embedder), k, filters)

    def matching(self, question: str, k: int, filters: Filters = EVERYTHING) -> list[Hit]:
        """As `VectorStore.matching`, by a scan: a passage counts for each word it holds, the more the fewer hold it."""
        words = sorted(set(tokens(words_of(question, k))))
        rows = self.rows.filter(pa.array(filters.mask(self.rows)))
        scores = np.zeros(rows.num_rows)
        for word in words:
            holds = np.zeros(rows.num_rows, dtype=bool)
            for column in WORDED:
                holds |= pc.match_substring(rows[column], word, ignore_case=True).to_numpy()
            scores += holds * math.log(1 + (len(holds) - holds.sum() + 0.5) / (holds.sum() + 0.5))
        best = np.argsort(-scores, kind="stable")[:k]
        best = best[scores[best] > 0]
        return hits_of(rows.take(best).to_pylist(), scores[best].tolist())

    def near(self, vector: Vectors, k: int, filters: Filters, hidden: npt.NDArray[np.bool_] | None = None) -> list[Hit]:
        """The passages nearest to a vector, exact unless nothing is filtered and there are many.

        Args:
            hidden: one entry a row: those not to be found.
        """
        if self._approximate is not None and filters == Filters():
            hits = self._nearly(vector, k, hidden)
            if hits is not None:
                return hits
        mask = filters.mask(self.rows)
        if hidden is not None:
            mask &= ~hidden
        wanted = min(k, int(mask.sum()))
        if not wanted:
            return []
        selector = _faiss.IDSelectorBitmap(np.packbits(mask, bitorder="little"))
        scores, places = self._index.search(vector[None, :], wanted, params=_faiss.SearchParameters(sel=selector))
        return hits_of(self.rows.take(places[0]).to_pylist(), scores[0].tolist())

    def _nearly(self, vector: Vectors, k: int, hidden: npt.NDArray[np.bool_] | None) -> list[Hit] | None:
        """By the approximate index; None where too much of what it finds is hidden."""
        spare = 0 if hidden is None else min(int(hidden.sum()), 3 * k)
        parameters = _faiss.IndexRefineSearchParameters(
            k_factor=REFINED,
            base_index_params=_faiss.SearchParametersIVF(nprobe=max(1, round(_lists(len(self._present)) * PROBED))),
        )
        scores, found = self._approximate.search(vector[None, :], k + spare, params=parameters)
        places, scores = self._present[found[0][found[0] >= 0]], scores[0][found[0] >= 0]
        if hidden is not None:
            places, scores = places[~hidden[places]], scores[~hidden[places]]
        if len(places) < min(k, len(self._present)):
            return None
        return hits_of(self.rows.take(places[:k]).to_pylist(), scores[:k].tolist())


def _build(store: "VectorStore", version: int, target: Path, built_at: int) -> SnapshotManifest:
    rows = store.rows(version)
    dimension = store.embedder.dimension
    vectors = np.ascontiguousarray(pc.list_flatten(rows["vector"]).to_numpy().reshape(-1, dimension))
    index = faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))
    index.add_with_ids(vectors, np.arange(rows.num_rows, dtype=np.int64))
    target.mkdir()
    faiss.write_index(index, str(target / _INDEX))
    kept = rows.select(_COLUMNS).combine_chunks()
    with pa.OSFile(str(target / _ROWS), "wb") as sink, pa.ipc.new_file(sink, kept.schema) as writer:
        writer.write_table(kept)
    files: tuple[str, ...] = (_INDEX, _ROWS)
    present = vectors[rows["known_until"].to_numpy() == FOREVER]
    if len(present) >= APPROXIMATE_FROM:
        faiss.write_index(_approximate(present), str(target / _APPROXIMATE))
        files = (*files, _APPROXIMATE)
    for name in files:
        _sync_file(target / name)
    unsigned = SnapshotManifest(version, store.embedder.id, rows.num_rows, dimension, files, built_at)
    manifest = replace(unsigned, sha256=_checksum(target, unsigned))
    _write_durably(target / _MANIFEST, json.dumps(asdict(manifest), indent=2).encode())
    _sync_folder(target)
    return manifest


def _approximate(vectors: Vectors) -> Any:
    """Lists of one-bit codes (RaBitQ, Gao and Long 2024, arXiv 2405.12497), exact vectors for what they leave."""
    faiss.omp_set_num_threads(1)
    index = _faiss.index_factory(
        vectors.shape[1], f"IVF{_lists(len(vectors))},RaBitQfs,RFlat", _faiss.METRIC_INNER_PRODUCT
    )
    index.train(vectors)
    index.add(vectors)
    return index


def _lists(passages: int) -> int:
    return round(math.sqrt(passages))


def _whole(folder: Path) -> SnapshotManifest | None:
    """The manifest of the current snapshot; None where there is none or it is damaged, and has to be built again."""
    try:
        current = _current(folder)
        manifest = _manifest(current)
        return manifest if _checksum(current, manifest) == manifest.sha256 else None
    except StorageUnavailable:
        return None


def current_name(folder: Path) -> str:
    """The name of the current snapshot. Raises: StorageUnavailable: there is none."""
    return _current(folder).name


def _current(folder: Path) -> Path:
    try:
        return folder / (folder / _CURRENT).read_text()
    except UnicodeDecodeError as error:
        raise StorageUnavailable(f"the snapshot in {folder} is damaged: publish again ({error})") from error
    except OSError as error:
        raise StorageUnavailable(f"no snapshot in {folder}: publish one first ({error})") from error


def _manifest(snapshot: Path) -> SnapshotManifest:
    try:
        told = json.loads((snapshot / _MANIFEST).read_text())
        manifest = SnapshotManifest(**told | {"files": tuple(told["files"])})
        if not {_INDEX, _ROWS} <= set(manifest.files):
            raise ValueError(f"it lists {manifest.files}")
        return manifest
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise StorageUnavailable(f"the snapshot in {snapshot} is damaged: publish again ({error})") from error


def _checksum(snapshot: Path, manifest: SnapshotManifest) -> str:
    digest = sha256()
    try:
        for name in manifest.files:
            with (snapshot / name).open("rb") as content:
                while block := content.read(1 << 20):
                    digest.update(block)
    except OSError as error:
        raise StorageUnavailable(f"the snapshot in {snapshot} is damaged: publish again ({error})") from error
    digest.update(json.dumps(asdict(manifest) | {"sha256": ""}, sort_keys=True).encode())
    return digest.hexdigest()


def _remove_old(folder: Path, current: str) -> None:
    """Remove what nobody finished (its builder died; we hold the lock), and finished ones beyond `KEPT_BEHIND`."""
    others = sorted(path for path in folder.iterdir() if path.is_dir() and path.name != current)
    finished = [path for path in others if (path / _MANIFEST).exists()]
    for path in {*others} - {*finished[-KEPT_BEHIND:]}:
        shutil.rmtree(path)


def _write_durably(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    _sync_file(path)


def _sync_file(path: Path) -> None:
    with path.open("rb") as content:
        os.fsync(content.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
