"""Sending frames over a websocket, with the tick faults in between.

Belongs here: the one place where frames leave.
Not here: which frames (venue_stream.py, jetstream_server.py), which faults (faults.py).
"""

import asyncio
from collections.abc import Iterable, Iterator
from itertools import islice

from starlette.websockets import WebSocket, WebSocketDisconnect

from tauric_assets.sandbox.faults import Disturber

BATCH_FRAMES = 500
CLOSE_NORMAL = 1000
CLOSE_BY_FAULT = 1012


class Sender:
    """One websocket's outgoing side."""

    def __init__(self, websocket: WebSocket, disturber: Disturber) -> None:
        self._websocket = websocket
        self._disturber = disturber
        self.silent = False
        """Whether a fault has half closed the connection: it stays open, and nothing more is sent."""

    async def plain(self, frames: Iterable[str]) -> None:
        """Send frames that no fault touches. Raises: WebSocketDisconnect."""
        for frame in frames:
            if self.silent:
                return
            await self._websocket.send_text(frame)

    async def ticks(self, frames: list[str]) -> None:
        """Send ticks, disturbed as asked. Raises: WebSocketDisconnect, also after a fault has closed."""
        sent, ending = self._disturber.ticks(frames)
        await self.plain(sent)
        if ending == "half_close":
            self.silent = True
        elif ending is not None:
            await self._websocket.close(CLOSE_BY_FAULT, "fault: close_after")
            raise WebSocketDisconnect(CLOSE_BY_FAULT)

    async def all_ticks(self, frames: Iterator[str]) -> None:
        """Send many ticks at full speed; they are made in another thread, batch by batch."""
        while not self.silent and (batch := await asyncio.to_thread(lambda: list(islice(frames, BATCH_FRAMES)))):
            await self.ticks(batch)
        await self.plain(self._disturber.rest())

    async def close(self) -> None:
        """Close normally; a connection that is half closed stays as it is."""
        if not self.silent:
            await self._websocket.close(CLOSE_NORMAL)
