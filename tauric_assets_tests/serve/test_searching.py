"""Passages of a house: never behind the store, and what happens where there is no store."""

import shutil
from pathlib import Path

import pytest

from tauric_assets.house import House
from tauric_assets.serve import searching
from tauric_assets.serve.searching import Passages
from tauric_assets.settings import Settings
from tauric_assets.text import chunks, documents
from tauric_assets.text.linking import Gazetteer
from tauric_assets.vectors.search import Filters
from tauric_assets_tests.serve.made import START, add, entry, instrument, small_house

pytestmark = pytest.mark.slow


def texts(passages: Passages) -> set[str]:
    found = passages.ask("harbour contract", 20, Filters(kinds=["news"])).found
    return {one.hit.text for one in found.passages}


def test_what_was_embedded_and_not_yet_published_is_found(tmp_path: Path) -> None:
    house = small_house(tmp_path).house
    passages = Passages(house)
    before = texts(passages)
    add(house, "news", [entry(9, START + 1, "NOVA Corp (NOVA) loses harbour contract")])
    lake = house.lake
    made = documents.build(
        lake.read("filing_sections"), lake.read("news"), lake.read("posts"), Gazetteer(lake.read("instruments"))
    )
    house.vectors.upsert(chunks.build(made))
    assert {text.split()[3] for text in texts(passages) - before} == {"loses"}


def test_without_a_store_the_snapshot_answers_and_the_log_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    whole = texts(Passages(small_house(tmp_path).house))
    shutil.rmtree(tmp_path / "vectors" / "lancedb")
    passages = Passages(House(Settings(data_dir=tmp_path)))
    assert texts(passages) == whole
    assert texts(passages) == whole
    assert [record.message.partition(":")[0] for record in caplog.records if "snapshot" in record.message] == [
        "the snapshot alone is searched, without what is newer"
    ]


def test_companies_are_read_again_only_when_there_are_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house = small_house(tmp_path).house
    built = []

    class Counted(Gazetteer):
        def _read(self, callings: list[object]) -> None:  # type: ignore[override]
            built.append(len(callings))
            super()._read(callings)  # type: ignore[arg-type]

    monkeypatch.setattr(searching, "Gazetteer", Counted)
    passages = Passages(house)
    for _ in range(3):
        assert passages.ask("Plum Corp margin", 5, Filters()).asked.symbols == ()
    add(house, "instruments", [instrument("PLUM", 79, "PLUM-USD")])
    assert passages.ask("Plum Corp margin", 5, Filters()).asked.symbols == ("PLUM",)
    assert built == [2, 3]
