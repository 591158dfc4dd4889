"""How every page of the sandbox is answered: conditional GET, and the past on request.

Specification: RFC 9110 (ETag, Last-Modified, 304), RFC 7089 "Memento" (Accept-Datetime, Memento-Datetime).
Belongs here: headers that all upstreams share.
Not here: contents, routing, faults.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import blake2b

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from tauric_assets.sandbox.clock import SandboxClock
from tauric_assets.times import SECOND_NS, datetime_to_ns, ns_to_datetime


@dataclass(frozen=True)
class Moment:
    """The instant a request is answered for (nanoseconds UTC), and whether the request named it."""

    at: int
    asked: bool


def moment_of(request: Request, clock: SandboxClock) -> Moment:
    """The instant named by `Accept-Datetime`, but never later than the clock; without the header, the clock's.

    Raises: HTTPException 400 where the header is no HTTP date (RFC 7089, 4.5.3).
    """
    now = clock()
    text = request.headers.get("accept-datetime")
    if text is None:
        return Moment(now, False)
    instant = parse_http_date(text)
    if instant is None:
        raise HTTPException(400, f"Accept-Datetime {text!r} is not an HTTP date")
    return Moment(min(instant, now), True)


def http_date(instant: int) -> str:
    """Nanoseconds as an HTTP date, rounded up to a whole second: a promise never earlier than the truth."""
    whole = -(-instant // SECOND_NS) * SECOND_NS
    return format_datetime(ns_to_datetime(whole), usegmt=True)


def parse_http_date(text: str) -> int | None:
    """An HTTP date as nanoseconds UTC, or None."""
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return datetime_to_ns(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def page(
    request: Request,
    body: bytes,
    media_type: str,
    moment: Moment,
    *,
    changed_at: int | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    """A page as it stood at `moment`: with ETag, Last-Modified where known, 304 where nothing changed.

    Args:
        changed_at: since when the page has been so, nanoseconds UTC; also its Memento-Datetime.
        headers: further headers of this upstream.
    """
    etag = f'"{blake2b(body, digest_size=16).hexdigest()}"'
    sent = {"etag": etag, "vary": "accept-datetime"} | (headers or {})
    if changed_at is not None:
        sent["last-modified"] = http_date(changed_at)
        if moment.asked:
            sent["memento-datetime"] = http_date(changed_at)
    if _unchanged(request, etag, changed_at):
        return Response(status_code=304, headers=sent)
    return Response(body, media_type=None, headers=sent | {"content-type": media_type})


def listing(request: Request, body: bytes, media_type: str, moment: Moment) -> Response:
    """A page of a listing, whose memento is the instant asked for."""
    headers = {"memento-datetime": http_date(moment.at)} if moment.asked else {}
    return page(request, body, media_type, moment, headers=headers)


def _unchanged(request: Request, etag: str, changed_at: int | None) -> bool:
    asked_tags = request.headers.get("if-none-match")
    if asked_tags is not None:
        tags = {tag.strip().removeprefix("W/") for tag in asked_tags.split(",")}
        return etag in tags or "*" in tags
    since = parse_http_date(request.headers.get("if-modified-since", ""))
    return since is not None and changed_at is not None and -(-changed_at // SECOND_NS) * SECOND_NS <= since


def eastern_second(moment: datetime) -> str:
    """A local time as EDGAR's lists print it: to the second, with its offset."""
    return moment.replace(microsecond=0).isoformat()
