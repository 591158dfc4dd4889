"""Indicators bar by bar, with TA-Lib's streaming objects: equal to those of `indicators.build` to the last bit.

A series is opened on its first bars and carried forward one bar at a time, at the same cost however long it is. A
value is told with the bar that completes it and never again.

Belongs here: carrying the indicators of indicators.py forward. Not here: which there are; bars (stream/); what a
sidecar that starts again draws on (carried_on.py).
Source: talib.stream of TA-Lib 0.8, read 2026-11.
"""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
from talib import InsufficientHistory, stream  # type: ignore[attr-defined]

from tauric_assets.charts.indicators import SERIES, Doubles, Integers, doubles, rows_of, split
from tauric_assets.errors import UsageError
from tauric_assets.tables import table_named

Opening = Callable[..., Any]
"""Makes a streaming object of a history, or raises InsufficientHistory."""

_AVERAGES: tuple[tuple[str, Opening], ...] = (
    ("high low close", partial(stream.ATR, timeperiod=14)),
    ("close", partial(stream.BBANDS, timeperiod=20, nbdevup=2.0, nbdevdn=2.0)),
    ("close", partial(stream.EMA, timeperiod=10)),
    ("close", partial(stream.MACD, fastperiod=12, slowperiod=26, signalperiod=9)),
    ("high low close volume", partial(stream.MFI, timeperiod=14)),
    ("close", partial(stream.RSI, timeperiod=14)),
    ("close", partial(stream.SMA, timeperiod=200)),
    ("close", partial(stream.SMA, timeperiod=50)),
    ("money", partial(stream.SMA, timeperiod=20)),
    ("volume", partial(stream.SMA, timeperiod=20)),
)
_OUTPUTS = (
    "atr_14",
    *("bollinger_upper_20", "bollinger_middle_20", "bollinger_lower_20"),
    "ema_10",
    *("macd_12_26_9", "macd_signal_12_26_9", "macd_histogram_12_26_9"),
    "mfi_14",
    "rsi_14",
    "sma_200",
    "sma_50",
    *("money_20", "volume_20"),
)
"""What the objects above give, in their order; the last two make the volume-weighted average."""
_NAMES = tuple(sorted({*_OUTPUTS[:-2], "vwma_20"}))
BEFORE_ALL = -(1 << 62)
_INPUTS = ("high", "low", "close", "volume", "money")


class Carried:
    """One indicator of one series: gathers bars until it can be opened, then takes one bar at a time."""

    def __init__(self, inputs: str, opening: Opening) -> None:
        self._inputs = [_INPUTS.index(name) for name in inputs.split()]
        self._opening = opening
        self._history: list[list[float]] | None = [[] for _ in self._inputs]
        self._object: Any = None

    def take(self, bar: Sequence[float]) -> tuple[float, ...]:
        """The values at the next bar; empty where there are none yet."""
        if self._history is None:
            value = self._object.update(*(bar[place] for place in self._inputs))
        else:
            for history, place in zip(self._history, self._inputs, strict=True):
                history.append(bar[place])
            try:
                self._object = self._opening(*(np.array(history) for history in self._history))
            except InsufficientHistory:
                return ()
            self._history, value = None, self._object.value
        return value if isinstance(value, tuple) else (value,)


class LiveSeries:
    """All indicators of one venue, symbol and interval."""

    def __init__(self) -> None:
        self._carried = [Carried(inputs, opening) for inputs, opening in _AVERAGES]
        self._widths = [3 if place in {1, 3} else 1 for place in range(len(_AVERAGES))]
        self.bars = 0
        self.last_ts_event = self.known_at = BEFORE_ALL

    def values(self, bar: Sequence[float]) -> list[float]:
        """The values of `_NAMES` at the next bar; NaN where there is none."""
        told: dict[str, float] = {}
        names = iter(_OUTPUTS)
        for carried, width in zip(self._carried, self._widths, strict=True):
            values = carried.take(bar) or (float("nan"),) * width
            told.update((next(names), value) for value in values)
        money, volume = told.pop("money_20"), told.pop("volume_20")
        told["vwma_20"] = money / volume if volume else float("nan")
        self.bars += 1
        return [told[name] for name in _NAMES]


class LiveIndicators:
    """Indicators of any number of series; hand in history first, then bars as they close.

    Args:
        source: the table that the bars are from, for the column `source`.
    """

    def __init__(self, source: str = "bars") -> None:
        self._source = source
        self._series: dict[tuple[object, ...], LiveSeries] = {}

    def last_ts_event(self, series: tuple[object, ...]) -> int:
        """Of the last bar taken of a series, by venue, symbol and interval; before all time where there is none."""
        return self._series[series].last_ts_event if series in self._series else BEFORE_ALL

    def take(self, bars: pa.Table) -> pa.Table:
        """The rows of `indicators` that the next bars complete.

        Args:
            bars: rows of `bars` or `live_bars`; of each series later than those taken before.
        Returns: rows of `indicators`, ordered by venue, symbol, interval, time and indicator, as `indicators.build`
            gives them of all bars taken so far; `live_indicators` has the same columns.
        Raises: UsageError: a bar is not later than the one before it.
        """
        bars = bars.sort_by([(name, "ascending") for name in (*SERIES, "ts_event")])
        return pa.concat_tables([table_named("indicators").schema.empty_table(), *map(self._take_series, split(bars))])

    def _take_series(self, bars: pa.Table) -> pa.Table:
        name = tuple(bars[column][0].as_py() for column in SERIES)
        series = self._series.setdefault(name, LiveSeries())
        times: list[int] = [series.last_ts_event, *bars["ts_event"].to_numpy().tolist()]
        if any(time <= before for before, time in pairwise(times)):
            raise UsageError(f"indicators: a bar of {name} is not later than the one before it")
        high, low, close, volume = (doubles(bars, column) for column in ("high", "low", "close", "volume"))
        inputs: Doubles = np.column_stack([high, low, close, volume, close * volume])
        first = series.bars
        matrix: Doubles = np.array([series.values(bar) for bar in inputs.tolist()], np.float64)
        known_at: Integers = np.maximum.accumulate(np.maximum(bars["known_at"].to_numpy(), series.known_at))
        series.last_ts_event, series.known_at = times[-1], int(known_at[-1])
        return rows_of(bars, _NAMES, matrix, known_at, np.arange(first, first + bars.num_rows), self._source)
