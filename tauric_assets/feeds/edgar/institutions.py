"""Form 13F-HR and its amendments: every line of an information table, with what the cover page says about all of them.

    <ns1:infoTable>
        <ns1:nameOfIssuer>APPLE INC</ns1:nameOfIssuer><ns1:titleOfClass>Common stock</ns1:titleOfClass>
        <ns1:cusip>037833100</ns1:cusip><ns1:value>230054</ns1:value>
        <ns1:shrsOrPrnAmt><ns1:sshPrnamt>1733777</ns1:sshPrnamt><ns1:sshPrnamtType>SH</…>

Values are whole dollars in filings since 2023-01-03 and thousands before. Some managers go on in thousands, or began
with dollars early, and nothing in the document says so; the prices that their values imply do. Where the median of
them is impossible in the unit the form prescribes and ordinary in the other, the other is taken and flagged.

Belongs here: the XML of cover page and information table, and what they become in `institutional_holdings`.
Not here: who filed it and when it was accepted (submission.py), which amendment replaces what.

Specification: EDGAR Form 13F XML Technical Specification, versions 1.0 to 2.0; the SEC's "Form 13F" of January 2023.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from statistics import median

from lxml import etree

from tauric_assets.errors import MalformedDocument
from tauric_assets.feeds.contract import Parsed, Quality, Reject
from tauric_assets.feeds.edgar.clock import day_instant
from tauric_assets.feeds.edgar.figures import amount, any_written_day, cik, cusip, is_cusip
from tauric_assets.feeds.edgar.markup import RAW_BYTES_MAX, parse_strict
from tauric_assets.tables import Row

HOLDINGS = "institutional_holdings"
TABLE_ROOT = "informationTable"
COVER_ROOT = "edgarSubmission"
DOLLARS_SINCE = date(2023, 1, 3)
PRICE_PLAUSIBLE_MIN = Decimal("0.5")  # dollars: the median price of a manager's shares is not below
PRICE_PLAUSIBLE_MAX = Decimal(5_000)  # and not above
PRICES_NEEDED = 3
THOUSAND = 1_000
VALUE_MAX = Decimal(10) ** 15  # as reported: a thousand times as much still fits 64 bits

_LINE = "infoTable"
_CHEAP = re.compile(r"\b(?:w(?:arran)?ts?|rights?|rts?)\b|\*w", re.IGNORECASE)
_OPENING_BYTES = 4_096
_FLAGS = {"0": False, "false": False, "n": False, "1": True, "true": True, "y": True}


@dataclass(frozen=True)
class Cover:
    """What the cover and summary pages say.

    Args:
        managers: the other included managers by the number lines cite them by: (CIK, name).
        entry_total, value_total: the totals of the summary page, in the filing's own unit; None where it has none.
    """

    period_of_report: date | None = None
    manager_name: str = ""
    manager_cik: int | None = None
    report_type: str | None = None
    amendment_type: str | None = None
    amendment_number: int | None = None
    confidential_omitted: bool | None = None
    entry_total: int | None = None
    value_total: Decimal | None = None
    managers: Mapping[str, tuple[int | None, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Filed:
    """What the submission around a document says: shared by all rows of it.

    Args:
        known_at: nanoseconds UTC.
        period_of_report: the header's, used where the cover page has none.
        filing_date: None where nobody knows.
    """

    accession_number: str
    form: str
    known_at: int
    quality: Quality
    filing_date: date | None = None
    period_of_report: date | None = None
    manager_cik: int | None = None
    manager_name: str = ""


def parse_cover(xml: bytes) -> Cover:
    """Read the primary document of a 13F-HR.

    Raises: MalformedDocument: not XML, not a submission, or with a number or day that is none.
    """
    root = parse_strict(xml)
    if local(root) != COVER_ROOT:
        raise MalformedDocument(f"root element is {local(root):.80}, not {COVER_ROOT}", "1:1")
    page, summary = _first(root, "coverPage"), _first(root, "summaryPage")
    said, told = _texts(page), _texts(summary)
    manager = _texts(_first(page, "filingManager"))
    credentials = _texts(_first(root, "credentials"))
    amended = _texts(_first(page, "amendmentInfo"))
    try:
        period = said.get("reportCalendarOrQuarter") or _texts(root).get("periodOfReport")
        return Cover(
            period_of_report=any_written_day(period) if period else None,
            manager_name=manager.get("name", ""),
            manager_cik=cik(credentials["cik"]) if "cik" in credentials else None,
            report_type=said.get("reportType"),
            amendment_type=amended.get("amendmentType"),
            amendment_number=_whole(said.get("amendmentNo")),
            confidential_omitted=_flag(told.get("isConfidentialOmitted")),
            entry_total=_whole(told.get("tableEntryTotal")),
            value_total=amount(told["tableValueTotal"]) if "tableValueTotal" in told else None,
            managers=_managers(summary),
        )
    except ValueError as error:
        raise MalformedDocument(f"cover page: {error}", f"{root.sourceline}:1") from None


def is_information_table(xml: bytes) -> bool:
    """Whether `xml` says near its start that it is an information table, with any prefix."""
    return TABLE_ROOT.encode() in xml[:_OPENING_BYTES]


def parse_holdings(xml: bytes, cover: Cover | None, filed: Filed) -> Parsed:
    """Read one information table.

    Args:
        xml: the table, without the submission around it.
        cover: of the same submission; None where it has none that can be read, and then every row is flagged.
    Returns: rows of institutional_holdings in document order; one Reject for each line that cannot be read, with
        `line:column` and its bytes. `records` is the number of lines.
    Raises: MalformedDocument: not XML, not an information table, or of no period anybody names.
    """
    root = parse_strict(xml)
    if local(root) != TABLE_ROOT:
        raise MalformedDocument(f"root element is {local(root):.80}, not {TABLE_ROOT}", f"{root.sourceline}:1")
    lines = list(root.iterchildren(etree.Element))
    parsed = Parsed(records=len(lines))
    head = _head(cover, filed)
    for number, line in enumerate(lines, start=1):
        try:
            if local(line) != _LINE:
                raise ValueError(f"unknown kind of line {local(line):.80}")
            parsed.add(HOLDINGS, {**head, "row_number": number, **_line_row(line, cover)})
        except ValueError as error:
            raw = etree.tostring(line, with_tail=False)[:RAW_BYTES_MAX]
            parsed.rejects.append(Reject(str(error), f"{line.sourceline}:1", raw))
    rows = parsed.rows.get(HOLDINGS, [])
    unit, flags = _unit(rows, filed.filing_date)
    flags += _total_flags(rows, len(lines), cover)
    for row in rows:
        _finish(row, unit, flags)
    return parsed


def local(element: etree._Element) -> str:
    """The name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def _head(cover: Cover | None, filed: Filed) -> Row:
    period = (cover.period_of_report if cover else None) or filed.period_of_report
    if period is None:
        raise MalformedDocument("information table of no period: neither its cover page nor its header has one", "1:1")
    return {
        "ts_event": day_instant(period),
        "known_at": filed.known_at,
        "known_at_quality": filed.quality,
        "supersedes": None,
        "accession_number": filed.accession_number,
        "form": filed.form,
        "manager_cik": filed.manager_cik or (cover.manager_cik if cover else None),
        "manager_name": (cover.manager_name if cover else "") or filed.manager_name,
        "period_of_report": period,
        "report_type": cover.report_type if cover else None,
        "amendment_type": cover.amendment_type if cover else None,
        "amendment_number": cover.amendment_number if cover else None,
        "confidential_omitted": cover.confidential_omitted if cover else None,
    }


def _line_row(line: etree._Element, cover: Cover | None) -> Row:
    values = _texts(line)
    code = cusip(_needed(values, "cusip"))
    kind = _needed(values, "sshPrnamtType").upper()
    if kind not in {"SH", "PRN"}:
        raise ValueError(f"sshPrnamtType is neither SH nor PRN: {kind!r:.80}")
    value = _amount(values, "value")
    if abs(value) > VALUE_MAX:
        raise ValueError(f"value is more than there is money: {value}")
    votes = _texts(_first(line, "votingAuthority"))
    return {
        "name_of_issuer": _needed(values, "nameOfIssuer"),
        "title_of_class": values.get("titleOfClass"),
        "cusip": code,
        "figi": values.get("figi"),
        "value_as_reported": value,
        "amount": _amount(values, "sshPrnamt"),
        "amount_type": kind,
        "put_call": _put_call(values.get("putCall")),
        "investment_discretion": values.get("investmentDiscretion"),
        "other_managers": _cited(values.get("otherManager", ""), cover),
        "voting_sole": amount(votes["Sole"]) if "Sole" in votes else None,
        "voting_shared": amount(votes["Shared"]) if "Shared" in votes else None,
        "voting_none": amount(votes["None"]) if "None" in votes else None,
        "flags": [] if is_cusip(code) else ["cusip_check_digit"],
    }


def _unit(rows: Sequence[Row], filing_date: date | None) -> tuple[int, list[str]]:
    """Dollars that one unit of `value` stands for, and how that was found out where not by the form's rule."""
    rule = 1 if filing_date is None or filing_date >= DOLLARS_SINCE else THOUSAND
    priced = (row for row in rows if row["amount_type"] == "SH" and row["amount"] and not _is_cheap(row))
    prices = [_implied(row) for row in priced]
    if len(prices) < PRICES_NEEDED:
        return rule, []
    middle = median(prices)
    plausible = [unit for unit in (1, THOUSAND) if PRICE_PLAUSIBLE_MIN <= middle * unit <= PRICE_PLAUSIBLE_MAX]
    if rule in plausible:
        return rule, []
    return (plausible[0], ["value_unit_inferred"]) if plausible else (rule, ["value_implausible"])


def _is_cheap(row: Row) -> bool:
    """Whether it is a warrant or a right: worth cents in either unit, and so no evidence."""
    return _CHEAP.search(str(row["title_of_class"] or "")) is not None


def _implied(row: Row) -> Decimal:
    value, shares = row["value_as_reported"], row["amount"]
    assert isinstance(value, Decimal)
    assert isinstance(shares, Decimal)
    return value / shares


def _total_flags(rows: Sequence[Row], lines: int, cover: Cover | None) -> list[str]:
    if cover is None:
        return ["cover_page_missing"]
    flags = []
    if cover.entry_total is not None and cover.entry_total != lines:
        flags.append("table_entry_total_differs")
    values = [row["value_as_reported"] for row in rows]
    if cover.value_total is not None and cover.value_total != sum(v for v in values if isinstance(v, Decimal)):
        flags.append("table_value_total_differs")
    return flags


def _finish(row: Row, unit: int, flags: list[str]) -> None:
    reported, own = row["value_as_reported"], row["flags"]
    assert isinstance(reported, Decimal)
    assert isinstance(own, list)
    row["value"] = int((reported * unit).to_integral_value())
    row["value_unit"] = "dollars" if unit == 1 else "thousands"
    row["flags"] = own + flags


def _managers(summary: etree._Element | None) -> dict[str, tuple[int | None, str]]:
    managers: dict[str, tuple[int | None, str]] = {}
    for listed in summary.iter("{*}otherManager2") if summary is not None else ():
        values = _texts(listed)
        number = values.get("sequenceNumber", "").lstrip("0")
        managers[number] = (cik(values["cik"]) if "cik" in values else None, values.get("name", ""))
    return managers


def _cited(text: str, cover: Cover | None) -> list[Row]:
    numbers = [number.lstrip("0") for number in text.replace(";", ",").replace(" ", ",").split(",")]
    found: list[Row] = []
    for number in filter(None, numbers):
        key, name = (cover.managers if cover else {}).get(number, (None, None))
        found.append({"number": number, "cik": key, "name": name})
    return found


def _put_call(text: str | None) -> str | None:
    if text is None:
        return None
    if text.capitalize() not in {"Put", "Call"}:
        raise ValueError(f"putCall is neither Put nor Call: {text!r:.80}")
    return text.capitalize()


def _texts(element: etree._Element | None) -> dict[str, str]:
    """Texts by element name, the first of each, of everything inside `element`."""
    values: dict[str, str] = {}
    for inner in element.iter(etree.Element) if element is not None else ():
        text = " ".join((inner.text or "").split())
        if text:
            values.setdefault(local(inner), text)
    return values


def _first(element: etree._Element | None, name: str) -> etree._Element | None:
    return None if element is None else next(element.iter(f"{{*}}{name}"), None)


def _needed(values: Mapping[str, str], name: str) -> str:
    if name not in values:
        raise ValueError(f"line without {name}")
    return values[name]


def _amount(values: Mapping[str, str], name: str) -> Decimal:
    try:
        return amount(_needed(values, name))
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def _whole(text: str | None) -> int | None:
    if text is None:
        return None
    number = amount(text)
    if number != number.to_integral_value() or abs(number) >= 2**62:
        raise ValueError(f"{text!r:.80} is no whole number")
    return int(number)


def _flag(text: str | None) -> bool | None:
    if text is None:
        return None
    if text.lower() not in _FLAGS:
        raise ValueError(f"{text!r:.80} is neither true nor false")
    return _FLAGS[text.lower()]
