"""A full submission file, split into its header and its documents.

    <SEC-DOCUMENT>0001127602-25-001055.txt : 20250110
    <SEC-HEADER>0001127602-25-001055.hdr.sgml : 20250110
    <ACCEPTANCE-DATETIME>20250110160730
    …
    </SEC-HEADER>
    <DOCUMENT>
    <TYPE>4
    <SEQUENCE>1
    <FILENAME>form4.xml
    <TEXT>…</TEXT>
    </DOCUMENT>
    </SEC-DOCUMENT>

Also read: `<IMS-DOCUMENT>` and the mail armour of the 1990s; the `<SUBMISSION>` of dissemination (.nc) files, which may
hold no line breaks at all; files that lost their header and begin with `<DOCUMENT>`. Scanning is linear; bodies
(uuencoded ones too) stay bytes; a file name is data and is never used as a path.

Belongs here: where each part begins and ends; when a submission became known.
Not here: the header's fields (header.py); what documents contain (ownership.py, sections.py).

Specification: EDGAR Public Dissemination Service, Technical Specification.
"""

import re
from dataclasses import dataclass, field
from datetime import date

from tauric_assets.errors import MalformedDocument
from tauric_assets.feeds.contract import Quality
from tauric_assets.feeds.edgar.clock import close_of, compact_day, day_instant
from tauric_assets.feeds.edgar.header import Header, Party, parse_header
from tauric_assets.feeds.values import clean_text

HEADER_BYTES_MAX = 4_000_000
OPENING_BYTES_MAX = 65_536
DOCUMENTS_MAX = 5_000  # the longest recorded has some hundreds

_OPENINGS = re.compile(rb"<(SEC-DOCUMENT|IMS-DOCUMENT|SUBMISSION)>([^\r\n<]{0,200})")
_BARE = re.compile(rb"\s{0,64}<DOCUMENT>\s{0,8}<TYPE>[^<\s]")
_DOCUMENT = b"<DOCUMENT>"
_DOCUMENT_END = b"</DOCUMENT>"
_TEXT = b"<TEXT>"
_TEXT_END = b"</TEXT>"
_NESTED = re.compile(rb"<DOCUMENT>\s{0,8}<TYPE>")
_DOCUMENT_FIELD = re.compile(rb"<(TYPE|SEQUENCE|FILENAME|DESCRIPTION)>([^\r\n<]*)")
_DOCUMENT_HEAD_MAX = 8_192


@dataclass(frozen=True)
class InnerDocument:
    """One document of a submission, as a slice of the submission's bytes.

    Args:
        start: offset of `<DOCUMENT>`; `end`: offset behind `</DOCUMENT>`.
        text_start: offset behind `<TEXT>`; `text_end`: offset of `</TEXT>`.
    """

    type: str
    sequence: int | None
    filename: str
    description: str
    start: int
    end: int
    text_start: int
    text_end: int
    _submission: bytes = field(repr=False, compare=False)

    @property
    def body(self) -> bytes:
        """The bytes between `<TEXT>` and `</TEXT>`."""
        return self._submission[self.text_start : self.text_end]

    def head(self, size: int) -> bytes:
        """The first `size` bytes of the body; does not copy the rest."""
        return self._submission[self.text_start : min(self.text_end, self.text_start + size)]

    @property
    def name(self) -> str:
        """The file name, or `document-SEQUENCE` where it has none (before 2000)."""
        return self.filename or f"document-{self.sequence}"


@dataclass(frozen=True)
class Submission:
    """A submission: its header, its documents, and the spans that are neither.

    Args:
        header_end: offset of the first document, or of the closing tag where there is none.
        between: spans behind the header that belong to no document (line ends, closing tags).
        released_on: the day on the opening line; None where it has none.
        accepted_at: nanoseconds UTC; None where the header has none.
    """

    header: Header
    documents: tuple[InnerDocument, ...]
    header_end: int
    between: tuple[tuple[int, int], ...]
    released_on: date | None
    size_bytes: int

    @property
    def accession_number(self) -> str:
        """E.g. 0001127602-25-001055."""
        return self.header.accession_number

    @property
    def form(self) -> str:
        """The submission type, e.g. 4/A."""
        return self.header.form

    @property
    def parties(self) -> tuple[Party, ...]:
        """The parties in the header's order."""
        return self.header.parties

    @property
    def accepted_at(self) -> int | None:
        """Acceptance, nanoseconds UTC."""
        return self.header.accepted_at

    def known_at(self) -> tuple[int, Quality] | None:
        """When the public could read it, and how well we know; None where the submission has no date at all.

        Acceptance, unless the opening line says that it was released on a later day than it was filed: letters to and
        from the SEC's staff are accepted months before anybody may read them, and until 2000 a submission came out on
        the day after.
        """
        dates = [day for day in (self.header.filing_date, self.released_on) if day]
        held_back = self.header.private_to_public or (
            self.released_on and self.header.filing_date and self.released_on > self.header.filing_date
        )
        if self.accepted_at is not None and not held_back:
            return self.accepted_at, "source"
        if dates:
            return max(close_of(max(dates)), self.accepted_at or 0), "estimated"
        return None


def split_submission(body: bytes, accession_number: str = "") -> Submission:
    """Split a full submission file.

    Args:
        accession_number: as others know it; needed only for a file of the 1990s that lost its header, and begins with
            its first document.
    Returns: header and documents; every byte lies in the header, in one document, or in one span of `between`.
    Raises: MalformedDocument with a byte offset: binary, without header, cut off, or with an unclosed document.
    """
    opening = _OPENINGS.search(body, 0, OPENING_BYTES_MAX)
    if not opening and _BARE.match(body):
        return _without_header(body, accession_number)
    if not opening:
        raise MalformedDocument("not a submission: no <SEC-DOCUMENT> and no <SUBMISSION> near its start", "0")
    closing_tag = b"</" + opening[1] + b">"
    closing = body.rfind(closing_tag, max(opening.end(), len(body) - OPENING_BYTES_MAX))
    if closing < 0:
        raise MalformedDocument(f"cut off: no {closing_tag.decode()} at its end", str(len(body)))
    first = body.find(_DOCUMENT, opening.end(), closing)
    header_end = closing if first < 0 else first
    if header_end - opening.start() > HEADER_BYTES_MAX:
        raise MalformedDocument(f"header longer than {HEADER_BYTES_MAX} bytes", str(opening.start()))
    try:
        header = parse_header(_text(body[opening.end() : header_end]))
    except ValueError as error:
        raise MalformedDocument(str(error), str(opening.start())) from None
    documents, between = _documents(body, header_end, closing)
    return Submission(
        header=header,
        documents=tuple(documents),
        header_end=header_end,
        between=tuple(between),
        released_on=_released_on(opening[2].decode("ascii", "replace")),
        size_bytes=len(body),
    )


def _without_header(body: bytes, accession_number: str) -> Submission:
    if not accession_number:
        raise MalformedDocument("documents without a header, and nothing else tells their accession number", "0")
    documents, between = _documents(body, 0, len(body))
    header = Header(accession_number, documents[0].type, [])
    return Submission(header, tuple(documents), 0, tuple(between), None, len(body))


def has_opening(body: bytes) -> bool:
    """Whether `body` begins as a submission does."""
    return _OPENINGS.search(body, 0, OPENING_BYTES_MAX) is not None or _BARE.match(body) is not None


def is_complete(body: bytes) -> bool:
    """Whether `body` begins and ends as a submission does; cheap, looks at both ends only."""
    opening = _OPENINGS.search(body, 0, OPENING_BYTES_MAX)
    return opening is not None and body.rfind(b"</" + opening[1] + b">", -OPENING_BYTES_MAX) > 0


def _documents(body: bytes, at: int, closing: int) -> tuple[list[InnerDocument], list[tuple[int, int]]]:
    documents: list[InnerDocument] = []
    between: list[tuple[int, int]] = []
    while (start := body.find(_DOCUMENT, at, closing)) >= 0:
        close = body.find(_DOCUMENT_END, start, closing)
        nested = _NESTED.search(body, start + len(_DOCUMENT), close if close >= 0 else closing)
        if close < 0 or nested:
            raise MalformedDocument(f"document {len(documents) + 1} has no </DOCUMENT>", str(start))
        if len(documents) == DOCUMENTS_MAX:
            raise MalformedDocument(f"more than {DOCUMENTS_MAX} documents", str(start))
        if start > at:
            between.append((at, start))
        at = close + len(_DOCUMENT_END)
        documents.append(_document(body, start, at))
    if len(body) > at:
        between.append((at, len(body)))
    return documents, between


def _document(body: bytes, start: int, end: int) -> InnerDocument:
    text_tag = body.find(_TEXT, start, min(end, start + _DOCUMENT_HEAD_MAX))
    text_end = body.rfind(_TEXT_END, start, end)
    if text_tag < 0 or text_end < text_tag:
        raise MalformedDocument("document without <TEXT>…</TEXT>", str(start))
    values = {name.decode(): _text(value).strip() for name, value in _DOCUMENT_FIELD.findall(body[start:text_tag])}
    sequence = values.get("SEQUENCE", "")
    return InnerDocument(
        type=values.get("TYPE", ""),
        sequence=int(sequence) if sequence.isascii() and sequence.isdigit() and len(sequence) < 10 else None,
        filename=values.get("FILENAME", ""),
        description=values.get("DESCRIPTION", ""),
        start=start,
        end=end,
        text_start=text_tag + len(_TEXT),
        text_end=text_end,
        _submission=body,
    )


def _text(raw: bytes) -> str:
    return clean_text(raw.decode("utf-8", "replace"))


def _released_on(opening_line: str) -> date | None:
    try:
        day = compact_day(opening_line.rpartition(":")[2].strip())
        day_instant(day)
        return day
    except ValueError:
        return None
