"""When to try again: the one retry rule of the house.

Belongs here: backoff with full jitter, driven only by `retryable` and `retry_after_s` of the error tree.
Not here: which answer is which error (fetch.py, a feed's `classify`).
"""

import logging
import random
import time
from collections.abc import Callable

from tauric_assets.errors import TauricError

DELAY_S_FIRST = 0.25
DELAY_S_MAX = 20.0
DOUBLINGS_MAX = 10
RETRY_AFTER_S_MAX = 60.0  # longer than this is not waited for inside a run: the error is raised at once

logger = logging.getLogger(__name__)


def delay_s(failures: int, asked: float | None = None) -> float:
    """Seconds to wait after so many failures in a row: exponential with full jitter, or what the upstream asked for."""
    if asked is not None:
        return asked + random.uniform(0, DELAY_S_FIRST)
    return random.uniform(0, min(DELAY_S_MAX, DELAY_S_FIRST * 2 ** min(failures - 1, DOUBLINGS_MAX)))


class Patience:
    """Counts failures of one piece of work and sleeps between tries.

    Args:
        tries_max: how often the work is tried in all, counted since the last progress.
        sleep: takes seconds.
    """

    def __init__(self, tries_max: int, sleep: Callable[[float], None] = time.sleep) -> None:
        self._tries_max = tries_max
        self._sleep = sleep
        self._failures = 0

    def after(self, error: TauricError) -> None:
        """Sleep before the next try.

        Raises: `error` itself where trying again is of no use: not retryable, no try left, or the upstream asks for
            more than RETRY_AFTER_S_MAX.
        """
        self._failures += 1
        asked = error.retry_after_s
        if not error.retryable or self._failures >= self._tries_max or (asked or 0.0) > RETRY_AFTER_S_MAX:
            raise error
        delay = delay_s(self._failures, asked)
        logger.info("retry try=%d delay_s=%.2f error=%s", self._failures + 1, delay, error)
        self._sleep(delay)

    def progressed(self) -> None:
        """Something came: count failures from zero again."""
        self._failures = 0
