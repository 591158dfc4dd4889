"""Claim: atomic, versioned partitions with as-of reads cost at most three times plain Parquet files, and are no bigger.

Peer: the same rows by deltalake's default writer. Floor: one Parquet file by pyarrow (zstd) and a rename; DuckDB over
that file. Same seeded rows, in turn. Refuted where the lake's median is over three times the floor's, in writing a day
or in reading one symbol of it as of an instant, or where its bytes a row exceed the floor's.

Belongs here: the contenders. Not here: repeating and reporting (harness.py).
"""

import argparse
import shutil
import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import write_deltalake

from bench.harness import RESULTS, Contender, Timing, compare
from tauric_assets.lake.engine import engine, to_arrow
from tauric_assets.lake.store import Lake
from tauric_assets.tables import TABLES
from tauric_assets.times import Days, day_start_ns

DAY = date(2026, 1, 5)
DAYS = Days.one(DAY)
APPENDED_ROWS = 1_000


def made(rows: int) -> pa.Table:
    """Seeded trades of one day: 20 symbols, walking prices, microsecond stamps, in the order of the lake's files."""
    start = day_start_ns(DAY)
    names = ", ".join(f'"{name}"' for name in TABLES["trades"].schema.names)
    with engine() as connection:
        connection.execute("SET threads = 1").fetchall()
        return to_arrow(
            connection,
            f"""WITH numbered AS (SELECT n, hash(n) AS h, hash(n + 7) AS g FROM range({rows}) t(n)),
                drawn AS (
                    SELECT n, {start} + n * (86400000000000 // {rows}) // 1000 * 1000 + (h % 1000)::BIGINT * 1000 AS ts,
                        (g % 5000)::BIGINT * 1000 AS delay, h, g FROM numbered)
                SELECT {names} FROM (SELECT
                    DATE '{DAY}' AS date, ts AS ts_event, ts + delay AS known_at, 'observed' AS known_at_quality,
                    0 AS ingested_at, 'wss://venue.example/stream' AS source, NULL AS supersedes,
                    'kraken' AS venue, 'SYM' || (h % 20) || '-USD' AS symbol, (100000000 + n)::VARCHAR AS trade_id,
                    (100 + sin(n / 50000) * 10 + (g % 100) / 100)::DECIMAL(18, 2) AS price,
                    ((g % 100000) / 1000)::DECIMAL(20, 3) AS size,
                    CASE WHEN h % 2 = 0 THEN 'buy' ELSE 'sell' END AS side, n AS sequence, ts + delay AS ts_recv
                    FROM drawn) ORDER BY venue, symbol, ts_event""",
            TABLES["trades"].schema,
        )


def write_plain(rows: pa.Table, path: Path) -> None:
    """The floor: one file beside the old one, then a rename."""
    pq.write_table(rows, path.with_suffix(".tmp"), compression="zstd")
    path.with_suffix(".tmp").replace(path)


def read_plain(path: Path, symbol: str, as_of: int) -> pa.Table:
    """The floor: DuckDB over the one file."""
    with engine() as connection:
        sql = f"SELECT * FROM read_parquet('{path}') WHERE symbol = '{symbol}' AND known_at <= {as_of}"
        return to_arrow(connection, sql)


def run(rows: int, repeats: int, folder: Path, results: Path = RESULTS) -> dict[str, dict[str, Timing]]:
    """Write a day, read a symbol of it as of noon, append a thousand rows; one result file each."""
    trades = made(rows)
    noon, symbol = day_start_ns(DAY) + 43_200_000_000_000, "SYM3-USD"
    lake, delta, plain = Lake(folder / "lake"), folder / "delta", folder / "plain.parquet"

    def anew() -> None:
        shutil.rmtree(folder / "lake", ignore_errors=True)
        shutil.rmtree(delta, ignore_errors=True)

    writing = [
        Contender("lake", lambda: lake.replace("trades", DAYS, trades), anew),
        Contender("delta, default writer", lambda: write_deltalake(str(delta), trades, partition_by=["date"]), anew),
        Contender("plain Parquet", lambda: write_plain(trades, plain)),
    ]
    written = compare("lake-write", writing, repeats=repeats, parameters={"rows": rows}, results=results)
    anew()
    lake.replace("trades", DAYS, trades)
    write_deltalake(str(delta), trades, partition_by=["date"])
    sizes = {
        "lake": lake.status("trades").bytes / rows,
        "delta, default writer": sum(file.stat().st_size for file in delta.glob("date=*/*.parquet")) / rows,
        "plain Parquet": plain.stat().st_size / rows,
    }
    read = compare(
        "lake-read",
        [
            Contender("lake", lambda: lake.read("trades", as_of=noon, days=DAYS, where=f"symbol = '{symbol}'")),
            Contender("plain Parquet", lambda: read_plain(plain, symbol, noon)),
        ],
        repeats=repeats,
        parameters={"rows": rows, "bytes_a_row": sizes},
        results=results,
    )
    appended = _append(lake, trades.slice(0, APPENDED_ROWS), folder, repeats, results)
    for name, size in sizes.items():
        print(f"{'lake-size':<14} {name:<24} {size:8.1f} bytes a row")
    return {"write": written, "read": read, "append": appended}


def _append(lake: Lake, batch: pa.Table, folder: Path, repeats: int, results: Path) -> dict[str, Timing]:
    versions = iter(range(1_000_000))
    return compare(
        "lake-append",
        [
            Contender("lake, exactly once", lambda: lake.append("trades", batch, "bench", next(versions))),
            Contender("plain Parquet", lambda: write_plain(batch, folder / f"part-{next(versions)}.parquet")),
        ],
        repeats=repeats * 4,
        parameters={"rows": batch.num_rows},
        results=results,
    )


def main(words: Sequence[str] | None = None) -> None:
    """Run and write `bench/results/lake-*.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--results", type=Path, default=RESULTS)
    given = parser.parse_args(words)
    with tempfile.TemporaryDirectory() as folder:
        run(given.rows, given.repeats, Path(folder), given.results)


if __name__ == "__main__":
    main()
