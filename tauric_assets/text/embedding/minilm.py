"""all-MiniLM-L6-v2 through onnxruntime: 384 numbers a text, trained for sentences and short paragraphs.

One text at a time, on one thread: a batch needs padding, and an int8 graph scales its activations by the batch, so that
a text's vector would depend on its neighbours. On CPU a batch gains nothing.

A text longer than the model reads is embedded window by window, and its vector is the mean of theirs, each weighing as
many word pieces as it holds, brought back to length 1: nothing of it is dropped.

Belongs here: running the graph. Not here: getting it (models.py), building it (bert_graph.py).
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tokenizers import Encoding

from tauric_assets.settings import Settings
from tauric_assets.text.embedders import Vectors
from tauric_assets.text.embedding.models import EXACT, MINILM, QUANTIZED, TOKENIZER, digest_in, whole
from tauric_assets.text.embedding.running import encoded, session_of, tokenizer_of

TOKENS_MAX = 256
DIMENSION = 384
ID_DIGITS = 8
LENGTH_MIN = 1e-12


class SentenceEncoder:
    """A sentence encoder's graph and tokenizer, in memory.

    Args:
        id: of the embedder, see `Embedder`.
        tokens_max: word pieces in one window, the two around it included.
        graph: ONNX, `input_ids` and `attention_mask` to one unit vector a text.
    """

    is_model = True

    def __init__(self, id: str, graph: Path, tokenizer: Path, dimension: int, tokens_max: int) -> None:
        self.id, self.dimension, self.tokens_max = id, dimension, tokens_max
        self._session, self._tokenizer = session_of(graph), tokenizer_of(tokenizer, tokens_max)

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """See `Embedder`."""
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in zip(vectors, texts, strict=True):
            whole_text = encoded(self._tokenizer, text)
            windows = [
                (window, window.special_tokens_mask.count(0)) for window in (whole_text, *whole_text.overflowing)
            ]
            windows = [(window, size) for window, size in windows if size]
            if len(windows) == 1:
                row[:] = self._embedded(windows[0][0])
            elif windows:
                summed = np.sum([size * self._embedded(window) for window, size in windows], axis=0)
                row[:] = summed / max(float(np.linalg.norm(summed)), LENGTH_MIN)
        return vectors

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """See `Embedder`; questions are read as documents are."""
        return self.embed_documents(texts)

    def _embedded(self, window: Encoding) -> Vectors:
        asked = {"input_ids": [window.ids], "attention_mask": [window.attention_mask]}
        vector: Vectors = self._session.run(None, {name: np.array(ids, np.int64) for name, ids in asked.items()})[0][0]
        return vector


def make(settings: Settings) -> SentenceEncoder:
    """Quantized to int8: twice as fast. Raises: UsageError: the model is not here."""
    return _encoder(settings, QUANTIZED, "minilm", "int8")


def make_exact(settings: Settings) -> SentenceEncoder:
    """As published, float32. Raises: UsageError: the model is not here."""
    return _encoder(settings, EXACT, "minilm-fp32", "fp32")


def _encoder(settings: Settings, graph: str, name: str, precision: str) -> SentenceEncoder:
    folder = whole(settings, MINILM.name)
    # The graph's own digest: what another version of the quantizer makes gives other vectors.
    id = f"{name}@{MINILM.revision}-{precision}-mean-{digest_in(folder, graph)[:ID_DIGITS]}"
    return SentenceEncoder(id, folder / graph, folder / TOKENIZER, DIMENSION, TOKENS_MAX)
