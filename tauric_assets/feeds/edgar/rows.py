"""A submission as rows: the filing, its sections, its insider lines, institutions' holdings and stakes.

Belongs here: which of a submission's documents becomes what, and the accounting of it.
Not here: how each is read (submission.py, ownership.py, stakes.py, sections.py), lists (parsing.py).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tauric_assets.errors import MalformedDocument
from tauric_assets.feeds.contract import Parsed, Quality, Reject
from tauric_assets.feeds.edgar.header import Party
from tauric_assets.feeds.edgar.markup import bare_xml
from tauric_assets.feeds.edgar.ownership import REPORTS, parse_ownership
from tauric_assets.feeds.edgar.promises import SAMPLE_BYTES, broken_promise
from tauric_assets.feeds.edgar.prose import refuse_long
from tauric_assets.feeds.edgar.sections import Section, is_prose, sections
from tauric_assets.feeds.edgar.stakes import is_stake_form, stake_rows
from tauric_assets.feeds.edgar.submission import InnerDocument, Submission
from tauric_assets.tables import Row

RAW_BYTES_MAX = 65_536

_OWNERSHIP_FORMS = frozenset({"3", "4", "5"})
_XML_START = re.compile(rb"\s*(?:<XML>\s*)?(?=<\?xml|<ownershipDocument)", re.IGNORECASE)
_XML_HEAD = 4_096


@dataclass(frozen=True)
class Known:
    """When something became known, nanoseconds UTC, and how well that is known."""

    at: int
    quality: Quality


def submission_rows(submission: Submission, otherwise: Known) -> Parsed:
    """All rows of a submission.

    Args:
        otherwise: when it became known where the submission itself has no date.
    Returns: one row of `filings`, rows of `filing_sections`, `insider_reports`, `insider_transactions`,
        `insider_holdings`, `institutional_holdings` and `beneficial_ownership`. Records are the filing, each section,
        each insider report, each line or cover, and each document that gives none of them (ignored, or one Reject where
        it cannot be read; its position begins with the document's name).
    """
    said = submission.known_at()
    known = Known(*said) if said else otherwise
    parsed = Parsed(records=1)
    parsed.add("filings", _filing(submission, known))
    names: set[str] = set()
    lines = 0
    for number, document in enumerate(submission.documents, start=1):
        name = document.name if document.name not in names else f"{document.name}#{number}"
        names.add(name)
        try:
            inner = document_rows(submission, document, name, known)
        except MalformedDocument as error:
            position = f"{name}:{error.position}"
            inner = Parsed(rejects=[Reject(str(error), position, document.head(RAW_BYTES_MAX))], records=1)
        lines = _merge(parsed, inner, lines)
    return parsed


def ownership_document(submission: Submission) -> InnerDocument | None:
    """The document with the ownership XML, if the submission has one."""
    return next((document for document in submission.documents if _is_ownership(submission, document)), None)


def document_rows(submission: Submission, document: InnerDocument, name: str, known: Known) -> Parsed:
    """What one document of a submission gives; at least one record.

    Raises: MalformedDocument: an ownership document of which nothing can be read, or binary where text is promised.
    """
    if _is_ownership(submission, document):
        filing_date = submission.header.filing_date
        xml = bare_xml(document.body)
        parsed = parse_ownership(xml, submission.accession_number, known.at, known.quality, filing_date, name)
        parsed.rejects = [Reject(one.reason, f"{name}:{one.position}", one.raw) for one in parsed.rejects]
    else:
        wants_prose = _is_wanted_prose(submission, document)
        broken = broken_promise(document.head(SAMPLE_BYTES)) if wants_prose else ""
        if broken:
            raise MalformedDocument(broken, "0")
        parsed = _stakes(submission, document, name, known)
        for row in _section_rows(submission, document, name, known) if wants_prose else ():
            parsed.add("filing_sections", row)
        parsed.records = parsed.row_count + len(parsed.rejects)
    if not parsed.records:
        parsed.records = parsed.ignored = 1
    return parsed


def _stakes(submission: Submission, document: InnerDocument, name: str, known: Known) -> Parsed:
    """Holdings and stakes; what cannot be read is a reject, and the document's text is still wanted."""
    if not is_stake_form(submission.form):
        return Parsed()
    try:
        return stake_rows(submission, document, name, known.at, known.quality)
    except MalformedDocument as error:
        return Parsed(rejects=[Reject(str(error), f"{name}:{error.position}", document.body[:RAW_BYTES_MAX])])


def _merge(parsed: Parsed, inner: Parsed, lines: int) -> int:
    """Add `inner` to `parsed`; lines are numbered on through all documents. Returns lines so far."""
    for table, rows in inner.rows.items():
        for row in rows:
            number = row.get("row_number")
            parsed.add(table, row | {"row_number": number + lines} if isinstance(number, int) else row)
    parsed.rejects += inner.rejects
    parsed.ignored += inner.ignored
    parsed.records += inner.records
    unnumbered = sum(len(inner.rows.get(table, ())) for table in ("filing_sections", REPORTS))
    return lines + inner.records - inner.ignored - unnumbered


def _is_ownership(submission: Submission, document: InnerDocument) -> bool:
    if submission.form.removesuffix("/A") not in _OWNERSHIP_FORMS:
        return False
    return document.filename.lower().endswith(".xml") or _XML_START.match(document.head(_XML_HEAD)) is not None


def _is_wanted_prose(submission: Submission, document: InnerDocument) -> bool:
    if submission.form.removesuffix("/A") in _OWNERSHIP_FORMS:
        return False
    return (document is submission.documents[0] or document.type.startswith("EX-")) and is_prose(
        document.filename, document.type
    )


def section_rows(found: Sequence[Section]) -> list[Row]:
    """Rows of filing_sections for the sections of one document; whose document it is stays open."""
    return [
        {
            "section_number": number,
            "item": section.item,
            "title": section.title,
            "text": section.text,
            "incorporated_by_reference": section.incorporated_by_reference,
            "start_offset": section.start,
            "end_offset": section.end,
            "source_start": section.source_start,
            "source_end": section.source_end,
        }
        for number, section in enumerate(found, start=1)
    ]


def _section_rows(submission: Submission, document: InnerDocument, name: str, known: Known) -> list[Row]:
    refuse_long(document.text_end - document.text_start)
    filer = _principal(submission.parties)
    shared: Row = {
        **_times(known),
        "accession_number": submission.accession_number,
        "form": submission.form,
        "cik": filer.cik if filer else None,
        "company_name": filer.name if filer else None,
        "document_name": name,
    }
    return [shared | row for row in section_rows(sections(document.filename, document.type, document.body))]


def _filing(submission: Submission, known: Known) -> Row:
    header = submission.header
    filer = _principal(header.parties)
    return {
        **_times(known),
        "accession_number": header.accession_number,
        "form": header.form,
        "cik": filer.cik if filer else None,
        "company_name": filer.name if filer else None,
        "parties": [{"cik": party.cik, "name": party.name, "role": party.role} for party in header.parties],
        "filing_date": header.filing_date,
        "period_of_report": header.period_of_report,
        "items": list(header.items),
        "primary_document": submission.documents[0].name if submission.documents else None,
        "document_count": len(submission.documents),
        "size_bytes": submission.size_bytes,
    }


def _times(known: Known) -> Row:
    return {"ts_event": known.at, "known_at": known.at, "known_at_quality": known.quality, "supersedes": None}


def _principal(parties: tuple[Party, ...]) -> Party | None:
    """The company a filing speaks of: the issuer or subject, or else the first filer, or else the first party."""
    for roles in (("Issuer", "Subject"), ("Filer",)):
        for party in parties:
            if party.role in roles:
                return party
    return parties[0] if parties else None
