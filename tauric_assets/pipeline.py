"""What each asset of the house is made from, as plain functions: read the lake, call one room, write the lake.

Belongs here: one function per step, `(house, instances, days) -> Made`, and the list of steps in order.
Not here: Dagster (the shell turns steps into assets), and how anything is computed (the rooms).
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from tauric_assets.charts import activity_bars as activity_builder
from tauric_assets.charts import bars as bar_builder
from tauric_assets.charts import indicators as indicator_builder
from tauric_assets.errors import LakeConflict
from tauric_assets.feeds.contract import FeedInstance, ReconciledFeed
from tauric_assets.house import House
from tauric_assets.lake.engine import engine
from tauric_assets.lake.intake import IntakeReport, collect, held_addresses, held_count, parse, recover
from tauric_assets.lake.verify import Verdict
from tauric_assets.research import amendments, insiders, marked, warehouse
from tauric_assets.research import panel as panel_builder
from tauric_assets.research.acceptance import since_acceptance
from tauric_assets.stream import sealing
from tauric_assets.stream.live import named
from tauric_assets.text import chunks as chunk_builder
from tauric_assets.text import documents as document_builder
from tauric_assets.text.linking import Gazetteer
from tauric_assets.times import SECOND_NS, Days
from tauric_assets.vectors import snapshot

PICTURES_UNLISTED = 3
"""How many of the most traded symbols are drawn where no configured one traded (recordings)."""

SETTLING_TRIES = 10
"""How often a step that writes other runs' days too starts over because they wrote what it read."""

LOOKBACK_DAYS = {"1m": 2, "5m": 4, "1h": 30, "1d": 700}
"""Days of earlier bars that give every indicator its warm-up, by bar interval."""

assert set(LOOKBACK_DAYS) == set(bar_builder.LAKE_INTERVALS)


@dataclass(frozen=True)
class Made:
    """What a step did: rows it stands for and rows that were new, by output; files it wrote; a PNG to show."""

    rows: Mapping[str, int]
    added: Mapping[str, int] = field(default_factory=dict)
    files: tuple[Path, ...] = ()
    picture: bytes = b""


Run = Callable[[House, Sequence[FeedInstance], Days], Made]


@dataclass(frozen=True)
class Step:
    """One step of the graph.

    Args:
        name: of the step; outputs are named by `outputs`.
        outputs: asset names; a canonical table of the same name where there is one.
        needs: outputs of earlier steps. Outputs of `collect` steps are `raw/<instance>`.
        reads_tables_of: canonical tables whose feeds' documents the step parses; empty for a derived step.
    """

    name: str
    group: str
    kinds: tuple[str, ...]
    description: str
    outputs: tuple[str, ...]
    needs: tuple[str, ...]
    run: Run
    reads_tables_of: tuple[str, ...] = ()


def collect_feed(instance: FeedInstance, house: House, days: Days) -> Made:
    """Ask one feed instance for `days`; see lake/intake.py. Rows are the documents held of these days afterwards."""
    key = f"raw/{instance.name}"
    recovered = recover(house.lake, instance.name, house.journals)
    with house.fetching(held_addresses(house.lake, instance.name, days)) as fetching:
        report = collect(instance, fetching, house.lake, house.raw, days, house.journals, partial(house.progress, key))
    added = report.added["raw_documents"] + recovered
    return Made({key: held_count(house.lake, instance.name, days)}, {key: added})


def reconciled(instance: FeedInstance, house: House, days: Days) -> Verdict:
    """Whether what is held of `days` is all that the upstream's own list of each day holds.

    Days of which nothing was collected yet, and days without a list, cannot be compared and are left out. What is
    missing is collected by the next `collect_feed`.
    Returns: the days compared, what their lists hold that is wanted, and how much of it is missing; each missing one
        is a problem of its own, by name.
    Raises: UpstreamUnavailable.
    """
    counts = {"days_compared": 0, "listed": 0, "missing": 0}
    problems: list[str] = []
    if not isinstance(instance.feed, ReconciledFeed):
        return Verdict(counts)
    recover(house.lake, instance.name, house.journals)
    with house.fetching() as fetching:
        for day in days:
            held = held_addresses(house.lake, instance.name, Days.one(day))
            listed = instance.feed.promised(fetching, instance.name, day, instance.options) if held else None
            if listed is None:
                continue
            files = {_file(url) for url in held}
            missing = sorted(name for name, url in listed.items() if _file(url) not in files)
            problems += [f"{name} is listed under {day} and is not held" for name in missing]
            counts["days_compared"] += 1
            counts["listed"] += len(listed)
            counts["missing"] += len(missing)
    return Verdict(counts, tuple(problems))


def _file(url: str) -> str:
    """The last part of an address: a document of several parties stands in the folder of each."""
    return url.rpartition("/")[2]


def instances_for(instances: Sequence[FeedInstance], tables: Sequence[str]) -> list[FeedInstance]:
    """Those instances whose feed yields any of `tables`."""
    return [instance for instance in instances if set(instance.feed.TABLES) & set(tables)]


def _parse(tables: tuple[str, ...], house: House, instances: Sequence[FeedInstance], days: Days) -> Made:
    wanted = instances_for(instances, tables)
    told = partial(house.progress, tables[0])
    completed = partial(_completed, house, all_listings(instances))
    report: IntakeReport = parse(wanted, tables, house.lake, house.raw, days, told, completed)
    return Made({name: report.rows.get(name, 0) for name in tables}, report.added)


def _bars(house: House, instances: Sequence[FeedInstance], days: Days) -> Made:
    added = rows = 0
    for day in days:
        built = bar_builder.build(house.lake.read("trades", days=Days.one(day)))
        added += house.lake.revise("bars", Days.one(day), built).rows_added if built.num_rows else 0
        rows += built.num_rows
        house.progress("bars", str(day))
    return Made({"bars": rows}, {"bars": added}, picture=marked.picture_of_most_traded(house.lake, days))


def _activity_bars(house: House, instances: Sequence[FeedInstance], days: Days) -> Made:
    rules, rows, added = named(house.settings.activity_bars), 0, 0
    for day in days if rules else ():
        built = activity_builder.build(house.lake.read("trades", days=Days.one(day)), rules)
        added += house.lake.replace("activity_bars", Days.one(day), built).rows_added
        rows += built.num_rows
        house.progress("activity_bars", str(day))
    return Made({"activity_bars": rows}, {"activity_bars": added})


def _sealed_days(house: House, instances: Sequence[FeedInstance], days: Days) -> Made:
    """Seal what is over: rebuild the bars of each venue's day from all its trades, and compare with the live ones."""
    lake, settings, added, watched_any = house.lake, house.settings, 0, False
    for day in days:
        for watched in sealing.due(lake, day, house.clock(), round(settings.seal_grace_s * SECOND_NS)):
            trades = lake.read("trades", days=Days.one(day), where=f"venue = '{watched.venue}'")
            rebuilt = bar_builder.build(
                trades if watched.since is not None else trades.slice(0, 0), named(settings.live_intervals)
            )
            by_activity = activity_builder.build(trades, named(settings.activity_bars))
            added += sealing.seal(lake, day, watched, rebuilt, by_activity, house.clock()).rows_added
            watched_any |= watched.since is not None
        house.progress("sealed_days", str(day))
    if watched_any:
        sealing.compact(lake)
    return Made({"sealed_days": lake.read("sealed_days", days=days).num_rows}, {"sealed_days": added})


def _indicators(house: House, instances: Sequence[FeedInstance], days: Days) -> Made:
    tables = []
    for interval, lookback in LOOKBACK_DAYS.items():
        history = Days(days.start - timedelta(days=lookback), days.end)
        bars = house.lake.read("bars", days=history, where=f"interval = '{interval}'")
        tables.append(indicator_builder.build(bars, since=days.start))
        house.progress("indicators", interval)
    built = pa.concat_tables(tables)
    commit = house.lake.revise("indicators", days, built)
    return Made({"indicators": built.num_rows}, {"indicators": commit.rows_added})


def _insider_amendments(house: House, instances: Sequence[FeedInstance], days: Days) -> Made:
    """From the first of `days` to the last that is held: an original that arrives late can link any later amendment."""

    def write() -> Made:
        built = amendments.build(house.lake, days.start)
        commit = house.lake.replace("insider_amendments", _reaching(days, built), built)
        return Made({"insider_amendments": built.num_rows}, {"insider_amendments": commit.rows_added})

    return _settled(house, ("insider_reports", "insider_transactions", "insider_holdings"), write)


def _insider_activity(house: House, instances: Sequence[FeedInstance], days: Days) -> Made:
    """From the first day that `days` can change to the last: windows and corrections reach forward."""

    def write() -> Made:
        since = insiders.first_day(house.lake, days)
        built = insiders.build(house.lake, since)
        commit = house.lake.replace("insider_activity", _reaching(Days(since, days.end), built), built)
        return Made({"insider_activity": built.num_rows}, {"insider_activity": commit.rows_added})

    return _settled(house, ("insider_transactions", "insider_amendments"), write)


def _settled(house: House, tables: Sequence[str], write: Callable[[], Made]) -> Made:
    """`write`, and again while `tables` were written meanwhile: it also writes days that other runs make.

    Raises: LakeConflict: the tables do not come to rest.
    """
    for _ in range(SETTLING_TRIES):
        before = [house.lake.status(table).version for table in tables]
        made = write()
        if before == [house.lake.status(table).version for table in tables]:
            return made
    raise LakeConflict(f"{', '.join(tables)} were written {SETTLING_TRIES} times while they were read; run it again")


def _reaching(days: Days, rows: pa.Table) -> Days:
    """`days`, made longer where `rows` reach beyond them."""
    last = pc.max(rows["date"]).as_py()
    return Days(days.start, max(days.end, last + timedelta(days=1))) if last is not None else days


def _documents(house: House, instances: Sequence[FeedInstance], days: Days) -> Made:
    lake = house.lake
    gazetteer = Gazetteer(lake.read("instruments", every_revision=True), lake.read("company_names"))
    documents, links = [], []
    for day in days:
        one = Days.one(day)
        sections, news, posts, filings = (
            lake.read(name, days=one, every_revision=True) for name in ("filing_sections", "news", "posts", "filings")
        )
        of_day, linked = document_builder.build_linked(sections, news, posts, gazetteer, filings)
        documents.append(of_day)
        links.append(linked)
        house.progress("documents", str(day))
    made = {"documents": pa.concat_tables(documents), "links": pa.concat_tables(links)}
    added = {name: lake.replace(name, days, rows).rows_added for name, rows in made.items()}
    return Made({name: rows.num_rows for name, rows in made.items()}, added)


def _chunks(house: House, instances: Sequence[FeedInstance], days: Days) -> Made:
    built = chunk_builder.build(house.lake.read("documents", days=days, every_revision=True))
    commit = house.lake.replace("chunks", days, built)
    return Made({"chunks": built.num_rows}, {"chunks": commit.rows_added})


def _chunk_vectors(house: House, instances: Sequence[FeedInstance], days: Days) -> Made:
    rows = added = 0
    deleted = document_builder.deleted_posts(house.lake.read("posts", where="operation = 'delete'"))
    house.vectors.remove(deleted)
    for day in days:
        chunks = house.lake.read("chunks", days=Days.one(day), every_revision=True)
        chunks = chunks.filter(~pc.field("document_id").isin(pa.array(deleted, pa.string())))
        report = house.vectors.synchronise(day, chunks)
        rows += chunks.num_rows
        added += report.added
        house.progress("chunk_vectors", f"{day} {chunks.num_rows}")
    return Made({"chunk_vectors": rows}, {"chunk_vectors": added})


def _faiss_snapshot(house: House, instances: Sequence[FeedInstance], days: Days) -> Made:
    manifest = snapshot.publish(house.vectors, house.snapshots)
    return Made({"faiss_snapshot": manifest.n})


def _panel(house: House, instances: Sequence[FeedInstance], days: Days) -> Made:
    built = panel_builder.build(house.lake, days, house.settings, listings(instances))
    commit = house.lake.replace("panel", days, built)
    return Made({"panel": built.num_rows}, {"panel": commit.rows_added})


def _pictures(house: House, instances: Sequence[FeedInstance], days: Days) -> Made:
    bars = marked.hourly(house.lake, days)
    traded = marked.most_traded(bars)
    wanted = [(ticker, listing) for ticker, listing in listings(instances).items() if listing in traded]
    if not wanted:
        wanted = [(symbol, (venue, symbol)) for venue, symbol in traded[:PICTURES_UNLISTED]]
    files = []
    for name, listing in wanted:
        path = house.pictures / f"{name}_{days.start}_{days.end}.png"
        path.write_bytes(marked.picture(house.lake, bars, name, listing, days))
        files.append(path)
        house.progress("pictures", name)
    return Made({"pictures": len(files)}, files=tuple(files))


def all_listings(instances: Sequence[FeedInstance]) -> dict[str, list[tuple[str, str]]]:
    """Ticker to (venue, symbol), for every configured symbol whose base is the ticker."""
    found: dict[str, list[tuple[str, str]]] = {}
    for instance in instances_for(instances, ("trades",)):
        symbols = instance.options.get("symbols", ())
        assert isinstance(symbols, Sequence)
        for symbol in symbols:
            found.setdefault(str(symbol).partition("-")[0], []).append((instance.feed.NAME, str(symbol)))
    return found


def listings(instances: Sequence[FeedInstance]) -> dict[str, tuple[str, str]]:
    """Ticker to (venue, symbol): where a ticker's price is read, the venue configured with most symbols that trades it.

    Equal venues go by name.
    """
    every = all_listings(instances)
    breadth = Counter(venue for found in every.values() for venue, _ in found)
    return {ticker: min(found, key=lambda one: (-breadth[one[0]], one)) for ticker, found in every.items()}


def _completed(house: House, listed: Mapping[str, Sequence[tuple[str, str]]], table: str, rows: pa.Table) -> pa.Table:
    """Rows with what no document of their own can tell: where a ticker trades, when a fact's filing was accepted."""
    if table == "instruments":
        return _with_listings(listed, rows)
    return since_acceptance(house.lake, rows) if table == "facts" else rows


def _with_listings(listed: Mapping[str, Sequence[tuple[str, str]]], rows: pa.Table) -> pa.Table:
    named = [
        [{"venue": venue, "symbol": symbol} for venue, symbol in listed.get(str(ticker), ())]
        for ticker in rows["symbol"].to_pylist()
    ]
    place = rows.schema.get_field_index("listings")
    return rows.set_column(place, rows.schema.field(place), pa.array(named, rows.schema.field(place).type))


def publish_warehouse(house: House, connection: duckdb.DuckDBPyConnection) -> Made:
    """Build `tauric.duckdb` through `connection` and publish it by atomic rename."""
    counts = warehouse.publish(connection, house.lake, house.warehouse)
    return Made({"warehouse": sum(counts.values())}, files=(house.warehouse,))


def _warehouse(house: House, instances: Sequence[FeedInstance], days: Days) -> Made:
    with engine() as connection:
        return publish_warehouse(house, connection)


EDGAR_TABLES = (
    "instruments",
    "filings",
    "filing_sections",
    "insider_reports",
    "insider_transactions",
    "insider_holdings",
    "institutional_holdings",
    "beneficial_ownership",
    "companies",
    "company_names",
    "listed_filings",
    "facts",  # after the tables that tell when a filing was accepted
)


def _parsing(name: str, group: str, kinds: tuple[str, ...], description: str, outputs: tuple[str, ...]) -> Step:
    return Step(name, group, kinds, description, outputs, (), partial(_parse, outputs), reads_tables_of=outputs)


STEPS: tuple[Step, ...] = (
    _parsing("edgar_tables", "filings", ("delta",), "EDGAR documents as rows, point in time", EDGAR_TABLES),
    _parsing("news", "words", ("delta",), "Entries of news feeds, as first seen", ("news",)),
    _parsing("posts", "words", ("delta",), "Posts, their changes and deletions", ("posts",)),
    _parsing("trades", "market", ("delta",), "Every trade once, streamed or asked for later", ("trades",)),
    Step(
        "insider_amendments",
        "filings",
        ("delta",),
        "Amended insiders' reports, linked where that is certain",
        ("insider_amendments",),
        ("insider_reports", "insider_transactions", "insider_holdings"),
        _insider_amendments,
    ),
    Step(
        "insider_activity",
        "filings",
        ("delta",),
        "Insiders' open-market trades by company and day",
        ("insider_activity",),
        ("insider_transactions", "insider_amendments"),
        _insider_activity,
    ),
    Step("bars", "market", ("delta",), "Open, high, low, close by event time", ("bars",), ("trades",), _bars),
    Step(
        "activity_bars",
        "market",
        ("delta",),
        "Bars of so many trades, so much volume or money, where settings want them",
        ("activity_bars",),
        ("trades",),
        _activity_bars,
    ),
    Step(
        "sealed_days",
        "market",
        ("delta",),
        "Days that are over: streamed, late and backfilled trades add up, live and final bars agree",
        ("sealed_days",),
        ("trades", "bars", "live_bars"),
        _sealed_days,
    ),
    Step(
        "indicators",
        "market",
        ("delta", "numpy"),
        "Technical indicators by TA-Lib",
        ("indicators",),
        ("bars",),
        _indicators,
    ),
    Step(
        "documents",
        "words",
        ("delta",),
        "Texts worth embedding, and the companies each speaks of",
        ("documents", "links"),
        ("filing_sections", "news", "posts", "instruments", "company_names"),
        _documents,
    ),
    Step("chunks", "words", ("delta",), "Passages with breadcrumb and offsets", ("chunks",), ("documents",), _chunks),
    Step(
        "chunk_vectors",
        "vectors",
        ("lancedb",),
        "Embedded passages, the record",
        ("chunk_vectors",),
        ("chunks",),
        _chunk_vectors,
    ),
    Step(
        "faiss_snapshot",
        "vectors",
        ("faiss",),
        "Serving snapshot of one LanceDB version",
        ("faiss_snapshot",),
        ("chunk_vectors",),
        _faiss_snapshot,
    ),
    Step(
        "panel",
        "research",
        ("delta",),
        "One row per symbol and day, every feature as known at the close",
        ("panel",),
        ("bars", "indicators", "insider_transactions", "filings", "documents"),
        _panel,
    ),
    Step(
        "pictures",
        "research",
        ("matplotlib",),
        "Candlesticks with what became known, marked",
        ("pictures",),
        ("bars", "documents", "insider_transactions"),
        _pictures,
    ),
    Step(
        "warehouse",
        "research",
        ("duckdb",),
        "data/tauric.duckdb: the small marts, for any DuckDB client",
        ("warehouse",),
        ("panel", "bars", "insider_transactions", "insider_amendments", "insider_activity", "filings", "news"),
        _warehouse,
    ),
)


def run_all(house: House, instances: Sequence[FeedInstance], days: Days) -> dict[str, Made]:
    """Every step in order over `days`, without Dagster: what the graph does, as a plain loop."""
    made = {f"raw/{instance.name}": collect_feed(instance, house, days) for instance in instances}
    for step in STEPS:
        made[step.name] = step.run(house, instances, days)
    return made
