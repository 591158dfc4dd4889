"""News feeds: RSS, Atom, RDF, and OPML lists of them.

Options of an instance: `url`, the feed or an OPML file; `polls_per_day`, how often a past day is asked for (24).
An entry as it comes:
    <item><title>Nova opens a plant</title><link>https://news.example.org/1</link><guid>1</guid>
     <pubDate>Mon, 05 Jan 2026 14:30:00 GMT</pubDate><category>NOVA</category></item>
`published` is the publisher's word; `known_at` is when the document that held the entry could first be read.

Belongs here: asking feeds for the present and the past, following OPML, feeds as a whole.
Not here: one entry (entries.py), conditional requests and mementos (fetch.py).
Specifications: RSS 2.0, RFC 4287 (Atom), OPML 2.0, RFC 7089 (Memento).
"""

import json
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import cast
from urllib.parse import urljoin
from xml.sax import SAXException

import feedparser
from lxml import etree

from tauric_assets.errors import MalformedDocument, UpstreamRefused, UpstreamUnavailable, UsageError
from tauric_assets.feeds.contract import Document, Fetching, Options, Parsed, Poll, Reject
from tauric_assets.feeds.entries import MEMBER_OF, Entry, row_of
from tauric_assets.feeds.polling import poll_urls
from tauric_assets.tables import Row
from tauric_assets.times import DAY_NS, SECOND_NS, Days, day_of_ns

NAME = "syndication"
TABLES = ("news",)
POLLS_PER_DAY = 24
POLLS_PER_DAY_MAX = 1_440
FEED_BYTES_MAX = 8_000_000
OUTLINES_MAX = 10_000
FAILURES_TOLD_MAX = 3

_OPML_ROOT = re.compile(
    rb"\A[\s\xef\xbb\xbf]*(<\?[^>]*>\s*|<!--.*?-->\s*|<!DOCTYPE[^>\[]*>\s*)*<opml[\s>]", re.S | re.I
)
_ENTRY_TAG = re.compile(rb"<([A-Za-z][\w.-]*:)?(item|entry)[\s>]")
_HEAD_BYTES = 4_096


def collect(fetching: Fetching, name: str, day: date, options: Options) -> Iterator[Document]:
    """The feed, or every feed of an OPML file, as it stood through `day`.

    A past day is asked for at the end of each of `polls_per_day` slots, until an upstream turns out not to keep its
    past; today is asked for once, conditionally. A member of an OPML file that is gone is a document that says so.
    Raises: UpstreamRefused: the feed itself is absent; UpstreamUnavailable: it, or members of it, did not answer (after
        everything that did); UsageError: options that make no sense.
    """
    url, slots = _options(options)
    moments = _moments(day, fetching.now(), slots)
    failures: list[UpstreamUnavailable] = []
    members: set[str] = set()
    for document in _states(fetching, name, url, moments):
        if not is_opml(document.body):
            yield document
            continue
        for member in outlines(document):
            if member not in members:
                members.add(member)
                for found in _member(fetching, name, member, moments, failures):
                    yield replace(found, attributes={**found.attributes, MEMBER_OF: url})
    if failures:
        told = "; ".join(str(failure) for failure in failures[:FAILURES_TOLD_MAX])
        raise UpstreamUnavailable(f"{len(failures)} of {len(members)} feeds in {url} did not answer: {told}")


def poll(fetching: Fetching, name: str, options: Options, cursor: str) -> Poll:
    """Look at the feed; of an OPML file, at each member that answers."""
    url, _ = _options(options)
    document = fetching.get(url, feed=name, fresh=True, size_max=FEED_BYTES_MAX)
    if document is None or not is_opml(document.body):
        return poll_urls(fetching, name, [url], cursor, FEED_BYTES_MAX)
    looks = []
    for member in outlines(document):
        try:
            looks.append(poll_urls(fetching, name, [member], "", FEED_BYTES_MAX).cursor)
        except (UpstreamUnavailable, UpstreamRefused) as error:
            looks.append(type(error).__name__)
    seen = " ".join(looks)
    return Poll(seen != cursor, seen)


def parse(document: Document) -> Parsed:
    """A feed's entries as rows of `news`, in document order.

    An entry told twice in the same words is ignored the second time; in other words, it is a Reject.
    Raises: MalformedDocument: no feed, or larger than FEED_BYTES_MAX.
    """
    if "refused" in document.attributes:
        return Parsed(rejects=[Reject(document.attributes["refused"], "", b"")], records=1)
    feed = _read(document)
    entries, language = feed["entries"], str(feed["feed"].get("language") or "")
    parsed = Parsed(records=len(entries))
    seen: dict[str, str] = {}
    for number, entry in enumerate(entries, start=1):
        try:
            row = row_of(entry, document, language)
            repeated = _repeated(row, seen)
        except ValueError as error:
            parsed.rejects.append(Reject(str(error), f"entry {number}", _raw(entry)))
            continue
        if repeated:
            parsed.ignored += 1
        else:
            parsed.add("news", row)
    return parsed


def is_opml(body: bytes) -> bool:
    """Whether the root element is `opml`."""
    return _OPML_ROOT.match(body[:_HEAD_BYTES]) is not None


def outlines(document: Document) -> list[str]:
    """The addresses of all feeds in an OPML document, in order, each once.

    Raises: MalformedDocument: not XML, or more than OUTLINES_MAX feeds.
    """
    safe = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True)
    try:
        root = etree.fromstring(document.body, safe)
    except etree.XMLSyntaxError as error:
        raise MalformedDocument(f"{document.url}: no XML: {error}") from error
    if root is None:
        raise MalformedDocument(f"{document.url}: no XML")
    found = [urljoin(document.url, str(node.get("xmlUrl"))) for node in root.iter("outline") if node.get("xmlUrl")]
    if len(found) > OUTLINES_MAX:
        raise MalformedDocument(f"{document.url}: {len(found):,} feeds, more than {OUTLINES_MAX:,}")
    return list(dict.fromkeys(found))


def _options(options: Options) -> tuple[str, int]:
    url, slots = options.get("url"), options.get("polls_per_day", POLLS_PER_DAY)
    if not isinstance(url, str) or not url:
        raise UsageError("a news feed wants options: url: https://… in its defs.yaml")
    if isinstance(slots, bool) or not isinstance(slots, int) or not 1 <= slots <= POLLS_PER_DAY_MAX:
        raise UsageError(f"polls_per_day is {slots!r}; it must be a whole number from 1 to {POLLS_PER_DAY_MAX}")
    return url, slots


def _moments(day: date, now: int, slots: int) -> list[int | None]:
    """When to ask for: the last second of each slot of a past day; the present (None) for today."""
    if day >= day_of_ns(now):
        return [None]
    start = Days.one(day).start_ns
    return [start + (slot + 1) * DAY_NS // slots - SECOND_NS for slot in range(slots)]


def _states(fetching: Fetching, name: str, url: str, moments: list[int | None]) -> Iterator[Document]:
    """The states of one address at `moments`, each once.

    Raises: UpstreamRefused: there was none at any of them.
    """
    seen: set[tuple[int, bytes]] = set()
    refusal: UpstreamRefused | None = None
    answered = False
    for moment in moments:
        try:
            document = fetching.get(url, feed=name, at=moment, size_max=FEED_BYTES_MAX)
        except UpstreamRefused as error:
            refusal = error
            continue
        answered = True
        if document is None:
            continue
        state = (document.known_at if document.quality == "source" else 0, document.body)
        if state not in seen:
            seen.add(state)
            yield document
        if document.quality == "observed":
            break
    if refusal is not None and not answered:
        raise refusal


def _member(
    fetching: Fetching, name: str, url: str, moments: list[int | None], failures: list[UpstreamUnavailable]
) -> Iterator[Document]:
    try:
        yield from _states(fetching, name, url, moments)
    except UpstreamRefused as error:
        yield Document(name, url, b"", "", fetching.now(), "observed", {"refused": str(error)})
    except UpstreamUnavailable as error:
        failures.append(error)


def _read(document: Document) -> Mapping[str, Mapping[str, object]] | feedparser.FeedParserDict:
    body = _unzipped(document.body)
    if len(body) > FEED_BYTES_MAX:
        raise MalformedDocument(f"feed has more than {FEED_BYTES_MAX:,} bytes")
    headers = {"content-type": document.media_type} if document.media_type else {}
    try:
        feed = feedparser.parse(body, response_headers=headers)
    except (ValueError, LookupError) as error:  # of declarations and addresses it does not expect
        raise MalformedDocument(f"{type(error).__name__}: {error}") from error
    if not feed.get("version") and not feed["entries"]:
        reason = feed.get("bozo_exception") or "no feed of a kind this house knows"
        raise MalformedDocument(f"{type(reason).__name__}: {reason}" if feed.get("bozo") else str(reason))
    broken = feed.get("bozo_exception")
    if isinstance(broken, SAXException) and not feed["entries"] and _ENTRY_TAG.search(body):
        raise MalformedDocument(f"no entry can be read: {broken}")
    return cast("feedparser.FeedParserDict", feed)


def _unzipped(body: bytes) -> bytes:
    """Some publishers send a gzip file as if it were the feed."""
    if not body.startswith(b"\x1f\x8b"):
        return body
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(body, FEED_BYTES_MAX + 1)
    except zlib.error as error:
        raise MalformedDocument(f"broken gzip: {error}") from error


def _repeated(row: Row, seen: dict[str, str]) -> bool:
    identity, content = str(row["entry_id"]), str(row["content_sha256"])
    if identity not in seen:
        seen[identity] = content
        return False
    if seen[identity] != content:
        raise ValueError(f"id {identity!r} is used for two entries")
    return True


def _raw(entry: Entry) -> bytes:
    return json.dumps(entry, default=str).encode()
