"""What the records of a venue's log mean: new trades and quotes, repeats, contradictions, gaps, the venue's clock.

A pure function of the log: the same records give the same rows, however they are cut into groups and whenever the
process died in between. All delays are counted in the log's own time (arrivals), never by a clock.

Belongs here: reading frames, telling new from known, writing down gaps and clocks.
Not here: what is remembered (memory.py), files and commits (landing.py), asking venues (filling.py), bars.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from tauric_assets.errors import MalformedDocument
from tauric_assets.feeds.contract import Gap, Reject
from tauric_assets.feeds.ticks import UNDATED, Heartbeat, Quote, Ticks, Trade
from tauric_assets.stream.clocks import ClockWindow
from tauric_assets.stream.columns import Arrived, backfill_source, day_number
from tauric_assets.stream.gap_rows import GapRow, gaps_of
from tauric_assets.stream.ledger import Hole, Ledger, Span
from tauric_assets.stream.memory import Memory
from tauric_assets.stream.wal import CLOSED, FRAME, OPENED, STARTED, Group, Record
from tauric_assets.tables import Row
from tauric_assets.times import SECOND_NS, day_of_ns

SWEEP_NS = SECOND_NS // 4
"""How often, in the log's time, it is looked which holes have become gaps."""
RECENT_TRADES = 20_000
"""Trades of a symbol whose contents are kept to compare repeats with; older ones are compared with the lake."""
RECENT_QUOTES = 4_096
RAW_KEPT_MAX = 64 * 1024
IDS_DAYS_MAX = 2
LARGEST_NUMBER = 18
"""Digits of a trade number that still counts as a number."""

Accepted = tuple[int, Trade | Heartbeat, int | None]
"""Number in the log, a tick that is new, its arrival (None where a capture does not say)."""
QuoteKey = tuple[str, int, int | None]
"""Symbol, ts_event, sequence."""


class Stored(Protocol):
    """What the lake held of a day before an arrival; see landing.py."""

    def trades(self, day: int, before: int) -> tuple[dict[str, list[Span]], set[tuple[str, str]]]:
        """Spans of trade numbers by symbol, and every (symbol, id)."""
        ...

    def quotes(self, day: int, before: int) -> set[QuoteKey]:
        """Every quote."""
        ...


class Reader(Protocol):
    """What a digest wants of a feed."""

    NAME: str
    TRADE_IDS_ARE_CONTIGUOUS: bool
    FRAMES_ARE_NUMBERED: bool
    GAPS_CAN_BE_FILLED: bool

    def ticks(self, frame: bytes) -> Ticks:
        """One frame as ticks. Raises: MalformedDocument."""
        ...


@dataclass
class Doubtful:
    """A trade that only the lake can judge: perhaps landed already, perhaps contradicting what landed.

    Args:
        expected: whether the ledger thinks that it is there.
    """

    trade: Trade
    arrived: Arrived
    expected: bool


@dataclass
class Batch:
    """What is to be landed. Rows of other tables carry the number of the record they come from, 0 for none."""

    trades: list[Trade] = field(default_factory=list)
    trades_arrived: list[Arrived] = field(default_factory=list)
    quotes: list[Quote] = field(default_factory=list)
    quotes_arrived: list[Arrived] = field(default_factory=list)
    doubtful: list[Doubtful] = field(default_factory=list)
    rows: dict[str, list[tuple[int, Row]]] = field(default_factory=dict)

    def add(self, table: str, seq: int, row: Row) -> None:
        """One row of another table."""
        self.rows.setdefault(table, []).append((seq, row))

    @property
    def size(self) -> int:
        """Rows, about."""
        return len(self.trades) + len(self.quotes) + len(self.doubtful) + sum(map(len, self.rows.values()))


@dataclass
class Counts:
    """What a digest has seen since it was made."""

    records: int = 0
    trades: int = 0
    quotes: int = 0
    duplicates: int = 0
    quarantined: int = 0
    ignored: int = 0
    gaps: int = 0
    missing: int = 0
    filled: int = 0
    last_ts_event: int = 0
    last_received_at: int = 0


class Digest:
    """Takes the groups of one venue's log in order.

    Args:
        memory: as it was after record `memory.landed`; changed in place.
        landed: by table, the number up to which its rows are in the lake; rows of these records are not made again.
        stored: what the lake holds of a day, asked when its first trade comes.
        gap_delay_ns: how long a missing number is waited for before it is a gap.
    """

    def __init__(
        self, reader: Reader, memory: Memory, landed: dict[str, int], stored: Stored, gap_delay_ns: int
    ) -> None:
        self._reader, self.memory, self._landed, self._stored = reader, memory, landed, stored
        self._gap_delay_ns = gap_delay_ns
        self._recent: dict[str, dict[str, Trade]] = {}
        self._recent_quotes: dict[Quote, None] = {}
        self._quote_floors = dict(memory.quote_tops)
        self._stored_quotes: dict[int, set[QuoteKey]] = {}
        self._others: dict[int, set[tuple[str, str]]] = {}
        self._days = set(memory.days)
        self._trades_landed = landed.get("trades", -1)
        self.batch = Batch()
        self.counts = Counts()
        self.accepted: list[Accepted] = []
        self.to_fill: list[Gap] = [
            gap
            for symbol, ledger in memory.ledgers.items()
            for hole in ledger.holes
            if hole.reported_at is not None
            for gap in gaps_of(symbol, hole)
        ]

    def take(self, group: Group) -> None:
        """Take one group; what it means is added to `batch`, `accepted` and `to_fill`."""
        seq = group.first_seq
        for record in group.records:
            if record.kind == FRAME:
                self._frame(seq, record)
            elif record.kind == OPENED:
                self.memory.sources[record.connection] = record.payload.decode()
                self.memory.undated_floors = dict(self.memory.undated_tops)
            elif record.kind == STARTED:
                self.memory.numbered.clear()
                self.memory.heard = (0, 0)
            elif record.kind == CLOSED:
                self.memory.numbered.pop(record.connection, None)
            if record.received_at >= self.memory.sweep_at:
                self._sweep(seq, record.received_at)
            seq += 1
        self.memory.landed = seq - 1
        self.counts.records += len(group.records)

    def take_filled(self, gap: Gap, trades: Sequence[Trade], ended: str | None = None) -> None:
        """Take trades that the venue told when asked for a gap, or for several together.

        Args:
            ended: why nothing more of it will be told; None where more may come.
        """
        ledger = self.memory.ledgers[gap.symbol]
        by_number = {int(trade.trade_id): trade for trade in trades}
        arrived = Arrived(0, 0, backfill_source(self._reader.NAME))
        for number in ledger.answered({number: trade.ts_event for number, trade in by_number.items()}):
            trade = by_number[number]
            self.batch.doubtful.append(Doubtful(trade, arrived, expected=False))
            self._remember(trade)
        if ended is not None:
            for hole in ledger.reported(gap.first_missing, gap.last_missing):
                hole.ended.append((gap.first_missing, gap.last_missing, ended))
                hole.changed = hole.answered = True

    def unanswered(self, gap: Gap) -> list[Gap]:
        """What of a gap is still missing and may still be asked for."""
        first, last = gap.first_missing, gap.last_missing
        asked = [
            one for hole in self.memory.ledgers[gap.symbol].reported(first, last) for one in gaps_of(gap.symbol, hole)
        ]
        return [one for one in asked if first <= one.first_missing and one.last_missing <= last]

    def revise(self, seq: int) -> None:
        """Write down, as of record `seq`, what has come of reported gaps since the last look.

        Args:
            seq: 0 where the log has ended and only the venue's answers go on.
        """
        now = self.memory.sweep_at
        for symbol, ledger in self.memory.ledgers.items():
            for hole in [hole for hole in ledger.holes if hole.changed and hole.reported_at is not None]:
                self._revise(seq, now, symbol, ledger, hole)

    def agree(self, told: Iterable[GapRow]) -> None:
        """Make the table `gaps` say what is remembered, once all records whose gaps landed were read again.

        A crash between the two leaves rows of a later state than the memory's.

        Args:
            told: the latest row of every gap.
        """
        rows = {row.place: row for row in told}
        for symbol, ledger in self.memory.ledgers.items():
            holes = {GapRow.of(symbol, hole, 0).place: hole for hole in ledger.holes if hole.reported_at is not None}
            for place, hole in holes.items():
                row = rows.get(place)
                if row is None or row.status != "open":
                    hole.reported_at = max(self.memory.sweep_at, row.known_at + 1 if row is not None else 0)
                    self._gap_row(0, GapRow.of(symbol, hole, hole.reported_at))
                else:
                    hole.reported_at = row.known_at
            for row in rows.values():
                watched = ledger.base is not None and row.first > max(ledger.base, ledger.forgotten)
                if row.symbol == symbol and row.status == "open" and row.place not in holes and watched:
                    status = "narrowed" if ledger.reported(row.first, row.last) else "filled"
                    known_at = max(self.memory.sweep_at, row.known_at + 1)
                    closed = row._replace(status=status, known_at=known_at, reported_at=row.known_at, reason="")
                    self._gap_row(0, closed)

    def finish(self) -> None:
        """The input has ended: every hole that is left becomes a gap, the clock's last window is written down."""
        if self.counts.records:
            last = max(self.counts.last_received_at or self.counts.last_ts_event, self.memory.sweep_at)
            self._sweep(self.memory.landed, last + self._gap_delay_ns)
            self._clock_row(self.memory.landed, self.memory.clock)
            self.memory.clock = ClockWindow()

    def _frame(self, seq: int, record: Record) -> None:
        received_at, connection, _, payload = record
        try:
            ticks = self._reader.ticks(payload)
        except MalformedDocument as error:
            self._quarantine(seq, record, [Reject(str(error), error.position or "frame", payload)])
            return
        arrived = Arrived(seq, received_at, self.memory.sources.get(connection, self._reader.NAME))
        for trade in ticks.trades:
            self._trade(trade, arrived)
        if ticks.quotes:
            self._quotes(ticks.quotes, arrived)
        for heartbeat in ticks.heartbeats:
            self._heartbeat(heartbeat, seq, received_at)
        if ticks.rejects:
            self._quarantine(seq, record, ticks.rejects)
        if ticks.connection_sequence is not None:
            self._numbered(seq, record, ticks.connection_sequence)
        self.counts.ignored += ticks.ignored + len(ticks.heartbeats)
        self.counts.last_received_at = received_at

    def _trade(self, trade: Trade, arrived: Arrived) -> None:
        ts_event = trade.ts_event
        if day_number(ts_event) not in self._days:
            self._open_day(day_number(ts_event), arrived.received_at)
        verdict = self._verdict(trade, arrived.received_at)
        if verdict == "again":
            self._repeated(trade, arrived)
            return
        self.counts.trades += 1
        self._remember(trade)
        self.accepted.append((arrived.seq, trade, arrived.received_at or None))
        if ts_event > self.counts.last_ts_event:
            self.counts.last_ts_event = ts_event
        if ts_event > self.memory.heard[0]:
            self.memory.heard = (ts_event, arrived.received_at)
        if arrived.received_at:
            closed = self.memory.clock.take(arrived.received_at, ts_event)
            if closed is not None:
                self._clock_row(arrived.seq, closed)
        if arrived.seq <= self._trades_landed:
            return
        if verdict == "late":
            self.batch.doubtful.append(Doubtful(trade, arrived, expected=False))
        else:
            self.batch.trades.append(trade)
            self.batch.trades_arrived.append(arrived)

    def _verdict(self, trade: Trade, received_at: int) -> str:
        trade_id = trade.trade_id
        if self._reader.TRADE_IDS_ARE_CONTIGUOUS and _is_number(trade_id):
            ledger = self.memory.ledgers.get(trade.symbol)
            if ledger is None:
                ledger = self.memory.ledgers[trade.symbol] = Ledger()
            return ledger.add(int(trade_id), trade.ts_event, received_at)
        others = self._others.get(day_number(trade.ts_event))
        if others is None:
            self._open_day(day_number(trade.ts_event), received_at)
            others = self._others[day_number(trade.ts_event)]
        key = (trade.symbol, trade_id)
        if key in others:
            return "again"
        others.add(key)
        return "new"

    def _remember(self, trade: Trade) -> None:
        recent = self._recent.get(trade.symbol)
        if recent is None:
            recent = self._recent[trade.symbol] = {}
        recent[trade.trade_id] = trade
        if len(recent) > 2 * RECENT_TRADES:
            for trade_id in list(recent)[:RECENT_TRADES]:
                del recent[trade_id]

    def _repeated(self, trade: Trade, arrived: Arrived) -> None:
        earlier = self._recent.get(trade.symbol, {}).get(trade.trade_id)
        if earlier is None:
            if arrived.seq > self._trades_landed:
                self.batch.doubtful.append(Doubtful(trade, arrived, expected=True))
            else:
                self.counts.duplicates += 1
        elif same_trade(earlier, trade):
            self.counts.duplicates += 1
        else:
            self.contradicted(trade, arrived)

    def contradicted(self, trade: Trade, arrived: Arrived) -> None:
        """A trade that says something else under an id that is known."""
        raw = repr(tuple(trade)).encode()
        reject = Reject("another trade has this id", f"trade {trade.symbol} {trade.trade_id}", raw)
        self._quarantine(arrived.seq, Record(arrived.received_at or trade.ts_event, 0, FRAME, raw), [reject])

    def _quotes(self, quotes: Iterable[Quote], arrived: Arrived) -> None:
        recent = self._recent_quotes
        for told in quotes:
            if told.ts_event == UNDATED and not arrived.received_at:
                self.counts.ignored += 1
                continue
            if told in recent or self._was_told_before(told) or self._was_stored(told, arrived.received_at):
                self.counts.duplicates += 1
                continue
            recent[told] = None
            self.counts.quotes += 1
            if told.ts_event == UNDATED and told.sequence is not None:
                tops = self.memory.undated_tops
                tops[told.symbol] = max(told.sequence, tops.get(told.symbol, -1))
            if told.ts_event > self.memory.quote_tops.get(told.symbol, 0):
                self.memory.quote_tops[told.symbol] = told.ts_event
            if arrived.seq > self._landed.get("quotes", -1):
                quote = told._replace(ts_event=arrived.received_at) if told.ts_event == UNDATED else told
                self.batch.quotes.append(quote)
                self.batch.quotes_arrived.append(arrived)
        if len(recent) > 2 * RECENT_QUOTES:
            for old in list(recent)[:RECENT_QUOTES]:
                del recent[old]

    def _was_told_before(self, quote: Quote) -> bool:
        """Whether an earlier connection told this quote: without a time, a venue's own number alone can say so."""
        if quote.ts_event != UNDATED or quote.sequence is None:
            return False
        return quote.sequence <= self.memory.undated_floors.get(quote.symbol, -1)

    def _was_stored(self, quote: Quote, received_at: int) -> bool:
        """Whether an earlier process landed this quote; only asked of the lake where its time makes that possible."""
        if quote.ts_event == UNDATED or quote.ts_event > self._quote_floors.get(quote.symbol, -1):
            return False
        day = day_number(quote.ts_event)
        if day not in self._stored_quotes:
            self._stored_quotes[day] = self._stored.quotes(day, received_at)
        return (quote.symbol, quote.ts_event, quote.sequence) in self._stored_quotes[day]

    def _heartbeat(self, heartbeat: Heartbeat, seq: int, received_at: int) -> None:
        if heartbeat.ts_event == UNDATED:
            ts_event, arrival = self.memory.heard
            if not received_at or not arrival:
                return  # nothing heard yet that tells the venue's time
            heartbeat = heartbeat._replace(ts_event=ts_event + received_at - arrival)
        self.accepted.append((seq, heartbeat, received_at or None))
        told = heartbeat.last_trade_id
        if heartbeat.symbol is None or told is None or not self._reader.TRADE_IDS_ARE_CONTIGUOUS:
            return
        if _is_number(told):
            ledger = self.memory.ledgers.setdefault(heartbeat.symbol, Ledger())
            ledger.told(int(told), heartbeat.ts_event, received_at)

    def _numbered(self, seq: int, record: Record, number: int) -> None:
        """Frames that a venue counts on a connection: a jump is a loss, of what nobody can say."""
        last, at = self.memory.numbered.get(record.connection, (number - 1, record.received_at))
        if number > last + 1:
            now = record.received_at
            self._gap_row(seq, GapRow(None, last + 1, number - 1, now, "connection_sequence", at, now))
            self.counts.gaps += 1
        if number > last:
            self.memory.numbered[record.connection] = (number, record.received_at)

    def _open_day(self, day: int, received_at: int) -> None:
        spans, others = self._stored.trades(day, received_at)
        if day not in self._days:
            for symbol, found in spans.items():
                ledger = self.memory.ledgers.setdefault(symbol, Ledger())
                for first, last in found:
                    ledger.known(first, last)
            self._days.add(day)
            self.memory.days = sorted(self._days)
        if self._reader.TRADE_IDS_ARE_CONTIGUOUS:
            others = {key for key in others if not _is_number(key[1])}
        self._others[day] = others
        for old in sorted(self._others)[:-IDS_DAYS_MAX]:
            if old != day:
                del self._others[old]

    def _sweep(self, seq: int, now: int) -> None:
        self.memory.sweep_at = now - now % SWEEP_NS + SWEEP_NS
        for symbol, ledger in self.memory.ledgers.items():
            if not ledger.holes:
                continue
            for hole in ledger.due(now, self._gap_delay_ns):
                self._report(seq, now, symbol, ledger, hole)
        self.revise(seq)

    def _report(self, seq: int, now: int, symbol: str, ledger: Ledger, hole: Hole) -> None:
        """A hole becomes a gap: one row for each run of numbers that is still missing."""
        ledger.holes.remove(hole)
        for first, last in hole.missing:
            gap = Hole(first, last, hole.noticed_at, hole.ts_before, hole.ts_after, hole.found_by, reported_at=now)
            ledger.holes.append(gap)
            self._gap_row(seq, GapRow.of(symbol, gap, now))
            self.counts.gaps += 1
            self.counts.missing += last - first + 1
            self.to_fill += gaps_of(symbol, gap)

    def _revise(self, seq: int, now: int, symbol: str, ledger: Ledger, hole: Hole) -> None:
        """A gap is filled, or narrowed to what is still missing, or the venue has said that nothing will come."""
        seq, now = 0 if hole.answered else seq, max(now, (hole.reported_at or 0) + 1)
        still = sum(last - first + 1 for first, last in hole.missing)
        self.counts.filled += hole.last - hole.first + 1 - still
        self.counts.missing -= hole.last - hole.first + 1 - still
        ledger.holes.remove(hole)
        if hole.missing == [(hole.first, hole.last)]:  # nothing came of it
            rests: list[tuple[int, int, int | None]] = [(hole.first, hole.last, hole.reported_at)]
        else:
            rests = [(first, last, None) for first, last in hole.missing]
            closed = GapRow.of(symbol, hole, now)._replace(reported_at=hole.reported_at, reason="")
            self._gap_row(seq, closed._replace(status="narrowed" if rests else "filled"))
        for first, last, superseded in rests:
            rest = replace(hole, first=first, last=last, missing=[(first, last)], reported_at=now)
            rest.changed, rest.answered, rest.ended, rest.reason = False, False, [], hole.reason_of(first, last)
            if superseded is None:
                rest.ts_before = hole.ts_before if hole.told_below is None else hole.told_below
                rest.ts_after = hole.told_above or hole.ts_after
            ledger.holes.append(rest)
            self._gap_row(seq, GapRow.of(symbol, rest, now)._replace(reported_at=superseded))

    def _gap_row(self, seq: int, gap: GapRow) -> None:
        if 0 < seq <= self._landed.get("gaps", -1):
            return
        self.batch.add("gaps", seq, gap.row(self._reader.NAME))

    def _clock_row(self, seq: int, window: ClockWindow) -> None:
        if window.start and window.count and seq > self._landed.get("clock_offsets", -1):
            self.batch.add("clock_offsets", seq, window.row(self._reader.NAME))

    def _quarantine(self, seq: int, record: Record, rejects: Iterable[Reject]) -> None:
        for reject in rejects:
            self.counts.quarantined += 1
            if 0 < seq <= self._landed.get("quarantine", -1):
                continue
            known = record.received_at or SECOND_NS
            where = f"record {seq}" if not record.received_at else f"frame received at {record.received_at}"
            self.batch.add(
                "quarantine",
                seq,
                {
                    "date": day_of_ns(known),
                    "ts_event": known,
                    "known_at": known,
                    "known_at_quality": "observed",
                    "source": self.memory.sources.get(record.connection, self._reader.NAME),
                    "feed": f"stream/{self._reader.NAME}",
                    "position": f"{where}, {reject.position}",
                    "reason": reject.reason,
                    "raw": reject.raw[:RAW_KEPT_MAX],
                    "raw_size": len(reject.raw),
                },
            )


def same_trade(one: Trade, other: Trade) -> bool:
    """Whether two tellings of an id agree in price, size and side."""
    return one.price == other.price and one.size == other.size and one.side == other.side


def _is_number(trade_id: str) -> bool:
    return trade_id.isdecimal() and trade_id.isascii() and len(trade_id) <= LARGEST_NUMBER
