"""Ticks as columns of the canonical tables, built whole: fixed-point ints become decimals without a Decimal on the way.

Belongs here: Arrow columns of `trades` and `quotes`. Not here: which ticks (digest.py), commits (landing.py).
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from tauric_assets.feeds.ticks import Quote, Trade
from tauric_assets.tables import TABLES
from tauric_assets.times import DAY_NS

_HIGH_WORD = 64
_LOW_MASK = 2**_HIGH_WORD - 1
_HALF = 2 ** (_HIGH_WORD - 1)


class Arrived(NamedTuple):
    """Where a tick came from: its record in the log (0 for history), arrival (0 where unknown), address."""

    seq: int
    received_at: int
    source: str


def backfill_source(venue: str) -> str:
    """Column `source` of trades that the venue told when it was asked for a gap."""
    return f"backfill/{venue}"


def decimals(numbers: Sequence[int], kind: pa.Decimal128Type) -> "pa.Array[Any]":
    """Ints in units of the last decimal as decimals."""
    words = np.empty((len(numbers), 2), np.int64)
    try:
        words[:, 0] = numbers
        words[:, 1] = words[:, 0] >> (_HIGH_WORD - 1)
    except OverflowError:
        for row, number in enumerate(numbers):
            low = number & _LOW_MASK
            words[row] = low - 2 * _HALF if low >= _HALF else low, number >> _HIGH_WORD
    return pa.Array.from_buffers(kind, len(numbers), [None, pa.py_buffer(words.data)])


def trades_table(venue: str, trades: Sequence[Trade], arrived: Sequence[Arrived]) -> pa.Table:
    """Rows of `trades` in the order given, without `ingested_at`."""
    return _table("trades", venue, trades, arrived)


def quotes_table(venue: str, quotes: Sequence[Quote], arrived: Sequence[Arrived]) -> pa.Table:
    """Rows of `quotes` in the order given, without `ingested_at`."""
    return _table("quotes", venue, quotes, arrived)


def day_number(ts_event: int) -> int:
    """Days since the epoch, UTC."""
    return ts_event // DAY_NS


def day_of_number(number: int) -> date:
    """The day that `day_number` gives `number`."""
    return date.fromordinal(date(1970, 1, 1).toordinal() + number)


def _shared(venue: str, ts_events: Sequence[int], arrived: Sequence[Arrived]) -> "dict[str, pa.Array[Any]]":
    _, received_at, sources = zip(*arrived, strict=True)
    events, received = np.array(ts_events, np.int64), np.array(received_at, np.int64)
    unknown = received == 0
    return {
        "date": pa.array((events // DAY_NS).astype(np.int32)).cast(pa.date32()),
        "ts_event": pa.array(events),
        "known_at": pa.array(np.where(unknown, events, received)),
        "known_at_quality": pa.array(np.where(unknown, "source", "observed"), pa.string()),
        "venue": pa.repeat(pa.scalar(venue), len(events)),
        "source": pa.array(sources, pa.string()),
        "ts_recv": pa.array(received, mask=unknown),
    }


def _table(name: str, venue: str, ticks: Sequence[Trade] | Sequence[Quote], arrived: Sequence[Arrived]) -> pa.Table:
    """Fields of a tick are columns of its table."""
    schema = TABLES[name].schema
    told = dict(zip(ticks[0]._fields, zip(*ticks, strict=True), strict=True))
    columns = _shared(venue, told.pop("ts_event"), arrived)
    for column, values in told.items():
        kind = schema.field(column).type
        columns[column] = decimals(values, kind) if pa.types.is_decimal128(kind) else pa.array(values, kind)
    return pa.table(
        [columns[one.name] if one.name in columns else pa.nulls(len(ticks), one.type) for one in schema],
        schema=schema,
    )
