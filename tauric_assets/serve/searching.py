"""Search over the published snapshot, opened once and again when a newer one is there.

Belongs here: keeping the snapshot open, hits as plain rows. Not here: how passages are found (vectors/).
"""

from collections.abc import Sequence
from dataclasses import asdict
from threading import Lock

from tauric_assets.errors import StorageUnavailable, UsageError
from tauric_assets.house import House
from tauric_assets.vectors.snapshot import Snapshot

PASSAGES_MAX = 100


class Passages:
    """The passages of one house. Safe to use from several threads."""

    def __init__(self, house: House) -> None:
        self._folder = house.snapshots
        self._lock = Lock()
        self._opened: tuple[int, Snapshot] | None = None

    def search(
        self,
        question: str,
        k: int,
        as_of: int,
        kinds: Sequence[str] | None = None,
        symbols: Sequence[str] | None = None,
        forms: Sequence[str] | None = None,
    ) -> list[dict[str, object]]:
        """The `k` passages nearest to `question` among those known at `as_of` (nanoseconds UTC), nearest first.

        Raises: UsageError: no words, or too many passages; StorageUnavailable: nothing was published yet.
        """
        if not 1 <= k <= PASSAGES_MAX:
            raise UsageError(f"k is 1 to {PASSAGES_MAX}; {k} was asked for")
        return [asdict(hit) for hit in self._snapshot().search(question, k, as_of, kinds, symbols, forms)]

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
