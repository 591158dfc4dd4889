"""Numbered trades: any of them can be asked for again, and what is withheld is told to nobody and named to the test."""

import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.sync.client import connect

from tauric_assets.errors import UsageError
from tauric_assets.sandbox.launch import Running, start
from tauric_assets.sandbox.numbered import Numbered
from tauric_assets.sandbox.options import SandboxOptions
from tauric_assets.sandbox.server import sandbox_of
from tauric_assets.times import SECOND_NS
from tauric_assets_tests.sandbox.serving import WAIT_S, client, stream_url

START = 1_767_571_200_000_000_000
SYMBOL = "BTC-USD"
TRADES_MAX = 200


@given(per_second=st.integers(1, 100_000), first=st.integers(0, 5 * SECOND_NS), trades=st.integers(0, TRADES_MAX))
def test_trades_by_time_and_by_number_are_the_same(per_second: int, first: int, trades: int) -> None:
    numbered = Numbered(7, START, per_second, withhold=0.3)
    start, end = START + first, START + first + trades * SECOND_NS // per_second
    by_time = list(numbered.between("kraken", SYMBOL, start, end))
    newest = numbered.newest_number(end - 1)
    oldest = numbered.newest_number(start - 1) + 1
    withheld = numbered.withheld("kraken", SYMBOL, oldest, newest)
    assert sorted([trade.trade_id for trade in by_time] + withheld) == list(range(oldest, newest + 1))
    assert numbered.following("kraken", SYMBOL, oldest, len(by_time), end - 1) == by_time
    assert numbered.newest("kraken", SYMBOL, len(by_time), end - 1, newest + 1) == by_time[::-1]
    assert all(start - 1_000 < trade.ts_event < end for trade in by_time)  # times are cut to microseconds


def test_a_share_of_the_trades_is_withheld_in_runs() -> None:
    withheld = Numbered(7, START, 1, withhold=0.1).withheld("coinbase", SYMBOL, 1, 30_000)
    assert 2_000 < len(withheld) < 4_000
    assert Numbered(7, START, 1).withheld("coinbase", SYMBOL, 1, 1_000) == []
    assert len(Numbered(7, START, 1, withhold=1.0).withheld("coinbase", SYMBOL, 1, 1_000)) == 1_000


@pytest.mark.parametrize(
    "options", [{"trades_per_second": 0}, {"withhold": 0.1}, {"trades_per_second": 1, "withhold": 2.0}]
)
def test_senseless_rates_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(UsageError):
        sandbox_of(SandboxOptions(**options))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Running]:
    with start(SandboxOptions(port=0, trades_per_second=2_000, withhold=0.02)) as running:
        yield running


@pytest.mark.slow
def test_a_stream_and_rest_tell_every_number_but_the_withheld(sandbox: Running) -> None:
    ask = {"type": "subscribe", "product_ids": [SYMBOL], "channels": ["matches"]}
    with client(sandbox) as web, connect(stream_url(sandbox, "ws-feed.exchange.coinbase.com")) as socket:
        socket.send(json.dumps(ask))
        told: list[int] = []
        while len(told) < 1_500:
            message = json.loads(socket.recv(WAIT_S))
            if message["type"] == "match":
                told.append(message["trade_id"])
        query: dict[str, str | int] = {"venue": "coinbase", "symbol": SYMBOL, "first": told[0], "last": told[-1]}
        withheld = web.get("/sandbox/withheld", params=query).json()["withheld"]
        page = web.get(f"/api.exchange.coinbase.com/products/{SYMBOL}/trades", params={"after": told[-1] + 1}).json()
    assert withheld
    assert sorted(told + withheld) == list(range(told[0], told[-1] + 1))
    numbers = [trade["trade_id"] for trade in page]
    assert numbers[:500] == told[:-501:-1]


@pytest.mark.slow
def test_a_half_closed_stream_stays_open_and_says_nothing_more(sandbox: Running) -> None:
    ask = {"type": "subscribe", "product_ids": [SYMBOL], "channels": ["matches", "heartbeat"]}
    rule = {"match": "ws-feed.exchange.coinbase.com", "kind": "half_close", "frames": 40, "times": 1}
    kinds: list[str] = []
    with client(sandbox) as web:
        assert web.post("/sandbox/faults", content=json.dumps([rule])).status_code == 200
        with connect(stream_url(sandbox, "ws-feed.exchange.coinbase.com")) as socket:
            socket.send(json.dumps(ask))
            with pytest.raises(TimeoutError):
                while True:
                    kinds.append(json.loads(socket.recv(2.5 if kinds.count("match") >= 40 else WAIT_S))["type"])
        web.delete("/sandbox/faults")
    assert kinds.count("match") == 40
