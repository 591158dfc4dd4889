"""One request rate per upstream host, shared by every thread and process that uses the same data folder.

Belongs here: handing out slots, and holding back from a host that has blocked us.
Not here: retries (patience.py), what a block looks like (a feed's `classify`).
"""

import fcntl
import os
import re
import time

from tauric_assets.errors import StorageUnavailable, UpstreamUnavailable
from tauric_assets.settings import Settings
from tauric_assets.times import SECOND_NS

SANDBOX_REQUESTS_PER_SECOND = 2_000.0
QUEUE_S_MAX = 120  # a slot later than this was written under another clock, and is not waited for
HOLD_S_MAX = 3_600


class RateLimiter:
    """Slots in time, one small file per host under `data_dir/state/limits`.

    The file holds two numbers, nanoseconds UTC: the next free slot, and until when the host is left alone.
    """

    def __init__(self, settings: Settings) -> None:
        self._live = settings.upstream == "live"
        rate = settings.requests_per_second if self._live else SANDBOX_REQUESTS_PER_SECOND
        self._interval_ns = int(SECOND_NS / rate)
        self._folder = settings.data_dir / "state" / "limits"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageUnavailable(f"cannot make {self._folder}: {error.strerror}") from error

    def wait(self, host: str) -> None:
        """Sleep until this caller's slot at `host`.

        Raises: UpstreamUnavailable: the host blocked us a while ago, and asking now would lengthen the block.
        """
        with _LockedNumbers(self, host) as numbers:
            now = time.time_ns()
            next_slot, held_until = numbers.values
            if now < held_until <= now + HOLD_S_MAX * SECOND_NS:
                seconds = (held_until - now) / SECOND_NS
                raise UpstreamUnavailable(f"{host} blocked us; not asked again for {seconds:.0f} s", seconds)
            slot = max(now, next_slot) if next_slot <= now + QUEUE_S_MAX * SECOND_NS else now
            numbers.values = (slot + self._interval_ns, held_until)
        if slot > now:
            time.sleep((slot - now) / SECOND_NS)

    def hold(self, host: str, seconds: float) -> None:
        """Leave `host` alone for `seconds`, in every process. The sandbox is never held: it forgives at once."""
        if self._live:
            with _LockedNumbers(self, host) as numbers:
                until = time.time_ns() + int(min(seconds, HOLD_S_MAX) * SECOND_NS)
                numbers.values = (numbers.values[0], max(numbers.values[1], until))

    def path(self, host: str) -> str:
        """The file of `host`."""
        return str(self._folder / re.sub(r"[^A-Za-z0-9.-]", "_", host))


class _LockedNumbers:
    """Two numbers in a file, read under an exclusive lock and written back when it is released."""

    def __init__(self, limiter: RateLimiter, host: str) -> None:
        self._path = limiter.path(host)

    def __enter__(self) -> "_LockedNumbers":
        try:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise StorageUnavailable(f"cannot open {self._path}: {error.strerror}") from error
        fcntl.flock(self._file, fcntl.LOCK_EX)
        words = os.read(self._file, 100).split()
        readable = len(words) == 2 and all(word.isdigit() for word in words)
        self.values = (int(words[0]), int(words[1])) if readable else (0, 0)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                os.pwrite(self._file, b"%020d %020d\n" % self.values, 0)
        finally:
            os.close(self._file)
