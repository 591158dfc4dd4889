"""Collecting from feeds, comparing with their own lists, parsing what was collected.

Belongs here: the steps that read documents. Not here: derived tables.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial

import pyarrow as pa

from tauric_assets.feeds.contract import FeedInstance, ReconciledFeed
from tauric_assets.house import House
from tauric_assets.lake.intake import IntakeReport, collect, held_addresses, held_count, parse, recover
from tauric_assets.lake.verify import Verdict
from tauric_assets.pipeline.step import Made
from tauric_assets.research.acceptance import since_acceptance
from tauric_assets.times import Days


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


def parsed(tables: tuple[str, ...], house: House, instances: Sequence[FeedInstance], days: Days) -> Made:
    """Rows of `tables` out of every document of `days` not parsed yet; see lake/intake.py."""
    wanted = instances_for(instances, tables)
    told = partial(house.progress, tables[0])
    completed = partial(_completed, house, all_listings(instances))
    report: IntakeReport = parse(wanted, tables, house.lake, house.raw, days, told, completed)
    return Made({name: report.rows.get(name, 0) for name in tables}, report.added)


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
