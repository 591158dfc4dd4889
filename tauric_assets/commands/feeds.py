"""`tauric feeds`: which feeds are configured, and what each is asked.

Belongs here: the table it prints. Not here: reading the configuration (feeds/configured.py).
"""

from tauric_assets.commands.terminal import show_table
from tauric_assets.feeds.configured import configured_feeds


def show() -> None:
    """One line a feed instance."""
    rows = []
    for instance in configured_feeds():
        options = ", ".join(f"{name}: {_short(value)}" for name, value in sorted(instance.options.items()))
        rows.append((instance.name, instance.feed.NAME, ", ".join(instance.feed.TABLES), options))
    show_table(("instance", "feed", "tables", "options"), rows)


def _short(value: object) -> str:
    return " ".join(str(item) for item in value) if isinstance(value, list) else str(value)
