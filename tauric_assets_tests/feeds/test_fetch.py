"""Every way an upstream can fail, over real sockets, gives one error of the tree; and requests are polite."""

import gzip
import socket
import struct
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from tauric_assets.errors import DocumentGone, TauricError, UpstreamRefused, UpstreamUnavailable, UsageError
from tauric_assets.feeds.fetch import Fetcher
from tauric_assets.settings import Settings
from tauric_assets_tests.feeds.conftest import Upstream, reply

URL = "https://news.example.org/feed?x=1"
PATH = "/news.example.org/feed"
NOW = 1_767_600_000_000_000_000


class Fetching(Fetcher):
    """A fetcher with a still clock that notes how long it would have slept."""

    def __init__(self, settings: Settings, **more: object) -> None:
        self.slept: list[float] = []
        super().__init__(settings, lambda: NOW, classify=more.get("classify", ()), sleep=self.slept.append)  # type: ignore[arg-type]


def reset(handler: BaseHTTPRequestHandler) -> None:
    """Half an answer, then a TCP reset."""
    handler.send_response(200)
    handler.send_header("Content-Length", "100")
    handler.end_headers()
    handler.wfile.write(b"half")
    handler.wfile.flush()
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
    handler.close_connection = True


def silent(handler: BaseHTTPRequestHandler) -> None:
    """No answer at all until the client gives up."""
    handler.connection.settimeout(5)
    handler.connection.recv(1)
    handler.close_connection = True


def test_a_good_answer_becomes_a_document_of_the_upstreams_own_address(upstream: Upstream, settings: Settings) -> None:
    upstream.on(PATH, reply(200, b"<rss/>", Content_Type="application/rss+xml"))
    with Fetching(settings) as fetching:
        document = fetching.get(URL, feed="world_news", attributes={"a": "b"})
    assert document is not None
    assert (document.url, document.body, document.media_type) == (URL, b"<rss/>", "application/rss+xml")
    assert (document.known_at, document.quality, document.attributes) == (NOW, "observed", {"a": "b"})
    path, headers = upstream.seen[0]
    assert path == "/news.example.org/feed?x=1"
    assert headers["user-agent"] == settings.requester
    assert headers["accept-encoding"] == "gzip"


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 599])
def test_passing_trouble_is_tried_again_and_forgotten(upstream: Upstream, settings: Settings, status: int) -> None:
    upstream.on(PATH, reply(status), reply(status), reply(200, b"here"))
    with Fetching(settings) as fetching:
        document = fetching.get(URL, feed="f")
    assert document is not None
    assert document.body == b"here"
    assert len(fetching.slept) == 2
    assert all(delay <= 0.5 for delay in fetching.slept)


def test_lasting_trouble_is_raised_after_the_last_try(upstream: Upstream, settings: Settings) -> None:
    upstream.on(PATH, reply(503))
    with pytest.raises(UpstreamUnavailable, match=r"news\.example\.org/feed\?x=1: 503 Service Unavailable"):
        Fetching(settings).get(URL, feed="f")
    assert len(upstream.seen) == settings.http_tries_max


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451])
def test_a_no_is_not_asked_twice(upstream: Upstream, settings: Settings, status: int) -> None:
    upstream.on(PATH, reply(status, b"<Error/>"))
    with pytest.raises(UpstreamRefused, match=str(status)):
        Fetching(settings).get(URL, feed="f")
    assert len(upstream.seen) == 1


def test_retry_after_is_obeyed_in_seconds_and_as_a_date(upstream: Upstream, settings: Settings) -> None:
    date = "Mon, 05 Jan 2026 08:00:07 GMT"
    upstream.on(PATH, reply(429, Retry_After="3"), reply(503, Retry_After=date), reply(200, b"x"))
    with Fetching(settings) as fetching:
        fetching.get(URL, feed="f")
    assert [int(delay) for delay in fetching.slept] == [3, 7]


def test_a_long_pause_is_raised_at_once_instead_of_waited_for(upstream: Upstream, settings: Settings) -> None:
    upstream.on(PATH, reply(429, Retry_After="600"))
    with pytest.raises(UpstreamUnavailable) as caught:
        Fetching(settings).get(URL, feed="f")
    assert caught.value.retry_after_s == 600
    assert len(upstream.seen) == 1


def test_a_feeds_own_reading_goes_before_the_status(upstream: Upstream, settings: Settings) -> None:
    def classify(url: str, status: int, headers: Mapping[str, str], body: bytes) -> TauricError | None:
        assert url == URL
        assert headers["x-kind"] == "block"
        return UpstreamUnavailable("blocked for ten minutes", 600) if b"Threshold" in body else None

    upstream.on(PATH, reply(403, b"Request Rate Threshold Exceeded", X_Kind="block"))
    with pytest.raises(UpstreamUnavailable, match="blocked for ten minutes"):
        Fetching(settings, classify=[classify]).get(URL, feed="f")
    assert len(upstream.seen) == 1


@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(reset, id="reset"),
        pytest.param(silent, id="silent"),
        pytest.param(reply(200, b"short", Content_Length="50"), id="shorter than Content-Length"),
        pytest.param(reply(200, gzip.compress(b"x" * 9_000)[:-12], Content_Encoding="gzip"), id="cut gzip"),
        pytest.param(reply(200, b"no gzip at all", Content_Encoding="gzip"), id="broken gzip"),
        pytest.param(reply(304), id="not modified, unasked"),
    ],
)
def test_an_unusable_answer_is_tried_again(upstream: Upstream, settings: Settings, behaviour: object) -> None:
    upstream.on(PATH, behaviour, reply(200, b"whole"))  # type: ignore[arg-type]
    with Fetching(settings) as fetching:
        document = fetching.get(URL, feed="f")
    assert document is not None
    assert document.body == b"whole"
    assert len(upstream.seen) == 2


def test_nobody_there_is_unavailable(tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    settings = Settings(data_dir=tmp_path, sandbox_url=f"http://127.0.0.1:{port}", http_tries_max=2)
    with pytest.raises(UpstreamUnavailable, match="ConnectError"):
        Fetching(settings).get(URL, feed="f")


def test_an_oversized_answer_is_refused_by_its_bytes(upstream: Upstream, settings: Settings) -> None:
    small = settings.model_copy(update={"http_size_max": 1_000})
    upstream.on(PATH, reply(200, b"x" * 1_001))
    with pytest.raises(UpstreamRefused, match="more than 1,000 bytes"):
        Fetching(small).get(URL, feed="f")
    upstream.on(PATH, reply(200, b"x" * 1_000))
    assert len(Fetching(small).get(URL, feed="f").body) == 1_000  # type: ignore[union-attr]


def test_a_gzip_bomb_is_stopped_at_the_limit(upstream: Upstream, settings: Settings) -> None:
    small = settings.model_copy(update={"http_size_max": 100_000})
    upstream.on(PATH, reply(200, gzip.compress(b"\0" * 20_000_000, 9), Content_Encoding="gzip"))
    with pytest.raises(UpstreamRefused, match="more than 100,000 bytes"):
        Fetching(small).get(URL, feed="f")


def test_gzip_is_decoded_in_one_or_several_members(upstream: Upstream, settings: Settings) -> None:
    body = gzip.compress(b"one ") + gzip.compress(b"two")
    upstream.on(PATH, reply(200, body, Content_Encoding="gzip"))
    assert Fetching(settings).get(URL, feed="f").body == b"one two"  # type: ignore[union-attr]


def test_an_encoding_nobody_asked_for_is_refused(upstream: Upstream, settings: Settings) -> None:
    upstream.on(PATH, reply(200, b"x", Content_Encoding="gzip, gzip"))
    with pytest.raises(UpstreamRefused, match="gzip, gzip"):
        Fetching(settings).get(URL, feed="f")


def test_redirects_stay_in_the_sandbox_and_end(upstream: Upstream, settings: Settings) -> None:
    upstream.on(PATH, reply(301, Location="https://other.example.org/new"))
    upstream.on("/other.example.org/new", reply(302, Location="/third.example.org/x"))
    upstream.on("/third.example.org/x", reply(200, b"found"))
    document = Fetching(settings).get(URL, feed="f")
    assert document is not None
    assert (document.url, document.body) == (URL, b"found")
    upstream.on(PATH, reply(301, Location=f"{upstream.url}{PATH}"))
    with pytest.raises(UpstreamRefused, match="redirects"):
        Fetching(settings).get(URL, feed="g")
    upstream.on(PATH, reply(301, Location="file:///etc/hostname"))
    with pytest.raises(UpstreamRefused, match="no web address"):
        Fetching(settings).get(URL, feed="g")


@pytest.mark.parametrize("status", [301, 308])
def test_an_address_that_moved_for_good_is_remembered_and_told_once(
    upstream: Upstream, settings: Settings, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    upstream.on(PATH, reply(status, Location="https://new.example.org/feed"))
    upstream.on("/new.example.org/feed", reply(200, b"x"))
    for _ in range(3):
        with Fetching(settings) as fetching:
            document = fetching.get(URL, feed="f", fresh=True)
        assert document is not None
        assert document.url == URL
    new = "/new.example.org/feed"
    assert [path.partition("?")[0] for path, _ in upstream.seen] == [PATH, new, new, new]
    assert [record.getMessage() for record in caplog.records if "moved for good" in record.getMessage()] == [
        f"address has moved for good, correct defs.yaml feed=f url={URL} to=https://new.example.org/feed"
    ]
    upstream.on(new, reply(404))
    upstream.on(PATH, reply(200, b"back"))
    document = Fetching(settings).get(URL, feed="f", fresh=True)
    assert document is not None
    assert document.body == b"back"


@pytest.mark.parametrize("status", [302, 303, 307])
def test_a_passing_redirect_is_followed_and_forgotten(upstream: Upstream, settings: Settings, status: int) -> None:
    upstream.on(PATH, reply(status, Location="/b.example.org/1"))
    upstream.on("/b.example.org/1", reply(301, Location="/b.example.org/2"))
    upstream.on("/b.example.org/2", reply(200, b"x"))
    for _ in range(2):
        Fetching(settings).get(URL, feed="f", fresh=True)
    assert [path.partition("?")[0] for path, _ in upstream.seen] == [PATH, "/b.example.org/1", "/b.example.org/2"] * 2


def test_what_is_gone_is_never_asked_again_under_that_address(upstream: Upstream, settings: Settings) -> None:
    upstream.on(PATH, reply(410))
    for told in ("410 Gone", "gone for good since 2026-01-0.; not asked again"):
        with pytest.raises(DocumentGone, match=told), Fetching(settings) as fetching:
            fetching.get(URL, feed="f")
    assert len(upstream.seen) == 1
    with pytest.raises(DocumentGone, match="410"):
        Fetching(settings).get(URL, feed="another")
    upstream.on("/other.example.org/feed", reply(200, b"x"))
    assert Fetching(settings).get("https://other.example.org/feed", feed="f") is not None


def test_an_address_that_makes_no_sense_is_a_usage_error(settings: Settings) -> None:
    live = settings.model_copy(update={"upstream": "live"})
    for url in ("ftp://x.example.org/feed", "http://[broken", "no address"):
        with pytest.raises(UsageError, match="defs"):
            Fetching(live).get(url, feed="f")


def test_what_has_not_changed_is_not_sent_again_once_it_was_stored(upstream: Upstream, settings: Settings) -> None:
    good = reply(200, b"x", ETag='"1"', Last_Modified="Mon, 05 Jan 2026 08:00:00 GMT")
    upstream.on(PATH, good, reply(304), reply(304))
    with Fetching(settings) as fetching:
        assert fetching.get(URL, feed="f") is not None
        assert fetching.get(URL, feed="f") is None
    with Fetching(settings) as fetching:
        assert fetching.get(URL, feed="f") is None
    assert upstream.seen[2][1]["if-none-match"] == '"1"'
    assert upstream.seen[2][1]["if-modified-since"] == "Mon, 05 Jan 2026 08:00:00 GMT"
    upstream.on(PATH, good)
    with Fetching(settings) as fetching:
        fetching.get(URL, feed="another")
        fetching.get(URL, feed="f", fresh=True)
        fetching.get(URL, feed="f", at=NOW)
    assert all("if-none-match" not in headers for _, headers in upstream.seen[3:])


def test_a_crash_before_storing_makes_the_next_request_whole_again(upstream: Upstream, settings: Settings) -> None:
    upstream.on(PATH, reply(200, b"x", ETag='"1"'))
    with pytest.raises(RuntimeError), Fetching(settings) as fetching:
        fetching.get(URL, feed="f")
        raise RuntimeError("disk full")
    with Fetching(settings) as fetching:
        assert fetching.get(URL, feed="f") is not None
    assert "if-none-match" not in upstream.seen[1][1]


def test_the_past_is_asked_for_and_dated_by_its_keeper(upstream: Upstream, settings: Settings) -> None:
    upstream.on(PATH, reply(200, b"old", Memento_Datetime="Sun, 04 Jan 2026 23:59:58 GMT"))
    document = Fetching(settings).get(URL, feed="f", at=1_767_571_199_999_999_999)
    assert upstream.seen[0][1]["accept-datetime"] == "Sun, 04 Jan 2026 23:59:59 GMT"
    assert document is not None
    assert (document.known_at, document.quality) == (1_767_571_198_000_000_000, "source")
    upstream.on(PATH, reply(200, b"now"))
    document = Fetching(settings).get(URL, feed="f", at=1_767_571_199_999_999_999)
    assert document is not None
    assert (document.known_at, document.quality) == (NOW, "observed")
