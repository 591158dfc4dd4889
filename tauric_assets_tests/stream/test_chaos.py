"""Killed at random, the sidecar has every acknowledged trade once and names what it never got.

`python -m tauric_assets_tests.stream.test_chaos` runs it alone, with a seed of its own.
"""

import random
import tempfile
from pathlib import Path

import pytest

from tauric_assets_tests.stream import chaos

FULL = (30, 5_000)
"""Kills, trades a second."""


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_kills_lose_nothing_acknowledged_and_name_what_was_withheld(tmp_path: Path) -> None:
    endure(tmp_path, *FULL)


def endure(folder: Path, kills: int, per_second: int) -> None:
    """One run with a seed that is printed, and what must hold of it."""
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed={seed}")  # noqa: T201
    outcome = chaos.run(folder, seed, kills, per_second)
    told_twice = {number for number, times in outcome.landed.items() if times != 1}
    assert not told_twice, f"seed={seed}"
    assert outcome.acknowledged <= outcome.landed.keys(), f"seed={seed}"
    everything = set(range(outcome.base + 1, outcome.top + 1))
    assert outcome.missing == outcome.withheld, f"seed={seed}"
    assert outcome.landed.keys() | outcome.withheld == everything, f"seed={seed}"
    assert len(outcome.acknowledged) > kills * 100 and outcome.reached_log == kills, f"seed={seed}"
    told = f"{len(outcome.acknowledged):,} acknowledged, 0 lost, 0 twice"
    print(f"{told}; {len(outcome.missing):,} missing, {len(outcome.withheld):,} withheld")  # noqa: T201


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        endure(Path(made), *FULL)
