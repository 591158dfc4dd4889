"""Words one slip away: each kind of slip, and nothing else."""

from hypothesis import given
from hypothesis import strategies as st

from tauric_assets.text.spelling import Spelling

WORDS = ("zephyrine", "quillon", "marrow", "barrow")
LETTERS = "abcdemnorwxyz"


def test_each_kind_of_slip_is_found_and_two_are_not() -> None:
    spelling = Spelling(WORDS)
    assert spelling.near("zephyrin") == spelling.near("zephyyrine") == spelling.near("zephyrene") == ["zephyrine"]
    assert spelling.near("zephyirne") == ["zephyrine"]
    assert spelling.near("zzephirine") == spelling.near("zephyrine") == spelling.near("") == []
    assert spelling.near("narrow") == ["barrow", "marrow"]
    assert spelling.near("marrow") == ["barrow"]


def _slips(word: str) -> set[str]:
    splits = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    return {
        *(a + b[1:] for a, b in splits if b),
        *(a + letter + b for a, b in splits for letter in LETTERS),
        *(a + letter + b[1:] for a, b in splits if b for letter in LETTERS),
        *(a + b[1] + b[0] + b[2:] for a, b in splits if len(b) > 1),
    }


@given(st.text(alphabet=LETTERS, min_size=1, max_size=8), st.text(alphabet=LETTERS, min_size=1, max_size=8))
def test_near_is_what_one_slip_gives(word: str, other: str) -> None:
    """Against every slip written out (Norvig 2007)."""
    assert Spelling([word]).near(other) == ([word] if other in _slips(word) - {word} else [])
