"""edgartools as a second opinion, kept off the network and out of the user's folders.

edgartools asks data.sec.gov about every reporting owner (person or company?) while it reads an ownership document, and
keeps caches in the home folder. Here its addresses lead to a server on this machine which says of everybody that they
are a person; the question can also be left out. Its folders are temporary.

Belongs here: importing edgartools harmlessly. Not here: what is compared with it.
"""

import atexit
import importlib
import json
import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import ModuleType, SimpleNamespace

REQUESTS_A_SECOND = 100_000
"""No limit that would be felt on this machine."""

_ADDRESS = dict.fromkeys(
    ("street1", "street2", "city", "stateOrCountry", "stateOrCountryDescription", "zipCode"), "Oslo"
)
_PERSON: dict[str, object] = {
    **dict.fromkeys(("sic", "sicDescription", "category", "fiscalYearEnd", "phone", "flags", "description"), ""),
    **dict.fromkeys(("website", "investorWebsite", "stateOfIncorporation", "stateOfIncorporationDescription"), ""),
    "name": "Doe Jane",
    "ein": None,
    "entityType": "other",
    "tickers": [],
    "exchanges": [],
    "formerNames": [],
    "insiderTransactionForOwnerExists": 1,
    "insiderTransactionForIssuerExists": 0,
    "addresses": {"mailing": _ADDRESS, "business": _ADDRESS},
    "filings": {"recent": {}, "files": []},
}
_COLUMNS = (
    "accessionNumber filingDate reportDate acceptanceDateTime act form fileNumber filmNumber items size isXBRL "
    "isInlineXBRL primaryDocument primaryDocDescription core_type"
)


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer a person for any CIK, and nothing else."""
        number = self.path.rpartition("CIK")[2].removesuffix(".json")
        known = self.path.startswith("/submissions/CIK") and number.isdigit()
        recent = {name: [] for name in _COLUMNS.split()}
        person = _PERSON | {"cik": number, "filings": {"recent": recent, "files": []}}
        body = json.dumps(person).encode() if known else b""
        self.send_response(200 if known else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@cache
def _surroundings() -> dict[str, str]:
    """The environment edgartools is imported in, once a process: it reads addresses and folders at import."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    folder = tempfile.TemporaryDirectory(prefix="edgartools-")
    atexit.register(folder.cleanup)
    address = f"http://127.0.0.1:{server.server_address[1]}"
    return {
        "HOME": folder.name,
        "EDGAR_LOCAL_DATA_DIR": folder.name,
        "EDGAR_CACHE_DIR": folder.name,
        "EDGAR_IDENTITY": "Bench bench@example.com",
        "EDGAR_RATE_LIMIT_PER_SEC": str(REQUESTS_A_SECOND),
        "EDGAR_BASE_URL": address,
        "EDGAR_DATA_URL": address,
        "EDGAR_XBRL_URL": address,
    }


@contextmanager
def edgartools(*modules: str, asking: bool = False) -> Iterator[list[ModuleType]]:
    """Modules of edgartools (`edgar.ownership`, …), imported and usable until the end of the block.

    Its first import takes some seconds.

    Args:
        asking: whether it asks (this machine) about every owner, as it does in real use; otherwise it is told at once.
    """
    told = _surroundings()
    before = {name: os.environ.get(name) for name in told}
    os.environ.update(told)
    try:
        owners, entity = importlib.import_module("edgar.ownership.owners"), importlib.import_module("edgar.entity")
        _without_cache(importlib.import_module("edgar.httpclient"))
        owners.Entity = entity.Entity if asking else _person  # type: ignore[attr-defined]
        yield [importlib.import_module(name) for name in modules]
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@cache
def _without_cache(client: ModuleType) -> None:
    """Every new owner costs a request, as in real use: answers are kept for 30 seconds there, and owners recur here."""
    client.HTTP_MGR = client.get_http_mgr(cache_enabled=False, request_per_sec_limit=REQUESTS_A_SECOND)


def _person(cik: int) -> SimpleNamespace:
    return SimpleNamespace(data=SimpleNamespace(is_company=False))
