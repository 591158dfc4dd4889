"""The steps in order, and all of them as a plain loop.

Belongs here: names, groups, needs, order. Not here: what a step does (the modules beside).
"""

from collections.abc import Sequence
from functools import partial

from tauric_assets.feeds.contract import FeedInstance
from tauric_assets.feeds.edgar import TABLES as EDGAR_TABLES
from tauric_assets.house import House
from tauric_assets.pipeline.collecting import collect_feed, parsed
from tauric_assets.pipeline.filings import insider_activity, insider_amendments
from tauric_assets.pipeline.findings import panel, pictures, warehouse
from tauric_assets.pipeline.market import activity_bars, bars, chart_patterns, indicators, sealed_days
from tauric_assets.pipeline.step import Made, Step
from tauric_assets.pipeline.words import (
    chunk_vectors,
    chunks,
    documents,
    faiss_snapshot,
    news_clusters,
    sentiment_scores,
)
from tauric_assets.times import Days


def _parsing(name: str, group: str, kinds: tuple[str, ...], description: str, outputs: tuple[str, ...]) -> Step:
    return Step(name, group, kinds, description, outputs, (), partial(parsed, outputs), reads_tables_of=outputs)


STEPS: tuple[Step, ...] = (
    _parsing("edgar_tables", "filings", ("delta",), "EDGAR documents as rows, point in time", EDGAR_TABLES),
    _parsing("news", "words", ("delta",), "Entries of news feeds, as first seen", ("news", "news_annotations")),
    _parsing("posts", "words", ("delta",), "Posts, their changes and deletions", ("posts",)),
    _parsing("trades", "market", ("delta",), "Every trade once, streamed or asked for later", ("trades",)),
    Step(
        "insider_amendments",
        "filings",
        ("delta",),
        "Amended insiders' reports, linked where that is certain",
        ("insider_amendments",),
        ("insider_reports", "insider_transactions", "insider_holdings"),
        insider_amendments,
    ),
    Step(
        "insider_activity",
        "filings",
        ("delta",),
        "Insiders' open-market trades by company and day",
        ("insider_activity",),
        ("insider_transactions", "insider_amendments"),
        insider_activity,
    ),
    Step("bars", "market", ("delta",), "Open, high, low, close by event time", ("bars",), ("trades",), bars),
    Step(
        "activity_bars",
        "market",
        ("delta",),
        "Bars of so many trades, so much volume or money, where settings want them",
        ("activity_bars",),
        ("trades",),
        activity_bars,
    ),
    Step(
        "sealed_days",
        "market",
        ("delta",),
        "Days that are over: streamed, late and backfilled trades add up, live and final bars agree",
        ("sealed_days",),
        ("trades", "bars", "live_bars"),
        sealed_days,
    ),
    Step(
        "indicators",
        "market",
        ("delta", "numpy"),
        "Technical indicators by TA-Lib",
        ("indicators",),
        ("bars",),
        indicators,
    ),
    Step(
        "chart_patterns",
        "market",
        ("delta", "numpy"),
        "Shapes of price windows, to find like ones",
        ("chart_patterns",),
        ("bars",),
        chart_patterns,
    ),
    Step(
        "news_clusters",
        "words",
        ("delta", "numpy"),
        "The same story told again within 72 hours, and who was first",
        ("news_clusters",),
        ("news",),
        news_clusters,
    ),
    Step(
        "documents",
        "words",
        ("delta",),
        "Texts worth embedding, and the companies each speaks of",
        ("documents", "links"),
        ("filing_sections", "facts", "news", "posts", "instruments", "company_names"),
        documents,
    ),
    Step(
        "sentiment_scores",
        "words",
        ("delta",),
        "How news, posts and transcripts speak, by the model of the settings",
        ("sentiment_scores",),
        ("documents",),
        sentiment_scores,
    ),
    Step("chunks", "words", ("delta",), "Passages with breadcrumb and offsets", ("chunks",), ("documents",), chunks),
    Step(
        "chunk_vectors",
        "vectors",
        ("lancedb",),
        "Embedded passages, the record",
        ("chunk_vectors",),
        ("chunks",),
        chunk_vectors,
    ),
    Step(
        "faiss_snapshot",
        "vectors",
        ("faiss",),
        "Serving snapshot of one LanceDB version",
        ("faiss_snapshot",),
        ("chunk_vectors",),
        faiss_snapshot,
    ),
    Step(
        "panel",
        "research",
        ("delta",),
        "One row per symbol and day, every feature as known at the close",
        ("panel",),
        ("bars", "indicators", "insider_transactions", "filings", "documents", "news_clusters"),
        panel,
    ),
    Step(
        "pictures",
        "research",
        ("matplotlib",),
        "Candlesticks with what became known, marked",
        ("pictures",),
        ("bars", "documents", "insider_transactions"),
        pictures,
    ),
    Step(
        "warehouse",
        "research",
        ("duckdb",),
        "data/tauric.duckdb: the small marts, for any DuckDB client",
        ("warehouse",),
        ("panel", "bars", "insider_transactions", "insider_amendments", "insider_activity", "filings", "news"),
        warehouse,
    ),
)


def run_all(house: House, instances: Sequence[FeedInstance], days: Days) -> dict[str, Made]:
    """Every step in order over `days`, without Dagster: what the graph does, as a plain loop."""
    made = {f"raw/{instance.name}": collect_feed(instance, house, days) for instance in instances}
    for step in STEPS:
        made[step.name] = step.run(house, instances, days)
    return made
