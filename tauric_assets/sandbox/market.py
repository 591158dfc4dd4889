"""What the sandbox's servers ask of whatever is behind them: a seeded world, or a folder of recordings.

Belongs here: the `Market` protocol and the values it hands out.
Not here: protocols of upstreams (sandbox/…_server.py), stories (sandbox/world/), recordings (sandbox/replay/).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, Protocol

Venue = Literal["coinbase", "kraken", "binance", "binance_futures", "alpaca"]
VENUES: tuple[Venue, ...] = ("coinbase", "kraken", "binance")
"""The venues whose past days are told over REST; the others only stream."""


@dataclass(frozen=True)
class Company:
    """A line of the ticker map, and of the submissions list.

    Args:
        renamed_on: the day from which the former names are former.
    """

    cik: int
    name: str
    ticker: str
    exchange: str
    former_names: tuple[str, ...] = ()
    renamed_on: date | None = None


@dataclass(frozen=True)
class FilingParty:
    """One party of a submission; `role` as EDGAR's current-filings feed writes it."""

    cik: int
    name: str
    role: Literal["Filer", "Reporting", "Issuer", "Subject", "Filed by"]


@dataclass(frozen=True)
class Filing:
    """One submission as EDGAR lists it; its bytes come from `Market.submission`.

    Args:
        listed_on: the day whose daily index lists it. `filing_date` is what the lists print.
        accepted_at: nanoseconds UTC.
        documents: names of the files in the submission, the primary one first.
    """

    accession_number: str
    form: str
    filing_date: date
    listed_on: date
    accepted_at: int
    parties: tuple[FilingParty, ...]
    documents: tuple[str, ...]
    period_of_report: date | None = None
    items: tuple[str, ...] = ()
    description: str = ""
    size_bytes: int = 0


@dataclass(frozen=True)
class FeedState:
    """A news feed's bytes as they stood since `changed_at` (nanoseconds UTC; None where nobody knows)."""

    body: bytes
    media_type: str
    changed_at: int | None


@dataclass(frozen=True)
class Article:
    """An article as GDELT's machine reads it; `appears_at` in nanoseconds UTC."""

    link: str
    title: str
    appears_at: int
    themes: tuple[str, ...]
    organisations: tuple[str, ...]
    tone: float


@dataclass(frozen=True)
class Post:
    """One Jetstream event: `time_us` and the JSON frame as sent."""

    time_us: int
    frame: bytes


@dataclass(frozen=True)
class Trade:
    """One trade of the seeded world, before a venue's wire shape. `trade_id` grows by one per venue and symbol."""

    ts_event: int
    symbol: str
    trade_id: int
    price: Decimal
    size: Decimal
    side: Literal["buy", "sell"]


class Market(Protocol):
    """An offline market. Every method is a pure function of its arguments: same question, same bytes."""

    def first_day(self) -> date:
        """The first day about which the market knows anything."""
        ...

    def companies(self, at: int) -> Sequence[Company]:
        """The ticker map as it stood at `at`."""
        ...

    def filings(self, day: date) -> Sequence[Filing]:
        """What the daily index of `day` lists, by acceptance."""
        ...

    def filings_of(self, cik: int, at: int) -> Sequence[Filing]:
        """Everything accepted by `at` with `cik` among its parties, newest first."""
        ...

    def filing(self, accession_number: str) -> Filing | None:
        """One submission, or None."""
        ...

    def submission(self, accession_number: str) -> bytes:
        """The full submission text file. Raises KeyError where there is none."""
        ...

    def document(self, accession_number: str, name: str) -> bytes:
        """One document of a submission. Raises KeyError where there is none."""
        ...

    def company_list(self, name: str) -> bytes | None:
        """A submissions list as recorded; None where there is none, and one is made of the CIK's filings.

        Args:
            name: `CIK` and its ten digits; for an older page with `-submissions-` and three digits behind them.
        """
        ...

    def company_facts(self, cik: int, at: int) -> bytes | None:
        """The companyfacts of `cik` as they stood at `at` (nanoseconds UTC); None where there are none."""
        ...

    def feeds(self) -> Sequence[str]:
        """Addresses of the news feeds, as `host/path` (query included)."""
        ...

    def feed(self, address: str, at: int) -> FeedState | None:
        """A feed as it stood at `at`; None where it did not exist. Raises KeyError for an unknown address."""
        ...

    def articles(self, start: int, end: int) -> Iterator[Article]:
        """Articles that appear in [start, end), nanoseconds UTC, in order. A folder of recordings has none."""
        ...

    def posts(self, start: int, end: int) -> Iterator[Post]:
        """Jetstream events in [start, end), nanoseconds UTC, in order."""
        ...

    def symbols(self, venue: Venue) -> Sequence[str]:
        """What `venue` lists, as BASE-QUOTE."""
        ...

    def trades(self, venue: Venue, symbol: str, start: int, end: int) -> Iterator[Trade]:
        """Trades in [start, end), in order. A folder of recordings has none: it has `frames`."""
        ...

    def frames(self, venue: Venue) -> Iterator[tuple[int, bytes]]:
        """Recorded websocket frames with their receive times in nanoseconds. The seeded world has none."""
        ...
