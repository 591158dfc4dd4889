"""DuckDB in memory: opened, set up and closed in one place, and its results as Arrow in a wanted schema.

To open a database costs some 20 ms of CPU, a connection to one that is open less than one. What only looks (SELECT,
registered Arrow tables, TEMP) therefore shares the database of the process; what changes a database (ATTACH, settings
that lock it, a person's own tables) has one to itself.

Belongs here: connection settings, draining of results, the DuckDB spelling of Arrow types.
Not here: the lake's tables and views (reading.py, query.py).
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache

import duckdb
import pyarrow as pa

BATCH_ROWS = 65_536
"""Rows of one Arrow batch; with 32-bit offsets a text column may then average 32 kB a row."""


@contextmanager
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty DuckDB database in memory, set up and always closed."""
    connection = duckdb.connect(":memory:")
    try:
        set_up(connection)
        yield connection
    finally:
        connection.close()


@contextmanager
def session() -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to the process's own database in memory, set up and always closed; for what only looks.

    Nothing is seen of other sessions: registered tables, temporary views and tables belong to one connection. Make
    nothing else in it, and change no setting.
    """
    connection = _database(os.getpid()).cursor()
    try:
        set_up(connection)
        yield connection
    except (duckdb.FatalException, duckdb.InternalException):
        _database.cache_clear()  # DuckDB answers nothing from a database after one of these
        raise
    finally:
        connection.close()


@cache
def _database(process: int) -> duckdb.DuckDBPyConnection:
    """The database that the sessions of a process share: a forked one has none of its parent's threads.

    Without the cache of file contents, which would keep what was read for as long as the process lives.
    """
    return duckdb.connect(":memory:", config={"enable_external_file_cache": "false"})


def set_up(connection: duckdb.DuckDBPyConnection) -> None:
    """Give any DuckDB connection the settings of the house.

    `asof_loop_join_threshold=0`: DuckDB 2.0 takes a nested loop for an ASOF join whose left side it believes to be
    small, which over a filtered list of Parquet files is a wrong belief: half an hour instead of a second.
    """
    connection.execute("SET asof_loop_join_threshold = 0").fetchall()
    connection.execute("SET enable_progress_bar = false").fetchall()
    connection.execute("SET TimeZone = 'UTC'").fetchall()


def to_arrow(
    connection: duckdb.DuckDBPyConnection,
    sql: str,
    schema: pa.Schema | None = None,
    parameters: Sequence[object] = (),
) -> pa.Table:
    """Run one SELECT and read it to the end.

    Args:
        schema: columns of the result are cast to the field of the same name; others keep DuckDB's type.
        parameters: values for the `?` in `sql`, in order.
    """
    reader = connection.sql(sql, params=list(parameters)).to_arrow_reader(BATCH_ROWS)
    wanted = reader.schema
    if schema is not None:
        wanted = pa.schema([schema.field(f.name) if f.name in schema.names else f for f in reader.schema])
    batches = [pa.Table.from_batches([batch]).cast(wanted) for batch in reader]
    return pa.concat_tables(batches) if batches else wanted.empty_table()


def type_text(kind: pa.DataType) -> str:
    """An Arrow type as DuckDB writes it.

    Raises: ValueError for a type that no canonical table uses.
    """
    if pa.types.is_list(kind):
        return f"{type_text(kind.value_type)}[]"
    if pa.types.is_struct(kind):
        inner = ", ".join(f'"{kind.field(i).name}" {type_text(kind.field(i).type)}' for i in range(kind.num_fields))
        return f"STRUCT({inner})"
    if pa.types.is_decimal128(kind):
        return f"DECIMAL({kind.precision}, {kind.scale})"
    try:
        return _TYPE_TEXTS[kind]
    except KeyError:
        raise ValueError(f"no DuckDB type for {kind}") from None


_TYPE_TEXTS: dict[pa.DataType, str] = {
    pa.int64(): "BIGINT",
    pa.float32(): "FLOAT",
    pa.float64(): "DOUBLE",
    pa.bool_(): "BOOLEAN",
    pa.date32(): "DATE",
    pa.string(): "VARCHAR",
    pa.large_string(): "VARCHAR",
    pa.binary(): "BLOB",
}
