"""The sandbox's own addresses, below /sandbox/: health, clock, catalogue, faults, log.

Belongs here: what tests and the launcher ask of the sandbox itself.
Not here: upstreams.
"""

from dataclasses import asdict
from typing import get_args

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tauric_assets.errors import UsageError
from tauric_assets.sandbox import (
    alpaca_server,
    binance_server,
    coinbase_advanced_server,
    coinbase_server,
    jetstream_server,
    kraken_server,
)
from tauric_assets.sandbox.context import LOG_ENTRIES_MAX, Sandbox
from tauric_assets.sandbox.faults import rules_from_json
from tauric_assets.sandbox.market import VENUES, Venue
from tauric_assets.times import DAY_NS, SECOND_NS, day_of_ns, ns_to_text

HOSTS = (
    "www.sec.gov",
    "data.sec.gov",
    jetstream_server.HOST,
    coinbase_server.HOST,
    coinbase_server.STREAM_HOST,
    kraken_server.HOST,
    kraken_server.STREAM_HOST,
    binance_server.HOST,
    binance_server.STREAM_HOST,
    binance_server.FUTURES_HOST,
    binance_server.FUTURES_STREAM_HOST,
    coinbase_advanced_server.HOST,
    coinbase_advanced_server.STREAM_HOST,
    alpaca_server.STREAM_HOST,
)


class Control:
    """The control addresses of one sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def routes(self) -> list[Route]:
        """All control addresses."""
        return [
            Route("/sandbox/health", self.health),
            Route("/sandbox/clock", self.clock),
            Route("/sandbox/catalog", self.catalog),
            Route("/sandbox/faults", self.faults, methods=["GET", "POST", "DELETE"]),
            Route("/sandbox/log", self.log),
            Route("/sandbox/withheld", self.withheld),
        ]

    async def health(self, request: Request) -> Response:
        """That it is there."""
        return JSONResponse({"status": "ok"})

    async def clock(self, request: Request) -> Response:
        """The sandbox's now."""
        now = self._sandbox.clock()
        return JSONResponse({"now_ns": now, "now": ns_to_text(now), "mode": self._sandbox.clock.mode})

    def catalog(self, request: Request) -> Response:
        """What there is to ask for; `last_day` is the last whole day before now."""
        market = self._sandbox.market
        addresses = list(market.feeds())
        catalogue: dict[str, object] = {
            "hosts": sorted({*HOSTS, *(address.partition("/")[0] for address in addresses)}),
            "symbols": {venue: list(market.symbols(venue)) for venue in VENUES},
            "feeds": addresses,
            "first_day": str(market.first_day()),
            "last_day": str(day_of_ns(self._sandbox.clock() + SECOND_NS - DAY_NS)),
            "play": str(self._sandbox.play) if self._sandbox.play else None,
        }
        return JSONResponse(catalogue | self._sandbox.description())

    async def faults(self, request: Request) -> Response:
        """GET the rules in force, POST a JSON list of further ones, DELETE all."""
        book = self._sandbox.faults
        if request.method == "DELETE":
            book.clear()
        elif request.method == "POST":
            try:
                rules = rules_from_json(await request.body())
                book.add(rules)
            except UsageError as error:
                return JSONResponse({"error": str(error)}, status_code=400)
            return JSONResponse({"added": [asdict(rule) for rule in rules]})
        return JSONResponse({"faults": book.report()})

    async def withheld(self, request: Request) -> Response:
        """The numbers that nobody is told: `?venue=coinbase&symbol=BTC-USD&first=1&last=5000`, `last` at most now's."""
        numbered, query = self._sandbox.numbered, request.query_params
        venue = next((known for known in get_args(Venue) if known == query.get("venue")), None)
        symbol = query.get("symbol", "")
        if numbered is None or venue is None or symbol not in self._sandbox.market.symbols(venue):
            return JSONResponse({"error": "only numbered trades of a venue and symbol that there are"}, 400)
        newest = numbered.newest_number(self._sandbox.clock())
        first, last = (int(text) if (text := query.get(name, "")).isdigit() else None for name in ("first", "last"))
        last = newest if last is None else min(last, newest)
        ids = numbered.withheld(venue, symbol, 1 if first is None else first, last)
        return JSONResponse({"per_second": numbered.per_second, "newest": newest, "withheld": ids})

    async def log(self, request: Request) -> Response:
        """The newest requests to upstreams, oldest first; `last` limits how many."""
        last = request.query_params.get("last", "")
        entries = list(self._sandbox.log)
        return JSONResponse(entries[-min(int(last), LOG_ENTRIES_MAX) :] if last.isdigit() and int(last) else entries)
