"""Coinbase Advanced Trade as the sandbox serves it: numbered frames over the websocket, recent trades over REST.

Its trades are those of Coinbase Exchange, as they are in the world. Specification: Coinbase Advanced Trade, "WebSocket
channels" (market_trades, ticker, heartbeats; `sequence_num` counts a connection's frames), "Get Public Market Trades".
Belongs here: the shapes of Coinbase Advanced Trade.
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
from tauric_assets.times import SECOND_NS

HOST = "api.coinbase.com"
STREAM_HOST = "advanced-trade-ws.coinbase.com"
CHANNELS = ("market_trades", "ticker", "heartbeats")
SNAPSHOT_TRADES = 50


class CoinbaseAdvancedDialect:
    """The websocket's shapes."""

    VENUE: Venue = "coinbase"

    def connected(self, session: Session, path: str, query: QueryParams, now: int) -> list[str]:
        """Nothing: Coinbase waits for `subscribe`."""
        return []

    def received(self, session: Session, message: dict[str, object], now: int) -> list[str]:
        """Acknowledge `subscribe`, or say what is wrong with it."""
        channel, products = str(message.get("channel")), message.get("product_ids", [])
        if message.get("type") != "subscribe" or channel not in CHANNELS or not isinstance(products, list):
            return [json.dumps({"type": "error", "message": f"failure to subscribe: unknown channel {channel}"})]
        unknown = next((product for product in products if product not in session.known), None)
        if unknown is not None:
            return [json.dumps({"type": "error", "message": f"failure to subscribe: {unknown} is not a product"})]
        for product in products:
            if channel == "market_trades":
                session.add(product)
            elif channel == "ticker":
                session.add_quotes(product)
        if channel == "heartbeats":
            session.add_beat("*")
        return [_frame(session, "subscriptions", now, f'{{"subscriptions":{{"{channel}":{json.dumps(products)}}}}}')]

    def opening(self, session: Session, recent: Sequence[Trade]) -> list[str]:
        """A snapshot of the newest trades, newest first, as a new subscriber sees them."""
        if not recent:
            return []
        told = []
        if recent[0].symbol in session.symbols:
            rows = ",".join(_trade(trade) for trade in reversed(recent[-SNAPSHOT_TRADES:]))
            event = f'{{"type":"snapshot","trades":[{rows}]}}'
            told.append(_frame(session, "market_trades", recent[-1].ts_event, event))
        return told + [self.quote(trade, session) for trade in recent[-1:] if trade.symbol in session.quotes]

    def tick(self, trade: Trade, session: Session) -> str:
        """An update of one trade."""
        event = f'{{"type":"update","trades":[{_trade(trade)}]}}'
        return _frame(session, "market_trades", trade.ts_event, event)

    def quote(self, trade: Trade, session: Session) -> str:
        """A `ticker` update; its time is the frame's."""
        book = book_after(trade)
        event = (
            f'{{"type":"update","tickers":[{{"type":"ticker","product_id":"{trade.symbol}","price":"{trade.price:f}",'
            f'"best_bid":"{book.bid}","best_bid_quantity":"{book.bid_size}",'
            f'"best_ask":"{book.ask}","best_ask_quantity":"{book.ask_size}"}}]}}'
        )
        return _frame(session, "ticker", trade.ts_event, event)

    def heartbeats(self, session: Session, last: dict[str, Trade], now: int) -> list[str]:
        """One for the whole connection."""
        if not session.beats:
            return []
        event = f'{{"current_time":"{micros_text(now)}","heartbeat_counter":{session.numbered}}}'
        return [_frame(session, "heartbeats", now, event)]


class CoinbaseAdvancedServer:
    """The REST addresses."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def routes(self) -> list[Route]:
        """Recent trades of a product."""
        return [
            Route(f"/{HOST}/api/v3/brokerage/market/products/{{product}}/ticker", self.trades),
            Route(f"/{HOST}/{{rest:path}}", _not_found),
        ]

    def trades(self, request: Request) -> Response:
        """The newest trades between `start` and `end` (seconds, inclusive), newest first."""
        product, query = request.path_params["product"], request.query_params
        if product not in self._sandbox.market.symbols("coinbase"):
            return _not_found(request)
        moment = moment_of(request, self._sandbox.clock)
        end, start = query.get("end", ""), query.get("start", "")
        until = min(moment.at, (int(end) + 1) * SECOND_NS - 1) if end.isdigit() else moment.at
        since = int(start) * SECOND_NS if start.isdigit() else 0
        newest = self._sandbox.history.newest("coinbase", product, limit_of(query.get("limit"), 100), until)
        rows = ",".join(_trade(trade) for trade in newest if trade.ts_event >= since)
        body = f'{{"trades":[{rows}],"best_bid":"","best_ask":""}}'
        return listing(request, body.encode(), "application/json; charset=utf-8", moment)


def _frame(session: Session, channel: str, at: int, event: str) -> str:
    return (
        f'{{"channel":"{channel}","client_id":"","timestamp":"{micros_text(at)}",'
        f'"sequence_num":{session.next_number()},"events":[{event}]}}'
    )


def _trade(trade: Trade) -> str:
    return (
        f'{{"trade_id":"{trade.trade_id}","product_id":"{trade.symbol}","price":"{trade.price:f}",'
        f'"size":"{trade.size:f}","side":"{opposite(trade.side).upper()}","time":"{micros_text(trade.ts_event)}"}}'
    )


def _not_found(request: Request) -> Response:
    return JSONResponse({"error": "NOT_FOUND", "message": "product not found"}, status_code=404)
