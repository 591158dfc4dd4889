"""What a write would change: given rows against stored rows.

Belongs here: checking given rows, telling new, changed and unchanged rows apart, the rules of a revision history.
Not here: files and commits (writing.py).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tauric_assets.lake.engine import session, to_arrow
from tauric_assets.tables import Table
from tauric_assets.times import Days

GIVEN = "given_row"
"""Name of the column that numbers given rows while they are compared; no table has a column of that name."""
REQUIRED = ("date", "ts_event", "known_at", "known_at_quality", "source")
OUTSIDE_CONTENT = frozenset({"date", "ts_event", "ingested_at", "known_at", "known_at_quality", "supersedes", "source"})
LEADING = ("venue", "feed", "symbol", "interval", "indicator")


@dataclass(frozen=True)
class Change:
    """What to write: the rows that replace those of the same days, and how many of the given ones were new or not."""

    rows: pa.Table
    added: int
    unchanged: int
    dates: tuple[date, ...] = ()


def conform(table: Table, rows: pa.Table, days: Days | None = None) -> pa.Table:
    """`rows` in the table's schema; columns that are missing become null.

    Raises: ValueError: an unknown column, a value that does not fit, a null where none may be, a date outside `days`.
    """
    unknown = set(rows.column_names) - set(table.schema.names)
    if unknown:
        raise ValueError(f"{table.name} has no column {', '.join(sorted(unknown))}")
    columns = [
        rows.column(field.name) if field.name in rows.column_names else pa.nulls(rows.num_rows, field.type)
        for field in table.schema
    ]
    try:
        rows = pa.Table.from_arrays(columns, names=table.schema.names).cast(table.schema)
    except pa.ArrowException as error:
        raise ValueError(f"{table.name}: {error}") from error
    for name in REQUIRED:
        if rows.column(name).null_count:
            raise ValueError(f"{table.name}: {rows.column(name).null_count} rows have no {name}")
    if days is not None and rows.num_rows:
        first, last = pc.min(rows["date"]).as_py(), pc.max(rows["date"]).as_py()
        if first < days.start or last >= days.end:
            outside = first if first < days.start else last
            raise ValueError(f"{table.name}: a row of {outside} was given for the days {days.start} to {days.end}")
    return rows


def split(rows: pa.Table, only: tuple[str, Sequence[str]]) -> tuple[pa.Table, pa.Table]:
    """`rows` whose column `only[0]` is one of `only[1]`, and the others."""
    column, values = only
    mine = pc.field(column).isin(list(values))
    return rows.filter(mine), rows.filter(~mine)


def stamped(rows: pa.Table, now: int) -> pa.Table:
    """`rows` with `ingested_at` set to `now` throughout."""
    return _with(rows, "ingested_at", pa.repeat(pa.scalar(now, pa.int64()), rows.num_rows))


def replacement(table: Table, stored: pa.Table, given: pa.Table, now: int) -> Change | None:
    """The days become exactly `given`; None where they already are.

    Raises: ValueError: two given rows have the same key and `known_at`.
    """
    identity = [*table.key, *(["known_at"] if "known_at" not in table.key else [])]
    content = [name for name in table.schema.names if name not in {"ingested_at", *identity}]
    with session() as connection:
        connection.register("given", given)
        connection.register("stored", stored)
        named = ", ".join(f'"{name}"' for name in identity)
        twice = to_arrow(connection, f"SELECT {named} FROM given GROUP BY ALL HAVING count(*) > 1 LIMIT 1")
        if twice.num_rows:
            told = ", ".join(f"{name}={value}" for name, value in twice.to_pylist()[0].items())
            raise ValueError(f"{table.name}: two rows of {told}")
        if not stored.num_rows:
            if not given.num_rows:
                return None
            return Change(_ordered(table, stamped(given, now)), added=given.num_rows, unchanged=0)
        matching = " AND ".join(f'g."{name}" IS NOT DISTINCT FROM s."{name}"' for name in identity)
        same = " AND ".join(f'g."{name}" IS NOT DISTINCT FROM s."{name}"' for name in content)
        rows = to_arrow(
            connection,
            f"""SELECT g.* REPLACE (CASE WHEN {same} THEN s.ingested_at ELSE {now} END AS ingested_at),
                       {same} AS unchanged
                FROM given g LEFT JOIN (SELECT DISTINCT ON ({named}) * FROM stored) s ON {matching}""",
            table.schema,
        )
    added = rows.num_rows - int(rows["unchanged"].to_numpy().sum())
    if not added and stored.num_rows == rows.num_rows:
        return None
    rows = _ordered(table, rows.drop_columns(["unchanged"]))
    return Change(rows, added=added, unchanged=rows.num_rows - added)


def revision(table: Table, stored: pa.Table, given: pa.Table, now: int, *, with_stored: bool = True) -> Change | None:
    """What `given` adds to the history of its keys; None where nothing. See `Lake.revise` for the rules.

    Args:
        with_stored: the rows to write hold the stored rows of the same dates too.
    """
    additions = _revised(table, stored, given, now) if table.revisable else _first_seen(table, stored, given)
    if not additions.num_rows:
        return None
    dates = sorted(day for day in pc.unique(additions["date"]).to_pylist() if day is not None)
    rows = stamped(additions, now)
    if with_stored:
        rows = pa.concat_tables([stored.filter(pc.is_in(stored["date"], value_set=pa.array(dates, pa.date32()))), rows])
    rows = _ordered(table, rows)
    return Change(rows, additions.num_rows, given.num_rows - additions.num_rows, tuple(dates))


def _first_seen(table: Table, stored: pa.Table, given: pa.Table) -> pa.Table:
    """Given rows whose key is not stored, the earliest known of each key."""
    key = ", ".join(f'"{name}"' for name in table.key)
    matching = " AND ".join(f's."{name}" IS NOT DISTINCT FROM g."{name}"' for name in table.key)
    with session() as connection:
        connection.register("given", given)
        connection.register("stored", stored)
        return to_arrow(
            connection,
            f"""SELECT DISTINCT ON ({key}) * FROM given g
                WHERE NOT EXISTS (SELECT 1 FROM stored s WHERE {matching}) ORDER BY {key}, known_at""",
            table.schema,
        )


def unseen(connection: duckdb.DuckDBPyConnection, table: Table, scan: str, given: pa.Table) -> pa.Table:
    """Those of `given`, in their order, whose key no row of `scan` (SQL) has: of each key the earliest known."""
    key = ", ".join(f'"{name}"' for name in table.key)
    matching = " AND ".join(f's."{name}" IS NOT DISTINCT FROM g."{name}"' for name in table.key)
    connection.register("given", numbered(given.select([*table.key, *{"known_at"} - set(table.key)])))
    places = connection.sql(
        f"""WITH stored AS (SELECT {key} FROM ({scan})),
                 first AS (SELECT * FROM given
                           QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY known_at, {GIVEN}) = 1)
            SELECT g.{GIVEN} FROM first g ANTI JOIN stored s ON {matching} ORDER BY g.{GIVEN}"""
    ).fetchnumpy()[GIVEN]
    return given if len(places) == given.num_rows else given.take(pa.array(places, pa.int64()))


def numbered(rows: pa.Table) -> pa.Table:
    """`rows` with the column GIVEN before them."""
    return rows.add_column(0, GIVEN, pa.array(np.arange(rows.num_rows, dtype=np.int64)))


def _revised(table: Table, stored: pa.Table, given: pa.Table, now: int) -> pa.Table:
    """Given rows that say something new of their key, with the `known_at` and `supersedes` they are to have."""
    histories = _histories(table, stored, given)
    taken: list[int] = []
    known: list[int] = []
    superseded: list[str | None] = []
    for history in histories:
        for row, known_at, supersedes in _additions(history, now):
            taken.append(row)
            known.append(known_at)
            superseded.append(supersedes)
    additions = given.take(pa.array(taken, pa.int64()))
    additions = _with(additions, "known_at", pa.array(known, pa.int64()))
    return _with(additions, "supersedes", pa.array(superseded, pa.string()))


@dataclass(frozen=True)
class _Statement:
    """One row as far as its history is concerned. `row` is its number among the given rows, -1 where it is stored."""

    row: int
    known_at: int
    content: int


def _histories(table: Table, stored: pa.Table, given: pa.Table) -> Iterable[list[_Statement]]:
    """The statements of each given key, stored ones first, both by `known_at`; equal contents have equal numbers."""
    content = [f'"{name}"' for name in table.schema.names if name not in OUTSIDE_CONTENT and name not in table.key]
    key = ", ".join(f'"{name}"' for name in table.key)
    matching = " AND ".join(f's."{name}" IS NOT DISTINCT FROM g."{name}"' for name in table.key)
    with session() as connection:
        connection.register("given", numbered(given))
        connection.register("stored", stored)
        numbers = to_arrow(
            connection,
            f"""WITH statements AS (
                  SELECT -1 AS {GIVEN}, * FROM stored s WHERE EXISTS (SELECT 1 FROM given g WHERE {matching})
                  UNION ALL BY NAME SELECT * FROM given)
                SELECT {GIVEN}, known_at, dense_rank() OVER (ORDER BY {key}) AS thing,
                       dense_rank() OVER (PARTITION BY {key} ORDER BY row({", ".join(content)})) AS content
                FROM statements ORDER BY thing, {GIVEN} >= 0, known_at, ingested_at, {GIVEN}""",
        ).to_pydict()
    histories: dict[int, list[_Statement]] = defaultdict(list)
    for row, known_at, thing, same in zip(*(numbers[n] for n in numbers), strict=True):
        histories[thing].append(_Statement(row, known_at, same))
    return histories.values()


def _additions(history: list[_Statement], now: int) -> list[tuple[int, int, str | None]]:
    """Which given rows of one key to add: row number, `known_at`, `supersedes`."""
    said = [statement for statement in history if statement.row < 0]
    additions: list[tuple[int, int, str | None]] = []
    for statement in (statement for statement in history if statement.row >= 0):
        if not said:
            said.append(statement)
            additions.append((statement.row, statement.known_at, None))
            continue
        latest = said[-1]
        if statement.known_at > latest.known_at:
            if statement.content == latest.content:
                continue
            known_at = statement.known_at
        else:
            if any(earlier.content == statement.content for earlier in said):
                continue
            known_at = max(statement.known_at, now, latest.known_at + 1)
        said.append(_Statement(statement.row, known_at, statement.content))
        additions.append((statement.row, known_at, f"known_at={latest.known_at}"))
    return additions


def _with(rows: pa.Table, name: str, values: "pa.Array[Any] | pa.ChunkedArray[Any]") -> pa.Table:
    at = rows.schema.get_field_index(name)
    return rows.set_column(at, rows.schema.field(at), values)


def _ordered(table: Table, rows: pa.Table) -> pa.Table:
    """`rows` in the order of a file: what is asked for together lies together."""
    names = ["date", *(name for name in LEADING if name in table.key), "ts_event"]
    indices = pc.sort_indices(rows.select(names), sort_keys=[(name, "ascending") for name in names])
    if pc.all(pc.equal(indices, pa.array(np.arange(rows.num_rows, dtype=np.uint64)))).as_py():
        return rows
    return rows.take(indices)
