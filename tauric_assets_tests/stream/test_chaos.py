"""Killed thirty times at random, the sidecar has every acknowledged trade once and names what it never got."""

import random
from pathlib import Path

import pytest

from tauric_assets_tests.stream import chaos

KILLS = 30
PER_SECOND = 5_000


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_thirty_kills_lose_nothing_acknowledged_and_name_what_was_withheld(tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed={seed}")  # noqa: T201
    outcome = chaos.run(tmp_path, seed, KILLS, PER_SECOND)
    told_twice = {number for number, times in outcome.landed.items() if times != 1}
    assert not told_twice, f"seed={seed}"
    assert outcome.acknowledged <= outcome.landed.keys(), f"seed={seed}"
    everything = set(range(outcome.base + 1, outcome.top + 1))
    assert outcome.missing == outcome.withheld, f"seed={seed}"
    assert outcome.landed.keys() | outcome.withheld == everything, f"seed={seed}"
    assert len(outcome.acknowledged) > KILLS * 100 and outcome.reached_log == KILLS, f"seed={seed}"
