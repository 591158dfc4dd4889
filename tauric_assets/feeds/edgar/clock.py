"""EDGAR's dates and times as days and instants.

Belongs here: the shapes in which EDGAR writes time (`20250110160730`, `20250110`, `2024-07-19-05:00`), Eastern to UTC,
and the estimate used where no acceptance time is known.
Not here: which of several times a row is given (submission.py, ownership.py).

Specification: EDGAR Filer Manual, volume II (acceptance times are Eastern); section-16 filings are taken until 22:00.
"""

import re
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from tauric_assets.times import datetime_to_ns, day_start_ns

EASTERN = ZoneInfo("America/New_York")
CLOSING_TIME = time(22, 0)
FIRST_YEAR, LAST_YEAR = 1678, 2261  # whole years that fit 64 bits of nanoseconds around 1970

_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:Z|[+-]\d{2}:\d{2})?", re.ASCII)
_COMPACT_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_STAMP = re.compile(r"\d{14}", re.ASCII)
_LISTED = re.compile(r"(\d{4}-\d{2}-\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.\d{1,9})?Z?", re.ASCII)


def stamp_instant(text: str) -> int:
    """`YYYYMMDDHHMMSS`, Eastern, as nanoseconds UTC; the later reading where the clock was set back.

    Raises: ValueError for any other text.
    """
    if not _STAMP.fullmatch(text):
        raise ValueError(f"{text!r} is not a time of the form YYYYMMDDHHMMSS")
    day = _instant_day(compact_day(text[:8]))
    moment = time(int(text[8:10]), int(text[10:12]), int(text[12:14]), tzinfo=EASTERN, fold=1)
    return datetime_to_ns(datetime.combine(day, moment))


def listed_instant(text: str) -> int:
    """`2022-11-30T16:42:36.000Z` of a submissions list, in nanoseconds UTC and never too early.

    The `Z` is there in any case; the time before it is Eastern in most lists and UTC in some. It is read as Eastern,
    the later of the two, and of two Eastern readings (clocks set back or forward) the later one.
    Raises: ValueError for any other text.
    """
    match = _LISTED.fullmatch(text)
    if not match:
        raise ValueError(f"{text[:40]!r} is not a time of the form YYYY-MM-DDTHH:MM:SS.000Z")
    day = _instant_day(any_day(match[1]))
    hour, minute, second = (int(part) for part in match.groups()[1:])
    moment = datetime.combine(day, time(hour, minute, second), tzinfo=EASTERN)
    return max(datetime_to_ns(moment.replace(fold=fold)) for fold in (0, 1))


def compact_day(text: str) -> date:
    """`YYYYMMDD` as a date.

    Raises: ValueError for any other text.
    """
    match = _COMPACT_DAY.fullmatch(text)
    if not match:
        raise ValueError(f"{text!r} is not a date of the form YYYYMMDD")
    return date(*map(int, match.groups()))


def any_day(text: str) -> date:
    """`YYYYMMDD`, or `YYYY-MM-DD` with or without a time zone behind it (which says nothing about the day), as a date.

    Raises: ValueError for any other text.
    """
    match = _DAY.fullmatch(text)
    return date(*map(int, match.groups())) if match else compact_day(text)


def close_of(day: date) -> int:
    """22:00 Eastern of `day` in nanoseconds UTC: by then whatever is dated `day` was public.

    Raises: ValueError where the year does not fit an instant.
    """
    return datetime_to_ns(datetime.combine(_instant_day(day), CLOSING_TIME, tzinfo=EASTERN))


def day_instant(day: date) -> int:
    """00:00 UTC of `day` in nanoseconds.

    Raises: ValueError where the year does not fit an instant.
    """
    return day_start_ns(_instant_day(day))


def _instant_day(day: date) -> date:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(f"{day} is outside the years {FIRST_YEAR} to {LAST_YEAR}")
    return day
