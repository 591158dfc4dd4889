"""The reading half of the sidecar as a process of its own, so that reading costs the recording half nothing.

The parent starts it with the names of venues; it writes what it has done to standard output, a JSON object a line. Told
to finish on its standard input, it reads what is durable to the end, lands it and ends. Where its input ends without
that word, the parent has died: it ends at once, and whoever records next has the log and the lake to itself.

Belongs here: that process and its parent's view of it. Not here: following (following.py), recording (recorder.py).
"""

import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import cast

from tauric_assets.errors import TauricError
from tauric_assets.feeds.contract import StreamFeed
from tauric_assets.feeds.fetch import Fetcher
from tauric_assets.feeds.registry import feed_named
from tauric_assets.lake.store import Lake
from tauric_assets.settings import Settings, child_environment, load_settings
from tauric_assets.stream.following import Followed, Follower
from tauric_assets.stream.garbage import collect_garbage_seldom
from tauric_assets.stream.live import Deriving

TOLD_S = 0.5
FINISH = b"finish"
RESTART_S = 1.0
END_S = 120.0
NICENESS = 5
"""Recording goes first where both want the processor, from the start on: what is durable can be read later."""

logger = logging.getLogger(__name__)


class FollowProcess:
    """The parent's side: starts the process, starts it again where it dies, and knows what it told last.

    Args:
        module: what the process runs; it calls `main`.
        errors: the file that takes its log.
    """

    def __init__(self, settings: Settings, module: str, venues: Sequence[str], errors: Path) -> None:
        self._settings, self._errors = settings, errors
        self._command = [sys.executable, "-m", module, *venues]
        self._told: dict[str, Mapping[str, object]] = {}
        self._stopping = threading.Event()
        self.restarts = 0
        self._process = self._start()
        self._watcher = threading.Thread(target=self._watch, name="follow-process", daemon=True)
        self._watcher.start()

    def told(self, venue: str) -> Followed:
        """What was last told of `venue`."""
        return Followed(**self._told.get(venue, {}))  # type: ignore[arg-type]

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    @property
    def process_id(self) -> int:
        """Of the process as it runs now."""
        return self._process.pid

    def finish(self) -> None:
        """Let it read the logs to their ends, and wait for it; what it does not manage, the next start does."""
        self._stopping.set()
        with suppress(OSError):
            if self._process.stdin is not None:
                self._process.stdin.write(FINISH)
                self._process.stdin.close()
        self._watcher.join(END_S)
        if self.alive:
            logger.warning("the reading process did not end within %g s; the next start goes on", END_S)
            self._process.terminate()

    def _start(self) -> "subprocess.Popen[bytes]":
        with self._errors.open("ab") as errors:
            process = subprocess.Popen(
                self._command,
                env=child_environment(self._settings),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
            )
        with suppress(OSError):  # it may have died already
            os.setpriority(os.PRIO_PROCESS, process.pid, os.getpriority(os.PRIO_PROCESS, 0) + NICENESS)
        return process

    def _watch(self) -> None:
        while True:
            output = self._process.stdout
            assert output is not None
            for line in output:
                with suppress(ValueError):
                    self._told |= json.loads(line)
            output.close()
            code = self._process.wait()
            if self._stopping.is_set():
                return
            self.restarts += 1
            logger.warning("the reading process ended with %d, starting it again log=%s", code, self._errors)
            time.sleep(RESTART_S)
            if self._stopping.is_set():
                return
            self._process = self._start()


def main(deriving: Deriving | None) -> None:
    """Follow the venues named in the arguments until standard input ends, with what is to be made of their bars."""
    collect_garbage_seldom()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s level=%(levelname)s logger=%(name)s %(message)s")
    finishing = threading.Event()
    threading.Thread(target=_wait_for_end_of_input, args=(finishing,), daemon=True).start()
    settings = load_settings()
    lake = Lake(settings.lake_root)
    feeds = {name: cast("StreamFeed", feed_named(name)) for name in sys.argv[1:]}
    followers = {name: follower_of(settings, lake, feed, deriving) for name, feed in feeds.items()}
    ended = threading.Event()
    telling = threading.Thread(target=_tell, args=(followers, ended.wait), daemon=True)
    telling.start()
    failures: list[TauricError] = []
    with ThreadPoolExecutor(max_workers=len(followers), thread_name_prefix="follow") as threads:
        for running in [threads.submit(one.run, finishing.is_set) for one in followers.values()]:
            try:
                running.result()
            except TauricError as error:
                logger.exception("following ended")
                failures.append(error)
    ended.set()
    telling.join()
    sys.exit(1 if failures else 0)


def follower_of(settings: Settings, lake: Lake, feed: StreamFeed, deriving: Deriving | None = None) -> Follower:
    """A follower that fills gaps from the venue."""
    return Follower(settings, lake, feed, log_folder(settings, feed.NAME), lambda: Fetcher(settings), deriving)


def log_folder(settings: Settings, venue: str) -> Path:
    """Where the log of `venue` lies."""
    return settings.data_dir / "wal" / venue


def _wait_for_end_of_input(finishing: threading.Event) -> None:
    if sys.stdin.buffer.read() != FINISH:
        os._exit(1)  # as safe as any other death
    finishing.set()


def _tell(followers: Mapping[str, Follower], wait: Callable[[float], bool]) -> None:
    ended = False
    while not ended:
        ended = wait(TOLD_S)
        told = {name: one.done.to_plain() for name, one in followers.items()}
        try:
            sys.stdout.write(json.dumps(told) + "\n")
            sys.stdout.flush()
        except OSError:  # the parent is gone; what is durable is landed all the same
            return
