"""An embedding endpoint on loopback: what it is asked, and answers that are none."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import numpy as np
import pytest

from tauric_assets.errors import MalformedDocument, UpstreamRefused, UpstreamUnavailable, UsageError
from tauric_assets.settings import Settings
from tauric_assets.text.embedding.endpoint import make, parse


@contextmanager
def endpoint(status: int = 200) -> Iterator[tuple[Settings, list[tuple[str, dict[str, object]]]]]:
    """A server of vectors (length of the text, 1), in backward order: settings for it, and what it was asked."""
    asked: list[tuple[str, dict[str, object]]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked.append((f"{self.path} {self.headers['Authorization']}", told))
            data = [{"index": place, "embedding": [len(text), 1]} for place, text in enumerate(told["input"])]
            body = json.dumps({"data": data[::-1]}).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_address[1]}/v1/"
        yield (
            Settings(embedding_endpoint_url=address, embedding_endpoint_model="tiny", embedding_endpoint_key="hidden"),  # type: ignore[arg-type]
            asked,
        )
        server.shutdown()


def test_texts_become_unit_vectors_in_their_own_order() -> None:
    with endpoint() as (settings, asked):
        embedder = make(settings)
        texts = ["profit", " \0", "", *["x" * size for size in range(1, 70)]]
        vectors = embedder.embed_documents(texts)
    assert (embedder.id, embedder.dimension, embedder.is_model) == ("openai-compatible@tiny", 2, True)
    assert np.allclose(vectors[0], np.array([6, 1]) / 37**0.5) and not vectors[1:3].any()
    assert np.allclose(vectors[-1], np.array([69, 1]) / (69**2 + 1) ** 0.5)
    assert {call for call, _ in asked} == {"/v1/embeddings Bearer hidden"}
    assert [len(told["input"]) for _, told in asked] == [1, 64, 6]  # type: ignore[arg-type]
    assert "hidden" not in repr(settings)


@pytest.mark.parametrize(
    ("status", "error"), [(500, UpstreamUnavailable), (429, UpstreamUnavailable), (401, UpstreamRefused)]
)
def test_a_refusal_is_told(status: int, error: type[Exception]) -> None:
    with endpoint(status) as (settings, _), pytest.raises(error, match=f"answered {status}"):
        make(settings).embed_queries(["profit"])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b'{"data": []}',
        b'{"data": [{"index": 1, "embedding": [1]}]}',
        b'{"data": [{"index": 0, "embedding": []}]}',
        b'{"data": [{"index": 0, "embedding": [NaN, 1]}]}',
        b'{"data": [{"index": 0, "embedding": [0, 0]}]}',
        b'{"data": [{"index": 0, "embedding": ["x"]}]}',
        b'{"data": [{"index": 0, "embedding": 1}]}',
        b'{"data": [{"index": [0], "embedding": [1]}]}',
        b"[" * 100_000,
    ],
)
def test_what_is_no_vector_is_an_error(body: bytes) -> None:
    with pytest.raises(MalformedDocument, match="the embedding endpoint's answer cannot be read"):
        parse(body, 1)


def test_settings_that_name_no_endpoint_are_told() -> None:
    with pytest.raises(UsageError, match="TAURIC_EMBEDDING_ENDPOINT_URL"):
        make(Settings())
    with pytest.raises(UpstreamUnavailable, match="ConnectError"):
        asked = Settings(embedding_endpoint_url="http://127.0.0.1:9/v1", embedding_endpoint_model="tiny")
        make(asked).embed_queries(["profit"])
