"""`tauric similar`: earlier windows that look like an instrument's latest one, and what came after them.

Belongs here: choosing the window, printing. Not here: what is like what (charts/similar.py).
"""

import math
from dataclasses import asdict, dataclass

from tauric_assets.charts import similar as charts
from tauric_assets.charts.patterns import INTERVALS, WINDOWS
from tauric_assets.commands.rendering import json_line
from tauric_assets.commands.terminal import OUT, show_table
from tauric_assets.errors import UsageError
from tauric_assets.house import House
from tauric_assets.times import ns_to_text


@dataclass(frozen=True)
class Match:
    """An earlier window: instants in nanoseconds UTC; `similarity` is the cosine of the shapes, at most 1."""

    venue: str
    symbol: str
    ts_start: int
    ts_close: int
    similarity: float
    outcome: float


@dataclass(frozen=True)
class Similar:
    """What was asked and found; outcomes are logarithmic changes over `horizon` bars."""

    venue: str
    symbol: str
    interval: str
    window: int
    horizon: int
    ts_start: int
    ts_close: int
    matches: tuple[Match, ...]
    outcomes: charts.Outcomes
    base_rate: charts.Outcomes


def similar(house: House, symbol: str, window: int, horizon: int, interval: str, as_of: int | None, k: int) -> Similar:
    """The `k` earlier windows nearest to the latest one of `symbol` that was known at `as_of`.

    Raises: UsageError: another window or interval than there is, no window of the symbol, or no earlier history.
    """
    if window not in WINDOWS or interval not in INTERVALS:
        told = f"windows of {', '.join(map(str, WINDOWS))} bars of {', '.join(INTERVALS)}"
        raise UsageError(f"there are {told}; {window} bars of {interval} were asked for")
    instant = house.clock() if as_of is None else as_of
    where = f"interval = '{interval}'"
    patterns = house.lake.read("chart_patterns", as_of=instant, where=f'{where} AND "window" = {window}')
    bars = house.lake.read("bars", as_of=instant, where=where)
    # The lake gives rows in any order: of equal windows the first by name counts.
    ordered = patterns.sort_by([("venue", "ascending"), ("symbol", "ascending"), ("ts_close", "ascending")])
    windows, names = charts.with_outcomes(ordered, bars, horizon)
    found = [place for place, number in enumerate(windows.series) if names[number][1] == symbol.upper()]
    if not found:
        raise UsageError(
            f"no window of {window} bars of {interval} of {symbol} is known as of {ns_to_text(instant)[:19]}: "
            f"it wants that many bars, and the asset chart_patterns; {_others(house, symbol.upper(), instant)}"
        )
    question = max(found, key=lambda place: (int(windows.ts_close[place]), -place))
    allowed = charts.eligible(windows, question, instant, charts.length_ns(interval, charts.EMBARGO_BARS))
    places = charts.nearest(windows, question, allowed, k, charts.length_ns(interval, window))
    if not len(places):
        raise UsageError(
            f"{symbol} has a window from {ns_to_text(int(windows.ts_start[question]))[:10]}, and no other window's "
            f"{horizon} bars after it were over by then: more history, or a smaller --window or --horizon"
        )
    venue, name = names[int(windows.series[question])]
    return Similar(
        venue,
        name,
        interval,
        window,
        horizon,
        int(windows.ts_start[question]),
        int(windows.ts_close[question]),
        tuple(_match(windows, names, question, int(place)) for place in places),
        charts.outcomes(windows, places),
        charts.outcomes(windows, allowed.nonzero()[0]),
    )


def show(found: Similar, as_json: bool) -> None:
    """Print the matches, and their outcomes beside the base rate."""
    if as_json:
        OUT.file.write(json_line(asdict(found)) + "\n")
        OUT.file.flush()
        return
    dates = f"{ns_to_text(found.ts_start)[:10]} to {ns_to_text(found.ts_close)[:10]}"
    OUT.print(f"{found.symbol} ({found.venue}), {found.window} bars of {found.interval}, {dates}", markup=False)
    rows = [
        (
            f"{one.similarity:.3f}",
            one.symbol,
            one.venue,
            ns_to_text(one.ts_start)[:10],
            ns_to_text(one.ts_close)[:10],
            _percent(one.outcome),
        )
        for one in found.matches
    ]
    show_table(("alike", "symbol", "venue", "from", "to", f"{found.horizon} bars on"), rows, right=("alike",))
    for title, told in (("after these", found.outcomes), ("after any", found.base_rate)):
        low, high = told.interval
        between = f"[{_percent(low)}, {_percent(high)}]" if told.effective_count > 1 else "(one week: no interval)"
        OUT.print(
            f"{title:<12} mean {_percent(told.mean)} {between}, "
            f"rose {told.share_positive:.0%}, quartiles {' '.join(_percent(one) for one in told.quartiles)}, "
            f"{told.count:,} windows (worth {told.effective_count:,.0f})",
            markup=False,
        )
    OUT.print("What came after like charts; not a statement about what comes.", markup=False)


def _others(house: House, symbol: str, instant: int) -> str:
    """Which windows of the symbol there are, or that there are none."""
    columns = ["symbol", "interval", "window"]
    there = house.lake.read("chart_patterns", as_of=instant, columns=columns).to_pylist()
    found = sorted({(str(row["interval"]), int(row["window"])) for row in there if row["symbol"] == symbol})
    told = ", ".join(f"--window {bars} --interval {name}" for name, bars in found)
    return f"of {symbol} there is {told or 'none'}"


def _match(windows: charts.Windows, names: list[tuple[str, str]], question: int, place: int) -> Match:
    return Match(
        *names[int(windows.series[place])],
        int(windows.ts_start[place]),
        int(windows.ts_close[place]),
        float(windows.vectors[place] @ windows.vectors[question]),
        float(windows.outcome[place]),
    )


def _percent(logarithm: float) -> str:
    return f"{math.expm1(logarithm):+.1%}"
