"""Trades of one symbol in one window, folded: first and last by (ts_event, trade id), highest, lowest, exact sums.

Belongs here: the fold, and folding of folds. Not here: which trades are in a window (bars.py).
"""

from collections.abc import Collection, Mapping, Sequence
from functools import reduce
from operator import mul
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tauric_assets.feeds.ticks import Trade
from tauric_assets.stream.bar_ids import Key, order_of

Ints = npt.NDArray[np.int64]


class Sums(NamedTuple):
    """Trades of one symbol, folded."""

    first: int
    first_key: Key
    open: int
    last: int
    last_key: Key
    close: int
    high: int
    low: int
    volume: int
    notional: int
    trades: int

    def merged(self, other: "Sums") -> "Sums":
        """Both together."""
        first, last = self, self
        if other.first <= self.first and _rank(other.first, other.first_key) < _rank(self.first, self.first_key):
            first = other
        if other.last >= self.last and _rank(other.last, other.last_key) > _rank(self.last, self.last_key):
            last = other
        return Sums(
            first.first,
            first.first_key,
            first.open,
            last.last,
            last.last_key,
            last.close,
            max(self.high, other.high),
            min(self.low, other.low),
            self.volume + other.volume,
            self.notional + other.notional,
            self.trades + other.trades,
        )


class Piece(NamedTuple):
    """Trades of one symbol and second that came in one batch, as columns of equal length: folded once, and kept."""

    sums: Sums
    low: int
    high: int
    ids: Ints
    ts_event: Ints
    price: Ints
    size: Ints

    def told(self, key: Key) -> tuple[int, int, int] | None:
        """Time, price and size of the trade of an id."""
        if isinstance(key, str) or not self.low <= key <= self.high:
            return None
        places = np.flatnonzero(self.ids == key)
        if not places.size:
            return None
        return tuple(int(column[places[0]]) for column in (self.ts_event, self.price, self.size))  # type: ignore[return-value]

    @property
    def keys(self) -> Collection[Key]:
        """All ids."""
        consecutive = self.high - self.low + 1 == len(self.ids)
        return range(self.low, self.high + 1) if consecutive else self.ids.tolist()


class Window(dict[Key, Trade]):
    """Trades of one symbol in an open second: single ones by id, in `pieces` those that came many at once."""

    __slots__ = ("pieces",)

    def __init__(self, trades: Mapping[Key, Trade] | None = None) -> None:
        super().__init__(trades or {})
        self.pieces: list[Piece] = []

    def told(self, key: Key) -> tuple[int, int, int] | None:
        """Time, price and size of the trade of an id; None where it is not here."""
        single = self.get(key)
        if single is not None:
            return single.ts_event, single.price, single.size
        return next((told for piece in self.pieces if (told := piece.told(key)) is not None), None)

    def folded(self) -> Sums:
        """All trades folded; there is at least one."""
        parts = [piece.sums for piece in self.pieces]
        return reduce(Sums.merged, [*parts, fold(self)] if self else parts)


def fold(window: Mapping[Key, Trade]) -> Sums:
    """Single trades, at least one."""
    keys = list(window)
    _, times, _, prices, sizes, _, _ = zip(*window.values(), strict=True)
    first, last = min(times), max(times)
    opens, closes = times.index(first), times.index(last)
    if times.count(first) > 1:
        opens = min(_places(times, first), key=lambda place: order_of(keys[place]))
    if times.count(last) > 1:
        closes = max(_places(times, last), key=lambda place: order_of(keys[place]))
    return Sums(
        first,
        keys[opens],
        prices[opens],
        last,
        keys[closes],
        prices[closes],
        max(prices),
        min(prices),
        sum(sizes),
        sum(map(mul, prices, sizes)),
        len(keys),
    )


def _places(times: Sequence[int], wanted: int) -> list[int]:
    return [place for place, time in enumerate(times) if time == wanted]


def _rank(ts_event: int, key: Key) -> tuple[int, bool, Key]:
    return ts_event, *order_of(key)
