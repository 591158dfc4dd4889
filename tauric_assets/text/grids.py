"""Tables in a text: runs of lines whose cells are parted by tabs, with the lines that head them.

    (In millions, except per share amounts)        a unit, and a caption above it, belong to the table
    Three Months Ended July 31,
    2025	2024                                       the head ends with the last line that names a period, a unit, …
    Revenue                                        … before the first line with a number
    Subscription	61,352	57,026                    a line without a cell of its own belongs to the row that follows

Belongs here: where tables are, what heads them, where they may be cut. Not here: chunks (chunks.py), who put the tabs
there (feeds/edgar/prose.py).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

ROWS_MIN = 2
"""Fewer rows with a number are no table: a heading in two cells, a list with its bullets in cells."""
BETWEEN_MAX = 4
"""So many lines without cells may follow each other inside a table."""
LABEL_CHARACTERS_MAX = 240
HEADING_CHARACTERS_MAX = 140
HEADINGS_MAX = 5
"""How many lines before the first row are looked at for a unit."""

CELL_CHARACTERS_MAX = 40
"""Longer cells hold no number."""

_LINE = re.compile(r"\S(?:[^\n]*\S)?")
_NUMBER = re.compile(r"[(\-–—]?\s?[$€£¥]?\s?\(?[\d,]*\.?\d+\)?\s?%?\)?(?:\s?\(\d\))?|[$€£¥]?\s?[—–-]+\s?%?")
_YEAR = re.compile(r"(?:19|20)\d\d")
_UNIT = re.compile(
    r"\b(?:in|of|expressed in|amounts in) (?:thousands|millions|billions|U\.?S\.? dollars|dollars)\b"
    r"|\b(?:thousands|millions|billions) of (?:U\.?S\.? )?(?:dollars|euros|shares)\b|\$ ?(?:000|in [mtb])"
    r"|\bper share\b",
    re.IGNORECASE,
)
_PERIOD = re.compile(
    r"\b(?:19|20)\d\d\b|\b(?:months|quarters?|years?|weeks|period) ended\b|\bas of\b|\bfiscal\b"
    r"|\b(?:January|February|March|April|May|June|July|August|September|October|November|December)\b",
    re.IGNORECASE,
)

Span = tuple[int, int]


@dataclass(frozen=True)
class Grid:
    """One table of a text.

    Args:
        start, end: in characters, end exclusive; its head included.
        head: the lines of the head; empty where nothing heads it.
        rows: everything behind the head, in pieces that must not be cut: a row, with the lines of its label before it.
    """

    start: int
    end: int
    head: tuple[Span, ...]
    rows: tuple[Span, ...]


def grids(text: str) -> list[Grid]:
    """The tables of `text`, in order; none overlap."""
    if "\t" not in text:
        return []
    lines = [match.span() for match in _LINE.finditer(text)]
    found: list[Grid] = []
    free = 0
    for first, last in _runs(text, lines):
        if sum(_has_number(text, line) for line in lines[first : last + 1]) < ROWS_MIN:
            continue
        first = _with_headings(text, lines, first, free)
        found.append(_grid(text, lines[first : last + 1]))
        free = last + 1
    return found


def _runs(text: str, lines: list[Span]) -> Iterator[tuple[int, int]]:
    """First and last line of each run of lines with cells; a few short lines without may stand between two."""
    first = last = -1
    for number, line in enumerate(lines):
        if text.find("\t", *line) < 0:
            continue
        between = lines[last + 1 : number]
        if last < 0 or len(between) > BETWEEN_MAX or any(b - a > LABEL_CHARACTERS_MAX for a, b in between):
            if last >= 0:
                yield first, last
            first = number
        last = number
    if last >= 0:
        yield first, last


def _with_headings(text: str, lines: list[Span], first: int, free: int) -> int:
    """The first line of the table: its unit's, with one caption above it; otherwise one caption; otherwise `first`."""
    lowest = first
    while lowest > max(free, first - HEADINGS_MAX) and _may_head(text, lines[lowest - 1]):
        lowest -= 1
    units = [number for number in range(lowest, first) if _UNIT.search(text, *lines[number])]
    if units:
        return max(lowest, units[0] - 1)
    return max(lowest, first - 1)


def _may_head(text: str, line: Span) -> bool:
    start, end = line
    return end - start <= HEADING_CHARACTERS_MAX and text[end - 1] not in ".;"


def _grid(text: str, lines: list[Span]) -> Grid:
    data = next((number for number, line in enumerate(lines) if _has_number(text, line)), len(lines))
    heading = [
        number for number in range(data) if _UNIT.search(text, *lines[number]) or _PERIOD.search(text, *lines[number])
    ]
    body = heading[-1] + 1 if heading else 0
    rows: list[Span] = []
    start = -1
    for line in lines[body:]:
        start = line[0] if start < 0 else start
        if text.find("\t", *line) >= 0:
            rows.append((start, line[1]))
            start = -1
    return Grid(lines[0][0], lines[-1][1], tuple(lines[:body]), tuple(rows))


def _has_number(text: str, line: Span) -> bool:
    """Whether a cell of a row holds a number that is no year."""
    cells = [cell.strip() for cell in text[slice(*line)].split("\t")]
    short = (cell for cell in cells if len(cell) <= CELL_CHARACTERS_MAX)
    return len(cells) > 1 and any(_NUMBER.fullmatch(cell) and not _YEAR.fullmatch(cell) for cell in short)


def cut(rows: tuple[Span, ...], sizes: list[int], room: int) -> list[list[Span]]:
    """Neighbouring rows together as long as their sizes fit into `room`; a row that does not fit stands alone."""
    places, used, number = list[int](), 0, 0
    for size in sizes:
        if used and used + size > room:
            used, number = 0, number + 1
        used += size
        places.append(number)
    pairs = zip(places, rows, strict=True)
    return [[row for _, row in group] for _, group in groupby(pairs, key=lambda pair: pair[0])]
