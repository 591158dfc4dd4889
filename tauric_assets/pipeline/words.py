"""From filings, news, posts and transcripts to documents, links, scores, chunks and vectors.

Belongs here: the derived steps of the words and vectors groups. Not here: how texts are read (text/, vectors/).
"""

from collections.abc import Sequence
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from tauric_assets.feeds.contract import FeedInstance
from tauric_assets.house import House
from tauric_assets.pipeline.step import Made, settled
from tauric_assets.text import chunks as chunk_builder
from tauric_assets.text import clusters
from tauric_assets.text import documents as document_builder
from tauric_assets.text.linking import Gazetteer
from tauric_assets.text.sentiment import scores
from tauric_assets.times import Days
from tauric_assets.vectors import snapshot


def news_clusters(house: House, instances: Sequence[FeedInstance], days: Days) -> Made:
    """Also of later days: a cluster reaches forward, never back."""

    def write() -> Made:
        reached = clusters.reached(house.lake, days)
        built = clusters.build(house.lake, reached, partial(house.progress, "news_clusters"))
        commit = house.lake.replace("news_clusters", reached, built)
        return Made({"news_clusters": built.num_rows}, {"news_clusters": commit.rows_added})

    return settled(house, ("news",), write)


def documents(house: House, instances: Sequence[FeedInstance], days: Days) -> Made:
    """Documents of each day, and the links they came with."""
    lake = house.lake
    gazetteer = Gazetteer(lake.read("instruments", every_revision=True), lake.read("company_names"))
    documents, links = [], []
    for day in days:
        one = Days.one(day)
        sections, news, posts, transcripts, filings = (
            lake.read(name, days=one, every_revision=True)
            for name in ("filing_sections", "news", "posts", "transcripts", "filings")
        )
        facts = _own_periods(house, sections)
        of_day, linked = document_builder.build_linked(sections, news, posts, gazetteer, transcripts, filings, facts)
        documents.append(of_day)
        links.append(linked)
        house.progress("documents", str(day))
    made = {"documents": pa.concat_tables(documents), "links": pa.concat_tables(links)}
    added = {name: lake.replace(name, days, rows).rows_added for name, rows in made.items()}
    return Made({name: rows.num_rows for name, rows in made.items()}, added)


def _own_periods(house: House, sections: pa.Table) -> pa.Table | None:
    """What the companies of these sections reported of their fiscal periods, at any time."""
    ciks = sorted({int(str(cik)) for cik in sections["cik"].to_pylist() if cik is not None})
    if not ciks:
        return None
    concepts = ", ".join(f"'{name}'" for name in document_builder.OWN_PERIOD)
    where = f"concept IN ({concepts}) AND cik IN ({', '.join(map(str, ciks))})"
    columns = ["cik", "accession_number", "period_end", "fiscal_year", "fiscal_period", "known_at"]
    return house.lake.read("facts", columns=columns, where=where, every_revision=True)


def sentiment_scores(house: House, instances: Sequence[FeedInstance], days: Days) -> Made:
    """Scores by the configured model of what it has not scored yet."""
    lake = house.lake
    documents = lake.read("documents", days=days, every_revision=True)
    built = scores.build(documents, lake.read("sentiment_scores", days=days), house.sentiment, house.clock())
    added = lake.revise("sentiment_scores", days, built).rows_added if built.num_rows else 0
    return Made({"sentiment_scores": lake.read("sentiment_scores", days=days).num_rows}, {"sentiment_scores": added})


def chunks(house: House, instances: Sequence[FeedInstance], days: Days) -> Made:
    """Passages of the documents of `days`."""
    built = chunk_builder.build(house.lake.read("documents", days=days, every_revision=True))
    commit = house.lake.replace("chunks", days, built)
    return Made({"chunks": built.num_rows}, {"chunks": commit.rows_added})


def chunk_vectors(house: House, instances: Sequence[FeedInstance], days: Days) -> Made:
    """The store made to hold the passages of each day, deleted posts removed from all."""
    rows = added = 0
    deleted = document_builder.withdrawn_posts(house.lake)
    house.vectors.remove(deleted)
    for day in days:
        chunks = house.lake.read("chunks", days=Days.one(day), every_revision=True)
        chunks = chunks.filter(~pc.field("document_id").isin(pa.array(deleted, pa.string())))
        report = house.vectors.synchronise(day, chunks)
        rows += chunks.num_rows
        added += report.added
        house.progress("chunk_vectors", f"{day} {chunks.num_rows}")
    return Made({"chunk_vectors": rows}, {"chunk_vectors": added})


def faiss_snapshot(house: House, instances: Sequence[FeedInstance], days: Days) -> Made:
    """A snapshot of what the store holds now."""
    manifest = snapshot.publish(house.vectors, house.snapshots)
    return Made({"faiss_snapshot": manifest.n})
