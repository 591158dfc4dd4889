"""Many records at once, as columns: the same bars as one by one, several times faster where a second holds many trades.

Seconds that open and close within the batch, and whose ids are new and told once, are folded with numpy; every other
record is taken one by one, at its place. For replays and rebuilds: of a few records little closes, and nothing is won.

Belongs here: columns, the vectorised fold, exact sums in limbs of 32 bits. Not here: the contract (bars.py).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tauric_assets.feeds.ticks import Heartbeat, Quote, Trade
from tauric_assets.stream.bar_fold import Folded, Sums
from tauric_assets.stream.bar_ids import key_of
from tauric_assets.stream.bars import AHEAD_MAX_NS, BASE_NS, BarEngine, Record, Taken

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

INT64_MAX = (1 << 63) - 1
NO_ARRIVAL = -1
LIMB = 32
LIMB_MASK = np.uint64((1 << LIMB) - 1)
ROWS_MAX = 1 << 30
"""So many limbs of 32 bits are summed without overflow."""


@dataclass(frozen=True)
class Columns:
    """Trades and heartbeats as columns of equal length, in the order of the log.

    Args:
        records_between: the same records one by one, from a place to another, exclusive; asked for those that need it.
        codes: place in `names` of each trade's symbol; -1 for a heartbeat.
        stamps: how far each may move the watermark: its ts_event, or less where that is ahead of its arrival.
        received_at: nanoseconds UTC; NO_ARRIVAL where there is none.
    """

    records_between: Callable[[int, int], Sequence[Record]]
    seq: Ints
    names: Sequence[str]
    codes: Ints
    ts_event: Ints
    stamps: Ints
    received_at: Ints
    trade_id: Ints
    price: Ints
    size: Ints


def columns_of(records: Sequence[Record]) -> Columns | None:
    """Records as columns, quotes left out; None where an id is no number or a number does not fit 64 bits."""
    kept = [record for record in records if record[1].__class__ is not Quote]
    if not kept:
        return None
    codes: dict[str, int] = {}
    rows: list[tuple[int, int, int, int, int, int, int]] = []
    for seq, tick, received_at in kept:
        arrival = NO_ARRIVAL if received_at is None else received_at
        if isinstance(tick, Heartbeat):
            rows.append((seq, -1, tick.ts_event, arrival, 0, 0, 0))
            continue
        assert not isinstance(tick, Quote)
        symbol, ts_event, trade_id, price, size, _, _ = tick
        key = key_of(trade_id)
        if isinstance(key, str) or key > INT64_MAX or size > INT64_MAX:
            return None
        rows.append((seq, codes.setdefault(symbol, len(codes)), ts_event, arrival, key, price, size))
    seqs, symbols, ts_event, received, ids, price, size = np.ascontiguousarray(np.array(rows, np.int64).T)
    stamps = _stamps(ts_event, received)
    return Columns(
        lambda first, end: kept[first:end], seqs, list(codes), symbols, ts_event, stamps, received, ids, price, size
    )


def columns_of_trades(trades: pa.Table, first_seq: int) -> Columns | None:
    """Rows of `trades` as columns, numbered from `first_seq`; None where an id or a number does not fit 64 bits."""
    if not trades.num_rows:
        return None
    trades = trades.combine_chunks()
    texts = trades["trade_id"]
    if not pc.all(pc.match_substring_regex(texts, "^[0-9]{1,18}$")).as_py():
        return None
    units = [_units(trades[name]) for name in ("price", "size")]
    price, size = units
    if price is None or size is None:
        return None
    symbols = trades["symbol"].combine_chunks().dictionary_encode()
    ts_event = np.ascontiguousarray(trades["ts_event"].to_numpy())
    received = np.ascontiguousarray(trades["ts_recv"].fill_null(pa.scalar(NO_ARRIVAL, pa.int64())).to_numpy())

    def between(first: int, end: int) -> list[Record]:
        fields = ("symbol", "ts_event", "trade_id", "side", "sequence", "ts_recv")
        lists = [trades[name].slice(first, end - first).to_pylist() for name in fields]
        symbols, times, ids, sides, sequences, arrivals = lists
        amounts = (price[first:end].tolist(), size[first:end].tolist())
        told = map(Trade, symbols, times, ids, *amounts, sides, sequences)
        return list(zip(range(first_seq + first, first_seq + end), told, arrivals, strict=True))

    return Columns(
        between,
        np.arange(first_seq, first_seq + trades.num_rows, dtype=np.int64),
        [str(name) for name in symbols.dictionary.to_pylist()],
        symbols.indices.to_numpy().astype(np.int64),
        ts_event,
        _stamps(ts_event, received),
        received,
        texts.cast(pa.int64()).to_numpy(),
        price,
        size,
    )


def take_columns(engine: BarEngine, columns: Columns) -> Taken:
    """Take a batch; the same as `engine.take_many` of its records."""
    rows = len(columns.seq)
    if engine.rules or rows >= ROWS_MAX:  # bars by activity want every trade, one by one
        return engine.take_many(columns.records_between(0, rows))
    after = np.maximum.accumulate(np.maximum(columns.stamps, engine.highest))
    before = np.concatenate([np.array([engine.highest]), after[:-1]])
    whole = _whole_seconds(engine, columns, before, after)
    _open_folded(engine, columns, whole)
    taken = Taken()
    singles = np.flatnonzero(~whole & (columns.codes >= 0))
    runs = np.split(singles, np.flatnonzero(np.diff(singles) > 1) + 1) if singles.size else []
    for run in runs:
        first, end = int(run[0]), int(run[-1]) + 1
        _close_before(engine, columns, after, first, taken)
        engine.highest = int(before[first])
        _add(taken, engine.take_many(columns.records_between(first, end)))
    _close_before(engine, columns, after, rows, taken)
    if engine.since is None:
        engine.since = int(columns.ts_event[0]) + engine.delay_ns
    engine.highest, engine.last_seq = int(after[-1]), int(columns.seq[-1])
    return taken


def _stamps(ts_event: Ints, received_at: Ints) -> Ints:
    return np.where(received_at == NO_ARRIVAL, ts_event, np.minimum(ts_event, received_at + AHEAD_MAX_NS))


def _units(amounts: "pa.ChunkedArray[Any]") -> Ints | None:
    """Decimals with nine decimals, none null, in units of 1e-9; None where one does not fit 64 bits."""
    array = amounts.combine_chunks()
    held = array.buffers()[1]
    assert held is not None
    limbs = np.frombuffer(memoryview(held), np.int64)[2 * array.offset : 2 * (array.offset + len(array))]
    low, high = limbs[::2], limbs[1::2]
    return np.ascontiguousarray(low) if not high.any() and not (low < 0).any() else None


def _whole_seconds(engine: BarEngine, columns: Columns, before: Ints, after: Ints) -> Flags:
    """Rows of seconds that can be folded at once: opened and closed in this batch, all ids new and told once."""
    base_after = engine.levels[0].closes_after
    starts = columns.ts_event - columns.ts_event % BASE_NS
    in_time = (columns.codes >= 0) & (before < starts + base_after)
    tops = np.array([engine.symbol(name).top for name in columns.names] or [-1], np.int64)
    sound = in_time & (columns.trade_id > tops[columns.codes]) & ~_repeated(columns)
    sound &= starts + base_after <= after[-1]
    codes, seconds = columns.codes, starts // BASE_NS
    groups = _grouped(codes, seconds)
    unsound_groups = np.zeros(groups.max(initial=0) + 1, bool)
    unsound_groups[groups[in_time & ~sound]] = True
    for code, name in enumerate(columns.names):
        for start in engine.symbol(name).windows:
            unsound_groups[groups[(codes == code) & (starts == start)]] = True
    return in_time & ~unsound_groups[groups]


def _grouped(codes: Ints, seconds: Ints) -> Ints:
    """A number for each pair."""
    span = int(seconds.max() - seconds.min()) + 1
    return np.unique(codes * span + (seconds - seconds.min()), return_inverse=True)[1].astype(np.int64)


def _repeated(columns: Columns) -> Flags:
    """Rows whose symbol and id stand in another row too."""
    order = np.lexsort((columns.trade_id, columns.codes))
    codes, ids = columns.codes[order], columns.trade_id[order]
    same = (codes[1:] == codes[:-1]) & (ids[1:] == ids[:-1])
    repeated = np.zeros(len(order), bool)
    repeated[order[1:][same]] = True
    repeated[order[:-1][same]] = True
    return repeated


def _open_folded(engine: BarEngine, columns: Columns, whole: Flags) -> None:
    """Fold the rows of `whole` by symbol and second, and leave the results in the engine as open windows."""
    rows = np.flatnonzero(whole)
    if not rows.size:
        return
    ts_event, codes = columns.ts_event[rows], columns.codes[rows]
    order = np.lexsort((columns.trade_id[rows], ts_event, codes))
    rows, ts_event, codes = rows[order], ts_event[order], codes[order]
    price, size, ids = columns.price[rows], columns.size[rows], columns.trade_id[rows]
    seconds = ts_event // BASE_NS
    changes = (codes[1:] != codes[:-1]) | (seconds[1:] != seconds[:-1])
    firsts = np.concatenate([[0], np.flatnonzero(changes) + 1])
    lasts = np.concatenate([firsts[1:], [len(rows)]]) - 1
    low_ids, high_ids = np.minimum.reduceat(ids, firsts), np.maximum.reduceat(ids, firsts)
    table = zip(
        codes[firsts].tolist(),
        ts_event[firsts].tolist(),
        ids[firsts].tolist(),
        price[firsts].tolist(),
        ts_event[lasts].tolist(),
        ids[lasts].tolist(),
        price[lasts].tolist(),
        np.maximum.reduceat(price, firsts).tolist(),
        np.minimum.reduceat(price, firsts).tolist(),
        sums_of(size, firsts),
        sums_of_products(price, size, firsts),
        (lasts - firsts + 1).tolist(),
        low_ids.tolist(),
        high_ids.tolist(),
        firsts.tolist(),
        strict=True,
    )
    for code, *values, count, low, high, place in table:
        state = engine.symbol(columns.names[code])
        state.top = max(state.top, high)
        consecutive = high - low + 1 == count
        keys = range(low, high + 1) if consecutive else ids[place : place + count].tolist()
        sums = Sums(*values, count)  # type: ignore[call-arg]
        engine.open_second(state, sums.first - sums.first % BASE_NS, Folded(sums, keys))


def _close_before(engine: BarEngine, columns: Columns, after: Ints, row: int, taken: Taken) -> None:
    """Close what the records before `row` close, each with the record that does it."""
    while (closing := int(np.searchsorted(after, engine.due))) < row:
        arrival = int(columns.received_at[closing])
        engine.highest = int(after[closing])
        engine.close(int(columns.seq[closing]), None if arrival == NO_ARRIVAL else arrival, taken)


def _add(taken: Taken, more: Taken) -> None:
    taken.bars += more.bars
    taken.late += more.late
    taken.rejected += more.rejected
    taken.duplicates += more.duplicates


def sums_of(values: Ints, firsts: "npt.NDArray[np.integer[Any]]") -> list[int]:
    """Exact sums of groups of numbers, none below zero; each group is from its place in `firsts` to the next."""
    return _exact(values.view(np.uint64), firsts)


def sums_of_products(left: Ints, right: Ints, firsts: "npt.NDArray[np.integer[Any]]") -> list[int]:
    """Exact sums of products of groups; the factors below 2**60 and 2**63, none below zero."""
    shift = np.uint64(LIMB)
    left_high, left_low = left.view(np.uint64) >> shift, left.view(np.uint64) & LIMB_MASK
    right_high, right_low = right.view(np.uint64) >> shift, right.view(np.uint64) & LIMB_MASK
    low = _exact(left_low * right_low, firsts)
    middle = _exact(left_low * right_high + left_high * right_low, firsts)
    high = _exact(left_high * right_high, firsts)
    parts = zip(low, middle, high, strict=True)
    return [one + (two << LIMB) + (three << 2 * LIMB) for one, two, three in parts]


def _exact(values: npt.NDArray[np.uint64], firsts: "npt.NDArray[np.integer[Any]]") -> list[int]:
    low = np.add.reduceat(values & LIMB_MASK, firsts).tolist()
    high = np.add.reduceat(values >> np.uint64(LIMB), firsts).tolist()
    return [one + (two << LIMB) for one, two in zip(low, high, strict=True)]
