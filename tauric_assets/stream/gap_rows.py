"""What the table `gaps` says of a hole, and what a venue is asked for to fill it.

Belongs here: rows of `gaps`, the question to a venue. Not here: which numbers are missing (ledger.py), when a row is
written (digest.py).
"""

from typing import NamedTuple

from tauric_assets.feeds.contract import Gap
from tauric_assets.stream.ledger import Hole
from tauric_assets.tables import Row
from tauric_assets.times import day_of_ns


class GapRow(NamedTuple):
    """What a row of `gaps` says; `reported_at` is the `known_at` of the row it supersedes."""

    symbol: str | None
    first: int
    last: int
    known_at: int
    found_by: str
    ts_before: int | None
    ts_after: int | None
    status: str = "open"
    reported_at: int | None = None
    reason: str = ""

    @classmethod
    def of(cls, symbol: str, hole: Hole, known_at: int) -> "GapRow":
        """An open gap."""
        told = (hole.found_by, hole.ts_before, hole.ts_after)
        return cls(symbol, hole.first, hole.last, known_at, *told, reason=hole.reason)

    @property
    def place(self) -> tuple[str | None, str, int, int, int | None]:
        """What makes it one gap: the key of the table, without the venue."""
        return self.symbol, self.found_by, self.first, self.last, self.ts_before

    def row(self, venue: str) -> Row:
        """As the table wants it."""
        happened = self.ts_before or self.ts_after or self.known_at
        return {
            "date": day_of_ns(happened),
            "ts_event": happened,
            "known_at": self.known_at,
            "known_at_quality": "observed",
            "source": f"stream/{venue}",
            "supersedes": None if self.reported_at is None else f"known_at={self.reported_at}",
            "venue": venue,
            "symbol": self.symbol,
            "first_missing": self.first,
            "last_missing": self.last,
            "ts_before": self.ts_before,
            "ts_after": self.ts_after,
            "found_by": self.found_by,
            "status": self.status,
            "reason": self.reason or None,
        }


def gaps_of(symbol: str, hole: Hole) -> list[Gap]:
    """What to ask the venue for; nothing where it has said that it tells no more."""
    outside = hole.ts_before if hole.ts_before is not None else hole.ts_after or hole.noticed_at
    before = outside if hole.told_below is None else hole.told_below
    after = hole.told_above or hole.ts_after or before
    wanted = [(first, last) for first, last in hole.missing if not hole.reason_of(first, last)]
    return [Gap(symbol, first, last, before, max(before, after)) for first, last in wanted]
