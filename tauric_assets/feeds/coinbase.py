"""Coinbase Exchange: trades, live from the `matches` channel and past ones from REST.

A live frame:
    {"type":"match","trade_id":280232,"maker_order_id":"2a0d…","taker_order_id":"3c82…","side":"sell","size":"985",
     "price":"0.00001305","product_id":"NOVA-USD","sequence":177100030,"time":"2021-04-17T16:43:37.089723Z"}
`side` is the maker's, so the aggressor's is the other one. `last_match`, sent on subscribing, repeats an older trade.
A page of history is a list, newest first:
    [{"trade_id":280232,"side":"sell","size":"985","price":"0.00001305","time":"2021-04-17T16:43:37.089723Z"}]

Belongs here: its addresses, its messages, its errors.
Not here: other exchanges, sockets, storage. Missed messages show in `trade_id`, never in `sequence`, which counts all
channels.
Specification: Coinbase Exchange API, "Matches channel" and "Get product trades".
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import partial

from tauric_assets.errors import MalformedDocument, TauricError, UpstreamRefused
from tauric_assets.feeds import venues
from tauric_assets.feeds.contract import Document, Fetching, Options, Parsed, Poll
from tauric_assets.feeds.polling import poll_urls
from tauric_assets.feeds.values import price, rfc3339, size
from tauric_assets.settings import Settings
from tauric_assets.tables import Row
from tauric_assets.times import SECOND_NS, Days

NAME = "coinbase"
TABLES = ("trades",)
SKEW_NS = SECOND_NS  # neighbours in trade_id may be out of order in time by no more than this
OVERLAP_TRADES = 50
NOT_FOUND = 404

_AGGRESSOR = {"buy": "sell", "sell": "buy"}
_TRADES_PATH = re.compile(r"/products/([^/]+)/trades(?:\?|$)")


def stream_url(settings: Settings, symbols: Sequence[str]) -> str:
    """Where to connect; all symbols share one address."""
    return settings.coinbase_stream_url


def subscribe_frames(symbols: Sequence[str]) -> list[str]:
    """Subscribe to trades and heartbeats of `symbols`."""
    wanted = {"type": "subscribe", "product_ids": list(symbols), "channels": ["matches", "heartbeat"]}
    return [json.dumps(wanted, separators=(",", ":"))]


def parse_frame(frame: bytes, received_at: int) -> Parsed:
    """One websocket frame as rows of `trades`.

    Args:
        received_at: arrival, nanoseconds UTC.
    Raises: MalformedDocument: no JSON object.
    """
    message = venues.decode_frame(frame)
    if not isinstance(message, dict):
        raise MalformedDocument("no JSON object")
    if message.get("type") == "error":
        return venues.refused(f"coinbase: {message.get('message')}: {message.get('reason')}", frame)
    if message.get("type") not in ("match", "last_match"):
        return venues.ignored()
    return venues.read_trades([message], partial(_row, name=None, received_at=received_at))


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
    return venues.read_trades(page, partial(_row, name=symbol, received_at=None), days)


def classify(url: str, status: int, headers: Mapping[str, str], body: bytes) -> TauricError | None:
    """404 on a product's trades: the product is not listed."""
    match = _TRADES_PATH.search(url)
    if match and status == NOT_FOUND:
        return UpstreamRefused(f"coinbase does not list {match[1]}: remove it from defs.yaml or correct it")
    return None


def _row(record: object, name: str | None, received_at: int | None) -> Row:
    message = venues.fields(record)
    if name is None:
        name = venues.symbol(*str(message["product_id"]).split("-"))
    deal = (price(message["price"]), size(message["size"]), _AGGRESSOR[str(message["side"])])
    at = rfc3339(message["time"])
    row = venues.trade(NAME, name, venues.trade_id(message["trade_id"]), at, deal, received_at)
    return row | {"sequence": venues.sequence(message.get("sequence"))}


def _pages(fetching: Fetching, name: str, symbol: str, day: date) -> Iterator[Document]:
    """Walk back from the first trade after `day`, found from the newest page or by halving the trade numbers."""
    days, base = Days.one(day), f"{fetching.settings.coinbase_url}/products/{symbol}/trades"

    def ask(limit: int, after: int | None) -> tuple[Document, list[Row]]:
        cut = f"&after={after}" if after is not None else ""
        page = venues.history_page(fetching, f"{base}?limit={limit}{cut}", name, symbol, day)
        return page, venues.readable(page, _all_rows)

    document, rows = ask(venues.PAGE_TRADES_MAX, None)
    if rows and min(venues.times(rows)) >= days.end_ns:
        lowest, highest = 1, min(_numbers(rows))
        while lowest < highest:
            middle = (lowest + highest) // 2
            _, probe = ask(1, middle)
            if probe and max(venues.times(probe)) >= days.end_ns:
                highest = middle
            else:
                lowest = middle + 1
        document, rows = ask(venues.PAGE_TRADES_MAX, lowest + OVERLAP_TRADES)
    yield document
    while rows and min(venues.times(rows)) >= days.start_ns - SKEW_NS:
        document, rows = ask(venues.PAGE_TRADES_MAX, min(_numbers(rows)))
        if rows:
            yield document


def _all_rows(body: bytes) -> list[Row]:
    page = venues.decode_frame(body)
    if not isinstance(page, list):
        raise MalformedDocument("no JSON list of trades")
    return venues.read_trades(page, partial(_row, name="ANY-ANY", received_at=None)).rows.get("trades", [])


def _numbers(rows: list[Row]) -> Iterator[int]:
    return (int(str(row["trade_id"])) for row in rows)
