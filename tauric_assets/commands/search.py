"""`tauric search`: the passages nearest to a question, as known at an instant.

Belongs here: what is printed of a hit. Not here: how it is found (vectors/).
"""

from collections.abc import Sequence
from textwrap import shorten

from tauric_assets.commands.rendering import json_line
from tauric_assets.commands.terminal import OUT, say
from tauric_assets.errors import UsageError
from tauric_assets.house import House
from tauric_assets.times import ns_to_text
from tauric_assets.vectors.search import Hit
from tauric_assets.vectors.snapshot import Snapshot

TEXT_CHARACTERS = 160


def search(house: House, question: str, count: int, as_of: int | None, kinds: Sequence[str] | None) -> list[Hit]:
    """The nearest passages in the FAISS snapshot.

    Raises: UsageError: the question is empty, or nothing has been embedded yet.
    """
    if not question.strip():
        raise UsageError("the question is empty")
    if not house.vectors.embedder.is_model:
        say(f"no language model is configured: searching by shared words ({house.vectors.embedder.id})")
    return Snapshot.open(house.snapshots).search(question, k=count, as_of=as_of, kinds=kinds)


def show(hits: Sequence[Hit], as_json: bool) -> None:
    """Print hits, nearest first."""
    for hit in hits:
        if as_json:
            OUT.file.write(json_line({**vars(hit), "known_at_utc": ns_to_text(hit.known_at)}) + "\n")
            continue
        OUT.print(f"[bold]{hit.score:.3f}[/bold]  {hit.breadcrumb}  [dim]{ns_to_text(hit.known_at)[:16]}[/dim]")
        OUT.print(f"       {shorten(hit.text, TEXT_CHARACTERS)}", markup=False)
        OUT.print(f"       [dim]{hit.url}[/dim]")
    OUT.file.flush()
