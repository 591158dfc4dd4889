"""The tick sidecar: every venue's stream at once, each recorded into its log, each log followed into one lake.

Belongs here: starting, stopping and reporting all venues. Not here: connections (recorder.py), reading (following.py).
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import cast

from tauric_assets.errors import StorageUnavailable, TauricError, UsageError
from tauric_assets.feeds.contract import StreamFeed
from tauric_assets.feeds.registry import feed_named
from tauric_assets.lake.store import Lake
from tauric_assets.settings import Settings
from tauric_assets.stream.follow_process import FollowProcess, follower_of, log_folder
from tauric_assets.stream.following import Followed, Follower
from tauric_assets.stream.garbage import collect_garbage_seldom
from tauric_assets.stream.landing import first_free_seq
from tauric_assets.stream.live import Deriving
from tauric_assets.stream.locks import only_one
from tauric_assets.stream.log_writer import LogWriter, Rotation
from tauric_assets.stream.metrics import CommitLatency, Observed
from tauric_assets.stream.observing import Observing
from tauric_assets.stream.recorder import Ending, Plan, Recorder
from tauric_assets.stream.wal import Disk, Group, Record, encode, recover
from tauric_assets.times import Clock, system_clock

IDLE_S = 30.0
WAKE_S = 0.05
LOCK = "recorder.lock"
ERRORS = "reading.log"

logger = logging.getLogger(__name__)


@dataclass
class VenueReport:
    """What became of one venue's stream.

    Args:
        rows: rows committed, over all tables; duplicates: ticks told again; quarantined: records nobody could read.
        ignored: records that are well and no ticks; connections: how often it connected; gaps: runs of missing trades.
        ending: `closed` by the venue, `idle`, `stopped` by us, or `failed`, with `failure` saying why.
    """

    venue: str
    frames: int = 0
    trades: int = 0
    rows: int = 0
    duplicates: int = 0
    quarantined: int = 0
    ignored: int = 0
    commits: int = 0
    connections: int = 0
    gaps: int = 0
    filled: int = 0
    ending: Ending = "stopped"
    failure: TauricError | None = None

    def __str__(self) -> str:
        why = f": {self.failure}" if self.failure else ""
        return (
            f"{self.venue:10} {self.trades:>9,} trades {self.duplicates:>7,} repeated "
            f"{self.quarantined:>5,} quarantined {self.gaps:>4,} gaps "
            f"{self.connections:>3} connections {self.commits:>6,} commits  {self.ending}{why}"
        )


@dataclass(frozen=True)
class SidecarReport:
    """What became of all venues, in the order they were asked for."""

    venues: tuple[VenueReport, ...]

    @property
    def trades(self) -> int:
        """New trades, over all venues."""
        return sum(venue.trades for venue in self.venues)

    def __str__(self) -> str:
        return "\n".join(str(venue) for venue in self.venues)


@dataclass
class _Venue:
    """One venue at work."""

    feed: StreamFeed
    log: LogWriter
    latency: CommitLatency
    recorder: Recorder
    recording: threading.Thread
    follower: Follower | None = None
    following: threading.Thread | None = None
    failure: TauricError | None = None


def run(  # noqa: PLR0913
    settings: Settings,
    lake: Lake,
    subscriptions: Mapping[str, Sequence[str]],
    *,
    clock: Clock = system_clock,
    until: Callable[[], bool] | None = None,
    idle_s: float | None = None,
    deriving: Deriving | None = None,
    reading_module: str | None = None,
    port: int | None = None,
) -> SidecarReport:
    """Record ticks until told to stop, or until every venue has closed its stream in good order.

    A frame is acknowledged when it is durable in the venue's log, `data/wal/<venue>`. What the log says lands in the
    lake exactly once: `trades`, `quotes`, `gaps`, `clock_offsets`, and `quarantine` under the feed `stream/<venue>`.

    Args:
        subscriptions: feed name to symbols, BASE-QUOTE.
        clock: stamps arrivals.
        until: asked often and from several threads; True stops. While there is one, broken and silent connections are
            made anew without end; where None, a venue that is silent for `idle_s` or fails `http_tries_max` times in a
            row is done.
        idle_s: seconds without any frame after which a connection counts as dead; None takes the setting.
        deriving: what else is made of closed bars, where the logs are read in this process.
        reading_module: reads the logs in a process of its own by `follow_process.main`; None: in this one.
        port: serve /healthz and /metrics there, on loopback; 0 takes a free one.
    Returns: the report; a venue that failed says so in it.
    Raises: UsageError: nothing to record, a feed without a stream, another sidecar at work, a port that is taken;
        SettingsError: a venue's credentials are missing; the first failure, where every venue failed.
    """
    feeds = {name: _streaming(name) for name in subscriptions}
    if not feeds:
        raise UsageError("nothing to record: name at least one venue with symbols")
    for name, feed in feeds.items():
        feed.opening_frames(settings, subscriptions[name])  # before anything is opened: credentials may be missing
    stop = threading.Event()
    stopping = partial(_stopping, stop, until)
    idle = settings.stream_stale_s if idle_s is None else idle_s
    _warm_up()
    with ExitStack() as stack:
        venues: dict[str, _Venue] = {}
        reading: FollowProcess | None = None
        try:
            for name, feed in feeds.items():
                plan = Plan(feed, subscriptions[name], stopping, until is not None, idle)
                venues[name] = stack.enter_context(_opened(settings, lake, clock, plan))
            if reading_module is not None:
                collect_garbage_seldom()
                reading = FollowProcess(settings, reading_module, list(venues), settings.data_dir / "wal" / ERRORS)
            else:
                _follow_here(settings, lake, venues, deriving)
            if port is not None:
                stack.enter_context(Observing(port, lambda: _observed(venues, reading, clock)))
            _record_all(venues)
        finally:
            stop.set()
            _end(venues, reading)
    return _reported(venues, reading)


@contextmanager
def _opened(settings: Settings, lake: Lake, clock: Clock, plan: Plan) -> Iterator[_Venue]:
    """A venue whose log is recovered and open for writing."""
    name = plan.feed.NAME
    folder, disk = log_folder(settings, name), Disk()
    with only_one(folder / LOCK, 0.0, f"another sidecar records {name} into {folder}; stop one of them"):
        try:
            recovered = recover(folder, disk)
        except OSError as error:
            raise StorageUnavailable(f"{folder}: {error}") from error
        latency = CommitLatency()
        log = LogWriter(
            folder,
            max(recovered.next_seq, first_free_seq(lake, name)),
            rotation=Rotation(settings.stream_segment_mb * 1024 * 1024, settings.stream_segment_s),
            disk=disk,
            clock=clock,
            durable=latency.take,
        )
        recorder = Recorder(settings, log, clock, plan)
        recording = threading.Thread(target=recorder.run, name=f"record-{name}", daemon=True)
        yield _Venue(plan.feed, log, latency, recorder, recording)


def _stopping(stop: threading.Event, until: Callable[[], bool] | None) -> bool:
    return stop.is_set() or (until is not None and until())


def _record_all(venues: Mapping[str, _Venue]) -> None:
    for venue in venues.values():
        venue.recording.start()
    while any(venue.recording.is_alive() for venue in venues.values()):
        time.sleep(WAKE_S)


def _follow_here(settings: Settings, lake: Lake, venues: Mapping[str, _Venue], deriving: Deriving | None) -> None:
    """Read the logs in threads of this process."""
    for venue in venues.values():
        venue.follower = follower_of(settings, lake, venue.feed, deriving)
        venue.following = threading.Thread(
            target=_followed, args=(venue,), name=f"follow-{venue.feed.NAME}", daemon=True
        )
        venue.following.start()


def _followed(venue: _Venue) -> None:
    assert venue.follower is not None
    try:
        venue.follower.run(lambda: venue.log.closed)
    except TauricError as error:
        logger.warning("venue=%s landing failed error=%s", venue.feed.NAME, error)
        venue.failure = error


def _end(venues: Mapping[str, _Venue], reading: FollowProcess | None) -> None:
    for venue in venues.values():
        if venue.recording.ident is not None:
            venue.recording.join()
        try:
            venue.log.close()
        except StorageUnavailable as error:
            venue.failure = error
    if reading is not None:
        reading.finish()
    for venue in venues.values():
        if venue.following is not None:
            venue.following.join()


def _reported(venues: Mapping[str, _Venue], reading: FollowProcess | None) -> SidecarReport:
    """Raises: the first failure, where every venue failed."""
    report = SidecarReport(tuple(_report(name, venue, reading) for name, venue in venues.items()))
    failures = [venue.failure for venue in report.venues if venue.failure is not None]
    if len(failures) == len(report.venues):
        raise failures[0]
    return report


def _report(name: str, venue: _Venue, reading: FollowProcess | None) -> VenueReport:
    seen, done = venue.recorder.seen, _done(name, venue, reading)
    failure = venue.failure or seen.failure
    return VenueReport(
        name,
        frames=seen.frames,
        trades=done.trades,
        rows=done.rows,
        duplicates=done.duplicates,
        quarantined=done.quarantined,
        ignored=done.ignored,
        commits=done.commits,
        connections=seen.connections,
        gaps=done.gaps,
        filled=done.filled,
        ending="failed" if failure is not None else seen.ending,
        failure=failure,
    )


def _done(name: str, venue: _Venue, reading: FollowProcess | None) -> Followed:
    if venue.follower is not None:
        return venue.follower.done
    return reading.told(name) if reading is not None else Followed()


def _observed(venues: Mapping[str, _Venue], reading: FollowProcess | None, clock: Clock) -> Observed:
    return Observed(
        clock(),
        {
            name: (venue.recorder.seen, venue.log, venue.latency, _done(name, venue, reading))
            for name, venue in venues.items()
        },
        reading_alive=reading is None or reading.alive,
        reading_restarts=0 if reading is None else reading.restarts,
    )


def _warm_up() -> None:
    """What is made on first use is made now; no tick is to wait for it."""
    encode(Group(1, [Record(0, 0, 0, b"")]))


def _streaming(name: str) -> StreamFeed:
    feed = feed_named(name)
    if not hasattr(feed, "ticks"):
        raise UsageError(f"the feed {name} has no stream: take it out of the sidecar's venues")
    return cast("StreamFeed", feed)
