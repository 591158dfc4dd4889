"""One writer at a time, over threads and processes, by a lock file that the kernel lets go of when its holder dies.

Belongs here: waiting for the lock. Not here: what is done under it.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold the lock file at `path`, waiting as long as another holds it. Not to be nested for one path."""
    with path.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
