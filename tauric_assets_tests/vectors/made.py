"""Chunks made for the tests of this room."""

from collections.abc import Iterable
from datetime import date
from hashlib import sha256

import pyarrow as pa

from tauric_assets.tables import Row, table_named, to_arrow

DAY = date(2026, 1, 5)


def chunk(document: str, text: str, number: int = 1, **changes: object) -> Row:
    """One chunk, news unless told otherwise."""
    return {
        "date": DAY,
        "ts_event": 10,
        "known_at": 10,
        "known_at_quality": "observed",
        "source": "documents",
        "chunk_id": f"{document}#{number}",
        "document_id": document,
        "kind": "news",
        "form": None,
        "ciks": [],
        "symbols": [],
        "breadcrumb": "",
        "context": "",
        "text": text,
        "url": f"https://wire.example/{document}",
        "chunk_number": number,
        "start_offset": 0,
        "end_offset": len(text),
        "content_sha256": sha256(text.encode()).hexdigest(),
    } | changes


def chunks(rows: Iterable[Row]) -> pa.Table:
    """Rows of `chunks`."""
    return to_arrow(table_named("chunks"), rows)
