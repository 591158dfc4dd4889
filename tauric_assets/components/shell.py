"""What every asset of the shell shares: partitions, results with metadata, checks, errors.

Belongs here: the translation between the house's plain functions and Dagster's words.
Not here: what any one asset does (pipeline.py), which assets there are (defs/graph.py).
"""

import base64
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, timedelta

import dagster as dg
import pyarrow as pa
from dagster_duckdb import DuckDBResource

from tauric_assets.errors import TauricError
from tauric_assets.house import DONE, House
from tauric_assets.lake.query import connect, prepare
from tauric_assets.lake.verify import Verdict
from tauric_assets.pipeline import Made
from tauric_assets.settings import Settings, load_settings
from tauric_assets.tables import TABLES
from tauric_assets.times import Days, ns_to_datetime, parse_day

PREVIEW_ROWS = 5
LATEST_ROWS = 12
PREVIEW_CELL_CHARACTERS = 60
PICTURE_PARTITIONS_MAX = 10
"""A range run repeats its metadata for each partition; beyond this many a picture would swell the event log."""

FeedOptions = Mapping[str, Mapping[str, object]]
"""Feed instance to options that take the place of those in its defs.yaml."""

_building: ContextVar[tuple[Settings, FeedOptions] | None] = ContextVar("what is being built with", default=None)


@contextmanager
def building_with(settings: Settings, options: FeedOptions) -> Iterator[None]:
    """Components loaded inside the block see `settings` and `options`."""
    token = _building.set((settings, options))
    try:
        yield
    finally:
        _building.reset(token)


def settings_in_use() -> Settings:
    """The settings the definitions are being built with; read from the environment where nobody gave any."""
    building = _building.get()
    return building[0] if building else load_settings()


def options_in_use(instance: str) -> Mapping[str, object]:
    """Options that take the place of those of `instance` in its defs.yaml."""
    building = _building.get()
    return building[1].get(instance, {}) if building else {}


def daily() -> dg.DailyPartitionsDefinition:
    """One partition a day, UTC, today included."""
    return dg.DailyPartitionsDefinition(start_date=settings_in_use().start_date.isoformat(), end_offset=1)


def days_of(context: dg.AssetExecutionContext) -> Days:
    """The days of this run, as one half-open range."""
    first, last = context.partition_key_range.start, context.partition_key_range.end
    return Days(parse_day(first), parse_day(last) + timedelta(days=1))


def today_key(house: House) -> str:
    """The partition key of today, UTC."""
    return ns_to_datetime(house.clock()).date().isoformat()


def keys_to_run(house: House, days: Sequence[date]) -> list[str]:
    """The partition keys of those `days` that have begun; today's where none is named.

    A day still to come is left to its own first run.
    """
    today, first = ns_to_datetime(house.clock()).date(), house.settings.start_date
    return [day.isoformat() for day in days if first <= day <= today] if days else [today.isoformat()]


@contextmanager
def told_to_dagster() -> Iterator[None]:
    """Our errors as Dagster failures; only those a retry may mend are retried."""
    try:
        yield
    except TauricError as error:
        raise dg.Failure(description=str(error), allow_retries=error.retryable) from error


def spec(
    key: str, *, group: str, kinds: Sequence[str], description: str, deps: Sequence[str], **metadata: object
) -> dg.AssetSpec:
    """An asset's specification; a canonical table brings its column schema."""
    columns = {"dagster/column_schema": _column_schema(TABLES[key].schema)} if key in TABLES else {}
    return dg.AssetSpec(
        dg.AssetKey(key.split("/")),
        deps=[dg.AssetKey(dep.split("/")) for dep in deps],
        group_name=group,
        kinds=set(kinds),
        owners=["team:market-data"],
        description=description,
        metadata={**columns, **metadata},
        partitions_def=daily(),
    )


def check_name(key: str) -> str:
    """Name of the one blocking check of an asset."""
    return "sound"


def check_spec(key: str) -> dg.AssetCheckSpec:
    """The blocking check of an asset: keys unique, times sane, rows accounted for."""
    return dg.AssetCheckSpec(
        check_name(key),
        asset=dg.AssetKey(key.split("/")),
        blocking=True,
        description="Keys unique, times sane, every record of every document accounted for.",
    )


COMPLETE = "complete"
"""Name of the check of a feed against its upstream's own list of a day."""


def complete_spec(key: str) -> dg.AssetCheckSpec:
    """The check of a feed against its upstream's own list of each day; what it misses, its run then collects."""
    return dg.AssetCheckSpec(
        COMPLETE,
        asset=dg.AssetKey(key.split("/")),
        description="Everything the upstream lists under a finished day was held before this run; names what was not.",
    )


def complete_result(key: str, verdict: Verdict) -> dg.AssetCheckResult:
    """What Dagster is told of that check: a warning with the names of what was missed."""
    return dg.AssetCheckResult(
        check_name=COMPLETE,
        asset_key=dg.AssetKey(key.split("/")),
        passed=verdict.passed,
        severity=dg.AssetCheckSeverity.WARN,
        metadata=_told(verdict.counts, verdict.problems),
    )


def _told(counts: Mapping[str, int], problems: Sequence[str]) -> dict[str, int | dg.MarkdownMetadataValue]:
    return {**counts, "problems": dg.MetadataValue.md("\n".join(f"- {p}" for p in problems) or "none")}


def result(
    key: str, made: Made, verdicts: Sequence[Verdict], house: House, duckdb: DuckDBResource, days: Days, seconds: float
) -> dg.MaterializeResult[object]:
    """What Dagster is told of one output: counts, preview, verdict."""
    problems = [problem for verdict in verdicts for problem in verdict.problems]
    counts = {name: count for verdict in verdicts for name, count in verdict.counts.items()}
    metadata: dict[str, dg.MarkdownMetadataValue | int | float] = {
        "dagster/row_count": made.rows.get(key, 0),
        "new_rows": made.added.get(key, 0),
        "seconds": round(seconds, 3),
    }
    if key in TABLES:
        metadata["preview"] = dg.MetadataValue.md(_preview(key, house, duckdb, days))
    if made.picture and len(days) <= PICTURE_PARTITIONS_MAX:
        inline = base64.b64encode(made.picture).decode()
        metadata["picture"] = dg.MetadataValue.md(f"![{key}](data:image/png;base64,{inline})")
    if made.files:
        metadata["files"] = dg.MetadataValue.md("\n".join(f"- `{path}`" for path in made.files))
    house.progress(key, DONE)
    return dg.MaterializeResult(
        asset_key=dg.AssetKey(key.split("/")),
        metadata=metadata,
        check_results=[
            dg.AssetCheckResult(
                check_name=check_name(key),
                asset_key=dg.AssetKey(key.split("/")),
                passed=not problems,
                metadata=_told(counts, problems),
            )
        ],
    )


def latest_bars(house: House, day: str) -> str:
    """The last minutes that closed live of one day, as a table in Markdown."""
    sql = f"""
        select venue, symbol, ts_event_utc as start, open, high, low, close, volume, trade_count as trades
        from live_bars where date = '{day}' and interval = '1m'
        order by ts_event desc, venue, symbol limit {LATEST_ROWS}
    """
    with connect(house.lake, tables=["live_bars"]) as connection:
        return _markdown(connection.sql(sql).to_arrow_table().to_pylist())


def rows_of(house: House, table: str, day: str) -> int:
    """How many rows `table` has of one day."""
    with connect(house.lake, tables=[table]) as connection:
        ((rows,),) = connection.sql(f"select count(*) from {table} where date = '{day}'").fetchall()
    return int(rows)


def _column_schema(schema: pa.Schema) -> dg.TableSchema:
    return dg.TableSchema(columns=[dg.TableColumn(field.name, str(field.type)) for field in schema])


def _preview(table: str, house: House, duckdb: DuckDBResource, days: Days) -> str:
    where = f"where date >= '{days.start}' and date < '{days.end}'"
    with duckdb.get_connection() as connection:
        prepare(connection, house.lake, tables=[table])
        frame = connection.sql(f"select * from {table} {where} limit {PREVIEW_ROWS}").df()
    return _markdown(frame.to_dict("records"))


def _markdown(records: Sequence[Mapping[str, object]]) -> str:
    if not records:
        return "no rows"
    lines = ["| " + " | ".join(records[0]) + " |", "|" + "---|" * len(records[0])]
    for record in records:
        cells = (str(value).replace("|", "/").replace("\n", " ")[:PREVIEW_CELL_CHARACTERS] for value in record.values())
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)
