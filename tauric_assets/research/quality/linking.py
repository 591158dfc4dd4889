"""How well headlines are linked to the company they are tagged with, the tag withheld.

The file has a column `title`, a column `stock` (the tag: one ticker) and a column `date`. A tag is one company of
possibly many that a headline names, or none that it names (`Stocks Hitting 52-Week Highs` is tagged with every one of
them), so that a link that differs from it is not always wrong: precision against tags is a lower bound.

Belongs here: reading such files, sampling, the measure, baselines. Not here: linking (text/linking.py), printing.
"""

import csv
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from time import process_time

import numpy as np
import numpy.typing as npt

from tauric_assets.errors import UsageError
from tauric_assets.research.quality.bootstrap import SEED, counts_interval
from tauric_assets.text.callings import ALWAYS, FOREVER, Calling, Company
from tauric_assets.text.context import is_a_digest
from tauric_assets.text.linking import LINKED, Gazetteer, Link
from tauric_assets.times import day_start_ns

COLUMNS = ("title", "date", "stock")
THRESHOLDS = (0.0, 0.4, LINKED, 0.7, 0.75, 0.8, 0.85, 0.9)
"""Confidences at which share and precision are shown."""

AIMED = 0.90
"""The precision that is aimed at."""

TOLD_EVERY = 5_000
FIELD_CHARACTERS_MAX = 2**24

Told = Callable[[int], None]


@dataclass(frozen=True)
class Headline:
    """One labelled row: its title, its tag, its day as an instant (None where it has none that can be read)."""

    title: str
    stock: str
    known_at: int | None


@dataclass
class Rows:
    """What was read of a file."""

    headlines: list[Headline]
    read: int = 0
    unlabelled: int = 0
    undated: int = 0


def read(path: Path, sample: int | None = None, seed: int = SEED) -> Rows:
    """The labelled rows of a file, streamed; of a large one a uniform sample (reservoir, seeded), in file order.

    Raises: UsageError: no such file, no such columns, or not readable as CSV.
    """
    rows, chosen = Rows([]), random.Random(seed)
    kept: list[tuple[int, Headline]] = []
    labelled = 0
    for row in _lines(path):
        rows.read += 1
        title, stock = (row.get("title") or "").strip(), (row.get("stock") or "").strip()
        if not title or not stock:
            rows.unlabelled += 1
            continue
        one = (rows.read, Headline(title, stock, _instant(row.get("date") or "")))
        labelled += 1
        if sample is None or len(kept) < sample:
            kept.append(one)
        elif (place := chosen.randrange(labelled)) < sample:
            kept[place] = one
    rows.headlines = [headline for _, headline in sorted(kept, key=lambda one: one[0])]
    rows.undated = sum(headline.known_at is None for headline in rows.headlines)
    if not rows.headlines:
        raise UsageError(f"{path}: no row has both a title and a stock")
    return rows


def _lines(path: Path) -> Iterator[dict[str, str]]:
    limit = csv.field_size_limit(FIELD_CHARACTERS_MAX)
    try:
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as lines:
            reader = csv.DictReader(lines)
            missing = set(COLUMNS) - set(reader.fieldnames or ())
            if missing:
                raise UsageError(f"{path}: no column {', '.join(sorted(missing))}; wanted are {', '.join(COLUMNS)}")
            yield from reader
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None
    except csv.Error as error:
        raise UsageError(f"{path}: not readable as CSV: {error}") from None
    finally:
        csv.field_size_limit(limit)


def _instant(text: str) -> int | None:
    try:
        return day_start_ns(date.fromisoformat(text[:10]))
    except ValueError:
        return None


@dataclass(frozen=True)
class _Judged:
    """One link of a headline: whether it is the row's tag, and whether it is a tag of any row with that headline."""

    method: str
    confidence: float
    is_tag: bool
    is_a_tag: bool


@dataclass(frozen=True)
class _Outcome:
    """One headline against its tag: how sure the surest link and the tagged company's link are; None for none."""

    resolvable: bool
    best: float | None
    gold: float | None
    gold_is_first: bool
    links: tuple["_Judged", ...]

    def kind(self, threshold: float) -> tuple[bool, bool, bool, bool]:
        """Resolvable, linked, tagged company among the links, tagged company first."""
        linked = self.best is not None and self.best >= threshold
        hit = self.gold is not None and self.gold >= threshold
        return self.resolvable, linked, hit, hit and self.gold_is_first


def outcomes(
    headlines: Sequence[Headline], book: Gazetteer, resolver: Gazetteer, methods: frozenset[str], told: Told
) -> tuple[list[_Outcome], float]:
    """Each headline linked by `book`, and the seconds of CPU that took.

    Args:
        resolver: who decides which company a tag means: the same map for all that are compared.
        methods: links by other methods are not counted.
    """
    golds = [resolver.company_of(one.stock, one.known_at) for one in headlines]
    tags: dict[str, set[Company | None]] = defaultdict(set)
    for one, gold in zip(headlines, golds, strict=True):
        tags[one.title].add(gold)
    found, started = [], process_time()
    for place, (one, gold) in enumerate(zip(headlines, golds, strict=True)):
        links = [link for link in book.link(one.title, known_at=one.known_at) if link.method in methods]
        means = [resolver.company_of(link.symbol, one.known_at) if link.cik is None else link.cik for link in links]
        found.append(_outcome(gold, tags[one.title], links, means))
        if place % TOLD_EVERY == 0:
            told(place)
    return found, process_time() - started


def _outcome(
    gold: Company | None, tags: Set[Company | None], links: Sequence[Link], means: Sequence[Company | None]
) -> _Outcome:
    judged = tuple(
        _Judged(link.method, link.confidence, company is not None and company == gold, company in tags - {None})
        for link, company in zip(links, means, strict=True)
    )
    right = [place for place, one in enumerate(judged) if one.is_tag]
    return _Outcome(
        gold is not None,
        links[0].confidence if links else None,
        links[right[0]].confidence if right else None,
        right[:1] == [0],
        judged,
    )


EVERY_METHOD = frozenset({"exchange", "cashtag", "ticker", "name"})


def measure(
    rows: Rows, callings: Sequence[Calling], told_map: str, file: str, told: Told = lambda done: None
) -> dict[str, object]:
    """Everything `tauric quality linking` prints: figures, intervals, baselines, what the labels cannot tell."""
    book, present = Gazetteer.of(callings), Gazetteer.of(current_only(callings))
    found, seconds = outcomes(rows.headlines, book, book, EVERY_METHOD, told)
    patterns, _ = outcomes(rows.headlines, book, book, frozenset({"exchange", "cashtag"}), told)
    current, _ = outcomes(rows.headlines, present, book, EVERY_METHOD, told)
    lists = [is_a_digest(one.title) for one in rows.headlines]
    single = [outcome for outcome, is_list in zip(found, lists, strict=True) if not is_list]
    return {
        "file": file,
        "map": told_map,
        "rows": {
            "read": rows.read,
            "without_title_or_stock": rows.unlabelled,
            "used": len(rows.headlines),
            "undated": rows.undated,
            "tag_in_map": sum(one.resolvable for one in found),
            "tag_not_in_map": sum(not one.resolvable for one in found),
        },
        "linking": figures(found),
        "baselines": {"cashtag_or_exchange_only": figures(patterns), "current_names_only": figures(current)},
        "by_method": by_method(found),
        "by_confidence": [{"at_least": at, **shares(found, at)} for at in THRESHOLDS],
        "labels": {
            "digests": round(sum(lists) / len(lists), 4),
            "without_digests": shares(single, LINKED),
            "nobody_named": round(sum(one.best is None for one in found) / len(found), 4),
            "tagged_company_found_at_any_confidence": round(sum(one.gold is not None for one in found) / len(found), 4),
            "linked_at_most_at_aimed_precision": round(
                sum(one.gold is not None for one in found) / len(found) / AIMED, 4
            ),
            "note": "a tag names one company of those spoken of, or one that is not named at all; the share of"
            " headlines that can be linked to their tag is at most about the share where it is found, and precision"
            " against tags is a lower bound",
        },
        "aims": {"linked": 0.75, "precision": AIMED},
        "headlines_per_cpu_second": round(len(rows.headlines) / max(seconds, 1e-9)),
    }


def current_only(callings: Sequence[Calling]) -> list[Calling]:
    """The map as an undated list of today would be: no former names, no former tickers, no times."""
    now = [one for one in callings if one.last == FOREVER and one.symbol and isinstance(one.company, int)]
    latest: dict[str, Calling] = {}
    for one in sorted(now, key=lambda one: one.first):
        latest[str(one.symbol)] = Calling(one.company, one.symbol, one.name, ALWAYS, FOREVER, one.listed)
    return list(latest.values())


def shares(found: Sequence[_Outcome], threshold: float) -> dict[str, float]:
    """Share linked, precision and precision of the first link, at one confidence, without intervals."""
    counts = _counts(found, threshold)
    return {name: round(of(counts), 4) for name, of in MEASURES.items()}


def figures(found: Sequence[_Outcome]) -> dict[str, object]:
    """All measures at `LINKED`, of rows and then of links, each with its 95 % interval."""
    counts = _counts(found, LINKED)
    told: dict[str, object] = {name: _with_interval(counts, of) for name, of in MEASURES.items()}
    sure = [[link for link in one.links if link.confidence >= LINKED] for one in found]
    told["links"] = sum(map(len, sure))
    for name, right in LINK_MEASURES.items():
        tally = sorted(Counter((len(links), sum(map(right, links))) for links in sure).items())
        many, hits = (np.array([kind[place] for kind, _ in tally], dtype=np.int64) for place in (0, 1))
        rows = np.array([times for _, times in tally], dtype=np.int64)
        told[name] = _with_interval(rows, _ratio(hits, many))
    return told


def by_method(found: Sequence[_Outcome]) -> dict[str, dict[str, float]]:
    """For each method: rows whose surest link is by it and how many of them are linked to their tag; the same of links.

    Links of less than `LINKED` confidence are not looked at.
    """
    told: dict[str, dict[str, float]] = {}
    linked = [one for one in found if one.best is not None and one.best >= LINKED]
    for method in sorted(EVERY_METHOD):
        rows = [one for one in linked if one.links[0].method == method]
        hits = sum(one.gold is not None and one.gold >= LINKED for one in rows)
        links = [link for one in linked for link in one.links if link.confidence >= LINKED and link.method == method]
        told[method] = {
            "rows": len(rows),
            "precision": round(hits / max(len(rows), 1), 4),
            "links": len(links),
            "precision_of_links": round(sum(link.is_tag for link in links) / max(len(links), 1), 4),
        }
    return told


def _with_interval(counts: "Counts", of: "Callable[[Counts], float]") -> dict[str, object]:
    low, high = counts_interval(counts, of)
    return {"value": round(of(counts), 4), "interval": [round(low, 4), round(high, 4)]}


def _ratio(part: "Counts", whole: "Counts") -> "Callable[[Counts], float]":
    return lambda counts: float((counts * part).sum() / max((counts * whole).sum(), 1))


_KINDS = tuple(
    (resolvable, linked, hit, first)
    for resolvable in (False, True)
    for linked, hit, first in ((False, False, False), (True, False, False), (True, True, False), (True, True, True))
)
_RESOLVABLE, _LINKED_KIND, _HIT, _FIRST = (np.array([kind[place] for kind in _KINDS]) for place in range(4))

Counts = npt.NDArray[np.int64]


def _counts(found: Sequence[_Outcome], threshold: float) -> Counts:
    tally = Counter(one.kind(threshold) for one in found)
    return np.array([tally[kind] for kind in _KINDS], dtype=np.int64)


def _share(part: npt.NDArray[np.bool_], whole: npt.NDArray[np.bool_]) -> Callable[[Counts], float]:
    return lambda counts: float(counts[part & whole].sum() / max(counts[whole].sum(), 1))


_ALL = np.ones(len(_KINDS), dtype=np.bool_)
_RECALL = _share(_HIT, _RESOLVABLE)
_PRECISION = _share(_HIT, _LINKED_KIND & _RESOLVABLE)


def _f1(counts: Counts) -> float:
    recall, precision = _RECALL(counts), _PRECISION(counts)
    return 2 * recall * precision / max(recall + precision, 1e-12)


MEASURES: dict[str, Callable[[Counts], float]] = {
    "linked": _share(_LINKED_KIND, _ALL),
    "linked_of_tag_in_map": _share(_LINKED_KIND, _RESOLVABLE),
    "precision": _PRECISION,
    "precision_of_all_rows": _share(_HIT, _LINKED_KIND),
    "precision_of_first_link": _share(_FIRST, _LINKED_KIND & _RESOLVABLE),
    "recall": _RECALL,
    "f1": _f1,
}
"""Share of rows with a link, precision (the tagged company is among the links) and recall, of counts by kind.

`precision`, `recall` and `f1` are of rows whose tag is in the map; `linked` and `precision_of_all_rows` of all.
"""

LINK_MEASURES: dict[str, Callable[[_Judged], bool]] = {
    "precision_of_links": lambda link: link.is_tag,
    "precision_of_links_to_any_tag_of_the_headline": lambda link: link.is_a_tag,
}
"""Of all links: those to the row's own tag (one company where a headline names several), and those to a tag of any row
with the same headline."""
