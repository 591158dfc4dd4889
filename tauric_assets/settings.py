"""Every setting of the house, in one typed class, read from the environment (`TAURIC_…`).

Belongs here: fields with unit, default and one sentence; the rewriting of upstream addresses to the sandbox.
Secrets are `SecretStr`: they print as stars, and only the feed that sends them asks for their value.
Not here: reading `os.environ` anywhere else, values that belong to one feed (its defs.yaml).
"""

import difflib
import os
import re
from datetime import date
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from tauric_assets.errors import SettingsError
from tauric_assets.times import INTERVALS_NS

PROJECT_FOLDER = Path(__file__).resolve().parent.parent
ENVIRONMENT_PREFIX = "TAURIC_"
IDENTITY_PATTERN = re.compile(r"^\S.* \S+@\S+\.\S+$")


class Settings(BaseSettings):
    """What may differ between two installations. Frozen: read once, passed in."""

    model_config = SettingsConfigDict(env_prefix=ENVIRONMENT_PREFIX, frozen=True, extra="forbid")

    data_dir: Path = Field(PROJECT_FOLDER / "data", description="Folder that holds everything the house stores.")
    state_dir: Path = Field(
        Path("~/.local/state/tauric-assets"),
        description="Folder of what all live processes of a user share on this machine: request rates and blocks.",
    )
    lake_url: str = Field("", description="Where the Delta tables are; empty means `lake` in `data_dir`.")
    upstream: Literal["sandbox", "live"] = Field("sandbox", description="Whom to ask: the sandbox or the real world.")
    sandbox_url: str = Field(
        "http://127.0.0.1:7272", description="Address of the sandbox; every upstream host is a folder below it."
    )
    identity: str = Field("", description='Who asks, as "Name email"; EDGAR refuses to be asked anonymously.')
    edgar_url: str = Field("https://www.sec.gov", description="EDGAR's archives, indexes and current filings.")
    edgar_data_url: str = Field("https://data.sec.gov", description="EDGAR's submissions and company facts.")
    jetstream_url: str = Field("wss://jetstream2.us-east.bsky.network", description="Bluesky Jetstream.")
    coinbase_url: str = Field("https://api.exchange.coinbase.com", description="Coinbase Exchange, REST.")
    coinbase_stream_url: str = Field("wss://ws-feed.exchange.coinbase.com", description="Coinbase Exchange, stream.")
    kraken_url: str = Field("https://api.kraken.com", description="Kraken, REST.")
    kraken_stream_url: str = Field("wss://ws.kraken.com/v2", description="Kraken v2, stream.")
    binance_url: str = Field("https://api.binance.com", description="Binance spot, REST.")
    binance_stream_url: str = Field("wss://stream.binance.com:9443", description="Binance spot, stream.")
    coinbase_advanced_url: str = Field("https://api.coinbase.com", description="Coinbase Advanced Trade, REST.")
    coinbase_advanced_stream_url: str = Field(
        "wss://advanced-trade-ws.coinbase.com", description="Coinbase Advanced Trade, stream."
    )
    binance_futures_url: str = Field("https://fapi.binance.com", description="Binance USD-M futures, REST.")
    binance_futures_stream_url: str = Field("wss://fstream.binance.com", description="Binance USD-M futures, stream.")
    alpaca_stream_url: str = Field(
        "wss://stream.data.alpaca.markets/v2/iex", description="Alpaca, stream; `/v2/sip` for all exchanges."
    )
    alpaca_key_id: SecretStr = Field(SecretStr(""), description="Alpaca's API key id; never written to a log.")
    alpaca_secret_key: SecretStr = Field(SecretStr(""), description="Alpaca's API secret; never written to a log.")
    start_date: date = Field(date(2019, 1, 1), description="First day partition of every asset.")
    close_time: str = Field("16:00", description="When the panel's day closes, local time of `close_time_zone`.")
    close_time_zone: str = Field("America/New_York", description="Time zone of `close_time`.")
    http_timeout_s: float = Field(20.0, gt=0, description="Seconds without an answer before a request is given up.")
    http_size_max: int = Field(200_000_000, gt=0, description="Bytes a single answer may have.")
    http_tries_max: int = Field(4, ge=1, description="How often a request is tried in all.")
    requests_per_second: float = Field(
        8.0, gt=0, le=8, description="Requests a second to one upstream, over all processes of the machine; at most 8."
    )
    live_intervals: str = Field(
        ",".join(INTERVALS_NS), description="Intervals of live bars, separated by commas; each divides the next."
    )
    activity_bars: str = Field(
        "", description="Bars by activity, separated by commas, e.g. `trades:1000,volume:50,notional:1000000`."
    )
    live_indicators: str = Field(
        "1m,5m,1h,1d", description="Intervals whose live bars get indicators as they close; empty for none."
    )
    bar_delay_s: float = Field(5.0, ge=0, description="Seconds of event time that live bars wait for late trades.")
    seal_grace_s: float = Field(60.0, ge=0, description="Seconds after midnight UTC until a day can be sealed.")
    embedder: str = Field("hashing", description="How texts become vectors; `hashing` needs no model.")
    embedding_endpoint_url: str = Field("", description="OpenAI-compatible endpoint for embedding, up to `/v1`.")
    embedding_endpoint_model: str = Field("", description="The model to ask there.")
    embedding_endpoint_key: SecretStr = Field(SecretStr(""), description="Its API key; never written to a log.")
    embedding_model: str = Field(
        "", description="Model of `fastembed` or `sentence-transformers`; empty takes the one docs/text.md names."
    )
    embedding_folder: str = Field(
        "", description="Folder of that model's files; empty takes a folder of its name in `models_dir`."
    )
    sentiment_model: str = Field(
        "lexicon", description="How texts are scored; `lexicon` is rules, `trained:NAME` a model of yours."
    )
    sentiment_endpoint_url: str = Field("", description="OpenAI-compatible endpoint for sentiment, up to `/v1`.")
    sentiment_endpoint_model: str = Field("", description="The model to ask there.")
    sentiment_endpoint_key: SecretStr = Field(SecretStr(""), description="Its API key; never written to a log.")
    models_dir: Path = Field(
        Path("~/.cache/tauric-assets/models"),
        description="Folder of fetched models: one for all data folders of a user, as they never change.",
    )
    serve_port: int = Field(7373, ge=0, le=65535, description="Loopback port of the REST, MCP and desk server.")

    stream_port: int = Field(7474, ge=0, le=65535, description="Loopback port of the sidecar's /healthz and /metrics.")
    stream_commit_s: float = Field(1.0, gt=0, description="Seconds between the sidecar's commits to the lake.")
    stream_commit_rows: int = Field(50_000, gt=0, description="Rows after which the sidecar commits at once.")
    stream_segment_mb: int = Field(64, gt=0, description="Megabytes after which a segment of the log is closed.")
    stream_segment_s: float = Field(60.0, gt=0, description="Seconds after which a segment of the log is closed.")
    stream_gap_delay_s: float = Field(2.0, ge=0, description="Seconds to wait for a missing trade before it is a gap.")
    stream_stale_s: float = Field(30.0, gt=0, description="Seconds of silence after which a connection is replaced.")
    stream_connection_s: float = Field(
        82_800.0, gt=0, description="Seconds after which a connection is replaced by plan."
    )
    stream_overlap_s: float = Field(2.0, ge=0, description="Seconds both connections are read when one is replaced.")

    @property
    def lake_root(self) -> str:
        """Folder or object-store address of the Delta tables."""
        return self.lake_url or str(self.data_dir / "lake")

    @property
    def shared_state(self) -> Path:
        """Folder of request rates and blocks: one for the machine's user live, one a data folder with the sandbox."""
        return self.state_dir.expanduser() if self.upstream == "live" else self.data_dir / "state"

    @property
    def requester(self) -> str:
        """What to send as User-Agent."""
        return self.identity or "Tauric Assets sandbox@tauric.invalid"

    def address(self, url: str) -> str:
        """Where to really send a request for `url`.

        Live, that is `url` itself. With the sandbox as upstream the host becomes the first folder below
        `sandbox_url`: `https://www.sec.gov/Archives/x` is asked as `http://127.0.0.1:7272/www.sec.gov/Archives/x`, and
        `wss://ws.kraken.com/v2` as `ws://127.0.0.1:7272/ws.kraken.com/v2`. A port in the host stays (`host:9443`).
        """
        if self.upstream == "live":
            return url
        parts = urlsplit(url)
        base = urlsplit(self.sandbox_url)
        scheme = "ws" if parts.scheme in {"ws", "wss"} else base.scheme
        query = f"?{parts.query}" if parts.query else ""
        return f"{scheme}://{base.netloc}/{parts.netloc}{parts.path}{query}"


def load_settings(**overrides: object) -> Settings:
    """Read the settings from the environment, then apply `overrides` (field names).

    Raises: SettingsError: a value out of range; an unknown `TAURIC_` name, with the nearest known one; live without
        an identity of the form "Name email".
    """
    _refuse_unknown_names()
    try:
        settings = Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        name = ENVIRONMENT_PREFIX + "_".join(str(part) for part in first["loc"]).upper()
        raise SettingsError(f"{name}: {first['msg']}") from None
    if settings.upstream == "live" and not IDENTITY_PATTERN.match(settings.identity):
        raise SettingsError('live upstreams want an identity: set TAURIC_IDENTITY="Name email@example.org"')
    return settings


def child_environment(settings: Settings, **extra: str) -> dict[str, str]:
    """The environment for a process started by us: this one's, with `settings` written out and `extra` on top."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ENVIRONMENT_PREFIX)}
    for name in Settings.model_fields:
        value = getattr(settings, name)
        plain = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
        environment[ENVIRONMENT_PREFIX + name.upper()] = plain
    environment["DAGSTER_DISABLE_TELEMETRY"] = "1"
    return environment | extra


def _refuse_unknown_names() -> None:
    known = {ENVIRONMENT_PREFIX + name.upper() for name in Settings.model_fields}
    for name in os.environ:
        if name.startswith(ENVIRONMENT_PREFIX) and name not in known:
            nearest = difflib.get_close_matches(name, known, n=1)
            hint = f"; did you mean {nearest[0]}?" if nearest else ""
            raise SettingsError(f"unknown setting {name}{hint}")
