"""Binance as the sandbox serves it, spot and USD-M futures: trade and book-ticker streams, and trades over REST.

Specification: Binance Spot API, "WebSocket Streams" (trade, bookTicker, combined streams, live SUBSCRIBE), "aggTrades",
"historicalTrades"; Binance USD-M Futures, "Aggregate Trade Streams", "Individual Symbol Book Ticker Streams",
"aggTrades". In the sandbox an aggregate holds exactly one trade: a == f == l == the stream's `t`.
Belongs here: Binance's shapes.
Not here: which trades there are (history.py), the playing loop (venue_stream.py).
"""

import json
from collections.abc import Iterator, Sequence
from itertools import islice

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tauric_assets.sandbox.answers import Moment, listing, moment_of
from tauric_assets.sandbox.context import Sandbox
from tauric_assets.sandbox.market import Trade, Venue
from tauric_assets.sandbox.venue_wire import Session, book_after, limit_of
from tauric_assets.times import day_start_ns

HOST = "api.binance.com"
STREAM_HOST = "stream.binance.com:9443"
FUTURES_HOST = "fapi.binance.com"
FUTURES_STREAM_HOST = "fstream.binance.com"
MILLISECOND_NS = 1_000_000
_JSON = "application/json;charset=UTF-8"


class BinanceDialect:
    """The websocket's shapes, of spot or (`binance_futures`) of USD-M futures."""

    def __init__(self, venue: Venue = "binance") -> None:
        self.VENUE: Venue = venue
        self._aggregated = venue == "binance_futures"

    def connected(self, session: Session, path: str, query: QueryParams, now: int) -> list[str]:
        """Subscribe what the address names: `/stream?streams=a@trade/b@trade` or `/ws/a@trade`."""
        session.combined = path.endswith("/stream")
        names = query.get("streams", "") if session.combined else path.partition("/ws/")[2]
        self._subscribe(session, names.split("/"))
        return []

    def received(self, session: Session, message: dict[str, object], now: int) -> list[str]:
        """Answer `SUBSCRIBE`. A stream that does not exist is acknowledged and stays silent, as at Binance."""
        names = message.get("params")
        if message.get("method") != "SUBSCRIBE" or not isinstance(names, list):
            error = {"code": 2, "msg": f"Invalid request: unknown method {message.get('method')!r}"}
            return [json.dumps({"error": error, "id": message.get("id")}, separators=(",", ":"))]
        self._subscribe(session, [str(name) for name in names])
        return [json.dumps({"result": None, "id": message.get("id")}, separators=(",", ":"))]

    def opening(self, session: Session, recent: Sequence[Trade]) -> list[str]:
        """Nothing: Binance does not tell the past."""
        return []

    def tick(self, trade: Trade, session: Session) -> str:
        """A `trade` or, of futures, an `aggTrade`; in the combined stream's envelope where that was asked for."""
        symbol, time, number = _symbol(trade.symbol), trade.ts_event // MILLISECOND_NS, trade.trade_id
        maker = "true" if trade.side == "sell" else "false"
        if self._aggregated:
            event = (
                f'{{"e":"aggTrade","E":{time + 1},"a":{number},"s":"{symbol}","p":"{trade.price:.2f}",'
                f'"q":"{trade.size:f}","f":{number},"l":{number},"T":{time},"m":{maker}}}'
            )
            return _enveloped(event, f"{symbol.lower()}@aggTrade", session)
        event = (
            f'{{"e":"trade","E":{time + 1},"s":"{symbol}","t":{number},"p":"{trade.price:.8f}",'
            f'"q":"{trade.size:.8f}","T":{time},"m":{maker},"M":true}}'
        )
        return _enveloped(event, f"{symbol.lower()}@trade", session)

    def quote(self, trade: Trade, session: Session) -> str:
        """A `bookTicker`; only that of futures tells its kind and times."""
        symbol, time, book = _symbol(trade.symbol), trade.ts_event // MILLISECOND_NS, book_after(trade)
        kind, times = ('"e":"bookTicker",', f',"T":{time},"E":{time}') if self._aggregated else ("", "")
        event = (
            f'{{{kind}"u":{trade.trade_id * 3},"s":"{symbol}","b":"{book.bid}","B":"{book.bid_size}",'
            f'"a":"{book.ask}","A":"{book.ask_size}"{times}}}'
        )
        return _enveloped(event, f"{symbol.lower()}@bookTicker", session)

    def heartbeats(self, session: Session, last: dict[str, Trade], now: int) -> list[str]:
        """None: Binance pings on the protocol's own level."""
        return []

    def _subscribe(self, session: Session, names: Sequence[str]) -> None:
        trades = "aggTrade" if self._aggregated else "trade"
        for name in names:
            joined, _, kind = name.partition("@")
            symbol = next((known for known in session.known if _symbol(known).lower() == joined), None)
            if symbol is not None and kind == trades:
                session.add(symbol)
            elif symbol is not None and kind == "bookTicker":
                session.add_quotes(symbol)


class BinanceServer:
    """The REST addresses."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def routes(self) -> list[Route]:
        """Symbols and their trades."""
        return [
            Route(f"/{HOST}/api/v3/exchangeInfo", self.exchange_info),
            Route(f"/{HOST}/api/v3/aggTrades", self.aggregates),
            Route(f"/{HOST}/api/v3/historicalTrades", self.historical),
            Route(f"/{FUTURES_HOST}/fapi/v1/aggTrades", self.futures_aggregates),
            Route(f"/{FUTURES_HOST}/{{rest:path}}", _nowhere),
            Route(f"/{HOST}/{{rest:path}}", _nowhere),
        ]

    def exchange_info(self, request: Request) -> Response:
        """All symbols."""
        moment = moment_of(request, self._sandbox.clock)
        symbols = [_symbol_fields(symbol) for symbol in self._sandbox.market.symbols("binance")]
        info = {"timezone": "UTC", "serverTime": moment.at // MILLISECOND_NS, "rateLimits": [], "exchangeFilters": []}
        return listing(request, json.dumps(info | {"symbols": symbols}).encode(), _JSON, moment)

    def aggregates(self, request: Request) -> Response:
        """Aggregate trades from `fromId` on, or between `startTime` and `endTime` (ms, inclusive), or the newest."""
        return self._aggregates(request, "binance")

    def futures_aggregates(self, request: Request) -> Response:
        """The same of USD-M futures."""
        return self._aggregates(request, "binance_futures")

    def _aggregates(self, request: Request, venue: Venue) -> Response:
        symbol, query = self._listed(request, venue), request.query_params
        if symbol is None:
            return _refusal(request)
        moment = moment_of(request, self._sandbox.clock)
        limit = limit_of(query.get("limit"), 500)
        numbers = {name: query[name] for name in ("fromId", "startTime", "endTime") if name in query}
        if not all(text.isdigit() for text in numbers.values()):
            return _illegal()
        history = self._sandbox.history
        if "fromId" in numbers:
            trades = history.following(venue, symbol, int(numbers["fromId"]), limit, moment.at)
        elif "startTime" in numbers or "endTime" in numbers:
            trades = list(islice(self._between(venue, symbol, numbers, moment), limit))
        else:
            trades = history.newest(venue, symbol, limit, moment.at)[::-1]
        return listing(request, f"[{','.join(map(_aggregate, trades))}]".encode(), _JSON, moment)

    def historical(self, request: Request) -> Response:
        """Trades from `fromId` on, or the newest."""
        symbol = self._listed(request)
        if symbol is None:
            return _refusal(request)
        moment = moment_of(request, self._sandbox.clock)
        limit, first = limit_of(request.query_params.get("limit"), 500), request.query_params.get("fromId")
        if first is not None and not first.isdigit():
            return _illegal()
        if first is not None:
            trades = self._sandbox.history.following("binance", symbol, int(first), limit, moment.at)
        else:
            trades = self._sandbox.history.newest("binance", symbol, limit, moment.at)[::-1]
        return listing(request, f"[{','.join(map(_historical, trades))}]".encode(), _JSON, moment)

    def _listed(self, request: Request, venue: Venue = "binance") -> str | None:
        asked = request.query_params.get("symbol", "")
        return next((s for s in self._sandbox.market.symbols(venue) if _symbol(s) == asked), None)

    def _between(self, venue: Venue, symbol: str, numbers: dict[str, str], moment: Moment) -> Iterator[Trade]:
        first = day_start_ns(self._sandbox.market.first_day())
        start = max(first, int(numbers.get("startTime", "0")) * MILLISECOND_NS)
        end = (int(numbers["endTime"]) + 1) * MILLISECOND_NS if "endTime" in numbers else moment.at + 1
        return self._sandbox.history.between(venue, symbol, start, min(end, moment.at + 1))


def _enveloped(event: str, stream: str, session: Session) -> str:
    return f'{{"stream":"{stream}","data":{event}}}' if session.combined else event


def _symbol(symbol: str) -> str:
    return symbol.replace("-", "")


def _aggregate(trade: Trade) -> str:
    number, maker = trade.trade_id, "true" if trade.side == "sell" else "false"
    return (
        f'{{"a":{number},"p":"{trade.price:.8f}","q":"{trade.size:.8f}","f":{number},"l":{number},'
        f'"T":{trade.ts_event // MILLISECOND_NS},"m":{maker},"M":true}}'
    )


def _historical(trade: Trade) -> str:
    maker = "true" if trade.side == "sell" else "false"
    return (
        f'{{"id":{trade.trade_id},"price":"{trade.price:.8f}","qty":"{trade.size:.8f}",'
        f'"quoteQty":"{trade.price * trade.size:.8f}","time":{trade.ts_event // MILLISECOND_NS},'
        f'"isBuyerMaker":{maker},"isBestMatch":true}}'
    )


def _symbol_fields(symbol: str) -> dict[str, object]:
    base, _, quote = symbol.partition("-")
    return {
        "symbol": base + quote,
        "status": "TRADING",
        "baseAsset": base,
        "baseAssetPrecision": 8,
        "quoteAsset": quote,
        "quotePrecision": 8,
        "quoteAssetPrecision": 8,
        "isSpotTradingAllowed": True,
    }


def _nowhere(request: Request) -> Response:
    return Response("<html><h2>404 Not found</h2></html>", 404)


def _refusal(request: Request) -> Response:
    if not request.query_params.get("symbol"):
        message = "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed."
        return JSONResponse({"code": -1102, "msg": message}, status_code=400)
    return JSONResponse({"code": -1121, "msg": "Invalid symbol."}, status_code=400)


def _illegal() -> Response:
    message = "Illegal characters found in a parameter; legal range is '^[0-9]{1,20}$'."
    return JSONResponse({"code": -1100, "msg": message}, status_code=400)
