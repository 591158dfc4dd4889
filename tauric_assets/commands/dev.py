"""`tauric dev`: the Dagster web UI with the daemon on, the tick sidecar beside it, and the sandbox below.

Belongs here: starting these processes, saying where they are, stopping them.
Not here: the sandbox itself, Dagster's settings (dagster.yaml).
"""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import httpx

from tauric_assets.commands.terminal import say
from tauric_assets.defs.running import dagster_home
from tauric_assets.errors import TauricError, UsageError
from tauric_assets.house import House
from tauric_assets.sandbox.launch import start
from tauric_assets.sandbox.options import SandboxOptions
from tauric_assets.settings import PROJECT_FOLDER, child_environment

START_TIMEOUT_S = 90.0
STOP_TIMEOUT_S = 15.0
LOOPBACK = "127.0.0.1"


def serve(house: House, port: int) -> None:
    """Run until interrupted.

    Raises: UsageError: the port is in use; TauricError: a process ended by itself.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt):
        _serve(house, port)
    say("stopped")


def _serve(house: House, port: int) -> None:
    check_port(port)
    logs = house.folder("logs")
    with ExitStack() as stack:
        settings = house.settings
        if settings.upstream == "sandbox":
            port_or_any = SandboxOptions().port if _is_free(SandboxOptions().port) else 0
            options = SandboxOptions(clock="wall", port=port_or_any)
            sandbox = stack.enter_context(start(options, log=logs / "sandbox.log"))
            settings = settings.model_copy(update={"sandbox_url": sandbox.url})
            say(f"sandbox   {sandbox.url}   an offline market, live by this machine's clock")
        environment = child_environment(settings, DAGSTER_HOME=str(dagster_home(house)))
        web = _child(stack, _dagster_words(port), environment, logs / "dagster.log")
        stream = _child(stack, [sys.executable, "-m", "tauric_assets.cli", "stream"], environment, logs / "stream.log")
        _wait_for(f"http://{LOOPBACK}:{port}/server_info", web, logs / "dagster.log")
        say(f"dagster   http://{LOOPBACK}:{port}   assets, runs, checks; sensors and the nightly schedule are on")
        say(f"logs      {logs}   stop with Ctrl-C")
        while web.poll() is None and stream.poll() is None:
            time.sleep(0.5)
        name, log = ("dagster", logs / "dagster.log") if web.poll() is not None else ("stream", logs / "stream.log")
        raise TauricError(f"{name} ended by itself: {_last_line(log)}; see {log}")


def check_port(port: int) -> None:
    """Raises: UsageError where `port` on loopback is taken."""
    if not _is_free(port):
        raise UsageError(f"port {port} is in use: stop what holds it, or choose another with --port")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def _dagster_words(port: int) -> list[str]:
    workspace = str(PROJECT_FOLDER / "workspace.yaml")
    return [sys.executable, "-m", "dagster", "dev", "-w", workspace, "-h", LOOPBACK, "-p", str(port)]


def _child(stack: ExitStack, words: list[str], environment: dict[str, str], log: Path) -> "subprocess.Popen[bytes]":
    out = stack.enter_context(log.open("wb"))
    child = subprocess.Popen(words, env=environment, stdout=out, stderr=out, cwd=PROJECT_FOLDER, start_new_session=True)
    stack.callback(_stop, child)
    return child


def _stop(child: "subprocess.Popen[bytes]") -> None:
    """Ask the process to end; what is left of its group after a while (Dagster's code servers) is killed."""
    child.terminate()
    with suppress(subprocess.TimeoutExpired):
        child.wait(STOP_TIMEOUT_S)
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def _wait_for(url: str, child: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    say("dagster   starting …")
    while time.monotonic() < deadline and child.poll() is None:
        try:
            if httpx.get(url, timeout=2.0).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            time.sleep(0.5)
    raise TauricError(f"dagster did not come up within {START_TIMEOUT_S:.0f} s: {_last_line(log)}; see {log}")


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"
