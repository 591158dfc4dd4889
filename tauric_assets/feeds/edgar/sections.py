"""Items of 10-K, 10-Q, 8-K and 20-F documents as sections of text; other prose as one section without item.

    Item 1A. Risk Factors ............ 12        a line of the table of contents: not a section
    Item 1A. Risk Factors                        the heading of section 1A
    see Item 1A of this report                   neither

A heading is a line that begins with `Item`, a number and what may be a title. Lines of a table of contents (close
together, and their items come again) are dropped, and so are repeated page headings and headings out of order.
Items of a 10-Q carry their part, since both parts count from 1: `I.2`, `II.1A`.

Belongs here: which lines are headings, and the section rows they give. Not here: HTML (prose.py), chunks (text room).

Specification: items as numbered by the forms themselves (Forms 10-K, 10-Q, 8-K, 20-F).
"""

import re
from bisect import bisect_left
from dataclasses import dataclass

from tauric_assets.feeds.edgar.prose import document_text

TITLE_CHARACTERS_MAX = 200
HEADINGS_MAX = 20_000
_CONTENTS_LINE_MAX = 300  # characters from one line of a table of contents to the next

_ITEM_FORMS = ("10-K", "10-Q", "8-K", "20-F")
_ROMANS = ("I", "II", "III", "IV")

_HEADING = re.compile(
    r"(?P<part>PART\s+(?P<roman>I{1,3}|IV)\b[\s,.:;–—-]*)?ITEMS?\s*(?P<number>\d{1,2}(?:\.\d\d)?)\s?"
    r"(?P<letter>[A-K](?![A-Za-z0-9]))?(?P<rest>.*)",
    re.IGNORECASE,
)
_PART = re.compile(r"PART\s+(?P<roman>I{1,3}|IV)\b(?P<rest>.{0,60})", re.IGNORECASE)
_SEPARATOR = re.compile(r"^(?:[\s.:\-–—―)\]|]|\([a-z]{1,2}\))*")
_NO_TITLE = re.compile(r"[a-z,;(“\"'’/&]|\(?continued|\d", re.ASCII)
_CONTENTS_END = re.compile(r"[\s.…_]*\b\d{1,3}\s*$")
_SENTENCE_END = re.compile(r"(?<=[a-z)])\.\s")
_PART_TWO = re.compile(
    r"legal proceedings|risk factors|unregistered|changes in securities|defaults|submission of matters"
    r"|mine safety|other information|exhibits",
    re.IGNORECASE,
)
_PART_ONE = re.compile(
    r"financial statements|financial information|management.s\s+discussion|quantitative|controls", re.IGNORECASE
)


@dataclass(frozen=True)
class Section:
    """One item of a document. Offsets are characters into `document_text` of it, half-open.

    Args:
        item: `1A`, `5.02`, `II.1A` in a 10-Q; empty for a document without items.
    """

    item: str
    title: str
    text: str
    start: int
    end: int


@dataclass(frozen=True)
class _Heading:
    part: int
    number: int
    letter: str
    item: str
    title: str
    start: int
    in_contents: bool

    @property
    def key(self) -> tuple[int, int, str]:
        return (self.part, self.number, self.letter)


def sections(document_name: str, form: str, body: bytes) -> list[Section]:
    """The sections of one document of a filing.

    Args:
        document_name: its file name; a name that ends in `.xml`, `.jpg`, … has no sections.
        form: the document's own type (`8-K`, `EX-99.1`), which decides whether items are looked for.
        body: the bytes between `<TEXT>` and `</TEXT>`.
    Returns: in document order; none for ownership forms, data and pictures; one with an empty item for prose of which
        no items are known (press releases in EX-99).
    """
    if not is_prose(document_name, form):
        return []
    text = document_text(body)
    return sections_of_text(form, text)


def is_prose(document_name: str, form: str) -> bool:
    """Whether a document of this name and type is one whose text is worth keeping."""
    suffix = document_name.lower().rpartition(".")[2] if "." in document_name else ""
    if suffix not in {"", "htm", "html", "txt"} or form.split("/")[0] in {"3", "4", "5"}:
        return False
    return not form.startswith("EX-") or form.startswith(("EX-99", "EX-13"))


def sections_of_text(form: str, text: str) -> list[Section]:
    """The sections of a document whose text is known; see `sections`."""
    if not text:
        return []
    base = next((name for name in _ITEM_FORMS if form.startswith(name)), "")
    headings = _chosen(_headings(text, base), base) if base else []
    if not headings:
        return [Section("", "", text, 0, len(text))]
    ends = [heading.start for heading in headings[1:]] + [len(text)]
    return [
        Section(heading.item, heading.title, text[heading.start : end], heading.start, end)
        for heading, end in zip(headings, ends, strict=True)
    ]


def _headings(text: str, base: str) -> list[_Heading]:
    found: list[_Heading] = []
    lines = text.split("\n")
    part, start = 1, 0
    for at, line in enumerate(lines):
        head = line[:8].lower()
        if "part" in head or "item" in head:
            match = _HEADING.match(line)
            if match and len(found) < HEADINGS_MAX:
                part = _roman(match["roman"]) if match["roman"] else part
                following = lines[at + 1] if at + 1 < len(lines) else ""
                heading = _heading(match, base, part, start, following)
                if heading:
                    found.append(heading)
            elif (mark := _PART.match(line)) and not re.match(r"[\s,.]*\bitem|\s+of\b", mark["rest"], re.IGNORECASE):
                part = _roman(mark["roman"])
        start += len(line) + 1
    return found


def _heading(match: re.Match[str], base: str, part: int, start: int, following: str) -> _Heading | None:
    number, letter = match["number"], (match["letter"] or "").upper()
    whole, _, fraction = number.partition(".")
    if fraction and base != "8-K":
        return None
    line_rest = match["rest"]
    rest = line_rest[:_CONTENTS_LINE_MAX]
    title = _SEPARATOR.sub("", rest, count=1)
    if title and _NO_TITLE.match(title):
        if not _CONTENTS_END.fullmatch(title):
            return None
        title = ""
    in_contents = rest == line_rest and _CONTENTS_END.search(rest) is not None
    title = (_CONTENTS_END.sub("", title) if in_contents else title) or (
        following if len(following) <= TITLE_CHARACTERS_MAX else ""
    )
    title = _SENTENCE_END.split(title, maxsplit=1)[0].strip()[:TITLE_CHARACTERS_MAX].rstrip(". ")
    if base == "10-Q":
        part = 2 if _PART_TWO.match(title) else 1 if _PART_ONE.match(title) else part
        item = f"{_ROMANS[part - 1]}.{int(whole)}{letter}"
    else:
        part, item = 1, (number if fraction else f"{int(whole)}{letter}")
    key_number = int(whole) * 100 + int(fraction or 0)
    return _Heading(part, key_number, letter, item, title, start, in_contents)


def _chosen(headings: list[_Heading], base: str) -> list[_Heading]:
    """Without the table of contents, repeats, and (except in an 8-K, whose order is free) what is out of order."""
    kept = _first_of_runs(_without_contents(headings))
    return _as_numbered_since_2004(kept) if base == "8-K" else _longest_ordered(kept)


def _as_numbered_since_2004(headings: list[_Heading]) -> list[_Heading]:
    """The first heading of each item; items without a point only where there is none with one (before August 2004)."""
    pointed = any("." in heading.item for heading in headings)
    firsts: dict[str, _Heading] = {}
    for heading in headings:
        if "." in heading.item or not pointed:
            firsts.setdefault(heading.item, heading)
    return list(firsts.values())


def _without_contents(headings: list[_Heading]) -> list[_Heading]:
    last_at = {heading.key: at for at, heading in enumerate(headings)}
    kept: list[_Heading] = []
    previous_dropped = False
    for at, heading in enumerate(headings):
        comes_again = last_at[heading.key] > at
        following = headings[at + 1].start if at + 1 < len(headings) else None
        close = following is not None and following - heading.start < _CONTENTS_LINE_MAX
        different = at + 1 < len(headings) and headings[at + 1].key != heading.key
        previous_dropped = comes_again and ((close and different) or heading.in_contents or previous_dropped)
        if not previous_dropped:
            kept.append(heading)
    return kept


def _first_of_runs(headings: list[_Heading]) -> list[_Heading]:
    return [heading for at, heading in enumerate(headings) if at == 0 or headings[at - 1].key != heading.key]


def _longest_ordered(headings: list[_Heading]) -> list[_Heading]:
    """The longest run of strictly rising keys (patience sorting)."""
    tails: list[tuple[int, int, str]] = []
    tail_at: list[int] = []
    before: list[int | None] = []
    for at, heading in enumerate(headings):
        pile = bisect_left(tails, heading.key)
        before.append(tail_at[pile - 1] if pile else None)
        if pile == len(tails):
            tails.append(heading.key)
            tail_at.append(at)
        elif heading.key < tails[pile]:
            tails[pile], tail_at[pile] = heading.key, at
    chosen: list[_Heading] = []
    link = tail_at[-1] if tail_at else None
    while link is not None:
        chosen.append(headings[link])
        link = before[link]
    return chosen[::-1]


def _roman(text: str) -> int:
    return _ROMANS.index(text.upper()) + 1
