"""Binance spot: trades and best bid and ask live from the combined stream, past trades from REST.

Live frames are those of binance_frames.py; `bookTicker` tells no time and is dated by its arrival.
A page of history, oldest first; its `id` is the stream's `t`, so that a trade is the same streamed and collected:
    [{"id":12345,"price":"0.00100000","qty":"100.00000000","quoteQty":"0.10000000","time":1672515782136,
     "isBuyerMaker":true,"isBestMatch":true}]
Pages are asked for by number only. The day's first number is the `f` of the day's first aggregate, which counts in
numbers of its own (`a`):
    [{"a":9001,"p":"0.00100000","q":"150.00000000","f":12345,"l":12346,"T":1672515782136,"m":true,"M":true}]

Belongs here: its addresses, its pages, its errors.
Not here: other exchanges, sockets, storage, frames (binance_frames.py).
Specification: Binance Spot API, "WebSocket Streams" (connections end after 24 hours; the server pings every 20 s),
"Old trade lookup", "Compressed/Aggregate trades list".
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import partial

from tauric_assets.errors import MalformedDocument, TauricError
from tauric_assets.feeds import venues
from tauric_assets.feeds.binance_frames import joined, read_frame, side_of
from tauric_assets.feeds.binance_pages import fill_by_number, listed, refusal
from tauric_assets.feeds.contract import Document, Fetching, Gap, Options, Parsed, Poll
from tauric_assets.feeds.polling import poll_urls
from tauric_assets.feeds.ticks import Ticks, Trade, price_units, size_units
from tauric_assets.feeds.values import epoch_ms
from tauric_assets.settings import Settings
from tauric_assets.times import Days

NAME = "binance"
TABLES = ("trades", "quotes")
TRADE_IDS_ARE_CONTIGUOUS = True
FRAMES_ARE_NUMBERED = False
GAPS_CAN_BE_FILLED = True
HEARTBEAT_S: float | None = None
PING = ""
PING_S = 0.0
CONNECTION_S_MAX: float | None = 24 * 3600.0

_TRADES_PATH = re.compile(r"/api/v3/(?:aggTrades|historicalTrades)\?symbol=([^&]+)")


def stream_url(settings: Settings, symbols: Sequence[str]) -> str:
    """Where to connect: the combined stream of all symbols; nothing needs to be sent."""
    names = [f"{joined(symbol).lower()}@{kind}" for symbol in symbols for kind in ("trade", "bookTicker")]
    return f"{settings.binance_stream_url}/stream?streams={'/'.join(names)}"


def opening_frames(settings: Settings, symbols: Sequence[str]) -> list[str]:
    """Nothing: the address subscribes."""
    return []


def ticks(frame: bytes) -> Ticks:
    """One websocket frame, with or without the combined stream's envelope.

    Raises: MalformedDocument: no JSON object.
    """
    return read_frame(frame, NAME)


def collect(fetching: Fetching, name: str, day: date, options: Options) -> Iterator[Document]:
    """Pages that hold every trade of `day` (UTC), oldest first, for each symbol in `options`.

    Of a symbol that did not trade on `day`, the empty answer that says so.
    Raises: UpstreamRefused: a symbol Binance does not list; UpstreamUnavailable; UsageError: no symbols.
    """
    days, end = Days.one(day), venues.history_end(day, fetching.now())
    for symbol in venues.symbols_of(options):
        url = f"{_aggregates_url(fetching.settings, symbol)}&startTime={days.start_ns // 1_000_000}"
        url += f"&endTime={days.end_ns // 1_000_000 - 1}&limit=1"
        opening = venues.history_page(fetching, url, name, symbol, day)
        number = venues.readable(opening, _first_number)
        if number is None:
            yield opening
        while number is not None:
            url = f"{_trades_url(fetching.settings, symbol)}&fromId={number}&limit={venues.PAGE_TRADES_MAX}"
            document = venues.history_page(fetching, url, name, symbol, day)
            last = venues.readable(document, _last_trade)
            if last is None:
                break
            yield document
            number = last[0] + 1 if last[1] < end else None


def poll(fetching: Fetching, name: str, options: Options, cursor: str) -> Poll:
    """Look at the newest trade of each symbol."""
    urls = [f"{_aggregates_url(fetching.settings, symbol)}&limit=1" for symbol in venues.symbols_of(options)]
    return poll_urls(fetching, name, urls, cursor)


def parse(document: Document) -> Parsed:
    """A page of history as rows of `trades`; what is not of the day asked for is ignored.

    Raises: MalformedDocument: no list of trades.
    """
    symbol, days = venues.history_asked(document)
    return venues.read_history(NAME, listed(document.body), partial(_past_trade, symbol=symbol), days)


def fill_gap(fetching: Fetching, gap: Gap) -> Iterator[Trade]:
    """Missing trades by their numbers, oldest first.

    Raises: UpstreamUnavailable, UpstreamRefused.
    """
    return fill_by_number(fetching, gap, NAME, _trades_url(fetching.settings, gap.symbol), _past_trade)


def classify(url: str, status: int, headers: Mapping[str, str], body: bytes) -> TauricError | None:
    """An unknown symbol (400, code -1121), a ban for asking too often (418), and places it does not serve (451)."""
    match = _TRADES_PATH.search(url)
    return refusal(NAME, match[1], status, headers, body) if match else None


def _past_trade(record: object, symbol: str) -> Trade:
    trade = venues.fields(record)
    return Trade(
        symbol,
        epoch_ms(trade["time"]),
        venues.trade_id(trade["id"]),
        price_units(trade["price"]),
        size_units(trade["qty"]),
        side_of(trade["isBuyerMaker"]),
        None,
    )


def _trades_url(settings: Settings, symbol: str) -> str:
    return f"{settings.binance_url}/api/v3/historicalTrades?symbol={joined(symbol)}"


def _aggregates_url(settings: Settings, symbol: str) -> str:
    return f"{settings.binance_url}/api/v3/aggTrades?symbol={joined(symbol)}"


def _first_number(body: bytes) -> int | None:
    """The number of the first trade in a page of aggregates; None where it is empty."""
    page = listed(body)
    try:
        return venues.sequence(venues.fields(page[0])["f"]) if page else None
    except (KeyError, ValueError) as error:
        raise MalformedDocument(f"aggregate without a first trade: {error}") from error


def _last_trade(body: bytes) -> tuple[int, int] | None:
    """Number and time (nanoseconds UTC) of the last trade in a page of history; None where it is empty."""
    page = listed(body)
    trades = venues.read_ticks(page, partial(_past_trade, symbol="ANY-ANY")).trades
    numbers = [int(trade.trade_id) for trade in trades if trade.trade_id.isdecimal()]
    if page and not numbers:
        raise MalformedDocument("no readable trade")
    return (max(numbers), max(venues.times(trades))) if page else None
