"""What went wrong on the wire, as an error of the one tree: exceptions of httpx and websockets, and statuses of HTTP.

Belongs here: mappings every upstream shares. Not here: an upstream's own words (a feed's `classify`), retries.
Specifications: RFC 9110 (statuses, Retry-After), RFC 6585 (429).
"""

from collections.abc import Callable, Mapping
from http import HTTPStatus

import httpx
import websockets.exceptions as ws

from tauric_assets.errors import (
    DocumentAbsent,
    DocumentGone,
    TauricError,
    UpstreamRefused,
    UpstreamUnavailable,
    UsageError,
)
from tauric_assets.feeds.values import rfc5322
from tauric_assets.times import SECOND_NS, Clock, system_clock

Classify = Callable[[str, int, Mapping[str, str], bytes], TauricError | None]
"""A feed's own reading of an answer: (upstream's url, status, headers with lower-case names, body) -> error or None.

It is asked about every whole answer, 200 included, and returns None for other upstreams' urls and for good answers.
"""

WIRE_FAILURES = (httpx.HTTPError, httpx.InvalidURL, ws.WebSocketException, OSError)
"""What httpx and websockets raise about the other side. Their remaining exceptions are programming errors."""

ABSENT: dict[int, type[UpstreamRefused]] = {404: DocumentAbsent, 410: DocumentGone}
TRY_LATER = frozenset({408, 425, 429})
_TOO_BIG_CODE = 1009


def failure_on_wire(error: Exception, url: str) -> TauricError:
    """The error that one of WIRE_FAILURES means for a request for `url`."""
    where = f"{url}: {type(error).__name__}: {error}".rstrip(": ")
    if isinstance(error, (httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.LocalProtocolError, ws.InvalidURI)):
        return UsageError(f"cannot ask {where}; correct the address in defs.yaml or the settings")
    if isinstance(error, httpx.TooManyRedirects):
        return UpstreamRefused(f"{where}; correct the address")
    if isinstance(error, ws.InvalidStatus):
        headers = dict(error.response.headers.raw_items())
        return failure_of_status(url, error.response.status_code, headers, system_clock())
    if isinstance(error, ws.PayloadTooBig) or _closed_as_too_big(error):
        return UpstreamRefused(f"{where}; a frame is larger than this house reads")
    return UpstreamUnavailable(where)


def failure_of_status(url: str, status: int, headers: Mapping[str, str], now: int) -> TauricError:
    """The error that an HTTP status other than success means where the upstream has no words of its own.

    Args:
        now: nanoseconds UTC, to read a Retry-After that is a date.
    """
    try:
        words = f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        words = str(status)
    if status in TRY_LATER or status >= HTTPStatus.INTERNAL_SERVER_ERROR or status < HTTPStatus.BAD_REQUEST:
        wanted = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
        return UpstreamUnavailable(f"{url}: {words}", retry_after(wanted, now))
    return ABSENT.get(status, UpstreamRefused)(f"{url}: {words}")


def retry_after(text: str, now: int) -> float | None:
    """Seconds that a Retry-After header asks for; None where it is absent or unreadable."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return max(0.0, (rfc5322(text) - now) / SECOND_NS)
    except ValueError:
        return None


def classified(
    url: str, classifiers: list[Classify], answer: tuple[int, Mapping[str, str], bytes], clock: Clock
) -> None:
    """Raise what an answer means; return where it is a good one (2xx and nobody objects)."""
    status, headers, body = answer
    for classify in classifiers:
        error = classify(url, status, headers, body)
        if error is not None:
            raise error
    if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        raise failure_of_status(url, status, headers, clock())


def _closed_as_too_big(error: Exception) -> bool:
    return isinstance(error, ws.ConnectionClosed) and error.sent is not None and error.sent.code == _TOO_BIG_CODE
