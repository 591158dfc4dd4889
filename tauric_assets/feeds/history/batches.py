"""Batches of canonical rows, column by column: what every reader of history files builds.

Belongs here: the batch, exact conversions of whole columns, the columns all rows have.
Not here: any file's layout.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tauric_assets.errors import UsageError
from tauric_assets.feeds.contract import Reject
from tauric_assets.feeds.ticks import DECIMALS
from tauric_assets.feeds.values import INSTANT_NS_MAX
from tauric_assets.tables import PRICE, SIZE, TABLES
from tauric_assets.times import DAY_NS

BATCH_ROWS_MAX = 256 * 1024
VENUE_UNTOLD = "imported"
MILLISECONDS_MAX, MICROSECONDS_MAX = 10**14, 10**17

if TYPE_CHECKING:
    Column = pa.Array[Any]
else:
    Column = pa.Array
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Source:
    """What the user says of a file that the file itself may not say; None leaves it to the file.

    Args:
        feed: under which name headlines are kept.
        known_at: of transcripts, when they could first be read; nanoseconds UTC.
        imported_at: now; nothing in a file is known later.
    """

    venue: str | None = None
    symbol: str | None = None
    feed: str | None = None
    known_at: int | None = None
    imported_at: int = INSTANT_NS_MAX


@dataclass(frozen=True)
class Batch:
    """Rows of one table in file order, without `ingested_at` and `source`; records = rows + rejects."""

    table: str
    rows: pa.Table
    rejects: tuple[Reject, ...] = ()


class NotTicks(UsageError):
    """A file that is well and holds neither trades nor quotes, or does not say of what."""


def trades(columns: dict[str, Column], ts_event: Column, ts_recv: Column | None) -> Batch:
    """A batch of `trades`. Rows that lack a time, a price, a size or an id are rejects.

    Args:
        columns: venue, symbol, trade_id, price, size (decimals), and side and sequence where there are any.
        ts_event, ts_recv: nanoseconds UTC.
    """
    return _batch("trades", columns, ts_event, ts_recv, ("trade_id", "price", "size"))


def quotes(columns: dict[str, Column], ts_event: Column, ts_recv: Column | None) -> Batch:
    """A batch of `quotes`. Rows that lack a time or a price are rejects; a size that is not told is 0."""
    for name in ("bid_size", "ask_size"):
        columns.setdefault(name, decimals(np.zeros(len(ts_event), np.int64), SIZE))
    return _batch("quotes", columns, ts_event, ts_recv, ("bid_price", "bid_size", "ask_price", "ask_size"))


def same(text: str, count: int) -> Column:
    """A column with the same text throughout."""
    return pa.repeat(pa.scalar(text), count)


def joined(separator: str, *columns: Column) -> Column:
    """Columns of text, row by row, with a separator between them."""
    text: Column = pc.binary_join_element_wise(*columns, pa.scalar(separator))  # type: ignore[call-overload]
    return text


def decimals(units: Integers, to: pa.DataType) -> Column:
    """Units of 1e-9 as decimals, exact, without a copy into Python."""
    wide = np.empty((len(units), 2), np.int64)
    wide[:, 0], wide[:, 1] = units, units >> 63
    return pa.Array.from_buffers(pa.decimal128(38, DECIMALS), len(units), [None, pa.py_buffer(wide.tobytes())]).cast(to)


def parsed(texts: Column, to: pa.DataType) -> Column:
    """Texts as `to`, exact; null where one cannot be read."""
    try:
        whole: Column = texts.cast(to)
        return whole
    except pa.ArrowInvalid:
        if len(texts) == 1:
            return pa.array([None], to)
        half = len(texts) // 2
        return pa.concat_arrays([parsed(texts[:half], to), parsed(texts[half:], to)])


def price(texts: Column) -> Column:
    """Texts as prices; null where one is no number or has more than nine decimals."""
    return parsed(texts, PRICE)


def size(texts: Column) -> Column:
    """Texts as sizes; null where one is no number or has more than nine decimals."""
    return parsed(texts, SIZE)


def instants(numbers: Column) -> Column:
    """Milli-, micro- or nanoseconds since 1970 (int64), told apart by magnitude, as nanoseconds."""
    ints = numbers.fill_null(0).to_numpy(zero_copy_only=False)
    factor = np.where(ints < MILLISECONDS_MAX, 1_000_000, np.where(ints < MICROSECONDS_MAX, 1_000, 1))
    told: Column = pc.if_else(pc.is_valid(numbers), pa.array(ints * factor, pa.int64()), pa.scalar(None, pa.int64()))
    return told


def mapped(texts: Column, meanings: dict[str, str]) -> Column:
    """Each text as what it means; null where it has no meaning."""
    found = texts.dictionary_encode()
    meaning = pa.array([meanings.get(str(word).lower()) for word in found.dictionary.to_pylist()], pa.string())
    return meaning.take(found.indices) if len(meaning) else pa.nulls(len(texts), pa.string())


def renamed(texts: Column, name: Callable[[str], str]) -> Column:
    """Each text through `name`; null where that raises ValueError."""

    def one(text: str) -> str | None:
        try:
            return name(text)
        except ValueError:
            return None

    found = texts.dictionary_encode()
    meaning = pa.array([one(str(text)) for text in found.dictionary.to_pylist()], pa.string())
    return meaning.take(found.indices) if len(meaning) else pa.nulls(len(texts), pa.string())


def _batch(
    table: str, columns: dict[str, Column], ts_event: Column, ts_recv: Column | None, needed: Sequence[str]
) -> Batch:
    at = ts_event.cast(pa.int64())
    received = at if ts_recv is None else pc.coalesce(ts_recv, at)
    shared = {
        "date": _days(at.fill_null(0)),
        "ts_event": at,
        "known_at": received,
        "known_at_quality": same("source", len(at)),
        "ts_recv": pa.nulls(len(at), pa.int64()) if ts_recv is None else ts_recv,
    }
    rows = pa.table(shared | columns)
    whole = pc.is_valid(at)
    for name in ("symbol", *needed):
        whole = pc.and_(whole, pc.is_valid(columns[name]))
    rejects = tuple(
        Reject("a value that cannot be read", f"row {place + 1} of its batch", str(row).encode())
        for place, row in zip(
            np.flatnonzero(~whole.to_numpy(zero_copy_only=False)).tolist(),
            rows.filter(pc.invert(whole)).to_pylist(),
            strict=True,
        )
    )
    kept = rows.filter(whole) if rejects else rows
    wanted = [field for field in TABLES[table].schema if field.name in kept.column_names]
    return Batch(table, kept.select([field.name for field in wanted]).cast(pa.schema(wanted)), rejects)


def _days(at: Column) -> Column:
    days = np.floor_divide(at.to_numpy(zero_copy_only=False), DAY_NS).astype(np.int32)
    return pa.array(days, pa.int32()).cast(pa.date32())
