"""EDGAR as the sandbox serves it: www.sec.gov and data.sec.gov.

Specification: shapes and refusals as recorded from EDGAR; "Accessing EDGAR Data", fair access (a declared User-Agent).
Belongs here: routes, what is visible at an instant, EDGAR's own ways to say no.
Not here: rendering of listings (edgar_pages.py), conditional GET (answers.py).
"""

import re
from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache
from html import escape

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tauric_assets.errors import UsageError
from tauric_assets.sandbox import edgar_pages
from tauric_assets.sandbox.answers import Moment, listing, moment_of, page
from tauric_assets.sandbox.context import Sandbox
from tauric_assets.sandbox.market import Filing
from tauric_assets.times import SECOND_NS, Days, day_of_ns, parse_day

PAGE_ENTRIES_MAX = 100
CURRENT_DAYS = 5
PAGES_KEPT_MAX = 512

_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_INDEX_NAME = re.compile(r"(master|form|company)\.(\d{8})\.idx")
_CIK = re.compile(r"\d{10}", re.ASCII)
_LIST_NAME = re.compile(r"\d{10}(-submissions-\d{3})?", re.ASCII)
_JSON = "application/json"
_TEXT = "text/plain; charset=iso-8859-1"
_XML = "application/xml"


class EdgarServer:
    """EDGAR's two hosts, over one market."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._market = sandbox.market
        self._clock = sandbox.clock
        self._index_page = lru_cache(PAGES_KEPT_MAX)(edgar_pages.daily_index)
        self._submissions_page = lru_cache(PAGES_KEPT_MAX)(edgar_pages.submissions_json)

    def routes(self) -> list[Route]:
        """All addresses of both hosts."""
        archives = "/www.sec.gov/Archives/edgar"
        table: list[tuple[str, Callable[[Request], Response]]] = [
            ("/www.sec.gov/files/company_tickers.json", self.tickers),
            ("/www.sec.gov/files/company_tickers_exchange.json", self.tickers_exchange),
            ("/www.sec.gov/cgi-bin/browse-edgar", self.current),
            (f"{archives}/daily-index/{{year:int}}/{{quarter}}/{{name}}", self.index),
            (f"{archives}/data/{{cik:int}}/{{accession}}.txt", self.submission),
            (f"{archives}/data/{{cik:int}}/{{folder}}/{{name:path}}", self.document),
            ("/data.sec.gov/submissions/CIK{cik}.json", self.submissions),
            ("/data.sec.gov/api/xbrl/companyfacts/CIK{cik}.json", self.facts),
            ("/www.sec.gov/{rest:path}", lambda request: _no_such_key(request.path_params["rest"])),
            ("/data.sec.gov/{rest:path}", lambda request: _no_such_key(request.path_params["rest"])),
        ]
        return [Route(path, _declared(endpoint)) for path, endpoint in table]

    def tickers(self, request: Request) -> Response:
        """The ticker map."""
        moment = moment_of(request, self._clock)
        return listing(request, edgar_pages.tickers_json(self._market.companies(moment.at)), _JSON, moment)

    def tickers_exchange(self, request: Request) -> Response:
        """The ticker map with exchanges."""
        moment = moment_of(request, self._clock)
        return listing(request, edgar_pages.tickers_exchange_json(self._market.companies(moment.at)), _JSON, moment)

    def current(self, request: Request) -> Response:
        """`action=getcurrent&output=atom`: newest first; `type` is a prefix, as at EDGAR."""
        query = request.query_params
        if query.get("action") != "getcurrent" or query.get("output") != "atom":
            return _no_such_key("cgi-bin/browse-edgar")
        start, count = _number(query.get("start"), 0), min(_number(query.get("count"), 40), PAGE_ENTRIES_MAX)
        moment = moment_of(request, self._clock)
        today = day_of_ns(moment.at)
        days = Days(today - timedelta(days=CURRENT_DAYS), today + timedelta(days=CURRENT_DAYS))
        wanted = query.get("type", "")
        filings = [f for day in days for f in self._visible(day, moment) if f.form.startswith(wanted)]
        filings.sort(key=lambda filing: (filing.accepted_at, filing.accession_number), reverse=True)
        body = edgar_pages.current_atom(filings, moment.at, start, count)
        return listing(request, body, "application/atom+xml; charset=ISO-8859-1", moment)

    def index(self, request: Request) -> Response:
        """A daily index; there is none before its day is over, nor for a day without filings."""
        year, quarter, name = (request.path_params[part] for part in ("year", "quarter", "name"))
        match = _INDEX_NAME.fullmatch(name)
        day = _day(match[2]) if match else None
        moment = moment_of(request, self._clock)
        if match is None or day is None or (year, quarter) != (day.year, f"QTR{(day.month + 2) // 3}"):
            return _access_denied()
        if moment.at < Days.one(day).end_ns - SECOND_NS:
            return _access_denied()
        filings = tuple(self._visible(day, moment))
        if not filings:
            return _access_denied()
        return listing(request, self._index_page(match[1], day, filings), _TEXT, moment)

    def submission(self, request: Request) -> Response:
        """The full submission text file, at its short address."""
        return self._submission(request, request.path_params["accession"])

    def document(self, request: Request) -> Response:
        """A file of a submission's folder: the full text, or one of its documents."""
        folder, name = request.path_params["folder"], request.path_params["name"]
        number = f"{folder[:10]}-{folder[10:12]}-{folder[12:]}"
        if name == f"{number}.txt":
            return self._submission(request, number)
        moment = moment_of(request, self._clock)
        filing = self._filing(number, moment)
        styled = name.startswith(f"{edgar_pages.OWNERSHIP_FOLDER}/")
        bare = name.rsplit("/", 1)[-1] if styled else name
        if filing is None or bare not in filing.documents:
            return _no_such_key(request.url.path)
        body = self._market.document(number, bare)
        if styled:
            body = f"<html><body><pre>{escape(body.decode('utf-8', 'replace'))}</pre></body></html>".encode()
        return page(request, body, _media_type(name, styled), moment, changed_at=filing.accepted_at)

    def submissions(self, request: Request) -> Response:
        """Everything of one CIK, newest first; or an older page of it, as far as one was recorded."""
        text = request.path_params["cik"]
        moment = moment_of(request, self._clock)
        if not _LIST_NAME.fullmatch(text):
            return _no_such_key(f"submissions/CIK{text}.json")
        recorded = self._market.company_list(f"CIK{text}")
        if recorded is not None:
            return listing(request, recorded, _JSON, moment)
        if "-" in text:
            return _no_such_key(f"submissions/CIK{text}.json")
        cik = int(text)
        filings = tuple(self._market.filings_of(cik, moment.at))
        company = next((company for company in self._market.companies(moment.at) if company.cik == cik), None)
        if not filings and company is None:
            return _no_such_key(f"submissions/CIK{text}.json")
        return listing(request, self._submissions_page(cik, company, filings), _JSON, moment)

    def facts(self, request: Request) -> Response:
        """Every XBRL value of one CIK."""
        text = request.path_params["cik"]
        moment = moment_of(request, self._clock)
        body = self._market.company_facts(int(text), moment.at) if _CIK.fullmatch(text) else None
        if body is None:
            return _no_such_key(f"api/xbrl/companyfacts/CIK{text}.json")
        return listing(request, body, _JSON, moment)

    def _visible(self, day: date, moment: Moment) -> list[Filing]:
        return [filing for filing in self._market.filings(day) if filing.accepted_at <= moment.at]

    def _filing(self, number: str, moment: Moment) -> Filing | None:
        filing = self._market.filing(number)
        return filing if filing and filing.accepted_at <= moment.at else None

    def _submission(self, request: Request, number: str) -> Response:
        moment = moment_of(request, self._clock)
        filing = self._filing(number, moment)
        if filing is None:
            return _no_such_key(request.url.path)
        body = self._market.submission(number)
        return page(request, body, "text/plain", moment, changed_at=filing.accepted_at)


def _declared(endpoint: Callable[[Request], Response]) -> Callable[[Request], Response]:
    """The endpoint, for those who say who they are in the User-Agent; a block page for others."""

    def answer(request: Request) -> Response:
        if not _EMAIL.search(request.headers.get("user-agent", "")):
            return Response(_UNDECLARED, status_code=403, media_type="text/html")
        return endpoint(request)

    return answer


def _day(digits: str) -> date | None:
    try:
        return parse_day(f"{digits[:4]}-{digits[4:6]}-{digits[6:]}")
    except UsageError:
        return None


def _number(text: str | None, default: int) -> int:
    return int(text) if text and text.isdigit() else default


def _media_type(name: str, styled: bool) -> str:
    if styled or name.endswith((".htm", ".html")):
        return "text/html"
    return "text/xml" if name.endswith(".xml") else "text/plain"


def _no_such_key(key: str) -> Response:
    return _error(404, "NoSuchKey", "The specified key does not exist.", f"<Key>{escape(key)}</Key>")


def _access_denied() -> Response:
    return _error(403, "AccessDenied", "Access Denied")


def _error(status: int, code: str, message: str, rest: str = "") -> Response:
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    body = f"{head}\n<Error><Code>{code}</Code><Message>{message}</Message>{rest}</Error>"
    return Response(body, status_code=status, media_type=_XML)


_UNDECLARED = """<!DOCTYPE html>
<html><head><title>SEC.gov | Your Request Originates from an Undeclared Automated Tool</title></head>
<body><h1>Your Request Originates from an Undeclared Automated Tool</h1>
<p>Please declare your traffic by updating your user agent to include company specific information
(sandbox of EDGAR's fair access rule: a name and an e-mail address).</p></body></html>
"""
