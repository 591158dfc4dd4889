"""A sidecar that is killed again and again while a loopback exchange drops, repeats, mixes up and falls silent.

Belongs here: the run and what came of it. Not here: assertions (test_chaos.py).
"""

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.request import ProxyHandler, Request, build_opener

import pyarrow as pa

from tauric_assets.feeds import coinbase
from tauric_assets.lake.store import Lake
from tauric_assets.sandbox import launch
from tauric_assets.sandbox.options import SandboxOptions
from tauric_assets.settings import Settings, child_environment
from tauric_assets.stream.follow_process import follower_of
from tauric_assets.stream.log_writer import durable_seq
from tauric_assets.stream.wal import FRAME, group_of, read_batches, segments

VENUE, SYMBOL = "coinbase", "NOVA-USD"
PROGRAM = f"""
import logging, signal
logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
stopping = []
signal.signal(signal.SIGTERM, lambda *_: stopping.append(1))
from tauric_assets.lake.store import Lake
from tauric_assets.settings import load_settings
from tauric_assets.stream.sidecar import run
settings = load_settings()
run(settings, Lake(settings.lake_root), {{"{VENUE}": ["{SYMBOL}"]}}, until=lambda: bool(stopping),
    reading_module="tauric_assets.commands.follow")
"""
FAULTS = [
    {"match": "*", "kind": "drop", "rate": 0.002},
    {"match": "*", "kind": "duplicate", "rate": 0.02},
    {"match": "*", "kind": "reorder", "rate": 0.02},
    {"match": "*", "kind": "half_close", "frames": 4000, "times": 4},
    {"match": "*", "kind": "close_after", "frames": 9000, "times": 4},
]
MATCH = re.compile(rb'"type":"match","trade_id":(\d+)')
SHORT_S, LONG_S = (0.0, 0.5), (1.5, 3.0)
"""How long a sidecar lives once it has made something durable; in a short life the reading process hardly begins."""
LONG_EVERY = 5
END_S = 180.0
SETTLED_S = 3
"""Holes of the log's last seconds are not gaps yet."""


@dataclass(frozen=True)
class Outcome:
    """What a run left behind.

    Args:
        acknowledged: numbers of trades that were durable at some kill.
        landed: how often each number is in the lake. missing: numbers that `gaps` names as open.
        withheld: what the exchange told nobody.
        base, top: numbers up to `base` are from before the first connection, those above `top` from after the rest.
        reached_log: number of kills at which the sidecar had made anything durable.
    """

    acknowledged: set[int]
    landed: Counter[int]
    missing: set[int]
    withheld: set[int]
    base: int
    top: int
    reached_log: int


def run(folder: Path, seed: int, kills: int, per_second: int) -> Outcome:
    """Kill `kills` times, then let a last sidecar come to rest."""
    chance = random.Random(seed)
    faults = folder / "faults.json"
    faults.write_text(json.dumps(FAULTS))
    options = SandboxOptions(
        port=0, seed=seed, clock="wall", trades_per_second=per_second, withhold=0.001, faults=faults
    )
    acknowledged: set[int] = set()
    reached = counted = 0
    with launch.start(options) as sandbox:
        settings = Settings(
            data_dir=folder / "data",
            sandbox_url=sandbox.url,
            stream_stale_s=1.5,
            stream_overlap_s=0.2,
            stream_gap_delay_s=0.5,
            stream_commit_s=0.25,
        )
        log = folder / "data" / "wal" / VENUE
        for kill in range(kills):
            process = _start(settings, folder)
            position = durable_seq(log)
            _wait(lambda position=position: durable_seq(log) > position)  # type: ignore[misc]
            time.sleep(chance.uniform(*(LONG_S if kill % LONG_EVERY == 0 else SHORT_S)))
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            reached += durable_seq(log) > position
            durable = durable_seq(log)
            acknowledged |= _numbers(log, counted, durable)
            counted = durable
        _end_faults(sandbox.url)
        process = _start(settings, folder)
        try:
            position = durable_seq(log)
            _wait(lambda: durable_seq(log) > position + 5 * per_second)
            process.send_signal(signal.SIGTERM)
            process.wait(END_S)
        finally:
            process.kill()
        lake = Lake(settings.lake_root)
        top = _rest(settings, lake, sandbox.url) - SETTLED_S * per_second
        landed = Counter(int(row) for row in lake.read("trades", columns=["trade_id"])["trade_id"].to_pylist())
        open_gaps = lake.read("gaps", where="status = 'open' AND symbol IS NOT NULL").to_pylist()
        missing = {n for gap in open_gaps for n in range(gap["first_missing"], gap["last_missing"] + 1) if n <= top}
        landed = Counter({number: times for number, times in landed.items() if number <= top})
        acknowledged = {number for number in acknowledged if number <= top}
        base = min([*landed, *missing]) - 1
        withheld = set(_withheld(sandbox.url, base + 1, top))
    return Outcome(acknowledged, landed, missing, withheld, base, top, reached)


def _start(settings: Settings, folder: Path) -> "subprocess.Popen[bytes]":
    with (folder / "sidecar.log").open("ab") as log:
        return subprocess.Popen([sys.executable, "-c", PROGRAM], env=child_environment(settings), stderr=log)


def _numbers(log: Path, counted: int, durable: int) -> set[int]:
    """Numbers of the trades that the log holds after one record and up to another."""
    found: set[int] = set()
    held = segments(log)
    for (_, path), (following, _) in zip(held, [*held[1:], (durable + 1, log)], strict=True):
        try:
            data = path.read_bytes() if following > counted + 1 else b""
        except FileNotFoundError:
            continue
        for batch, _ in read_batches(pa.py_buffer(data)):
            group = group_of(batch)
            for seq, record in enumerate(group.records, start=group.first_seq):
                if record.kind == FRAME and counted < seq <= durable and (told := MATCH.search(record.payload)):
                    found.add(int(told[1]))
    return found


def _rest(settings: Settings, lake: Lake, url: str) -> int:
    """Read the log to its end until every gap that can be filled is filled; the number of the newest trade."""
    deadline = time.monotonic() + END_S
    while time.monotonic() < deadline:
        follower_of(settings, lake, coinbase).run(lambda: True)
        gaps = lake.read("gaps", where="status = 'open' AND symbol IS NOT NULL").to_pylist()
        open_now = {n for gap in gaps for n in range(gap["first_missing"], gap["last_missing"] + 1)}
        if open_now <= set(_withheld(url, 1, max(open_now, default=1))):
            return max(map(int, lake.read("trades", columns=["trade_id"])["trade_id"].to_pylist()))
    raise AssertionError("some gaps were never filled")


def _wait(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + END_S
    while not condition():
        assert time.monotonic() < deadline, "the sidecar takes nothing"
        time.sleep(0.02)


def _end_faults(url: str) -> None:
    asked = Request(f"{url}/sandbox/faults", method="DELETE")
    build_opener(ProxyHandler({})).open(asked, timeout=30).close()


def _withheld(url: str, first: int, last: int) -> list[int]:
    without_proxy = build_opener(ProxyHandler({}))
    address = f"{url}/sandbox/withheld?venue={VENUE}&symbol={SYMBOL}&first={first}&last={last}"
    with without_proxy.open(address, timeout=30) as answer:
        told: list[int] = json.load(answer)["withheld"]
    return told
