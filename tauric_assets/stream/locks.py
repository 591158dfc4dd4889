"""One process at a time for each side of a venue's log, by file locks that die with their process.

Belongs here: taking and holding such a lock. Not here: what it protects.
"""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tauric_assets.errors import StorageUnavailable, UsageError

TRY_S = 0.02


@contextmanager
def only_one(path: Path, wait_s: float, told: str) -> Iterator[None]:
    """Hold the lock at `path`.

    Args:
        wait_s: seconds to wait for another holder, e.g. one that is finishing.
        told: the message where it is held by somebody else.
    Raises: UsageError: held by somebody else; StorageUnavailable.
    """
    deadline = time.monotonic() + wait_s
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a")
    except OSError as error:
        raise StorageUnavailable(f"cannot open {path}: {error.strerror}") from error
    with file:
        while True:
            try:
                fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise UsageError(told) from None
                time.sleep(TRY_S)
        yield
