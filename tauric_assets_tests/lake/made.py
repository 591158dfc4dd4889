"""Rows and a clock for the lake's tests. Not here: fixtures, assertions."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

import pyarrow as pa

from tauric_assets.tables import TABLES, Row, to_arrow
from tauric_assets.times import Days, day_start_ns

DAY = date(2026, 1, 5)
DAYS = Days.one(DAY)


class Ticking:
    """A clock that moves one nanosecond each time it is looked at."""

    def __init__(self, now: int = 1_000_000) -> None:
        self.now = now

    def __call__(self) -> int:
        self.now += 1
        return self.now


def entry(key: str, known_at: int, title: str, *, day: date = DAY, ts_event: int | None = None) -> Row:
    """A row of `news`."""
    return {
        "date": day,
        "ts_event": known_at if ts_event is None else ts_event,
        "known_at": known_at,
        "known_at_quality": "observed",
        "source": "https://news.example/feed#sha256=00",
        "feed": "wire",
        "entry_id": key,
        "title": title,
        "tags": ["a", "b"],
    }


def trade(number: int, *, day: date = DAY, price: str = "10.25", symbol: str = "NOVA-USD") -> Row:
    """A row of `trades`, `number` microseconds into its day."""
    instant = day_start_ns(day) + number * 1000
    return {
        "date": day,
        "ts_event": instant,
        "known_at": instant,
        "known_at_quality": "observed",
        "source": "wss://venue.example",
        "venue": "coinbase",
        "symbol": symbol,
        "trade_id": str(number),
        "price": Decimal(price),
        "size": Decimal("0.5"),
        "side": "buy",
        "sequence": number,
        "ts_recv": instant,
    }


def news(*rows: Row) -> pa.Table:
    """Rows of `news` as Arrow."""
    return to_arrow(TABLES["news"], rows)


def trades(rows: Iterable[Row]) -> pa.Table:
    """Rows of `trades` as Arrow."""
    return to_arrow(TABLES["trades"], rows)


def said(table: pa.Table, *columns: str) -> list[tuple[object, ...]]:
    """The table's values of `columns` as sorted tuples."""
    return sorted(zip(*(table[name].to_pylist() for name in columns), strict=True))
