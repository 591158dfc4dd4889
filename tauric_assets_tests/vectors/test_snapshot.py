"""Snapshots: the same answers as the store, when one is built, what damage does."""

import json
import os
import signal
import subprocess
import sys
from itertools import count
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest

from tauric_assets.errors import StorageUnavailable
from tauric_assets.tables import Row
from tauric_assets.text.embedders import embedder_named
from tauric_assets.vectors import snapshot
from tauric_assets.vectors.search import Filters
from tauric_assets.vectors.snapshot import Snapshot, publish
from tauric_assets.vectors.store import VectorStore
from tauric_assets_tests.vectors.made import chunk, chunks

HASHING = embedder_named("hashing")
WORDS = ["nova", "helio", "orders", "margin", "robot", "pump", "rate", "loan", "court", "merger", "lease", "storm"]


def _rows(size: int) -> list[Row]:
    random = np.random.default_rng(11)
    rows: list[Row] = []
    for number in range(size):
        kind = ("news", "filing", "post")[number % 3]
        rows.append(
            chunk(
                f"d{number // 2}",
                " ".join(random.choice(WORDS, 9)) + f" {number}",
                number % 2 + 1,
                kind=kind,
                form=("10-K", "8-K")[number % 2] if kind == "filing" else None,
                symbols=sorted(random.choice(["NOVA", "HLX", "ZEPH"], random.integers(0, 3), replace=False).tolist()),
                known_at=int(number // 2 % 50),
            )
        )
    rows += [row | {"known_at": 60, "text": f"{row['text']} corrected"} for row in rows[:40]]
    return rows


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> VectorStore:
    store = VectorStore(tmp_path_factory.mktemp("store"), HASHING)
    store.upsert(chunks(_rows(600)))
    return store


@pytest.fixture
def own_store(tmp_path: Path) -> VectorStore:
    store = VectorStore(tmp_path / "store", HASHING)
    store.upsert(chunks(_rows(20)))
    return store


FILTERS: list[dict[str, object]] = [
    {},
    {"as_of": 25},
    {"as_of": 60},
    {"as_of": -1},
    {"kinds": ["post"]},
    {"symbols": ["NOVA", "ZEPH"]},
    {"forms": ["8-K"], "as_of": 7},
    {"kinds": ["filing"], "symbols": ["HLX"], "forms": ["10-K"], "as_of": 40},
    {"symbols": []},
    {"forms": ["no such form"]},
]


@pytest.mark.parametrize("filters", FILTERS, ids=str)
def test_a_snapshot_answers_exactly_as_the_store(
    store: VectorStore, tmp_path: Path, filters: dict[str, object]
) -> None:
    publish(store, tmp_path)
    snapshot = Snapshot.open(tmp_path)
    for question in ("merger of nova and helio", "dividend guidance", "storm"):
        from_store = store.nearest(question, 25, Filters(**filters))  # type: ignore[arg-type]
        from_snapshot = snapshot.nearest(question, 25, Filters(**filters))  # type: ignore[arg-type]
        assert [hit.score for hit in from_snapshot] == pytest.approx([hit.score for hit in from_store], abs=1e-5)
        least = from_store[-1].score + 1e-5 if from_store else 0.0
        assert {hit.chunk_id for hit in from_snapshot if hit.score > least} == {
            hit.chunk_id for hit in from_store if hit.score > least
        }
        as_of = filters.get("as_of")
        assert all(as_of is None or hit.known_at <= int(str(as_of)) for hit in from_snapshot)


def test_the_manifest_tells_what_it_is(own_store: VectorStore, tmp_path: Path) -> None:
    manifest = publish(own_store, tmp_path / "snapshots", clock=lambda: 77)
    assert manifest == Snapshot.open(tmp_path / "snapshots").manifest
    assert (manifest.lance_version, manifest.embedder_id) == (own_store.version(), "hashing@1")
    assert (manifest.n, manifest.dimension, manifest.built_at) == (own_store.count(), 384, 77)


def test_an_unchanged_store_is_not_built_again_and_a_changed_one_is(own_store: VectorStore, tmp_path: Path) -> None:
    clock = count(1).__next__
    first = publish(own_store, tmp_path / "snapshots", clock)
    opened = Snapshot.open(tmp_path / "snapshots")
    assert publish(own_store, tmp_path / "snapshots", clock) == first
    own_store.upsert(chunks([chunk("new", "a volcano nobody spoke of")]))
    assert publish(own_store, tmp_path / "snapshots", clock).built_at == 2
    assert Snapshot.open(tmp_path / "snapshots").nearest("volcano", 1)[0].chunk_id == "new#1"
    assert opened.nearest("volcano", 1)[0].chunk_id != "new#1", "what is open stays as it was"


def test_two_old_snapshots_stay(own_store: VectorStore, tmp_path: Path) -> None:
    folder = tmp_path / "snapshots"
    clock = count(1).__next__
    for number in range(5):
        own_store.upsert(chunks([chunk(f"n{number}", "more")]))
        publish(own_store, folder, clock)
    versions = sorted(int(path.name[:20]) for path in folder.iterdir() if path.is_dir())
    assert versions == [3, 4, 5]
    assert Snapshot.open(folder).manifest.built_at == 5


@pytest.mark.parametrize("change", [{"n": 3}, {"files": []}, {"dimension": "x"}, {"lance_version": 99}], ids=str)
def test_a_manifest_that_tells_something_else_is_damage(
    own_store: VectorStore, tmp_path: Path, change: dict[str, object]
) -> None:
    folder = tmp_path / "snapshots"
    publish(own_store, folder)
    file = next(folder.glob("*/manifest.json"))
    file.write_text(json.dumps(json.loads(file.read_text()) | change))
    with pytest.raises(StorageUnavailable, match="is damaged: publish again"):
        Snapshot.open(folder)
    publish(own_store, folder)
    assert Snapshot.open(folder).nearest("nova", 10)


def test_a_pointer_that_is_no_text_is_mended(own_store: VectorStore, tmp_path: Path) -> None:
    folder = tmp_path / "snapshots"
    publish(own_store, folder)
    (folder / "CURRENT").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(StorageUnavailable, match="publish again"):
        Snapshot.open(folder)
    publish(own_store, folder)
    assert Snapshot.open(folder).nearest("nova", 10)


def _die_while_publishing(store: Path, folder: Path) -> None:
    def killed(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    snapshot._write_durably = killed
    publish(VectorStore(store, HASHING), folder)


@pytest.mark.slow
def test_a_publisher_that_is_killed_leaves_the_one_before(own_store: VectorStore, tmp_path: Path) -> None:
    folder = tmp_path / "snapshots"
    assert publish(own_store, folder).n == Snapshot.open(folder).manifest.n
    before = Snapshot.open(folder).manifest
    own_store.upsert(chunks([chunk("later", "nova orders")]))
    publisher = get_context("spawn").Process(target=_die_while_publishing, args=(own_store.folder, folder))
    publisher.start()
    publisher.join()
    assert publisher.exitcode == -signal.SIGKILL and Snapshot.open(folder).manifest == before
    assert publish(own_store, folder).n == before.n + 1
    assert all((path / "manifest.json").exists() for path in folder.iterdir() if path.is_dir())


@pytest.mark.parametrize("name", ["vectors.faiss", "rows.arrow", "manifest.json"])
def test_damage_is_noticed_and_mended_by_publishing_again(own_store: VectorStore, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "snapshots"
    clock = count(1).__next__
    publish(own_store, folder, clock)
    file = next(folder.glob(f"*/{name}"))
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0xFF
    file.write_bytes(content)
    with pytest.raises(StorageUnavailable, match="is damaged: publish again"):
        Snapshot.open(folder)
    assert publish(own_store, folder, clock).built_at == 2
    assert Snapshot.open(folder).nearest("nova", 10)


def test_reading_a_snapshot_does_not_import_lancedb() -> None:
    code = "import sys, tauric_assets.vectors.snapshot; sys.exit('lancedb' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_folder_without_a_snapshot(tmp_path: Path) -> None:
    with pytest.raises(StorageUnavailable, match="publish one first"):
        Snapshot.open(tmp_path)


def test_a_snapshot_of_nothing_finds_nothing(tmp_path: Path) -> None:
    publish(VectorStore(tmp_path / "store", HASHING), tmp_path / "snapshots")
    assert Snapshot.open(tmp_path / "snapshots").nearest("nova", 10) == []
