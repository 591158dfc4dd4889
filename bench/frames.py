"""Claim: a frame becomes exact ticks in less than twice the time in which `json` alone decodes it exactly.

Peer: `json.loads(frame, parse_float=str)`, the standard library's exact decoding, without making a tick of anything.
Floor: `msgspec` with `float_hook=str`, what the parsers decode with. Refuted by twice the peer's ratio or more.
Belongs here: the contenders. Not here: repeating and reporting (harness.py).
"""

import argparse
import json
from collections.abc import Callable
from pathlib import Path

from bench.harness import RESULTS, Contender, Timing, compare
from tauric_assets.feeds import alpaca, binance, binance_futures, coinbase, coinbase_advanced, kraken
from tauric_assets.feeds.venues import decode_frame
from tauric_assets_tests.feeds.golden import FRAMES

VENUES = (coinbase, coinbase_advanced, kraken, binance, binance_futures, alpaca)
OF_A_TRADE = {
    "coinbase": 2,
    "coinbase_advanced": 1,
    "kraken": 2,
    "binance": 1,
    "binance_futures": 0,
    "alpaca": 1,
}
"""Which golden frame of each venue holds trades."""


def main() -> None:
    """Run and write `bench/results/frames.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=60_000)
    parser.add_argument("--repeats", type=int, default=5)
    words = parser.parse_args()
    compare_parsers(words.frames, words.repeats)


def compare_parsers(frames: int, repeats: int, results: Path = RESULTS) -> dict[str, Timing]:
    """Time the contenders over `frames` frames, shared out among the venues."""
    chosen = [(venue, FRAMES[venue.NAME][OF_A_TRADE[venue.NAME]]) for venue in VENUES]
    times = max(1, frames // len(chosen))

    def over(read: Callable[[bytes], object]) -> Callable[[], None]:
        def run() -> None:
            for _, frame in chosen:
                for _ in range(times):
                    read(frame)

        return run

    def parse() -> None:
        for venue, frame in chosen:
            ticks = venue.ticks
            for _ in range(times):
                ticks(frame)

    records = sum(venue.ticks(frame).records for venue, frame in chosen)
    return compare(
        "frames",
        [
            Contender("ticks", parse),
            Contender("json, exact numbers", over(lambda frame: json.loads(frame, parse_float=str))),
            Contender("msgspec, exact numbers", over(decode_frame)),
        ],
        repeats=repeats,
        parameters={"frames": times * len(chosen), "records": times * records},
        results=results,
    )


if __name__ == "__main__":
    main()
