"""Words that are one letter away from another: `AlianceBernstein`, `AllianceBernstien`.

Belongs here: the index that finds them. Not here: which words may be misspelt, and what they name (linking.py).
"""

from collections import defaultdict
from collections.abc import Iterable


class Spelling:
    """Words, found again with one letter left out, added, another, or two neighbours exchanged.

    Args:
        words: in small letters. The index takes one entry for each letter of each.
    """

    def __init__(self, words: Iterable[str]) -> None:
        self._words = frozenset(words)
        self._shortened: dict[str, list[str]] = defaultdict(list)
        for word in sorted(self._words):
            for short in _one_less(word):
                self._shortened[short].append(word)

    def near(self, word: str) -> list[str]:
        """The words one slip away from `word`, in alphabetical order; never itself."""
        found = set(self._shortened.get(word, ()))
        for short in _one_less(word):
            if short in self._words:
                found.add(short)
            found.update(other for other in self._shortened.get(short, ()) if _one_slip(word, other))
        return sorted(found - {word})


def _one_less(word: str) -> set[str]:
    return {word[:place] + word[place + 1 :] for place in range(len(word))}


def _one_slip(one: str, other: str) -> bool:
    """Whether words of one length differ in one letter, or in two neighbours that are exchanged."""
    differ = [place for place in range(len(one)) if one[place] != other[place]]
    if len(differ) == 2 and differ[1] == differ[0] + 1:
        return one[differ[0]] == other[differ[1]] and one[differ[1]] == other[differ[0]]
    return len(differ) <= 1
