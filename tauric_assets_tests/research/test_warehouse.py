"""The warehouse: a whole edition each time, old readers undisturbed."""

from pathlib import Path

import duckdb
import pytest

from tauric_assets.errors import StorageUnavailable
from tauric_assets.lake.engine import engine
from tauric_assets.lake.store import Lake
from tauric_assets.research.warehouse import MARTS, publish
from tauric_assets_tests.lake.made import DAYS, entry, news


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = Lake(tmp_path / "lake")
    lake.revise("news", DAYS, news(entry("a", 10, "x"), entry("a", 20, "y")))
    return lake


def titles(connection: duckdb.DuckDBPyConnection) -> list[tuple[object, ...]]:
    return connection.execute("SELECT title FROM news ORDER BY title").fetchall()


def test_an_edition_holds_every_mart_and_opens_read_only(lake: Lake, tmp_path: Path) -> None:
    path = tmp_path / "it's here" / "warehouse.duckdb"
    with engine() as connection:
        counts = publish(connection, lake, path)
    assert set(counts) == set(MARTS)
    assert (counts["news"], counts["filings"]) == (1, 0)
    with duckdb.connect(str(path), read_only=True) as reader:
        assert titles(reader) == [("y",)]
        stored = reader.execute("SELECT rows FROM table_counts WHERE table_name = 'news'").fetchall()
        assert stored == [(2,)]
    assert [file.name for file in path.parent.iterdir()] == ["warehouse.duckdb"]


@pytest.mark.slow
def test_a_reader_of_the_old_edition_keeps_it_until_it_opens_the_next(lake: Lake, tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(tmp_path / "own.duckdb")) as connection:
        publish(connection, lake, path, as_of=10)
        with duckdb.connect(str(path), read_only=True) as old:
            assert titles(old) == [("x",)]
            lake.revise("news", DAYS, news(entry("b", 30, "z")))
            publish(connection, lake, path)
            assert titles(old) == [("x",)]
        with duckdb.connect(str(path), read_only=True) as new:
            assert titles(new) == [("y",), ("z",)]


@pytest.mark.slow
def test_a_folder_that_cannot_be_made_is_one_line_and_the_old_edition_stays(lake: Lake, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("kept")
    with engine() as connection, pytest.raises(StorageUnavailable, match="warehouse: cannot write") as caught:
        publish(connection, lake, tmp_path / "file" / "warehouse.duckdb")
    assert len(str(caught.value).splitlines()) == 1
    assert (tmp_path / "file").read_text() == "kept"
