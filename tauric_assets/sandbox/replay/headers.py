"""What the header of a recorded submission says, as far as EDGAR's listings need it.

Three styles are read: `ACCESSION NUMBER:\\t\\t…` (full text), `<ACCESSION-NUMBER>…` (dissemination, also on one line),
and no header at all. What a header does not say stays unknown.

Belongs here: facts for listings, names and bytes of documents.
Not here: the feeds' own reading of the same header; wrapping of loose documents (wrapping.py).
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from tauric_assets.sandbox.market import FilingParty
from tauric_assets.times import datetime_to_ns

EASTERN = ZoneInfo("America/New_York")
Role = Literal["Filer", "Reporting", "Issuer", "Subject", "Filed by"]
ROLES: dict[str, Role] = {
    "FILER": "Filer",
    "REPORTING OWNER": "Reporting",
    "ISSUER": "Issuer",
    "SUBJECT COMPANY": "Subject",
    "FILED BY": "Filed by",
}

_HEADER_BYTES_MAX = 1_000_000
_ACCESSION = re.compile(r"ACCESSION[ -]NUMBER[:>]\s*(\d{10}-\d{2}-\d{6})")
_FORM = re.compile(r"(?:CONFORMED SUBMISSION TYPE:|<TYPE>)[ \t]*([^\s<][^\r\n<]*)")
_FILED = re.compile(r"(?:FILED AS OF DATE:|<FILING-DATE>)\s*(\d{8})")
_PERIOD = re.compile(r"(?:CONFORMED PERIOD OF REPORT:|<PERIOD>)\s*(\d{8})")
_ACCEPTED = re.compile(r"<ACCEPTANCE-DATETIME>\s*(\d{14})")
_ITEM = re.compile(r"<ITEMS>\s*([^\s<]+)")
_FIELD = re.compile(
    r"<?(?P<role>FILER|REPORTING[ -]OWNER|ISSUER|SUBJECT[ -]COMPANY|FILED[ -]BY)(?:>|:\s*$)"
    r"|(?:COMPANY CONFORMED NAME:|<CONFORMED-NAME>)[ \t]*(?P<name>[^\r\n<]*)"
    r"|(?:CENTRAL INDEX KEY:|<CIK>)\s*(?P<cik>\d{1,10})",
    re.MULTILINE,
)
_FILE_NAME = re.compile(rb"<FILENAME>[ \t]*([^\r\n<]+)")
_BODY = re.compile(rb"<TEXT>\r?\n?(.*?)\r?\n?</TEXT>", re.DOTALL)
_INNER = re.compile(rb"\s*<(XML|XBRL|PDF|JSON)>\r?\n?(.*?)\r?\n?</\1>\s*", re.DOTALL)


@dataclass(frozen=True)
class Facts:
    """What is known of a submission; None and empty where its header does not say.

    Args:
        accepted_at: nanoseconds UTC.
    """

    accession_number: str | None = None
    form: str | None = None
    filing_date: date | None = None
    accepted_at: int | None = None
    period: date | None = None
    items: tuple[str, ...] = ()
    parties: tuple[FilingParty, ...] = ()
    documents: tuple[str, ...] = ()


def read_facts(body: bytes) -> Facts:
    """Read a full submission's facts; never fails."""
    end = body.find(b"<DOCUMENT>", 0, _HEADER_BYTES_MAX)
    text = body[: end if end > 0 else _HEADER_BYTES_MAX].decode("latin-1")
    first_type = _FORM.search(body[max(end, 0) : max(end, 0) + 1_000].decode("latin-1"))
    form = _FORM.search(text) or first_type
    accession, accepted = _ACCESSION.search(text), _ACCEPTED.search(text)
    return Facts(
        accession_number=accession[1] if accession else None,
        form=form[1].strip() if form else None,
        filing_date=_date(_FILED.search(text)),
        accepted_at=eastern_ns(accepted[1]) if accepted else None,
        period=_date(_PERIOD.search(text)),
        items=tuple(_ITEM.findall(text)),
        parties=_parties(text),
        documents=tuple(dict.fromkeys(name.decode("latin-1").strip() for name in _FILE_NAME.findall(body))),
    )


def document_of(body: bytes, name: str) -> bytes:
    """The bytes of one document of a full submission, out of its wrapping. Raises: KeyError where there is none."""
    wanted = name.encode("latin-1", "replace")
    for match in _FILE_NAME.finditer(body):
        if match[1].strip() == wanted:
            text = _BODY.search(body, match.end())
            if text:
                inner = _INNER.fullmatch(text[1])
                return inner[2] if inner else text[1]
    raise KeyError(name)


def eastern_ns(digits: str) -> int | None:
    """`YYYYMMDDHHMMSS`, US Eastern, as nanoseconds UTC; None where it is no time."""
    try:
        moment = datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=EASTERN)
    except ValueError:
        return None
    return datetime_to_ns(moment)


def day_of_digits(digits: str) -> date | None:
    """`YYYYMMDD` as a date; None where it is none."""
    try:
        return date.fromisoformat(digits)
    except ValueError:
        return None


def _date(match: re.Match[str] | None) -> date | None:
    return day_of_digits(match[1]) if match else None


def _parties(text: str) -> tuple[FilingParty, ...]:
    role: Role = "Filer"
    name = ""
    parties: list[FilingParty] = []
    for match in _FIELD.finditer(text):
        if match["role"]:
            role = ROLES[match["role"].replace("-", " ")]
        elif match["cik"]:
            parties.append(FilingParty(int(match["cik"]), name, role))
        else:
            name = (match["name"] or "").strip()
    return tuple(dict.fromkeys(parties))
