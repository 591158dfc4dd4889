"""What the lower, middle and last layer of the sentence model make of a text: mean and maximum over its tokens.

The last mean alone, which search uses, has little left of direction ("rose", "fell"); the layers below keep it.

Belongs here: reading the layers. Not here: getting the model (embedding/models.py), learning (trained.py).
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
from tokenizers import Tokenizer

from tauric_assets.settings import Settings
from tauric_assets.text.embedding.models import EXACT, MINILM, TOKENIZER, place, problem, whole

TOKENS_MAX = 256
WIDTH, LAYERS = 384, (0, 2, 5)
DIMENSION = WIDTH * len(LAYERS) * 2


class Layers:
    """The sentence model with its layers open. Raises: UsageError: the model is not here, or damaged."""

    id = f"{MINILM.name}@{MINILM.revision}-fp32-layers"

    def __init__(self, settings: Settings) -> None:
        folder = whole(settings, MINILM.name)
        graph = onnx.load(str(folder / EXACT))
        names = [f"layer{number}_hidden" for number in LAYERS]
        graph.graph.output.extend(
            onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in names
        )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._names = names
        self._session = onnxruntime.InferenceSession(
            graph.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(TOKENS_MAX)

    def read(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """One row a text, `DIMENSION` numbers, one text at a time: the same whatever its neighbours."""
        rows = np.zeros((len(texts), DIMENSION), np.float32)
        for row, text in zip(rows, texts, strict=True):
            encoded = self._tokenizer.encode(text.encode(errors="replace").decode())
            asked = {"input_ids": [encoded.ids], "attention_mask": [encoded.attention_mask]}
            made = self._session.run(self._names, {name: np.array(ids, np.int64) for name, ids in asked.items()})
            row[:] = np.concatenate([part for (hidden,) in made for part in (hidden.mean(axis=0), hidden.max(axis=0))])
        return rows


def sentence_vectors(rows: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """The sentence model's own vectors out of `Layers.read`: the last layer's mean, of length 1."""
    means = rows[:, -2 * WIDTH : -WIDTH].astype(np.float64)
    return np.asarray(means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-12), np.float64)


def available(settings: Settings) -> bool:
    """Whether the sentence model is on this machine and whole."""
    return not problem(place(settings, MINILM))
