"""Passages found by their words: whatever their vectors, as known then, in rows newer than the index too."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tauric_assets.errors import StorageUnavailable, UsageError
from tauric_assets.tables import Row
from tauric_assets.text.companies import NamedCompanies
from tauric_assets.text.embedders import embedder_named
from tauric_assets.text.questions import understand
from tauric_assets.vectors import finding
from tauric_assets.vectors.finding import Index, find
from tauric_assets.vectors.search import EVERYTHING, Filters, Hit
from tauric_assets.vectors.serving import Serving
from tauric_assets.vectors.snapshot import Snapshot, publish
from tauric_assets.vectors.store import VectorStore
from tauric_assets_tests.vectors.made import chunk, chunks

HASHING = embedder_named("hashing")
NOISE = "what is reported about orders and margins"
FILLER = "filler of one kind and filler of another kind"
RARE = {
    "zorbitol": chunk("z", f"{FILLER} Zorbitol"),
    "48,113": chunk("n", f"{FILLER} 48,113 units"),
    "Śląskie": chunk("s", f"{FILLER} śląskie"),
    "0000320193-24-000123": chunk("filing:0000320193-24-000123:x.htm:1", FILLER, kind="filing"),
}
OTHERS = [
    chunk("filing:0000320193-24-000124:x.htm:1", FILLER, kind="filing"),
    *(chunk(2 * letter, f"{NOISE} {3 * letter}") for letter in "abcdefghijklmnopqrstuvwxy"),
]
LATER = 50


class Near:
    """The control: an index without words."""

    def __init__(self, index: Index) -> None:
        self.nearest = index.nearest

    def matching(self, question: str, k: int, filters: Filters) -> list[Hit]:
        return []


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> VectorStore:
    """Twenty-five passages near to the questions, and four far from them; half of all newer than the indexes."""
    made = VectorStore(tmp_path_factory.mktemp("words") / "store", HASHING)
    rows = [*OTHERS, *RARE.values()]
    made.upsert(chunks(rows[::2]))
    made.maintain()
    made.upsert(chunks(rows[1::2]))
    return made


@pytest.fixture(scope="module")
def snapshot(store: VectorStore) -> Snapshot:
    publish(store, store.folder / "snapshots")
    return Snapshot.open(store.folder / "snapshots")


def first(index: Index, question: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setattr(finding, "CANDIDATES", 5)
    found = find(index, understand(question, NamedCompanies({})), 3, EVERYTHING)
    return [one.hit.document_id for one in found.passages]


@pytest.mark.parametrize("word", RARE)
def test_a_rare_word_is_found_however_far_its_vector(
    store: VectorStore, snapshot: Snapshot, word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    question, wanted = f"{NOISE} {word}?", RARE[word]["document_id"]
    for index in (store, snapshot, Serving(store, store.folder / "snapshots")):
        assert first(index, question, monkeypatch)[0] == wanted
        assert wanted not in first(Near(index), question, monkeypatch)


def test_filters_hold_for_words(store: VectorStore, snapshot: Snapshot) -> None:
    for index in (store, snapshot):
        assert {hit.kind for hit in index.matching("filler", 50, Filters(kinds=["filing"]))} == {"filing"}
        assert index.matching("zorbitol", 50, Filters(kinds=["filing"])) == []
        assert index.matching("zorbitol", 50, Filters(as_of=9)) == []
        assert index.matching("nobodysaysthis", 50, EVERYTHING) == []


def test_words_that_cannot_be_asked(store: VectorStore) -> None:
    with pytest.raises(UsageError, match="it has no words"):
        store.matching(" ?! ", 10)
    with pytest.raises(UsageError, match="cannot give 0 hits"):
        store.matching("zorbitol", 0)


def texts(hits: Sequence[Hit]) -> set[str]:
    return {hit.text for hit in hits}


def test_words_follow_what_is_written(tmp_path: Path) -> None:
    """Before upkeep, after it, and where rows changed since."""
    store = VectorStore(tmp_path, HASHING)
    assert store.matching("zorbitol", 10) == []
    store.upsert(chunks([chunk("a", "Zorbitol approved"), chunk("b", "Zorbitol refused"), chunk("c", "nothing")]))
    for _ in range(2):
        assert texts(store.matching("ZORBITOLS", 10)) == {"Zorbitol approved", "Zorbitol refused"}
        store.maintain()
    store.upsert(chunks([chunk("a", "Cardivane approved"), chunk("d", "Zorbitol again")]))
    store.remove(["b"])
    for _ in range(2):
        assert texts(store.matching("ZORBITOLS", 10)) == {"Zorbitol again"}
        assert texts(store.matching("cardivane", 10)) == {"Cardivane approved"}
        store.maintain()


def test_a_damaged_index_says_what_to_do(tmp_path: Path) -> None:
    store = VectorStore(tmp_path, HASHING)
    store.upsert(chunks([chunk("a", "Zorbitol approved")]))
    store.maintain()
    shutil.rmtree(tmp_path / "chunks.lance" / "_indices")
    with pytest.raises(StorageUnavailable, match=r"cannot be read .*: move that folder away and make"):
        VectorStore(tmp_path, HASHING).matching("zorbitol", 10)


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> tuple[VectorStore, Snapshot]:
    """Nine documents known at 10, 20, …, each in later words 25 after; half of it newer than the index."""
    store = VectorStore(tmp_path_factory.mktemp("planted") / "store", HASHING)
    rows: list[Row] = []
    for number in range(9):
        known_at = 10 + 10 * number
        rows.append(chunk(f"d{number}", f"Zorbitol trial {number}", known_at=known_at))
        rows.append(chunk(f"d{number}", f"Zorbitol verdict {number}", known_at=known_at + 25))
    store.upsert(chunks(rows[::3]))
    store.maintain()
    store.upsert(chunks([*rows[1::3], *rows[2::3]]))
    publish(store, store.folder / "snapshots")
    return store, Snapshot.open(store.folder / "snapshots")


def as_told(as_of: int) -> set[str]:
    """What was to be read of each document at an instant."""
    known = {number: 10 + 10 * number for number in range(9)}
    return {
        f"Zorbitol {'verdict' if at + 25 <= as_of else 'trial'} {number}" for number, at in known.items() if at <= as_of
    }


@given(st.integers(0, 130), st.booleans())
def test_words_are_those_of_then_and_nothing_later(
    planted: tuple[VectorStore, Snapshot], as_of: int, published: bool
) -> None:
    assert texts(planted[published].matching("zorbitol", 50, Filters(as_of=as_of))) == as_told(as_of)


def test_who_peeks_fails_the_same(planted: tuple[VectorStore, Snapshot]) -> None:
    """The control: the words of now are not those of then."""
    for index in planted:
        assert texts(index.matching("zorbitol", 50, EVERYTHING)) == as_told(200) != as_told(LATER)
