"""One venue's recording: keep a connection, put every frame into the log, connect anew before the old line is dropped.

Belongs here: the life of a venue's connections. Not here: several venues (sidecar.py), what frames mean (digest.py).
"""

import logging
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol
from urllib.parse import urlsplit

from tauric_assets.errors import TauricError, UpstreamUnavailable
from tauric_assets.feeds.contract import StreamFeed
from tauric_assets.feeds.limits import RateLimiter
from tauric_assets.feeds.patience import delay_s
from tauric_assets.settings import Settings
from tauric_assets.stream.lines import Line
from tauric_assets.stream.wal import CLOSED, FRAME, OPENED, STARTED, TIME, Record, new_record
from tauric_assets.times import Clock

WAKE_S = 0.05
"""How often a recorder looks after its connection."""
TIME_S = 1.0
"""How often the log gets a record that says only that time has passed."""
RENEW_JITTER = 0.1
FORCED_MARGIN = 0.95
"""Part of a venue's longest connection after which ours is renewed."""

Ending = Literal["closed", "idle", "stopped", "failed"]

logger = logging.getLogger(__name__)


class Sink(Protocol):
    """Where records go: a log, or a capture file."""

    def append(self, record: Record) -> None:
        """Take one record; may block."""
        ...


@dataclass(frozen=True)
class Plan:
    """What to record and until when.

    Args:
        stopping: asked several times a second.
        endless: connect again after silence and after any number of failures; otherwise silence ends the recording,
            and `http_tries_max` failures in a row do.
        idle_s: seconds without any frame after which a connection counts as dead.
    """

    feed: StreamFeed
    symbols: Sequence[str]
    stopping: Callable[[], bool]
    endless: bool
    idle_s: float


@dataclass
class Recorded:
    """What a recorder has seen so far; read by others while it works.

    Args:
        connections: how often it connected; renewed: how often by plan, before the old connection ended; stale: how
            often because nothing came; connected: whether it is now.
        last_frame_at: arrival of the newest frame, nanoseconds UTC; 0 before the first.
    """

    frames: int = 0
    connections: int = 0
    renewed: int = 0
    stale: int = 0
    connected: bool = False
    last_frame_at: int = 0
    ending: Ending = "stopped"
    failure: TauricError | None = None


class Recorder:
    """Records one venue into its log; `run` in a thread of its own."""

    def __init__(self, settings: Settings, log: Sink, clock: Clock, plan: Plan) -> None:
        self._settings, self._log, self._clock, self._plan = settings, log, clock, plan
        self._limiter = RateLimiter(settings)
        self._url = plan.feed.stream_url(settings, plan.symbols)
        self._line: Line | None = None
        self._time_due = self._ping_due = time.monotonic()
        self.seen = Recorded()

    def run(self) -> None:
        """Record until the plan ends it; what became of it is in `seen`. Errors of the tree end up there too."""
        name = self._plan.feed.NAME
        self._log.append(Record(self._clock(), 0, STARTED, name.encode()))
        try:
            self.seen.ending = self._keep_connected()
        except TauricError as error:
            self.seen.ending, self.seen.failure = "failed", error
            logger.warning("venue=%s failed error=%s", name, error)
        finally:
            self._drop(self._line, "stopped")
            self.seen.connected = False

    def _keep_connected(self) -> Ending:
        failures = 0
        while not self._plan.stopping():
            frames_before = self.seen.frames
            try:
                self._line = self._line or self._connected()
                ending = self._watch(self._line)
                if ending == "closed":
                    self._drop(self._line, "closed by the venue")
                if ending != "idle" or not self._plan.endless:
                    return ending
                self._renew("stale")
                self.seen.stale += 1
            except UpstreamUnavailable as error:
                self._drop(self._line, str(error))
                failures = 1 if self.seen.frames > frames_before else failures + 1
                if not self._plan.endless and failures >= self._settings.http_tries_max:
                    raise
                logger.info("venue=%s connecting again failures=%d error=%s", self._plan.feed.NAME, failures, error)
                self._pause(delay_s(failures, error.retry_after_s))
        return "stopped"

    def _watch(self, line: Line) -> Ending:
        """Look after one connection until it ends, is silent or is to stop. Raises: UpstreamUnavailable and others."""
        heard, frames = time.monotonic(), -1
        renew_at = line.opened + self._connection_s()
        while not self._plan.stopping():
            now = time.monotonic()
            if line.frames != frames:
                heard, frames = now, line.frames
            if line.ended:
                failure = line.failure()
                if failure is not None:
                    raise failure
                return "closed"
            if now - heard > self._plan.idle_s:
                return "idle"
            if now >= renew_at:
                line = self._renew("by plan")
                self.seen.renewed += 1
                heard, frames, renew_at = time.monotonic(), -1, line.opened + self._connection_s()
            self._pass_time(line, now)
            time.sleep(WAKE_S)
        return "stopped"

    def _renew(self, why: str) -> Line:
        """Connect a second time, wait for its first frame, then drop the old line. What comes twice is known twice."""
        old, new = self._line, self._connected()
        until = time.monotonic() + self._settings.stream_overlap_s
        while not new.ended and not self._plan.stopping() and time.monotonic() < until:
            self._pass_time(new, time.monotonic())
            time.sleep(WAKE_S)
        self._line = new
        self._drop(old, f"renewed, {why}", keep=True)
        return new

    def _connected(self) -> Line:
        self._limiter.wait(urlsplit(self._url).netloc)
        self.seen.connections += 1
        number, log, seen = self.seen.connections, self._log, self.seen
        log.append(Record(self._clock(), number, OPENED, self._url.encode()))

        append, new = log.append, new_record

        def deliver(received_at: int, frame: bytes) -> None:
            seen.frames += 1
            seen.last_frame_at = received_at
            append(new((received_at, number, FRAME, frame)))

        frames = self._plan.feed.opening_frames(self._settings, self._plan.symbols)
        line = Line(self._settings, self._url, frames, deliver, self._clock)
        seen.connected = True
        logger.info("venue=%s connected connection=%d url=%s", self._plan.feed.NAME, number, self._url)
        return line

    def _drop(self, line: Line | None, why: str, *, keep: bool = False) -> None:
        if line is None:
            return
        line.close()
        self._log.append(Record(self._clock(), 0, CLOSED, why.encode()))
        if not keep:
            self._line, self.seen.connected = None, False

    def _pass_time(self, line: Line, now: float) -> None:
        if now >= self._time_due:
            self._time_due = now + TIME_S
            self._log.append(Record(self._clock(), 0, TIME, b""))
        ping = self._plan.feed.PING
        if ping and now >= self._ping_due:
            self._ping_due = now + self._plan.feed.PING_S
            line.send(ping)

    def _connection_s(self) -> float:
        """Seconds after which a connection is renewed: ours or, where shorter, safely below the venue's own limit."""
        forced = self._plan.feed.CONNECTION_S_MAX
        wanted = self._settings.stream_connection_s
        longest = wanted if forced is None else min(wanted, forced * FORCED_MARGIN)
        return longest * (1 - random.uniform(0, RENEW_JITTER))

    def _pause(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0 and not self._plan.stopping():
            time.sleep(min(WAKE_S, left))
