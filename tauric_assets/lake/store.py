"""The lake: canonical tables as Delta tables, one partition a day, every read as of an instant.

Belongs here: the front door `Lake` and what it answers with.
Not here: SQL for people (query.py), file layout and retries (writing.py), comparison of rows (changes.py).
"""

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TypeVar

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable, Transaction
from deltalake.exceptions import DeltaError

from tauric_assets.errors import LakeConflict
from tauric_assets.lake import changes, writing
from tauric_assets.lake.engine import session, to_arrow
from tauric_assets.lake.reading import dates_predicate, days_predicate, latest_sql, scan_sql
from tauric_assets.tables import Table, table_named
from tauric_assets.times import Clock, Days, system_clock

Result = TypeVar("Result")

REVISING = "tauric/revise"
"""Application id of every commit of `revise`: two that worked at once exclude each other, and the later works anew."""

RETENTION_HOURS = 24 * 7
"""Files that no current version needs are kept this long for readers that opened an older one."""


@dataclass(frozen=True)
class Commit:
    """What a write did. `version` is the table's after it, -1 for a table that still does not exist."""

    version: int
    rows_added: int
    rows_unchanged: int
    changed: bool


@dataclass(frozen=True)
class TableStatus:
    """How full a table is. `rows` counts every stored revision; with `as_of`, the rows a read would give."""

    rows: int
    first_day: date | None
    last_day: date | None
    last_known_at: int | None
    version: int
    files: int
    bytes: int


class Lake:
    """All canonical tables below one root. Cheap to make; safe to use from several threads and processes.

    Args:
        root: a folder, or an address of an object store that deltalake knows (`s3://bucket/lake`).
        clock: stamps `ingested_at`, and `known_at` of late corrections.
        storage_options: handed to deltalake, for object stores.
    """

    def __init__(
        self, root: str | Path, clock: Clock = system_clock, storage_options: dict[str, str] | None = None
    ) -> None:
        local = "://" not in str(root)
        self.root = str(Path(root).absolute()) if local else str(root).rstrip("/")
        self.folder = Path(self.root) if local else None
        self.clock = clock
        self.storage_options = storage_options

    def replace(self, table: str, days: Days, rows: pa.Table, only: tuple[str, Sequence[str]] | None = None) -> Commit:
        """Make the partitions of `days` exactly `rows`, in one atomic commit; none where they already are.

        A row that is stored with the same content keeps its `ingested_at`; the others get the clock's.

        Args:
            rows: columns of the table in any order; missing ones become null, `ingested_at` is ignored.
            only: a text column and some of its values: rows with other values stay as they are.
        Raises: ValueError: a row outside `days` or `only`, or two rows with the same key and `known_at`; LakeConflict;
            StorageUnavailable.
        """
        known = table_named(table)
        given = changes.conform(known, rows, days)
        if only is not None and changes.split(given, only)[1].num_rows:
            raise ValueError(f"{table}: rows were given whose {only[0]} is not one of {', '.join(only[1])}")

        def attempt() -> Commit:
            delta = self._load(known)
            stored, others = self._stored(known, delta, days), None
            if only is not None:
                stored, others = changes.split(stored, only)
            change = changes.replacement(known, stored, given, self.clock())
            if change is None:
                return Commit(_version(delta), 0, given.num_rows, changed=False)
            rows = pa.concat_tables([change.rows, others]) if others is not None else change.rows
            return self._commit(known, delta, dataclasses.replace(change, rows=rows), days_predicate(days))

        return self._write(known, attempt)

    def revise(
        self, table: str, days: Days, rows: pa.Table, *, everywhere: bool = False, beside: bool = False
    ) -> Commit:
        """Add what `rows` say that is not yet known of their keys; nothing is edited or removed.

        Content is everything but `date`, `ts_event`, `ingested_at`, `known_at`, `known_at_quality`, `supersedes` and
        `source`. Rows of one key are taken by `known_at`:
        - a key that is not stored is added as it is;
        - a row known later than the key's latest revision is added if its content differs from that revision;
        - a row known no later is added if no revision has its content: that is a correction made now, so its
          `known_at` becomes the clock's.
        A row that is added to a known key names in `supersedes` the `known_at` of the revision before it. In a table
        that is never revised, the first row of a key stays and later ones are dropped.

        Args:
            everywhere: a key's history is looked for in all partitions, because the same thing is listed on several
                days (an entry that stays in its feed); otherwise in `days` only.
            beside: put a file beside those that are stored, instead of writing the days anew: costs the memory of
                `rows` and not that of their days. For one of many batches; `maintain` joins the files afterwards.
        Raises: ValueError: a row outside `days`; LakeConflict; StorageUnavailable.
        """
        known = table_named(table)
        given = changes.conform(known, rows, days)

        def attempt() -> Commit:
            delta = self._load(known)
            if beside:
                stored = self._sharing_keys(known, delta, given, None if everywhere else days)
            elif everywhere:
                elsewhere = self._sharing_keys(known, delta, given, None, other_than=days)
                stored = pa.concat_tables([self._stored(known, delta, days), elsewhere])
            else:
                stored = self._stored(known, delta, days)
            change = changes.revision(known, stored, given, self.clock(), with_stored=not beside)
            if change is None:
                return Commit(_version(delta), 0, given.num_rows, changed=False)
            turn = Transaction(REVISING, _version(delta) + 1)
            return self._commit(known, delta, change, "" if beside else dates_predicate(change.dates), turn)

        return self._write(known, attempt)

    def append(self, table: str, rows: pa.Table, app_id: str, version: int) -> Commit:
        """Add `rows` and remember `version` for `app_id`, in one commit; a version remembered already is skipped.

        Args:
            version: grows with each append of `app_id`, e.g. the number of the last message in `rows`.
        Raises: ValueError: a row does not fit; LakeConflict; StorageUnavailable.
        """
        known = table_named(table)
        given = changes.conform(known, rows)

        def attempt() -> Commit:
            delta = self._load(known)
            if delta is not None and _remembered(delta, app_id) >= version:
                return Commit(delta.version(), 0, given.num_rows, changed=False)
            delta = delta or writing.create(self._uri(known), known, self.storage_options)
            stamped = changes.stamped(given, self.clock())
            number = writing.commit(delta, known, stamped, transaction=Transaction(app_id, version))
            return Commit(number, given.num_rows, 0, changed=True)

        return self._write(known, attempt)

    def extend(self, table: str, rows: pa.Table, app_id: str, version: int) -> Commit:
        """`append` those of `rows` whose key is not stored in their days yet, of each key the earliest known.

        For tables that are never revised: history by file, which may repeat what another file or the stream brought.
        Args and Raises as `append`.
        """
        known = table_named(table)
        given = changes.conform(known, rows)

        def attempt() -> Commit:
            delta = self._load(known)
            if not given.num_rows or (delta is not None and _remembered(delta, app_id) >= version):
                return Commit(_version(delta), 0, given.num_rows, changed=False)
            days = Days(pc.min(given["date"]).as_py(), pc.max(given["date"]).as_py() + timedelta(days=1))
            with session() as connection:
                fresh = changes.unseen(connection, known, self._scan(connection, known, delta, days=days), given)
            delta = delta or writing.create(self._uri(known), known, self.storage_options)
            stamped = changes.stamped(fresh, self.clock())
            number = writing.commit(delta, known, stamped, transaction=Transaction(app_id, version))
            return Commit(number, fresh.num_rows, given.num_rows - fresh.num_rows, changed=fresh.num_rows > 0)

        return self._write(known, attempt)

    def last_version(self, table: str, app_id: str) -> int:
        """The version last committed by `append` for `app_id`; -1 where there is none."""
        delta = self._load(table_named(table))
        return -1 if delta is None else _remembered(delta, app_id)

    def read(
        self,
        table: str,
        as_of: int | None = None,
        days: Days | None = None,
        columns: Sequence[str] | None = None,
        where: str | None = None,
        *,
        every_revision: bool = False,
    ) -> pa.Table:
        """Rows known at `as_of`, the latest revision of each key.

        Args:
            as_of: nanoseconds UTC, inclusive; None means everything stored.
            days: only these partitions; revisions stored under other days are then not looked at.
            columns: these columns in this order; None means all.
            where: a condition in SQL on the table's columns, applied to the latest revisions.
            every_revision: superseded rows too.
        Returns: the table's schema (or `columns` of it); in no promised order. Empty where the table does not exist.
        """
        known = table_named(table)
        delta = self._load(known)
        wanted = ", ".join(f'"{name}"' for name in columns) if columns is not None else "*"
        with session() as connection:
            scan = self._scan(connection, known, delta, as_of=as_of, days=days)
            rows = scan if every_revision else latest_sql(known, scan)
            condition = f" WHERE {where}" if where else ""
            return to_arrow(connection, f"SELECT {wanted} FROM ({rows}){condition}", known.schema)

    def maintain(self, table: str, retention_hours: int = RETENTION_HOURS) -> None:
        """Join small files, write a checkpoint, remove files that no version younger than `retention_hours` needs.

        Raises: LakeConflict; StorageUnavailable.
        """
        known = table_named(table)

        def attempt() -> None:
            delta = self._load(known)
            if delta is None:
                return
            delta.optimize.compact(writer_properties=writing.writer_properties(known))
            delta.create_checkpoint()
            delta.vacuum(retention_hours, dry_run=False, enforce_retention_duration=False, full=True)

        self._write(known, attempt)

    def status(self, table: str, as_of: int | None = None) -> TableStatus:
        """How full `table` is, from its log alone; with `as_of`, counted."""
        known = table_named(table)
        delta = self._load(known)
        if delta is None:
            return TableStatus(0, None, None, None, -1, 0, 0)
        files = pa.table(delta.get_add_actions(flatten=True))
        days, size = files["partition.date"], pc.sum(files["size_bytes"]).as_py() or 0
        rows, first, last = pc.sum(files["num_records"]).as_py() or 0, pc.min(days).as_py(), pc.max(days).as_py()
        known_at = pc.max(files["max.known_at"]).as_py() if "max.known_at" in files.column_names else None
        if as_of is not None:
            with session() as connection:
                visible = latest_sql(known, self._scan(connection, known, delta, as_of=as_of))
                sql = f"SELECT count(*), min(date), max(date), max(known_at) FROM ({visible})"
                rows, first, last, known_at = connection.sql(sql).fetchall()[0]
        return TableStatus(rows, first, last, known_at, delta.version(), files.num_rows, size)

    def scan(
        self,
        connection: duckdb.DuckDBPyConnection,
        table: str,
        as_of: int | None = None,
        *,
        days: Days | None = None,
        version: int | None = None,
    ) -> str:
        """SQL for `connection` that reads every stored revision of `table` known at `as_of`.

        Args:
            days: only these partitions.
            version: the table as it was then, -1 before it existed; None means its current version.
        Raises: LakeConflict: that version is gone.
        """
        known = table_named(table)
        delta = None if version == -1 else self._load(known, version)
        return self._scan(connection, known, delta, as_of=as_of, days=days)

    def _uri(self, table: Table) -> str:
        return f"{self.root}/{table.name}"

    def _load(self, table: Table, version: int | None = None) -> DeltaTable | None:
        gone = LakeConflict(f"{table.name} has no version {version} any more: read its current one")
        with writing.storage(table, self._uri(table)):
            if not DeltaTable.is_deltatable(self._uri(table), self.storage_options):
                if version is not None:
                    raise gone
                return None
            try:
                return DeltaTable(self._uri(table), version=version, storage_options=self.storage_options)
            except DeltaError:
                if version is None:
                    raise
                raise gone from None

    def _scan(
        self,
        connection: duckdb.DuckDBPyConnection,
        table: Table,
        delta: DeltaTable | None,
        *,
        as_of: int | None = None,
        days: Days | None = None,
    ) -> str:
        return scan_sql(connection, table, delta, local=self.folder is not None, as_of=as_of, days=days)

    def _stored(self, table: Table, delta: DeltaTable | None, days: Days) -> pa.Table:
        """Every stored revision in `days`."""
        with session() as connection:
            return to_arrow(connection, self._scan(connection, table, delta, days=days), table.schema)

    def _sharing_keys(
        self,
        table: Table,
        delta: DeltaTable | None,
        given: pa.Table,
        days: Days | None,
        other_than: Days | None = None,
    ) -> pa.Table:
        """Every stored revision of the keys of `given`, in `days` (None: anywhere) and not in `other_than`.

        Looked for by the key's columns alone first: most often there is none, and texts are long.
        """
        matching = " AND ".join(f's."{name}" IS NOT DISTINCT FROM g."{name}"' for name in table.key)
        shared = f"EXISTS (SELECT 1 FROM given g WHERE {matching})"
        if other_than is not None:
            shared += f" AND NOT ({days_predicate(other_than)})"
        with session() as connection:
            connection.register("given", given.select(list(table.key)))
            scan = self._scan(connection, table, delta, days=days)
            found = to_arrow(connection, f"SELECT DISTINCT date FROM ({scan}) s WHERE {shared}")["date"].to_pylist()
            dates = [day for day in found if day is not None]
            if not dates:
                return table.schema.empty_table()
            sql = f"SELECT * FROM ({scan}) s WHERE {dates_predicate(dates)} AND {shared}"
            return to_arrow(connection, sql, table.schema)

    def _commit(
        self,
        table: Table,
        delta: DeltaTable | None,
        change: changes.Change,
        predicate: str,
        transaction: Transaction | None = None,
    ) -> Commit:
        delta = delta or writing.create(self._uri(table), table, self.storage_options)
        version = writing.commit(delta, table, change.rows, predicate=predicate, transaction=transaction)
        return Commit(version, change.added, change.unchanged, changed=True)

    def _write(self, table: Table, attempt: Callable[[], Result]) -> Result:
        turns = self.folder / ".turns" if self.folder else None
        with writing.storage(table, self._uri(table)), writing.turn(turns, table):
            return writing.retrying(table, attempt)


def _version(delta: DeltaTable | None) -> int:
    return -1 if delta is None else int(delta.version())


def _remembered(delta: DeltaTable, app_id: str) -> int:
    version = delta.transaction_version(app_id)
    return -1 if version is None else int(version)
