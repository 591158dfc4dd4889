"""Helpers of the sandbox's server tests: a client that says who it is, and websocket conversations.

Belongs here: asking. Not here: expectations (the tests).
"""

import json
from dataclasses import dataclass

import httpx
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tauric_assets.sandbox.launch import Running

AGENT = {"User-Agent": "Tauric Tests tests@tauric.invalid"}
NOW = "2026-01-10T00:00:00Z"
WAIT_S = 20


def client(running: Running) -> httpx.Client:
    """An HTTP client of this sandbox, with a declared User-Agent."""
    return httpx.Client(base_url=running.url, headers=AGENT, timeout=WAIT_S)


def stream_url(running: Running, path: str) -> str:
    """The websocket address of `host/path`."""
    return f"{running.url.replace('http', 'ws', 1)}/{path}"


@dataclass
class Heard:
    """What came over a websocket until it was closed, and the close code (1006 where there was none)."""

    frames: list[str]
    code: int

    @property
    def messages(self) -> list[dict[str, object]]:
        """The frames as JSON."""
        return [json.loads(frame) for frame in self.frames]


def hear(running: Running, path: str, *said: object) -> Heard:
    """Connect, say `said` (as JSON), listen until the other side closes."""
    frames: list[str] = []
    with connect(stream_url(running, path), compression=None, max_size=None) as socket:
        for message in said:
            socket.send(json.dumps(message))
        try:
            while True:
                frames.append(str(socket.recv(WAIT_S)))
        except ConnectionClosed as closed:
            return Heard(frames, closed.rcvd.code if closed.rcvd else 1006)
