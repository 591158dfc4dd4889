"""Forms 3, 4 and 5 and their amendments: every transaction and holding line of an ownership document.

    <nonDerivativeTransaction>
        <securityTitle><value>Common Stock</value></securityTitle>
        <transactionDate><value>2025-02-12</value></transactionDate>
        <transactionCoding><transactionCode>A</transactionCode>…<footnoteId id="F1"/></transactionCoding>
        <transactionAmounts><transactionShares><value>1503</value></transactionShares>…

Amounts are exact decimals. What a footnote says instead of a value stays a footnote: the value is null, and for a price
the flag `price_in_footnote` says so. What looks implausible is flagged, never dropped. An amendment names the date of
what it amends but not its accession number, so `supersedes` stays null and `date_of_original_submission` is kept.

Belongs here: the XML of schema versions X0101 to X0609 and what its elements become in the tables.
Not here: texts as values (ownership_values.py); who filed it and when it was accepted (submission.py); netting, which
amendment replaces what (research).

Specification: EDGAR Ownership XML Technical Specification, versions 1 to 6.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import islice

from lxml import etree

from tauric_assets.errors import MalformedDocument
from tauric_assets.feeds.contract import Parsed, Quality, Reject
from tauric_assets.feeds.edgar.clock import any_day, day_instant
from tauric_assets.feeds.edgar.markup import ElementSpans, parse_strict
from tauric_assets.feeds.edgar.ownership_values import amount, cik, clean, day, flag, names_rule_10b5_1, optional, words
from tauric_assets.tables import Row

ROOT = "ownershipDocument"
REPORTS = "insider_reports"
TRANSACTIONS = "insider_transactions"
HOLDINGS = "insider_holdings"
_TABLE_OF = {
    "nonDerivativeTransaction": TRANSACTIONS,
    "derivativeTransaction": TRANSACTIONS,
    "nonDerivativeHolding": HOLDINGS,
    "derivativeHolding": HOLDINGS,
}
_Reading = tuple[str, Callable[[str, str], object]]
_OF_HOLDINGS: dict[str, _Reading] = {
    "securityTitle": ("security_title", words),
    "sharesOwnedFollowingTransaction": ("shares_owned_following", amount),
    "valueOwnedFollowingTransaction": ("value_owned_following", amount),
    "directOrIndirectOwnership": ("direct_indirect", words),
    "natureOfOwnership": ("nature_of_ownership", words),
    "conversionOrExercisePrice": ("conversion_or_exercise_price", amount),
    "exerciseDate": ("exercise_date", day),
    "expirationDate": ("expiration_date", day),
    "underlyingSecurityTitle": ("underlying_security_title", words),
    "underlyingSecurityShares": ("underlying_shares", amount),
    "underlyingSecurityValue": ("underlying_value", amount),
}
_OF_TRANSACTIONS: dict[str, _Reading] = {
    "transactionDate": ("transaction_date", day),
    "deemedExecutionDate": ("deemed_execution_date", day),
    "transactionFormType": ("transaction_form", words),
    "transactionCode": ("transaction_code", words),
    "equitySwapInvolved": ("equity_swap", flag),
    "transactionTimeliness": ("timeliness", words),
    "transactionShares": ("shares", amount),
    "transactionTotalValue": ("transaction_value", amount),
    "transactionPricePerShare": ("price", amount),
    "transactionAcquiredDisposedCode": ("acquired_disposed", words),
}
_READINGS = {HOLDINGS: _OF_HOLDINGS, TRANSACTIONS: _OF_HOLDINGS | _OF_TRANSACTIONS}
"""Element of a line to the column it becomes and how it is read, by table."""
_PARENTS = ("nonDerivativeTable", "derivativeTable")
_PRICE = "transactionPricePerShare"
BYTES_MAX = 600_000
"""EDGAR takes 30 lines a table and 99 footnotes of 1,000 characters: honest documents are half of this."""
LINES_MAX = 2_000
REPEATED_CHARACTERS_MAX = 8_000_000
"""What lines repeat of the report and of its footnotes, all lines together: a small document can be a large table."""

_EARLIEST_PLAUSIBLE = date(1990, 1, 1)


@dataclass(frozen=True)
class _Head:
    """What the rows of a document share, and what they are read with.

    Args:
        report: the columns of the report's row that do not depend on its lines.
        lines: a row for each table of lines, as it is before anything is read of the line.
        characters: how long the texts are that every line repeats.
        footnotes: text by id; `plan_notes`: ids of those that name Rule 10b5-1.
        latest: the day after which nothing reported can lie, and the flag for what does.
    """

    report: Row
    lines: Mapping[str, Row]
    characters: int
    period_of_report: date
    footnotes: Mapping[str, str]
    plan_notes: frozenset[str]
    latest: tuple[date | None, str]


def parse_ownership(
    xml: bytes,
    accession_number: str,
    known_at: int,
    quality: Quality,
    filing_date: date | None,
    document_name: str = "",
) -> Parsed:
    """Read one ownership document.

    Args:
        xml: the document, without the submission around it.
        accession_number: of the submission it came in; empty where nobody knows.
        known_at: when it became public, nanoseconds UTC; `quality` says how well that is known.
        filing_date: the day it was filed, Eastern; None where nobody knows (dates are then held against the
            signatures).
        document_name: its file name in the submission.
    Returns: one row of insider_reports; rows of insider_transactions and insider_holdings in document order; one Reject
        for each line that cannot be read, with `line:column` and its bytes. `records` is the number of lines plus one.
    Raises: MalformedDocument: not XML, not an ownership document, without readable issuer, owners or period, or larger
        than any honest one.
    """
    root = _root(xml)
    lines = _lines(root)
    if len(lines) > LINES_MAX:
        raise MalformedDocument(f"more than {LINES_MAX} lines", f"{root.sourceline}:1")
    known: Row = {"known_at": known_at, "known_at_quality": quality, "supersedes": None}
    head = _head(root, known | {"accession_number": accession_number}, filing_date)
    parsed = Parsed(records=len(lines) + 1)
    parsed.add(REPORTS, head.report | {"document_name": document_name, "line_count": len(lines)})
    spans = ElementSpans(xml, root, tuple(_TABLE_OF))
    repeated = len(lines) * head.characters
    for number, line in enumerate(lines, start=1):
        try:
            table = _TABLE_OF.get(line.tag)
            if table is None:
                raise ValueError(f"unknown kind of line {line.tag}")
            values, cited = _values(line)
            repeated += sum(len(head.footnotes.get(note, "")) for _, note in cited)
            parsed.add(table, _line_row(values, cited, number, head, line.tag))
        except ValueError as error:
            position, raw = spans.find(line)
            parsed.rejects.append(Reject(str(error), position, raw))
    if repeated > REPEATED_CHARACTERS_MAX:
        raise MalformedDocument(f"lines repeat over {REPEATED_CHARACTERS_MAX} characters", f"{root.sourceline}:1")
    return parsed


def ownership_dates(xml: bytes) -> list[date]:
    """The readable signature dates and the period of report of a document: what its publication is estimated by.

    Raises: MalformedDocument: not XML, or not an ownership document.
    """
    root = _root(xml)
    return _readable_days([clean(found.text) for found in root.iter("periodOfReport", "signatureDate")])


def _readable_days(texts: list[str]) -> list[date]:
    days = []
    for text in texts:
        try:
            found = any_day(text)
            day_instant(found)
            days.append(found)
        except ValueError:
            continue
    return days


def _root(xml: bytes) -> etree._Element:
    root = parse_strict(xml, BYTES_MAX)
    if root.tag != ROOT:
        raise MalformedDocument(f"root element is {root.tag!s:.80}, not {ROOT}", f"{root.sourceline}:1")
    return root


def _lines(root: etree._Element) -> list[etree._Element]:
    """The lines in document order: elements of known names anywhere, and whatever else stands in one of the tables."""
    tables = list(islice(root.iter(*_PARENTS), LINES_MAX))
    if sum(map(len, tables)) > LINES_MAX:
        raise MalformedDocument(f"more than {LINES_MAX} lines", f"{root.sourceline}:1")
    in_tables = [child for table in tables for child in table]
    unknown = {child for child in in_tables if child.tag not in _TABLE_OF}
    if not unknown:
        return list(root.iter(*_TABLE_OF))
    return [element for element in root.iter(etree.Element) if element.tag in _TABLE_OF or element in unknown]


def _values(part: etree._Element) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Texts by element name, and footnotes cited, as (element name, id).

    Texts are those of `<name><value>text</value></name>` or of `<name>text</name>`, the first of each.
    """
    values: dict[str, str] = {}
    cited: list[tuple[str, str]] = []
    for element in part.iter():
        tag, text = element.tag, element.text
        if tag == "footnoteId":
            cited.append((_parent_name(element), element.get("id", "")))
        elif text and not text.isspace():
            values.setdefault(_parent_name(element) if tag == "value" else tag, " ".join(text.split()))
    return values, cited


def _parent_name(element: etree._Element) -> str:
    parent = element.getparent()
    assert parent is not None  # only asked of elements below a line, an owner or the issuer
    return parent.tag


def _head(root: etree._Element, known: Row, filing_date: date | None) -> _Head:
    issuer_element = root.find("issuer")
    issuer = _values(issuer_element)[0] if issuer_element is not None else {}
    top = {child.tag: text for child in root if (text := clean(child.text))}
    footnotes, repeated = _footnotes(root)
    plan_notes = frozenset(identity for identity, text in footnotes.items() if names_rule_10b5_1(text))
    signatures = [_values(signature)[0] for signature in root.iterfind("ownerSignature")]
    owner_texts = [_values(owner)[0] for owner in root.iterfind("reportingOwner")]
    characters = sum(len(text) for texts in (top, issuer, *owner_texts) for text in texts.values())
    try:
        owners = [_owner(texts) for texts in owner_texts]
        if not owners:
            raise ValueError("no reportingOwner")
        period = any_day(top.get("periodOfReport", ""))
        shared: Row = known | {
            "form": top.get("documentType", ""),
            "issuer_cik": cik(issuer.get("issuerCik", "")),
            "issuer_name": issuer.get("issuerName", ""),
            "issuer_symbol": issuer.get("issuerTradingSymbol"),
            "owner_ciks": [owner["cik"] for owner in owners],
            "owner_names": [owner["name"] for owner in owners],
            "owners": owners,
            "period_of_report": period,
            "date_of_original_submission": optional(day, top, "dateOfOriginalSubmission"),
            "schema_version": top.get("schemaVersion"),
            "rule_10b5_1": optional(flag, top, "aff10b5One"),
        }
        latest = _latest(filing_date, signatures)
        flags = [f"period_of_report_{latest[1]}"] if latest[0] and period > latest[0] else []
        report: Row = shared | {
            "ts_event": day_instant(period),
            "filing_date": filing_date,
            "rule_10b5_1_in_footnote": bool(plan_notes),
            "issuer_foreign_symbol": issuer.get("issuerForeignTradingSymbol"),
            "no_securities_owned": optional(flag, top, "noSecuritiesOwned"),
            "not_subject_to_section_16": optional(flag, top, "notSubjectToSection16"),
            "form_3_holdings_reported": optional(flag, top, "form3HoldingsReported"),
            "form_4_transactions_reported": optional(flag, top, "form4TransactionsReported"),
            "remarks": top.get("remarks"),
            "notes": [{"id": identity, "text": text} for identity, text in footnotes.items()],
            "signatures": [_signature(signature) for signature in signatures],
            "flags": flags + ["footnote_id_repeated"] * repeated,
        }
    except ValueError as error:
        raise MalformedDocument(f"ownership document: {error}", f"{root.sourceline}:1") from None
    shared |= _of_all_owners(owners)
    lines = {table: shared | dict.fromkeys(column for column, _ in _READINGS[table].values()) for table in _READINGS}
    return _Head(report, lines, characters, period, footnotes, plan_notes, latest)


def _owner(values: Mapping[str, str]) -> Row:
    return {
        "cik": cik(values.get("rptOwnerCik", "")),
        "name": values.get("rptOwnerName", ""),
        "is_director": bool(optional(flag, values, "isDirector")),
        "is_officer": bool(optional(flag, values, "isOfficer")),
        "is_ten_percent_owner": bool(optional(flag, values, "isTenPercentOwner")),
        "is_other": bool(optional(flag, values, "isOther")),
        "officer_title": values.get("officerTitle"),
        "other_text": values.get("otherText"),
        "non_us_address": optional(flag, values, "rptOwnerNonUSAddressFlag"),
    }


def _of_all_owners(owners: list[Row]) -> Row:
    """The roles that any of the owners has, and their titles."""
    roles = ("is_director", "is_officer", "is_ten_percent_owner", "is_other")
    titles = dict.fromkeys(str(owner["officer_title"]) for owner in owners if owner["officer_title"])
    row: Row = {role: any(owner[role] for owner in owners) for role in roles}
    return row | {"officer_title": "; ".join(titles) or None}


def _signature(values: Mapping[str, str]) -> Row:
    return {
        "name": values.get("signatureName"),
        "date": next(iter(_readable_days([values.get("signatureDate", "")])), None),
    }


def _latest(filing_date: date | None, signatures: list[dict[str, str]]) -> tuple[date | None, str]:
    """The day nothing reported can lie after, and what to call it if something does."""
    if filing_date is not None:
        return filing_date, "after_filing"
    return max(_readable_days([one.get("signatureDate", "") for one in signatures]), default=None), "after_signature"


def _footnotes(root: etree._Element) -> tuple[dict[str, str], bool]:
    """Footnotes by id (the first of each), and whether an id came again."""
    notes = [(note.get("id", ""), clean("".join(map(str, note.itertext())))) for note in root.iterfind("footnotes/*")]
    footnotes: dict[str, str] = {}
    for identity, text in notes:
        footnotes.setdefault(identity, text)
    return footnotes, len(footnotes) < len(notes)


def _line_row(values: dict[str, str], cited: list[tuple[str, str]], number: int, head: _Head, kind: str) -> Row:
    table = _TABLE_OF[kind]
    row = head.lines[table].copy()
    row["row_number"] = number
    row["derivative"] = kind.startswith("derivative")
    for name, text in values.items():
        reading = _READINGS[table].get(name)
        if reading is not None:
            column, read = reading
            row[column] = read(text, name)
    row["footnotes"] = [{"field": name, "id": note, "text": head.footnotes.get(note)} for name, note in cited]
    row["rule_10b5_1_in_footnote"] = not head.plan_notes.isdisjoint(note for _, note in cited)
    flags = [] if all(note in head.footnotes for _, note in cited) else ["footnote_missing"]
    happened = head.period_of_report
    if table == TRANSACTIONS:
        if row["price"] is None and any(name == _PRICE for name, _ in cited):
            flags.append("price_in_footnote")
        transaction_date = row["transaction_date"]
        if isinstance(transaction_date, date):
            happened = transaction_date
        flags += _implausible(row, transaction_date, head.latest)
    return row | {"ts_event": day_instant(happened), "flags": flags}


def _implausible(row: Row, transaction_date: object, latest: tuple[date | None, str]) -> list[str]:
    flags = []
    if not isinstance(transaction_date, date):
        flags.append("transaction_date_missing")
    elif latest[0] is not None and transaction_date > latest[0]:
        flags.append(f"transaction_date_{latest[1]}")
    elif transaction_date < _EARLIEST_PLAUSIBLE:
        flags.append("transaction_date_before_1990")
    amounts = (row["shares"], row["price"], row["transaction_value"])
    if any(isinstance(one, Decimal) and one < 0 for one in amounts):
        flags.append("negative_amount")
    return flags
