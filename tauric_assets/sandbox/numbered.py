"""Numbered trades at a high rate: every venue and symbol trades N times a second, numbers growing by one.

Trade n is a function of the seed, the venue, the symbol and n, so that a client may fall behind, come back and ask for
any of them over REST. Withheld trades are never told to anybody, neither streamed nor over REST; `withheld` names them.

Belongs here: which trades there are, in the shape that the venues' servers ask for.
Not here: wire shapes, faults of one connection (faults.py).
"""

from collections.abc import Iterator
from decimal import Decimal
from zlib import crc32

from tauric_assets.errors import UsageError
from tauric_assets.sandbox.market import Trade, Venue
from tauric_assets.times import SECOND_NS

RATE_MAX = 100_000
HOLE_TRADES = 3
"""Trades are withheld in runs of this many, which may touch."""

_CHANCES = 2**32


class Numbered:
    """The history of all numbered trades, by number and by time. Satisfies what the servers ask of `History`.

    Args:
        start: when the first trade happens, nanoseconds UTC.
        per_second: trades of each venue and symbol.
        withhold: share of the trades that are never told, 0 to 1.
    Raises: UsageError: `per_second` or `withhold` out of range.
    """

    def __init__(self, seed: int, start: int, per_second: int, withhold: float = 0.0) -> None:
        if not 1 <= per_second <= RATE_MAX or not 0 <= withhold <= 1:
            raise UsageError(f"trades_per_second is 1 to {RATE_MAX}, withhold 0 to 1")
        self._seed = seed
        self._start = start - start % 1_000_000
        self._per_second = per_second
        self._withhold = int(withhold * _CHANCES)

    @property
    def per_second(self) -> int:
        """Trades of each venue and symbol a second, withheld ones included."""
        return self._per_second

    def newest_number(self, at: int) -> int:
        """The number of the last trade that happened by `at`; 0 where none has."""
        return max(0, (at - self._start) * self._per_second // SECOND_NS + 1)

    def withheld(self, venue: Venue, symbol: str, first: int, last: int) -> list[int]:
        """The numbers from `first` to `last`, inclusive, that nobody is told."""
        return [number for number in range(first, last + 1) if self._is_withheld(venue, symbol, number)]

    def between(self, venue: Venue, symbol: str, start: int, end: int) -> Iterator[Trade]:
        """Trades in [start, end), nanoseconds UTC, in order."""
        first = self.newest_number(start - 1) + 1
        return self._told(venue, symbol, first, self.newest_number(end - 1))

    def newest(self, venue: Venue, symbol: str, limit: int, at: int, below: int | None = None) -> list[Trade]:
        """The `limit` newest trades seen at `at`, newest first; with `below`, of those numbered less than it."""
        number = self.newest_number(at)
        if below is not None:
            number = min(number, below - 1)
        found: list[Trade] = []
        while number > 0 and len(found) < limit:
            if not self._is_withheld(venue, symbol, number):
                found.append(self._trade(venue, symbol, number))
            number -= 1
        return found

    def following(self, venue: Venue, symbol: str, first: int, limit: int, at: int) -> list[Trade]:
        """At most `limit` trades numbered `first` or more and seen at `at`, in order."""
        told = self._told(venue, symbol, max(1, first), self.newest_number(at))
        return [trade for _, trade in zip(range(limit), told, strict=False)]

    def _told(self, venue: Venue, symbol: str, first: int, last: int) -> Iterator[Trade]:
        for number in range(first, last + 1):
            if not self._is_withheld(venue, symbol, number):
                yield self._trade(venue, symbol, number)

    def _is_withheld(self, venue: Venue, symbol: str, number: int) -> bool:
        if not self._withhold:
            return False
        return crc32(f"{self._seed}/{venue}/{symbol}/{number // HOLE_TRADES}".encode()) < self._withhold

    def _trade(self, venue: Venue, symbol: str, number: int) -> Trade:
        grain = 1_000_000 if venue.startswith("binance") else 1_000
        at = self._start + (number - 1) * SECOND_NS // self._per_second
        mixed = number * 2_654_435_761 % 1_000_003
        return Trade(
            at - at % grain,
            symbol,
            number,
            Decimal(10_000 + mixed % 401).scaleb(-2),
            Decimal(1 + mixed % 9_999).scaleb(-4),
            "buy" if mixed & 1 else "sell",
        )
