"""Models trained on a person's own labelled sentences, kept in the data folder: one npz of numbers, one JSON of words.

Neither file can hold code. The JSON appears last, by one rename, and holds the SHA-256 of the npz: a training cut short
leaves no model.

Belongs here: training, keeping, verifying, the model as a `SentimentModel`.
Not here: features and fitting (learning.py), reading labelled files (labelled.py).
"""

import io
import json
import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import cast

import numpy as np
import sklearn
from threadpoolctl import threadpool_limits

from tauric_assets.errors import MalformedDocument, StorageUnavailable, UsageError
from tauric_assets.settings import Settings
from tauric_assets.text.sentiment.attention import ARRAYS, Head
from tauric_assets.text.sentiment.labelled import Labelled
from tauric_assets.text.sentiment.layers import Layers, layers_wanted
from tauric_assets.text.sentiment.learning import Learned, NGrams, Regression, Seen
from tauric_assets.text.sentiment.models import LABELS, TRAINED, Probabilities

FORMAT = 2
ROWS_MIN, ROWS_PER_LABEL_MIN, LABELS_MIN = 30, 5, 2
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,40}")


@dataclass(frozen=True)
class Trained:
    """A trained model. `facts` are what was recorded of its training."""

    id: str
    learned: Learned
    layers: Layers | None
    facts: Mapping[str, object]
    labels = LABELS
    is_trained = True

    def score(self, texts: Sequence[str]) -> Probabilities:
        """See `SentimentModel`."""
        return self.learned.probabilities(Seen.of(texts, self.layers.read(texts) if self.layers else None))


def enough(data: Labelled) -> None:
    """Raises: UsageError: too few rows, or rows of a label, to learn from."""
    counts = {label: data.labels.count(label) for label in LABELS if label in data.labels}
    if len(counts) < LABELS_MIN:
        raise UsageError(f"every row is {next(iter(counts))}: a model wants at least {LABELS_MIN} labels")
    if len(data.texts) < ROWS_MIN or min(counts.values()) < ROWS_PER_LABEL_MIN:
        told = ", ".join(f"{count} {label}" for label, count in counts.items())
        raise UsageError(f"{told}: a model wants {ROWS_MIN} rows, and {ROWS_PER_LABEL_MIN} of each label")


def train(
    settings: Settings, name: str, data: Labelled, seen: Seen, measure: Callable[[], Mapping[str, object]]
) -> dict[str, object]:
    """Train on all of `data`, keep the model as `name`, return its facts.

    Args:
        seen: the texts of `data`, read; without tokens to go without the sentence model.
        measure: gives what is recorded of how good such a model is; called on a thread of its own meanwhile.
    Raises: UsageError: the name cannot be one; StorageUnavailable.
    """
    folder = _folder(settings, name)
    with threadpool_limits(1), ThreadPoolExecutor(1) as pool:
        measuring = pool.submit(measure)
        learned = Learned.fit(seen, data.labels)
    numbers = io.BytesIO()
    arrays = {f"idf{at}": vectorizer.idf_ for at, vectorizer in enumerate(learned.ngrams.vectorizers)}
    arrays |= {"weights": learned.by_ngrams.weights, "constant": learned.by_ngrams.constant}
    if learned.by_tokens is not None:
        arrays |= {f"head_{name}": getattr(learned.by_tokens, name) for name in ARRAYS}
    np.savez_compressed(numbers, **arrays)
    digest = sha256(numbers.getvalue()).hexdigest()
    facts: dict[str, object] = {
        "name": name,
        "id": f"{TRAINED}{name}@{digest[:12]}",
        "format": FORMAT,
        "numbers_sha256": digest,
        "data_sha256": data.digest,
        "rows": len(data.texts),
        "labels": {label: data.labels.count(label) for label in LABELS},
        "left_out": data.left_out,
        "layers": None if seen.tokens is None else Layers.id,
        "scikit_learn": sklearn.__version__,
        "numpy": np.__version__,
        **measuring.result(),
    }
    words = [{word: int(at) for word, at in v.vocabulary_.items()} for v in learned.ngrams.vectorizers]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{digest}.npz").write_bytes(numbers.getvalue())
        fresh = folder / "model.json.new"
        fresh.write_text(json.dumps(facts | {"vocabularies": words}))
        fresh.replace(folder / "model.json")
    except OSError as error:
        raise StorageUnavailable(f"cannot keep the model in {folder}: {error.strerror}") from None
    return facts


def load(settings: Settings, name: str) -> Trained:
    """The trained model called `name`.

    Raises: UsageError: there is none, or the sentence model it wants is not here; MalformedDocument: it is damaged.
    """
    folder = _folder(settings, name)
    if not (folder / "model.json").exists():
        there = ", ".join(names(settings)) or "none"
        raise UsageError(f"no trained model {name!r}; there are: {there}. `tauric sentiment train` makes one")
    facts = facts_of(settings, name)
    if facts.get("format") != FORMAT or facts.get("layers") not in (None, Layers.id):
        raise MalformedDocument(f"trained model {name} is of another version's form: train it again")
    try:
        vocabularies = cast("list[dict[str, int]]", facts.pop("vocabularies"))
        body = (folder / f"{facts['numbers_sha256']}.npz").read_bytes()
        if sha256(body).hexdigest() != facts["numbers_sha256"]:
            raise ValueError("its numbers are not those that were written")
        with np.load(io.BytesIO(body), allow_pickle=False) as held:
            arrays = {key: held[key] for key in held.files}
        ngrams = NGrams.restore(vocabularies, [arrays["idf0"], arrays["idf1"]])
        with_layers = facts["layers"] is not None
        head = Head(**{name: arrays[f"head_{name}"] for name in ARRAYS}) if with_layers else None
        learned = Learned(ngrams, Regression(arrays["weights"], arrays["constant"]), head)
        identity = str(facts["id"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise MalformedDocument(f"trained model {name} is damaged ({error}): train it again") from None
    return Trained(identity, learned, layers_wanted(settings) if with_layers else None, facts)


def facts_of(settings: Settings, name: str) -> dict[str, object]:
    """What was recorded of the training of the model called `name`. Raises: MalformedDocument: it is damaged."""
    try:
        facts = json.loads((_folder(settings, name) / "model.json").read_text())
    except (OSError, ValueError) as error:
        raise MalformedDocument(f"trained model {name} is damaged ({error}): train it again") from None
    if not isinstance(facts, dict):
        raise MalformedDocument(f"trained model {name} is damaged: train it again")
    return facts


def names(settings: Settings) -> list[str]:
    """The names of all trained models, sorted."""
    return sorted(path.parent.name for path in (settings.data_dir / "models" / "sentiment").glob("*/model.json"))


def _folder(settings: Settings, name: str) -> Path:
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} cannot be a model's name: small letters, digits, - and _, at most 41")
    return settings.data_dir / "models" / "sentiment" / name
