"""Which bars a picture shows: one symbol on one venue, the latest where no range is named.

Belongs here: choosing. Not here: drawing (charts/pictures.py).
"""

from tauric_assets.charts.pictures import BARS_MAX, candlestick
from tauric_assets.errors import UsageError
from tauric_assets.house import House
from tauric_assets.serve.parameters import Span
from tauric_assets.serve.reading import Question, instant, read

LATEST_BARS = 250


def picture(house: House, symbol: str, span: Span, as_of: int) -> bytes:
    """Candlesticks as PNG.

    Args:
        symbol: a ticker or a listing.
        span: interval (default 1d), venue and half-open range; without `start` the latest `LATEST_BARS` bars.
        as_of: nanoseconds UTC, inclusive.
    Raises: UsageError: no bars known by then, too many, or several series and no venue named.
    """
    interval = span.interval or "1d"
    question = Question(
        table="bars",
        as_of=as_of,
        symbols=(symbol,),
        start=instant(span.start) if span.start else None,
        end=instant(span.end) if span.end else None,
        equals=(("interval", interval), *((("venue", span.venue),) if span.venue else ())),
        latest_first=True,
    )
    bars = read(house, question, BARS_MAX + 1 if span.start else LATEST_BARS).rows
    series = sorted({(row["venue"], row["symbol"]) for row in bars.select(["venue", "symbol"]).to_pylist()})
    if len(series) > 1:
        found = ", ".join(f"{name} on {venue}" for venue, name in series)
        raise UsageError(f"{symbol} means several series: {found}; name one listing and its venue")
    if not series:
        raise UsageError(f"no {interval} bars of {symbol} were known then; see /v1/bars?symbol={symbol}")
    return candlestick(bars, f"{series[0][1]} on {series[0][0]}, {interval}")
