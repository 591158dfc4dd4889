"""Fixtures every room may use. Not here: fixtures of one room (its own conftest)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_socket import socket_allow_hosts

REALDATA = Path(__file__).resolve().parents[2] / "shared" / "realdata"


@pytest.fixture(autouse=True)
def _only_loopback() -> Iterator[None]:
    """No test reaches beyond this machine."""
    socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)
    yield


@pytest.fixture(scope="session")
def realdata() -> Path:
    """The folder of real recordings; its licences keep it out of the project, so tests without it skip."""
    if not REALDATA.is_dir():
        pytest.skip(f"no real recordings at {REALDATA}")
    return REALDATA
