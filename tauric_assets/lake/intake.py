"""Intake: documents into the raw store, and from there rows into the canonical tables, every record accounted for.

Belongs here: the two steps `collect` (ask, keep the bytes) and `parse` (bytes to rows), and their bookkeeping.
Not here: what a document says (feeds/), how tables are written (lake/store.py), when to run (the Dagster shell).
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import pyarrow as pa

from tauric_assets.errors import MalformedDocument
from tauric_assets.feeds.contract import Document, Feed, FeedInstance, Fetching, Parsed, Reject
from tauric_assets.lake.raw import RawStore
from tauric_assets.lake.store import Lake
from tauric_assets.tables import TABLES, Row, Table, to_arrow
from tauric_assets.times import Days, day_of_ns

RAW_KEPT_MAX = 64 * 1024
"""Bytes of an unreadable record kept in `quarantine`; the whole document stays in the raw store."""

BATCH_ROWS = 50_000
"""Rows of a table held as Python objects while documents are parsed."""

MARKET_TABLES = frozenset({"trades", "quotes"})
"""Tables whose partition is the day of `ts_event`, whatever day they were asked for under."""

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
    instance: FeedInstance, fetching: Fetching, lake: Lake, raw: RawStore, days: Days, step: Step = lambda word: None
) -> IntakeReport:
    """Ask `instance`'s upstream for each day and keep what it sent.

    The bytes are in the raw store before the row in `raw_documents` says so; a crash in between leaves only bytes.
    Returns: `documents` received; `added["raw_documents"]` of them not held before.
    Raises: UpstreamUnavailable, UpstreamRefused: as the feed says.
    """
    report = IntakeReport()
    rows: list[Row] = []
    try:
        for day in days:
            for document in instance.feed.collect(fetching, instance.name, day, instance.options):
                rows.append(_raw_row(day, document, raw.put(document.body)))
            step(str(day))
    finally:
        _keep(lake, days, rows, report)
    return report


def _keep(lake: Lake, days: Days, rows: Sequence[Row], report: IntakeReport) -> None:
    """Write down what arrived, also where the upstream failed half-way: what it sent is not asked for again."""
    unique = {(row["date"], row["feed"], row["url"], row["sha256"]): row for row in reversed(rows)}
    kept = sorted(unique.values(), key=lambda row: (str(row["date"]), str(row["known_at"]), str(row["url"])))
    commit = lake.revise("raw_documents", days, to_arrow(TABLES["raw_documents"], kept))
    report.documents = len(rows)
    report.added["raw_documents"] = commit.rows_added


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
    another, each in one commit, `document_accounts` last: a run that dies in between is mended by the next.
    Args:
        completed: gives the rows of a table what their documents could not know, before they are stored.
    Returns: counts over all documents; `rows` and `added` by table.
    """
    report = IntakeReport()
    feeds = {instance.name: instance.feed for instance in instances}
    batches: dict[str, list[pa.Table]] = {name: [] for name in (*tables, "quarantine", "document_accounts")}
    for day in days:
        rows: dict[str, list[Row]] = {name: [] for name in batches}
        for stored in held_documents(lake, feeds, Days.one(day)):
            document = _document(stored, raw)
            parsed = _parse_one(feeds[document.feed], document)
            _account(report, rows, tables, day, stored, parsed)
            _pack(rows, batches, BATCH_ROWS)
        _pack(rows, batches, 1)
        step(str(day))
    for name in tables:
        _store(lake, name, days, completed(name, _concat(TABLES[name], batches[name])), report)
    scope = sorted(feeds)
    for name in ("quarantine", "document_accounts"):
        lake.replace(name, days, _concat(TABLES[name], batches[name]), only=("feed", scope))
    return report


def _pack(rows: dict[str, list[Row]], batches: dict[str, list[pa.Table]], least: int) -> None:
    """Move rows of tables that have at least `least` of them into Arrow, where they need a tenth of the memory."""
    for name, found in rows.items():
        if len(found) >= least:
            batches[name].append(to_arrow(TABLES[name], found))
            found.clear()


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


def held_addresses(lake: Lake, feed: str, days: Days) -> frozenset[str]:
    """Addresses of the documents of `feed` stored under `days`, save those of which something was quarantined."""
    where = "quarantined > 0"
    damaged = lake.read("document_accounts", days=days, columns=["url"], where=where)["url"].to_pylist()
    return frozenset(str(row["url"]) for row in held_documents(lake, [feed], days)) - set(damaged)


def held_documents(lake: Lake, feeds: Iterable[str], days: Days) -> list[Row]:
    """Rows of `raw_documents` of `feeds` under `days`, in the order in which they became known."""
    held = lake.read("raw_documents", days=days).to_pylist()
    wanted = set(feeds)
    return sorted(
        (row for row in held if row["feed"] in wanted), key=lambda row: (row["known_at"], row["url"], row["sha256"])
    )


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


def _store(lake: Lake, name: str, days: Days, rows: pa.Table, report: IntakeReport) -> None:
    commit = lake.revise(name, days, rows, everywhere=name not in MARKET_TABLES)
    report.rows[name] = lake.read(name, days=days, columns=["date"], every_revision=True).num_rows
    report.added[name] = commit.rows_added


def _concat(table: Table, batches: list[pa.Table]) -> pa.Table:
    return pa.concat_tables(batches) if batches else table.schema.empty_table()


def accounts(lake: Lake, days: Days, feeds: Sequence[str]) -> Mapping[str, int]:
    """Records, rows, quarantined and ignored over the documents of `feeds` in `days`, and the documents themselves."""
    held = lake.read("document_accounts", days=days).to_pylist()
    mine = [row for row in held if row["feed"] in set(feeds)]
    sums = {name: sum(int(row[name]) for row in mine) for name in ("records", "rows", "quarantined", "ignored")}
    return {"documents": len(mine), **sums}
