"""The launcher: ready when it says so, gone when it is stopped or its parent dies, one line for every misuse."""

import socket
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tauric_assets.errors import UsageError
from tauric_assets.sandbox.clock import parse_clock
from tauric_assets.sandbox.launch import start
from tauric_assets.sandbox.options import SandboxOptions, options_from_arguments
from tauric_assets.times import parse_instant
from tauric_assets_tests.sandbox.serving import NOW

PARENT = """
import sys
from tauric_assets.sandbox.launch import start
from tauric_assets.sandbox.options import SandboxOptions
running = start(SandboxOptions(port=0))
print(running.url, flush=True)
sys.stdin.read()
"""


@pytest.mark.slow
def test_a_stopped_sandbox_is_gone() -> None:
    with start(SandboxOptions(port=0, clock=f"frozen:{NOW}")) as running:
        assert httpx.get(f"{running.url}/sandbox/health").status_code == 200
        assert running.process.poll() is None
    assert running.process.returncode == 0
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{running.url}/sandbox/health")
    running.stop()


@pytest.mark.slow
def test_a_sandbox_dies_with_its_parent() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    url = parent.stdout.readline().strip()
    assert httpx.get(f"{url}/sandbox/health").status_code == 200
    parent.kill()
    parent.communicate()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            httpx.get(f"{url}/sandbox/health", timeout=1)
        except httpx.TransportError:
            return
    pytest.fail("the sandbox outlived its parent")


@pytest.mark.slow
def test_a_taken_port_is_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"cannot listen on 127.0.0.1:{port}"):
            start(SandboxOptions(port=port))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "words"),
    [
        (SandboxOptions(port=0, replay=Path("no/such/folder")), "no folder of recordings"),
        (SandboxOptions(port=0, clock="sundial"), "cannot read 'sundial' as a clock"),
        (SandboxOptions(port=0, clock=f"frozen:{NOW}", play=date(2026, 1, 11)), "still to come"),
        (SandboxOptions(port=0, play=date(2025, 1, 11)), "the world begins on 2025-11-03"),
        (SandboxOptions(port=0, trades_per_day=0), "ask for 1 or more"),
        (SandboxOptions(port=99_999), "cannot listen"),
    ],
)
def test_misuse_is_a_usage_error_in_the_childs_words(options: SandboxOptions, words: str, tmp_path: Path) -> None:
    log = tmp_path / "sandbox.log"
    with pytest.raises(UsageError, match=words):
        start(options, log=log)
    assert len(log.read_text().splitlines()) == 1


def test_unknown_options_exit_with_two() -> None:
    command = [sys.executable, "-m", "tauric_assets.sandbox", "--colour", "red"]
    ended = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert ended.returncode == 2
    assert "unknown option '--colour'" in ended.stderr


@given(
    st.builds(
        SandboxOptions,
        seed=st.integers(0, 2**31),
        port=st.integers(0, 65_535),
        clock=st.sampled_from(["wall", f"frozen:{NOW}", f"running:{NOW}@60"]),
        play=st.none() | st.dates(),
        replay=st.none() | st.just(Path("recordings/a b")),
        faults=st.none() | st.just(Path("faults.json")),
        trades_per_day=st.none() | st.integers(1, 10**6),
    )
)
def test_options_survive_the_command_line(options: SandboxOptions) -> None:
    assert options_from_arguments(options.to_arguments()) == options


def test_clocks() -> None:
    frozen = parse_clock(f"frozen:{NOW}")
    assert (frozen(), frozen()) == (parse_instant(NOW), parse_instant(NOW))
    running = parse_clock(f"running:{NOW}@1000000")
    first, second = running(), running()
    assert parse_instant(NOW) <= first <= second
    assert abs(parse_clock("wall")() - time.time_ns()) < 10**9
    for nonsense in ("frozen", "frozen:noon", f"running:{NOW}@0", f"running:{NOW}@fast", f"running:{NOW}@nan"):
        with pytest.raises(UsageError):
            parse_clock(nonsense)
