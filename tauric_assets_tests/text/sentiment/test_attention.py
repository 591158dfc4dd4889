"""The head over token states: it finds the telling token, answers alike alone and among others, and is repeatable."""

import numpy as np
import numpy.typing as npt
import pytest

from tauric_assets.text.sentiment.attention import ARRAYS, Head
from tauric_assets.text.sentiment.layers import STATES, Tokens

Evidence = npt.NDArray[np.float32]


def made(texts: int, seed: int, labels: int = 3) -> tuple[Tokens, Evidence, npt.NDArray[np.intp]]:
    """Texts of 3 to 9 random tokens, one of which tells the label."""
    chance = np.random.default_rng(seed)
    truth = chance.integers(0, labels, texts)
    lengths = chance.integers(3, 10, texts)
    parts = [chance.normal(0, 1, (length, STATES)) for length in lengths]
    for part, label in zip(parts, truth, strict=True):
        part[chance.integers(len(part)), 40 * label : 40 * label + 40] += 4
    ends = np.cumsum(lengths)
    tokens = Tokens(np.concatenate(parts).astype(np.float16), ends - lengths, ends)
    return tokens, np.zeros((texts, 2), np.float32), truth


@pytest.mark.slow
def test_the_telling_token_is_found_and_noise_is_not() -> None:
    head = Head.fit(*made(400, 1))
    tokens, evidence, truth = made(200, 2)
    found = head.probabilities(tokens, evidence)
    assert (found.argmax(axis=1) == truth).mean() > 0.9
    assert found.sum(axis=1) == pytest.approx(np.ones(200), abs=1e-5)
    shuffled = np.random.default_rng(3).permutation(truth)
    assert (found.argmax(axis=1) == shuffled).mean() < 0.5


def test_the_same_alone_and_among_others_and_again() -> None:
    tokens, evidence, truth = made(40, 4, labels=2)
    head, again = (Head.fit(tokens, evidence, truth) for _ in range(2))
    assert all(np.array_equal(getattr(head, name), getattr(again, name)) for name in ARRAYS)
    found = head.probabilities(tokens, evidence)
    some = np.array([7, 3], np.intp)
    assert np.array_equal(head.probabilities(tokens.chosen(some), evidence[some]), found[some])
    assert found[:, 2].max() == 0
    assert len(tokens.chosen(np.zeros(0, np.intp))) == 0


def test_slopes_are_those_of_the_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("STATES_DROPPED", "POOLED_DROPPED"):
        monkeypatch.setattr(f"tauric_assets.text.sentiment.attention.{name}", -1e-9)
    tokens, evidence, truth = made(30, 5)
    chance, weight = np.random.default_rng(0), np.ones(3, np.float32)
    head, at = Head._fresh(tokens, 2, truth, chance), np.arange(30)
    slopes = head._slopes(tokens, at, evidence, truth, weight, chance)

    def loss() -> float:
        return float(-np.log(head.probabilities(tokens, evidence)[at, truth]).mean())

    for name, slope in zip(("queries", "projections", "weights", "constant"), slopes, strict=True):
        array, largest = getattr(head, name), np.unravel_index(np.abs(slope).argmax(), slope.shape)
        before, step = array[largest], 0.01
        array[largest] = before + step
        above = loss()
        array[largest] = before - step
        below = loss()
        array[largest] = before
        assert (above - below) / (2 * step) == pytest.approx(slope[largest], rel=0.05)


def test_states_kept_wide_teach_the_same_as_in_half_precision() -> None:
    tokens, evidence, truth = made(40, 6)
    wide = Tokens(tokens.states.astype(np.float32), tokens.starts, tokens.ends)
    head, other = (Head.fit(one, evidence, truth) for one in (tokens, wide))
    assert np.allclose(head.probabilities(tokens, evidence), other.probabilities(wide, evidence), atol=1e-3)
