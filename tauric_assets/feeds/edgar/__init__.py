"""EDGAR: filings, sections, insiders' lines, institutions' stakes and XBRL facts, from the SEC's lists and submissions.

Belongs here: everything that knows sec.gov. The package itself satisfies `contract.Feed`.
Not here: sockets, retries and limits (feeds/fetch.py), storage, what rows are used for.
"""

from tauric_assets.feeds.edgar.answers import HOSTS, classify
from tauric_assets.feeds.edgar.collect import collect
from tauric_assets.feeds.edgar.parsing import parse
from tauric_assets.feeds.edgar.poll import NAME, poll
from tauric_assets.feeds.edgar.reconcile import promised
from tauric_assets.feeds.edgar.submission import split_submission

TABLES: tuple[str, ...] = (
    "instruments",
    "filings",
    "filing_sections",
    "insider_reports",
    "insider_transactions",
    "insider_holdings",
    "institutional_holdings",
    "beneficial_ownership",
    "companies",
    "company_names",
    "listed_filings",
    "facts",  # after the tables that tell when a filing was accepted
)
"""In the order in which they are to be written."""

__all__ = ["HOSTS", "NAME", "TABLES", "classify", "collect", "parse", "poll", "promised", "split_submission"]
