"""Bluesky's Jetstream as the sandbox serves it: posts from a cursor at full speed, then by the clock.

Specification: Jetstream, "Consuming Jetstream": `wantedCollections`, `cursor` in microseconds, one JSON event a frame.
A frozen clock has nothing to come: there the connection is closed normally once the past is told. A replay tells all
recorded events from the cursor on.
Belongs here: Jetstream's shapes and its replay.
Not here: the posts (the market).
"""

import asyncio
import json
from collections.abc import Iterator, Sequence

from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from tauric_assets.sandbox.context import Sandbox
from tauric_assets.sandbox.sending import Sender
from tauric_assets.times import day_start_ns

HOST = "jetstream2.us-east.bsky.network"
MICROSECOND_NS = 1_000
FAR_FUTURE_NS = 2**63 - 1
POLL_S = 0.05


class JetstreamServer:
    """The websocket endpoint."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def routes(self) -> list[WebSocketRoute]:
        """Its one address."""
        return [WebSocketRoute(f"/{HOST}/subscribe", self.endpoint)]

    async def endpoint(self, websocket: WebSocket) -> None:
        """Serve one connection until either side ends it."""
        await websocket.accept()
        sender = Sender(websocket, self._sandbox.faults.for_stream(websocket.url.path.lstrip("/")))
        listening = asyncio.create_task(_until_gone(websocket))
        try:
            await self._tell(websocket, sender, listening)
        except WebSocketDisconnect:
            return
        finally:
            listening.cancel()

    async def _tell(self, websocket: WebSocket, sender: Sender, listening: "asyncio.Task[None]") -> None:
        wanted = websocket.query_params.getlist("wantedCollections")
        told_until = self._start(websocket.query_params.get("cursor", ""))
        while not listening.done():
            now = FAR_FUTURE_NS if self._sandbox.recorded else self._sandbox.clock() + 1
            if now > told_until:
                await sender.all_ticks(self._frames(told_until, now, wanted))
                told_until = now
            if self._sandbox.clock.mode == "frozen":
                await sender.close()
                return
            await asyncio.sleep(POLL_S)

    def _start(self, cursor: str) -> int:
        now = self._sandbox.clock() + 1
        if not cursor.isdigit():
            return 0 if self._sandbox.recorded else now
        return max(day_start_ns(self._sandbox.market.first_day()), min(int(cursor) * MICROSECOND_NS, now))

    def _frames(self, start: int, end: int, wanted: Sequence[str]) -> Iterator[str]:
        for post in self._sandbox.market.posts(start, end):
            if not wanted or _is_wanted(post.frame, wanted):
                yield post.frame.decode()


def _is_wanted(frame: bytes, wanted: Sequence[str]) -> bool:
    """Whether a commit is of a wanted collection (`app.bsky.feed.*` names a family); other events always are."""
    commit = json.loads(frame).get("commit")
    if not isinstance(commit, dict):
        return True
    collection = str(commit.get("collection", ""))
    return any(collection.startswith(name[:-1]) if name.endswith(".*") else collection == name for name in wanted)


async def _until_gone(websocket: WebSocket) -> None:
    try:
        while True:
            await websocket.receive_text()
    except WebSocketDisconnect:
        return
