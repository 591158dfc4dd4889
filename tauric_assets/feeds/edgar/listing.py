"""EDGAR's lists: the daily index, the current filings, the ticker map.

    1000228|HENRY SCHEIN INC|4|20181231|edgar/data/1000228/0001209191-18-064398.txt    daily index, one line a party

    <title>4 - Hinge Health, Inc. (0001673743) (Issuer)</title>        current filings, one entry a party
    <updated>2025-12-12T18:02:43-05:00</updated>
    <category scheme="https://www.sec.gov/" label="form type" term="4"/>
    <id>urn:tag:sec.gov,2008:accession-number=0002063236-25-000004</id>

Belongs here: bytes of a list to values, the parties of one submission merged.
Not here: requests (collect.py, poll.py), submissions.

Specification: "Accessing EDGAR Data", https://www.sec.gov/search-filings/edgar-search-assistance/accessing-edgar-data.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import cast

from lxml import etree

from tauric_assets.errors import MalformedDocument
from tauric_assets.feeds.contract import Reject
from tauric_assets.feeds.edgar.clock import any_day
from tauric_assets.feeds.edgar.header import Party
from tauric_assets.feeds.edgar.markup import parse_strict
from tauric_assets.feeds.values import clean_text, decode_json, rfc3339
from tauric_assets.tables import Row

ACCESSION = re.compile(r"\d{10}-\d{2}-\d{6}", re.ASCII)
_PATH = re.compile(r"edgar/data/\d{1,10}/(\d{10}-\d{2}-\d{6})\.txt", re.ASCII)
_COLUMNS = "cik|company name|form type|date filed|file"
_TITLE = re.compile(r"(?P<form>\S.*?) - (?P<name>.*) \((?P<cik>\d{10})\) \((?P<role>[A-Za-z ]+)\)", re.ASCII)
_FILED = re.compile(r"Filed:\D{0,20}(\d{4}-\d{2}-\d{2})", re.ASCII)
_ATOM = "{http://www.w3.org/2005/Atom}"
_TICKER_FIELDS = ("cik", "name", "ticker", "exchange")


@dataclass(frozen=True)
class Listed:
    """One submission of an index, its lines merged.

    Args:
        ciks: of all its lines, in the index's order.
    """

    accession_number: str
    form: str
    filed_on: date
    ciks: tuple[int, ...]

    @property
    def path(self) -> str:
        """Below https://www.sec.gov/Archives/; of its parties' paths always the same one, whatever list it is from."""
        return f"edgar/data/{min(self.ciks)}/{self.accession_number}.txt"


@dataclass(frozen=True)
class Index:
    """A daily index: what it lists, and the lines that cannot be read."""

    filings: list[Listed]
    rejects: list[Reject]
    lines: int


@dataclass(frozen=True)
class Current:
    """One submission of the current filings, its entries merged.

    Args:
        accepted_at: nanoseconds UTC.
        filed_on: the filing date, under which a daily index will list it; None where the entry does not say.
    """

    accession_number: str
    form: str
    accepted_at: int
    parties: tuple[Party, ...]
    filed_on: date | None = None


def read_index(body: bytes) -> Index:
    """Read `master.YYYYMMDD.idx` (or a quarter's): one Listed per submission, in the order of first lines.

    Raises: MalformedDocument: no line of column names.
    """
    lines = body.decode("latin-1").split("\n")
    head = next((at for at, line in enumerate(lines[:50]) if line.lower().startswith(_COLUMNS)), None)
    if head is None:
        raise MalformedDocument("not an EDGAR master index: no line of column names", "1:1")
    merged: dict[str, Listed] = {}
    rejects: list[Reject] = []
    count = 0
    for number, line in enumerate(lines[head + 1 :], start=head + 2):
        line = line.rstrip("\r")
        if not line.strip() or line.startswith("-----"):
            continue
        count += 1
        try:
            listed = _index_line(line)
        except ValueError as error:
            rejects.append(Reject(str(error), f"{number}:1", line.encode("latin-1")))
            continue
        before = merged.setdefault(listed.accession_number, listed)
        if listed.ciks[0] not in before.ciks:
            merged[listed.accession_number] = _with_cik(before, listed.ciks[0])
    return Index(list(merged.values()), rejects, count)


def read_current(body: bytes) -> list[Current]:
    """Read a page of the current filings (Atom); submissions in the page's order, parties merged.

    Raises: MalformedDocument: not XML, not Atom, or an entry without readable id, form, title or time.
    """
    root = parse_strict(body)
    if root.tag != f"{_ATOM}feed":
        raise MalformedDocument(f"not an Atom feed but {root.tag!s:.80}", f"{root.sourceline}:1")
    merged: dict[str, Current] = {}
    for entry in root.iterfind(f"{_ATOM}entry"):
        try:
            current = _current_entry(entry)
        except ValueError as error:
            raise MalformedDocument(f"current filings: {error}", f"{entry.sourceline}:1") from None
        before = merged.get(current.accession_number)
        parties = (*before.parties, *current.parties) if before else current.parties
        merged[current.accession_number] = replace(current, parties=tuple(dict.fromkeys(parties)))
    return list(merged.values())


def read_tickers(body: bytes) -> tuple[list[Row], list[Reject]]:
    """Read `company_tickers_exchange.json` or `company_tickers.json`: rows of `instruments`, without times.

    Returns: one row for each line that can be read, in the map's order, and a Reject for each other.
    Raises: MalformedDocument: not JSON, or of neither shape.
    """
    try:
        document = decode_json(body)
        lines = list(_ticker_lines(document))
    except ValueError as error:
        raise MalformedDocument(f"ticker map: {error}", "1:1") from None
    rows: list[Row] = []
    rejects: list[Reject] = []
    for number, line in enumerate(lines, start=1):
        try:
            rows.append(_instrument(line))
        except ValueError as error:
            rejects.append(Reject(str(error), f"entry {number}", repr(line).encode("utf-8", "replace")))
    return rows, rejects


def _index_line(line: str) -> Listed:
    fields = line.split("|")
    if len(fields) < 5:
        raise ValueError(f"{len(fields)} fields instead of 5")
    cik, form, filed, path = fields[0], fields[-3].strip(), fields[-2].strip(), fields[-1].strip()
    match = _PATH.fullmatch(path)
    if not match or not form or not (cik.isascii() and cik.isdigit() and len(cik) <= 10):
        raise ValueError("unreadable CIK, form or path")
    return Listed(match[1], form, any_day(filed), (int(cik),))


def _with_cik(listed: Listed, cik: int) -> Listed:
    return Listed(listed.accession_number, listed.form, listed.filed_on, (*listed.ciks, cik))


def _current_entry(entry: etree._Element) -> Current:
    identity = entry.findtext(f"{_ATOM}id", "")
    accession_number = identity.rpartition("accession-number=")[2]
    if not ACCESSION.fullmatch(accession_number):
        raise ValueError(f"no accession number in {identity!r:.120}")
    category = entry.find(f"{_ATOM}category")
    form = category.get("term", "") if category is not None else ""
    if not form:
        raise ValueError(f"no form for {accession_number}")
    title = " ".join(entry.findtext(f"{_ATOM}title", "").split())
    match = _TITLE.fullmatch(title)
    if not match:
        raise ValueError(f"unreadable title {title!r:.120}")
    party = Party(int(match["cik"]), match["name"], match["role"])
    filed = _FILED.search(entry.findtext(f"{_ATOM}summary", ""))
    filed_on = any_day(filed[1]) if filed else None
    return Current(accession_number, form, rfc3339(entry.findtext(f"{_ATOM}updated", "")), (party,), filed_on)


def _ticker_lines(document: object) -> Iterable[dict[str, object]]:
    if not isinstance(document, dict):
        raise ValueError("no JSON object")
    if "fields" in document and "data" in document:
        fields, data = document["fields"], document["data"]
        if not isinstance(fields, list) or not isinstance(data, list) or not {"cik", "ticker"} <= set(map(str, fields)):
            raise ValueError("unreadable fields or data")
        names = [str(name) for name in fields]
        for line in data:
            values = line if isinstance(line, list) else []
            yield dict(zip(names, values, strict=False))
        return
    for line in document.values():
        if not isinstance(line, dict):
            raise ValueError("neither of the two known shapes")
        named = cast("dict[str, object]", line)
        yield {"cik": named.get("cik_str"), "ticker": named.get("ticker"), "name": named.get("title")}


def _instrument(line: dict[str, object]) -> Row:
    cik, name, ticker, exchange = (line.get(field) for field in _TICKER_FIELDS)
    if isinstance(cik, bool) or not isinstance(cik, int) or not 0 < cik < 10**10:
        raise ValueError(f"{cik!r:.40} is not a CIK")
    if not isinstance(ticker, str) or not ticker.strip():
        raise ValueError(f"{ticker!r:.40} is not a ticker")
    return {
        "symbol": clean_text(ticker.strip().upper()),
        "cik": cik,
        "name": clean_text(name.strip()) if isinstance(name, str) else None,
        "exchange": clean_text(exchange.strip()) or None if isinstance(exchange, str) else None,
        "listings": [],
    }
