"""Collecting and parsing: what a run that died had collected, batches, and that both change nothing in the result."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from tauric_assets.errors import UpstreamUnavailable
from tauric_assets.feeds.contract import Document, Feed, FeedInstance, Fetching, Options, Parsed
from tauric_assets.lake import intake
from tauric_assets.lake.intake import collect, held_addresses, parse, recover
from tauric_assets.lake.journal import Journal, left_behind
from tauric_assets.lake.raw import RawStore
from tauric_assets.lake.store import Lake
from tauric_assets.times import Days
from tauric_assets_tests.lake.made import DAY, Ticking

DAYS = Days(DAY, DAY + timedelta(days=2))
NOBODY = cast("Fetching", None)

KILLED = """
import os, signal, sys
from datetime import date
from pathlib import Path
from tauric_assets.lake.journal import Journal
with Journal(Path(sys.argv[1]), "wire") as journal:
    for number in range(3):
        journal.add({"date": date(2026, 1, 5), "feed": "wire", "url": f"https://x/{number}"})
    journal._file.write(b'{"date": "2026-01-05", "fe')
    os.kill(os.getpid(), signal.SIGKILL)
"""


class Wire:
    """A feed of six entries a day; each pair says one thing, of four that are spoken of.

    Args:
        breaks_after: how many documents of a run come before the upstream is gone; None for all.
    """

    def __init__(self, breaks_after: int | None = None) -> None:
        self.breaks_after = breaks_after

    def collect(self, fetching: Fetching, name: str, day: date, options: Options) -> Iterator[Document]:
        """Six documents."""
        for number in range(6):
            if number == self.breaks_after:
                raise UpstreamUnavailable("gone")
            at = DAYS.start_ns + number
            yield Document(name, f"https://x/{day}/{number}", f"{number} of {day}".encode(), "text/plain", at, "source")

    def parse(self, document: Document) -> Parsed:
        """One entry of `news`."""
        number = int(document.body.split()[0])
        row = {"ts_event": document.known_at, "known_at": document.known_at, "known_at_quality": "source"}
        parsed = Parsed(records=1)
        parsed.add("news", {**row, "feed": "wire", "entry_id": f"e{number % 4}", "title": f"said {number // 2}"})
        return parsed


def instance(breaks_after: int | None = None) -> FeedInstance:
    wire = Wire(breaks_after)
    feed = SimpleNamespace(NAME="wire", TABLES=("news",), collect=wire.collect, parse=wire.parse)
    return FeedInstance("wire", cast("Feed", feed), {})


def everything(lake: Lake) -> list[dict[str, object]]:
    """Every stored row of the tables that intake writes."""
    names = ("raw_documents", "news", "document_accounts")
    rows = [row for name in names for row in lake.read(name, every_revision=True).to_pylist()]
    return sorted(({key: row[key] for key in row if key != "ingested_at"} for row in rows), key=repr)


def taken_in(folder: Path) -> Lake:
    lake, raw = Lake(folder / "lake", Ticking()), RawStore(folder / "raw")
    collect(instance(), NOBODY, lake, raw, DAYS, folder / "journals")
    report = parse([instance()], ["news"], lake, raw, DAYS)
    assert (report.documents, report.records) == (12, 12)
    assert (report.rows["news"], report.added["news"]) == (len(lake.read("news", every_revision=True)),) * 2
    again = parse([instance()], ["news"], lake, raw, DAYS)
    assert again.added == {"news": 0}
    return lake


@pytest.mark.slow
def test_batches_leave_what_one_write_leaves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at_once = taken_in(tmp_path / "at once")
    monkeypatch.setattr(intake, "COLLECTED_MAX", 3)
    monkeypatch.setattr(intake, "PARSED_MAX", 5)
    in_batches = taken_in(tmp_path / "in batches")
    assert everything(in_batches) == everything(at_once)
    assert in_batches.status("news").files <= 2  # joined again, a file a day


@pytest.mark.slow
def test_a_batch_ends_where_its_documents_are_large_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at_once = taken_in(tmp_path / "at once")
    monkeypatch.setattr(intake, "PARSED_BYTES_MAX", 40)
    assert everything(taken_in(tmp_path / "few by few")) == everything(at_once)


def test_what_came_before_an_upstream_was_gone_is_held(tmp_path: Path) -> None:
    lake, raw = Lake(tmp_path / "lake"), RawStore(tmp_path / "raw")
    with pytest.raises(UpstreamUnavailable):
        collect(instance(breaks_after=3), NOBODY, lake, raw, DAYS, tmp_path / "journals")
    assert sorted(held_addresses(lake, "wire", DAYS)) == [f"https://x/{DAY}/{number}" for number in range(3)]
    assert list((tmp_path / "journals").iterdir()) == []
    assert recover(lake, "wire", tmp_path / "journals") == 0


def test_what_a_killed_run_wrote_down_is_found_once_without_the_line_it_was_at(tmp_path: Path) -> None:
    child = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False, timeout=60)
    assert child.returncode == -signal.SIGKILL
    with pytest.raises(RuntimeError), left_behind(tmp_path, "wire") as rows:
        raise RuntimeError("the lake is full")
    with left_behind(tmp_path, "other") as rows:
        assert rows == []
    with left_behind(tmp_path, "wire") as rows:
        assert [row["url"] for row in rows] == [f"https://x/{number}" for number in range(3)]
        assert {row["date"] for row in rows} == {date(2026, 1, 5)}
    assert list(tmp_path.iterdir()) == []


def test_the_journal_of_a_run_that_lives_is_left_alone(tmp_path: Path) -> None:
    with Journal(tmp_path, "wire") as journal:
        journal.add({"date": DAY, "url": "https://x"})
        with left_behind(tmp_path, "wire") as rows:
            assert rows == []
        assert len(list(tmp_path.iterdir())) == 1
    assert list(tmp_path.iterdir()) == []
