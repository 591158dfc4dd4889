"""From all tables to the panel, the pictures and the warehouse.

Belongs here: the steps of the research group. Not here: features (research/).
"""

from collections.abc import Sequence

import duckdb

from tauric_assets.feeds.contract import FeedInstance
from tauric_assets.house import House
from tauric_assets.lake.engine import engine
from tauric_assets.pipeline.collecting import listings
from tauric_assets.pipeline.step import Made
from tauric_assets.research import marked
from tauric_assets.research import panel as panel_builder
from tauric_assets.research import warehouse as warehouse_builder
from tauric_assets.times import Days

PICTURES_UNLISTED = 3
"""How many of the most traded symbols are drawn where no configured one traded (recordings)."""


def panel(house: House, instances: Sequence[FeedInstance], days: Days) -> Made:
    """The rows of `days`."""
    built = panel_builder.build(house.lake, days, house.settings, listings(instances))
    commit = house.lake.replace("panel", days, built)
    return Made({"panel": built.num_rows}, {"panel": commit.rows_added})


def pictures(house: House, instances: Sequence[FeedInstance], days: Days) -> Made:
    """A chart of each listed ticker that traded in `days`, else of the most traded."""
    bars = marked.hourly(house.lake, days)
    traded = marked.most_traded(bars)
    wanted = [(ticker, listing) for ticker, listing in listings(instances).items() if listing in traded]
    if not wanted:
        wanted = [(symbol, (venue, symbol)) for venue, symbol in traded[:PICTURES_UNLISTED]]
    files = []
    for name, listing in wanted:
        path = house.pictures / f"{name}_{days.start}_{days.end}.png"
        path.write_bytes(marked.picture(house.lake, bars, name, listing, days))
        files.append(path)
        house.progress("pictures", name)
    return Made({"pictures": len(files)}, files=tuple(files))


def publish_warehouse(house: House, connection: duckdb.DuckDBPyConnection) -> Made:
    """Build `tauric.duckdb` through `connection` and publish it by atomic rename."""
    counts = warehouse_builder.publish(connection, house.lake, house.warehouse)
    return Made({"warehouse": sum(counts.values())}, files=(house.warehouse,))


def warehouse(house: House, instances: Sequence[FeedInstance], days: Days) -> Made:
    """The marts, through a connection of its own."""
    with engine() as connection:
        return publish_warehouse(house, connection)
