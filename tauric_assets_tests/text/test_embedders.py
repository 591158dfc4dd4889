"""Embedders: the registry, and what the one without a model can do."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tauric_assets.errors import UsageError
from tauric_assets.settings import Settings
from tauric_assets.text.embedders import embedder_named

HASHING = embedder_named("hashing")
TEXTS = [
    "Nova Robotics agreed to acquire Helio Energy for 1.2 billion dollars in cash.",
    "The chief executive of Zephyrine sold 120,000 shares under a trading plan.",
    "The company is exposed to changes in foreign exchange rates and in interest rates.",
    "Revenue of the cloud segment grew by 31 percent, driven by new customers.",
    "The auditor resigned and did not express a disagreement with management.",
]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Who is acquiring Helio Energy?", 0),
        ("insider sold shares at Zephyrine", 1),
        ("what is the exposure to foreign exchange rates", 2),
        ("how fast did cloud revenue grow", 3),
        ("why did the auditors resign?", 4),
    ],
)
def test_a_question_finds_the_text_that_shares_its_words(question: str, answer: int) -> None:
    scores = HASHING.embed_documents(TEXTS) @ HASHING.embed_queries([question])[0]
    assert int(np.argmax(scores)) == answer


def test_stop_words_hardly_count() -> None:
    vectors = HASHING.embed_documents(
        ["the of and in to a", "Helio the of and in to a", "Helio", "Zephyrine the of and"]
    )
    assert vectors[1] @ vectors[2] > 0.95
    assert abs(vectors[1] @ vectors[3]) < 0.25


def test_shape_type_and_emptiness() -> None:
    vectors = HASHING.embed_documents(["one two", "", "…!"])
    assert (vectors.shape, vectors.dtype) == ((3, HASHING.dimension), np.float32)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 0, 0])
    assert HASHING.embed_documents([]).shape == (0, HASHING.dimension)
    assert not HASHING.is_model


@given(st.lists(st.text(max_size=80), max_size=8))
def test_a_text_has_one_vector_whatever_stands_beside_it(texts: list[str]) -> None:
    together = HASHING.embed_documents(texts)
    for text, vector in zip(texts, together, strict=True):
        assert np.array_equal(HASHING.embed_documents([text])[0], vector)


def test_another_process_gives_the_same_vector() -> None:
    code = (
        "from tauric_assets.text.embedders import embedder_named as e\n"
        f"import sys; sys.stdout.write(e('hashing').embed_documents([{TEXTS[0]!r}]).tobytes().hex())"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert bytes.fromhex(answer.stdout) == HASHING.embed_documents(TEXTS[:1]).tobytes()


def test_names_and_ids(tmp_path: Path) -> None:
    assert embedder_named("hashing@1").id == "hashing@1"
    with pytest.raises(UsageError, match=r"no embedder 'nobody'; there are: .*hashing"):
        embedder_named("nobody")
    with pytest.raises(UsageError, match="model minilm@1110a243: it is not here: run `tauric models fetch minilm`"):
        embedder_named("minilm", Settings(models_dir=tmp_path))
    with pytest.raises(UsageError, match="hashing@0 is not here any more, only hashing@1"):
        embedder_named("hashing@0")
