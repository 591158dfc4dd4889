"""From a Delta table's log to SQL over its files: which files, which rows, which revision.

Belongs here: file lists, pruning by day and knowledge time, the SQL of an as-of read.
Not here: running it for a person (query.py), writing.
"""

from collections.abc import Sequence
from datetime import date
from urllib.parse import unquote

import duckdb
from deltalake import DeltaTable

from tauric_assets.lake.engine import type_text
from tauric_assets.tables import Table
from tauric_assets.times import Days


def days_predicate(days: Days) -> str:
    """A SQL condition that holds for the partitions of `days`, written for the Delta log and for DuckDB alike."""
    return f"date >= '{days.start}' AND date < '{days.end}'"


def dates_predicate(dates: Sequence[date]) -> str:
    """A SQL condition that holds for exactly these partitions."""
    return "date IN (" + ", ".join(f"'{day}'" for day in dates) + ")"


def scan_sql(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    delta: DeltaTable | None,
    *,
    local: bool = True,
    as_of: int | None = None,
    days: Days | None = None,
) -> str:
    """A SELECT of the stored rows (every revision) with the table's columns in order.

    Args:
        connection: where the SELECT will run; a table that is not local is registered in it.
        delta: the table as loaded; None where it does not exist yet, which reads as empty.
        local: DuckDB reads the files by their paths; otherwise Arrow reads them for it, from wherever they are.
        as_of: only rows with `known_at` <= this instant (nanoseconds UTC).
        days: only these partitions.
    """
    conditions = ([days_predicate(days)] if days else []) + ([f"known_at <= {as_of}"] if as_of is not None else [])
    source = _source(connection, table, delta, " AND ".join(conditions), local) if delta is not None else None
    if source is None:
        columns = ", ".join(f'CAST(NULL AS {type_text(f.type)}) AS "{f.name}"' for f in table.schema)
        return f"SELECT {columns} WHERE false"
    assert delta is not None
    stored = {field.name for field in delta.schema().fields}
    columns = ", ".join(
        f'"{f.name}"' if f.name in stored else f'CAST(NULL AS {type_text(f.type)}) AS "{f.name}"' for f in table.schema
    )
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"SELECT {columns} FROM {source}{where}"


def latest_sql(table: Table, scan: str) -> str:
    """The latest revision of each key among the rows of `scan`; tables that are never revised pass as they are.

    Where the key holds `ts_event` or `date`, a key has one day only; naming the day then lets DuckDB skip files.
    """
    if not table.revisable:
        return scan
    key = [f'"{column}"' for column in table.key]
    if "ts_event" in table.key and "date" not in table.key:
        key.insert(0, "date")
    return (
        f"SELECT * FROM ({scan}) QUALIFY row_number() OVER "
        f"(PARTITION BY {', '.join(key)} ORDER BY known_at DESC, ingested_at DESC) = 1"
    )


def local_paths(delta: DeltaTable, predicate: str = "") -> list[str]:
    """The files of the loaded version as local paths, those that cannot match `predicate` left out."""
    files = delta.file_uris(file_pruning_predicate=predicate) if predicate else delta.file_uris()
    return sorted(unquote(file) for file in files)


def _source(
    connection: duckdb.DuckDBPyConnection, table: Table, delta: DeltaTable, predicate: str, local: bool
) -> str | None:
    if not local:
        name = f"{table.name}_files"
        connection.register(name, delta.to_pyarrow_dataset(file_pruning_predicate=predicate or None))
        return name
    files = local_paths(delta, predicate)
    if not files:
        return None
    listed = ", ".join("'" + _escaped(file) + "'" for file in files)
    return f"read_parquet([{listed}], union_by_name = true, hive_partitioning = true, hive_types = {{'date': DATE}})"


def _escaped(path: str) -> str:
    """A path that DuckDB reads letter by letter: no pattern, no end of the text."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in path).replace("'", "''")
