"""The one way out: HTTP requests and websocket streams with limits, timeouts, retries and one tree of errors.

Belongs here: what holds for every upstream (rate, size, time, redirects, conditional and past requests).
Not here: any upstream's name; what an upstream's own error pages mean (its module's `classify`); storage of bytes.
Specifications: RFC 9110 (HTTP), RFC 7089 (Memento: Accept-Datetime, Memento-Datetime), RFC 6455 (websocket).
"""

import logging
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import TracebackType
from urllib.parse import urljoin, urlsplit

import httpx

from tauric_assets.errors import (
    DocumentGone,
    DocumentTooLarge,
    TauricError,
    UpstreamRefused,
    UpstreamUnavailable,
    UsageError,
)
from tauric_assets.feeds.addresses import Addresses, Told
from tauric_assets.feeds.contract import Document, Quality
from tauric_assets.feeds.failures import WIRE_FAILURES, Classify, classified, failure_on_wire
from tauric_assets.feeds.limits import RateLimiter
from tauric_assets.feeds.patience import RETRY_AFTER_S_MAX, Patience
from tauric_assets.feeds.registry import all_feeds
from tauric_assets.feeds.sockets import FrameSocket
from tauric_assets.feeds.validators import Validators
from tauric_assets.feeds.values import http_date, rfc5322
from tauric_assets.settings import Settings
from tauric_assets.times import Clock, ns_to_text, system_clock

REDIRECTS_MAX = 5
ANSWER_TIMEOUTS_MAX = 15  # a whole answer may take this many times `http_timeout_s`
BEGINNING_BYTES = 65_536  # kept of an answer that is too large
NOT_MODIFIED = 304
_GZIP = zlib.MAX_WBITS | 16
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})

logger = logging.getLogger(__name__)


class Fetcher:
    """Satisfies `contract.Fetching`. Threads may share one. Use it with `with`.

    What the upstream said about versions (ETag) is kept when the `with` block ends without an error, that is when the
    caller has stored the documents: a crash in between makes the next request ask for everything again.

    Args:
        settings: where upstreams are, who asks, how long and how much.
        clock: stamps what arrives.
        held: address to SHA-256 of the documents that are stored already.
        stored: gives the bytes of a SHA-256.
        classify: feeds' own readings of answers; None takes those of all registered feeds.
        sleep: takes seconds, between tries.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock = system_clock,
        *,
        held: Mapping[str, str] | None = None,
        stored: Callable[[str], bytes] | None = None,
        classify: Sequence[Classify] | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._sleep = sleep
        self._held = held or {}
        self._stored = stored
        self._limiter = RateLimiter(settings, _hosts_together())
        self._validators = Validators(settings.data_dir / "state")
        self._addresses = Addresses(settings.data_dir / "state")
        self._classifiers = _registered_classifiers() if classify is None else list(classify)
        self._client = httpx.Client(
            timeout=settings.http_timeout_s,
            headers={"User-Agent": settings.requester, "Accept-Encoding": "gzip"},
            trust_env=settings.upstream == "live",
        )

    @property
    def settings(self) -> Settings:
        """The settings it was made with."""
        return self._settings

    def now(self) -> int:
        """Nanoseconds, UTC, by its clock."""
        return self._clock()

    def get(
        self,
        url: str,
        *,
        feed: str,
        at: int | None = None,
        attributes: Mapping[str, str] | None = None,
        fresh: bool = False,
        size_max: int | None = None,
    ) -> Document | None:
        """GET `url`; None where the upstream says it has not changed since the documents last stored.

        Args:
            url: the upstream's own address.
            feed: name of the feed instance that asks.
            at: ask for the state at that instant (nanoseconds UTC); such requests are never conditional.
            attributes: handed to the parser with the document.
            fresh: ask for the whole answer in any case, because it decides what to ask next.
            size_max: bytes such a document may have, where that is less than `http_size_max`.
        Raises: UpstreamUnavailable after `http_tries_max` tries, or at once where the upstream asks for a long pause;
            UpstreamRefused; UsageError for an address that makes no sense.
        """
        headers = {"Accept-Datetime": http_date(at)} if at is not None else {}
        conditional = at is None and not fresh
        if conditional:
            headers = self._validators.headers(feed, url)
        status, answer, body = self._answer(feed, url, headers, size_max)
        if status == NOT_MODIFIED:
            return None
        if conditional:
            self._validators.remember(feed, url, answer)
        known_at, memento = self._clock(), answer.get("memento-datetime") if at is not None else None
        if memento is not None:
            known_at = _memento(url, memento)
        quality: Quality = "observed" if memento is None else "source"
        return Document(feed, url, body, answer.get("content-type", ""), known_at, quality, dict(attributes or {}))

    def holds(self, url: str) -> bool:
        """Whether the document at `url` is stored already."""
        return url in self._held

    def held(self, url: str) -> bytes | None:
        """The body stored for `url`, the latest; None where there is none."""
        sha256 = self._held.get(url)
        return self._stored(sha256) if sha256 is not None and self._stored is not None else None

    def stream(
        self, url: str, *, feed: str, first_frames: Sequence[str] = (), idle_s: float = 5.0
    ) -> Iterator[tuple[int, bytes]]:
        """Connect a websocket, send `first_frames`, yield (arrival in ns, frame) until it is closed or idle.

        Raises: UpstreamUnavailable: no connection, or it broke; UpstreamRefused: the upstream said no.
        """
        self._limiter.wait(_host(url))
        with FrameSocket(self._settings, url, first_frames, self._clock) as socket:
            while (frame := socket.receive(idle_s)) is not None:
                yield frame

    def close(self, *, settle: bool = True) -> None:
        """Close connections; with `settle`, keep what upstreams said about the versions we now hold."""
        self._client.close()
        if settle:
            self._validators.settle()

    def __enter__(self) -> "Fetcher":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close(settle=kind is None)

    def _answer(
        self, feed: str, url: str, headers: Mapping[str, str], size_max: int | None
    ) -> tuple[int, dict[str, str], bytes]:
        """All tries, at the address that `url` has moved to for good, if it has."""
        told = self._addresses.told(feed, url)
        if told is not None and told.target is None:
            since = ns_to_text(told.told_at)[:10]
            raise DocumentGone(f"{url}: gone for good since {since}; not asked again until defs.yaml names another")
        place = url if told is None or told.target is None else told.target
        patience = Patience(self._settings.http_tries_max, self._sleep)
        while True:
            try:
                status, answer, body, moved = self._ask(url, place, headers, size_max)
                break
            except UpstreamRefused as error:
                if place != url:
                    self._addresses.forget(feed, url)
                    place = url
                    continue
                if isinstance(error, DocumentGone):
                    self._addresses.remember(Told(feed, url, None, self._clock()))
                    logger.warning("address is gone for good feed=%s url=%s", feed, url)
                raise
            except TauricError as error:
                patience.after(error)
        if moved is not None and "Accept-Datetime" not in headers:
            self._addresses.remember(Told(feed, url, moved, self._clock()))
            logger.warning("address has moved for good, correct defs.yaml feed=%s url=%s to=%s", feed, url, moved)
        return status, answer, body

    def _ask(
        self, url: str, place: str, headers: Mapping[str, str], size_max: int | None
    ) -> tuple[int, dict[str, str], bytes, str | None]:
        """One try at `place`, redirects followed: status, headers with lower-case names, whole body, new address.

        The new address is the last one that permanent redirects alone lead to; None where there is none.
        """
        host = _host(url)
        address, moved, permanent = self._settings.address(place), None, True
        deadline = time.monotonic() + ANSWER_TIMEOUTS_MAX * self._settings.http_timeout_s
        for _ in range(REDIRECTS_MAX + 1):
            self._limiter.wait(host)
            try:
                with self._client.stream("GET", address, headers=headers) as response:
                    body = self._read(response, url, deadline, size_max)
            except WIRE_FAILURES as error:
                raise failure_on_wire(error, url) from error
            answer = {name.lower(): value for name, value in response.headers.items()}
            if response.status_code in _REDIRECTS and "location" in answer:
                address = self._redirected(url, address, answer["location"])
                permanent = permanent and response.status_code in _PERMANENT
                moved = self._own(address) if permanent else moved
                continue
            if response.status_code != NOT_MODIFIED or not headers.keys() & {"If-None-Match", "If-Modified-Since"}:
                self._judge(url, response.status_code, answer, body)
            return response.status_code, answer, body, moved if moved != place else None
        raise UpstreamRefused(f"{url}: more than {REDIRECTS_MAX} redirects; correct the address")

    def _judge(self, url: str, status: int, answer: Mapping[str, str], body: bytes) -> None:
        try:
            classified(url, self._classifiers, (status, answer, body), self._clock)
        except UpstreamUnavailable as error:
            if error.retry_after_s is not None and error.retry_after_s > RETRY_AFTER_S_MAX:
                self._limiter.hold(_host(url), error.retry_after_s)
            raise

    def _redirected(self, url: str, address: str, location: str) -> str:
        try:
            target = urljoin(address, location)
            _host(target)
        except (ValueError, UsageError):
            raise UpstreamRefused(f"{url}: redirected to {location}, which is no web address") from None
        live = self._settings.upstream == "live"
        return target if live or target.startswith(self._settings.sandbox_url) else self._settings.address(target)

    def _own(self, address: str) -> str:
        """An address without the sandbox before it."""
        before = f"{self._settings.sandbox_url}/"
        inside = self._settings.upstream != "live" and address.startswith(before)
        return f"https://{address.removeprefix(before)}" if inside else address

    def _read(self, response: httpx.Response, url: str, deadline: float, size_max: int | None) -> bytes:
        """The whole body, decoded from gzip, never more of it in memory than the limit."""
        encoding = response.headers.get("content-encoding", "identity").strip().lower()
        if encoding not in {"identity", "gzip", "x-gzip", ""}:
            raise UpstreamRefused(f"{url}: answer encoded as {encoding!r}, which was not asked for")
        unzip = zlib.decompressobj(_GZIP) if encoding.endswith("gzip") else None
        limit, remedy = self._settings.http_size_max, "raise TAURIC_HTTP_SIZE_MAX"
        if size_max is not None and size_max < limit:
            limit, remedy = size_max, "no document of this kind is that large"
        parts, length = [], 0
        for raw in response.iter_raw():
            try:
                part = raw if unzip is None else unzip.decompress(raw, limit - length + 1)
                while unzip is not None and unzip.eof and unzip.unused_data and length + len(part) <= limit:
                    raw, unzip = unzip.unused_data, zlib.decompressobj(_GZIP)
                    part += unzip.decompress(raw, limit - length - len(part) + 1)
            except zlib.error as error:
                raise UpstreamUnavailable(f"{url}: broken gzip: {error}") from error
            parts.append(part)
            length += len(part)
            if length > limit:
                message = f"{url}: answer has more than {limit:,} bytes; {remedy}"
                raise DocumentTooLarge(message, parts[0][:BEGINNING_BYTES])
            if time.monotonic() > deadline:
                raise UpstreamUnavailable(f"{url}: answer still incomplete after {length:,} bytes, given up")
        if unzip is not None and length and not unzip.eof:
            raise UpstreamUnavailable(f"{url}: gzip answer cut off after {length:,} bytes")
        return b"".join(parts)


def _registered_classifiers() -> list[Classify]:
    return [feed.classify for feed in all_feeds() if hasattr(feed, "classify")]


def _hosts_together() -> dict[str, str]:
    """Host to the feed whose hosts share one rate and one circuit."""
    return {host: feed.NAME for feed in all_feeds() for host in getattr(feed, "HOSTS", ())}


def _host(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise UsageError(f"cannot ask {url}: {error}; correct the address in defs.yaml or the settings") from None
    if parts.scheme not in {"http", "https", "ws", "wss"} or not parts.netloc:
        raise UsageError(f"cannot ask {url}: no web address; correct it in defs.yaml or the settings")
    return parts.netloc


def _memento(url: str, text: str) -> int:
    try:
        return rfc5322(text)
    except ValueError as error:
        raise UpstreamUnavailable(f"{url}: unreadable Memento-Datetime: {error}") from error
