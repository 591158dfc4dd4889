"""A file from somebody's disk as rows: what `tauric inspect ownership` and `tauric inspect submission` print.

Belongs here: finding out what the file itself does not say (accession number, when it became known).
Not here: reading it (rows.py, ownership.py), printing.
"""

import dataclasses
import re

from tauric_assets.errors import MalformedDocument
from tauric_assets.feeds.contract import Parsed
from tauric_assets.feeds.edgar.clock import close_of
from tauric_assets.feeds.edgar.ownership import REPORTS, ownership_dates, parse_ownership
from tauric_assets.feeds.edgar.rows import Known, document_rows, ownership_document, ownership_xml, submission_rows
from tauric_assets.feeds.edgar.submission import Submission, has_opening, split_submission

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
        submission = split_submission(body)
        document = ownership_document(submission)
        if document is None:
            raise MalformedDocument(f"no ownership document in {submission.accession_number} (form {submission.form})")
        return _lines_only(document_rows(submission, document, document.name, _known(submission)))
    match = _NUMBER_IN_NAME.search(source)
    xml = ownership_xml(body)
    dates = ownership_dates(xml)
    if not dates:
        raise MalformedDocument("ownership document without a readable date", "1:1")
    accession_number = "-".join(match.groups()) if match else ""
    return _lines_only(parse_ownership(xml, accession_number, close_of(max(dates)), "estimated", None, source))


def inspect_submission(body: bytes, source: str) -> Parsed:
    """Everything a full submission file gives.

    Args:
        source: the file's name; a submission says everything itself.
    Raises: MalformedDocument: not a submission.
    """
    submission = split_submission(body)
    return submission_rows(submission, _known(submission))


def _lines_only(parsed: Parsed) -> Parsed:
    """Without the row of the report as a whole, which `inspect_submission` gives."""
    reports = len(parsed.rows.pop(REPORTS, ()))
    return dataclasses.replace(parsed, records=parsed.records - reports)


def _known(submission: Submission) -> Known:
    said = submission.known_at()
    if said is None:
        raise MalformedDocument(f"{submission.accession_number} has no acceptance time and no filing date", "0")
    return Known(*said)
