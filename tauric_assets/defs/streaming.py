"""What Dagster sees of the tick sidecar: its landings as events, its days sealed when they are over.

Belongs here: the assets `live_bars` and `live_indicators` that the sidecar fills, and the sensor on them.
Not here: what landed (stream/commits.py), which days are over (stream/sealing.py), how they are sealed (pipeline/).
"""

from collections.abc import Iterator
from datetime import date, timedelta

import dagster as dg

from tauric_assets.components import shell
from tauric_assets.house import House
from tauric_assets.stream.commits import DayNews, landings_since
from tauric_assets.stream.sealing import over_and_unsealed
from tauric_assets.times import SECOND_NS, Days, day_of_ns, ns_to_text

LIVE, DERIVED = "live_bars", "live_indicators"
SEALING = ("trades", "bars", "activity_bars", "indicators", "sealed_days")
POLL_S = 15
DAYS_WATCHED = 7
"""Landings of older days are not looked for; the nightly run and a backfill find them."""


def streaming() -> dg.Definitions:
    """The assets that the sidecar fills, and the sensor that tells Dagster of them."""
    bars, indicators = "Bars as the sidecar closes them", "Indicators of each bar as it closes"
    live = shell.spec(LIVE, group="market", kinds=("delta",), description=bars, deps=())
    derived = shell.spec(DERIVED, group="market", kinds=("delta",), description=indicators, deps=(LIVE,))
    return dg.Definitions(assets=[live, derived], sensors=[_watch_stream()])


def _watch_stream() -> dg.SensorDefinition:
    @dg.sensor(
        name="watch_stream",
        target=dg.AssetSelection.assets(*SEALING),
        minimum_interval_seconds=POLL_S,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Tells what the tick sidecar landed, one event a day and look; seals days that are over.",
    )
    def watch(context: dg.SensorEvaluationContext, house: dg.ResourceParam[House]) -> dg.SensorResult | dg.SkipReason:
        today = day_of_ns(house.clock())
        first = max(today - timedelta(days=DAYS_WATCHED), house.settings.start_date)
        days = Days(first, today + timedelta(days=1))
        grace_ns = round(house.settings.seal_grace_s * SECOND_NS)
        news = landings_since(house.lake, context.cursor, days)
        over = over_and_unsealed(house.lake, days, house.clock(), grace_ns)
        if not news.days and not over:
            return dg.SkipReason("the sidecar has landed nothing since the last look")
        requests = [
            dg.RunRequest(run_key=f"seal:{day}:{state}", partition_key=day.isoformat()) for day, state in over.items()
        ]
        events = [
            event for day, told in news.days.items() if told.trades or told.bars for event in _events(house, day, told)
        ]
        return dg.SensorResult(run_requests=requests, asset_events=events, cursor=news.cursor)

    return watch


def _events(house: House, day: date, told: DayNews) -> Iterator[dg.AssetMaterialization]:
    partition = day.isoformat()
    tags = {"dagster/data_version": ",".join(f"{venue}={seq}" for venue, seq in sorted(told.last_seqs.items()))}
    yield dg.AssetMaterialization(
        LIVE,
        partition=partition,
        metadata={
            "bars": told.bars,
            "trades": told.trades,
            "late": told.late,
            "landings": told.landings,
            "watermark": ns_to_text(told.watermark),
            "latest": dg.MetadataValue.md(shell.latest_bars(house, partition)),
        },
        tags=tags,
    )
    if told.bars and (rows := shell.rows_of(house, DERIVED, partition)):
        yield dg.AssetMaterialization(DERIVED, partition=partition, metadata={"dagster/row_count": rows}, tags=tags)
