"""A file from somebody's disk as rows: what `tauric inspect` prints of EDGAR's documents.

Belongs here: finding out what the file itself does not say (accession number, when it became known).
Not here: reading it (rows.py, ownership.py, stakes.py), printing.
"""

import dataclasses
import re
from datetime import date
from pathlib import PurePath
from typing import cast

from tauric_assets.errors import MalformedDocument
from tauric_assets.feeds.contract import Parsed
from tauric_assets.feeds.edgar.clock import close_of
from tauric_assets.feeds.edgar.cover import guess_form
from tauric_assets.feeds.edgar.facts import read_facts
from tauric_assets.feeds.edgar.institutions import is_information_table
from tauric_assets.feeds.edgar.markup import bare_xml
from tauric_assets.feeds.edgar.ownership import REPORTS, ownership_dates, parse_ownership
from tauric_assets.feeds.edgar.profile import PAGE_NAME, read_older_page, read_profile
from tauric_assets.feeds.edgar.prose import read_prose
from tauric_assets.feeds.edgar.rows import Known, document_rows, ownership_document, section_rows, submission_rows
from tauric_assets.feeds.edgar.sections import sections_of
from tauric_assets.feeds.edgar.stakes import bare_schedule, is_stake_form, stake_rows
from tauric_assets.feeds.edgar.submission import Submission, has_opening, split_submission
from tauric_assets.tables import Row

FIRST_TWO_DIGIT_YEAR = 93  # EDGAR began in 1993
_NUMBER_IN_NAME = re.compile(r"(?<!\d)(\d{10})-?(\d{2})-?(\d{6})(?!\d)", re.ASCII)


def inspect_ownership(body: bytes, source: str) -> Parsed:
    """The insider lines of an ownership XML, or of the one inside a full submission.

    Args:
        source: the file's name; where it holds an accession number, that is taken for a bare XML.
    Returns: rows of insider_transactions and insider_holdings. `known_at` is the acceptance of a submission; for a bare
        XML it is estimated: 22:00 Eastern of the latest signature or period of report.
    Raises: MalformedDocument: no ownership document.
    """
    if has_opening(body):
        submission = split_submission(body, _number_in(source))
        document = ownership_document(submission)
        if document is None:
            raise MalformedDocument(f"no ownership document in {submission.accession_number} (form {submission.form})")
        return _lines_only(document_rows(submission, document, document.name, _known(submission)))
    xml = bare_xml(body)
    dates = ownership_dates(xml)
    if not dates:
        raise MalformedDocument("ownership document without a readable date", "1:1")
    return _lines_only(parse_ownership(xml, _number_in(source), close_of(max(dates)), "estimated", None, source))


def inspect_submission(body: bytes, source: str) -> Parsed:
    """Everything a full submission file gives.

    Args:
        source: the file's name; its accession number is taken where the file has lost its header.
    Returns: rows whose `known_at` is the acceptance; without a header estimated by the end of the number's year.
    Raises: MalformedDocument: not a submission.
    """
    submission = split_submission(body, _number_in(source))
    return submission_rows(submission, _known(submission))


def inspect_facts(body: bytes, source: str) -> Parsed:
    """Every value of a companyfacts document, known since the close of the day its filing was filed.

    Args:
        source: the file's name; the document says everything itself.
    Raises: MalformedDocument: not companyfacts.
    """
    return read_facts(body)


def inspect_profile(body: bytes, source: str) -> Parsed:
    """What a submissions list, or an older page of one, tells of its CIK, its names and its filings.

    Args:
        source: the file's name; an older page is known by it, and its CIK.
    Returns: rows as of `read_profile`; what has no day of its own is known since the close of the last filing listed.
    Raises: MalformedDocument: not a submissions list.
    """
    page = PAGE_NAME.search(source)
    if page:
        return read_older_page(body, int(page[1]))
    never = read_profile(body, Known(0, "estimated"))
    days = [cast("date", row["filing_date"]) for row in never.rows.get("listed_filings", ())]
    return read_profile(body, Known(close_of(max(days)), "estimated")) if days else never


def inspect_sections(body: bytes, source: str) -> Parsed:
    """The sections of a full submission, or of one HTML or text document that came without its submission.

    Args:
        source: the file's name; for a bare document, its accession number and form are looked for in it, and the form
            on the document's cover as well.
    Returns: rows of filing_sections. A bare document does not say when it became known and who filed it: those columns
        are null.
    Raises: MalformedDocument: a damaged submission; binary, too long, or in no character set that filers use.
    """
    if has_opening(body):
        parsed = inspect_submission(body, source)
        rows = parsed.rows.get("filing_sections", [])
        others = parsed.row_count - len(rows)
        return Parsed({"filing_sections": rows}, parsed.rejects, parsed.ignored + others, parsed.records)
    prose = read_prose(body)
    form = guess_form(source, body, prose.text)
    document: Row = {
        "accession_number": _number_in(source) or None,
        "form": form or None,
        "document_name": PurePath(source).name,
    }
    parsed = Parsed()
    for row in section_rows(sections_of(form, prose)):
        parsed.add("filing_sections", document | row)
    parsed.records = parsed.row_count
    return parsed


def inspect_institutions(body: bytes, source: str) -> Parsed:
    """The holdings of a 13F-HR, or the persons of a Schedule 13D or 13G.

    Args:
        body: a full submission, or the bare primary document of a schedule (XML, HTML or text).
        source: the file's name; where it holds an accession number, that is taken for a bare document.
    Returns: rows of institutional_holdings or beneficial_ownership. `known_at` is the acceptance of a submission; for
        a bare schedule it is estimated: 22:00 Eastern of the latest day it names.
    Raises: MalformedDocument: none of these; a bare information table, which says neither manager nor period.
    """
    if has_opening(body):
        submission = split_submission(body, _number_in(source))
        if not is_stake_form(submission.form):
            raise MalformedDocument(f"{submission.accession_number} is a {submission.form}, no 13F-HR, 13D or 13G", "0")
        known, parsed = _known(submission), Parsed()
        for document in submission.documents:
            one = stake_rows(submission, document, document.name, known.at, known.quality)
            for table, rows in one.rows.items():
                parsed.rows.setdefault(table, []).extend(rows)
            parsed.rejects += one.rejects
            parsed.records += one.records
        return parsed
    xml = bare_xml(body)
    if is_information_table(xml):
        raise MalformedDocument(
            "an information table alone names no manager and no period: inspect its submission", "0"
        )
    return bare_schedule(body, _number_in(source))


def _lines_only(parsed: Parsed) -> Parsed:
    """Without the row of the report as a whole, which `inspect_submission` gives."""
    reports = len(parsed.rows.pop(REPORTS, ()))
    return dataclasses.replace(parsed, records=parsed.records - reports)


def _number_in(source: str) -> str:
    match = _NUMBER_IN_NAME.search(source)
    return "-".join(match.groups()) if match else ""


def _known(submission: Submission) -> Known:
    said = submission.known_at()
    if said is not None:
        return Known(*said)
    if submission.header.fields:
        raise MalformedDocument(f"{submission.accession_number} has no acceptance time and no filing date", "0")
    two_digits = int(submission.accession_number.split("-")[1])
    year = two_digits + (1900 if two_digits >= FIRST_TWO_DIGIT_YEAR else 2000)
    return Known(close_of(date(year, 12, 31)), "estimated")
