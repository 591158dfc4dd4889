"""One request rate per upstream, shared by every thread and process of the machine, and one circuit.

Live, the files are in the user's state folder, so that two data folders have one limit between them. Slots are handed
out under a lock that is held until the slot has come: between two slots there is always the whole interval, however
many processes ask, and one that is killed lets go of the lock.

Belongs here: handing out slots, and holding back from an upstream that has blocked us (the circuit).
Not here: retries (patience.py), what a block looks like (a feed's `classify`), which hosts are one upstream (feeds).
"""

import fcntl
import os
import re
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tauric_assets.errors import StorageUnavailable, UpstreamUnavailable
from tauric_assets.settings import Settings
from tauric_assets.times import SECOND_NS

SANDBOX_REQUESTS_PER_SECOND = 2_000.0
HOLD_S_MAX = 3_600  # a hold that lasts longer was written under another clock, and is not obeyed
_DIGITS = 20


class RateLimiter:
    """Slots in time, one small file per upstream under `limits` in the shared state folder.

    `NAME` holds the next free slot and `NAME.held` until when the upstream is left alone, nanoseconds UTC.

    Args:
        settings: the rate, and whether it is the real world that is asked.
        together: host to the name under which it shares one rate and one circuit with others; a host that is not
            there stands for itself.
    """

    def __init__(self, settings: Settings, together: Mapping[str, str] | None = None) -> None:
        self._live = settings.upstream == "live"
        rate = settings.requests_per_second if self._live else SANDBOX_REQUESTS_PER_SECOND
        self._interval_ns = int(SECOND_NS / rate)
        self._together = together or {}
        self._folder = settings.shared_state / "limits"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            what = "TAURIC_STATE_DIR" if self._live else "TAURIC_DATA_DIR"
            raise StorageUnavailable(f"cannot make {self._folder}: {error.strerror}; set {what} elsewhere") from error

    def wait(self, host: str) -> int:
        """Sleep until this caller's slot at `host`.

        Returns: the slot, nanoseconds UTC; no two callers anywhere get slots closer than the rate allows.
        Raises: UpstreamUnavailable: the upstream blocked us a while ago, and asking now would lengthen the block.
        """
        path = self.path(host)
        self._refuse_while_held(host)
        with _locked(path) as file:
            now = time.time_ns()
            slot = min(_number(os.pread(file, _DIGITS, 0)), now + self._interval_ns)
            if slot > now:
                time.sleep((slot - now) / SECOND_NS)
            self._refuse_while_held(host)
            slot = max(time.time_ns(), slot)
            os.pwrite(file, b"%0*d" % (_DIGITS, slot + self._interval_ns), 0)
        return slot

    def hold(self, host: str, seconds: float) -> None:
        """Leave the upstream of `host` alone for `seconds`, in every process.

        The sandbox is never held: it forgives at once.
        """
        if self._live:
            until = time.time_ns() + int(min(seconds, HOLD_S_MAX) * SECOND_NS)
            self._write_held(host, max(until, self._held_until(host)))

    def path(self, host: str) -> Path:
        """The file of the upstream of `host`."""
        return self._folder / re.sub(r"[^A-Za-z0-9.-]", "_", self._together.get(host, host))

    def _refuse_while_held(self, host: str) -> None:
        seconds = (self._held_until(host) - time.time_ns()) / SECOND_NS
        if 0 < seconds <= HOLD_S_MAX:
            raise UpstreamUnavailable(f"{host} blocked us; nobody here asks it again for {seconds:.0f} s", seconds)

    def _held_until(self, host: str) -> int:
        try:
            return _number(_held(self.path(host)).read_bytes())
        except FileNotFoundError:
            return 0
        except OSError as error:
            raise StorageUnavailable(f"cannot read {_held(self.path(host))}: {error.strerror}") from error

    def _write_held(self, host: str, until: int) -> None:
        """Whole or not at all, and without waiting for those who wait for slots."""
        path = _held(self.path(host))
        try:
            descriptor, name = tempfile.mkstemp(dir=self._folder)
            with os.fdopen(descriptor, "wb") as file:
                file.write(b"%0*d" % (_DIGITS, until))
            Path(name).replace(path)
        except OSError as error:
            raise StorageUnavailable(f"cannot write {path}: {error.strerror}") from error


@contextmanager
def _locked(path: Path) -> Iterator[int]:
    """The descriptor of a file opened under an exclusive lock."""
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise StorageUnavailable(f"cannot open {path}: {error.strerror}") from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file
    finally:
        os.close(file)


def _held(path: Path) -> Path:
    return path.with_name(f"{path.name}.held")


def _number(text: bytes) -> int:
    """The number in a file; 0 where there is none."""
    text = text.strip()
    return int(text) if text.isdigit() and len(text) <= _DIGITS else 0
