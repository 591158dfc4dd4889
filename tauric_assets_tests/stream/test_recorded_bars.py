"""Live bars of real recordings against the rebuild from all their trades, which is another implementation."""

import gzip
from collections import Counter
from pathlib import Path
from typing import cast

import pyarrow as pa
import pytest

from tauric_assets.charts import bars
from tauric_assets.errors import MalformedDocument
from tauric_assets.feeds.capture import lines, parse_capture, streaming_venues
from tauric_assets.feeds.contract import StreamFeed
from tauric_assets.feeds.registry import feed_named
from tauric_assets.feeds.ticks import UNDATED, Heartbeat, Ticks, Trade, rows
from tauric_assets.stream.bar_batches import columns_of, take_columns
from tauric_assets.stream.bars import BarEngine, Record
from tauric_assets.tables import TABLES, Row, to_arrow
from tauric_assets.times import INTERVALS_NS, SECOND_NS, day_of_ns
from tauric_assets_tests.stream.made_ticks import answered, together
from tauric_assets_tests.stream.plain_bars import PlainBars

MEASURES = ("open", "high", "low", "close", "volume", "notional", "trade_count")
Window = tuple[str, str, int]

pytestmark = [pytest.mark.realdata, pytest.mark.slow]


@pytest.fixture(scope="module")
def recordings(realdata: Path) -> list[tuple[Path, str]]:
    """Every recording that holds trades, with the venue that reads the most of them."""
    found = []
    for path in sorted((realdata / "ws").rglob("*")):
        counts: dict[str, int] = {}
        for venue in streaming_venues() if path.is_file() and path.suffix != ".json" else ():
            try:
                counts[venue] = len(parse_capture(path.read_bytes(), venue).rows.get("trades", ()))
            except MalformedDocument:
                continue
        if any(counts.values()):
            found.append((path, max(counts, key=lambda venue: counts[venue])))
    return found


def records_of(path: Path, venue: str) -> list[Record]:
    """Trades and dated heartbeats in the order of the recording."""
    body = path.read_bytes()
    body = gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body
    feed, records = cast("StreamFeed", feed_named(venue)), []
    for line in lines(body):
        try:
            ticks = feed.ticks(line.content) if line.kind == "frame" else Ticks()
        except MalformedDocument:
            continue
        beats = [beat for beat in ticks.heartbeats if beat.ts_event != UNDATED]
        records += [(line.number, tick, line.received_at) for tick in (*ticks.trades, *beats)]
    return records


def rebuilt(venue: str, records: list[Record]) -> dict[Window, Row]:
    """Final bars of all trades told, the first of each id."""
    told: list[Row] = []
    for _, tick, received_at in records:
        if isinstance(tick, Trade):
            (row,) = rows(venue, Ticks(trades=[tick]), received_at).rows["trades"]
            told.append({**row, "date": day_of_ns(tick.ts_event), "source": "recording"})
    table: pa.Table = bars.build(to_arrow(TABLES["trades"], told), tuple(INTERVALS_NS))
    return {(str(row["symbol"]), str(row["interval"]), int(row["ts_event"])): row for row in table.to_pylist()}


def differences(venue: str, records: list[Record], delay_ns: int) -> tuple[int, set[Window], set[Window]]:
    """How many windows there are; which differ; which late trades name."""
    taken = answered(BarEngine(venue, tuple(INTERVALS_NS), delay_ns), [records])
    live = {(bar.symbol, bar.interval, bar.ts_event): bar for bar in taken.bars}
    final = rebuilt(venue, records)
    differ = set()
    for window in live.keys() | final.keys():
        bar, row = live.get(window), final.get(window)
        if bar is None or row is None:
            differ.add(window)
            continue
        digits = [9, 9, 9, 9, 9, 18, 0]
        exact = [int(row[name].scaleb(d) if d else row[name]) for name, d in zip(MEASURES, digits, strict=True)]  # type: ignore[attr-defined,call-overload]
        if exact != [bar.open, bar.high, bar.low, bar.close, bar.volume, bar.notional, bar.trade_count]:
            differ.add(window)
    named = {
        (late.trade.symbol, name, late.trade.ts_event // INTERVALS_NS[name] * INTERVALS_NS[name])
        for late in taken.late
        for name in late.intervals
    }
    return len(final), differ, named


def test_live_and_rebuilt_bars_differ_only_in_windows_named_late(recordings: list[tuple[Path, str]]) -> None:
    assert len(recordings) >= 4
    total: Counter[str] = Counter()
    for path, venue in recordings:
        records = records_of(path, venue)
        for delay_ns in (5 * SECOND_NS, 0):
            windows, differ, named = differences(venue, records, delay_ns)
            assert differ <= named, (path.name, delay_ns, sorted(differ - named)[:3])
            total.update({"windows": windows, "differ": len(differ), "named": len(named)})
    assert total["windows"] > 1_000
    assert 0 < total["differ"] <= total["named"]


def test_every_way_of_taking_a_recording_gives_the_same(recordings: list[tuple[Path, str]]) -> None:
    for path, venue in recordings:
        records = records_of(path, venue)
        one_by_one = answered(BarEngine(venue), [records])
        plain = PlainBars(tuple(INTERVALS_NS), 5 * SECOND_NS).take_all(records)
        assert len(one_by_one.bars) == len(plain.bars)
        assert {(*bar[:2], *bar[3:13]) for bar in one_by_one.bars} == set(plain.bars)
        assert [(late.seq, late.trade, late.intervals) for late in one_by_one.late] == plain.late
        engine = BarEngine(venue)
        columns = columns_of(records)
        if columns is not None:
            assert together([take_columns(engine, columns), engine.finish()]) == one_by_one
        assert any(isinstance(tick, Trade | Heartbeat) for _, tick, _ in records)
