"""XML from strangers: parsed without entities, network or limits lifted, and found again in its bytes.

Belongs here: the hardened parser, and where in the bytes an element stands.
Not here: what elements mean; HTML (prose.py).
"""

import re

from lxml import etree

from tauric_assets.errors import MalformedDocument

XML_BYTES_MAX = 64_000_000
RAW_BYTES_MAX = 65_536

_WRAPPED = re.compile(rb"\s*<XML>\s*", re.IGNORECASE)
_XML_END = re.compile(rb"\s*</XML>\s*$", re.IGNORECASE)
_TAIL = 64
_PARSER = etree.XMLParser(
    resolve_entities=False,
    no_network=True,
    load_dtd=False,
    dtd_validation=False,
    huge_tree=False,
    remove_comments=True,
    remove_pis=True,
)


def bare_xml(body: bytes) -> bytes:
    """The XML of a document's body, without `<XML>` around it."""
    start = _WRAPPED.match(body)
    end = _XML_END.search(body, max(0, len(body) - _TAIL))
    return body[start.end() if start else 0 : end.start() if end else len(body)].lstrip()


def parse_strict(xml: bytes, bytes_max: int = XML_BYTES_MAX) -> etree._Element:
    """The root element of `xml`.

    Args:
        bytes_max: what is longer is not looked at; a tree can take thirty times the memory of its text.

    Raises: MalformedDocument with `line:column`: not well-formed, too long, nested too deep, or with a document type
        (ownership documents have none, and entities are declared there).
    """
    if len(xml) > bytes_max:
        raise MalformedDocument(f"XML longer than {bytes_max} bytes", "1:1")
    stripped = xml.lstrip()
    try:
        root = etree.fromstring(stripped, _PARSER)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        lines_before = xml[: len(xml) - len(stripped)].count(b"\n")
        raise MalformedDocument(f"not well-formed XML: {error.msg}", f"{line + lines_before}:{column}") from None
    information = root.getroottree().docinfo
    if information is not None and information.doctype:  # type: ignore[union-attr]
        raise MalformedDocument("XML with a document type", "1:1")
    return root


class ElementSpans:
    """Where elements of given names stand in the bytes of a document; looked up only when something is wrong.

    Asked for elements in document order, it takes time linear in the document.
    """

    def __init__(self, xml: bytes, root: etree._Element, names: tuple[str, ...]) -> None:
        self._xml = xml
        self._root = root
        self._names = names
        self._found: dict[etree._Element, re.Match[bytes]] | None = None
        self._line = (0, 1)

    def find(self, element: etree._Element) -> tuple[str, bytes]:
        """`line:column` (from 1, in bytes) and the bytes of `element`, cut at RAW_BYTES_MAX.

        Where the bytes are not ASCII-like (UTF-16) or the element has another name: the parser's line, and the
        element written out again.
        """
        if self._found is None:
            self._found = self._search()
        match = self._found.get(element)
        if match is None:
            return f"{element.sourceline}:1", etree.tostring(element, with_tail=False)[:RAW_BYTES_MAX]
        start = match.start()
        closing = b"</" + match[1] + b">"
        end = self._xml.find(closing, start)
        raw = self._xml[start : end + len(closing) if end >= 0 else len(self._xml)]
        column = start - (self._xml.rfind(b"\n", 0, start) + 1) + 1
        return f"{self._line_of(start)}:{column}", raw[:RAW_BYTES_MAX]

    def _search(self) -> dict[etree._Element, re.Match[bytes]]:
        alternatives = "|".join(map(re.escape, self._names)).encode()
        token = re.compile(rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<(" + alternatives + rb")[\s/>]", re.DOTALL)
        starts = [match for match in token.finditer(self._xml) if match[1]]
        elements = list(self._root.iter(*self._names))
        return dict(zip(elements, starts, strict=True)) if len(starts) == len(elements) else {}

    def _line_of(self, start: int) -> int:
        offset, line = self._line if self._line[0] <= start else (0, 1)
        self._line = (start, line + self._xml.count(b"\n", offset, start))
        return self._line[1]
