"""What upstreams said about their addresses for good: moved (301, 308), gone (410), by feed and address.

A moved address is asked at its new place, a gone one not at all, until defs.yaml names another. A new place that turns
out to refuse is forgotten: portals and expired domains answer 301 as well.

Belongs here: remembering it in one small SQLite file. Not here: requests, what counts as moved (fetch.py).
Specification: RFC 9110, 15.4.2 (301), 15.4.9 (308), 15.5.11 (410).
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tauric_assets.errors import StorageUnavailable

BUSY_S_MAX = 30
FILE = "addresses.sqlite"


@dataclass(frozen=True)
class Told:
    """What was said of one address; `target` is None for one that is gone. `told_at` in nanoseconds UTC."""

    feed: str
    url: str
    target: str | None
    told_at: int


class Addresses:
    """What is known of addresses, shared by all processes of a data folder."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE

    def told(self, feed: str, url: str) -> Told | None:
        """What was said of `url`, if anything."""
        return next((one for one in self.all() if (one.feed, one.url) == (feed, url)), None)

    def all(self) -> list[Told]:
        """Everything that was said, by feed and address."""
        if not self._path.exists():
            return []
        with self._connected() as connection:
            found = connection.execute("select feed, url, target, told_at from addresses order by feed, url").fetchall()
        return [Told(*row) for row in found]

    def remember(self, told: Told) -> None:
        """Keep it, in place of what was said before."""
        with self._connected() as connection:
            values = (told.feed, told.url, told.target, told.told_at)
            connection.execute("insert or replace into addresses values (?, ?, ?, ?)", values)

    def forget(self, feed: str, url: str) -> None:
        """As if nothing had been said of `url`."""
        with self._connected() as connection:
            connection.execute("delete from addresses where feed = ? and url = ?", (feed, url))

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self._path, timeout=BUSY_S_MAX)) as connection, connection:
                connection.execute(
                    "create table if not exists addresses"
                    " (feed text, url text, target text, told_at integer, primary key (feed, url))"
                )
                yield connection
        except (OSError, sqlite3.Error) as error:
            raise StorageUnavailable(f"cannot use {self._path}: {error}") from error
