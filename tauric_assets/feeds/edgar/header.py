"""The header of a submission: fields, and the parties it names.

Two shapes are read into the same `Header`:

    ACCESSION NUMBER:		0001127602-25-001055        the text of a full submission file, one field a line
    <ACCESSION-NUMBER>0001127602-25-004598<TYPE>4…          the tags of a dissemination (.nc) file

Belongs here: field names of both shapes, parties and their roles, item descriptions to item numbers.
Not here: where a header begins and ends (submission.py); what its values become in tables.

Specification: EDGAR Public Dissemination Service, Technical Specification, appendix of header tags.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from tauric_assets.feeds.edgar.clock import compact_day, day_instant, stamp_instant

Fields = list[tuple[str, str]]

_TAG = re.compile(r"<(/?[A-Z0-9][A-Z0-9_-]*)>([^<\r\n]*)")
_LINE = re.compile(r"\s*(?:<(/?[A-Z0-9][A-Z0-9_ -]*)>|([^\s:<][^:<]*):(?=\s|$))(.*)")

_SIC = re.compile(r"(?:\[|^)(\d{3,4})(?:\]|$)", re.ASCII)
_DATES_OF_CHANGE = ("DATE OF NAME CHANGE", "DATE CHANGED")
_PARTY_DATA = ("COMPANY DATA", "OWNER DATA")
_LONG_NAMES = {
    "TYPE": "CONFORMED SUBMISSION TYPE",
    "PERIOD": "CONFORMED PERIOD OF REPORT",
    "ITEMS": "ITEM INFORMATION",
    "FILING DATE": "FILED AS OF DATE",
    "CONFORMED NAME": "COMPANY CONFORMED NAME",
    "CIK": "CENTRAL INDEX KEY",
}
_ROLES = {
    "FILER": "Filer",
    "REPORTING OWNER": "Reporting",
    "ISSUER": "Issuer",
    "SUBJECT COMPANY": "Subject",
    "FILED BY": "Filed by",
}
_ITEM_NUMBERS = {
    "entry into a material definitive agreement": "1.01",
    "termination of a material definitive agreement": "1.02",
    "bankruptcy or receivership": "1.03",
    "mine safety - reporting of shutdowns and patterns of violations": "1.04",
    "material cybersecurity incidents": "1.05",
    "completion of acquisition or disposition of assets": "2.01",
    "results of operations and financial condition": "2.02",
    "creation of a direct financial obligation or an obligation under an off-balance sheet arrangement of a"
    " registrant": "2.03",
    "triggering events that accelerate or increase a direct financial obligation or an obligation under an off-balance"
    " sheet arrangement": "2.04",
    "cost associated with exit or disposal activities": "2.05",
    "costs associated with exit or disposal activities": "2.05",
    "material impairments": "2.06",
    "notice of delisting or failure to satisfy a continued listing rule or standard; transfer of listing": "3.01",
    "unregistered sales of equity securities": "3.02",
    "material modifications to rights of security holders": "3.03",
    "changes in registrant's certifying accountant": "4.01",
    "non-reliance on previously issued financial statements or a related audit report or completed interim"
    " review": "4.02",
    "changes in control of registrant": "5.01",
    "departure of directors or certain officers; election of directors; appointment of certain officers: compensatory"
    " arrangements of certain officers": "5.02",
    "departure of directors or principal officers; election of directors; appointment of principal officers": "5.02",
    "amendments to articles of incorporation or bylaws; change in fiscal year": "5.03",
    "temporary suspension of trading under registrant's employee benefit plans": "5.04",
    "amendments to the registrant's code of ethics, or waiver of a provision of the code of ethics": "5.05",
    "change in shell company status": "5.06",
    "submission of matters to a vote of security holders": "5.07",
    "shareholder director nominations": "5.08",
    "shareholder nominations pursuant to exchange act rule 14a-11": "5.08",
    "regulation fd disclosure": "7.01",
    "other events": "8.01",
    "financial statements and exhibits": "9.01",
}
_FIRST_NUMBERED_ITEMS = date(2004, 8, 23)


@dataclass(frozen=True)
class FormerName:
    """A name a party had until `changed_on`; None where the header does not say when it was given up."""

    name: str
    changed_on: date | None


@dataclass(frozen=True)
class Party:
    """One party of a submission; `role` as the current-filings feed writes it (Filer, Reporting, Issuer, Subject).

    Args:
        former: its former names, newest first as the header has them.
        sic: standard industrial classification; None where it has none.
        state_of_incorporation: EDGAR's two-letter code, e.g. DE or P7; `fiscal_year_end`: MMDD. Empty where unknown.
    """

    cik: int
    name: str
    role: str
    former: tuple[FormerName, ...] = ()
    sic: int | None = None
    state_of_incorporation: str = ""
    fiscal_year_end: str = ""

    @property
    def former_names(self) -> tuple[str, ...]:
        """Its former names without their dates."""
        return tuple(one.name for one in self.former)


@dataclass(frozen=True)
class Header:
    """What the header says.

    Args:
        fields: every field in order, name and value, names as in the text shape without hyphens.
        accepted_at: nanoseconds UTC; None where the header has no readable acceptance time.
        private_to_public: was accepted in private and published later (correspondence with the SEC's staff).
        items: numbers where the description is a current 8-K's, otherwise the description or code itself.
    """

    accession_number: str
    form: str
    fields: Fields = field(repr=False)
    parties: tuple[Party, ...] = ()
    accepted_at: int | None = None
    filing_date: date | None = None
    period_of_report: date | None = None
    items: tuple[str, ...] = ()
    private_to_public: bool = False


def parse_header(text: str) -> Header:
    """Read a header of either shape.

    Raises: ValueError where it has no accession number or no submission type.
    """
    fields = list(_tag_fields(text) if _is_tagged(text) else _line_fields(text))
    general = _first_values(fields)
    accession_number = general.get("ACCESSION NUMBER", "")
    form = general.get("CONFORMED SUBMISSION TYPE", "")
    if not re.fullmatch(r"\d{10}-\d{2}-\d{6}", accession_number, re.ASCII) or not form:
        raise ValueError(f"header without accession number ({accession_number!r}) or submission type ({form!r})")
    filing_date = _day(general.get("FILED AS OF DATE", ""))
    return Header(
        accession_number=accession_number,
        form=form,
        fields=fields,
        parties=tuple(_parties(fields)),
        accepted_at=_instant(general.get("ACCEPTANCE DATETIME", "")),
        filing_date=filing_date,
        period_of_report=_day(general.get("CONFORMED PERIOD OF REPORT", "")),
        items=_items((value for name, value in fields if name == "ITEM INFORMATION" and value), form, filing_date),
        private_to_public="PRIVATE TO PUBLIC" in general,
    )


def _is_tagged(text: str) -> bool:
    return re.search(r"<ACCESSION-NUMBER>", text) is not None


def _tag_fields(text: str) -> Iterable[tuple[str, str]]:
    for match in _TAG.finditer(text):
        name = match[1].replace("-", " ").replace("_", " ")
        yield _LONG_NAMES.get(name, name), match[2].strip()


def _line_fields(text: str) -> Iterable[tuple[str, str]]:
    for line in text.splitlines():
        match = _LINE.match(line)
        if match:
            yield (match[1] or match[2]).strip().replace("-", " "), match[3].strip()


def _first_values(fields: Fields) -> dict[str, str]:
    values: dict[str, str] = {}
    for name, value in fields:
        if name in _PARTY_DATA:
            break
        values.setdefault(name, value)
    return values


def _parties(fields: Fields) -> Iterable[Party]:
    """Each block of party data, up to the next; its role is the empty field that opened it."""
    role, start = "", None
    for at, (name, _) in enumerate(fields):
        if name in _PARTY_DATA:
            if start is not None:
                yield from _party(role, fields[start:at])
            role, start = (fields[at - 1][0] if at and not fields[at - 1][1] else ""), at + 1
    if start is not None:
        yield from _party(role, fields[start:])


def _party(role: str, fields: Fields) -> Iterable[Party]:
    values = dict(reversed(fields))
    cik = values.get("CENTRAL INDEX KEY", "")
    if cik.isascii() and cik.isdigit() and len(cik) <= 10:
        yield Party(
            cik=int(cik),
            name=values.get("COMPANY CONFORMED NAME", ""),
            role=_ROLES.get(role, role.capitalize()),
            former=tuple(_former_names(fields)),
            sic=_sic(values),
            state_of_incorporation=values.get("STATE OF INCORPORATION", ""),
            fiscal_year_end=values.get("FISCAL YEAR END", ""),
        )


def _former_names(fields: Fields) -> Iterable[FormerName]:
    """Each former name with the date that stands before the next one."""
    name, changed_on = "", None
    for field_name, value in [*fields, ("FORMER CONFORMED NAME", "")]:
        if field_name == "FORMER CONFORMED NAME":
            if name:
                yield FormerName(name, changed_on)
            name, changed_on = value, None
        elif field_name in _DATES_OF_CHANGE and name:
            changed_on = _day(value)


def _sic(values: dict[str, str]) -> int | None:
    match = _SIC.search(values.get("ASSIGNED SIC", "") or values.get("STANDARD INDUSTRIAL CLASSIFICATION", ""))
    return int(match[1]) if match else None


def _items(values: Iterable[str], form: str, filing_date: date | None) -> tuple[str, ...]:
    if not form.startswith("8-K") or filing_date is None or filing_date < _FIRST_NUMBERED_ITEMS:
        return tuple(values)
    return tuple(_ITEM_NUMBERS.get(" ".join(value.lower().replace("’", "'").split()), value) for value in values)


def _day(text: str) -> date | None:
    try:
        day = compact_day(text)
        day_instant(day)
        return day
    except ValueError:
        return None


def _instant(text: str) -> int | None:
    try:
        return stamp_instant(text)
    except ValueError:
        return None
