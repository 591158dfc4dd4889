"""The sidecar says what it does: metrics, health, the live table; whole processes stop and start as they should."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

import pytest
from websockets.sync.server import ServerConnection, serve

from tauric_assets.commands.top import read_metrics, table_of
from tauric_assets.errors import UpstreamUnavailable, UsageError
from tauric_assets.lake.store import Lake
from tauric_assets.settings import Settings, child_environment
from tauric_assets.stream.following import Followed
from tauric_assets.stream.log_writer import LogWriter
from tauric_assets.stream.metrics import CommitLatency, Observed, exposition, health
from tauric_assets.stream.observing import Observing
from tauric_assets.stream.recorder import Recorded
from tauric_assets.stream.wal import FRAME, Group, Record
from tauric_assets_tests.feeds.golden import FRAMES

SECOND = 1_000_000_000


def observed(folder: Path, **seen: object) -> Observed:
    log = LogWriter(folder, 1)
    log.close()
    latency = CommitLatency()
    latency.take(Group(1, [Record(at, 1, FRAME, b"") for at in (0, 5_000_000, 9_000_000)]), 10_000_000)
    recorded = Recorded(frames=3, connections=1, connected=True, last_frame_at=99 * SECOND, **seen)  # type: ignore[arg-type]
    done = Followed(trades=2, rows=5, gaps=1, missing=4, last_ts_event=98 * SECOND)
    return Observed(100 * SECOND, {"coinbase": (recorded, log, latency, done)}, True, 0)


def test_metrics_are_prometheus_text_with_a_cumulative_histogram(tmp_path: Path) -> None:
    lines = exposition(observed(tmp_path)).splitlines()
    assert 'tauric_stream_trades_total{venue="coinbase"} 2' in lines
    assert 'tauric_stream_missing_trades{venue="coinbase"} 4' in lines
    assert 'tauric_stream_event_lag_seconds{venue="coinbase"} 2.0' in lines
    bucket = 'tauric_stream_commit_latency_seconds_bucket{venue="coinbase",le="%s"} %d'
    expected = [("0.001", 1), ("0.0025", 1), ("0.005", 2), ("0.01", 3), ("+Inf", 3)]
    assert all(bucket % pair in lines for pair in expected)
    assert 'tauric_stream_commit_latency_seconds_count{venue="coinbase"} 3' in lines
    assert all(line.startswith(("#", "tauric_stream_")) for line in lines)


def test_health_names_the_trouble(tmp_path: Path) -> None:
    assert health(observed(tmp_path / "a"))[0]
    sick = observed(tmp_path / "b")
    seen, log, _, done = sick.venues["coinbase"]
    seen.connected, log.refused, done.storage_refused = False, OSError(28, "No space left on device"), "full"
    well, told = health(sick)
    assert not well
    assert "No space left" in json.dumps(told) and "not connected" in json.dumps(told)


def test_the_live_table_reads_what_is_served(tmp_path: Path) -> None:
    told = observed(tmp_path)
    with Observing(0, lambda: told) as observing:
        now = read_metrics(observing.url)
        assert now["coinbase"]["rows_total"] == 5
        assert table_of(now, now, 1.0).row_count == 1
        with pytest.raises(HTTPError):
            build_opener(ProxyHandler({})).open(f"{observing.url}/else", timeout=5)
        with pytest.raises(UsageError, match="TAURIC_STREAM_PORT"):
            Observing(int(observing.url.rpartition(":")[2]), lambda: told)
    with pytest.raises(UpstreamUnavailable, match="tauric stream"):
        read_metrics(observing.url)


PROGRAM = """
import signal
stopping = []
signal.signal(signal.SIGTERM, lambda *_: stopping.append(1))
from tauric_assets.lake.store import Lake
from tauric_assets.settings import load_settings
from tauric_assets.stream.sidecar import run
settings = load_settings()
print(run(settings, Lake(settings.lake_root), {"coinbase": ["NOVA-USD"]}, until=lambda: bool(stopping),
          reading_module="tauric_assets.commands.follow", port=settings.stream_port))
"""


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.slow
def test_two_processes_record_serve_and_end_in_good_order(tmp_path: Path) -> None:
    def handle(connection: ServerConnection) -> None:
        for frame in FRAMES["coinbase"]:
            connection.send(frame.decode())
        for _ in connection:
            pass

    with serve(handle, "127.0.0.1", 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.socket.getsockname()[1]}"
        with Observing(0, lambda: observed(tmp_path / "probe")) as probe:
            port = int(probe.url.rpartition(":")[2])
        settings = Settings(data_dir=tmp_path, sandbox_url=url, stream_port=port, stream_commit_s=0.1)
        lake = Lake(settings.lake_root)
        process = subprocess.Popen([sys.executable, "-c", PROGRAM], env=child_environment(settings))
        wait_for(lambda: lake.status("trades").rows == 2)
        opener = build_opener(ProxyHandler({}))
        wait_for(lambda: read_metrics(f"http://127.0.0.1:{port}")["coinbase"]["trades_total"] == 2)
        with opener.open(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
            assert json.load(answer)["well"]
        second = subprocess.run(
            [sys.executable, "-c", PROGRAM], env=child_environment(settings), capture_output=True, timeout=60
        )
        assert b"another sidecar records coinbase" in second.stderr
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(60) == 0
        server.shutdown()
    assert lake.status("trades").rows == 2
