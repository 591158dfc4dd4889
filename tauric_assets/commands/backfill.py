"""`tauric backfill`: the graph over a range of days, in one run.

Belongs here: the run and its table. Not here: the run's mechanics (defs/running.py).
"""

from collections.abc import Sequence
from dataclasses import replace

from tauric_assets.commands.terminal import progress_bar, show_table
from tauric_assets.components.shell import FeedOptions
from tauric_assets.defs.running import AssetReport, materialize
from tauric_assets.errors import UsageError
from tauric_assets.house import House
from tauric_assets.tables import TABLES
from tauric_assets.times import Days

RIGHT = ("partitions", "rows", "new", "seconds")


def backfill(house: House, days: Days, selection: str, options: FeedOptions | None = None) -> list[AssetReport]:
    """Run, with a progress bar, and return what was made.

    Args:
        options: feed instance to options that take the place of those in its defs.yaml.
    Raises: UsageError: no table has a row of these days (no feed a document, where no table was wanted).
    """
    with progress_bar(f"{days.start} to {days.end}", total=None) as told:
        reports = materialize(replace(house, progress=told), days, selection, options)
    tables = [report for report in reports if report.asset in TABLES]
    if not any(report.rows for report in tables or reports):
        raise UsageError(f"no data from {days.start} to {days.end}: the upstreams have nothing under these days")
    return reports


def show(reports: Sequence[AssetReport]) -> None:
    """The table of what was made."""
    rows = [(r.asset, r.partitions, f"{r.rows:,}", f"{r.new_rows:,}", f"{r.seconds:.1f}") for r in reports]
    show_table(("asset", *RIGHT), rows, right=RIGHT)
