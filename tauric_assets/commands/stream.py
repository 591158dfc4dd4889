"""`tauric stream`: the tick sidecar as a process of its own.

Belongs here: which venues and symbols, what is said at the end. Not here: sockets and landing (stream/).
"""

from collections.abc import Callable, Mapping, Sequence

from tauric_assets.commands.terminal import say
from tauric_assets.errors import UsageError
from tauric_assets.feeds.configured import configured_feeds, subscriptions
from tauric_assets.house import House
from tauric_assets.stream.sidecar import SidecarReport, run

IDLE_S = 30.0


def stream(
    house: House,
    wanted: Mapping[str, Sequence[str]] | None = None,
    until: Callable[[], bool] | None = None,
    idle_s: float = IDLE_S,
) -> SidecarReport:
    """Record every configured venue until `until` says stop, or every venue has closed.

    Args:
        wanted: venue to symbols; None takes the configured feeds.
    Raises: UsageError: no venue is configured.
    """
    chosen = subscriptions(configured_feeds()) if wanted is None else wanted
    if not chosen:
        raise UsageError("no venue is configured: add a defs.yaml with symbols below defs/feeds")
    report = run(house.settings, house.lake, chosen, clock=house.clock, until=until, idle_s=idle_s)
    say(str(report))
    return report
