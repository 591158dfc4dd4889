"""What the three venues' servers share: the dialect of a stream, times and numbers as text.

Belongs here: the protocol a venue's stream satisfies, the state of one connection, formatting used by several venues.
Not here: any venue's own shapes; the loop that plays (venue_stream.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple, Protocol

from starlette.datastructures import QueryParams

from tauric_assets.sandbox.market import Trade, Venue
from tauric_assets.times import SECOND_NS, ns_to_datetime

PAGE_TRADES_MAX = 1_000


@dataclass
class Session:
    """One client's subscription.

    Args:
        known: the symbols the venue lists, as BASE-QUOTE.
        symbols: those subscribed to trades.
        quotes: those subscribed to best bid and ask.
        beats: those subscribed to heartbeats (or `*`).
        combined: Binance: frames are wrapped in the combined-stream envelope.
        snapshot: Kraken: the newest trades are told on subscription.
        authenticated: Alpaca: the credentials were right.
        numbered: Coinbase Advanced: frames of this connection so far.
    """

    known: tuple[str, ...]
    symbols: list[str] = field(default_factory=list)
    quotes: list[str] = field(default_factory=list)
    beats: list[str] = field(default_factory=list)
    combined: bool = False
    snapshot: bool = True
    authenticated: bool = False
    numbered: int = 0

    def next_number(self) -> int:
        """The number of the connection's next frame, from 0."""
        self.numbered += 1
        return self.numbered - 1

    @property
    def followed(self) -> list[str]:
        """Those subscribed to trades or quotes."""
        return [*self.symbols, *(symbol for symbol in self.quotes if symbol not in self.symbols)]

    def add(self, symbol: str) -> None:
        """Subscribe to a symbol's trades, once."""
        _once(self.symbols, symbol)

    def add_quotes(self, symbol: str) -> None:
        """Subscribe to a symbol's best bid and ask, once."""
        _once(self.quotes, symbol)

    def add_beat(self, symbol: str) -> None:
        """Subscribe to a symbol's heartbeats, once."""
        _once(self.beats, symbol)


def _once(found: list[str], symbol: str) -> None:
    if symbol not in found:
        found.append(symbol)


class Book(NamedTuple):
    """Best bid and ask as text, two decimals each."""

    bid: str
    bid_size: str
    ask: str
    ask_size: str


def book_after(trade: Trade) -> Book:
    """The best prices after a trade: the aggressor took one side, the other is two cents away."""
    cents = int(trade.price * 100)
    bid, ask = (max(1, cents - 2), cents) if trade.side == "buy" else (cents, cents + 2)
    sizes = (1 + trade.trade_id * 37 % 900, 1 + trade.trade_id * 53 % 900)
    return Book(*(f"{Decimal(number).scaleb(-2):.2f}" for number in (bid, sizes[0], ask, sizes[1])))


class Dialect(Protocol):
    """How a venue speaks over its websocket. Pure: text in, text out; instants in nanoseconds UTC."""

    VENUE: Venue

    def connected(self, session: Session, path: str, query: QueryParams, now: int) -> list[str]:
        """What is sent first; may subscribe what the address names."""
        ...

    def received(self, session: Session, message: dict[str, object], now: int) -> list[str]:
        """What is answered to a client's message; may subscribe."""
        ...

    def opening(self, session: Session, recent: Sequence[Trade]) -> list[str]:
        """What a new subscriber of a symbol sees of its past; `recent` oldest first."""
        ...

    def tick(self, trade: Trade, session: Session) -> str:
        """One trade as a frame."""
        ...

    def quote(self, trade: Trade, session: Session) -> str:
        """The best bid and ask after a trade, as a frame."""
        ...

    def heartbeats(self, session: Session, last: dict[str, Trade], now: int) -> list[str]:
        """Signs of life, due every second."""
        ...


@lru_cache(maxsize=4096)
def second_text(second: int) -> str:
    """A whole second as `YYYY-MM-DDTHH:MM:SS`."""
    return ns_to_datetime(second * SECOND_NS).strftime("%Y-%m-%dT%H:%M:%S")


def micros_text(instant: int) -> str:
    """An instant as RFC 3339 text, cut to microseconds: `2021-04-17T16:43:30.244075Z`."""
    second, rest = divmod(instant, SECOND_NS)
    return f"{second_text(second)}.{rest // 1000:06d}Z"


def opposite(side: str) -> str:
    """The maker's side of a trade whose aggressor's is given."""
    return "sell" if side == "buy" else "buy"


def limit_of(text: str | None, default: int) -> int:
    """A page size as asked, between 1 and PAGE_TRADES_MAX."""
    asked = int(text) if text and text.isdigit() else default
    return max(1, min(asked, PAGE_TRADES_MAX))
