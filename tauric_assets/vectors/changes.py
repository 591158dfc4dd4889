"""What has to be written so that the store holds given chunks: the difference, without any I/O.

Belongs here: keys, fingerprints, which version of a document was current until when, the comparison.
Not here: LanceDB (store.py), embedding.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import TypedDict

from tauric_assets.tables import Row
from tauric_assets.vectors.search import FOREVER, HIT_COLUMNS

STORED_COLUMNS = ("key", *HIT_COLUMNS, "ciks", "date", "content_sha256")


class State(TypedDict):
    """What the store must know of a row to compare it."""

    key: str
    document_id: str
    known_at: int
    known_until: int
    fingerprint: str
    date: date


@dataclass(frozen=True)
class SyncReport:
    """What a writing changed, in chunks; `updated` includes those that only became superseded, or current again."""

    added: int
    updated: int
    removed: int
    unchanged: int


@dataclass(frozen=True)
class Plan:
    """What to write.

    Args:
        write: rows to add or to replace; they need a vector.
        retime: rows of which only `known_until` changes: the new value, and the keys.
        remove: keys of rows to delete.
        report: the same in numbers.
    """

    write: list[Row]
    retime: dict[int, list[str]]
    remove: list[str]
    report: SyncReport


def stored(chunk: Row) -> Row:
    """A row of `chunks` as the store keeps it: one key per chunk and version, and a fingerprint of all that is kept."""
    row = chunk | {"key": f"{chunk['chunk_id']}@{chunk['known_at']}"}
    row = {name: row[name] for name in STORED_COLUMNS}
    return row | {"fingerprint": sha256(repr(row).encode()).hexdigest()[:32]}


def plan(there: Iterable[State], incoming: Mapping[str, Row], day: date | None) -> Plan:
    """Compare.

    Args:
        there: the rows of every document concerned, in all its versions.
        incoming: what is to be there, by key.
        day: the day that `incoming` describes completely; None where nothing is to be removed.
    """
    state = {row["key"]: row for row in there}
    remove = [key for key, row in state.items() if day is not None and row["date"] == day and key not in incoming]
    for key in remove:
        del state[key]
    until = _known_until({**state, **incoming})
    write: list[Row] = []
    added = 0
    for key, row in incoming.items():
        added += key not in state
        if key not in state or state[key]["fingerprint"] != row["fingerprint"]:
            write.append(row | {"known_until": until[key]})
    written = {row["key"] for row in write}
    retime: dict[int, list[str]] = defaultdict(list)
    for key, old in state.items():
        if key not in written and old["known_until"] != until[key]:
            retime[until[key]].append(key)
    retimed = {key for keys in retime.values() for key in keys}
    unchanged = sum(key not in written and key not in retimed for key in incoming)
    report = SyncReport(added, len(write) - added + len(retimed), len(remove), unchanged)
    return Plan(write, dict(retime), remove, report)


def _known_until(rows: Mapping[str, Mapping[str, object]]) -> dict[str, int]:
    """For each key the `known_at` of its document's next version, or `FOREVER`."""
    versions: dict[object, set[int]] = defaultdict(set)
    for row in rows.values():
        versions[row["document_id"]].add(int(str(row["known_at"])))
    following = {
        (document, known_at): later
        for document, instants in versions.items()
        for known_at, later in zip(sorted(instants), [*sorted(instants)[1:], FOREVER], strict=True)
    }
    return {key: following[row["document_id"], int(str(row["known_at"]))] for key, row in rows.items()}
