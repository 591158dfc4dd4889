"""Jobs, the nightly schedule, hourly upkeep of the vectors, and the sensor on what the tick sidecar has landed.

Belongs here: named selections and when they run. Not here: sensors of feeds (components/feed.py).
"""

from collections.abc import Sequence

import dagster as dg

from tauric_assets.components import shell
from tauric_assets.feeds.contract import FeedInstance
from tauric_assets.house import House
from tauric_assets.stream.commits import landed_by_stream

JOBS = {
    "everything": dg.AssetSelection.all(),
    "market": dg.AssetSelection.groups("market"),
    "filings": dg.AssetSelection.groups("filings"),
    "words": dg.AssetSelection.groups("words", "vectors"),
    "research": dg.AssetSelection.groups("research"),
}
"""Job name to asset selection."""

LANDED_POLL_S = 60


def automation(instances: Sequence[FeedInstance]) -> dg.Definitions:
    """The jobs, over the daily partitions of their assets; the schedule; the sensor on landed trades.

    The schedule runs yesterday's partition of everything each night at 06:30 UTC: late filings, settled trades,
    reconciled feeds. EDGAR makes a day's index from 22:00 in New York on, which is 02:00 or 03:00 UTC.
    """
    jobs = {name: dg.define_asset_job(name, selection=selection) for name, selection in JOBS.items()}
    nightly = dg.build_schedule_from_partitioned_job(
        jobs["everything"],
        name="nightly",
        hour_of_day=6,
        minute_of_hour=30,
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )
    upkeep = dg.ScheduleDefinition(
        job=vectors_upkeep, cron_schedule="40 * * * *", default_status=dg.DefaultScheduleStatus.RUNNING
    )
    return dg.Definitions(
        jobs=[*jobs.values(), vectors_upkeep],
        schedules=[nightly, upkeep],
        sensors=[_watch_landed_trades(instances)],
    )


@dg.op
def maintain_vectors(house: dg.ResourceParam[House]) -> None:
    """Join small files of the vector store, renew its indexes, let old versions go."""
    house.vectors.maintain()


@dg.job
def vectors_upkeep() -> None:
    """Keeps the vector store small and quick: near real time writes leave a file and a version each."""
    maintain_vectors()


def _watch_landed_trades(instances: Sequence[FeedInstance]) -> dg.SensorDefinition:
    venues = sorted({instance.feed.NAME for instance in instances if "trades" in instance.feed.TABLES})

    @dg.sensor(
        name="watch_landed_trades",
        target=dg.AssetSelection.assets("trades").downstream(),
        minimum_interval_seconds=LANDED_POLL_S,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="New commits of the tick sidecar start a run of today's market partitions.",
    )
    def watch(context: dg.SensorEvaluationContext, house: dg.ResourceParam[House]) -> dg.SensorResult | dg.SkipReason:
        landed = landed_by_stream(house.lake, venues)
        if landed in {"", context.cursor}:
            return dg.SkipReason("nothing landed since the last look")
        request = dg.RunRequest(run_key=f"landed:{landed}", partition_key=shell.today_key(house))
        return dg.SensorResult(run_requests=[request], cursor=landed)

    return watch
