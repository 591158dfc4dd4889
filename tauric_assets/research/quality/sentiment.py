"""How good sentiment is on labelled sentences: macro-F1 and accuracy, always beside the majority class.

Cross-validated in five seeded, stratified folds, or on held-out files. A sentence is in one fold only: readers of
labelled files keep each once. Nothing is chosen by what stands in a fold that is measured.

Belongs here: folds, measures, baselines. Not here: models (text/sentiment/), printing (commands/).
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from threadpoolctl import threadpool_limits

from tauric_assets.research.quality.bootstrap import interval
from tauric_assets.text.sentiment.learning import Learned, NGrams, Seen
from tauric_assets.text.sentiment.models import LABELS
from tauric_assets.text.sentiment.rules import Rules

FOLDS, SEED = 5, 0
FOLDS_AT_ONCE = 2
"""On a thread each; most of a fold's time is arithmetic that leaves Python's lock."""
ALONE_STRENGTH = 10.0

Numbers = npt.NDArray[np.intp]


def cross_validated(
    labels: Sequence[str], seen: Seen, baselines: bool = True, told: Callable[[str], None] = lambda step: None
) -> dict[str, object]:
    """Each model on folds it was not trained on.

    Args:
        labels: of the texts, at least five of each.
        seen: the texts, read.
        baselines: whether to measure n-grams only and embeddings only as well.
        told: is called with how many folds are done.
    """
    truth = numbered(labels)
    found: dict[str, Numbers] = {}
    folds = list(StratifiedKFold(FOLDS, shuffle=True, random_state=SEED).split(truth, truth))

    def answered(fold: tuple[Numbers, Numbers]) -> dict[str, Numbers]:
        train, test = fold
        return _answers(seen.chosen(train), truth[train], seen.chosen(test), baselines)

    # One thread of linear algebra each: on matrices of this size more of them wait for each other.
    with threadpool_limits(1), ThreadPoolExecutor(FOLDS_AT_ONCE) as pool:
        for done, ((_, test), answers) in enumerate(zip(folds, pool.map(answered, folds), strict=True), 1):
            told(f"{done} of {FOLDS} folds measured")
            for name, answer in answers.items():
                found.setdefault(name, np.zeros(len(truth), np.intp))[test] = answer
    return {"how": f"{FOLDS} stratified folds, seed {SEED}"} | _report(truth, found)


def held_out(train_labels: Sequence[str], train: Seen, test_labels: Sequence[str], test: Seen) -> dict[str, object]:
    """Trained on one file, measured on another; sentences of both are left out and counted."""
    known = set(train.texts)
    fresh = np.array([at for at, text in enumerate(test.texts) if text not in known], np.intp)
    truth = numbered(test_labels)[fresh]
    found = _answers(train, numbered(train_labels), test.chosen(fresh), True)
    shared = len(test.texts) - len(fresh)
    return {"how": "held out", "in_both": shared} | _report(truth, found)


def macro_f1(truth: Numbers, answer: Numbers) -> float:
    """The mean F1 over the labels that occur in `truth` or `answer`."""
    table = np.bincount(truth * len(LABELS) + answer, minlength=len(LABELS) ** 2).reshape(len(LABELS), -1)
    right, there = np.diag(table), table.sum(axis=0) + table.sum(axis=1)
    return float(np.mean(2 * right[there > 0] / there[there > 0]))


def numbered(labels: Sequence[str]) -> Numbers:
    """Labels as places in `LABELS`."""
    return np.array([LABELS.index(label) for label in labels], np.intp)


def _answers(known: Seen, truth: Numbers, asked: Seen, baselines: bool) -> dict[str, Numbers]:
    labels = [LABELS[number] for number in truth]
    found = {
        "trained": Learned.fit(known, labels).probabilities(asked).argmax(axis=1),
        "majority": np.full(len(asked.texts), np.bincount(truth).argmax(), np.intp),
        "rules": Rules().score(asked.texts).argmax(axis=1),
    }
    if baselines:
        ngrams, read = NGrams.learn(known.texts)
        found["tfidf_only"] = _alone(read, truth, ngrams.read(asked.texts))
        if known.tokens is not None and asked.tokens is not None:
            found["embeddings_only"] = _alone(known.tokens.sentence_vectors(), truth, asked.tokens.sentence_vectors())
    return found


def _alone(seen: object, truth: Numbers, asked: object) -> Numbers:
    fitted = LogisticRegression(C=ALONE_STRENGTH, max_iter=300, class_weight="balanced").fit(seen, truth)
    return np.asarray(fitted.predict(asked), np.intp)


def _report(truth: Numbers, found: dict[str, Numbers]) -> dict[str, object]:
    told = {name: _measured(truth, answer) for name, answer in found.items()}
    return {"sentences": len(truth), **told.pop("trained"), "baselines": told}


def _measured(truth: Numbers, answer: Numbers) -> dict[str, object]:
    measure: Callable[[Numbers], float] = lambda chosen: macro_f1(truth[chosen], answer[chosen])  # noqa: E731
    low, high = interval(len(truth), measure)
    return {
        "macro_f1": round(macro_f1(truth, answer), 4),
        "interval": [round(low, 4), round(high, 4)],
        "accuracy": round(float((truth == answer).mean()), 4),
    }
