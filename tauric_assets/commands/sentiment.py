"""`tauric sentiment`: train, list and use sentiment models.

Belongs here: what is printed and asked. Not here: models (text/sentiment/), measures (research/quality/).
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from tauric_assets.commands.rendering import json_line
from tauric_assets.commands.terminal import OUT, at_work, say, show_table
from tauric_assets.errors import MalformedDocument
from tauric_assets.settings import Settings
from tauric_assets.text.sentiment.models import LABELS, TRAINED, decided, sentiment_model_named, sentiment_model_names

KNOWN = {
    "finbert": "a three-label ONNX classifier; wants its files in finbert of the models' folder",
    "lexicon": "rules, macro-F1 0.71 on PhraseBank",
    "openai-compatible": "a server of chat completions; wants TAURIC_SENTIMENT_ENDPOINT_URL",
}
"""What the models are that come with the house."""


def train(settings: Settings, files: Sequence[Path], name: str) -> None:
    """Measure by cross-validation, train on all, keep, and print the model's facts as one JSON object."""
    from tauric_assets.commands.quality_sentiment import gathered, layers_here, seen_of  # load for seconds
    from tauric_assets.research.quality.sentiment import cross_validated
    from tauric_assets.text.sentiment import trained

    data = gathered(files)
    model = layers_here(settings)
    with at_work("sentiment") as at:
        seen = seen_of(data.texts, model, at)
        facts = trained.train(
            settings, name, data, seen, lambda: cross_validated(data.labels, seen, baselines=False, told=at)
        )
    OUT.file.write(json_line(facts) + "\n")
    say(f"use it with TAURIC_SENTIMENT_MODEL={TRAINED}{name}")


def show(settings: Settings) -> None:
    """One line a model."""
    from tauric_assets.text.sentiment import trained

    rows = [(name, KNOWN.get(name, "installed beside the house")) for name in sentiment_model_names()]
    for name in trained.names(settings):
        rows.append((f"{TRAINED}{name}", _described(settings, name)))
    show_table(("model", "what it is"), rows)


def _described(settings: Settings, name: str) -> str:
    from tauric_assets.text.sentiment import trained

    try:
        facts = trained.facts_of(settings, name)
    except MalformedDocument as error:
        return str(error)
    return f"macro-F1 {facts.get('macro_f1')} on {facts.get('rows')} rows, cross-validated"


def score(settings: Settings, texts: Sequence[str], name: str | None) -> None:
    """One JSON object a text; a rules model is said aloud."""
    model = sentiment_model_named(name or settings.sentiment_model, settings)
    if not model.is_trained:
        say(f"{model.id} is rules, not a trained model: `tauric sentiment train --data FILE` makes a better one")
    wanted = [line.rstrip("\n") for line in sys.stdin] if list(texts) == ["-"] else list(texts)
    found = model.score(wanted)
    for text, row, label in zip(wanted, found, decided(found), strict=True):
        told = {name: round(float(p), 6) for name, p in zip(LABELS, row, strict=True)}
        score = round(float(row[2] - row[0]), 6)
        OUT.file.write(json_line({"text": text, "label": label, "score": score, **told, "model_id": model.id}) + "\n")
