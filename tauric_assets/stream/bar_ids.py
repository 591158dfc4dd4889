"""Which trades have been counted: ids as runs of consecutive numbers, so that a day of them costs next to nothing.

Venues number the trades of a symbol by one, so the ids of a day are a few runs. A venue whose ids are not consecutive
costs a run a trade, one whose ids are no numbers a text a trade, until the longest window of the trade has closed.

Belongs here: the order of ids, remembering them. Not here: which trades count (bars.py).
"""

from bisect import bisect_right
from collections.abc import Collection, Iterable

Key = int | str
"""An id as it is compared: an int where it is a number."""


def key_of(trade_id: str) -> Key:
    """An id as it is compared: by its number where it is one, as text elsewhere."""
    return int(trade_id) if trade_id.isdecimal() else trade_id


def order_of(key: Key) -> tuple[bool, Key]:
    """What ids sort by: numbers first, by number; then text."""
    return isinstance(key, str), key


class RememberedIds:
    """A set of ids that only grows."""

    __slots__ = ("_ends", "_starts", "_texts")

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []  # inclusive; run n is _starts[n] to _ends[n], sorted, never touching
        self._texts: set[str] = set()

    def __contains__(self, key: Key) -> bool:
        if isinstance(key, str):
            return key in self._texts
        place = bisect_right(self._starts, key) - 1
        return place >= 0 and key <= self._ends[place]

    @property
    def runs(self) -> int:
        """How many runs of numbers are held."""
        return len(self._starts)

    def add(self, keys: Collection[Key]) -> None:
        """Remember every one of `keys` (at least one), none of which is remembered yet."""
        if isinstance(keys, range):
            self._add_run(keys[0], keys[-1])
            return
        numbers = [key for key in keys if isinstance(key, int)]
        if len(numbers) < len(keys):
            self._texts.update(key for key in keys if isinstance(key, str))
        if numbers and (high := max(numbers)) - (low := min(numbers)) + 1 == len(numbers):
            self._add_run(low, high)
        else:
            self._add_runs(sorted(numbers))

    def plain(self) -> tuple[list[int], list[int], list[str]]:
        """The state in types that JSON knows: starts and ends of runs, and texts."""
        return list(self._starts), list(self._ends), sorted(self._texts)

    @classmethod
    def of(cls, starts: Iterable[int], ends: Iterable[int], texts: Iterable[str]) -> "RememberedIds":
        """What has the state that `plain` gave."""
        made = cls()
        made._starts, made._ends, made._texts = list(starts), list(ends), set(texts)
        return made

    def _add_runs(self, numbers: list[int]) -> None:
        """Add sorted numbers."""
        if not numbers:
            return
        low = high = numbers[0]
        for number in numbers[1:]:
            if number != high + 1:
                self._add_run(low, high)
                low = number
            high = number
        self._add_run(low, high)

    def _add_run(self, low: int, high: int) -> None:
        starts, ends = self._starts, self._ends
        place = bisect_right(starts, low)  # the run would come to stand here
        joins_before = place > 0 and ends[place - 1] + 1 == low
        joins_after = place < len(starts) and starts[place] == high + 1
        if joins_before and joins_after:
            ends[place - 1] = ends.pop(place)
            starts.pop(place)
        elif joins_before:
            ends[place - 1] = high
        elif joins_after:
            starts[place] = low
        else:
            starts.insert(place, low)
            ends.insert(place, high)
