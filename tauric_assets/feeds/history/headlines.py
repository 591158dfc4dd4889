"""CSV of dated headlines, each tagged with a ticker, as rows of `news`.

A file has a header; which columns are read:
| what | names understood, in any case |
|---|---|
| headline | title, headline, text |
| when | date, published, published_at, datetime, timestamp, time: `2020-06-05 10:30:00-04:00` |
| ticker | stock, ticker, symbol |
| address, author | url, link; publisher, author, source |
The ticker becomes the entry's tag, as `$NOVA`. Other columns are ignored. One headline under several tickers is several
entries, which `news_clusters` joins.

A headline is known when it says it was published, quality `source`. Where a row tells no clock (a day, or midnight), it
is known when that day is over; where it tells no zone, when its clock has been passed everywhere on earth. Both are
`estimated` and flagged: never too early.

Belongs here: columns, times and what is wrong with a row.
Not here: compression, commits (files.py, commands/importing.py).
"""

import csv
import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import IO

import pyarrow as pa

from tauric_assets.errors import MalformedDocument
from tauric_assets.feeds.contract import Reject
from tauric_assets.feeds.history.batches import Batch, NotTicks, Source
from tauric_assets.feeds.values import clean_text, epoch_ns
from tauric_assets.tables import TABLES
from tauric_assets.times import DAY_NS, SECOND_NS, datetime_to_ns, day_of_ns

FEED = "headlines"
BATCH_ROWS = 128 * 1024
FIELD_CHARACTERS_MAX = 100_000
LATEST_ZONE_NS = 12 * 3_600 * SECOND_NS
"""How far the last zone on earth (UTC-12) is behind UTC."""

_TITLE = ("title", "headline", "text")
_TIME = ("date", "published", "published_at", "datetime", "timestamp", "time")
_TICKER = ("stock", "ticker", "symbol")
_LINK = ("url", "link")
_AUTHOR = ("publisher", "author", "source")


@dataclass
class _Columns:
    """Rows of one batch, column by column."""

    values: dict[str, list[object]] = field(default_factory=dict)
    rejects: list[Reject] = field(default_factory=list)

    def add(self, row: dict[str, object]) -> None:
        for name, value in row.items():
            self.values.setdefault(name, []).append(value)

    def batch(self) -> Batch:
        wanted = [column for column in TABLES["news"].schema if column.name in self.values]
        arrays = [pa.array(self.values[column.name], column.type) for column in wanted]
        return Batch("news", pa.table(arrays, schema=pa.schema(wanted)), tuple(self.rejects))


def read(stream: IO[bytes], name: str, source: Source) -> Iterator[Batch]:
    """Batches of `news` in the file's order, of at most BATCH_ROWS rows.

    Args:
        source: `feed` names the feed (FEED), `symbol` is the ticker where the file has no such column.
    Raises: NotTicks: no header with a headline and a date; MalformedDocument: no CSV any more.
    """
    lines = io.TextIOWrapper(stream, "utf-8-sig", errors="replace", newline="")
    previous = csv.field_size_limit(FIELD_CHARACTERS_MAX)
    try:
        rows = csv.reader(lines)
        header = [word.strip().lower() for word in next(rows, [])]
        places = [_place(header, words) for words in (_TITLE, _TIME, _TICKER, _LINK, _AUTHOR)]
        if places[0] is None or places[1] is None or (places[2] is None and source.symbol is None):
            raise NotTicks(f"{name} has no columns title, date and stock (or --symbol): it has {', '.join(header)}")
        columns = _Columns()
        for cells in rows:
            _take(columns, cells, len(header), places, source, f"line {rows.line_num}")
            if len(columns.values.get("title", ())) + len(columns.rejects) >= BATCH_ROWS:
                yield columns.batch()
                columns = _Columns()
        if columns.values or columns.rejects:
            yield columns.batch()
    except csv.Error as error:
        raise MalformedDocument(f"{name}: {error}") from error
    finally:
        csv.field_size_limit(previous)
        lines.detach()


def _place(header: Sequence[str], words: Sequence[str]) -> int | None:
    return next((header.index(word) for word in words if word in header), None)


def _take(
    columns: _Columns, cells: list[str], width: int, places: Sequence[int | None], source: Source, where: str
) -> None:
    if not cells:
        return
    try:
        columns.add(_row(cells, width, places, source))
    except ValueError as error:
        columns.rejects.append(Reject(str(error), where, ",".join(cells).encode(errors="replace")))


def _row(cells: list[str], width: int, places: Sequence[int | None], source: Source) -> dict[str, object]:
    if len(cells) != width:
        raise ValueError(f"{len(cells)} columns, not {width}")
    told = ["" if place is None else clean_text(cells[place]).strip() for place in places]
    title, ticker, link, author = told[0], source.symbol or told[2], told[3], told[4]
    if not title:
        raise ValueError("no headline")
    if not ticker:
        raise ValueError("no ticker")
    ts_event, known_at, flags = dated(told[1])
    if known_at > source.imported_at:
        flags, known_at = [*flags, "published_in_future"], source.imported_at
        ts_event = min(ts_event, known_at)
    return {
        "date": day_of_ns(ts_event),
        "ts_event": ts_event,
        "known_at": known_at,
        "known_at_quality": "estimated" if flags else "source",
        "feed": source.feed or FEED,
        "entry_id": hashlib.sha256(f"{ticker}\n{told[1]}\n{title}\n{link}".encode()).hexdigest()[:32],
        "title": title,
        "summary": "",
        "link": link or None,
        "author": author or None,
        "published_at": None if "time_unknown" in flags else ts_event,
        "tags": [f"${ticker.lstrip('$')}"],
        "content_sha256": hashlib.sha256(f"{title}\n{link}".encode()).hexdigest(),
        "flags": flags,
    }


def dated(text: str) -> tuple[int, int, list[str]]:
    """When a headline says it was published: its event time, when it was surely known, and flags.

    Raises: ValueError: no date, or one before 1970.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is no date") from None
    flags = []
    if moment.tzinfo is None:
        flags.append("zone_unknown")
    if moment.timetz().replace(tzinfo=None) == datetime.min.time():
        flags.append("time_unknown")
    try:
        at = epoch_ns(datetime_to_ns(moment if moment.tzinfo else moment.replace(tzinfo=UTC)))
    except OverflowError:
        raise ValueError(f"{text!r} is out of range") from None
    later = (LATEST_ZONE_NS if "zone_unknown" in flags else 0) + (DAY_NS if "time_unknown" in flags else 0)
    return at, at + later, flags
