"""Instants, days and ranges: the one place where text becomes time.

Every instant in the house is an int: nanoseconds since 1970-01-01T00:00:00Z, UTC, leap seconds ignored.
Every range is half-open: start inclusive, end exclusive.

Belongs here: conversions between text, datetime, date and nanoseconds; the `Clock` and `Days` types.
Not here: upstream-specific formats (feeds/), calendars of exchanges.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from tauric_assets.errors import UsageError

Clock = Callable[[], int]
"""Returns now, in nanoseconds since the epoch, UTC. Passed in wherever 'now' matters."""

SECOND_NS = 1_000_000_000
DAY_NS = 86_400 * SECOND_NS
MILLISECOND_NS = 1_000_000

INTERVALS_NS = {
    "1s": SECOND_NS,
    "5s": 5 * SECOND_NS,
    "15s": 15 * SECOND_NS,
    "1m": 60 * SECOND_NS,
    "5m": 300 * SECOND_NS,
    "15m": 900 * SECOND_NS,
    "1h": 3_600 * SECOND_NS,
    "1d": DAY_NS,
}
"""Width of each interval of bars in nanoseconds, narrow to wide; each divides the next."""

system_clock: Clock = time.time_ns

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, order=True)
class Days:
    """A half-open range of calendar days, UTC.

    Args:
        start: first day, inclusive.
        end: first day after the range, exclusive; later than `start`.
    Raises: UsageError where the range is empty.
    """

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise UsageError(f"no days from {self.start} to {self.end}: the end is exclusive and must be later")

    def __iter__(self) -> Iterator[date]:
        return (self.start + timedelta(days=n) for n in range((self.end - self.start).days))

    def __len__(self) -> int:
        return (self.end - self.start).days

    @property
    def start_ns(self) -> int:
        """First instant of the range."""
        return day_start_ns(self.start)

    @property
    def end_ns(self) -> int:
        """First instant after the range."""
        return day_start_ns(self.end)

    @classmethod
    def one(cls, day: date) -> "Days":
        """The range that holds just `day`."""
        return cls(day, day + timedelta(days=1))


def day_start_ns(day: date) -> int:
    """The first instant of `day`, UTC, in nanoseconds."""
    return (day - date(1970, 1, 1)).days * DAY_NS


def day_of_ns(instant: int) -> date:
    """The UTC calendar day that holds `instant` (nanoseconds)."""
    return date(1970, 1, 1) + timedelta(days=instant // DAY_NS)


def datetime_to_ns(moment: datetime) -> int:
    """An aware datetime as nanoseconds, exact to its microsecond.

    Raises: ValueError where `moment` has no time zone.
    """
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone")
    delta = moment.astimezone(UTC) - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * SECOND_NS + delta.microseconds * 1_000


def ns_to_datetime(instant: int) -> datetime:
    """Nanoseconds as an aware UTC datetime; nanoseconds below a microsecond are cut off."""
    return _EPOCH + timedelta(microseconds=instant // 1_000)


def ns_to_text(instant: int) -> str:
    """Nanoseconds as RFC 3339 text, UTC, e.g. `2026-01-05T14:30:00.123456Z`."""
    return ns_to_datetime(instant).isoformat().replace("+00:00", "Z")


def parse_day(text: str) -> date:
    """`YYYY-MM-DD` as a date.

    Raises: UsageError that names the text and the form wanted.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"cannot read {text!r} as a date: write it as YYYY-MM-DD, e.g. 2026-01-05") from None


def parse_instant(text: str) -> int:
    """An RFC 3339 instant, or `YYYY-MM-DD` (its first instant, UTC), as nanoseconds. No offset means UTC.

    Raises: UsageError that names the text and the forms wanted.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"cannot read {text!r} as an instant: write 2026-01-05 or 2026-01-05T14:30:00Z") from None
    return datetime_to_ns(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
