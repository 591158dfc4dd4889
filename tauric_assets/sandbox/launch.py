"""Starting a sandbox as a child process, and stopping it.

Belongs here: the child's life as its parent sees it.
Not here: serving (server.py).
"""

import json
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from queue import Empty, SimpleQueue
from types import TracebackType
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from tauric_assets.errors import UpstreamUnavailable, UsageError
from tauric_assets.sandbox.options import EXIT_USAGE, SandboxOptions

READY_S = 60.0
STOP_S = 10.0
HEALTH_S = 5.0


class Running:
    """A sandbox in a child process; a context manager that stops it.

    Args:
        url: its address, e.g. `http://127.0.0.1:7272`; what `Settings.sandbox_url` wants.
        process: the child.
    """

    def __init__(self, url: str, process: "subprocess.Popen[bytes]") -> None:
        self.url = url
        self.process = process

    def stop(self) -> None:
        """Stop the child and wait until it is gone; harmless when it already is."""
        _stop(self.process)

    def __enter__(self) -> "Running":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start(options: SandboxOptions, log: Path | None = None, ready_s: float = READY_S) -> Running:
    """Start a sandbox and wait until it answers.

    Args:
        options: what to start; port 0 picks a free one.
        log: where the child's standard error goes; a temporary file where None.
        ready_s: seconds to wait for the child.
    Returns: the running sandbox; it also stops when this process dies.
    Raises: UsageError: the child says the options make no sense (its own words). UpstreamUnavailable: it died
        otherwise, or was not ready in time; the message ends with the child's last line.
    """
    with log.open("w+b") if log else tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "tauric_assets.sandbox", *options.to_arguments()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
        )
        line = _first_line(process, ready_s)
        if not line:
            _stop(process)
            errors.seek(0)
            words = errors.read().decode("utf-8", "replace").strip().splitlines() or ["nothing"]
            if process.returncode == EXIT_USAGE:
                raise UsageError(words[-1])
            raise UpstreamUnavailable(f"the sandbox was not ready within {ready_s:g} s; it said last: {words[-1]}")
    running = Running(json.loads(line)["url"], process)
    _wait_until_healthy(running, time.monotonic() + ready_s)
    return running


def _first_line(process: "subprocess.Popen[bytes]", timeout_s: float) -> bytes:
    """The child's first line, or nothing where it ends or is late."""
    lines: SimpleQueue[bytes] = SimpleQueue()
    output = process.stdout
    assert output is not None
    threading.Thread(target=lambda: lines.put(output.readline()), daemon=True).start()
    try:
        return lines.get(timeout=timeout_s)
    except Empty:
        return b""


def _wait_until_healthy(running: Running, deadline: float) -> None:
    without_proxy = build_opener(ProxyHandler({}))
    while time.monotonic() < deadline:
        try:
            with without_proxy.open(f"{running.url}/sandbox/health", timeout=HEALTH_S) as answer:
                if answer.status == 200:
                    return
        except (URLError, TimeoutError):
            time.sleep(0.05)
    running.stop()
    raise UpstreamUnavailable(f"the sandbox at {running.url} did not answer in time")


def _stop(process: "subprocess.Popen[bytes]") -> None:
    if process.stdin and not process.stdin.closed:
        process.stdin.close()
    try:
        process.wait(STOP_S if process.poll() is None else None)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout:
        process.stdout.close()
