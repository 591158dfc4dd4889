"""Alpaca's stock stream as the sandbox serves it: trades and quotes, for whoever knows the credentials.

Specification: Alpaca Market Data, "Real-time Stock Data" (auth, subscribe, T:"t" and T:"q", error codes).
Belongs here: Alpaca's shapes; the sandbox's one pair of credentials.
Not here: which trades there are (history.py), the playing loop (venue_stream.py).
"""

import json
from collections.abc import Sequence

from starlette.datastructures import QueryParams

from tauric_assets.sandbox.market import Trade, Venue
from tauric_assets.sandbox.venue_wire import Session, book_after, micros_text

STREAM_HOST = "stream.data.alpaca.markets"
KEY_ID = SECRET_KEY = "sandbox"


class AlpacaDialect:
    """The websocket's shapes. Every frame is a list of messages."""

    VENUE: Venue = "alpaca"

    def connected(self, session: Session, path: str, query: QueryParams, now: int) -> list[str]:
        """A welcome."""
        return ['[{"T":"success","msg":"connected"}]']

    def received(self, session: Session, message: dict[str, object], now: int) -> list[str]:
        """Check the credentials, acknowledge `subscribe`, or say what is wrong."""
        if message.get("action") == "auth":
            session.authenticated = (message.get("key"), message.get("secret")) == (KEY_ID, SECRET_KEY)
            welcome = '[{"T":"success","msg":"authenticated"}]'
            return [welcome if session.authenticated else _error(402, "auth failed")]
        if not session.authenticated:
            return [_error(401, "not authenticated")]
        if message.get("action") != "subscribe":
            return [_error(400, "invalid syntax")]
        for wanted, add in ((message.get("trades"), session.add), (message.get("quotes"), session.add_quotes)):
            for ticker in wanted if isinstance(wanted, list) else []:
                if f"{ticker}-USD" in session.known:
                    add(f"{ticker}-USD")
        told = {
            "T": "subscription",
            "trades": _tickers(session.symbols),
            "quotes": _tickers(session.quotes),
            "bars": [],
        }
        return [json.dumps([told], separators=(",", ":"))]

    def opening(self, session: Session, recent: Sequence[Trade]) -> list[str]:
        """Nothing: Alpaca does not tell the past."""
        return []

    def tick(self, trade: Trade, session: Session) -> str:
        """A trade."""
        return (
            f'[{{"T":"t","S":"{_ticker(trade.symbol)}","i":{trade.trade_id},"x":"V","p":{trade.price:f},'
            f'"s":{trade.size:f},"c":["@"],"z":"C","t":"{micros_text(trade.ts_event)}"}}]'
        )

    def quote(self, trade: Trade, session: Session) -> str:
        """The best bid and ask."""
        book = book_after(trade)
        return (
            f'[{{"T":"q","S":"{_ticker(trade.symbol)}","bx":"V","bp":{book.bid},"bs":{book.bid_size},"ax":"V",'
            f'"ap":{book.ask},"as":{book.ask_size},"c":["R"],"z":"C","t":"{micros_text(trade.ts_event)}"}}]'
        )

    def heartbeats(self, session: Session, last: dict[str, Trade], now: int) -> list[str]:
        """None: Alpaca pings on the protocol's own level."""
        return []


def _ticker(symbol: str) -> str:
    return symbol.partition("-")[0]


def _tickers(symbols: Sequence[str]) -> list[str]:
    return [_ticker(symbol) for symbol in symbols]


def _error(code: int, message: str) -> str:
    return json.dumps([{"T": "error", "code": code, "msg": message}], separators=(",", ":"))
