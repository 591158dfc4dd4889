"""The tick sidecar: every venue's stream at once, a thread each, into one lake.

Belongs here: starting, stopping and reporting all venues. Not here: one venue (recorder.py), commits (landing.py).
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import cast

from tauric_assets.errors import UsageError
from tauric_assets.feeds.contract import StreamFeed
from tauric_assets.feeds.registry import feed_named
from tauric_assets.lake.store import Lake
from tauric_assets.settings import Settings
from tauric_assets.stream.recorder import Plan, VenueReport, record
from tauric_assets.times import Clock, system_clock

IDLE_S = 30.0


@dataclass(frozen=True)
class SidecarReport:
    """What became of all venues, in the order they were asked for."""

    venues: tuple[VenueReport, ...]

    @property
    def rows(self) -> int:
        """Trades committed, over all venues."""
        return sum(venue.rows for venue in self.venues)

    def __str__(self) -> str:
        return "\n".join(str(venue) for venue in self.venues)


def run(
    settings: Settings,
    lake: Lake,
    subscriptions: Mapping[str, Sequence[str]],
    *,
    clock: Clock = system_clock,
    until: Callable[[], bool] | None = None,
    idle_s: float = IDLE_S,
) -> SidecarReport:
    """Record trades until told to stop, or until every venue has closed its stream in good order.

    Trades are committed in batches of at most 1,000 rows or one second, each exactly once; a trade told again, also
    one already in the lake, is dropped; what cannot be read goes to `quarantine` under the feed `stream/<venue>`.

    Args:
        subscriptions: feed name to symbols, BASE-QUOTE.
        clock: stamps arrivals.
        until: asked often and from several threads; True stops. While there is one, broken and silent connections are
            made anew without end; where None, a venue that is silent for `idle_s` or fails `http_tries_max` times in a
            row is done.
        idle_s: seconds without any frame after which a connection counts as dead.
    Returns: the report; a venue that failed says so in it.
    Raises: UsageError: nothing to record, or a feed without a stream; the first failure, where every venue failed.
    """
    feeds = {name: _streaming(name) for name in subscriptions}
    if not feeds:
        raise UsageError("nothing to record: name at least one venue with symbols")
    stop = threading.Event()

    def stopping() -> bool:
        return stop.is_set() or (until is not None and until())

    with ThreadPoolExecutor(max_workers=len(feeds), thread_name_prefix="venue") as threads:
        try:
            plans = [
                Plan(feed, subscriptions[name], stopping, until is not None, idle_s) for name, feed in feeds.items()
            ]
            running = [threads.submit(record, settings, lake, clock, plan) for plan in plans]
            report = SidecarReport(tuple(one.result() for one in running))
        finally:
            stop.set()
    failures = [venue.failure for venue in report.venues if venue.failure is not None]
    if len(failures) == len(report.venues):
        raise failures[0]
    return report


def _streaming(name: str) -> StreamFeed:
    feed = feed_named(name)
    if not hasattr(feed, "ticks"):
        raise UsageError(f"the feed {name} has no stream: take it out of the sidecar's venues")
    return cast("StreamFeed", feed)
