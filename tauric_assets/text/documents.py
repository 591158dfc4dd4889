"""Documents out of filing sections, news, posts and transcripts: one text worth embedding each, and of whom it speaks.

A filing's section speaks of its filer, a transcript of whose call it was; news and posts of whom the gazetteer finds in
them. Every find is a row of `links`; a document itself names those of `LINKED` confidence or more. A changed news entry
or post gives one document row per version, under one `document_id`, each with its own `known_at`. A deleted post gives
none.

Belongs here: which texts become documents, their ids, titles and addresses.
Not here: cutting into chunks (chunks.py), storage.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from tauric_assets.lake.store import Lake
from tauric_assets.tables import Row, table_named, to_arrow
from tauric_assets.text.clusters import document_id_of
from tauric_assets.text.fiscal import FiscalCalendar
from tauric_assets.text.linking import LINKED, Gazetteer, Link
from tauric_assets.times import day_of_ns

_ARCHIVES = "https://www.sec.gov/Archives/edgar/data"
_POSTS_PAGE = "https://bsky.app/profile"
_TITLE_LENGTH = 80
WORDED = ("create", "update")
ACCOUNT = "account_"
_CARRIED = ("date", "ts_event", "known_at", "known_at_quality")

Linked = tuple[Row, list[Row]]
"""A row of `documents` and its rows of `links`."""

ANNUAL_FORMS, QUARTERLY_FORM = frozenset({"10-K", "10-K405", "10-KSB", "10-KT", "20-F", "40-F"}), "10-Q"


OWN_PERIOD = ("Assets", "CashAndCashEquivalentsAtCarryingValue")
"""Concepts that tell a report's own period: its latest balance sheet ends it, and hardly any report lacks both."""


class Periods:
    """Of which fiscal year and period annual and quarterly reports are, as their companies counted then.

    Args:
        ends: accession number to the last day of a filing's period.
        facts: rows of `facts` of `OWN_PERIOD`; where they tell nothing of a company the calendar year counts.
    """

    def __init__(self, ends: Mapping[str, date | None], facts: pa.Table | None) -> None:
        self._ends = ends
        self._told: dict[object, list[Row]] = defaultdict(list)
        for row in [] if facts is None else facts.to_pylist():
            self._told[row["cik"]].append(row)

    def of(self, section: Row) -> Row:
        """`fiscal_year` and `fiscal_period` of a section's filing; null for other forms and without a period."""
        kind, accession = str(section["form"]).partition("/")[0], str(section["accession_number"])
        end, known_at = self._ends.get(accession), int(str(section["known_at"]))
        if end is None or kind not in {*ANNUAL_FORMS, QUARTERLY_FORM}:
            return {"fiscal_year": None, "fiscal_period": None}
        told = [
            row
            for row in self._told.get(section["cik"], ())
            if row["accession_number"] == accession or int(str(row["known_at"])) < known_at
        ]
        year, quarter = FiscalCalendar.of(told).quarter(end) or (end.year, (end.month - 1) // 3 + 1)
        return {"fiscal_year": year, "fiscal_period": "FY" if kind in ANNUAL_FORMS else f"Q{quarter}"}


def build(
    sections: pa.Table, news: pa.Table, posts: pa.Table, gazetteer: Gazetteer, transcripts: pa.Table | None = None
) -> pa.Table:
    """Documents rows alone; see `build_linked`."""
    return build_linked(sections, news, posts, gazetteer, transcripts)[0]


def build_linked(
    sections: pa.Table,
    news: pa.Table,
    posts: pa.Table,
    gazetteer: Gazetteer,
    transcripts: pa.Table | None = None,
    filings: pa.Table | None = None,
    facts: pa.Table | None = None,
) -> tuple[pa.Table, pa.Table]:
    """Documents rows, filings, news, posts, transcripts, each in its order; and the links of each, in the same order.

    `date`, `ts_event`, `known_at` and `known_at_quality` are those of the row a document is made from; `ingested_at` is
    left null: whoever stores the rows stamps it. Rows without any text give no document.

    Args:
        sections: rows of `filing_sections`.
        news: rows of `news`.
        posts: rows of `posts`; a deletion among them, whatever its day, takes the post away in all its versions.
        gazetteer: who was called what, and when: each text is linked as of its own `known_at`.
        transcripts: rows of `transcripts`.
        filings: rows of `filings`, for the periods that the sections are of.
        facts: rows of `facts` of `OWN_PERIOD`, for how companies count their years; of those only what a filing says
            itself and what was known before it counts.
    Returns: rows of `documents`, rows of `links`.
    """
    deleted, withdrawn = set(deleted_posts(posts)), _withdrawn_accounts(posts)
    told = [] if filings is None else filings.select(["accession_number", "period_of_report"]).to_pylist()
    periods = Periods({row["accession_number"]: row["period_of_report"] for row in told}, facts)
    pairs = [
        *(_of_section(row, gazetteer, periods) for row in sections.to_pylist() if _has_text(row["text"])),
        *(
            _of_entry(row, gazetteer)
            for row in news.to_pylist()
            if _has_text(row["title"]) or _has_text(row["summary"])
        ),
        *(
            _of_post(row, gazetteer)
            for row in posts.to_pylist()
            if row["operation"] in WORDED
            and _has_text(row["text"])
            and _post_id(row) not in deleted
            and row["did"] not in withdrawn
        ),
        *(_of_transcript(row, gazetteer) for row in (transcripts.to_pylist() if transcripts is not None else ())),
    ]
    documents = to_arrow(table_named("documents"), [document for document, _ in pairs])
    links = to_arrow(table_named("links"), [link for _, links in pairs for link in links])
    return documents, links


def deleted_posts(posts: pa.Table) -> list[str]:
    """The `document_id` of every post among `posts` that was deleted or whose account is withdrawn."""
    rows, withdrawn = posts.select(["did", "rkey", "operation"]).to_pylist(), _withdrawn_accounts(posts)
    return sorted(
        {
            _post_id(row)
            for row in rows
            if row["operation"] == "delete" or (row["operation"] in WORDED and row["did"] in withdrawn)
        }
    )


def withdrawn_posts(lake: Lake) -> list[str]:
    """The `document_id` of every stored post that was deleted or whose account is withdrawn, of whatever day."""
    columns = ["did", "rkey", "operation", "known_at"]
    gone = lake.read("posts", columns=columns, where="operation = 'delete' OR starts_with(operation, 'account_')")
    dids = sorted(_withdrawn_accounts(gone))
    if dids:
        theirs = lake.read("posts", columns=columns, where="operation IN ('create', 'update')")
        gone = pa.concat_tables([gone, theirs.filter(pc.is_in(theirs["did"], value_set=pa.array(dids)))])
    return deleted_posts(gone)


def _withdrawn_accounts(posts: pa.Table) -> set[str]:
    """Accounts whose latest word among `posts` is that they are not active: deleted, taken down, suspended."""
    told = posts.filter(pc.starts_with(posts["operation"], ACCOUNT)).select(["did", "operation", "known_at"])
    latest = {row["did"]: row["operation"] for row in sorted(told.to_pylist(), key=lambda row: row["known_at"])}
    return {did for did, operation in latest.items() if operation != f"{ACCOUNT}active"}


def _of_section(row: Row, gazetteer: Gazetteer, periods: "Periods") -> Linked:
    """A submission whose filer nobody named (some loose recordings) is linked to nobody; EDGAR files it under 0."""
    ciks = [] if row["cik"] is None else [int(str(row["cik"]))]
    accession, name = str(row["accession_number"]), str(row["document_name"])
    symbols = [symbol for cik in ciks for symbol in gazetteer.symbols_of(cik)]
    filer = ciks[0] if ciks else 0
    who = symbols[0] if symbols else str(row["company_name"] or filer)
    part = ". ".join(text for text in (_item(str(row["item"] or "")), str(row["title"] or "")) if text) or name
    document = _carried(row, "filing_sections") | {
        "document_id": f"filing:{accession}:{name}:{row['section_number']}",
        "kind": "filing",
        "title": f"{who} {row['form']} {day_of_ns(int(str(row['ts_event'])))} › {part}",
        "text": row["text"],
        "url": f"{_ARCHIVES}/{filer}/{accession.replace('-', '')}/{name}",
        "form": row["form"],
        **periods.of(row),
        "ciks": ciks,
        "symbols": symbols,
    }
    return document, [_link_row(document, Link(ciks[0], symbol, "filer", 1.0, primary=True)) for symbol in symbols[:1]]


def _item(item: str) -> str:
    """`7` as Item 7, `5.02` as Item 5.02, and `II.1A`, as items of a 10-Q are numbered here, as Part II Item 1A."""
    part, dot, number = item.partition(".")
    if dot and part.isalpha():
        return f"Part {part} Item {number}"
    return f"Item {item}" if item else ""


def _of_entry(row: Row, gazetteer: Gazetteer) -> Linked:
    title, summary = str(row["title"] or "").strip(), str(row["summary"] or "").strip()
    text = "\n\n".join(part for part in (title, summary) if part)
    tags = row["tags"] if isinstance(row["tags"], list) else []
    document = _carried(row, "news") | {
        "document_id": document_id_of(row),
        "kind": "news",
        "title": title or _shortened(summary),
        "text": text,
        "url": row["link"],
        "form": None,
        "fiscal_year": None,
        "fiscal_period": None,
    }
    return _linked(document, gazetteer, tags)


def _of_post(row: Row, gazetteer: Gazetteer) -> Linked:
    text = str(row["text"])
    document = _carried(row, "posts") | {
        "document_id": _post_id(row),
        "kind": "post",
        "title": _shortened(text),
        "text": text,
        "url": f"{_POSTS_PAGE}/{row['did']}/post/{row['rkey']}",
        "form": None,
        "fiscal_year": None,
        "fiscal_period": None,
    }
    return _linked(document, gazetteer, ())


def _of_transcript(row: Row, gazetteer: Gazetteer) -> Linked:
    """Linked to whose call it was, and not to everybody that is spoken of in it."""
    document = _carried(row, "transcripts") | {
        "document_id": f"transcript:{row['transcript_id']}",
        "kind": "transcript",
        "title": row["title"],
        "text": row["text"],
        "url": None,
        "form": None,
    }
    return _linked(document, gazetteer, [f"${row['symbol']}"] if row["symbol"] else [], text="")


def _post_id(row: Row) -> str:
    return f"post:{row['did']}/{row['rkey']}"


def _carried(row: Row, source: str) -> Row:
    return {name: row[name] for name in _CARRIED} | {"source": source}


def _linked(document: Row, gazetteer: Gazetteer, tags: Sequence[str], text: str | None = None) -> Linked:
    known_at = document["known_at"]
    links = gazetteer.link(
        str(document["text"]) if text is None else text, tags, known_at if isinstance(known_at, int) else None
    )
    sure = [link for link in links if link.confidence >= LINKED]
    named: Row = {
        "ciks": sorted({link.cik for link in sure if link.cik is not None}),
        "symbols": sorted({link.symbol for link in sure}),
    }
    return document | named, [_link_row(document, link) for link in links]


def _link_row(document: Row, link: Link) -> Row:
    return {name: document[name] for name in _CARRIED} | {
        "source": "documents",
        "document_id": document["document_id"],
        "cik": link.cik,
        "symbol": link.symbol,
        "method": link.method,
        "confidence": link.confidence,
        "start_offset": link.start,
        "end_offset": link.end,
        "is_primary": link.primary,
    }


def _has_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _shortened(text: str) -> str:
    """The first line, cut at a word where it is long."""
    line = text.strip().split("\n", 1)[0]
    return line if len(line) <= _TITLE_LENGTH else line[:_TITLE_LENGTH].rsplit(" ", 1)[0] + "…"
