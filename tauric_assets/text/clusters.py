"""Near-duplicates among news entries: the same story, told again within 72 hours, as one cluster with one origin.

Entries are taken in the order in which they became known. One that is nearly the same as an earlier entry of the last
72 hours joins the cluster of the earlier one it is most like; any other is the origin of a cluster of its own. So the
cluster of an entry depends on nothing known later, an origin stays the origin, and nothing is dropped.

Two entries are nearly the same where their titles, or titles with summaries, share SIMILARITY_MIN of their shingles of
three words, their titles name the same numbers and days ("52-Week Highs On Friday" is not "… On Wednesday"), and one
title has all the uncommon words of the other ("Nova Earnings Preview" is not "Orchard Earnings Preview").
MinHash finds whom to compare; the exact share decides.

Belongs here: what is nearly the same, clusters as of a moment. Not here: storage of news, counting stories (research/).
Source: A. Broder, "On the resemblance and containment of documents", 1997 (shingles, MinHash).
"""

import hashlib
import re
from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tauric_assets.lake.query import connect
from tauric_assets.lake.store import Lake
from tauric_assets.lake.verify import Verdict
from tauric_assets.tables import TABLES, Row, to_arrow
from tauric_assets.text.words import COMMON_WORDS
from tauric_assets.times import SECOND_NS, Days, day_of_ns

WINDOW_DAYS = 3
BATCH_ENTRIES = 10_000
WINDOW_NS = 72 * 3_600 * SECOND_NS
SIMILARITY_MIN = 0.75
SHINGLE_WORDS = 3
TITLE_WORDS_MIN = 4
"""A shorter title is compared together with its summary only, or not at all: "Market update" says nothing."""
WORDS_MAX = 400
BANDS, BAND_ROWS = 16, 3
"""A pair of similarity 0.75 shares a band of three MinHashes with probability 0.9998, one of 0.3 with 0.35."""
COMPARED_MAX = 64
"""Entries of one band that are compared, the latest ones."""
SOURCE = "news"
ORDER = ("known_at", "ts_event", "feed", "entry_id")
"""Entries as they became known; those known at once by their publisher's time, then by feed and id."""
COLUMNS = ("ts_event", "known_at", "known_at_quality", "feed", "entry_id", "title", "summary", "content_sha256")

_WORD = re.compile(r"[^\W_]+")
_PUBLISHER = re.compile(r"\s+[-–—|:]{1,2}\s+[^-–—|:]{1,40}$")
_DAYS = frozenset(
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "today", "yesterday", "tomorrow"]
)
_RANDOM = np.random.default_rng(1997)
_FACTORS = _RANDOM.integers(1, 2**63, BANDS * BAND_ROWS, dtype=np.uint64) | np.uint64(1)
_TERMS = _RANDOM.integers(0, 2**63, BANDS * BAND_ROWS, dtype=np.uint64)

Shingles = frozenset[int]


@dataclass(frozen=True)
class _Told:
    """One entry as it is compared."""

    document_id: str
    cluster_id: str
    known_at: int
    order: int
    title: Shingles
    text: Shingles
    particulars: frozenset[str]
    names: frozenset[str]


class Clusters:
    """The entries of the last 72 hours, and the cluster of each that comes. Give it entries in `ORDER`."""

    def __init__(self) -> None:
        self._recent: deque[_Told] = deque()
        self._bands: dict[bytes, deque[_Told]] = defaultdict(lambda: deque(maxlen=COMPARED_MAX))
        self._keys: dict[int, list[bytes]] = {}
        self._held: set[str] = set()
        self._count = 0

    def add(self, entry: Row, cluster_id: str | None = None) -> Row | None:
        """The row of `news_clusters` for an entry, a row of `news`; None where that entry is among the last 72 hours'.

        Args:
            cluster_id: the cluster it is known to belong to, of entries before those that are asked about.
        """
        document_id = document_id_of(entry)
        known_at = int(str(entry["known_at"]))
        self._forget(known_at - WINDOW_NS)
        if document_id in self._held:
            return None
        title, summary = str(entry["title"] or ""), str(entry["summary"] or "")
        words = _words(_PUBLISHER.sub("", title))
        told_title = _shingles(words) if len(words) >= TITLE_WORDS_MIN else frozenset()
        told = _shingles([*words, *_words(summary)]) if summary else told_title
        keys = list(dict.fromkeys([*_band_keys(told_title), *(_band_keys(told) if told is not told_title else ())]))
        particulars = frozenset(word for word in words if word in _DAYS or any(one.isdigit() for one in word))
        names = frozenset(words) - COMMON_WORDS
        mine = _Told(document_id, "", known_at, self._count, told_title, told, particulars, names)
        similarity, earlier = self._nearest(mine, keys) if cluster_id is None else (0.0, None)
        found = cluster_id or (earlier.cluster_id if earlier else document_id)
        mine = replace(mine, cluster_id=found)
        self._remember(mine, keys)
        return {
            **{name: entry[name] for name in ("ts_event", "known_at", "known_at_quality", "feed", "entry_id")},
            "date": day_of_ns(known_at),
            "source": SOURCE,
            "document_id": document_id,
            "cluster_id": found,
            "origin": found == document_id,
            "similar_to": earlier.document_id if earlier else None,
            "similarity": similarity if earlier else None,
            "content_sha256": entry["content_sha256"],
        }

    def _nearest(self, mine: _Told, keys: Iterable[bytes]) -> tuple[float, _Told | None]:
        """The earlier entry most like `mine`, the first of equals, and how like."""
        best: tuple[float, int, _Told] | None = None
        for other in {one.order: one for key in keys for one in self._bands.get(key, ())}.values():
            if other.particulars != mine.particulars or not (other.names <= mine.names or mine.names <= other.names):
                continue
            similarity = max(_jaccard(mine.title, other.title), _jaccard(mine.text, other.text))
            found = (similarity, -other.order, other)
            if similarity >= SIMILARITY_MIN and (best is None or found[:2] > best[:2]):
                best = found
        return (best[0], best[2]) if best else (0.0, None)

    def _remember(self, mine: _Told, keys: list[bytes]) -> None:
        self._recent.append(mine)
        self._held.add(mine.document_id)
        self._keys[mine.order] = keys
        self._count += 1
        for key in keys:
            self._bands[key].append(mine)

    def _forget(self, before: int) -> None:
        while self._recent and self._recent[0].known_at < before:
            old = self._recent.popleft()
            self._held.discard(old.document_id)
            for key in self._keys.pop(old.order):
                band = self._bands.get(key)
                if band and band[0] is old:
                    band.popleft()
                if not band:
                    self._bands.pop(key, None)


def reached(lake: Lake, days: Days) -> Days:
    """The days whose clusters news collected under `days` can change: from its first known entry to the last of all."""
    mine = lake.read("news", days=days, columns=["known_at"], every_revision=True)
    first, last = pc.min(mine["known_at"]).as_py(), lake.status("news").last_known_at
    start = days.start if first is None else min(day_of_ns(first), days.start)
    return Days(start, days.end if last is None else max(day_of_ns(last) + timedelta(days=1), days.end))


def build(lake: Lake, days: Days, step: Callable[[str], None] = lambda word: None) -> pa.Table:
    """Rows of `news_clusters` for every entry first known in `days`; clusters of entries before are as stored."""
    found, rows = Clusters(), []
    before = Days(days.start - timedelta(days=WINDOW_DAYS), days.start)
    stored = lake.read("news_clusters", days=before, columns=["document_id", "cluster_id"]).to_pylist()
    held = {row["document_id"]: row["cluster_id"] for row in stored}
    for batch in _known_in(lake, Days(before.start, days.end)):
        made = []
        for entry in batch.to_pylist():
            is_new = entry["known_at"] >= days.start_ns
            row = found.add(entry, None if is_new else held.get(document_id_of(entry)))
            if is_new and row is not None:
                made.append(row)
        rows.append(to_arrow(TABLES["news_clusters"], made))
        step(f"{sum(table.num_rows for table in rows):,} entries")
    return pa.concat_tables(rows) if rows else TABLES["news_clusters"].schema.empty_table()


def _known_in(lake: Lake, days: Days) -> list[pa.RecordBatch]:
    """First statements of entries that became known in `days`, in order: one read, for each opens every file."""
    where = f"supersedes IS NULL AND known_at >= {days.start_ns} AND known_at < {days.end_ns}"
    entries = lake.read("news", columns=COLUMNS, where=where, every_revision=True)
    return entries.sort_by([(name, "ascending") for name in ORDER]).to_batches(BATCH_ENTRIES)


def document_id_of(entry: Row) -> str:
    """The `document_id` of a row of `news` in `documents`."""
    return f"news:{entry['feed']}:{entry['entry_id']}"


def verdict(lake: Lake, days: Days) -> Verdict:
    """Every cluster of `days` has one origin, known no later than its members; each entry is in one cluster."""
    sql = f"""
        WITH mine AS (SELECT * FROM all_news_clusters WHERE date >= '{days.start}' AND date < '{days.end}')
        SELECT count(*) AS entries, count(*) FILTER (m.origin) AS clusters,
            count(*) FILTER (o.document_id IS NULL) AS without_origin,
            count(*) FILTER (o.known_at > m.known_at) AS known_before_their_origin,
            count(*) FILTER (m.origin != (m.document_id = m.cluster_id)) AS with_a_wrong_origin
        FROM mine m LEFT JOIN all_news_clusters o ON o.document_id = m.cluster_id AND o.origin
    """
    with connect(lake, tables=["news_clusters"]) as connection:
        found = {name: int(count) for name, count in connection.sql(sql).to_arrow_table().to_pylist()[0].items()}
    counts = {name: found.pop(name) for name in ("entries", "clusters")}
    return Verdict(counts, tuple(f"{count} entries {name.replace('_', ' ')}" for name, count in found.items() if count))


def _words(text: str) -> list[str]:
    return [match.lower() for match in _WORD.findall(text)[:WORDS_MAX]]


def _shingles(words: list[str]) -> Shingles:
    parts = [" ".join(words[at : at + SHINGLE_WORDS]) for at in range(max(1, len(words) - SHINGLE_WORDS + 1))]
    digests = (hashlib.blake2b(part.encode(), digest_size=8).digest() for part in parts if part)
    return frozenset(int.from_bytes(digest) for digest in digests)


def _band_keys(shingles: Shingles) -> list[bytes]:
    """What two similar sets of shingles probably share one of: their bands of MinHashes, numbered."""
    if not shingles:
        return []
    values: npt.NDArray[np.uint64] = np.fromiter(shingles, np.uint64, len(shingles))
    lowest = ((values[:, None] * _FACTORS + _TERMS) >> np.uint64(32)).min(axis=0).reshape(BANDS, BAND_ROWS)
    return [band.tobytes() + bytes([number]) for number, band in enumerate(lowest)]


def _jaccard(one: Shingles, other: Shingles) -> float:
    shared = len(one & other)
    return shared / (len(one) + len(other) - shared) if shared else 0.0
