"""US Eastern wall clock and working days, as EDGAR keeps them.

Belongs here: conversions between Eastern wall time and instants; weekdays; weeks of the world.
Not here: exchange holidays (the world has none).
"""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from tauric_assets.times import datetime_to_ns, ns_to_datetime

EASTERN = ZoneInfo("America/New_York")
FIRST_DAY = date(2025, 11, 3)
"""A Monday; the first day of week 0."""


def eastern_ns(day: date, second: int) -> int:
    """The instant at which Eastern clocks show `second` seconds after midnight of `day`, in nanoseconds UTC."""
    wall = datetime(day.year, day.month, day.day, second // 3600, second // 60 % 60, second % 60, tzinfo=EASTERN)
    return datetime_to_ns(wall)


def eastern_time(instant: int) -> datetime:
    """What Eastern clocks show at `instant`."""
    return ns_to_datetime(instant).astimezone(EASTERN)


def week_of(day: date) -> int:
    """The world's week that holds `day`; negative before the first day."""
    return (day - FIRST_DAY).days // 7


def monday_of(week: int) -> date:
    """The Monday of a week."""
    return FIRST_DAY + timedelta(days=7 * week)


def is_weekday(day: date) -> bool:
    """Monday to Friday."""
    return day.weekday() < 5


def shift_weekdays(day: date, count: int) -> date:
    """`count` working days later, or earlier where negative; 0 moves a weekend to the Monday after."""
    step = timedelta(days=1 if count >= 0 else -1)
    while not is_weekday(day):
        day += step
    for _ in range(abs(count)):
        day += step
        while not is_weekday(day):
            day += step
    return day
