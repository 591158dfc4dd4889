"""`sentence-transformers`: any model of that library's form, run by torch, an extra of gigabytes.

A model's own prompts are used: questions go through `encode_query`, texts through `encode_document`.

Belongs here: asking that library. Not here: what holds for every library (library.py).
Source: sentence-transformers 6.2.0 (Apache-2.0), `SentenceTransformer`, read 2026-11-28.
"""

from typing import cast

import numpy as np
import numpy.typing as npt

from tauric_assets.settings import Settings
from tauric_assets.text.embedding.library import LibraryEmbedder, digest_of, folder_of, not_installed, refuse
from tauric_assets.text.embedding.models import TOKENIZER

LIBRARY = "sentence-transformers"
MODEL = "sentence-transformers/all-MiniLM-L6-v2"
"""Where the settings name none."""

Vector = npt.NDArray[np.float32]


def make(settings: Settings) -> LibraryEmbedder:
    """The model that the settings name. Code that a model brings is never run.

    Raises: UsageError: the library is not installed, or the model's files are not here; MalformedDocument: they are
        damaged, or want code of their own.
    """
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError as error:
        not_installed(LIBRARY, error)
    name = settings.embedding_model or MODEL
    folder = folder_of(settings, LIBRARY, name, ["modules.json", "config.json", TOKENIZER])
    try:
        model = SentenceTransformer(str(folder), local_files_only=True, trust_remote_code=False)
        tokens_max = int(model.max_seq_length)
    except Exception as error:  # noqa: BLE001 - torch and safetensors raise types below Exception
        refuse(folder, error)

    def document(text: str) -> Vector:
        return cast("Vector", model.encode_document([text], show_progress_bar=False)[0])

    def query(text: str) -> Vector:
        return cast("Vector", model.encode_query([text], show_progress_bar=False)[0])

    return LibraryEmbedder(f"{LIBRARY}@{name}-{digest_of(folder)}", folder, tokens_max, document, query)
