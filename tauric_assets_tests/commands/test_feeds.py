"""`tauric feeds`: what is asked, what is off and why, and what upstreams said of their addresses."""

from pathlib import Path

import pytest

from tauric_assets.commands.feeds import show
from tauric_assets.errors import SettingsError
from tauric_assets.feeds.addresses import Addresses, Told
from tauric_assets.feeds.configured import configured_feeds, feeds_off
from tauric_assets.settings import Settings
from tauric_assets.times import parse_instant

BLOCK = """type: tauric_assets.components.feed.FeedComponent
attributes:
  name: {name}
  feed: {feed}
{more}---
"""


def test_a_feed_that_is_off_is_listed_with_its_reason_and_never_asked(tmp_path: Path) -> None:
    path = tmp_path / "defs.yaml"
    path.write_text(
        BLOCK.format(name="a", feed="syndication", more="  options: {url: x}\n")
        + BLOCK.format(name="b", feed="none", more="  off_because: its terms are unclear\n")
    )
    assert [one.name for one in configured_feeds(tmp_path)] == ["a"]
    assert [(one.name, one.reason) for one in feeds_off(tmp_path)] == [("b", "its terms are unclear")]
    path.write_text("type: tauric_assets.components.feed.FeedComponent\nattributes: {feed: x}\n")
    with pytest.raises(SettingsError, match="cannot read"):
        feeds_off(tmp_path)


def test_the_table_tells_what_is_off_moved_and_gone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    urls = {one.name: str(one.options["url"]) for one in configured_feeds() if one.feed.NAME == "syndication"}
    addresses, at = Addresses(tmp_path / "state"), parse_instant("2026-01-05")
    addresses.remember(Told("newswire", urls["newswire"], None, at))
    addresses.remember(Told("regulator", urls["regulator"], "https://new.example.org/feed", at))
    addresses.remember(Told("gdelt", "https://old.example.org", None, at))
    show(Settings(data_dir=tmp_path))
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert lines["newswire"].rstrip().endswith("gone since 2026-01-05")
    assert "moved to https://new.example.org/feed since 2026-01-05" in lines["regulator"]
    assert lines["gdelt"].rstrip().endswith(" on")
    assert "off: its API is paid" in lines["x"]
    assert {"reddit", "stocktwits", "jetstream"} <= lines.keys()
