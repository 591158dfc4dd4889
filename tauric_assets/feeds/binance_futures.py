"""Binance USD-M futures: trades and best bid and ask live from the combined stream.

Live frames are those of binance_frames.py. The documented trade stream is `aggTrade`: what one order took at one price,
numbered by `a`, which is also what can be asked for again over REST. Frames of the undocumented `trade` stream, in
captures recorded with it, are read too; their numbers (`t`) are others, so keep the two in different lakes.

Belongs here: its addresses, its errors.
Not here: other exchanges, sockets, storage, frames (binance_frames.py); past days (tauric import).
Specification: Binance USD-M Futures API, "Websocket Market Streams" (connections end after 24 hours; the server pings
every 3 minutes), "Compressed/Aggregate Trades List".
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from tauric_assets.errors import TauricError
from tauric_assets.feeds.binance_frames import aggregate, joined, read_frame
from tauric_assets.feeds.binance_pages import fill_by_number, refusal
from tauric_assets.feeds.contract import Fetching, Gap
from tauric_assets.feeds.streamed import collect, parse, poll
from tauric_assets.feeds.ticks import Ticks, Trade
from tauric_assets.settings import Settings

__all__ = ["collect", "parse", "poll"]

NAME = "binance_futures"
TABLES = ("trades", "quotes")
TRADE_IDS_ARE_CONTIGUOUS = True
FRAMES_ARE_NUMBERED = False
GAPS_CAN_BE_FILLED = True
HEARTBEAT_S: float | None = None
PING = ""
PING_S = 0.0
CONNECTION_S_MAX: float | None = 24 * 3600.0

_TRADES_PATH = re.compile(r"/fapi/v1/aggTrades\?symbol=([^&]+)")


def stream_url(settings: Settings, symbols: Sequence[str]) -> str:
    """Where to connect: the combined stream of all symbols; nothing needs to be sent."""
    names = [f"{joined(symbol).lower()}@{kind}" for symbol in symbols for kind in ("aggTrade", "bookTicker")]
    return f"{settings.binance_futures_stream_url}/stream?streams={'/'.join(names)}"


def opening_frames(settings: Settings, symbols: Sequence[str]) -> list[str]:
    """Nothing: the address subscribes."""
    return []


def ticks(frame: bytes) -> Ticks:
    """One websocket frame, with or without the combined stream's envelope.

    Raises: MalformedDocument: no JSON object.
    """
    return read_frame(frame, NAME)


def fill_gap(fetching: Fetching, gap: Gap) -> Iterator[Trade]:
    """Missing trades by their numbers, oldest first.

    Raises: UpstreamUnavailable, UpstreamRefused.
    """
    address = f"{fetching.settings.binance_futures_url}/fapi/v1/aggTrades?symbol={joined(gap.symbol)}"
    return fill_by_number(fetching, gap, NAME, address, aggregate)


def classify(url: str, status: int, headers: Mapping[str, str], body: bytes) -> TauricError | None:
    """An unknown symbol (400, code -1121), a ban for asking too often (418), and places it does not serve (451)."""
    match = _TRADES_PATH.search(url)
    return refusal(NAME, match[1], status, headers, body) if match else None
