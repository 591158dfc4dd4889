"""Like windows: found where they were planted, and worth nothing on noise, where a naive look-up seems to know."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tauric_assets.charts import patterns, similar
from tauric_assets.charts.similar import Windows
from tauric_assets.times import DAY_NS

WINDOW, HORIZON = 60, 20


def noise(seed: int, series: int, bars: int) -> np.ndarray:
    """Logarithms of prices whose volatility clusters and whose direction cannot be known: GARCH(1, 1), Student's t."""
    dice = np.random.default_rng(seed)
    shocks = dice.standard_t(5, (bars, series)) / np.sqrt(5 / 3)
    variance, steps = np.full(series, 1e-4), np.empty((bars, series))
    for number, shock in enumerate(shocks):
        steps[number] = np.sqrt(variance) * shock
        variance = 2e-6 + 0.08 * steps[number] ** 2 + 0.9 * variance
    return np.cumsum(steps, axis=0).T


def windows_of(logarithms: np.ndarray) -> Windows:
    """Every window of every series of daily closes; known as soon as it is over."""
    parts = [patterns.shapes(one, WINDOW) for one in logarithms]
    count, bars = len(parts[0]), logarithms.shape[1]
    last = np.tile(np.arange(WINDOW - 1, bars), len(logarithms))
    ends = np.minimum(last + HORIZON, bars - 1)
    number = np.repeat(np.arange(len(logarithms)), count)
    outcome = np.where(last + HORIZON < bars, logarithms[number, ends] - logarithms[number, last], np.nan)
    close = (last + HORIZON + 1) * DAY_NS
    starts = (last - WINDOW + 1) * DAY_NS
    return Windows(np.concatenate(parts), number, starts, (last + 1) * DAY_NS, outcome, close, close)


def honest(windows: Windows, question: int, count: int = 10) -> np.ndarray:
    """The product's own choice."""
    as_of = int(windows.ts_close[question])
    allowed = similar.eligible(windows, question, as_of, similar.EMBARGO_BARS * DAY_NS)
    return similar.nearest(windows, question, allowed, count, WINDOW * DAY_NS)


def naive(windows: Windows, question: int, count: int = 10) -> np.ndarray:
    """What not to do: the nearest of all windows that have an outcome, whenever it came."""
    likeness = windows.vectors @ windows.vectors[question]
    likeness[np.isnan(windows.outcome)] = -2
    likeness[question] = -2
    return np.argsort(-likeness)[:count]


@pytest.mark.slow
def test_on_noise_like_windows_know_nothing_and_the_naive_look_up_seems_to() -> None:
    windows = windows_of(noise(3, 30, 1_000))
    usable = np.flatnonzero((windows.ts_start > 500 * DAY_NS) & ~np.isnan(windows.outcome))
    asked = np.random.default_rng(5).choice(usable, 500, replace=False)
    truth = windows.outcome[asked]

    def knows(choose) -> float:
        return float(np.corrcoef([windows.outcome[choose(windows, int(one))].mean() for one in asked], truth)[0, 1])

    # Windows of 60 days that overlap by 59 are one: some 30 * 420 / 60 = 210 of these questions are independent.
    bound = 3 / np.sqrt(210)
    assert abs(knows(honest)) < bound
    assert knows(naive) > max(0.3, bound)


@pytest.mark.slow
@given(st.integers(0, 10**6), st.integers(0, 400))
def test_what_comes_later_changes_nothing(seed: int, later: int) -> None:
    prices = noise(seed % 7, 4, 400)
    windows = windows_of(prices)
    question = 3 * (400 - WINDOW + 1) // 2
    chosen = honest(windows, question)
    assert (windows.outcome_close[chosen] <= windows.ts_start[question]).all()
    other = prices.copy()
    other[:, int(windows.ts_close[question] // DAY_NS) :] += later
    assert np.array_equal(honest(windows_of(other), question), chosen)


def test_planted_windows_are_found_and_few_of_a_week_or_an_instrument() -> None:
    prices = noise(1, 8, 600)
    shape = np.sin(np.linspace(0, 7, WINDOW)) * 0.5
    for number in range(7):
        start = 40 + 60 * number
        prices[number, start : start + WINDOW] = prices[number, start] + shape
    prices[7, 540:] = prices[7, 540] + shape
    windows = windows_of(prices)
    question = len(windows) - 1
    chosen = honest(windows, question, 7)
    assert {int(one) for one in windows.series[chosen]} == set(range(7))
    assert (windows.vectors[chosen] @ windows.vectors[question] > 0.99).all()

    many = honest(windows, question, 40)
    _, by_series = np.unique(windows.series[many], return_counts=True)
    _, by_week = np.unique(similar.weeks(windows.ts_close[many]), return_counts=True)
    assert by_series.max() <= similar.PER_SERIES and by_week.max() <= similar.PER_WEEK


def test_outcomes_weigh_weeks() -> None:
    windows = windows_of(noise(2, 3, 200))
    same_week = np.flatnonzero(similar.weeks(windows.ts_close) == similar.weeks(100 * DAY_NS))
    told = similar.outcomes(windows, same_week)
    assert told.count == len(same_week) and told.effective_count == 1
    assert told.interval == (pytest.approx(told.mean), pytest.approx(told.mean))
    spread = similar.outcomes(windows, np.arange(0, 120, 14))
    assert spread.effective_count == spread.count and spread.interval[0] < spread.mean < spread.interval[1]
