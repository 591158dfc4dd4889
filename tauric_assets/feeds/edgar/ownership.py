"""Forms 3, 4 and 5 and their amendments: every transaction and holding line of an ownership document.

    <nonDerivativeTransaction>
        <securityTitle><value>Common Stock</value></securityTitle>
        <transactionDate><value>2025-02-12</value></transactionDate>
        <transactionCoding><transactionCode>A</transactionCode>…<footnoteId id="F1"/></transactionCoding>
        <transactionAmounts><transactionShares><value>1503</value></transactionShares>…

Amounts are exact decimals. What a footnote says instead of a value stays a footnote: the value is null. What looks
implausible is flagged, never dropped. An amendment names the date of what it amends but not its accession number, so
`supersedes` stays null and `date_of_original_submission` is kept.

Belongs here: the XML of schema versions X0101 to X0609 and what its elements become in the tables.
Not here: who filed it and when it was accepted (submission.py); netting, which amendment replaces what.

Specification: EDGAR Ownership XML Technical Specification, versions 1 to 6.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from lxml import etree

from tauric_assets.errors import MalformedDocument
from tauric_assets.feeds.contract import Parsed, Quality, Reject
from tauric_assets.feeds.edgar.clock import any_day, day_instant
from tauric_assets.feeds.edgar.markup import ElementSpans, parse_strict
from tauric_assets.tables import Row

ROOT = "ownershipDocument"
TRANSACTIONS = "insider_transactions"
HOLDINGS = "insider_holdings"
_TABLE_OF = {
    "nonDerivativeTransaction": TRANSACTIONS,
    "derivativeTransaction": TRANSACTIONS,
    "nonDerivativeHolding": HOLDINGS,
    "derivativeHolding": HOLDINGS,
}
_PARENTS = ("nonDerivativeTable", "derivativeTable")
_EARLIEST_PLAUSIBLE = date(1990, 1, 1)
_AMOUNT = re.compile(r"[+-]?(?:\d{1,26}(?:\.\d*)?|\.\d+)", re.ASCII)
_AMOUNT_SCALE = 12
_FLAGS = {"0": False, "false": False, "no": False, "1": True, "true": True, "yes": True}


@dataclass(frozen=True)
class _Head:
    """What every row of a document shares, and what its rows are read with."""

    shared: Row
    period_of_report: date
    footnotes: dict[str, str]
    filing_date: date | None


def parse_ownership(
    xml: bytes, accession_number: str, known_at: int, quality: Quality, filing_date: date | None
) -> Parsed:
    """Read one ownership document.

    Args:
        xml: the document, without the submission around it.
        accession_number: of the submission it came in; empty where nobody knows.
        known_at: when it became public, nanoseconds UTC; `quality` says how well that is known.
        filing_date: the day it was filed, Eastern; None where nobody knows (then dates are not held against it).
    Returns: rows of insider_transactions and insider_holdings in document order; one Reject for each line that cannot
        be read, with `line:column` and its bytes. `records` is the number of lines.
    Raises: MalformedDocument: not XML, not an ownership document, or without readable issuer, owners or period.
    """
    root = _root(xml)
    lines = _lines(root)
    head = _head(root, accession_number, known_at, quality, filing_date)
    parsed = Parsed(records=len(lines))
    spans = ElementSpans(xml, root, tuple(_TABLE_OF))
    for number, line in enumerate(lines, start=1):
        try:
            table = _TABLE_OF.get(str(line.tag))
            if table is None:
                raise ValueError(f"unknown kind of line {line.tag}")
            parsed.add(table, {**head.shared, "row_number": number, **_line_row(line, head, table)})
        except ValueError as error:
            position, raw = spans.find(line)
            parsed.rejects.append(Reject(str(error), position, raw))
    return parsed


def ownership_dates(xml: bytes) -> list[date]:
    """The readable signature dates and the period of report of a document: what its publication is estimated by.

    Raises: MalformedDocument: not XML, or not an ownership document.
    """
    root = _root(xml)
    texts = [_clean(found.text) for found in root.iter("periodOfReport", "signatureDate")]
    days = []
    for text in texts:
        try:
            day = any_day(text)
            day_instant(day)
            days.append(day)
        except ValueError:
            continue
    return days


def _root(xml: bytes) -> etree._Element:
    root = parse_strict(xml)
    if root.tag != ROOT:
        raise MalformedDocument(f"root element is {root.tag!s:.80}, not {ROOT}", f"{root.sourceline}:1")
    return root


def _lines(root: etree._Element) -> list[etree._Element]:
    """The lines in document order: elements of known names anywhere, and whatever else stands in one of the tables."""
    in_tables = [child for table in root.iter(*_PARENTS) for child in table.iterchildren(etree.Element)]
    unknown = {child for child in in_tables if child.tag not in _TABLE_OF}
    if not unknown:
        return list(root.iter(*_TABLE_OF))
    return [element for element in root.iter(etree.Element) if element.tag in _TABLE_OF or element in unknown]


def _values(line: etree._Element) -> dict[str, str]:
    """Texts by element name: of `<name><value>text</value></name>`, or of `<name>text</name>`; the first of each."""
    values: dict[str, str] = {}
    for element in line.iter(etree.Element):
        text = _clean(element.text)
        if text:
            parent = element.getparent()
            named = parent if element.tag == "value" and parent is not None else element
            values.setdefault(str(named.tag), text)
    return values


def _head(
    root: etree._Element, accession_number: str, known_at: int, quality: Quality, filing_date: date | None
) -> _Head:
    owners = [_values(owner) for owner in root.findall("reportingOwner")]
    issuer_element = root.find("issuer")
    issuer = _values(issuer_element) if issuer_element is not None else {}
    top = {str(child.tag): text for child in root.iterchildren(etree.Element) if (text := _clean(child.text))}
    try:
        if not owners:
            raise ValueError("no reportingOwner")
        period = any_day(top.get("periodOfReport", ""))
        day_instant(period)
        shared: Row = {
            "known_at": known_at,
            "known_at_quality": quality,
            "supersedes": None,
            "accession_number": accession_number,
            "form": top.get("documentType", ""),
            "issuer_cik": _cik(issuer.get("issuerCik", "")),
            "issuer_name": issuer.get("issuerName", ""),
            "issuer_symbol": issuer.get("issuerTradingSymbol"),
            "owner_ciks": [_cik(owner.get("rptOwnerCik", "")) for owner in owners],
            "owner_names": [owner.get("rptOwnerName", "") for owner in owners],
            "is_director": _any_owner(owners, "isDirector"),
            "is_officer": _any_owner(owners, "isOfficer"),
            "is_ten_percent_owner": _any_owner(owners, "isTenPercentOwner"),
            "is_other": _any_owner(owners, "isOther"),
            "officer_title": _officer_title(owners),
            "period_of_report": period,
            "date_of_original_submission": _day(top, "dateOfOriginalSubmission"),
            "schema_version": top.get("schemaVersion"),
            "rule_10b5_1": _flag(top, "aff10b5One"),
        }
    except ValueError as error:
        raise MalformedDocument(f"ownership document: {error}", f"{root.sourceline}:1") from None
    footnotes = {note.get("id", ""): _all_text(note) for note in root.iterfind("footnotes/footnote")}
    return _Head(shared, period, footnotes, filing_date)


def _line_row(line: etree._Element, head: _Head, table: str) -> Row:
    values = _values(line)
    row: Row = {
        "derivative": str(line.tag).startswith("derivative"),
        "security_title": values.get("securityTitle"),
        "shares_owned_following": _amount(values, "sharesOwnedFollowingTransaction"),
        "value_owned_following": _amount(values, "valueOwnedFollowingTransaction"),
        "direct_indirect": values.get("directOrIndirectOwnership"),
        "nature_of_ownership": values.get("natureOfOwnership"),
        "conversion_or_exercise_price": _amount(values, "conversionOrExercisePrice"),
        "exercise_date": _day(values, "exerciseDate"),
        "expiration_date": _day(values, "expirationDate"),
        "underlying_security_title": values.get("underlyingSecurityTitle"),
        "underlying_shares": _amount(values, "underlyingSecurityShares"),
        "underlying_value": _amount(values, "underlyingSecurityValue"),
        "footnotes": list(_footnotes(line, head.footnotes)),
    }
    if table == HOLDINGS:
        return row | {"ts_event": day_instant(head.period_of_report), "flags": []}
    transaction_date = _day(values, "transactionDate")
    row |= {
        "ts_event": day_instant(transaction_date or head.period_of_report),
        "transaction_date": transaction_date,
        "deemed_execution_date": _day(values, "deemedExecutionDate"),
        "transaction_code": values.get("transactionCode"),
        "equity_swap": _flag(values, "equitySwapInvolved"),
        "timeliness": values.get("transactionTimeliness"),
        "shares": _amount(values, "transactionShares"),
        "transaction_value": _amount(values, "transactionTotalValue"),
        "price": _amount(values, "transactionPricePerShare"),
        "acquired_disposed": values.get("transactionAcquiredDisposedCode"),
    }
    return row | {"flags": _flags(row, transaction_date, head.filing_date)}


def _flags(row: Row, transaction_date: date | None, filing_date: date | None) -> list[str]:
    flags = []
    if transaction_date is None:
        flags.append("transaction_date_missing")
    elif filing_date is not None and transaction_date > filing_date:
        flags.append("transaction_date_after_filing")
    if transaction_date is not None and transaction_date < _EARLIEST_PLAUSIBLE:
        flags.append("transaction_date_before_1990")
    if any(isinstance(row[name], Decimal) and row[name] < 0 for name in ("shares", "price", "transaction_value")):  # type: ignore[operator]
        flags.append("negative_amount")
    return flags


def _footnotes(line: etree._Element, texts: dict[str, str]) -> Iterator[Row]:
    for citation in line.iter("footnoteId"):
        parent = citation.getparent()
        name = str(parent.tag) if parent is not None else ""
        identity = citation.get("id", "")
        yield {"field": name, "id": identity, "text": texts.get(identity)}


def _any_owner(owners: list[dict[str, str]], name: str) -> bool:
    flags = [_flag(owner, name) for owner in owners]
    return any(flags)


def _officer_title(owners: list[dict[str, str]]) -> str | None:
    titles = [owner.get("officerTitle") for owner in owners]
    return "; ".join(dict.fromkeys(title for title in titles if title)) or None


def _amount(values: dict[str, str], name: str) -> Decimal | None:
    text = values.get(name)
    if text is None:
        return None
    if not _AMOUNT.fullmatch(text):
        raise ValueError(f"{name} is not an amount: {text!r:.80}")
    amount = Decimal(text)
    exponent = amount.normalize().as_tuple().exponent
    if isinstance(exponent, int) and exponent < -_AMOUNT_SCALE:
        raise ValueError(f"{name} has more than {_AMOUNT_SCALE} decimal places: {text!r:.80}")
    return amount


def _day(values: dict[str, str], name: str) -> date | None:
    text = values.get(name)
    if text is None:
        return None
    try:
        return any_day(text)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def _flag(values: dict[str, str], name: str) -> bool | None:
    text = values.get(name)
    if text is None:
        return None
    if text.lower() not in _FLAGS:
        raise ValueError(f"{name} is neither true nor false: {text!r:.80}")
    return _FLAGS[text.lower()]


def _cik(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 10):
        raise ValueError(f"{text!r:.80} is not a CIK")
    return int(text)


def _all_text(element: etree._Element) -> str:
    return _clean("".join(str(part) for part in element.itertext()))


def _clean(text: str | None) -> str:
    return " ".join(text.split()) if text else ""
