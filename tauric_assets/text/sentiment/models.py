"""Sentiment models: texts in, probabilities of negative, neutral and positive out; and the registry of those there are.

`lexicon` needs no data: it is rules, and `is_trained` is False so that callers can say so aloud. Others can be added
under the entry point group `tauric_assets.sentiment_models`: a callable that takes the settings. A name of the form
`trained:NAME` is the model that `tauric sentiment train --name NAME` made.

Belongs here: the `SentimentModel` protocol, the registry. Not here: any one model.
"""

from collections.abc import Callable, Sequence
from importlib.metadata import entry_points
from typing import Protocol, cast

import numpy as np
import numpy.typing as npt

from tauric_assets.errors import UsageError
from tauric_assets.settings import Settings, load_settings

GROUP = "tauric_assets.sentiment_models"
LABELS = ("negative", "neutral", "positive")
"""What the columns of `Probabilities` mean, for every model."""

TRAINED = "trained:"

Probabilities = npt.NDArray[np.float64]


class SentimentModel(Protocol):
    """What scores texts. The same text gets the same score, alone or among others."""

    @property
    def id(self) -> str:
        """Name and revision, e.g. `lexicon@1`; goes with every score."""
        ...

    @property
    def labels(self) -> tuple[str, ...]:
        """`LABELS`."""
        ...

    @property
    def is_trained(self) -> bool:
        """Whether it learned from labelled texts, or follows rules."""
        ...

    def score(self, texts: Sequence[str]) -> Probabilities:
        """One row a text, columns as `LABELS`, each row adding up to 1."""
        ...


def sentiment_model_named(name: str, settings: Settings | None = None) -> SentimentModel:
    """The sentiment model called `name`.

    Raises: UsageError that lists the names there are, or says what the model still wants.
    """
    settings = settings or load_settings()
    if name.startswith(TRAINED):
        from tauric_assets.text.sentiment import trained

        return trained.load(settings, name.removeprefix(TRAINED))
    for point in entry_points(group=GROUP, name=name):
        make = cast("Callable[[Settings], SentimentModel]", point.load())
        return make(settings)
    raise UsageError(f"no sentiment model {name!r}; there are: {', '.join(sentiment_model_names())}, trained:NAME")


def sentiment_model_names() -> list[str]:
    """The names of all registered sentiment models, sorted."""
    return sorted({point.name for point in entry_points(group=GROUP)})


def decided(probabilities: Probabilities) -> list[str]:
    """The most probable label of each row."""
    return [LABELS[column] for column in probabilities.argmax(axis=1)]
