"""The text of a filed document, HTML or plain, as a reader sees it: one line a paragraph or table row.

Belongs here: HTML to text, the character sets filers use, which bodies are no prose at all.
Not here: items and headings (sections.py).
"""

import re

from lxml import etree

from tauric_assets.errors import MalformedDocument
from tauric_assets.feeds.values import clean_text

PROSE_BYTES_MAX = 64_000_000

_WRAPPER = re.compile(rb"\s*<(?:XBRL|XML|PDF)>\s*", re.IGNORECASE)
_UUENCODED = re.compile(rb"\s*(?:<PDF>\s*)?begin [0-7]{3,4} ")
_LOOKS_HTML = re.compile(rb"<(?:html|body|div|p|font|br|span|head|!doctype html)\b[^<>]{0,4000}>", re.IGNORECASE)
_HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_BLOCKS = frozenset(
    (
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "br",
        "caption",
        "center",
        "dd",
        "div",
        "dl",
        "dt",
        "fieldset",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "head",
        "header",
        "hr",
        "html",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "tbody",
        "tfoot",
        "thead",
        "title",
        "tr",
        "ul",
    )
)
_UNSEEN = frozenset({"script", "style", "noscript", "template", "title", "ix:header"})
_CELLS = frozenset({"td", "th"})
_PRINTER_TAGS = re.compile(r"</?(?:PAGE|TABLE|CAPTION|S|C|FN|F\d{1,2}|TYPE|TEXT)>", re.IGNORECASE)
_HTML_HEAD_MAX = 20_000


def document_text(body: bytes) -> str:
    """The text of one document body; empty where it is no prose (uuencoded, empty).

    Returns: lines separated by newlines; within a line, words are separated by single spaces. Plain text keeps its
        lines; HTML gets one line for each block element and each table row. Hidden elements are left out.
    Raises: MalformedDocument: HTML nested so deep that the parser would leave text out.
    """
    if not body.strip() or len(body) > PROSE_BYTES_MAX or _UUENCODED.match(body, 0):
        return ""
    wrapper = _WRAPPER.match(body)
    if wrapper:
        body = body[wrapper.end() :]
    if _LOOKS_HTML.search(body, 0, _HTML_HEAD_MAX):
        return _html_text(body)
    return _tidy(_PRINTER_TAGS.sub(" ", _decoded(body)).splitlines())


def _decoded(body: bytes) -> str:
    try:
        return clean_text(body.decode("utf-8"))
    except UnicodeDecodeError:
        return clean_text(body.decode("cp1252", "replace"))


def _html_text(body: bytes) -> str:
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=True)
    root = etree.fromstring(_decoded(body).encode("utf-8", "replace"), parser)
    limits = [entry for entry in parser.error_log if entry.type_name == "ERR_RESOURCE_LIMIT"]
    if limits:
        raise MalformedDocument(f"HTML: {limits[0].message}", f"{limits[0].line}:{limits[0].column}")
    if root is None:
        return ""
    pieces: list[str] = []
    skipping: etree._Element | None = None
    preformatted = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if skipping is not None:
            if event == "end" and element is skipping:
                skipping = None
                pieces.append(_flat(element.tail, preformatted))
            continue
        tag = element.tag if isinstance(element.tag, str) else ""
        if event == "start":
            if _is_unseen(element, tag):
                skipping = element
                continue
            preformatted += tag == "pre"
            pieces.append(_opening(tag))
            pieces.append(_flat(element.text, preformatted))
        else:
            preformatted -= tag == "pre"
            pieces.append("\n" if tag in _BLOCKS else "")
            pieces.append(_flat(element.tail, preformatted))
    return _tidy("".join(pieces).split("\n"))


def _opening(tag: str) -> str:
    if tag in _BLOCKS:
        return "\n"
    return " " if tag in _CELLS else ""


def _is_unseen(element: etree._Element, tag: str) -> bool:
    return not tag or tag in _UNSEEN or _HIDDEN.search(element.get("style", "")) is not None


def _flat(text: str | None, preformatted: int) -> str:
    if preformatted or not text:
        return text or ""
    return text.replace("\n", " ").replace("\r", " ")


def _tidy(lines: list[str]) -> str:
    tidy = (" ".join(line.split()) for line in lines)
    return "\n".join(line for line in tidy if line)
