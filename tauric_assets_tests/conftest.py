"""Fixtures and options every room may use. Not here: fixtures of one room (its own conftest)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from pytest_socket import socket_allow_hosts

REALDATA = Path(__file__).resolve().parents[2] / "shared" / "realdata"

EXAMPLES_QUICK = 15
"""Random cases a property gets in `make quick` (`--hypothesis-profile=quick`); `make test` gives it a hundred."""

settings.register_profile("full", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("quick", settings.get_profile("full"), max_examples=EXAMPLES_QUICK)
settings.load_profile("full")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--realdata-required",
        action="store_true",
        help="fail, instead of skipping, where the folder of real recordings is missing",
    )


@pytest.fixture(autouse=True)
def _only_loopback() -> Iterator[None]:
    """No test reaches beyond this machine."""
    socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)
    yield


@pytest.fixture(scope="session")
def realdata(request: pytest.FixtureRequest) -> Path:
    """The folder of real recordings; its licences keep it out of the project, so tests without it skip."""
    if not REALDATA.is_dir():
        if request.config.getoption("--realdata-required"):
            pytest.fail("the real recordings must be here and are not")
        pytest.skip("no real recordings beside this checkout")
    return REALDATA
