"""The sidecar's benchmark runs, at toy size."""

from pathlib import Path

import pytest

from bench.stream import floor, measure, sender

FRAMES = 300


def test_the_floor_writes_everything_it_was_sent(tmp_path: Path) -> None:
    with sender(0, FRAMES) as port:
        measured = floor(port, tmp_path, FRAMES)
    assert measured["per_s"] > 0
    assert (tmp_path / "raw").read_bytes().count(b'"type":"match"') == FRAMES


@pytest.mark.slow
def test_the_sidecar_lands_everything_it_was_sent() -> None:
    measured = measure(0, FRAMES, 1)
    assert measured.keys() == {"floor", "sidecar"}
    assert all(one["p99_ms"] >= one["p50_ms"] > 0 for one in measured.values())
