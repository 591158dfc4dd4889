"""Live indicators of one venue, carried on from the bars that the lake has of it.

Belongs here: what the sidecar asks for when it starts (stream/live.py), what is drawn on, bars that are passed over.
Not here: the arithmetic (live_indicators.py), landing (stream/live.py).
"""

import logging

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tauric_assets.charts.indicators import SERIES, WARMUP_BARS, split
from tauric_assets.charts.live_indicators import LiveIndicators
from tauric_assets.errors import UsageError
from tauric_assets.lake.engine import to_arrow
from tauric_assets.lake.query import connect
from tauric_assets.lake.store import Lake
from tauric_assets.settings import Settings
from tauric_assets.stream.live import Derive, Deriving, named
from tauric_assets.tables import TABLES
from tauric_assets.times import DAY_NS, INTERVALS_NS, day_of_ns

DAYS_CLOSED = 7
"""How many days of the history may be without bars: weekends, holidays."""

logger = logging.getLogger(__name__)


def carried_on(settings: Settings, lake: Lake, venue: str, closed_seq: int) -> Derive:
    """What gives the next bars of `venue` their rows of `live_indicators`.

    It draws on up to WARMUP_BARS bars of each series that the records up to `closed_seq` closed. A bar that is not
    later than those before it is passed over: its window has been told, by bars of other settings.

    Raises: UsageError: an interval that there is not; StorageUnavailable: the lake cannot be read.
    """
    intervals = named(settings.live_indicators)
    unknown = [name for name in intervals if name not in INTERVALS_NS]
    if unknown:
        raise UsageError(f"TAURIC_LIVE_INDICATORS: no bars of {unknown[0]}; there are: {', '.join(INTERVALS_NS)}")
    live = LiveIndicators(source="live_bars")

    def take(bars: pa.Table) -> pa.Table:
        return live.take(_later(bars.filter(pc.is_in(bars["interval"], pa.array(intervals, pa.string()))), live))

    for interval in intervals:
        take(_history(lake, venue, interval, closed_seq))
    return take


LIVE_INDICATORS = Deriving("live_indicators", carried_on)
"""What the sidecar is handed, so that it makes indicators of its bars."""


def _history(lake: Lake, venue: str, interval: str, closed_seq: int) -> pa.Table:
    """The last bars of each symbol."""
    schema = TABLES["live_bars"].schema
    first = day_of_ns(lake.clock() - (WARMUP_BARS * INTERVALS_NS[interval] + DAYS_CLOSED * DAY_NS))
    sql = f"""
        select {", ".join(f'"{name}"' for name in schema.names)} from live_bars
        where venue = ? and interval = ? and closed_seq <= ? and date >= ?
        qualify row_number() over (partition by symbol order by ts_event desc) <= ?
    """
    with connect(lake, tables=["live_bars"]) as connection:
        return to_arrow(connection, sql, schema, [venue, interval, closed_seq, first, WARMUP_BARS])


def _later(bars: pa.Table, live: LiveIndicators) -> pa.Table:
    """The bars that are later than all of their series so far."""
    kept = [bars.schema.empty_table()]
    for series in split(bars.sort_by([(name, "ascending") for name in (*SERIES, "ts_event", "closed_seq")])):
        last = live.last_ts_event(tuple(series[name][0].as_py() for name in SERIES))
        times = series["ts_event"].to_numpy()
        kept.append(series.filter(pa.array(times > np.maximum.accumulate([last, *times[:-1]]))))
    later = pa.concat_tables(kept)
    if later.num_rows < bars.num_rows:
        logger.warning("live indicators pass over %d bars of windows told before", bars.num_rows - later.num_rows)
    return later
