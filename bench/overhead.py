"""Claim: a backfill of the whole graph in one Dagster run costs less than twice the same functions in a plain loop.

Floor: `pipeline.run_all`, the same steps on the same days without Dagster. Refuted by a ratio of 2 or more.
Belongs here: the two contenders. Not here: repeating and reporting (harness.py).
"""

import argparse
import shutil
import tempfile
from datetime import date, timedelta
from pathlib import Path

from bench.harness import Contender, compare
from tauric_assets.defs.running import materialize
from tauric_assets.feeds.configured import configured_feeds
from tauric_assets.house import House
from tauric_assets.pipeline import run_all
from tauric_assets.sandbox.launch import start
from tauric_assets.sandbox.options import SandboxOptions
from tauric_assets.settings import load_settings
from tauric_assets.times import Days

FIRST = date(2025, 11, 10)


def main() -> None:
    """Run and write `bench/results/overhead.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--trades-per-day", type=int, default=200)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--warm-up", type=int, default=1)
    words = parser.parse_args()
    days = Days(FIRST, FIRST + timedelta(days=words.days))
    options = SandboxOptions(port=0, clock=f"frozen:{days.end}T00:00:00Z", trades_per_day=words.trades_per_day)
    with start(options) as sandbox, tempfile.TemporaryDirectory() as folder:

        def house(name: str) -> House:
            data = Path(folder) / name
            shutil.rmtree(data, ignore_errors=True)
            return House(load_settings(data_dir=data, upstream="sandbox", sandbox_url=sandbox.url))

        compare(
            "overhead",
            [
                Contender("dagster", lambda: materialize(house("dagster"), days)),
                Contender("plain loop", lambda: run_all(house("plain"), configured_feeds(), days)),
            ],
            repeats=words.repeats,
            warm_up=words.warm_up,
            parameters={"days": words.days, "trades_per_day": words.trades_per_day},
        )


if __name__ == "__main__":
    main()
