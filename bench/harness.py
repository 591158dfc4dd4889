"""Repeats contenders in turn, so that a slow minute of the machine slows them all, and writes down what came out.

Belongs here: warm-up, interleaving, medians and spread, the result file, progress.
Not here: what is compared, and claims (one module each).
"""

import importlib.metadata
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).resolve().parent / "results"
PACKAGES = ("dagster", "deltalake", "duckdb", "pyarrow", "lancedb", "faiss-cpu", "numpy", "pandas")
QUIET_S = 2.0


@dataclass(frozen=True)
class Contender:
    """One way of doing the thing. Only `run` is timed; `prepare` comes before each run."""

    name: str
    run: Callable[[], object]
    prepare: Callable[[], object] | None = None


@dataclass(frozen=True)
class Timing:
    """Seconds of one contender over all repeats. `ratio` is its median over that of the last contender."""

    median_s: float
    min_s: float
    max_s: float
    ratio: float


def compare(
    name: str,
    contenders: Sequence[Contender],
    *,
    repeats: int = 5,
    warm_up: int = 1,
    parameters: Mapping[str, object] | None = None,
    results: Path = RESULTS,
    processor_time: bool = False,
) -> dict[str, Timing]:
    """Time the contenders in turn, after `warm_up` rounds that do not count, and write `results/name.json`.

    Args:
        contenders: the one under test first, the floor last; ratios are to the last one's median.
        parameters: what the result depends on, e.g. rows; and what was counted, e.g. bytes a row.
        processor_time: count the seconds this process was at work, not those that passed: for work of one core that
            waits for nothing.
    """
    if repeats < 1 or not contenders:
        raise ValueError("a comparison wants at least one contender and one repeat")
    started = time.monotonic()
    seconds: dict[str, list[float]] = {contender.name: [] for contender in contenders}
    for repeat in range(1 - warm_up, repeats + 1):
        for contender in contenders:
            taken = _timed(contender, time.process_time if processor_time else time.perf_counter)
            if repeat > 0:
                seconds[contender.name].append(taken)
            if time.monotonic() - started > QUIET_S:
                step = f"{repeat} of {repeats}" if repeat > 0 else "warm-up"
                print(f"{name}: {step}, {contender.name} {taken:.3f} s", file=sys.stderr)
    floor = statistics.median(seconds[contenders[-1].name])
    timings = {
        key: Timing(statistics.median(taken), min(taken), max(taken), statistics.median(taken) / floor)
        for key, taken in seconds.items()
    }
    _write(name, timings, repeats, parameters or {}, results)
    for key, timing in timings.items():
        spread = f"{timing.min_s:.3f} to {timing.max_s:.3f}"
        print(f"{name:<14} {key:<24} {timing.median_s:8.3f} s   ({spread})   x {timing.ratio:.2f}")
    return timings


def _timed(contender: Contender, seconds: Callable[[], float]) -> float:
    if contender.prepare is not None:
        contender.prepare()
    before = seconds()
    contender.run()
    return seconds() - before


def _write(
    name: str, timings: Mapping[str, Timing], repeats: int, parameters: Mapping[str, object], results: Path
) -> None:
    seconds = {key: vars(timing) for key, timing in timings.items()}
    write_result(name, {"repeats": repeats, "parameters": dict(parameters), "seconds": seconds}, results)


def write_result(name: str, measured: Mapping[str, object], results: Path = RESULTS) -> None:
    """Write `results/name.json`: what was measured, when, on what machine, with which versions."""
    report = {
        "name": name,
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        **measured,
        "machine": {"cores": os.cpu_count(), "architecture": platform.machine(), "system": platform.system()},
        "versions": {"python": platform.python_version()} | {package: _version(package) for package in PACKAGES},
    }
    results.mkdir(parents=True, exist_ok=True)
    (results / f"{name}.json").write_text(json.dumps(report, indent=1) + "\n")


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "absent"
