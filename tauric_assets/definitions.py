"""The one factory of Dagster definitions, used by production, tests and the command line.

Belongs here: putting feeds (YAML), graph, jobs, schedules and resources together.
Not here: any of these themselves.
"""

from dataclasses import dataclass, field
from pathlib import Path

import dagster as dg
from dagster_duckdb import DuckDBResource

from tauric_assets.components import shell
from tauric_assets.components.feed import instances_in
from tauric_assets.components.shell import FeedOptions
from tauric_assets.defs import graph
from tauric_assets.defs.automation import automation
from tauric_assets.defs.streaming import streaming
from tauric_assets.house import House
from tauric_assets.settings import load_settings


@dataclass(frozen=True)
class Overrides:
    """What a caller may replace.

    Args:
        house: None opens the one of the environment's settings.
        options: feed instance to options that take the place of those in its defs.yaml.
    """

    house: House | None = None
    options: FeedOptions = field(default_factory=dict)


def build_definitions(overrides: Overrides | None = None) -> dg.Definitions:
    """The whole graph.

    Raises: SettingsError: a setting is wrong.
    """
    overrides = overrides or Overrides()
    house = overrides.house or House(load_settings())
    with shell.building_with(house.settings, overrides.options):
        feeds = dg.load_from_defs_folder(path_within_project=Path(__file__).parent)
        instances = instances_in(feeds)
        return dg.Definitions.merge(
            feeds,
            automation(instances),
            streaming(),
            dg.Definitions(
                assets=graph.assets(instances),
                resources={"house": house, "duckdb": DuckDBResource(database=":memory:")},
                executor=dg.in_process_executor,
            ),
        )


@dg.definitions
def defs() -> dg.Definitions:
    """What `dagster` and the web server load."""
    return build_definitions()
