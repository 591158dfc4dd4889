"""`tauric stream` and what belongs to it: the tick sidecar, recording captures, replaying them.

Belongs here: which venues and symbols, what is said at the end. Not here: sockets and landing (stream/).
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import cast

from tauric_assets.commands.terminal import say
from tauric_assets.errors import UsageError
from tauric_assets.feeds.capture import streaming_venues
from tauric_assets.feeds.configured import configured_feeds, subscriptions
from tauric_assets.feeds.contract import StreamFeed
from tauric_assets.feeds.registry import feed_named
from tauric_assets.house import House
from tauric_assets.stream.captures import CaptureFile
from tauric_assets.stream.live import Deriving
from tauric_assets.stream.recorder import Plan, Recorder
from tauric_assets.stream.replay import Replayed
from tauric_assets.stream.replay import replay as replay_files
from tauric_assets.stream.sidecar import SidecarReport, run

READING_MODULE = "tauric_assets.commands.follow"
"""What the second process runs. It alone imports TA-Lib: recording starts sooner and stays small."""


def stream(
    house: House,
    wanted: Mapping[str, Sequence[str]] | None = None,
    until: Callable[[], bool] | None = None,
    idle_s: float | None = None,
    *,
    alone: bool = False,
) -> SidecarReport:
    """Record every configured venue until `until` says stop, or every venue has closed.

    Args:
        wanted: venue to symbols; None takes the configured feeds.
        alone: as a process that does nothing else: logs are read in a second process, /healthz and /metrics are served.
    Raises: UsageError: no venue is configured.
    """
    chosen = subscriptions(configured_feeds()) if wanted is None else wanted
    if not chosen:
        raise UsageError("no venue is configured: add a defs.yaml with symbols below defs/feeds")
    settings = house.settings
    report = run(
        settings,
        house.lake,
        chosen,
        clock=house.clock,
        until=until,
        idle_s=idle_s,
        deriving=None if alone else _live_indicators(),
        reading_module=READING_MODULE if alone else None,
        port=settings.stream_port if alone else None,
    )
    say(str(report))
    return report


def record(house: House, venue: str, symbols: Sequence[str], file: Path, until: Callable[[], bool]) -> int:
    """Write what `venue` sends into a new capture until told to stop; how many frames.

    Raises: UsageError: no such venue, symbols or credentials, the file is there; what ended the connection.
    """
    if not symbols:
        raise UsageError("name at least one symbol, e.g. --symbols BTC-USD,ETH-USD")
    feed = streaming(venue)
    feed.opening_frames(house.settings, symbols)  # before a file is made: credentials may be missing
    capture = CaptureFile(file)
    try:
        plan = Plan(feed, symbols, until, True, house.settings.stream_stale_s)
        recorder = Recorder(house.settings, capture, house.clock, plan)
        recorder.run()
    finally:
        capture.close()
    if recorder.seen.failure is not None:
        raise recorder.seen.failure
    say(f"{file}: {capture.frames:,} frames of {venue}, {recorder.seen.connections} connections")
    return capture.frames


def replay(house: House, files: Sequence[Path], venue: str, out: Path, speed: float | None) -> Replayed:
    """Replay captures into `out` and say what came of them. Raises: UsageError, MalformedDocument."""
    done = replay_files(house.settings, files, streaming(venue), out, speed, _live_indicators())
    say(
        f"{venue}: {done.counts.trades:,} trades, {done.counts.quotes:,} quotes, {done.counts.duplicates:,} repeated, "
        f"{done.counts.quarantined:,} quarantined, {done.counts.gaps:,} gaps, {done.bars:,} bars, {done.late:,} late, "
        f"{done.seconds:.1f} s"
    )
    for name, rows in done.rows.items():
        say(f"  {out / name}.arrow  {rows:,} rows")
    return done


def _live_indicators() -> Deriving:
    from tauric_assets.charts.carried_on import LIVE_INDICATORS

    return LIVE_INDICATORS


def streaming(venue: str) -> StreamFeed:
    """The feed called `venue`. Raises: UsageError: there is none, or it has no stream."""
    if venue not in streaming_venues():
        raise UsageError(f"{venue} has no stream; there are: {', '.join(streaming_venues())}")
    return cast("StreamFeed", feed_named(venue))
