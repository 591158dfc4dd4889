"""Binance spot: trades, live from the combined stream, past ones from REST.

A live frame (`m`: the buyer was the maker, so the aggressor sold); `aggTrade` frames, in streams that were recorded
with them, carry their number in `a`:
    {"stream":"novausdt@trade","data":{"e":"trade","E":1672515782136,"s":"NOVAUSDT","t":12345,"p":"0.001","q":"100",
     "T":1672515782136,"m":true,"M":true}}
A page of history, oldest first; its `id` is the stream's `t`, so that a trade is the same streamed and collected:
    [{"id":12345,"price":"0.00100000","qty":"100.00000000","quoteQty":"0.10000000","time":1672515782136,
     "isBuyerMaker":true,"isBestMatch":true}]
Pages are asked for by number only. The day's first number is the `f` of the day's first aggregate, which counts in
numbers of its own (`a`):
    [{"a":9001,"p":"0.00100000","q":"150.00000000","f":12345,"l":12346,"T":1672515782136,"m":true,"M":true}]

Belongs here: its addresses, its messages, its errors, which currencies end its symbols.
Not here: other exchanges, sockets, storage.
Specification: Binance Spot API, "Trade Streams", "Aggregate Trade Streams", "Old trade lookup",
"Compressed/Aggregate trades list".
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import partial

from tauric_assets.errors import MalformedDocument, TauricError, UpstreamRefused, UpstreamUnavailable
from tauric_assets.feeds import venues
from tauric_assets.feeds.contract import Document, Fetching, Options, Parsed, Poll
from tauric_assets.feeds.failures import retry_after
from tauric_assets.feeds.polling import poll_urls
from tauric_assets.feeds.values import epoch_ms, price, size
from tauric_assets.settings import Settings
from tauric_assets.tables import Row
from tauric_assets.times import Days

NAME = "binance"
TABLES = ("trades",)
QUOTES = (
    "FDUSD USDT USDC BUSD TUSD USDP USDS BIDR DOGE USD1 PAX DAI USD EUR GBP TRY BRL RUB UAH AUD NGN ZAR IDRT JPY MXN "
    "ARS PLN RON CZK COP VAI BTC ETH BNB XRP TRX DOT SOL"
)
BANNED_S = 120.0
BANNED, NOT_HERE = 418, 451
UNKNOWN_SYMBOL = b'"code":-1121'

_ENDINGS = sorted(QUOTES.split(), key=len, reverse=True)
_TRADES_PATH = re.compile(r"/api/v3/(?:aggTrades|historicalTrades)\?symbol=([^&]+)")
_NUMBER_FIELD = {"trade": "t", "aggTrade": "a"}


def stream_url(settings: Settings, symbols: Sequence[str]) -> str:
    """Where to connect: the combined stream of all symbols; nothing needs to be sent."""
    names = "/".join(f"{symbol.replace('-', '').lower()}@trade" for symbol in symbols)
    return f"{settings.binance_stream_url}/stream?streams={names}"


def subscribe_frames(symbols: Sequence[str]) -> list[str]:
    """Nothing: the address subscribes."""
    return []


def parse_frame(frame: bytes, received_at: int) -> Parsed:
    """One websocket frame, with or without the combined stream's envelope, as rows of `trades`.

    Args:
        received_at: arrival, nanoseconds UTC.
    Raises: MalformedDocument: no JSON object.
    """
    message = venues.decode_frame(frame)
    event = message.get("data", message) if isinstance(message, dict) else None
    if not isinstance(event, dict):
        raise MalformedDocument("no JSON object")
    if "error" in event:
        return venues.refused(f"binance: {event['error']}", frame)
    if event.get("e") not in ("trade", "aggTrade"):
        return venues.ignored()
    return venues.read_trades([event], partial(_live_row, number=_NUMBER_FIELD[event["e"]], received_at=received_at))


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
    return venues.read_trades(_list(document.body), partial(_history_row, symbol=symbol), days)


def classify(url: str, status: int, headers: Mapping[str, str], body: bytes) -> TauricError | None:
    """An unknown symbol (400, code -1121), a ban for asking too often (418), and places it does not serve (451)."""
    match = _TRADES_PATH.search(url)
    if not match:
        return None
    if UNKNOWN_SYMBOL in body[:200].replace(b" ", b""):
        return UpstreamRefused(f"binance does not list {match[1]}: remove it from defs.yaml or correct it")
    if status == BANNED:
        return UpstreamUnavailable("binance banned us for asking too often", _seconds(headers))
    if status == NOT_HERE:
        return UpstreamRefused("binance does not serve this place: set TAURIC_BINANCE_URL to a venue that does")
    return None


def _live_row(record: object, number: str, received_at: int) -> Row:
    trade = venues.fields(record)
    deal = (price(trade["p"]), size(trade["q"]), _side(trade["m"]))
    symbol = _symbol(str(trade["s"]))
    return venues.trade(NAME, symbol, venues.trade_id(trade[number]), epoch_ms(trade["T"]), deal, received_at)


def _history_row(record: object, symbol: str) -> Row:
    trade = venues.fields(record)
    deal = (price(trade["price"]), size(trade["qty"]), _side(trade["isBuyerMaker"]))
    return venues.trade(NAME, symbol, venues.trade_id(trade["id"]), epoch_ms(trade["time"]), deal, None)


def _side(buyer_is_maker: object) -> str:
    if not isinstance(buyer_is_maker, bool):
        raise ValueError(f"{buyer_is_maker!r} does not tell the maker")
    return "sell" if buyer_is_maker else "buy"


def _symbol(joined: str) -> str:
    for ending in _ENDINGS:
        if joined.endswith(ending) and len(joined) > len(ending):
            return venues.symbol(joined.removesuffix(ending), ending)
    raise ValueError(f"{joined!r} ends with no known currency")


def _trades_url(settings: Settings, symbol: str) -> str:
    return f"{settings.binance_url}/api/v3/historicalTrades?symbol={symbol.replace('-', '')}"


def _aggregates_url(settings: Settings, symbol: str) -> str:
    return f"{settings.binance_url}/api/v3/aggTrades?symbol={symbol.replace('-', '')}"


def _list(body: bytes) -> list[object]:
    page = venues.decode_frame(body)
    if not isinstance(page, list):
        raise MalformedDocument("no JSON list of trades")
    return page


def _first_number(body: bytes) -> int | None:
    """The number of the first trade in a page of aggregates; None where it is empty."""
    page = _list(body)
    try:
        return venues.sequence(venues.fields(page[0])["f"]) if page else None
    except (KeyError, ValueError) as error:
        raise MalformedDocument(f"aggregate without a first trade: {error}") from error


def _last_trade(body: bytes) -> tuple[int, int] | None:
    """Number and time (nanoseconds UTC) of the last trade in a page of history; None where it is empty."""
    page = _list(body)
    rows = venues.read_trades(page, partial(_history_row, symbol="ANY-ANY")).rows.get("trades", [])
    numbers = [int(number) for row in rows if (number := str(row["trade_id"])).isdecimal()]
    if page and not numbers:
        raise MalformedDocument("no readable trade")
    return (max(numbers), max(venues.times(rows))) if page else None


def _seconds(headers: Mapping[str, str]) -> float:
    asked = retry_after(headers.get("retry-after", ""), 0)
    return BANNED_S if asked is None else asked
