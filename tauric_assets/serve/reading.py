"""Questions to the canonical tables as of an instant, page by page: what REST, MCP and the desk have in common.

A page is read from the version of the table that its cursor names, so pages fit together while others write. Text from
outside reaches SQL as bound parameters or as column names found in the schema, never otherwise.

Belongs here: the question, its SQL, whose rows a symbol means, the versions read.
Not here: HTTP (api.py), MCP (mcp_server.py), how rows are written down (representations.py).
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import duckdb
import pyarrow as pa

from tauric_assets.errors import LakeConflict, UsageError
from tauric_assets.house import House
from tauric_assets.lake.engine import session, to_arrow
from tauric_assets.lake.reading import latest_sql
from tauric_assets.tables import Table, table_named
from tauric_assets.times import Days, day_of_ns, ns_to_text, parse_day, parse_instant

Versions = Mapping[str, int]
"""The version of each Delta table an answer was read from; -1 for a table that did not exist."""

PAGE_ROWS_MAX = 100_000
SYMBOLS_MAX = 1_000
EQUAL_COLUMNS = ("venue", "interval", "indicator", "kind", "form")
"""Text columns that a question may fix to one value."""

_BY_DAY_OF_EVENT = frozenset({"trades", "quotes", "bars", "indicators"})  # tables whose partition is ts_event's day
_FIRST_DAY, _LAST_DAY = parse_day("1970-01-01"), parse_day("9999-12-31")
_INSTANT_MAX = 2**63 - 1
_NANOSECOND_DIGITS_MIN = 16  # fewer digits would be an instant of January 1970: a date or seconds were meant


@dataclass(frozen=True)
class Question:
    """Rows of one table that somebody wants.

    Args:
        table: a canonical table.
        as_of: only what was known then, nanoseconds UTC, inclusive.
        symbols: tickers or listings (`NOVA`, `NOVA-USD`); a ticker stands also for its listings, a listing for its
            ticker, both for the company where the table knows only that. Empty means all.
        cik: only this company.
        start: first `ts_event`, nanoseconds UTC, inclusive.
        end: first `ts_event` after, exclusive.
        equals: (column, value) of `EQUAL_COLUMNS`.
        columns: these columns in this order; empty means all.
        latest_first: newest `ts_event` first instead of oldest.
    """

    table: str
    as_of: int
    symbols: tuple[str, ...] = ()
    cik: int | None = None
    start: int | None = None
    end: int | None = None
    equals: tuple[tuple[str, str], ...] = ()
    columns: tuple[str, ...] = ()
    latest_first: bool = False

    @property
    def digest(self) -> str:
        """A short name of what is asked, whatever the instant it is asked as of."""
        return hashlib.sha256(repr(replace(self, as_of=0)).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Standing:
    """The current versions of some tables, and the latest `known_at` in them (0 where they are empty)."""

    versions: Versions
    newest: int


@dataclass(frozen=True)
class Page:
    """Some rows of an answer; `next_offset` is where the next page begins, None after the last."""

    rows: pa.Table
    versions: Versions
    next_offset: int | None


@dataclass(frozen=True)
class _Names:
    """Whose rows are wanted: symbols as the tables write them, and the companies behind them."""

    symbols: tuple[str, ...]
    ciks: tuple[int, ...]


def instant(text: str) -> int:
    """RFC 3339, YYYY-MM-DD (its first instant, UTC) or whole nanoseconds since 1970, as nanoseconds.

    Raises: UsageError that names the text and the forms wanted.
    """
    whole = text.isascii() and text.isdigit() and len(text) >= _NANOSECOND_DIGITS_MIN
    number = int(text) if whole else parse_instant(text)
    if abs(number) > _INSTANT_MAX:
        raise UsageError(f"{text} is beyond 1677 to 2262, which is all that nanoseconds can tell")
    return number


def instant_text(moment: int) -> str:
    """Nanoseconds as text that `instant` reads back exactly: RFC 3339, or digits where that would cut some off."""
    return str(moment) if moment % 1_000 else ns_to_text(moment)


def present(house: House) -> int:
    """Now, in whole microseconds, so that it can be told as RFC 3339."""
    return house.clock() // 1_000 * 1_000


def listed(text: str | None) -> tuple[str, ...]:
    """`a,b` as ("a", "b"); spaces around are dropped, empty parts too."""
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())


def standing(house: House, question: Question) -> Standing:
    """How the tables stand that an answer would be read from now.

    Raises: UsageError: no such table.
    """
    found = {name: house.lake.status(name) for name in _tables_of(question)}
    versions = {name: status.version for name, status in found.items()}
    return Standing(versions, max(status.last_known_at or 0 for status in found.values()))


def entity_tag(question: Question, versions: Versions, newest: int, extra: str) -> str:
    """A weak ETag: the same as long as the same question with the same `extra` gives the same rows.

    An `as_of` later than the newest row known sees the same as that row's own instant, so `now` has a lasting tag.
    """
    told = json.dumps([question.digest, min(question.as_of, newest), sorted(versions.items()), extra])
    return f'W/"{hashlib.sha256(told.encode()).hexdigest()[:32]}"'


def read(house: House, question: Question, limit: int, offset: int = 0, versions: Versions | None = None) -> Page:
    """One page of the answer, ordered by `ts_event`, `known_at` and the table's key.

    Args:
        limit: rows at most, 1 to `PAGE_ROWS_MAX`.
        offset: rows to leave out first.
        versions: read these; None means the current ones.
    Raises: UsageError: the question makes no sense for the table; LakeConflict: a version wanted is gone.
    """
    if not 1 <= limit <= PAGE_ROWS_MAX or offset < 0:
        raise UsageError(f"a page has 1 to {PAGE_ROWS_MAX} rows; {limit} were asked for")
    if question.start is not None and question.end is not None and question.end <= question.start:
        raise UsageError("nothing lies between start and end: the end is exclusive and must be later")
    table = table_named(question.table)
    columns = _checked_columns(table, question)
    pinned = versions if versions is not None else standing(house, question).versions
    with _version_still_there(table.name), session() as connection:
        names = _names(connection, house, question, pinned)
        conditions, parameters = _conditions(table, question, names)
        stored = house.lake.scan(
            connection, table.name, question.as_of, days=_days(question), version=pinned[table.name]
        )
        rows = latest_sql(table, stored)
        way = "DESC" if question.latest_first else "ASC"
        order = ", ".join(f'"{name}" {way}' for name in dict.fromkeys(("ts_event", "known_at", *table.key)))
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        sql = f"SELECT {columns} FROM ({rows}){where} ORDER BY {order} LIMIT {limit + 1} OFFSET {offset}"
        found = to_arrow(connection, sql, table.schema, parameters)
    return Page(found.slice(0, limit), pinned, offset + limit if found.num_rows > limit else None)


@contextmanager
def _version_still_there(table: str) -> Iterator[None]:
    """Files of old versions go one day: that is the end of a cursor that named one."""
    try:
        yield
    except duckdb.IOException:
        raise LakeConflict(f"the version of {table} that was read is gone: ask again from the first page") from None


def _tables_of(question: Question) -> tuple[str, ...]:
    table = table_named(question.table)
    return tuple(dict.fromkeys((table.name, "instruments"))) if question.symbols else (table.name,)


def _checked_columns(table: Table, question: Question) -> str:
    unknown = [name for name in question.columns if name not in table.schema.names]
    if unknown:
        raise UsageError(f"{table.name} has no column {', '.join(unknown)}; it has {', '.join(table.schema.names)}")
    return ", ".join(f'"{name}"' for name in question.columns or table.schema.names)


def _days(question: Question) -> Days | None:
    """The partitions that can hold rows from `start` to `end`; None where the partition says nothing about that."""
    if question.table not in _BY_DAY_OF_EVENT or question.start is question.end is None:
        return None
    first = _FIRST_DAY if question.start is None else day_of_ns(question.start)
    last = _LAST_DAY if question.end is None else day_of_ns(question.end)
    return Days(first, Days.one(max(first, last)).end if last < _LAST_DAY else _LAST_DAY)


def _names(
    connection: duckdb.DuckDBPyConnection, house: House, question: Question, versions: Versions
) -> _Names | None:
    if not question.symbols:
        return None
    if len(question.symbols) > SYMBOLS_MAX:
        raise UsageError(f"at most {SYMBOLS_MAX} symbols at once; {len(question.symbols)} were named")
    stored = house.lake.scan(connection, "instruments", question.as_of, version=versions["instruments"])
    known = latest_sql(table_named("instruments"), stored)
    sql = f"SELECT symbol, cik, list_transform(listings, lambda one: one.symbol) FROM ({known})"
    wanted, symbols, ciks = set(question.symbols), set(question.symbols), set()
    for symbol, cik, listings in connection.execute(sql).fetchall():
        if symbol in wanted:
            symbols.update(listings or ())
        elif wanted.isdisjoint(listings or ()):
            continue
        symbols.add(symbol)
        ciks.add(cik)
    return _Names(tuple(sorted(symbols)), tuple(sorted(cik for cik in ciks if cik is not None)))


def _conditions(table: Table, question: Question, names: _Names | None) -> tuple[list[str], list[object]]:
    parts: list[tuple[str, Sequence[object]]] = []
    if names is not None:
        parts.append(_of_names(table, names))
    if question.cik is not None:
        parts.append(_of_cik(table, question.cik))
    if question.start is not None:
        parts.append(("ts_event >= ?", [question.start]))
    if question.end is not None:
        parts.append(("ts_event < ?", [question.end]))
    for column, value in question.equals:
        if column not in EQUAL_COLUMNS or column not in table.schema.names:
            raise UsageError(f"{table.name} cannot be asked by {column}: it has no such column")
        parts.append((f'"{column}" = ?', [value]))
    return [text for text, _ in parts], [value for _, values in parts for value in values]


def _of_names(table: Table, names: _Names) -> tuple[str, Sequence[object]]:
    have = table.schema.names
    if "symbol" in have:
        return _among("symbol", names.symbols), names.symbols
    if "symbols" in have:
        return "list_has_any(symbols, ?)", [list(names.symbols)]
    if "issuer_symbol" in have:
        both = f"({_among('issuer_symbol', names.symbols)} OR {_among('issuer_cik', names.ciks)})"
        return both, [*names.symbols, *names.ciks]
    if "cik" in have:
        return _among("cik", names.ciks), names.ciks
    raise UsageError(f"{table.name} cannot be asked by symbol: it names none; see documents for linked texts")


def _of_cik(table: Table, cik: int) -> tuple[str, Sequence[object]]:
    for column in ("cik", "issuer_cik"):
        if column in table.schema.names:
            return f"{column} = ?", [cik]
    if "ciks" in table.schema.names:
        return "list_contains(ciks, ?)", [cik]
    raise UsageError(f"{table.name} cannot be asked by cik: it names none")


def _among(column: str, values: Sequence[object]) -> str:
    return f"{column} IN ({', '.join('?' * len(values))})" if values else "false"
