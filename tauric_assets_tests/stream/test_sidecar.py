"""The sidecar lands every trade exactly once, whatever the line does, and says what it could not read."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from websockets.sync.server import Server, ServerConnection, serve

from tauric_assets.errors import UpstreamUnavailable, UsageError
from tauric_assets.lake.store import Lake
from tauric_assets.sandbox import launch
from tauric_assets.sandbox.market import VENUES
from tauric_assets.sandbox.options import SandboxOptions
from tauric_assets.sandbox.world import World
from tauric_assets.settings import Settings, child_environment
from tauric_assets.stream.sidecar import run
from tauric_assets.times import Days
from tauric_assets_tests.feeds.golden import DAY_START, FRAMES

DAY = date(2026, 1, 5)
TRADES_PER_DAY = 150
CLOCK = "frozen:2026-01-06T12:00:00Z"


@pytest.fixture(scope="module")
def market() -> World:
    return World(7, trades_per_day=TRADES_PER_DAY)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[launch.Running]:
    with launch.start(SandboxOptions(port=0, clock=CLOCK, play=DAY, trades_per_day=TRADES_PER_DAY)) as running:
        yield running


def settings_for(url: str, folder: Path) -> Settings:
    return Settings(data_dir=folder, sandbox_url=url, http_tries_max=3)


def subscriptions(market: World, count: int = 2) -> dict[str, list[str]]:
    return {venue: list(market.symbols(venue))[:count] for venue in VENUES}


def landed(lake: Lake) -> list[tuple[str, str, str, str, str, str]]:
    columns = ["venue", "symbol", "trade_id", "price", "size", "side"]
    rows = lake.read("trades", days=Days.one(DAY), columns=columns).to_pylist()
    return sorted(tuple(str(row[name]) for name in columns) for row in rows)  # type: ignore[misc]


def happened(market: World, wanted: dict[str, list[str]]) -> list[tuple[str, str, str, str, str, str]]:
    span = Days.one(DAY)
    return sorted(
        (venue, symbol, str(trade.trade_id), f"{trade.price:.9f}", f"{trade.size:.9f}", trade.side)
        for venue in VENUES
        for symbol in wanted[venue]
        for trade in market.trades(venue, symbol, span.start_ns, span.end_ns)
    )


def test_a_played_day_lands_exactly_and_only_once(sandbox: launch.Running, market: World, tmp_path: Path) -> None:
    settings, wanted = settings_for(sandbox.url, tmp_path), subscriptions(market, 1)
    lake = Lake(settings.lake_root)
    report = run(settings, lake, wanted)
    assert [venue.ending for venue in report.venues] == ["closed"] * 3
    truth = happened(market, wanted)
    assert len(truth) > TRADES_PER_DAY
    assert landed(lake) == truth
    again = run(settings, lake, wanted)
    assert again.trades == 0
    assert landed(lake) == truth


@pytest.mark.slow
def test_cuts_repeats_and_disorder_lose_nothing(market: World, tmp_path: Path) -> None:
    faults = tmp_path / "faults.json"
    faults.write_text(
        '[{"match": "*", "kind": "duplicate", "rate": 0.1}, {"match": "*", "kind": "reorder", "rate": 0.1},'
        ' {"match": "*", "kind": "close_after", "frames": 60, "times": 3}]'
    )
    options = SandboxOptions(port=0, clock=CLOCK, play=DAY, trades_per_day=TRADES_PER_DAY, faults=faults)
    wanted = subscriptions(market, 1)
    with launch.start(options) as sandbox:
        settings = settings_for(sandbox.url, tmp_path)
        lake = Lake(settings.lake_root)
        report = run(settings, lake, wanted)
    assert landed(lake) == happened(market, wanted)
    assert sum(venue.connections for venue in report.venues) == 3 + 3
    assert all(venue.duplicates > 0 for venue in report.venues)


class Script:
    """A websocket upstream that sends given frames to each connection, then closes with `code` or stays silent."""

    def __init__(self, frames: list[bytes], code: int | None) -> None:
        self.connections = 0

        def handle(connection: ServerConnection) -> None:
            self.connections += 1
            for frame in frames:
                connection.send(frame.decode())
            if code is None:
                for _ in connection:
                    pass
            else:
                connection.close(code)

        self.server: Server = serve(handle, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self.server.socket.getsockname()[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def scripts() -> Iterator[list[Script]]:
    made: list[Script] = []
    yield made
    for script in made:
        script.server.shutdown()


def script(scripts: list[Script], frames: list[bytes], code: int | None) -> Script:
    scripts.append(Script(frames, code))
    return scripts[-1]


def test_what_cannot_be_read_is_quarantined_with_its_bytes(scripts: list[Script], tmp_path: Path) -> None:
    bad = b'{"type":"match","trade_id":1,"side":"buy","size":"x","price":"1","product_id":"NOVA-USD","time":"no"}'
    upstream = script(scripts, [*FRAMES["coinbase"], b"<html>", bad], 1000)
    settings = settings_for(upstream.url, tmp_path)
    lake = Lake(settings.lake_root)
    (venue,) = run(settings, lake, {"coinbase": ["NOVA-USD"]}).venues
    assert (venue.trades, venue.quarantined, venue.ignored, venue.frames) == (2, 3, 2, 8)
    held = sorted(lake.read("quarantine").to_pylist(), key=lambda row: row["reason"])
    assert {row["raw"] for row in held} == {
        FRAMES["coinbase"][-1],
        b"<html>",
        bad.replace(b":", b": ").replace(b",", b", "),
    }
    assert {row["feed"] for row in held} == {"stream/coinbase"}
    (first, second) = lake.read("trades").sort_by("trade_id").to_pylist()
    assert first["ts_recv"] == first["known_at"] > first["ts_event"] > DAY_START
    assert second["source"] == settings.coinbase_stream_url
    assert second["ingested_at"] >= second["known_at"]


@pytest.mark.slow
def test_it_stops_when_told_and_commits_what_came(scripts: list[Script], tmp_path: Path) -> None:
    upstream = script(scripts, list(FRAMES["kraken"]), None)
    settings = settings_for(upstream.url, tmp_path)
    lake = Lake(settings.lake_root)
    (venue,) = run(
        settings, lake, {"kraken": ["BTC-USD"]}, until=lambda: lake.status("trades").rows >= 4, idle_s=60
    ).venues
    assert (venue.ending, venue.trades) == ("stopped", 4)


@pytest.mark.slow
def test_silence_ends_a_bounded_run_and_renews_an_endless_one(scripts: list[Script], tmp_path: Path) -> None:
    upstream = script(scripts, list(FRAMES["binance"]), None)
    settings = settings_for(upstream.url, tmp_path)
    lake = Lake(settings.lake_root)
    (venue,) = run(settings, lake, {"binance": ["NOVA-USDT"]}, idle_s=0.3).venues
    assert (venue.ending, venue.trades, upstream.connections) == ("idle", 2, 1)
    (venue,) = run(
        settings, lake, {"binance": ["NOVA-USDT"]}, until=lambda: upstream.connections >= 4, idle_s=0.3
    ).venues
    assert (venue.ending, venue.trades) == ("stopped", 0)
    assert venue.duplicates >= 4


@pytest.mark.slow
def test_a_connection_renewed_by_plan_is_there_before_the_old_one_goes(tmp_path: Path) -> None:
    with launch.start(SandboxOptions(port=0, clock="wall", trades_per_second=400)) as sandbox:
        settings = settings_for(sandbox.url, tmp_path).model_copy(
            update={"stream_connection_s": 1.0, "stream_overlap_s": 0.4, "stream_gap_delay_s": 0.3}
        )
        lake = Lake(settings.lake_root)
        wanted = {"coinbase": ["NOVA-USD"]}
        (venue,) = run(settings, lake, wanted, until=lambda: lake.status("trades").rows >= 1_800).venues
    numbers = sorted(int(one) for one in lake.read("trades", columns=["trade_id"])["trade_id"].to_pylist())
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert len(numbers) >= 1_800 and venue.connections >= 3
    assert venue.duplicates >= 100 * (venue.connections - 1)  # both lines told them while there were two
    assert venue.gaps == 0
    assert lake.read("gaps").num_rows == 0


@pytest.mark.parametrize("code", [1001, 1011])
def test_an_untimely_end_is_met_with_a_new_connection(scripts: list[Script], tmp_path: Path, code: int) -> None:
    upstream = script(scripts, list(FRAMES["coinbase"]), code)
    settings = settings_for(upstream.url, tmp_path)
    run(settings, Lake(settings.lake_root), {"coinbase": ["NOVA-USD"]}, until=lambda: upstream.connections >= 3)
    assert upstream.connections >= 3


def test_nobody_there_is_said_after_the_last_try(tmp_path: Path) -> None:
    settings = settings_for("http://127.0.0.1:9", tmp_path)
    with pytest.raises(UpstreamUnavailable):
        run(settings, Lake(settings.lake_root), {"coinbase": ["NOVA-USD"]})


def test_one_venue_that_fails_does_not_stop_the_others(scripts: list[Script], tmp_path: Path) -> None:
    upstream = script(scripts, list(FRAMES["coinbase"]), 1000)
    settings = settings_for(upstream.url, tmp_path).model_copy(update={"kraken_stream_url": "ftp://nowhere"})
    report = run(settings, Lake(settings.lake_root), {"kraken": ["BTC-USD"], "coinbase": ["NOVA-USD"]})
    assert [venue.ending for venue in report.venues] == ["failed", "closed"]
    assert "kraken" in str(report)
    assert report.trades == 2


def test_only_feeds_with_a_stream_can_be_recorded(tmp_path: Path) -> None:
    settings = settings_for("http://127.0.0.1:9", tmp_path)
    for wanted in ({}, {"syndication": ["x"]}, {"nowhere": ["x"]}):
        with pytest.raises(UsageError):
            run(settings, Lake(settings.lake_root), wanted)  # type: ignore[arg-type]


PROGRAM = """
from tauric_assets.lake.store import Lake
from tauric_assets.settings import load_settings
from tauric_assets.stream.sidecar import run
settings = load_settings()
run(settings, Lake(settings.lake_root), {wanted!r})
"""


@pytest.mark.slow
def test_killed_at_any_moment_it_completes_when_started_again(
    sandbox: launch.Running, market: World, tmp_path: Path
) -> None:
    settings, wanted = settings_for(sandbox.url, tmp_path), subscriptions(market, 1)
    lake = Lake(settings.lake_root)
    command = [sys.executable, "-c", PROGRAM.format(wanted=wanted)]
    for kill_at in (1, 100, 400):
        process = subprocess.Popen(command, env=child_environment(settings))
        deadline = time.monotonic() + 60
        while process.poll() is None and lake.status("trades").rows < kill_at and time.monotonic() < deadline:
            time.sleep(0.005)
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
        process.wait()
    run(settings, lake, wanted)
    assert landed(lake) == happened(market, wanted)
