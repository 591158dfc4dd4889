"""Embedding by an OpenAI-compatible endpoint (`openai-compatible`): any server of `/embeddings`.

The answer must hold one vector of finite numbers for each text, all of one length; anything else is an error.

Belongs here: asking, reading the answer. Not here: which model is good.
Source: OpenAI API reference, "Create embeddings", from memory.
"""

import json
from collections.abc import Sequence
from functools import cached_property

import httpx
import numpy as np

from tauric_assets.errors import MalformedDocument, UpstreamRefused, UpstreamUnavailable, UsageError
from tauric_assets.settings import Settings
from tauric_assets.text.embedders import Vectors

TEXTS_AT_ONCE = 64
ANSWER_BYTES_MAX = 64_000_000
DIMENSION_MAX = 16_384
RETRYABLE_FROM, TOO_MANY = 500, 429
PROBE = "dimension"
"""The text by which an endpoint's dimension is found out."""


class EndpointEmbedder:
    """A model behind an endpoint, as an `Embedder`."""

    tokens_max = None
    is_model = True

    def __init__(self, settings: Settings) -> None:
        self.id = f"openai-compatible@{settings.embedding_endpoint_model}"
        self._settings = settings
        self._url = f"{settings.embedding_endpoint_url.rstrip('/')}/embeddings"
        key = settings.embedding_endpoint_key.get_secret_value()
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}

    @cached_property
    def dimension(self) -> int:
        """Length of a vector; asks once. Raises: as `embed_documents`."""
        return int(parse(self._ask([PROBE]), 1).shape[1])

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """See `Embedder`; a text without a word is not sent.

        Raises: UpstreamUnavailable, UpstreamRefused (a text too long for the model, too), MalformedDocument.
        """
        rows = np.zeros((len(texts), self.dimension), np.float32)
        plain = [text.replace("\0", " ").encode(errors="replace").decode() for text in texts]
        places = [place for place, text in enumerate(plain) if not text.isspace() and text]
        for start in range(0, len(places), TEXTS_AT_ONCE):
            batch = places[start : start + TEXTS_AT_ONCE]
            vectors = parse(self._ask([plain[place] for place in batch]), len(batch))
            if vectors.shape[1] != self.dimension:
                raise MalformedDocument(f"{self._url} changed from {self.dimension} to {vectors.shape[1]} numbers")
            rows[batch] = vectors
        return rows

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """See `Embedder`; questions are read as documents are."""
        return self.embed_documents(texts)

    def _ask(self, texts: Sequence[str]) -> bytes:
        asked = {"model": self._settings.embedding_endpoint_model, "input": list(texts), "encoding_format": "float"}
        try:
            answer = httpx.post(self._url, json=asked, headers=self._headers, timeout=self._settings.http_timeout_s)
        except httpx.HTTPError as error:
            raise UpstreamUnavailable(f"embedding endpoint {self._url}: {type(error).__name__}") from error
        except httpx.InvalidURL as error:
            raise UsageError(f"TAURIC_EMBEDDING_ENDPOINT_URL: {error}") from None
        if answer.status_code >= RETRYABLE_FROM or answer.status_code == TOO_MANY:
            raise UpstreamUnavailable(f"embedding endpoint {self._url} answered {answer.status_code}")
        if not answer.is_success:
            raise UpstreamRefused(f"embedding endpoint {self._url} answered {answer.status_code}")
        return answer.content


def parse(body: bytes, count: int) -> Vectors:
    """`count` unit vectors, in the order of the texts, out of an endpoint's answer.

    Raises: MalformedDocument: anything but one vector of finite numbers for each text.
    """
    try:
        if len(body) > ANSWER_BYTES_MAX:
            raise ValueError("too long")
        found = {one["index"]: one["embedding"] for one in json.loads(body)["data"]}
        if set(found) != set(range(count)):
            raise ValueError(f"{len(found)} vectors for {count} texts")
        vectors = np.array([found[number] for number in range(count)], dtype=np.float32)
        if vectors.ndim != 2 or not 0 < vectors.shape[1] <= DIMENSION_MAX:
            raise ValueError("no vectors of one length")
        lengths = np.linalg.norm(vectors.astype(np.float64), axis=1, keepdims=True)
        if not np.isfinite(lengths).all() or not (lengths > 0).all():
            raise ValueError("vectors without a direction")
    except (ValueError, KeyError, TypeError, IndexError, RecursionError, OverflowError) as error:
        raise MalformedDocument(f"the embedding endpoint's answer cannot be read: {error}") from None
    unit: Vectors = (vectors / lengths).astype(np.float32)
    return unit


def make(settings: Settings) -> EndpointEmbedder:
    """Raises: UsageError: the settings name no endpoint or model."""
    if not settings.embedding_endpoint_url or not settings.embedding_endpoint_model:
        raise UsageError(
            "openai-compatible wants TAURIC_EMBEDDING_ENDPOINT_URL (up to /v1) and TAURIC_EMBEDDING_ENDPOINT_MODEL"
        )
    return EndpointEmbedder(settings)
