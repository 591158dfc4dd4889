"""A real loopback upstream whose answers a test scripts, and settings that point at it."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tauric_assets.settings import Settings

Behaviour = Callable[[BaseHTTPRequestHandler], None]


class Upstream:
    """An HTTP server on a free loopback port; a list of behaviours per path, the last one repeats.

    `seen` holds (path with query, headers with lower-case names) of every request.
    """

    def __init__(self) -> None:
        self.seen: list[tuple[str, dict[str, str]]] = []
        self.script: dict[str, list[Behaviour]] = {}
        upstream = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                upstream.seen.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
                path = self.path if self.path in upstream.script else self.path.partition("?")[0]
                behaviours = upstream.script.get(path, [reply(404)])
                (behaviours.pop(0) if len(behaviours) > 1 else behaviours[0])(self)

            def log_message(self, format: str, *args: object) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    def on(self, path: str, *behaviours: Behaviour) -> None:
        """Answer requests for `path` (a host folder first) with `behaviours`, in order."""
        self.script[path] = list(behaviours)

    def close(self) -> None:
        """Stop serving."""
        self.server.shutdown()
        self.server.server_close()


def reply(status: int, body: bytes = b"", **headers: str) -> Behaviour:
    """Answer with a status, a body and headers (underscores stand for dashes)."""

    def behave(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        names = {name.replace("_", "-").lower() for name in headers}
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        if "content-length" not in names:
            handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)
        if "content-length" in names:
            handler.close_connection = True

    return behave


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    """A scripted loopback upstream."""
    server = Upstream()
    yield server
    server.close()


@pytest.fixture
def settings(upstream: Upstream, tmp_path: Path) -> Settings:
    """Settings whose sandbox is the scripted upstream."""
    return Settings(
        data_dir=tmp_path / "data",
        state_dir=tmp_path / "state",
        sandbox_url=upstream.url,
        http_timeout_s=0.5,
        http_tries_max=3,
    )
