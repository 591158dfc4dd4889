"""Embedders that another library runs: one text at a time, no text cut off, every vector of length 1.

Their model is a folder of files that is here already: nothing is downloaded by embedding, and the digest of the files
is part of the embedder's id. Texts longer than the model reads are embedded in windows, as minilm.py does it.

Belongs here: what holds for every such library. Not here: any one of them (fast.py, sentence.py).
"""

from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import NoReturn

import numpy as np
import numpy.typing as npt
from tokenizers import Encoding

from tauric_assets.errors import MalformedDocument, UsageError
from tauric_assets.settings import Settings
from tauric_assets.text.embedders import Vectors
from tauric_assets.text.embedding.models import TOKENIZER, file_digest
from tauric_assets.text.embedding.running import encoded, tokenizer_of

ID_DIGITS = 8
PROMPT_PIECES_MAX = 8
"""Word pieces left free in a window: some models want a word before a text, as in `passage: `."""
TELLING = frozenset({".json", ".txt", ".model", ".onnx", ".onnx_data", ".safetensors", ".bin"})
"""Endings of the files that decide what a model answers."""
PROBE = "dimension"
"""The text by which a model's dimension is found out."""

Ask = Callable[[str], npt.NDArray[np.floating]]
"""One text, short enough for the model, to its vector of any length."""


class LibraryEmbedder:
    """A library's model as an `Embedder`.

    Args:
        id: of the embedder, see `Embedder`.
        folder: of the model; its `tokenizer.json` cuts long texts.
        tokens_max: word pieces the model reads at once.
        document: asked for a text. query: asked for a question.
    Raises: MalformedDocument: the tokenizer cannot be read, or the model gives no vector.
    """

    is_model = True

    def __init__(self, id: str, folder: Path, tokens_max: int, document: Ask, query: Ask) -> None:
        self.id, self.tokens_max, self._document, self._query = id, tokens_max, document, query
        try:
            self._tokenizer = tokenizer_of(folder / TOKENIZER, tokens_max - PROMPT_PIECES_MAX)
            self.dimension = len(document(PROBE))
        except Exception as error:  # noqa: BLE001 - tokenizers raises Exception itself, onnxruntime types below it
            refuse(folder, error)

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """See `Embedder`."""
        return self._embedded(texts, self._document)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """See `Embedder`."""
        return self._embedded(texts, self._query)

    def _embedded(self, texts: Sequence[str], ask: Ask) -> Vectors:
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in zip(vectors, texts, strict=True):
            plain = text.encode(errors="replace").decode()
            read = encoded(self._tokenizer, plain)
            parts = _windows([read, *read.overflowing])
            if len(parts) == 1:
                row[:] = _unit(ask(plain))
            elif parts:
                row[:] = _unit(np.sum([size * _unit(ask(plain[start:end])) for start, end, size in parts], axis=0))
        return vectors


def folder_of(settings: Settings, library: str, repository: str, wanted: Sequence[str]) -> Path:
    """The folder of a library's model: the one the settings name, or that of the model's name in `models_dir`.

    Args:
        repository: of the files on the Hugging Face hub.
        wanted: files that must be in it.
    Raises: UsageError: one is missing, with the command that fetches them.
    """
    usual = settings.models_dir.expanduser() / library / repository.replace("/", "--")
    folder = Path(settings.embedding_folder).expanduser() if settings.embedding_folder else usual
    if missing := [name for name in wanted if not (folder / name).is_file()]:
        raise UsageError(
            f"{library}: no {missing[0]} in {folder}: run `hf download {repository} --local-dir {folder}`, "
            "or name another folder in TAURIC_EMBEDDING_FOLDER"
        )
    return folder


def digest_of(folder: Path) -> str:
    """The first digits of a SHA-256 over names and bytes of all files that decide what the model answers."""
    digest = sha256()
    for path in sorted(path for path in folder.rglob("*") if path.suffix in TELLING and path.is_file()):
        name = path.relative_to(folder).as_posix()
        if not name.startswith("."):
            digest.update(f"{name} {file_digest(path)}\n".encode())
    return digest.hexdigest()[:ID_DIGITS]


def refuse(folder: Path, error: Exception) -> NoReturn:
    """Raises: MalformedDocument: what a library said of a model's files, in one line."""
    said = str(error).strip().splitlines() or [type(error).__name__]
    raise MalformedDocument(f"the model in {folder} cannot be used: {said[0]}") from error


def not_installed(library: str, error: ImportError) -> NoReturn:
    """Raises: UsageError that says how to install the library."""
    raise UsageError(f"{library} is not installed: run `pip install tauric-assets[{library}]`") from error


def _windows(encodings: Sequence[Encoding]) -> list[tuple[int, int, int]]:
    """Start and end in the text, and word pieces, of each window that holds any."""
    found = []
    for one in encodings:
        places = [place for place, special in zip(one.offsets, one.special_tokens_mask, strict=True) if not special]
        if places:
            found.append((places[0][0], places[-1][1], len(places)))
    return found


def _unit(vector: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    length = float(np.linalg.norm(vector.astype(np.float64)))
    if not np.isfinite(length) or not length:
        raise MalformedDocument("the model gave a vector without a direction")
    return np.asarray(vector, np.float64) / length
