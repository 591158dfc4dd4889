"""Live indicators as the sidecar lands them: each once, equal to batch to the last bit, whatever dies when."""

import random
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from tauric_assets.charts import carried_on, indicators
from tauric_assets.errors import StorageUnavailable, UsageError
from tauric_assets.feeds.ticks import Heartbeat, Trade
from tauric_assets.lake.store import Lake
from tauric_assets.settings import Settings, load_settings
from tauric_assets.stream.bars import Record
from tauric_assets.stream.live import LiveBars
from tauric_assets.tables import TABLES
from tauric_assets.times import SECOND_NS, parse_instant

START = parse_instant("2026-01-06T10:00:00Z")
ORDER = [(name, "ascending") for name in ("symbol", "interval", "ts_event", "indicator")]
STEP = 17


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(data_dir=tmp_path / "data", live_intervals="15s,1m", live_indicators="15s,1m,1h")


@pytest.fixture
def lake(settings: Settings) -> Lake:
    return Lake(settings.lake_root, clock=lambda: START + 3_600 * SECOND_NS)


def records(minutes: int = 40, seed: int = 1) -> list[Record]:
    """Two symbols, a trade or none every few seconds."""
    dice, told, price = random.Random(seed), list[Record](), 10**11
    for second in range(0, 60 * minutes, 5):
        price += dice.randrange(-(10**8), 10**8)
        symbol = dice.choice(["NOVA-USD", "HELIO-USD"])
        stamp = START + second * SECOND_NS
        tick = Trade(symbol, stamp, str(1_000 + second), price, dice.randrange(1, 10**10), None, None)
        told.append((len(told) + 1, tick, stamp + 1))
    end = START + (60 * minutes + 90) * SECOND_NS
    return [*told, (len(told) + 1, Heartbeat(None, end, None), end)]


def live(settings: Settings, lake: Lake, folder: Path) -> LiveBars:
    return LiveBars(settings, lake, "kraken", folder, "wss://venue.example", carried_on.LIVE_INDICATORS)


def landed(lake: Lake) -> pa.Table:
    """What landed, as `indicators.build` gives it."""
    rows = lake.read("live_indicators").sort_by(ORDER)
    assert set(rows["source"].to_pylist()) == {"live_bars"}
    return rows.drop_columns(["source", "ingested_at"])


def batch(bars: pa.Table) -> pa.Table:
    return indicators.build(bars).sort_by(ORDER).drop_columns(["source", "ingested_at"])


class Crash(Exception):
    pass


def dying(function, dice, error):  # type: ignore[no-untyped-def]
    """The function, ending at times in an error, before it has done anything or just after."""

    def dies(*words: object, **named: object) -> object:
        luck = dice.random()
        if luck < 0.1:
            raise error("before")
        answer = function(*words, **named)
        if luck > 0.9:
            raise error("after")
        return answer

    return dies


def test_what_lands_is_what_batch_gives_of_the_landed_bars(settings: Settings, lake: Lake, tmp_path: Path) -> None:
    told = records()
    taking = live(settings, lake, tmp_path)
    for place in range(0, len(told), 4 * STEP):
        taking.take(told[place : place + 4 * STEP])
        taking.land()
    found = landed(lake)
    assert found.equals(batch(lake.read("live_bars")))
    assert set(found["interval"].to_pylist()) == {"15s", "1m"}
    assert max(found["warmup_bars"].to_pylist()) > 100


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_crashes_and_refusals_anywhere_change_no_bit(
    settings: Settings, lake: Lake, tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, dice = records(16, seed), random.Random(seed)
    monkeypatch.setattr(LiveBars, "_append", dying(LiveBars._append, dice, Crash))
    monkeypatch.setattr(LiveBars, "_write", dying(LiveBars._write, dice, Crash))
    monkeypatch.setattr(Lake, "append", dying(Lake.append, random.Random(seed), StorageUnavailable))
    taking, place, kept, ends = live(settings, lake, tmp_path / "log"), 0, 0, {Crash: 0, StorageUnavailable: 0}
    while place < len(told):
        taking.take(told[place : place + STEP])
        place += STEP
        try:
            while True:
                try:
                    taking.land()
                    break
                except StorageUnavailable:  # the same process tries again
                    ends[StorageUnavailable] += 1
            if dice.random() < 0.7:
                taking.remember()
                kept = place
        except Crash:
            ends[Crash] += 1
            place = max(0, kept - dice.randrange(3))
            taking = live(settings, lake, tmp_path / "log")
    monkeypatch.undo()
    taking.land()
    assert min(ends.values()) > 1, ends
    assert landed(lake).equals(batch(lake.read("live_bars")))


def test_each_value_draws_on_the_bars_it_names_and_a_restart_on_so_many(
    settings: Settings, lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carried_on, "WARMUP_BARS", 30)
    told = records(20)
    for place in range(0, len(told), 100):  # a process each
        taking = live(settings, lake, tmp_path)
        taking.take(told[place : place + 100])
        taking.land()
        taking.remember()
    found, bars = lake.read("live_indicators").sort_by(ORDER).to_pylist(), lake.read("live_bars").sort_by("ts_event")
    drawn = set()
    for row in found[::9]:
        series = bars.filter((pc.field("symbol") == row["symbol"]) & (pc.field("interval") == row["interval"]))
        place = series["ts_event"].to_pylist().index(row["ts_event"])
        own = indicators.build(series.slice(place - row["warmup_bars"], row["warmup_bars"] + 1)).to_pylist()
        assert [
            one["value"] for one in own if one["ts_event"] == row["ts_event"] and one["indicator"] == row["indicator"]
        ] == [row["value"]]
        drawn.add(row["warmup_bars"] == place)
    assert drawn == {True, False}


def test_windows_told_before_are_passed_over_and_other_settings_go_on(
    settings: Settings, lake: Lake, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    told = records(20)
    taking = live(settings, lake, tmp_path)
    taking.take(told)
    taking.land()
    taking.remember()
    before = landed(lake)
    (tmp_path / "bars.json").unlink()  # bars begin anew, on a log that is told again under new numbers
    again = live(settings, lake, tmp_path)
    again.take([(seq + 10_000, tick, arrival) for seq, tick, arrival in told])
    again.land()
    assert landed(lake).equals(before)
    assert "pass over" in caplog.text
    assert lake.read("live_bars").num_rows > len({*lake.read("live_bars")["ts_event"].to_pylist()}) * 2


def test_none_are_made_where_none_are_wanted_and_an_unknown_interval_is_told(
    settings: Settings, lake: Lake, tmp_path: Path
) -> None:
    taking = live(settings.model_copy(update={"live_indicators": ""}), lake, tmp_path)
    taking.take(records(15))
    taking.land()
    assert lake.read("live_bars").num_rows and not lake.read("live_indicators").num_rows
    with pytest.raises(UsageError, match="TAURIC_LIVE_INDICATORS: no bars of 2m"):
        live(settings.model_copy(update={"live_indicators": "1m,2m"}), lake, tmp_path)
    assert TABLES["live_indicators"].schema.equals(TABLES["indicators"].schema)
