"""A recorded capture through the sidecar's own code: log, digest, bars, landing; the same capture gives the same bytes.

Belongs here: the capture as a log, the capture's own clock, files written in canonical form. Not here: parsing lines
(feeds/capture.py).
"""

import hashlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from tauric_assets.errors import UsageError
from tauric_assets.feeds.capture import lines, unzipped
from tauric_assets.feeds.contract import StreamFeed
from tauric_assets.lake.store import Lake
from tauric_assets.settings import Settings
from tauric_assets.stream.digest import Counts, Digest
from tauric_assets.stream.landing import Landing
from tauric_assets.stream.live import Deriving, LiveBars
from tauric_assets.stream.log_writer import LogWriter
from tauric_assets.stream.tail import Tail
from tauric_assets.stream.wal import CLOSED, FRAME, OPENED, Record
from tauric_assets.tables import TABLES
from tauric_assets.times import SECOND_NS

CHUNK_RECORDS = 4_096
LAND_ROWS = 50_000
WAIT_S = 0.001
EXPORTED = ("trades", "quotes", "live_bars", "late_trades", "live_indicators", "gaps", "clock_offsets", "quarantine")
UNSTABLE = "ingested_at"
"""The one column of a table that says when it was written; it is left out of exported files."""


@dataclass
class Replayed:
    """What a replay made.

    Args:
        counts: of the digest; bars, late: of the bar engine; rows: in the exported files, by table.
    """

    counts: Counts = field(default_factory=Counts)
    bars: int = 0
    late: int = 0
    seconds: float = 0.0
    rows: dict[str, int] = field(default_factory=dict)


class CaptureClock:
    """The arrival of the newest frame that was read."""

    def __init__(self) -> None:
        self.now = SECOND_NS

    def __call__(self) -> int:
        return self.now


def replay(
    settings: Settings,
    files: Sequence[Path],
    feed: StreamFeed,
    out: Path,
    speed: float | None = None,
    deriving: Deriving | None = None,
) -> Replayed:
    """Replay captures of one venue, one after the other, into a lake of their own, and export its tables.

    Nothing is asked of anybody: gaps stay open. Times come from the capture alone.

    Args:
        files: captures as `tauric stream record` writes them, and the other forms that feeds/capture.py reads.
        out: a new or empty folder; gets `wal/`, `lake/` and one Arrow file for each table of EXPORTED.
        speed: how many times faster than recorded; None is as fast as it goes.
        deriving: what else is made of closed bars.
    Raises: UsageError: the folder is not empty, a file cannot be read; MalformedDocument: broken gzip.
    """
    if out.exists() and any(out.iterdir()):
        raise UsageError(f"{out} is not empty; name a new folder")
    done, started = Replayed(), time.perf_counter()
    clock, folder = CaptureClock(), out / "wal" / feed.NAME
    lake = Lake(out / "lake", clock=clock)
    log = LogWriter(folder, 1)
    landing = Landing(lake, feed.NAME, folder)
    digest = Digest(feed, landing.remembered(), landing.versions, landing, int(settings.stream_gap_delay_s * SECOND_NS))
    bars = LiveBars(settings, lake, feed.NAME, folder, f"stream/{feed.NAME}", deriving)
    tail = Tail(folder, 0)
    try:
        for chunk in _chunks(files, speed):
            for record in chunk:
                log.append(record)
            clock.now = max(clock.now, chunk[-1].received_at)
            expected = tail.cursor + len(chunk)
            while log.durable_seq < expected and log.refused is None:
                time.sleep(WAIT_S)
            for group in tail.read(expected):
                digest.take(group)
                bars.take(digest.accepted)
                digest.accepted.clear()
                digest.to_fill.clear()
            if digest.batch.size >= LAND_ROWS:
                landing.land(digest)
        digest.finish()
        bars.finish()
        landing.land(digest)
        landing.remember(digest.memory)
    finally:
        tail.close()
        log.close()
    done.counts, done.bars, done.late = digest.counts, bars.bars, bars.late
    done.rows = {name: export(lake, name, out / f"{name}.arrow") for name in EXPORTED}
    done.seconds = time.perf_counter() - started
    return done


def export(lake: Lake, table: str, path: Path) -> int:
    """Write a table of the lake as one Arrow file whose bytes depend on its rows alone; how many rows."""
    known = TABLES[table]
    rows = lake.read(table, every_revision=True).drop_columns([UNSTABLE])
    order = list(
        dict.fromkeys([*known.key, "known_at", *(n for n in ("ts_event", "position") if n in rows.column_names)])
    )
    rows = rows.sort_by([(name, "ascending") for name in order]).combine_chunks()
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, rows.schema) as writer:
        writer.write_table(rows)
    return rows.num_rows


def _chunks(files: Sequence[Path], speed: float | None) -> Iterator[list[Record]]:
    """The captures' records; at the recorded pace, a chunk is handed out when its last record is due."""
    chunk: list[Record] = []
    began, first_at = time.monotonic(), 0
    for record in _records(files):
        first_at = first_at or record.received_at
        if speed is not None and record.received_at:
            due = began + (record.received_at - first_at) / SECOND_NS / speed
            if chunk and due > time.monotonic():
                yield chunk
                chunk = []
                time.sleep(max(0.0, due - time.monotonic()))
        chunk.append(record)
        if len(chunk) >= CHUNK_RECORDS:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _records(files: Sequence[Path]) -> Iterator[Record]:
    for number, path in enumerate(files, start=1):
        try:
            body = path.read_bytes()
        except OSError as error:
            raise UsageError(f"cannot read {path}: {error.strerror}") from None
        last = 0
        source = f"{path.name}#sha256={hashlib.sha256(body).hexdigest()}"
        yield Record(0, number, OPENED, source.encode())
        for line in lines(unzipped(body)):
            if line.kind == "other":
                continue
            last = line.received_at or 0
            yield Record(last, number, FRAME, line.content)
        yield Record(last, number, CLOSED, b"end of the capture")
