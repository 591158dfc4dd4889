"""FinBERT, or any three-label text classifier of its form, through onnxruntime: `model.onnx`, `tokenizer.json` and
`config.json` (for its `id2label`) in the folder `finbert` of `models_dir`.

Belongs here: running it. Not here: its weights, which nobody publishes in a package: the person exports them.
"""

import json
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np
from scipy.special import softmax

from tauric_assets.errors import MalformedDocument, UsageError
from tauric_assets.settings import Settings
from tauric_assets.text.embedding.running import encoded, session_of, tokenizer_of
from tauric_assets.text.sentiment.models import LABELS, Probabilities

TOKENS_MAX = 512
FILES = ("model.onnx", "tokenizer.json", "config.json")
EXPORT = "optimum-cli export onnx --model ProsusAI/finbert"


class FinBert:
    """The classifier in `folder` as a `SentimentModel`. Raises: MalformedDocument: the files are damaged."""

    labels = LABELS
    is_trained = True

    def __init__(self, folder: Path) -> None:
        graph, tokenizer, config = (folder / name for name in FILES)
        try:
            told = json.loads(config.read_text())["id2label"]
            names = [str(told[number]).lower() for number in sorted(told, key=int)]
            self._order = [names.index(label) for label in LABELS]
            self._session, self._tokenizer = session_of(graph), tokenizer_of(tokenizer, TOKENS_MAX)
        except Exception as error:  # noqa: BLE001 - both libraries raise types of their own, Exception among them
            raise MalformedDocument(f"finbert in {folder} cannot be read: {str(error).splitlines()[0]}") from None
        self._asked = [one.name for one in self._session.get_inputs()]
        self.id = f"finbert@{sha256(graph.read_bytes()).hexdigest()[:12]}"

    def score(self, texts: Sequence[str]) -> Probabilities:
        """See `SentimentModel`; one text at a time."""
        rows = np.zeros((len(texts), len(LABELS)))
        for row, text in zip(rows, texts, strict=True):
            tokens = encoded(self._tokenizer, text)
            given = {
                "input_ids": tokens.ids,
                "attention_mask": tokens.attention_mask,
                "token_type_ids": tokens.type_ids,
            }
            found = self._session.run(None, {name: np.array([given[name]], np.int64) for name in self._asked})[0][0]
            row[:] = softmax(found)[self._order]
        return rows


def make(settings: Settings) -> FinBert:
    """Raises: UsageError: its files are not here, with the command that makes them; see also `FinBert`."""
    folder = settings.models_dir.expanduser() / "finbert"
    missing = [name for name in FILES if not (folder / name).exists()]
    if missing:
        raise UsageError(f"finbert: no {', '.join(missing)} in {folder}: `{EXPORT} {folder}` writes them")
    return FinBert(folder)
