"""Follows a venue's log and lands what it means: the reading half of the sidecar, usually a process of its own.

The recording half never waits for this one; a slow lake, a large gap or an error here costs no tick.

Belongs here: the loop from log to lake, its state for others to see. Not here: the process (follow_process.py).
"""

import logging
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path

from tauric_assets.errors import LakeConflict, StorageUnavailable
from tauric_assets.feeds.contract import Fetching, StreamFeed
from tauric_assets.lake.store import Lake
from tauric_assets.settings import Settings
from tauric_assets.stream.digest import Digest
from tauric_assets.stream.filling import Filler
from tauric_assets.stream.landing import Landing
from tauric_assets.stream.live import Deriving, LiveBars
from tauric_assets.stream.locks import only_one
from tauric_assets.stream.log_writer import durable_seq
from tauric_assets.stream.tail import Tail
from tauric_assets.times import SECOND_NS

LOCK = "digest.lock"
LOCK_WAIT_S = 60.0
POLL_S = 0.005
RETRY_S = 1.0
RETRIES_AT_END = 5
FILL_WAIT_S = 5.0
BARS_S = 2.0
"""How often bars land."""
MEMORY_S = 10.0
"""How often memory and open bars are written down; a crash makes so much of the log to be read again, and nothing else.

Each time some megabytes are made durable, and the log's own small writes wait for that. After a start it is sooner, so
that one crash after the other does not make each start longer."""

logger = logging.getLogger(__name__)


@dataclass
class Followed:
    """What one follower has done; plain numbers.

    Args:
        rows, commits: in the lake. cursor: number of the last record read. waiting_fills: gaps being asked for.
        storage_refused: why the lake cannot be written now; empty where it can.
    """

    rows: int = 0
    commits: int = 0
    trades: int = 0
    quotes: int = 0
    duplicates: int = 0
    quarantined: int = 0
    ignored: int = 0
    bars: int = 0
    late: int = 0
    gaps: int = 0
    missing: int = 0
    filled: int = 0
    cursor: int = 0
    waiting_fills: int = 0
    last_ts_event: int = 0
    clock_offset_ns: int = 0
    landing_s: float = 0.0
    storage_refused: str = ""

    def to_plain(self) -> dict[str, object]:
        """As JSON can say it."""
        return asdict(self)


class _Pace:
    """When to do what is done every `seconds`: at once, then after BARS_S, twice that, up to `seconds`."""

    def __init__(self, seconds: float) -> None:
        self._seconds, self._next_s, self._at = seconds, BARS_S, time.monotonic()

    def due(self, now: float) -> bool:
        return now >= self._at

    def done(self, now: float) -> None:
        """Count on from here, if it was due."""
        if self.due(now):
            self._at = time.monotonic() + self._next_s
            self._next_s = min(2 * self._next_s, self._seconds)


class Follower:
    """One venue's follower; `run` in a thread of its own.

    Args:
        folder: the venue's log.
        fetching: opens what gaps are filled with; None fills none.
        deriving: what else is made of closed bars.
    """

    def __init__(
        self,
        settings: Settings,
        lake: Lake,
        feed: StreamFeed,
        folder: Path,
        fetching: Callable[[], AbstractContextManager[Fetching]] | None,
        deriving: Deriving | None = None,
    ) -> None:
        self._settings, self._lake, self._feed, self._folder = settings, lake, feed, folder
        self._fetching, self._deriving = fetching, deriving
        self.done = Followed()

    def run(self, finishing: Callable[[], bool]) -> None:
        """Follow until `finishing` says that nothing more will be written, and all that was is landed.

        Raises: UsageError: another process follows this log; StorageUnavailable: the lake cannot be written at the end.
        """
        told = f"another sidecar lands {self._feed.NAME} into this lake; stop one of them"
        with only_one(self._folder / LOCK, LOCK_WAIT_S, told):
            landing = Landing(self._lake, self._feed.NAME, self._folder)
            delay_ns = int(self._settings.stream_gap_delay_s * SECOND_NS)
            digest = Digest(self._feed, landing.remembered(), landing.versions, landing, delay_ns)
            name = self._feed.NAME
            self._bars = LiveBars(self._settings, self._lake, name, self._folder, f"stream/{name}", self._deriving)
            filler = Filler(self._feed, self._fetching) if self._fetching is not None else None
            tail = Tail(self._folder, digest.memory.landed)
            try:
                self._follow(tail, digest, landing, filler, finishing)
            finally:
                tail.close()
                if filler is not None:
                    filler.stop()

    def _follow(
        self, tail: Tail, digest: Digest, landing: Landing, filler: Filler | None, finishing: Callable[[], bool]
    ) -> None:
        due = time.monotonic() + self._settings.stream_commit_s
        bars, memory = _Pace(BARS_S), _Pace(MEMORY_S)
        fills_until: float | None = None
        agreed = False
        last_seq: int | None = None  # of a log that has ended; another recording may have gone on with it since
        while True:
            if last_seq is None and finishing():
                last_seq = durable_seq(self._folder)
            wanted = durable_seq(self._folder) if last_seq is None else last_seq
            for group in tail.read(wanted):
                digest.take(group)
                self._hand_over(digest, filler)
                if digest.batch.size >= self._settings.stream_commit_rows or time.monotonic() >= due:
                    break
            self._take_fills(digest, filler)
            if not agreed and (tail.cursor >= landing.versions["gaps"] or tail.cursor >= wanted):
                self._land(digest, landing, finishing)
                digest.agree(landing.gaps())
                agreed = True
            now = time.monotonic()
            full = digest.batch.size >= self._settings.stream_commit_rows
            if full or (now >= due and digest.batch.size) or bars.due(now):
                self._land(digest, landing, finishing, bars=bars.due(now), remember=memory.due(now))
                bars.done(now)
                memory.done(now)
            if now >= due:
                due = time.monotonic() + self._settings.stream_commit_s
            self._show(tail, digest, landing, filler)
            if tail.cursor >= wanted:
                if last_seq is not None:
                    fills_until = fills_until or now + FILL_WAIT_S
                    if filler is None or not filler.waiting or now > fills_until:
                        self._end(digest, landing, finishing)
                        self._show(tail, digest, landing, filler)
                        return
                time.sleep(POLL_S)

    def _end(self, digest: Digest, landing: Landing, finishing: Callable[[], bool]) -> None:
        digest.revise(0)
        self._land(digest, landing, finishing, bars=True, remember=True)

    def _hand_over(self, digest: Digest, filler: Filler | None) -> None:
        if digest.accepted:
            self._bars.take(digest.accepted)
            digest.accepted.clear()
        if digest.to_fill:
            if filler is not None:
                filler.ask(digest.to_fill)
            digest.to_fill.clear()

    def _take_fills(self, digest: Digest, filler: Filler | None) -> None:
        self._hand_over(digest, filler)
        if filler is not None:
            for answer in filler.answers():
                digest.take_filled(answer.gap, answer.trades, answer.ended)
                if answer.broken_off:
                    filler.ask(digest.unanswered(answer.gap))
                told = len(answer.trades)
                logger.info("venue=%s gap=%s trades_told=%d ended=%s", self._feed.NAME, answer.gap, told, answer.ended)

    def _land(
        self,
        digest: Digest,
        landing: Landing,
        finishing: Callable[[], bool],
        *,
        bars: bool = False,
        remember: bool = False,
    ) -> None:
        """Land, again and again while the lake refuses; nothing more is read meanwhile, and the log keeps it all."""
        retries_left = RETRIES_AT_END
        started = time.monotonic()
        while True:
            try:
                landing.land(digest)
                if bars or remember:
                    self._bars.land()
                if remember:
                    self._bars.remember()  # first: what the digest remembers is not handed over again after a crash
                    landing.remember(digest.memory)
                if self.done.storage_refused:
                    logger.warning("venue=%s the lake takes again", self._feed.NAME)
                self.done.storage_refused = ""
                self.done.landing_s = time.monotonic() - started
                return
            except (StorageUnavailable, LakeConflict) as error:
                if not self.done.storage_refused:
                    logger.warning("venue=%s the lake refuses, the log goes on error=%s", self._feed.NAME, error)
                self.done.storage_refused = str(error)
                retries_left -= finishing()
                if retries_left <= 0:
                    raise
                time.sleep(RETRY_S)

    def _show(self, tail: Tail, digest: Digest, landing: Landing, filler: Filler | None) -> None:
        done, counts = self.done, digest.counts
        done.rows, done.commits, done.cursor = landing.rows, landing.commits, tail.cursor
        done.trades, done.quotes, done.duplicates = counts.trades, counts.quotes, counts.duplicates
        done.quarantined, done.ignored, done.gaps = counts.quarantined, counts.ignored, counts.gaps
        done.missing, done.filled, done.last_ts_event = counts.missing, counts.filled, counts.last_ts_event
        done.bars, done.late = self._bars.bars, self._bars.late
        done.waiting_fills = filler.waiting if filler is not None else 0
        done.clock_offset_ns = digest.memory.clock.least
