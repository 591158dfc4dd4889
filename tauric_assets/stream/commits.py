"""How far the stream has landed in the lake, as its own commits tell.

Belongs here: the names under which streams commit, reading how far they are, and what is new since a last look.
Not here: landing itself (landing.py, live.py).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from tauric_assets.lake.query import connect
from tauric_assets.lake.store import Lake
from tauric_assets.times import Days

LANDING_TABLE = "trades"


def application_id(venue: str) -> str:
    """The name under which the stream of `venue` commits, exactly once a version."""
    return f"stream/{venue}"


def landed_by_stream(lake: Lake, venues: Sequence[str]) -> str:
    """The last version each of `venues` has committed, as one text that changes when any does; empty where none has."""
    versions = {venue: lake.last_version(LANDING_TABLE, application_id(venue)) for venue in venues}
    return ",".join(f"{venue}={version}" for venue, version in sorted(versions.items()) if version >= 0)


@dataclass(frozen=True)
class DayNews:
    """What landed of one day since the last look, over all venues.

    Args:
        landings: how many commits told it.
        watermark: the least advanced of its venues, nanoseconds UTC.
        last_seqs: venue to the number of its last record.
    """

    landings: int
    trades: int
    late: int
    bars: int
    watermark: int
    last_seqs: Mapping[str, int]


@dataclass(frozen=True)
class News:
    """New landings by day, and where to go on looking."""

    days: Mapping[date, DayNews]
    cursor: str


def landings_since(lake: Lake, cursor: str | None, days: Days) -> News:
    """What `stream_commits` tells of `days` beyond `cursor`; each landing is told once to whoever keeps the cursor.

    Args:
        cursor: of the last `News`; None at first.
    """
    seen: dict[str, int] = json.loads(cursor) if cursor else {}
    sql = f"""
        select date, venue, count(*), sum(trades)::bigint, sum(late)::bigint, sum(bars)::bigint, max(watermark),
            max(last_seq)
        from stream_commits c left join (select unnest(?) as venue, unnest(?) as told) using (venue)
        where date >= '{days.start}' and date < '{days.end}' and last_seq > coalesce(told, -1)
        group by date, venue order by date, venue
    """
    with connect(lake, tables=["stream_commits"]) as connection:
        rows = connection.execute(sql, [list(seen), list(seen.values())]).fetchall()
    found: dict[date, DayNews] = {}
    for day, venue, landings, trades, late, bars, watermark, last_seq in rows:
        held = found.get(day) or DayNews(0, 0, 0, 0, watermark, {})
        found[day] = DayNews(
            held.landings + landings,
            held.trades + trades,
            held.late + late,
            held.bars + bars,
            min(held.watermark, watermark),
            {**held.last_seqs, venue: last_seq},
        )
        seen[venue] = max(seen.get(venue, -1), last_seq)
    return News(found, json.dumps(seen, sort_keys=True))
