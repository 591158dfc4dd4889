"""Kraken as the sandbox serves it: trades over the v2 websocket and over REST.

Specification: Kraken, "WebSockets v2: Trades, Ticker, Ping" (prices are JSON numbers), "Get Recent Trades"
(`since` exclusive, ns).
Belongs here: Kraken's shapes.
Not here: which trades there are (history.py), the playing loop (venue_stream.py).
"""

import json
from collections.abc import Sequence
from itertools import islice

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tauric_assets.sandbox.answers import listing, moment_of
from tauric_assets.sandbox.context import Sandbox
from tauric_assets.sandbox.market import Trade, Venue
from tauric_assets.sandbox.venue_wire import Session, book_after, limit_of, micros_text
from tauric_assets.times import SECOND_NS, day_start_ns

HOST = "api.kraken.com"
STREAM_HOST = "ws.kraken.com"
SNAPSHOT_TRADES = 50


class KrakenDialect:
    """The v2 websocket's shapes."""

    VENUE: Venue = "kraken"

    def connected(self, session: Session, path: str, query: QueryParams, now: int) -> list[str]:
        """The status of the system."""
        return [
            '{"channel":"status","type":"update","data":[{"version":"2.0.10","system":"online","api_version":"v2",'
            '"connection_id":12393906104898154338}]}'
        ]

    def received(self, session: Session, message: dict[str, object], now: int) -> list[str]:
        """Acknowledge `subscribe` symbol by symbol, answer `ping`."""
        stamp = micros_text(now)
        times: dict[str, object] = {"time_in": stamp, "time_out": stamp}
        if "req_id" in message:
            times["req_id"] = message["req_id"]
        if message.get("method") == "ping":
            return [_text({"method": "pong", **times})]
        parameters = message.get("params")
        if message.get("method") != "subscribe" or not isinstance(parameters, dict):
            return [_text({"error": "Malformed request", "method": message.get("method"), "success": False, **times})]
        if parameters.get("channel") not in ("trade", "ticker"):
            refusal = f"Unsupported channel {parameters.get('channel')}"
            return [_text({"error": refusal, "method": "subscribe", "success": False, **times})]
        wanted, channel = parameters.get("symbol"), str(parameters["channel"])
        if channel == "trade":
            session.snapshot = parameters.get("snapshot", True) is not False
        pairs = wanted if isinstance(wanted, list) else []
        return [self._subscribe(session, channel, str(pair), times) for pair in pairs]

    def opening(self, session: Session, recent: Sequence[Trade]) -> list[str]:
        """A snapshot of the newest trades."""
        frames = [self.quote(trade, session) for trade in recent[-1:] if trade.symbol in session.quotes]
        if not session.snapshot or not recent or recent[0].symbol not in session.symbols:
            return frames
        rows = ",".join(_item(trade) for trade in recent[-SNAPSHOT_TRADES:])
        return [f'{{"channel":"trade","type":"snapshot","data":[{rows}]}}', *frames]

    def tick(self, trade: Trade, session: Session) -> str:
        """An update of one trade."""
        return f'{{"channel":"trade","type":"update","data":[{_item(trade)}]}}'

    def quote(self, trade: Trade, session: Session) -> str:
        """A `ticker`, as triggered by a change of the best prices."""
        book = book_after(trade)
        return (
            f'{{"channel":"ticker","type":"update","data":[{{"symbol":"{trade.symbol.replace("-", "/")}",'
            f'"bid":{book.bid},"bid_qty":{book.bid_size},"ask":{book.ask},"ask_qty":{book.ask_size},'
            f'"last":{trade.price:f},"timestamp":"{micros_text(trade.ts_event)}"}}]}}'
        )

    def heartbeats(self, session: Session, last: dict[str, Trade], now: int) -> list[str]:
        """One for the whole connection."""
        return ['{"channel":"heartbeat"}']

    def _subscribe(self, session: Session, channel: str, pair: str, times: dict[str, object]) -> str:
        symbol = pair.replace("/", "-")
        if symbol not in session.known:
            refusal = f"Currency pair not supported {pair}"
            return _text({"error": refusal, "method": "subscribe", "success": False, "symbol": pair, **times})
        if channel == "trade":
            session.add(symbol)
        else:
            session.add_quotes(symbol)
        result = {"channel": channel, "snapshot": session.snapshot, "symbol": pair}
        return _text({"method": "subscribe", "result": result, "success": True, **times})


class KrakenServer:
    """The REST addresses."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def routes(self) -> list[Route]:
        """Pairs and their trades."""
        return [
            Route(f"/{HOST}/0/public/AssetPairs", self.pairs),
            Route(f"/{HOST}/0/public/Trades", self.trades),
            Route(f"/{HOST}/{{rest:path}}", lambda request: _refusal("EGeneral:Unknown method")),
        ]

    def pairs(self, request: Request) -> Response:
        """All pairs."""
        result = {_pair(symbol): _pair_fields(symbol) for symbol in self._sandbox.market.symbols("kraken")}
        body = json.dumps({"error": [], "result": result}).encode()
        return listing(request, body, "application/json; charset=utf-8", moment_of(request, self._sandbox.clock))

    def trades(self, request: Request) -> Response:
        """A page of trades after `since` (nanoseconds, exclusive), oldest first; the newest ones without it."""
        asked = request.query_params.get("pair", "").replace("/", "")
        known = self._sandbox.market.symbols("kraken")
        symbol = next((s for s in known if asked in {_pair(s), s.replace("-", "")}), None)
        if symbol is None:
            return _refusal("EQuery:Unknown asset pair")
        moment = moment_of(request, self._sandbox.clock)
        limit, since = limit_of(request.query_params.get("count"), 1_000), request.query_params.get("since", "")
        history = self._sandbox.history
        if since:
            try:
                start = _instant(since) + 1
            except ValueError:
                return _refusal("EGeneral:Invalid arguments:since")
            start = max(start, day_start_ns(self._sandbox.market.first_day()))
            trades = list(islice(history.between("kraken", symbol, start, moment.at + 1), limit))
        else:
            trades = history.newest("kraken", symbol, limit, moment.at)[::-1]
        last = str(trades[-1].ts_event) if trades else since or "0"
        rows = ",".join(map(_row, trades))
        body = f'{{"error":[],"result":{{"{asked}":[{rows}],"last":"{last}"}}}}'
        return listing(request, body.encode(), "application/json; charset=utf-8", moment)


def _instant(since: str) -> int:
    """`since` as Kraken takes it: nanoseconds, or seconds where it is short."""
    number = int(since)
    return number if len(since) > 12 else number * SECOND_NS


def _text(message: dict[str, object]) -> str:
    return json.dumps(message, separators=(",", ":"))


def _order_type(trade: Trade) -> str:
    return "limit" if trade.trade_id % 3 else "market"


def _item(trade: Trade) -> str:
    return (
        f'{{"symbol":"{trade.symbol.replace("-", "/")}","side":"{trade.side}","price":{trade.price:f},'
        f'"qty":{trade.size:f},"ord_type":"{_order_type(trade)}","trade_id":{trade.trade_id},'
        f'"timestamp":"{micros_text(trade.ts_event)}"}}'
    )


def _row(trade: Trade) -> str:
    second, rest = divmod(trade.ts_event, SECOND_NS)
    return (
        f'["{trade.price:f}","{trade.size:f}",{second}.{rest // 1000:06d},"{trade.side[0]}",'
        f'"{_order_type(trade)[0]}","",{trade.trade_id}]'
    )


def _pair(symbol: str) -> str:
    """A pair as Kraken's REST writes it: bitcoin is XBT there, and BTC over the stream."""
    base, _, quote = symbol.partition("-")
    return ("XBT" if base == "BTC" else base) + quote


def _pair_fields(symbol: str) -> dict[str, object]:
    quote = symbol.partition("-")[2]
    base = _pair(symbol).removesuffix(quote)
    return {
        "altname": _pair(symbol),
        "wsname": f"{base}/{quote}",
        "aclass_base": "currency",
        "base": base,
        "aclass_quote": "currency",
        "quote": quote,
        "lot": "unit",
        "pair_decimals": 2,
        "lot_decimals": 8,
        "status": "online",
    }


def _refusal(reason: str) -> Response:
    return JSONResponse({"error": [reason]})
