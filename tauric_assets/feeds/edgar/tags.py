"""HTML of filings as a flat run of tags: which end a line, which part cells, what a reader does not see.

    <div style="display:none"><ix:header>…</ix:header></div>    unseen, up to its own closing tag

Every scan is linear: a tag never reaches over the next `<`, and an element that does not close hides nothing.

Belongs here: tags, hidden elements, links inside a document. Not here: lines and characters (prose.py).

Specification: HTML Living Standard, "Parsing" (the part of it that filings need); Inline XBRL 1.1 (`ix:header`).
"""

import re
from collections.abc import Iterator, Mapping

_END = r"""(?:[^<>"']*+(?:(?:"[^"<]*+"|'[^'<]*+')[^<>"']*+)*+>|[^<>]*>)"""
_BREAKING = (
    r"(?:p(?:re)?|d(?:iv|[dlt])|t(?:r|able|body|foot|head)|b(?:r|lockquote|ody)|h(?:[1-6r]|tml|ead(?:er)?)|li|ul|ol"
    r"|center|caption|section|a(?:ddress|rticle|side)|f(?:ieldset|ooter|orm)|main|nav|page)"
)
LINE_BREAK = re.compile(rf"</?(?P<name>(?i:{_BREAKING}))(?=[\s/>]){_END}")
"""A tag that ends the line before it."""
CELL = re.compile(rf"</?[tT][dDhH](?=[\s/>]){_END}")
"""A tag that parts words and leaves the line whole."""
TAG = re.compile(rf"<[a-zA-Z/!?]{_END}")
"""Any tag, declaration or processing instruction."""

_LOOKS_HTML = re.compile(rb"<(?:html|body|div|p|font|br|span|head|!doctype html)\b[^<>]{0,4000}>", re.IGNORECASE)
_HTML_HEAD_MAX = 20_000
_RAW = re.compile(r"<!--|<(?P<name>script|style|noscript|template|title|ix:header)(?=[\s/>])", re.IGNORECASE)
_HIDDEN_STYLES = (re.compile(r"display\s*:\s*(?i:none)"), re.compile(r"DISPLAY\s*:\s*(?i:none)"))
_TAG_MAX = 4_000
_NAME = re.compile(r"<([a-z][a-z0-9:-]*)", re.IGNORECASE)
_VOID = frozenset({"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "wbr"})
_LINKS = {name: re.compile(name + r"""\s*=\s*["']?#([^"'\s<>]+)""") for name in ("href", "HREF")}
_TARGETS = {name: re.compile(name + r"""\s*=\s*["']?([^"'\s<>]+)""") for name in ("id", "name", "ID", "NAME")}
"""Patterns that begin with a literal are found ten times as fast as those that ignore case."""


def looks_like_html(body: bytes) -> bool:
    """Whether a body has HTML tags near its start; plain text of filers has at most printer's tags (`<PAGE>`)."""
    return _LOOKS_HTML.search(body, 0, _HTML_HEAD_MAX) is not None


def without_unseen(source: str) -> str:
    """The same HTML, character for character, with all that a reader does not see blanked out."""
    source = _blanked(source, _raw_spans(source))
    for style in _HIDDEN_STYLES:
        source = _blanked(source, _hidden_spans(source, style))
    return source


def inner_links(source: str) -> list[tuple[int, int]]:
    """Links from one place of a document to another.

    Returns: (where the link is, where its target is), characters into `source`, in order of the links.
    """
    links = sorted((match.start(), match[1]) for match in _matches(_LINKS, source))
    wanted = {name for _, name in links}
    targets: dict[str, int] = {}
    for match in _matches(_TARGETS, source) if wanted else ():
        if match[1] in wanted:
            targets[match[1]] = min(match.start(), targets.get(match[1], match.start()))
    return [(at, targets[name]) for at, name in links if name in targets]


def _matches(patterns: Mapping[str, re.Pattern[str]], source: str) -> Iterator[re.Match[str]]:
    for name, pattern in patterns.items():
        if name in source:
            yield from pattern.finditer(source)


def _blanked(source: str, spans: Iterator[tuple[int, int]]) -> str:
    pieces: list[str] = []
    at = 0
    for start, end in spans:
        if start >= at:
            pieces += (source[at:start], " " * (end - start))
            at = end
    return "".join((*pieces, source[at:])) if pieces else source


def _raw_spans(source: str) -> Iterator[tuple[int, int]]:
    """Comments, and elements whose content is no text of the document."""
    unclosed: set[str] = set()
    at = 0
    while match := _RAW.search(source, at):
        name = (match["name"] or "").lower()
        at = match.end()
        if name in unclosed:
            continue
        closing = re.compile(rf"</{re.escape(name)}\s*>" if name else "-->", re.IGNORECASE).search(source, at)
        if closing is None:
            unclosed.add(name)
        else:
            at = closing.end()
            yield match.start(), at


def _hidden_spans(source: str, hidden: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    """Elements with a style that hides them, from their opening tag to the closing tag that is theirs."""
    unclosed: set[str] = set()
    at = 0
    while style := hidden.search(source, at):
        at = style.end()
        start = source.rfind("<", max(0, style.start() - _TAG_MAX), style.start())
        opening = _NAME.match(source, start) if start >= 0 and ">" not in source[start : style.start()] else None
        if opening is None or (name := opening[1].lower()) in _VOID or name in unclosed:
            continue
        end = _closed_at(source, name, start)
        if end is None:
            unclosed.add(name)
        else:
            at = max(at, end)
            yield start, end


def _closed_at(source: str, name: str, start: int) -> int | None:
    """Where the element ends whose opening tag is at `start`; None where it never does."""
    depth = 0
    for tag in re.compile(rf"<(/?)(?i:{re.escape(name)})(?=[\s/>])[^<>]*>").finditer(source, start):
        if tag[1]:
            depth -= 1
        elif source[tag.end() - 2] != "/":
            depth += 1
        if not depth:
            return tag.end()
    return None
