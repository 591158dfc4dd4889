"""Alpaca: trades and quotes of US equities live, for whoever has credentials.

Every live frame is a list of messages:
    [{"T":"t","S":"NOVA","i":96921,"x":"D","p":126.55,"s":1,"c":["@","I"],"z":"C","t":"2021-02-22T15:51:44.208123456Z"}]
    [{"T":"q","S":"NOVA","bx":"U","bp":87.66,"bs":1,"ax":"X","ap":87.67,"as":1,"c":["R"],"z":"C","t":"2021-02-22T15:…"}]
    [{"T":"error","code":402,"msg":"auth failed"}]
Prices are JSON numbers, read digit by digit. Trade numbers are those of one exchange (`x`) on one day, so that the id
here is `20210222-D-96921`. Alpaca names no aggressor. Sizes of quotes are as told (round lots or shares, by its own
terms at the time). A ticker is the symbol TICKER-USD.

Belongs here: its address, its messages, the frame with the credentials.
Not here: other venues, sockets, storage; past days (tauric import). Corrections and cancellations (T:"c", T:"x") are
ignored.
Specification: Alpaca Market Data, "Real-time Stock Data".
"""

import json
from collections.abc import Iterator, Sequence
from functools import lru_cache

from tauric_assets.errors import MalformedDocument, SettingsError
from tauric_assets.feeds import venues
from tauric_assets.feeds.contract import Fetching, Gap
from tauric_assets.feeds.streamed import collect, parse, poll
from tauric_assets.feeds.ticks import Quote, Ticks, Trade, price_units, side_units, size_units
from tauric_assets.feeds.values import rfc3339
from tauric_assets.settings import Settings
from tauric_assets.times import day_of_ns

__all__ = ["collect", "parse", "poll"]

NAME = "alpaca"
TABLES = ("trades", "quotes")
TRADE_IDS_ARE_CONTIGUOUS = False
FRAMES_ARE_NUMBERED = False
GAPS_CAN_BE_FILLED = False
HEARTBEAT_S: float | None = None
PING = ""
PING_S = 0.0
CONNECTION_S_MAX: float | None = None
CURRENCY = "USD"
SANDBOX_CREDENTIAL = "sandbox"


def stream_url(settings: Settings, symbols: Sequence[str]) -> str:
    """Where to connect; all symbols share one address."""
    return settings.alpaca_stream_url


def opening_frames(settings: Settings, symbols: Sequence[str]) -> list[str]:
    """The credentials, then a subscription to trades and quotes of `symbols`. Never log them.

    Raises: SettingsError: live without credentials.
    """
    key, secret = settings.alpaca_key_id.get_secret_value(), settings.alpaca_secret_key.get_secret_value()
    if settings.upstream == "live" and not (key and secret):
        raise SettingsError("alpaca wants credentials: set TAURIC_ALPACA_KEY_ID and TAURIC_ALPACA_SECRET_KEY")
    tickers = [symbol.removesuffix(f"-{CURRENCY}") for symbol in symbols]
    wanted = (
        {"action": "auth", "key": key or SANDBOX_CREDENTIAL, "secret": secret or SANDBOX_CREDENTIAL},
        {"action": "subscribe", "trades": tickers, "quotes": tickers},
    )
    return [json.dumps(one, separators=(",", ":")) for one in wanted]


def ticks(frame: bytes) -> Ticks:
    """One websocket frame.

    Raises: MalformedDocument: no JSON list.
    """
    messages = venues.decode_frame(frame)
    if not isinstance(messages, list):
        raise MalformedDocument("no JSON list")
    return venues.read_ticks(messages, _read, "message")


def fill_gap(fetching: Fetching, gap: Gap) -> Iterator[Trade]:
    """Nothing: without contiguous numbers nobody knows of gaps."""
    yield from ()


def _read(record: object) -> Trade | Quote | None:
    message = venues.fields(record)
    kind = message.get("T")
    if kind == "t":
        return _trade(message)
    if kind == "error":
        raise ValueError(f"alpaca: {message.get('code')} {message.get('msg')}")
    return _quote(message) if kind == "q" else None


def _trade(message: venues.Fields) -> Trade:
    at = rfc3339(message["t"])
    exchange, number = str(message["x"]), venues.trade_id(message["i"])
    return Trade(
        _symbol(message["S"]),
        at,
        f"{day_of_ns(at):%Y%m%d}-{exchange}-{number}",
        price_units(message["p"]),
        size_units(message["s"]),
        None,
        None,
    )


def _quote(message: venues.Fields) -> Quote:
    bid, ask = side_units(message["bp"], message["bs"]), side_units(message["ap"], message["as"])
    return Quote(_symbol(message["S"]), rfc3339(message["t"]), *bid, *ask, None)


@lru_cache(maxsize=venues.SYMBOLS_KEPT)
def _symbol(ticker: object) -> str:
    return venues.symbol(str(ticker), CURRENCY)
