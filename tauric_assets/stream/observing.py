"""The sidecar's own small web server on loopback: /healthz and /metrics.

Belongs here: HTTP. Not here: what is said (metrics.py).
"""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

from tauric_assets.errors import UsageError
from tauric_assets.stream.metrics import CONTENT_TYPE, Observed, exposition, health

HOST = "127.0.0.1"


class Observing:
    """Serves while its `with` block runs.

    Args:
        port: 0 takes a free one; `url` tells which.
        observe: looks at everything, in the thread of a request.
    Raises: UsageError: the port is taken.
    """

    def __init__(self, port: int, observe: Callable[[], Observed]) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path == "/metrics":
                    self._answer(200, CONTENT_TYPE, exposition(observe()))
                elif self.path == "/healthz":
                    well, told = health(observe())
                    self._answer(200 if well else 503, "application/json", json.dumps(told))
                else:
                    self._answer(404, "text/plain", "there are /healthz and /metrics\n")

            def _answer(self, status: int, kind: str, text: str) -> None:
                body = text.encode()
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Requests are not logged."""

        try:
            self._server = ThreadingHTTPServer((HOST, port), Handler)
        except OSError as error:
            raise UsageError(f"port {port}: {error.strerror}; set TAURIC_STREAM_PORT to another") from None
        self._server.daemon_threads = True
        self.url = f"http://{HOST}:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, name="observing", daemon=True)

    def __enter__(self) -> "Observing":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
