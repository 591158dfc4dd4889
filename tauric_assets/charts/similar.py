"""Earlier windows that look like one, and what came after them, beside what comes after any window.

Honest by construction: a window counts only if what came after it was over, and known, before the window in question
began (purge), and some bars earlier still (embargo). Without that, on pure noise, windows that overlap the question
"foretell" its outcome with a correlation of 0.5. Windows that share an instrument's or a week's history are few,
because ten neighbours out of one crash are one neighbour.

Belongs here: which windows are near, outcomes, their interval. Not here: shapes (patterns.py), printing.
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tauric_assets.charts.indicators import SERIES, doubles, split
from tauric_assets.times import DAY_NS, INTERVALS_NS

PER_SERIES = 3
"""Windows of one instrument among those shown."""
PER_WEEK = 2
"""Windows that end in one calendar week among those shown."""
EMBARGO_BARS = 5
RESAMPLES = 2_000
SEED = 7
WEEK_NS = 7 * DAY_NS
MONDAY_NS = 4 * DAY_NS  # the epoch was a Thursday

Integers = npt.NDArray[np.int64]
Doubles = npt.NDArray[np.float64]
Vectors = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Windows:
    """Windows of one length and interval, one entry each; instants in nanoseconds UTC.

    Args:
        vectors: unit rows. series: a number for each venue and symbol. ts_start, ts_close: first bar's start, last
            bar's end. outcome: logarithm of the close some bars later over the last close; NaN where it is not there.
        outcome_close: end of the bar that completes the outcome. outcome_known_at: when that was known.
    """

    vectors: Vectors
    series: Integers
    ts_start: Integers
    ts_close: Integers
    outcome: Doubles
    outcome_close: Integers
    outcome_known_at: Integers

    def __len__(self) -> int:
        return len(self.series)


@dataclass(frozen=True)
class Outcomes:
    """What came after windows: logarithmic changes.

    Args:
        count: of windows. effective_count: the same, windows of one week weighing as one where they are alike.
        interval: of the mean, 95 %, weeks resampled whole.
    """

    count: int
    effective_count: float
    mean: float
    share_positive: float
    quartiles: tuple[float, float, float]
    interval: tuple[float, float]


def with_outcomes(patterns: pa.Table, bars: pa.Table, horizon: int) -> tuple[Windows, list[tuple[str, str]]]:
    """Windows with what came `horizon` bars after each.

    Args:
        patterns: rows of `chart_patterns` of one interval and window. bars: rows of `bars` of that interval, as of the
            same instant.
    Returns: the windows in the order of `patterns`; venue and symbol of each series by its number.
    """
    names: list[tuple[str, str]] = []
    after: dict[tuple[int, int], tuple[float, int, int]] = {}
    for series in split(bars.sort_by([(name, "ascending") for name in (*SERIES, "ts_event")])):
        names.append((series["venue"][0].as_py(), series["symbol"][0].as_py()))
        logarithms, ends = np.log(doubles(series, "close")), series["ts_close"].to_numpy()
        known_at = np.maximum.accumulate(series["known_at"].to_numpy())
        changes = logarithms[horizon:] - logarithms[:-horizon]
        number = len(names) - 1
        for start, change, end, known in zip(ends, changes, ends[horizon:], known_at[horizon:], strict=False):
            after[number, int(start)] = float(change), int(end), int(known)
    numbers = {name: number for number, name in enumerate(names)}
    rows = patterns.select(["venue", "symbol", "ts_close"]).to_pylist()
    series_of = [numbers[row["venue"], row["symbol"]] for row in rows]
    told = [after.get((number, row["ts_close"]), (np.nan, 0, 0)) for number, row in zip(series_of, rows, strict=True)]
    flat = pc.list_flatten(patterns["vector"]).to_numpy()
    return (
        Windows(
            flat.reshape(len(rows), -1) if rows else np.zeros((0, 1), np.float32),
            np.array(series_of, np.int64),
            patterns["ts_start"].to_numpy(),
            patterns["ts_close"].to_numpy(),
            np.array([one[0] for one in told]),
            np.array([one[1] for one in told], np.int64),
            np.array([one[2] for one in told], np.int64),
        ),
        names,
    )


def eligible(windows: Windows, question: int, as_of: int, embargo_ns: int) -> npt.NDArray[np.bool_]:
    """Which windows may be compared with the one at `question`: what came after them was over before it began."""
    over = windows.outcome_close + embargo_ns <= windows.ts_start[question]
    mask: npt.NDArray[np.bool_] = ~np.isnan(windows.outcome) & over & (windows.outcome_known_at <= as_of)
    return mask


def nearest(windows: Windows, question: int, allowed: npt.NDArray[np.bool_], count: int, length_ns: int) -> Integers:
    """The `count` nearest of the allowed windows, nearest first, few of an instrument, of a week, of one place.

    Args:
        length_ns: duration of a window; two of one series closer than half of it are one place.
    """
    places = np.flatnonzero(allowed)
    order = places[np.argsort(-(windows.vectors[places] @ windows.vectors[question]), kind="stable")]
    chosen: list[int] = []
    by_series: Counter[int] = Counter()
    by_week: Counter[int] = Counter()
    for place in order.tolist():
        series, week = int(windows.series[place]), int(weeks(windows.ts_close[place]))
        beside = any(
            windows.series[other] == series and abs(windows.ts_close[other] - windows.ts_close[place]) < length_ns / 2
            for other in chosen
        )
        if beside or by_series[series] >= PER_SERIES or by_week[week] >= PER_WEEK:
            continue
        chosen.append(place)
        by_series[series] += 1
        by_week[week] += 1
        if len(chosen) == count:
            break
    return np.array(chosen, np.int64)


def outcomes(windows: Windows, places: Integers) -> Outcomes:
    """What came after these windows, at least one."""
    values, week = windows.outcome[places], weeks(windows.ts_close[places])
    _, group, sizes = np.unique(week, return_inverse=True, return_counts=True)
    sums = np.bincount(group, weights=values)
    generator = np.random.default_rng(SEED)
    drawn = generator.integers(0, len(sizes), (RESAMPLES, len(sizes)))
    means = sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)
    low, high = np.percentile(means, (2.5, 97.5))
    quartiles = np.percentile(values, (25, 50, 75))
    return Outcomes(
        len(places),
        float(sizes.sum() ** 2 / (sizes**2).sum()),
        float(values.mean()),
        float((values > 0).mean()),
        (float(quartiles[0]), float(quartiles[1]), float(quartiles[2])),
        (float(low), float(high)),
    )


def weeks(instants: npt.ArrayLike) -> Integers:
    """The calendar week (Monday to Sunday, UTC) of instants, as a number."""
    numbers: Integers = (np.asarray(instants, np.int64) - MONDAY_NS) // WEEK_NS
    return numbers


def length_ns(interval: str, bars: int) -> int:
    """How long so many bars of an interval are, where none is missing."""
    return INTERVALS_NS[interval] * bars
