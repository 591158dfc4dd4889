"""Bluesky's Jetstream as it would have sent the world's posts: frames in time order, deletions and other events.

Specification: Bluesky Jetstream; AT Protocol timestamp identifiers (record keys) and `app.bsky.feed.post`.

Belongs here: identities, record keys, frames.
Not here: what is said (chatter.py).
"""

import json
from base64 import b32encode
from datetime import date, timedelta
from functools import lru_cache

from tauric_assets.sandbox.market import Post
from tauric_assets.sandbox.world.chatter import AUTHORS, Draft, drafts_from
from tauric_assets.sandbox.world.dice import Dice, digest
from tauric_assets.sandbox.world.eastern import FIRST_DAY
from tauric_assets.times import DAY_NS, day_start_ns, ns_to_datetime

COLLECTION = "app.bsky.feed.post"
_SORTABLE = "234567abcdefghijklmnopqrstuvwxyz"
_DELETED_SHARE = 0.025
_SPAN_DAYS = 2
"""A day's frames come from drafts of that day and the one before; nothing is written later than that."""


@lru_cache(maxsize=512)
def posts_of(seed: int, day: date) -> tuple[Post, ...]:
    """Every event whose `time_us` lies on a UTC day, in order; each microsecond is used once."""
    start, end = day_start_ns(day) // 1_000, (day_start_ns(day) + DAY_NS) // 1_000
    events: list[tuple[int, str, dict[str, object]]] = []
    for back in range(_SPAN_DAYS):
        origin = day - timedelta(days=back)
        if origin >= FIRST_DAY:
            events += [event for event in _events_from(seed, origin) if start <= event[0] < end]
    found: list[Post] = []
    latest = start - 1
    for time_us, did, rest in sorted(events, key=lambda event: (event[0], event[1], json.dumps(event[2]))):
        latest = max(latest + 1, time_us)
        frame = {"did": did, "time_us": latest, **rest}
        found.append(Post(latest, json.dumps(frame, ensure_ascii=False, separators=(",", ":")).encode()))
    return tuple(found)


@lru_cache(maxsize=64)
def _events_from(seed: int, day: date) -> tuple[tuple[int, str, dict[str, object]], ...]:
    """(time_us, did, the rest of the frame) of everything that a day brings about."""
    found: list[tuple[int, str, dict[str, object]]] = []
    latest: dict[str, tuple[str, str]] = {}
    for draft in sorted(drafts_from(seed, day), key=lambda draft: (draft.at, draft.author, draft.text)):
        dice = Dice(seed, "frame", draft.at, draft.author, draft.text)
        parent = latest.get(draft.subject) if draft.answers else None
        did, key, record = _did(seed, draft.author), _tid(draft.at // 1_000, draft.author), _record(draft, parent)
        cid = _cid(record)
        if draft.subject:
            latest[draft.subject] = (f"at://{did}/{COLLECTION}/{key}", cid)
        time_us = draft.at // 1_000 + dice.integer(120_000, 900_000)
        found.append((time_us, did, _commit("create", key, _tid(time_us, draft.author), record, cid)))
        if dice.chance(_DELETED_SHARE):
            gone = time_us + dice.integer(300, 18_000) * 1_000_000
            found.append((gone, did, _commit("delete", key, _tid(gone, draft.author))))
    return (*found, *_account_events(seed, day))


def _account_events(seed: int, day: date) -> list[tuple[int, str, dict[str, object]]]:
    """A few changes of handles and accounts, which every subscriber is sent."""
    dice = Dice(seed, "accounts", day)
    found: list[tuple[int, str, dict[str, object]]] = []
    for _ in range(dice.integer(1, 4)):
        author = dice.integer(0, AUTHORS - 1)
        at = day_start_ns(day) + dice.integer(0, 86_000_000) * 1_000_000
        did, sequence = _did(seed, author), at // 1_000_000 % 10**10
        inner: dict[str, object] = {"did": did, "seq": sequence, "time": _stamp(at)}
        kind = dice.choice(("identity", "account"))
        inner |= {"handle": f"reader{author}.social.invalid"} if kind == "identity" else {"active": True}
        found.append((at // 1_000, did, {"kind": kind, kind: inner}))
    return found


def _commit(
    operation: str, key: str, revision: str, record: dict[str, object] | None = None, cid: str = ""
) -> dict[str, object]:
    commit: dict[str, object] = {"rev": revision, "operation": operation, "collection": COLLECTION, "rkey": key}
    if record is not None:
        commit |= {"record": record, "cid": cid}
    return {"kind": "commit", "commit": commit}


def _record(draft: Draft, parent: tuple[str, str] | None) -> dict[str, object]:
    record: dict[str, object] = {"$type": COLLECTION, "createdAt": _stamp(draft.at), "langs": [draft.language]}
    if parent is not None:
        reference = {"cid": parent[1], "uri": parent[0]}
        record["reply"] = {"parent": reference, "root": reference}
    return record | {"text": draft.text}


def _stamp(instant: int) -> str:
    return ns_to_datetime(instant).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _did(seed: int, author: int) -> str:
    return "did:plc:" + _base32(digest(seed, "author", author))[:24]


def _cid(record: dict[str, object]) -> str:
    """A name in the form of a content identifier; its digest is the world's own."""
    text = json.dumps(record)
    return "bafyrei" + (_base32(digest("cid", text)) + _base32(digest("cid again", text)))[:52]


def _tid(time_us: int, clock: int) -> str:
    """A timestamp identifier: 53 bits of microseconds, 10 of a clock, as 13 sortable letters."""
    value = time_us << 10 | clock
    return "".join(_SORTABLE[value >> shift & 31] for shift in range(60, -5, -5))


def _base32(number: int) -> str:
    return b32encode(number.to_bytes(16, "big")).decode().rstrip("=").lower()
