"""Assets from the steps of pipeline.py, wired to the feeds that are configured.

Belongs here: one Dagster asset definition a step, its checks, and who depends on whom.
Not here: what a step does; feeds (components/feed.py).
"""

from collections.abc import Sequence
from time import perf_counter

import dagster as dg
from dagster_duckdb import DuckDBResource

from tauric_assets.components import shell
from tauric_assets.feeds.contract import FeedInstance
from tauric_assets.house import House
from tauric_assets.lake.verify import Verdict, verify_accounts, verify_table
from tauric_assets.pipeline import STEPS, Made, Step, instances_for, publish_warehouse
from tauric_assets.stream import sealing
from tauric_assets.tables import TABLES
from tauric_assets.text import clusters, links
from tauric_assets.times import Days

FURTHER_VERDICTS = {"sealed_days": sealing.verdict, "news_clusters": clusters.verdict, "links": links.verdict}
"""What must hold of a table besides what holds of all."""


def assets(instances: Sequence[FeedInstance]) -> list[dg.AssetsDefinition]:
    """One asset definition for each step, downstream of `raw/<name>` of the feeds it reads."""
    return [_asset(step, instances) for step in STEPS]


def _asset(step: Step, instances: Sequence[FeedInstance]) -> dg.AssetsDefinition:
    sources = instances_for(instances, step.reads_tables_of)
    needs = [*step.needs, *(f"raw/{instance.name}" for instance in sources)]

    @dg.multi_asset(
        name=f"make_{step.name}",
        specs=[
            shell.spec(key, group=step.group, kinds=step.kinds, description=step.description, deps=needs)
            for key in step.outputs
        ],
        check_specs=[shell.check_spec(key) for key in step.outputs],
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    def make(context: dg.AssetExecutionContext, house: dg.ResourceParam[House], duckdb: DuckDBResource):  # type: ignore[no-untyped-def]
        days, started = shell.days_of(context), perf_counter()
        with shell.told_to_dagster():
            made = _run(step, house, instances, days, duckdb)
            seconds = perf_counter() - started
            accounts = [verify_accounts(house.lake, days, [s.name for s in sources])] if sources else []
            verdicts = {key: [*_verdicts(house, key, days), *accounts] for key in step.outputs}
        for key in step.outputs:
            yield shell.result(key, made, verdicts[key], house, duckdb, days, seconds)

    return make


def _run(step: Step, house: House, instances: Sequence[FeedInstance], days: Days, duckdb: DuckDBResource) -> Made:
    if step.name != "warehouse":
        return step.run(house, instances, days)
    with duckdb.get_connection() as connection:
        return publish_warehouse(house, connection)


def _verdicts(house: House, key: str, days: Days) -> list[Verdict]:
    found = [verify_table(house.lake, key, days)] if key in TABLES else []
    return [*found, FURTHER_VERDICTS[key](house.lake, days)] if key in FURTHER_VERDICTS else found
