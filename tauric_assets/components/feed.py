"""One upstream, configured in a defs.yaml: an asset `raw/<name>` and a sensor that watches it.

Belongs here: the component's fields and its asset and sensor. Not here: how the upstream is asked (feeds/).
"""

import json
from collections.abc import Mapping
from time import perf_counter

import dagster as dg
from dagster_duckdb import DuckDBResource
from pydantic import Field

from tauric_assets.components import shell
from tauric_assets.errors import TauricError
from tauric_assets.feeds.contract import FeedInstance, ReconciledFeed
from tauric_assets.feeds.registry import feed_named
from tauric_assets.house import House
from tauric_assets.lake.verify import verify_table
from tauric_assets.pipeline import collect_feed, reconciled

FEED_METADATA = "tauric/feed"
"""Metadata key on `raw/…` assets from which the rest of the graph learns which feeds there are."""


class FeedComponent(dg.Component, dg.Model, dg.Resolvable):
    """A feed instance: which feed module speaks for it, and what to ask it for.

    Attributes:
        name: of the instance; its asset is `raw/<name>`, and `feed = <name>` in the tables.
        feed: name of the feed module, e.g. `syndication`.
        options: what the feed module wants to know, e.g. `{symbols: [NOVA-USD]}` or `{url: https://…}`.
        poll_seconds: how often the sensor looks for news.
        off_because: why this feed is not asked, e.g. that its terms are unclear; empty for one that is.
    """

    name: str
    feed: str
    options: dict[str, str | int | bool | list[str | int]] = Field(default_factory=dict)
    poll_seconds: int = Field(60, ge=30)
    off_because: str = ""

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """The asset `raw/<name>` and its sensor; nothing for a feed that is off."""
        if self.off_because:
            return dg.Definitions()
        options = {**self.options, **shell.options_in_use(self.name)}
        instance = FeedInstance(self.name, feed_named(self.feed), _texts_in_lists(options))
        return dg.Definitions(assets=[_raw_asset(instance, self.feed)], sensors=[_sensor(instance, self.poll_seconds)])


def instances_in(definitions: dg.Definitions) -> list[FeedInstance]:
    """The feed instances among loaded definitions, by name."""
    found = []
    specs = [
        spec for asset in definitions.assets or () if isinstance(asset, dg.AssetsDefinition) for spec in asset.specs
    ]
    for spec in specs:
        if FEED_METADATA in spec.metadata:
            told = json.loads(str(spec.metadata[FEED_METADATA]))
            found.append(FeedInstance(told["name"], feed_named(told["feed"]), told["options"]))
    return sorted(found, key=lambda instance: instance.name)


def _texts_in_lists(options: Mapping[str, object]) -> dict[str, object]:
    """Items of lists as text: Dagster's templating turns the form "4" into a number."""
    return {
        name: [str(item) for item in value] if isinstance(value, list) else value for name, value in options.items()
    }


def _raw_asset(instance: FeedInstance, feed: str) -> dg.AssetsDefinition:
    key = f"raw/{instance.name}"
    told = json.dumps({"name": instance.name, "feed": feed, "options": dict(instance.options)}, sort_keys=True)

    is_reconciled = isinstance(instance.feed, ReconciledFeed)

    @dg.multi_asset(
        name=f"raw__{instance.name}",
        specs=[
            shell.spec(
                key,
                group="feeds",
                kinds=[feed],
                description=f"Documents as {instance.name} sent them, content-addressed in the raw store.",
                deps=[],
                **{FEED_METADATA: told},
            )
        ],
        check_specs=[shell.check_spec(key), *([shell.complete_spec(key)] if is_reconciled else [])],
        backfill_policy=dg.BackfillPolicy.single_run(),
        pool=feed,
        retry_policy=dg.RetryPolicy(
            max_retries=2, delay=2, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.PLUS_MINUS
        ),
    )
    def raw(context: dg.AssetExecutionContext, house: dg.ResourceParam[House], duckdb: DuckDBResource):  # type: ignore[no-untyped-def]
        days, started = shell.days_of(context), perf_counter()
        with shell.told_to_dagster():
            if is_reconciled:
                yield shell.complete_result(key, reconciled(instance, house, days))
            made = collect_feed(instance, house, days)
            verdict = verify_table(house.lake, "raw_documents", days)
        yield shell.result(key, made, [verdict], house, duckdb, days, perf_counter() - started)

    return raw


def _sensor(instance: FeedInstance, poll_seconds: int) -> dg.SensorDefinition:
    @dg.sensor(
        name=f"watch_{instance.name}",
        target=dg.AssetSelection.assets(["raw", instance.name]).downstream(),
        minimum_interval_seconds=poll_seconds,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=f"Asks {instance.name} what is new; a change starts a run of today's partition.",
    )
    def watch(context: dg.SensorEvaluationContext, house: dg.ResourceParam[House]) -> dg.SensorResult | dg.SkipReason:
        try:
            with house.fetching() as fetching:
                polled = instance.feed.poll(fetching, instance.name, instance.options, context.cursor or "")
        except TauricError as error:
            return dg.SkipReason(f"{instance.name} could not be asked: {error}")
        if not polled.changed:
            return dg.SkipReason(f"nothing new at {instance.name}")
        requests = [
            dg.RunRequest(run_key=f"{instance.name}:{polled.digest}:{key}", partition_key=key)
            for key in shell.keys_to_run(house, polled.days)
        ]
        return dg.SensorResult(run_requests=requests, cursor=polled.cursor)

    return watch
