"""Collecting a day of EDGAR: the ticker map, the daily index, every submission it lists that is wanted, and what EDGAR
says of the companies that report.

Belongs here: what is asked for and in which order; that nothing listed goes missing.
Not here: the downloader (backfill.py), companies (companies.py), what answers mean (answers.py), parsing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from tauric_assets.errors import UpstreamRefused, UpstreamUnavailable
from tauric_assets.feeds.contract import Document, Fetching, Options
from tauric_assets.feeds.edgar.backfill import download, fetch_directly, submission_url
from tauric_assets.feeds.edgar.companies import about
from tauric_assets.feeds.edgar.kinds import INDEX, KIND, SUBMISSION, TICKERS
from tauric_assets.feeds.edgar.listing import Listed, read_index
from tauric_assets.feeds.edgar.options import read_options
from tauric_assets.feeds.edgar.poll import filed_on
from tauric_assets.times import DAY_NS, Days

INDEX_LATE_NS = DAY_NS  # an index that is not there a day after its day is over will not come


def collect(fetching: Fetching, name: str, day: date, options: Options) -> Iterator[Document]:
    """Everything EDGAR lists under `day`: the ticker map as it stood, the daily index, one document a submission, and
    profile and facts of the companies wanted, as they stood.

    A submission never changes, so one that is held is not asked for again.

    Args:
        name: the feed instance's.
        day: the day of the daily index. A day that has none yet gives what the current filings hold of it; a day that
            never had one (weekends, holidays) gives the map alone.
        options: see options.py.
    Raises: UpstreamUnavailable naming the accession number of the first listed submission that did not come whole;
        UsageError for options that make no sense.
    """
    wanted = read_options(options)
    tickers = _tickers(fetching, name, day)
    if tickers.new is not None:
        yield tickers.new
    index = _index(fetching, name, day)
    if index is not None:
        if index.new is not None:
            yield index.new
        filings = read_index(index.body).filings
    elif fetching.now() < Days.one(day).end_ns + INDEX_LATE_NS:
        filings = filed_on(fetching, day, name)
    else:
        filings = []
    listed = [
        one
        for one in filings
        if wanted.matches(one.form, one.ciks) and not fetching.holds(submission_url(fetching.settings, one))
    ]
    outstanding = {one.accession_number: one for one in listed}
    if wanted.use_downloader:
        for document, one in _downloaded(fetching, name, listed, tickers.body):
            del outstanding[one.accession_number]
            attributes = _attributes(one, day)
            yield replace(document, url=submission_url(fetching.settings, one), attributes=attributes)
    for one in outstanding.values():
        yield fetch_directly(fetching, name, one, _attributes(one, day))
    companies = wanted.companies_of((one.form, one.ciks) for one in filings)
    yield from about(fetching, name, companies, _end_of(fetching, day))


def index_url(edgar_url: str, day: date) -> str:
    """The address of the daily index of `day`."""
    quarter = (day.month + 2) // 3
    return f"{edgar_url}/Archives/edgar/daily-index/{day.year}/QTR{quarter}/master.{day:%Y%m%d}.idx"


@dataclass(frozen=True)
class _Latest:
    """A list as it is now: its body, and the document where it is not the one that is held."""

    body: bytes
    new: Document | None


def _latest(fetching: Fetching, name: str, url: str, attributes: dict[str, str]) -> _Latest:
    """The list at `url`, asked for conditionally; what has not changed is read from what is held under these days."""
    document = fetching.get(url, feed=name, attributes=attributes)
    held = fetching.held(url) if document is None else None
    if document is None and held is None:
        document = fetching.get(url, feed=name, attributes=attributes, fresh=True)
    if document is not None:
        return _Latest(document.body, document)
    if held is None:
        raise UpstreamUnavailable(f"{url}: unchanged, though the whole answer was asked for")
    return _Latest(held, None)


def _tickers(fetching: Fetching, name: str, day: date) -> _Latest:
    """The ticker map as it stood at the end of `day`, or stands now; a past state is always asked for anew."""
    url = f"{fetching.settings.edgar_url}/files/company_tickers_exchange.json"
    at, attributes = _end_of(fetching, day), {KIND: TICKERS}
    if at is None:
        return _latest(fetching, name, url, attributes)
    document = fetching.get(url, feed=name, at=at, attributes=attributes)
    if document is None:
        raise UpstreamUnavailable(f"{url}: unchanged, though a past state was asked for")
    return _Latest(document.body, document)


def _end_of(fetching: Fetching, day: date) -> int | None:
    """The last instant of `day`; None while it has not come."""
    end = Days.one(day).end_ns
    return end - 1 if end <= fetching.now() else None


def _index(fetching: Fetching, name: str, day: date) -> _Latest | None:
    try:
        return _latest(fetching, name, index_url(fetching.settings.edgar_url, day), {KIND: INDEX})
    except UpstreamRefused:
        return None


def _downloaded(
    fetching: Fetching, name: str, listed: list[Listed], tickers: bytes
) -> Iterator[tuple[Document, Listed]]:
    by_number = {one.accession_number: one for one in listed}
    for number, document in download(fetching, name, listed, tickers):
        yield document, by_number[number]


def _attributes(listed: Listed, day: date) -> dict[str, str]:
    return {
        KIND: SUBMISSION,
        "accession_number": listed.accession_number,
        "form": listed.form,
        "listed_on": day.isoformat(),
    }
