"""The submissions list of a CIK: who it is, what it was called, and the filings it is a party of.

    {"cik": "0001318605", "entityType": "operating", "sic": "3711", "name": "Tesla, Inc.", "tickers": ["TSLA"], …,
     "formerNames": [
       {"name": "TESLA MOTORS INC", "from": "2005-02-17T00:00:00.000Z", "to": "2017-01-27T00:00:00.000Z"}],
     "filings": {"recent": {
       "accessionNumber": ["0001104659-26-021746", …], "acceptanceDateTime": ["2026-02-27T19:00:21.000Z", …],
       "filingDate": ["2026-02-27", …], "primaryDocument": ["xslF345X05/tm267481-1_4seq1.xml", …], …},
      "files": [{"name": "CIK0001318605-submissions-001.json", "filingFrom": "2005-02-17", "filingTo": "2018-02-11"}]}}

`from` and `to` of a former name are the days of the first and the last filing under it. An older page holds the columns
alone.

Belongs here: the JSON as rows, and when each was known. Not here: requests (collect.py), names in texts (text/).

Specification: "EDGAR Application Programming Interfaces", https://www.sec.gov/search-filings/edgar-application-programming-interfaces.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast

from tauric_assets.errors import MalformedDocument
from tauric_assets.feeds.contract import Parsed, Reject
from tauric_assets.feeds.edgar.clock import any_day, close_of, listed_instant
from tauric_assets.feeds.edgar.data_json import decode_object, raw_of, read_cik
from tauric_assets.feeds.edgar.listing import ACCESSION
from tauric_assets.feeds.edgar.rows import Known
from tauric_assets.feeds.values import clean_text
from tauric_assets.tables import Row

PAGE_NAME = re.compile(r"CIK(\d{10})-submissions-\d{3}\.json", re.ASCII)
_STYLE_FOLDER = re.compile(r"xsl[^/]*/", re.ASCII)
_REQUIRED = ("accessionNumber", "filingDate", "form")
_DAY_HEAD = re.compile(r"(\d{4}-\d{2}-\d{2})(?:T.*)?", re.ASCII)
_BREAKS = re.compile(r"\s*<br>\s*", re.IGNORECASE)
_TEXTS = {
    "entity_type": "entityType",
    "sic": "sic",
    "sic_description": "sicDescription",
    "category": "category",
    "state_of_incorporation": "stateOfIncorporation",
    "fiscal_year_end": "fiscalYearEnd",
}


@dataclass(frozen=True)
class _Span:
    """A name and the days of the first and last filing under it; None where they are not told or it is in use."""

    name: str
    first: date | None
    last: date | None


def read_profile(body: bytes, seen: Known) -> Parsed:
    """Rows of a submissions list: `companies`, `company_names`, `listed_filings`.

    Args:
        seen: when the list itself became known.
    Returns: one row of `companies`, known since the list was. For each former name a row known since the first filing
        under it, and one with its end, known since the first filing told under another name after that; for the name in
        use a row known since the first filing told under it. All these are estimates from days, 22:00 Eastern; where
        no day is told the name is known since the list was. A row of `listed_filings` for each filing, known since its
        acceptance read as Eastern, always an estimate (22:00 of the filing date where it has none).
    Raises: MalformedDocument: too long, not JSON, or not the list of a CIK.
    """
    document = decode_object(body, "submissions list")
    filings = document.get("filings")
    recent = filings.get("recent") if isinstance(filings, dict) else None
    name = _text(document, "name")
    if not isinstance(recent, dict) or not name:
        raise MalformedDocument("submissions list without name or filings", "filings.recent")
    try:
        cik = read_cik(document.get("cik"))
    except ValueError as error:
        raise MalformedDocument(f"submissions list: {error}", "cik") from None
    parsed = Parsed(records=1)
    parsed.add("companies", _times(seen) | _company(cik, name, document))
    listed = _read_columns(cik, recent, "filings.recent", parsed)
    _read_names(cik, name, document, _filing_days(listed, filings), seen, parsed)
    return parsed


def read_older_page(body: bytes, cik: int) -> Parsed:
    """Rows of `listed_filings` of an older page of a CIK's list.

    Raises: MalformedDocument: too long, not JSON, or not such a page.
    """
    parsed = Parsed()
    _read_columns(cik, decode_object(body, "submissions list"), "", parsed)
    return parsed


def older_pages(body: bytes) -> list[str]:
    """Names of the files that hold what a list has no room for, newest first; empty where it has none or is no list."""
    try:
        filings = decode_object(body, "submissions list").get("filings")
    except MalformedDocument:
        return []
    names = (file.get("name") for file in _dicts(filings, "files"))
    return [name for name in names if isinstance(name, str) and PAGE_NAME.fullmatch(name)]


def _company(cik: int, name: str, document: Mapping[str, object]) -> Row:
    texts = {column: _text(document, field) for column, field in _TEXTS.items()}
    category = _BREAKS.sub("; ", texts["category"] or "").strip("; ")
    return {"cik": cik, "name": name} | texts | {
        "category": category or None,
        "tickers": _text_list(document.get("tickers")),
        "exchanges": _text_list(document.get("exchanges")),
    }  # fmt: skip


def _read_columns(cik: int, columns: Mapping[str, object], position: str, parsed: Parsed) -> list[Row]:
    """Add a row for each filing of the columns; returns those rows."""
    lists = {name: column for name, column in columns.items() if isinstance(column, list)}
    numbers = lists.get("accessionNumber")
    if numbers is None or not set(_REQUIRED) <= set(lists):
        raise MalformedDocument("submissions list without columns of filings", position or "0")
    uneven = [name for name, column in lists.items() if len(column) != len(numbers)]
    if uneven:
        told = f"{len(numbers)} accession numbers, but {len(lists[uneven[0]])} of {uneven[0][:40]}"
        raise MalformedDocument(f"submissions list: {told}", position or "0")
    rows: dict[object, Row] = {}
    for number in range(len(numbers)):
        parsed.records += 1
        fields = {name: column[number] for name, column in lists.items()}
        try:
            row = _listed(cik, fields)
        except ValueError as error:
            parsed.rejects.append(Reject(str(error), f"{position}[{number}]", raw_of(fields)))
            continue
        if row["accession_number"] in rows:
            parsed.ignored += 1
            continue
        rows[row["accession_number"]] = row
        parsed.add("listed_filings", row)
    return list(rows.values())


def _listed(cik: int, fields: Mapping[str, object]) -> Row:
    number, form, filed = fields["accessionNumber"], _text(fields, "form"), _text(fields, "filingDate")
    if not isinstance(number, str) or not ACCESSION.fullmatch(number):
        raise ValueError(f"{str(number)[:40]!r} is not an accession number")
    filing_date, reported = any_day(filed or ""), _text(fields, "reportDate")
    acceptance = _text(fields, "acceptanceDateTime")
    known_at = listed_instant(acceptance) if acceptance else close_of(filing_date)
    primary = _text(fields, "primaryDocument") or ""
    return _times(Known(known_at, "estimated")) | {
        "accession_number": number,
        "cik": cik,
        "form": form,
        "filing_date": filing_date,
        "report_date": any_day(reported) if reported else None,
        "acceptance": acceptance,
        "items": [item for item in (_text(fields, "items") or "").split(",") if item],
        "primary_document": _STYLE_FOLDER.sub("", primary, count=1) or None,
        "size_bytes": _whole(fields.get("size")),
        "is_xbrl": _flag(fields.get("isXBRL")),
        "is_inline_xbrl": _flag(fields.get("isInlineXBRL")),
    }


def _filing_days(listed: Sequence[Row], filings: object) -> list[date]:
    """Days on which the CIK is known to have filed: of the listed filings, and the ends of the older pages."""
    days = [cast("date", row["filing_date"]) for row in listed]
    for end in (file.get(name) for file in _dicts(filings, "files") for name in ("filingFrom", "filingTo")):
        try:
            days += [day] if (day := _day_of(end)) else []
        except ValueError:
            continue  # a page that says nothing of its days
    return sorted(days)


def _read_names(
    cik: int, name: str, document: Mapping[str, object], filed: Sequence[date], seen: Known, parsed: Parsed
) -> None:
    former: list[_Span] = []
    start: date | None = None
    told_names = document.get("formerNames")
    for number, entry in enumerate(told_names if isinstance(told_names, list) else []):
        try:
            span = _span(entry)
        except ValueError as error:
            parsed.records += 1
            parsed.rejects.append(Reject(str(error), f"formerNames[{number}]", raw_of(entry)))
            continue
        if span.name == name:  # taken again, or never given up
            parsed.records += 1
            parsed.ignored += 1
            start = span.first
        else:
            former.append(span)
    ends = [span.last for span in former if span.last]
    if start is None:
        start = next((day for day in filed if not ends or day > max(ends)), None)
    spans = [*former, _Span(name, start, None)]
    told: set[tuple[object, object]] = set()
    for span in spans:
        for row in _statements(cik, span, spans, seen):
            parsed.records += 1
            if (row["name"], row["known_at"]) in told:
                parsed.ignored += 1
                continue
            told.add((row["name"], row["known_at"]))
            parsed.add("company_names", row)


def _statements(cik: int, span: _Span, spans: Sequence[_Span], seen: Known) -> list[Row]:
    """What became known of a name: that it is used, and that it is not used any more."""
    start: Row = {"cik": cik, "name": span.name, "valid_from": span.first, "valid_to": None}
    rows = [_times(_by_day(span.first, seen)) | start]
    if span.last is not None:
        ended = max(span.last, span.first or span.last)
        others = (day for one in spans if one is not span for day in (one.first, one.last) if day and day > ended)
        rows.append(_times(_by_day(min(others, default=None), seen)) | start | {"valid_to": span.last})
    return rows


def _times(known: Known) -> Row:
    return {"ts_event": known.at, "known_at": known.at, "known_at_quality": known.quality, "supersedes": None}


def _by_day(day: date | None, otherwise: Known) -> Known:
    return Known(close_of(day), "estimated") if day else otherwise


def _span(entry: object) -> _Span:
    name = _text(entry, "name") if isinstance(entry, dict) else None
    if not name:
        raise ValueError("a former name without a name")
    assert isinstance(entry, dict)
    return _Span(name, _day_of(entry.get("from")), _day_of(entry.get("to")))


def _day_of(value: object) -> date | None:
    """The day of `2005-02-17T00:00:00.000Z` or `2005-02-17`; None where nothing is told. Raises ValueError."""
    if value in (None, ""):
        return None
    match = _DAY_HEAD.fullmatch(value) if isinstance(value, str) else None
    if not match:
        raise ValueError(f"{str(value)[:40]!r} is no day")
    day = any_day(match[1])
    close_of(day)
    return day


def _dicts(value: object, name: str) -> list[dict[str, object]]:
    """The objects of the list called `name` in `value`; empty where there is none."""
    found = value.get(name) if isinstance(value, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _text(fields: Mapping[str, object], name: str) -> str | None:
    value = fields.get(name)
    return clean_text(value).strip() or None if isinstance(value, str) else None


def _text_list(value: object) -> list[str | None]:
    if not isinstance(value, list):
        return []
    return [clean_text(one) if isinstance(one, str) and one else None for one in value]


def _whole(value: object) -> int | None:
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 18 else None


def _flag(value: object) -> bool | None:
    return {"0": False, "1": True, False: False, True: True}.get(value) if isinstance(value, str | bool) else None
