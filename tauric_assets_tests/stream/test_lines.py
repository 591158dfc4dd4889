"""One connection hands over everything it was sent, also where the venue closes faster than frames can be taken."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from websockets.sync.server import ServerConnection, serve

from tauric_assets.settings import Settings
from tauric_assets.stream.lines import Line

FRAMES = 300
TAKING_S = 0.002
"""What a slow disk takes for a frame; all together more than a closing line is waited for."""


@contextmanager
def venue() -> Iterator[str]:
    """A venue that says everything at once and closes; its address."""

    def play(connection: ServerConnection) -> None:
        for number in range(FRAMES):
            connection.send(str(number))

    with serve(play, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.socket.getsockname()[1]}"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.slow
def test_a_line_has_not_ended_before_every_frame_is_delivered(tmp_path: Path) -> None:
    taken: list[bytes] = []

    def take(received_at: int, frame: bytes) -> None:
        time.sleep(TAKING_S)
        taken.append(frame)

    with venue() as address:
        line = Line(Settings(data_dir=tmp_path, sandbox_url=address), "wss://venue.example/stream", [], take)
        until = time.monotonic() + 60
        while not line.ended and time.monotonic() < until:
            time.sleep(TAKING_S)
        at_the_end = len(taken)
        failure = line.failure()
        line.close()
    assert at_the_end == FRAMES
    assert taken == [str(number).encode() for number in range(FRAMES)]
    assert failure is None
