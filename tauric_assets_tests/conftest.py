"""Fixtures and options every room may use. Not here: fixtures of one room (its own conftest)."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from pytest_socket import socket_allow_hosts

REALDATA = Path(__file__).resolve().parents[2] / "shared" / "realdata"

EXAMPLES_QUICK = 15
"""Random cases a property gets in `make quick` (`--hypothesis-profile=quick`); `make test` gives it a hundred."""

LONGEST = (
    "commands/test_docs.py",
    "commands/test_demo.py",
    "shell/test_running.py",
    "feeds/test_jetstream.py",
    "stream/test_chaos.py",
    "shell/test_commands.py",
    "shell/test_disturbed_backfill.py",
    "shell/test_yaml_feeds.py",
    "shell/test_damage.py",
    "research/test_insiders.py",
    "lake/test_store.py",
)
"""Files that take over 20 seconds, longest first: begun last, one of them would run alone while a core is idle."""

settings.register_profile("full", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("quick", settings.get_profile("full"), max_examples=EXAMPLES_QUICK)
settings.load_profile("full")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--realdata-required",
        action="store_true",
        help="fail, instead of skipping, where the real recordings are missing, all or some that their manifest lists",
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first, then those of many tests; inside a file the order is as written."""
    here = Path(__file__).parent
    ranks = {here / name: rank for rank, name in enumerate(LONGEST)}
    sizes = Counter(item.path for item in items)
    items.sort(key=lambda item: (ranks.get(item.path, len(ranks)), -sizes[item.path], str(item.path)))


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


@pytest.fixture(scope="session")
def recordings(request: pytest.FixtureRequest, realdata: Path) -> Callable[[str], list[Path]]:
    """Files of the set by a pattern (`*` crosses folders); where there is none, the test skips.

    With `--realdata-required` it fails where the set's manifest lists one.
    """
    manifest = realdata / "MANIFEST.jsonl"
    lines = manifest.read_text().splitlines() if manifest.is_file() else []
    promised = [str(json.loads(line)["file"]) for line in lines if line.strip()]
    there = sorted(path.relative_to(realdata).as_posix() for path in realdata.rglob("*") if path.is_file())

    def found(pattern: str) -> list[Path]:
        paths = [realdata / name for name in there if fnmatch(name, pattern)]
        if not paths:
            missing = [name for name in promised if fnmatch(name, pattern)]
            if missing and request.config.getoption("--realdata-required"):
                pytest.fail(f"the manifest lists {missing[0]}, which is not there")
            pytest.skip(f"no {pattern} among the recordings")
        return paths

    return found
