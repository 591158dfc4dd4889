"""Live bars into the lake, across crashes; a day sealed, and what refuses to be."""

import random
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from tauric_assets.charts import activity_bars, bars
from tauric_assets.errors import StorageUnavailable
from tauric_assets.feeds.ticks import Heartbeat, Ticks, Trade, rows
from tauric_assets.lake.store import Lake
from tauric_assets.settings import Settings, load_settings
from tauric_assets.stream import sealing
from tauric_assets.stream.bars import BarEngine, Record
from tauric_assets.stream.commits import landings_since
from tauric_assets.stream.live import LiveBars, engine_for, named
from tauric_assets.tables import TABLES, Row, to_arrow
from tauric_assets.times import DAY_NS, SECOND_NS, Days, day_of_ns, day_start_ns

DAY = date(2026, 1, 6)
START = day_start_ns(DAY)
NOW = START + DAY_NS + 3_600 * 10**9
RULES = "trades:7,notional:1000"
S = SECOND_NS


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(data_dir=tmp_path / "data", live_intervals="1s,1m,1h,1d", activity_bars=RULES)


@pytest.fixture
def lake(settings: Settings) -> Lake:
    return Lake(settings.lake_root, clock=lambda: START + DAY_NS // 2)


def day_of_trades(count: int = 300, late: int = 12, seed: int = 1) -> list[Record]:
    """Trades from midnight to an hour after the next, in the order of arrival; `late` of them a minute behind."""
    dice = random.Random(seed)
    offsets = sorted(dice.randrange(25 * 3_600 * S) for _ in range(count))
    behind = set(dice.sample(range(5, count - 5), late))
    records = []
    for number, offset in enumerate(offsets):
        trade = Trade(
            dice.choice(["NOVA-USD", "HELIO-USD"]),
            START + offset,
            str(1_000 + number),
            dice.randrange(1, 10**12),
            dice.randrange(1, 10**11),
            dice.choice(["buy", "sell"]),
            None,
        )
        arrival = trade.ts_event + (600 * S if number in behind else dice.randrange(S))
        records.append((arrival, trade))
    records.sort(key=lambda told: told[0])
    beat = (START + 25 * 3_600 * S, Heartbeat(None, START + 25 * 3_600 * S, None))
    first = (START - 10 * S, Heartbeat(None, START - 10 * S, None))
    return [(seq, tick, arrival) for seq, (arrival, tick) in enumerate([first, *records, beat], start=1)]


def stored(lake: Lake, records: Sequence[Record], backfilled: Sequence[Trade] = ()) -> None:
    """The trades of the records as the stream lands them, and others as history."""
    told: list[Row] = []
    for tick, arrival in [*((tick, arrival) for _, tick, arrival in records), *((tick, None) for tick in backfilled)]:
        if isinstance(tick, Trade):
            (row,) = rows("kraken", Ticks(trades=[tick]), arrival).rows["trades"]
            told.append({**row, "date": day_of_ns(tick.ts_event), "source": "wss://venue.example"})
    version = lake.last_version("trades", "test") + 1
    lake.append("trades", to_arrow(TABLES["trades"], told), "test", version)


def live(settings: Settings, lake: Lake, folder: Path) -> LiveBars:
    return LiveBars(settings, lake, "kraken", folder, "wss://venue.example")


def sealed(settings: Settings, lake: Lake, now: int = NOW) -> Row | None:
    """Seal the day as the pipeline does, and read the row."""
    for watched in sealing.due(lake, DAY, now, 60 * S):
        trades = lake.read("trades", days=Days.one(DAY), where=f"venue = '{watched.venue}'")
        rebuilt = bars.build(trades, named(settings.live_intervals))
        by_activity = activity_bars.build(trades, named(settings.activity_bars))
        sealing.seal(lake, DAY, watched, rebuilt, by_activity, now)
    found = lake.read("sealed_days").to_pylist()
    return found[0] if found else None


def everything(lake: Lake) -> dict[str, list[Row]]:
    """The live tables without the stamps of writing, in order."""
    found = {}
    for name, key in (("live_bars", "closed_seq"), ("late_trades", "log_seq")):
        table = lake.read(name).drop_columns(["ingested_at"])
        found[name] = table.sort_by(
            [(key, "ascending"), *((one, "ascending") for one in TABLES[name].key[:4])]
        ).to_pylist()
    return found


def test_bars_and_late_trades_land_as_the_engine_tells_them(settings: Settings, lake: Lake, tmp_path: Path) -> None:
    records = day_of_trades()
    taking = live(settings, lake, tmp_path)
    taking.take(records)
    taking.land()
    told = engine_for(settings, "kraken").take_many(records)
    assert len(everything(lake)["live_bars"]) == len(told.bars) == taking.bars
    assert [row["trade_id"] for row in everything(lake)["late_trades"]] == [late.trade.trade_id for late in told.late]
    assert {tuple(row["intervals"]) for row in everything(lake)["late_trades"]} <= {  # type: ignore[arg-type]
        ("1s", "1m", "trades:7", "notional:1000"),
        ("1s", "1m", "1h", "trades:7", "notional:1000"),
    }
    bar = next(row for row in everything(lake)["live_bars"] if row["interval"] == "1h")
    assert (bar["source"], bar["known_at_quality"], bar["venue"]) == ("wss://venue.example", "observed", "kraken")


class Crash(Exception):
    pass


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_crashes_anywhere_lose_and_repeat_nothing(
    settings: Settings, lake: Lake, tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    records, dice = day_of_trades(seed=seed), random.Random(seed)
    whole = Lake(tmp_path / "whole", clock=lake.clock)
    calm = live(settings, whole, tmp_path / "calm")
    calm.take(records)
    calm.land()
    monkeypatch.setattr(LiveBars, "_append", _dying(LiveBars._append, dice))
    monkeypatch.setattr(LiveBars, "_write", _dying(LiveBars._write, dice))
    taking, place, kept, crashes = live(settings, lake, tmp_path / "log"), 0, 0, 0
    while place < len(records):
        step = dice.randrange(1, 40)
        taking.take(records[place : place + step])
        place += step
        try:
            if dice.random() < 0.6:
                taking.land()
            if dice.random() < 0.4:
                taking.land()
                taking.remember()
                kept = min(place, len(records))
        except Crash:
            crashes += 1
            place = max(0, kept - dice.randrange(3))  # the log comes again from a little before what was landed
            taking = live(settings, lake, tmp_path / "log")
    taking = live(settings, lake, tmp_path / "log")
    monkeypatch.undo()
    taking.take(records[kept:])
    taking.land()
    assert crashes > 2
    assert everything(lake) == everything(whole)
    commits = lake.read("stream_commits")
    for name, told in (("late", calm.late), ("bars", calm.bars), ("trades", len(records) - 2)):
        assert sum(commits[name].to_pylist()) == told


def _dying(function, dice):  # type: ignore[no-untyped-def]
    """The function, ending in a crash at times, before it has done anything or just after."""

    def dying(*words: object) -> object:
        luck = dice.random()
        if luck < 0.1:
            raise Crash
        answer = function(*words)
        if luck > 0.9:
            raise Crash
        return answer

    return dying


def test_a_snapshot_of_other_intervals_or_none_begins_anew(settings: Settings, lake: Lake, tmp_path: Path) -> None:
    taking = live(settings, lake, tmp_path)
    taking.take(day_of_trades()[:50])
    taking.land()
    taking.remember()
    assert live(settings, lake, tmp_path).engine.last_seq == 50
    other = settings.model_copy(update={"live_intervals": "1s"})
    assert live(other, lake, tmp_path).engine.last_seq == -1
    (tmp_path / "bars.json").write_text("{")
    assert live(settings, lake, tmp_path).engine.last_seq == -1
    (tmp_path / "bars.json").unlink()
    (tmp_path / "bars.json").mkdir()
    with pytest.raises(StorageUnavailable, match="cannot read"):
        live(settings, lake, tmp_path)


@pytest.mark.slow
def test_a_sealed_day_adds_up_and_differs_only_where_it_is_named(
    settings: Settings, lake: Lake, tmp_path: Path
) -> None:
    records = day_of_trades()
    asked = Trade("NOVA-USD", START + 7_200 * S, "9999", 5 * 10**9, 10**9, None, None)
    taking = live(settings, lake, tmp_path)
    taking.take(records)
    taking.land()
    stored(lake, records, [asked])
    row = sealed(settings, lake)
    assert row is not None
    trades = sum(isinstance(tick, Trade) and tick.ts_event < START + DAY_NS for _, tick, _ in records)
    assert row["problems"] == []
    assert (row["trades"], row["backfilled"], row["unwatched"]) == (trades + 1, 1, 0)
    assert row["late"] == len({one["trade_id"] for one in everything(lake)["late_trades"] if one["date"] == DAY})
    assert int(str(row["in_time"])) + int(str(row["late"])) == trades
    assert 0 < int(str(row["differing"])) < int(str(row["windows"]))
    assert sealing.due(lake, DAY, NOW, 0) == []
    assert sealing.verdict(lake, Days.one(DAY)).passed


def test_a_day_is_not_due_before_its_watermark_and_the_clock_have_passed_it(
    settings: Settings, lake: Lake, tmp_path: Path
) -> None:
    records = [record for record in day_of_trades() if record[1].ts_event < START + DAY_NS]
    taking = live(settings, lake, tmp_path)
    taking.take(records)
    taking.land()
    stored(lake, records)
    end = START + DAY_NS
    assert sealing.due(lake, DAY, end + 59 * S, 60 * S) == []
    assert sealing.due(lake, DAY, end + 61 * S, 60 * S) == []  # the watermark is still in the day
    assert [one.venue for one in sealing.due(lake, DAY, end + 61 * S + sealing.SILENT_NS, 60 * S)] == ["kraken"]
    beat = (len(records) + 2, Heartbeat(None, end + 66 * S, None), end + 66 * S)
    taking.take([beat])
    assert sealing.due(lake, DAY, end + 67 * S, 60 * S) == []  # not landed
    taking.take((beat, (beat[0] + 1, Trade("NOVA-USD", end + 67 * S, "77", 1, 1, None, None), end + 67 * S)))
    taking.land()
    assert [one.venue for one in sealing.due(lake, DAY, end + 68 * S, 60 * S)] == ["kraken"]


def test_the_watermark_of_a_silent_venue_is_told_by_the_minute(settings: Settings, lake: Lake, tmp_path: Path) -> None:
    taking = live(settings, lake, tmp_path)
    for second in range(0, 190, 10):
        taking.take([(second + 1, Heartbeat(None, START + second * S, None), START + second * S)])
        taking.land()
    watermarks = sorted(lake.read("stream_commits")["watermark"].to_pylist())
    assert [(watermark - START) // S for watermark in watermarks] == [-5, 55, 115, 175]
    assert set(lake.read("stream_commits")["trades"].to_pylist()) == {0}


@pytest.mark.slow
def test_trades_after_the_seal_seal_it_again(settings: Settings, lake: Lake, tmp_path: Path) -> None:
    records = day_of_trades()
    taking = live(settings, lake, tmp_path)
    taking.take(records)
    taking.land()
    stored(lake, records)
    before = sealed(settings, lake)
    days = Days.one(DAY)
    assert sealing.over_and_unsealed(lake, days, NOW, 0) == {}
    straggler = (len(records) + 1, Trade("NOVA-USD", START + 60 * S, "5000", 1, 1, None, None), START + 26 * 3_600 * S)
    taking.take([straggler])
    taking.land()
    stored(lake, [straggler])
    assert sealing.over_and_unsealed(lake, days, NOW, 0) == {DAY: f"kraken={straggler[0]}"}
    after = sealed(settings, lake, NOW + 1)
    assert before is not None and after is not None
    assert (after["late"], after["trades"], after["problems"]) == (before["late"] + 1, before["trades"] + 1, [])  # type: ignore[operator]
    assert after["supersedes"] == f"known_at={before['known_at']}"


class ByArrival(BarEngine):
    """A control: what came last is the close."""

    def take_many(self, records):  # type: ignore[no-untyped-def]
        taken = super().take_many(records)
        taken.bars = [bar._replace(close=bar.open) if bar.trade_count > 1 else bar for bar in taken.bars]
        return taken


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        ("a live bar is lost", "live bars lost"),
        ("a stored trade is lost", "that are not there"),
        ("closes are wrong", "differs and no late trade names it"),
    ],
)
def test_what_does_not_add_up_is_said(
    settings: Settings, lake: Lake, tmp_path: Path, damage: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = day_of_trades()
    if damage == "closes are wrong":
        monkeypatch.setattr("tauric_assets.stream.live.BarEngine", ByArrival)
    taking = live(settings, lake, tmp_path)
    taking.take(records[:60])
    if damage == "a live bar is lost":
        second = next(bar for bar in taking._waiting.bars if bar.interval == "1s")
        taking._waiting.bars.remove(second)
    taking.take(records[60:])
    taking.land()
    stored(lake, records[:100] + records[101:] if damage == "a stored trade is lost" else records)
    row = sealed(settings, lake)
    assert row is not None
    assert any(told in problem for problem in row["problems"]), row["problems"]  # type: ignore[attr-defined]
    assert not sealing.verdict(lake, Days.one(DAY)).passed


def test_trades_before_the_engine_began_are_not_compared(settings: Settings, lake: Lake, tmp_path: Path) -> None:
    records = day_of_trades()
    taking = live(settings, lake, tmp_path)
    taking.take(records[100:101])
    taking.take(records[101:])
    taking.land()
    stored(lake, records)
    row = sealed(settings, lake)
    assert row is not None
    assert row["problems"] == []
    assert 90 < int(str(row["unwatched"])) <= 101


def test_a_day_without_a_stream_is_all_backfilled(settings: Settings, lake: Lake) -> None:
    asked = [tick for _, tick, _ in day_of_trades() if isinstance(tick, Trade) and tick.ts_event < START + DAY_NS]
    stored(lake, [], asked)
    row = sealed(settings, lake, START + DAY_NS + 61 * S)
    assert row is not None
    assert (row["trades"], row["backfilled"], row["windows"], row["problems"]) == (len(asked), len(asked), 0, [])
    assert row["last_seq"] is None


@pytest.mark.slow
def test_no_window_is_counted_twice_before_or_after_the_seal(settings: Settings, lake: Lake, tmp_path: Path) -> None:
    records = day_of_trades()
    taking = live(settings, lake, tmp_path)
    taking.take(records)
    taking.land()
    stored(lake, records)
    days = Days.one(DAY)
    early = lake.read("trades", days=days, where=f"ts_event < {START + 3_600 * 6 * S}")
    lake.revise("bars", days, bars.build(early))  # an earlier run of today's partition
    before = sealing.bars_once(lake, days, ["1h"])
    lake.revise("bars", days, bars.build(lake.read("trades", days=days)))
    sealed(settings, lake)
    after = sealing.bars_once(lake, days, ["1h"])
    for found in (before, after):
        keys = list(zip(found["symbol"].to_pylist(), found["ts_event"].to_pylist(), strict=True))
        assert len(keys) == len(set(keys))
    late_hours = {
        (row["symbol"], row["ts_event"] // (3_600 * S))
        for row in everything(lake)["late_trades"]
        if "1h" in row["intervals"]
    }  # type: ignore[operator]
    assert _counted(after) == lake.read("trades", days=days).num_rows
    assert _counted(before) == _counted(after) - sum(
        "1h" in row["intervals"]
        for row in everything(lake)["late_trades"]
        if row["date"] == DAY  # type: ignore[operator]
    ), late_hours


def _counted(table: pa.Table) -> int:
    return sum(table["trade_count"].to_pylist())


def test_landings_are_told_once_to_whoever_keeps_the_cursor(settings: Settings, lake: Lake, tmp_path: Path) -> None:
    records = day_of_trades()
    taking, days = live(settings, lake, tmp_path), Days(DAY, date(2026, 1, 8))
    taking.take(records[:150])
    taking.land()
    first = landings_since(lake, None, days)
    assert set(first.days) == {DAY}
    assert landings_since(lake, first.cursor, days).days == {}
    taking.take(records[150:])
    taking.land()
    second = landings_since(lake, first.cursor, days)
    assert set(second.days) == {DAY, date(2026, 1, 7)}
    total = first.days[DAY].trades + sum(news.trades for news in second.days.values())
    assert total == sum(isinstance(tick, Trade) for _, tick, _ in records)
    assert second.days[DAY].last_seqs == {"kraken": records[-1][0]}
