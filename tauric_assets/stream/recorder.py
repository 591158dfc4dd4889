"""One venue's stream: connect, read, hand over, and connect again when the line breaks.

Belongs here: the life of a venue's connections. Not here: several venues (sidecar.py), commits (landing.py).
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from tauric_assets.errors import MalformedDocument, TauricError, UpstreamUnavailable
from tauric_assets.feeds.contract import Parsed, Reject, StreamFeed
from tauric_assets.feeds.limits import RateLimiter
from tauric_assets.feeds.patience import delay_s
from tauric_assets.feeds.sockets import FrameSocket
from tauric_assets.feeds.ticks import parse_frame
from tauric_assets.lake.store import Lake
from tauric_assets.settings import Settings
from tauric_assets.stream.landing import Landing
from tauric_assets.times import Clock

WAKE_S = 0.1
"""How long a connection sleeps on silence before it looks whether to stop or to commit."""

Ending = Literal["closed", "idle", "stopped", "failed"]

logger = logging.getLogger(__name__)


@dataclass
class VenueReport:
    """What became of one venue's stream.

    Args:
        rows: trades committed; duplicates: trades told again; quarantined: records nobody could read.
        ignored: records that are well and no trades; connections: how often it connected.
        ending: `closed` by the venue, `idle`, `stopped` by us, or `failed`, with `failure` saying why.
    """

    venue: str
    frames: int = 0
    rows: int = 0
    duplicates: int = 0
    quarantined: int = 0
    ignored: int = 0
    commits: int = 0
    connections: int = 0
    ending: Ending = "stopped"
    failure: TauricError | None = None

    def __str__(self) -> str:
        why = f": {self.failure}" if self.failure else ""
        return (
            f"{self.venue:10} {self.rows:>9,} trades {self.duplicates:>7,} repeated {self.quarantined:>5,} quarantined "
            f"{self.connections:>3} connections {self.commits:>6,} commits  {self.ending}{why}"
        )


@dataclass(frozen=True)
class Plan:
    """What to record and until when.

    Args:
        stopping: asked between frames, several times a second.
        endless: connect again after silence and after any number of failures; otherwise silence ends the recording,
            and `http_tries_max` failures in a row do.
    """

    feed: StreamFeed
    symbols: Sequence[str]
    stopping: Callable[[], bool]
    endless: bool
    idle_s: float


def record(settings: Settings, lake: Lake, clock: Clock, plan: Plan) -> VenueReport:
    """Record one venue until the plan ends it. Errors of the tree end up in the report, after a last commit."""
    url = plan.feed.stream_url(settings, plan.symbols)
    report = VenueReport(plan.feed.NAME)
    landing = None
    try:
        landing = Landing(lake, plan.feed.NAME, url)
        report.ending = _connect_and_read(settings, clock, plan, landing, report)
    except TauricError as error:
        report.ending, report.failure = "failed", error
        logger.warning("venue=%s failed: %s", report.venue, error)
    if landing is not None:
        report.rows, report.duplicates, report.quarantined = landing.rows, landing.duplicates, landing.quarantined
        report.ignored, report.commits = landing.ignored, landing.commits
    return report


def _connect_and_read(settings: Settings, clock: Clock, plan: Plan, landing: Landing, report: VenueReport) -> Ending:
    limiter, failures = RateLimiter(settings), 0
    url = plan.feed.stream_url(settings, plan.symbols)
    while not plan.stopping():
        frames_before = report.frames
        try:
            limiter.wait(urlsplit(url).netloc)
            with FrameSocket(settings, url, plan.feed.opening_frames(settings, plan.symbols), clock) as socket:
                report.connections += 1
                ending = _read(socket, plan, landing, report)
            if ending != "idle" or not plan.endless:
                return ending
            logger.info("venue=%s silent for %s s, connecting again", report.venue, plan.idle_s)
        except UpstreamUnavailable as error:
            failures = 1 if report.frames > frames_before else failures + 1
            if not plan.endless and failures >= settings.http_tries_max:
                raise
            logger.info("venue=%s connecting again failures=%d error=%s", report.venue, failures, error)
            _pause(delay_s(failures, error.retry_after_s), plan)
    return "stopped"


def _read(socket: FrameSocket, plan: Plan, landing: Landing, report: VenueReport) -> Ending:
    """Read one connection to its end; everything taken is committed however it ends."""
    heard = time.monotonic()
    try:
        while not plan.stopping():
            arrival = socket.receive(WAKE_S)
            if arrival is not None:
                heard = time.monotonic()
                report.frames += 1
                landing.take(_parsed(plan.feed, arrival[1], arrival[0]), arrival[0])
            elif socket.closed:
                return "closed"
            elif time.monotonic() - heard > plan.idle_s:
                return "idle"
            landing.flush_if_due()
        return "stopped"
    finally:
        landing.flush()


def _parsed(feed: StreamFeed, frame: bytes, received_at: int) -> Parsed:
    try:
        return parse_frame(feed, frame, received_at)
    except MalformedDocument as error:
        return Parsed(rejects=[Reject(str(error), error.position or "frame", frame)], records=1)


def _pause(seconds: float, plan: Plan) -> None:
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0 and not plan.stopping():
        time.sleep(min(WAKE_S, left))
