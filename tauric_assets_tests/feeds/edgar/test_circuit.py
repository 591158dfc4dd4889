"""The circuit, live: a loopback server stands as HTTP proxy where the SEC's hosts would be."""

import time
from pathlib import Path

import pytest

from tauric_assets.errors import UpstreamRefused, UpstreamUnavailable
from tauric_assets.feeds.edgar import HOSTS, classify
from tauric_assets.feeds.edgar.collect import index_url
from tauric_assets.feeds.fetch import Fetcher
from tauric_assets.feeds.limits import RateLimiter
from tauric_assets.settings import Settings, load_settings
from tauric_assets_tests.feeds.conftest import Upstream, reply
from tauric_assets_tests.feeds.edgar.test_collect import ACCESS_DENIED, BLOCKED, DAY

WWW, DATA = "http://www.sec.gov", "http://data.sec.gov"
PAGE = f"{WWW}/cgi-bin/browse-edgar"
LIST = f"{DATA}/submissions/CIK0001000001.json"


@pytest.fixture
def live(upstream: Upstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Live settings whose requests end at the scripted upstream."""
    monkeypatch.setenv("HTTP_PROXY", upstream.url)
    monkeypatch.setenv("NO_PROXY", "")
    settings = load_settings(
        data_dir=tmp_path / "data",
        state_dir=tmp_path / "state",
        upstream="live",
        identity="Ada Lovelace ada@example.org",
        edgar_url=WWW,
        edgar_data_url=DATA,
    )
    return settings.model_copy(update={"requests_per_second": 200.0})


def fetcher(settings: Settings) -> Fetcher:
    """One that does not wait between tries."""
    return Fetcher(settings, classify=[classify], sleep=lambda seconds: None)


@pytest.mark.parametrize(
    "block",
    [
        pytest.param(reply(403, BLOCKED), id="block page"),
        pytest.param(reply(200, BLOCKED), id="block page with 200"),
        pytest.param(reply(403, b""), id="bare 403"),
        pytest.param(reply(429), id="429"),
        pytest.param(reply(429, Retry_After="1"), id="429 that asks for a second"),
    ],
)
def test_a_block_stops_everybody_for_ten_minutes_on_both_hosts(
    upstream: Upstream, live: Settings, tmp_path: Path, block: object
) -> None:
    upstream.on(PAGE, block)  # type: ignore[arg-type]
    upstream.on(LIST, reply(200, b"{}"))
    with pytest.raises(UpstreamUnavailable) as first:
        fetcher(live).get(PAGE, feed="edgar")
    assert first.value.retry_after_s == 600
    assert len(upstream.seen) == 1
    neighbour = live.model_copy(update={"data_dir": tmp_path / "neighbour"})
    for url in (PAGE, LIST):
        with pytest.raises(
            UpstreamUnavailable, match=r"^\S+ blocked us; nobody here asks it again for \d+ s$"
        ) as later:
            fetcher(neighbour).get(url, feed="edgar")
        assert 590 < (later.value.retry_after_s or 0) <= 600
    assert len(upstream.seen) == 1


def test_the_circuit_closes_when_its_time_is_over(upstream: Upstream, live: Settings) -> None:
    upstream.on(PAGE, reply(429), reply(200, b"here"))
    with pytest.raises(UpstreamUnavailable):
        fetcher(live).get(PAGE, feed="edgar")
    path = RateLimiter(live, dict.fromkeys(HOSTS, "edgar")).path("www.sec.gov")
    path.with_name(f"{path.name}.held").write_text(str(time.time_ns() - 1))
    document = fetcher(live).get(PAGE, feed="edgar")
    assert document is not None
    assert document.body == b"here"


def test_a_missing_index_is_no_block(upstream: Upstream, live: Settings) -> None:
    upstream.on(index_url(WWW, DAY), reply(403, ACCESS_DENIED))
    upstream.on(PAGE, reply(200, b"here"))
    with fetcher(live) as fetching:
        with pytest.raises(UpstreamRefused):
            fetching.get(index_url(WWW, DAY), feed="edgar")
        assert fetching.get(PAGE, feed="edgar") is not None


def test_passing_trouble_is_no_block(upstream: Upstream, live: Settings) -> None:
    upstream.on(PAGE, reply(503), reply(200, b"here"))
    assert fetcher(live).get(PAGE, feed="edgar") is not None
    assert [headers["user-agent"] for _, headers in upstream.seen] == ["Ada Lovelace ada@example.org"] * 2
