"""A venue's trades by number and by time, from a market that only knows them by time.

Belongs here: paging over days, newest or oldest first, and never past an instant.
Not here: wire shapes of venues.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from operator import attrgetter

from tauric_assets.sandbox.market import Market, Trade, Venue
from tauric_assets.times import Days, day_of_ns

DAYS_KEPT_MAX = 64

time_of = attrgetter("ts_event")
number_of = attrgetter("trade_id")


class History:
    """Pages of trades; each venue's and symbol's days are kept, the least recently used go first."""

    def __init__(self, market: Market) -> None:
        self._market = market
        self._first_day = market.first_day()
        self._day = lru_cache(maxsize=DAYS_KEPT_MAX)(self._read_day)
        self._first_id = lru_cache(maxsize=None)(self._read_first_id)

    def day(self, venue: Venue, symbol: str, day: date) -> tuple[Trade, ...]:
        """All trades of one UTC day, in order."""
        return self._day(venue, symbol, day)

    def between(self, venue: Venue, symbol: str, start: int, end: int) -> Iterator[Trade]:
        """Trades in [start, end), nanoseconds UTC, in order."""
        if end <= start:
            return
        day, last = max(day_of_ns(start), self._first_day), day_of_ns(end - 1)
        while day <= last:
            trades = self.day(venue, symbol, day)
            yield from trades[bisect_left(trades, start, key=time_of) : bisect_left(trades, end, key=time_of)]
            day += timedelta(days=1)

    def newest(self, venue: Venue, symbol: str, limit: int, at: int, below: int | None = None) -> list[Trade]:
        """The `limit` newest trades seen at `at`, newest first; with `below`, of those numbered less than it."""
        found: list[Trade] = []
        day = day_of_ns(at)
        if below is not None:
            day = min(day, self._day_with(venue, symbol, below - 1, at))
        while len(found) < limit and day >= self._first_day:
            trades = self.day(venue, symbol, day)
            end = bisect_right(trades, at, key=time_of)
            if below is not None:
                end = min(end, bisect_left(trades, below, key=number_of))
            found.extend(reversed(trades[max(0, end - (limit - len(found))) : end]))
            day -= timedelta(days=1)
        return found

    def following(self, venue: Venue, symbol: str, first: int, limit: int, at: int) -> list[Trade]:
        """At most `limit` trades numbered `first` or more and seen at `at`, in order."""
        found: list[Trade] = []
        day, last = self._day_with(venue, symbol, first, at), day_of_ns(at)
        while len(found) < limit and day <= last:
            trades = self.day(venue, symbol, day)
            start = bisect_left(trades, first, key=number_of)
            end = bisect_right(trades, at, key=time_of)
            found.extend(trades[start : min(end, start + limit - len(found))])
            day += timedelta(days=1)
        return found

    def _day_with(self, venue: Venue, symbol: str, number: int, at: int) -> date:
        """The last day up to `at` that begins with a trade numbered `number` or less; else the first day."""
        low, high = 0, max(0, (day_of_ns(at) - self._first_day).days)
        while low < high:
            middle = (low + high + 1) // 2
            first = self._first_from(venue, symbol, middle, high)
            if first is not None and first <= number:
                low = middle
            else:
                high = middle - 1
        return self._first_day + timedelta(days=low)

    def _first_from(self, venue: Venue, symbol: str, offset: int, last: int) -> int | None:
        """The first number on the day at `offset` or, where that has no trades, on the next day that has."""
        numbers = (self._first_id(venue, symbol, self._first_day + timedelta(days=n)) for n in range(offset, last + 1))
        return next((number for number in numbers if number is not None), None)

    def _read_day(self, venue: Venue, symbol: str, day: date) -> tuple[Trade, ...]:
        days = Days.one(day)
        return tuple(self._market.trades(venue, symbol, days.start_ns, days.end_ns))

    def _read_first_id(self, venue: Venue, symbol: str, day: date) -> int | None:
        days = Days.one(day)
        first = next(self._market.trades(venue, symbol, days.start_ns, days.end_ns), None)
        return first.trade_id if first else None
