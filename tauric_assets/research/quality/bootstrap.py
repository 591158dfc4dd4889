"""Bootstrap intervals for figures measured on a sample of cases.

Belongs here: the percentile bootstrap (Efron 1979). Not here: any measure.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

SEED = 7
RESAMPLES = 2_000

Chosen = npt.NDArray[np.intp]


def interval(cases: int, measure: Callable[[Chosen], float], resamples: int = RESAMPLES) -> tuple[float, float]:
    """The 95 % percentile interval of `measure` over resampled cases; the same for the same input.

    Args:
        cases: how many cases there are, at least 1.
        measure: the figure over the cases at these positions, some of them repeated.
    """
    generator = np.random.default_rng(SEED)
    figures = [measure(generator.integers(0, cases, cases)) for _ in range(resamples)]
    low, high = np.percentile(figures, (2.5, 97.5))
    return float(low), float(high)


def mean_interval(values: npt.NDArray[np.float64]) -> tuple[float, float]:
    """The 95 % interval of a mean over cases."""
    return interval(len(values), lambda chosen: float(values[chosen].mean()))


def counts_interval(
    counts: npt.NDArray[np.int64],
    measure: Callable[[npt.NDArray[np.int64]], float],
    resamples: int = RESAMPLES,
) -> tuple[float, float]:
    """The same interval where cases fall into few kinds: resampled counts of each kind instead of resampled cases.

    Args:
        counts: how many cases there are of each kind.
        measure: the figure of such counts.
    """
    generator = np.random.default_rng(SEED)
    total = int(counts.sum())
    figures = [measure(drawn) for drawn in generator.multinomial(total, counts / total, size=resamples)]
    low, high = np.percentile(figures, (2.5, 97.5))
    return float(low), float(high)
