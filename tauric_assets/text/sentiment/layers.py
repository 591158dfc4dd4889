"""What the middle and the last layer of the sentence model make of each token of a text.

The mean over the last, which search uses, has little left of direction ("rose", "fell"); tokens in context keep it.

Belongs here: reading the layers. Not here: getting the model (embedding/models.py), learning (trained.py).
"""

from collections.abc import Callable, Sequence
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
TEXTS_A_REPORT = 100
CHARACTERS_A_TOKEN = 4
"""About how many, in English: only for saying how much memory texts will take."""
WIDE_MAX = 1_000_000_000
"""Bytes of token states up to which they are kept in single precision."""

States = npt.NDArray[np.float16] | npt.NDArray[np.float32]


@dataclass(frozen=True)
class Tokens:
    """Token states of texts: `states` of shape (tokens, `STATES`), and where in it each text starts and ends.

    Every state is rounded to half precision. Up to `WIDE_MAX` bytes they are kept in single precision, which is read
    faster; the numbers are the same.
    """

    states: States
    starts: npt.NDArray[np.intp]
    ends: npt.NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.ends)

    def of(self, text: int) -> npt.NDArray[np.float32]:
        """The states of one text."""
        return self.kept(text).astype(np.float32)

    def kept(self, text: int) -> States:
        """The same as they are kept."""
        return self.states[self.starts[text] : self.ends[text]]

    def chosen(self, texts: npt.NDArray[np.intp]) -> "Tokens":
        """The states of some of the texts, in their order; shared, not copied."""
        return Tokens(self.states, self.starts[texts], self.ends[texts])

    def spread(self) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Mean and standard deviation of each state, 1 where it never changes."""
        count = max(int((self.ends - self.starts).sum()), 1)
        centre, squares = np.zeros(STATES), np.zeros(STATES)
        for text in range(len(self)):
            centre += self.kept(text).sum(axis=0, dtype=np.float32)
        centre /= count
        middle = centre.astype(np.float32)
        for text in range(len(self)):
            squares += ((self.of(text) - middle) ** 2).sum(axis=0)
        spread = np.sqrt(squares / count)
        return middle, np.where(spread > 1e-6, spread, 1).astype(np.float32)

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

    def read(self, texts: Sequence[str], told: Callable[[int], None] = lambda done: None) -> Tokens:
        """The states of each text, one text at a time: the same whatever its neighbours.

        Args:
            told: is called now and then with how many texts are done.
        """
        read = [encoded(self._tokenizer, text).ids for text in texts]
        lengths = np.array([len(ids) for ids in read], np.intp)
        ends = np.cumsum(lengths, dtype=np.intp)
        is_wide = lengths.sum() * STATES * 4 <= WIDE_MAX
        kept = np.empty((int(lengths.sum()), STATES), np.float32 if is_wide else np.float16)
        tokens = Tokens(kept, ends - lengths, ends)

        def fill(text: int) -> None:
            asked = {"input_ids": [read[text]], "attention_mask": [[1] * len(read[text])]}
            made = self._session.run(self._names, {name: np.array(ids, np.int64) for name, ids in asked.items()})
            for at, (hidden,) in enumerate(made):
                tokens.kept(text)[:, at * WIDTH : (at + 1) * WIDTH] = hidden.astype(np.float16)
            if text % TEXTS_A_REPORT == 0:
                told(text)

        with ThreadPoolExecutor(READERS) as pool:
            for _ in pool.map(fill, range(len(texts))):
                pass
        return tokens


def memory_of(texts: Sequence[str]) -> int:
    """About how many bytes the states of texts take: of the tokens there are, the characters say about how many."""
    narrow = sum(min(TOKENS_MAX, 2 + len(text) // CHARACTERS_A_TOKEN) for text in texts) * STATES * 2
    return 2 * narrow if 2 * narrow <= WIDE_MAX else narrow


def layers_here(settings: Settings) -> Layers | None:
    """The sentence model of this machine; None where there is none, or it is damaged."""
    folder = place(settings, MINILM)
    return None if problem(folder) else Layers(folder)


def layers_wanted(settings: Settings) -> Layers:
    """The same. Raises: UsageError: the model is not here, or damaged."""
    return Layers(whole(settings, MINILM.name))
