"""The warehouse: one DuckDB file of marts, made anew from the lake and swapped in whole, for any DuckDB client to open.

A `.duckdb` file locks other processes out while it is written, so it is never the record, only an edition: it is
written under another name and renamed; a reader that holds the old edition keeps it until it opens the next.

Belongs here: which marts there are, and publishing.
Not here: the record (lake/), who opens the connection (the caller; in Dagster its DuckDB resource).
"""

import tempfile
from collections.abc import Mapping
from pathlib import Path

import duckdb

from tauric_assets.errors import StorageUnavailable
from tauric_assets.lake.query import prepare
from tauric_assets.lake.store import Lake
from tauric_assets.research.amendments import AS_AMENDED
from tauric_assets.tables import TABLES

_COUNTS = " UNION ALL ".join(
    f"SELECT '{name}' AS table_name, count(*) AS rows, min(date) AS first_day, max(date) AS last_day, "
    f"make_timestamp(max(known_at) // 1000) AS last_known_at_utc FROM all_{name}"
    for name in sorted(TABLES)
)

MARTS: Mapping[str, str] = {
    "bars_1d": "SELECT * FROM bars WHERE interval = '1d' ORDER BY venue, symbol, ts_event",
    "bars_1h": "SELECT * FROM bars WHERE interval = '1h' ORDER BY venue, symbol, ts_event",
    "insider_transactions": "SELECT * FROM insider_transactions ORDER BY known_at, accession_number, row_number",
    "insider_transactions_as_amended": f"{AS_AMENDED.format(table='insider_transactions')} ORDER BY known_at, "
    "accession_number, row_number",
    "insider_activity": "SELECT * FROM insider_activity ORDER BY date, issuer_cik",
    "filings": "SELECT * FROM filings ORDER BY known_at, accession_number",
    "news": "SELECT * FROM news ORDER BY known_at, feed, entry_id",
    "panel": "SELECT * FROM panel ORDER BY date, symbol",
    "table_counts": f"{_COUNTS} ORDER BY table_name",
}
"""Table of the warehouse to its SQL over the lake's views."""


def publish(connection: duckdb.DuckDBPyConnection, lake: Lake, path: Path, as_of: int | None = None) -> dict[str, int]:
    """Make a new edition of the warehouse at `path`, and swap it in.

    Args:
        connection: any DuckDB connection that may attach files; it gets the lake's temporary views.
        as_of: what the edition may know, nanoseconds UTC, inclusive.
    Returns: rows by mart.
    Raises: StorageUnavailable: the file cannot be written; the old edition, if any, is still there.
    """
    prepare(connection, lake, as_of)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}-") as folder:
            edition = Path(folder) / path.name
            counts = _write(connection, edition)
            edition.replace(path)
    except (OSError, duckdb.IOException) as error:
        reason = str(error).splitlines()[0]
        raise StorageUnavailable(f"warehouse: cannot write {path}: {reason}") from error
    return counts


def _write(connection: duckdb.DuckDBPyConnection, edition: Path) -> dict[str, int]:
    quoted = str(edition).replace("'", "''")
    connection.execute(f"ATTACH '{quoted}' AS warehouse").fetchall()
    try:
        for name, sql in MARTS.items():
            connection.execute(f"CREATE TABLE warehouse.main.{name} AS {sql}").fetchall()
        counts = {
            name: int(connection.execute(f"SELECT count(*) FROM warehouse.main.{name}").fetchall()[0][0])
            for name in MARTS
        }
    finally:
        connection.execute("DETACH warehouse").fetchall()
    return counts
