"""`tauric feeds`: which feeds are configured, what each is asked, and which are off and why.

Belongs here: the table it prints. Not here: reading the configuration (feeds/configured.py).
"""

from tauric_assets.commands.terminal import show_table
from tauric_assets.feeds.addresses import Addresses, Told
from tauric_assets.feeds.configured import configured_feeds, feeds_off
from tauric_assets.settings import Settings
from tauric_assets.times import ns_to_text


def show(settings: Settings) -> None:
    """One line a feed instance."""
    told = {(one.feed, one.url): one for one in Addresses(settings.data_dir / "state").all()}
    rows = []
    for instance in configured_feeds():
        options = ", ".join(f"{name}: {_short(value)}" for name, value in sorted(instance.options.items()))
        said = told.get((instance.name, str(instance.options.get("url", ""))))
        rows.append((instance.name, instance.feed.NAME, ", ".join(instance.feed.TABLES), options, _state(said)))
    rows += [(off.name, "", "", "", f"off: {off.reason}") for off in feeds_off()]
    show_table(("instance", "feed", "tables", "options", "state"), rows)


def _state(said: Told | None) -> str:
    if said is None:
        return "on"
    since = ns_to_text(said.told_at)[:10]
    return f"gone since {since}" if said.target is None else f"on; moved to {said.target} since {since}"


def _short(value: object) -> str:
    return " ".join(str(item) for item in value) if isinstance(value, list) else str(value)
