"""The live bar engine: trades and heartbeats of one venue in the order of its log, bars and late trades out.

The contract:
- A window is `[start, end)`, aligned to the epoch, UTC. Its open and close are the prices of its first and last trade
  by (ts_event, trade id), ids as numbers where they are numbers; sums are exact ints.
- The watermark is the latest ts_event taken so far, less the delay; each record moves it after it was judged itself.
  A window closes when the watermark reaches its last millisecond (`end - 1 ms`), gives one bar if it holds a trade,
  and never changes again. Heartbeats move the watermark as trades do, so that the last bar of a quiet market closes.
- A trade whose window has closed is late for that interval. It is told, with the intervals it missed, and is counted
  in every wider window that is still open.
- A trade counts once: its id is remembered until a whole widest window (a day) after its own has closed, and what comes
  again is a duplicate, never late. While the second of the first one is open, another time, price or size of the same
  id makes it a reject instead.
- A stamp that is ahead of its arrival by more than AHEAD_MAX_NS counts like any other, but moves the watermark no
  further than that: one wrong clock would make every later trade late.

All of it depends on the sequence of records alone, not on how they are cut into calls or on restarts. Trades are kept
per second until their second closes, then folded into a bar of that second, which is folded into its wider windows.

Belongs here: the fold. Not here: columns of many trades at once (bar_batches.py), rows and landing (live.py).
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from tauric_assets.errors import UsageError
from tauric_assets.feeds.ticks import Heartbeat, Quote, Trade
from tauric_assets.stream.activity import ActivityBar, ActivityFold, Rule, rule_named
from tauric_assets.stream.bar_fold import Sums, Window, fold
from tauric_assets.stream.bar_ids import Key, RememberedIds, key_of, order_of
from tauric_assets.times import DAY_NS, INTERVALS_NS, MILLISECOND_NS, SECOND_NS

DELAY_NS = 5 * SECOND_NS
AHEAD_MAX_NS = 60 * SECOND_NS
BASE_NS = SECOND_NS
BEFORE_ALL = -(1 << 62)
NEVER = 1 << 62
NOT_NEW = -2
"""Below every number: an id that is none is always looked up."""

Tick = Trade | Heartbeat | Quote
Record = tuple[int, Tick, int | None]
"""Number in the log, what it says, and its arrival at our recorder (nanoseconds UTC; None for history)."""


class Bar(NamedTuple):
    """One closed bar. Prices and volume in units of 1e-9, notional of 1e-18.

    Args:
        number: order in the UTC day: of windows from 0, empty ones counted; of bars by activity from 1.
        ts_event: start, inclusive (by activity: its first trade); ts_close: end, exclusive.
        closed_seq: number in the log of the record that closed it.
        known_at: arrival of that record; the latest ts_event taken, where it has none.
        observed: whether `known_at` is an arrival.
    """

    symbol: str
    interval: str
    number: int
    ts_event: int
    ts_close: int
    open: int
    high: int
    low: int
    close: int
    volume: int
    notional: int
    trade_count: int
    closed_seq: int
    known_at: int
    observed: bool


class Late(NamedTuple):
    """One trade that came after windows it belongs in had closed: `intervals`, narrow to wide, then by activity."""

    seq: int
    trade: Trade
    received_at: int | None
    intervals: tuple[str, ...]


class Rejected(NamedTuple):
    """One trade that contradicts an earlier one of the same id."""

    seq: int
    trade: Trade
    received_at: int | None
    reason: str


@dataclass
class Taken:
    """What became of the records of one call, in their order."""

    bars: list[Bar] = field(default_factory=list)
    late: list[Late] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    duplicates: int = 0


class Symbol:
    """What is open of one symbol.

    Args:
        top: highest number any of its trades had; a higher one is certainly new.
        windows: start of each open second to its trades.
        ids: start of windows of the widest interval to the ids taken in them, those of open seconds excepted.
    """

    __slots__ = ("folds", "ids", "name", "top", "windows")

    def __init__(self, name: str, rules: Iterable[Rule]) -> None:
        self.name, self.top = name, -1
        self.windows: dict[int, Window] = {}
        self.ids: dict[int, RememberedIds] = {}
        self.folds = [ActivityFold(rule) for rule in rules]


@dataclass(frozen=True)
class Level:
    """One interval; `closes_after` is how far beyond its start the latest stamp must be for a window to close."""

    name: str
    width: int
    closes_after: int
    rank: int
    open: dict[int, dict[str, Sums]] = field(default_factory=dict)


class BarEngine:
    """Bars of one venue, and their lateness.

    Args:
        intervals: names out of `INTERVALS_NS`, in any order.
        delay_ns: how long after a stamp trades before it are still waited for; whole milliseconds.
        activity: rules of bars by activity, e.g. `trades:1000`.

    Attributes:
        highest: latest stamp taken; last_seq: number of the last record taken.
        since: the first stamp taken and the delay; windows that began before it may lack trades.

    Raises: UsageError: nothing to make, an unknown interval or rule, a delay that is no whole number of milliseconds.
    """

    def __init__(
        self,
        venue: str,
        intervals: Sequence[str] = tuple(INTERVALS_NS),
        delay_ns: int = DELAY_NS,
        activity: Sequence[str] = (),
    ) -> None:
        unknown = [name for name in intervals if name not in INTERVALS_NS]
        if unknown or not (intervals or activity):
            raise UsageError(f"no bars of {', '.join(unknown) or 'nothing'}; there are: {', '.join(INTERVALS_NS)}")
        if delay_ns < 0 or delay_ns % MILLISECOND_NS:
            raise UsageError(f"a delay of {delay_ns} ns: give whole milliseconds, zero or more")
        self.venue, self.delay_ns = venue, delay_ns
        self.rules = tuple(rule_named(name) for name in dict.fromkeys(activity))
        wanted = sorted(set(intervals), key=INTERVALS_NS.__getitem__)
        self.intervals = tuple(wanted)
        widths = [("" if "1s" not in wanted else "1s", BASE_NS), *((n, INTERVALS_NS[n]) for n in wanted if n != "1s")]
        self.levels = [
            Level(name, width, width + delay_ns - MILLISECOND_NS, rank) for rank, (name, width) in enumerate(widths)
        ]
        self.symbols: dict[str, Symbol] = {}
        self.highest, self.last_seq = BEFORE_ALL, -1
        self.since: int | None = None
        self.open_seconds: dict[int, list[Symbol]] = {}
        self.due = NEVER
        self.cleaned = 0

    @property
    def watermark(self) -> int | None:
        """Nanoseconds UTC; None before the first record."""
        return None if self.highest == BEFORE_ALL else self.highest - self.delay_ns

    def take(self, seq: int, tick: Tick, received_at: int | None = None) -> Taken:
        """Take one record; see `take_many`."""
        return self.take_many(((seq, tick, received_at),))

    def take_many(self, records: Iterable[Record]) -> Taken:
        """Take records in the order of the log. Quotes are passed over."""
        taken = Taken()
        if self.since is None:
            records = list(records)
            self.since = next((tick.ts_event + self.delay_ns for _, tick, _ in records), None)
        symbols, after = self.symbols, self.levels[0].closes_after
        highest, due, seq = self.highest, self.due, self.last_seq
        start = end = closes = BEFORE_ALL
        for seq, tick, received_at in records:
            if tick.__class__ is Trade:
                symbol, ts_event, trade_id, _, _, _, _ = tick
                if not start <= ts_event < end:
                    start = ts_event - ts_event % BASE_NS
                    end, closes = start + BASE_NS, start + after
                try:
                    number = int(trade_id) if trade_id.isdecimal() else NOT_NEW
                    state = symbols[symbol]
                    if highest < closes and number > state.top:  # in time and certainly new
                        state.windows[start][number] = tick
                        state.top = number
                        known = True
                    else:
                        known = False
                except KeyError:  # the first of its symbol or second
                    known = False
                if not known:
                    self.highest = highest
                    self._count((seq, tick, received_at), taken)
                    due = self.due
            elif tick.__class__ is Heartbeat:
                ts_event = tick.ts_event
            else:
                continue
            if ts_event > highest:
                if received_at is not None and ts_event > received_at + AHEAD_MAX_NS:
                    ts_event = max(highest, received_at + AHEAD_MAX_NS)
                highest = ts_event
                if highest >= due:
                    self.highest = highest
                    self.close(seq, received_at, taken)
                    due = self.due
        self.highest, self.last_seq = highest, seq
        return taken

    def finish(self) -> Taken:
        """Close everything that is open: the input is bounded and has ended."""
        taken, reached = Taken(), self.highest
        self.highest = NEVER
        self.close(self.last_seq, None, taken, reached)
        self.highest = reached
        return taken

    def symbol(self, name: str) -> Symbol:
        """What is open of a symbol."""
        return self.symbols.setdefault(name, Symbol(name, self.rules))

    def open_second(self, state: Symbol, start: int, window: Window) -> None:
        """Add the window of a second that is not open yet."""
        state.windows[start] = window
        self.open_seconds.setdefault(start, []).append(state)
        self.due = min(self.due, start + self.levels[0].closes_after)

    def _count(self, record: Record, taken: Taken) -> None:
        """Count a trade that may be late, told before, or the first of its symbol or second."""
        trade = trade_of(record)
        state, key, ts_event = self.symbol(trade.symbol), key_of(trade.trade_id), trade.ts_event
        if self._is_counted(state, key, record, taken):
            return
        start = ts_event - ts_event % BASE_NS
        if self.highest >= start + self.levels[0].closes_after:
            self._count_late(state, key, record, taken)
            return
        window = state.windows.get(start)
        if window is None:
            window = Window()
            self.open_second(state, start, window)
        window[key] = trade
        if isinstance(key, int):
            state.top = max(state.top, key)

    def _is_counted(self, state: Symbol, key: Key, record: Record, taken: Taken) -> bool:
        trade = trade_of(record)
        for window in state.windows.values():
            first = window.told(key)
            if first is not None:
                if first == (trade.ts_event, trade.price, trade.size):
                    taken.duplicates += 1
                else:
                    reason = f"trade {trade.trade_id} of {trade.symbol} contradicts an earlier one of its id"
                    taken.rejected.append(Rejected(record[0], trade, record[2], reason))
                return True
        if any(key in ids for start, ids in state.ids.items() if not self._is_forgotten(start)):
            taken.duplicates += 1
            return True
        return False

    def _count_late(self, state: Symbol, key: Key, record: Record, taken: Taken) -> None:
        """A trade whose second has closed: into the narrowest window that is open."""
        trade = trade_of(record)
        ts_event = trade.ts_event
        missed, still_open = self._missed(ts_event)
        if still_open is not None:
            self._lift(still_open, trade.symbol, ts_event, fold({key: trade}))
        if not self._is_forgotten(_start(ts_event, self.levels[-1])):
            self._remember(state, ts_event, (key,))
            if isinstance(key, int):
                state.top = max(state.top, key)
        if missed:
            taken.late.append(Late(record[0], trade, record[2], missed))

    def _missed(self, ts_event: int) -> tuple[tuple[str, ...], Level | None]:
        """What a trade whose second has closed is late for, and the narrowest level whose window is open."""
        closed = [level for level in self.levels if self.highest >= _start(ts_event, level) + level.closes_after]
        names = (*(level.name for level in closed if level.name), *(rule.name for rule in self.rules))
        return names, self.levels[len(closed)] if len(closed) < len(self.levels) else None

    def _is_forgotten(self, start: int) -> bool:
        """Whether the ids of the widest window that starts at `start` are not remembered any more."""
        widest = self.levels[-1]
        return self.highest >= start + widest.width + widest.closes_after

    def _remember(self, state: Symbol, ts_event: int, keys: Collection[Key]) -> None:
        """Keep the ids of counted trades whose second has closed."""
        if not keys:
            return
        horizon = _start(ts_event, self.levels[-1])
        ids = state.ids.get(horizon)
        if ids is None:
            ids = state.ids[horizon] = RememberedIds()
        ids.add(keys)

    def _lift(self, level: Level, symbol: str, ts_event: int, sums: Sums) -> None:
        """Fold `sums` into the window of `level` that holds `ts_event`."""
        start = _start(ts_event, level)
        window = level.open.get(start)
        if window is None:
            window = level.open[start] = {}
            self.due = min(self.due, start + level.closes_after)
        held = window.get(symbol)
        window[symbol] = sums if held is None else held.merged(sums)

    def close(self, seq: int, received_at: int | None, taken: Taken, reached: int | None = None) -> None:
        """Close what is due at `highest`, narrow windows first, for they are folded into wider ones."""
        known_at = (reached or self.highest) if received_at is None else received_at
        closing = Closing(seq, known_at, received_at is not None)
        bars: list[Bar] = []
        base = self.levels[0]
        for start in sorted(start for start in self.open_seconds if start + base.closes_after <= self.highest):
            for state in self.open_seconds.pop(start):
                window = state.windows.pop(start)
                if self.rules:
                    bars += self._by_activity(state, window, closing)
                for keys in (window, *(piece.keys for piece in window.pieces)):
                    self._remember(state, start, keys)
                bars += self._settle(base, state.name, start, window.folded(), closing)
        bars += self._close_wider(closing)
        bars += self._end_days(closing)
        self._forget()
        taken.bars += sorted(bars, key=_emission)
        self.settle_due()

    def _close_wider(self, closing: "Closing") -> list[Bar]:
        """Close the windows wider than a second that are due."""
        bars: list[Bar] = []
        for level in self.levels[1:]:
            for start in sorted(start for start in level.open if start + level.closes_after <= self.highest):
                for symbol, sums in level.open.pop(start).items():
                    bars += self._settle(level, symbol, start, sums, closing)
        return bars

    def _forget(self) -> None:
        day = self.highest // self.levels[-1].width
        if day != self.cleaned:
            self.cleaned = day
            for state in self.symbols.values():
                state.ids = {start: ids for start, ids in state.ids.items() if not self._is_forgotten(start)}

    def _settle(self, level: Level, symbol: str, start: int, sums: Sums, closing: "Closing") -> list[Bar]:
        """The bar of a closed window, if its interval was asked for; its sums go up one level."""
        if level.rank + 1 < len(self.levels):
            self._lift(self.levels[level.rank + 1], symbol, start, sums)
        if not level.name:
            return []
        number, end = start % DAY_NS // level.width, start + level.width
        prices = (sums.open, sums.high, sums.low, sums.close)
        totals = (sums.volume, sums.notional, sums.trades)
        return [Bar(symbol, level.name, number, start, end, *prices, *totals, *closing)]

    def _by_activity(self, state: Symbol, window: Window, closing: "Closing") -> list[Bar]:
        assert not window.pieces
        trades = [window[key] for key in sorted(window, key=lambda key: (window[key].ts_event, *order_of(key)))]
        return [_activity_bar(state.name, fold.rule, bar, closing) for fold in state.folds for bar in fold.take(trades)]

    def _end_days(self, closing: "Closing") -> list[Bar]:
        after = DAY_NS + self.delay_ns - MILLISECOND_NS
        return [
            _activity_bar(state.name, fold.rule, bar, closing)
            for state in (self.symbols.values() if self.rules else ())
            for fold in state.folds
            if fold.making is not None and fold.making.day + after <= self.highest
            for bar in fold.end_of_day()
        ]

    def settle_due(self) -> None:
        """Work out anew which stamp closes something next."""
        due = [min(self.open_seconds) + self.levels[0].closes_after] if self.open_seconds else []
        due += [min(level.open) + level.closes_after for level in self.levels[1:] if level.open]
        if self.rules:
            after = DAY_NS + self.delay_ns - MILLISECOND_NS
            folds = (fold for state in self.symbols.values() for fold in state.folds)
            due += [fold.making.day + after for fold in folds if fold.making is not None]
        self.due = min(due, default=NEVER)


class Closing(NamedTuple):
    """What closed a bar; the last fields of `Bar`."""

    seq: int
    known_at: int
    observed: bool


def _emission(bar: Bar) -> tuple[int, int, str, str, int]:
    """What bars closed by one record are ordered by."""
    return bar.ts_close, INTERVALS_NS.get(bar.interval, 0), bar.symbol, bar.interval, bar.number


def trade_of(record: Record) -> Trade:
    """The trade of a record that is known to hold one."""
    assert isinstance(record[1], Trade)
    return record[1]


def _start(ts_event: int, level: Level) -> int:
    return ts_event - ts_event % level.width


def _activity_bar(symbol: str, rule: Rule, bar: ActivityBar, closing: Closing) -> Bar:
    prices, totals = (bar.open, bar.high, bar.low, bar.close), (bar.volume, bar.notional, bar.trades)
    return Bar(symbol, rule.name, bar.number, bar.first, bar.last + 1, *prices, *totals, *closing)
