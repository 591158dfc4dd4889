"""The three venues and Jetstream over real HTTP and websockets: the market's trades, in each venue's own shapes."""

import json
import threading
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.sync.client import connect

from tauric_assets.sandbox.answers import http_date, parse_http_date
from tauric_assets.sandbox.history import History
from tauric_assets.sandbox.launch import Running, start
from tauric_assets.sandbox.market import Trade, Venue
from tauric_assets.sandbox.options import SandboxOptions
from tauric_assets.sandbox.world import World
from tauric_assets.times import DAY_NS, SECOND_NS, Days, day_start_ns, ns_to_text, parse_instant
from tauric_assets_tests.sandbox.serving import NOW, WAIT_S, Heard, client, hear, stream_url

TRADES_PER_DAY = 300
WORLD = World(7, trades_per_day=TRADES_PER_DAY)
NOW_NS = parse_instant(NOW)
DAY = date(2026, 1, 8)
COINBASE = "ws-feed.exchange.coinbase.com"
KRAKEN = "ws.kraken.com/v2"
BINANCE = "stream.binance.com:9443"
JETSTREAM = "jetstream2.us-east.bsky.network/subscribe"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Running]:
    options = SandboxOptions(port=0, clock=f"frozen:{NOW}", play=DAY, trades_per_day=TRADES_PER_DAY)
    with start(options) as running:
        yield running


@pytest.fixture(scope="module")
def web(sandbox: Running) -> Iterator[httpx.Client]:
    with client(sandbox) as opened:
        yield opened


@pytest.fixture(scope="module")
def moving() -> Iterator[Running]:
    """A sandbox whose hours pass in seconds."""
    options = SandboxOptions(port=0, clock="running:2026-01-08T12:00:00Z@1800", trades_per_day=TRADES_PER_DAY)
    with start(options) as running:
        yield running


def _traded(venue: Venue, *symbols: str) -> list[Trade]:
    days = Days.one(DAY)
    trades = [trade for symbol in symbols for trade in WORLD.trades(venue, symbol, days.start_ns, days.end_ns)]
    return sorted(trades, key=lambda trade: trade.ts_event)


def _facts(trades: list[Trade], unit_ns: int) -> list[tuple[object, ...]]:
    return [(t.trade_id, t.price, t.size, t.side, t.ts_event // unit_ns * unit_ns) for t in trades]


def _other(side: object) -> str:
    return "sell" if side == "buy" else "buy"


def _coinbase(message: dict[str, object]) -> tuple[object, ...]:
    price, size = Decimal(str(message["price"])), Decimal(str(message["size"]))
    return message["trade_id"], price, size, _other(message["side"]), parse_instant(str(message["time"]))


def _binance(message: dict[str, object]) -> tuple[object, ...]:
    price, size = Decimal(str(message["p"])), Decimal(str(message["q"]))
    return message.get("t", message.get("a")), price, size, "sell" if message["m"] else "buy", message["T"] * 10**6  # type: ignore[operator]


def test_coinbase_pages_back_through_a_whole_day(web: httpx.Client) -> None:
    trades = _traded("coinbase", "NOVA-USD")
    path, after = "/api.exchange.coinbase.com/products/NOVA-USD/trades", trades[-1].trade_id + 1
    told: list[tuple[object, ...]] = []
    while len(told) < len(trades):
        answer = web.get(path, params={"limit": 50, "after": after})
        page = answer.json()
        assert [row["trade_id"] for row in page] == list(range(after - 1, after - 1 - len(page), -1))
        assert answer.headers["cb-before"] == str(page[0]["trade_id"])
        after = int(answer.headers["cb-after"])
        told += [_coinbase(row) for row in page]
    assert told[: len(trades)][::-1] == _facts(trades, 1_000)
    newest = web.get(path, params={"limit": 1}).json()[0]
    assert parse_instant(newest["time"]) <= NOW_NS


def test_kraken_pages_on_from_since(web: httpx.Client) -> None:
    trades = _traded("kraken", "NOVA-USD")
    since = str(day_start_ns(DAY) - 1)
    told: list[list[Any]] = []
    while len(told) < len(trades):
        query: dict[str, str | int] = {"pair": "NOVAUSD", "since": since, "count": 70}
        text = web.get("/api.kraken.com/0/public/Trades", params=query).text
        answer = json.loads(text, parse_float=Decimal)
        assert answer["error"] == []
        assert len(answer["result"]["NOVAUSD"]) == 70
        told += answer["result"]["NOVAUSD"]
        since = answer["result"]["last"]
    sides = {"b": "buy", "s": "sell"}
    rows = [(t[6], Decimal(t[0]), Decimal(t[1]), sides[t[3]], int(t[2] * SECOND_NS)) for t in told[: len(trades)]]
    assert rows == _facts(trades, 1_000)
    assert "NOVAUSD" in web.get("/api.kraken.com/0/public/AssetPairs").json()["result"]


def test_binance_pages_on_by_number_and_by_time(web: httpx.Client) -> None:
    trades = _traded("binance", "NOVA-USDT")
    days = Days.one(DAY)
    path = "/api.binance.com/api/v3/aggTrades"
    window: dict[str, str | int] = {
        "symbol": "NOVAUSDT",
        "startTime": days.start_ns // 10**6,
        "endTime": days.end_ns // 10**6 - 1,
    }
    told = web.get(path, params={**window, "limit": 1000}).json()
    assert [_binance(row) for row in told] == _facts(trades, 10**6)
    assert all(row["f"] == row["l"] == row["a"] for row in told)
    first = told[100]["a"]
    page = web.get(path, params={"symbol": "NOVAUSDT", "fromId": first, "limit": 20}).json()
    assert page == told[100:120]
    rows = web.get(
        "/api.binance.com/api/v3/historicalTrades", params={"symbol": "NOVAUSDT", "fromId": first, "limit": 20}
    )
    assert [(row["id"], row["price"], row["isBuyerMaker"]) for row in rows.json()] == [
        (row["a"], row["p"], row["m"]) for row in page
    ]
    symbols = [row["symbol"] for row in web.get("/api.binance.com/api/v3/exchangeInfo").json()["symbols"]]
    assert symbols == [symbol.replace("-", "") for symbol in WORLD.symbols("binance")]


def test_each_venue_refuses_an_unknown_symbol_in_its_own_way(web: httpx.Client) -> None:
    coinbase = web.get("/api.exchange.coinbase.com/products/NO-SUCH/trades")
    assert (coinbase.status_code, coinbase.json()) == (404, {"message": "NotFound"})
    kraken = web.get("/api.kraken.com/0/public/Trades?pair=NOSUCH")
    assert (kraken.status_code, kraken.json()) == (200, {"error": ["EQuery:Unknown asset pair"]})
    binance = web.get("/api.binance.com/api/v3/aggTrades?symbol=NOSUCH")
    assert (binance.status_code, binance.json()["code"]) == (400, -1121)
    assert web.get("/api.binance.com/api/v3/aggTrades").json()["code"] == -1102


@settings(max_examples=15, deadline=None)
@given(instant=st.integers(day_start_ns(date(2025, 11, 6)), NOW_NS + 5 * DAY_NS))
def test_no_venue_tells_trades_after_the_instant_asked_about(web: httpx.Client, instant: int) -> None:
    asked = {"Accept-Datetime": http_date(instant)}
    until = min(parse_http_date(asked["Accept-Datetime"]) or 0, NOW_NS)
    newest = web.get("/api.exchange.coinbase.com/products/NOVA-USD/trades?limit=1", headers=asked).json()[0]
    seen = list(WORLD.trades("coinbase", "NOVA-USD", until - 2 * DAY_NS, until + 1))
    assert newest["trade_id"] == seen[-1].trade_id
    rows = web.get("/api.binance.com/api/v3/historicalTrades?symbol=NOVAUSDT&limit=3", headers=asked).json()
    assert all(row["time"] * 10**6 <= until for row in rows)
    ahead: dict[str, str | int] = {"symbol": "NOVAUSDT", "startTime": until // 10**6 + 1000}
    assert web.get("/api.binance.com/api/v3/aggTrades", params=ahead, headers=asked).json() == []


def test_coinbase_plays_the_day_and_closes(sandbox: Running) -> None:
    symbols = list(WORLD.symbols("coinbase"))
    heard = hear(sandbox, COINBASE, {"type": "subscribe", "product_ids": symbols, "channels": ["matches", "heartbeat"]})
    messages = heard.messages
    assert messages[0] == {
        "type": "subscriptions",
        "channels": [{"name": name, "product_ids": symbols} for name in ("matches", "heartbeat")],
    }
    repeated = [m for m in messages if m["type"] == "last_match"]
    assert len(repeated) == len(symbols)
    assert all(parse_instant(str(m["time"])) < day_start_ns(DAY) for m in repeated)
    matches = [m for m in messages if m["type"] == "match"]
    assert [_coinbase(m) for m in matches] == _facts(_traded("coinbase", *symbols), 1_000)
    nova = [int(str(m["sequence"])) for m in matches if m["product_id"] == "NOVA-USD"]
    assert all(first < second for first, second in pairwise(nova))
    assert any(second - first > 1 for first, second in pairwise(nova))
    beats = {m["product_id"]: m["last_trade_id"] for m in messages[-len(symbols) :]}
    assert beats == {symbol: _traded("coinbase", symbol)[-1].trade_id for symbol in symbols}
    assert heard.code == 1000


def test_coinbase_names_what_is_wrong_with_a_subscription(sandbox: Running) -> None:
    wrong = {"type": "subscribe", "product_ids": ["NO-SUCH"], "channels": ["matches"]}
    right = {"type": "subscribe", "product_ids": ["NOVA-USD"], "channels": ["matches"]}
    messages = hear(sandbox, COINBASE, wrong, {"type": "subscribe", "channels": ["level9"]}, "?", right).messages
    assert messages[0]["reason"] == "NO-SUCH is not a valid product"
    assert messages[1]["reason"] == "level9 is not a valid channel"
    assert [m["type"] for m in messages[:5]] == ["error", "error", "error", "subscriptions", "last_match"]


def test_kraken_plays_the_day_and_closes(sandbox: Running) -> None:
    pairs = [symbol.replace("-", "/") for symbol in WORLD.symbols("kraken")]
    ask = {"method": "subscribe", "params": {"channel": "trade", "symbol": [*pairs, "NO/SUCH"]}, "req_id": 5}
    heard = hear(sandbox, KRAKEN, {"method": "ping", "req_id": 1}, ask)
    messages = [json.loads(frame, parse_float=Decimal) for frame in heard.frames]
    assert [m.get("channel") or m["method"] for m in messages[:2]] == ["status", "pong"]
    acknowledged = [m for m in messages if m.get("method") == "subscribe"]
    assert [m["success"] for m in acknowledged] == [True] * len(pairs) + [False]
    assert acknowledged[-1]["error"] == "Currency pair not supported NO/SUCH"
    snapshots = [m["data"] for m in messages if m.get("type") == "snapshot"]
    assert [len(data) for data in snapshots] == [50] * len(pairs)
    assert all(parse_instant(t["timestamp"]) < day_start_ns(DAY) for data in snapshots for t in data)
    told = [trade for m in messages if m.get("channel") == "trade" and m["type"] == "update" for trade in m["data"]]
    rows = [(t["trade_id"], t["price"], t["qty"], t["side"], parse_instant(t["timestamp"])) for t in told]
    assert rows == _facts(_traded("kraken", *WORLD.symbols("kraken")), 1_000)
    assert isinstance(told[0]["price"], Decimal | int)
    assert (messages[-1], heard.code) == ({"channel": "heartbeat"}, 1000)


def _played(heard: Heard) -> list[tuple[object, ...]]:
    return [_binance(m.get("data", m)) for m in heard.messages if "result" not in m]  # type: ignore[arg-type]


def test_binance_plays_the_day_in_each_of_its_three_ways(sandbox: Running) -> None:
    expected = _facts(_traded("binance", "NOVA-USDT", "BTC-USDT"), 10**6)
    combined = hear(sandbox, f"{BINANCE}/stream?streams=novausdt@trade/btcusdt@trade/nosuch@trade")
    assert {m["stream"] for m in combined.messages} == {"novausdt@trade", "btcusdt@trade"}
    assert (_played(combined), combined.code) == (expected, 1000)
    raw = hear(sandbox, f"{BINANCE}/ws/novausdt@trade/btcusdt@trade")
    assert raw.messages[0]["e"] == "trade"
    assert _played(raw) == expected
    asked = hear(
        sandbox, f"{BINANCE}/ws", {"method": "SUBSCRIBE", "params": ["novausdt@trade", "btcusdt@trade"], "id": 9}
    )
    assert asked.messages[0] == {"result": None, "id": 9}
    assert _played(asked) == expected


def test_alpaca_tells_nothing_without_the_right_credentials(sandbox: Running) -> None:
    ask = {"action": "subscribe", "trades": ["NOVA"], "quotes": ["NOVA"]}
    wrong, right = ({"action": "auth", "key": key, "secret": "sandbox"} for key in ("guess", "sandbox"))
    heard = hear(sandbox, "stream.data.alpaca.markets/v2/iex", ask, wrong, ask, right, ask)
    told = [message for frame in heard.frames for message in json.loads(frame)]
    assert [message.get("code") for message in told[:4]] == [None, 401, 402, 401]
    assert [message["T"] for message in told[4:6]] == ["success", "subscription"]
    assert {message["S"] for message in told[6:]} == {"NOVA"}
    assert heard.code == 1000


def test_coinbase_advanced_counts_every_frame_of_a_connection(sandbox: Running) -> None:
    asks = [
        {"type": "subscribe", "product_ids": ["NOVA-USD"], "channel": channel}
        for channel in ("market_trades", "ticker", "heartbeats")
    ]
    messages = hear(sandbox, "advanced-trade-ws.coinbase.com", *asks).messages
    assert [message["sequence_num"] for message in messages] == list(range(len(messages)))
    assert {message["channel"] for message in messages} == {"subscriptions", "market_trades", "ticker", "heartbeats"}


def test_jetstream_replays_from_the_cursor(sandbox: Running) -> None:
    start_ns = day_start_ns(DAY)
    expected = [post.frame.decode() for post in WORLD.posts(start_ns, NOW_NS)]
    path = f"{JETSTREAM}?wantedCollections=app.bsky.feed.post&cursor={start_ns // 1000}"
    heard = hear(sandbox, path)
    assert expected
    assert (heard.frames, heard.code) == (expected, 1000)
    others = hear(sandbox, f"{JETSTREAM}?wantedCollections=app.bsky.graph.*&cursor={start_ns // 1000}").frames
    assert others == [frame for frame in expected if json.loads(frame)["kind"] != "commit"]
    assert hear(sandbox, f"{JETSTREAM}?cursor={(NOW_NS + DAY_NS) // 1000}").frames == []


@pytest.mark.slow
def test_a_running_clock_brings_trades_as_they_happen(moving: Running) -> None:
    ask = {"method": "subscribe", "params": {"channel": "trade", "symbol": ["BTC/USD"], "snapshot": False}}
    told: list[int] = []
    beats = 0
    with client(moving) as web, connect(stream_url(moving, KRAKEN), compression=None) as socket:
        began = web.get("/sandbox/clock").json()["now_ns"]
        socket.send(json.dumps(ask))
        while len(told) < 5 or not beats:
            message = json.loads(socket.recv(WAIT_S))
            now = web.get("/sandbox/clock").json()["now_ns"]
            beats += message.get("channel") == "heartbeat"
            if message.get("channel") == "trade":
                assert message["type"] == "update"
                told += [trade["trade_id"] for trade in message["data"]]
                assert all(began < parse_instant(t["timestamp"]) + 1_000 <= now for t in message["data"])
    assert told == list(range(told[0], told[0] + len(told)))


def test_a_running_clock_brings_posts_without_a_cursor(moving: Running) -> None:
    with client(moving) as web, connect(stream_url(moving, JETSTREAM), compression=None) as socket:
        began = web.get("/sandbox/clock").json()["now_ns"]
        first = json.loads(socket.recv(WAIT_S))
        now = web.get("/sandbox/clock").json()["now_ns"]
    assert began - 600 * SECOND_NS < first["time_us"] * 1000 <= now, ns_to_text(now)


def test_listeners_do_not_disturb_each_other(sandbox: Running) -> None:
    heard: list[Heard] = []
    path = f"{BINANCE}/ws/novausdt@trade"
    threads = [threading.Thread(target=lambda: heard.append(hear(sandbox, path))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_S)
    assert len(heard) == 4
    assert all(one == heard[0] for one in heard)


HISTORY = History(WORLD)
FIRST_NS = day_start_ns(WORLD.first_day())
ALL = list(WORLD.trades("kraken", "NOVA-USD", FIRST_NS, FIRST_NS + 4 * DAY_NS))


@given(
    limit=st.integers(1, 1000),
    at=st.integers(FIRST_NS, FIRST_NS + 4 * DAY_NS - 1),
    number=st.integers(ALL[0].trade_id - 5, ALL[-1].trade_id + 50),
)
def test_history_pages_are_cut_at_the_instant_and_the_limit(limit: int, at: int, number: int) -> None:
    seen = [trade for trade in ALL if trade.ts_event <= at]
    assert HISTORY.newest("kraken", "NOVA-USD", limit, at) == seen[::-1][:limit]
    below = [trade for trade in seen if trade.trade_id < number]
    assert HISTORY.newest("kraken", "NOVA-USD", limit, at, number) == below[::-1][:limit]
    following = [trade for trade in seen if trade.trade_id >= number]
    assert HISTORY.following("kraken", "NOVA-USD", number, limit, at) == following[:limit]
