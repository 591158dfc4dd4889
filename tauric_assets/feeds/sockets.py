"""One websocket to an upstream, read frame by frame, with arrival times.

Belongs here: connecting, receiving with a timeout, saying how it ended.
Not here: what frames mean, reconnecting, limits between processes.
"""

from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType

from websockets.exceptions import ConnectionClosedOK
from websockets.sync.client import ClientConnection, connect

from tauric_assets.feeds.failures import WIRE_FAILURES, failure_on_wire
from tauric_assets.settings import Settings
from tauric_assets.times import Clock, system_clock

FRAME_BYTES_MAX = 16_000_000
CLOSE_S_MAX = 0.3
NORMAL_CLOSE = 1000


class FrameSocket:
    """A connected websocket; use it with `with`.

    Args:
        url: the upstream's own address; the settings decide where it is really asked.
        first_frames: sent at once, in order.
    Raises: UpstreamUnavailable, UpstreamRefused: no connection; UsageError: the address makes no sense.
    """

    def __init__(
        self, settings: Settings, url: str, first_frames: Sequence[str] = (), clock: Clock = system_clock
    ) -> None:
        self._url = url
        self._clock = clock
        self.closed = False
        """Whether the upstream ended the stream in good order (code 1000)."""
        try:
            self._connection: ClientConnection = connect(
                settings.address(url),
                open_timeout=settings.http_timeout_s,
                close_timeout=CLOSE_S_MAX,
                max_size=FRAME_BYTES_MAX,
                proxy=True if settings.upstream == "live" else None,
                user_agent_header=settings.requester,
            ).__enter__()
            with suppress(ConnectionClosedOK):  # what it sent before it closed is read; `receive` tells the end
                for frame in first_frames:
                    self._connection.send(frame)
        except WIRE_FAILURES as error:
            raise failure_on_wire(error, url) from error

    def receive(self, timeout_s: float) -> tuple[int, bytes] | None:
        """The next frame with its arrival in nanoseconds; None where none came in time, or the stream is `closed`.

        Raises: UpstreamUnavailable: the connection broke; UpstreamRefused: a frame above FRAME_BYTES_MAX.
        """
        try:
            frame = self._connection.recv(timeout=timeout_s)
        except ConnectionClosedOK as error:
            if error.rcvd is None or error.rcvd.code != NORMAL_CLOSE:
                raise failure_on_wire(error, self._url) from error
            self.closed = True
            return None
        except TimeoutError:
            return None
        except WIRE_FAILURES as error:
            raise failure_on_wire(error, self._url) from error
        return self._clock(), frame.encode() if isinstance(frame, str) else frame

    def __enter__(self) -> "FrameSocket":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()
