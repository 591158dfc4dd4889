"""XML from strangers: parsed without entities, network or limits lifted, and found again in its bytes.

Belongs here: the hardened parser, and where in the bytes an element stands.
Not here: what elements mean; HTML (prose.py).
"""

import re

from lxml import etree

from tauric_assets.errors import MalformedDocument

XML_BYTES_MAX = 64_000_000
RAW_BYTES_MAX = 65_536


def parse_strict(xml: bytes) -> etree._Element:
    """The root element of `xml`.

    Raises: MalformedDocument with `line:column`: not well-formed, too long, nested too deep, or with a document type
        (ownership documents have none, and entities are declared there).
    """
    if len(xml) > XML_BYTES_MAX:
        raise MalformedDocument(f"XML longer than {XML_BYTES_MAX} bytes", "1:1")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    stripped = xml.lstrip()
    try:
        root = etree.fromstring(stripped, parser)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        lines_before = xml[: len(xml) - len(stripped)].count(b"\n")
        raise MalformedDocument(f"not well-formed XML: {error.msg}", f"{line + lines_before}:{column}") from None
    information = root.getroottree().docinfo
    if information is not None and information.doctype:  # type: ignore[union-attr]
        raise MalformedDocument("XML with a document type", "1:1")
    return root


class ElementSpans:
    """Where elements of given names stand in the bytes of a document; looked up only when something is wrong."""

    def __init__(self, xml: bytes, names: tuple[str, ...]) -> None:
        self._xml = xml
        self._names = names
        alternatives = "|".join(map(re.escape, names)).encode()
        self._token = re.compile(rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<(" + alternatives + rb")[\s/>]", re.DOTALL)

    def find(self, element: etree._Element, root: etree._Element) -> tuple[str, bytes]:
        """`line:column` (from 1, in bytes) and the bytes of `element`, cut at RAW_BYTES_MAX.

        Where the bytes are not ASCII-like (UTF-16) or the element has another name: the parser's line, and the
        element written out again.
        """
        elements = list(root.iter(*self._names))
        starts = [match for match in self._token.finditer(self._xml) if match[1]]
        if element not in elements or len(starts) != len(elements):
            return f"{element.sourceline}:1", etree.tostring(element, with_tail=False)[:RAW_BYTES_MAX]
        match = starts[elements.index(element)]
        start = match.start()
        closing = b"</" + match[1] + b">"
        end = self._xml.find(closing, start)
        raw = self._xml[start : end + len(closing)] if end >= 0 else self._xml[start:]
        column = start - (self._xml.rfind(b"\n", 0, start) + 1) + 1
        line = self._xml.count(b"\n", 0, start) + 1
        return f"{line}:{column}", raw[:RAW_BYTES_MAX]
