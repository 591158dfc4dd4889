"""`tauric quality linking`: how well headlines are linked, on a file of tagged ones.

Belongs here: choosing the map, progress. Not here: the measure (research/quality/linking.py).
"""

from collections.abc import Sequence
from pathlib import Path

from tauric_assets.commands.terminal import progress_bar
from tauric_assets.house import House
from tauric_assets.research.quality import linking
from tauric_assets.text import listed
from tauric_assets.text.callings import Calling, of_instruments


def quality(
    house: House, headlines: Path, companies: Sequence[Path], lake: bool, sample: int | None, seed: int
) -> dict[str, object]:
    """The figures as one object.

    Args:
        companies: files of the SEC's shapes to take the map from; none: the shipped map, or with `lake` the lake's.
    Raises: UsageError: a file that cannot be read, or an empty map.
    """
    callings, told = _map(house, companies, lake)
    rows = linking.read(headlines, sample, seed)
    with progress_bar("headlines", None) as progress:
        return linking.measure(
            rows,
            callings,
            told,
            headlines.name,
            lambda done: progress("linking", f"{done:,} of {len(rows.headlines):,}"),
        )


def _map(house: House, companies: Sequence[Path], lake: bool) -> tuple[list[Calling], str]:
    if companies:
        return listed.of_files(companies)
    if lake:
        callings = of_instruments(house.lake.read("instruments"), house.lake.read("company_names"))
        return callings, f"the lake's instruments: {len(callings):,} names and tickers"
    return listed.shipped()
