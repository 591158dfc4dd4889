"""Live bars of one venue from its log into the lake, each once, whatever dies when.

`LiveBars` is handed every tick of the log in order. Every few seconds it lands: closed bars into `live_bars`, late
trades into `late_trades`, what is made of the bars (indicators) into its table, what it has taken into
`stream_commits`, each an append under `stream/<venue>` whose version is the number of the last record. More seldom,
before the log may forget, it writes the engine beside the log. After a crash it goes on from that file:
records it has taken are passed over, and what has landed is not landed again.

Belongs here: landing, the file, rows. Not here: what a bar is (bars.py), reading the log, trades and quotes themselves,
what is made of bars (charts/).
"""

import logging
import os
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from tauric_assets.errors import MalformedDocument, StorageUnavailable
from tauric_assets.feeds.ticks import DECIMALS, Trade, amount
from tauric_assets.lake.store import Lake
from tauric_assets.settings import Settings
from tauric_assets.stream.bar_batches import take_at_once
from tauric_assets.stream.bar_snapshots import restore, snapshot
from tauric_assets.stream.bars import Bar, BarEngine, Late, Record, Rejected, Taken
from tauric_assets.stream.commits import application_id
from tauric_assets.tables import TABLES, Row, to_arrow
from tauric_assets.times import DAY_NS, MILLISECOND_NS, SECOND_NS, day_of_ns

logger = logging.getLogger(__name__)

SNAPSHOT = "bars.json"
QUIET_NS = 60 * SECOND_NS
"""How far a watermark moves in silence until it is told."""
MAINTAIN_COMMITS = 400
"""After so many landings the small files of the live tables are joined."""
LIVE_TABLES = ("live_bars", "late_trades", "live_indicators", "stream_commits")

Derive = Callable[[pa.Table], pa.Table]
"""Rows out of the next bars (rows of `live_bars`); it is handed each bar once, in the order in which they closed."""


@dataclass(frozen=True)
class Deriving:
    """What else is landed of closed bars, in the same landing and as surely.

    Args:
        table: whose rows they are.
        opened: of the settings, the lake, the venue and the number of a record gives what takes the bars closed after
            that record; those before it are in `live_bars`.
    """

    table: str
    opened: Callable[[Settings, Lake, str, int], Derive]


@dataclass
class Covered:
    """What was taken of one day since the last landing."""

    trades: int = 0
    late: int = 0
    bars: int = 0


@dataclass
class Waiting:
    """What is to be landed."""

    bars: list[Bar] = field(default_factory=list)
    late: list[Late] = field(default_factory=list)
    days: dict[date, Covered] = field(default_factory=dict)

    def day(self, instant: int) -> Covered:
        """The account of the day of `instant`."""
        return self.days.setdefault(day_of_ns(instant), Covered())


def engine_for(settings: Settings, venue: str) -> BarEngine:
    """A new engine as the settings want it.

    Raises: UsageError: an interval, a rule or the delay makes no sense.
    """
    return BarEngine(
        venue,
        named(settings.live_intervals),
        round(settings.bar_delay_s * SECOND_NS / MILLISECOND_NS) * MILLISECOND_NS,
        named(settings.activity_bars),
    )


def named(text: str) -> list[str]:
    """Names separated by commas."""
    return [name.strip() for name in text.split(",") if name.strip()]


class LiveBars:
    """Takes a venue's ticks and lands its bars.

    Args:
        folder: where the snapshot is kept; the venue's log.
        source: address of the stream, for the column `source`.
        deriving: what else is made of closed bars; None makes nothing.
    Raises: UsageError: the settings make no sense; StorageUnavailable: the snapshot cannot be read.
    """

    def __init__(
        self,
        settings: Settings,
        lake: Lake,
        venue: str,
        folder: Path,
        source: str,
        deriving: Deriving | None = None,
    ) -> None:
        self._lake, self._venue, self._source = lake, venue, source
        self._path, self._application = folder / SNAPSHOT, application_id(venue)
        self.engine, self._waiting = self._resumed(engine_for(settings, venue)), Waiting()
        self._resumed_at = self.engine.last_seq
        self._landed = {name: lake.last_version(name, self._application) for name in LIVE_TABLES}
        self._derived: list[pa.Table] = []
        self._deriving = deriving
        if deriving is not None:
            self._derived_seq = max(self._resumed_at, self._landed[deriving.table])
            self._derive = deriving.opened(settings, lake, venue, self._derived_seq)
        self._told = self.engine.watermark or 0
        self.bars = self.late = self.duplicates = self.commits = 0
        self.rejected: list[Rejected] = []

    def take(self, records: Iterable[Record]) -> None:
        """Take the next ticks of the log; those before the snapshot are passed over."""
        fresh = [record for record in records if record[0] > self._resumed_at]
        self._keep(take_at_once(self.engine, fresh))
        counted = self._landed["stream_commits"]
        days = Counter(tick[1] // DAY_NS for seq, tick, _ in fresh if tick.__class__ is Trade and seq > counted)
        for day, trades in days.items():
            self._waiting.day(day * DAY_NS).trades += trades

    def finish(self) -> None:
        """Close everything and land it: the log is a recording and has ended."""
        self._keep(self.engine.finish())
        self.land()

    def land(self) -> None:
        """Commit what was taken to the lake.

        Raises: StorageUnavailable, LakeConflict: call again, before anything else is taken.
        """
        watermark = self.engine.watermark
        if watermark is not None and watermark >= self._told + QUIET_NS:
            self._waiting.day(watermark)
        if self._waiting.days:
            self._commit()

    def remember(self) -> None:
        """Write down what is open, all else being landed; call it before the log forgets these records.

        Raises: StorageUnavailable: call again.
        """
        if self.engine.last_seq > self._resumed_at:
            self._write()

    def _commit(self) -> None:
        waiting, landed = self._waiting, self._landed
        bars = to_arrow(TABLES["live_bars"], [self._bar_row(bar) for bar in waiting.bars])
        late = [self._late_row(one) for one in waiting.late if one.seq > landed["late_trades"]]
        self._append("live_bars", _closed_after(bars, landed["live_bars"]))
        self._append("late_trades", to_arrow(TABLES["late_trades"], late))
        if self._deriving is not None:
            self._append_derived(self._deriving.table, bars)
        if self.engine.last_seq > landed["stream_commits"]:
            days = [self._commit_row(day, covered) for day, covered in waiting.days.items()]
            self._append("stream_commits", to_arrow(TABLES["stream_commits"], days))
        self._waiting, self._told = Waiting(), self.engine.watermark or 0
        self.commits += 1
        if self.commits % MAINTAIN_COMMITS == 0:
            for name in LIVE_TABLES:
                self._lake.maintain(name)

    def _keep(self, taken: Taken) -> None:
        waiting = self._waiting
        waiting.bars += taken.bars
        waiting.late += taken.late
        counted = self._landed["stream_commits"]
        for bar in taken.bars:
            if bar.closed_seq > counted:
                waiting.day(bar.ts_event).bars += 1
        for one in taken.late:
            if one.seq > counted:
                waiting.day(one.trade.ts_event).late += 1
        self.bars += len(taken.bars)
        self.late += len(taken.late)
        self.duplicates += taken.duplicates
        self.rejected += taken.rejected

    def _append_derived(self, table: str, bars: pa.Table) -> None:
        """Each bar is taken once, also where landing is tried again; what it gave is kept until it has landed."""
        fresh = _closed_after(bars, self._derived_seq)
        if fresh.num_rows:
            self._derived.append(self._derive(fresh))
            self._derived_seq = pc.max(fresh["closed_seq"]).as_py()
        if self._derived:
            self._append(table, pa.concat_tables(self._derived))
            self._derived.clear()

    def _append(self, table: str, rows: pa.Table) -> None:
        if not rows.num_rows:
            return
        seq = self.engine.last_seq
        self._lake.append(table, rows, app_id=self._application, version=seq)
        self._landed[table] = seq

    def _shared(self, ts_event: int, known_at: int, observed: bool) -> Row:
        return {
            "date": day_of_ns(ts_event),
            "ts_event": ts_event,
            "known_at": known_at,
            "known_at_quality": "observed" if observed else "source",
            "source": self._source,
            "venue": self._venue,
        }

    def _bar_row(self, bar: Bar) -> Row:
        return self._shared(bar.ts_event, bar.known_at, bar.observed) | {
            "symbol": bar.symbol,
            "interval": bar.interval,
            "number": bar.number,
            "ts_close": bar.ts_close,
            "open": amount(bar.open),
            "high": amount(bar.high),
            "low": amount(bar.low),
            "close": amount(bar.close),
            "volume": _exact(bar.volume, DECIMALS),
            "notional": _exact(bar.notional, 2 * DECIMALS),
            "trade_count": bar.trade_count,
            "closed_seq": bar.closed_seq,
        }

    def _late_row(self, late: Late) -> Row:
        trade, arrival = late.trade, late.received_at
        return self._shared(trade.ts_event, trade.ts_event if arrival is None else arrival, arrival is not None) | {
            "symbol": trade.symbol,
            "trade_id": trade.trade_id,
            "price": amount(trade.price),
            "size": amount(trade.size),
            "side": trade.side,
            "ts_recv": arrival,
            "log_seq": late.seq,
            "intervals": list(late.intervals),
        }

    def _commit_row(self, day: date, covered: Covered) -> Row:
        now = self._lake.clock()
        return self._shared(now, now, observed=True) | {
            "date": day,
            "last_seq": self.engine.last_seq,
            "trades": covered.trades,
            "late": covered.late,
            "bars": covered.bars,
            "watched_since": self.engine.since,
            "watermark": self.engine.watermark,
        }

    def _resumed(self, fresh: BarEngine) -> BarEngine:
        """The snapshot's engine, if it makes what the settings want; otherwise a fresh one."""
        try:
            held = restore(self._path.read_text())
        except FileNotFoundError:
            return fresh
        except OSError as error:
            raise StorageUnavailable(f"cannot read {self._path}: {error.strerror}") from error
        except MalformedDocument as error:
            logger.warning("venue=%s bars begin anew error=%s", self._venue, error)
            return fresh
        same = (held.intervals, held.delay_ns, held.rules) == (fresh.intervals, fresh.delay_ns, fresh.rules)
        return held if same else fresh

    def _write(self) -> None:
        new = self._path.with_suffix(".new")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with new.open("w") as file:
                file.write(snapshot(self.engine))
                file.flush()
                os.fsync(file.fileno())
            new.replace(self._path)
        except OSError as error:
            raise StorageUnavailable(f"cannot write {self._path}: {error.strerror}; free space") from error


def _closed_after(bars: pa.Table, seq: int) -> pa.Table:
    return bars.filter(pc.field("closed_seq") > seq)


def _exact(number: int, digits: int) -> Decimal:
    """An int in units of the last of `digits` decimals, however long."""
    return Decimal((0, tuple(map(int, str(number))), -digits))
