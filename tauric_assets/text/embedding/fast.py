"""`fastembed`: the models of the library of that name (ONNX, no torch), an extra.

The library's version is part of the id: between versions it has changed how it makes one vector of many tokens.

Belongs here: asking that library. Not here: what holds for every library (library.py).
Source: fastembed 0.9.1 (Apache-2.0), `TextEmbedding`, read 2026-11-28.
"""

from difflib import get_close_matches
from importlib.metadata import version
from typing import cast

import numpy as np
import numpy.typing as npt

from tauric_assets.errors import UsageError
from tauric_assets.settings import Settings
from tauric_assets.text.embedding.library import LibraryEmbedder, digest_of, folder_of, not_installed, refuse
from tauric_assets.text.embedding.models import TOKENIZER

LIBRARY = "fastembed"
MODEL = "BAAI/bge-small-en-v1.5"
"""Where the settings name none."""

Vector = npt.NDArray[np.float32]


def make(settings: Settings) -> LibraryEmbedder:
    """The model that the settings name.

    Raises: UsageError: fastembed is not installed, does not know the model, or its files are not here;
        MalformedDocument: they are damaged.
    """
    try:
        from fastembed import TextEmbedding
    except ImportError as error:
        not_installed(LIBRARY, error)
    name = settings.embedding_model or MODEL
    known = {one["model"]: one for one in TextEmbedding.list_supported_models()}
    if name not in known:
        near = ", ".join(get_close_matches(name, known, cutoff=0.4)) or f"{len(known)} others"
        raise UsageError(f"fastembed has no model {name!r} (TAURIC_EMBEDDING_MODEL); it has: {near}")
    told = known[name]
    wanted = [told["model_file"], *told["additional_files"], TOKENIZER, "config.json", "tokenizer_config.json"]
    folder = folder_of(settings, LIBRARY, told["sources"]["hf"] or name, wanted)
    try:
        # One thread and one text at a time: a batch is padded, and a quantized graph scales by what is in it.
        model = TextEmbedding(name, threads=1, specific_model_path=str(folder))
        tokens_max = int(model.model.tokenizer.truncation["max_length"])
    except Exception as error:  # noqa: BLE001 - onnxruntime raises types below Exception
        refuse(folder, error)

    def document(text: str) -> Vector:
        return cast("Vector", next(iter(model.passage_embed([text]))))

    def query(text: str) -> Vector:
        return cast("Vector", next(iter(model.query_embed([text]))))

    release = ".".join(version(LIBRARY).split(".")[:2])
    return LibraryEmbedder(f"{LIBRARY}@{name}-{digest_of(folder)}-{release}", folder, tokens_max, document, query)
