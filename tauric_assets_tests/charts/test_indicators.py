"""Indicators: values, warm-up, and that no value draws on what came later."""

from collections.abc import Mapping
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tauric_assets.charts import indicators
from tauric_assets.errors import UsageError
from tauric_assets.tables import table_named
from tauric_assets.times import SECOND_NS, day_of_ns
from tauric_assets_tests.charts.made import START, walk

NAMES = {
    "sma_50", "sma_200", "ema_10", "macd_12_26_9", "macd_signal_12_26_9", "macd_histogram_12_26_9", "rsi_14",
    "bollinger_upper_20", "bollinger_middle_20", "bollinger_lower_20", "atr_14", "vwma_20", "mfi_14",
}  # fmt: skip


def _values(table: pa.Table, name: str) -> dict[int, float]:
    rows = table.filter(pc.equal(table["indicator"], name))
    return dict(zip(rows["ts_event"].to_pylist(), rows["value"].to_pylist(), strict=True))


def test_simple_averages_agree_with_their_definition() -> None:
    bars = walk(220)
    built = indicators.build(bars)
    closes = bars["close"].cast(pa.float64()).to_numpy()
    volumes = bars["volume"].cast(pa.float64()).to_numpy()
    assert set(built["indicator"].to_pylist()) == NAMES
    last = bars["ts_event"][-1].as_py()
    assert _values(built, "sma_200")[last] == pytest.approx(closes[-200:].mean())
    weighted = (closes * volumes)[-20:].sum() / volumes[-20:].sum()
    assert _values(built, "vwma_20")[last] == pytest.approx(weighted)
    middle, upper = _values(built, "bollinger_middle_20")[last], _values(built, "bollinger_upper_20")[last]
    assert upper - middle == pytest.approx(2 * closes[-20:].std())
    assert 0 < _values(built, "rsi_14")[last] < 100


def test_rows_start_where_there_is_a_value_and_count_what_they_could_draw_on() -> None:
    bars = walk(210)
    built = indicators.build(bars).to_pylist()
    first_of = {name: min(row["warmup_bars"] for row in built if row["indicator"] == name) for name in NAMES}
    assert (first_of["sma_200"], first_of["sma_50"], first_of["rsi_14"], first_of["ema_10"]) == (199, 49, 14, 9)
    assert all(np.isfinite(row["value"]) for row in built)
    row = built[-1]
    assert (row["known_at"], row["known_at_quality"], row["source"]) == (
        row["ts_event"] + 86_400 * SECOND_NS,
        "source",
        "bars",
    )
    assert row["date"] == day_of_ns(row["ts_event"]) and row["warmup_bars"] == 209


def test_since_keeps_earlier_bars_as_warm_up_only() -> None:
    bars = walk(260)
    since = day_of_ns(START) + timedelta(days=255)
    built, everything = indicators.build(bars, since), indicators.build(bars)
    assert set(built["date"].to_pylist()) == {since + timedelta(days=n) for n in range(5)}
    assert built.num_rows == 5 * len(NAMES)
    assert built.equals(everything.filter(pc.greater_equal(everything["date"], pa.scalar(since))))


def test_series_do_not_touch_each_other() -> None:
    nova, helio = walk(80, seed=1), walk(80, seed=2, symbol="HELIO-USD")
    mixed = pa.concat_tables([nova, helio]).take(pa.array(np.random.default_rng(3).permutation(160)))
    both = indicators.build(mixed)
    assert both.equals(pa.concat_tables([indicators.build(helio), indicators.build(nova)]))


def test_a_late_correction_makes_what_draws_on_it_known_later() -> None:
    bars = walk(60)
    late = START + 10_000 * 86_400 * SECOND_NS
    known = bars["known_at"].to_pylist()
    known[30] = late
    bars = bars.set_column(bars.schema.get_field_index("known_at"), "known_at", pa.array(known))
    for row in indicators.build(bars).to_pylist():
        assert (row["known_at"] == late) == (row["warmup_bars"] >= 30)


def test_nothing_too_little_and_twice_the_same() -> None:
    assert indicators.build(table_named("bars").schema.empty_table()).num_rows == 0
    assert indicators.build(walk(1)).num_rows == 0
    with pytest.raises(UsageError, match="two bars of one window"):
        indicators.build(pa.concat_tables([walk(30), walk(30)]))


def test_warm_up_is_long_enough_for_every_indicator() -> None:
    bars = walk(3_000)
    since = day_of_ns(bars["ts_event"][-1].as_py())
    whole = indicators.build(bars, since)
    short = indicators.build(bars.slice(bars.num_rows - indicators.WARMUP_BARS - 1), since)
    for one, other in zip(whole.to_pylist(), short.to_pylist(), strict=True):
        assert one["indicator"] == other["indicator"]
        assert one["value"] == pytest.approx(other["value"], rel=1e-9, abs=1e-9)


def _changed_by_later_bars(bars: pa.Table, kept: int, formulas: indicators.Formulas) -> bool:
    before = indicators.build(bars.slice(0, kept), formulas=formulas)
    after = indicators.build(bars, formulas=formulas)
    return not before.equals(after.slice(0, before.num_rows))


@given(kept=st.integers(1, 299), seed=st.integers(0, 5))
def test_no_value_changes_when_later_bars_are_appended(kept: int, seed: int) -> None:
    assert not _changed_by_later_bars(walk(300, seed), kept, indicators.talib_formulas)


def test_the_control_that_peeks_is_caught() -> None:
    def peeking(series: indicators.Series) -> Mapping[str, indicators.Doubles]:
        return {"peek_1": np.append(series.close[1:], series.close[-1:])}

    assert _changed_by_later_bars(walk(300), 200, peeking)
