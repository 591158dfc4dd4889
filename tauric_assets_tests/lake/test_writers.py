"""Several writers at once, writers that die, disks that are full."""

import multiprocessing
import os
import random
import signal
import subprocess
import sys
import threading
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest
from deltalake import write_deltalake

from tauric_assets.errors import LakeConflict, StorageUnavailable
from tauric_assets.lake.changes import stamped
from tauric_assets.lake.store import Lake
from tauric_assets_tests.lake.made import DAY, DAYS, Ticking, entry, news, said, trade, trades

SPAWN = multiprocessing.get_context("spawn")
ROWS = 2_000
ROUNDS = 6


class Interrupted(Ticking):
    """A clock whose reader is overtaken: another program writes to the same day just before the commit."""

    def __init__(self, folder: Path, times: int) -> None:
        super().__init__()
        self.folder, self.times = folder, times

    def __call__(self) -> int:
        if self.times:
            self.times -= 1
            write_deltalake(
                str(self.folder / "news"), stamped(news(entry(f"foreign{self.times}", 1, "f")), 1), mode="append"
            )
        return super().__call__()


def generation(writer: str, number: int) -> list[dict[str, object]]:
    return [trade(row) | {"side": f"{writer}{number}"} for row in range(ROWS + 10 * number)]


def replace_often(root: str, writer: str, started: Event) -> None:
    lake = Lake(root)
    started.set()
    for number in range(ROUNDS):
        lake.replace("trades", DAYS, trades(generation(writer, number)))


def append_often(root: str, started: Event, first: int, last: int) -> None:
    lake = Lake(root)
    for number in range(first, last):
        lake.append("news", news(entry(f"live{number}", number, "t") | {"feed": "live"}), "sidecar", number)
        started.set()


def test_a_commit_that_was_overtaken_is_worked_out_again(tmp_path: Path) -> None:
    Lake(tmp_path, Ticking()).revise("news", DAYS, news(entry("a", 1, "x")))
    assert Lake(tmp_path, Interrupted(tmp_path, 2)).revise("news", DAYS, news(entry("b", 1, "y"))).changed
    assert said(Lake(tmp_path).read("news"), "entry_id") == [("a",), ("b",), ("foreign0",), ("foreign1",)]
    Lake(tmp_path, Interrupted(tmp_path, 1)).replace(
        "news", DAYS, news(entry("c", 1, "z")), only=("feed", ["none", "wire"])
    )
    assert said(Lake(tmp_path).read("news"), "entry_id") == [("c",)]


@pytest.mark.slow
def test_a_writer_that_is_always_overtaken_gives_up_with_a_word(tmp_path: Path) -> None:
    Lake(tmp_path, Ticking()).revise("news", DAYS, news(entry("a", 1, "x")))
    with pytest.raises(LakeConflict, match="news: another writer changed the same days 8 times in a row"):
        Lake(tmp_path, Interrupted(tmp_path, 100)).revise("news", DAYS, news(entry("b", 1, "y")))
    assert LakeConflict.retryable


def test_a_foreign_writer_on_another_day_is_no_conflict(tmp_path: Path) -> None:
    lake = Lake(tmp_path, Ticking())
    lake.revise("news", DAYS, news(entry("a", 1, "x")))

    def clock() -> int:
        other = entry("other", 1, "o", day=DAY.replace(day=6))
        write_deltalake(str(tmp_path / "news"), stamped(news(other), 1), mode="append")
        return 5

    assert Lake(tmp_path, clock).revise("news", DAYS, news(entry("b", 1, "y"))).version == 3
    assert said(lake.read("news"), "entry_id") == [("a",), ("b",), ("other",)]


@pytest.mark.slow
def test_two_processes_replace_one_day_and_readers_see_whole_states_only(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    events = [SPAWN.Event(), SPAWN.Event()]
    processes = [
        SPAWN.Process(target=replace_often, args=(str(tmp_path), name, event))
        for name, event in zip("ab", events, strict=True)
    ]
    for process in processes:
        process.start()
    states: set[tuple[str, int]] = set()
    while any(process.is_alive() for process in processes):
        sides = lake.read("trades", columns=["side"])["side"].to_pylist()
        assert len(set(sides)) <= 1
        states.update({(side, len(sides)) for side in sides[:1]})
    assert [process.exitcode for process in processes] == [0, 0]
    assert states <= {(f"{name}{n}", ROWS + 10 * n) for name in "ab" for n in range(ROUNDS)}
    last = set(lake.read("trades")["side"].to_pylist())
    assert last in ({f"a{ROUNDS - 1}"}, {f"b{ROUNDS - 1}"})


@pytest.mark.slow
def test_an_appending_process_loses_nothing_to_replaces_and_revisions_of_its_day(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    event = SPAWN.Event()
    process = SPAWN.Process(target=append_often, args=(str(tmp_path), event, 0, 40))
    process.start()
    assert event.wait(60)
    revised = 0
    while process.is_alive() or not revised:
        lake.revise("news", DAYS, news(entry(f"revised{revised}", 1, "r")))
        lake.replace("news", DAYS, news(entry("mine", revised, "m") | {"feed": "mine"}), only=("feed", ["mine"]))
        revised += 1
    assert process.exitcode == 0
    names = [row[0] for row in said(lake.read("news"), "entry_id")]
    assert sorted(names) == sorted([*(f"live{n}" for n in range(40)), *(f"revised{n}" for n in range(revised)), "mine"])


@pytest.mark.slow
def test_a_foreign_writer_that_waits_for_nobody_loses_nothing(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.revise("news", DAYS, news(entry("first", 1, "x")))

    def appends() -> None:
        for number in range(20):
            write_deltalake(str(tmp_path / "news"), stamped(news(entry(f"foreign{number}", 1, "f")), 1), mode="append")

    thread = threading.Thread(target=appends)
    thread.start()
    done = 0
    while thread.is_alive():
        try:
            lake.revise("news", DAYS, news(entry(f"ours{done}", 1, "o")))
            done += 1
        except LakeConflict:
            continue
    names = [row[0] for row in said(lake.read("news"), "entry_id")]
    expected = [*(f"foreign{n}" for n in range(20)), *(f"ours{n}" for n in range(done)), "first"]
    assert sorted(names) == sorted(expected)


@pytest.mark.slow
def test_a_writer_killed_mid_replace_leaves_the_old_or_the_new_day(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.replace("trades", DAYS, trades(generation("old", 0)))
    moments = random.Random(7)
    for _ in range(5):
        event = SPAWN.Event()
        process = SPAWN.Process(target=replace_often, args=(str(tmp_path), "k", event))
        process.start()
        assert event.wait(60)
        process.join(timeout=moments.uniform(0.0, 0.6))
        if process.pid is not None and process.is_alive():
            os.kill(process.pid, signal.SIGKILL)
        process.join()
        sides = lake.read("trades", columns=["side"])["side"].to_pylist()
        assert len(set(sides)) == 1
        assert len(sides) == ROWS + 10 * int(sides[0][-1]) if sides[0].startswith("k") else len(sides) == ROWS
    assert lake.replace("trades", DAYS, trades(generation("after", 1))).changed


@pytest.mark.slow
def test_after_a_crash_the_stream_goes_on_where_the_lake_says(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    moments = random.Random(11)
    for _ in range(3):
        event = SPAWN.Event()
        again = max(lake.last_version("news", "sidecar"), 0)
        process = SPAWN.Process(target=append_often, args=(str(tmp_path), event, again, 200))
        process.start()
        assert event.wait(60)
        process.join(timeout=moments.uniform(0.0, 0.3))
        if process.pid is not None:
            os.kill(process.pid, signal.SIGKILL)
        process.join()
    last = lake.last_version("news", "sidecar")
    assert said(lake.read("news"), "known_at") == [(number,) for number in range(last + 1)]


FULL = """
import resource, sys
from tauric_assets.errors import StorageUnavailable
from tauric_assets.lake.store import Lake
from tauric_assets_tests.lake.made import DAYS, trade, trades
rows = trades(trade(number) for number in range(50_000))
lake = Lake(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, 2_000))
try:
    lake.replace("trades", DAYS, rows)
except StorageUnavailable as error:
    sys.stdout.write(str(error))
"""


@pytest.mark.slow
def test_a_full_disk_is_one_line_and_leaves_the_table_as_it_was(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.replace("trades", DAYS, trades([trade(1)]))
    told = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path)], capture_output=True, text=True, timeout=120, check=True
    ).stdout
    assert told.startswith(f"trades: cannot use {tmp_path}/trades: ")
    assert told.endswith("free space or mend the folder")
    assert len(told.splitlines()) == 1
    assert said(lake.read("trades"), "trade_id") == [("1",)]


def test_a_root_that_is_no_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageUnavailable, match=r"trades: .*file") as caught:
        Lake(tmp_path / "file").replace("trades", DAYS, trades([trade(1)]))
    assert len(str(caught.value).splitlines()) == 1
