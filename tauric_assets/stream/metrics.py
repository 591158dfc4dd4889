"""What the sidecar says about itself, in numbers: counters, gauges, one histogram; as Prometheus text and as health.

Belongs here: names, units, exposition, what counts as healthy. Not here: HTTP (observing.py), counting.
Specification: Prometheus text exposition format 0.0.4.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from tauric_assets.stream.following import Followed
from tauric_assets.stream.log_writer import LogWriter
from tauric_assets.stream.recorder import Recorded
from tauric_assets.stream.wal import Group
from tauric_assets.times import SECOND_NS

BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SILENT_S_MAX = 60.0

_BOUNDS_NS = np.array([int(bucket * SECOND_NS) for bucket in BUCKETS_S], np.int64)


class CommitLatency:
    """From the arrival of a record to its being durable, over all records."""

    def __init__(self) -> None:
        self.counts = np.zeros(len(BUCKETS_S) + 1, np.int64)
        self.sum_ns = 0

    def take(self, group: Group, durable_at: int) -> None:
        """Count one group. An Observer of a log."""
        waited = durable_at - np.fromiter((record[0] for record in group.records), np.int64, len(group.records))
        self.counts += np.bincount(np.searchsorted(_BOUNDS_NS, waited), minlength=len(self.counts))
        self.sum_ns += int(waited.sum())

    @property
    def count(self) -> int:
        """Records counted."""
        return int(self.counts.sum())


@dataclass(frozen=True)
class Observed:
    """Everything at one instant.

    Args:
        venues: by name, what recorder, log, commit latency and follower say.
    """

    now: int
    venues: Mapping[str, tuple[Recorded, LogWriter, CommitLatency, Followed]]
    reading_alive: bool
    reading_restarts: int


def exposition(observed: Observed) -> str:
    """All metrics as text."""
    lines: list[str] = []
    for name, kind, told, values in _families(observed):
        lines += [f"# HELP tauric_stream_{name} {told}", f"# TYPE tauric_stream_{name} {kind}"]
        lines += [f"tauric_stream_{name}{labels} {value}" for labels, value in values]
    lines += _histogram(observed)
    return "\n".join(lines) + "\n"


def health(observed: Observed) -> tuple[bool, dict[str, object]]:
    """Whether all is well, and why not, venue by venue."""
    venues: dict[str, object] = {}
    well = observed.reading_alive
    for venue, (seen, log, _, done) in observed.venues.items():
        silent_s = (observed.now - seen.last_frame_at) / SECOND_NS if seen.last_frame_at else None
        troubles = []
        if not seen.connected:
            troubles.append("not connected")
        if silent_s is not None and silent_s > SILENT_S_MAX:
            troubles.append(f"silent for {silent_s:.0f} s")
        if log.refused is not None:
            troubles.append(f"the log's disk refuses: {log.refused}")
        if done.storage_refused:
            troubles.append(f"the lake refuses: {done.storage_refused}")
        well = well and not troubles
        venues[venue] = {"troubles": troubles, "silent_s": silent_s, "durable_seq": log.durable_seq}
    return well, {"well": well, "reading_alive": observed.reading_alive, "venues": venues}


Values = list[tuple[str, int | float]]

_COUNTERS: tuple[tuple[str, str, Callable[[Recorded, LogWriter, Followed], int]], ...] = (
    ("frames_total", "frames received", lambda seen, log, done: seen.frames),
    ("connections_total", "connections made", lambda seen, log, done: seen.connections),
    ("renewals_total", "connections replaced by plan", lambda seen, log, done: seen.renewed),
    ("stale_total", "connections replaced after silence", lambda seen, log, done: seen.stale),
    ("log_groups_total", "groups made durable", lambda seen, log, done: log.groups),
    ("trades_total", "new trades read", lambda seen, log, done: done.trades),
    ("quotes_total", "new quotes read", lambda seen, log, done: done.quotes),
    ("rows_total", "rows committed to the lake", lambda seen, log, done: done.rows),
    ("lake_commits_total", "commits to the lake", lambda seen, log, done: done.commits),
    ("duplicates_total", "ticks told again", lambda seen, log, done: done.duplicates),
    ("quarantined_total", "records nobody could read", lambda seen, log, done: done.quarantined),
    ("gaps_total", "runs of missing trades found", lambda seen, log, done: done.gaps),
    ("bars_total", "bars closed", lambda seen, log, done: done.bars),
    ("late_total", "trades that came after their window had closed", lambda seen, log, done: done.late),
    ("filled_total", "missing trades that came later", lambda seen, log, done: done.filled),
)
_GAUGES: tuple[tuple[str, str, Callable[[Recorded, LogWriter, Followed], int | float]], ...] = (
    ("connected", "1 while connected", lambda seen, log, done: int(seen.connected)),
    ("queue_depth", "records received, not yet durable", lambda seen, log, done: log.waiting),
    ("unread_records", "durable, not yet read", lambda seen, log, done: max(0, log.durable_seq - done.cursor)),
    ("durable_seq", "number of the last durable record", lambda seen, log, done: log.durable_seq),
    ("missing_trades", "trades known to be missing", lambda seen, log, done: done.missing),
    ("fills_waiting", "gaps being asked for", lambda seen, log, done: done.waiting_fills),
    ("log_refused", "1 while the disk refuses", lambda seen, log, done: int(log.refused is not None)),
    ("lake_refused", "1 while the lake refuses", lambda seen, log, done: int(bool(done.storage_refused))),
    ("landing_seconds", "the last commit to all tables", lambda seen, log, done: done.landing_s),
    (
        "clock_offset_seconds",
        "arrival minus event, least of the minute",
        lambda seen, log, done: done.clock_offset_ns / SECOND_NS,
    ),
)


def _families(observed: Observed) -> Iterator[tuple[str, str, str, Values]]:
    venues = [(f'{{venue="{venue}"}}', seen, log, done) for venue, (seen, log, _, done) in observed.venues.items()]
    for name, told, read in _COUNTERS:
        yield name, "counter", told, [(label, read(seen, log, done)) for label, seen, log, done in venues]
    for name, told, reading in _GAUGES:
        yield name, "gauge", told, [(label, reading(seen, log, done)) for label, seen, log, done in venues]
    lags = [
        (label, (observed.now - done.last_ts_event) / SECOND_NS) for label, *_, done in venues if done.last_ts_event
    ]
    yield "event_lag_seconds", "gauge", "now minus the latest event read", [*lags]
    yield "reading_alive", "gauge", "1 while the reading half runs", [("", int(observed.reading_alive))]
    yield "reading_restarts_total", "counter", "restarts of the reading half", [("", observed.reading_restarts)]


def _histogram(observed: Observed) -> list[str]:
    name = "tauric_stream_commit_latency_seconds"
    lines = [f"# HELP {name} from arrival to durable", f"# TYPE {name} histogram"]
    for venue, (_, _, latency, _) in observed.venues.items():
        total = 0
        for bound, count in zip((*map(str, BUCKETS_S), "+Inf"), latency.counts.tolist(), strict=True):
            total += count
            lines.append(f'{name}_bucket{{venue="{venue}",le="{bound}"}} {total}')
        lines.append(f'{name}_sum{{venue="{venue}"}} {latency.sum_ns / SECOND_NS:g}')
        lines.append(f'{name}_count{{venue="{venue}"}} {total}')
    return lines
