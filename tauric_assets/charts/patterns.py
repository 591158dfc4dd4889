"""Shapes of price windows as vectors: two windows are near when their charts look alike, whatever their price or size.

A window's logarithms of closes are z-normed and averaged piecewise; beside them, lighter, stand its z-normed returns of
five bars; together they have length 1. The squared distance of two z-normed windows of w bars is 2w(1 - correlation),
the distance of the matrix profile (Mueen's MASS; Yeh et al. 2016), so the nearest vectors are the most correlated
charts. What the shape leaves out stands beside it: volatility, change, range, volume.

Belongs here: from bars to rows of `chart_patterns`. Not here: finding like windows (similar.py).
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tauric_assets.charts.indicators import SERIES, doubles, split
from tauric_assets.tables import table_named
from tauric_assets.times import day_start_ns

WINDOWS = {20: 20, 60: 30, 120: 30}
"""Pieces that the logarithms of a window of so many bars are averaged to."""
INTERVALS = ("1h", "1d")
"""Bars that windows are made of."""
RETURN_BARS = 5
RETURNS_WEIGHT = 0.5
FLAT = 1e-6
"""Standard deviation of logarithms below which a window has no shape."""
RECENT_BARS = 5
"""Bars whose volume is compared with the whole window's."""

Doubles = npt.NDArray[np.float64]
Vectors = npt.NDArray[np.float32]


def build(bars: pa.Table, since: date | None = None, windows: Sequence[int] = tuple(WINDOWS)) -> pa.Table:
    """Rows of `chart_patterns`, ordered by series, window and time: one for each bar that ends a window.

    A window is known when all its bars are: a later correction of an earlier bar counts. Flat windows have no row.
    `ingested_at` is left null: whoever stores the rows stamps it.

    Args:
        bars: rows of `bars` of `INTERVALS`, in any order, one row a bar, as a read of the lake at one instant gives.
        since: first day (of the last bar, UTC, inclusive) to give rows for. None: all.
        windows: lengths in bars, out of `WINDOWS`.
    """
    bars = bars.sort_by([(name, "ascending") for name in (*SERIES, "ts_event")])
    first_ns = day_start_ns(since) if since else None
    parts = [_of_series(series, window, first_ns) for series in split(bars) for window in windows]
    return pa.concat_tables([table_named("chart_patterns").schema.empty_table(), *parts])


def shapes(logarithms: Doubles, window: int) -> Vectors:
    """The vector of every window of a series of logarithms of prices, one row a window, in order of their ends.

    A flat window gives a row of zeros.
    """
    if len(logarithms) < window:
        return np.zeros((0, _dimension(window)), np.float32)
    views = np.lib.stride_tricks.sliding_window_view(logarithms, window)
    flat = views.std(axis=1) < FLAT
    prices = _normed(views).reshape(len(views), WINDOWS[window], -1).mean(axis=2)
    # From the last close backwards, so that the latest returns are whole.
    steps = views[:, (window - 1) % RETURN_BARS :: RETURN_BARS]
    returns = _normed(np.diff(steps, axis=1)) * RETURNS_WEIGHT * np.sqrt(prices.shape[1] / (steps.shape[1] - 1))
    vectors = np.concatenate([prices, returns], axis=1)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors = np.where(flat[:, None], 0, vectors / np.where(lengths == 0, 1, lengths))
    return vectors.astype(np.float32)


def _dimension(window: int) -> int:
    return WINDOWS[window] + (window - 1) // RETURN_BARS


def _normed(rows: Doubles) -> Doubles:
    spread = rows.std(axis=1, keepdims=True)
    normed: Doubles = (rows - rows.mean(axis=1, keepdims=True)) / np.where(spread < FLAT, 1, spread)
    return normed


def _of_series(bars: pa.Table, window: int, first_ns: int | None) -> pa.Table:
    schema = table_named("chart_patterns").schema
    if bars.num_rows < window:
        return schema.empty_table()
    high, low, close, volume = (doubles(bars, name) for name in ("high", "low", "close", "volume"))
    logarithms = np.log(close)
    vectors = shapes(logarithms, window)
    view = np.lib.stride_tricks.sliding_window_view
    returns = view(np.diff(logarithms), window - 1)
    volumes = view(volume, window)
    spread = volumes.std(axis=1)
    recent = volumes[:, -RECENT_BARS:].mean(axis=1) - volumes.mean(axis=1)
    last = bars.slice(window - 1)
    kept: npt.NDArray[np.bool_] = np.asarray(vectors.any(axis=1))
    if first_ns is not None:
        kept &= last["ts_event"].to_numpy() >= first_ns
    places = np.flatnonzero(kept)
    rows = last.take(places)
    known_at = np.maximum.accumulate(bars["known_at"].to_numpy())[window - 1 :]
    dimension = vectors.shape[1]
    columns: dict[str, pa.Array[Any] | pa.ChunkedArray[Any]] = {
        name: rows[name] for name in ("date", "ts_event", "known_at_quality", *SERIES, "ts_close")
    }
    columns |= {
        "known_at": pa.array(known_at[places]),
        "source": pa.repeat("bars", len(places)),
        "window": pa.repeat(window, len(places)),
        "ts_start": bars["ts_event"].take(places),
        "vector": pa.FixedSizeListArray.from_arrays(pa.array(vectors[places].reshape(-1)), dimension).cast(
            pa.list_(pa.float32())
        ),
        "volatility": pa.array(returns.std(axis=1)[places]),
        "change": pa.array((logarithms[window - 1 :] - logarithms[: len(kept)])[places]),
        "range": pa.array(np.log(view(high, window).max(axis=1) / view(low, window).min(axis=1))[places]),
        "volume_z": pa.array((recent / np.where(spread == 0, 1, spread))[places]),
    }
    return pa.table(
        [columns[field.name] if field.name in columns else pa.nulls(len(places), field.type) for field in schema],
        schema=schema,
    )
