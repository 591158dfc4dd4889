"""Numbers, identifiers and days as filers write them, in XML and on paper covers.

    1099168953.00   6,527,090 shares(1)   -0-   none          a number of shares, or that there are none
    88160R 101   12-31-2022   03/20/2025   December 31, 2012  a CUSIP, and days as Americans write them

Belongs here: conversions shared by the readers of institutions' filings. Raises ValueError only.
Not here: where in a document such a text stands (institutions.py, covers.py, beneficial.py).
"""

import re
from datetime import date
from decimal import Decimal

from tauric_assets.feeds.edgar.clock import any_day, day_instant
from tauric_assets.feeds.values import NUMBER_CHARACTERS_MAX

AMOUNT_DIGITS_MAX = 26
AMOUNT_SCALE = 12
CUSIP_CHARACTERS = 9

_AMOUNT = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)", re.ASCII)
_AMERICAN_DAY = re.compile(r"(\d{1,2})[-/](\d{1,2})[-/](\d{4})", re.ASCII)
_SPOKEN_DAY = re.compile(r"([A-Za-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?\s*,?\s+(\d{4})", re.ASCII)
_SPOKEN_DAY_FIRST = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?\s+([A-Za-z]{3,9})\.?,?\s+(\d{4})", re.ASCII)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_CUSIP_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*@#"


def amount(text: str) -> Decimal:
    """A number with or without thousands' commas, exact, that fits `decimal(38,12)`.

    Raises: ValueError: anything else.
    """
    plain = text.strip().replace(",", "")
    if len(plain) > NUMBER_CHARACTERS_MAX or not _AMOUNT.fullmatch(plain):
        raise ValueError(f"{text!r:.80} is no amount")
    number = Decimal(plain)
    exponent = number.normalize().as_tuple().exponent
    if abs(number) >= Decimal(10) ** AMOUNT_DIGITS_MAX or (isinstance(exponent, int) and exponent < -AMOUNT_SCALE):
        raise ValueError(f"{text!r:.80} has more digits than an amount may have")
    return number


def cik(text: str) -> int:
    """A central index key, with or without leading zeros.

    Raises: ValueError: not one to ten digits.
    """
    if not (text.isascii() and text.isdigit() and len(text) <= 10):
        raise ValueError(f"{text!r:.80} is no CIK")
    return int(text)


def cusip(text: str) -> str:
    """A CUSIP as one word of capitals and digits, whatever stood between them; not checked."""
    return re.sub(r"[\s.\-–]", "", text).upper()


def is_cusip(text: str) -> bool:
    """Whether `text` is nine characters of which the last is the check digit of the others (ANSI X9.6)."""
    if len(text) != CUSIP_CHARACTERS or not set(text[:-1]) <= set(_CUSIP_ALPHABET):
        return False
    total = 0
    for place, letter in enumerate(text[:-1]):
        value = _CUSIP_ALPHABET.index(letter) * (1 + place % 2)
        total += value // 10 + value % 10
    return text[-1] == str(-total % 10)


def any_written_day(text: str) -> date:
    """A day written as EDGAR does, as `12-31-2022` or `03/20/2025`, or with its month spoken.

    Raises: ValueError: none of these, no such day, or a year that fits no instant.
    """
    words = " ".join(text.split())
    if match := _AMERICAN_DAY.fullmatch(words):
        day = date(int(match[3]), int(match[1]), int(match[2]))
    elif match := _SPOKEN_DAY.fullmatch(words):
        day = _spoken(match[1], match[2], match[3])
    elif match := _SPOKEN_DAY_FIRST.fullmatch(words):
        day = _spoken(match[2], match[1], match[3])
    else:
        day = any_day(words)
    day_instant(day)
    return day


def days_in(text: str) -> list[date]:
    """Every day that is written somewhere in `text` in a way `any_written_day` reads."""
    days = []
    for shape in (_AMERICAN_DAY, _SPOKEN_DAY, _SPOKEN_DAY_FIRST):
        for match in shape.finditer(text):
            try:
                days.append(any_written_day(match[0]))
            except ValueError:
                continue
    return days


def _spoken(month: str, day: str, year: str) -> date:
    if month[:3].lower() not in _MONTHS:
        raise ValueError(f"{month!r} is no month")
    return date(int(year), _MONTHS.index(month[:3].lower()) + 1, int(day))
