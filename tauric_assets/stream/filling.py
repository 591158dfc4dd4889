"""Asks a venue over REST for the trades a stream has missed, in a thread of its own.

Belongs here: the queue of gaps, patience, giving up. Not here: which trades are new (digest.py), addresses (feeds/).
"""

import logging
import threading
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from queue import Empty, SimpleQueue

from tauric_assets.errors import MalformedDocument, UpstreamRefused, UpstreamUnavailable
from tauric_assets.feeds.contract import Fetching, Gap, StreamFeed
from tauric_assets.feeds.patience import delay_s
from tauric_assets.feeds.ticks import Trade

TRIES_MAX = 4
TRADES_MAX = 100_000
"""Trades of one gap that are asked for; a longer gap stays open."""
CHUNK_TRADES = 1_000

logger = logging.getLogger(__name__)

Filled = tuple[Gap, list[Trade]]


class Filler:
    """Fills gaps one after the other.

    Args:
        fetching: opens what is asked with.
    """

    def __init__(self, feed: StreamFeed, fetching: Callable[[], AbstractContextManager[Fetching]]) -> None:
        self._feed, self._fetching = feed, fetching
        self._asked: SimpleQueue[Gap | None] = SimpleQueue()
        self._answers: SimpleQueue[Filled] = SimpleQueue()
        self._stopping = threading.Event()
        self._open = 0
        self._thread = threading.Thread(target=self._run, name=f"fill-{feed.NAME}", daemon=True)
        self._thread.start()

    def ask(self, gaps: Iterable[Gap]) -> None:
        """Queue gaps; those of a venue that cannot be asked, or too long ones, stay open."""
        for gap in gaps:
            if self._feed.GAPS_CAN_BE_FILLED and gap.last_missing - gap.first_missing < TRADES_MAX:
                self._open += 1
                self._asked.put(gap)

    def answers(self) -> list[Filled]:
        """What has been answered since the last call; an empty list of trades where the venue has none of a gap."""
        found: list[Filled] = []
        while True:
            try:
                found.append(self._answers.get_nowait())
                self._open -= 1
            except Empty:
                return found

    @property
    def waiting(self) -> int:
        """Gaps asked for whose answers were not taken yet."""
        return self._open

    def stop(self) -> None:
        """Stop after the request that is under way; what was not answered is asked again by the next process."""
        self._stopping.set()
        self._asked.put(None)

    def _run(self) -> None:
        while not self._stopping.is_set():
            gap = self._asked.get()
            if gap is not None:
                self._answers.put((gap, self._trades(gap)))

    def _trades(self, gap: Gap) -> list[Trade]:
        for tried in range(1, TRIES_MAX + 1):
            try:
                with self._fetching() as fetching:
                    return list(self._feed.fill_gap(fetching, gap))
            except UpstreamRefused as error:
                logger.warning("venue=%s gap=%s stays open error=%s", self._feed.NAME, gap, error)
                return []
            except (UpstreamUnavailable, MalformedDocument) as error:
                logger.info("venue=%s gap=%s try=%d error=%s", self._feed.NAME, gap, tried, error)
                if self._stopping.wait(delay_s(tried)):
                    return []
        logger.warning("venue=%s gap=%s stays open after %d tries", self._feed.NAME, gap, TRIES_MAX)
        return []
