"""SQL over the lake: one connection factory, a view per canonical table, and questions by strangers.

Every table `news` has two views: `news`, the latest revision of each key known at `as_of`, and `all_news`, every
revision known by then. Both add `ts_event_utc` and `known_at_utc` (TIMESTAMP, cut to microseconds) to the columns.

Belongs here: views, what a stranger's SQL may do, how its errors read.
Not here: engine settings (engine.py), which files and revisions (reading.py), any one question.
"""

import json
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

import duckdb
import pyarrow as pa

from tauric_assets.errors import UsageError
from tauric_assets.lake.engine import engine, set_up, to_arrow
from tauric_assets.lake.reading import latest_sql
from tauric_assets.lake.store import Lake
from tauric_assets.tables import TABLES, table_named

TABLE_FUNCTIONS = frozenset({"range", "generate_series", "unnest"})
"""Functions that a stranger's SQL may call as a table; the others read files or the machine."""


@contextmanager
def connect(
    lake: Lake, as_of: int | None = None, tables: Collection[str] | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """DuckDB in memory with the lake's views, closed at the end.

    The views keep the version of each table at the time of the call. They belong to this connection, not to cursors
    made of it. Read each result to its end (`fetchall`, `to_arrow_table`) before the next question.

    Args:
        as_of: what may be known, nanoseconds UTC, inclusive; None means everything stored.
        tables: the canonical tables that will be asked; None makes the views of all. Each costs milliseconds, and with
            many files more.
    """
    with engine() as connection:
        prepare(connection, lake, as_of, tables)
        yield connection


def prepare(
    connection: duckdb.DuckDBPyConnection,
    lake: Lake,
    as_of: int | None = None,
    tables: Collection[str] | None = None,
) -> None:
    """Give a connection that somebody else opened the settings and views of `connect`, as temporary views."""
    set_up(connection)
    for table in (table_named(name) for name in (TABLES if tables is None else tables)):
        scan = lake.scan(connection, table.name, as_of)
        for name, rows in ((f"all_{table.name}", scan), (table.name, latest_sql(table, f"FROM all_{table.name}"))):
            utc = ", ".join(f"make_timestamp({column} // 1000) AS {column}_utc" for column in ("ts_event", "known_at"))
            body = f"SELECT *, {utc} FROM ({rows})" if rows is scan else rows
            connection.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {body}").fetchall()


def query(lake: Lake, sql: str, as_of: int | None = None) -> pa.Table:
    """Answer a stranger's SELECT over the views of `connect`, and nothing but that.

    It can neither write, nor reach files (so it cannot look past `as_of` in the lake's own), nor change settings.

    Raises: UsageError: not one SELECT, a function that reads files, or anything DuckDB finds wrong, in one line.
    """
    with engine() as connection:
        prepare(connection, lake, as_of, _tables_asked(_select_tree(connection, sql)))
        if lake.folder is not None:
            connection.execute(f"SET allowed_directories = [{_quoted(f'{lake.folder}/')}]").fetchall()
            connection.execute("SET enable_external_access = false").fetchall()
        connection.execute("SET lock_configuration = true").fetchall()
        try:
            return to_arrow(connection, sql)
        except duckdb.Error as error:
            raise UsageError(_one_line(error)) from None


def _select_tree(connection: duckdb.DuckDBPyConnection, sql: str) -> dict[str, Any]:
    """The syntax tree of one harmless SELECT, looked at before anything is bound.

    Raises: UsageError: it is anything else.
    """
    try:
        statements = connection.extract_statements(sql)
    except duckdb.Error as error:
        raise UsageError(_one_line(error)) from None
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise UsageError("write one SELECT; nothing else is answered here")
    tree: dict[str, Any] = json.loads(connection.execute("SELECT json_serialize_sql($1)", [sql]).fetchall()[0][0])
    if tree.get("error"):
        raise UsageError(f"write one SELECT: {tree.get('error_message', 'it cannot be read')}")
    for node in _nodes(tree):
        if node.get("type") == "TABLE_FUNCTION":
            name = str(node["function"]["function_name"]).lower()
            if name not in TABLE_FUNCTIONS:
                raise UsageError(f"{name} is not available here; ask the tables: {', '.join(sorted(TABLES))}")
        if node.get("type") == "BASE_TABLE" and set("/.*:") & set(str(node["table_name"])):
            raise UsageError(f"files cannot be read here; ask the tables: {', '.join(sorted(TABLES))}")
    return tree


def _tables_asked(tree: dict[str, Any]) -> set[str] | None:
    """The canonical tables a SELECT names; None (all) where it names something else, e.g. misspelt or its own WITH."""
    asked = [node for node in _nodes(tree) if node.get("type") in {"BASE_TABLE", "SHOW_REF"}]
    names = {str(node["table_name"]).lower() for node in asked}
    found = {name.removeprefix("all_") for name in names}
    return found if found <= TABLES.keys() else None


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        yield tree
        tree = list(tree.values())
    if isinstance(tree, list):
        for part in tree:
            yield from _nodes(part)


def _one_line(error: duckdb.Error) -> str:
    return str(error).strip().splitlines()[0]


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
