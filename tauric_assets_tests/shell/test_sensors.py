"""Sensors against the real sandbox: something new once, then nothing, then nothing."""

from datetime import date
from pathlib import Path

import dagster as dg
import pytest

from tauric_assets.components.shell import keys_to_run
from tauric_assets.definitions import Overrides, build_definitions
from tauric_assets.house import House
from tauric_assets.settings import load_settings
from tauric_assets.times import parse_instant

FEEDS = ("edgar", "newswire", "regulator", "jetstream", "coinbase", "kraken", "binance")


@pytest.fixture(scope="module")
def definitions(tmp_path_factory: pytest.TempPathFactory) -> dg.Definitions:
    """Built once; each look brings the house it looks from."""
    return build_definitions(Overrides(house=House(load_settings(data_dir=tmp_path_factory.mktemp("data")))))


def look(
    definitions: dg.Definitions, house: House, name: str, cursor: str | None, instance: dg.DagsterInstance
) -> dg.SensorResult | dg.SkipReason:
    sensor = definitions.resolve_sensor_def(name)
    with dg.build_sensor_context(
        instance=instance, cursor=cursor, definitions=definitions, resources={"house": house}
    ) as context:
        found = sensor(context)
    assert isinstance(found, dg.SensorResult | dg.SkipReason)
    return found


@pytest.mark.parametrize("feed", FEEDS)
def test_a_feed_sensor_asks_for_a_run_once(definitions: dg.Definitions, house: House, feed: str) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        first = look(definitions, house, f"watch_{feed}", None, instance)
        assert isinstance(first, dg.SensorResult), first
        (request,) = first.run_requests or []
        assert request.run_key.startswith(f"{feed}:")
        assert request.partition_key
        second = look(definitions, house, f"watch_{feed}", first.cursor, instance)
    assert isinstance(second, dg.SkipReason)


def test_a_feed_that_cannot_be_asked_is_skipped_with_its_reason(definitions: dg.Definitions, house: House) -> None:
    away = House(house.settings.model_copy(update={"sandbox_url": "http://127.0.0.1:9", "http_tries_max": 1}))
    with dg.DagsterInstance.ephemeral() as instance:
        found = look(definitions, away, "watch_newswire", None, instance)
    assert isinstance(found, dg.SkipReason)
    assert "newswire could not be asked" in str(found.skip_message)


def test_landed_trades_ask_for_a_run_once(definitions: dg.Definitions, house: House) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        nothing = look(definitions, house, "watch_landed_trades", None, instance)
    assert isinstance(nothing, dg.SkipReason)


def test_runs_are_of_the_days_named_that_have_begun(tmp_path: Path) -> None:
    house = House(load_settings(data_dir=tmp_path), clock=lambda: parse_instant("2026-01-07T00:30:00Z"))
    days = (date(1999, 1, 4), date(2026, 1, 6), date(2026, 1, 7), date(2026, 1, 8))
    assert keys_to_run(house, days) == ["2026-01-06", "2026-01-07"]
    assert keys_to_run(house, ()) == ["2026-01-07"]
