"""One connection to a venue whose frames are handed over the moment they arrive.

websockets keeps the protocol: handshake, TLS, proxies, pings and pongs, closing. Frames skip its queue, because a queue
between two threads costs more than everything else that happens to a frame.

Belongs here: the life of one connection. Not here: when to connect (recorder.py), what frames mean (feeds/).
"""

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, cast

from websockets.exceptions import ConnectionClosed, ConnectionClosedOK
from websockets.frames import Opcode
from websockets.sync.client import ClientConnection, connect

from tauric_assets.errors import TauricError, UpstreamRefused
from tauric_assets.feeds.failures import WIRE_FAILURES, failure_on_wire
from tauric_assets.feeds.sockets import CLOSE_S_MAX, FRAME_BYTES_MAX, NORMAL_CLOSE
from tauric_assets.settings import Settings
from tauric_assets.times import Clock, system_clock

RECEIVE_BYTES = 256 * 1024

_DATA = (Opcode.TEXT, Opcode.BINARY, Opcode.CONT)

Deliver = Callable[[int, bytes], None]
"""Takes a frame with its arrival (nanoseconds UTC), in the connection's own thread; may block to hold the line back."""


class Line:
    """A connected websocket.

    Args:
        url: the upstream's own address; the settings decide where it is really asked.
        first_frames: sent at once, in order.
        deliver: gets every frame.
    Raises: UpstreamUnavailable, UpstreamRefused: no connection; UsageError: the address makes no sense.
    """

    def __init__(
        self, settings: Settings, url: str, first_frames: Sequence[str], deliver: Deliver, clock: Clock = system_clock
    ) -> None:
        self._url = url
        self.opened = time.monotonic()
        try:
            self._connection = connect(
                settings.address(url),
                open_timeout=settings.http_timeout_s,
                close_timeout=CLOSE_S_MAX,
                max_size=FRAME_BYTES_MAX,
                proxy=True if settings.upstream == "live" else None,
                user_agent_header=settings.requester,
                create_connection=cast("type[ClientConnection]", partial(_Pushing, deliver, clock)),
            ).__enter__()
            assert isinstance(self._connection, _Pushing)
            self._pushing = self._connection
            for frame in first_frames:
                self.send(frame)
        except WIRE_FAILURES as error:
            raise failure_on_wire(error, url) from error

    def send(self, frame: str) -> None:
        """Send one frame; on a connection that has ended, nothing happens (`failure` tells why it has)."""
        with suppress(ConnectionClosed, OSError):
            self._connection.send(frame)

    @property
    def frames(self) -> int:
        """Frames delivered so far."""
        return self._pushing.frames

    @property
    def ended(self) -> bool:
        """Whether no frame will come any more, and all that came were delivered."""
        return self._pushing.closing or not self._connection.recv_events_thread.is_alive()

    def failure(self) -> TauricError | None:
        """Why an ended connection has ended; None where the venue closed it in good order (code 1000)."""
        self._connection.close_socket()  # some venues say goodbye and leave the line open
        self._connection.recv_events_thread.join(CLOSE_S_MAX)
        error = self._connection.close_exc
        if isinstance(error, ConnectionClosedOK) and error.rcvd is not None and error.rcvd.code == NORMAL_CLOSE:
            return None
        found = failure_on_wire(error, self._url)
        return found if isinstance(found, TauricError) else UpstreamRefused(str(error))

    def close(self) -> None:
        """Close, in good order if the other side is still there."""
        closing = threading.Thread(target=self._connection.close, daemon=True)
        closing.start()
        closing.join(2 * CLOSE_S_MAX)


class _Pushing(ClientConnection):
    """A connection that delivers every message in its receiving thread. Every nanosecond here is paid by each frame."""

    recv_bufsize = RECEIVE_BYTES

    def __init__(self, deliver: Deliver, clock: Clock, *words: Any, **more: Any) -> None:
        self._deliver, self._clock = deliver, clock
        self._parts: list[bytes] = []
        self.frames = 0
        self.closing = False
        """Whether the venue has said goodbye: what it said before is delivered by then, however much came with it."""
        super().__init__(*words, **more)

    def process_event(self, event: Any) -> None:
        if self.response is None:
            super().process_event(event)
        elif event.opcode not in _DATA:
            super().process_event(event)
            self.closing |= event.opcode is Opcode.CLOSE
        elif event.fin and not self._parts:
            self.frames += 1
            self._deliver(self._clock(), bytes(event.data))
        else:
            self._parts.append(bytes(event.data))
            if event.fin:
                whole, self._parts = b"".join(self._parts), []
                self.frames += 1
                self._deliver(self._clock(), whole)
