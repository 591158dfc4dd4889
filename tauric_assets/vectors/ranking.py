"""In which order passages that may answer a question are shown: nearness, words, and the statement asked for.

A passage's score is a weighted sum of six parts, each between 0 and about 1:
- `dense`: cosine to the question as asked;
- `worded`: cosine to what is asked, in the words of filings (capex: "purchases of property, plant and equipment");
- `words`: BM25 (Robertson and Zaragoza 2009) of those words over the candidates, as a share of the best;
- `rare`: the same with the rarity of words counted over all passages there are, as the index found them;
- `named`: its page is a financial statement that the question names;
- `implied`: its page is the statement in which a figure that the question asks for stands.
The weights are set by hand and rounded, not fitted: docs/quality.md tells what others give.

Belongs here: the score of given passages, pure. Not here: finding them (finding.py), reading questions (text/).
"""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tauric_assets.text.finance import STATEMENTS, Statement, statement_of
from tauric_assets.text.questions import Understood
from tauric_assets.text.words import STOP_WORDS
from tauric_assets.vectors.search import WORDED, Hit

WEIGHTS: Mapping[str, float] = {"dense": 0.5, "worded": 0.5, "words": 0.3, "rare": 0.1, "named": 0.6, "implied": 0.2}
SATURATION, LENGTH = 1.2, 0.75
"""BM25's k1 and b."""

_TOKEN = re.compile(r"[^\W\d_]+(?:&[^\W\d_]+)?|\d[\d,.]*\d|\d")
_PLURAL_MIN = 4


@dataclass(frozen=True)
class Ranked:
    """A passage and its score.

    Args:
        score: the weighted sum; comparable within one search only.
        parts: what it is the sum of, unweighted, by the names of `WEIGHTS`.
    """

    hit: Hit
    score: float
    parts: Mapping[str, float]


def rank(asked: Understood, near: Sequence[Hit], worded: Sequence[Hit], matching: Sequence[Hit] = ()) -> list[Ranked]:
    """Order candidates, the best first, equal ones by `chunk_id`.

    Args:
        near: passages near to the question; `score` is their cosine.
        worded: passages near to its wording in filings; the cosine of those in one list only counts as the lowest of
            the other.
        matching: passages found by their words; `score` is the index's BM25. Those that are far in both other lists
            count as near as the last of them.
    """
    hits = {hit.chunk_id: hit for hit in (*matching, *worded, *near)}
    ids = sorted(hits)
    dense, other, rare = _scores(near), _scores(worded), _scores(matching)
    rarest = max(rare.values(), default=0.0) or 1.0
    texts = ["\n".join(getattr(hits[chunk], column) for column in (*WORDED, "context")) for chunk in ids]
    words = matches(wording(asked), texts)
    best = max(words, default=0.0) or 1.0
    named, implied = set(asked.statements), {place for figure in asked.figures for place in figure.statements}
    ranked: list[Ranked] = []
    for place, chunk in enumerate(ids):
        statement = statement_said(hits[chunk].breadcrumb) or statement_of(hits[chunk].text)
        parts = {
            "dense": dense.get(chunk, min(dense.values(), default=0.0)),
            "worded": other.get(chunk, min(other.values(), default=0.0)),
            "words": words[place] / best,
            "rare": rare.get(chunk, 0.0) / rarest,
            "named": float(statement in named),
            "implied": float(not named and statement in implied),
        }
        ranked.append(Ranked(hits[chunk], sum(WEIGHTS[name] * part for name, part in parts.items()), parts))
    return sorted(ranked, key=lambda one: (-one.score, one.hit.chunk_id))


def wording(asked: Understood) -> str:
    """What is asked, and how filings word the figures in it."""
    return " ".join([asked.core, *(figure.words for figure in asked.figures)])


def statement_said(breadcrumb: str) -> Statement | None:
    """The financial statement that a breadcrumb ends with."""
    last = breadcrumb.rpartition("›")[2].strip().casefold()
    return next((statement for statement in STATEMENTS if statement == last), None)


def matches(question: str, texts: Sequence[str]) -> list[float]:
    """BM25 of each text for the words of a question, with the rarity of words counted over these texts alone."""
    wanted = Counter(tokens(question))
    counted = [Counter(token for token in tokens(text)) for text in texts]
    lengths = [sum(counts.values()) for counts in counted]
    mean = sum(lengths) / len(lengths) if any(lengths) else 1.0
    scores = [0.0] * len(texts)
    for word, times in wanted.items():
        holders = sum(word in counts for counts in counted)
        rarity = math.log(1 + (len(texts) - holders + 0.5) / (holders + 0.5))
        for place, counts in enumerate(counted):
            if count := counts[word]:
                norm = SATURATION * (1 - LENGTH + LENGTH * lengths[place] / mean)
                scores[place] += times * rarity * count * (SATURATION + 1) / (count + norm)
    return scores


def tokens(text: str) -> list[str]:
    """Words without stop words and without the s of plurals, and numbers."""
    found = _TOKEN.findall(text.casefold())
    return [_singular(word) for word in found if word not in STOP_WORDS]


def _singular(word: str) -> str:
    return word[:-1] if len(word) >= _PLURAL_MIN and word.endswith("s") and not word.endswith("ss") else word


def _scores(hits: Sequence[Hit]) -> dict[str, float]:
    return {hit.chunk_id: hit.score for hit in hits}
