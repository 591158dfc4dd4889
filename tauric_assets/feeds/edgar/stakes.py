"""Institutions' filings inside their submissions: which document of a 13F-HR or a 13D/G is read how.

Belongs here: from a submission's header and documents to the readers of institutions.py and beneficial.py.
Not here: the readers themselves; all other forms (rows.py).
"""

import re

from tauric_assets.errors import MalformedDocument
from tauric_assets.feeds.contract import Parsed, Quality, Reject
from tauric_assets.feeds.edgar.beneficial import Schedule, parse_schedule_text, parse_schedule_xml
from tauric_assets.feeds.edgar.clock import close_of
from tauric_assets.feeds.edgar.figures import days_in
from tauric_assets.feeds.edgar.header import Party
from tauric_assets.feeds.edgar.institutions import Cover, Filed, is_information_table, parse_cover, parse_holdings
from tauric_assets.feeds.edgar.markup import bare_xml
from tauric_assets.feeds.edgar.prose import read_prose
from tauric_assets.feeds.edgar.submission import InnerDocument, Submission

HOLDING_FORMS = frozenset({"13F-HR", "13F-HR/A"})
SCHEDULE_FORMS = frozenset({"SC 13D", "SC 13G", "SCHEDULE 13D", "SCHEDULE 13G"})
_TEXT_AGE = "an information table in text, as filed until 2013: its columns cannot be told apart with certainty"
_TITLE = re.compile(r"schedule\s*13([dg])\s*(/\s*a)?", re.IGNORECASE)
_XML_NAME = b"edgarSubmission"
_OPENING_BYTES = 4_096


def is_stake_form(form: str) -> bool:
    """Whether `form` is a 13F-HR, a 13D, a 13G or an amendment of one."""
    return form in HOLDING_FORMS or form.removesuffix("/A") in SCHEDULE_FORMS


def stake_rows(submission: Submission, document: InnerDocument, name: str, known_at: int, quality: Quality) -> Parsed:
    """What one document of such a submission gives: holdings of its information table, persons of a schedule, nothing.

    Args:
        name: of the document, as positions are to begin with it.
        known_at: nanoseconds UTC.
    Raises: MalformedDocument: it should give rows, and nothing in it can be read.
    """
    is_first = document is submission.documents[0]
    if submission.form in HOLDING_FORMS:
        xml = bare_xml(document.body)
        if is_information_table(xml):
            parsed = parse_holdings(xml, _cover_of(submission), _filed(submission, known_at, quality))
        else:
            parsed = Parsed()
            if is_first:
                _check_table_is_there(submission, xml)
    elif is_first:
        schedule = _schedule(submission, known_at, quality)
        xml = bare_xml(document.body)
        is_xml = _XML_NAME in xml[:_OPENING_BYTES]
        parsed = parse_schedule_xml(xml, schedule) if is_xml else parse_schedule_text(document.body, schedule)
    else:
        parsed = Parsed()
    parsed.rejects = [Reject(one.reason, f"{name}:{one.position}", one.raw) for one in parsed.rejects]
    return parsed


def bare_schedule(body: bytes, accession_number: str) -> Parsed:
    """The persons of a schedule's primary document without its submission.

    Args:
        accession_number: empty where nobody knows.
    Returns: rows whose `known_at` is estimated: 22:00 Eastern of the latest day the document names
        (signatures are dated, and nothing is accepted before it is signed).
    Raises: MalformedDocument: no schedule, or one that names no day.
    """
    xml = bare_xml(body)
    is_xml = _XML_NAME in xml[:_OPENING_BYTES]
    text = xml.decode("utf-8", "replace") if is_xml else read_prose(body).text
    title = _TITLE.search(text)
    form = f"{'SCHEDULE' if is_xml else 'SC'} 13{title[1].upper()}{'/A' if title[2] else ''}" if title else "SC 13G"
    days = days_in(text)
    if not days:
        raise MalformedDocument("no Schedule 13D or 13G: no day is named in it", "0")
    schedule = Schedule(accession_number, form, close_of(max(days)), "estimated")
    return parse_schedule_xml(xml, schedule) if is_xml else parse_schedule_text(body, schedule)


def _cover_of(submission: Submission) -> Cover | None:
    xml = bare_xml(submission.documents[0].body)
    if _XML_NAME not in xml[:_OPENING_BYTES]:
        return None
    try:
        return parse_cover(xml)
    except MalformedDocument:
        return None  # told as a reject of the cover's own document


def _check_table_is_there(submission: Submission, xml: bytes) -> None:
    """Raises: MalformedDocument: an unreadable cover page, or one that promises lines no document of this age gives."""
    if _XML_NAME not in xml[:_OPENING_BYTES]:
        raise MalformedDocument(_TEXT_AGE, "0")
    cover = parse_cover(xml)
    tables = (is_information_table(bare_xml(one.body[:_OPENING_BYTES])) for one in submission.documents[1:])
    if cover.entry_total and not any(tables):
        raise MalformedDocument(f"cover page promises {cover.entry_total} lines and no document holds them", "0")


def _filed(submission: Submission, known_at: int, quality: Quality) -> Filed:
    header = submission.header
    filer = next((party for party in header.parties if party.role == "Filer"), None)
    return Filed(
        accession_number=header.accession_number,
        form=header.form,
        known_at=known_at,
        quality=quality,
        filing_date=header.filing_date,
        period_of_report=header.period_of_report,
        manager_cik=filer.cik if filer else None,
        manager_name=filer.name if filer else "",
    )


def _schedule(submission: Submission, known_at: int, quality: Quality) -> Schedule:
    header = submission.header
    return Schedule(
        accession_number=header.accession_number,
        form=header.form,
        known_at=known_at,
        quality=quality,
        filing_date=header.filing_date,
        issuer=next((party for party in header.parties if party.role == "Subject"), None),
        filers=_filers(header.parties),
    )


def _filers(parties: tuple[Party, ...]) -> tuple[Party, ...]:
    return tuple(party for party in parties if party.role != "Subject")
