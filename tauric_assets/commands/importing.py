"""`tauric import`: past trades, quotes, headlines and transcripts by file into the lake, each row exactly once.

A file is known by its bytes: what a second import of the same file has already committed is skipped, and rows that
another file or the stream brought are not added again.

Belongs here: which file goes into which commit, what is said of it. Not here: reading files (feeds/history/).
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter

import pyarrow as pa

from tauric_assets.commands.terminal import progress_bar, say
from tauric_assets.errors import UsageError
from tauric_assets.feeds.contract import Reject
from tauric_assets.feeds.history.batches import VENUE_UNTOLD, Batch, Source
from tauric_assets.feeds.history.files import batches_of
from tauric_assets.house import House, Progress, silent
from tauric_assets.lake.store import Lake
from tauric_assets.tables import TABLES, Row, to_arrow
from tauric_assets.times import day_of_ns

FEED = "import"
HASH_BYTES = 1 << 20
RAW_KEPT_MAX = 64 * 1024
BATCHES_BETWEEN_TIDYING = 8
"""Each batch of headlines leaves a file in every day it touches; so often they are joined."""


@dataclass
class Imported:
    """What became of one file: rows read = added + held already, by table; what could not be read."""

    name: str
    rows: Counter[str] = field(default_factory=Counter)
    added: Counter[str] = field(default_factory=Counter)
    quarantined: int = 0
    seconds: float = 0.0
    venue_untold: bool = False

    def __str__(self) -> str:
        told = [f"{count:,} {table}, {self.added[table]:,} new" for table, count in self.rows.items()]
        bad = f", {self.quarantined:,} quarantined" if self.quarantined else ""
        hint = f"; the file names no venue: `{VENUE_UNTOLD}`, or --venue" if self.venue_untold else ""
        return f"{self.name}: {'; '.join(told) or 'no rows'}{bad}, {self.seconds:.1f} s{hint}"


def bring_in(house: House, files: Sequence[str], kind: str, source: Source) -> list[Imported]:
    """Import `files` one after the other; each is told when it is done.

    Raises: UsageError: a file that cannot be read, is of another kind, or holds no trades or quotes (those before it
        are in); MalformedDocument: a file that is broken (what was readable before the break is in).
    """
    imported = []
    for name in files:
        with progress_bar(f"import {Path(name).name}", None) as told:
            imported.append(import_file(house.lake, Path(name), kind, source, house.clock(), told))
        say(str(imported[-1]))
    return imported


def import_file(lake: Lake, path: Path, kind: str, source: Source, now: int, progress: Progress = silent) -> Imported:
    """Import one file. Raises: UsageError, MalformedDocument as `bring_in`."""
    done, started = Imported(path.name), perf_counter()
    digest = _digest(path)
    said = [source.venue, source.symbol, *(one for one in (source.feed, source.known_at) if one is not None)]
    told = hashlib.sha256("|".join(str(one) for one in said).encode()).hexdigest()[:8]
    writer = _Writer(lake, f"{FEED}/{digest[:32]}/{told}", f"{path.name}#sha256={digest}", now)
    for number, batch in enumerate(batches_of(path, kind, replace(source, imported_at=now)), start=1):
        done.rows[batch.table] += batch.rows.num_rows
        done.added[batch.table] += writer.write(batch)
        done.quarantined += len(batch.rejects)
        if "venue" in batch.rows.column_names and batch.rows.num_rows:
            done.venue_untold |= batch.rows["venue"][0].as_py() == VENUE_UNTOLD
        progress(batch.table, f"{done.rows[batch.table]:,} rows")
        if number % BATCHES_BETWEEN_TIDYING == 0:
            lake.maintain(batch.table)
    done.seconds = perf_counter() - started
    return done


class _Writer:
    """Commits the batches of one file, numbered by table."""

    def __init__(self, lake: Lake, application: str, address: str, now: int) -> None:
        self._lake, self._application, self._address, self._now = lake, application, address, now
        self._numbers: Counter[str] = Counter()

    def write(self, batch: Batch) -> int:
        """Commit a batch and its rejects. Returns: how many rows were new."""
        if batch.rejects:
            self._commit("quarantine", to_arrow(TABLES["quarantine"], self._quarantined(batch.rejects)))
        return self._commit(batch.table, batch.rows) if batch.rows.num_rows else 0

    def _commit(self, table: str, rows: pa.Table) -> int:
        self._numbers[table] += 1
        source = pa.repeat(pa.scalar(self._address), rows.num_rows)
        place = rows.schema.get_field_index("source")
        rows = rows.append_column("source", source) if place < 0 else rows.set_column(place, "source", source)
        write = self._lake.append if table == "quarantine" else self._lake.extend
        return write(table, rows, self._application, self._numbers[table]).rows_added

    def _quarantined(self, rejects: Iterable[Reject]) -> list[Row]:
        return [
            {
                "date": day_of_ns(self._now),
                "ts_event": self._now,
                "known_at": self._now,
                "known_at_quality": "observed",
                "feed": FEED,
                "position": reject.position,
                "reason": reject.reason,
                "raw": reject.raw[:RAW_KEPT_MAX],
                "raw_size": len(reject.raw),
            }
            for reject in rejects
        ]


def _digest(path: Path) -> str:
    found = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while part := file.read(HASH_BYTES):
                found.update(part)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None
    return found.hexdigest()
