"""Intake: documents into the raw store, and from there rows into the canonical tables, every record accounted for.

Belongs here: the two steps `collect` (ask, keep the bytes) and `parse` (bytes to rows), and their bookkeeping.
Not here: what a document says (feeds/), how tables are written (lake/store.py), when to run (the Dagster shell).
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from tauric_assets.errors import MalformedDocument
from tauric_assets.feeds.contract import Document, Feed, FeedInstance, Fetching, Parsed, Reject
from tauric_assets.lake.journal import Journal, left_behind
from tauric_assets.lake.raw import RawStore
from tauric_assets.lake.store import Lake
from tauric_assets.tables import TABLES, Row, Table, to_arrow
from tauric_assets.times import Days, day_of_ns

RAW_KEPT_MAX = 64 * 1024
"""Bytes of an unreadable record kept in `quarantine`; the whole document stays in the raw store."""

MARKET_TABLES = frozenset({"trades", "quotes"})
"""Tables whose partition is the day of `ts_event`, whatever day they were asked for under."""

BOOKKEEPING = ("quarantine", "document_accounts")
"""Tables that tell of documents whatever feed they are from."""

COLLECTED_MAX = 500
"""Documents whose rows wait in the journal for one commit."""

PARSED_MAX = 1_000
"""Documents parsed between two writes of the tables."""

PARSED_BYTES_MAX = 32 * 1024 * 1024
"""Bytes of documents parsed between two writes; their rows are about as large, some copies of them follow."""

Step = Callable[[str], None]
"""Called after each unit of work with a short word on it; for progress bars."""

Completed = Callable[[str, pa.Table], pa.Table]
"""Takes a table's name and rows, returns the rows to store."""


@dataclass
class IntakeReport:
    """What a step did. `rows` counts what the tables now hold of the days, `added` what of it is new."""

    documents: int = 0
    records: int = 0
    quarantined: int = 0
    ignored: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    added: dict[str, int] = field(default_factory=dict)


def collect(
    instance: FeedInstance,
    fetching: Fetching,
    lake: Lake,
    raw: RawStore,
    days: Days,
    journals: Path,
    step: Step = lambda word: None,
) -> IntakeReport:
    """Ask `instance`'s upstream for each day and keep what it sent.

    The bytes are in the raw store before the journal says so, and there before the row in `raw_documents`; a run that
    is killed leaves a journal for `recover`, and at most one document that is asked for again.
    Args:
        journals: folder of the journals.
    Returns: `documents` received; `added["raw_documents"]` of them not held before.
    Raises: UpstreamUnavailable, UpstreamRefused: as the feed says.
    """
    report = IntakeReport(added={"raw_documents": 0})
    rows: list[Row] = []
    with Journal(journals, instance.name) as journal:
        try:
            for day in days:
                for document in instance.feed.collect(fetching, instance.name, day, instance.options):
                    rows.append(_raw_row(day, document, raw.put(document.body)))
                    journal.add(rows[-1])
                    report.documents += 1
                    if len(rows) >= COLLECTED_MAX:
                        report.added["raw_documents"] += _keep(lake, rows)
                        rows.clear()
                        journal.clear()
                step(str(day))
        finally:
            report.added["raw_documents"] += _keep(lake, rows)
            journal.clear()
    return report


def recover(lake: Lake, feed: str, journals: Path) -> int:
    """Keep what runs of `feed` that were killed had collected. Returns how many documents were not held before."""
    with left_behind(journals, feed) as rows:
        return _keep(lake, rows)


def _keep(lake: Lake, rows: Sequence[Row]) -> int:
    """Write down what arrived, also where the upstream failed half-way: what it sent is not asked for again."""
    unique = {(row["date"], row["feed"], row["url"], row["sha256"]): row for row in reversed(rows)}
    kept = sorted(unique.values(), key=lambda row: (str(row["date"]), str(row["known_at"]), str(row["url"])))
    if not kept:
        return 0
    table = to_arrow(TABLES["raw_documents"], kept)
    return lake.revise("raw_documents", _days_of(table), table).rows_added


def parse(
    instances: Sequence[FeedInstance],
    tables: Sequence[str],
    lake: Lake,
    raw: RawStore,
    days: Days,
    step: Step = lambda word: None,
    completed: Completed = lambda name, rows: rows,
) -> IntakeReport:
    """Turn every raw document of `instances` in `days` into rows of `tables`.

    A document that cannot be read becomes one row of `quarantine` and costs nothing else. Tables are written one after
    another, in batches of documents, so that memory does not grow with `days`; `document_accounts` come last: a run
    that dies in between is mended by the next.
    Args:
        completed: gives the rows of a table what their documents could not know, before they are stored.
    Returns: counts over all documents; `rows` and `added` by table.
    """
    report = IntakeReport(added=dict.fromkeys(tables, 0))
    feeds = {instance.name: instance.feed for instance in instances}
    batch = _Batch(tables)
    told: dict[str, list[pa.Table]] = {name: [] for name in BOOKKEEPING}
    flushes = 0
    for day in days:
        for stored in _stored_documents(lake, feeds, day):
            document = _document(stored, raw)
            _account(report, batch.rows, tables, day, stored, _parse_one(feeds[document.feed], document))
            batch.count(len(document.body))
            if batch.full:
                _flush(lake, batch, days, completed, report, told, beside=True)
                flushes += 1
        step(str(day))
    _flush(lake, batch, days, completed, report, told, beside=flushes > 0)
    for name in tables:
        if flushes:
            lake.maintain(name)
        report.rows[name] = lake.read(name, days=days, columns=["date"], every_revision=True).num_rows
    scope = sorted(feeds)
    for name in BOOKKEEPING:
        lake.replace(name, days, _concat(TABLES[name], told[name]), only=("feed", scope))
    return report


class _Batch:
    """Rows by table of the documents parsed since the last flush, and how much that is."""

    def __init__(self, tables: Sequence[str]) -> None:
        self.rows: dict[str, list[Row]] = {name: [] for name in (*tables, *BOOKKEEPING)}
        self._documents = self._bytes = 0

    def count(self, size: int) -> None:
        """One more document, of `size` bytes."""
        self._documents += 1
        self._bytes += size

    @property
    def full(self) -> bool:
        """Whether it is time to write."""
        return self._documents >= PARSED_MAX or self._bytes >= PARSED_BYTES_MAX

    def taken(self, name: str) -> pa.Table:
        """The rows of a table as Arrow; they are gone from here."""
        self._documents = self._bytes = 0
        rows, self.rows[name] = self.rows[name], []
        return to_arrow(TABLES[name], rows)


def _flush(
    lake: Lake,
    batch: _Batch,
    days: Days,
    completed: Completed,
    report: IntakeReport,
    told: dict[str, list[pa.Table]],
    *,
    beside: bool,
) -> None:
    """Store a batch's rows, and put its bookkeeping to what is told at the end."""
    for name in list(batch.rows):
        rows = batch.taken(name)
        if name in BOOKKEEPING:
            told[name].append(rows)
        elif rows.num_rows:
            rows = completed(name, rows)
            everywhere = name not in MARKET_TABLES
            within = _days_of(rows) if _within(rows, days) else days
            commit = lake.revise(name, within, rows, everywhere=everywhere, beside=beside and everywhere)
            report.added[name] += commit.rows_added


def _raw_row(day: date, document: Document, sha256: str) -> Row:
    return {
        "date": day,
        "ts_event": document.known_at,
        "known_at": document.known_at,
        "known_at_quality": document.quality,
        "source": f"{document.url}#sha256={sha256}",
        "feed": document.feed,
        "url": document.url,
        "sha256": sha256,
        "media_type": document.media_type,
        "size_bytes": len(document.body),
        "attributes": json.dumps(dict(document.attributes), sort_keys=True),
    }


def held_addresses(lake: Lake, feed: str, days: Days) -> dict[str, str]:
    """Address to SHA-256 of the documents of `feed` stored under `days`, the latest of each.

    Save those of which something was quarantined.
    """
    damaged = lake.read("document_accounts", days=days, columns=["url"], where="quarantined > 0")["url"].to_pylist()
    columns = ["known_at", "url", "sha256"]
    held = lake.read("raw_documents", days=days, columns=columns, where=f"feed = '{feed}'").sort_by("known_at")
    found = dict(zip(held["url"].to_pylist(), held["sha256"].to_pylist(), strict=True))
    return {str(url): str(sha256) for url, sha256 in found.items() if url not in set(damaged)}


def held_count(lake: Lake, feed: str, days: Days) -> int:
    """How many documents of `feed` are stored under `days`."""
    return lake.read("raw_documents", days=days, columns=["feed"], where=f"feed = '{feed}'").num_rows


def _stored_documents(lake: Lake, feeds: Iterable[str], day: date) -> Iterator[Row]:
    """Rows of `raw_documents` of `feeds` under `day`, in the order in which they became known."""
    held = lake.read("raw_documents", days=Days.one(day))
    held = held.filter(pc.field("feed").isin(list(feeds)))
    held = held.sort_by([(name, "ascending") for name in ("known_at", "url", "sha256")])
    for batch in held.to_batches(COLLECTED_MAX):
        yield from batch.to_pylist()


def _document(stored: Row, raw: RawStore) -> Document:
    return Document(
        feed=str(stored["feed"]),
        url=str(stored["url"]),
        body=raw.get(str(stored["sha256"])),
        media_type=str(stored["media_type"] or ""),
        known_at=stored["known_at"],  # type: ignore[arg-type]
        quality=stored["known_at_quality"],  # type: ignore[arg-type]
        attributes=json.loads(str(stored["attributes"])),
    )


def _parse_one(feed: Feed, document: Document) -> Parsed:
    try:
        parsed = feed.parse(document)
    except MalformedDocument as error:
        return Parsed(rejects=[Reject(str(error), error.position, document.body)], records=1)
    accounted = parsed.row_count + len(parsed.rejects) + parsed.ignored
    if parsed.records != accounted:
        raise AssertionError(f"{document.url}: {parsed.records} records in, {accounted} accounted for")
    return parsed


def _account(
    report: IntakeReport,
    rows: dict[str, list[Row]],
    tables: Sequence[str],
    day: date,
    stored: Row,
    parsed: Parsed,
) -> None:
    source = stored["source"]
    for name in tables:
        for row in parsed.rows.get(name, ()):
            when = day_of_ns(row["ts_event"]) if name in MARKET_TABLES else day  # type: ignore[arg-type]
            rows[name].append({**row, "date": when, "source": source})
    base = {key: stored[key] for key in ("ts_event", "known_at", "known_at_quality", "source", "feed")}
    for number, reject in enumerate(parsed.rejects, start=1):
        kept = reject.raw[:RAW_KEPT_MAX]
        rows["quarantine"].append(
            {
                **base,
                "date": day,
                "position": f"{reject.position} (reject {number})".lstrip(),
                "reason": reject.reason,
                "raw": kept,
                "raw_size": len(reject.raw),
            }
        )
    rows["document_accounts"].append(
        {
            **base,
            "date": day,
            "url": stored["url"],
            "sha256": stored["sha256"],
            "records": parsed.records,
            "rows": parsed.row_count,
            "quarantined": len(parsed.rejects),
            "ignored": parsed.ignored,
        }
    )
    report.documents += 1
    report.records += parsed.records
    report.quarantined += len(parsed.rejects)
    report.ignored += parsed.ignored


def _days_of(rows: pa.Table) -> Days:
    return Days(pc.min(rows["date"]).as_py(), pc.max(rows["date"]).as_py() + timedelta(days=1))


def _within(rows: pa.Table, days: Days) -> bool:
    found = _days_of(rows)
    return days.start <= found.start and found.end <= days.end


def _concat(table: Table, batches: list[pa.Table]) -> pa.Table:
    return pa.concat_tables(batches) if batches else table.schema.empty_table()


def accounts(lake: Lake, days: Days, feeds: Sequence[str]) -> Mapping[str, int]:
    """Records, rows, quarantined and ignored over the documents of `feeds` in `days`, and the documents themselves."""
    held = lake.read("document_accounts", days=days).to_pylist()
    mine = [row for row in held if row["feed"] in set(feeds)]
    sums = {name: sum(int(row[name]) for row in mine) for name in ("records", "rows", "quarantined", "ignored")}
    return {"documents": len(mine), **sums}
