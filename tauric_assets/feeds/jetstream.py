"""Bluesky's public posts over Jetstream, a websocket that can be asked from any recent instant on.

Options of an instance: `collections` (default `[app.bsky.feed.post]`); `keywords`, of which a post must hold one, case
ignored (default: all posts). What is filtered out is counted as ignored; deletions are always kept.
Accounts that are deleted, taken down, suspended, deactivated or active again are rows too, of collection `account`.
A frame:
    {"did":"did:plc:abc","time_us":1735689600000001,"kind":"commit","commit":{"rev":"3l3q","operation":"create",
     "collection":"app.bsky.feed.post","rkey":"3l3qo2vuowo2b","record":{"$type":"app.bsky.feed.post","text":"…",
     "langs":["en"],"createdAt":"2025-01-01T00:00:00.000Z","reply":{"parent":{"uri":"at://…","cid":"…"}}},"cid":"…"}}
Jetstream keeps some days. Asked for an older one it begins with the oldest event it has, or says nothing: such a day
gives no document, and one warning.

Belongs here: its address, its frames, resuming after a cut.
Not here: sockets, other networks.
Specification: bluesky-social/jetstream, "Consuming Jetstream".
"""

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import cast
from urllib.parse import urlencode

from tauric_assets.errors import MalformedDocument, UpstreamUnavailable, UsageError
from tauric_assets.feeds.contract import Document, Fetching, Options, Parsed, Poll, Reject
from tauric_assets.feeds.patience import Patience
from tauric_assets.feeds.values import clean_text, decode_json, epoch_us, instant, safe_text
from tauric_assets.tables import Row
from tauric_assets.times import Days

NAME = "jetstream"
TABLES = ("posts",)
NETWORK = "bluesky"
COLLECTIONS = ("app.bsky.feed.post",)
FRAMES_PER_DOCUMENT = 1_000
IDLE_S = 3.0
LOOK_S = 1.0
OPERATIONS = ("create", "update", "delete")
WORDED = ("create", "update")
LINES_MAX = 100_000
TEXT_CHARACTERS_MAX = 20_000
REWIND_US = 5_000_000
"""How far before the last event a broken line is taken up again; what comes twice is told apart by its bytes."""
ACCOUNT = "account"

logger = logging.getLogger(__name__)


def collect(fetching: Fetching, name: str, day: date, options: Options) -> Iterator[Document]:
    """The events of `day` (UTC), or of today until now, replayed from the day's start, as JSON lines.

    A connection that breaks is taken up again where it broke. A past day of which nothing comes is warned of.
    Raises: UpstreamUnavailable: it broke `http_tries_max` times without an event in between; UsageError: options that
        make no sense.
    """
    collections, keywords = _names(options, "collections", COLLECTIONS), _names(options, "keywords", ())
    days = Days.one(day)
    start, end = days.start_ns // 1_000, min(days.end_ns, fetching.now()) // 1_000
    about = {"mode": "replayed", "collections": json.dumps(collections), "keywords": json.dumps(keywords)}
    lines: list[bytes] = []
    told_until, first = start, None
    for at, frame in _events(fetching, name, collections, start):
        first = at if first is None else first
        if at >= end:
            break
        lines.append(frame)
        told_until = max(told_until, at)
        if len(lines) == FRAMES_PER_DOCUMENT:
            yield _document(fetching, name, (collections, start), lines, told_until, about)
            lines = []
    if lines:
        yield _document(fetching, name, (collections, start), lines, told_until, about)
    if end == days.end_ns // 1_000 and (first is None or first >= end):
        logger.warning("jetstream no longer keeps this day feed=%s day=%s asked=%d first=%s", name, day, start, first)


def poll(fetching: Fetching, name: str, options: Options, cursor: str) -> Poll:
    """Whether any event came since the last look."""
    now = str(fetching.now() // 1_000)
    if not cursor.isdigit():
        return Poll(True, now)
    url = _url(fetching, _names(options, "collections", COLLECTIONS), int(cursor))
    came = any(True for _ in fetching.stream(url, feed=name, idle_s=LOOK_S))
    return Poll(came, now if came else cursor)


def parse(document: Document) -> Parsed:
    """Events as rows of `posts`, known when Jetstream told them (`time_us`), or on arrival where not replayed.

    Raises: MalformedDocument: more lines than any document of ours has, or no line is JSON.
    """
    lines = [line for line in document.body.split(b"\n") if line.strip()]
    if len(lines) > LINES_MAX:
        raise MalformedDocument(f"{len(lines):,} events, more than {LINES_MAX:,}")
    collections = _told(document, "collections", COLLECTIONS)
    keywords = [word.casefold() for word in _told(document, "keywords", ())]
    parsed, unreadable = Parsed(records=len(lines)), 0
    for number, line in enumerate(lines, start=1):
        try:
            event = decode_json(line)
        except ValueError as error:
            unreadable += 1
            parsed.rejects.append(Reject(f"no JSON: {error}", f"line {number}", line))
            continue
        try:
            row = _row(event, document, collections)
        except (KeyError, TypeError, ValueError) as error:
            parsed.rejects.append(Reject(f"{type(error).__name__}: {error}", f"line {number}", line))
            continue
        if row is None or not _wanted(row, keywords):
            parsed.ignored += 1
        else:
            parsed.add("posts", row)
    if lines and unreadable == len(lines):
        raise MalformedDocument(f"none of {len(lines)} lines is JSON")
    return parsed


def _events(fetching: Fetching, name: str, collections: Sequence[str], start: int) -> Iterator[tuple[int, bytes]]:
    """Frames from `start` (microseconds) on, each once, with their `time_us`; unreadable ones as of the one before."""
    cursor, told = start, dict[bytes, int]()
    patience = Patience(fetching.settings.http_tries_max)
    while True:
        try:
            resumed = max(start, cursor - REWIND_US)
            for _, raw in fetching.stream(_url(fetching, collections, resumed), feed=name, idle_s=IDLE_S):
                frame = raw.replace(b"\n", b" ")
                at = _time_us(frame)
                if frame in told or (at is not None and at < start):
                    continue
                if at is not None and at > cursor:
                    cursor = at
                    patience.progressed()
                    _forget(told, at - REWIND_US)
                told[frame] = cursor
                yield cursor if at is None else at, frame
        except UpstreamUnavailable as error:
            patience.after(error)
        else:
            return


def _forget(told: dict[bytes, int], before: int) -> None:
    """Drop frames told before an instant: the oldest are first."""
    while told and (oldest := next(iter(told.items())))[1] < before:
        del told[oldest[0]]


def _document(
    fetching: Fetching,
    name: str,
    asked: tuple[Sequence[str], int],
    lines: Sequence[bytes],
    told_until: int,
    about: Mapping[str, str],
) -> Document:
    url = _url(fetching, *asked)
    return Document(name, url, b"\n".join(lines) + b"\n", "application/x-ndjson", told_until * 1_000, "source", about)


def _url(fetching: Fetching, collections: Sequence[str], cursor: int) -> str:
    query = [("wantedCollections", collection) for collection in collections] + [("cursor", str(cursor))]
    return f"{fetching.settings.jetstream_url}/subscribe?{urlencode(query)}"


def _time_us(frame: bytes) -> int | None:
    try:
        event = decode_json(frame)
        return epoch_us(event["time_us"]) // 1_000 if isinstance(event, dict) else None
    except (KeyError, ValueError):
        return None


def _row(event: object, document: Document, collections: Sequence[str]) -> Row | None:
    if not isinstance(event, dict):
        raise ValueError("no JSON object")
    at, did = epoch_us(event["time_us"]), _word(event, "did")
    replayed = document.attributes.get("mode") == "replayed"
    shared: Row = {
        "ts_event": at,
        "known_at": at if replayed else document.known_at,
        "known_at_quality": "source" if replayed else document.quality,
        "network": NETWORK,
        "did": did,
    }
    if event.get("kind") == ACCOUNT:
        return shared | _account(event[ACCOUNT], at)
    if event.get("kind") != "commit":
        return None
    commit = event["commit"]
    if not isinstance(commit, dict):
        raise ValueError("commit is no JSON object")
    collection, operation = _word(commit, "collection"), _word(commit, "operation")
    if collection not in collections:
        return None
    if operation not in OPERATIONS:
        raise ValueError(f"unknown operation {operation!r}")
    record = commit.get("record") if operation != "delete" else {}
    if not isinstance(record, dict):
        raise ValueError("record is no JSON object")
    return {
        **shared,
        "collection": collection,
        "rkey": _word(commit, "rkey"),
        "rev": _word(commit, "rev"),
        "operation": operation,
        **_content(record),
    }


def _account(told: object, at: int) -> Row:
    """What became of an account: its posts stand, or are withdrawn, until it is told otherwise."""
    if not isinstance(told, dict) or not isinstance(told.get("active"), bool):
        raise ValueError("account does not say whether it is active")
    status = "active" if told["active"] else _word({"status": told.get("status") or "inactive"}, "status")
    return {
        "collection": ACCOUNT,
        "rkey": "self",
        "rev": str(told.get("seq") or at),
        "operation": f"{ACCOUNT}_{status}",
        "text": None,
        "languages": [],
        "flags": [],
    }


def _content(record: Mapping[str, object]) -> Row:
    text, languages, reply = record.get("text"), record.get("langs"), record.get("reply")
    parent = reply.get("parent") if isinstance(reply, dict) else None
    uri = parent.get("uri") if isinstance(parent, dict) else None
    try:
        created = instant(record.get("createdAt"))
    except ValueError:
        created = None
    safe, flags = safe_text(text, TEXT_CHARACTERS_MAX) if isinstance(text, str) else (None, [])
    return {
        "text": safe,
        "languages": [clean_text(str(word)) for word in languages] if isinstance(languages, list) else [],
        "reply_to": clean_text(uri) if isinstance(uri, str) else None,
        "created_at": created,
        "flags": flags,
    }


def _wanted(row: Row, keywords: Sequence[str]) -> bool:
    text = str(row["text"] or "").casefold()
    return not keywords or row["operation"] not in WORDED or any(word in text for word in keywords)


def _word(record: Mapping[str, object], name: str) -> str:
    word = record[name]
    if not isinstance(word, str) or not word:
        raise ValueError(f"{name} is {word!r}")
    return clean_text(word)


def _names(options: Options, name: str, default: Sequence[str]) -> list[str]:
    names = options.get(name, default)
    if isinstance(names, str) or not isinstance(names, Sequence) or not all(isinstance(word, str) for word in names):
        raise UsageError(f"{name} is {names!r}; write a list of words in defs.yaml")
    return list(names)


def _told(document: Document, name: str, default: Sequence[str]) -> list[str]:
    try:
        return cast("list[str]", json.loads(document.attributes.get(name, json.dumps(list(default)))))
    except ValueError as error:
        raise MalformedDocument(f"attribute {name}: {error}") from error
