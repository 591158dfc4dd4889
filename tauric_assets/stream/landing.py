"""Live rows of one venue into the lake: each trade once, each commit once.

A batch and its number are one commit of the lake, so a crash neither repeats nor tears a batch. Trades that came and
were not yet committed (at most BATCH_ROWS_MAX or BATCH_S) are lost with the process; asking the venue's history later
brings them.

Belongs here: batches, duplicates, what cannot be read. Not here: sockets, parsing, reconnecting.
"""

import time
from collections import OrderedDict
from collections.abc import Iterable
from datetime import date
from typing import cast

from tauric_assets.errors import UsageError
from tauric_assets.feeds.contract import Parsed, Reject
from tauric_assets.lake.store import Lake
from tauric_assets.stream.commits import application_id
from tauric_assets.tables import TABLES, Row, to_arrow
from tauric_assets.times import Days, day_of_ns

BATCH_ROWS_MAX = 1_000
BATCH_S = 1.0
DAYS_HELD_MAX = 4
RAW_KEPT_MAX = 64 * 1024

assert BATCH_ROWS_MAX > 0 < DAYS_HELD_MAX


class Landing:
    """Takes what frames held and commits it in batches.

    Args:
        venue: as in the column `venue`; `stream/<venue>` names the commits.
        source: address of the stream, for the column `source`.
    """

    def __init__(self, lake: Lake, venue: str, source: str) -> None:
        self._lake, self._venue, self._source = lake, venue, source
        self._application = application_id(venue)
        self._trades: list[Row] = []
        self._unreadable: list[Row] = []
        self._held: OrderedDict[date, set[tuple[str, str]]] = OrderedDict()
        self._versions = {name: lake.last_version(name, self._application) for name in ("trades", "quarantine")}
        self._due = time.monotonic() + BATCH_S
        self.rows = self.duplicates = self.quarantined = self.ignored = self.commits = 0

    def take(self, parsed: Parsed, received_at: int) -> None:
        """Take what one frame held; commit where a batch is full."""
        self.ignored += parsed.ignored
        self._quarantine(parsed.rejects, received_at)
        for row in parsed.rows.get("trades", ()):
            day, key = day_of_ns(cast("int", row["ts_event"])), (str(row["symbol"]), str(row["trade_id"]))
            held = self._keys(day)
            if key in held:
                self.duplicates += 1
                continue
            held.add(key)
            self._trades.append({**row, "date": day, "source": self._source})
            if len(self._trades) >= BATCH_ROWS_MAX:
                self.flush()

    def flush_if_due(self) -> None:
        """Commit what is there when the batch is BATCH_S old."""
        if time.monotonic() >= self._due:
            self.flush()

    def flush(self) -> None:
        """Commit everything taken so far.

        Raises: UsageError: another sidecar commits for this venue; StorageUnavailable, LakeConflict.
        """
        trades, self._trades = self._trades, []
        unreadable, self._unreadable = self._unreadable, []
        self.rows += self._append("trades", trades)
        self.quarantined += self._append("quarantine", unreadable)
        self._due = time.monotonic() + BATCH_S

    def _append(self, table: str, rows: list[Row]) -> int:
        if not rows:
            return 0
        self._versions[table] += 1
        batch = to_arrow(TABLES[table], rows)
        commit = self._lake.append(table, batch, app_id=self._application, version=self._versions[table])
        if not commit.changed:
            raise UsageError(f"another sidecar records {self._venue} into this lake; stop one of them")
        self.commits += 1
        return commit.rows_added

    def _keys(self, day: date) -> set[tuple[str, str]]:
        """Symbol and number of every trade of `day` that is stored or taken."""
        if day not in self._held:
            self.flush()
            stored = self._lake.read(
                "trades", days=Days.one(day), columns=["symbol", "trade_id"], where=f"venue = '{self._venue}'"
            )
            pairs = stored.to_pylist()
            self._held[day] = {(str(pair["symbol"]), str(pair["trade_id"])) for pair in pairs}
            while len(self._held) > DAYS_HELD_MAX:
                self._held.popitem(last=False)
        self._held.move_to_end(day)
        return self._held[day]

    def _quarantine(self, rejects: Iterable[Reject], received_at: int) -> None:
        for reject in rejects:
            self._unreadable.append(
                {
                    "date": day_of_ns(received_at),
                    "ts_event": received_at,
                    "known_at": received_at,
                    "known_at_quality": "observed",
                    "source": self._source,
                    "feed": self._application,
                    "position": f"frame received at {received_at}, {reject.position}",
                    "reason": reject.reason,
                    "raw": reject.raw[:RAW_KEPT_MAX],
                    "raw_size": len(reject.raw),
                }
            )
            if len(self._unreadable) >= BATCH_ROWS_MAX:
                self.flush()
