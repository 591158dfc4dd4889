"""Submissions through the card's `sec-edgar-downloader`, with none of its traps left open.

It has no address to set, no timeout and no retry; it swallows failures and prints them; a file cut off by a crash
stays; its default `before` is the day it was imported; it refuses forms such as `SCHEDULE 13D`. Here every request it
makes goes through the house's own fetcher (one rate limit, timeout and retry rule, the sandbox's address), the lists it
reads first are made from the daily index (which saves a request a company), `before` is always given, it writes into a
folder that is gone afterwards, and what it did not deliver whole is fetched directly.

Belongs here: everything about that package.
Not here: which submissions are wanted (collect.py), EDGAR's words (answers.py).

Specification: sec-edgar-downloader 5.1.0, its source; modules `_sec_gateway` and `_orchestrator`.
"""

import importlib
import json
import logging
import threading
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from tauric_assets.errors import DocumentCutOff, DocumentTooLarge, UpstreamRefused, UpstreamUnavailable
from tauric_assets.feeds.contract import Document, Fetching
from tauric_assets.feeds.edgar.listing import Listed
from tauric_assets.feeds.edgar.submission import is_complete
from tauric_assets.settings import Settings

WWW = "https://www.sec.gov"
DATA = "https://data.sec.gov"
GROUP_MAX = 10
"""Filings one call of the downloader is asked for."""

TOO_LARGE = "too_large"
"""Attribute of a submission of which only the beginning is here; its value is the reason."""

_AMENDED = "/A"
_NUMBER_SEARCHED_BYTES = 65_536
_ITS_FAILURES = (UpstreamUnavailable, UpstreamRefused, LookupError, TypeError, ValueError, AttributeError, OSError)

logger = logging.getLogger(__name__)
_patching = threading.RLock()


def submission_url(settings: Settings, listed: Listed) -> str:
    """The address of a submission's full text, as its index line gives it."""
    return f"{settings.edgar_url}/Archives/{listed.path}"


def fetch_directly(fetching: Fetching, feed: str, listed: Listed, attributes: dict[str, str]) -> Document:
    """One submission by its address. What is cut off each time it is asked for is all there is: the parser judges it.

    Of one that is larger than this house reads the beginning is kept, with the attribute TOO_LARGE saying so.
    Raises: UpstreamUnavailable naming the accession number: it did not come.
    """
    url = submission_url(fetching.settings, listed)
    try:
        document = fetching.get(url, feed=feed, attributes=attributes, fresh=True)
    except DocumentCutOff as error:
        logger.warning("submission is cut off each time accession_number=%s: %s", listed.accession_number, error)
        return Document(feed, url, error.body, "text/plain", fetching.now(), "observed", attributes)
    except DocumentTooLarge as error:
        logger.warning("submission is too large accession_number=%s: %s", listed.accession_number, error)
        told = attributes | {TOO_LARGE: str(error)}
        return Document(feed, url, error.body, "text/plain", fetching.now(), "observed", told)
    except UpstreamRefused as error:
        raise UpstreamUnavailable(f"{listed.accession_number} is listed but not there: {error}") from error
    except UpstreamUnavailable as error:
        raise UpstreamUnavailable(f"{listed.accession_number} did not come: {error}", error.retry_after_s) from error
    if document is None:
        raise UpstreamUnavailable(f"{listed.accession_number} did not come: {url} is unchanged since nothing was held")
    return document


def download(fetching: Fetching, feed: str, listed: Sequence[Listed], tickers: bytes) -> Iterator[tuple[str, Document]]:
    """Those of `listed` that the downloader delivers whole: accession number, and document without attributes.

    Args:
        tickers: the ticker map with exchanges; saves the downloader's own request for it.
    """
    if not listed:
        return
    gateway = _Gateway(fetching, feed)
    gateway.lists["/files/company_tickers_exchange.json"] = tickers
    with TemporaryDirectory(prefix="tauric-edgar-") as folder:
        downloader = _downloader(gateway, fetching.settings.requester, Path(folder))
        if downloader is None:
            return
        for group in _groups(listed, set(getattr(downloader, "supported_forms", ()))):
            gateway.begin(group)
            _run(downloader, gateway, group)
            yield from _delivered(gateway, group, Path(folder))


@dataclass(frozen=True)
class _Group:
    """What one call of the downloader is asked for: filings of one CIK, form (without `/A`) and date."""

    cik: int
    form: str
    filed_on: date
    listed: tuple[Listed, ...]

    @property
    def path(self) -> str:
        """Where the downloader looks for the list of the CIK's filings."""
        return f"/submissions/CIK{self.cik:010d}.json"

    def as_list(self) -> bytes:
        """The group as data.sec.gov would list it."""
        columns = {
            "accessionNumber": [one.accession_number for one in self.listed],
            "form": [one.form for one in self.listed],
            "filingDate": [one.filed_on.isoformat() for one in self.listed],
            "primaryDocument": ["" for _ in self.listed],
        }
        return json.dumps({"filings": {"recent": columns, "files": []}}).encode()


def _groups(listed: Sequence[Listed], supported: set[str]) -> list[_Group]:
    """Filings by CIK, form without `/A`, and date, few enough for their bodies to be in memory together.

    Of a joint filing's CIKs the one with most filings here is taken.
    """
    frequency = Counter(cik for one in listed for cik in one.ciks)
    chosen: dict[tuple[int, str, date], list[Listed]] = defaultdict(list)
    for one in listed:
        base = one.form.removesuffix(_AMENDED)
        if base in supported:
            best = max(one.ciks, key=lambda cik: (frequency[cik], -cik))
            chosen[best, base, one.filed_on].append(one)
    return [
        _Group(*key, tuple(members[start : start + GROUP_MAX]))
        for key, members in sorted(chosen.items())
        for start in range(0, len(members), GROUP_MAX)
    ]


class _Gateway:
    """Stands where the downloader's `_call_sec` stood: its requests for lists are answered, the others become ours."""

    def __init__(self, fetching: Fetching, feed: str) -> None:
        self._fetching = fetching
        self._feed = feed
        self._failure: UpstreamUnavailable | None = None
        self.lists: dict[str, bytes] = {}
        self.arrived: dict[str, Document] = {}

    def begin(self, group: _Group) -> None:
        """Before each group: forget the last one's bodies; its CIK's list is the group."""
        self.arrived.clear()
        self.lists[group.path] = group.as_list()

    def call(self, uri: str, user_agent: str, host: str) -> "_Answer":
        """GET `uri`; what failed for good is not asked again for the rest of the run."""
        if self._failure is not None:
            raise self._failure
        path = uri.removeprefix(WWW).removeprefix(DATA)
        if path in self.lists:
            return _Answer(self.lists.pop(path))
        url = uri.replace(WWW, self._fetching.settings.edgar_url, 1)
        try:
            document = self._fetching.get(url, feed=self._feed, fresh=True)
        except DocumentCutOff:
            raise
        except UpstreamUnavailable as error:
            self._failure = error
            raise
        if document is None:
            raise UpstreamUnavailable(f"{url}: unchanged, though the whole answer was asked for")
        self.arrived[uri.rpartition("/")[2].removesuffix(".txt")] = document
        return _Answer(document.body)


@dataclass(frozen=True)
class _Answer:
    """As much of a `requests.Response` as the downloader uses."""

    content: bytes

    def json(self) -> object:
        """The body as JSON."""
        return json.loads(self.content)


@contextmanager
def _through(gateway: _Gateway) -> Iterator[None]:
    """Its requests go through `gateway` and it prints nothing, until the block ends. One block at a time."""
    requests_module = importlib.import_module("sec_edgar_downloader._sec_gateway")
    orchestrator = importlib.import_module("sec_edgar_downloader._orchestrator")
    with _patching:
        original = requests_module.__dict__["_call_sec"]
        setattr(requests_module, "_call_sec", gateway.call)  # noqa: B010 (a module of another package)
        setattr(orchestrator, "print", _unprinted)  # noqa: B010
        try:
            yield
        finally:
            setattr(requests_module, "_call_sec", original)  # noqa: B010
            delattr(orchestrator, "print")


def _unprinted(*words: object) -> None:
    logger.debug("sec-edgar-downloader said=%s", words)


def _downloader(gateway: _Gateway, requester: str, folder: Path) -> object | None:
    from sec_edgar_downloader._Downloader import Downloader  # here, because importing it is slow

    name, _, email = requester.rpartition(" ")
    try:
        with _through(gateway):
            return Downloader(name, email, folder)
    except _ITS_FAILURES as error:
        logger.warning("sec-edgar-downloader did not start, fetching directly error=%s", error)
        return None


def _run(downloader: object, gateway: _Gateway, group: _Group) -> None:
    try:
        with _through(gateway):
            downloader.get(  # type: ignore[attr-defined]
                group.form,
                f"{group.cik:010d}",
                limit=len(group.listed),
                after=group.filed_on,
                before=group.filed_on,
                include_amends=any(one.form.endswith(_AMENDED) for one in group.listed),
            )
    except _ITS_FAILURES as error:
        logger.warning("sec-edgar-downloader failed cik=%d form=%s error=%s", group.cik, group.form, error)


def _delivered(gateway: _Gateway, group: _Group, folder: Path) -> Iterable[tuple[str, Document]]:
    for one in group.listed:
        number = one.accession_number
        path = folder / "sec-edgar-filings" / f"{group.cik:010d}" / group.form / number / "full-submission.txt"
        arrived = gateway.arrived.get(number)
        if arrived is None or not path.is_file():
            continue
        body = path.read_bytes()
        path.unlink()
        if _is_whole(body, number):
            yield number, replace(arrived, body=body)


def _is_whole(body: bytes, accession_number: str) -> bool:
    return is_complete(body) and accession_number.encode() in body[:_NUMBER_SEARCHED_BYTES]
