"""Claim: the live bar engine takes at least a million trades a second and core, making bars of eight intervals.

Floor: the contract as a plain loop over the same tuples, one interval (a minute), a dict entry a symbol and minute:
what the rules cost in Python when nothing else is asked for. Same seeded trades, in turn; seconds of CPU, because the
claim is of work a core does. Refuted where the engine's eight intervals take longer than the floor's one, or where it
takes fewer than a million trades a second on a core that has nothing else to do.

Belongs here: the trades, the floor, the contenders. Not here: repeating and reporting (harness.py).
"""

import argparse
import random
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pyarrow as pa

from bench.harness import RESULTS, Contender, Timing, compare
from tauric_assets.feeds.ticks import UNIT, Trade
from tauric_assets.stream.bar_batches import columns_of_trades, take_at_once, take_columns
from tauric_assets.stream.bars import BarEngine, Record
from tauric_assets.tables import TABLES
from tauric_assets.times import DAY_NS, SECOND_NS

SYMBOLS = 20
TRADES_A_SECOND = 5_000
GROUP = 1_000
"""Records handed over at once, as a group of the log is."""
BATCH = 200_000
"""Rows of one batch of columns."""
MINUTE_MS, DELAY_MS = 60_000, 5_000


def made(trades: int) -> list[Record]:
    """Seeded trades of one venue: 20 symbols, 5,000 a second, ids that count by one, a millisecond of disorder."""
    dice = random.Random(7)
    clock, numbers, records = 20_458 * DAY_NS, [100_000_000] * SYMBOLS, []
    for seq in range(trades):
        clock += int(dice.expovariate(TRADES_A_SECOND) * SECOND_NS)
        symbol = dice.randrange(SYMBOLS)
        numbers[symbol] += 1
        price, size = 50_000 * UNIT + dice.randrange(UNIT), dice.randrange(1, UNIT)
        stamp = clock - dice.randrange(1_000_000)
        records.append((seq, Trade(f"S{symbol}-USD", stamp, str(numbers[symbol]), price, size, "buy", None), clock))
    return records


def plain(records: Sequence[Record]) -> int:
    """The floor: minutes by per-record watermark, duplicates dropped, late trades counted; gives the bars."""
    watermark, windows, bars, late = -1 << 62, {}, 0, 0
    for _, trade, _ in records:
        assert isinstance(trade, Trade)
        symbol, ts_event, trade_id, price, size, _, _ = trade
        number, ms = int(trade_id), ts_event // 1_000_000
        end = ms - ms % MINUTE_MS + MINUTE_MS
        key = (ts_event, number)
        bar = windows.get((end, symbol))
        if end - 1 <= watermark:
            late += 1
        elif bar is None:
            windows[end, symbol] = [key, price, price, price, key, price, size, price * size, 1, {number}]
        elif number not in bar[9]:
            bar[9].add(number)
            if key < bar[0]:
                bar[0], bar[1] = key, price
            bar[2] = price if price > bar[2] else bar[2]
            bar[3] = price if price < bar[3] else bar[3]
            if key > bar[4]:
                bar[4], bar[5] = key, price
            bar[6] += size
            bar[7] += price * size
            bar[8] += 1
        if ms - DELAY_MS > watermark:
            watermark = ms - DELAY_MS
            for fired in sorted(window for window in windows if window[0] - 1 <= watermark):
                windows.pop(fired)
                bars += 1
    return bars + len(windows)


def in_groups(records: Sequence[Record], intervals: Sequence[str]) -> int:
    """The engine as it is fed live; gives the bars."""
    engine, bars = BarEngine("bench", intervals), 0
    for first in range(0, len(records), GROUP):
        bars += len(take_at_once(engine, records[first : first + GROUP]).bars)
    return bars + len(engine.finish().bars)


def as_columns(trades: pa.Table, intervals: Sequence[str]) -> int:
    """The engine over rows of the lake, as in a rebuild or a replay; gives the bars."""
    engine, bars = BarEngine("bench", intervals), 0
    for first in range(0, trades.num_rows, BATCH):
        columns = columns_of_trades(trades.slice(first, BATCH), first)
        assert columns is not None
        bars += len(take_columns(engine, columns).bars)
    return bars + len(engine.finish().bars)


def rows_of(records: Sequence[Record]) -> pa.Table:
    """The same trades as columns of `trades`."""
    schema = TABLES["trades"].schema
    trades = [trade for _, trade, _ in records if isinstance(trade, Trade)]
    columns: dict[str, list[object]] = {
        "symbol": [trade.symbol for trade in trades],
        "ts_event": [trade.ts_event for trade in trades],
        "trade_id": [trade.trade_id for trade in trades],
        "price": [Decimal(trade.price).scaleb(-9) for trade in trades],
        "size": [Decimal(trade.size).scaleb(-9) for trade in trades],
        "side": [trade.side for trade in trades],
        "sequence": [trade.sequence for trade in trades],
        "ts_recv": [received_at for _, _, received_at in records],
    }
    return pa.table({name: pa.array(values, schema.field(name).type) for name, values in columns.items()})


def run(trades: int, repeats: int, results: Path = RESULTS) -> dict[str, Timing]:
    """Every contender over the same trades; writes `bars.json`."""
    records = made(trades)
    table = rows_of(records)
    every = tuple(BarEngine("bench").intervals)
    bars = {"one": plain(records), "eight": in_groups(records, every)}
    if (in_groups(records, ["1m"]), as_columns(table, every)) != (bars["one"], bars["eight"]):
        raise AssertionError("the contenders do not make the same bars")
    timings = compare(
        "bars",
        [
            Contender("engine, eight intervals", lambda: in_groups(records, every)),
            Contender("engine, one interval", lambda: in_groups(records, ["1m"])),
            Contender("columns, eight intervals", lambda: as_columns(table, every)),
            Contender("plain loop, one interval", lambda: plain(records)),
        ],
        repeats=repeats,
        parameters={"trades": trades, "bars": bars, "seconds": "of CPU"},
        results=results,
        processor_time=True,
    )
    for name, timing in timings.items():
        print(f"{'bars':<14} {name:<24} {trades / timing.median_s:12,.0f} trades a second of CPU")
    return timings


def main(words: Sequence[str] | None = None) -> None:
    """Run and write `bench/results/bars.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trades", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--results", type=Path, default=RESULTS)
    given = parser.parse_args(words)
    run(given.trades, given.repeats, given.results)


if __name__ == "__main__":
    main()
