"""`tauric stream top`: the sidecar's metrics as a live table in the terminal.

Belongs here: reading /metrics, the table. Not here: what is counted (stream/metrics.py).
"""

import re
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from rich.live import Live
from rich.table import Table

from tauric_assets.commands.terminal import OUT
from tauric_assets.errors import UpstreamUnavailable

EVERY_S = 1.0
TIMEOUT_S = 5.0
COLUMNS = (
    ("trades/s", "trades_total", "rate"),
    ("quotes/s", "quotes_total", "rate"),
    ("frames/s", "frames_total", "rate"),
    ("lag s", "event_lag_seconds", "value"),
    ("queue", "queue_depth", "value"),
    ("unread", "unread_records", "value"),
    ("rows", "rows_total", "value"),
    ("bars", "bars_total", "value"),
    ("late", "late_total", "value"),
    ("again", "duplicates_total", "value"),
    ("gaps", "gaps_total", "value"),
    ("missing", "missing_trades", "value"),
    ("connections", "connections_total", "value"),
)

_SAMPLE = re.compile(r'^tauric_stream_(\w+)(?:\{venue="([^"]*)"[^}]*\})? (\S+)$', re.MULTILINE)

Samples = Mapping[str, Mapping[str, float]]
"""Venue to metric to value; metrics of the whole process are under ""."""


def read_metrics(url: str) -> Samples:
    """What the sidecar at `url` says now; of the histogram, its count and sum. Raises: UpstreamUnavailable."""
    try:
        with build_opener(ProxyHandler({})).open(f"{url}/metrics", timeout=TIMEOUT_S) as answer:
            text = answer.read().decode()
    except (URLError, TimeoutError, OSError) as error:
        raise UpstreamUnavailable(f"no sidecar answers at {url}: start it with `tauric stream`") from error
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for name, venue, value in _SAMPLE.findall(text):
        if not name.endswith("_bucket"):
            found[venue][name] = float(value)
    return found


def table_of(now: Samples, before: Samples, seconds: float) -> Table:
    """One row a venue."""
    table = Table(box=None, header_style="bold")
    table.add_column("venue")
    for title, _, _ in COLUMNS:
        table.add_column(title, justify="right")
    table.add_column("commit ms", justify="right")
    for venue in sorted(name for name in now if name):
        told, earlier = now[venue], before.get(venue, now[venue])
        cells = []
        for _, name, kind in COLUMNS:
            value = told.get(name, 0.0)
            if kind == "rate":
                cells.append(f"{(value - earlier.get(name, 0.0)) / seconds:,.0f}")
            else:
                cells.append(f"{value:,.1f}" if name.endswith("seconds") else f"{value:,.0f}")
        table.add_row(venue, *cells, _mean_ms(told, earlier))
    return table


def top(url: str, until: Callable[[], bool], *, once: bool = False) -> None:
    """Show the table, renewed every second, until told to stop. Raises: UpstreamUnavailable."""
    before, at = read_metrics(url), time.monotonic()
    if once:
        OUT.print(table_of(before, before, 1.0))
        return
    with Live(table_of(before, before, 1.0), console=OUT, auto_refresh=False) as live:
        while not until():
            time.sleep(EVERY_S)
            now, then = read_metrics(url), time.monotonic()
            live.update(table_of(now, before, then - at), refresh=True)
            before, at = now, then


def _mean_ms(told: Mapping[str, float], earlier: Mapping[str, float]) -> str:
    count = told.get("commit_latency_seconds_count", 0) - earlier.get("commit_latency_seconds_count", 0)
    total = told.get("commit_latency_seconds_sum", 0) - earlier.get("commit_latency_seconds_sum", 0)
    return f"{1000 * total / count:.1f}" if count else "-"
