"""The reading side of a venue's log: follows it as it grows, from any number on, across its segments.

Belongs here: finding the place, reading no further than what is durable, removing segments nobody needs.
Not here: writing (log_writer.py), what records mean (digest.py).
"""

import logging
import os
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import pyarrow as pa

from tauric_assets.stream.wal import SCHEMA_BYTES, Group, group_of, read_batches, segments

READ_BYTES = 4 * 1024 * 1024

logger = logging.getLogger(__name__)


class Tail:
    """Reads a log once, in order. Not safe for several threads.

    Args:
        cursor: number of the last record that is not wanted any more.
    """

    def __init__(self, folder: Path, cursor: int) -> None:
        self._folder = folder
        self.cursor = cursor
        self.skipped = 0
        """Records that the log no longer held when they were wanted."""
        self._first_seq = -1
        self._descriptor: int | None = None
        self._offset = 0

    def read(self, durable_seq: int) -> Iterator[Group]:
        """Groups after the cursor up to record `durable_seq`; the cursor follows what was handed out."""
        while self.cursor < durable_seq:
            if self._descriptor is None and not self._open():
                return
            found = False
            for group in self._chunk(durable_seq):
                found = True
                self.cursor = group.last_seq
                yield group
            if not found and not self._open():
                return

    def close(self) -> None:
        """Close the file that is being read."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _chunk(self, durable_seq: int) -> Iterator[Group]:
        """Groups of the next bytes of the current segment; none where there is nothing whole and durable."""
        assert self._descriptor is not None
        size = READ_BYTES
        while True:
            data = os.pread(self._descriptor, size, self._offset)
            head = b"" if self._offset == 0 else SCHEMA_BYTES
            start, ends_early = self._offset - len(head), False
            taken = 0
            for batch, end in read_batches(pa.py_buffer(head + data)):
                group = group_of(batch)
                if group.last_seq > durable_seq:
                    ends_early = True
                    break
                taken += 1
                self._offset = start + end
                if group.last_seq > self.cursor:
                    yield _after(group, self.cursor)
            if taken or ends_early or len(data) < size:
                return
            size *= 2

    def _open(self) -> bool:
        """Open the segment that holds the record after the cursor; False where that is the one already read."""
        wanted = self.cursor + 1
        found = segments(self._folder)
        holding = [(first, path) for first, path in found if first <= wanted]
        first, path = holding[-1] if holding else found[0] if found else (-1, self._folder)
        if first == self._first_seq and not self._replaced(path):
            later = [(first, path) for first, path in found if first > self._first_seq]
            if not later:
                return False
            first, path = later[0]
        if first < 0:
            return False
        if first > wanted:
            logger.warning("folder=%s records=%d..%d are not in the log", self._folder, wanted, first - 1)
            self.skipped += first - wanted
            self.cursor = first - 1
        self.close()
        self._descriptor, self._first_seq, self._offset = os.open(path, os.O_RDONLY), first, 0
        return True

    def _replaced(self, path: Path) -> bool:
        """Whether another file has taken the name of the one being read (its first write had failed)."""
        if self._descriptor is None:
            return True
        with suppress(FileNotFoundError):
            return os.fstat(self._descriptor).st_ino != path.stat().st_ino
        return False


def forget(folder: Path, landed_seq: int) -> int:
    """Remove segments all of whose records are numbered `landed_seq` or lower; how many.

    The newest segment stays: its name keeps the count.
    """
    found = segments(folder)
    gone = 0
    for (_, path), (next_first, _) in pairwise(found):
        if next_first - 1 <= landed_seq:
            with suppress(FileNotFoundError):
                path.unlink()
                gone += 1
    return gone


def _after(group: Group, cursor: int) -> Group:
    skip = max(0, cursor + 1 - group.first_seq)
    return Group(group.first_seq + skip, group.records[skip:]) if skip else group
