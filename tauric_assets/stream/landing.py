"""From a digest's batch into the lake, exactly once.

The rows of a table and the number of the last record they come from are one commit of the lake (`stream/<venue>`).
Every few seconds what the digest remembers is written beside the log, and segments that are no longer needed are
removed. A crash anywhere between leaves a memory that is older than some tables: the records after it are read again,
and tables that are further on skip what they have.

Belongs here: commits, the memory's file, what only the lake can judge. Not here: what records mean (digest.py).
"""

import json
import logging
import os
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import pyarrow as pa

from tauric_assets.errors import StorageUnavailable, UsageError
from tauric_assets.feeds.ticks import Trade, amount
from tauric_assets.lake.engine import engine
from tauric_assets.lake.store import Lake
from tauric_assets.stream.columns import (
    backfill_source,
    day_number,
    day_of_number,
    quotes_table,
    trades_table,
)
from tauric_assets.stream.commits import application_id
from tauric_assets.stream.digest import Batch, Digest, Doubtful, QuoteKey
from tauric_assets.stream.gap_rows import GapRow
from tauric_assets.stream.ledger import Span, spans
from tauric_assets.stream.memory import Memory
from tauric_assets.stream.tail import forget
from tauric_assets.tables import TABLES, to_arrow
from tauric_assets.times import Days

LANDED_TABLES = ("trades", "quotes", "quarantine", "gaps", "clock_offsets")
MEMORY = "memory.json"

logger = logging.getLogger(__name__)


class Landing:
    """Lands one venue's batches. One process at a time; the holder of `digest.lock`.

    Args:
        folder: the venue's log.
    """

    def __init__(self, lake: Lake, venue: str, folder: Path) -> None:
        self._lake, self._venue, self._folder = lake, venue, folder
        self._application = application_id(venue)
        self.versions = {name: lake.last_version(name, self._application) for name in LANDED_TABLES}
        self.rows = self.commits = 0

    def remembered(self) -> Memory:
        """What the digest remembered last; a new memory where there is none.

        Without a memory, reading begins at the first record the log still holds.
        """
        path = self._folder / MEMORY
        try:
            return Memory.from_plain(json.loads(path.read_text()))
        except FileNotFoundError:
            return Memory()
        except (ValueError, KeyError, TypeError) as error:
            logger.warning("venue=%s memory unreadable, beginning anew error=%r", self._venue, error)
            return Memory()

    def trades(self, day: int, before: int) -> tuple[dict[str, list[Span]], set[tuple[str, str]]]:
        """What the lake held of a day before an arrival: spans of trade numbers by symbol, and every (symbol, id).

        Answers to gaps do not count: the log that is read again after a crash makes the same gaps, which are asked for
        again, found landed and written down as filled.

        Args:
            before: arrival of the record that asks; what this recording landed later is not counted.
        """
        days = Days.one(day_of_number(day))
        where = f"venue = '{self._venue}' AND source <> '{backfill_source(self._venue)}'"
        where += f" AND known_at < {before}" if before else ""
        rows = self._lake.read("trades", days=days, columns=["symbol", "trade_id"], where=where)
        numbers: dict[str, list[int]] = defaultdict(list)
        others: set[tuple[str, str]] = set()
        for row in rows.to_pylist():
            symbol, trade_id = str(row["symbol"]), str(row["trade_id"])
            others.add((symbol, trade_id))
            if trade_id.isdecimal():
                numbers[symbol].append(int(trade_id))
        return {symbol: spans(found) for symbol, found in numbers.items()}, others

    def quotes(self, day: int, before: int) -> set[QuoteKey]:
        """What the lake held of a day's quotes before an arrival."""
        days = Days.one(day_of_number(day))
        where = f"venue = '{self._venue}'" + (f" AND known_at < {before}" if before else "")
        columns = ["symbol", "ts_event", "sequence"]
        rows = self._lake.read("quotes", days=days, columns=columns, where=where).to_pylist()
        return {(str(row["symbol"]), int(row["ts_event"]), row["sequence"]) for row in rows}

    def gaps(self) -> list[GapRow]:
        """The latest row of every gap in trade numbers."""
        columns = ["symbol", "first_missing", "last_missing", "known_at", "found_by", "ts_before", "ts_after", "status"]
        where = f"venue = '{self._venue}' AND symbol IS NOT NULL"
        found = self._lake.read("gaps", columns=columns, where=where)
        return [GapRow(*row) for row in zip(*(found[name].to_pylist() for name in columns), strict=True)]

    def land(self, digest: Digest) -> None:
        """Commit everything in the digest's batch.

        Raises: UsageError: another process lands for this venue; StorageUnavailable, LakeConflict: try again later,
            with the same batch.
        """
        batch, seq = digest.batch, digest.memory.landed
        filled = self._judge(digest, batch)
        if filled:
            batch.doubtful = filled  # if the next line fails, they are judged again
            told = trades_table(self._venue, [one.trade for one in filled], [one.arrived for one in filled])
            self._append_answered("trades", told)
            batch.doubtful = []
        if batch.trades:
            self._append("trades", trades_table(self._venue, batch.trades, batch.trades_arrived), seq)
            batch.trades, batch.trades_arrived = [], []
        if batch.quotes:
            self._append("quotes", quotes_table(self._venue, batch.quotes, batch.quotes_arrived), seq)
            batch.quotes, batch.quotes_arrived = [], []
        for name, rows in list(batch.rows.items()):
            answered, logged = [row for at, row in rows if at == 0], [row for at, row in rows if at]
            if answered:
                self._append_answered(name, to_arrow(TABLES[name], answered))
            batch.rows[name] = [(at, row) for at, row in rows if at]
            if logged:
                self._append(name, to_arrow(TABLES[name], logged), seq)
            del batch.rows[name]

    def remember(self, memory: Memory) -> None:
        """Write down what the digest remembers, all of it landed, and remove segments nobody needs any more.

        Raises: StorageUnavailable.
        """
        self._write(memory)
        forget(self._folder, memory.landed)

    def _append(self, table: str, rows: pa.Table, seq: int) -> None:
        commit = self._lake.append(table, rows, app_id=self._application, version=seq)
        if not commit.changed:
            raise UsageError(f"another sidecar records {self._venue} into this lake; stop one of them")
        self.versions[table] = seq
        self.rows += commit.rows_added
        self.commits += 1

    def _append_answered(self, table: str, rows: pa.Table) -> None:
        """Rows that a venue's answers gave and no record of the log; after a crash they are asked for again."""
        application = f"{self._application}/backfill"
        version = self._lake.last_version(table, application) + 1
        self.rows += self._lake.append(table, rows, app_id=application, version=version).rows_added
        self.commits += 1

    def _judge(self, digest: Digest, batch: Batch) -> list[Doubtful]:
        """Sort out doubtful trades by what the lake holds; the new ones that were asked for, which land first."""
        doubtful, batch.doubtful = batch.doubtful, []
        if not doubtful:
            return []
        landed = self._landed(doubtful)
        filled: list[Doubtful] = []
        for one in doubtful:
            said = landed.get((one.trade.symbol, one.trade.trade_id))
            if said is None and not one.expected:
                if one.arrived.seq == 0:
                    filled.append(one)
                else:
                    batch.trades.append(one.trade)
                    batch.trades_arrived.append(one.arrived)
            elif said is None or said == (amount(one.trade.price), amount(one.trade.size), one.trade.side):
                digest.counts.duplicates += 1
            else:
                digest.contradicted(one.trade, one.arrived)
        return filled

    def _landed(self, doubtful: Iterable[Doubtful]) -> dict[tuple[str, str], tuple[object, object, object]]:
        by_day: dict[date, list[Trade]] = defaultdict(list)
        for one in doubtful:
            by_day[day_of_number(day_number(one.trade.ts_event))].append(one.trade)
        found: dict[tuple[str, str], tuple[object, object, object]] = {}
        for day, trades in by_day.items():
            with engine() as connection:
                connection.register("asked", pa.table({"trade_id": [trade.trade_id for trade in trades]}))
                stored = self._lake.scan(connection, "trades", days=Days.one(day))
                sql = f"SELECT symbol, trade_id, price, size, side FROM ({stored}) WHERE venue = '{self._venue}'"
                sql += " AND trade_id IN (SELECT trade_id FROM asked) ORDER BY known_at"
                for symbol, trade_id, *said in connection.execute(sql).fetchall():
                    found[symbol, trade_id] = (said[0], said[1], said[2])
        return found

    def _write(self, memory: Memory) -> None:
        path = self._folder / MEMORY
        temporary = path.with_suffix(".new")
        try:
            with temporary.open("w") as file:
                json.dump(memory.to_plain(), file, separators=(",", ":"))
                file.flush()
                os.fdatasync(file.fileno())
            temporary.replace(path)
        except OSError as error:
            raise StorageUnavailable(f"cannot write {path}: {error.strerror}") from error


def first_free_seq(lake: Lake, venue: str) -> int:
    """The lowest record number that no commit of `venue` has reached; a log that lost its files continues from here."""
    return 1 + max(0, *(lake.last_version(name, application_id(venue)) for name in LANDED_TABLES))
