"""A log on a real file system that is really full: nothing more is taken, it is said, nothing acknowledged is lost.

The log is larger than the file system, so that it goes on only if the reading half can make room.

The file system is a small tmpfs, mounted in a namespace of its own by `unshare`; no privileges are needed where users
may have namespaces.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tauric_assets.settings import Settings, child_environment

TRADES = 20_000
MEGABYTES = 4
PROGRAM = """
import json, socket, subprocess, sys, threading, time
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener
from websockets.sync.server import serve
from tauric_assets.lake.store import Lake
from tauric_assets.settings import load_settings
from tauric_assets.stream import log_writer
from tauric_assets.stream.log_writer import durable_seq
from tauric_assets.stream.sidecar import run
from tauric_assets_tests.stream.test_replay import match

log_writer.RESERVED_BYTES, log_writer.GROUP_BYTES_MAX = 1024 * 1024, 128 * 1024
trades, megabytes = map(int, sys.argv[1:])
with socket.create_server(("127.0.0.1", 0)) as free:
    port = free.getsockname()[1]
settings = load_settings()
log = settings.data_dir / "wal"
log.mkdir(parents=True)
subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(log)], check=True)
full, stop = threading.Event(), threading.Event()

def wait_for(condition):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)

def handle(connection):
    for number in range(1, trades + 1):
        if number == 100:
            full.wait()
        connection.send(match(number, 1))
    for _ in connection:
        pass

def health():
    try:
        with build_opener(ProxyHandler({})).open(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()

with serve(handle, "127.0.0.1", 0) as server:
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.socket.getsockname()[1]}"
    settings = settings.model_copy(update={"sandbox_url": address})
    lake = Lake(settings.lake_root)
    running = threading.Thread(
        target=run, args=(settings, lake, {"coinbase": ["NOVA-USD"]}), kwargs={"until": stop.is_set, "port": port},
        daemon=True,
    )
    running.start()
    wait_for(lambda: lake.status("trades").rows >= 99)
    ballast = log / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)):
                pass
        except OSError as error:
            told = error.errno
    full.set()
    wait_for(lambda: health()[0] == 503)
    status, said = health()
    held = durable_seq(log / "coinbase")
    ballast.unlink()
    wait_for(lambda: lake.status("trades").rows >= trades)
    wait_for(lambda: health()[0] == 200)
    stop.set()
    running.join()
    server.shutdown()
numbers = [int(one) for one in lake.read("trades", columns=["trade_id"])["trade_id"].to_pylist()]
print(json.dumps({"errno": told, "status": status, "said": said, "held": held, "numbers": sorted(numbers)}))
"""


def may_mount() -> bool:
    unshare = shutil.which("unshare")
    return unshare is not None and subprocess.run([unshare, "-rm", "true"], capture_output=True).returncode == 0


@pytest.mark.slow
@pytest.mark.skipif(not may_mount(), reason="no namespaces for users on this machine, so no small file system")
def test_a_really_full_file_system_holds_the_line_back_and_loses_nothing(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data", stream_commit_s=0.1, stream_segment_mb=1)
    command = ["unshare", "-rm", sys.executable, "-c", PROGRAM, *map(str, (TRADES, MEGABYTES))]
    done = subprocess.run(command, env=child_environment(settings), capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert (told["errno"], told["status"]) == (28, 503)
    assert "No space left" in told["said"]
    assert told["held"] < TRADES
    assert told["numbers"] == list(range(1, TRADES + 1))
