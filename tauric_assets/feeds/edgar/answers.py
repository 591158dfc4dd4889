"""What EDGAR's answers mean where HTTP's own words mislead.

    403 with `<Code>AccessDenied</Code>`                        there is no such file; not a block
    403 or 200 with "Request Rate Threshold Exceeded"           blocked for ten minutes, longer if we go on
    429, with or without Retry-After                            the same block
    403 with "Undeclared Automated Tool"                        who asks was not said: a setting is missing
    200 with a submission that lacks its closing tag            cut off on its way

Belongs here: answers of sec.gov hosts to errors of the one tree. Not here: statuses that mean what they say (fetch.py).

Specification: recorded answers; "Accessing EDGAR Data", fair access.
"""

from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import urlsplit

from tauric_assets.errors import DocumentAbsent, DocumentCutOff, TauricError, UpstreamRefused, UpstreamUnavailable
from tauric_assets.feeds.edgar.submission import is_complete

BLOCK_S = 600.0
HOSTS = frozenset({"www.sec.gov", "data.sec.gov"})
"""EDGAR's hosts: it counts requests a user over all of them, so they share one rate and one circuit."""
_PAGE_BYTES = 8_192


def classify(url: str, status: int, headers: Mapping[str, str], body: bytes) -> TauricError | None:
    """The error an answer of EDGAR means, or None for good answers, for statuses that speak for themselves, and for
    other hosts.

    Args:
        url: the upstream's own address.
        headers: with lower-case names.
    """
    parts = urlsplit(url)
    if (parts.hostname or "") not in HOSTS:
        return None
    page = body[:_PAGE_BYTES]
    if b"Undeclared Automated Tool" in page:
        return UpstreamRefused(f'{url}: EDGAR wants to know who asks; set TAURIC_IDENTITY="Name email@example.org"')
    if b"Request Rate Threshold Exceeded" in page or status == HTTPStatus.TOO_MANY_REQUESTS:
        return UpstreamUnavailable(f"{url}: EDGAR blocked us for asking too often; wait ten minutes", BLOCK_S)
    if status == HTTPStatus.FORBIDDEN:
        if b"<Code>AccessDenied</Code>" in page:
            return DocumentAbsent(f"{url}: EDGAR has no such file (403 AccessDenied)")
        return UpstreamUnavailable(f"{url}: 403 from EDGAR, as it answers those it has blocked", BLOCK_S)
    is_submission = parts.path.startswith("/Archives/edgar/data/") and parts.path.endswith(".txt")
    if status == HTTPStatus.OK and is_submission and not is_complete(body):
        return DocumentCutOff(f"{url}: submission cut off after {len(body)} bytes", body)
    return None
