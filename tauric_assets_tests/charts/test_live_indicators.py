"""Indicators bar by bar are those of the whole series, to the last bit; a control that starts anew is not."""

from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tauric_assets.charts import indicators
from tauric_assets.charts.live_indicators import LiveIndicators
from tauric_assets.errors import UsageError
from tauric_assets_tests.charts.made import walk


def one_after_the_other(bars: pa.Table, cuts: list[int]) -> list[pa.Table]:
    """What live indicators say of the bars, handed in up to each of `cuts`."""
    live, edges = LiveIndicators(), [0, *sorted(cuts), bars.num_rows]
    return [live.take(bars.slice(a, b - a)) for a, b in pairwise(edges)]


@given(seed=st.integers(0, 10_000), count=st.integers(1, 330), cuts=st.lists(st.integers(0, 330), max_size=5))
def test_live_values_equal_batch_to_the_last_bit(seed: int, count: int, cuts: list[int]) -> None:
    bars = walk(count, seed)
    told = pa.concat_tables(one_after_the_other(bars, [min(cut, count) for cut in cuts]))
    batch = indicators.build(bars)
    assert told.equals(batch)
    assert told["value"].to_numpy().tobytes() == batch["value"].to_numpy().tobytes()


def test_every_bar_alone_and_two_series_at_once() -> None:
    nova, helio = walk(230, seed=1), walk(230, seed=2, symbol="HELIO-USD")
    live = LiveIndicators()
    parts = [live.take(pa.concat_tables([nova.slice(n, 1), helio.slice(n, 1)])) for n in range(230)]
    order = [(name, "ascending") for name in ("venue", "symbol", "interval", "ts_event", "indicator")]
    assert (
        pa.concat_tables(parts).sort_by(order).equals(indicators.build(pa.concat_tables([nova, helio])).sort_by(order))
    )


@given(seed=st.integers(0, 1_000), flat=st.integers(0, 60), idle=st.integers(0, 60))
def test_still_and_idle_markets_agree_too(seed: int, flat: int, idle: int) -> None:
    bars = walk(120, seed)
    for names, length in ((("high", "low", "close"), flat), (("volume",), idle)):
        for name in names:
            column = bars[name].to_pylist()
            column[40 : 40 + length] = [column[40] if name != "volume" else type(column[0])(0)] * length
            place = bars.schema.get_field_index(name)
            bars = bars.set_column(place, name, pa.array(column, bars.schema.field(place).type))
    told = pa.concat_tables(one_after_the_other(bars, [50, 51, 90]))
    assert told.equals(indicators.build(bars))


def test_a_control_that_forgets_its_history_differs() -> None:
    bars = walk(300)
    whole = indicators.build(bars)
    short = LiveIndicators().take(bars.slice(200))
    same = whole.slice(whole.num_rows - short.num_rows)
    assert not np.array_equal(short["value"].to_numpy(), same["value"].to_numpy())


def test_a_bar_told_twice_is_refused() -> None:
    bars, live = walk(30), LiveIndicators()
    live.take(bars)
    with pytest.raises(UsageError, match="not later than the one before"):
        live.take(bars.slice(29))
