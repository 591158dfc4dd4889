"""`Recordings`: a folder of recordings as a market.

EDGAR recordings keep their own dates and contents, and are all listed under one day, that of the newest acceptance.
Submissions lists and companyfacts are served as they are at the addresses of their CIKs.
News feeds get addresses of their own, which an OPML document lists at a news wire's address. Captures are played as
recorded.

Belongs here: answering the protocol's questions from the folder's files; the account of what is served.
Not here: what a file is (sniff.py), filings (filed.py), frames (captures.py).
"""

from collections.abc import Iterator, Sequence
from datetime import date
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

from tauric_assets.sandbox.clock import SandboxClock
from tauric_assets.sandbox.market import VENUES, Article, Company, FeedState, Filing, Post, Trade, Venue
from tauric_assets.sandbox.replay.captures import frames_of, posts_of, symbols_in
from tauric_assets.sandbox.replay.filed import file_recordings
from tauric_assets.sandbox.replay.scan import Found, scan
from tauric_assets.sandbox.replay.sniff import Kind
from tauric_assets.times import Days, day_of_ns

LIST_ADDRESS = "www.prnewswire.com/rss/news-releases-list.rss"
RECORDINGS_HOST = "recordings.invalid"
FALLBACK_DAY = date(2020, 1, 1)
_NAME_LENGTH = len("CIK0000000000")
_EMPTY_FEED = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel><title>Nothing recorded</title>'
    b"<link>https://recordings.invalid/</link><description>An empty feed.</description></channel></rss>\n"
)


class Recordings:
    """A market made of the files below a folder.

    Args:
        folder: any layout; nothing outside it is read.
        empty_feeds: addresses that answer with an empty feed, so that a configured feed finds something.
    Raises: UsageError where there is no such folder.
    """

    def __init__(self, folder: Path, empty_feeds: Sequence[str] = ()) -> None:
        self._found = scan(folder)
        self._filed = file_recordings(self._found, FALLBACK_DAY)
        self._lists = _by_cik(self._of_kind("company_list"))
        self._facts = _by_cik(self._of_kind("company_facts"))
        self._feeds = {f"{RECORDINGS_HOST}/{quote(file.name)}": file for file in self._of_kind("feed")}
        self._empty = tuple(address for address in empty_feeds if address != LIST_ADDRESS)
        self._by_number = {filing.accession_number: filing for filing in self._filed.filings}

    @property
    def listing_day(self) -> date:
        """The day under which every EDGAR recording is listed."""
        return self._filed.listing_day

    @property
    def clock(self) -> SandboxClock:
        """Frozen at the end of the listing day."""
        return SandboxClock("frozen", Days.one(self.listing_day).end_ns - 1)

    @cached_property
    def unserved(self) -> dict[str, str]:
        """Names of the files that are not served, each with the reason."""
        unserved = {file.name: file.sniffed.reason for file in self._of_kind("unserved")} | self._filed.duplicates
        for files, chosen in (
            (self._of_kind("company_list"), self._lists),
            (self._of_kind("company_facts"), self._facts),
        ):
            for file in files:
                if (served := chosen[file.sniffed.cik]) is not file:
                    unserved[file.name] = f"CIK {file.sniffed.cik} is served from another recording, {served.name}"
        for file in self._of_kind("company_page"):
            if self._pages.get(Path(file.name).stem) is not file:
                unserved[file.name] = "older page of a submissions list, without the list that names it"
        used = {one.number for one in self._filed.recorded.values() if one.kind != "submission"}
        for file in self._of_kind("header"):
            if not any(number in file.name for number in used):
                unserved[file.name] = "header kept as JSON, without a loose document it belongs to"
        return unserved

    @cached_property
    def served(self) -> dict[str, Kind]:
        """Names of the files that are served, each with what as; with `unserved` these are all files."""
        return {file.name: file.sniffed.kind for file in self._found if file.name not in self.unserved}

    def description(self) -> dict[str, object]:
        """What the replay adds to the catalogue."""
        return {
            "listing_day": str(self.listing_day),
            "capture_days": {venue: [str(day) for day in self._capture_facts[venue][1]] for venue in VENUES},
            "files": len(self._found),
            "served": len(self.served),
            "companies": sorted(self._lists.keys() | self._facts.keys()),
            "unserved": [{"path": name, "reason": reason} for name, reason in sorted(self.unserved.items())],
        }

    def first_day(self) -> date:
        """The listing day, or the first captured day where that is earlier."""
        days = [day for venue in VENUES for day in self._capture_facts[venue][1]]
        return min([self.listing_day, *days])

    def companies(self, at: int) -> Sequence[Company]:
        """Issuers whose ticker a recorded ownership document tells."""
        companies: dict[str, Company] = {}
        for one in self._filed.recorded.values():
            for party in one.facts.parties:
                if one.symbol and party.role == "Issuer":
                    companies.setdefault(one.symbol, Company(party.cik, party.name, one.symbol, ""))
        return list(companies.values())

    def filings(self, day: date) -> Sequence[Filing]:
        """Everything on the listing day, nothing on others."""
        return self._filed.filings if day == self.listing_day else []

    def filings_of(self, cik: int, at: int) -> Sequence[Filing]:
        """Everything accepted by `at` with `cik` among its parties, newest first."""
        seen = (filing for filing in reversed(self._filed.filings) if filing.accepted_at <= at)
        return [filing for filing in seen if any(party.cik == cik for party in filing.parties)]

    def filing(self, accession_number: str) -> Filing | None:
        """One submission, or None."""
        return self._by_number.get(accession_number)

    def submission(self, accession_number: str) -> bytes:
        """The full submission text file. Raises KeyError where there is none."""
        return self._filed.submission(accession_number)

    def document(self, accession_number: str, name: str) -> bytes:
        """One document of a submission. Raises KeyError where there is none."""
        return self._filed.document(accession_number, name)

    def company_list(self, name: str) -> bytes | None:
        """A recorded submissions list or older page of one, whenever it was recorded; None where there is none."""
        file = self._lists.get(int(name.removeprefix("CIK"))) if len(name) == _NAME_LENGTH else self._pages.get(name)
        return file.path.read_bytes() if file else None

    def company_facts(self, cik: int, at: int) -> bytes | None:
        """The recorded companyfacts of `cik`, whenever they were recorded; None where there are none."""
        return self._facts[cik].path.read_bytes() if cik in self._facts else None

    def feeds(self) -> Sequence[str]:
        """The list's address, the recorded feeds', and those that are empty."""
        return [LIST_ADDRESS, *self._feeds, *self._empty]

    def feed(self, address: str, at: int) -> FeedState | None:
        """A feed; nobody knows since when it stood so. Raises KeyError for an unknown address."""
        if address == LIST_ADDRESS:
            return FeedState(self._list_of_feeds, "text/x-opml", None)
        if address in self._empty:
            return FeedState(_EMPTY_FEED, "application/rss+xml", None)
        return FeedState(self._feeds[address].path.read_bytes(), "application/xml", None)

    def articles(self, start: int, end: int) -> Iterator[Article]:
        """None are recorded."""
        yield from ()

    def posts(self, start: int, end: int) -> Iterator[Post]:
        """Recorded Jetstream events in [start, end), in order."""
        posts = (post for file in self._of_kind("posts") for post in posts_of(file.path))
        yield from sorted((post for post in posts if start <= post.time_us * 1000 < end), key=lambda post: post.time_us)

    def symbols(self, venue: Venue) -> Sequence[str]:
        """The symbols whose trades were captured."""
        return self._capture_facts[venue][0] if venue in VENUES else ()

    def trades(self, venue: Venue, symbol: str, start: int, end: int) -> Iterator[Trade]:
        """None: captures are played as recorded."""
        yield from ()

    def frames(self, venue: Venue) -> Iterator[tuple[int, bytes]]:
        """The frames of the venue's captures, file by file."""
        for file in self._of_kind("capture"):
            if file.sniffed.venue == venue:
                yield from frames_of(file.path)

    def _of_kind(self, kind: Kind) -> list[Found]:
        return [file for file in self._found if file.sniffed.kind == kind]

    @cached_property
    def _pages(self) -> dict[str, Found]:
        """Older pages that a recorded list names, by name without suffix."""
        pages: dict[str, Found] = {}
        for file in self._of_kind("company_page"):
            first = self._lists.get(file.sniffed.cik)
            if first and Path(file.name).name.encode() in first.path.read_bytes():
                pages.setdefault(Path(file.name).stem, file)
        return pages

    @cached_property
    def _list_of_feeds(self) -> bytes:
        lines = [
            f'<outline type="rss" text="{address.partition("/")[2]}" xmlUrl="https://{address}"/>'
            for address in self._feeds
        ]
        head = '<?xml version="1.0" encoding="UTF-8"?>\n<opml version="2.0"><head><title>Recorded feeds</title></head>'
        return "\n".join([f"{head}<body>", *lines, "</body></opml>\n"]).encode("ascii")

    @cached_property
    def _capture_facts(self) -> dict[Venue, tuple[list[str], list[date]]]:
        """By venue: the symbols whose trades were captured, and the days of capture (UTC)."""
        facts: dict[Venue, tuple[list[str], list[date]]] = {}
        for venue in VENUES:
            symbols: set[str] = set()
            days: set[date] = set()
            for received, frame in self.frames(venue):
                days.add(day_of_ns(received))
                symbols |= symbols_in(venue, frame)
            facts[venue] = sorted(symbols), sorted(days)
        return facts


def _by_cik(files: Sequence[Found]) -> dict[int, Found]:
    """One file a CIK: the last by name, so that a file named by its CIK as EDGAR names it goes before others."""
    chosen: dict[int, Found] = {}
    for file in sorted(files, key=lambda file: (f"CIK{file.sniffed.cik:010d}.json" in file.name, file.name)):
        chosen[file.sniffed.cik] = file
    return chosen
