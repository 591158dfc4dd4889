"""One commit to one Delta table: file layout, turns between local writers, retries, and what failures mean.

Follows the Delta transaction protocol as delta-rs keeps it: a commit that overwrites partitions fails if another commit
touched the same partitions since the table was loaded, and commits that carry the same application id exclude each
other. That is what makes the lake safe; the turns (file locks, local folders only) make it fair, so that a writer of a
large partition is not starved by one that appends every second.

Belongs here: creating, committing, locking, retrying, error translation.
Not here: which rows to write (changes.py), reading (reading.py).
"""

import fcntl
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, TypedDict, TypeVar

import pyarrow as pa
from deltalake import ColumnProperties, CommitProperties, DeltaTable, Transaction, WriterProperties, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError

from tauric_assets.errors import LakeConflict, StorageUnavailable
from tauric_assets.lake.changes import LEADING
from tauric_assets.tables import Table

TRIES_MAX = 8
TURN_WAIT_S = 60.0
ROW_GROUP_ROWS = 128 * 1024
CHECKPOINT_COMMITS = 20

Result = TypeVar("Result")


class _How(TypedDict):
    schema_mode: Literal["merge"] | None
    writer_properties: WriterProperties
    commit_properties: CommitProperties | None


def writer_properties(table: Table) -> WriterProperties:
    """How the table's Parquet files are laid out.

    Integers are delta-packed, ids of things (which seldom repeat and often share a beginning) delta-coded, other text
    goes by dictionary; all of it zstd.
    """
    packed = ColumnProperties(dictionary_enabled=False, encoding="DELTA_BINARY_PACKED")
    prefixed = ColumnProperties(dictionary_enabled=False, encoding="DELTA_BYTE_ARRAY")
    columns = {field.name: packed for field in table.schema if pa.types.is_int64(field.type)}
    ids = (name for name in table.key if name not in LEADING and pa.types.is_string(table.schema.field(name).type))
    return WriterProperties(
        compression="ZSTD",
        compression_level=3,
        max_row_group_size=ROW_GROUP_ROWS,
        column_properties=columns | dict.fromkeys(ids, prefixed),
    )


def create(uri: str, table: Table, storage_options: dict[str, str] | None) -> DeltaTable:
    """Make the table, or load it where another writer was faster."""
    try:
        return DeltaTable.create(
            uri,
            schema=table.schema,
            mode="ignore",
            partition_by=["date"],
            name=table.name,
            description=table.description,
            storage_options=storage_options,
            configuration={
                "delta.checkpointInterval": str(CHECKPOINT_COMMITS),
                "delta.dataSkippingStatsColumns": "ts_event,known_at,ingested_at",
            },
        )
    except DeltaError:
        if DeltaTable.is_deltatable(uri, storage_options):
            return DeltaTable(uri, storage_options=storage_options)
        raise


def commit(
    delta: DeltaTable, table: Table, rows: pa.Table, *, predicate: str = "", transaction: Transaction | None = None
) -> int:
    """Write `rows` in one commit and return its version.

    Args:
        delta: the table as it was when `rows` were worked out; a later commit to the same partitions is a conflict.
        predicate: partitions that become exactly `rows`; empty appends.
        transaction: application id and version that become part of the commit.
    """
    how = _How(
        schema_mode=None if {field.name for field in delta.schema().fields} >= set(rows.column_names) else "merge",
        writer_properties=writer_properties(table),
        commit_properties=CommitProperties(app_transactions=[transaction]) if transaction else None,
    )
    if predicate:
        write_deltalake(delta, rows, mode="overwrite", predicate=predicate, **how)
    else:
        write_deltalake(delta, rows, mode="append", **how)
    return int(delta.version())


def retrying(table: Table, attempt: Callable[[], Result]) -> Result:
    """Run a whole read-modify-write, again after each conflict, at most `TRIES_MAX` times.

    Raises: LakeConflict: another writer was faster every time.
    """
    for tried in range(TRIES_MAX):
        try:
            return attempt()
        except CommitFailedError as error:
            if is_storage_failure(error):
                raise
        time.sleep(random.uniform(0.5, 1.5) * min(0.01 * 2**tried, 0.5))
    raise LakeConflict(
        f"{table.name}: another writer changed the same days {TRIES_MAX} times in a row; try again later"
    )


@contextmanager
def turn(folder: Path | None, table: Table) -> Iterator[None]:
    """Wait for this table's turn among the writers of this machine, for `TURN_WAIT_S` at most, then go anyway.

    Args:
        folder: where the lock files are; None (no local folder) waits for nobody.
    """
    if folder is None:
        yield
        return
    folder.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + TURN_WAIT_S
    with (folder / f"{table.name}.lock").open("a") as lock:
        while not _locked(lock.fileno()) and time.monotonic() < deadline:
            time.sleep(random.uniform(0.001, 0.01))
        yield


@contextmanager
def storage(table: Table, uri: str) -> Iterator[None]:
    """Turn what the disk or the object store refused into one line.

    Raises: StorageUnavailable.
    """
    try:
        yield
    except OSError as error:
        raise StorageUnavailable(f"{table.name}: {error.strerror or error} at {error.filename or uri}") from error
    except DeltaError as error:
        if not is_storage_failure(error):
            raise
        reason = " ".join(str(error).split())
        raise StorageUnavailable(f"{table.name}: cannot use {uri}: {reason}; free space or mend the folder") from error


def is_storage_failure(error: Exception) -> bool:
    """Whether delta-rs says that the operating system refused."""
    return any(mark in str(error) for mark in ("os error", "Os { code:", "Os error"))


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
