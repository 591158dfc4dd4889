"""Connections to the process's DuckDB: alike in settings, blind to each other, and anew after a fatal error."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import duckdb
import pyarrow as pa
import pytest

from tauric_assets.lake.engine import session

SESSIONS = 4


def test_sessions_side_by_side_see_only_what_is_their_own() -> None:
    together = Barrier(SESSIONS)

    def ask(number: int) -> list[tuple[int, ...]]:
        with session() as connection:
            connection.register("given", pa.table({"number": [number]}))
            connection.execute("CREATE TEMP TABLE kept AS SELECT number + 10 AS more FROM given").fetchall()
            together.wait(timeout=30)
            return connection.sql("SELECT number, more FROM given, kept").fetchall()

    with ThreadPoolExecutor(SESSIONS) as threads:
        assert list(threads.map(ask, range(SESSIONS))) == [[(number, number + 10)] for number in range(SESSIONS)]
    for name in ("given", "kept"):
        with session() as connection, pytest.raises(duckdb.CatalogException):
            connection.sql(f"FROM {name}")


def test_every_session_has_the_settings_of_the_house_and_is_closed_whatever_happens() -> None:
    wanted = "SELECT current_setting('TimeZone'), current_setting('asof_loop_join_threshold')"
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), session() as connection:
            assert connection.sql(wanted).fetchall() == [("UTC", 0)]
            raise ZeroDivisionError
        with pytest.raises(duckdb.ConnectionException):
            connection.execute("SELECT 1")


def test_after_a_fatal_error_the_next_session_has_another_database() -> None:
    with session() as before:
        before.execute("CREATE TABLE mark AS SELECT 1 AS one").fetchall()
        with session() as same:
            assert same.sql("FROM mark").fetchall() == [(1,)]
        with pytest.raises(duckdb.FatalException), session():
            raise duckdb.FatalException("invalidated")
        with session() as after, pytest.raises(duckdb.CatalogException):
            after.sql("FROM mark")
