"""What upstreams said about the version we already hold: ETag and Last-Modified by feed and address.

Belongs here: remembering them in one small SQLite file, and only once the bytes they speak of are safe.
Not here: requests, the bytes themselves.
Specification: RFC 9110, 13 (conditional requests).
"""

import sqlite3
import threading
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from tauric_assets.errors import StorageUnavailable

BUSY_S_MAX = 30


class Validators:
    """Validators of this process's answers, and of those settled before.

    `remember` keeps them in memory; `settle` writes them down. A process that dies in between asks for the whole
    document again, so no document is lost because its validator outlived it.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "validators.sqlite"
        self._fresh: dict[tuple[str, str], tuple[str, str]] = {}
        self._lock = threading.Lock()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with closing(self._connect()) as connection, connection:
                connection.execute(
                    "create table if not exists validators"
                    " (feed text, url text, etag text, last_modified text, primary key (feed, url))"
                )
        except (OSError, sqlite3.Error) as error:
            raise StorageUnavailable(f"cannot use {self._path}: {error}") from error

    def headers(self, feed: str, url: str) -> dict[str, str]:
        """Conditional request headers for `url`; empty where nothing is known."""
        with self._lock:
            known = self._fresh.get((feed, url))
        if known is None:
            query = "select etag, last_modified from validators where feed = ? and url = ?"
            try:
                with closing(self._connect()) as connection:
                    known = connection.execute(query, (feed, url)).fetchone()
            except sqlite3.Error as error:
                raise StorageUnavailable(f"cannot read {self._path}: {error}") from error
        etag, last_modified = known or ("", "")
        headers = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        return {name: value for name, value in headers.items() if value}

    def remember(self, feed: str, url: str, headers: Mapping[str, str]) -> None:
        """Take the validators of an answer, if it has any."""
        pair = (headers.get("etag", ""), headers.get("last-modified", ""))
        if any(pair):
            with self._lock:
                self._fresh[feed, url] = pair

    def settle(self) -> None:
        """Write down what was remembered: the documents are stored."""
        with self._lock:
            rows = [(*key, *pair) for key, pair in self._fresh.items()]
        try:
            with closing(self._connect()) as connection, connection:
                connection.executemany("insert or replace into validators values (?, ?, ?, ?)", rows)
        except sqlite3.Error as error:
            raise StorageUnavailable(f"cannot write {self._path}: {error}") from error

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, timeout=BUSY_S_MAX)
