"""Claim: the sidecar takes no fewer trades a second off one socket than cryptofeed does, and has made them durable.

Peer: cryptofeed 2.4.1 (XFree86 licence; a tool of this bench, never a dependency) with its Coinbase feed and a callback
that only counts. Both get the same Coinbase Advanced frames from the same sender, in turn. cryptofeed keeps nothing; of
the sidecar both rates are told: durable in its log, and landed in the lake. Refuted by a durable rate below
cryptofeed's. Also told: milliseconds from a frame's receipt to the callback, or to durable, at 1,000 and 10,000 a
second.

    python -m venv FOLDER && FOLDER/bin/pip install cryptofeed==2.4.1
    python -m bench.stream_peer --peer-python FOLDER/bin/python

Belongs here: the two contenders. Not here: the sender (stream_sender.py), the sidecar's run (stream.py).
"""

import argparse
import json
import os
import subprocess
import tempfile
from pathlib import Path

from bench.harness import RESULTS, write_result
from bench.stream import Measured, medians, sender, sidecar
from bench.stream_sender import ADVANCED
from tauric_assets.feeds import coinbase_advanced

RATES = (1_000, 10_000)
PEER = """
import asyncio, json, os, sys, time
from cryptofeed import FeedHandler
from cryptofeed.connection import WSAsyncConn, WebsocketEndpoint
from cryptofeed.defines import TRADES
from cryptofeed.exchanges import Coinbase
from cryptofeed.symbols import Symbols
port, frames = int(sys.argv[1]), int(sys.argv[2])
Coinbase.websocket_endpoints = [WebsocketEndpoint(f"wss://127.0.0.1:{port}", options={"compression": None})]
opening = WSAsyncConn._open
async def without_tls(self):  # it takes no other address than wss
    self.address = self.address.replace("wss:", "ws:")
    await opening(self)
WSAsyncConn._open = without_tls
Symbols.set("COINBASE", {"NOVA-USD": "NOVA-USD"}, {"tick_size": {}, "instrument_type": {"NOVA-USD": "spot"}})
waits, started = [], 0.0
async def count(trade, received_at):
    global started
    waits.append(time.time() - received_at)
    started = started or received_at
    if len(waits) == frames:
        seconds = time.time() - started
        waits.sort()
        p50, p99 = (1000 * waits[int(part * frames)] for part in (0.5, 0.99))
        print(json.dumps({"per_s": frames / seconds, "p50_ms": p50, "p99_ms": p99}), flush=True)
        os._exit(0)
handler = FeedHandler()  # it takes uvloop
asyncio.set_event_loop(asyncio.new_event_loop())
keys = {"coinbase": {"key_id": "none", "key_secret": "none"}, "log": {"filename": os.devnull}}
handler.add_feed(Coinbase(symbols=["NOVA-USD"], channels=[TRADES], callbacks={TRADES: count}, config=keys))
handler.run()
"""


def peer(python: Path, port: int, frames: int) -> Measured:
    """cryptofeed until it has told its callback of every trade."""
    command = [str(python), "-c", PEER, str(port), str(frames)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    if ended.returncode:
        raise SystemExit(f"cryptofeed ended with {ended.returncode}: {ended.stderr[-500:]}")
    found: Measured = json.loads(ended.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Run and write `bench/results/stream_peer.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer-python", type=Path, required=True, help="of an environment that has cryptofeed")
    parser.add_argument("--seconds", type=float, default=5.0, help="of each run at a rate")
    parser.add_argument("--full-speed-frames", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--results", type=Path, default=RESULTS)
    words = parser.parse_args()
    measured: dict[str, dict[str, Measured]] = {}
    for rate in (*RATES, 0):
        frames = int(rate * words.seconds) if rate else words.full_speed_frames
        runs: dict[str, list[Measured]] = {"sidecar": [], "cryptofeed": []}
        for _ in range(words.rounds):
            with sender(rate, frames, ADVANCED) as port, tempfile.TemporaryDirectory() as folder:
                runs["sidecar"].append(sidecar(port, Path(folder), frames, feed=coinbase_advanced))
            with sender(rate, frames, ADVANCED) as port:
                runs["cryptofeed"].append(peer(words.peer_python, port, frames))
        measured[str(rate or "full speed")] = found = {name: medians(one) for name, one in runs.items()}
        for name, one in found.items():
            told = "  ".join(f"{key} {value:,.2f}" for key, value in one.items())
            print(f"stream_peer {rate or 'full':>6}/s {name:10} {told}", flush=True)
    full = measured["full speed"]
    ratios = {key: full["sidecar"][key] / full["cryptofeed"]["per_s"] for key in ("per_s", "landed_per_s")}
    print(f"stream_peer sidecar to cryptofeed: durable {ratios['per_s']:.2f}, landed {ratios['landed_per_s']:.2f}")
    parameters = {"seconds": words.seconds, "rounds": words.rounds, "load": os.getloadavg()[0]}
    write_result("stream_peer", {"parameters": parameters, "ratios": ratios, "measured": measured}, words.results)


if __name__ == "__main__":
    main()
