"""What each asset of the house is made from, as plain functions: read the lake, call one room, write the lake.

Belongs here: one function per step, `(house, instances, days) -> Made`, and the list of steps in order.
Not here: Dagster (the shell turns steps into assets), and how anything is computed (the rooms).
"""

from tauric_assets.pipeline.collecting import collect_feed, instances_for, reconciled
from tauric_assets.pipeline.findings import publish_warehouse
from tauric_assets.pipeline.graph import STEPS, run_all
from tauric_assets.pipeline.step import Made, Step

__all__ = [
    "STEPS",
    "Made",
    "Step",
    "collect_feed",
    "instances_for",
    "publish_warehouse",
    "reconciled",
    "run_all",
]
