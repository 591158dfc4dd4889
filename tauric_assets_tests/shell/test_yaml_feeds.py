"""Feeds by YAML alone: another news feed and another symbol come, one feed goes; no Python is touched."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tauric_assets.settings import PROJECT_FOLDER, Settings, child_environment
from tauric_assets_tests.shell.conftest import TWO_DAYS

MARKETNOTES = """\
type: tauric_assets.components.feed.FeedComponent
attributes:
  name: marketnotes
  feed: syndication
  poll_seconds: 120
  options:
    url: https://feeds.marketnotes.invalid/rss
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The project's package and settings in a folder of its own; only YAML in it is changed."""
    folder = tmp_path / "copy"
    shutil.copytree(PROJECT_FOLDER / "tauric_assets", folder / "tauric_assets")
    for name in ("pyproject.toml", "workspace.yaml", "dagster.yaml"):
        shutil.copy(PROJECT_FOLDER / name, folder)
    return folder


def process(folder: Path, settings: Settings, *words: str) -> "subprocess.CompletedProcess[str]":
    environment = child_environment(settings, PYTHONPATH=str(folder))
    return subprocess.run(
        [sys.executable, "-m", "tauric_assets.cli", *words],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=180,
    )  # fmt: skip


def run(folder: Path, settings: Settings, *words: str) -> str:
    done = process(folder, settings, *words)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_a_feed_and_a_symbol_are_added_and_a_feed_removed_with_yaml_alone(copy: Path, settings: Settings) -> None:
    feeds = copy / "tauric_assets" / "defs" / "feeds"
    (feeds / "marketnotes").mkdir()
    (feeds / "marketnotes" / "defs.yaml").write_text(MARKETNOTES)
    shutil.rmtree(feeds / "regulator")
    kraken = yaml.safe_load((feeds / "kraken" / "defs.yaml").read_text())
    had = kraken["attributes"]["options"]["symbols"]
    kraken["attributes"]["options"]["symbols"] = ["NOVA-USD"]
    (feeds / "kraken" / "defs.yaml").write_text(yaml.safe_dump(kraken))

    words = ("--from", str(TWO_DAYS.start), "--to", str(TWO_DAYS.end))
    select = (
        "--select",
        'key:"raw/kraken" or key:"trades" or key:"news" or key:"raw/marketnotes" or key:"raw/newswire"',
    )
    run(copy, settings, "backfill", *words, *select)
    seen = rows(copy, settings, "select distinct feed from news")
    assert {row["feed"] for row in seen} == {"marketnotes", "newswire"}
    assert symbols(copy, settings) == {"NOVA-USD"}

    kraken["attributes"]["options"]["symbols"] = had
    (feeds / "kraken" / "defs.yaml").write_text(yaml.safe_dump(kraken))
    shutil.rmtree(feeds / "newswire")
    run(copy, settings, "backfill", *words, "--select", 'key:"raw/kraken" or key:"trades" or key:"news"')
    assert symbols(copy, settings) == set(had)
    assert "newswire" not in run(copy, settings, "feeds")
    assert "marketnotes" in run(copy, settings, "feeds")


@pytest.mark.slow
def test_an_unknown_symbol_is_named_in_one_line(copy: Path, settings: Settings) -> None:
    path = copy / "tauric_assets" / "defs" / "feeds" / "kraken" / "defs.yaml"
    told = yaml.safe_load(path.read_text())
    told["attributes"]["options"]["symbols"] = ["NOVA-USD", "NOPE-USD"]
    path.write_text(yaml.safe_dump(told))
    words = ("--from", str(TWO_DAYS.start), "--to", str(TWO_DAYS.end), "--select", 'key:"raw/kraken"')
    done = process(copy, settings, "backfill", *words)
    assert done.returncode == 2
    (line,) = done.stderr.strip().splitlines()
    assert "NOPE" in line


def rows(folder: Path, settings: Settings, sql: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in run(folder, settings, "query", sql, "--format", "json").splitlines()]


def symbols(folder: Path, settings: Settings) -> set[object]:
    return {
        row["symbol"] for row in rows(folder, settings, "select distinct symbol from trades where venue = 'kraken'")
    }
