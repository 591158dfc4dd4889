"""Seeded randomness: the same seed and purpose give the same draws, in any process, on any machine.

Belongs here: turning (seed, purpose, …) into a generator; the few draws the world's texts need.
Not here: what is drawn for.
"""

import hashlib
import random
from collections.abc import Sequence
from datetime import date
from typing import TypeVar

import numpy as np

Part = str | int | date
Item = TypeVar("Item")


def digest(*parts: Part) -> int:
    """128 bits that depend on every part, never on Python's `hash`."""
    text = "\x1f".join(str(part) for part in parts)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=16).digest(), "big")


def generator(*parts: Part) -> np.random.Generator:
    """A numpy generator for arrays, seeded by the parts."""
    return np.random.Generator(np.random.PCG64(digest(*parts)))


class Dice:
    """Single draws, cheap enough for prose. Built on `random.Random.random`, whose stream Python guarantees."""

    def __init__(self, *parts: Part) -> None:
        self._random = random.Random(digest(*parts)).random

    def uniform(self, low: float = 0.0, high: float = 1.0) -> float:
        """A number in [low, high)."""
        return low + (high - low) * self._random()

    def integer(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both inclusive."""
        return low + int(self._random() * (high - low + 1))

    def chance(self, probability: float) -> bool:
        """True with the given probability."""
        return self._random() < probability

    def choice(self, items: Sequence[Item]) -> Item:
        """One of the items."""
        return items[int(self._random() * len(items))]

    def shuffled(self, items: Sequence[Item]) -> list[Item]:
        """All the items in another order."""
        rest = list(items)
        for last in range(len(rest) - 1, 0, -1):
            other = int(self._random() * (last + 1))
            rest[last], rest[other] = rest[other], rest[last]
        return rest

    def sample(self, items: Sequence[Item], count: int) -> list[Item]:
        """`count` different items, fewer where there are not so many."""
        return self.shuffled(items)[:count]

    def bell(self) -> float:
        """A draw of mean 0 and standard deviation 1, between -6 and 6 (sum of twelve; no transcendental function)."""
        return sum(self._random() for _ in range(12)) - 6.0
