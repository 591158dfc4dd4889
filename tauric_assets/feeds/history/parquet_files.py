"""Parquet of trades and quotes, by the names of its columns, and Nautilus Trader's catalogue files.

| canonical | names understood, the first one found is taken |
|---|---|
| ts_event | ts_event, timestamp, time, datetime, transact_time |
| ts_recv | ts_recv, ts_init, local_timestamp, received_at |
| venue, symbol | venue, exchange; symbol, instrument, instrument_id, product_id |
| trade_id, sequence | trade_id, id, tid; sequence, update_id |
| price, size | price, px; size, quantity, qty, amount, volume |
| side | side, aggressor_side (buy, sell, 1, 2); buyer_maker, is_buyer_maker (true: the aggressor sold) |
| bid_price, ask_price | bid_price, bid, best_bid, best_bid_price; ask likewise |
| bid_size, ask_size | bid_size, bid_amount, bid_qty, best_bid_size, best_bid_qty; ask likewise |

Times may be timestamps of any unit or integers, told apart by magnitude. Prices and sizes may be decimals, integers,
text or floats; a float is taken as the shortest decimal that reads back as it, rounded to nine decimals. Fixed-size
binary of 8 and 16 bytes is Nautilus Trader's fixed point (1e-9 and 1e-16); its files name the instrument in their
metadata. Trades without ids are numbered by their instant and their order in it.

Belongs here: the mapping and its conversions.
Not here: other formats.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tauric_assets.errors import MalformedDocument
from tauric_assets.feeds.history import batches
from tauric_assets.feeds.history.batches import BATCH_ROWS_MAX, VENUE_UNTOLD, Batch, Column, NotTicks, Source
from tauric_assets.feeds.ticks import DECIMALS
from tauric_assets.tables import PRICE, SIZE

MAGIC = b"PAR1"
TIMES = ("ts_event", "timestamp", "time", "datetime", "transact_time")
RECEIVED = ("ts_recv", "ts_init", "local_timestamp", "received_at")
VENUES, SYMBOLS = ("venue", "exchange"), ("symbol", "instrument", "instrument_id", "product_id")
IDS, SEQUENCES = ("trade_id", "id", "tid"), ("sequence", "update_id")
PRICES, SIZES = ("price", "px"), ("size", "quantity", "qty", "amount", "volume")
SIDES, MAKERS = ("side", "aggressor_side"), ("buyer_maker", "is_buyer_maker")
BINARY_SCALE = 16
FLOAT_DECIMAL = pa.decimal256(76, 40)

_SIDE_WORDS = dict.fromkeys(("buy", "b", "buyer", "1"), "buy") | dict.fromkeys(("sell", "s", "seller", "2"), "sell")
_MAKER_WORDS = {"true": "sell", "false": "buy", "1": "sell", "0": "buy"}


def read(path: Path, source: Source) -> Iterator[Batch]:
    """The batches of a Parquet file.

    Raises: NotTicks: its columns are not those of trades or quotes, or nobody says which symbol it is of;
        MalformedDocument: no Parquet.
    """
    try:
        with pq.ParquetFile(path) as file:
            columns = _Columns(file.schema_arrow, path.name, source)
            before = 0
            for rows in file.iter_batches(BATCH_ROWS_MAX, columns=columns.needed()):
                yield columns.quotes(rows) if columns.are_quotes else columns.trades(rows, before)
                before += rows.num_rows
    except pa.ArrowException as error:
        raise MalformedDocument(f"{path.name}: no Parquet: {error}") from error


class _Columns:
    """What the columns of one file mean."""

    def __init__(self, schema: pa.Schema, name: str, source: Source) -> None:
        self._name = name
        self._names = {field.name.lower(): field.name for field in schema}
        told = schema.metadata or {}
        instrument, _, venue = told.get(b"instrument_id", b"").decode(errors="replace").rpartition(".")
        self._symbol = source.symbol or instrument.replace("/", "-") or None
        self._venue = source.venue or venue or None
        self._time = self._find(TIMES)
        sides = {
            f"{side}_{what}": self._find(_quote_names(side, what))
            for side in ("bid", "ask")
            for what in ("price", "size")
        }
        self._sides = {column: found for column, found in sides.items() if found is not None}
        self.are_quotes = {"bid_price", "ask_price"} <= self._sides.keys()
        dealt = self._find(PRICES) is not None and self._find(SIZES) is not None
        if self._time is None or not (self.are_quotes or dealt):
            raise NotTicks(f"{name} holds no trades or quotes; its columns are: {', '.join(self._names.values())}")
        if self._symbol is None and self._find(SYMBOLS) is None:
            raise NotTicks(f"{name} does not say of which symbol it is: add --symbol BASE-QUOTE")

    def needed(self) -> list[str]:
        """The columns to read."""
        groups = (RECEIVED, VENUES, SYMBOLS, IDS, SEQUENCES, PRICES, SIZES, SIDES, MAKERS)
        found = [self._time, *(self._find(group) for group in groups), *self._sides.values()]
        return [name for name in dict.fromkeys(found) if name is not None]

    def trades(self, rows: pa.RecordBatch, before: int) -> Batch:
        """A batch of trades; `before` counts the rows of the batches before it."""
        at, received = self._times(rows)
        columns = self._shared(rows) | {
            "price": _number(self._column(rows, PRICES), PRICE),
            "size": _number(self._column(rows, SIZES), SIZE),
        }
        ids, sides, makers = self._column(rows, IDS), self._column(rows, SIDES), self._column(rows, MAKERS)
        if ids is not None:
            columns["trade_id"] = ids.cast(pa.string())
        else:
            places = pa.array(np.arange(before, before + len(at))).cast(pa.string())
            columns["trade_id"] = batches.joined("-", at.cast(pa.string()), places)
        if sides is not None:
            columns["side"] = batches.mapped(sides.cast(pa.string()), _SIDE_WORDS)
        elif makers is not None:
            columns["side"] = batches.mapped(makers.cast(pa.string()), _MAKER_WORDS)
        return batches.trades(columns, at, received)

    def quotes(self, rows: pa.RecordBatch) -> Batch:
        """A batch of quotes."""
        at, received = self._times(rows)
        columns = self._shared(rows)
        for name, found in self._sides.items():
            columns[name] = _number(rows.column(found), PRICE if name.endswith("price") else SIZE)
        return batches.quotes(columns, at, received)

    def _times(self, rows: pa.RecordBatch) -> tuple[Column, Column | None]:
        received = self._column(rows, RECEIVED)
        assert self._time is not None
        return _instants(rows.column(self._time)), None if received is None else _instants(received)

    def _shared(self, rows: pa.RecordBatch) -> dict[str, Column]:
        count = rows.num_rows
        venues, symbols, sequences = (self._column(rows, names) for names in (VENUES, SYMBOLS, SEQUENCES))
        found = {}
        if self._venue is not None or venues is None:
            found["venue"] = batches.same(self._venue or VENUE_UNTOLD, count)
        else:
            found["venue"] = venues.cast(pa.string())
        if self._symbol is not None or symbols is None:
            found["symbol"] = batches.same(str(self._symbol), count)
        else:
            found["symbol"] = pc.replace_substring(symbols.cast(pa.string()), "/", "-")
        if sequences is not None:
            found["sequence"] = sequences.cast(pa.int64())
        return found

    def _column(self, rows: pa.RecordBatch, names: tuple[str, ...]) -> Column | None:
        found = self._find(names)
        return None if found is None else rows.column(found)

    def _find(self, names: tuple[str, ...]) -> str | None:
        return next((self._names[name] for name in names if name in self._names), None)


def _quote_names(side: str, what: str) -> tuple[str, ...]:
    if what == "price":
        return (f"{side}_price", side, f"best_{side}", f"best_{side}_price")
    return (f"{side}_size", f"{side}_amount", f"{side}_qty", f"best_{side}_size", f"best_{side}_qty")


def _instants(column: Column) -> Column:
    if pa.types.is_timestamp(column.type):
        return column.cast(pa.timestamp("ns", column.type.tz)).cast(pa.int64())
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return batches.parsed(column, pa.timestamp("ns", "UTC")).cast(pa.int64())
    return batches.instants(column.cast(pa.int64()))


def _number(column: Column | None, to: pa.DataType) -> Column:
    assert column is not None
    if pa.types.is_floating(column.type):
        wide = batches.parsed(column.cast(pa.float64()).cast(pa.string()), FLOAT_DECIMAL)
        return pc.round(wide, ndigits=DECIMALS).cast(to)
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return batches.parsed(column, to)
    if pa.types.is_fixed_size_binary(column.type):
        return _fixed_point(column, to)
    return column.cast(to)


def _fixed_point(column: Column, to: pa.DataType) -> Column:
    """Nautilus Trader's little-endian integers: 8 bytes of 1e-9 or 16 bytes of 1e-16, the latter rounded to 1e-9."""
    width = column.type.byte_width
    held = column.buffers()[1]
    assert held is not None
    body = held.slice(column.offset * width, len(column) * width)
    if width == np.dtype(np.int64).itemsize:
        return batches.decimals(np.frombuffer(body.to_pybytes(), np.int64), to)
    if width != BINARY_SCALE:
        raise MalformedDocument(f"a number of {width} bytes")
    wide = pa.Array.from_buffers(pa.decimal128(38, BINARY_SCALE), len(column), [None, body])
    return pc.round(wide, ndigits=DECIMALS).cast(to)
