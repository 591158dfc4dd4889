"""The OpenAI-compatible endpoint, against a loopback server that also misbehaves. Not here: other models."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from tauric_assets.errors import MalformedDocument, TauricError, UpstreamRefused, UpstreamUnavailable, UsageError
from tauric_assets.settings import Settings
from tauric_assets.text.sentiment import endpoint

GOOD = '{"negative": 0.1, "neutral": 0.2, "positive": 0.7}'


class Misbehaving(BaseHTTPRequestHandler):
    """Answers what the text asks for: a status, or words as the model's own."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        text = asked["messages"][1]["content"]
        status = int(text) if text.isdigit() else 200
        body = json.dumps({"choices": [{"message": {"content": text}}]}).encode()
        self.send_response(status if self.headers["Authorization"] == "Bearer k" else 401)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *told: object) -> None:
        """Nothing."""


@pytest.fixture
def model() -> Iterator[endpoint.EndpointSentiment]:
    server = HTTPServer(("127.0.0.1", 0), Misbehaving)
    Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/v1"
    yield endpoint.make(
        Settings(sentiment_endpoint_url=url, sentiment_endpoint_model="m", sentiment_endpoint_key="k")  # type: ignore[arg-type]
    )
    server.shutdown()
    server.server_close()


def test_a_good_answer_is_read_and_an_empty_text_is_not_sent(model: endpoint.EndpointSentiment) -> None:
    assert model.score([GOOD, ""]).tolist() == [pytest.approx([0.1, 0.2, 0.7]), [0, 1, 0]]
    assert model.id == "openai-compatible:m"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ("positive", MalformedDocument),
        ("[]", MalformedDocument),
        ('{"positive": 1}', MalformedDocument),
        ('{"negative": NaN, "neutral": 0.5, "positive": 0.5}', MalformedDocument),
        ('{"negative": true, "neutral": 0, "positive": 0}', MalformedDocument),
        ('{"negative": 1, "neutral": 1, "positive": 1}', MalformedDocument),
        ("500", UpstreamUnavailable),
        ("429", UpstreamUnavailable),
        ("404", UpstreamRefused),
    ],
)
def test_a_bad_answer_is_an_error_and_never_a_guess(
    model: endpoint.EndpointSentiment, answer: str, error: type[TauricError]
) -> None:
    with pytest.raises(error):
        model.score([answer])


def test_an_endpoint_that_nobody_named_is_said() -> None:
    with pytest.raises(UsageError, match="ENDPOINT_URL"):
        endpoint.make(Settings())
