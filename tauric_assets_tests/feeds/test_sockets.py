"""Websockets: frames with arrival times, and every ending told apart."""

import threading
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path

import pytest
from websockets.http11 import Request, Response
from websockets.sync.server import Server, ServerConnection, serve

from tauric_assets.errors import LakeConflict, UpstreamRefused, UpstreamUnavailable, UsageError
from tauric_assets.feeds import sockets
from tauric_assets.feeds.fetch import Fetcher
from tauric_assets.feeds.patience import Patience
from tauric_assets.settings import Settings

URL = "wss://ws.example.org/v2?x=1"
CLOSE_S_MAX = 0.5
"""A connection whose peer reads no more is given up after this."""
Handler = Callable[[ServerConnection], None]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Settings]]:
    servers: list[Server] = []

    def begin(handler: Handler, **more: object) -> Settings:
        server = serve(handler, "127.0.0.1", 0, close_timeout=CLOSE_S_MAX, **more)  # type: ignore[arg-type]
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.socket.getsockname()[1]}"
        return Settings(data_dir=tmp_path, sandbox_url=url, http_timeout_s=0.5)

    yield begin
    for server in servers:
        server.shutdown()


def read(settings: Settings, *first_frames: str, idle_s: float = 2.0) -> list[tuple[int, bytes]]:
    ticks = iter(range(100, 10_000))
    with Fetcher(settings, lambda: next(ticks), classify=()) as fetching:
        return list(fetching.stream(URL, feed="x", first_frames=first_frames, idle_s=idle_s))


def test_frames_come_with_their_arrival_until_the_upstream_closes(start: Callable[..., Settings]) -> None:
    def echo(connection: ServerConnection) -> None:
        connection.send(f"{connection.request.path if connection.request else ''}")
        connection.send(connection.recv(decode=False))
        connection.send(b"\x00\xff")

    settings = start(echo)
    assert read(settings, "subscribe é") == [
        (100, b"/ws.example.org/v2?x=1"),
        (101, "subscribe é".encode()),
        (102, b"\x00\xff"),
    ]


def test_what_came_before_an_early_close_in_good_order_is_read(start: Callable[..., Settings]) -> None:
    def hasty(connection: ServerConnection) -> None:
        connection.send("a")

    assert [frame for _, frame in read(start(hasty), *["subscribe"] * 20_000)] == [b"a"]


def test_silence_ends_a_stream(start: Callable[..., Settings]) -> None:
    def one(connection: ServerConnection) -> None:
        connection.send("a")
        for _ in connection:
            pass

    assert [frame for _, frame in read(start(one), idle_s=0.2)] == [b"a"]


@pytest.mark.parametrize("code", [1001, 1008, 1011, 1012])
def test_any_other_close_is_unavailable_after_the_frames_that_came(start: Callable[..., Settings], code: int) -> None:
    def cut(connection: ServerConnection) -> None:
        connection.send("a")
        connection.close(code, "because")

    settings, came = start(cut), []
    with Fetcher(settings, classify=()) as fetching, pytest.raises(UpstreamUnavailable, match=r"ws\.example\.org/v2"):
        came.extend(frame for _, frame in fetching.stream(URL, feed="x"))
    assert came == [b"a"]


def test_a_line_cut_without_a_word_is_unavailable(start: Callable[..., Settings]) -> None:
    with pytest.raises(UpstreamUnavailable):
        read(start(lambda connection: connection.socket.close()))


@pytest.mark.parametrize(
    ("status", "kind"),
    [(503, UpstreamUnavailable), (429, UpstreamUnavailable), (403, UpstreamRefused), (404, UpstreamRefused)],
)
def test_a_refused_handshake_is_read_by_its_status(
    start: Callable[..., Settings], status: int, kind: type[Exception]
) -> None:
    def refuse(connection: ServerConnection, request: Request) -> Response:
        return connection.respond(HTTPStatus(status), "no\n")

    with pytest.raises(kind, match=str(status)):
        read(start(lambda connection: None, process_request=refuse))


def test_a_frame_too_large_is_refused(start: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "FRAME_BYTES_MAX", 1_000)
    with pytest.raises(UpstreamRefused, match="larger than this house reads"):
        read(start(lambda connection: connection.send("x" * 1_001)))


def test_nobody_there_and_nonsense(tmp_path: Path) -> None:
    with pytest.raises(UpstreamUnavailable):
        read(Settings(data_dir=tmp_path, sandbox_url="http://127.0.0.1:9"))
    with Fetcher(Settings(data_dir=tmp_path), classify=()) as fetching, pytest.raises(UsageError):
        list(fetching.stream("nowhere", feed="x"))


def test_patience_waits_longer_and_longer_and_ends() -> None:
    slept: list[float] = []
    patience = Patience(4, slept.append)
    for _ in range(3):
        patience.after(UpstreamUnavailable("x"))
    assert [delay <= limit for delay, limit in zip(slept, (0.25, 0.5, 1.0), strict=True)] == [True] * 3
    with pytest.raises(UpstreamUnavailable):
        patience.after(UpstreamUnavailable("last"))
    patience.progressed()
    patience.after(LakeConflict("x"))
    with pytest.raises(UpstreamRefused):
        patience.after(UpstreamRefused("no"))
    assert len(slept) == 4
