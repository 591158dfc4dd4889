"""Instruments, sections, news and posts made for the tests of this room."""

from datetime import date

import pyarrow as pa

from tauric_assets.tables import Row, table_named, to_arrow
from tauric_assets.text.linking import Gazetteer
from tauric_assets.times import parse_instant

DAY = date(2026, 1, 5)
NOON = parse_instant("2026-01-05T12:00:00Z")
COMMON: Row = {
    "date": DAY,
    "ts_event": NOON,
    "known_at": NOON,
    "known_at_quality": "source",
    "source": "https://feeds.example/a#sha256=00",
}
LISTED = (
    ("NOVA", 1001, "NOVA ROBOTICS, INC. /DE/", "Nasdaq"),
    ("HLX", 1002, "Helio Energy Holdings Corp", "NYSE"),
    ("HLX-A", 1002, "Helio Energy Holdings Corp", "NYSE"),
    ("ZEPH", 1003, "Zephyrine Ltd", "NYSE"),
    ("TGT", 1004, "Target Corp", "NYSE"),
    ("QUIL", 1005, "Quillon Bank Group plc", "NYSE"),
    ("QUIX", 1006, "Quillon Bank Holdings", "NYSE"),
    ("MRRW", 1007, "Marrow & Thistle Co", "NYSE"),
)


def instruments(*listed: tuple[str, int, str, str]) -> pa.Table:
    """Rows of `instruments`, the ones above unless told otherwise."""
    rows: list[Row] = [
        COMMON | {"symbol": symbol, "cik": cik, "name": name, "exchange": exchange}
        for symbol, cik, name, exchange in listed or LISTED
    ]
    return to_arrow(table_named("instruments"), rows)


def gazetteer() -> Gazetteer:
    """Who is listed above."""
    return Gazetteer(instruments())


def sections(*changes: Row) -> pa.Table:
    """One row of `filing_sections` for each of `changes`."""
    row: Row = COMMON | {
        "accession_number": "0001001001-26-000007",
        "form": "10-K",
        "cik": 1001,
        "company_name": "NOVA ROBOTICS, INC.",
        "document_name": "nova-10k.htm",
        "section_number": 4,
        "item": "7",
        "title": "Management's Discussion",
        "text": "Orders rose by a third.\n\nMargins fell.",
        "start_offset": 0,
        "end_offset": 39,
    }
    return to_arrow(table_named("filing_sections"), [row | change for change in changes])


def news(*changes: Row) -> pa.Table:
    """One row of `news` for each of `changes`."""
    row: Row = COMMON | {
        "feed": "wire",
        "entry_id": "urn:wire:1",
        "title": "Nova Robotics buys Helio Energy",
        "summary": "The price was not named.",
        "link": "https://wire.example/1",
        "tags": [],
    }
    return to_arrow(table_named("news"), [row | change for change in changes])


def posts(*changes: Row) -> pa.Table:
    """One row of `posts` for each of `changes`."""
    row: Row = COMMON | {
        "network": "bluesky",
        "did": "did:plc:abc",
        "collection": "app.bsky.feed.post",
        "rkey": "3k1",
        "operation": "create",
        "text": "$NOVA to the moon",
    }
    return to_arrow(table_named("posts"), [row | change for change in changes])
