"""From trades to bars, indicators, patterns and sealed days.

Belongs here: the steps of the market group. Not here: arithmetic (charts/, stream/).
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta

import pyarrow as pa

from tauric_assets.charts import activity_bars as activity_builder
from tauric_assets.charts import bars as bar_builder
from tauric_assets.charts import indicators as indicator_builder
from tauric_assets.charts import patterns as pattern_builder
from tauric_assets.feeds.contract import FeedInstance
from tauric_assets.house import House
from tauric_assets.pipeline.step import Made
from tauric_assets.research import marked
from tauric_assets.stream import sealing
from tauric_assets.stream.live import named
from tauric_assets.times import SECOND_NS, Days

LOOKBACK_DAYS = {"1m": 2, "5m": 4, "1h": 30, "1d": 700}
"""Days of earlier bars that give every indicator its warm-up, by bar interval."""


PATTERN_LOOKBACK_DAYS = {"1h": 8, "1d": 200}
"""Days of earlier bars that fill the longest window, by bar interval: 120 hours, 120 trading days."""


assert set(LOOKBACK_DAYS) == set(bar_builder.LAKE_INTERVALS)


def bars(house: House, instances: Sequence[FeedInstance], days: Days) -> Made:
    """Bars of each day, out of its trades."""
    added = rows = 0
    for day in days:
        built = bar_builder.build(house.lake.read("trades", days=Days.one(day)))
        added += house.lake.revise("bars", Days.one(day), built).rows_added if built.num_rows else 0
        rows += built.num_rows
        house.progress("bars", str(day))
    return Made({"bars": rows}, {"bars": added}, picture=marked.picture_of_most_traded(house.lake, days))


def activity_bars(house: House, instances: Sequence[FeedInstance], days: Days) -> Made:
    """Bars by activity of each day, where the settings name rules."""
    rules, rows, added = named(house.settings.activity_bars), 0, 0
    for day in days if rules else ():
        built = activity_builder.build(house.lake.read("trades", days=Days.one(day)), rules)
        added += house.lake.replace("activity_bars", Days.one(day), built).rows_added
        rows += built.num_rows
        house.progress("activity_bars", str(day))
    return Made({"activity_bars": rows}, {"activity_bars": added})


def sealed_days(house: House, instances: Sequence[FeedInstance], days: Days) -> Made:
    """Seal what is over: rebuild the bars of each venue's day from all its trades, and compare with the live ones."""
    lake, settings, added, watched_any = house.lake, house.settings, 0, False
    for day in days:
        for watched in sealing.due(lake, day, house.clock(), round(settings.seal_grace_s * SECOND_NS)):
            trades = lake.read("trades", days=Days.one(day), where=f"venue = '{watched.venue}'")
            rebuilt = bar_builder.build(
                trades if watched.since is not None else trades.slice(0, 0), named(settings.live_intervals)
            )
            by_activity = activity_builder.build(trades, named(settings.activity_bars))
            added += sealing.seal(lake, day, watched, rebuilt, by_activity, house.clock()).rows_added
            watched_any |= watched.since is not None
        house.progress("sealed_days", str(day))
    if watched_any:
        sealing.compact(lake)
    return Made({"sealed_days": lake.read("sealed_days", days=days).num_rows}, {"sealed_days": added})


def indicators(house: House, instances: Sequence[FeedInstance], days: Days) -> Made:
    """Indicators of every bar of `days`, warmed up on earlier ones."""
    return _out_of_bars(house, days, "indicators", LOOKBACK_DAYS, indicator_builder.build)


def chart_patterns(house: House, instances: Sequence[FeedInstance], days: Days) -> Made:
    """The shapes of windows that end in `days`."""
    return _out_of_bars(house, days, "chart_patterns", PATTERN_LOOKBACK_DAYS, pattern_builder.build)


def _out_of_bars(
    house: House, days: Days, table: str, lookback_days: Mapping[str, int], build: Callable[[pa.Table, date], pa.Table]
) -> Made:
    """What `build` makes of bars and their history, interval by interval."""
    tables = []
    for interval, lookback in lookback_days.items():
        history = Days(days.start - timedelta(days=lookback), days.end)
        tables.append(build(house.lake.read("bars", days=history, where=f"interval = '{interval}'"), days.start))
        house.progress(table, interval)
    built = pa.concat_tables(tables)
    return Made({table: built.num_rows}, {table: house.lake.revise(table, days, built).rows_added})
