"""Trades and bars made for the tests of this room."""

from collections.abc import Sequence
from decimal import Decimal

import numpy as np
import pyarrow as pa

from tauric_assets.tables import Row, table_named, to_arrow
from tauric_assets.times import DAY_NS, SECOND_NS, day_of_ns, parse_instant

START = parse_instant("2026-01-05")


def trade(second: float, price: str, size: str = "1", trade_id: int | str = 1, **changes: object) -> Row:
    """One trade, `second` seconds into 2026-01-05."""
    ts_event = START + round(second * SECOND_NS)
    return {
        "date": day_of_ns(ts_event),
        "ts_event": ts_event,
        "known_at": ts_event,
        "known_at_quality": "observed",
        "venue": "coinbase",
        "symbol": "NOVA-USD",
        "trade_id": str(trade_id),
        "price": Decimal(price),
        "size": Decimal(size),
        "side": "buy",
    } | changes


def trades(rows: Sequence[Row]) -> pa.Table:
    """Rows of `trades`."""
    return to_arrow(table_named("trades"), rows)


def walk(count: int, seed: int = 7, symbol: str = "NOVA-USD", interval_ns: int = DAY_NS) -> pa.Table:
    """Bars of a random walk, daily unless told otherwise, each known at its close."""
    random = np.random.default_rng(seed)
    closes = 100 * np.exp(np.cumsum(random.normal(0, 0.01, count)))
    rows: list[Row] = []
    for number, close in enumerate(closes):
        start = START + number * interval_ns
        rows.append(
            {
                "date": day_of_ns(start),
                "ts_event": start,
                "known_at": start + interval_ns,
                "known_at_quality": "source",
                "source": "trades",
                "venue": "coinbase",
                "symbol": symbol,
                "interval": "1d" if interval_ns == DAY_NS else "1h",
                "ts_close": start + interval_ns,
                "open": Decimal(f"{close * 0.999:.2f}"),
                "high": Decimal(f"{close * (1 + random.uniform(0.002, 0.01)):.2f}"),
                "low": Decimal(f"{close * (1 - random.uniform(0.002, 0.01)):.2f}"),
                "close": Decimal(f"{close:.2f}"),
                "volume": Decimal(f"{random.lognormal(3, 1):.4f}"),
                "notional": Decimal(1),
                "trade_count": 1,
            }
        )
    return to_arrow(table_named("bars"), rows)
