"""Which trades of a symbol are known by their numbers, and which are missing.

Where a venue counts its trades by one, everything is said by three things: the lowest number that counts, the highest
seen, and the holes between. That takes no more memory after a billion trades than after ten.

Belongs here: numbers, holes, the moment a hole becomes a gap. Not here: sockets, tables, asking the venue (filling.py).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

HOLES_MAX = 10_000
"""Holes kept of one symbol; beyond, the oldest reported ones are no longer watched (they stay in the table)."""

Span = tuple[int, int]
"""First and last number, both inclusive."""


@dataclass
class Hole:
    """A run of numbers that did not come.

    Args:
        first, last: as it was noticed.
        noticed_at: arrival of what came instead, nanoseconds UTC.
        ts_before, ts_after: when the trades around it happened.
        found_by: `trade_id` or `heartbeat`.
        missing: what of it has not come since.
        reported_at: when it was written down as a gap; None before.
        changed: whether anything changed since then; answered: whether a venue's answer changed it.
        reason: why the venue tells no more of it when asked; empty before it has said so.
        ended: of which numbers the venue has said so since the gap was written down, and why.
        told_below, told_above: when the nearest trades outside of what is missing happened, as far as answers told.
    """

    first: int
    last: int
    noticed_at: int
    ts_before: int | None
    ts_after: int | None
    found_by: str
    missing: list[Span] = field(default_factory=list)
    reported_at: int | None = None
    changed: bool = False
    answered: bool = False
    reason: str = ""
    ended: list[tuple[int, int, str]] = field(default_factory=list)
    told_below: int | None = None
    told_above: int | None = None

    def __post_init__(self) -> None:
        self.missing = [(int(first), int(last)) for first, last in self.missing] or [(self.first, self.last)]

    def reason_of(self, first: int, last: int) -> str:
        """Why the venue tells no more of these numbers; empty where it has not said so."""
        return next((why for start, end, why in self.ended if start <= first and last <= end), self.reason)

    def take(self, first: int, last: int) -> bool:
        """Whether any of the numbers was missing; they are not any more."""
        left: list[Span] = []
        for start, end in self.missing:
            if end < first or start > last:
                left.append((start, end))
                continue
            left += [span for span in ((start, first - 1), (last + 1, end)) if span[0] <= span[1]]
        was_missing = left != self.missing
        self.missing, self.changed = left, self.changed or was_missing
        return was_missing


@dataclass
class Ledger:
    """The numbers of one symbol.

    Args:
        base: numbers up to here are from before our time; None before the first number.
        top: the highest number seen.
        top_ts: when that trade happened.
        below: numbers from before our time that came nevertheless, as spans.
        forgotten: the highest number of gaps that are no longer watched.
    """

    base: int | None = None
    top: int = 0
    top_ts: int | None = None
    holes: list[Hole] = field(default_factory=list)
    below: list[Span] = field(default_factory=list)
    forgotten: int = 0

    def add(self, number: int, ts_event: int, received_at: int) -> str:
        """Take a number: `new`, `again`, or `late` where it was reported as missing before."""
        if self.base is None:
            self.base, self.top, self.top_ts = number - 1, number, ts_event
            return "new"
        if number > self.top:
            if number > self.top + 1:
                self._notice(self.top + 1, number - 1, received_at, ts_event, "trade_id")
            self.top, self.top_ts = number, ts_event
            return "new"
        if number <= self.base:
            return "new" if self._add_below(number) else "again"
        for hole in reversed(self.holes):
            if hole.first <= number <= hole.last and hole.take(number, number):
                if not hole.missing and hole.reported_at is None:
                    self.holes.remove(hole)
                return "new" if hole.reported_at is None else "late"
        return "again"

    def told(self, last_number: int, ts_event: int, received_at: int) -> None:
        """The venue says that `last_number` is its newest."""
        if self.base is None:
            self.base = self.top = last_number
        elif last_number > self.top:
            self._notice(self.top + 1, last_number, received_at, ts_event, "heartbeat")
            self.top = last_number

    def known(self, first: int, last: int) -> None:
        """Numbers stored elsewhere already: they are neither missing nor new."""
        if self.base is None:
            self.base, self.top = first - 1, last
        elif last <= self.base:
            self.below = _joined([*self.below, (first, last)])
        else:
            if first <= self.base:
                self.below = _joined([*self.below, (first, self.base)])
            for hole in self.holes:
                hole.take(first, last)
            if first > self.top + 1:
                self._notice(self.top + 1, first - 1, 0, None, "trade_id")
            self.top = max(self.top, last)

    def answered(self, told: Mapping[int, int]) -> list[int]:
        """Which of the numbers a venue told (with when they happened) were missing; they are not any more."""
        found: list[int] = []
        runs = spans(told)
        for hole in self.holes:
            if hole.reported_at is None or not runs or hole.last < runs[0][0] or hole.first > runs[-1][1]:
                continue
            for first, last in runs:
                for start, end in hole.missing:
                    found += range(max(first, start), min(last, end) + 1)
                hole.answered |= hole.take(first, last)
            if hole.missing:
                hole.told_below = told.get(hole.missing[0][0] - 1, hole.told_below)
                hole.told_above = told.get(hole.missing[-1][1] + 1, hole.told_above)
        return found

    def reported(self, first: int, last: int) -> list[Hole]:
        """Gaps of which some number between `first` and `last` is still missing."""
        return [
            hole
            for hole in self.holes
            if hole.reported_at is not None and any(start <= last and end >= first for start, end in hole.missing)
        ]

    def due(self, now: int, delay_ns: int) -> Iterator[Hole]:
        """Holes older than `delay_ns` that nobody has reported yet."""
        for hole in list(self.holes):
            if hole.reported_at is None and now - hole.noticed_at >= delay_ns:
                if len(self.holes) > HOLES_MAX:
                    self._forget_one()
                yield hole

    def _forget_one(self) -> None:
        oldest = next((hole for hole in self.holes if hole.reported_at is not None), None)
        if oldest is not None:
            self.holes.remove(oldest)
            self.forgotten = max(self.forgotten, oldest.last)

    def _notice(self, first: int, last: int, at: int, ts_after: int | None, found_by: str) -> None:
        self.holes.append(Hole(first, last, at, self.top_ts, ts_after, found_by))

    def _add_below(self, number: int) -> bool:
        if any(first <= number <= last for first, last in self.below):
            return False
        self.below = _joined([*self.below, (number, number)])
        return True


def spans(numbers: Iterable[int]) -> list[Span]:
    """Numbers as ascending runs."""
    return _joined((number, number) for number in numbers)


def _joined(found: Iterable[Span]) -> list[Span]:
    """The same numbers in as few ascending spans as possible."""
    joined: list[Span] = []
    for first, last in sorted(found):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return joined
