"""Pictures: size, that everything asked for is drawn, and what is refused."""

import io

import numpy as np
import pyarrow as pa
import pytest
from matplotlib import image

from tauric_assets.charts import pictures
from tauric_assets.errors import UsageError
from tauric_assets.tables import table_named
from tauric_assets_tests.charts.made import START, walk


def _pixels(png: bytes) -> np.ndarray:
    return np.round(image.imread(io.BytesIO(png))[:, :, :3] * 255).astype(int)


def _count(pixels: np.ndarray, colour: str) -> int:
    wanted = [int(colour[place : place + 2], 16) for place in (1, 3, 5)]
    return int((np.abs(pixels - wanted).max(axis=2) <= 3).sum())


def test_a_picture_has_its_size_and_candles_of_both_colours() -> None:
    bars = walk(120, interval_ns=3_600 * 10**9)
    rising = bars.set_column(bars.schema.get_field_index("close"), "close", bars["high"])
    falling = bars.set_column(bars.schema.get_field_index("close"), "close", bars["low"])
    for one, green, red in ((rising, True, False), (falling, False, True)):
        pixels = _pixels(pictures.candlestick(one, "NOVA-USD on coinbase, 1h"))
        assert pixels.shape == (700, 1200, 3)
        assert (_count(pixels, "#1b8a5a") > 2_000, _count(pixels, "#c8453b") > 2_000) == (green, red)


@pytest.mark.slow
def test_events_inside_are_marked_and_events_outside_are_not() -> None:
    bars = walk(60)
    plain = pictures.candlestick(bars, "NOVA")
    end = bars["ts_close"][-1].as_py()
    assert pictures.candlestick(bars, "NOVA", [(START - 1, "too early"), (end, "too late")]) == plain
    marked = pictures.candlestick(bars, "NOVA", [(START + 20 * 86_400 * 10**9 + 5, "8-K: buys Helio for $2 and $3")])
    assert _count(_pixels(marked), "#3b5bdb") > 20 > _count(_pixels(plain), "#3b5bdb")


@pytest.mark.parametrize("count", [1, 2, 400, 2_000])
def test_few_and_many_bars_and_crowds_of_events_can_be_drawn(count: int) -> None:
    events = [(START + number * 10**9, f"event {number} with some words about it") for number in range(20)]
    assert pictures.candlestick(walk(count), "any", events).startswith(b"\x89PNG")


def test_what_cannot_be_one_picture_is_refused() -> None:
    with pytest.raises(UsageError, match="got 0 of 0"):
        pictures.candlestick(table_named("bars").schema.empty_table(), "nothing")
    with pytest.raises(UsageError, match="got 20 of 2"):
        pictures.candlestick(pa.concat_tables([walk(10), walk(10, symbol="HELIO-USD")]), "two")
