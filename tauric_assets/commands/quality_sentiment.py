"""`tauric quality sentiment`: how good sentiment is on a person's own labelled sentences.

Belongs here: files to figures, one JSON object. Not here: the measures (research/quality/sentiment.py).
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from tauric_assets.commands.terminal import at_work, say
from tauric_assets.research.quality import sentiment
from tauric_assets.settings import Settings
from tauric_assets.text.sentiment import layers
from tauric_assets.text.sentiment.labelled import Labelled, read, together
from tauric_assets.text.sentiment.learning import Seen
from tauric_assets.text.sentiment.trained import enough

MEMORY_SAID = 500_000_000
"""Bytes above which it is said how much reading will take."""


def quality(settings: Settings, train: Sequence[Path], test: Sequence[Path]) -> dict[str, object]:
    """The figures, beside their baselines.

    Raises: UsageError: too few rows; MalformedDocument: no labelled text in a file.
    """
    data = gathered(train)
    asked = gathered(test, to_train=False) if test else None
    model = layers_here(settings)
    with at_work("sentiment") as at:
        seen = seen_of(data.texts, model, at)
        figures = (
            sentiment.cross_validated(data.labels, seen, told=at)
            if asked is None
            else sentiment.held_out(data.labels, seen, asked.labels, seen_of(asked.texts, model, at))
        )
    told = {"trained_on": data.guessed, "left_out": data.left_out, "data_sha256": data.digest}
    if asked is not None:
        told |= {"tested_on": asked.guessed, "left_out_of_test": asked.left_out}
    return {"figure": "sentiment", **figures, **told, "layers": layers.Layers.id if model is not None else None}


def gathered(files: Sequence[Path], to_train: bool = True) -> Labelled:
    """All files as one; says how each was read, and what was left out."""
    parts = []
    for path in files:
        part = read(path)
        left = ", ".join(f"{count} {why}" for why, count in part.left_out.items())
        say(f"{path.name}: {len(part.texts)} texts ({part.guessed}){f'; left out: {left}' if left else ''}")
        parts.append(part)
    data = together(parts)
    if to_train:
        enough(data)
    return data


def seen_of(texts: Sequence[str], model: layers.Layers | None, told: Callable[[str], None]) -> Seen:
    """The texts, read; says how far it is, and how much memory it will take where that is much."""
    if model is None:
        return Seen.of(texts, None)
    wanted = layers.memory_of(texts)
    if wanted > MEMORY_SAID:
        say(f"{len(texts):,} texts: about {wanted / 1e9:.1f} GB of memory")
    tokens = model.read(texts, lambda done: told(f"{done:,} of {len(texts):,} texts read"))
    told("learning")
    return Seen.of(texts, tokens)


def layers_here(settings: Settings) -> layers.Layers | None:
    """The sentence model; says so where there is none."""
    found = layers.layers_here(settings)
    if found is None:
        say("no sentence model here: going without. `tauric models fetch` brings one")
    return found
