"""A feed of 200 MB, a redirect without end, a page in place of a feed: one clear line, little memory, nothing kept."""

import json
import subprocess
import sys
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from tauric_assets_tests.feeds.conftest import Upstream, reply

FEED_BYTES, BLOCK = 200_000_000, b"<item><title>Nova opens a plant</title><guid>1</guid></item>\n" * 17_000
GROWTH_BYTES_MAX = 100_000_000
SMALL = b"<rss version='2.0'><channel><title>x</title><item><title>Nova</title><guid>1</guid></item></channel></rss>"

COLLECTING = """
import json, sys
from datetime import date
from pathlib import Path
from tauric_assets.errors import TauricError
from tauric_assets.feeds import syndication
from tauric_assets.feeds.contract import FeedInstance
from tauric_assets.feeds.fetch import Fetcher
from tauric_assets.lake.intake import collect
from tauric_assets.lake.raw import RawStore
from tauric_assets.lake.store import Lake
from tauric_assets.settings import Settings
from tauric_assets.times import Days, day_start_ns

def peak():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))

folder, day = Path(sys.argv[2]), date(2026, 1, 5)
settings = Settings(data_dir=folder, state_dir=folder / "state", sandbox_url=sys.argv[1], http_tries_max=1)
now = lambda: day_start_ns(day) + 3600 * 10**9
lake, raw = Lake(folder / "lake", now), RawStore(folder / "raw")
told, before = [], 0
for name in ("small", *sys.argv[3:]):
    before = before or (peak() if told else 0)
    feed = FeedInstance("wire", syndication, {"url": f"https://news.example.org/{name}"})
    try:
        with Fetcher(settings, now, classify=()) as fetching:
            collect(feed, fetching, lake, raw, Days.one(day), folder / "journals")
        told.append("collected")
    except TauricError as error:
        told.append(f"{type(error).__name__}: {error}")
kept = [row["url"] for row in lake.read("raw_documents").to_pylist()]
held = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
print(json.dumps({"told": told, "growth": peak() - before, "kept": kept, "held": held}))
"""


def endless(with_length: bool) -> Callable[[BaseHTTPRequestHandler], None]:
    """A feed of 200 MB, sent for as long as somebody reads."""

    def behave(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        if with_length:
            handler.send_header("Content-Length", str(FEED_BYTES))
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.close_connection = True
        try:
            handler.wfile.write(b"<rss version='2.0'><channel><title>x</title>\n")
            for _ in range(FEED_BYTES // len(BLOCK)):
                handler.wfile.write(BLOCK)
        except ConnectionError:
            return

    return behave


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from /proc")
def test_a_feed_of_200_megabytes_is_refused_in_one_line_and_little_memory(upstream: Upstream, tmp_path: Path) -> None:
    upstream.on("/news.example.org/small", reply(200, SMALL))
    upstream.on("/news.example.org/told", endless(with_length=True))
    upstream.on("/news.example.org/untold", endless(with_length=False))
    upstream.on("/news.example.org/round", reply(302, Location=f"{upstream.url}/news.example.org/round"))
    command = [sys.executable, "-c", COLLECTING, upstream.url, str(tmp_path), "told", "untold", "round"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    refused = "DocumentTooLarge: https://news.example.org/{}: answer has more than 8,000,000 bytes; "
    assert found["told"] == [
        "collected",
        refused.format("told") + "no document of this kind is that large",
        refused.format("untold") + "no document of this kind is that large",
        "UpstreamRefused: https://news.example.org/round: more than 5 redirects; correct the address",
    ]
    assert found["kept"] == ["https://news.example.org/small"] and found["held"] < 1_000_000
    assert 0 <= found["growth"] < GROWTH_BYTES_MAX
    assert "Traceback" not in done.stderr
