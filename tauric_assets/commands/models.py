"""`tauric models`: which models are on this machine, and how to get them.

Belongs here: what is printed. Not here: fetching and verifying (text/embedding/models.py).
"""

from rich.table import Table

from tauric_assets.commands.terminal import OUT, say
from tauric_assets.house import House
from tauric_assets.text.embedding.models import SOURCES, fetch, place, problem, source_named

MEGABYTE = 1_000_000


def get(house: House, name: str) -> None:
    """Fetch a model, stage by stage, and say how to use it.

    Raises: UsageError: no such model; see also `fetch`.
    """
    source = source_named(name)
    folder = fetch(house.settings, source, lambda stage: say(f"{name}: {stage}"))
    say(f"{name}@{source.revision} is in {folder}; use it with TAURIC_EMBEDDER={name}")


def show(house: House) -> None:
    """One line a model: revision, licence, size, whether it is here and whole."""
    table = Table("model", "revision", "licence", "megabytes", "state", box=None)
    for source in SOURCES.values():
        folder = place(house.settings, source)
        wrong = problem(folder)
        size = sum(path.stat().st_size for path in folder.iterdir()) if folder.exists() else 0
        table.add_row(
            source.name,
            source.revision,
            source.licence,
            f"{size / MEGABYTE:.0f}" if size else "",
            f"{wrong}: tauric models fetch {source.name}" if wrong else "whole",
        )
    OUT.print(table)
