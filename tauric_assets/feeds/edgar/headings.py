"""Lines that may head an item: what they say, and what speaks for and against them.

    Item 1A. Risk Factors ............ 12        in the table of contents: ends in a page, or is a link to another place
    Item 1A. Risk Factors                        a heading
    Item 7. (continued)                          on top of a page: neither
    Item 1A of this report …                     in a sentence: neither
    Items 1 and 2. Business and Properties       a heading of two items

Belongs here: reading one line. Not here: where links of the contents lead (contents.py), which candidates head sections
(sections.py), numbers and titles of the forms (items.py).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice

from tauric_assets.feeds.edgar.items import ROMANS, Key, is_item, is_known_title, key_of_title, part_of
from tauric_assets.feeds.edgar.prose import Prose

TITLE_CHARACTERS_MAX = 200
CANDIDATES_MAX = 50_000
LINE_READ_MAX = 400
"""Characters of a line that are looked at; a title is shorter, and a paragraph may have a million."""

_TITLE_WORDS_MAX = 8
"""Words of an unknown title that ends in a full stop."""

_CANDIDATE = re.compile(r"^(?=[^\w\n]{0,8}(?:part\s+[iv1-4]|i\s?t\s?e\s?m)).*", re.IGNORECASE | re.MULTILINE)
_NUMBER = r"\d{1,2}(?:\.\d\d?)?(?![\d%])(?:\s?\(?[A-K]\)?(?:\(?T\)?)?(?![A-Za-z0-9]))?"
_AND = r"\s*[.,:]?\s*(?:,|;|and|&|through|thru|to|[-–—])\s*(?:items?\s*)?"
_ITEM = re.compile(
    r"[\s*•·■▪|_#.:>-]{0,8}(?P<part>part\s+(?P<roman>I{1,3}|IV|[1-4])\b[\s,.:;–—-]*)?"
    rf"i\s?t\s?e\s?m(?P<plural>\(?s\)?)?[\s_]*(?:no\.?|number|#)?\s*(?P<numbers>{_NUMBER}(?:{_AND}{_NUMBER})*)(?P<rest>.*)",
    re.IGNORECASE,
)
_BARE = re.compile(r"\W{0,8}items?\W{0,3}", re.IGNORECASE)
_ROMAN_NUMBER = re.compile(r"^(?P<item>\W{0,8}item\s+)(?P<roman>l|IX|IV|VI{0,3}|X|I{1,3})(?=\s*[.:–—-])", re.IGNORECASE)
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
_REFERENCE = re.compile(
    r"\b(?:in|of|to)\s+(?:our|this|its|the(?: company.s)?)\s+(?:\d{4}\s+|most recent\s+)?"
    r"(?:annual|quarterly|form 10|report)",
    re.IGNORECASE,
)
_SENTENCE_START = re.compile(r"\b(?:There|We|The|Our|As|For|See|Refer|None|In|Information|During|Except|Not)\b")
_BRACKETED = re.compile(r"[(\[]\s*(?:removed|reserved|intentionally|omitted|not app|none|unaudited)", re.IGNORECASE)
_NOTHING = re.compile(r"(?:not applicable|inapplicable|n/?a|none)\b", re.IGNORECASE)
_PAGE = re.compile(r"(?<![\w$-])(?<!\d[.,])(?:[FSA]-)?\d{1,3}(?:\s?(?:-|–|to|,)\s?\d{1,3})?\s?$")
_SENTENCE_END = re.compile(r"(?<=[a-z)\]])\.\s")
_BEFORE_REFERENCE = re.compile(r"\b(?:in|see|under|of|to|and|with|by|or|the|per|for|from|also)\W*$")
_PARAGRAPH_END = re.compile(r"[.:;!?)\]=_*-]$")
_WRAPPED_LINE_MIN = 50


@dataclass(frozen=True, slots=True)
class Heading:
    """A line that may head one item, or several.

    Args:
        keys: of its items, in the line's order.
        start: character offset of the line in the text.
        in_contents: it looks like a line of a table of contents: ends in a page number, or links to another place.
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


def headings(prose: Prose, base: str, links: Mapping[int, int]) -> list[Heading]:
    """All lines that may head an item of a form, in the text's order, of the first CANDIDATES_MAX that might.

    Args:
        links: from the number of a line to that of the one its link leads to.
    """
    reader = _Reader(prose, base, links)
    for match in islice(_CANDIDATE.finditer(prose.text), CANDIDATES_MAX):
        reader.read(match.start(), match[0][:LINE_READ_MAX], len(match[0]))
    return reader.found


class _Reader:
    """Reads one line after the other; remembers the part of the report it is in."""

    def __init__(self, prose: Prose, base: str, links: Mapping[int, int]) -> None:
        self.found: list[Heading] = []
        self._links = links
        self._prose = prose
        self._base = base
        self._part = 1

    def read(self, start: int, line: str, length: int) -> None:
        """Look at the line that begins at `start`; it has `length` characters, `line` the first of them."""
        number = last = self._prose.line_of(start)
        if _BARE.fullmatch(line):
            last += 1
            line = f"{line} {self._line(last)[:LINE_READ_MAX]}"
        arabic = _ROMAN_NUMBER.sub(_arabic, line, count=1)
        match = _ITEM.match(arabic)
        if match is None:
            mark = _PART.match(line)
            if mark and not _NOT_A_PART.match(mark["rest"]):
                self._part = _part(mark["roman"])
            return
        if self._is_wrapped(number):
            return
        heading = self._heading(match, (number, last), length)
        if heading and (heading.known or arabic == line):
            self.found.append(heading)
            self._part = heading.keys[0][0]

    def _heading(self, match: re.Match[str], lines: tuple[int, int], length: int) -> Heading | None:
        """The heading on a line, or on two (`Item` and `1.` in cells of their own): numbers of the first and last."""
        number, last = lines
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
        following = self._following(last)
        on_next_line = not title and not is_known_title(self._base, title)
        if on_next_line:
            title = following
            known = is_known_title(self._base, title)
        title = _SENTENCE_END.split(title.lstrip(" ,"), maxsplit=1)[0].strip()[:TITLE_CHARACTERS_MAX].rstrip(" .:")
        if self._base == "8-K" and _NOTHING.match(title):
            return None
        if self._base == "10-Q":
            otherwise = _part(match["roman"]) if match["roman"] else self._part
            part = part_of(keys[0][1] // 100, keys[0][2], title, otherwise)
            keys = [(part, item, letter) for _, item, letter in keys]
        leads_to = self._links.get(number, self._links.get(last + 1, -1) if on_next_line else -1)
        return Heading(
            keys=tuple(keys),
            title=title,
            start=self._prose.starts[number],
            in_contents=page is not None or leads_to >= 0 or (on_next_line and self._is_page(last + 2)),
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
        if len(keys) == 1 and self._base != "8-K":
            return self._lettered(keys[0], numbers, rest)
        return list(dict.fromkeys(keys)), rest

    def _lettered(self, key: Key, number: str, rest: str) -> tuple[list[Key], str]:
        """`Item 9.A`, `Item 1ARisk Factors` and `Item 7(a)` have a letter where their title says so."""
        part, whole, letter = key
        bracketed = number.rstrip().endswith(")") and not number.rstrip().upper().endswith("(T)")
        title = _SEPARATOR.sub("", rest, count=1)
        if letter and bracketed and title:
            told = key_of_title(self._base, title)
            return [(part, whole, letter if told and told[1:] == key[1:] else "")], rest
        if letter:
            return [key], rest
        pointed = _POINTED_LETTER.match(rest)
        added, title = (pointed["letter"], pointed["rest"]) if pointed else (rest[:1].upper(), rest[1:])
        sixteenth = pointed is not None and self._base == "20-F" and whole == 1600
        if is_item(self._base, whole // 100, "", added) and (sixteenth or is_known_title(self._base, title)):
            return [(part, whole, added)], title
        return [key], rest

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
        reference = _REFERENCE.search(_SENTENCE_END.split(title, maxsplit=1)[0])
        if reference and not _SENTENCE_START.search(title, 0, reference.start()):
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
        if not before or before.isupper() or _ITEM.match(before):
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
        """The next line, where it may be the title of a heading that has none."""
        line = self._line(number + 1)
        if len(line) > TITLE_CHARACTERS_MAX or _ITEM.match(line) or _PART.match(line) or _PAGE.fullmatch(line):
            return ""
        sentence = line.endswith(".") and len(line.split()) > _TITLE_WORDS_MAX
        return "" if sentence and not is_known_title(self._base, line) else line

    def _is_page(self, number: int) -> bool:
        line = self._line(number)
        return len(line) < 10 and _PAGE.fullmatch(line) is not None


def _arabic(match: re.Match[str]) -> str:
    """`Item II` as `Item 2`; `Item l`, a misreading of the 1990s, as `Item 1`."""
    values = {"L": 1, "I": 1, "II": 2, "III": 3, "IV": 4, "V": 5, "VI": 6, "VII": 7, "VIII": 8, "IX": 9, "X": 10}
    return f"{match['item']}{values[match['roman'].upper()]}"


def _part(text: str) -> int:
    return int(text) if text.isdigit() else ROMANS.index(text.upper()) + 1
