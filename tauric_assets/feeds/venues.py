"""What all exchanges share: symbols of a feed instance, rows of `trades`, pages of history.

Belongs here: accounting of records, checks of symbols, ids and sequence numbers.
Not here: any exchange's wire shape or name.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TypeVar, cast

from tauric_assets.errors import MalformedDocument, UpstreamUnavailable, UsageError
from tauric_assets.feeds.contract import Document, Fetching, Options, Parsed, Reject
from tauric_assets.feeds.sockets import FRAME_BYTES_MAX
from tauric_assets.feeds.values import decode_json
from tauric_assets.tables import Row
from tauric_assets.times import Days

PAGE_TRADES_MAX = 1_000
SEQUENCE_MAX = 2**63 - 1
UNREADABLE = (KeyError, IndexError, TypeError, ValueError)
"""What reading a record of the wrong shape may raise."""

Read = TypeVar("Read")

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


def trade(
    venue: str, name: str, number: str, at: int, deal: tuple[Decimal, Decimal, str | None], received_at: int | None
) -> Row:
    """A row of `trades`.

    Args:
        name: BASE-QUOTE.
        number: the trade id.
        at: when it happened, nanoseconds UTC.
        deal: price, size, side of the aggressor.
        received_at: arrival at our recorder; None for history, which is dated by the venue.
    """
    return {
        "ts_event": at,
        "known_at": at if received_at is None else received_at,
        "known_at_quality": "source" if received_at is None else "observed",
        "venue": venue,
        "symbol": name,
        "trade_id": number,
        "price": deal[0],
        "size": deal[1],
        "side": deal[2],
        "sequence": None,
        "ts_recv": received_at,
    }


def decode_frame(frame: bytes) -> object:
    """A frame's JSON.

    Raises: MalformedDocument: too long, or no JSON.
    """
    if len(frame) > FRAME_BYTES_MAX:
        raise MalformedDocument(f"frame has {len(frame):,} bytes, more than {FRAME_BYTES_MAX:,}")
    try:
        return decode_json(frame)
    except ValueError as error:
        raise MalformedDocument(f"no JSON: {error}") from error


def ignored() -> Parsed:
    """A frame that is well and holds no trade."""
    return Parsed(ignored=1, records=1)


def refused(reason: str, frame: bytes) -> Parsed:
    """A frame with which the venue says no."""
    return Parsed(rejects=[Reject(reason, "frame", frame)], records=1)


def read_trades(records: Iterable[object], read: Callable[[object], Row], days: Days | None = None) -> Parsed:
    """Rows of `trades` from a venue's own records, in order; each that cannot be read is a Reject.

    Args:
        days: rows that happened outside are counted as ignored.
    """
    parsed = Parsed()
    for number, record in enumerate(records, start=1):
        parsed.records += 1
        try:
            row = read(record)
        except UNREADABLE as error:
            raw = json.dumps(record, default=str).encode()
            parsed.rejects.append(Reject(f"{type(error).__name__}: {error}", f"trade {number}", raw))
            continue
        if days is not None and not days.start_ns <= cast("int", row["ts_event"]) < days.end_ns:
            parsed.ignored += 1
        else:
            parsed.add("trades", row)
    return parsed


def fields(record: object) -> Mapping[str, object]:
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


def times(rows: Iterable[Row]) -> Iterator[int]:
    """When each trade happened, nanoseconds UTC."""
    return (cast("int", row["ts_event"]) for row in rows)
