"""EDGAR's listings as bytes, from filings: ticker maps, daily indexes, current filings, submissions.

Specification: shapes as recorded from www.sec.gov and data.sec.gov in 2018 to 2026.
Belongs here: pure rendering.
Not here: which filings are visible (edgar_server.py), submissions' contents (the market).
"""

import json
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from html import escape
from zoneinfo import ZoneInfo

from tauric_assets.sandbox.answers import eastern_second
from tauric_assets.sandbox.market import Company, Filing, FilingParty
from tauric_assets.times import ns_to_datetime

EASTERN = ZoneInfo("America/New_York")
OWNERSHIP_FORMS = ("3", "4", "5", "3/A", "4/A", "5/A")
OWNERSHIP_FOLDER = "xslF345X05"
XBRL_FORMS = ("10-K", "10-Q")
FORMER_DAYS = 3_300
_DASHES = {"master": 80, "form": 146, "company": 146}
_TITLES = {"master": "", "form": " by Form Type", "company": " by Company Name"}


def tickers_json(companies: Iterable[Company]) -> bytes:
    """company_tickers.json: `{"0": {"cik_str": 320193, "ticker": "AAPL", "title": "Apple Inc."}, …}`."""
    lines = ({"cik_str": c.cik, "ticker": c.ticker, "title": c.name} for c in companies)
    return json.dumps({str(n): line for n, line in enumerate(lines)}, separators=(",", ":")).encode()


def tickers_exchange_json(companies: Iterable[Company]) -> bytes:
    """company_tickers_exchange.json: column names and rows."""
    data = [[c.cik, c.name, c.ticker, c.exchange or None] for c in companies]
    return json.dumps({"fields": ["cik", "name", "ticker", "exchange"], "data": data}, separators=(",", ":")).encode()


def daily_index(kind: str, day: date, filings: Iterable[Filing]) -> bytes:
    """A daily index, `master`, `form` or `company`: one line for each party's CIK, Latin-1."""
    lines = {(filing, party.cik): (filing, party) for filing in filings for party in filing.parties}
    head = [
        f"Description:           Daily Index of EDGAR Dissemination Feed{_TITLES[kind]}",
        f"Last Data Received:    {day:%b %d, %Y}",
        "Comments:              webmaster@sec.gov",
        "Anonymous FTP:         ftp://ftp.sec.gov/edgar/",
    ]
    if kind == "master":
        head += [" ", "CIK|Company Name|Form Type|Date Filed|File Name"]
    else:
        head += [" ", " ", " ", " ", _fixed(kind, "Form Type", "Company Name", "CIK", "Date Filed") + "File Name"]
    rows = sorted(_index_row(kind, filing, party) for filing, party in lines.values())
    return ("\n".join([*head, "-" * _DASHES[kind], *rows]) + "\n").encode("latin-1", "replace")


def current_atom(filings: Sequence[Filing], at: int, start: int, count: int) -> bytes:
    """The current-filings feed: one entry for each party, ISO-8859-1; `filings` newest first."""
    entries = [(filing, party) for filing in filings for party in filing.parties]
    now = ns_to_datetime(at).astimezone(EASTERN)
    body = "".join(_entry(filing, party) for filing, party in entries[start : start + count])
    text = f"""<?xml version="1.0" encoding="ISO-8859-1" ?>
<feed xmlns="http://www.w3.org/2005/Atom">
<title>Latest Filings - {now:%a, %d %b %Y %H:%M:%S %Z}</title>
<link rel="alternate" href="/cgi-bin/browse-edgar?action=getcurrent"/>
<link rel="self" href="/cgi-bin/browse-edgar?action=getcurrent"/>
<id>https://www.sec.gov/cgi-bin/browse-edgar?action=getcurrent</id>
<author><name>Webmaster</name><email>webmaster@sec.gov</email></author>
<updated>{eastern_second(now)}</updated>
{body}</feed>
"""
    return text.encode("iso-8859-1", "xmlcharrefreplace")


def submissions_json(cik: int, company: Company | None, filings: Sequence[Filing]) -> bytes:
    """CIK##########.json: who it is, and columns of its filings, newest first.

    `acceptanceDateTime` is US Eastern time with a `Z`, as in most of the recorded files: a trap kept on purpose.
    """
    roles = {party.role for filing in filings for party in filing.parties if party.cik == cik}
    name = company.name if company else _name_of(cik, filings)
    top: dict[str, object] = {
        "cik": f"{cik:010d}",
        "entityType": "operating" if company else "other",
        "sic": "",
        "sicDescription": "",
        "ownerOrg": None,
        "insiderTransactionForOwnerExists": int("Reporting" in roles),
        "insiderTransactionForIssuerExists": int("Issuer" in roles),
        "name": name,
        "tickers": [company.ticker] if company else [],
        "exchanges": [company.exchange] if company else [],
        "ein": None,
        "lei": None,
        "description": "",
        "website": "",
        "investorWebsite": "",
        "category": "",
        "fiscalYearEnd": None,
        "stateOfIncorporation": "",
        "stateOfIncorporationDescription": "",
        "addresses": {},
        "phone": None,
        "flags": "",
        "formerNames": _former_names(company) if company else [],
        "filings": {"recent": _columns(filings), "files": []},
    }
    return json.dumps(top, separators=(",", ":")).encode()


def _former_names(company: Company) -> list[dict[str, str]]:
    """Former names with the days of their first and last filing, as far as the company was renamed."""
    if company.renamed_on is None:
        return []
    last = company.renamed_on - timedelta(days=1)
    first = last - timedelta(days=FORMER_DAYS)
    return [
        {"name": name, "from": f"{first}T00:00:00.000Z", "to": f"{last}T00:00:00.000Z"} for name in company.former_names
    ]


def primary_document(filing: Filing) -> str:
    """The primary document as the submissions list names it: ownership XML carries its style sheet's folder."""
    name = filing.documents[0] if filing.documents else ""
    if filing.form in OWNERSHIP_FORMS and name.endswith(".xml"):
        return f"{OWNERSHIP_FOLDER}/{name}"
    return name


def archive_path(cik: int, accession_number: str) -> str:
    """Where a party's full submission text lies, below /Archives/."""
    return f"edgar/data/{cik}/{accession_number}.txt"


def _index_row(kind: str, filing: Filing, party: FilingParty) -> str:
    filed = f"{filing.filing_date:%Y%m%d}"
    path = archive_path(party.cik, filing.accession_number)
    if kind == "master":
        return f"{party.cik}|{party.name}|{filing.form}|{filed}|{path}"
    return _fixed(kind, filing.form, party.name, str(party.cik), filed) + f"{path:<52}"


def _fixed(kind: str, form: str, name: str, cik: str, filed: str) -> str:
    first = f"{form:<17}{name[:61]:<62}" if kind == "form" else f"{name[:61]:<62}{form:<17}"
    return f"{first}{cik:<12}{filed:<12}"


def _entry(filing: Filing, party: FilingParty) -> str:
    number, form = filing.accession_number, escape(filing.form)
    folder = f"https://www.sec.gov/Archives/edgar/data/{party.cik}/{number.replace('-', '')}"
    accepted = ns_to_datetime(filing.accepted_at).astimezone(EASTERN)
    size = f"&lt;b&gt;Size:&lt;/b&gt; {_size(filing)}"
    return f"""<entry>
<title>{form} - {escape(party.name)} ({party.cik:010d}) ({party.role})</title>
<link rel="alternate" type="text/html" href="{folder}/{number}-index.htm"/>
<summary type="html">
 &lt;b&gt;Filed:&lt;/b&gt; {filing.filing_date} &lt;b&gt;AccNo:&lt;/b&gt; {number} {size}
</summary>
<updated>{eastern_second(accepted)}</updated>
<category scheme="https://www.sec.gov/" label="form type" term="{form}"/>
<id>urn:tag:sec.gov,2008:accession-number={number}</id>
</entry>
"""


def _size(filing: Filing) -> str:
    kilobytes = -(-filing.size_bytes // 1024)
    return f"{kilobytes // 1024} MB" if kilobytes >= 1024 else f"{kilobytes} KB"


def _columns(filings: Sequence[Filing]) -> dict[str, list[object]]:
    rows = [_column_values(filing) for filing in filings]
    names = _column_values(_NO_FILING).keys()
    return {name: [row[name] for row in rows] for name in names}


def _column_values(filing: Filing) -> dict[str, object]:
    accepted = ns_to_datetime(filing.accepted_at).astimezone(EASTERN)
    return {
        "accessionNumber": filing.accession_number,
        "filingDate": str(filing.filing_date),
        "reportDate": str(filing.period_of_report or ""),
        "acceptanceDateTime": f"{accepted:%Y-%m-%dT%H:%M:%S}.000Z",
        "act": "34",
        "form": filing.form,
        "fileNumber": "",
        "filmNumber": "",
        "items": ",".join(filing.items),
        "core_type": "XBRL" if filing.form in XBRL_FORMS else filing.form,
        "size": filing.size_bytes,
        "isXBRL": int(filing.form in XBRL_FORMS),
        "isInlineXBRL": int(filing.form in XBRL_FORMS),
        "primaryDocument": primary_document(filing),
        "primaryDocDescription": filing.description,
    }


def _name_of(cik: int, filings: Sequence[Filing]) -> str:
    names = (party.name for filing in filings for party in filing.parties if party.cik == cik)
    return next(names, "")


_NO_FILING = Filing("", "", date.min, date.min, 0, (), ())
