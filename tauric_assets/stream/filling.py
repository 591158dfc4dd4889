"""Asks a venue over REST for the trades a stream has missed, in a thread of its own.

A gap of any length is asked for page by page and handed over in pieces, of which only a few are fetched ahead. What a
venue does not answer now is asked again, other gaps first.

Belongs here: the queue of gaps, pieces, patience. Not here: which trades are new (digest.py), addresses (feeds/).
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from queue import Empty, Full, Queue
from typing import NamedTuple

from tauric_assets.errors import UpstreamRefused, UpstreamUnavailable
from tauric_assets.feeds.contract import Fetching, Gap, StreamFeed
from tauric_assets.feeds.patience import delay_s
from tauric_assets.feeds.ticks import Trade

PIECE_TRADES = 5_000
"""Trades handed over at a time."""
PIECES_MAX = 8
"""Pieces that wait to be taken; however long a gap is, no more of it is in memory."""
TOGETHER_TRADES = 1_000
"""Gaps that lie within so many numbers are asked for together: that is one page, where single ones would be many."""
WAKE_S = 0.2
TOLD_ALL = "asked, the venue tells no more of it"

logger = logging.getLogger(__name__)


class Answer(NamedTuple):
    """Some of what a venue told.

    Args:
        gap: what was asked for; perhaps several gaps and what lies between them.
        ended: why nothing more will come of it; None where more may.
        broken_off: whether the venue did not answer any more; what is still missing may be asked for again.
    """

    gap: Gap
    trades: list[Trade]
    ended: str | None = None
    broken_off: bool = False


class Filler:
    """Fills gaps one after the other.

    Args:
        fetching: opens what is asked with.
    """

    def __init__(self, feed: StreamFeed, fetching: Callable[[], AbstractContextManager[Fetching]]) -> None:
        self._feed, self._fetching = feed, fetching
        self._gaps: deque[Gap] = deque()
        self._changed = threading.Condition()
        self._answers: Queue[Answer] = Queue(PIECES_MAX)
        self._stopping = threading.Event()
        self._asking = False
        self._thread = threading.Thread(target=self._run, name=f"fill-{feed.NAME}", daemon=True)
        self._thread.start()

    def ask(self, gaps: Iterable[Gap]) -> None:
        """Queue gaps; those of a venue that cannot be asked stay open."""
        if self._feed.GAPS_CAN_BE_FILLED:
            with self._changed:
                self._gaps += gaps
                self._changed.notify()

    def answers(self) -> Iterator[Answer]:
        """What has been answered since the last call."""
        for _ in range(PIECES_MAX):
            try:
                yield self._answers.get_nowait()
            except Empty:
                return

    @property
    def waiting(self) -> int:
        """Gaps that are being asked for, and answers that were not taken yet."""
        with self._changed:
            return len(self._gaps) + self._asking + self._answers.qsize()

    def stop(self) -> None:
        """Stop after the request that is under way; what was not answered is asked again by the next process."""
        with self._changed:
            self._stopping.set()
            self._changed.notify()

    def _run(self) -> None:
        failures = 0
        while (gap := self._next()) is not None:
            try:
                self._ask(gap)
                failures = 0
            except UpstreamUnavailable as error:
                failures += 1
                logger.info("venue=%s gap=%s try=%d error=%s", self._feed.NAME, gap, failures, error)
                self._hand_over(Answer(gap, [], broken_off=True))
                self._stopping.wait(delay_s(failures, error.retry_after_s))

    def _next(self) -> Gap | None:
        """The next gap, joined with those close behind it; None where it is time to stop."""
        with self._changed:
            self._asking = False
            self._changed.wait_for(lambda: self._gaps or self._stopping.is_set())
            if self._stopping.is_set():
                return None
            self._asking = True
            gap = self._gaps.popleft()
            while self._gaps and (joined := _together(gap, self._gaps[0])) is not None:
                self._gaps.popleft()
                gap = joined
            return gap

    def _ask(self, gap: Gap) -> None:
        """Hand over what the venue tells. Raises: UpstreamUnavailable: some pieces may have been handed over."""
        try:
            with self._fetching() as fetching:
                for piece in _pieces(self._feed.fill_gap(fetching, gap)):
                    self._hand_over(Answer(gap, piece))
            self._hand_over(Answer(gap, [], TOLD_ALL))
        except UpstreamRefused as error:
            logger.warning("venue=%s gap=%s stays open error=%s", self._feed.NAME, gap, error)
            self._hand_over(Answer(gap, [], str(error)))

    def _hand_over(self, answer: Answer) -> None:
        while not self._stopping.is_set():
            try:
                self._answers.put(answer, timeout=WAKE_S)
                return
            except Full:
                continue


def _pieces(told: Iterator[Trade]) -> Iterator[list[Trade]]:
    """What is told, also what was told before an error; the error comes after it."""
    piece: list[Trade] = []
    try:
        for trade in told:
            piece.append(trade)
            if len(piece) >= PIECE_TRADES:
                yield piece
                piece = []
    except (UpstreamUnavailable, UpstreamRefused):
        yield piece
        raise
    yield piece


def _together(one: Gap, other: Gap) -> Gap | None:
    """Both and what lies between, where that is little; None where not."""
    first, last = min(one.first_missing, other.first_missing), max(one.last_missing, other.last_missing)
    if one.symbol != other.symbol or last - first >= TOGETHER_TRADES:
        return None
    before, after = min(one.ts_before, other.ts_before), max(one.ts_after, other.ts_after)
    return Gap(one.symbol, first, last, before, after)
