"""What one frame of an exchange says, as plain values: trades, quotes, heartbeats, in fixed point.

Prices and sizes are ints in units of 1e-9 (`UNIT`), exact, with no float on the way; instants are nanoseconds UTC.
The sidecar takes ticks as they are; `rows` turns them into rows of the canonical tables for everybody else.

Belongs here: the tuples, the conversion of decimal text to fixed point, the way from ticks to rows.
Not here: any exchange's wire shape; sockets, logs, bars (stream/).
"""

import re
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from tauric_assets.feeds.contract import Parsed, Reject, StreamFeed
from tauric_assets.feeds.values import decimal
from tauric_assets.tables import Row

DECIMALS = 9
UNIT = 10**DECIMALS
PRICE_UNITS_MAX = 10**18 - 1  # decimal(18,9)
SIZE_UNITS_MAX = 10**20 - 1  # decimal(20,9)
UNDATED = 0
"""`ts_event` of a quote or heartbeat whose venue does not say when it was; who took the frame dates it by arrival."""

_ZERO = re.compile(r"0+(\.0*)?", re.ASCII)
_FILL = tuple("0" * (DECIMALS - digits) for digits in range(DECIMALS + 1))
DIGITS_MAX = 20
NUMBERS_KEPT = 65_536
"""Texts whose units are remembered."""


class Trade(NamedTuple):
    """One trade as its venue told it; `side` is the aggressor's (buy, sell, or None where the venue is silent)."""

    symbol: str
    ts_event: int
    trade_id: str
    price: int
    size: int
    side: str | None
    sequence: int | None


class Quote(NamedTuple):
    """One best bid and ask.

    A side without an order has price and size 0; a size of 0 beside a price means that the venue tells no sizes.
    `ts_event` may be UNDATED.
    """

    symbol: str
    ts_event: int
    bid_price: int
    bid_size: int
    ask_price: int
    ask_size: int
    sequence: int | None


class Heartbeat(NamedTuple):
    """A sign of life with the venue's time (or UNDATED); `symbol` is None where it speaks for the whole connection.

    `last_trade_id` is what the venue says its newest trade is, where it says so.
    """

    symbol: str | None
    ts_event: int
    last_trade_id: str | None


@dataclass(slots=True)
class Ticks:
    """What became of one frame: records = trades + quotes + heartbeats + rejects + ignored.

    Args:
        connection_sequence: the frame's number on its connection, where the venue counts every frame by one.
    """

    trades: list[Trade] = field(default_factory=list)
    quotes: list[Quote] = field(default_factory=list)
    heartbeats: list[Heartbeat] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    ignored: int = 0
    records: int = 0
    connection_sequence: int | None = None

    def add(self, tick: Trade | Quote | Heartbeat | None) -> None:
        """Take one tick; None is a record that is well and not wanted."""
        if type(tick) is Trade:
            self.trades.append(tick)
        elif type(tick) is Quote:
            self.quotes.append(tick)
        elif type(tick) is Heartbeat:
            self.heartbeats.append(tick)
        else:
            self.ignored += 1


def units(value: object, most: int) -> int:
    """Decimal text, or an int, in units of 1e-9, above zero and at most `most`.

    Raises: ValueError: no plain number, not above zero, above `most`, or with more than nine decimals.
    """
    if type(value) is str:
        number = _units_of_text(value)
    elif type(value) is int:
        number = value * UNIT
    else:
        raise ValueError(f"{value!r} is no number")
    if not 0 < number <= most:
        raise ValueError(f"{value!r} is not above 0 and within its column")
    return number


def price_units(value: object) -> int:
    """A price in units of 1e-9. Raises ValueError like `units`."""
    return units(value, PRICE_UNITS_MAX)


def size_units(value: object) -> int:
    """A size in units of 1e-9. Raises ValueError like `units`."""
    return units(value, SIZE_UNITS_MAX)


def side_units(price: object, size: object) -> tuple[int, int]:
    """Price and size of one side of a quote; what is missing, empty or zero is 0, and without a price so is the size.

    Raises: ValueError like `units`.
    """
    if _nothing(price):
        return 0, 0
    return price_units(price), 0 if _nothing(size) else size_units(size)


def amount(number: int) -> Decimal:
    """Units of 1e-9 as a Decimal with nine decimals."""
    return Decimal(number).scaleb(-DECIMALS)


def parse_frame(feed: StreamFeed, frame: bytes, received_at: int | None) -> Parsed:
    """One frame of a feed's stream as rows of the canonical tables.

    Raises: MalformedDocument: nothing in the frame is readable.
    """
    return rows(feed.NAME, feed.ticks(frame), received_at)


def rows(venue: str, ticks: Ticks, received_at: int | None) -> Parsed:
    """Ticks as rows of `trades` and `quotes`; heartbeats count as ignored.

    Args:
        received_at: arrival at our recorder, nanoseconds UTC; None for history, which is dated by the venue. Quotes
            that neither dates are ignored.
    """
    parsed = Parsed(rejects=list(ticks.rejects), ignored=ticks.ignored + len(ticks.heartbeats), records=ticks.records)
    for trade in ticks.trades:
        parsed.add("trades", _trade_row(venue, trade, received_at))
    for quote in ticks.quotes:
        if quote.ts_event != UNDATED:
            parsed.add("quotes", _quote_row(venue, quote, received_at))
        elif received_at is not None:
            parsed.add("quotes", _quote_row(venue, quote._replace(ts_event=received_at), received_at))
        else:
            parsed.ignored += 1
    return parsed


def _shared(venue: str, tick: Trade | Quote, received_at: int | None) -> Row:
    return {
        "ts_event": tick.ts_event,
        "known_at": tick.ts_event if received_at is None else received_at,
        "known_at_quality": "source" if received_at is None else "observed",
        "venue": venue,
        "symbol": tick.symbol,
        "sequence": tick.sequence,
        "ts_recv": received_at,
    }


def _trade_row(venue: str, trade: Trade, received_at: int | None) -> Row:
    return _shared(venue, trade, received_at) | {
        "trade_id": trade.trade_id,
        "price": amount(trade.price),
        "size": amount(trade.size),
        "side": trade.side,
    }


def _quote_row(venue: str, quote: Quote, received_at: int | None) -> Row:
    return _shared(venue, quote, received_at) | {
        "bid_price": amount(quote.bid_price),
        "bid_size": amount(quote.bid_size),
        "ask_price": amount(quote.ask_price),
        "ask_size": amount(quote.ask_size),
    }


def _nothing(value: object) -> bool:
    return value is None or value in ("", 0) or (isinstance(value, str) and _ZERO.fullmatch(value) is not None)


@lru_cache(maxsize=NUMBERS_KEPT)
def _units_of_text(value: str) -> int:
    """Units that a text says. Prices and sizes repeat, so that most are looked up. Raises ValueError like `units`."""
    whole, _, fraction = value.partition(".")
    plain = value.isascii() and whole.isdigit() and (not fraction or fraction.isdigit())
    if plain and len(whole) <= DIGITS_MAX and len(fraction) <= DECIMALS:
        return int(whole + fraction + _FILL[len(fraction)])
    return _units_of_other_spellings(value)


def _units_of_other_spellings(value: str) -> int:
    """Text with a sign, an exponent, no leading digit or many decimals. Raises ValueError."""
    scaled = decimal(value).scaleb(DECIMALS)
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{value!r} has more than {DECIMALS} decimals")
    return int(scaled)
