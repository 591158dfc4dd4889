"""Schedules 13D and 13G and their amendments: one row for each reporting person's cover page.

    <reportingPersonInfo>                                      the XML since December 2024; the two schedules spell
        <reportingPersonCIK>0001380585</reportingPersonCIK>    almost every element differently
        <reportingPersonName>Radoff Bradley Louis</…>
        <soleVotingPower>2202710.00</soleVotingPower>
        <aggregateAmountOwned>2397710.00</aggregateAmountOwned><percentOfClass>10.3</percentOfClass>

Before, covers are HTML or text (covers.py). A value that is no number (`less than 1%`, `see Item 5`) is null and named
in `flags`; a person of whom no number can be read is a reject.

Belongs here: covers of every age as rows of `beneficial_ownership`.
Not here: where a paper cover's values stand (covers.py), the schedules' items as text (sections.py).

Specification: EDGAR Schedule 13D and Schedule 13G XML Technical Specification; 17 CFR 240.13d-101 and 13d-102.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from lxml import etree

from tauric_assets.errors import MalformedDocument
from tauric_assets.feeds.contract import Parsed, Quality, Reject
from tauric_assets.feeds.edgar.clock import day_instant
from tauric_assets.feeds.edgar.covers import PersonCover, front_page, group_mark, person_covers, without_margin
from tauric_assets.feeds.edgar.figures import amount, any_written_day, cik, cusip, days_in, is_cusip
from tauric_assets.feeds.edgar.header import Party
from tauric_assets.feeds.edgar.institutions import local
from tauric_assets.feeds.edgar.markup import RAW_BYTES_MAX, parse_strict
from tauric_assets.feeds.edgar.prose import read_prose
from tauric_assets.tables import Row

BENEFICIAL = "beneficial_ownership"
AMOUNTS = (
    "sole_voting_power",
    "shared_voting_power",
    "sole_dispositive_power",
    "shared_dispositive_power",
    "aggregate_amount",
    "percent_of_class",
)
PERCENT_MAX = Decimal(100)

_PERSONS = ("reportingPersonInfo", "coverPageHeaderReportingPersonDetails")
_XML_NAMES = {
    "solevotingpower": "sole_voting_power",
    "sharedvotingpower": "shared_voting_power",
    "soledispositivepower": "sole_dispositive_power",
    "shareddispositivepower": "shared_dispositive_power",
    "aggregateamountowned": "aggregate_amount",
    "reportingpersonbeneficiallyownedaggregatenumberofshares": "aggregate_amount",
    "percentofclass": "percent_of_class",
    "classpercent": "percent_of_class",
    "reportingpersonname": "person_name",
    "reportingpersoncik": "person_cik",
    "citizenshipororganization": "citizenship",
    "memberofgroup": "member_of_group",
    "membergroup": "member_of_group",
}
_COVER_NAMES = {
    "securitiesclasstitle": "title_of_class",
    "dateofevent": "event_date",
    "eventdaterequiresfilingthisstatement": "event_date",
    "issuercik": "issuer_cik",
    "issuername": "issuer_name",
    "issuercusip": "cusip",
    "issuercusipnumber": "cusip",
    "amendmentno": "amendment_number",
    "previousaccessionnumber": "previous_accession_number",
}
_TYPES = ("BD", "BK", "IC", "IV", "IA", "EP", "HC", "SA", "CP", "CO", "PN", "IN", "FI", "OO")
_TYPE = re.compile(rf"(?<![A-Za-z])(?:{'|'.join(_TYPES)})(?![A-Za-z])")
_TYPE_LINE_CHARACTERS_MAX = 60
_NUMBER = re.compile(r"(?<![\w.,])(?:\d[\d,]*(?:\.\d+)?|\.\d+)(?![\w,.]*\w)")
_FOOTNOTE = re.compile(
    r"\(\s*\d{1,2}\s*\)|\[\s*\d{1,2}\s*\]"
    r"|\b(?:items?|notes?|rows?|footnotes?|pages?|exhibits?|annex)\s+\(?\d{1,2}\)?(?:\([a-z]\))*",
    re.IGNORECASE,
)
_NONE = re.compile(r"[\W_]*(?:-+\s*0\s*-+|none|nil|zero|no\s+shares)\b", re.IGNORECASE)
_ABSENT = re.compile(r"\W*(?:n\s*/?\s*a|not\s+applicable|)[\W_]*", re.IGNORECASE)
_LESS = re.compile(r"less\s+than|under|<|\bbelow\b", re.IGNORECASE)
_WORDS = re.compile(r"[a-z0-9]+")
_SUFFIXES = frozenset(
    (
        *("inc", "corp", "corporation", "co", "company", "llc", "lp", "llp", "ltd", "limited"),
        *("plc", "sa", "nv", "ag", "gp", "the"),
    )
)


@dataclass(frozen=True)
class Schedule:
    """What the submission around a schedule says.

    Args:
        form: as EDGAR writes it, e.g. `SC 13G/A` or `SCHEDULE 13D`.
        known_at: nanoseconds UTC.
        issuer: the subject company; None where nobody knows.
        filers: who filed it; names persons' CIKs.
    """

    accession_number: str
    form: str
    known_at: int
    quality: Quality
    filing_date: date | None = None
    issuer: Party | None = None
    filers: tuple[Party, ...] = ()

    @property
    def kind(self) -> str:
        """13D or 13G."""
        return "13G" if "13G" in self.form.upper() else "13D"


def parse_schedule_xml(xml: bytes, schedule: Schedule) -> Parsed:
    """Read the primary document of a SCHEDULE 13D or 13G.

    Returns: rows of beneficial_ownership, one a person in document order; one Reject for each that cannot be read.
    Raises: MalformedDocument: not XML, without cover page or without any person.
    """
    root = parse_strict(xml)
    page = next(root.iter("{*}coverPageHeader"), None)
    persons = [element for element in root.iter(etree.Element) if local(element) in _PERSONS]
    if page is None or not persons:
        raise MalformedDocument(f"{local(root):.80} without cover page or without reporting person", "1:1")
    said = _named(root, _COVER_NAMES, outside=persons)
    rules = [_bare_rule(element.text or "") for element in page.iter("{*}designateRulePursuantThisScheduleFiled")]
    parsed = Parsed(records=len(persons))
    for number, person in enumerate(persons, start=1):
        try:
            values = _named(person, _XML_NAMES)
            types = [_flat(one.text) for one in person.iter("{*}typeOfReportingPerson")]
            row = _row(schedule, said, values, number) | {"person_types": [one for one in types if one]}
            parsed.add(BENEFICIAL, row | {"rules": [rule for rule in rules if rule]})
        except ValueError as error:
            raw = etree.tostring(person, with_tail=False)[:RAW_BYTES_MAX]
            parsed.rejects.append(Reject(str(error), f"{person.sourceline}:1", raw))
    return parsed


def parse_schedule_text(body: bytes, schedule: Schedule) -> Parsed:
    """Read the covers of a schedule in HTML or plain text.

    Returns: as `parse_schedule_xml`; positions are `person N`.
    Raises: MalformedDocument: no cover page of a reporting person in it.
    """
    text = read_prose(body).text
    covers = person_covers(text, schedule.kind)
    if not covers:
        raise MalformedDocument("no cover page of a reporting person with its numbered rows", "0")
    page = front_page(text)
    said = {
        "issuer_name": page.issuer_name,
        "title_of_class": page.title_of_class,
        "cusip": page.cusip,
        "event_date": page.event_date,
        "amendment_number": page.amendment_number,
    }
    parsed = Parsed(records=len(covers))
    for number, cover in enumerate(covers, start=1):
        try:
            row = _row(schedule, said, _paper_values(cover), number)
            types = _person_types(cover.rows.get("person_types", ""))
            parsed.add(BENEFICIAL, row | {"person_types": types, "rules": list(page.rules)})
        except ValueError as error:
            raw = "\n".join((cover.name, *cover.rows.values())).encode()[:RAW_BYTES_MAX]
            parsed.rejects.append(Reject(str(error), f"person {number}", raw))
    return parsed


def _row(schedule: Schedule, said: Mapping[str, str], values: Mapping[str, str], number: int) -> Row:
    """One person's row, without types and rules."""
    flags: list[str] = []
    name = values.get("person_name", "")
    if not name:
        raise ValueError("cover page without the name of a reporting person")
    amounts = {column: _value(values.get(column, ""), column, flags) for column in AMOUNTS}
    if all(one is None for one in amounts.values()):
        raise ValueError("cover page without any readable number")
    percent = amounts["percent_of_class"]
    if percent is not None and percent > PERCENT_MAX:
        flags.append("percent_of_class_above_100")
    event = _event_date(said.get("event_date", ""), flags)
    if event and schedule.filing_date and event > schedule.filing_date:
        flags.append("event_date_after_filing")
    code = cusip(said.get("cusip", ""))
    if not is_cusip(code):
        flags.append("cusip_check_digit" if code else "cusip_missing")
    issuer_cik = schedule.issuer.cik if schedule.issuer else _cik(said.get("issuer_cik"))
    return {
        "ts_event": day_instant(event) if event else schedule.known_at,
        "known_at": schedule.known_at,
        "known_at_quality": schedule.quality,
        "supersedes": None,
        "accession_number": schedule.accession_number,
        "row_number": number,
        "form": schedule.form,
        "issuer_cik": issuer_cik,
        "issuer_name": said.get("issuer_name") or (schedule.issuer.name if schedule.issuer else None),
        "title_of_class": said.get("title_of_class") or None,
        "cusip": code or None,
        "event_date": event,
        "person_name": name,
        "person_cik": _cik(values.get("person_cik")) or _cik_of(name, schedule.filers),
        "citizenship": values.get("citizenship") or None,
        "member_of_group": values.get("member_of_group") or None,
        **amounts,
        "amendment_number": _whole(said.get("amendment_number", "")),
        "previous_accession_number": said.get("previous_accession_number"),
        "flags": flags,
    }


def _paper_values(cover: PersonCover) -> dict[str, str]:
    values = {column: without_margin(cover.rows.get(column, "")) for column in AMOUNTS}
    citizenship = without_margin(cover.rows.get("citizenship", "")).splitlines()
    return values | {
        "person_name": cover.name,
        "citizenship": citizenship[0].strip() if citizenship else "",
        "member_of_group": group_mark(cover.rows.get("group", "")) or "",
    }


def _value(text: str, column: str, flags: list[str]) -> Decimal | None:
    """The first number of `text`; null, and named in `flags`, where it says something that is none."""
    plain = _FOOTNOTE.sub(" ", text)
    if _NONE.match(plain):
        return Decimal(0)
    if _ABSENT.fullmatch(plain):
        return None
    match = _NUMBER.search(plain)
    if match is None or (column == "percent_of_class" and _LESS.search(plain[: match.start()])):
        flags.append(f"{column}_not_a_number")
        return None
    return amount(match[0].rstrip(","))


def _person_types(text: str) -> list[str]:
    """The codes on the first short line that has any."""
    for line in text.splitlines():
        codes = _TYPE.findall(line)
        if codes and len(line) <= _TYPE_LINE_CHARACTERS_MAX:
            return list(dict.fromkeys(codes))
    return []


def _event_date(text: str, flags: list[str]) -> date | None:
    try:
        return any_written_day(text)
    except ValueError:
        found = days_in(text)
        if found:
            return found[0]
        flags.append("event_date_unreadable" if text else "event_date_missing")
        return None


def _cik_of(name: str, filers: Iterable[Party]) -> int | None:
    """The CIK of the one filer whose name has the same words, whatever their order."""
    wanted = _words(name)
    found = {one.cik for one in filers if (words := _words(one.name)) and (words <= wanted or wanted <= words)}
    return found.pop() if wanted and len(found) == 1 else None


def _words(name: str) -> set[str]:
    plain = name.lower().replace(".", "").replace("'", "")
    return {word for word in _WORDS.findall(plain) if len(word) > 1 and word not in _SUFFIXES}


def _named(element: etree._Element, names: Mapping[str, str], outside: Iterable[etree._Element] = ()) -> dict[str, str]:
    """Texts of the elements whose names are known, the first of each; not what lies inside any of `outside`."""
    skipped = {inner for one in outside for inner in one.iter(etree.Element)}
    values: dict[str, str] = {}
    for inner in element.iter(etree.Element):
        column = names.get(local(inner).lower())
        text = _flat(inner.text)
        if column and text and inner not in skipped:
            values.setdefault(column, text)
    return values


def _flat(text: str | None) -> str:
    return " ".join(text.split()) if text else ""


def _bare_rule(text: str) -> str:
    match = re.search(r"13d-1\s*\(\s*([bcd])\s*\)", text, re.IGNORECASE)
    return f"13d-1({match[1].lower()})" if match else ""


def _cik(text: str | None) -> int | None:
    return cik(text) if text else None


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
