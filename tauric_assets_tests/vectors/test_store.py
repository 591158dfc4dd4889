"""The store: what is written and what is not, who may write, what a search may see."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from pathlib import Path

import lancedb
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tauric_assets.errors import StorageUnavailable, UsageError
from tauric_assets.tables import Row
from tauric_assets.text.embedders import Vectors, embedder_named
from tauric_assets.vectors.changes import SyncReport
from tauric_assets.vectors.search import Filters
from tauric_assets.vectors.store import VectorStore
from tauric_assets_tests.vectors.made import DAY, chunk, chunks

HASHING = embedder_named("hashing")
ROWS = [
    chunk("a", "Nova Robotics agreed to acquire Helio Energy", symbols=["NOVA", "HLX"], breadcrumb="NOVA news"),
    chunk("b", "Zephyrine sold its pumps division", symbols=["ZEPH"], known_at=20),
    chunk("c", "Risk factors: foreign exchange rates", kind="filing", form="10-K", symbols=["NOVA"], known_at=30),
    chunk("d", "Robots are taking over, says everybody", kind="post", known_at=40),
]


@pytest.fixture
def store(tmp_path: Path) -> VectorStore:
    return VectorStore(tmp_path / "vectors", HASHING)


def _found(store: VectorStore, question: str, **filters: object) -> set[str]:
    return {hit.chunk_id for hit in store.nearest(question, 10, Filters(**filters))}  # type: ignore[arg-type]


def test_a_store_of_an_earlier_version_learns_of_contexts(tmp_path: Path) -> None:
    store = VectorStore(tmp_path, HASHING)
    store.upsert(chunks([chunk("a", "Revenue 1,234 1,100", context="(In millions) 2025 2024")]))
    store._table.drop_columns(["context"])
    store = VectorStore(tmp_path, HASHING)
    (before,) = store.nearest("millions", 1, Filters())
    assert before.context == ""
    assert store.upsert(chunks([chunk("a", "Revenue 1,234 1,100", context="(In millions) 2025")])) == 1
    (after,) = store.nearest("millions", 1, Filters())
    assert after.context == "(In millions) 2025"
    assert after.score > 0


def test_what_was_put_in_is_found_with_everything_about_it(store: VectorStore) -> None:
    assert store.upsert(chunks(ROWS)) == 4
    assert store.count() == 4
    hit = store.nearest("who acquires Helio Energy?", 2)[0]
    assert (hit.chunk_id, hit.document_id, hit.kind, hit.form) == ("a#1", "a", "news", None)
    assert (hit.symbols, hit.breadcrumb, hit.url) == (("NOVA", "HLX"), "NOVA news", "https://wire.example/a")
    assert hit.text == "Nova Robotics agreed to acquire Helio Energy"
    assert hit.known_at == 10
    assert 0.3 < hit.score <= 1


def test_hits_come_nearest_first_and_at_most_k(store: VectorStore) -> None:
    store.upsert(chunks(ROWS))
    scores = [hit.score for hit in store.nearest("Nova Robotics", 3)]
    assert len(scores) == 3
    assert scores == sorted(scores, reverse=True)


def test_filters(store: VectorStore) -> None:
    store.upsert(chunks([*ROWS, chunk("e", "O'Hara's", symbols=["O'H"])]))
    assert _found(store, "nova", kinds=["filing", "post"]) == {"c#1", "d#1"}
    assert _found(store, "nova", symbols=["NOVA"]) == {"a#1", "c#1"}
    assert _found(store, "nova", symbols=["O'H", "ZEPH"]) == {"b#1", "e#1"}
    assert _found(store, "nova", forms=["10-K"]) == {"c#1"}
    assert _found(store, "nova", kinds=["news"], symbols=["NOVA"], as_of=10) == {"a#1"}
    assert _found(store, "nova", symbols=[]) == set()
    assert _found(store, "nova", as_of=29) == {"a#1", "b#1", "e#1"}
    assert _found(store, "nova", as_of=9) == set()


def test_the_same_again_writes_nothing(store: VectorStore) -> None:
    store.upsert(chunks(ROWS))
    version = store.version()
    assert store.upsert(chunks(ROWS)) == 0
    assert store.synchronise(DAY, chunks(ROWS)) == SyncReport(0, 0, 0, 4)
    assert store.version() == version


def test_a_change_of_text_or_of_anything_kept_writes_that_row(store: VectorStore) -> None:
    store.upsert(chunks(ROWS))
    assert store.upsert(chunks([ROWS[0], ROWS[1] | {"symbols": ["ZEPH", "PUMP"]}])) == 1
    assert _found(store, "pumps", symbols=["PUMP"]) == {"b#1"}
    assert store.count() == 4


def test_a_changed_document_is_found_in_the_words_of_then(store: VectorStore) -> None:
    first = [chunk("n", "Helio denies the sale", known_at=10), chunk("n", "It said so twice", 2, known_at=10)]
    second = [chunk("n", "Helio confirms the sale", known_at=50, date=date(2026, 1, 6))]
    for order in ((first, second), (second, first)):
        for rows in order:
            store.synchronise(rows[0]["date"], chunks(rows))  # type: ignore[arg-type]
        assert [hit.text for hit in store.nearest("Helio sale", 1)] == ["Helio confirms the sale"]
        assert _found(store, "Helio sale") == {"n#1"}
        assert {hit.text for hit in store.nearest("Helio sale", 10, Filters(as_of=49))} == {
            first[0]["text"],
            first[1]["text"],
        }
        assert {hit.text for hit in store.nearest("Helio sale", 10, Filters(as_of=50))} == {second[0]["text"]}
        store.remove(["n"])
        assert store.count() == 0


def test_taking_the_newer_version_back_makes_the_older_one_current_again(store: VectorStore) -> None:
    store.upsert(chunks([chunk("n", "Helio denies the sale")]))
    later = date(2026, 1, 6)
    store.synchronise(later, chunks([chunk("n", "Helio confirms", known_at=50, date=later)]))
    assert store.synchronise(later, chunks([])) == SyncReport(0, 1, 1, 0)
    assert [hit.text for hit in store.nearest("Helio", 10)] == ["Helio denies the sale"]


def test_synchronise_removes_what_the_day_has_no_more_and_leaves_other_days(store: VectorStore) -> None:
    other = date(2026, 1, 6)
    store.upsert(chunks([*ROWS, chunk("z", "another day", date=other)]))
    report = store.synchronise(DAY, chunks([ROWS[0], ROWS[1] | {"text": "new"}, chunk("f", "added")]))
    assert report == SyncReport(added=1, updated=1, removed=2, unchanged=1)
    assert _found(store, "anything at all") == {"a#1", "b#1", "f#1", "z#1"}
    with pytest.raises(UsageError, match="cannot synchronise 2026-01-05 with chunks of 2026-01-06"):
        store.synchronise(DAY, chunks([chunk("z", "another day", date=other)]))


def test_removed_documents_are_found_at_no_instant(store: VectorStore) -> None:
    store.upsert(chunks(ROWS))
    assert store.remove(["d", "never there"]) == 1
    assert _found(store, "robots") == {"a#1", "b#1", "c#1"}
    assert "d#1" not in _found(store, "robots", as_of=1_000)


def test_upkeep_changes_no_answer(store: VectorStore) -> None:
    store.maintain()
    for row in ROWS:
        store.upsert(chunks([row]))
    asked: list[dict[str, object]] = [{"symbols": ["NOVA"]}, {"forms": ["10-K"]}, {"kinds": ["post"], "as_of": 40}, {}]
    before = [_found(store, "nova", **filters) for filters in asked]
    store.maintain()
    assert [_found(store, "nova", **filters) for filters in asked] == before
    assert store.upsert(chunks([*ROWS, chunk("late", "after the indexes were built", symbols=["NOVA"])])) == 1
    assert _found(store, "nova", symbols=["NOVA"]) == {"a#1", "c#1", "late#1"}


def test_a_second_store_on_the_folder_sees_what_the_first_writes(store: VectorStore) -> None:
    other = VectorStore(store.folder, HASHING)
    store.upsert(chunks(ROWS))
    assert other.count() == 4
    assert other.version() == store.version()


class _Other:
    """An embedder of another kind."""

    id = "other@3"
    dimension = 384
    is_model = False

    def embed_documents(self, texts: list[str]) -> Vectors:
        return HASHING.embed_documents(texts)

    embed_queries = embed_documents


def test_vectors_of_another_embedder_are_refused(store: VectorStore) -> None:
    with pytest.raises(UsageError, match="were made by hashing@1, not by other@3"):
        VectorStore(store.folder, _Other())  # type: ignore[arg-type]


def test_vectors_of_an_older_version_say_what_to_do(tmp_path: Path) -> None:
    older = VectorStore(tmp_path, HASHING).rows(1).schema.remove(1)
    lancedb.connect(str(tmp_path)).create_table("chunks", schema=older, mode="overwrite")
    with pytest.raises(StorageUnavailable, match=r"by an older version \(no chunk_id\): move that folder away"):
        VectorStore(tmp_path, HASHING)


def test_what_cannot_be_asked_and_where_nothing_can_be_kept(store: VectorStore, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="it has no words"):
        store.nearest(" ?! ", 10)
    with pytest.raises(UsageError, match="cannot give 0 hits"):
        store.nearest("words", 0)
    with pytest.raises(UsageError, match="no version 999 any more"):
        store.rows(999)
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageUnavailable, match="cannot write in"):
        VectorStore(tmp_path / "file", HASHING)


def _write_sixty(folder: Path, who: int) -> None:
    store = VectorStore(folder, HASHING)
    for start in range(0, 60, 20):
        rows = [chunk(f"d{number}", f"text {number}", ciks=[who]) for number in range(start, start + 20)]
        store.upsert(chunks(rows))
        store.maintain()


def _ids(folder: Path) -> list[str]:
    """As they are kept; every one of them is found by its words, once."""
    store = VectorStore(folder, HASHING)
    ids = sorted(store.rows(store.version())["chunk_id"].to_pylist())
    assert sorted(hit.chunk_id for hit in store.matching("text", 1_000)) == ids
    return ids


@pytest.mark.slow
def test_three_threads_writing_the_same_keys_leave_each_key_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(3) as writers:
        for done in [writers.submit(_write_sixty, tmp_path, who) for who in range(3)]:
            done.result()
    assert _ids(tmp_path) == sorted(f"d{number}#1" for number in range(60))


@pytest.mark.slow
def test_three_processes_writing_the_same_keys_leave_each_key_once(tmp_path: Path) -> None:
    context = get_context("spawn")  # a fork of a process with LanceDB's threads would hang
    writers = [context.Process(target=_write_sixty, args=(tmp_path, who)) for who in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    assert _ids(tmp_path) == sorted(f"d{number}#1" for number in range(60))


def _merge_plainly(folder: str, who: int, barrier: Barrier) -> None:
    table = lancedb.connect(folder, read_consistency_interval=timedelta(0)).open_table("plain")
    for turn in range(4):
        barrier.wait()
        rows = pa.table({"key": [f"{turn}-{number}" for number in range(20)], "who": [who] * 20})
        table.merge_insert("key").when_matched_update_all().when_not_matched_insert_all().execute(rows)


@pytest.mark.slow
def test_without_our_care_the_same_writers_leave_keys_twice(tmp_path: Path) -> None:
    """The control: LanceDB's own merge, no primary key, no lock."""
    database = lancedb.connect(str(tmp_path))
    database.create_table("plain", schema=pa.schema([("key", pa.string()), ("who", pa.int64())]))
    context = get_context("spawn")
    barrier = context.Barrier(3)
    writers = [context.Process(target=_merge_plainly, args=(str(tmp_path), who, barrier)) for who in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    keys = database.open_table("plain").to_arrow()["key"].to_pylist()
    assert len(set(keys)) == 80 < len(keys)


@pytest.mark.parametrize("damage", ["data", "_versions"])
@pytest.mark.parametrize("whole", [True, False], ids=["cut", "gone"])
def test_a_damaged_store_says_what_to_do(tmp_path: Path, damage: str, whole: bool) -> None:
    VectorStore(tmp_path, HASHING).upsert(chunks([chunk("a", "orders rose")]))
    for file in (tmp_path / "chunks.lance" / damage).iterdir():
        file.write_bytes(file.read_bytes()[:20]) if whole else file.unlink()
    with pytest.raises(StorageUnavailable, match=r"cannot be read .*: move that folder away and make"):
        VectorStore(tmp_path, HASHING).nearest("orders", 10)


_VERSIONS = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(1, 30), st.integers(1, 3)),
    min_size=1,
    max_size=10,
    unique_by=lambda v: v[:2],
)


@pytest.mark.slow
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(versions=_VERSIONS, as_of=st.integers(0, 31), data=st.data())
def test_as_of_sees_each_document_as_it_was_then_and_nothing_later(
    tmp_path_factory: pytest.TempPathFactory, versions: list[tuple[str, int, int]], as_of: int, data: st.DataObject
) -> None:
    store = VectorStore(tmp_path_factory.mktemp("vectors"), HASHING)
    rows: list[Row] = [
        chunk(document, f"{document} said at {known_at} part {number}", number, known_at=known_at)
        for document, known_at, parts in versions
        for number in range(1, parts + 1)
    ]
    shuffled = data.draw(st.permutations(rows))
    cut = data.draw(st.integers(0, len(rows)))
    store.upsert(chunks(shuffled[:cut]))
    store.upsert(chunks(shuffled[cut:]))
    expected = set()
    for document, known_at, parts in versions:
        newest = max((k for d, k, _ in versions if d == document and k <= as_of), default=None)
        if known_at == newest:
            expected |= {f"{document} said at {known_at} part {number}" for number in range(1, parts + 1)}
    assert {hit.text for hit in store.nearest("said at part", 100, Filters(as_of=as_of))} == expected
