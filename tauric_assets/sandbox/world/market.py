"""`World`: the seeded market behind the sandbox's servers; satisfies `market.Market`.

Belongs here: answering the protocol's questions from the world's modules.
Not here: the stories and texts themselves; protocols of upstreams.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal

from tauric_assets.errors import UsageError
from tauric_assets.sandbox.market import Article, Company, FeedState, Filing, Post, Trade, Venue
from tauric_assets.sandbox.world import articles, facts, filings, news, plans, social, tape
from tauric_assets.sandbox.world.companies import BY_CIK, PROFILES, SYMBOLS
from tauric_assets.sandbox.world.eastern import FIRST_DAY, eastern_time
from tauric_assets.sandbox.world.plans import Plan
from tauric_assets.times import day_of_ns, day_start_ns

TRADES_PER_DAY = 1_200


class World:
    """A deterministic offline market: the same seed and question give the same bytes, in any process.

    Args:
        seed: which world.
        trades_per_day: trades on an average weekday for each venue and symbol; weekends have two fifths of it.
    Raises: UsageError: `trades_per_day` below 1 or above 100,000.
    """

    def __init__(self, seed: int = 7, trades_per_day: int = TRADES_PER_DAY) -> None:
        if not 1 <= trades_per_day <= 100_000:
            raise UsageError(f"trades_per_day is {trades_per_day}: choose 1 to 100000")
        self._seed = seed
        self._trades_per_day = trades_per_day

    def first_day(self) -> date:
        """The first day about which the world knows anything."""
        return FIRST_DAY

    def companies(self, at: int) -> Sequence[Company]:
        """The ticker map; the same at every instant."""
        return [profile.company for profile in PROFILES]

    def filings(self, day: date) -> Sequence[Filing]:
        """What the daily index of `day` lists, by acceptance; nothing at weekends and before the first day."""
        return [filings.filing_of(self._seed, plan) for plan in plans.plans_listed(self._seed, day)]

    def filings_of(self, cik: int, at: int) -> Sequence[Filing]:
        """Everything accepted by `at` (nanoseconds UTC) with `cik` among its parties, newest first."""
        last = eastern_time(at).date()
        days = (FIRST_DAY + timedelta(days=number) for number in range((last - FIRST_DAY).days + 1))
        found = [
            plan
            for day in days
            for plan in plans.plans_accepted(self._seed, day)
            if plan.accepted_at <= at and any(party.cik == cik for party in filings.parties(plan))
        ]
        return [filings.filing_of(self._seed, plan) for plan in reversed(found)]

    def filing(self, accession_number: str) -> Filing | None:
        """One submission, or None."""
        plan = plans.plan_of(self._seed, accession_number)
        return None if plan is None else filings.filing_of(self._seed, plan)

    def submission(self, accession_number: str) -> bytes:
        """The full submission text file. Raises KeyError where there is none."""
        return filings.submission(self._seed, self._plan(accession_number))

    def document(self, accession_number: str, name: str) -> bytes:
        """One document of a submission. Raises KeyError where there is none."""
        for part in filings.parts(self._seed, self._plan(accession_number)):
            if part.name == name:
                return part.body.encode()
        raise KeyError(f"{accession_number}/{name}")

    def company_list(self, name: str) -> bytes | None:
        """None: nothing is recorded."""
        return None

    def company_facts(self, cik: int, at: int) -> bytes | None:
        """The companyfacts of `cik` as they stood at `at` (nanoseconds UTC); None for who is no company."""
        profile = BY_CIK.get(cik)
        return None if profile is None else facts.company_facts(self._seed, profile, at)

    def feeds(self) -> Sequence[str]:
        """Addresses of the news feeds, as `host/path`."""
        return tuple(news.CHANNELS)

    def feed(self, address: str, at: int) -> FeedState | None:
        """A feed as it stood at `at` (nanoseconds UTC); None before the first day. KeyError: unknown address."""
        return news.feed_state(self._seed, address, at)

    def articles(self, start: int, end: int) -> Iterator[Article]:
        """What other papers make of the newswire in [start, end), nanoseconds UTC, in order."""
        for day in _days(start, end):
            for article in articles.articles_of(self._seed, day):
                if start <= article.appears_at < end:
                    yield article

    def posts(self, start: int, end: int) -> Iterator[Post]:
        """Jetstream events in [start, end), nanoseconds UTC, in order."""
        for day in _days(start, end):
            for post in social.posts_of(self._seed, day):
                if start <= post.time_us * 1_000 < end:
                    yield post

    def symbols(self, venue: Venue) -> Sequence[str]:
        """What `venue` lists, as BASE-QUOTE."""
        return SYMBOLS[venue]

    def trades(self, venue: Venue, symbol: str, start: int, end: int) -> Iterator[Trade]:
        """Trades in [start, end), nanoseconds UTC, in order. Raises KeyError where the venue has no such symbol."""
        if symbol not in SYMBOLS[venue]:
            raise KeyError(f"{venue} lists no {symbol}")
        for day in _days(start, end):
            traded = tape.day_trades(self._seed, venue, symbol, day, self._trades_per_day)
            first, last = (int(place) for place in traded.at.searchsorted([start, end]))
            rows = zip(
                *(column[first:last].tolist() for column in (traded.at, traded.prices, traded.sizes, traded.buys)),
                strict=True,
            )
            for number, (at, price, size, buys) in enumerate(rows, start=traded.first_id + first):
                yield Trade(
                    *(at, symbol, number, Decimal(price).scaleb(-2), Decimal(size).scaleb(-4)),
                    side="buy" if buys else "sell",
                )

    def frames(self, venue: Venue) -> Iterator[tuple[int, bytes]]:
        """The world has no recorded frames."""
        yield from ()

    def _plan(self, accession_number: str) -> Plan:
        plan = plans.plan_of(self._seed, accession_number)
        if plan is None:
            raise KeyError(accession_number)
        return plan


def _days(start: int, end: int) -> Iterator[date]:
    """The UTC days, from the first day on, that [start, end) touches."""
    instant = max(start, day_start_ns(FIRST_DAY))
    while instant < end:
        day = day_of_ns(instant)
        yield day
        instant = day_start_ns(day + timedelta(days=1))
