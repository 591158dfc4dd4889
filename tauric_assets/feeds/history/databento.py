"""Databento Binary Encoding (DBN), versions 1 to 3, plain or zstd: trades and best bid and offer.

| schema | gives |
|---|---|
| trades | trades |
| tbbo, tcbbo | trades, and the quote before each |
| mbp-1, cmbp-1 | a quote for each record, and trades where the record is one |
| bbo-1s, bbo-1m, cbbo-1s, cbbo-1m | quotes as they stood at the end of each interval |

`ts_event` is the venue's, `ts_recv` Databento's own clock; a quote that stood at the end of an interval is dated by
that end. Prices are int64 of 1e-9 and are taken as they are. Databento numbers no trades: the id is
`ts_event-sequence-n`, n counting trades of equal instant and sequence, so that an overlapping file repeats the ids.
The venue is the dataset (GLBX.MDP3), the symbol the raw symbol that the file's own mappings give the instrument.

Belongs here: the layout of DBN files.
Not here: their zstd (Arrow reads it), anything but trades and quotes.
Specification: Databento, "DBN encoding", "Schemas and data formats"; metadata and record layouts from databento-dbn.
"""

from collections.abc import Iterator
from datetime import date
from typing import IO, NamedTuple

import databento_dbn as dbn
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tauric_assets.errors import MalformedDocument
from tauric_assets.feeds.history.batches import (
    BATCH_ROWS_MAX,
    Batch,
    Column,
    NotTicks,
    Source,
    decimals,
    joined,
    quotes,
    same,
    trades,
)
from tauric_assets.feeds.ticks import PRICE_UNITS_MAX, UNIT
from tauric_assets.tables import PRICE, SIZE
from tauric_assets.times import DAY_NS, day_of_ns

MAGIC = b"DBN"
PREFIX_BYTES = 8
METADATA_BYTES_MAX = 256 * 1024 * 1024
UNDEFINED_PRICE = 2**63 - 1
UNDEFINED_TIME = 2**64 - 1
LENGTH_UNIT = 4
DAY_BITS = 20
CARRIED_ROWS = 4_096
"""How many records before a batch can share an instant and sequence with its first ones."""

Records = npt.NDArray[np.void]


class _Schema(NamedTuple):
    layout: list[tuple[str, str]]
    trades: bool
    quotes: bool
    sampled: bool = False


_TRADES = _Schema(dbn.TradeMsg._dtypes, trades=True, quotes=False)
_MBP1 = _Schema(dbn.MBP1Msg._dtypes, trades=True, quotes=True)
_CMBP1 = _Schema(dbn.CMBP1Msg._dtypes, trades=True, quotes=True)
_BBO = _Schema(dbn.BBOMsg._dtypes, trades=False, quotes=True, sampled=True)
_CBBO = _Schema(dbn.CBBOMsg._dtypes, trades=False, quotes=True, sampled=True)
SCHEMAS = {
    "trades": _TRADES,
    "tbbo": _MBP1,
    "mbp-1": _MBP1,
    "cmbp-1": _CMBP1,
    "tcbbo": _CMBP1,
    "bbo-1s": _BBO,
    "bbo-1m": _BBO,
    "cbbo-1s": _CBBO,
    "cbbo-1m": _CBBO,
}


def read(stream: IO[bytes], name: str, source: Source) -> Iterator[Batch]:
    """The batches of a DBN file, decompressed.

    Raises: NotTicks: another schema; MalformedDocument: no DBN, or cut off within a record.
    """
    metadata = _metadata(stream, name)
    schema = SCHEMAS.get(str(metadata.schema))
    if schema is None:
        held = str(metadata.schema) if metadata.schema is not None else "a live capture of several schemas"
        raise NotTicks(f"{name} holds {held}, no trades or quotes; what can be read: {', '.join(SCHEMAS)}")
    layout = np.dtype([*schema.layout, ("ts_out", "u8")] if metadata.ts_out else schema.layout)
    symbols, numbers = _Symbols(metadata, source.symbol), _Ordinals()
    venue = source.venue or str(metadata.dataset)
    for records in _records(stream, layout, name):
        if schema.trades:
            dealt = records[records["action"] == b"T"]
            if len(dealt):
                yield _trades(dealt, venue, symbols, numbers)
        if schema.quotes:
            yield _quotes(records, venue, symbols, schema.sampled)


def _metadata(stream: IO[bytes], name: str) -> dbn.Metadata:
    prefix = stream.read(PREFIX_BYTES)
    length = int.from_bytes(prefix[4:8], "little")
    if prefix[:3] != MAGIC or len(prefix) < PREFIX_BYTES or length > METADATA_BYTES_MAX:
        raise MalformedDocument(f"{name} is no DBN file")
    body = stream.read(length)
    try:
        return dbn.Metadata.decode(prefix + body, upgrade_policy=dbn.VersionUpgradePolicy.AS_IS)  # type: ignore[arg-type]
    except (dbn.DBNError, ValueError) as error:
        raise MalformedDocument(f"{name}: unreadable DBN metadata: {error}") from error


def _records(stream: IO[bytes], layout: np.dtype[np.void], name: str) -> Iterator[Records]:
    while body := _read_fully(stream, BATCH_ROWS_MAX * layout.itemsize):
        if len(body) % layout.itemsize:
            raise MalformedDocument(f"{name} ends within a record")
        records = np.frombuffer(body, layout)
        if np.any(records["length"].astype(np.int64) * LENGTH_UNIT != layout.itemsize):
            raise MalformedDocument(f"{name} holds records of another length than its schema's")
        yield records


def _read_fully(stream: IO[bytes], size: int) -> bytes:
    parts, missing = [], size
    while missing and (part := stream.read(missing)):
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)


def _trades(records: Records, venue: str, symbols: "_Symbols", numbers: "_Ordinals") -> Batch:
    at = records["ts_event"].astype(np.int64)
    sequence = _sequence(records)
    keys = (records["instrument_id"].astype(np.int64), records["publisher_id"].astype(np.int64), at, sequence)
    ordinal = numbers.of(np.stack(keys, axis=1))
    sides = np.select([records["side"] == b"A", records["side"] == b"B"], ["sell", "buy"], "")
    parts = [pa.array(part).cast(pa.string()) for part in (at, sequence, ordinal)]
    side = pa.array(sides)
    columns = {
        "venue": same(venue, len(records)),
        "symbol": symbols.of(records),
        "trade_id": joined("-", *parts),
        "price": decimals(_prices(records["price"]), PRICE),
        "size": decimals(records["size"].astype(np.int64) * UNIT, SIZE),
        "side": pc.if_else(pc.equal(side, pa.scalar("")), pa.scalar(None, pa.string()), side),
        "sequence": pa.array(sequence),
    }
    return trades(columns, pa.array(at), _received(records))


def _quotes(records: Records, venue: str, symbols: "_Symbols", sampled: bool) -> Batch:
    at = records["ts_recv" if sampled else "ts_event"].astype(np.int64)
    columns = {"venue": same(venue, len(records)), "symbol": symbols.of(records)}
    for side in ("bid", "ask"):
        prices = records[f"{side}_px_00"]
        there = prices != UNDEFINED_PRICE
        columns[f"{side}_price"] = decimals(_prices(np.where(there, prices, 0)), PRICE)
        columns[f"{side}_size"] = decimals(np.where(there, records[f"{side}_sz_00"], 0).astype(np.int64) * UNIT, SIZE)
    if "sequence" in (records.dtype.names or ()):
        columns["sequence"] = pa.array(_sequence(records))
    return quotes(columns, pa.array(at), _received(records))


def _prices(prices: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    beyond = np.abs(prices) > PRICE_UNITS_MAX
    if np.any(beyond):
        raise MalformedDocument(f"a price of {int(prices[beyond][0])} units of 1e-9 does not fit decimal(18,9)")
    return prices


def _sequence(records: Records) -> npt.NDArray[np.int64]:
    if "sequence" in (records.dtype.names or ()):
        return records["sequence"].astype(np.int64)
    return np.zeros(len(records), np.int64)


def _received(records: Records) -> Column:
    times = records["ts_recv"]
    return pa.array(times.astype(np.int64), mask=times == UNDEFINED_TIME)


class _Symbols:
    """Raw symbols by instrument and day, from the file's mappings; an instrument without one is its number."""

    def __init__(self, metadata: dbn.Metadata, symbol: str | None) -> None:
        self._symbol = symbol
        self._intervals: dict[str, list[tuple[date, date, str]]] = {}
        inverted = str(metadata.stype_in) == "instrument_id"
        for name, spans in metadata.mappings.items():
            for span in spans:
                number, raw = (name, span["symbol"]) if inverted else (span["symbol"], name)
                self._intervals.setdefault(number, []).append((span["start_date"], span["end_date"], raw))

    def of(self, records: Records) -> Column:
        """The symbol of each record."""
        if self._symbol is not None:
            return same(self._symbol, len(records))
        days = records["ts_recv"].astype(np.int64) // DAY_NS
        pairs = records["instrument_id"].astype(np.int64) << DAY_BITS | days
        distinct, places = np.unique(pairs, return_inverse=True)
        names = [
            self._name(str(pair >> DAY_BITS), day_of_ns((pair & (1 << DAY_BITS) - 1) * DAY_NS))
            for pair in distinct.tolist()
        ]
        return pa.array(names, pa.string()).take(pa.array(places, pa.int64()))

    def _name(self, number: str, day: date) -> str:
        spans = self._intervals.get(number, [])
        return next((raw for start, end, raw in spans if start <= day < end), spans[0][2] if spans else number)


class _Ordinals:
    """How many equal keys came before each, over batches that follow each other."""

    def __init__(self) -> None:
        self._last: dict[tuple[int, ...], int] = {}

    def of(self, keys: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """0 for the first of each key, 1 for the second, …; equal keys of two batches lie near their common edge."""
        order = np.lexsort(keys.T[::-1])
        ordered = keys[order]
        first = np.concatenate([[True], np.any(ordered[1:] != ordered[:-1], axis=1)])
        starts, groups = np.flatnonzero(first), np.cumsum(first) - 1
        counts = np.diff(np.append(starts, len(keys)))
        ordinal, group = np.empty(len(keys), np.int64), np.empty(len(keys), np.int64)
        ordinal[order], group[order] = np.arange(len(keys)) - starts[groups], groups
        before = np.zeros(len(starts), np.int64)
        for place in np.unique(group[:CARRIED_ROWS]).tolist() if self._last else ():
            before[place] = self._last.get(tuple(ordered[starts[place]].tolist()), 0)
        self._last = {
            tuple(ordered[starts[place]].tolist()): int(counts[place] + before[place])
            for place in np.unique(group[-CARRIED_ROWS:]).tolist()
        }
        return ordinal + before[group]
