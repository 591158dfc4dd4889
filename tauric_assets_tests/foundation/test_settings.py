"""Settings: read once, refuse what is unknown, rewrite addresses."""

from pathlib import Path

import pytest

from tauric_assets.errors import SettingsError
from tauric_assets.settings import child_environment, load_settings


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in child_environment(load_settings()):
        if name.startswith("TAURIC_"):
            monkeypatch.delenv(name, raising=False)


def test_an_unknown_name_is_refused_with_the_nearest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAURIC_IDENTIY", "x")
    with pytest.raises(SettingsError, match="did you mean TAURIC_IDENTITY"):
        load_settings()


def test_a_value_out_of_range_names_its_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAURIC_HTTP_TIMEOUT_S", "-1")
    with pytest.raises(SettingsError, match="TAURIC_HTTP_TIMEOUT_S"):
        load_settings()


def test_nobody_is_asked_more_than_eight_times_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAURIC_REQUESTS_PER_SECOND", "8.5")
    with pytest.raises(SettingsError, match="TAURIC_REQUESTS_PER_SECOND"):
        load_settings()


def test_live_processes_share_their_state_and_sandboxes_do_not() -> None:
    live = load_settings(upstream="live", identity="Ada Lovelace ada@example.org")
    assert live.shared_state == Path.home() / ".local/state/tauric-assets"
    assert load_settings(data_dir="/x").shared_state == Path("/x/state")


@pytest.mark.parametrize("identity", ["", "somebody", "a@b.c"])
def test_live_wants_an_identity(identity: str) -> None:
    with pytest.raises(SettingsError, match="TAURIC_IDENTITY"):
        load_settings(upstream="live", identity=identity)


def test_live_addresses_stay_and_sandbox_addresses_become_folders() -> None:
    live = load_settings(upstream="live", identity="Ada Lovelace ada@example.org")
    assert live.address("https://www.sec.gov/Archives/x?y=1") == "https://www.sec.gov/Archives/x?y=1"
    sandbox = load_settings(sandbox_url="http://127.0.0.1:9")
    assert sandbox.address("https://www.sec.gov/Archives/x?y=1") == "http://127.0.0.1:9/www.sec.gov/Archives/x?y=1"
    assert sandbox.address("wss://stream.binance.com:9443/ws") == "ws://127.0.0.1:9/stream.binance.com:9443/ws"


def test_a_child_process_gets_the_same_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load_settings(requests_per_second=3.5, close_time="17:00")
    for name, value in child_environment(settings).items():
        if name.startswith("TAURIC_"):
            monkeypatch.setenv(name, value)
    assert load_settings() == settings
