"""Serving: the answers of the store as it is now, whatever the snapshot's age."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tauric_assets.tables import Row
from tauric_assets.text.embedders import embedder_named
from tauric_assets.vectors import serving, snapshot
from tauric_assets.vectors.search import Filters, Hit
from tauric_assets.vectors.serving import Serving
from tauric_assets.vectors.snapshot import Snapshot, publish
from tauric_assets.vectors.store import VectorStore
from tauric_assets_tests.vectors.made import DAY, chunk, chunks

HASHING = embedder_named("hashing")
WORDS = ["nova", "helio", "orders", "margin", "robot", "pump", "rate", "loan", "court", "merger"]
FILTERS = [Filters(), Filters(as_of=15), Filters(as_of=45), Filters(kinds=["post"]), Filters(symbols=["NOVA"])]


def row(document: int, version: int) -> Row:
    """A document's version: other words, known later."""
    dice = np.random.default_rng([document, version])
    return chunk(
        f"d{document}",
        " ".join(dice.choice(WORDS, 6)),
        kind=("news", "post")[document % 2],
        symbols=["NOVA"] if document % 3 else [],
        known_at=10 + 10 * version,
    )


EQUAL = 1e-5


def same(found: list[Hit], wanted: list[Hit]) -> bool:
    """Equal but for the last bits of the score, by which equals may change places."""
    if len(found) != len(wanted) or any(abs(a.score - b.score) > EQUAL for a, b in zip(found, wanted, strict=True)):
        return False
    last = wanted[-1].score + 2 * EQUAL if wanted else 0.0
    above = [{hit.chunk_id + hit.text for hit in hits if hit.score > last} for hits in (found, wanted)]
    return above[0] == above[1]


Step = tuple[str, int, int]
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.integers(0, 9), st.integers(0, 4)),
        st.tuples(st.just("remove"), st.integers(0, 9), st.just(0)),
        st.tuples(st.just("ask"), st.integers(0, 9), st.integers(0, len(FILTERS) - 1)),
    ),
    max_size=8,
)


@pytest.mark.slow
@settings(max_examples=12)
@given(STEPS)
def test_every_answer_is_the_stores(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, int]]
) -> None:
    folder = tmp_path_factory.mktemp("serving")
    store = VectorStore(folder / "store", HASHING)
    store.upsert(chunks(row(document, 0) for document in range(5)))
    served = Serving(store, folder / "snapshots")
    for what, document, other in [*steps, *(("ask", number, number) for number in range(len(FILTERS)))]:
        if what == "write":
            store.upsert(chunks([row(document, other)]))
        elif what == "remove":
            store.remove([f"d{document}"])
        else:
            question = WORDS[document]
            wanted = store.nearest(question, 4, FILTERS[other])
            assert same(served.nearest(question, 4, FILTERS[other]), wanted)


def test_a_snapshot_alone_is_behind(tmp_path: Path) -> None:
    """The control: without the difference the same question gives another answer."""
    store = VectorStore(tmp_path / "store", HASHING)
    store.upsert(chunks([row(1, 0)]))
    served = Serving(store, tmp_path / "snapshots")
    assert len(served.nearest("nova", 5, Filters())) == 1
    store.upsert(chunks([row(2, 0)]))
    assert len(served.nearest("nova", 5, Filters())) == 2
    assert len(Snapshot.open(tmp_path / "snapshots").nearest("nova", 5, Filters())) == 1


def test_much_that_is_new_is_published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "DELTA_FREE", 3)
    store = VectorStore(tmp_path / "store", HASHING)
    store.upsert(chunks(row(document, 0) for document in range(5)))
    served = Serving(store, tmp_path / "snapshots")
    assert len(served.nearest("nova", 50, Filters())) == 5
    for document, published in ((5, 5), (6, 5), (7, 5), (8, 9)):
        store.upsert(chunks([row(document, 0)]))
        assert len(served.nearest("nova", 50, Filters())) == document + 1
        served.close()
        assert len(served.nearest("nova", 50, Filters())) == document + 1
        assert Snapshot.open(tmp_path / "snapshots").manifest.n == published


def test_a_damaged_snapshot_is_made_again(tmp_path: Path) -> None:
    store = VectorStore(tmp_path / "store", HASHING)
    store.upsert(chunks([row(1, 0)]))
    publish(store, tmp_path / "snapshots")
    (index,) = (tmp_path / "snapshots").glob("*/vectors.faiss")
    index.write_bytes(index.read_bytes()[:100])
    assert len(Serving(store, tmp_path / "snapshots").nearest("nova", 5, Filters())) == 1


@pytest.mark.slow
def test_many_passages_are_found_by_the_approximate_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Recall of 0.9 at this small size; bench/vectors.py measures it at a real one. Filters stay exact."""
    monkeypatch.setattr(snapshot, "APPROXIMATE_FROM", 2_000)
    dice = np.random.default_rng(4)
    rows = [
        chunk(f"d{number}", " ".join(dice.choice(WORDS, 8)) + f" n{number}", kind=("news", "post")[number % 2])
        for number in range(3_000)
    ]
    store = VectorStore(tmp_path / "store", HASHING)
    store.synchronise(DAY, chunks(rows))
    publish(store, tmp_path / "snapshots")
    opened = Snapshot.open(tmp_path / "snapshots")
    assert "approximate.faiss" in opened.manifest.files
    served = Serving(store, tmp_path / "snapshots")
    store.upsert(chunks([chunk("new", "nova helio orders", kind="post")]))
    store.remove([served.nearest("nova helio orders margin", 1, Filters())[0].document_id])
    found = total = 0
    for question in (" ".join(dice.choice(WORDS, 4)) for _ in range(20)):
        wanted = {hit.chunk_id for hit in store.nearest(question, 10, Filters())}
        found += len(wanted & {hit.chunk_id for hit in served.nearest(question, 10, Filters())})
        total += 10
        filtered = Filters(kinds=["post"])
        assert same(served.nearest(question, 10, filtered), store.nearest(question, 10, filtered))
    assert found / total > 0.9
