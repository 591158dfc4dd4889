"""Every exception of httpx and websockets has its place in the tree, or is a programming error."""

import httpx
import pytest
import websockets.exceptions as ws
from websockets.datastructures import Headers
from websockets.frames import Close
from websockets.http11 import Response

from tauric_assets.errors import DocumentAbsent, UpstreamRefused, UpstreamUnavailable, UsageError
from tauric_assets.feeds.failures import WIRE_FAILURES, failure_on_wire

PROGRAMMING = {"CookieConflict", "StreamError", "StreamConsumed", "StreamClosed", "ResponseNotRead", "RequestNotRead"}
OURS = {"InvalidURL", "UnsupportedProtocol", "LocalProtocolError", "InvalidURI"}
NO = {"TooManyRedirects", "PayloadTooBig"}
HTTPX = [kind for kind in vars(httpx).values() if isinstance(kind, type) and issubclass(kind, Exception)]
WEBSOCKETS = [getattr(ws, name) for name in ws.__all__ if name != "InvalidStatus"]


@pytest.mark.parametrize("kind", [*HTTPX, *WEBSOCKETS], ids=lambda kind: kind.__name__)
def test_every_exception_has_its_place(kind: type[Exception]) -> None:
    error = kind.__new__(kind)
    Exception.__init__(error, "because")
    for name in ("rcvd", "sent", "reason", "uri", "msg"):
        if not hasattr(error, name):
            error.__dict__[name] = None
    error.__dict__.setdefault("rcvd_then_sent", None)
    if kind.__name__ in PROGRAMMING or kind is getattr(ws, "ConcurrencyError", None):
        assert not isinstance(error, httpx.HTTPError)
        return
    assert isinstance(error, WIRE_FAILURES)
    wanted = UsageError if kind.__name__ in OURS else UpstreamRefused if kind.__name__ in NO else UpstreamUnavailable
    assert type(_mapped(kind, error)) is wanted


def _mapped(kind: type[Exception], error: Exception) -> Exception:
    if str(kind.__str__).startswith("<function"):
        quiet = type(kind.__name__, (kind,), {"__str__": lambda self: "because"})
        error = quiet.__new__(quiet)
        error.__dict__.update({"rcvd": None, "sent": None, "rcvd_then_sent": None})
    return failure_on_wire(error, "wss://x.example.org/")


@pytest.mark.parametrize(
    ("status", "kind"), [(503, UpstreamUnavailable), (429, UpstreamUnavailable), (404, DocumentAbsent)]
)
def test_a_refused_handshake_is_read_by_its_status(status: int, kind: type[Exception]) -> None:
    error = ws.InvalidStatus(Response(status, "", Headers({"Retry-After": "7"})))
    mapped = failure_on_wire(error, "wss://x.example.org/")
    assert type(mapped) is kind
    if isinstance(mapped, UpstreamUnavailable):
        assert mapped.retry_after_s == 7


def test_a_frame_too_large_is_refused_not_tried_again() -> None:
    error = ws.ConnectionClosedError(None, Close(1009, "too big"))
    assert isinstance(failure_on_wire(error, "wss://x.example.org/"), UpstreamRefused)


def test_operating_system_errors_are_unavailable() -> None:
    for error in (ConnectionRefusedError(111, "refused"), TimeoutError("late"), OSError(113, "no route")):
        assert isinstance(failure_on_wire(error, "wss://x.example.org/"), UpstreamUnavailable)
