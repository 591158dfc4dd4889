"""The cache of vectors: the same vectors as without it, each text embedded once, any number of processes."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tauric_assets.errors import StorageUnavailable
from tauric_assets.text.embedders import Vectors, embedder_named
from tauric_assets.text.embedding.cache import CachedEmbedder

HASHING = embedder_named("hashing")


class Counting:
    """Hashing that remembers what it was asked."""

    id, dimension, tokens_max, is_model = "counting@1", HASHING.dimension, None, True

    def __init__(self) -> None:
        self.asked: list[str] = []

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """See `Embedder`."""
        self.asked += texts
        return HASHING.embed_documents(texts)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """See `Embedder`."""
        return self.embed_documents(texts)


@given(st.lists(st.lists(st.text("ab \x00é\ud800", max_size=3), max_size=6), max_size=5))
def test_vectors_are_those_of_the_embedder_and_made_once(
    tmp_path_factory: pytest.TempPathFactory, calls: list[list[str]]
) -> None:
    counting = Counting()
    path = tmp_path_factory.mktemp("cache") / "vectors.sqlite"
    for texts in calls:
        made = CachedEmbedder(counting, path).embed_documents(texts)
        assert np.array_equal(made, HASHING.embed_documents(texts))
    assert len(counting.asked) == len(set(counting.asked)) == len({text for texts in calls for text in texts})


def test_embedders_do_not_share_vectors(tmp_path: Path) -> None:
    one, other = Counting(), Counting()
    other.id = "counting@2"
    CachedEmbedder(one, tmp_path / "v").embed_documents(["a"])
    CachedEmbedder(other, tmp_path / "v").embed_documents(["a"])
    assert one.asked == other.asked == ["a"]


def test_several_writers_at_once(tmp_path: Path) -> None:
    texts = [f"text {number}" for number in range(300)]
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: CachedEmbedder(Counting(), tmp_path / "v").embed_documents(texts), range(4)))
    assert all(np.array_equal(one, HASHING.embed_documents(texts)) for one in made)
    last = Counting()
    CachedEmbedder(last, tmp_path / "v").embed_documents(texts)
    assert last.asked == []


def test_the_oldest_are_forgotten(tmp_path: Path) -> None:
    counting = Counting()
    for number in range(6):
        CachedEmbedder(counting, tmp_path / "v", rows_max=3).embed_documents([str(number)])
    counting.asked.clear()
    CachedEmbedder(counting, tmp_path / "v", rows_max=3).embed_documents(["3", "4", "5", "0"])
    assert counting.asked == ["0"]


def test_progress_is_told(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    embedder = CachedEmbedder(Counting(), tmp_path / "v", lambda done, of: told.append((done, of)))
    embedder.embed_documents([str(number) for number in range(300)])
    assert told == [(256, 300), (300, 300)]


def test_a_damaged_file_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "v").write_bytes(b"no database" * 1000)
    with pytest.raises(StorageUnavailable, match="delete it to go on"):
        CachedEmbedder(Counting(), tmp_path / "v").embed_documents(["a"])


def test_a_cache_says_of_itself_what_its_embedder_says(tmp_path: Path) -> None:
    kept = CachedEmbedder(HASHING, tmp_path / "vectors.sqlite")
    assert (kept.id, kept.dimension, kept.tokens_max, kept.is_model) == ("hashing@1", 384, None, False)
