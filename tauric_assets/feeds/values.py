"""Text and JSON of upstreams as exact values: prices, sizes, instants, clean text. Raises ValueError only.

Belongs here: conversions every feed shares, exact to the last digit; no float is ever made.
Not here: names of fields, shapes of messages, anything about one upstream.
Specifications: RFC 3339 (instants), RFC 5322 (dates of RSS and HTTP), RFC 8259 (JSON).
"""

import json
import re
import unicodedata
from datetime import UTC, datetime
from decimal import Context, Decimal, DecimalException, Inexact, InvalidOperation, Overflow
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache
from typing import NoReturn, cast

from tauric_assets.times import SECOND_NS, datetime_to_ns, ns_to_datetime

INSTANT_NS_MAX = 2**63 - 1
DECIMALS_MAX = 9
PRICE_MAX = Decimal(10) ** 9  # decimal(18,9)
SIZE_MAX = Decimal(10) ** 11  # decimal(20,9)
NUMBER_CHARACTERS_MAX = 64
SECONDS_KEPT = 4096
MARKS_MAX = 8
"""Combining marks on one letter; living scripts use up to four, Hebrew and Tibetan scholars some more."""

_STEPS = tuple(10 ** (DECIMALS_MAX - digits) for digits in range(DECIMALS_MAX + 1))
"""Nanoseconds in the last digit of a fraction of so many digits."""
_STEP = Decimal(1).scaleb(-DECIMALS_MAX)
_EXACT = Context(prec=40, traps=[Inexact, InvalidOperation, Overflow])
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)
_RFC3339 = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d{1,30}))?([Zz]|[+-]\d\d:?\d\d)", re.ASCII)
_SECOND_CHARACTERS = len("2026-01-05T14:30:00")
_MARKS = frozenset({"Mn", "Me"})
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def decode_json(raw: bytes) -> object:
    """JSON with exact numbers: integers as int, all other numbers as their own text.

    Raises: ValueError: not UTF-8, not JSON, nested too deeply, or NaN and Infinity, which JSON does not have.
    """
    try:
        return cast("object", json.loads(raw.decode(), parse_float=str, parse_constant=_refuse_constant))
    except RecursionError:
        raise ValueError("JSON is nested too deeply") from None


def decimal(value: object) -> Decimal:
    """A number written as text, or an int, as Decimal.

    Raises: ValueError: empty, not a finite plain number, or longer than any honest one.
    """
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise ValueError(f"{value!r} is no number")
    text = str(value)
    if len(text) > NUMBER_CHARACTERS_MAX or not _NUMBER.fullmatch(text):
        raise ValueError(f"{text[:NUMBER_CHARACTERS_MAX]!r} is no number")
    return Decimal(text)


def price(value: object) -> Decimal:
    """A positive price that fits `decimal(18,9)` exactly.

    Raises: ValueError: no number, not above zero, a billion or more, or more than nine decimals.
    """
    return _positive(value, PRICE_MAX, "price")


def size(value: object) -> Decimal:
    """A positive size that fits `decimal(20,9)` exactly.

    Raises: ValueError: no number, not above zero, a hundred billion or more, or more than nine decimals.
    """
    return _positive(value, SIZE_MAX, "size")


def instant(text: object) -> int:
    """An instant as upstreams write it, RFC 3339 or RFC 5322 (`Mon, 05 Jan 2026 14:30:00 GMT`), as nanoseconds UTC.

    Raises: ValueError: neither.
    """
    if isinstance(text, str) and _RFC3339.fullmatch(text.strip()):
        return rfc3339(text.strip())
    return rfc5322(text)


def rfc3339(text: object) -> int:
    """`2026-01-05T14:30:00.123456789Z` as nanoseconds UTC, exact. The offset must be there.

    Raises: ValueError: another form, a moment that does not exist, below a nanosecond, or before 1970.
    """
    if not isinstance(text, str):
        raise ValueError(f"{text!r} is no RFC 3339 instant")
    point, fraction = text[_SECOND_CHARACTERS : _SECOND_CHARACTERS + 1], text[_SECOND_CHARACTERS + 1 : -1]
    if point == "." and text[-1] == "Z" and text.isascii() and fraction.isdigit() and len(fraction) <= DECIMALS_MAX:
        found = _utc_second_ns(text[:_SECOND_CHARACTERS]) + int(fraction) * _STEPS[len(fraction)]
        return found if found <= INSTANT_NS_MAX else epoch_ns(found)
    match = _RFC3339.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no RFC 3339 instant")
    day, clock, digits, offset = match.groups()
    decimals = (digits or "").ljust(DECIMALS_MAX, "0")
    if decimals[DECIMALS_MAX:].strip("0"):
        raise ValueError(f"{text!r} is finer than a nanosecond")
    return epoch_ns(_second_ns(f"{day}T{clock}{offset}") + int(decimals[:DECIMALS_MAX]))


def rfc5322(text: object) -> int:
    """`Mon, 05 Jan 2026 14:30:00 GMT` as nanoseconds UTC. No known zone means UTC.

    Raises: ValueError: another form, or a moment that does not exist or is before 1970.
    """
    if not isinstance(text, str):
        raise ValueError(f"{text!r} is no date")
    try:
        moment = parsedate_to_datetime(text)
        return epoch_ns(datetime_to_ns(moment if moment.tzinfo else moment.replace(tzinfo=UTC)))
    except (TypeError, IndexError, OverflowError) as error:
        raise ValueError(f"{text!r} is no date: {error}") from None


def http_date(instant_ns: int) -> str:
    """Nanoseconds as an HTTP date, cut to the second: `Mon, 05 Jan 2026 14:30:00 GMT`."""
    return format_datetime(ns_to_datetime(instant_ns), usegmt=True)


def epoch_seconds(value: object) -> int:
    """Seconds since 1970 with up to nine decimals (text or int) as nanoseconds.

    Raises: ValueError: no number, finer than a nanosecond, or out of range.
    """
    return _scaled(value, SECOND_NS)


def epoch_ms(value: object) -> int:
    """Milliseconds since 1970 (text or int) as nanoseconds. Raises ValueError like `epoch_seconds`."""
    return _scaled(value, 1_000_000)


def epoch_us(value: object) -> int:
    """Microseconds since 1970 (text or int) as nanoseconds. Raises ValueError like `epoch_seconds`."""
    return _scaled(value, 1_000)


def epoch_ns(value: object) -> int:
    """Nanoseconds since 1970 (text or int), checked to be within an int64 and not before 1970.

    Raises: ValueError: no whole number, or out of range.
    """
    return _scaled(value, 1)


def clean_text(text: str) -> str:
    """`text` as valid Unicode: lone surrogates become U+FFFD, NUL characters too."""
    return _LONE_SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text).replace("\x00", "\N{REPLACEMENT CHARACTER}")


def safe_text(text: str, characters_max: int) -> tuple[str, list[str]]:
    """`text` that every engine and screen can hold, and flags for what was changed; the raw store keeps the original.

    Lone surrogates and NUL become U+FFFD (`text_repaired`), of a run of combining marks MARKS_MAX are kept
    (`marks_cut`), what is longer than `characters_max` is cut (`text_cut`).
    """
    flags = []
    if len(text) > characters_max:
        text, flags = text[:characters_max], ["text_cut"]
    clean = clean_text(text)
    if clean != text:
        flags.append("text_repaired")
    if clean.isascii():
        return clean, flags
    kept, run = [], 0
    for character in clean:
        run = run + 1 if unicodedata.category(character) in _MARKS else 0
        if run <= MARKS_MAX:
            kept.append(character)
    if len(kept) < len(clean):
        flags.append("marks_cut")
        clean = "".join(kept)
    return clean, flags


def _positive(value: object, limit: Decimal, what: str) -> Decimal:
    number = decimal(value)
    if not 0 < number < limit:
        raise ValueError(f"{what} {number} is not above 0 and below {limit:f}")
    try:
        return number.quantize(_STEP, context=_EXACT)
    except DecimalException:
        raise ValueError(f"{what} {number} has more than {DECIMALS_MAX} decimals") from None


@lru_cache(maxsize=SECONDS_KEPT)
def _utc_second_ns(text: str) -> int:
    """A whole second of UTC, written without its `Z`. Raises ValueError like `_second_ns`."""
    return _second_ns(f"{text}Z")


@lru_cache(maxsize=SECONDS_KEPT)
def _second_ns(text: str) -> int:
    """A whole second with its offset. Raises ValueError: another form, no such moment, or out of range."""
    match = _RFC3339.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no RFC 3339 instant")
    day, clock, _, offset = match.groups()
    try:
        moment = datetime.fromisoformat(f"{day}T{clock}{'+00:00' if offset in 'Zz' else offset}")
        return epoch_ns(datetime_to_ns(moment))
    except OverflowError:
        raise ValueError(f"{text!r} is out of range") from None


def _scaled(value: object, factor: int) -> int:
    if type(value) is int and 0 <= value <= INSTANT_NS_MAX // factor:
        return value * factor
    number = decimal(value)
    if not 0 <= number <= INSTANT_NS_MAX:
        raise ValueError(f"{value!r} is no instant since 1970")
    try:
        scaled = int(_EXACT.multiply(number, Decimal(factor)).to_integral_exact(context=_EXACT))
    except DecimalException:
        raise ValueError(f"{value!r} is finer than a nanosecond") from None
    if scaled > INSTANT_NS_MAX:
        raise ValueError(f"{value!r} is beyond the year 2262")
    return scaled


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"JSON has no {name}")
