"""Embedding by an OpenAI-compatible endpoint (`openai-compatible`): any server of `/embeddings`.

The answer must hold one vector of finite numbers for each text, all of one length; anything else is an error.

Belongs here: what is asked, reading the answer. Not here: the request (text/endpoint.py), which model is good.
Source: OpenAI API reference, "Create embeddings", from memory.
"""

import json
from collections.abc import Sequence
from functools import cached_property

import numpy as np

from tauric_assets.errors import MalformedDocument
from tauric_assets.settings import Settings
from tauric_assets.text.embedders import Vectors
from tauric_assets.text.endpoint import Endpoint, sendable

TEXTS_AT_ONCE = 64
ANSWER_BYTES_MAX = 64_000_000
DIMENSION_MAX = 16_384
PROBE = "dimension"
"""The text by which an endpoint's dimension is found out."""


class EndpointEmbedder:
    """A model behind an endpoint, as an `Embedder`."""

    tokens_max = None
    is_model = True

    def __init__(self, settings: Settings) -> None:
        self.id = f"openai-compatible@{settings.embedding_endpoint_model}"
        self._endpoint = _endpoint(settings)

    @cached_property
    def dimension(self) -> int:
        """Length of a vector; asks once. Raises: as `embed_documents`."""
        return int(parse(self._ask([PROBE]), 1).shape[1])

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """See `Embedder`; a text without a word is not sent.

        Raises: UpstreamUnavailable, UpstreamRefused (a text too long for the model, too), MalformedDocument.
        """
        rows = np.zeros((len(texts), self.dimension), np.float32)
        plain = [sendable(text) for text in texts]
        places = [place for place, text in enumerate(plain) if not text.isspace() and text]
        for start in range(0, len(places), TEXTS_AT_ONCE):
            batch = places[start : start + TEXTS_AT_ONCE]
            vectors = parse(self._ask([plain[place] for place in batch]), len(batch))
            if vectors.shape[1] != self.dimension:
                raise MalformedDocument(
                    f"{self._endpoint.url} changed from {self.dimension} to {vectors.shape[1]} numbers"
                )
            rows[batch] = vectors
        return rows

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """See `Embedder`; questions are read as documents are."""
        return self.embed_documents(texts)

    def _ask(self, texts: Sequence[str]) -> bytes:
        return self._endpoint.ask("embeddings", {"input": list(texts), "encoding_format": "float"})


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
    _endpoint(settings).wanted()
    return EndpointEmbedder(settings)


def _endpoint(settings: Settings) -> Endpoint:
    url, model = settings.embedding_endpoint_url, settings.embedding_endpoint_model
    return Endpoint("embedding", url, model, settings.embedding_endpoint_key, settings.http_timeout_s)
