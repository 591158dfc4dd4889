"""Many records at once, as columns: the same bars as one by one, several times faster.

Trades that are in time and whose ids are new and told once, which nearly all are, are folded with numpy by symbol and
second; an open second takes such pieces as they come. Every other record is taken one by one, at its place.

Belongs here: columns, the vectorised fold, exact sums in limbs of 32 bits. Not here: the contract (bars.py).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tauric_assets.feeds.ticks import Quote, Trade
from tauric_assets.stream.bar_fold import Ints, Piece, Sums, Window
from tauric_assets.stream.bars import AHEAD_MAX_NS, BASE_NS, BarEngine, Record, Taken

Places = npt.NDArray[np.integer[Any]]
Flags = npt.NDArray[np.bool_]

INT64_MAX = (1 << 63) - 1
NO_ARRIVAL = -1
HEARTBEAT = -1
"""Code of a row that is no trade."""
RECORDS_MIN = 1_000
"""Fewer records are faster one by one."""
CODES_MAX = 1 << 15
LIMB = 32
LIMB_MASK = np.uint64((1 << LIMB) - 1)
ROWS_MAX = 1 << 30
"""So many limbs of 32 bits are summed without overflow."""


@dataclass(frozen=True)
class Columns:
    """Trades and heartbeats as columns of equal length, in the order of the log.

    Args:
        records_between: the same records one by one, from a place to another, exclusive; asked for those that need it.
        codes: place in `names` of each trade's symbol; HEARTBEAT where it is none.
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


def take_at_once(engine: BarEngine, records: Sequence[Record]) -> Taken:
    """The same as `engine.take_many`: as columns where there are enough of them to be faster so."""
    columns = columns_of(records) if len(records) >= RECORDS_MIN and not engine.rules else None
    return engine.take_many(records) if columns is None else take_columns(engine, columns)


def columns_of(records: Sequence[Record]) -> Columns | None:
    """Records as columns, quotes left out; None where an id is no number or a number does not fit 64 bits."""
    kept = [record for record in records if record[1].__class__ is not Quote]
    if not kept:
        return None
    seqs, ticks, arrivals = zip(*kept, strict=True)
    trades = [tick for tick in ticks if tick.__class__ is Trade]
    symbols, _, ids, prices, sizes, _, _ = zip(*trades, strict=True) if trades else ((),) * 7
    if not all(map(str.isdecimal, ids)):
        return None
    names = {name: code for code, name in enumerate(dict.fromkeys(symbols))}
    try:
        told = [
            np.array(values, np.int64)
            for values in (list(map(names.__getitem__, symbols)), list(map(int, ids)), prices, sizes)
        ]
    except OverflowError:
        return None
    if len(trades) < len(kept):
        is_trade = np.fromiter((tick.__class__ is Trade for tick in ticks), bool, len(ticks))
        told = [_spread(column, is_trade) for column in told]
        told[0][~is_trade] = HEARTBEAT
    if None in arrivals:
        arrivals = tuple(NO_ARRIVAL if arrival is None else arrival for arrival in arrivals)
    ts_event, received = np.array([tick[1] for tick in ticks], np.int64), np.array(arrivals, np.int64)
    codes, numbers, price, size = told
    return Columns(
        lambda first, end: kept[first:end],
        np.array(seqs, np.int64),
        list(names),
        codes,
        ts_event,
        _stamps(ts_event, received),
        received,
        numbers,
        price,
        size,
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
    order = _by_symbol(columns)
    sound = _sound(engine, columns, before, order)
    _open_pieces(engine, columns, order[sound[order]])
    taken = Taken()
    singles = np.flatnonzero(~sound & (columns.codes != HEARTBEAT))
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


def _spread(values: Ints, places: Flags) -> Ints:
    """`values` at `places`, zeros elsewhere."""
    spread = np.zeros(len(places), np.int64)
    spread[places] = values
    return spread


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


def _by_symbol(columns: Columns) -> Ints:
    """Places of all rows by symbol, those of a symbol in the order of the log. Small numbers are sorted fastest."""
    narrow = np.int16 if len(columns.names) < CODES_MAX else np.int64
    return np.argsort(columns.codes.astype(narrow), kind="stable")


def _sound(engine: BarEngine, columns: Columns, before: Ints, order: Ints) -> Flags:
    """Rows that certainly count: trades in time, their ids above all ids before this batch, and told once in it."""
    starts = columns.ts_event - columns.ts_event % BASE_NS
    tops = np.array([*(engine.symbol(name).top for name in columns.names), INT64_MAX], np.int64)  # last: heartbeats
    sound = (before < starts + engine.levels[0].closes_after) & (columns.trade_id > tops[columns.codes])
    codes, ids = columns.codes[order], columns.trade_id[order]
    if not ((codes[1:] != codes[:-1]) | (ids[1:] > ids[:-1])).all():
        order = np.lexsort((columns.trade_id, columns.codes))
        codes, ids = columns.codes[order], columns.trade_id[order]
        same = (codes[1:] == codes[:-1]) & (ids[1:] == ids[:-1])
        sound[order[1:][same]] = False
        sound[order[:-1][same]] = False
    return sound


def _open_pieces(engine: BarEngine, columns: Columns, rows: Ints) -> None:
    """Fold `rows` (by symbol) for each symbol and second, and leave the results in the engine's windows.

    A window that opens here closes no earlier for it: its first row was in time.
    """
    if not rows.size:
        return
    seconds = columns.ts_event[rows] // BASE_NS
    groups = columns.codes[rows] * (int(seconds.max() - seconds.min()) + 1) + seconds - seconds.min()
    order = np.argsort(groups, kind="stable")
    rows, groups = rows[order], groups[order]
    firsts = np.concatenate([[0], np.flatnonzero(groups[1:] != groups[:-1]) + 1])
    ends = np.concatenate([firsts[1:], [len(rows)]])
    ts_event, ids = columns.ts_event[rows], columns.trade_id[rows]
    price, size = columns.price[rows], columns.size[rows]
    opens = _edges(ts_event, ids, firsts, np.minimum)
    closes = _edges(ts_event, ids, firsts, np.maximum)
    table = zip(
        columns.codes[rows[firsts]].tolist(),
        firsts.tolist(),
        ends.tolist(),
        np.minimum.reduceat(ids, firsts).tolist(),
        np.maximum.reduceat(ids, firsts).tolist(),
        *(column[places].tolist() for places in (opens, closes) for column in (ts_event, ids, price)),
        np.maximum.reduceat(price, firsts).tolist(),
        np.minimum.reduceat(price, firsts).tolist(),
        sums_of(size, firsts),
        sums_of_products(price, size, firsts),
        strict=True,
    )
    for code, first, end, low, high, *values in table:
        sums = Sums._make((*values, end - first))
        _open_piece(
            engine,
            columns.names[code],
            Piece(sums, low, high, ids[first:end], ts_event[first:end], price[first:end], size[first:end]),
        )


def _open_piece(engine: BarEngine, name: str, piece: Piece) -> None:
    state, start = engine.symbol(name), piece.sums.first - piece.sums.first % BASE_NS
    state.top = max(state.top, piece.high)
    window = state.windows.get(start)
    if window is None:
        window = Window()
        engine.open_second(state, start, window)
    window.pieces.append(piece)


def _edges(ts_event: Ints, ids: Ints, firsts: Places, edge: np.ufunc) -> Places:
    """Of each group the place of its first row (`edge` np.minimum) or last (np.maximum) by (ts_event, id)."""
    extreme = edge.reduceat(ts_event, firsts)
    places = np.flatnonzero(ts_event == np.repeat(extreme, np.diff(firsts, append=len(ts_event))))
    if len(places) == len(firsts):
        return places
    groups = np.searchsorted(firsts, places, side="right")
    order = np.lexsort((ids[places], groups))
    places, groups = places[order], groups[order]
    changes = np.flatnonzero(groups[1:] != groups[:-1])
    at = np.concatenate([[0], changes + 1]) if edge is np.minimum else np.concatenate([changes, [len(places) - 1]])
    edges: Places = places[at]
    return edges


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


def sums_of(values: Ints, firsts: Places) -> list[int]:
    """Exact sums of groups of numbers, none below zero; each group is from its place in `firsts` to the next."""
    return _exact(values.view(np.uint64), firsts)


def sums_of_products(left: Ints, right: Ints, firsts: Places) -> list[int]:
    """Exact sums of products of groups; the factors below 2**60 and 2**63, none below zero."""
    shift = np.uint64(LIMB)
    left_high, left_low = left.view(np.uint64) >> shift, left.view(np.uint64) & LIMB_MASK
    right_high, right_low = right.view(np.uint64) >> shift, right.view(np.uint64) & LIMB_MASK
    low = _exact(left_low * right_low, firsts)
    middle = _exact(left_low * right_high + left_high * right_low, firsts)
    high = _exact(left_high * right_high, firsts)
    parts = zip(low, middle, high, strict=True)
    return [one + (two << LIMB) + (three << 2 * LIMB) for one, two, three in parts]


def _exact(values: npt.NDArray[np.uint64], firsts: Places) -> list[int]:
    low = np.add.reduceat(values & LIMB_MASK, firsts).tolist()
    high = np.add.reduceat(values >> np.uint64(LIMB), firsts).tolist()
    return [one + (two << LIMB) for one, two in zip(low, high, strict=True)]
