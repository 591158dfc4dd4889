"""Claim: the sidecar sustains 60 % of what raw bytes to disk sustain, and its p99 to durable is within twice theirs.

Floor: the same websocket client, raw bytes appended to a file with one fdatasync for what gathered meanwhile. The
sidecar: its log (Arrow, checksums), and in its second process parsing, duplicates, gaps, bars, commits to the lake.
All get the same frames from the same sender, in turn. Refuted by a sustained ratio below 0.6 or a p99 ratio above 2 at
10,000 ticks a second. Two more tell where a difference comes from: the recorder without its second process, and the
floor beside a process that computes six tenths of the time and touches no disk, as the second one does.

Belongs here: the two contenders, rates, latencies, memory. Not here: the sender (stream_sender.py).
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from bench.harness import RESULTS, write_result
from tauric_assets.commands.stream import READING_MODULE
from tauric_assets.feeds import coinbase
from tauric_assets.feeds.contract import StreamFeed
from tauric_assets.lake.store import Lake
from tauric_assets.settings import Settings
from tauric_assets.stream.follow_process import NICENESS, FollowProcess
from tauric_assets.stream.garbage import collect_garbage_seldom
from tauric_assets.stream.lines import Line
from tauric_assets.stream.log_writer import LogWriter
from tauric_assets.stream.recorder import Plan, Recorder
from tauric_assets.stream.wal import Group, Record, encode

RATES = (1_000, 10_000, 40_000)
RATIO_RATE = 10_000
SYMBOL = "NOVA-USD"
END_S = 300.0
MEGABYTE = 1024 * 1024
WORK = """
import time
numbers = list(range(20_000))
while True:
    until = time.perf_counter() + 0.03
    while time.perf_counter() < until:
        sum(numbers)
    time.sleep(0.02)
"""

Measured = dict[str, float]


@contextmanager
def sender(rate: int, frames: int, form: str = "exchange") -> Iterator[int]:
    """A sender in a process of its own; its port."""
    words = ["--rate", str(rate), "--frames", str(frames), "--form", form]
    command = [sys.executable, "-m", "bench.stream_sender", *words]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout is not None
    try:
        yield int(json.loads(process.stdout.readline())["port"])
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def floor(port: int, folder: Path, frames: int) -> Measured:
    """Receive and append raw bytes; one fdatasync for everything that came while the last one ran."""
    pending: deque[tuple[int, bytes]] = deque()
    waits: list[np.ndarray] = []
    ended, written = threading.Event(), 0
    descriptor = os.open(folder / "raw", os.O_WRONLY | os.O_CREAT)

    def write() -> None:
        nonlocal written
        while not ended.is_set() or pending:
            if not pending:
                time.sleep(0.0002)
                continue
            taken = [pending.popleft() for _ in range(len(pending))]
            os.write(descriptor, b"".join(frame for _, frame in taken))
            os.fdatasync(descriptor)
            now = time.time_ns()
            waits.append(now - np.fromiter((at for at, _ in taken), np.int64, len(taken)))
            written += len(taken)

    writer = threading.Thread(target=write)
    writer.start()
    before = _processor_s()
    url = coinbase.stream_url(settings_for(port, folder), [SYMBOL])
    line = Line(settings_for(port, folder), url, ["{}"], lambda at, frame: pending.append((at, frame)))
    started = time.perf_counter()
    _wait(lambda: written >= frames)
    seconds = time.perf_counter() - started
    ended.set()
    writer.join()
    line.close()
    os.close(descriptor)
    return _summary(waits, frames, seconds) | {"processor_s": _processor_s() - before}


def sidecar(
    port: int,
    folder: Path,
    frames: int,
    watch: Callable[[int, int], None] | None = None,
    feed: StreamFeed = coinbase,
) -> Measured:
    """The sidecar: log in this process, everything else in its second one."""
    settings = settings_for(port, folder)
    waits: list[np.ndarray] = []
    durable = 0

    def observe(group: Group, now: int) -> None:
        nonlocal durable
        if watch is None:  # millions of latencies would be most of the memory that is watched
            waits.append(_waited(group, now))
        durable += len(group.records)

    encode(Group(1, [Record(0, 0, 0, b"")]))
    log_folder = folder / "wal" / feed.NAME
    log = LogWriter(log_folder, 1, durable=observe)
    reading = FollowProcess(settings, READING_MODULE, [feed.NAME], folder / "wal" / "reading.log")
    _wait(lambda: (log_folder / "digest.lock").exists())
    recorder = Recorder(settings, log, time.time_ns, Plan(feed, [SYMBOL], lambda: False, False, END_S))
    recording = threading.Thread(target=recorder.run, daemon=True)
    before = _processor_s()
    started = time.perf_counter()
    recording.start()
    while durable < frames:
        time.sleep(0.02)
        if watch is not None:
            watch(os.getpid(), reading.process_id)
        assert time.perf_counter() - started < END_S + frames, "the sidecar did not come to an end"
    seconds = time.perf_counter() - started
    processor_s = _processor_s() - before
    behind = log.durable_seq - reading.told(feed.NAME).cursor
    recording.join()
    log.close()
    reading.finish()
    landed_s = time.perf_counter() - started
    rows = Lake(settings.lake_root).status("trades").rows
    assert rows == frames, f"{rows} of {frames} trades landed"
    return (_summary(waits, frames, seconds) if waits else {}) | {
        "processor_s": processor_s,
        "landed_per_s": frames / landed_s,
        "behind_at_end": float(behind),
    }


def recorder_alone(port: int, folder: Path, frames: int) -> Measured:
    """The recording half of the sidecar, and nobody who reads its log."""
    waits: list[np.ndarray] = []
    log = LogWriter(folder / "wal" / coinbase.NAME, 1, durable=lambda group, now: waits.append(_waited(group, now)))
    plan = Plan(coinbase, [SYMBOL], lambda: False, False, END_S)
    recorder = Recorder(settings_for(port, folder), log, time.time_ns, plan)
    recording = threading.Thread(target=recorder.run, daemon=True)
    before, started = _processor_s(), time.perf_counter()
    recording.start()
    _wait(lambda: log.durable_seq >= frames)
    seconds, processor_s = time.perf_counter() - started, _processor_s() - before
    recording.join()
    log.close()
    return _summary(waits, frames, seconds) | {"processor_s": processor_s}


def floor_beside_work(port: int, folder: Path, frames: int) -> Measured:
    """The floor, and a process of lower priority that keeps a processor busy."""
    process = subprocess.Popen([sys.executable, "-c", WORK])
    os.setpriority(os.PRIO_PROCESS, process.pid, os.getpriority(os.PRIO_PROCESS, 0) + NICENESS)
    try:
        return floor(port, folder, frames)
    finally:
        process.kill()
        process.wait()


def _waited(group: Group, now: int) -> np.ndarray:
    return now - np.fromiter((record.received_at for record in group.records), np.int64, len(group.records))


def settings_for(port: int, folder: Path) -> Settings:
    """Everything on loopback, below `folder`."""
    return Settings(data_dir=folder, sandbox_url=f"http://127.0.0.1:{port}")


def measure(rate: int, seconds: float, rounds: int) -> dict[str, Measured]:
    """All contenders in turn at one rate (0: full speed); the median of every figure."""
    frames = int(rate * seconds) if rate else int(seconds)
    contenders: dict[str, Callable[[int, Path, int], Measured]] = {"floor": floor, "sidecar": sidecar}
    if rate == RATIO_RATE:
        contenders |= {"recorder alone": recorder_alone, "floor beside work": floor_beside_work}
    found: dict[str, list[Measured]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, run in contenders.items():
            with sender(rate, frames) as port, tempfile.TemporaryDirectory() as folder:
                found[name].append(run(port, Path(folder), frames))
    return {name: medians(runs) for name, runs in found.items()}


def medians(runs: list[Measured]) -> Measured:
    """Of every figure."""
    return {key: float(np.median([one[key] for one in runs])) for key in runs[0]}


def memory_over(rate: int, minutes: float) -> dict[str, object]:
    """Resident megabytes of both processes, ten times over the run."""
    seen: list[tuple[float, float, float]] = []
    started = time.monotonic()

    def watch(*processes: int) -> None:
        if not seen or time.monotonic() - started - seen[-1][0] > minutes * 60 / 10:
            recording, reading = (_resident_mb(process) for process in processes)
            seen.append((time.monotonic() - started, recording, reading))
            print(
                f"stream memory {seen[-1][0]:,.0f} s: recording {recording:,.0f} MB, reading {reading:,.0f} MB",
                flush=True,
            )

    frames = int(rate * minutes * 60)
    with sender(rate, frames) as port, tempfile.TemporaryDirectory() as folder:
        sidecar(port, Path(folder), frames, watch)
    return {
        "rate": rate,
        "minutes": minutes,
        "seconds_recording_mb_reading_mb": [[round(x, 1) for x in row] for row in seen],
    }


def main() -> None:
    """Run and write `bench/results/stream.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=8.0, help="of each run at a rate")
    parser.add_argument("--full-speed-frames", type=int, default=300_000)
    parser.add_argument("--rates", type=int, nargs="*", default=list(RATES))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--minutes", type=float, default=0.5, help="of the memory run, at 10,000 a second")
    parser.add_argument("--memory-rate", type=int, default=10_000)
    parser.add_argument("--results", type=Path, default=RESULTS)
    words = parser.parse_args()
    collect_garbage_seldom()
    found: dict[str, object] = {}
    for rate in [*words.rates, 0]:
        measured = measure(rate, words.seconds if rate else words.full_speed_frames, words.rounds)
        found[str(rate) if rate else "full speed"] = measured
        for name, one in measured.items():
            print(
                f"stream {rate or 'full':>6}/s {name:17} "
                + "  ".join(f"{key} {value:,.1f}" for key, value in one.items())
            )
    full = found["full speed"]
    assert isinstance(full, dict)
    ratio = full["sidecar"]["per_s"] / full["floor"]["per_s"]
    print(f"stream sustained, sidecar to floor: {ratio:.2f}")
    found["memory"] = memory_over(words.memory_rate, words.minutes)
    print(f"stream memory {found['memory']}")
    parameters = {"seconds": words.seconds, "rounds": words.rounds, "load": os.getloadavg()[0]}
    write_result("stream", {"parameters": parameters, "sustained_ratio": ratio, "measured": found}, words.results)


def _summary(waits: list[np.ndarray], frames: int, seconds: float) -> Measured:
    every = np.concatenate(waits) / 1e6
    p50, p99, p999 = np.percentile(every, [50, 99, 99.9])
    return {"per_s": frames / seconds, "p50_ms": p50, "p99_ms": p99, "p99_9_ms": p999, "groups": float(len(waits))}


def _processor_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _resident_mb(process: int) -> float:
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / MEGABYTE


def _wait(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + END_S
    while not condition():
        assert time.monotonic() < deadline, "nothing came in time"
        time.sleep(0.01)


if __name__ == "__main__":
    main()
