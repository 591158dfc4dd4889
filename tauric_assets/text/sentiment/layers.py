"""What the middle and the last layer of the sentence model make of each token of a text.

The mean over the last, which search uses, has little left of direction ("rose", "fell"); tokens in context keep it.

Belongs here: reading the layers. Not here: getting the model (embedding/models.py), learning (trained.py).
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx

from tauric_assets.settings import Settings
from tauric_assets.text.embedding.models import EXACT, MINILM, TOKENIZER, place, problem, whole
from tauric_assets.text.embedding.running import encoded, session_of, tokenizer_of

TOKENS_MAX = 128
WIDTH, LAYERS = 384, (2, 5)
STATES = WIDTH * len(LAYERS)
READERS = 2
"""Texts read at once, each on a thread of its own: reading leaves Python's lock."""


@dataclass(frozen=True)
class Tokens:
    """Token states of texts: `states` of shape (tokens of all texts, `STATES`), `ends` where each text's end in it."""

    states: npt.NDArray[np.float16]
    ends: npt.NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.ends)

    def of(self, text: int) -> npt.NDArray[np.float32]:
        """The states of one text."""
        return self.kept(text).astype(np.float32)

    def kept(self, text: int) -> npt.NDArray[np.float16]:
        """The same as they are kept, in half precision."""
        start = self.ends[text - 1] if text else 0
        return self.states[start : self.ends[text]]

    def chosen(self, texts: npt.NDArray[np.intp]) -> "Tokens":
        """The states of some of the texts, in their order."""
        starts = np.concatenate([[0], self.ends])
        parts = [self.states[starts[text] : self.ends[text]] for text in texts]
        ends = np.cumsum([len(part) for part in parts], dtype=np.intp)
        return Tokens(np.concatenate([*parts, self.states[:0]]), ends)

    def spread(self) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Mean and standard deviation of each state, 1 where it never changes."""
        centre = self.states.mean(axis=0, dtype=np.float64)
        squares = np.zeros(STATES)
        for text in range(len(self)):
            squares += ((self.of(text) - centre) ** 2).sum(axis=0)
        spread = np.sqrt(squares / max(len(self.states), 1))
        return centre.astype(np.float32), np.where(spread > 1e-6, spread, 1).astype(np.float32)

    def sentence_vectors(self) -> npt.NDArray[np.float64]:
        """The sentence model's own vectors: the last layer's mean, of length 1."""
        means = np.array([self.of(text)[:, -WIDTH:].mean(axis=0) for text in range(len(self))], np.float64)
        means = means.reshape(len(self), WIDTH)
        return np.asarray(means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-12), np.float64)


class Layers:
    """The sentence model in `folder`, which is whole, with its layers open."""

    id = f"{MINILM.name}@{MINILM.revision}-fp32-tokens"

    def __init__(self, folder: Path) -> None:
        graph = onnx.load(str(folder / EXACT))
        names = [f"layer{number}_hidden" for number in LAYERS]
        graph.graph.output.extend(
            onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in names
        )
        self._names, self._session = names, session_of(graph.SerializeToString())
        self._tokenizer = tokenizer_of(folder / TOKENIZER, TOKENS_MAX)

    def read(self, texts: Sequence[str]) -> Tokens:
        """The states of each text, one text at a time: the same whatever its neighbours."""
        with ThreadPoolExecutor(READERS) as pool:
            parts = [np.zeros((0, STATES), np.float16), *pool.map(self._states, texts)]
        return Tokens(np.concatenate(parts), np.cumsum([len(part) for part in parts[1:]], dtype=np.intp))

    def _states(self, text: str) -> npt.NDArray[np.float16]:
        tokens = encoded(self._tokenizer, text)
        asked = {"input_ids": [tokens.ids], "attention_mask": [tokens.attention_mask]}
        made = self._session.run(self._names, {name: np.array(ids, np.int64) for name, ids in asked.items()})
        return np.hstack([hidden for (hidden,) in made]).astype(np.float16)


def layers_here(settings: Settings) -> Layers | None:
    """The sentence model of this machine; None where there is none, or it is damaged."""
    folder = place(settings, MINILM)
    return None if problem(folder) else Layers(folder)


def layers_wanted(settings: Settings) -> Layers:
    """The same. Raises: UsageError: the model is not here, or damaged."""
    return Layers(whole(settings, MINILM.name))
