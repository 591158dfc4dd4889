"""What was collected and is not in the lake yet, one line a document: a run that is killed loses none of it.

A file is locked by the run that writes it; one that nobody has locked was left by a run that died. The lines are handed
to the operating system at once, so only a machine that stops may lose some, and these are asked for again.

Belongs here: writing, finding and reading these files. Not here: what the rows mean, the lake (intake.py).
"""

import fcntl
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import IO

from tauric_assets.errors import StorageUnavailable
from tauric_assets.tables import Row

SUFFIX = ".jsonl"


class Journal:
    """The file of one run. Use it with `with`; it is gone afterwards, unless the run is killed.

    Args:
        folder: made where it is missing.
        feed: the feed instance's name.
    """

    def __init__(self, folder: Path, feed: str) -> None:
        self._folder = folder
        self._feed = feed
        self._file: IO[bytes]
        self._path: Path

    def add(self, row: Row) -> None:
        """Write down one row. Raises: StorageUnavailable."""
        line = json.dumps({**row, "date": str(row["date"])}).encode() + b"\n"
        with _storage(self._path):
            self._file.write(line)

    def clear(self) -> None:
        """Forget all rows: they are in the lake. Raises: StorageUnavailable."""
        with _storage(self._path):
            self._file.truncate(0)

    def __enter__(self) -> "Journal":
        with _storage(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(dir=self._folder, prefix=f"{self._feed}.")
            self._file = os.fdopen(descriptor, "ab", buffering=0)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            self._path = Path(name).rename(f"{name}{SUFFIX}")  # only now can anybody find it
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """The rows are in the lake, or their run failed to put them there; then they stay for the next."""
        with _storage(self._path):
            if kind is None or not self._path.stat().st_size:
                self._path.unlink()
            self._file.close()


@contextmanager
def left_behind(folder: Path, feed: str) -> Iterator[list[Row]]:
    """The rows of runs of `feed` that died; forgotten when the block ends without an error.

    A line that was being written when its run died is left out.
    Raises: StorageUnavailable.
    """
    with _storage(folder):
        found = [path.open("rb") for path in sorted(folder.glob(f"{feed}.*{SUFFIX}"))]
        mine = [file for file in found if _unlocked(file)]
        rows = [row for file in mine for row in _rows(file)]
    try:
        yield rows
        for file in mine:
            Path(file.name).unlink(missing_ok=True)
    finally:
        for file in found:
            file.close()


def _unlocked(file: IO[bytes]) -> bool:
    """Lock it for us, where nobody has."""
    try:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _rows(file: IO[bytes]) -> Iterator[Row]:
    for line in file:
        if line.endswith(b"\n"):
            row: Row = json.loads(line)
            yield {**row, "date": date.fromisoformat(str(row["date"]))}


@contextmanager
def _storage(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageUnavailable(f"cannot use {path}: {error.strerror}; free space or mend the folder") from error
