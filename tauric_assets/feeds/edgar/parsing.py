"""Parsing of every kind of EDGAR document the feed collects.

Belongs here: from a Document's kind to the reader of it. Not here: the readers (listing.py, rows.py).
"""

from tauric_assets.errors import MalformedDocument
from tauric_assets.feeds.contract import Document, Parsed
from tauric_assets.feeds.edgar.backfill import TOO_LARGE
from tauric_assets.feeds.edgar.facts import read_facts
from tauric_assets.feeds.edgar.kinds import FACTS, INDEX, KIND, OLDER_LIST, PROFILE, SUBMISSION, TICKERS
from tauric_assets.feeds.edgar.listing import read_index, read_tickers
from tauric_assets.feeds.edgar.profile import read_older_page, read_profile
from tauric_assets.feeds.edgar.rows import Known, submission_rows
from tauric_assets.feeds.edgar.submission import split_submission
from tauric_assets.tables import Row


def parse(document: Document) -> Parsed:
    """Turn one collected document into rows. Pure.

    Returns: `instruments` rows for the ticker map; the rows of a submission (see `submission_rows`), of a company's
        profile and facts (see `read_profile`, `read_facts`); for an index its lines as ignored records.
    Raises: MalformedDocument: nothing in it is readable, or its kind is unknown.
    """
    kind = document.attributes.get(KIND, "")
    if TOO_LARGE in document.attributes:
        raise MalformedDocument(document.attributes[TOO_LARGE], f"byte {len(document.body)}")
    if kind == SUBMISSION:
        listed = document.attributes.get("accession_number", "")
        submission = split_submission(document.body, listed)
        told = submission.header.accession_number
        if listed and told and listed != told:
            raise MalformedDocument(f"listed as {listed}, but it is {told}")
        return submission_rows(submission, Known(document.known_at, document.quality))
    if kind == TICKERS:
        return _tickers(document)
    if kind == INDEX:
        index = read_index(document.body)
        return Parsed(rejects=index.rejects, ignored=index.lines - len(index.rejects), records=index.lines)
    if kind == FACTS:
        return read_facts(document.body)
    if kind == PROFILE:
        return read_profile(document.body, Known(document.known_at, document.quality))
    if kind == OLDER_LIST:
        return read_older_page(document.body, int(document.attributes["cik"]))
    raise MalformedDocument(f"unknown kind of EDGAR document {kind!r}")


def _tickers(document: Document) -> Parsed:
    rows, rejects = read_tickers(document.body)
    parsed = Parsed(rejects=rejects, records=len(rows) + len(rejects))
    seen: set[tuple[object, object]] = set()
    times: Row = {
        "ts_event": document.known_at,
        "known_at": document.known_at,
        "known_at_quality": document.quality,
        "supersedes": None,
    }
    for row in rows:
        key = (row["symbol"], row["cik"])
        if key in seen:
            parsed.ignored += 1
            continue
        seen.add(key)
        parsed.add("instruments", times | row)
    return parsed
