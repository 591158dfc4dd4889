"""GDELT's Global Knowledge Graph: the world's news read by machine, a file every 15 minutes, without a key.

Options of an instance: `themes`, codes or beginnings of codes of which an article must have one (default: all; what has
none is counted as ignored); `translated`, whether articles translated into English are taken too (false).
`lastupdate.txt` names the latest files, `masterfilelist.txt` all of them, one a line: size, MD5, address:
    5017362 6dbe7b3a… http://data.gdeltproject.org/gdeltv2/20260105121500.gkg.csv.zip
A file is a zip of tab-separated lines of 27 columns, one an article (columns read: COLUMNS). Times are UTC.

A file collected on its day is known when we had it. One of a past day is known, by GDELT's own word, LAG_NS after the
time in its name, quality `source`. A file whose MD5 is not as listed is quarantined whole and asked for again.

Belongs here: lists, files, articles as rows of `news` and `news_annotations`.
Not here: conditional requests (fetch.py), which company an article speaks of (text/).
Specification: GDELT Global Knowledge Graph Codebook V2.1 (2015); "New GKG 2.0 Article Metadata Fields" (blog, 2019).
"""

import hashlib
import html
import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from weakref import WeakKeyDictionary

from tauric_assets.errors import DocumentAbsent, MalformedDocument, UpstreamRefused, UsageError
from tauric_assets.feeds.contract import Document, Fetching, Options, Parsed, Poll, Reject
from tauric_assets.feeds.entries import canonical_link
from tauric_assets.feeds.values import safe_text
from tauric_assets.tables import Row
from tauric_assets.times import SECOND_NS, datetime_to_ns, day_of_ns

NAME = "gdelt"
TABLES = ("news", "news_annotations")
BASE = "https://data.gdeltproject.org/gdeltv2"
LATEST, MASTER = f"{BASE}/lastupdate.txt", f"{BASE}/masterfilelist.txt"
TRANSLATED = {LATEST: f"{BASE}/lastupdate-translation.txt", MASTER: f"{BASE}/masterfilelist-translation.txt"}
SLOT = timedelta(minutes=15)
LAG_NS = 900 * SECOND_NS
UNZIPPED_BYTES_MAX = 500_000_000
LINE_BYTES_MAX = 4_000_000
TITLE_CHARACTERS_MAX = 2_000
COLUMNS_COUNT = 27
COLUMNS = {"id": 0, "date": 1, "collection": 2, "publisher": 3, "address": 4, "themes": 7, "persons": 11,
           "organisations": 13, "tone": 15, "extras": 26}  # fmt: skip
WEB = "1"
UNREADABLE_ZIP = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError)
"""What reading a broken zip raises; NotImplementedError is `zipfile`'s word for a compression it does not know."""

_LISTED = re.compile(
    rb"^\d+ ([0-9a-f]{32}) https?://[^ ]*/((\d{8})\d{6}(?:\.translation)?\.gkg\.csv\.zip)\s*$", re.M | re.I
)
_STAMP = re.compile(r"(\d{14})(?:\.translation)?\.gkg\.csv\.zip")
_TITLE = re.compile(r"<PAGE_TITLE>(.*?)</PAGE_TITLE>", re.S)
_PUBLISHED = re.compile(r"<PAGE_PRECISEPUBTIMESTAMP>(\d{14})</PAGE_PRECISEPUBTIMESTAMP>")
_masters: "WeakKeyDictionary[Fetching, dict[str, dict[str, bytes]]]" = WeakKeyDictionary()


def collect(fetching: Fetching, name: str, day: date, options: Options) -> Iterator[Document]:
    """The files of `day` that are not held: of a past day those in the master list, of today those up to the latest.

    Raises: UpstreamRefused, UpstreamUnavailable: a list, or a file that is listed; UsageError: options without sense.
    """
    themes, translated = _options(options)
    today = day_of_ns(fetching.now()) <= day
    for list_url in (LATEST if today else MASTER, *((TRANSLATED[LATEST if today else MASTER],) if translated else ())):
        files = _latest(fetching, name, list_url, day) if today else _listed(fetching, name, list_url, day)
        for file, md5 in files:
            url = f"{BASE}/{file}"
            if fetching.holds(url):
                continue
            try:
                document = fetching.get(url, feed=name, attributes={"md5": md5, "themes": " ".join(themes)}, fresh=True)
            except DocumentAbsent:
                if md5:
                    raise
                continue
            if document is not None:
                yield document if today else _dated(document, file)


def poll(fetching: Fetching, name: str, options: Options, cursor: str) -> Poll:
    """Whether there is a later file."""
    _, translated = _options(options)
    seen = []
    for url in (LATEST, *((TRANSLATED[LATEST],) if translated else ())):
        document = fetching.get(url, feed=name, fresh=True)
        seen += [match[2].decode() for match in _LISTED.finditer(document.body if document else b"")]
    return Poll(" ".join(seen) != cursor or not cursor, " ".join(seen) or "none")


def parse(document: Document) -> Parsed:
    """Articles as rows of `news`, and what GDELT says of them as rows of `news_annotations`.

    An article told twice is ignored the second time.
    Raises: MalformedDocument: no zip of one file, another MD5 than listed, or more than UNZIPPED_BYTES_MAX bytes.
    """
    md5 = document.attributes.get("md5", "")
    if md5 and hashlib.md5(document.body, usedforsecurity=False).hexdigest() != md5.lower():
        raise MalformedDocument(f"MD5 is not {md5}, as the list says")
    wanted = tuple(document.attributes.get("themes", "").split())
    parsed, seen = Parsed(), set[str]()
    for number, line in enumerate(_lines(document.body), start=1):
        parsed.records += 1
        try:
            row, annotation = _rows(line, document)
        except ValueError as error:
            parsed.rejects.append(Reject(str(error), f"line {number}", line))
            continue
        themes = annotation["themes"]
        assert isinstance(themes, list)
        if str(row["entry_id"]) in seen or (wanted and not any(theme.startswith(wanted) for theme in themes)):
            parsed.ignored += 1
            continue
        seen.add(str(row["entry_id"]))
        parsed.records += 1  # two rows come of one article
        parsed.add("news", row)
        parsed.add("news_annotations", annotation)
    return parsed


def _options(options: Options) -> tuple[list[str], bool]:
    themes, translated = options.get("themes", ()), options.get("translated", False)
    if isinstance(themes, str) or not isinstance(themes, Sequence) or not isinstance(translated, bool):
        raise UsageError("gdelt wants options: themes: [ECON_, …], a list, and translated: true or false")
    return [str(theme) for theme in themes], translated


def _latest(fetching: Fetching, name: str, url: str, day: date) -> Iterator[tuple[str, str]]:
    """Files of today up to the latest: only that one's MD5 is told, and a slot without a file is none."""
    document = fetching.get(url, feed=name, fresh=True)
    told = [(match[2].decode(), match[1].decode()) for match in _LISTED.finditer(document.body if document else b"")]
    if not told:
        return
    file, md5 = told[-1]
    last, tail = _slot(file), file[14:]
    slot = datetime(day.year, day.month, day.day, tzinfo=UTC)
    while slot < last:
        yield f"{slot:%Y%m%d%H%M%S}{tail}", ""
        slot += SLOT
    if last.date() == day:
        yield file, md5


def _listed(fetching: Fetching, name: str, url: str, day: date) -> list[tuple[str, str]]:
    """Files of a past day by the master list, which is asked for once: it has over a hundred megabytes."""
    known = _masters.setdefault(fetching, {})
    if url not in known:
        document = fetching.get(url, feed=name, fresh=True)
        lines: dict[str, list[bytes]] = {}
        for match in _LISTED.finditer(document.body if document else b""):
            lines.setdefault(match[3].decode(), []).append(b"%s %s" % (match[2], match[1]))
        known[url] = {stamp: b"\n".join(found) for stamp, found in lines.items()}
    found = known[url].get(f"{day:%Y%m%d}", b"").decode().splitlines()
    return [(file, md5) for file, _, md5 in sorted(line.partition(" ") for line in found)]


def _dated(document: Document, file: str) -> Document:
    """A file of a past day, known when GDELT says it published it."""
    told = datetime_to_ns(_slot(file)) + LAG_NS
    return replace(document, known_at=min(told, document.known_at), quality="source")


def _slot(file: str) -> datetime:
    match = _STAMP.fullmatch(file)
    try:
        return _time(match[1] if match else file)
    except ValueError:
        raise UpstreamRefused(f"GDELT lists {file!r}, which names no time") from None


def _time(stamp: str) -> datetime:
    return datetime.strptime(stamp, "%Y%m%d%H%M%S").replace(tzinfo=UTC)


def _lines(body: bytes) -> Iterator[bytes]:
    """The lines of the zip's one member that hold anything."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            members = archive.infolist()
            if len(members) != 1:
                raise MalformedDocument(f"a zip of {len(members)} files, not of one")
            length = 0
            with archive.open(members[0]) as stream:
                while line := stream.readline(LINE_BYTES_MAX):
                    length += len(line)
                    if length > UNZIPPED_BYTES_MAX:
                        raise MalformedDocument(f"more than {UNZIPPED_BYTES_MAX:,} bytes")
                    if line.strip():
                        yield line.rstrip(b"\r\n")
    except MalformedDocument:
        raise
    except UNREADABLE_ZIP as error:
        raise MalformedDocument(f"broken zip: {error}") from error


def _rows(line: bytes, document: Document) -> tuple[Row, Row]:
    """One article. Raises: ValueError: not its columns, no time, no address."""
    cells = line.decode("utf-8", "replace").split("\t")
    if len(cells) != COLUMNS_COUNT:
        raise ValueError(f"{len(cells)} columns, not {COLUMNS_COUNT}")
    told = {name: cells[place].strip() for name, place in COLUMNS.items()}
    batch, address = datetime_to_ns(_time(told["date"])), told["address"]
    if not told["id"] or not address:
        raise ValueError("no id or no address")
    found = _TITLE.search(told["extras"])
    title, flags = safe_text(" ".join(html.unescape(found[1] if found else "").split()), TITLE_CHARACTERS_MAX)
    published = _published(told["extras"])
    if published is not None and published > document.known_at:
        flags.append("published_in_future")
    is_web = told["collection"] == WEB
    shared = {
        "ts_event": min(batch if published is None else published, document.known_at),
        "known_at": document.known_at,
        "known_at_quality": document.quality,
        "feed": document.feed,
        "entry_id": canonical_link(address) if is_web else told["id"],
    }
    content = hashlib.sha256(f"{title}\n{address}".encode()).hexdigest()
    news = {"title": title, "summary": "", "link": address if is_web else None, "author": told["publisher"] or None}
    more = {"published_at": published, "language": "en", "tags": [], "content_sha256": content, "flags": flags}
    return {**shared, **news, **more}, {**shared, **_annotation(told)}


def _published(extras: str) -> int | None:
    found = _PUBLISHED.search(extras)
    try:
        return datetime_to_ns(_time(found[1])) if found else None
    except ValueError:
        return None


def _annotation(told: dict[str, str]) -> Row:
    numbers = [float(number) for number in told["tone"].split(",")] if told["tone"] else []
    tone, positive, negative, polarity = (*numbers[:4], None, None, None, None)[:4]
    return {
        "publisher": told["publisher"] or None,
        **{name: _words(told[name]) for name in ("themes", "persons", "organisations")},
        "tone": tone,
        "positive": positive,
        "negative": negative,
        "polarity": polarity,
        "words": int(numbers[6]) if len(numbers) > 6 else None,
    }


def _words(cell: str) -> list[str]:
    return list(dict.fromkeys(word.strip() for word in cell.split(";") if word.strip()))
