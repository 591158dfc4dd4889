"""Writing captures: every frame of a venue's line with its arrival, one a line, as feeds/capture.py reads them.

Belongs here: the file. Not here: connections (recorder.py), reading captures (feeds/capture.py).
"""

import gzip
from pathlib import Path
from threading import Lock
from typing import IO

from tauric_assets.errors import StorageUnavailable, UsageError
from tauric_assets.stream.wal import FRAME, OPENED, Record
from tauric_assets.times import SECOND_NS


class CaptureFile:
    """A new capture; gzip where the name ends in `.gz`.

    Raises: UsageError: the file is there already; StorageUnavailable.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._lock = path, Lock()
        self.frames = 0
        try:
            raw = path.open("xb")
        except FileExistsError:
            raise UsageError(f"{path} is there already; name a new file") from None
        except OSError as error:
            raise StorageUnavailable(f"cannot write {path}: {error.strerror}") from error
        self._raw = raw
        self._file: IO[bytes] = gzip.GzipFile(fileobj=raw, mode="wb", mtime=0, filename="") if _zipped(path) else raw  # type: ignore[assignment]

    def append(self, record: Record) -> None:
        """Write one record; of those that are no frames, only connections are told."""
        at = record.received_at
        if record.kind == FRAME:
            line = b"%d %s\n" % (at, record.payload.replace(b"\n", b" "))
        elif record.kind == OPENED:
            line = b"%s <-> %d.%09d\n" % (record.payload, at // SECOND_NS, at % SECOND_NS)
        else:
            return
        with self._lock:
            self._file.write(line)
            self.frames += record.kind == FRAME

    def close(self) -> None:
        """Finish the file."""
        with self._lock:
            self._file.close()
            self._raw.close()


def _zipped(path: Path) -> bool:
    return path.suffix == ".gz"
