"""The terminal: data on standard output, progress on standard error and only where somebody watches.

Belongs here: consoles, progress bars, tables. Not here: what is shown.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from tauric_assets.house import DONE
from tauric_assets.house import Progress as Told

PIPE_COLUMNS = 200
"""Width of tables where nobody watches: wide enough that no cell is folded."""

OUT = Console(highlight=False, width=None if sys.stdout.isatty() else PIPE_COLUMNS)
ERR = Console(stderr=True, highlight=False)


def say(text: str) -> None:
    """One line for the person, on standard error."""
    ERR.print(text, markup=False, soft_wrap=True)


def show_table(columns: Sequence[str], rows: Iterable[Sequence[object]], right: Sequence[str] = ()) -> None:
    """A table on standard output; `right` names the columns set flush right."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, justify="right" if column in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(str(cell) for cell in row))
    OUT.print(table)


@contextmanager
def at_work(what: str) -> Iterator[Callable[[str], None]]:
    """One line that turns while a single piece of work is done, with the seconds it took so far.

    Yields: what names the step it is at.
    """
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=ERR, disable=not ERR.is_terminal, transient=True) as progress:
        task = progress.add_task(what, total=None)
        yield lambda step: progress.update(task, description=f"{what}: {step}")


@contextmanager
def progress_bar(what: str, total: int | None) -> Iterator[Told]:
    """A bar that counts finished assets and names the one at work with its latest unit."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", table_column=None),
        BarColumn(bar_width=24),
        TextColumn("{task.completed}/{task.total} assets"),
        TimeElapsedColumn(),
        TextColumn("[dim]{task.fields[word]}"),
    )
    with Progress(*columns, console=ERR, disable=not ERR.is_terminal, transient=True) as progress:
        task = progress.add_task(what, total=total, word="")

        def told(asset: str, word: str) -> None:
            if word == DONE:
                progress.advance(task)
            else:
                progress.update(task, word=f"{asset} {word}")

        yield told
