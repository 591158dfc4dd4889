"""What a step of the graph is, and writing that other runs disturb.

Belongs here: `Step`, `Made`, starting over. Not here: any step.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from tauric_assets.errors import LakeConflict
from tauric_assets.feeds.contract import FeedInstance
from tauric_assets.house import House
from tauric_assets.times import Days

SETTLING_TRIES = 10
"""How often a step that writes other runs' days too starts over because they wrote what it read."""


@dataclass(frozen=True)
class Made:
    """What a step did: rows it stands for and rows that were new, by output; files it wrote; a PNG to show."""

    rows: Mapping[str, int]
    added: Mapping[str, int] = field(default_factory=dict)
    files: tuple[Path, ...] = ()
    picture: bytes = b""


Run = Callable[[House, Sequence[FeedInstance], Days], Made]


@dataclass(frozen=True)
class Step:
    """One step of the graph.

    Args:
        name: of the step; outputs are named by `outputs`.
        outputs: asset names; a canonical table of the same name where there is one.
        needs: outputs of earlier steps. Outputs of `collect` steps are `raw/<instance>`.
        reads_tables_of: canonical tables whose feeds' documents the step parses; empty for a derived step.
    """

    name: str
    group: str
    kinds: tuple[str, ...]
    description: str
    outputs: tuple[str, ...]
    needs: tuple[str, ...]
    run: Run
    reads_tables_of: tuple[str, ...] = ()


def settled(house: House, tables: Sequence[str], write: Callable[[], Made]) -> Made:
    """`write`, and again while `tables` were written meanwhile: it also writes days that other runs make.

    Raises: LakeConflict: the tables do not come to rest.
    """
    for _ in range(SETTLING_TRIES):
        before = [house.lake.status(table).version for table in tables]
        made = write()
        if before == [house.lake.status(table).version for table in tables]:
            return made
    raise LakeConflict(f"{', '.join(tables)} were written {SETTLING_TRIES} times while they were read; run it again")


def reaching(days: Days, rows: pa.Table) -> Days:
    """`days`, made longer where `rows` reach beyond them."""
    last = pc.max(rows["date"]).as_py()
    return Days(days.start, max(days.end, last + timedelta(days=1))) if last is not None else days
