"""Candlestick pictures: price and volume over time, with marks where filings and news came out, as PNG.

Belongs here: drawing. Not here: choosing the bars and events to draw, interactive charts (serve/).
"""

from collections.abc import Sequence
from io import BytesIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from tauric_assets.errors import UsageError
from tauric_assets.times import DAY_NS, SECOND_NS, ns_to_datetime

BARS_MAX = 2_000
"""More candles than this are thinner than a pixel; draw longer bars instead."""

_WIDTH, _HEIGHT, _DPI = 12.0, 7.0, 100  # 1200 x 700 pixels
_RISE, _FALL, _INK, _FAINT, _EVENT = "#1b8a5a", "#c8453b", "#22272e", "#e4e7eb", "#3b5bdb"
_LABEL_LENGTH, _LABEL_ROWS = 48, 5
_CHARACTERS_ACROSS = 150  # how many average letters of a label fit across the picture
_STEPS_NS = tuple(minutes * 60 * SECOND_NS for minutes in (5, 15, 30, 60, 180, 360, 720, 1_440, 2_880, 7_200))
_LABELS_MAX = 10

Doubles = npt.NDArray[np.float64]


def candlestick(bars: pa.Table, title: str, events: Sequence[tuple[int, str]] = ()) -> bytes:
    """Draw one series of bars as candles above their volumes, side by side without holes for windows without trades.

    Args:
        bars: rows of `bars` of one venue, symbol and interval, one row per window, in any order.
        title: what stands above, e.g. `NOVA-USD on coinbase, 1h`.
        events: (instant in nanoseconds UTC, label) of what came out; those outside the bars' time are left away.
    Returns: a PNG of 1200 x 700 pixels.
    Raises: UsageError: no bars, more than `BARS_MAX`, or bars of several series.
    """
    series = {tuple(row.values()) for row in bars.select(["venue", "symbol", "interval"]).to_pylist()}
    if len(series) != 1 or bars.num_rows > BARS_MAX:
        raise UsageError(
            f"a picture shows 1 to {BARS_MAX} bars of one venue, symbol and interval; "
            f"got {bars.num_rows} of {len(series)}: narrow the days or take a longer interval"
        )
    bars = bars.sort_by("ts_event")
    starts = bars["ts_event"].to_numpy()
    end = int(bars["ts_close"][-1].as_py())
    figure = Figure(figsize=(_WIDTH, _HEIGHT), dpi=_DPI, facecolor="white")
    price, volume = figure.subplots(2, 1, sharex=True, height_ratios=[4, 1])
    figure.subplots_adjust(left=0.045, right=0.925, top=0.9, bottom=0.07, hspace=0.04)
    _draw_candles(price, volume, bars)
    for axes in (price, volume):
        _tidy(axes)
    _label_times(volume, starts)
    volume.yaxis.set_major_locator(MaxNLocator(nbins=3))
    volume.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _short(value)))
    price.set_xlim(-1, bars.num_rows)
    shown = sorted((instant, label) for instant, label in events if starts[0] <= instant < end)
    _draw_events(price, volume, shown, starts)
    _draw_heading(figure, bars, title)
    output = BytesIO()
    FigureCanvasAgg(figure)
    figure.savefig(output, format="png")
    return output.getvalue()


def _label_times(axes: Axes, starts: npt.NDArray[np.int64]) -> None:
    """Name the first bar of each round stretch of time: the date at midnight and for long stretches, else the time."""
    span = int(starts[-1] - starts[0])
    step = next((step for step in _STEPS_NS if span <= step * _LABELS_MAX), -(-span // _LABELS_MAX // DAY_NS) * DAY_NS)
    stretches = starts // step
    places = [0, *(np.flatnonzero(np.diff(stretches)) + 1).tolist()]
    if len(places) > 1 and places[1] < len(starts) * 0.09:
        places = places[1:]  # the first stretch is cut short, its name would run into the next one's
    day_before, names = "", []
    for place in places:
        moment = ns_to_datetime(int(starts[place]))
        day = moment.strftime("%d %b %Y" if step >= DAY_NS else "%d %b")
        names.append(day if step >= DAY_NS else f"{day} {moment:%H:%M}" if day != day_before else f"{moment:%H:%M}")
        day_before = day
    axes.set_xticks(places, names)
    axes.set_xlabel("UTC", loc="right", fontsize=8, color=_INK, labelpad=2)


def _draw_candles(price: Axes, volume: Axes, bars: pa.Table) -> None:
    first, high, low, last, size = (
        bars[name].cast(pa.float64()).to_numpy() for name in ("open", "high", "low", "close", "volume")
    )
    places = np.arange(bars.num_rows, dtype=np.float64)
    colours = np.where(last >= first, _RISE, _FALL).tolist()
    thin = min(1.2, max(0.5, 300 / bars.num_rows))
    wicks = np.stack([np.column_stack([places, low]), np.column_stack([places, high])], axis=1)
    price.add_collection(LineCollection(list(wicks), colors=colours, linewidths=thin, zorder=2))
    bottom, top = np.minimum(first, last), np.maximum(first, last)
    price.add_collection(
        PolyCollection(_boxes(places, bottom, top), facecolors=colours, edgecolors=colours, linewidths=thin, zorder=3)
    )
    volume.add_collection(
        PolyCollection(_boxes(places, np.zeros_like(size), size), facecolors=colours, alpha=0.55, zorder=2)
    )
    span = float(high.max() - low.min()) or float(high.max()) * 0.01 or 1.0
    price.set_ylim(float(low.min()) - 0.05 * span, float(high.max()) + 0.08 * span)
    volume.set_ylim(0, float(size.max()) * 1.12 or 1.0)
    price.axhline(last[-1], color=colours[-1], linewidth=0.8, linestyle=(0, (4, 3)), zorder=1)


def _boxes(places: Doubles, bottom: Doubles, top: Doubles) -> list[Doubles]:
    left, right = places - 0.34, places + 0.34
    corners = [(left, bottom), (left, top), (right, top), (right, bottom)]
    return list(np.stack([np.column_stack(corner) for corner in corners], axis=1))


def _draw_events(price: Axes, volume: Axes, events: Sequence[tuple[int, str]], starts: npt.NDArray[np.int64]) -> None:
    """A line through both panels at each event, and its label above the candles on the first row where it is free.

    Where all rows are taken the line stands without a label.
    """
    placed: list[tuple[int, int, str, bool]] = []
    taken: list[list[tuple[float, float]]] = [[] for _ in range(_LABEL_ROWS)]
    for instant, label in events:
        place = int(np.searchsorted(starts, instant, side="right")) - 1
        for axes in (price, volume):
            axes.axvline(place, color=_EVENT, linewidth=0.9, alpha=0.55, zorder=1)
        text = label if len(label) <= _LABEL_LENGTH else label[: _LABEL_LENGTH - 1].rstrip() + "…"
        width = (len(text) + 3) * len(starts) / _CHARACTERS_ACROSS
        leftwards = place > len(starts) / 2
        span = (place - width, place) if leftwards else (place, place + width)
        free = (row for row, spans in enumerate(taken) if all(span[1] <= low or high <= span[0] for low, high in spans))
        row = next(free, None)
        if row is not None:
            taken[row].append(span)
            placed.append((place, row, text, leftwards))
    low, high = price.get_ylim()
    price.set_ylim(low, high + (high - low) * 0.075 * sum(map(bool, taken)))
    for place, row, text, leftwards in placed:
        price.annotate(
            text,
            xy=(place, 0.985 - 0.058 * row),
            xycoords=("data", "axes fraction"),
            xytext=(-5 if leftwards else 5, 0),
            textcoords="offset points",
            ha="right" if leftwards else "left",
            va="top",
            fontsize=9,
            color=_EVENT,
            parse_math=False,
            bbox={"boxstyle": "round,pad=0.25", "facecolor": "white", "edgecolor": _EVENT, "linewidth": 0.6},
            zorder=5,
        )


def _draw_heading(figure: Figure, bars: pa.Table, title: str) -> None:
    first = float(bars["open"][0].as_py())
    last = float(bars["close"][-1].as_py())
    figure.text(0.045, 0.945, title, fontsize=15, fontweight="bold", color=_INK, parse_math=False)
    change = (last / first - 1) * 100 if first else 0.0
    text = f"{last:,.10g}   {change:+.2f} %"
    figure.text(0.925, 0.945, text, fontsize=13, ha="right", color=_RISE if last >= first else _FALL)


def _tidy(axes: Axes) -> None:
    axes.yaxis.tick_right()
    axes.grid(color=_FAINT, linewidth=0.7, zorder=0)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, labelsize=9, colors=_INK)
    for spine in axes.spines.values():
        spine.set_color(_FAINT)


def _short(value: float) -> str:
    """1234567 as 1.2M."""
    for limit, letter in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if value >= limit:
            return f"{value / limit:.3g}{letter}"
    return f"{value:.3g}"
