"""Bars out of trades: open, high, low, close, volume and exact notional of event-time windows.

Windows are `[start, end)`, aligned to the epoch, UTC; open and close are the prices of the first and last trade by
(ts_event, trade_id), never by arrival; a window without trades has no bar. The rows are final: rebuilt from all trades
of a day, they do not depend on the order or the repetition of their input.

Belongs here: the arithmetic of bars. Not here: late ticks and watermarks (stream/), filling of gaps, storage.
"""

from collections.abc import Sequence
from functools import reduce

import duckdb
import pyarrow as pa

from tauric_assets.errors import UsageError
from tauric_assets.lake.engine import session
from tauric_assets.tables import QUALITIES, table_named
from tauric_assets.times import DAY_NS, INTERVALS_NS

LAKE_INTERVALS = ("1m", "5m", "1h", "1d")
"""What the lake holds final bars of; the others follow from the trades whenever they are wanted."""

_QUALITY_RANKS = "list_position([{}], known_at_quality)".format(", ".join(f"'{quality}'" for quality in QUALITIES))

# One row a trade, in one total order: ids of digits only by number, of whatever length, before all others. Of several
# rows with one trade_id the one known first counts.
_TRADES = f"""
    create temp table ordered as
    select venue, symbol, ts_event, price, size, known_at, {_QUALITY_RANKS} as quality_rank,
           row_number() over (order by ts_event, length(digits) nulls last, digits, trade_id) as place
    from (
        select distinct on (venue, symbol, trade_id) *,
               case when regexp_full_match(trade_id, '[0-9]+') then ltrim(trade_id, '0') end as digits
        from trades
        order by venue, symbol, trade_id, known_at, ts_event, price, size, known_at_quality
    )
"""

# Parameters: the interval's width in nanoseconds, its name, the names of the qualities.
_BARS = """
    select venue, symbol, '{name}' as interval,
           ts_event // {width} * {width} as window_start, window_start + {width} as ts_close,
           arg_min(price, place) as open, max(price) as high, min(price) as low, arg_max(price, place) as close,
           sum(size) as volume, sum(price * size) as notional, count(*) as trade_count,
           greatest(ts_close, max(known_at)) as known_at, max(quality_rank) as quality_rank
    from ordered
    group by venue, symbol, window_start
"""

_ROWS = f"""
    select date '1970-01-01' + (window_start // {DAY_NS})::integer as date, window_start as ts_event, known_at,
           [{{qualities}}][quality_rank] as known_at_quality, null::bigint as ingested_at, 'trades' as source,
           null::varchar as supersedes, venue, symbol, interval, ts_close, open, high, low, close, volume, notional,
           trade_count
    from ({{bars}})
    order by venue, symbol, ts_close - window_start, window_start
"""


def build(trades: pa.Table, intervals: Sequence[str] = LAKE_INTERVALS) -> pa.Table:
    """Bars rows of all `trades`, ordered by venue, symbol, interval and time.

    A bar's `known_at` is the end of its window, or the latest `known_at` of its trades where that is later;
    its quality is the weakest among its trades. `ingested_at` is left null: whoever stores the rows stamps it.

    Args:
        trades: rows of `trades`, in any order, repeated at will. Whole windows: what is missing is not in the bar.
        intervals: names out of `times.INTERVALS_NS`.
    Returns: rows of `bars`.
    Raises: UsageError: an unknown interval, or a window whose notional exceeds 38 digits.
    """
    unknown = [name for name in intervals if name not in INTERVALS_NS]
    if unknown or not intervals:
        raise UsageError(f"no bars of {', '.join(unknown) or 'no interval'}; there are: {', '.join(INTERVALS_NS)}")
    schema = table_named("bars").schema
    selects = [_BARS.format(name=name, width=INTERVALS_NS[name]) for name in intervals]
    query = _ROWS.format(
        qualities=", ".join(f"'{quality}'" for quality in QUALITIES),
        bars=reduce("{} union all {}".format, selects),
    )
    with session() as connection:
        connection.register("trades", trades)
        try:
            connection.execute(_TRADES).fetchall()
            rows: pa.Table = connection.sql(query).to_arrow_table()
        except duckdb.OutOfRangeException as error:
            raise UsageError(f"bars: a sum over trades does not fit its column: {error}") from error
    return rows.cast(schema)
