"""Coinbase Exchange: trades, best bid and ask, and heartbeats live; past trades from REST.

Live frames:
    {"type":"match","trade_id":280232,"maker_order_id":"2a0d…","taker_order_id":"3c82…","side":"sell","size":"985",
     "price":"0.00001305","product_id":"NOVA-USD","sequence":177100030,"time":"2021-04-17T16:43:37.089723Z"}
    {"type":"ticker","sequence":177100031,"product_id":"NOVA-USD","price":"0.00001305","best_bid":"0.00001304",
     "best_bid_size":"12","best_ask":"0.00001305","best_ask_size":"300","side":"buy","trade_id":280232,"last_size":"985",
     "time":"2021-04-17T16:43:37.089723Z"}
    {"type":"heartbeat","last_trade_id":280232,"product_id":"NOVA-USD","sequence":177100032,"time":"2021-…38.000000Z"}
`side` of a match is the maker's, so the aggressor's is the other one. `last_match`, sent on subscribing, repeats an
older trade. A `ticker` comes with every match and tells the best prices after it; older ones tell no sizes.
A page of history is a list, newest first:
    [{"trade_id":280232,"side":"sell","size":"985","price":"0.00001305","time":"2021-04-17T16:43:37.089723Z"}]

Belongs here: its addresses, its messages, its errors.
Not here: other exchanges, sockets, storage. Missed messages show in `trade_id` and in the heartbeat's `last_trade_id`,
never in `sequence`, which counts all channels.
Specification: Coinbase Exchange API, "Matches channel", "Ticker channel", "Heartbeat channel", "Get product trades".
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache, partial
from typing import Literal

import msgspec

from tauric_assets.errors import MalformedDocument, TauricError, UpstreamRefused
from tauric_assets.feeds import venues
from tauric_assets.feeds.contract import Document, Fetching, Gap, Options, Parsed, Poll
from tauric_assets.feeds.polling import poll_urls
from tauric_assets.feeds.ticks import Heartbeat, Quote, Ticks, Trade, price_units, side_units, size_units
from tauric_assets.feeds.values import rfc3339
from tauric_assets.settings import Settings
from tauric_assets.times import SECOND_NS, Days

NAME = "coinbase"
TABLES = ("trades", "quotes")
TRADE_IDS_ARE_CONTIGUOUS = True
FRAMES_ARE_NUMBERED = False
GAPS_CAN_BE_FILLED = True
HEARTBEAT_S: float | None = 1.0
PING = ""
PING_S = 0.0
CONNECTION_S_MAX: float | None = None
SKEW_NS = SECOND_NS  # neighbours in trade_id may be out of order in time by no more than this
OVERLAP_TRADES = 50
NOT_FOUND = 404
CHANNELS = ("matches", "ticker", "heartbeat")

_AGGRESSOR = {"buy": "sell", "sell": "buy"}
_TRADES_PATH = re.compile(r"/products/([^/]+)/trades(?:\?|$)")


class _Match(msgspec.Struct, tag_field="type", tag="match"):
    product_id: str
    time: str
    trade_id: int
    price: str
    size: str
    side: Literal["buy", "sell"]
    sequence: int | None = None


class _Ticker(msgspec.Struct, tag_field="type", tag="ticker"):
    product_id: str
    time: str
    best_bid: str
    best_ask: str
    best_bid_size: str | None = None
    best_ask_size: str | None = None
    sequence: int | None = None


_USUAL = msgspec.json.Decoder(_Match | _Ticker)


def stream_url(settings: Settings, symbols: Sequence[str]) -> str:
    """Where to connect; all symbols share one address."""
    return settings.coinbase_stream_url


def opening_frames(settings: Settings, symbols: Sequence[str]) -> list[str]:
    """Subscribe to trades, best prices and heartbeats of `symbols`."""
    wanted = {"type": "subscribe", "product_ids": list(symbols), "channels": list(CHANNELS)}
    return [json.dumps(wanted, separators=(",", ":"))]


def ticks(frame: bytes) -> Ticks:
    """One websocket frame.

    Raises: MalformedDocument: no JSON object.
    """
    return _usual(frame) or _any(frame)


def _usual(frame: bytes) -> Ticks | None:
    """A match or ticker in its documented form, which nearly every frame is; None where it is anything else."""
    message = venues.decode_usual(_USUAL, frame)
    try:
        if isinstance(message, _Match):
            return Ticks(trades=[_trade_of(message)], records=1)
        return Ticks(quotes=[_quote_of(message)], records=1) if message is not None else None
    except ValueError:
        return None


def _any(frame: bytes) -> Ticks:
    message = venues.decode_frame(frame)
    if not isinstance(message, dict):
        raise MalformedDocument("no JSON object")
    kind = message.get("type")
    if kind in ("match", "last_match"):
        return venues.read_ticks((message,), _trade)
    if kind == "ticker":
        return venues.read_ticks((message,), _quote, "quote")
    if kind == "heartbeat":
        return venues.read_ticks((message,), _heartbeat, "heartbeat")
    if kind == "error":
        return venues.refused(f"coinbase: {message.get('message')}: {message.get('reason')}", frame)
    return venues.ignored()


def collect(fetching: Fetching, name: str, day: date, options: Options) -> Iterator[Document]:
    """Pages that hold every trade of `day` (UTC), newest first, for each symbol in `options`.

    Raises: UpstreamRefused: a symbol Coinbase does not list; UpstreamUnavailable; UsageError: no symbols.
    """
    for symbol in venues.symbols_of(options):
        yield from _pages(fetching, name, symbol, day)


def poll(fetching: Fetching, name: str, options: Options, cursor: str) -> Poll:
    """Look at the newest trade of each symbol."""
    base = fetching.settings.coinbase_url
    urls = [f"{base}/products/{symbol}/trades?limit=1" for symbol in venues.symbols_of(options)]
    return poll_urls(fetching, name, urls, cursor)


def parse(document: Document) -> Parsed:
    """A page of history as rows of `trades`; what is not of the day asked for is ignored.

    Raises: MalformedDocument: no list of trades.
    """
    symbol, days = venues.history_asked(document)
    page = venues.decode_frame(document.body)
    if not isinstance(page, list):
        raise MalformedDocument("no JSON list of trades")
    return venues.read_history(NAME, page, partial(_past_trade, symbol=symbol), days)


def fill_gap(fetching: Fetching, gap: Gap) -> Iterator[Trade]:
    """Missing trades by their numbers, newest first, in pages that end below the one before.

    Raises: UpstreamUnavailable, UpstreamRefused.
    """
    base = f"{fetching.settings.coinbase_url}/products/{gap.symbol}/trades"
    after = gap.last_missing + 1
    while True:
        limit = min(venues.PAGE_TRADES_MAX, after - gap.first_missing)
        trades = venues.gap_page(fetching, f"{base}?limit={limit}&after={after}", NAME, gap, _readable_trades)
        yield from venues.numbered_between(trades, gap)
        lowest = min(_numbers(trades), default=gap.first_missing)
        if lowest <= gap.first_missing or lowest >= after:
            return
        after = lowest


def classify(url: str, status: int, headers: Mapping[str, str], body: bytes) -> TauricError | None:
    """404 on a product's trades: the product is not listed."""
    match = _TRADES_PATH.search(url)
    if match and status == NOT_FOUND:
        return UpstreamRefused(f"coinbase does not list {match[1]}: remove it from defs.yaml or correct it")
    return None


def _trade(record: object) -> Trade:
    message = venues.fields(record)
    return Trade(
        _symbol(message["product_id"]),
        rfc3339(message["time"]),
        venues.trade_id(message["trade_id"]),
        price_units(message["price"]),
        size_units(message["size"]),
        _AGGRESSOR[str(message["side"])],
        venues.sequence(message.get("sequence")),
    )


def _trade_of(message: _Match) -> Trade:
    return Trade(
        _symbol(message.product_id),
        rfc3339(message.time),
        str(message.trade_id),
        price_units(message.price),
        size_units(message.size),
        _AGGRESSOR[message.side],
        venues.sequence(message.sequence),
    )


def _quote_of(message: _Ticker) -> Quote:
    return Quote(
        _symbol(message.product_id),
        rfc3339(message.time),
        *side_units(message.best_bid, message.best_bid_size),
        *side_units(message.best_ask, message.best_ask_size),
        venues.sequence(message.sequence),
    )


def _past_trade(record: object, symbol: str) -> Trade:
    return _trade({**venues.fields(record), "product_id": symbol})


def _quote(record: object) -> Quote:
    message = venues.fields(record)
    return Quote(
        _symbol(message["product_id"]),
        rfc3339(message["time"]),
        *side_units(message["best_bid"], message.get("best_bid_size")),
        *side_units(message["best_ask"], message.get("best_ask_size")),
        venues.sequence(message.get("sequence")),
    )


def _heartbeat(record: object) -> Heartbeat:
    message = venues.fields(record)
    last = message.get("last_trade_id")
    return Heartbeat(
        _symbol(message["product_id"]), rfc3339(message["time"]), None if last is None else venues.trade_id(last)
    )


@lru_cache(maxsize=venues.SYMBOLS_KEPT)
def _symbol(product: object) -> str:
    return venues.symbol(*str(product).split("-"))


def _pages(fetching: Fetching, name: str, symbol: str, day: date) -> Iterator[Document]:
    """Walk back from the first trade after `day`, found from the newest page or by halving the trade numbers."""
    days, base = Days.one(day), f"{fetching.settings.coinbase_url}/products/{symbol}/trades"

    def ask(limit: int, after: int | None) -> tuple[Document, list[Trade]]:
        cut = f"&after={after}" if after is not None else ""
        page = venues.history_page(fetching, f"{base}?limit={limit}{cut}", name, symbol, day)
        return page, venues.readable(page, _readable_trades)

    document, trades = ask(venues.PAGE_TRADES_MAX, None)
    if trades and min(venues.times(trades)) >= days.end_ns:
        lowest, highest = 1, min(_numbers(trades))
        while lowest < highest:
            middle = (lowest + highest) // 2
            _, probe = ask(1, middle)
            if probe and max(venues.times(probe)) >= days.end_ns:
                highest = middle
            else:
                lowest = middle + 1
        document, trades = ask(venues.PAGE_TRADES_MAX, lowest + OVERLAP_TRADES)
    yield document
    while trades and min(venues.times(trades)) >= days.start_ns - SKEW_NS:
        document, trades = ask(venues.PAGE_TRADES_MAX, min(_numbers(trades)))
        if trades:
            yield document


def _readable_trades(body: bytes) -> list[Trade]:
    page = venues.decode_frame(body)
    if not isinstance(page, list):
        raise MalformedDocument("no JSON list of trades")
    return venues.read_ticks(page, partial(_past_trade, symbol="ANY-ANY")).trades


def _numbers(trades: list[Trade]) -> Iterator[int]:
    return (int(trade.trade_id) for trade in trades if trade.trade_id.isdecimal())
