"""The embedder without a model: words and parts of words, hashed into a vector.

It finds texts that share words with the question, not texts that mean the same.

Belongs here: `HashingEmbedder`. Not here: models.
"""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from zlib import crc32

import numpy as np
import numpy.typing as npt

from tauric_assets.settings import Settings
from tauric_assets.text.embedders import Vectors
from tauric_assets.text.words import STOP_WORDS


class HashingEmbedder:
    """Words, pairs of neighbouring words and letter sequences of words, hashed with signs into 384 numbers.

    A word counts 1 + ln(times), a stop-word a twentieth of it; letter sequences make `acquires` and `acquired` alike.
    """

    id = "hashing@1"
    dimension = 384
    tokens_max = None
    is_model = False

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """See `Embedder`."""
        places: list[int] = []
        weights: list[float] = []
        sizes: list[int] = []
        known: dict[str, tuple[list[int], list[float]]] = {}
        for text in texts:
            before = len(places)
            words = _WORD.findall(text.lower())
            for word, count in Counter(words).items():
                features = known.get(word)
                if features is None:
                    features = known[word] = _features_of_word(word)
                tally = _TALLIES[count] if count < len(_TALLIES) else _TALLIES[-1]
                places += features[0]
                weights += features[1] if count == 1 else [tally * weight for weight in features[1]]
            content = [word for word in words if word not in STOP_WORDS]
            pairs = [crc32(f"{one} {other}".encode()) for one, other in pairwise(content)]
            places += pairs
            weights += [_PAIR_WEIGHT] * len(pairs)
            sizes.append(len(places) - before)
        return _summed(np.array(places, dtype=np.uint32), np.array(weights), np.array(sizes, dtype=np.int64))

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """See `Embedder`; questions are read as documents are."""
        return self.embed_documents(texts)


_WORD = re.compile(r"[^\W_]+")
_STOP_WEIGHT, _PAIR_WEIGHT, _LETTERS_WEIGHT = 0.05, 0.4, 0.5
_LETTERS = 4
_TALLIES = [0.0, *(1 + np.log(np.arange(1, 1000))).tolist()]


def _features_of_word(word: str) -> tuple[list[int], list[float]]:
    """Hashes and weights of a word and its letter sequences; those of a word weigh `_LETTERS_WEIGHT` together."""
    if word in STOP_WORDS:
        return [crc32(word.encode())], [_STOP_WEIGHT]
    bounded = f"<{word}>"
    letters = [crc32(bounded[start : start + _LETTERS].encode()) for start in range(len(bounded) - _LETTERS + 1)]
    weight = _LETTERS_WEIGHT / max(1, len(letters)) ** 0.5
    return [crc32(word.encode()), *letters], [1.0, *[weight] * len(letters)]


def _summed(hashes: npt.NDArray[np.uint32], weights: npt.NDArray[np.float64], sizes: npt.NDArray[np.int64]) -> Vectors:
    """Add every weight, with its hash's sign, at its hash's place in its text's row; then make rows unit vectors."""
    dimension = HashingEmbedder.dimension
    mixed = hashes * np.uint32(0x9E3779B1)  # crc32 is linear: without mixing, like words land on related places
    mixed ^= mixed >> np.uint32(15)
    signs = np.where(mixed & np.uint32(1), 1.0, -1.0)
    columns = (mixed >> np.uint32(1)).astype(np.int64) % dimension
    rows = np.repeat(np.arange(len(sizes)), sizes)
    flat = np.bincount(rows * dimension + columns, weights=weights * signs, minlength=len(sizes) * dimension)
    vectors = flat.reshape(len(sizes), dimension)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.where(lengths == 0, 1.0, lengths)).astype(np.float32)


def make(settings: Settings) -> HashingEmbedder:
    """For the registry."""
    return HashingEmbedder()
