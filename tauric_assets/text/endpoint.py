"""Asking an OpenAI-compatible endpoint: one JSON question, one answer, one meaning for each way it can fail.

Belongs here: the request and its failures. Not here: what is asked, reading the answer (embedding/, sentiment/).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import httpx
from pydantic import SecretStr

from tauric_assets.errors import UpstreamRefused, UpstreamUnavailable, UsageError

RETRYABLE_FROM, TOO_MANY = 500, 429


@dataclass(frozen=True)
class Endpoint:
    """Where to ask.

    Args:
        what: `embedding` or `sentiment`: names the settings, and begins every message.
        url: of the interface, up to `/v1`. key: sent as a bearer token; never in a message.
    """

    what: str
    url: str
    model: str
    key: SecretStr
    timeout_s: float

    @cached_property
    def _client(self) -> httpx.Client:
        secret = self.key.get_secret_value()
        headers = {"Authorization": f"Bearer {secret}"} if secret else {}
        return httpx.Client(headers=headers, timeout=self.timeout_s)

    def wanted(self) -> "Endpoint":
        """Itself. Raises: UsageError: the settings name no endpoint or model."""
        if not self.url or not self.model:
            setting = f"TAURIC_{self.what.upper()}_ENDPOINT"
            raise UsageError(f"openai-compatible wants {setting}_URL (up to /v1) and {setting}_MODEL")
        return self

    def ask(self, path: str, question: Mapping[str, object]) -> bytes:
        """The answer to a question; the model is named in it.

        Raises: UpstreamUnavailable: no answer, 429, or 500 and above; UpstreamRefused: any other failure; UsageError:
            the address is none.
        """
        url = f"{self.url.rstrip('/')}/{path}"
        try:
            answer = self._client.post(url, json={"model": self.model, **question})
        except httpx.HTTPError as error:
            raise UpstreamUnavailable(f"{self.what} endpoint {url}: {type(error).__name__}") from error
        except httpx.InvalidURL as error:
            raise UsageError(f"TAURIC_{self.what.upper()}_ENDPOINT_URL: {error}") from None
        if answer.status_code >= RETRYABLE_FROM or answer.status_code == TOO_MANY:
            raise UpstreamUnavailable(f"{self.what} endpoint {url} answered {answer.status_code}")
        if not answer.is_success:
            raise UpstreamRefused(f"{self.what} endpoint {url} answered {answer.status_code}")
        return answer.content


def sendable(text: str) -> str:
    """Text as JSON can carry it: no NUL, no half of a surrogate pair."""
    return text.replace("\0", " ").encode(errors="replace").decode()
