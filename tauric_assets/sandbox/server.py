"""The sandbox's one server: every upstream is a folder below one loopback address.

Belongs here: putting the servers together and running them.
Not here: any upstream's shapes; starting it as a child process (launch.py).
"""

import asyncio
import json
import socket
import sys
import threading
from collections.abc import Callable

import uvicorn
from starlette.applications import Starlette
from starlette.routing import BaseRoute, WebSocketRoute
from starlette.types import ASGIApp

from tauric_assets.errors import UsageError
from tauric_assets.sandbox import (
    alpaca_server,
    binance_server,
    coinbase_advanced_server,
    coinbase_server,
    kraken_server,
)
from tauric_assets.sandbox.alpaca_server import AlpacaDialect
from tauric_assets.sandbox.binance_server import BinanceDialect, BinanceServer
from tauric_assets.sandbox.clock import parse_clock
from tauric_assets.sandbox.coinbase_advanced_server import CoinbaseAdvancedDialect, CoinbaseAdvancedServer
from tauric_assets.sandbox.coinbase_server import CoinbaseDialect, CoinbaseServer
from tauric_assets.sandbox.context import Sandbox
from tauric_assets.sandbox.control import Control
from tauric_assets.sandbox.damage import DroppableProtocol, Gate
from tauric_assets.sandbox.edgar_server import EdgarServer
from tauric_assets.sandbox.faults import FaultBook, rules_from_file
from tauric_assets.sandbox.gdelt_server import GdeltServer
from tauric_assets.sandbox.jetstream_server import JetstreamServer
from tauric_assets.sandbox.kraken_server import KrakenDialect, KrakenServer
from tauric_assets.sandbox.news_server import NewsServer
from tauric_assets.sandbox.numbered import Numbered
from tauric_assets.sandbox.options import SandboxOptions
from tauric_assets.sandbox.replay import Recordings
from tauric_assets.sandbox.venue_stream import VenueStream
from tauric_assets.sandbox.world import World
from tauric_assets.times import day_start_ns

HOST = "127.0.0.1"
MESSAGE_BYTES_MAX = 1_000_000
KEEP_ALIVE_S = 75
SHUTDOWN_S = 1


def application(sandbox: Sandbox) -> ASGIApp:
    """The ASGI application that serves every upstream of one sandbox."""
    coinbase = VenueStream(sandbox, CoinbaseDialect()).endpoint
    kraken = VenueStream(sandbox, KrakenDialect()).endpoint
    binance = VenueStream(sandbox, BinanceDialect()).endpoint
    futures = VenueStream(sandbox, BinanceDialect("binance_futures")).endpoint
    advanced = VenueStream(sandbox, CoinbaseAdvancedDialect()).endpoint
    alpaca = VenueStream(sandbox, AlpacaDialect()).endpoint
    routes: list[BaseRoute] = [
        *Control(sandbox).routes(),
        WebSocketRoute(f"/{coinbase_server.STREAM_HOST}", coinbase),
        WebSocketRoute(f"/{coinbase_server.STREAM_HOST}/", coinbase),
        WebSocketRoute(f"/{kraken_server.STREAM_HOST}/v2", kraken),
        WebSocketRoute(f"/{binance_server.STREAM_HOST}/stream", binance),
        WebSocketRoute(f"/{binance_server.STREAM_HOST}/ws", binance),
        WebSocketRoute(f"/{binance_server.STREAM_HOST}/ws/{{streams:path}}", binance),
        WebSocketRoute(f"/{binance_server.FUTURES_STREAM_HOST}/stream", futures),
        WebSocketRoute(f"/{binance_server.FUTURES_STREAM_HOST}/ws/{{streams:path}}", futures),
        WebSocketRoute(f"/{coinbase_advanced_server.STREAM_HOST}", advanced),
        WebSocketRoute(f"/{coinbase_advanced_server.STREAM_HOST}/", advanced),
        WebSocketRoute(f"/{alpaca_server.STREAM_HOST}/v2/{{feed}}", alpaca),
        *JetstreamServer(sandbox).routes(),
        *EdgarServer(sandbox).routes(),
        *CoinbaseServer(sandbox).routes(),
        *CoinbaseAdvancedServer(sandbox).routes(),
        *KrakenServer(sandbox).routes(),
        *BinanceServer(sandbox).routes(),
        *GdeltServer(sandbox).routes(),
        *NewsServer(sandbox).routes(),
    ]
    return Gate(Starlette(routes=routes), sandbox)


def sandbox_of(options: SandboxOptions) -> Sandbox:
    """The market, clock and faults that `options` ask for.

    Raises: UsageError: an unreadable clock or fault file, a missing folder, a day to play that has not begun
        or was before the world, fewer than one trade a day.
    """
    faults = FaultBook(options.seed, rules_from_file(options.faults) if options.faults else ())
    if options.replay is not None:
        recordings = Recordings(options.replay, World(options.seed).feeds())
        return Sandbox(recordings, recordings.clock, None, faults, recorded=True, description=recordings.description)
    if options.trades_per_day is not None and options.trades_per_day < 1:
        raise UsageError(f"{options.trades_per_day} trades a day are none: ask for 1 or more")
    extra = {} if options.trades_per_day is None else {"trades_per_day": options.trades_per_day}
    world = World(options.seed, **extra)
    clock = parse_clock(options.clock)
    if options.play is not None and options.play < world.first_day():
        raise UsageError(f"cannot play {options.play}: the world begins on {world.first_day()}")
    if options.play is not None and day_start_ns(options.play) >= clock():
        raise UsageError(f"cannot play {options.play}: by the sandbox's clock ({options.clock}) it is still to come")
    return Sandbox(world, clock, options.play, faults, numbered=_numbered(options, clock()))


def _numbered(options: SandboxOptions, start: int) -> Numbered | None:
    if options.trades_per_second is None:
        if options.withhold is not None:
            raise UsageError("only numbered trades can be withheld: ask for trades_per_second too")
        return None
    if options.play is not None:
        raise UsageError("numbered trades come by the clock: ask either for a day to play or for trades_per_second")
    return Numbered(options.seed, start, options.trades_per_second, options.withhold or 0.0)


def run(options: SandboxOptions, *, announce: bool = False, until_stdin_ends: bool = False) -> None:
    """Serve until interrupted.

    Args:
        announce: write one JSON line `{"url": …}` to standard output when ready.
        until_stdin_ends: stop when standard input ends, so that a child dies with its parent.
    Raises: UsageError as `sandbox_of`, and where the port is taken.
    """
    sandbox = sandbox_of(options)
    try:
        listener = socket.create_server((HOST, options.port))
    except (OSError, OverflowError) as error:
        raise UsageError(f"cannot listen on {HOST}:{options.port}: {error}; choose another port, or 0") from None
    config = uvicorn.Config(
        application(sandbox),
        http=DroppableProtocol,
        ws="websockets-sansio",
        ws_max_size=MESSAGE_BYTES_MAX,
        ws_per_message_deflate=False,
        ws_ping_interval=None,
        log_level="warning",
        access_log=False,
        lifespan="off",
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=SHUTDOWN_S,
    )
    url = f"http://{HOST}:{listener.getsockname()[1]}"
    server = _AnnouncingServer(config, (lambda: _write_line({"url": url})) if announce else None)
    if until_stdin_ends:
        threading.Thread(target=server.stop_when_stdin_ends, daemon=True).start()
    asyncio.run(server.serve(sockets=[listener]))


class _AnnouncingServer(uvicorn.Server):
    """uvicorn's server, which tells when it is ready and can be stopped by its standard input."""

    def __init__(self, config: uvicorn.Config, when_ready: Callable[[], None] | None) -> None:
        super().__init__(config)
        self._when_ready = when_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then announce."""
        await super().startup(sockets)
        if self._when_ready:
            self._when_ready()

    def stop_when_stdin_ends(self) -> None:
        """Read standard input to its end, then stop."""
        while sys.stdin.buffer.read(1024):
            pass
        self.should_exit = True


def _write_line(values: dict[str, str]) -> None:
    sys.stdout.write(json.dumps(values) + "\n")
    sys.stdout.flush()
