"""`World`: the seeded market behind the sandbox's servers; satisfies `market.Market`.

Belongs here: answering the protocol's questions from the world's modules.
Not here: the stories and texts themselves; protocols of upstreams.
"""

from collections.abc import Iterator, Sequence
from datetime import date

from tauric_assets.sandbox.market import Company, FeedState, Filing, Post, Trade, Venue
from tauric_assets.sandbox.world.companies import PROFILES, SYMBOLS

FIRST_DAY = date(2025, 11, 3)
FEEDS = (
    "www.prnewswire.com/rss/news-releases-list.rss",
    "www.gov.uk/government/organisations/competition-and-markets-authority.atom",
    "feeds.marketnotes.invalid/rss",
)


class World:
    """A deterministic offline market: the same seed and question give the same bytes.

    Args:
        seed: which world.
        trades_per_day: trades on an average weekday for each venue and symbol.
    """

    def __init__(self, seed: int = 7, trades_per_day: int = 1_200) -> None:
        self.seed = seed
        self.trades_per_day = trades_per_day

    def first_day(self) -> date:
        """The first day about which the world knows anything."""
        return FIRST_DAY

    def companies(self, at: int) -> Sequence[Company]:
        """The ticker map; the same at every instant."""
        return [profile.company for profile in PROFILES]

    def filings(self, day: date) -> Sequence[Filing]:
        """What the daily index of `day` lists, by acceptance."""
        return []

    def filings_of(self, cik: int, at: int) -> Sequence[Filing]:
        """Everything accepted by `at` with `cik` among its parties, newest first."""
        return []

    def filing(self, accession_number: str) -> Filing | None:
        """One submission, or None."""
        return None

    def submission(self, accession_number: str) -> bytes:
        """The full submission text file. Raises KeyError where there is none."""
        raise KeyError(accession_number)

    def document(self, accession_number: str, name: str) -> bytes:
        """One document of a submission. Raises KeyError where there is none."""
        raise KeyError(f"{accession_number}/{name}")

    def feeds(self) -> Sequence[str]:
        """Addresses of the news feeds, as `host/path`."""
        return FEEDS

    def feed(self, address: str, at: int) -> FeedState | None:
        """A feed as it stood at `at`; None before the first day. Raises KeyError for an unknown address."""
        if address not in FEEDS:
            raise KeyError(address)
        return None

    def posts(self, start: int, end: int) -> Iterator[Post]:
        """Jetstream events in [start, end), nanoseconds UTC, in order."""
        yield from ()

    def symbols(self, venue: Venue) -> Sequence[str]:
        """What `venue` lists, as BASE-QUOTE."""
        return SYMBOLS[venue]

    def trades(self, venue: Venue, symbol: str, start: int, end: int) -> Iterator[Trade]:
        """Trades in [start, end), nanoseconds UTC, in order."""
        yield from ()

    def frames(self, venue: Venue) -> Iterator[tuple[int, bytes]]:
        """The world has no recorded frames."""
        yield from ()
