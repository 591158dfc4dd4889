"""A day that is over: what the stream told in time, what late, what came by asking, and whether the bars add up.

A venue's day is due when its watermark and the clock have passed midnight UTC and the grace; a venue that has fallen
silent is waited for an hour. Then its bars are rebuilt from all its trades (by whoever may: charts/) and compared here:
- no trade is lost or counted twice: streamed trades <= in time + late <= all trades;
- a rebuilt bar differs from the live one only where a late or a backfilled trade names its window.
Windows that no live engine watched from their beginning to their end are not compared.

Readers take `bars`; until a venue's day is sealed, `bars_once` gives its live ones in their place. Never both.

Belongs here: which days are due, the comparison, the row of `sealed_days`. Not here: rebuilding, Dagster.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import duckdb
import pyarrow as pa

from tauric_assets.lake.engine import to_arrow
from tauric_assets.lake.query import connect
from tauric_assets.lake.store import Commit, Lake
from tauric_assets.lake.verify import Verdict
from tauric_assets.stream.live import LIVE_TABLES
from tauric_assets.tables import TABLES, Row
from tauric_assets.times import INTERVALS_NS, MILLISECOND_NS, SECOND_NS, Days

SILENT_NS = 3_600 * SECOND_NS
"""How long after midnight a venue whose watermark stands still is waited for."""
SETTLED_NS = 15 * SECOND_NS
"""How long after a day's last landing its trades are certainly in the lake too."""
TOLD_MAX = 5
COMPACTED = ("trades", "quotes", *LIVE_TABLES)


@dataclass(frozen=True)
class Watched:
    """How far a venue's live bars go, as its landings told for one day.

    Args:
        since: first stamp of the youngest engine; None where the day was not watched.
        watermark: the venue's latest, over all days.
    """

    venue: str
    since: int | None
    watermark: int | None
    last_seq: int | None


def due(lake: Lake, day: date, now: int, grace_ns: int) -> list[Watched]:
    """Venues whose `day` is over and whose trades or landings are not those it was sealed with."""
    days = Days.one(day)
    over = days.end_ns + grace_ns
    if now < over:
        return []
    where = f"date >= '{days.start}' and date < '{days.end}'"
    sql = f"""
        select t.venue, c.since, w.watermark, c.last_seq
        from (select venue, count(*) as trades from trades where {where} group by venue) t
        left join (
            select venue, max(watched_since) as since, max(last_seq) as last_seq, max(known_at) as landed
            from stream_commits where {where} group by venue) c using (venue)
        left join (select venue, max(watermark) as watermark from stream_commits
            where date >= '{days.start}' group by venue) w using (venue)
        left join (select * from sealed_days where {where}) s using (venue)
        where (w.watermark is null or w.watermark >= {over} or {now} >= {over + SILENT_NS})
            and (c.landed is null or c.landed <= {now - SETTLED_NS})
            and (s.trades is null or s.trades <> t.trades or s.last_seq is distinct from c.last_seq)
        order by t.venue
    """
    with connect(lake, tables=["trades", "stream_commits", "sealed_days"]) as connection:
        rows = connection.execute(sql).fetchall()
    return [Watched(*row) for row in rows]


def over_and_unsealed(lake: Lake, days: Days, now: int, grace_ns: int) -> dict[date, str]:
    """Watched days that can be sealed, or again because trades came after they were, and a name of that state."""
    where = f"date >= '{days.start}' and date < '{days.end}'"
    sql = f"""
        with told as (select date, venue, max(last_seq) as last_seq from stream_commits where {where} group by all)
        select t.date, string_agg(t.venue || '=' || t.last_seq, ',' order by t.venue)
        from told t left join (select * from sealed_days where {where}) s using (date, venue)
        group by t.date having bool_or(t.last_seq is distinct from s.last_seq) order by t.date
    """
    with connect(lake, tables=["stream_commits", "sealed_days"]) as connection:
        states = dict(connection.execute(sql).fetchall())
    return {day: state for day, state in states.items() if any(w.since for w in due(lake, day, now, grace_ns))}


def compact(lake: Lake) -> None:
    """Join the small files that streaming leaves. Raises: LakeConflict; StorageUnavailable."""
    for name in COMPACTED:
        lake.maintain(name)


def seal(lake: Lake, day: date, watched: Watched, rebuilt: pa.Table, rebuilt_by_activity: pa.Table, now: int) -> Commit:
    """Compare, and write the row of `sealed_days`; a day sealed before gets a later revision where it says otherwise.

    Args:
        rebuilt: rows of `bars` of this venue and day from all its trades, of all intervals that are made live.
        rebuilt_by_activity: the same by activity.
        now: becomes `known_at`.
    """
    row = compared(lake, day, watched, rebuilt, rebuilt_by_activity) | {
        "date": day,
        "ts_event": Days.one(day).end_ns,
        "known_at": now,
        "known_at_quality": "observed",
        "source": "trades",
        "venue": watched.venue,
        "last_seq": watched.last_seq,
    }
    return lake.revise("sealed_days", Days.one(day), pa.Table.from_pylist([row], schema=TABLES["sealed_days"].schema))


def compared(lake: Lake, day: date, watched: Watched, rebuilt: pa.Table, rebuilt_by_activity: pa.Table) -> Row:
    """The counts, and what is wrong with them, as columns of `sealed_days`; see the module's rules."""
    days = Days.one(day)
    names = sorted({str(name) for name in rebuilt["interval"].to_pylist()}, key=INTERVALS_NS.__getitem__)
    finest = INTERVALS_NS[names[0]] if names else SECOND_NS
    start, end = _watched_span(watched, days, finest)
    with connect(lake, tables=["trades", "live_bars", "late_trades"]) as connection:
        _views(connection, days, watched.venue, rebuilt, rebuilt_by_activity, names)
        counts = _counts(connection, names[0] if names else "", start, end)
        windows = _windows(connection, *_watched_span(watched, days, 1)) if start < end else Windows(0, 0, ())
        activity = _by_activity(connection, end) if start <= days.start_ns else []
    counted, problems = counts.in_time + counts.late, []
    if counted < counts.streamed:
        problems.append(f"live bars lost {counts.streamed - counted} streamed trades")
    if counted > counts.seen:
        problems.append(f"live bars counted {counted - counts.seen} trades that are not there")
    problems += [f"{window} differs and no late trade names it" for window in windows.unnamed[:TOLD_MAX]]
    problems += [f"{bar} differs before any late trade" for bar in activity[:TOLD_MAX]]
    unwatched = counts.all_streamed - counts.streamed
    return {
        "trades": counts.all,
        "in_time": counts.in_time,
        "late": counts.late,
        "unwatched": unwatched,
        "backfilled": counts.all - counted - unwatched,
        "windows": windows.windows,
        "differing": windows.differing,
        "trades_md5": counts.md5,
        "problems": problems,
    }


def verdict(lake: Lake, days: Days) -> Verdict:
    """What the rows of `sealed_days` in `days` say."""
    rows = lake.read("sealed_days", days=days).to_pylist()
    sums = ("trades", "in_time", "late", "backfilled", "unwatched", "windows", "differing")
    problems = [f"{row['venue']} {row['date']}: {problem}" for row in rows for problem in row["problems"]]
    return Verdict({name: sum(row[name] for row in rows) for name in sums} | {"sealed": len(rows)}, tuple(problems))


def bars_once(lake: Lake, days: Days, intervals: Sequence[str]) -> pa.Table:
    """Each window once: of sealed days the final bar, of others the live one, and the final where there is none.

    Returns: rows of `bars`, ordered by venue, symbol, interval and time.
    """
    columns = ", ".join(f'"{name}"' for name in TABLES["bars"].schema.names)
    where = f"date >= '{days.start}' and date < '{days.end}' and interval in ({_quoted(intervals)})"
    sql = f"""
        with watched as (
            select venue, date from stream_commits where date >= '{days.start}' and date < '{days.end}'
            except select venue, date from sealed_days)
        select {columns} from bars b
        where {where} and not exists (from live_bars l where l.venue = b.venue and l.date = b.date
            and l.symbol = b.symbol and l.interval = b.interval and l.ts_event = b.ts_event
            and (l.venue, l.date) in (from watched))
        union all by name
        select {columns} from live_bars where {where} and (venue, date) in (from watched)
        order by venue, symbol, ts_close - ts_event, ts_event
    """
    with connect(lake, tables=["bars", "live_bars", "stream_commits", "sealed_days"]) as connection:
        return to_arrow(connection, sql, TABLES["bars"].schema)


@dataclass(frozen=True)
class Counts:
    """Trades of a day: all, and those streamed; of its watched span those seen, streamed, in time, late."""

    all: int
    all_streamed: int
    seen: int
    streamed: int
    md5: str
    late: int
    in_time: int


@dataclass(frozen=True)
class Windows:
    """Windows of the watched span, those that differ, and which of these nothing names."""

    windows: int
    differing: int
    unnamed: Sequence[str]


def _watched_span(watched: Watched, days: Days, width: int) -> tuple[int, int]:
    """From the first to the last whole window of `width` in the day that a live engine watched; empty where none."""
    if watched.since is None or watched.watermark is None:
        return days.end_ns, days.end_ns
    start = max(days.start_ns, -(-watched.since // width) * width)
    end = min(days.end_ns, (watched.watermark + MILLISECOND_NS) // width * width)
    return start, max(start, end)


def _quoted(names: Sequence[str]) -> str:
    return ", ".join("'" + name.replace("'", "''") + "'" for name in names) or "''"


def _views(
    connection: duckdb.DuckDBPyConnection,
    days: Days,
    venue: str,
    rebuilt: pa.Table,
    rebuilt_by_activity: pa.Table,
    names: Sequence[str],
) -> None:
    """`told` (trades), `live`, `late`, `final`, `final_by_activity` of the one venue and day; `widths`."""
    where = f"date >= '{days.start}' and date < '{days.end}' and venue = {_quoted([venue])}"
    for name, table in (("told", "trades"), ("live", "live_bars"), ("late", "late_trades")):
        connection.execute(f"create temp table {name} as select * from {table} where {where}").fetchall()
    connection.register("final", rebuilt)
    connection.register("final_by_activity", rebuilt_by_activity)
    connection.execute("create temp table widths (interval varchar, width bigint)").fetchall()
    for name in names:
        connection.execute("insert into widths values (?, ?)", [name, INTERVALS_NS[name]]).fetchall()


def _counts(connection: duckdb.DuckDBPyConnection, finest: str, start: int, end: int) -> Counts:
    inside = f"ts_event >= {start} and ts_event < {end}"
    sql = f"""
        select count(*) as "all",
            count(*) filter (ts_recv is not null) as all_streamed,
            count(*) filter ({inside}) as seen,
            count(*) filter ({inside} and ts_recv is not null) as streamed,
            format('{{:032x}}', coalesce(bit_xor(md5_number(
                concat_ws(' ', symbol, trade_id, ts_event, price, size))), 0)) as md5,
            (select count(distinct (symbol, trade_id)) from late
                where {inside} and list_contains(intervals, '{finest}')) as late,
            (select coalesce(sum(trade_count), 0)::bigint from live
                where interval = '{finest}' and {inside}) as in_time
        from told
    """
    return Counts(*connection.execute(sql).fetchall()[0])


def _windows(connection: duckdb.DuckDBPyConnection, start: int, end: int) -> Windows:
    connection.execute("""
        create temp table named as
        select distinct symbol, w.interval, ts_event // width * width as ts_event
        from late l join widths w on list_contains(l.intervals, w.interval)
        union
        select distinct symbol, interval, ts_event // width * width from told, widths where ts_recv is null
    """).fetchall()
    measures = ("open", "high", "low", "close", "volume", "notional", "trade_count")
    same = " and ".join(f"f.{name} is not distinct from l.{name}" for name in measures)
    sql = f"""
        with pairs as (
            select coalesce(f.symbol, l.symbol) as symbol, coalesce(f.interval, l.interval) as interval,
                coalesce(f.ts_event, l.ts_event) as ts_event, {same} as same
            from final f full join (select * from live where interval in (select interval from widths)) l
                on f.symbol = l.symbol and f.interval = l.interval and f.ts_event = l.ts_event
            where coalesce(f.ts_event, l.ts_event) >= {start} and coalesce(f.ts_close, l.ts_close) <= {end}
        )
        select count(*) as windows, count(*) filter (not same) as differing,
            list_sort(coalesce(list(concat_ws(' ', p.symbol, p.interval, make_timestamp(p.ts_event // 1000)))
                filter (not same and n.symbol is null), [])) as unnamed
        from pairs p left join named n
            on n.symbol = p.symbol and n.interval = p.interval and n.ts_event = p.ts_event
    """
    return Windows(*connection.execute(sql).fetchall()[0])


def _by_activity(connection: duckdb.DuckDBPyConnection, end: int) -> list[str]:
    """Bars by activity that differ although they end before the first late or backfilled trade of their symbol."""
    measures = ("ts_event", "ts_close", "open", "high", "low", "close", "volume", "notional", "trade_count")
    same = " and ".join(f"f.{name} is not distinct from l.{name}" for name in measures)
    sql = f"""
        with spoilt as (
            select symbol, min(ts_event) as since from (
                select symbol, ts_event from late where contains(array_to_string(intervals, ' '), ':')
                union all select symbol, ts_event from told where ts_recv is null)
            group by symbol)
        select concat_ws(' ', coalesce(f.symbol, l.symbol), coalesce(f.interval, l.interval),
                'number', coalesce(f.number, l.number)) as bar
        from final_by_activity f full join (select * from live where contains(interval, ':')) l
            on f.symbol = l.symbol and f.interval = l.interval and f.number = l.number
        left join spoilt s on s.symbol = coalesce(f.symbol, l.symbol)
        where not ({same}) and greatest(f.ts_close, l.ts_close) <= least(coalesce(s.since, {end}), {end})
        order by all
    """
    return [str(row[0]) for row in connection.execute(sql).fetchall()]
