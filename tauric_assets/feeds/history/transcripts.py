"""Transcripts of earnings calls, one plain text file each, as rows of `transcripts`.

The file's name tells whose call it was: `AAN_q3_2021.txt`, with any words before it. Speakers are told apart where the
text does: `Operator` or `Jane Doe -- Chief Executive Officer` on a line of its own, or `Jane Doe: …`.

Such files say nothing of when they could first be read. Where the user says it (`--known-at`), its quality is `source`.
Else it is `estimated`, DELAY_DAYS after the calendar quarter of that name has ended, which by usage no company's fiscal
quarter and call outlast: too late rather than too early. A file without a quarter is known when it is brought in.

Belongs here: names of files, turns of speakers, the estimate.
Not here: compression, commits (files.py, commands/importing.py); which company a symbol is (text/).
"""

import hashlib
import re
from collections.abc import Iterator
from datetime import date
from pathlib import PurePath
from typing import IO

from tauric_assets.errors import MalformedDocument
from tauric_assets.feeds.history.batches import Batch, Source
from tauric_assets.feeds.values import clean_text
from tauric_assets.tables import TABLES, Row, to_arrow
from tauric_assets.times import DAY_NS, day_of_ns, day_start_ns

TEXT_BYTES_MAX = 20_000_000
DELAY_DAYS = 210
"""A fiscal year may end four months after the calendar year of its name; a call follows its quarter within 90 days."""
SPEAKER_CHARACTERS_MAX = 120

_NAMED = re.compile(
    r"(?:^|[_\W])(?P<symbol>[A-Z][A-Z0-9.-]{0,9})[_\W]+(?:[qQ](?P<quarter>[1-4])[_\W]*(?P<year>(?:19|20)\d\d)"
    r"|(?P<year_first>(?:19|20)\d\d)[_\W]*[qQ](?P<quarter_last>[1-4]))(?!\d)"
)
_PERSON = r"[A-Z][\w.'’-]*(?: [A-Z][\w.'’-]*){0,5}"
_TITLED = re.compile(rf"({_PERSON}) (?:--|–|—|-) (\S.*)")
_COLON = re.compile(r"([A-Z][\w.'’-]*(?: [A-Z][\w.'’-]*){1,5})(?: \(([^()]+)\))?:(?=\s|$)")
_UNNAMED = frozenset({"operator", "moderator", "unidentified analyst", "unknown speaker"})


def read(stream: IO[bytes], name: str, source: Source) -> Iterator[Batch]:
    """The one transcript of a file.

    Raises: MalformedDocument: empty, more than TEXT_BYTES_MAX bytes, or no text.
    """
    body = stream.read(TEXT_BYTES_MAX + 1)
    if len(body) > TEXT_BYTES_MAX:
        raise MalformedDocument(f"{name} has more than {TEXT_BYTES_MAX:,} bytes")
    try:
        text = clean_text(body.decode("utf-8-sig")).replace("\r\n", "\n").replace("\r", "\n").strip()
    except UnicodeDecodeError as error:
        raise MalformedDocument(f"{name}: no text in UTF-8: {error}") from error
    if not text:
        raise MalformedDocument(f"{name} is empty")
    yield Batch("transcripts", to_arrow(TABLES["transcripts"], [_row(text, name, source)]))


def turns(text: str) -> list[Row]:
    """Who speaks where, in order; empty where the text does not tell (fewer than two turns)."""
    found: list[Row] = []
    start = 0
    for line in text.splitlines(keepends=True):
        speaker = _speaker(line.strip())
        if speaker is not None:
            if found:
                found[-1]["end_offset"] = start
            found.append({"speaker": speaker[0], "role": speaker[1], "start_offset": start, "end_offset": len(text)})
        start += len(line)
    return found if len(found) > 1 else []


def _speaker(line: str) -> tuple[str, str | None] | None:
    if line.rstrip(":").lower() in _UNNAMED:
        return line.rstrip(":"), None
    colon = _COLON.match(line[:SPEAKER_CHARACTERS_MAX])
    if colon is not None:
        return colon[1], colon[2]
    titled = _TITLED.fullmatch(line) if len(line) <= SPEAKER_CHARACTERS_MAX and not line.endswith(".") else None
    return (titled[1], titled[2]) if titled is not None else None


def _row(text: str, name: str, source: Source) -> Row:
    digest = hashlib.sha256(text.encode()).hexdigest()
    symbol, year, quarter = _call(PurePath(name).name.partition(".txt")[0])
    symbol = source.symbol or symbol
    known_at, quality, flags = _known(year, quarter, source)
    call = "" if year is None else f"{year}q{quarter}:"
    title = " ".join(word for word in (symbol, f"Q{quarter} {year}" if year else None, "earnings call") if word)
    return {
        "date": day_of_ns(known_at),
        "ts_event": known_at,
        "known_at": known_at,
        "known_at_quality": quality,
        "transcript_id": f"{symbol or PurePath(name).name}:{call}{digest[:12]}",
        "symbol": symbol,
        "fiscal_year": year,
        "fiscal_quarter": quarter,
        "title": title,
        "text": text,
        "turns": turns(text),
        "content_sha256": digest,
        "flags": flags,
    }


def _call(name: str) -> tuple[str | None, int | None, int | None]:
    found = list(_NAMED.finditer(name))
    if not found:
        return None, None, None
    match = found[-1]
    return match["symbol"], int(match["year"] or match["year_first"]), int(match["quarter"] or match["quarter_last"])


def _known(year: int | None, quarter: int | None, source: Source) -> tuple[int, str, list[str]]:
    if source.known_at is not None:
        return source.known_at, "source", []
    if year is None or quarter is None:
        return source.imported_at, "observed", ["call_date_unknown"]
    month = 3 * quarter
    ended = day_start_ns(date(year + month // 12, month % 12 + 1, 1))
    estimate = ended + DELAY_DAYS * DAY_NS
    if estimate > source.imported_at:
        return source.imported_at, "observed", ["call_date_unknown"]
    return estimate, "estimated", ["call_date_unknown"]
