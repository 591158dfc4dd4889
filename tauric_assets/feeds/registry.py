"""Which feeds there are: everything registered under the entry point group `tauric_assets.feeds`.

Belongs here: looking feeds up by name. Not here: instances of feeds (their defs.yaml), anything about one feed.
"""

from functools import cache
from importlib.metadata import entry_points
from typing import cast

from tauric_assets.errors import UsageError
from tauric_assets.feeds.contract import Feed

GROUP = "tauric_assets.feeds"


@cache
def feed_named(name: str) -> Feed:
    """The feed module registered as `name`.

    Raises: UsageError that lists the names there are.
    """
    for point in entry_points(group=GROUP, name=name):
        return cast("Feed", point.load())
    raise UsageError(f"no feed {name!r}; there are: {', '.join(feed_names())}")


def feed_names() -> list[str]:
    """The names of all registered feeds, sorted."""
    return sorted({point.name for point in entry_points(group=GROUP)})


def all_feeds() -> list[Feed]:
    """Every registered feed module, by name."""
    return [feed_named(name) for name in feed_names()]
