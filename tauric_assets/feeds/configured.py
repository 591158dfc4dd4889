"""Which feeds are configured, read from the defs.yaml files without Dagster.

Belongs here: the reader for processes that run beside Dagster (the tick sidecar, the command line).
Not here: the Dagster component that reads the same files (components/feed.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any

import yaml

from tauric_assets.errors import SettingsError
from tauric_assets.feeds.contract import FeedInstance
from tauric_assets.feeds.registry import feed_named

DEFS_FOLDER = Path(__file__).resolve().parent.parent / "defs" / "feeds"
COMPONENT_TYPE = "tauric_assets.components.feed.FeedComponent"


@dataclass(frozen=True)
class FeedOff:
    """A feed that is named and not asked, and why."""

    name: str
    reason: str


def configured_feeds(folder: Path = DEFS_FOLDER) -> list[FeedInstance]:
    """Every feed instance in the defs.yaml files below `folder` that is not off, by name.

    Raises: SettingsError: a file that is not YAML or lacks `name` or `feed`; UsageError: an unknown feed module.
    """
    found = [
        FeedInstance(told["name"], feed_named(told["feed"]), told.get("options", {}))
        for told in _told(folder)
        if not told.get("off_because")
    ]
    return sorted(found, key=lambda instance: instance.name)


def feeds_off(folder: Path = DEFS_FOLDER) -> list[FeedOff]:
    """Every feed below `folder` that is off, by name. Raises: SettingsError as `configured_feeds`."""
    off = [FeedOff(told["name"], told["off_because"]) for told in _told(folder) if told.get("off_because")]
    return sorted(off, key=attrgetter("name"))


def _told(folder: Path) -> list[dict[str, Any]]:
    """The attributes of every feed component below `folder`."""
    found = []
    for path in sorted(folder.rglob("defs.yaml")):
        try:
            for block in yaml.safe_load_all(path.read_text()):
                if block and block.get("type") == COMPONENT_TYPE:
                    told = block["attributes"]
                    found.append(told | {"name": told["name"], "feed": told["feed"]})
        except (yaml.YAMLError, KeyError, AttributeError, TypeError) as error:
            raise SettingsError(f"cannot read {path}: {str(error).splitlines()[0]}") from None
    return found


def subscriptions(instances: Sequence[FeedInstance]) -> dict[str, list[str]]:
    """Feed module to symbols, over all instances that stream trades."""
    wanted: dict[str, list[str]] = {}
    for instance in instances:
        symbols = instance.options.get("symbols")
        if "trades" in instance.feed.TABLES and isinstance(symbols, Sequence):
            wanted.setdefault(instance.feed.NAME, []).extend(str(symbol) for symbol in symbols)
    return wanted
