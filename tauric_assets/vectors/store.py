"""The store of record for embedded chunks: a LanceDB table that knows what was known when.

A chunk may be there in several versions (a news entry was changed): each has its `known_at`, and `known_until`, the
`known_at` of its document's next version. A search as of an instant sees exactly the version of then.

LanceDB 0.40 facts this module rests on, measured:
- `merge_insert` from several processes duplicates keys unless the key is declared an unenforced primary key on a field
  that cannot be null; besides, all writing here is done under a lock file.
- a merge that changes nothing still makes a version: unchanged rows are sorted out before, by a fingerprint.
- approximate indexes lose hits under filters: search is flat, with the filters applied before (12,000 rows on a busy
  machine: 20 to 34 ms; 100,000 rows when quiet: 50 to 100 ms without a filter, 7 ms under a selective indexed one).
- a full-text search scans rows that are newer than the index: of 54,000 passages it took 10 to 20 ms when the index
  held all, 500 when it held none. Replaced and deleted rows are not found. Without any index words are told apart by
  case and no ending is taken off, without a word of warning: hence it is made with the table.
- a `select` without `_distance` prints a warning on every search.

Belongs here: writing, reading and upkeep of that table. Not here: snapshots (snapshot.py), embedding (text/).
"""

import atexit
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import lancedb
import pyarrow as pa
from lancedb.background_loop import LOOP
from lancedb.index import FTS, Bitmap, BTree, LabelList
from lancedb.query import FullTextOperator, MultiMatchQuery

from tauric_assets.errors import StorageUnavailable, UsageError
from tauric_assets.lake.locks import held
from tauric_assets.tables import Row
from tauric_assets.text.chunks import embedded
from tauric_assets.text.embedders import Embedder
from tauric_assets.vectors.changes import State, SyncReport, plan, stored
from tauric_assets.vectors.search import (
    EVERYTHING,
    HIT_COLUMNS,
    WORDED,
    Filters,
    Hit,
    hits_of,
    quoted,
    vector_of,
    words_of,
)

TABLE = "chunks"
BATCH_ROWS = 4_096
"""Rows per write; a merge holds its batch in memory several times over."""
KEEP_VERSIONS = timedelta(hours=6)
"""How long old versions stay readable: longer than any reader needs one."""

REASON_CHARACTERS = 160
"""Of what LanceDB says of damage: it goes on with its own source lines."""

_NAMES_AT_ONCE = 1_000
_EMBEDDER = b"tauric_embedder"
_ADDED = "context"
_PRIMARY_KEY = b"lance-schema:unenforced-primary-key:position"
_INDEXES = {
    "key": BTree(),
    "document_id": BTree(),
    "date": BTree(),
    "kind": Bitmap(),
    "form": Bitmap(),
    "fiscal_year": BTree(),
    "symbols": LabelList(),
}
_STATE = ("key", "document_id", "known_at", "known_until", "fingerprint", "date")


@atexit.register
def _stop_event_loop() -> None:
    """End LanceDB's own thread before the interpreter ends; cut off at work it leaves DuckDB's objects behind."""
    if LOOP.thread.is_alive():
        LOOP.loop.call_soon_threadsafe(LOOP.loop.stop)
        LOOP.thread.join()


class VectorStore:
    """The chunks and their vectors in one folder. Any number of processes may write and read at once.

    Args:
        folder: where the table is, or is to be.
        embedder: what turns texts and questions into vectors.
    Raises:
        UsageError: the folder holds the vectors of another embedder.
        StorageUnavailable: the folder cannot be made or written.
    """

    def __init__(self, folder: Path, embedder: Embedder) -> None:
        self.folder = folder
        self.embedder = embedder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = folder / "write.lock"
            with held(self._lock), _whole(folder):
                self._table = self._opened()
        except OSError as error:
            raise StorageUnavailable(f"vectors: cannot write in {folder}: {error}") from error
        made_by = (self._table.schema.metadata or {}).get(_EMBEDDER, b"").decode()
        if made_by != embedder.id:
            raise UsageError(
                f"the vectors in {folder} were made by {made_by or 'nobody known'}, not by {embedder.id}: "
                "use that embedder, or another folder and embed again"
            )

    def upsert(self, chunks: pa.Table) -> int:
        """Add the chunks that are new and change those that differ.

        Args:
            chunks: rows of `chunks`; several versions of a document side by side are well.
        Returns: how many rows were written; 0 writes nothing at all, the version stays.
        """
        report = self._write(None, chunks)
        return report.added + report.updated

    def synchronise(self, day: date, chunks: pa.Table) -> SyncReport:
        """Make the chunks of one `date` exactly `chunks`: what is not among them any more is removed.

        Raises: UsageError: a chunk of another day.
        """
        other = next((found for found in chunks["date"].to_pylist() if found != day), None)
        if other:
            raise UsageError(f"cannot synchronise {day} with chunks of {other}: hand in those of {day} alone")
        return self._write(day, chunks)

    def remove(self, document_ids: Iterable[str]) -> int:
        """Remove documents in all their versions (deleted posts), so that no search finds them, whatever its `as_of`.

        Returns: how many rows went.
        """
        with held(self._lock):
            keys = [row["key"] for row in self._state(document_ids)]
            self._delete(keys)
        return len(keys)

    def version(self) -> int:
        """The table's version; grows with every write."""
        return int(self._table.version)

    def settled_version(self) -> int:
        """The table's version at a moment when nobody is in the middle of writing."""
        with held(self._lock):
            return self.version()

    def count(self) -> int:
        """How many rows there are, superseded ones included."""
        return int(self._table.count_rows())

    def rows(self, version: int) -> pa.Table:
        """Everything as it stood at `version`, vectors included, ordered by key.

        Raises: UsageError: that version was cleaned up, or never was.
        """
        table = self._at(version)
        with _whole(self.folder):
            rows: pa.Table = table.to_arrow().sort_by("key")
        return rows

    def states(self, version: int) -> pa.Table:
        """`key`, `fingerprint` and `known_until` of every row at `version`. Raises: UsageError as `rows`."""
        columns = ["key", "fingerprint", "known_until"]
        states: pa.Table = self._at(version).search().select(columns).to_arrow().select(columns)
        return states

    def rows_of(self, version: int, keys: Sequence[str]) -> pa.Table:
        """The rows of some keys as they stood at `version`, vectors included. Raises: UsageError as `rows`."""
        table = self._at(version)
        parts = [table.search().where(f"key IN ({quoted(names)})").to_arrow() for names in _batches(keys)]
        return pa.concat_tables([table.schema.empty_table(), *parts])

    def _at(self, version: int) -> Any:
        table = self._database().open_table(TABLE)
        try:
            table.checkout(version)
        except (ValueError, RuntimeError) as error:
            raise UsageError(f"the vectors in {self.folder} have no version {version} any more: {error}") from error
        return table

    def nearest(self, question: str, k: int, filters: Filters = EVERYTHING) -> list[Hit]:
        """The `k` passages nearest to the question, exact, among those the filters let through.

        Raises: UsageError: the question has no words, or k is below 1.
        """
        vector = vector_of(question, k, self.embedder)
        with _whole(self.folder):
            found = (
                self._table.search(vector)
                .distance_type("dot")
                .where(filters.sql(), prefilter=True)
                .bypass_vector_index()
                .select([*HIT_COLUMNS, "_distance"])
                .limit(k)
                .to_arrow()
                .to_pylist()
            )
        return hits_of(found, [1.0 - row["_distance"] for row in found])

    def matching(self, question: str, k: int, filters: Filters = EVERYTHING) -> list[Hit]:
        """The `k` passages that share the most telling words with the question, among those the filters let through.

        By BM25 over all passages, a word of its stem; the column that says most counts.

        Raises: UsageError: the question has no words, or k is below 1.
        """
        query = MultiMatchQuery(words_of(question, k), list(WORDED), boosts=None, operator=FullTextOperator.OR)
        with _whole(self.folder):
            found = (
                self._table.search(query, query_type="fts")
                .where(filters.sql(), prefilter=True)
                .select([*HIT_COLUMNS, "_score"])
                .limit(k)
                .to_arrow()
                .to_pylist()
            )
        return hits_of(found, [row["_score"] for row in found])

    def maintain(self) -> None:
        """Merge small files, bring the indexes up to date, let go of versions older than `KEEP_VERSIONS`."""
        with held(self._lock):
            if self.count():
                there = {index.name for index in self._table.list_indices()}
                for column, config in _INDEXES.items():
                    if f"{column}_idx" not in there:
                        self._table.create_index(column, config=config)
            self._table.optimize(cleanup_older_than=KEEP_VERSIONS)

    def _database(self) -> Any:
        """A connection whose tables look for newer versions at every read."""
        return lancedb.connect(str(self.folder), read_consistency_interval=timedelta(0))

    def _opened(self) -> Any:
        database = self._database()
        if TABLE in database.list_tables().tables:
            table = database.open_table(TABLE)
            if _ADDED not in table.schema.names:  # of an earlier version of this project
                table.add_columns({_ADDED: "''"})
        else:
            table = database.create_table(TABLE, schema=_schema(self.embedder))
        missing = sorted(set(_schema(self.embedder).names) - set(table.schema.names))
        if missing:
            raise StorageUnavailable(
                f"the vectors in {self.folder} were written by an older version (no {', '.join(missing)}): "
                "move that folder away and make chunk_vectors again"
            )
        if _PRIMARY_KEY not in (table.schema.field("key").metadata or {}):
            table.set_unenforced_primary_key("key")
        there = {index.name for index in table.list_indices()}
        for column in WORDED:
            if f"{column}_words" not in there:
                table.create_index(column, config=FTS(), name=f"{column}_words")
        return table

    def _write(self, day: date | None, chunks: pa.Table) -> SyncReport:
        incoming = {str(row["key"]): row for row in map(stored, chunks.to_pylist())}
        with held(self._lock):
            documents = {str(row["document_id"]) for row in incoming.values()}
            if day is not None:
                documents |= {row["document_id"] for row in self._read(f"date = date '{day}'")}
            changes = plan(self._state(documents), incoming, day)
            for start in range(0, len(changes.write), BATCH_ROWS):
                self._merge(changes.write[start : start + BATCH_ROWS])
            for known_until, keys in changes.retime.items():
                for names in _batches(keys):
                    self._table.update(where=f"key IN ({quoted(names)})", values={"known_until": known_until})
            self._delete(changes.remove)
        return changes.report

    def _merge(self, rows: Sequence[Row]) -> None:
        texts = [embedded(*(str(row[name]) for name in ("breadcrumb", "context", "text"))) for row in rows]
        vectors = self.embedder.embed_documents(texts)
        schema = _schema(self.embedder)
        table = pa.Table.from_pylist(list(rows), schema=schema.remove(schema.get_field_index("vector")))
        values = pa.FixedSizeListArray.from_arrays(pa.array(vectors.reshape(-1)), self.embedder.dimension)
        table = table.append_column(schema.field("vector"), values)
        self._table.merge_insert("key").when_matched_update_all().when_not_matched_insert_all().execute(table)

    def _delete(self, keys: Sequence[str]) -> None:
        for names in _batches(keys):
            self._table.delete(f"key IN ({quoted(names)})")

    def _state(self, document_ids: Iterable[str]) -> list[State]:
        """What is there of these documents, in all versions."""
        return [
            row for names in _batches(sorted(document_ids)) for row in self._read(f"document_id IN ({quoted(names)})")
        ]

    def _read(self, condition: str) -> list[State]:
        found: list[State] = self._table.search().where(condition).select(list(_STATE)).to_arrow().to_pylist()
        return found


@contextmanager
def _whole(folder: Path) -> Iterator[None]:
    """LanceDB tells of missing and damaged files in exceptions of several kinds.

    Raises: StorageUnavailable that says what to do.
    """
    try:
        yield
    except (RuntimeError, ValueError) as error:
        reason = str(error).splitlines()[0][:REASON_CHARACTERS]
        raise StorageUnavailable(
            f"the vectors in {folder} cannot be read ({reason}): move that folder away and make chunk_vectors again"
        ) from error


def _batches(names: Sequence[str]) -> Iterator[Sequence[str]]:
    return (names[start : start + _NAMES_AT_ONCE] for start in range(0, len(names), _NAMES_AT_ONCE))


def _schema(embedder: Embedder) -> pa.Schema:
    return pa.schema(
        [
            pa.field("key", pa.string(), nullable=False),
            pa.field("chunk_id", pa.string()),
            pa.field("document_id", pa.string()),
            pa.field("kind", pa.string()),
            pa.field("form", pa.string()),
            pa.field("symbols", pa.list_(pa.string())),
            pa.field("ciks", pa.list_(pa.int64())),
            pa.field("breadcrumb", pa.string()),
            pa.field("context", pa.string()),
            pa.field("text", pa.string()),
            pa.field("url", pa.string()),
            pa.field("date", pa.date32()),
            pa.field("known_at", pa.int64()),
            pa.field("known_until", pa.int64()),
            pa.field("ts_event", pa.int64()),
            pa.field("fiscal_year", pa.int64()),
            pa.field("fiscal_period", pa.string()),
            pa.field("start_offset", pa.int64()),
            pa.field("end_offset", pa.int64()),
            pa.field("content_sha256", pa.string()),
            pa.field("fingerprint", pa.string()),
            pa.field("vector", pa.list_(pa.float32(), embedder.dimension)),
        ],
        metadata={_EMBEDDER: embedder.id.encode()},
    )
