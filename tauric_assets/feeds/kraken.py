"""Kraken: trades, live from the v2 `trade` channel (and v1 in old captures), past ones from REST.

A live frame, version 2 (prices are JSON numbers, read digit by digit; `side` is the aggressor's):
    {"channel":"trade","type":"update","data":[{"symbol":"NOVA/USD","side":"buy","price":105944.20,"qty":0.00027625,
     "ord_type":"limit","trade_id":10218208,"timestamp":"2023-10-06T17:35:55.440295Z"}]}
Version 1, without trade numbers (a digest of the trade stands in):
    [1921,[["0.043040","20000.00000000","1618678158.135041","b","l",""]],"trade","SC/EUR"]
A page of history, oldest first; errors come with status 200:
    {"error":[],"result":{"NOVAUSD":[["67000.1","0.5",1767571200.1234567,"b","m","",4711]],"last":"1767571200123456700"}}

Belongs here: its addresses, its messages, its errors, its own names of currencies (XBT).
Not here: other exchanges, sockets, storage.
Specification: Kraken WebSocket API v2 "Trades", v1 "trade", REST "Get Recent Trades".
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import partial

from tauric_assets.errors import MalformedDocument, TauricError, UpstreamRefused, UpstreamUnavailable
from tauric_assets.feeds import venues
from tauric_assets.feeds.contract import Document, Fetching, Options, Parsed, Poll
from tauric_assets.feeds.polling import poll_urls
from tauric_assets.feeds.values import epoch_ns, epoch_seconds, price, rfc3339, size
from tauric_assets.settings import Settings
from tauric_assets.tables import Row
from tauric_assets.times import Days

NAME = "kraken"
TABLES = ("trades",)
ERROR_BODY_MAX = 10_000  # a longer answer holds trades, not an error
ALIASES = {"XBT": "BTC", "XDG": "DOGE"}

_OWN_NAMES = {ours: theirs for theirs, ours in ALIASES.items()}
_SIDES = {"b": "buy", "s": "sell", "buy": "buy", "sell": "sell"}
_TRADES_PATH = re.compile(r"/0/public/Trades\?pair=([^&]+)")
_PASSING = re.compile(r"EAPI:Rate limit|EGeneral:Temporary|EService:(Unavailable|Busy|Timeout)")


def stream_url(settings: Settings, symbols: Sequence[str]) -> str:
    """Where to connect; all symbols share one address."""
    return settings.kraken_stream_url


def subscribe_frames(symbols: Sequence[str]) -> list[str]:
    """Subscribe to trades of `symbols`, from now on."""
    pairs = [symbol.replace("-", "/") for symbol in symbols]
    wanted = {"method": "subscribe", "params": {"channel": "trade", "symbol": pairs, "snapshot": False}}
    return [json.dumps(wanted, separators=(",", ":"))]


def parse_frame(frame: bytes, received_at: int) -> Parsed:
    """One websocket frame, version 2 or 1, as rows of `trades`.

    Args:
        received_at: arrival, nanoseconds UTC.
    Raises: MalformedDocument: neither a JSON object nor a JSON list.
    """
    message = venues.decode_frame(frame)
    if isinstance(message, list):
        return _parse_frame_v1(message, received_at)
    if not isinstance(message, dict):
        raise MalformedDocument("neither a JSON object nor a JSON list")
    if message.get("success") is False or message.get("status") == "error":
        return venues.refused(f"kraken: {message.get('error') or message.get('errorMessage')}", frame)
    if message.get("channel") != "trade" or "data" not in message:
        return venues.ignored()
    trades = message["data"]
    if not isinstance(trades, list):
        raise MalformedDocument("trade message without a list of trades")
    return venues.read_trades(trades, partial(_live_row, received_at=received_at))


def collect(fetching: Fetching, name: str, day: date, options: Options) -> Iterator[Document]:
    """Pages that hold every trade of `day` (UTC), oldest first, for each symbol in `options`.

    Raises: UpstreamRefused: a symbol Kraken does not list; UpstreamUnavailable; UsageError: no symbols.
    """
    days, end = Days.one(day), venues.history_end(day, fetching.now())
    for symbol in venues.symbols_of(options):
        since, first = days.start_ns - 1, True
        while since < end:
            url = f"{_trades_url(fetching.settings, symbol)}&since={since}&count={venues.PAGE_TRADES_MAX}"
            document = venues.history_page(fetching, url, name, symbol, day)
            trades, last = _page(document)
            if trades or first:
                yield document
            if not trades or last <= since:
                break
            since, first = last, False


def poll(fetching: Fetching, name: str, options: Options, cursor: str) -> Poll:
    """Look at the newest trade of each symbol."""
    urls = [f"{_trades_url(fetching.settings, symbol)}&count=1" for symbol in venues.symbols_of(options)]
    return poll_urls(fetching, name, urls, cursor)


def parse(document: Document) -> Parsed:
    """A page of history as rows of `trades`; what is not of the day asked for is ignored.

    Raises: MalformedDocument: no result with a list of trades.
    """
    symbol, days = venues.history_asked(document)
    trades, _ = _read_page(document.body)
    return venues.read_trades(trades, partial(_history_row, symbol=symbol), days)


def classify(url: str, status: int, headers: Mapping[str, str], body: bytes) -> TauricError | None:
    """Kraken says what is wrong in the body, with status 200."""
    match = _TRADES_PATH.search(url)
    if not match or len(body) > ERROR_BODY_MAX or not body.startswith(b'{"error":["'):
        return None
    text = body[:200].decode(errors="replace")
    if _PASSING.search(text):
        return UpstreamUnavailable(f"kraken, {match[1]}: {text}")
    if "EQuery:Unknown asset pair" in text:
        return UpstreamRefused(f"kraken does not list {match[1]}: remove it from defs.yaml or correct it")
    return UpstreamRefused(f"kraken, {match[1]}: {text}")


def _parse_frame_v1(message: list[object], received_at: int) -> Parsed:
    if len(message) < 4 or message[-2] != "trade":
        return venues.ignored()
    trades, pair = message[1], message[-1]
    if not isinstance(trades, list):
        raise MalformedDocument("trade message without a list of trades")
    return venues.read_trades(trades, partial(_live_row_v1, pair=pair, met=Counter(), received_at=received_at))


def _live_row(record: object, received_at: int) -> Row:
    trade = venues.fields(record)
    deal = (price(trade["price"]), size(trade["qty"]), _SIDES[str(trade["side"])])
    at, number = rfc3339(trade["timestamp"]), venues.trade_id(trade["trade_id"])
    return venues.trade(NAME, _symbol(trade["symbol"]), number, at, deal, received_at)


def _live_row_v1(record: object, pair: object, met: Counter[str], received_at: int) -> Row:
    """Version 1 has no trade numbers: equal trades of one frame are told apart by their order."""
    trade = venues.items(record)
    deal = (price(trade[0]), size(trade[1]), _SIDES[str(trade[3])])
    text = "|".join(str(part) for part in (pair, *trade[:4]))
    met[text] += 1
    number = hashlib.sha256(f"{text}|{met[text]}".encode(errors="replace")).hexdigest()[:16]
    return venues.trade(NAME, _symbol(pair), number, epoch_seconds(trade[2]), deal, received_at)


def _history_row(record: object, symbol: str) -> Row:
    trade = venues.items(record)
    deal = (price(trade[0]), size(trade[1]), _SIDES[str(trade[3])])
    return venues.trade(NAME, symbol, venues.trade_id(trade[6]), epoch_seconds(trade[2]), deal, None)


def _symbol(pair: object) -> str:
    base, quote = str(pair).split("/")
    return venues.symbol(ALIASES.get(base, base), ALIASES.get(quote, quote))


def _trades_url(settings: Settings, symbol: str) -> str:
    pair = "".join(_OWN_NAMES.get(part, part) for part in symbol.split("-"))
    return f"{settings.kraken_url}/0/public/Trades?pair={pair}"


def _read_page(body: bytes) -> tuple[list[object], int]:
    """The trades of a page and where the next one begins (nanoseconds)."""
    try:
        result = venues.fields(venues.fields(venues.decode_frame(body))["result"])
        trades = [trade for name, pair in result.items() if name != "last" for trade in venues.items(pair)]
        return trades, epoch_ns(result["last"])
    except (KeyError, ValueError) as error:
        raise MalformedDocument(f"no page of trades: {error}") from error


def _page(document: Document) -> tuple[list[object], int]:
    try:
        return _read_page(document.body)
    except MalformedDocument as error:
        raise UpstreamUnavailable(f"{document.url}: unreadable page: {error}") from error
