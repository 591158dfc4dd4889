"""Recorded websocket streams, read through the venues' own parsers with the recorded arrival times.

Lines understood (times are exact, never floats):
    wss://ws.example.org <-> 1618678132.368463                 connected; not a record of the venue
    wss://ws.example.org <- 1618678132.83097: {"subscribe"…}    sent by the recorder
    1618678158.622918: {"event":"heartbeat"}                    received; seconds
    1723161255030314667 {"stream":…}                            received; nanoseconds
    {"channel":"trade",…}                                       received, nobody knows when: dated by the venue
The whole may be one frame over many lines, and gzip.

Belongs here: formats of recordings, looking into a file for `tauric inspect`.
Not here: shapes of frames (the venues), recording (stream/).
"""

import gzip
import hashlib
import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import cast

from tauric_assets.errors import MalformedDocument, UsageError
from tauric_assets.feeds.contract import Document, Parsed, Reject, StreamFeed
from tauric_assets.feeds.registry import all_feeds, feed_named
from tauric_assets.feeds.sockets import FRAME_BYTES_MAX
from tauric_assets.feeds.ticks import parse_frame
from tauric_assets.feeds.values import decode_json, epoch_ns, epoch_seconds
from tauric_assets.times import Clock, system_clock

CAPTURE_BYTES_MAX = 2_000_000_000
GUESS_FRAMES_MAX = 20_000
GUESS_TRADES = 100
NEWS_FEED = "syndication"

_RECEIVED_SECONDS = re.compile(rb"(\d{9,10}(?:\.\d{1,9})?): ?(.*)", re.S)
_RECEIVED_NS = re.compile(rb"(\d{19}) (.*)", re.S)
_NOT_RECEIVED = re.compile(rb"\S+ (<->|<-|->) \d+(\.\d+)?(:.*)?|configuration: .*", re.S)


@dataclass(frozen=True)
class Line:
    """One line of a capture: a received frame, or why there is none.

    Args:
        received_at: nanoseconds UTC; None where the capture does not say.
        kind: `frame`, `other` (well, but nothing received) or `unreadable`.
    """

    number: int
    kind: str
    content: bytes
    received_at: int | None = None


def parse_capture(body: bytes, venue: str | None) -> Parsed:
    """Every frame of a recording through the venue's `ticks`.

    Args:
        venue: name of a feed that streams; None finds the one that reads the most trades.
    Returns: rows in the order of arrival; lines that are no frames count as ignored.
    Raises: UsageError: no such venue; MalformedDocument: no line of it is one of a capture, or none is a trade.
    """
    body = unzipped(body)
    feed = _streaming(venue) if venue is not None else _guessed(body)
    total = Parsed()
    for line in lines(body):
        _add(total, line, feed)
    if len(total.rejects) == total.records:
        raise MalformedDocument("no line of it is one of a capture")
    if not total.rejects and not total.rows:
        raise MalformedDocument(f"no trade of {feed.NAME} in its {total.records} records")
    return total


def inspect_capture(body: bytes, venue: str | None, source: str) -> Parsed:
    """Like `parse_capture`, with `source` (a file name or address) and the bytes' digest in every row."""
    return _sourced(parse_capture(body, venue), body, source)


def inspect_feed(body: bytes, source: str, clock: Clock = system_clock) -> Parsed:
    """A news feed's file as rows of `news`, as if read now, with `source` and the bytes' digest in every row.

    Raises: MalformedDocument: no feed.
    """
    document = Document("inspected", source, body, "", clock(), "observed")
    return _sourced(feed_named(NEWS_FEED).parse(document), body, source)


def lines(body: bytes) -> Iterator[Line]:
    """The lines of a capture that hold anything, in order; one JSON value over many lines is one line."""
    if _is_one_frame(body):
        yield Line(1, "frame", body.strip())
        return
    for number, raw in enumerate(io.BytesIO(body), start=1):
        text = raw.strip()
        if text:
            yield _line(number, text)


def streaming_venues() -> list[str]:
    """Names of all feeds that read frames of a stream."""
    return [feed.NAME for feed in all_feeds() if hasattr(feed, "ticks")]


def _is_one_frame(body: bytes) -> bool:
    if len(body) > FRAME_BYTES_MAX or body.lstrip()[:1] not in (b"{", b"["):
        return False
    try:
        decode_json(body)
    except ValueError:
        return False
    return True


def _line(number: int, text: bytes) -> Line:
    if text[:1] in (b"{", b"["):
        return Line(number, "frame", text)
    for pattern, convert in ((_RECEIVED_NS, epoch_ns), (_RECEIVED_SECONDS, epoch_seconds)):
        match = pattern.fullmatch(text)
        if match:
            try:
                return Line(number, "frame", match[2], convert(match[1].decode()))
            except ValueError:
                return Line(number, "unreadable", text)
    return Line(number, "other" if _NOT_RECEIVED.fullmatch(text) else "unreadable", text)


def _add(total: Parsed, line: Line, feed: StreamFeed) -> None:
    where = f"line {line.number}"
    if line.kind != "frame":
        total.records += 1
        if line.kind == "other":
            total.ignored += 1
        else:
            total.rejects.append(Reject("no line of a capture", where, line.content))
        return
    try:
        parsed = parse_frame(feed, line.content, line.received_at)
    except MalformedDocument as error:
        total.records += 1
        total.rejects.append(Reject(str(error), where, line.content))
        return
    total.records += parsed.records
    total.ignored += parsed.ignored
    total.rejects.extend(Reject(one.reason, f"{where}, {one.position}", one.raw) for one in parsed.rejects)
    for table, rows in parsed.rows.items():
        total.rows.setdefault(table, []).extend(rows)


def _streaming(venue: str) -> StreamFeed:
    feed = feed_named(venue)
    if not hasattr(feed, "ticks"):
        raise UsageError(f"{venue} has no stream; there are: {', '.join(streaming_venues())}")
    return cast("StreamFeed", feed)


def _guessed(body: bytes) -> StreamFeed:
    read = {name: Parsed() for name in streaming_venues()}
    best = ""
    for line in islice(lines(body), GUESS_FRAMES_MAX):
        if line.kind == "frame":
            for name, parsed in read.items():
                _add(parsed, line, _streaming(name))
            best = max(read, key=lambda name: read[name].row_count)
            if read[best].row_count >= GUESS_TRADES:
                break
    if not best or not read[best].rows:
        raise MalformedDocument(f"cannot tell whose capture this is: name the venue; there are: {', '.join(read)}")
    return _streaming(best)


def unzipped(body: bytes) -> bytes:
    """The capture's text. Raises: MalformedDocument: broken gzip, or too long."""
    if not body.startswith(b"\x1f\x8b"):
        return body
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(body)) as file:
            plain = file.read(CAPTURE_BYTES_MAX + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise MalformedDocument(f"broken gzip: {error}") from error
    if len(plain) > CAPTURE_BYTES_MAX:
        raise MalformedDocument(f"capture has more than {CAPTURE_BYTES_MAX:,} bytes")
    return plain


def _sourced(parsed: Parsed, body: bytes, source: str) -> Parsed:
    address = f"{source}#sha256={hashlib.sha256(body).hexdigest()}"
    for rows in parsed.rows.values():
        for row in rows:
            row["source"] = address
    return parsed
