"""News feeds as the sandbox serves them: each at its own address, as it stood at an instant.

Belongs here: finding the feed behind an address.
Not here: conditional GET and mementos (answers.py), contents (the market).
"""

from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from tauric_assets.sandbox.answers import moment_of, page
from tauric_assets.sandbox.context import Sandbox


class NewsServer:
    """All feeds of one market; paths are compared unquoted."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._market = sandbox.market
        self._clock = sandbox.clock
        self._addresses = {_key(address): address for address in sandbox.market.feeds()}

    def routes(self) -> list[Route]:
        """One route for every address that no other server takes."""
        return [Route("/{rest:path}", self.feed)]

    def feed(self, request: Request) -> Response:
        """A feed, or 404 where there is none at that instant."""
        asked = request.scope["path"].lstrip("/"), request.scope["query_string"].decode("latin-1")
        address = self._addresses.get(asked)
        moment = moment_of(request, self._clock)
        state = self._market.feed(address, moment.at) if address else None
        if state is None:
            return PlainTextResponse("404 page not found\n", status_code=404)
        return page(request, state.body, state.media_type, moment, changed_at=state.changed_at)


def _key(address: str) -> tuple[str, str]:
    path, _, query = address.partition("?")
    return unquote(path), query
