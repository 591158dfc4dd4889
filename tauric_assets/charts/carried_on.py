"""Live indicators of one venue, carried on from the bars that the lake has of it.

Belongs here: what the sidecar asks for when it starts (stream/live.py), what is drawn on, bars that are passed over.
Not here: the arithmetic (live_indicators.py), landing (stream/live.py).
"""

import logging
from itertools import groupby

import numpy as np
import pyarrow as pa

from tauric_assets.charts.indicators import SERIES, WARMUP_BARS
from tauric_assets.charts.live_indicators import LiveIndicators
from tauric_assets.errors import UsageError
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
    live = LiveIndicators("live_indicators", source="live_bars")
    last: dict[tuple[object, ...], int] = {}

    def take(bars: pa.Table) -> pa.Table:
        wanted = [value in intervals for value in bars["interval"].to_pylist()]
        return live.take(_later(bars.filter(pa.array(wanted, pa.bool_())), last))

    for interval in intervals:
        take(_history(lake, venue, interval, closed_seq))
    return take


LIVE_INDICATORS = Deriving("live_indicators", carried_on)
"""What the sidecar is handed, so that it makes indicators of its bars."""


def _history(lake: Lake, venue: str, interval: str, closed_seq: int) -> pa.Table:
    """The last bars of each symbol, in order of time."""
    schema = TABLES["live_bars"].schema
    first = day_of_ns(lake.clock() - (WARMUP_BARS * INTERVALS_NS[interval] + DAYS_CLOSED * DAY_NS))
    sql = """
        select * from live_bars where venue = ? and interval = ? and closed_seq <= ? and date >= ?
        qualify row_number() over (partition by symbol order by ts_event desc) <= ?
        order by ts_event
    """
    with connect(lake, tables=["live_bars"]) as connection:
        wanted = [venue, interval, closed_seq, first, WARMUP_BARS]
        found: pa.Table = connection.sql(sql, params=wanted).to_arrow_table()
    return pa.table([found[name] for name in schema.names], names=schema.names).cast(schema)


def _later(bars: pa.Table, last: dict[tuple[object, ...], int]) -> pa.Table:
    """The bars that are later than all of their series so far; `last` is moved on."""
    bars = bars.sort_by([*((name, "ascending") for name in (*SERIES, "ts_event", "closed_seq"))])
    names = zip(*(bars[name].to_pylist() for name in SERIES), strict=True)
    later = np.zeros(bars.num_rows, dtype=bool)
    times: list[int] = bars["ts_event"].to_numpy().tolist()
    rows = enumerate(zip(names, times, strict=True))
    for name, group in groupby(rows, key=lambda row: row[1][0]):
        for place, (_, ts_event) in group:
            later[place] = ts_event > last.get(name, ts_event - 1)
            last[name] = max(ts_event, last.get(name, ts_event))
    passed_over = bars.num_rows - int(later.sum())
    if passed_over:
        logger.warning("live indicators pass over %d bars of windows told before", passed_over)
    return bars.filter(pa.array(later))
