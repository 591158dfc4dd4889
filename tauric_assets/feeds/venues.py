"""What all exchanges share: symbols of a feed instance, frames' JSON, ticks out of records, pages of history.

Belongs here: accounting of records, checks of symbols, ids and sequence numbers.
Not here: any exchange's wire shape or name.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import TypeVar, cast

import msgspec

from tauric_assets.errors import MalformedDocument, UpstreamUnavailable, UsageError
from tauric_assets.feeds.contract import Document, Fetching, Gap, Options, Parsed, Reject
from tauric_assets.feeds.sockets import FRAME_BYTES_MAX
from tauric_assets.feeds.ticks import Heartbeat, Quote, Ticks, Trade, rows
from tauric_assets.times import Days

PAGE_TRADES_MAX = 1_000
SYMBOLS_KEPT = 8_192
SEQUENCE_MAX = 2**63 - 1
UNREADABLE = (KeyError, IndexError, TypeError, ValueError)
"""What reading a record of the wrong shape may raise."""

Fields = Mapping[str, object]
Read = TypeVar("Read")
Reader = Callable[[object], Trade | Quote | Heartbeat | None]
"""Turns a venue's own record into a tick, None where it is not wanted; may raise any of UNREADABLE."""

_DECODER = msgspec.json.Decoder(float_hook=str)  # integers as int, all other numbers as their own text
_SYMBOL = re.compile(r"[A-Z0-9.]{1,20}-[A-Z0-9.]{1,20}", re.ASCII)


def symbols_of(options: Options) -> list[str]:
    """The symbols of a feed instance, as BASE-QUOTE.

    Raises: UsageError: none given, or one in another form.
    """
    symbols = options.get("symbols")
    if not isinstance(symbols, Sequence) or isinstance(symbols, str) or not symbols:
        raise UsageError("an exchange wants options: symbols: [BASE-QUOTE, …] in its defs.yaml, e.g. [BTC-USD]")
    for symbol in symbols:
        if not isinstance(symbol, str) or not _SYMBOL.fullmatch(symbol):
            raise UsageError(f"cannot read {symbol!r} as a symbol: write BASE-QUOTE in capitals, e.g. BTC-USD")
    return list(symbols)


def symbol(base: str, quote: str) -> str:
    """BASE-QUOTE. Raises ValueError where that is no symbol."""
    joined = f"{base}-{quote}".upper()
    if not _SYMBOL.fullmatch(joined):
        raise ValueError(f"{joined!r} is no symbol")
    return joined


def trade_id(value: object) -> str:
    """A venue's trade number as text. Raises ValueError where it is neither a number nor a word."""
    if isinstance(value, bool) or not isinstance(value, (int, str)) or not str(value).strip():
        raise ValueError(f"{value!r} is no trade id")
    return str(value)


def sequence(value: object) -> int | None:
    """A venue's message number; None where there is none. Raises ValueError where it is not one."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= SEQUENCE_MAX:
        raise ValueError(f"{value!r} is no sequence number")
    return value


def decode_frame(frame: bytes) -> object:
    """A frame's JSON with exact numbers: integers as int, all other numbers as their own text.

    Raises: MalformedDocument: too long, or no JSON.
    """
    if len(frame) > FRAME_BYTES_MAX:
        raise MalformedDocument(f"frame has {len(frame):,} bytes, more than {FRAME_BYTES_MAX:,}")
    try:
        return cast("object", _DECODER.decode(frame))
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise MalformedDocument(f"no JSON: {error}") from error


def decode_usual(decoder: msgspec.json.Decoder[Read], frame: bytes) -> Read | None:
    """A frame whose fields have the types that `decoder` wants; None where it is any other, and `decode_frame` tells.

    Several times faster than `decode_frame`, because no dict is made and fields that nobody wants are skipped.
    """
    if len(frame) > FRAME_BYTES_MAX:
        return None
    try:
        return decoder.decode(frame)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None


def ignored(connection_sequence: int | None = None) -> Ticks:
    """A frame that is well and holds no tick."""
    return Ticks(ignored=1, records=1, connection_sequence=connection_sequence)


def refused(reason: str, frame: bytes) -> Ticks:
    """A frame with which the venue says no."""
    return Ticks(rejects=[Reject(reason, "frame", frame)], records=1)


def read_ticks(records: Iterable[object], read: Reader, what: str = "trade") -> Ticks:
    """Ticks from a venue's own records, in order; each that cannot be read is a Reject."""
    ticks = Ticks()
    for number, record in enumerate(records, start=1):
        ticks.records += 1
        try:
            ticks.add(read(record))
        except UNREADABLE as error:
            raw = json.dumps(record, default=str).encode()
            ticks.rejects.append(Reject(f"{type(error).__name__}: {error}", f"{what} {number}", raw))
    return ticks


def read_history(venue: str, records: Iterable[object], read: Reader, days: Days) -> Parsed:
    """Rows of `trades` from a page of history, dated by the venue; trades outside `days` are counted as ignored."""
    ticks = read_ticks(records, read)
    kept = [trade for trade in ticks.trades if days.start_ns <= trade.ts_event < days.end_ns]
    ticks.ignored += len(ticks.trades) - len(kept)
    ticks.trades = kept
    return rows(venue, ticks, None)


def fields(record: object) -> Fields:
    """`record` as a JSON object. Raises ValueError where it is none."""
    if not isinstance(record, dict):
        raise ValueError("no JSON object")
    return record


def items(record: object) -> list[object]:
    """`record` as a JSON list. Raises ValueError where it is none."""
    if not isinstance(record, list):
        raise ValueError("no JSON list")
    return record


def history_page(fetching: Fetching, url: str, name: str, asked: str, day: date) -> Document:
    """One page of a venue's history of symbol `asked`, always whole; the parser drops what is not of `day`."""
    about = {"kind": "history", "symbol": asked, "day": day.isoformat()}
    document = fetching.get(url, feed=name, attributes=about, fresh=True)
    if document is None:
        raise UpstreamUnavailable(f"{url}: no answer to an unconditional request")
    return document


def history_asked(document: Document) -> tuple[str, Days]:
    """The symbol and the day a page of history was asked for.

    Raises: MalformedDocument: it is no page of history.
    """
    try:
        return document.attributes["symbol"], Days.one(date.fromisoformat(document.attributes["day"]))
    except (KeyError, ValueError) as error:
        raise MalformedDocument(f"no page of history: attribute {error}") from error


def history_end(day: date, now: int) -> int:
    """Where the history of `day` ends, nanoseconds UTC: at `now` where that is within it, as its tail still grows."""
    days = Days.one(day)
    return now if days.start_ns <= now < days.end_ns else days.end_ns


def readable(document: Document, pages: Callable[[bytes], Read]) -> Read:
    """What `pages` reads in a page that decides what to ask next.

    Raises: UpstreamUnavailable: nothing in it is readable, which asking again may mend.
    """
    try:
        return pages(document.body)
    except MalformedDocument as error:
        raise UpstreamUnavailable(f"{document.url}: unreadable page: {error}") from error


def times(trades: Iterable[Trade]) -> Iterator[int]:
    """When each trade happened, nanoseconds UTC."""
    return (trade.ts_event for trade in trades)


def gap_page(fetching: Fetching, url: str, name: str, gap: Gap, read: Callable[[bytes], Read]) -> Read:
    """What `read` sees in one page asked for to fill `gap`.

    Raises: UpstreamUnavailable: no answer, or nothing in it is readable; UpstreamRefused.
    """
    about = {"kind": "gap", "symbol": gap.symbol, "first": str(gap.first_missing), "last": str(gap.last_missing)}
    document = fetching.get(url, feed=name, attributes=about, fresh=True)
    if document is None:
        raise UpstreamUnavailable(f"{url}: no answer to an unconditional request")
    return readable(document, read)


def numbered_between(trades: Iterable[Trade], gap: Gap) -> list[Trade]:
    """Those of `trades` that `gap` misses."""
    return [
        trade
        for trade in trades
        if trade.trade_id.isdecimal() and gap.first_missing <= int(trade.trade_id) <= gap.last_missing
    ]
