"""The contract of live bars a second time, as plainly as it can be written: the oracle. And controls that break it."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from tauric_assets.feeds.ticks import Heartbeat, Trade
from tauric_assets.stream.bars import AHEAD_MAX_NS, Record
from tauric_assets.times import INTERVALS_NS

MS = 1_000_000
Told = tuple[object, ...]


def id_order(trade: Trade) -> tuple[int, int, str]:
    number = trade.trade_id.isascii() and trade.trade_id.isdecimal()
    return (0, int(trade.trade_id), "") if number else (1, 0, trade.trade_id)


@dataclass
class PlainBars:
    """One record after the other, one interval after the other, in milliseconds as the contract has them.

    Args:
        by_arrival: the control: open and close are the first and last to arrive.
        counts_twice: the control: nothing is a duplicate.
    """

    intervals: Iterable[str]
    delay_ns: int
    by_arrival: bool = False
    counts_twice: bool = False
    watermark: int = -(10**30)
    open: dict[tuple[int, int, str], list[Trade]] = field(default_factory=dict)
    counted: dict[tuple[str, str], Trade] = field(default_factory=dict)
    bars: list[Told] = field(default_factory=list)
    late: list[Told] = field(default_factory=list)
    rejected: list[int] = field(default_factory=list)
    duplicates: int = 0

    def take_all(self, records: Iterable[Record]) -> "PlainBars":
        self.widths = sorted((INTERVALS_NS[name] // MS, name) for name in self.intervals)
        seq = -1
        for seq, tick, received_at in records:
            if isinstance(tick, Trade):
                self.take(seq, tick)
            if isinstance(tick, Trade | Heartbeat):
                stamp = tick.ts_event if received_at is None else min(tick.ts_event, received_at + AHEAD_MAX_NS)
                self.watermark = max(self.watermark, stamp // MS - self.delay_ns // MS)
                self.fire(seq)
        self.watermark = 10**30
        self.fire(seq)
        return self

    def closed(self, ts_event: int, width: int, longer: int = 0) -> bool:
        ms = ts_event // MS
        window_end = ms - ms % width + width
        return window_end + longer - 1 <= self.watermark

    def forgotten(self, ts_event: int) -> bool:
        widest = self.widths[-1][0]
        return self.closed(ts_event, widest, longer=widest)

    def take(self, seq: int, trade: Trade) -> None:
        first = self.counted.get((trade.symbol, trade.trade_id))
        if first and not self.forgotten(first.ts_event) and not self.counts_twice:
            same = (first.ts_event, first.price, first.size) == (trade.ts_event, trade.price, trade.size)
            if not same and not self.closed(first.ts_event, 1000):
                self.rejected.append(seq)
            else:
                self.duplicates += 1
            return
        missed = tuple(name for width, name in self.widths if self.closed(trade.ts_event, width))
        if missed:
            self.late.append((seq, trade, missed))
        if not self.forgotten(trade.ts_event):
            self.counted[trade.symbol, trade.trade_id] = trade
        for width, name in self.widths:
            if name not in missed:
                ms = trade.ts_event // MS
                self.open.setdefault((ms - ms % width + width, width, trade.symbol), []).append(trade)

    def fire(self, seq: int) -> None:
        names = dict(self.widths)
        for end, width, symbol in sorted(key for key in self.open if key[0] - 1 <= self.watermark):
            trades = self.open.pop((end, width, symbol))
            if not self.by_arrival:
                trades.sort(key=lambda trade: (trade.ts_event, id_order(trade)))
            prices = [trade.price for trade in trades]
            totals = (sum(t.size for t in trades), sum(t.price * t.size for t in trades), len(trades))
            shape = (trades[0].price, max(prices), min(prices), trades[-1].price)
            self.bars.append((symbol, names[width], (end - width) * MS, end * MS, *shape, *totals, seq))
