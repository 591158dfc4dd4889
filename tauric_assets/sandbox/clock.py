"""The sandbox's clock: real time, frozen at an instant, or running from an instant at a speed.

Belongs here: telling the sandbox's now, reading a clock from text.
Not here: deciding what is visible at an instant (the servers), waiting.
"""

import time
from dataclasses import dataclass, field
from typing import Literal

from tauric_assets.errors import UsageError
from tauric_assets.times import parse_instant

Mode = Literal["wall", "frozen", "running"]

_FORMS = "wall, frozen:2026-01-10T00:00:00Z or running:2026-01-10T00:00:00Z@60"


@dataclass(frozen=True)
class SandboxClock:
    """Now, as the sandbox sees it; call it for nanoseconds UTC.

    Args:
        mode: `wall` (real time), `frozen` (always `start`), `running` (from `start`, `speed` times as fast).
        start: nanoseconds UTC; unused by `wall`.
        speed: market seconds per real second.
    """

    mode: Mode = "wall"
    start: int = 0
    speed: float = 1.0
    started_at: int = field(default_factory=time.monotonic_ns, compare=False)

    def __call__(self) -> int:
        if self.mode == "wall":
            return time.time_ns()
        if self.mode == "frozen":
            return self.start
        return self.start + int((time.monotonic_ns() - self.started_at) * self.speed)


def parse_clock(text: str) -> SandboxClock:
    """Read a clock as the command line writes it; an instant without offset is UTC, a speed is positive.

    Raises: UsageError that names the text and the forms wanted.
    """
    mode, _, rest = text.partition(":")
    if text == "wall":
        return SandboxClock()
    if mode == "frozen" and rest:
        return SandboxClock("frozen", parse_instant(rest))
    if mode == "running" and rest:
        instant, _, speed_text = rest.partition("@")
        return SandboxClock("running", parse_instant(instant), _speed(speed_text or "1"))
    raise UsageError(f"cannot read {text!r} as a clock: write {_FORMS}")


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed < float("inf"):
        raise UsageError(f"cannot read {text!r} as a clock's speed: write a positive number, e.g. 60")
    return speed
