"""Coinbase Exchange as the sandbox serves it: matches over the websocket, trades over REST.

Specification: Coinbase Exchange, "WebSocket channels" (matches, heartbeat) and "Get product trades". `side` is the
maker's; `sequence` counts all channels of a product, so that a subscriber to matches alone sees it jump.
Belongs here: Coinbase's shapes.
Not here: which trades there are (history.py), the playing loop (venue_stream.py).
"""

import json
from collections.abc import Sequence

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tauric_assets.sandbox.answers import listing, moment_of
from tauric_assets.sandbox.context import Sandbox
from tauric_assets.sandbox.market import Trade, Venue
from tauric_assets.sandbox.venue_wire import Session, book_after, limit_of, micros_text, opposite

HOST = "api.exchange.coinbase.com"
STREAM_HOST = "ws-feed.exchange.coinbase.com"
CHANNELS = ("matches", "ticker", "heartbeat")


class CoinbaseDialect:
    """The websocket's shapes."""

    VENUE: Venue = "coinbase"

    def connected(self, session: Session, path: str, query: QueryParams, now: int) -> list[str]:
        """Nothing: Coinbase waits for `subscribe`."""
        return []

    def received(self, session: Session, message: dict[str, object], now: int) -> list[str]:
        """Acknowledge `subscribe`, or say what is wrong with it."""
        if message.get("type") != "subscribe":
            return [_error("Malformed JSON", f"unknown message type {message.get('type')!r}")]
        wanted = _channels(message)
        for name, products in wanted:
            if name not in CHANNELS:
                return [_error("Failed to subscribe", f"{name} is not a valid channel")]
            unknown = next((product for product in products if product not in session.known), None)
            if unknown is not None:
                return [_error("Failed to subscribe", f"{unknown} is not a valid product")]
        for name, products in wanted:
            for product in products:
                if name == "matches":
                    session.add(product)
                elif name == "ticker":
                    session.add_quotes(product)
                else:
                    session.add_beat(product)
        return [_subscriptions(session)]

    def opening(self, session: Session, recent: Sequence[Trade]) -> list[str]:
        """`last_match`, the newest trade before the subscription, an old one told again, and a `ticker` after it."""
        frames = [_match("last_match", trade) for trade in recent[-1:] if trade.symbol in session.symbols]
        return frames + [self.quote(trade, session) for trade in recent[-1:] if trade.symbol in session.quotes]

    def tick(self, trade: Trade, session: Session) -> str:
        """A `match`."""
        return _match("match", trade)

    def quote(self, trade: Trade, session: Session) -> str:
        """A `ticker`."""
        number, book = trade.trade_id, book_after(trade)
        return (
            f'{{"type":"ticker","sequence":{_sequence(number) + 1},"product_id":"{trade.symbol}",'
            f'"price":"{trade.price:f}","best_bid":"{book.bid}","best_bid_size":"{book.bid_size}",'
            f'"best_ask":"{book.ask}","best_ask_size":"{book.ask_size}","side":"{trade.side}",'
            f'"time":"{micros_text(trade.ts_event)}","trade_id":{number},"last_size":"{trade.size:f}"}}'
        )

    def heartbeats(self, session: Session, last: dict[str, Trade], now: int) -> list[str]:
        """One for each product, with the number of its last trade."""
        frames = []
        for product in session.beats:
            number = last[product].trade_id if product in last else 0
            frames.append(
                f'{{"type":"heartbeat","last_trade_id":{number},"product_id":"{product}",'
                f'"sequence":{_sequence(number) + 2},"time":"{micros_text(now)}"}}'
            )
        return frames


class CoinbaseServer:
    """The REST addresses."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def routes(self) -> list[Route]:
        """Products and their trades."""
        return [
            Route(f"/{HOST}/products", self.products),
            Route(f"/{HOST}/products/{{product}}/trades", self.trades),
            Route(f"/{HOST}/{{rest:path}}", _not_found),
        ]

    def products(self, request: Request) -> Response:
        """All products."""
        items = [_product(symbol) for symbol in self._sandbox.market.symbols("coinbase")]
        return listing(request, json.dumps(items).encode(), _JSON, moment_of(request, self._sandbox.clock))

    def trades(self, request: Request) -> Response:
        """A page of trades, newest first; `after` pages to older ones, `before` keeps to newer ones."""
        product = request.path_params["product"]
        if product not in self._sandbox.market.symbols("coinbase"):
            return _not_found(request)
        moment = moment_of(request, self._sandbox.clock)
        limit = limit_of(request.query_params.get("limit"), 1_000)
        after, before = (request.query_params.get(name, "") for name in ("after", "before"))
        below = int(after) if after.isdigit() else None
        trades = self._sandbox.history.newest("coinbase", product, limit, moment.at, below)
        if before.isdigit():
            trades = [trade for trade in trades if trade.trade_id > int(before)]
        response = listing(request, f"[{','.join(map(_row, trades))}]".encode(), _JSON, moment)
        if trades:
            response.headers["cb-before"] = str(trades[0].trade_id)
            response.headers["cb-after"] = str(trades[-1].trade_id)
        return response


_JSON = "application/json; charset=utf-8"


def _channels(message: dict[str, object]) -> list[tuple[str, list[str]]]:
    products, channels = message.get("product_ids"), message.get("channels")
    shared = [str(product) for product in products] if isinstance(products, list) else []
    wanted = []
    for channel in channels if isinstance(channels, list) else []:
        if isinstance(channel, dict):
            own = channel.get("product_ids")
            wanted.append((str(channel.get("name")), [str(p) for p in own] if isinstance(own, list) else shared))
        else:
            wanted.append((str(channel), shared))
    return wanted


def _subscriptions(session: Session) -> str:
    pairs = (("matches", session.symbols), ("ticker", session.quotes), ("heartbeat", session.beats))
    channels = [{"name": name, "product_ids": products} for name, products in pairs if products]
    return json.dumps({"type": "subscriptions", "channels": channels}, separators=(",", ":"))


def _error(message: str, reason: str) -> str:
    return json.dumps({"type": "error", "message": message, "reason": reason}, separators=(",", ":"))


def _sequence(trade_id: int) -> int:
    return trade_id * 7 + trade_id % 3


def _match(kind: str, trade: Trade) -> str:
    number = trade.trade_id
    return (
        f'{{"type":"{kind}","trade_id":{number},"maker_order_id":"{number:08x}-0000-4000-8000-{number:012x}",'
        f'"taker_order_id":"{number:08x}-0000-4000-9000-{number:012x}","side":"{opposite(trade.side)}",'
        f'"size":"{trade.size:f}","price":"{trade.price:f}","product_id":"{trade.symbol}",'
        f'"sequence":{_sequence(number)},"time":"{micros_text(trade.ts_event)}"}}'
    )


def _row(trade: Trade) -> str:
    return (
        f'{{"trade_id":{trade.trade_id},"side":"{opposite(trade.side)}","size":"{trade.size:f}",'
        f'"price":"{trade.price:f}","time":"{micros_text(trade.ts_event)}"}}'
    )


def _product(symbol: str) -> dict[str, object]:
    base, _, quote = symbol.partition("-")
    return {
        "id": symbol,
        "base_currency": base,
        "quote_currency": quote,
        "quote_increment": "0.01",
        "base_increment": "0.00000001",
        "display_name": symbol,
        "status": "online",
        "status_message": "",
        "trading_disabled": False,
    }


def _not_found(request: Request) -> Response:
    return JSONResponse({"message": "NotFound"}, status_code=404)
