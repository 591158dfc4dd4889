"""The writing side of a venue's log: takes records from any thread, makes them durable in groups.

One thread writes. While it waits for the disk, records gather; what gathered is the next group, so a slow disk makes
larger groups and not a longer queue. A record counts as acknowledged once `durable_seq` has reached its number.

Belongs here: grouping, rotation, what happens when the disk refuses. Not here: the form of segments (wal.py).
"""

import errno
import logging
import mmap
import os
import struct
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tauric_assets.errors import StorageUnavailable
from tauric_assets.stream.wal import SCHEMA_BYTES, Disk, Group, Record, encode, segment_path
from tauric_assets.times import SECOND_NS, Clock, system_clock

PENDING_RECORDS_MAX = 100_000
"""Records waiting to be written; more are not taken, so that the line is held back instead of memory filling up."""
GROUP_RECORDS_MAX = 8_192
GROUP_BYTES_MAX = 8 * 1024 * 1024
RESERVED_BYTES = 16 * 1024 * 1024
"""Room there must be before a group is written, which takes half of it at most.

Without any left, the reading half could not write down how far it is, and so never remove what fills the disk."""
RETRY_S = 0.5
CLOSE_TRIES = 3
POSITION = "durable"
"""Name of the file that shows, in eight bytes, the number of the last durable record."""

logger = logging.getLogger(__name__)

Observer = Callable[[Group, int], None]
"""Told of each group that became durable, and when (nanoseconds UTC), in the writing thread."""


@dataclass(frozen=True)
class Rotation:
    """When a segment is closed: at so many bytes or so many seconds, whichever is first."""

    segment_bytes: int = 64 * 1024 * 1024
    segment_s: float = 60.0


class LogWriter:
    """A venue's log, open for writing; closes with `close`.

    Args:
        folder: the venue's own; recovered already (wal.recover).
        next_seq: the number of the first record taken.
        durable: told of each group once it is durable.
    """

    def __init__(
        self,
        folder: Path,
        next_seq: int,
        *,
        rotation: Rotation | None = None,
        disk: Disk | None = None,
        clock: Clock = system_clock,
        durable: Observer | None = None,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._rotation, self._disk = folder, rotation or Rotation(), disk or Disk()
        self._clock, self._durable = clock, durable
        self._pending: deque[Record] = deque()
        self._wake, self._room = threading.Event(), threading.Event()
        self._asleep = self._closing = False
        self._room.set()
        self._next_seq = next_seq
        self._segment: _Segment | None = None
        self._position = _Position(folder / POSITION)
        self._position.show(next_seq - 1)
        self.durable_seq = next_seq - 1
        self.refused: OSError | None = None
        """What the disk said last, while it refuses; None while it takes."""
        self.groups = 0
        self.closed = False
        """Whether nothing more will be written."""
        self._thread = threading.Thread(target=self._run, name=f"log-{folder.name}", daemon=True)
        self._thread.start()

    def append(self, record: Record) -> None:
        """Take one record; blocks while too many wait. Never fails: a refusing disk holds the line back."""
        if len(self._pending) >= PENDING_RECORDS_MAX:
            self._room.clear()
            while len(self._pending) >= PENDING_RECORDS_MAX and not self._closing:
                self._room.wait(RETRY_S)
        self._pending.append(record)
        if self._asleep:
            self._wake.set()

    @property
    def waiting(self) -> int:
        """Records taken and not yet durable, about."""
        return len(self._pending)

    def close(self) -> None:
        """Make durable what was taken and stop.

        Raises: StorageUnavailable: the disk refused to the end; what was never acknowledged is lost.
        """
        self._closing = True
        self._wake.set()
        self._thread.join()
        self._close_segment()
        self._position.close()
        self.closed = True
        if self.refused is not None:
            raise StorageUnavailable(f"{self._folder}: {self.refused}: {len(self._pending)} records not written")

    def _run(self) -> None:
        tries_left = CLOSE_TRIES
        while self._pending or not self._closing:
            if not self._pending:
                self._sleep()
                continue
            group = self._gathered()
            while not self._written(group):
                tries_left -= self._closing
                if not tries_left:
                    self._pending.extendleft(reversed(group.records))
                    return
                self._wake.clear()
                self._wake.wait(RETRY_S)

    def _sleep(self) -> None:
        self._asleep = True
        if not self._pending and not self._closing:
            self._wake.wait(RETRY_S)
        self._asleep = False
        self._wake.clear()

    def _gathered(self) -> Group:
        records: list[Record] = []
        size = 0
        for _ in range(min(len(self._pending), GROUP_RECORDS_MAX)):
            record = self._pending.popleft()
            records.append(record)
            size += len(record.payload)
            if size >= GROUP_BYTES_MAX:
                break
        if not self._room.is_set():
            self._room.set()
        return Group(self._next_seq, records)

    def _written(self, group: Group) -> bool:
        """Write and make durable; False where the disk refused, and the segment that failed is given up."""
        try:
            _leave_room(self._folder)
            segment = self._segment or _Segment(self._folder, group.first_seq, self._disk, self._clock())
            self._segment = segment
            segment.append(encode(group))
        except OSError as error:
            self._refused(error)
            return False
        now = self._clock()
        self._next_seq = group.last_seq + 1
        self.durable_seq = group.last_seq
        self._position.show(group.last_seq)
        self.groups += 1
        if self.refused is not None:
            logger.warning("folder=%s the disk takes again", self._folder)
            self.refused = None
        aged = now - segment.made_at >= self._rotation.segment_s * SECOND_NS
        if aged or segment.size >= self._rotation.segment_bytes:
            self._close_segment()
        if self._durable is not None:
            self._durable(group, now)
        return True

    def _refused(self, error: OSError) -> None:
        if self.refused is None:
            logger.warning("folder=%s the disk refuses, no more is taken error=%s", self._folder, error)
        self.refused = error
        segment, self._segment = self._segment, None
        if segment is not None:
            segment.give_up()

    def _close_segment(self) -> None:
        if self._segment is not None:
            self._segment.close()
            self._segment = None


def _leave_room(folder: Path) -> None:
    """Raises: OSError: the disk is as full as a log may make it."""
    disk = os.statvfs(folder)
    if disk.f_bavail * disk.f_frsize < RESERVED_BYTES:
        raise OSError(errno.ENOSPC, f"{os.strerror(errno.ENOSPC)}: less than {RESERVED_BYTES:,} bytes are free")


class _Segment:
    """A segment being written. Nothing may be appended after a failure."""

    def __init__(self, folder: Path, first_seq: int, disk: Disk, made_at: int) -> None:
        self._disk, self._folder = disk, folder
        self._path = segment_path(folder, first_seq)
        self._descriptor = disk.create(self._path)
        self.size = 0
        self.made_at = made_at

    def append(self, data: bytes) -> None:
        """Raises: OSError: nothing of `data` counts as written."""
        first = self.size == 0
        data = SCHEMA_BYTES + data if first else data
        self._disk.write(self._descriptor, data)
        self._disk.sync(self._descriptor)
        if first:
            self._disk.sync_folder(self._folder)
        self.size += len(data)

    def give_up(self) -> None:
        """Keep what was durable; the rest is cut as far as the disk lets us, otherwise by the next recovery."""
        with suppress(OSError):
            if self.size:
                self._disk.truncate(self._descriptor, self.size)
            else:
                self._disk.unlink(self._path)
        self.close()

    def close(self) -> None:
        with suppress(OSError):
            os.close(self._descriptor)


class _Position:
    """Eight bytes in a mapped file: what other processes may read of the log."""

    def __init__(self, path: Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("w+b") as file:
                file.write(bytes(8))
                file.flush()
                self._map = mmap.mmap(file.fileno(), 8)
        except OSError as error:
            raise StorageUnavailable(f"cannot write {path}: {error.strerror}") from error

    def show(self, seq: int) -> None:
        struct.pack_into("<q", self._map, 0, seq)

    def close(self) -> None:
        self._map.close()


def durable_seq(folder: Path) -> int:
    """The number of the last durable record of the log in `folder`, as its writer shows it; 0 where there is none."""
    try:
        shown = (folder / POSITION).read_bytes()
    except FileNotFoundError:
        return 0
    return int(struct.unpack("<q", shown)[0]) if len(shown) == 8 else 0
