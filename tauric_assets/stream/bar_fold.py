"""Trades of one symbol in one window, folded: first and last by (ts_event, trade id), highest, lowest, exact sums.

Belongs here: the fold, and folding of folds. Not here: which trades are in a window (bars.py).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from operator import mul
from typing import NamedTuple

from tauric_assets.feeds.ticks import Trade
from tauric_assets.stream.bar_ids import Key, order_of


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


@dataclass(frozen=True)
class Folded:
    """The window of a second that one batch holds whole, folded at once. It closes within the same call."""

    sums: Sums
    keys: Collection[Key]

    def get(self, key: Key) -> None:
        """No trade that is asked for is in here."""


Window = dict[Key, Trade]


def fold(window: Window) -> Sums:
    """The trades of a window that holds at least one."""
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
