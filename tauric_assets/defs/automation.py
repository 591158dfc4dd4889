"""Jobs, the daily schedule, and the sensor on what the tick sidecar has landed.

Belongs here: named selections and when they run. Not here: sensors of feeds (components/feed.py).
"""

import dagster as dg

from tauric_assets.components import shell
from tauric_assets.house import House

JOBS = {
    "everything": "*",
    "market": 'key:"trades"+',
    "filings": 'key:"raw/edgar"+',
    "words": 'key:"documents"+',
    "research": 'group:"research"',
}
"""Job name to asset selection."""

LANDED_POLL_S = 30


def jobs() -> list[object]:
    """The named jobs, each over daily partitions."""
    return [
        dg.define_asset_job(name, selection=selection, partitions_def=shell.daily()) for name, selection in JOBS.items()
    ]


def schedules(jobs: list[object]) -> list[object]:
    """Yesterday's partition of everything, each night at 01:30 UTC: late filings, settled trades, reconciled feeds."""
    everything = jobs[0]
    return [
        dg.build_schedule_from_partitioned_job(
            everything,  # type: ignore[arg-type]
            name="nightly",
            hour_of_day=1,
            minute_of_hour=30,
            default_status=dg.DefaultScheduleStatus.RUNNING,
        )
    ]


def sensors() -> list[dg.SensorDefinition]:
    """The sensor that turns the sidecar's commits into runs of the market assets."""

    @dg.sensor(
        name="watch_landed_trades",
        target=dg.AssetSelection.assets("trades").downstream(),
        minimum_interval_seconds=LANDED_POLL_S,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="New commits of the tick sidecar start a run of today's market partitions.",
    )
    def watch(context: dg.SensorEvaluationContext, house: dg.ResourceParam[House]) -> dg.SensorResult | dg.SkipReason:
        landed = house.lake.last_landed("trades")
        if landed == (context.cursor or ""):
            return dg.SkipReason("nothing landed since the last look")
        request = dg.RunRequest(run_key=f"landed:{landed}", partition_key=shell.today_key(house))
        return dg.SensorResult(run_requests=[request], cursor=landed)

    return [watch]
