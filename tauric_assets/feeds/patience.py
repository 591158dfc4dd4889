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
RETRY_AFTER_S_MAX = 60.0  # longer than this is not waited for inside a run: the error is raised at once

logger = logging.getLogger(__name__)


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
        backoff = random.uniform(0, min(DELAY_S_MAX, DELAY_S_FIRST * 2 ** (self._failures - 1)))
        delay = backoff if asked is None else asked + random.uniform(0, DELAY_S_FIRST)
        logger.info("retry try=%d delay_s=%.2f error=%s", self._failures + 1, delay, error)
        self._sleep(delay)

    def progressed(self) -> None:
        """Something came: count failures from zero again."""
        self._failures = 0
