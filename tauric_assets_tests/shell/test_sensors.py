"""Sensors against the real sandbox: something new once, then nothing, then nothing."""

from datetime import date
from pathlib import Path

import dagster as dg
import pytest

from tauric_assets.charts.carried_on import LIVE_INDICATORS
from tauric_assets.components.shell import keys_to_run
from tauric_assets.definitions import Overrides, build_definitions
from tauric_assets.defs.running import materialize
from tauric_assets.house import House
from tauric_assets.settings import load_settings
from tauric_assets.stream.live import LiveBars
from tauric_assets.times import Days, parse_instant
from tauric_assets_tests.stream.test_live import DAY, START, day_of_trades, stored

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


@pytest.mark.slow
def test_what_the_sidecar_landed_is_told_once_a_day_and_over_days_are_sealed(
    definitions: dg.Definitions, tmp_path: Path
) -> None:
    settings = load_settings(data_dir=tmp_path / "data")
    now = START
    house = House(settings, clock=lambda: now)
    taking = LiveBars(settings, house.lake, "kraken", tmp_path, "wss://venue.example", LIVE_INDICATORS)
    records = day_of_trades()
    with dg.DagsterInstance.ephemeral() as instance:
        assert isinstance(look(definitions, house, "watch_stream", None, instance), dg.SkipReason)
        now = START + 12 * 3_600 * 10**9
        for piece in (records[:70], records[70:140]):
            taking.take(piece)
            taking.land()
        during = look(definitions, house, "watch_stream", None, instance)
        assert isinstance(during, dg.SensorResult)
        event, derived = during.asset_events
        assert (event.asset_key.to_user_string(), event.partition) == ("live_bars", DAY.isoformat())
        assert event.metadata["landings"].value == 2
        assert event.metadata["trades"].value == 139
        assert "NOVA-USD" in str(event.metadata["latest"].value)
        assert (derived.asset_key.to_user_string(), derived.partition) == ("live_indicators", DAY.isoformat())
        assert derived.metadata["dagster/row_count"].value == house.lake.read("live_indicators").num_rows > 0
        assert not during.run_requests
        assert isinstance(look(definitions, house, "watch_stream", during.cursor, instance), dg.SkipReason)
        now = START + 25 * 3_600 * 10**9
        taking.take(records[140:])
        taking.land()
        stored(house.lake, records)
        early = look(definitions, house, "watch_stream", during.cursor, instance)
        assert isinstance(early, dg.SensorResult) and not early.run_requests
        now += 20 * 10**9
        after = look(definitions, house, "watch_stream", during.cursor, instance)
        assert isinstance(after, dg.SensorResult)
        (request,) = after.run_requests or []
        assert (request.partition_key, request.run_key) == ("2026-01-06", f"seal:2026-01-06:kraken={len(records)}")
        again = look(definitions, house, "watch_stream", after.cursor, instance)
        assert isinstance(again, dg.SensorResult)
        assert [one.run_key for one in again.run_requests or []] == [request.run_key]
    reports = materialize(house, Days.one(DAY), 'key:"bars" or key:"sealed_days"')
    assert {report.asset: report.rows for report in reports}["sealed_days"] == 1
    (row,) = house.lake.read("sealed_days").to_pylist()
    assert (row["problems"], row["last_seq"], row["backfilled"]) == ([], len(records), 0)
    assert house.lake.status("live_bars").files <= 2  # one a day
    with dg.DagsterInstance.ephemeral() as instance:
        assert isinstance(look(definitions, house, "watch_stream", after.cursor, instance), dg.SkipReason)
