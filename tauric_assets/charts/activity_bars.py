"""Bars by activity out of all trades of days: so many trades, so much volume, so much money.

The rules are those of the live ones (stream/activity.py): ordered by (ts_event, trade id), nothing split, no bar across
midnight. Rows are final: the order and the repetition of their input do not matter.

Belongs here: from rows of `trades` to rows of `activity_bars`. Not here: the rules, bars of time (bars.py).
"""

from collections.abc import Sequence
from decimal import Decimal

import pyarrow as pa

from tauric_assets.feeds.ticks import DECIMALS, UNIT, Trade, amount
from tauric_assets.stream.activity import ActivityBar, ActivityFold, rule_named
from tauric_assets.stream.bar_ids import key_of, order_of
from tauric_assets.tables import QUALITIES, Row, table_named, to_arrow
from tauric_assets.times import DAY_NS, day_of_ns

Told = tuple[Trade, int, str]
"""A trade, its known_at and its quality."""


def build(trades: pa.Table, rules: Sequence[str]) -> pa.Table:
    """Rows of `activity_bars`, ordered by venue, symbol, rule and time.

    A full bar is known when all its trades are, the unfinished one of a day not before midnight; its quality is the
    weakest of its trades.

    Args:
        trades: rows of `trades` of whole days, in any order, repeated at will; of one id the one known first counts.
        rules: as `rule_named` reads them; none gives no rows.
    Raises: UsageError: no such rule.
    """
    folds = [rule_named(rule) for rule in dict.fromkeys(rules)]
    rows: list[Row] = []
    for (venue, symbol), told in sorted(_by_symbol(trades).items() if folds else ()):
        for rule in folds:
            fold = ActivityFold(rule)
            bars = [*fold.take(trade for trade, _, _ in told), *fold.end_of_day()]
            first = 0
            for bar in bars:
                members = told[first : first + bar.trades]
                first += bar.trades
                full = getattr(bar, rule.measure) >= rule.threshold
                over = bar.last + 1 if full else bar.day + DAY_NS
                rows.append(_row(venue, symbol, rule.name, bar, members) | {"known_at": _known_at(members, over)})
    return to_arrow(table_named("activity_bars"), rows)


def _by_symbol(trades: pa.Table) -> dict[tuple[str, str], list[Told]]:
    """Trades of each venue and symbol in order, each once."""
    names = ("venue", "symbol", "ts_event", "trade_id", "price", "size", "known_at", "known_at_quality")
    columns = [trades[name].to_pylist() for name in names]
    kept: dict[tuple[str, str, str], Told] = {}
    for venue, symbol, ts_event, trade_id, price, size, known_at, quality in zip(*columns, strict=True):
        trade = Trade(symbol, ts_event, trade_id, int(price * UNIT), int(size * UNIT), None, None)
        held = kept.get((venue, symbol, trade_id))
        if held is None or (known_at, trade) < (held[1], held[0]):
            kept[venue, symbol, trade_id] = (trade, known_at, quality)
    found: dict[tuple[str, str], list[Told]] = {}
    for (venue, symbol, _), told in kept.items():
        found.setdefault((venue, symbol), []).append(told)
    for each in found.values():
        each.sort(key=lambda told: (told[0].ts_event, *order_of(key_of(told[0].trade_id))))
    return found


def _row(venue: str, symbol: str, rule: str, bar: ActivityBar, members: Sequence[Told]) -> Row:
    return {
        "date": day_of_ns(bar.first),
        "ts_event": bar.first,
        "known_at_quality": max((quality for _, _, quality in members), key=QUALITIES.index),
        "source": "trades",
        "venue": venue,
        "symbol": symbol,
        "interval": rule,
        "number": bar.number,
        "ts_close": bar.last + 1,
        "open": amount(bar.open),
        "high": amount(bar.high),
        "low": amount(bar.low),
        "close": amount(bar.close),
        "volume": _exact(bar.volume, DECIMALS),
        "notional": _exact(bar.notional, 2 * DECIMALS),
        "trade_count": bar.trades,
    }


def _known_at(members: Sequence[Told], over: int) -> int:
    return max(over, *(known_at for _, known_at, _ in members))


def _exact(number: int, digits: int) -> Decimal:
    return Decimal((0, tuple(map(int, str(number))), -digits))
