"""A head that learns which tokens of a text to listen to: queries attend over token states, a linear layer decides.

Each of `QUERIES` learned queries weighs the tokens; rectified projections of the tokens are summed by these weights and
read, with the rules' evidence, by a softmax. Fitted by Adam in numpy: a hundred thousand weights, seconds an epoch.

Belongs here: this one classifier. Not here: token states (layers.py), what it is mixed with (learning.py).
"""

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
from scipy.special import softmax

from tauric_assets.text.sentiment.layers import STATES, States, Tokens
from tauric_assets.text.sentiment.models import LABELS, Probabilities

QUERIES, PROJECTIONS = 4, 96
EPOCHS, BATCH, WARM_UP = 12, 64, 50
RATE, DECAY = 1e-3, 0.02
STATES_DROPPED, POOLED_DROPPED = 0.2, 0.4
BALANCE = 0.7
"""How far rare labels are weighed up: 0 not at all, 1 to the same total."""

Numbers = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float32]


@dataclass
class Head:
    """What was learned. `centre` and `spread` scale token states; the rest are the weights of the three steps."""

    centre: Floats
    spread: Floats
    queries: Floats
    projections: Floats
    weights: Floats
    constant: Floats

    @classmethod
    def fit(cls, tokens: Tokens, evidence: Floats, labels: Numbers, seed: int = 0) -> "Head":
        """Learn from labelled texts, the same from the same; a label that never occurs gets no probability."""
        chance = np.random.default_rng(seed)
        head = cls._fresh(tokens, evidence.shape[1], labels, chance)
        counts = np.maximum(np.bincount(labels, minlength=len(LABELS)), 1)
        weight = ((len(labels) / len(LABELS) / counts) ** BALANCE).astype(np.float32)
        order, done = np.arange(len(labels)), 0
        steps = EPOCHS * -(-len(order) // BATCH)
        learned = [getattr(head, name) for name in _LEARNED]
        first, second = ([np.zeros_like(array) for array in learned] for _ in range(2))
        for _ in range(EPOCHS):
            chance.shuffle(order)
            for start in range(0, len(order), BATCH):
                at = order[start : start + BATCH]
                slopes = head._slopes(tokens, at, evidence[at], labels[at], weight, chance)
                done += 1
                rate = RATE * min(1, done / WARM_UP) * (1 - done / (steps + 1))
                for array, slope, mean, square in zip(learned, slopes, first, second, strict=True):
                    mean += 0.1 * (slope - mean)
                    square += 0.001 * (slope**2 - square)
                    step = (mean / (1 - 0.9**done)) / (np.sqrt(square / (1 - 0.999**done)) + 1e-8)
                    array -= rate * (step + (DECAY * array if array.ndim > 1 else 0))
        return head

    @classmethod
    def _fresh(cls, tokens: Tokens, width: int, labels: Numbers, chance: np.random.Generator) -> "Head":
        centre, spread = tokens.spread()
        shapes = ((STATES, QUERIES, 0.3), (STATES, PROJECTIONS, 1.0), (QUERIES * PROJECTIONS + width, len(LABELS), 1.0))
        queries, projections, weights = (
            chance.normal(0, size / np.sqrt(rows), (rows, columns)).astype(np.float32) for rows, columns, size in shapes
        )
        missing = np.bincount(labels, minlength=len(LABELS)) == 0
        return cls(centre, spread, queries, projections, weights, np.where(missing, -1e3, 0).astype(np.float32))

    def probabilities(self, tokens: Tokens, evidence: Floats) -> Probabilities:
        """One row a text, one text at a time: the same whatever its neighbours."""
        rows = np.zeros((len(tokens), len(LABELS)))
        for at, row in enumerate(rows):
            states = (tokens.of(at) - self.centre) / self.spread
            heard: Floats = (states @ self.queries).astype(np.float32)
            listened = softmax(heard, axis=0)
            pooled = listened.T @ np.maximum(states @ self.projections, 0)
            read = np.concatenate([pooled.ravel(), evidence[at]])
            logits: Floats = (read @ self.weights + self.constant).astype(np.float32)
            row[:] = softmax(logits, axis=0)
        return rows

    def _slopes(
        self,
        tokens: Tokens,
        at: Numbers,
        evidence: Floats,
        labels: Numbers,
        weight: Floats,
        chance: np.random.Generator,
    ) -> tuple[Floats, ...]:
        """The slope of the weighted cross-entropy of one batch by each array of `_LEARNED`, with dropout."""
        kept = (chance.random((len(at), STATES)) > STATES_DROPPED).astype(np.float32) / (1 - STATES_DROPPED)
        states, there = self._scaled([tokens.kept(one) for one in at], kept / self.spread)
        made = states @ np.hstack([self.queries, self.projections])  # both at once: states are read from memory once
        scores = np.full((*there.shape, QUERIES), -1e9, np.float32)
        scores[there] = made[:, :QUERIES]
        listened = softmax(scores, axis=1)
        projected = np.zeros((*there.shape, PROJECTIONS), np.float32)
        projected[there] = np.maximum(made[:, QUERIES:], 0)
        pooled = np.matmul(listened.transpose(0, 2, 1), projected).reshape(len(at), -1)
        kept = (chance.random(pooled.shape) > POOLED_DROPPED).astype(np.float32) / (1 - POOLED_DROPPED)
        read = np.hstack([pooled * kept, evidence])
        wrong = softmax(read @ self.weights + self.constant, axis=1)
        wrong[np.arange(len(at)), labels] -= 1
        wrong *= (weight[labels] / len(at))[:, None]
        back = ((wrong @ self.weights[: pooled.shape[1]].T) * kept).reshape(len(at), QUERIES, PROJECTIONS)
        by_projected = np.matmul(listened, back) * (projected > 0)
        by_listened = np.matmul(projected, back.transpose(0, 2, 1))
        by_score = listened * (by_listened - (listened * by_listened).sum(axis=1, keepdims=True))
        by_both = states.T @ np.hstack([by_score[there], by_projected[there]])
        return by_both[:, :QUERIES], by_both[:, QUERIES:], read.T @ wrong, wrong.sum(axis=0)

    def _scaled(self, parts: list[States], scales: Floats) -> tuple[Floats, npt.NDArray[np.bool_]]:
        """All tokens of the texts below each other, centred and scaled; and which places of a padded row they take."""
        lengths = np.array([len(part) for part in parts])
        states, end = np.empty((int(lengths.sum()), STATES), np.float32), 0
        for part, scale in zip(parts, scales, strict=True):  # text by text: each stays in the processor's cache
            rows = states[end : end + len(part)]
            np.subtract(part, self.centre, out=rows)
            rows *= scale
            end += len(part)
        return states, np.arange(lengths.max())[None, :] < lengths[:, None]


_LEARNED = ("queries", "projections", "weights", "constant")
ARRAYS = tuple(field.name for field in fields(Head))
