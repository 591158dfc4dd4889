"""A classifier of labelled sentences: word and character n-grams, the rules' evidence, and a sentence model's tokens.

A logistic regression over n-grams and rules, and a head that attends over tokens beside the rules (attention.py); the
mean of their probabilities. Figures are masked by `0`: what they say together is the rules' to compare.

Belongs here: features, fitting, probabilities. Not here: files of models (trained.py), measures (research/quality/).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sparse
from scipy.special import softmax
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from tauric_assets.text.sentiment import rules
from tauric_assets.text.sentiment.attention import Head
from tauric_assets.text.sentiment.layers import Tokens
from tauric_assets.text.sentiment.models import LABELS, Probabilities

WORDS: dict[str, object] = {"ngram_range": (1, 3), "token_pattern": r"(?u)\b\w+\b|%"}
CHARACTERS: dict[str, object] = {"ngram_range": (2, 5), "analyzer": "char_wb"}
CHARACTERS_MAX = 4_000
STRENGTH = 5.0
"""Inverse strength of regularisation."""

_SPLIT_DECIMAL, _DIGITS = re.compile(r"(\d) \.(\d)"), re.compile(r"\d+")


@dataclass
class NGrams:
    """TF-IDF of words and characters, as learned: vocabularies and weights."""

    vectorizers: tuple[TfidfVectorizer, ...]

    @classmethod
    def learn(cls, texts: Sequence[str]) -> tuple["NGrams", sparse.csr_matrix]:
        """Vocabulary and weights of `texts`, and what `read` makes of them.

        What stands in one text only is left out where there are enough.
        """
        fewest = 2 if len(texts) >= 100 else 1
        made = tuple(TfidfVectorizer(sublinear_tf=True, min_df=fewest, **shape) for shape in (WORDS, CHARACTERS))
        plain = [masked(text) for text in texts]
        return cls(made), sparse.hstack([vectorizer.fit_transform(plain) for vectorizer in made]).tocsr()

    @classmethod
    def restore(cls, vocabularies: Sequence[dict[str, int]], weights: Sequence[npt.NDArray[np.float64]]) -> "NGrams":
        """From what `learn` learned."""
        made = []
        for shape, vocabulary, weight in zip((WORDS, CHARACTERS), vocabularies, weights, strict=True):
            vectorizer = TfidfVectorizer(sublinear_tf=True, vocabulary=vocabulary, **shape)
            vectorizer.idf_ = weight
            made.append(vectorizer)
        return cls(tuple(made))

    def read(self, texts: Sequence[str]) -> sparse.csr_matrix:
        """One row a text."""
        plain = [masked(text) for text in texts]
        return sparse.hstack([vectorizer.transform(plain) for vectorizer in self.vectorizers]).tocsr()


@dataclass
class Regression:
    """A fitted logistic regression, as numbers: `weights` of shape (features, 3)."""

    weights: npt.NDArray[np.float64]
    constant: npt.NDArray[np.float64]

    @classmethod
    def fit(
        cls, seen: sparse.csr_matrix | npt.NDArray[np.float64], labels: Sequence[str], strength: float
    ) -> "Regression":
        """Fit to at least two labels of `LABELS`; one that never occurs gets no probability."""
        fitted = LogisticRegression(C=strength, max_iter=300, class_weight="balanced").fit(seen, list(labels))
        weights, constant = np.zeros((seen.shape[1], len(LABELS))), np.full(len(LABELS), -1e3)
        known = [LABELS.index(label) for label in fitted.classes_]
        if len(known) == len(LABELS):
            weights[:, known], constant[known] = fitted.coef_.T, fitted.intercept_
        else:
            weights[:, known[1]], constant[known] = fitted.coef_[0], [0.0, fitted.intercept_[0]]
        return cls(weights, constant)

    def probabilities(self, seen: sparse.csr_matrix | npt.NDArray[np.float64]) -> Probabilities:
        """One row a text."""
        logits = np.asarray(seen @ self.weights) + self.constant
        return np.asarray(softmax(logits, axis=1), np.float64)


@dataclass(frozen=True)
class Seen:
    """Texts with what is known of each before anything is learned; `tokens` only where there is a sentence model."""

    texts: tuple[str, ...]
    evidence: npt.NDArray[np.float64]
    tokens: Tokens | None

    @classmethod
    def of(cls, texts: Sequence[str], tokens: Tokens | None) -> "Seen":
        """Read the rules' evidence; `tokens` holds the states of each text, or is None."""
        return cls(tuple(texts), rules.features(texts), tokens)

    def chosen(self, at: npt.NDArray[np.intp]) -> "Seen":
        """Some of the texts, in their order."""
        tokens = None if self.tokens is None else self.tokens.chosen(at)
        return Seen(tuple(self.texts[place] for place in at), self.evidence[at], tokens)


@dataclass
class Learned:
    """What was learned: from n-grams and rules, and from tokens and rules where there was a sentence model."""

    ngrams: NGrams
    by_ngrams: Regression
    by_tokens: Head | None

    @classmethod
    def fit(cls, seen: Seen, labels: Sequence[str]) -> "Learned":
        """Learn from labelled texts, the same from the same."""
        ngrams, read = NGrams.learn(seen.texts)
        by_ngrams = Regression.fit(_beside(read, seen.evidence), labels, STRENGTH)
        if seen.tokens is None:
            return cls(ngrams, by_ngrams, None)
        numbered = np.array([LABELS.index(label) for label in labels], np.intp)
        return cls(ngrams, by_ngrams, Head.fit(seen.tokens, seen.evidence.astype(np.float32), numbered))

    def probabilities(self, seen: Seen) -> Probabilities:
        """The mean over both."""
        if not seen.texts:
            return np.zeros((0, len(LABELS)))
        found = self.by_ngrams.probabilities(_beside(self.ngrams.read(seen.texts), seen.evidence))
        if self.by_tokens is None or seen.tokens is None:
            return found
        heard = self.by_tokens.probabilities(seen.tokens, seen.evidence.astype(np.float32))
        return np.asarray((found + heard) / 2, np.float64)


def masked(text: str) -> str:
    """Small letters, every number `0`, no more than `CHARACTERS_MAX`."""
    return _DIGITS.sub("0", _SPLIT_DECIMAL.sub(r"\1.\2", text[:CHARACTERS_MAX].lower()))


def _beside(ngrams: sparse.csr_matrix, evidence: npt.NDArray[np.float64]) -> sparse.csr_matrix:
    return sparse.hstack([ngrams, sparse.csr_matrix(evidence)]).tocsr()
