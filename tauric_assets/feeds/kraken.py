"""Kraken: trades, best bid and ask, and the venue's time live (v2; v1 in old captures); past trades from REST.

Live frames, version 2 (prices are JSON numbers, read digit by digit; `side` is the aggressor's):
    {"channel":"trade","type":"update","data":[{"symbol":"NOVA/USD","side":"buy","price":105944.20,"qty":0.00027625,
     "ord_type":"limit","trade_id":10218208,"timestamp":"2023-10-06T17:35:55.440295Z"}]}
    {"channel":"ticker","type":"update","data":[{"symbol":"NOVA/USD","bid":105944.20,"bid_qty":2.5,"ask":105944.30,
     "ask_qty":3.2,"last":105899.40,"timestamp":"2022-12-25T09:30:59.123456Z"}]}
    {"channel":"heartbeat"}
    {"method":"pong","req_id":1,"time_in":"2023-09-24T14:10:23.799685Z","time_out":"2023-09-24T14:10:23.799703Z"}
A heartbeat tells no time, so the venue's is asked for by `ping`. Version 1 has no trade numbers (a digest of the trade
stands in), and its ticker no time:
    [1921,[["0.043040","20000.00000000","1618678158.135041","b","l",""]],"trade","SC/EUR"]
    [340,{"a":["5525.40000",1,"1.000"],"b":["5525.10000",1,"1.000"]},"ticker","XBT/USD"]
A page of history, oldest first; errors come with status 200:
    {"error":[],"result":{"NOVAUSD":[["67000.1","0.5",1767571200.1234567,"b","m","",4711]],"last":"1767571200123456700"}}

Belongs here: its addresses, its messages, its errors, its own names of currencies (XBT).
Not here: other exchanges, sockets, storage.
Specification: Kraken WebSocket API v2 "Trades", "Ticker", "Heartbeat", "Ping"; v1 "trade", "ticker"; REST "Get Recent
Trades".
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache, partial

from tauric_assets.errors import MalformedDocument, TauricError, UpstreamRefused, UpstreamUnavailable
from tauric_assets.feeds import venues
from tauric_assets.feeds.contract import Document, Fetching, Gap, Options, Parsed, Poll
from tauric_assets.feeds.polling import poll_urls
from tauric_assets.feeds.ticks import UNDATED, Heartbeat, Quote, Ticks, Trade, price_units, side_units, size_units
from tauric_assets.feeds.values import epoch_ns, epoch_seconds, rfc3339
from tauric_assets.settings import Settings
from tauric_assets.times import Days

NAME = "kraken"
TABLES = ("trades", "quotes")
TRADE_IDS_ARE_CONTIGUOUS = True
FRAMES_ARE_NUMBERED = False
GAPS_CAN_BE_FILLED = True
HEARTBEAT_S: float | None = 1.0
PING = '{"method":"ping"}'
PING_S = 1.0
CONNECTION_S_MAX: float | None = None
ERROR_BODY_MAX = 10_000  # a longer answer holds trades, not an error
ALIASES = {"XBT": "BTC", "XDG": "DOGE"}

_OWN_NAMES = {ours: theirs for theirs, ours in ALIASES.items()}
_SIDES = {"b": "buy", "s": "sell", "buy": "buy", "sell": "sell"}
_TRADES_PATH = re.compile(r"/0/public/Trades\?pair=([^&]+)")
_PASSING = re.compile(r"EAPI:Rate limit|EGeneral:Temporary|EService:(Unavailable|Busy|Timeout)")


def stream_url(settings: Settings, symbols: Sequence[str]) -> str:
    """Where to connect; all symbols share one address."""
    return settings.kraken_stream_url


def opening_frames(settings: Settings, symbols: Sequence[str]) -> list[str]:
    """Subscribe to trades from now on and to every change of the best prices of `symbols`."""
    pairs = [symbol.replace("-", "/") for symbol in symbols]
    channels: tuple[dict[str, object], ...] = (
        {"channel": "trade", "symbol": pairs, "snapshot": False},
        {"channel": "ticker", "symbol": pairs, "event_trigger": "bbo"},
    )
    return [json.dumps({"method": "subscribe", "params": one}, separators=(",", ":")) for one in channels]


def ticks(frame: bytes) -> Ticks:
    """One websocket frame, version 2 or 1.

    Raises: MalformedDocument: neither a JSON object nor a JSON list.
    """
    message = venues.decode_frame(frame)
    if isinstance(message, list):
        return _ticks_v1(message)
    if not isinstance(message, dict):
        raise MalformedDocument("neither a JSON object nor a JSON list")
    if message.get("success") is False or message.get("status") == "error":
        return venues.refused(f"kraken: {message.get('error') or message.get('errorMessage')}", frame)
    if message.get("channel") == "heartbeat" or message.get("event") == "heartbeat":
        return Ticks(heartbeats=[Heartbeat(None, UNDATED, None)], records=1)
    if message.get("method") == "pong":
        return venues.read_ticks((message,), _pong, "pong")
    if message.get("channel") not in ("trade", "ticker") or "data" not in message:
        return venues.ignored()
    records = message["data"]
    if not isinstance(records, list):
        raise MalformedDocument(f"{message['channel']} message without a list")
    if message["channel"] == "trade":
        return venues.read_ticks(records, _live_trade)
    return venues.read_ticks(records, _live_quote, "quote")


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
    return venues.read_history(NAME, trades, partial(_past_trade, symbol=symbol), days)


def fill_gap(fetching: Fetching, gap: Gap) -> Iterator[Trade]:
    """Missing trades by their numbers, from pages that begin where the hole does.

    Raises: UpstreamUnavailable, UpstreamRefused.
    """
    since = gap.ts_before - 1
    while True:
        url = f"{_trades_url(fetching.settings, gap.symbol)}&since={since}&count={venues.PAGE_TRADES_MAX}"
        records, last = venues.gap_page(fetching, url, NAME, gap, _read_page)
        trades = venues.read_ticks(records, partial(_past_trade, symbol=gap.symbol)).trades
        yield from venues.numbered_between(trades, gap)
        if last <= since or any(int(one.trade_id) >= gap.last_missing for one in trades if one.trade_id.isdecimal()):
            return
        since = last


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


def _ticks_v1(message: list[object]) -> Ticks:
    if len(message) < 4 or message[-2] not in ("trade", "ticker"):
        return venues.ignored()
    records, pair = message[1], message[-1]
    if message[-2] == "ticker":
        return venues.read_ticks((records,), partial(_quote_v1, pair=pair), "quote")
    if not isinstance(records, list):
        raise MalformedDocument("trade message without a list of trades")
    return venues.read_ticks(records, partial(_trade_v1, pair=pair, met=Counter()))


def _live_trade(record: object) -> Trade:
    trade = venues.fields(record)
    return Trade(
        _symbol(trade["symbol"]),
        rfc3339(trade["timestamp"]),
        venues.trade_id(trade["trade_id"]),
        price_units(trade["price"]),
        size_units(trade["qty"]),
        _SIDES[str(trade["side"])],
        None,
    )


def _live_quote(record: object) -> Quote:
    quote = venues.fields(record)
    at = rfc3339(quote["timestamp"]) if "timestamp" in quote else UNDATED
    bid, ask = side_units(quote["bid"], quote["bid_qty"]), side_units(quote["ask"], quote["ask_qty"])
    return Quote(_symbol(quote["symbol"]), at, *bid, *ask, None)


def _pong(record: object) -> Heartbeat:
    return Heartbeat(None, rfc3339(venues.fields(record)["time_out"]), None)


def _quote_v1(record: object, pair: object) -> Quote:
    quote = venues.fields(record)
    bid, ask = venues.items(quote["b"]), venues.items(quote["a"])
    return Quote(_symbol(pair), UNDATED, *side_units(bid[0], bid[2]), *side_units(ask[0], ask[2]), None)


def _trade_v1(record: object, pair: object, met: Counter[str]) -> Trade:
    """Version 1 has no trade numbers: equal trades of one frame are told apart by their order."""
    trade = venues.items(record)
    text = "|".join(str(part) for part in (pair, *trade[:4]))
    met[text] += 1
    number = hashlib.sha256(f"{text}|{met[text]}".encode(errors="replace")).hexdigest()[:16]
    return _listed(trade, _symbol(pair), number)


def _past_trade(record: object, symbol: str) -> Trade:
    trade = venues.items(record)
    return _listed(trade, symbol, venues.trade_id(trade[6]))


def _listed(trade: list[object], symbol: str, number: str) -> Trade:
    side = _SIDES[str(trade[3])]
    return Trade(symbol, epoch_seconds(trade[2]), number, price_units(trade[0]), size_units(trade[1]), side, None)


@lru_cache(maxsize=venues.SYMBOLS_KEPT)
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
