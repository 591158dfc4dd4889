"""Embedders: texts in, unit vectors out; and the registry of those there are.

`hashing` needs no model and no download: it counts words; `is_model` is False so that callers can say so aloud.
Others can be added under the entry point group `tauric_assets.embedders`: a callable that takes the settings.

Belongs here: the `Embedder` protocol, the registry. Not here: any one embedder (embedding/), where vectors are kept
(vectors/), fetching of models (embedding/models.py).
"""

from collections.abc import Callable, Sequence
from importlib.metadata import entry_points
from typing import Protocol, cast

import numpy as np
import numpy.typing as npt

from tauric_assets.errors import UsageError
from tauric_assets.settings import Settings, load_settings

GROUP = "tauric_assets.embedders"

Vectors = npt.NDArray[np.float32]


class Embedder(Protocol):
    """What turns texts into vectors. The same text gives the same vector, alone or among others."""

    @property
    def id(self) -> str:
        """Name and revision, e.g. `hashing@1`; vectors of different ids cannot be compared."""
        ...

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        ...

    @property
    def tokens_max(self) -> int | None:
        """Word pieces it reads at once, longer texts in several windows; None where there is no such end."""
        ...

    @property
    def is_model(self) -> bool:
        """Whether it knows anything of meaning, or only counts words."""
        ...

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """One row of length 1 per text, float32; a text without any word gives a row of zeros."""
        ...

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """The same for questions, which some models read differently."""
        ...


def embedder_named(name: str, settings: Settings | None = None) -> Embedder:
    """The embedder called `name`, or of the id `name`.

    Args:
        settings: where models are kept and endpoints are; the defaults where left out.
    Raises: UsageError that lists the names there are, says that the id is another revision, or how to get a model
        that is not here.
    """
    found = {point.name: point for point in entry_points(group=GROUP)}.get(name.partition("@")[0])
    if found is None:
        raise UsageError(f"no embedder {name!r}; there are: {', '.join(embedder_names())}")
    make = cast("Callable[[Settings], Embedder]", found.load())
    embedder = make(settings or load_settings())
    if "@" in name and embedder.id != name:
        raise UsageError(f"embedder {name} is not here any more, only {embedder.id}: build the vectors again with it")
    return embedder


def embedder_names() -> list[str]:
    """The names of all registered embedders, sorted."""
    return sorted({point.name for point in entry_points(group=GROUP)})
