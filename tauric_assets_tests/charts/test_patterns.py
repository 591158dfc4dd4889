"""Shapes of windows: near where charts look alike, whatever their scale; and nothing in them that came later."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tauric_assets.charts import patterns
from tauric_assets.times import day_of_ns
from tauric_assets_tests.charts.made import walk


def vectors_of(table: pa.Table, window: int) -> dict[int, list[float]]:
    """By the window's last bar."""
    rows = table.filter(pc.equal(table["window"], window))
    return dict(zip(rows["ts_event"].to_pylist(), rows["vector"].to_pylist(), strict=True))


def test_every_bar_that_ends_a_window_has_its_shape() -> None:
    bars = walk(130)
    built = patterns.build(bars)
    for window in patterns.WINDOWS:
        found = vectors_of(built, window)
        assert len(found) == 130 - window + 1
        assert np.allclose([np.linalg.norm(vector) for vector in found.values()], 1)
    row = built.filter(pc.equal(built["window"], 60)).to_pylist()[0]
    closes, highs, lows = (np.array(bars[name].cast(pa.float64())[:60]) for name in ("close", "high", "low"))
    assert row["ts_event"] == bars["ts_event"][59].as_py() and row["ts_start"] == bars["ts_event"][0].as_py()
    assert row["ts_close"] == bars["ts_close"][59].as_py() and row["known_at"] == bars["known_at"][59].as_py()
    assert np.isclose(row["change"], np.log(closes[-1] / closes[0]))
    assert np.isclose(row["volatility"], np.diff(np.log(closes)).std())
    assert np.isclose(row["range"], np.log(highs.max() / lows.min()))


@given(st.integers(0, 10**6), st.sampled_from(sorted(patterns.WINDOWS)))
def test_scale_does_not_matter_and_the_mirror_is_the_opposite(seed: int, window: int) -> None:
    steps = np.random.default_rng(seed).normal(0, 0.02, window)
    walked = np.cumsum(steps)
    (one,), (other,) = patterns.shapes(walked, window), patterns.shapes(3 + 5 * walked, window)
    (mirror,) = patterns.shapes(-walked, window)
    assert np.allclose(one, other, atol=1e-5) and np.allclose(one, -mirror, atol=1e-5)


@given(st.integers(0, 10**6))
def test_distances_of_prices_are_those_of_the_matrix_profile(seed: int) -> None:
    """Of 20 bars nothing is averaged, so that d^2 = 2 w (1 - correlation) holds to the last digits."""
    dice = np.random.default_rng(seed)
    one, other = np.cumsum(dice.normal(0, 1, (2, 20)), axis=1)
    prices = [patterns.shapes(walked, 20)[0][:20] for walked in (one, other)]
    cosine = prices[0] @ prices[1] / np.linalg.norm(prices[0]) / np.linalg.norm(prices[1])
    normed = [(walked - walked.mean()) / walked.std() for walked in (one, other)]
    assert np.isclose(np.sum((normed[0] - normed[1]) ** 2), 2 * 20 * (1 - cosine), atol=1e-3)


def test_flat_windows_have_no_row() -> None:
    bars = walk(60)
    still = bars.set_column(
        bars.schema.get_field_index("close"), bars.schema.field("close"), pa.repeat(bars["close"][0], 60)
    )
    assert patterns.build(still).num_rows == 0
    assert patterns.build(walk(19)).num_rows == 0 and patterns.build(walk(0)).num_rows == 0


@pytest.mark.slow
@given(st.integers(20, 129))
def test_later_bars_change_no_earlier_shape(known: int) -> None:
    bars = walk(130)
    then, now = patterns.build(bars.slice(0, known)), patterns.build(bars)
    last = bars["ts_event"][known - 1].as_py()
    assert then.equals(now.filter(pc.less_equal(now["ts_event"], last)))


def test_a_day_alone_is_what_all_days_say_of_it() -> None:
    bars = walk(130)
    since = day_of_ns(bars["ts_event"][125].as_py())
    whole = patterns.build(bars)
    assert patterns.build(bars, since=since).equals(
        whole.filter(pc.greater_equal(whole["ts_event"], bars["ts_event"][125].as_py()))
    )
