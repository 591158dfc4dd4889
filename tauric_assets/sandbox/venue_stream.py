"""The loop behind every venue's websocket: listen to subscriptions, then play trades.

Three ways of playing: by the clock; one whole day at full speed and then close (`play`); frames as recorded and then
close (a replay).

Belongs here: the connection's life.
Not here: what a venue's frames look like (the venues' servers), faults (faults.py).
"""

import asyncio
import heapq
import json
import time
from collections.abc import Iterator

from starlette.websockets import WebSocket, WebSocketDisconnect

from tauric_assets.sandbox.context import Sandbox
from tauric_assets.sandbox.history import time_of
from tauric_assets.sandbox.market import Trade
from tauric_assets.sandbox.sending import Sender
from tauric_assets.sandbox.venue_wire import Dialect, Session
from tauric_assets.times import Days

FIRST_MESSAGE_S = 30.0
FURTHER_MESSAGES_S = 0.05
POLL_S = 0.05
NUMBERED_POLL_S = 0.005
HEARTBEAT_S = 1.0
RECENT_TRADES = 50


class VenueStream:
    """The websocket endpoint of one venue."""

    def __init__(self, sandbox: Sandbox, dialect: Dialect) -> None:
        self._sandbox = sandbox
        self._dialect = dialect

    async def endpoint(self, websocket: WebSocket) -> None:
        """Serve one connection until either side ends it."""
        await websocket.accept()
        path = websocket.url.path
        sender = Sender(websocket, self._sandbox.faults.for_stream(path.lstrip("/")))
        try:
            if self._sandbox.recorded:
                await self._replay(websocket, sender)
            else:
                await self._converse(websocket, sender, path)
        except WebSocketDisconnect:
            return

    async def _replay(self, websocket: WebSocket, sender: Sender) -> None:
        if not self._dialect.VENUE.startswith("binance"):
            await websocket.receive_text()
        frames = (frame.decode("utf-8", "replace") for _, frame in self._sandbox.market.frames(self._dialect.VENUE))
        await sender.all_ticks(frames)
        await sender.close()

    async def _converse(self, websocket: WebSocket, sender: Sender, path: str) -> None:
        session = Session(tuple(self._sandbox.market.symbols(self._dialect.VENUE)))
        now = self._sandbox.clock()
        await sender.plain(self._dialect.connected(session, path, websocket.query_params, now))
        subscribed = asyncio.Event()
        listening = asyncio.create_task(self._listen(websocket, sender, session, subscribed))
        try:
            if not session.followed:
                await asyncio.wait_for(subscribed.wait(), FIRST_MESSAGE_S)
                await asyncio.sleep(FURTHER_MESSAGES_S)
            if self._sandbox.play is not None:
                await self._play(sender, session, Days.one(self._sandbox.play))
                if sender.silent:
                    await listening
            else:
                await self._follow(sender, session, listening)
        except TimeoutError:
            await websocket.close(1008, "no subscription")
        finally:
            listening.cancel()

    async def _listen(self, websocket: WebSocket, sender: Sender, session: Session, subscribed: asyncio.Event) -> None:
        """Answer the client's messages for as long as it is there."""
        try:
            while True:
                message = _object(await websocket.receive_text())
                await sender.plain(self._dialect.received(session, message, self._sandbox.clock()))
                if session.followed or session.beats:
                    subscribed.set()
        except WebSocketDisconnect:
            return

    async def _play(self, sender: Sender, session: Session, days: Days) -> None:
        venue, end = self._dialect.VENUE, min(days.end_ns, self._sandbox.clock() + 1)
        last: dict[str, Trade] = {}
        await self._open(sender, session, session.followed, days.start_ns - 1, last)
        series = [self._sandbox.market.trades(venue, symbol, days.start_ns, end) for symbol in session.followed]
        await sender.all_ticks(self._told(heapq.merge(*series, key=time_of), session, last))
        await sender.plain(self._dialect.heartbeats(session, last, end - 1))
        await sender.close()

    async def _follow(self, sender: Sender, session: Session, listening: "asyncio.Task[None]") -> None:
        told_until = self._sandbox.clock()
        opened: list[str] = []
        last: dict[str, Trade] = {}
        beat_at = time.monotonic() + HEARTBEAT_S
        while not listening.done():
            fresh = [symbol for symbol in session.followed if symbol not in opened]
            await self._open(sender, session, fresh, told_until, last)
            opened += fresh
            now = self._sandbox.clock()
            trades = await asyncio.to_thread(self._between, tuple(opened), told_until + 1, now + 1)
            await sender.ticks(list(self._told(iter(trades), session, last)))
            told_until = now
            if time.monotonic() >= beat_at:
                beat_at += HEARTBEAT_S
                await sender.plain(self._dialect.heartbeats(session, last, now))
            await asyncio.sleep(POLL_S if self._sandbox.numbered is None else NUMBERED_POLL_S)

    async def _open(
        self, sender: Sender, session: Session, symbols: list[str], at: int, last: dict[str, Trade]
    ) -> None:
        for symbol in symbols:
            newest = self._sandbox.history.newest
            recent = (await asyncio.to_thread(newest, self._dialect.VENUE, symbol, RECENT_TRADES, at))[::-1]
            if recent:
                last[symbol] = recent[-1]
            await sender.plain(self._dialect.opening(session, recent))

    def _between(self, symbols: tuple[str, ...], start: int, end: int) -> list[Trade]:
        series = (self._sandbox.history.between(self._dialect.VENUE, symbol, start, end) for symbol in symbols)
        return list(heapq.merge(*series, key=time_of))

    def _told(self, trades: Iterator[Trade], session: Session, last: dict[str, Trade]) -> Iterator[str]:
        tick = self._dialect.tick
        for trade in trades:
            last[trade.symbol] = trade
            if trade.symbol in session.symbols:
                yield tick(trade, session)
            if trade.symbol in session.quotes:
                yield self._dialect.quote(trade, session)


def _object(text: str) -> dict[str, object]:
    """A client's message; what cannot be read is an empty one, which every dialect refuses."""
    try:
        message = json.loads(text)
    except ValueError:
        return {}
    return message if isinstance(message, dict) else {}
