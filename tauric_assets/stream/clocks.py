"""How far a venue's clock is from ours, estimated from arrivals.

Arrival minus event is clock difference plus travel; its minimum over a minute is the difference plus the fastest
travel. Nothing is ever dropped or corrected by it: a recorder whose clock is behind sees trades "from the future".

Belongs here: the window of samples. Not here: landing it.
"""

import statistics
from dataclasses import dataclass, field

from tauric_assets.tables import Row
from tauric_assets.times import SECOND_NS, day_of_ns

WINDOW_NS = 60 * SECOND_NS
SAMPLES_MAX = 256


@dataclass
class ClockWindow:
    """Samples of one minute of arrivals. Every `stride`-th is kept, so that memory does not grow with the rate."""

    start: int = 0
    least: int = 0
    count: int = 0
    stride: int = 1
    samples: list[int] = field(default_factory=list)

    def take(self, received_at: int, ts_event: int) -> "ClockWindow | None":
        """Take one trade; the window before, where this trade begins a new one."""
        closed = None
        start = received_at - received_at % WINDOW_NS
        if start > self.start:
            closed = ClockWindow(self.start, self.least, self.count, self.stride, self.samples) if self.start else None
            self.start, self.least, self.count, self.stride, self.samples = start, 0, 0, 1, []
        offset = received_at - ts_event
        if not self.count or offset < self.least:
            self.least = offset
        if self.count % self.stride == 0:
            self.samples.append(offset)
            if len(self.samples) >= SAMPLES_MAX:
                self.samples = self.samples[::2]
                self.stride *= 2
        self.count += 1
        return closed

    def row(self, venue: str) -> Row:
        """The window as a row of `clock_offsets`."""
        return {
            "date": day_of_ns(self.start),
            "ts_event": self.start,
            "known_at": self.start + WINDOW_NS,
            "known_at_quality": "observed",
            "source": f"stream/{venue}",
            "venue": venue,
            "offset_min_ns": self.least,
            "offset_median_ns": int(statistics.median(self.samples)),
            "trades": self.count,
        }
