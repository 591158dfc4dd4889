"""A served house: real uvicorn on a free loopback port, in a thread. Not here: what is in the house (made.py)."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import httpx
import pytest

from tauric_assets.house import House
from tauric_assets.serve import server
from tauric_assets_tests.serve.made import Made, small_house


@contextmanager
def served(house: House) -> Iterator[httpx.Client]:
    """A client of a server of its own."""
    running = server.server(house)
    with server.listening(0) as listener:
        port = listener.getsockname()[1]
        thread = Thread(target=running.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
                yield client
        finally:
            running.should_exit = True
            thread.join(timeout=30)
    assert not thread.is_alive()


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The small house; tests that add to it make their own."""
    return small_house(tmp_path_factory.mktemp("house"))


@pytest.fixture(scope="module")
def client(small: Made) -> Iterator[httpx.Client]:
    """Asks the small house."""
    with served(small.house) as client:
        yield client


@pytest.fixture
def changing(tmp_path: Path) -> Iterator[tuple[Made, httpx.Client]]:
    """A small house that the test may change, and its client."""
    made = small_house(tmp_path)
    with served(made.house) as client:
        yield made, client
