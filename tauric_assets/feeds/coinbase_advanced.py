"""Coinbase Advanced Trade: trades, best bid and ask, and heartbeats live, in frames that are numbered.

Live frames; `sequence_num` grows by one with every frame of a connection, whatever its channel:
    {"channel":"market_trades","client_id":"","timestamp":"2026-04-07T14:30:02.789012Z","sequence_num":5,"events":[
     {"type":"update","trades":[{"trade_id":"995098700","product_id":"NOVA-USD","price":"68900.50","size":"0.00150000",
      "side":"BUY","time":"2026-04-07T14:30:02.789012Z"}]}]}
    {"channel":"ticker","timestamp":"…","sequence_num":12,"events":[{"type":"snapshot","tickers":[{"type":"ticker",
     "product_id":"NOVA-USD","price":"68900.50","best_bid":"68900.00","best_bid_quantity":"1.5","best_ask":"68901.00",
     "best_ask_quantity":"0.5"}]}]}
    {"channel":"heartbeats","timestamp":"…","sequence_num":0,"events":[{"current_time":"…","heartbeat_counter":42}]}
`side` is the maker's, so the aggressor's is the other one. A quote is dated by its frame. The snapshot sent on
subscribing repeats older trades. The order books, and with them the trade numbers, are those of Coinbase Exchange.

Belongs here: its addresses, its messages, its errors.
Not here: other exchanges, sockets, storage; past days (tauric import).
Specification: Coinbase Advanced Trade API, "WebSocket Channels", "Get Public Market Trades".
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache, partial
from itertools import chain

from tauric_assets.errors import MalformedDocument, TauricError, UpstreamRefused
from tauric_assets.feeds import venues
from tauric_assets.feeds.contract import Fetching, Gap
from tauric_assets.feeds.streamed import collect, parse, poll
from tauric_assets.feeds.ticks import Heartbeat, Quote, Ticks, Trade, price_units, side_units, size_units
from tauric_assets.feeds.values import rfc3339
from tauric_assets.settings import Settings
from tauric_assets.times import SECOND_NS

__all__ = ["collect", "parse", "poll"]

NAME = "coinbase_advanced"
TABLES = ("trades", "quotes")
TRADE_IDS_ARE_CONTIGUOUS = True
FRAMES_ARE_NUMBERED = True
GAPS_CAN_BE_FILLED = True
HEARTBEAT_S: float | None = 1.0
PING = ""
PING_S = 0.0
CONNECTION_S_MAX: float | None = None
CHANNELS = ("market_trades", "ticker", "heartbeats")
NOT_FOUND = 404

_AGGRESSOR = {"BUY": "sell", "SELL": "buy"}
_TRADES_PATH = re.compile(r"/market/products/([^/]+)/ticker(?:\?|$)")


def stream_url(settings: Settings, symbols: Sequence[str]) -> str:
    """Where to connect; all symbols share one address."""
    return settings.coinbase_advanced_stream_url


def opening_frames(settings: Settings, symbols: Sequence[str]) -> list[str]:
    """Subscribe to trades, best prices and heartbeats, a frame each."""
    return [
        json.dumps({"type": "subscribe", "product_ids": list(symbols), "channel": channel}, separators=(",", ":"))
        for channel in CHANNELS
    ]


def ticks(frame: bytes) -> Ticks:
    """One websocket frame.

    Raises: MalformedDocument: no JSON object, or one without its events.
    """
    message = venues.decode_frame(frame)
    if not isinstance(message, dict):
        raise MalformedDocument("no JSON object")
    if message.get("type") == "error":
        return venues.refused(f"coinbase_advanced: {message.get('message')}", frame)
    try:
        number = venues.sequence(message.get("sequence_num"))
        ticks = _read(message)
    except venues.UNREADABLE as error:
        raise MalformedDocument(f"no list of events: {error}") from error
    ticks.connection_sequence = number
    return ticks


def fill_gap(fetching: Fetching, gap: Gap) -> Iterator[Trade]:
    """Missing trades from pages of the time in which they happened, newest first.

    Raises: UpstreamUnavailable, UpstreamRefused.
    """
    base = f"{fetching.settings.coinbase_advanced_url}/api/v3/brokerage/market/products/{gap.symbol}/ticker"
    start, end = gap.ts_before // SECOND_NS, gap.ts_after // SECOND_NS + 1
    while True:
        url = f"{base}?limit={venues.PAGE_TRADES_MAX}&start={start}&end={end}"
        trades = venues.gap_page(fetching, url, NAME, gap, _page)
        yield from venues.numbered_between(trades, gap)
        oldest = min(venues.times(trades), default=0) // SECOND_NS
        reached = any(int(one.trade_id) <= gap.first_missing for one in trades if one.trade_id.isdecimal())
        if reached or oldest <= start:
            return
        end = min(oldest, end - 1)


def classify(url: str, status: int, headers: Mapping[str, str], body: bytes) -> TauricError | None:
    """404 on a product's trades: the product is not listed."""
    match = _TRADES_PATH.search(url)
    if match and status == NOT_FOUND:
        return UpstreamRefused(f"coinbase_advanced does not list {match[1]}: remove it from defs.yaml or correct it")
    return None


def _read(message: venues.Fields) -> Ticks:
    channel = message.get("channel")
    if channel == "market_trades":
        return venues.read_ticks(_inside(message, "trades"), _trade)
    if channel == "ticker":
        return venues.read_ticks(_inside(message, "tickers"), partial(_quote, at=message["timestamp"]), "quote")
    if channel == "heartbeats":
        return venues.read_ticks((message,), _heartbeat, "heartbeat")
    return venues.ignored()


def _inside(message: venues.Fields, name: str) -> Iterator[object]:
    """The records called `name` of all events. Raises any of venues.UNREADABLE before the first is read."""
    events = [venues.fields(event) for event in venues.items(message["events"])]
    return chain.from_iterable([venues.items(event[name]) for event in events])


def _trade(record: object) -> Trade:
    trade = venues.fields(record)
    return Trade(
        _symbol(trade["product_id"]),
        rfc3339(trade["time"]),
        venues.trade_id(trade["trade_id"]),
        price_units(trade["price"]),
        size_units(trade["size"]),
        _AGGRESSOR[str(trade["side"])],
        None,
    )


def _quote(record: object, at: object) -> Quote:
    quote = venues.fields(record)
    return Quote(
        _symbol(quote["product_id"]),
        rfc3339(at),
        *side_units(quote["best_bid"], quote.get("best_bid_quantity")),
        *side_units(quote["best_ask"], quote.get("best_ask_quantity")),
        None,
    )


def _heartbeat(record: object) -> Heartbeat:
    return Heartbeat(None, rfc3339(venues.fields(record)["timestamp"]), None)


@lru_cache(maxsize=venues.SYMBOLS_KEPT)
def _symbol(product: object) -> str:
    return venues.symbol(*str(product).split("-"))


def _page(body: bytes) -> list[Trade]:
    page = venues.decode_frame(body)
    if not isinstance(page, dict) or not isinstance(page.get("trades"), list):
        raise MalformedDocument("no JSON object with a list of trades")
    return venues.read_ticks(page["trades"], _trade).trades
