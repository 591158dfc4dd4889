"""The text of a filed document, HTML or plain, as a reader sees it: one line a paragraph or table row.

    <p style="…">Item&#160;1A.</p>              one block element, one line: `Item 1A.`
    <tr><td>Net sales</td><td>81,797</td></tr>  one table row, one line: `Net sales 81,797`
    <div style="display:none">…</div>           hidden, as are comments, scripts and the header of inline XBRL

No tree is built: the bytes are cut at the tags that end a line, and each line remembers where it comes from. Time is
linear in the bytes and memory a small multiple of them, however deep or broken the HTML is.

Belongs here: bytes to lines, the character sets filers use, which bodies are no prose at all.
Not here: what a tag or a hidden element is (tags.py); items and headings (headings.py, sections.py).
"""

import html
import re
from array import array
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from itertools import pairwise

from tauric_assets.errors import MalformedDocument
from tauric_assets.feeds.edgar.tags import CELL, LINE_BREAK, TAG, looks_like_html, without_unseen

PROSE_BYTES_MAX = 64_000_000
LINES_MAX = 500_000
CONTROL_SHARE_MAX = 0.005
"""Share of a body that may be control characters; beyond it, the body is a binary file, or UTF-16."""
FOREIGN_SHARE_MAX = 0.1
"""Share of a text that may be neither ASCII nor UTF-8; beyond it, it is in a character set that is not understood."""
STRAY_CHARACTERS_MAX = 16
"""So many of either are an accident, however short the text."""
FOREIGN_CHARACTERS_MAX = 100_000
"""So many of the latter need not be read on to tell, unless the text so far is long."""

_WRAPPER = re.compile(rb"\s*<(?:XBRL|XML|PDF|TEXT)>\s*", re.IGNORECASE)
_UUENCODED = re.compile(rb"\s*(?:<PDF>\s*)?begin [0-7]{3,4} ")
_CONTROLS = bytes({*range(0x09), *range(0x0E, 0x1A), *range(0x1C, 0x20), 0x7F})
_NOT_ASCII = bytes(set(range(0x80, 0x100)) - {0xA0})
_PRINTER_TAGS = re.compile(r"</?(?:PAGE|TABLE|CAPTION|S|C|FN|F\d{1,2}|TYPE|TEXT)>", re.IGNORECASE)
_PLAIN_LINE = re.compile(r"[^\n\r\f\v]+")
_CELL_BORDER = "\x1f"
"""Stands between cells while a line is read; in a file it is a space like any other control character."""
_SIGNS_BEFORE = frozenset({"$", "(", "$(", "$ (", "€", "£", "¥"})
_SIGNS_BEHIND = frozenset({")", "%", ")%", ") %", "%)"})
_INVISIBLE = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")


@dataclass(frozen=True, slots=True)
class Prose:
    """The text of a document, and where in its bytes each line of it stands.

    Args:
        text: lines separated by newlines; within a line, words are separated by single spaces; no line is empty.
        starts: character offset of each line in `text`.
        origins: for each line, the byte offset in the body at which the element begins that it comes from.
        ends: for each line, the byte offset behind the last of it.
        apart: 1 for each line that begins a paragraph: every one in HTML, in plain text those behind an empty line.
        borders: offsets of the spaces in `text` that stand between two cells of a table row, ascending; HTML only.
        size: bytes of the body.
        source: HTML as it was read, one character a byte, unseen parts blanked; empty for plain text.
    """

    text: str
    starts: "array[int]"
    origins: "array[int]"
    ends: "array[int]"
    apart: bytearray
    borders: "array[int]"
    size: int
    source: str = field(repr=False)

    def tabbed(self, start: int, end: int) -> str:
        """`text[start:end]` with a tab for each space between two cells."""
        first, last = bisect_left(self.borders, start), bisect_left(self.borders, end)
        edges = [start - 1, *self.borders[first:last], end]
        return "\t".join(self.text[before + 1 : after] for before, after in pairwise(edges))

    def line_of(self, offset: int) -> int:
        """The number of the line that holds the character at `offset` of the text."""
        return bisect_right(self.starts, offset) - 1

    def origin_of(self, offset: int) -> int:
        """Where in the body the line comes from that begins at `offset`; the body's end for the end of the text."""
        return self.origins[self.line_of(offset)] if offset < len(self.text) else self.size


def read_prose(body: bytes) -> Prose:
    """The text of one document body, with the origin of each line; no lines where it is no prose (uuencoded, empty).

    Raises: MalformedDocument: too long, too many lines, binary, or neither in UTF-8 nor in Windows-1252.
    """
    refuse_long(len(body))
    lines = _Lines()
    source = ""
    if body and not body.isspace() and not _UUENCODED.match(body):
        _refuse_binary(body)
        wrapper = _WRAPPER.match(body)
        start = wrapper.end() if wrapper else 0
        source = body.decode("latin-1")
        if looks_like_html(body):
            source = without_unseen(source)
            _read_html(source, start, lines)
        else:
            _read_plain(source, start, lines)
            source = ""
    return lines.prose(len(body), source)


def refuse_long(size: int) -> None:
    """Let pass what can be read as prose, by its size alone, before anybody copies it.

    Raises: MalformedDocument: more than PROSE_BYTES_MAX.
    """
    if size > PROSE_BYTES_MAX:
        raise MalformedDocument(f"document of {size:,} bytes, more than {PROSE_BYTES_MAX:,}", "0")


def document_text(body: bytes) -> str:
    """The text of `read_prose` alone, with a tab between two cells; sections are slices of it.

    Raises: MalformedDocument as there.
    """
    prose = read_prose(body)
    return prose.tabbed(0, len(prose.text))


class _Lines:
    """Collects lines, and counts what is in no character set that filers use."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.starts = array("q")
        self.origins = array("q")
        self.ends = array("q")
        self.apart = bytearray()
        self.borders = array("q")
        self.length = 0
        self.foreign = 0

    def add(self, raw: str, origin: int, end: int, apart: bool) -> bool:
        """Keep one line, a character a byte, without tags. Returns whether there was anything in it."""
        line = raw if raw.isascii() else self._decoded(raw)
        if "&" in line:
            line = html.unescape(line)
        if "\x00" in line:
            line = line.replace("\x00", "\N{REPLACEMENT CHARACTER}")
        line = line if line.isascii() else _INVISIBLE.sub("", line)
        cells = [cell for cell in (" ".join(cell.split()) for cell in line.split(_CELL_BORDER)) if cell]
        line = " ".join(cells)
        if not line:
            return False
        if len(self.texts) == LINES_MAX:
            raise MalformedDocument(f"more than {LINES_MAX:,} lines", str(origin))
        if len(cells) > 1:
            self._note_borders(cells)
        self.texts.append(line)
        self.starts.append(self.length)
        self.origins.append(origin)
        self.ends.append(end)
        self.apart.append(apart)
        self.length += len(line) + 1
        return True

    def _note_borders(self, cells: list[str]) -> None:
        """A sign in a cell of its own (`$`, `)`, `%`) belongs to the number beside it."""
        at = self.length
        for cell, following in pairwise(cells):
            at += len(cell) + 1
            if cell not in _SIGNS_BEFORE and following not in _SIGNS_BEHIND:
                self.borders.append(at - 1)

    def prose(self, size: int, source: str) -> Prose:
        """All lines so far.

        Raises: MalformedDocument: another character set.
        """
        self._refuse_foreign(STRAY_CHARACTERS_MAX)
        return Prose(
            "\n".join(self.texts), self.starts, self.origins, self.ends, self.apart, self.borders, size, source
        )

    def _decoded(self, raw: str) -> str:
        encoded = raw.encode("latin-1")
        try:
            line = encoded.decode("utf-8")
        except UnicodeDecodeError:
            line = encoded.decode("cp1252", "replace")
            self.foreign += len(encoded) - len(encoded.translate(None, _NOT_ASCII))
            self._refuse_foreign(FOREIGN_CHARACTERS_MAX)
        return line

    def _refuse_foreign(self, accidents: int) -> None:
        if self.foreign > max(accidents, self.length * FOREIGN_SHARE_MAX):
            raise MalformedDocument("in another character set than UTF-8 and Windows-1252", "0")


def _refuse_binary(body: bytes) -> None:
    controls = len(body) - len(body.translate(None, _CONTROLS))
    if controls > max(STRAY_CHARACTERS_MAX, len(body) * CONTROL_SHARE_MAX) or body.startswith(b"%PDF-"):
        raise MalformedDocument(f"binary where text is promised: {controls:,} control characters", "0")


def _read_html(source: str, start: int, lines: _Lines) -> None:
    origin = at = start
    preformatted = 0
    for tag in LINE_BREAK.finditer(source, start):
        before, behind = tag.span()
        if before > at:
            _read_segment(source[at:before], origin, before, preformatted, lines)
        at = behind
        closes = source[before + 1] == "/"
        origin = behind if closes else before
        if tag["name"].lower() == "pre":
            preformatted = max(0, preformatted + (-1 if closes else 1))
    _read_segment(source[at:], origin, len(source), preformatted, lines)


def _read_segment(segment: str, origin: int, end: int, preformatted: int, lines: _Lines) -> None:
    if segment.isspace():
        return
    if preformatted:
        at, apart = end - len(segment), True
        for line in segment.split("\n"):
            kept = lines.add(TAG.sub("", line), at, at + len(line), apart)
            apart = not kept
            at += len(line) + 1
        return
    if "<" in segment:
        if "<t" in segment or "<T" in segment:
            segment = CELL.sub(_CELL_BORDER, segment.replace(_CELL_BORDER, " "))
        segment = TAG.sub("", segment)
    lines.add(segment, origin, end, True)


def _read_plain(source: str, start: int, lines: _Lines) -> None:
    at = start
    apart = True
    for match in _PLAIN_LINE.finditer(source, start):
        apart = apart or source.count("\n", at, match.start()) > 1
        line = match[0]
        kept = lines.add(_PRINTER_TAGS.sub(" ", line) if "<" in line else line, *match.span(), apart)
        apart = not kept
        at = match.end()
