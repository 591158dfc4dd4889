"""How well search finds what stands on one page only: names and numbers, which vectors hardly tell apart.

The words are drawn from the pages themselves by chance, so no file of questions is needed and none can be fitted to.

Belongs here: which words, and how often their page is among the first. Not here: the store, nDCG (retrieval.py).
"""

import random
import re
from collections.abc import Callable, Mapping, Sequence

from tauric_assets.research.quality.filings import Filing

ASKED_MAX = 40
"""Words of each kind that are asked for."""
FIRST = 5
"""Pages among which a word's page counts as found."""

Page = tuple[str, int]
_KINDS = {"names": re.compile(r"\b[A-Z][a-z]{5,14}\b"), "numbers": re.compile(r"(?<![\d,.])\d{1,3},\d{3}(?![\d,.])")}


def words_of(filings: Sequence[Filing], seed: int) -> dict[str, list[tuple[str, Page]]]:
    """Words with a capital and numbers that stand on one page of all, with that page; at most `ASKED_MAX` a kind."""
    found: dict[str, list[tuple[str, Page]]] = {}
    for kind, pattern in _KINDS.items():
        pages: dict[str, set[Page]] = {}
        for filing in filings:
            for number, text in filing.pages.items():
                for word in pattern.findall(text):
                    pages.setdefault(word, set()).add((filing.name, number))
        alone = sorted((word, page) for word, (page, *others) in pages.items() if not others)
        found[kind] = sorted(random.Random(seed).sample(alone, min(ASKED_MAX, len(alone))))
    return found


def found_among_first(
    filings: Sequence[Filing], seed: int, systems: Mapping[str, Callable[[str], list[Page]]]
) -> dict[str, object]:
    """For each kind, how many words were asked for, and of which share each system gave the page among the first.

    Args:
        systems: from a question to pages, the best first.
    """
    told: dict[str, object] = {}
    for kind, words in words_of(filings, seed).items():
        asked = [(f"What is reported about {word}?", page) for word, page in words]
        shares = {
            name: round(sum(page in ask(question)[:FIRST] for question, page in asked) / max(1, len(asked)), 4)
            for name, ask in systems.items()
        }
        told[kind] = {"asked": len(asked), **(shares if asked else {})}
    return told
