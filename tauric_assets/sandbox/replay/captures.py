"""Frames out of recorded websocket captures, lazily.

Two formats, each also in gzip: `1618677817.0618958: {…}` lines after a first line `wss://… <-> …` (what the client sent
is marked `<-` and left out), and `1723161255030314667 {…}` lines.

Belongs here: lines to (receive time, frame).
Not here: what a frame says, except the symbols in it.
"""

import gzip
import json
import logging
import re
import zlib
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path

from tauric_assets.sandbox.market import Post, Venue
from tauric_assets.times import SECOND_NS

logger = logging.getLogger(__name__)

_QUOTES = ("USDT", "USDC", "BUSD", "FDUSD", "TUSD", "USD", "EUR", "BTC", "ETH", "BNB")
_TIMED = re.compile(rb"(\d{9,10}\.\d+): (.*)", re.DOTALL)
_NANOSECONDS = re.compile(rb"(\d{19}) (.*)", re.DOTALL)


def frames_of(path: Path) -> Iterator[tuple[int, bytes]]:
    """Receive time in nanoseconds UTC, and the frame as recorded; lines of other shapes are what the client sent."""
    with path.open("rb") as probe:
        zipped = probe.read(2) == b"\x1f\x8b"
    with gzip.open(path) if zipped else path.open("rb") as file:
        for line in _lines(file, path):
            if match := _TIMED.match(line):
                yield _seconds(match[1]), match[2].rstrip(b"\r\n")
            elif match := _NANOSECONDS.match(line):
                yield int(match[1]), match[2].rstrip(b"\r\n")


def posts_of(path: Path) -> Iterator[Post]:
    """Jetstream events, one JSON object a line; lines without a time are left out."""
    with path.open("rb") as file:
        for line in file:
            try:
                yield Post(int(json.loads(line)["time_us"]), line.rstrip(b"\r\n"))
            except (ValueError, KeyError, TypeError):
                logger.warning("post without a time path=%s", path)


def symbols_in(venue: Venue, frame: bytes) -> set[str]:
    """The trades' symbols in a frame, as BASE-QUOTE."""
    try:
        message = json.loads(frame)
    except ValueError:
        return set()
    if venue == "coinbase" and isinstance(message, dict) and message.get("type") in {"match", "last_match"}:
        return {str(message.get("product_id"))}
    if venue == "kraken" and isinstance(message, list) and len(message) > 3 and message[-2] == "trade":
        return {str(message[-1]).replace("XBT", "BTC").replace("/", "-")}
    data = message.get("data", message) if isinstance(message, dict) else {}
    if venue == "binance" and isinstance(data, dict) and data.get("e") in {"trade", "aggTrade"}:
        return {_base_and_quote(str(data.get("s")))}
    return set()


def _lines(file: Iterable[bytes], path: Path) -> Iterator[bytes]:
    """The file's lines, as far as they can be unpacked."""
    try:
        yield from file
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        logger.warning("capture ends early path=%s error=%s", path, error)


def _base_and_quote(symbol: str) -> str:
    quote = next((quote for quote in _QUOTES if symbol.endswith(quote) and symbol != quote), "")
    return f"{symbol.removesuffix(quote)}-{quote}" if quote else symbol


def _seconds(text: bytes) -> int:
    return int(Decimal(text.decode()) * SECOND_NS)
