"""Lines that may head an item: what they say, and what speaks for and against them.

    Item 1A. Risk Factors ............ 12        in the table of contents: ends in a page, or is a link to another place
    Item 1A. Risk Factors                        a heading
    Item 7. (continued)                          on top of a page: neither
    Item 1A of this report …                     in a sentence: neither
    Items 1 and 2. Business and Properties       a heading of two items

Belongs here: reading one line, and the links of a table of contents. Not here: which candidates head sections
(sections.py); numbers and titles of the forms (items.py).
"""

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from dataclasses import dataclass, replace

from tauric_assets.feeds.edgar.html import inner_links
from tauric_assets.feeds.edgar.items import ROMANS, Key, is_item, is_known_title, part_of_title
from tauric_assets.feeds.edgar.prose import Prose

TITLE_CHARACTERS_MAX = 200
HEADINGS_MAX = 20_000
LINE_READ_MAX = 400
"""Characters of a line that are looked at; a title is shorter, and a paragraph may have a million."""
_ANCHOR_LINES = 8
_ENTRY_LINES = 6
_CONTENTS_CHARACTERS = 3_000
"""An entry of the contents has two others within so many characters; its link may be some lines further down."""

_CANDIDATE = re.compile(r"^(?=[^\w\n]{0,8}(?:part|i\s?t\s?e\s?m)).*", re.IGNORECASE | re.MULTILINE)
_NUMBER = r"\d{1,2}(?:\.\d\d?)?(?![\d%])(?:\s?\(?[A-K]\)?(?:\(?T\)?)?(?![A-Za-z0-9]))?"
_AND = r"\s*[.,:]?\s*(?:,|;|and|&|through|thru|to|[-–—])\s*(?:items?\s*)?"
_ITEM = re.compile(
    r"[\s*•·■▪|_#.:>-]{0,8}(?P<part>part\s+(?P<roman>I{1,3}|IV|[1-4])\b[\s,.:;–—-]*)?"
    rf"i\s?t\s?e\s?m(?P<plural>\(?s\)?)?[\s_]*(?:no\.?|number|#)?\s*(?P<numbers>{_NUMBER}(?:{_AND}{_NUMBER})*)(?P<rest>.*)",
    re.IGNORECASE,
)
_PART = re.compile(r"[^\w\n]{0,8}part\s+(?P<roman>I{1,3}|IV|[12])\b(?P<rest>.{0,60})", re.IGNORECASE)
_NOT_A_PART = re.compile(r"[\s,.]*(?:\bitem|of\b)", re.IGNORECASE)
_ONE_NUMBER = re.compile(r"(\d{1,2})(?:\.(\d\d?))?(?:\s?\(?([A-K])\)?(?:\(?T\)?)?(?![A-Za-z0-9]))?", re.IGNORECASE)
_RANGE = re.compile(r"through|thru|\bto\b|[-–—]", re.IGNORECASE)
_POINTED_LETTER = re.compile(r"\s?\.\s?\(?(?P<letter>[A-K])\)?[\s.:–—-]+(?P<rest>.*)")
_SUBITEM = re.compile(r"\s?\.\s?[A-L](?:[\s.:)–—-]|$)")
_SEPARATOR = re.compile(r"^(?:[\s.:\-–—―*|_)\]]|\([a-z]{1,2}\))*")
_CONTINUED = re.compile(r"\W*(?:\w+\W+){0,12}?\(?\s*cont(?:inued|['’]?d|\.)\s*\)?\W*(?:\d{1,3})?$", re.IGNORECASE)
_IN_SENTENCE = re.compile(
    r"(?:of|in|to|and|or|above|below|is|are|was|were|shall|will|hereof|herein|for|under|contains?|sets?|which|that|the"
    r"|this|as|by|on|with|from|has|have|been|may|discusses|includes?|does|at)\b|[,;)”\"’']"
)
_OF_REPORT = re.compile(r"of\s+(?:this|the|part|our|its|form|regulation)\b|\(?see\b|hereof\b|herein\b", re.IGNORECASE)
_BRACKETED = re.compile(r"[(\[]\s*(?:removed|reserved|intentionally|omitted|not app|none|unaudited)", re.IGNORECASE)
_NOTHING = re.compile(r"(?:not applicable|inapplicable|n/?a|none)\b", re.IGNORECASE)
_PAGE = re.compile(r"[\s.…_]*(?<![\w.,$])(?:[FSA]-)?\d{1,3}(?:\s*(?:-|–|to|,)\s*\d{1,3})?\s*$")
_SENTENCE_END = re.compile(r"(?<=[a-z)\]])\.\s")
_BEFORE_REFERENCE = re.compile(r"\b(?:in|see|under|of|to|and|with|by|or|the|per|for|from|also)\W*$")
_PARAGRAPH_END = re.compile(r"[.:;!?)\]=_*-]$")
_WRAPPED_LINE_MIN = 50
_FURNITURE = re.compile(r"\W*(?:\d{1,3}|(?:table of )?contents|index)\W*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Heading:
    """A line that may head one item, or several.

    Args:
        keys: of its items, in the line's order.
        start: character offset of the line in the text.
        in_contents: it looks like a line of a table of contents: ends in a page number, or links to a later place.
        leads_to: number of the line that its link leads to; -1 without one.
        anchored: a link of the table of contents leads here.
        known: its title is one that the form's instructions give.
        alone: nothing but number and title is on the line.
    """

    keys: tuple[Key, ...]
    title: str
    start: int
    in_contents: bool
    leads_to: int
    anchored: bool
    known: bool
    alone: bool


def headings(prose: Prose, base: str) -> list[Heading]:
    """All lines that may head an item of a form, in the text's order, at most HEADINGS_MAX."""
    reader = _Reader(prose, base)
    for match in _CANDIDATE.finditer(prose.text):
        if len(reader.found) == HEADINGS_MAX:
            break
        reader.read(match.start(), match[0][:LINE_READ_MAX], len(match[0]))
    return _anchored(reader.found, reader.links, prose)


class _Reader:
    """Reads one line after the other; remembers the part of the report it is in."""

    def __init__(self, prose: Prose, base: str) -> None:
        self.found: list[Heading] = []
        self.links = _links(prose)
        self._prose = prose
        self._base = base
        self._part = 1

    def read(self, start: int, line: str, length: int) -> None:
        """Look at the line that begins at `start`; it has `length` characters, `line` the first of them."""
        match = _ITEM.match(line)
        if match is None:
            mark = _PART.match(line)
            if mark and not _NOT_A_PART.match(mark["rest"]):
                self._part = _part(mark["roman"])
            return
        number = self._prose.line_of(start)
        if self._is_wrapped(number):
            return
        if match["roman"]:
            self._part = _part(match["roman"])
        if heading := self._heading(match, number, length):
            self.found.append(heading)

    def _heading(self, match: re.Match[str], number: int, length: int) -> Heading | None:
        keys, rest = self._keys(match)
        if not keys or _CONTINUED.match(rest):
            return None
        if self._base == "20-F" and _SUBITEM.match(rest):
            return None
        title = _SEPARATOR.sub("", rest, count=1)
        page = _PAGE.search(title) if length < LINE_READ_MAX else None
        whole = title
        if page:
            title = title[: page.start()].rstrip(" .…_")
        known = is_known_title(self._base, title.lstrip(" ,"))
        if title and not self._may_head(title, known):
            return None
        following = self._following(number)
        on_next_line = not title and not is_known_title(self._base, title)
        if on_next_line:
            title = following
            known = is_known_title(self._base, title)
        title = _SENTENCE_END.split(title.lstrip(" ,"), maxsplit=1)[0].strip()[:TITLE_CHARACTERS_MAX].rstrip(". ")
        if self._base == "8-K" and _NOTHING.match(title):
            return None
        if self._base == "10-Q":
            part = part_of_title(title) or self._part
            keys = [(part, item, letter) for _, item, letter in keys]
        leads_to = self.links.get(number, self.links.get(number + 1, -1) if on_next_line else -1)
        return Heading(
            keys=tuple(keys),
            title=title,
            start=self._prose.starts[number],
            in_contents=page is not None or leads_to >= 0 or (on_next_line and self._is_page(number + 2)),
            leads_to=leads_to,
            anchored=False,
            known=known,
            alone=length <= TITLE_CHARACTERS_MAX and not _SENTENCE_END.search(whole),
        )

    def _keys(self, match: re.Match[str]) -> tuple[list[Key], str]:
        """The items of a line, and what stands behind their numbers."""
        numbers, rest = match["numbers"], match["rest"]
        keys: list[Key] = []
        behind = 0
        for one in _ONE_NUMBER.finditer(numbers):
            through = bool(keys) and _RANGE.search(numbers[behind : one.start()]) is not None
            if through and not match["plural"]:
                return keys, numbers[behind:] + rest
            behind = one.end()
            key = self._key(one)
            if key and through and not key[1] % 100:
                keys += [(1, number, "") for number in range(keys[-1][1] + 100, key[1], 100)]
            keys += [key] if key else []
        if len(keys) == 1 and not keys[0][2] and (pointed := _POINTED_LETTER.match(rest)):
            part, number, _ = keys[0]
            letter, title = pointed["letter"], pointed["rest"]
            sixteenth = self._base == "20-F" and number == 1600
            if is_item(self._base, number // 100, "", letter) and (sixteenth or is_known_title(self._base, title)):
                return [(part, number, letter)], title
        return list(dict.fromkeys(keys)), rest

    def _key(self, one: re.Match[str]) -> Key | None:
        whole, fraction, letter = int(one[1]), one[2] or "", (one[3] or "").upper()
        fraction = f"0{fraction}" if len(fraction) == 1 and self._base == "8-K" else fraction
        if letter and not is_item(self._base, whole, fraction, letter):
            letter = ""
        if not is_item(self._base, whole, fraction, letter):
            return None
        return (1, whole * 100 + int(fraction or 0), "" if letter == "T" else letter)

    def _may_head(self, title: str, known: bool) -> bool:
        """Whether a line goes on behind the number as a heading does, and not as a sentence or a list."""
        if _OF_REPORT.match(title):
            return False
        if known and title[0] in ",":
            return len(title) < TITLE_CHARACTERS_MAX and not title.endswith(".")
        if known or _BRACKETED.match(title):
            return True
        if title[0].isdigit() or title[0] in "(“\"'’/&":
            return False
        return not _IN_SENTENCE.match(title) and not title[0].islower()

    def _is_wrapped(self, number: int) -> bool:
        """Whether the line before breaks off in a sentence, so that this one goes on with it."""
        before = self._line(number - 1)
        if not before:
            return False
        if _BEFORE_REFERENCE.search(before[-20:]) and len(before) > 20:
            return True
        return not self._prose.apart[number] and len(before) > _WRAPPED_LINE_MIN and not _PARAGRAPH_END.search(before)

    def _line(self, number: int) -> str:
        starts = self._prose.starts
        if not 0 <= number < len(starts):
            return ""
        end = starts[number + 1] - 1 if number + 1 < len(starts) else len(self._prose.text)
        return self._prose.text[starts[number] : end]

    def _following(self, number: int) -> str:
        line = self._line(number + 1)
        if len(line) > TITLE_CHARACTERS_MAX or _ITEM.match(line):
            return ""
        return "" if _PAGE.fullmatch(line) else line

    def _is_page(self, number: int) -> bool:
        line = self._line(number)
        return len(line) < 10 and _PAGE.fullmatch(line) is not None


def _part(text: str) -> int:
    return int(text) if text.isdigit() else ROMANS.index(text.upper()) + 1


def _links(prose: Prose) -> dict[int, int]:
    """From the number of a line with a link to the number of the line it leads to, where that is further down."""
    found: dict[int, int] = {}
    for at, target in inner_links(prose.source) if prose.source else ():
        line, led_to = bisect_right(prose.origins, at) - 1, bisect_right(prose.origins, target) - 1
        if led_to >= 0 and target >= prose.ends[led_to]:
            led_to += 1
        if 0 <= line and line + 1 < led_to < len(prose.starts):
            found.setdefault(line, led_to)
    return found


def _anchored(found: list[Heading], links: dict[int, int], prose: Prose) -> list[Heading]:
    """The candidates; those marked to which the table of contents leads, and those added that only it names."""
    if not links:
        return found
    found = [_with_link_below(found, at, links, prose) if one.leads_to < 0 else one for at, one in enumerate(found)]
    entries = [heading for heading in found if heading.leads_to >= 0]
    led = Counter(entry.leads_to for entry in entries)
    reached: set[int] = set()
    added: list[Heading] = []
    for entry in entries:
        line = _past_furniture(prose, entry.leads_to)
        last = min(line + _ANCHOR_LINES, len(prose.starts) - 1)
        near = _near(found, entry, prose.starts[entry.leads_to], prose.starts[last])
        if near is not None:
            reached.add(near)
        elif led[entry.leads_to] == 1 and not _is_headed(found, entry):
            added.append(replace(entry, start=prose.starts[line], in_contents=False, leads_to=-1, anchored=True))
    marked = [replace(one, anchored=True) if at in reached else one for at, one in enumerate(found)]
    return sorted((*marked, *added), key=lambda one: one.start)


def _with_link_below(found: list[Heading], at: int, links: dict[int, int], prose: Prose) -> Heading:
    """The candidate with the first link of the lines between it and the next one, if it is in a table of contents."""
    heading = found[at]
    others = found[max(0, at - 2) : at + 3]
    if sum(abs(one.start - heading.start) < _CONTENTS_CHARACTERS for one in others) < 3:
        return heading
    line = prose.line_of(heading.start)
    last = prose.line_of(found[at + 1].start) if at + 1 < len(found) else len(prose.starts)
    for below in range(line + 1, min(last, line + _ENTRY_LINES)):
        if below in links and prose.starts[links[below]] - heading.start > _CONTENTS_CHARACTERS:
            return replace(heading, leads_to=links[below], in_contents=True)
    return heading


def _is_headed(found: list[Heading], entry: Heading) -> bool:
    """Whether a later line heads the items of an entry of the contents, and no doubt about it."""
    return any(
        one.start > entry.start and one.keys == entry.keys and one.leads_to < 0 and one.known and one.alone for one in found
    )


def _near(found: list[Heading], entry: Heading, start: int, end: int) -> int | None:
    """The place of the first candidate from `start` to `end` that heads the items of `entry`."""
    at = bisect_left(found, start, key=lambda one: one.start)
    while at < len(found) and found[at].start <= end:
        if found[at].keys == entry.keys and found[at].leads_to < 0:
            return at
        at += 1
    return None


def _past_furniture(prose: Prose, line: int) -> int:
    """The first line from `line` on that is no page number and no link back to the contents."""
    last = min(line + _ANCHOR_LINES, len(prose.starts) - 1)
    while line < last and _FURNITURE.fullmatch(prose.text, prose.starts[line], prose.starts[line + 1] - 1):
        line += 1
    return line
