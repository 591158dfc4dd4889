"""What the lake promises to one writer at a time: replace, revise, append, read, maintain, status."""

from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, write_deltalake
from hypothesis import given, settings
from hypothesis import strategies as st

from tauric_assets.errors import UsageError
from tauric_assets.lake.store import Commit, Lake, TableStatus
from tauric_assets.tables import TABLES
from tauric_assets.times import Days, day_start_ns
from tauric_assets_tests.lake.made import DAY, DAYS, Ticking, entry, news, said, trade, trades

NEXT_DAY = date(2026, 1, 6)


@pytest.fixture(params=["folder é", pytest.param("file://", marks=pytest.mark.slow)])
def lake(request: pytest.FixtureRequest, tmp_path: Path) -> Lake:
    """A lake on a path, and one on an address (read as an object store is, through Arrow)."""
    root = tmp_path / "x" if request.param == "file://" else tmp_path / request.param
    return Lake(f"file://{root}" if request.param == "file://" else root, Ticking())


@pytest.mark.slow
def test_a_table_that_does_not_exist_reads_as_empty_with_its_schema(lake: Lake) -> None:
    for name, table in TABLES.items():
        assert lake.read(name, as_of=5).schema == table.schema
        assert lake.read(name).num_rows == 0
    assert lake.status("trades") == TableStatus(0, None, None, None, -1, 0, 0)
    assert lake.last_version("trades", "nobody") == -1
    lake.maintain("trades")


def test_unknown_table_is_named_with_those_there_are(lake: Lake) -> None:
    with pytest.raises(UsageError, match=r"no table 'newz'; there are: .*news"):
        lake.read("newz")


def test_rows_come_back_exactly_as_given(lake: Lake) -> None:
    given = trades([trade(1), trade(2, symbol="ORCA-EUR", price="0.000000001"), trade(3, price="999999999.999999999")])
    lake.replace("trades", DAYS, given)
    read = lake.read("trades")
    assert read.schema == TABLES["trades"].schema
    columns = [name for name in read.column_names if name != "ingested_at"]
    assert said(read, *columns) == said(given, *columns)


def test_replace_makes_the_days_exactly_the_rows_and_leaves_other_days(lake: Lake) -> None:
    lake.replace("trades", Days(DAY, date(2026, 1, 7)), trades([trade(1), trade(2), trade(9, day=NEXT_DAY)]))
    commit = lake.replace("trades", DAYS, trades([trade(2), trade(3)]))
    assert commit == Commit(version=2, rows_added=1, rows_unchanged=1, changed=True)
    assert said(lake.read("trades"), "trade_id") == [("2",), ("3",), ("9",)]
    assert said(lake.read("trades", days=Days.one(NEXT_DAY)), "trade_id") == [("9",)]
    emptied = lake.replace("trades", DAYS, trades([]))
    assert emptied.changed
    assert said(lake.read("trades"), "trade_id") == [("9",)]


def test_replace_with_the_same_rows_makes_no_commit(lake: Lake) -> None:
    first = lake.replace("news", DAYS, news(entry("a", 1, "x"), entry("b", 2, "y")))
    again = lake.replace("news", DAYS, news(entry("b", 2, "y"), entry("a", 1, "x")))
    assert again == Commit(version=first.version, rows_added=0, rows_unchanged=2, changed=False)


def test_unchanged_rows_keep_their_ingested_at(lake: Lake) -> None:
    lake.replace("news", DAYS, news(entry("a", 1, "x"), entry("b", 2, "y")))
    lake.replace("news", DAYS, news(entry("a", 1, "x"), entry("b", 2, "changed")))
    assert said(lake.read("news"), "entry_id", "ingested_at") == [("a", 1_000_001), ("b", 1_000_002)]


def test_replace_only_touches_what_only_names(lake: Lake) -> None:
    other = entry("z", 1, "theirs") | {"feed": "other"}
    lake.replace("news", DAYS, news(entry("a", 1, "x"), other))
    lake.replace("news", DAYS, news(entry("b", 2, "y")), only=("feed", ["wire"]))
    assert said(lake.read("news"), "entry_id") == [("b",), ("z",)]
    with pytest.raises(ValueError, match="feed is not one of wire"):
        lake.replace("news", DAYS, news(other), only=("feed", ["wire"]))


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ([trade(1, day=NEXT_DAY)], "a row of 2026-01-06 was given for the days 2026-01-05 to 2026-01-06"),
        ([trade(1), trade(1, price="2")], "two rows of venue=coinbase, symbol=NOVA-USD, trade_id=1, known_at="),
        ([trade(1) | {"known_at": None}], "1 rows have no known_at"),
    ],
)
def test_rows_that_cannot_be_stored_are_refused_by_name(
    lake: Lake, rows: list[dict[str, object]], problem: str
) -> None:
    with pytest.raises(ValueError, match=problem):
        lake.replace("trades", DAYS, trades(rows))
    assert lake.status("trades").version == -1


def test_columns_may_come_in_any_order_and_missing_ones_are_null(lake: Lake) -> None:
    given = trades([trade(1)]).select(["trade_id", "symbol", "venue", "price", "size", "source", "known_at_quality"])
    stamps = {name: pa.array([7]) for name in ("known_at", "ts_event")} | {"date": pa.array([DAY])}
    for name, column in stamps.items():
        given = given.append_column(name, column)
    lake.replace("trades", DAYS, given)
    assert lake.read("trades").to_pylist()[0]["side"] is None
    with pytest.raises(ValueError, match="trades has no column colour"):
        lake.replace("trades", DAYS, given.append_column("colour", pa.array(["red"])))


def test_late_correction_is_invisible_before_known_at(lake: Lake) -> None:
    lake.revise("news", DAYS, news(entry("a", 10, "first"), entry("b", 10, "other")))
    lake.revise("news", DAYS, news(entry("a", 20, "corrected")))
    assert said(lake.read("news", as_of=9), "title") == []
    assert said(lake.read("news", as_of=19), "entry_id", "title") == [("a", "first"), ("b", "other")]
    assert said(lake.read("news", as_of=20), "entry_id", "title") == [("a", "corrected"), ("b", "other")]
    assert said(lake.read("news"), "title", "supersedes")[0] == ("corrected", "known_at=10")


def test_a_correction_of_what_was_known_then_is_known_from_now(lake: Lake) -> None:
    lake.revise("news", DAYS, news(entry("a", 10, "misread")))
    lake.revise("news", DAYS, news(entry("a", 10, "read well")))
    assert said(lake.read("news", as_of=999_999), "title") == [("misread",)]
    assert said(lake.read("news"), "title", "known_at", "supersedes") == [("read well", 1_000_002, "known_at=10")]


def test_revise_twice_with_the_same_history_makes_no_commit(lake: Lake) -> None:
    history = news(entry("a", 10, "x"), entry("a", 20, "y"), entry("a", 30, "x"), entry("b", 1, "z"))
    first = lake.revise("news", DAYS, history)
    assert (first.rows_added, first.rows_unchanged) == (4, 0)
    again = lake.revise("news", DAYS, history)
    assert again == Commit(version=first.version, rows_added=0, rows_unchanged=4, changed=False)
    assert said(lake.read("news", as_of=25), "title") == [("y",), ("z",)]
    assert said(lake.read("news", as_of=30), "title") == [("x",), ("z",)]


def test_the_same_content_seen_again_keeps_its_first_known_at(lake: Lake) -> None:
    lake.revise("news", DAYS, news(entry("a", 10, "x")))
    assert not lake.revise("news", DAYS, news(entry("a", 50, "x") | {"source": "elsewhere"})).changed
    assert not lake.revise("news", DAYS, news(entry("a", 5, "x"))).changed
    assert said(lake.read("news"), "known_at") == [(10,)]


def test_rows_no_longer_given_stay(lake: Lake) -> None:
    lake.revise("news", DAYS, news(entry("a", 10, "x")))
    lake.revise("news", DAYS, news(entry("b", 10, "y")))
    assert said(lake.read("news"), "entry_id") == [("a",), ("b",)]


def test_a_key_listed_again_on_another_day_is_known_when_looked_for_everywhere(lake: Lake) -> None:
    lake.revise("news", DAYS, news(entry("a", 10, "x")))
    relisted = news(entry("a", 90, "x", day=NEXT_DAY), entry("b", 90, "y", day=NEXT_DAY))
    commit = lake.revise("news", Days.one(NEXT_DAY), relisted, everywhere=True)
    assert (commit.rows_added, commit.rows_unchanged) == (1, 1)
    assert said(lake.read("news"), "entry_id", "known_at") == [("a", 10), ("b", 90)]


def test_in_a_table_that_is_never_revised_the_first_row_of_a_key_stays(lake: Lake) -> None:
    lake.revise("trades", DAYS, trades([trade(1), trade(2)]))
    late = trade(2, price="99") | {"known_at": day_start_ns(NEXT_DAY)}
    both = [late | {"trade_id": "3"}, trade(3, price="7"), late]
    commit = lake.revise("trades", DAYS, trades(both))
    assert (commit.rows_added, commit.rows_unchanged) == (1, 2)
    prices = [(row[0], str(row[1])) for row in said(lake.read("trades"), "trade_id", "price")]
    assert prices == [("1", "10.250000000"), ("2", "10.250000000"), ("3", "7.000000000")]


def test_extend_adds_each_key_once_and_each_version_once(lake: Lake) -> None:
    lake.append("trades", trades([trade(1), trade(2)]), "sidecar", 1)
    first = lake.extend("trades", trades([trade(2), trade(3), trade(3)]), "import", 1)
    assert (first.rows_added, first.rows_unchanged, first.changed) == (1, 2, True)
    again = lake.extend("trades", trades([trade(9)]), "import", 1)
    assert (again.rows_added, again.changed) == (0, False)
    known = lake.extend("trades", trades([trade(1)]), "import", 2)
    assert (known.rows_added, known.rows_unchanged, known.changed) == (0, 1, False)
    assert sorted(row["trade_id"] for row in lake.read("trades").to_pylist()) == ["1", "2", "3"]
    assert lake.last_version("trades", "import") == 2


def test_append_commits_each_version_once(lake: Lake) -> None:
    batch = trades([trade(1), trade(2)])
    assert lake.append("trades", batch, "sidecar", 2).changed
    assert not lake.append("trades", batch, "sidecar", 2).changed
    assert not lake.append("trades", batch, "sidecar", 1).changed
    assert lake.append("trades", trades([trade(3)]), "sidecar", 3).changed
    assert lake.append("trades", trades([trade(4)]), "another", 0).changed
    assert (lake.last_version("trades", "sidecar"), lake.last_version("trades", "another")) == (3, 0)
    assert said(lake.read("trades"), "trade_id") == [("1",), ("2",), ("3",), ("4",)]


def test_read_chooses_days_columns_and_rows_of_the_latest_revisions(lake: Lake) -> None:
    lake.revise("news", DAYS, news(entry("a", 10, "x"), entry("a", 20, "y"), entry("b", 10, "x")))
    assert lake.read("news", columns=["title", "known_at"]).column_names == ["title", "known_at"]
    assert said(lake.read("news", where="title = 'x'"), "entry_id") == [("b",)]
    assert lake.read("news", days=Days.one(NEXT_DAY)).num_rows == 0


def test_a_deleted_post_stays_a_row(lake: Lake) -> None:
    common = {name: entry("", 1, "")[name] for name in ("date", "ts_event", "known_at_quality", "source")}
    post = {**common, "network": "n", "did": "d", "collection": "c", "rkey": "r"}
    rows = [post | {"known_at": 1, "operation": "create"}, post | {"known_at": 2, "operation": "delete"}]
    lake.revise("posts", DAYS, pa.Table.from_pylist(rows, schema=TABLES["posts"].schema))
    assert said(lake.read("posts", as_of=1), "operation") == [("create",)]
    assert said(lake.read("posts"), "operation") == [("delete",)]


def test_maintain_joins_files_and_changes_no_row(lake: Lake) -> None:
    for number in range(5):
        lake.append("trades", trades([trade(number)]), "sidecar", number)
    before = lake.read("trades")
    assert lake.status("trades").files == 5
    lake.maintain("trades", retention_hours=0)
    assert lake.status("trades").files == 1
    assert said(lake.read("trades"), *before.column_names) == said(before, *before.column_names)
    assert lake.last_version("trades", "sidecar") == 4


def test_status_counts_revisions_and_what_was_known(lake: Lake) -> None:
    lake.revise("news", DAYS, news(entry("a", 10, "x"), entry("a", 20, "y")))
    lake.revise("news", Days.one(NEXT_DAY), news(entry("b", 30, "z", day=NEXT_DAY)))
    now, then = lake.status("news"), lake.status("news", as_of=20)
    assert (now.rows, now.first_day, now.last_day, now.last_known_at) == (3, DAY, NEXT_DAY, 30)
    assert (now.files, now.version) == (2, 2)
    assert (then.rows, then.last_day, then.last_known_at) == (1, DAY, 20)


def test_a_table_from_before_a_column_was_added_reads_and_takes_rows(tmp_path: Path) -> None:
    old = news(entry("a", 10, "x")).drop_columns(["flags", "language"])
    write_deltalake(str(tmp_path / "news"), old, partition_by=["date"])
    lake = Lake(tmp_path, Ticking())
    assert lake.read("news").schema == TABLES["news"].schema
    lake.revise("news", DAYS, news(entry("b", 10, "y") | {"language": "en"}))
    languages = {row["entry_id"]: row["language"] for row in lake.read("news").to_pylist()}
    assert languages == {"a": None, "b": "en"}


@pytest.mark.slow
def test_files_are_laid_out_for_size(tmp_path: Path) -> None:
    rows = trades(trade(number) for number in range(20_000))
    lake = Lake(tmp_path / "lake", Ticking())
    lake.replace("trades", DAYS, rows)
    write_deltalake(str(tmp_path / "plain"), rows, partition_by=["date"])
    plain = DeltaTable(str(tmp_path / "plain")).get_add_actions()
    assert lake.status("trades").bytes < 0.6 * pa.table(plain)["size_bytes"][0].as_py()
    group = pq.ParquetFile(next((tmp_path / "lake" / "trades").glob("date=*/*.parquet"))).metadata.row_group(0)
    encodings = {
        group.column(number).path_in_schema: group.column(number).encodings for number in range(group.num_columns)
    }
    assert "DELTA_BINARY_PACKED" in encodings["ts_event"]
    assert "DELTA_BYTE_ARRAY" in encodings["trade_id"]
    assert "RLE_DICTIONARY" in encodings["symbol"]


@pytest.mark.slow
@settings(max_examples=25)  # each writes up to eight commits
@given(
    batches=st.lists(
        st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 9), st.sampled_from("xyz")), max_size=4), max_size=4
    )
)
def test_beside_says_the_same_as_writing_the_days_anew(batches: list[list[tuple[str, int, str]]]) -> None:
    told = []
    for beside in (False, True):
        with TemporaryDirectory() as folder:
            lake = Lake(folder, clock=Ticking())
            for batch in batches:
                rows = news(*(entry(key, at, title) for key, at, title in batch))
                lake.revise("news", DAYS, rows, everywhere=True, beside=beside)
            names = ("entry_id", "known_at", "title", "supersedes")
            told.append(sorted(lake.read("news", every_revision=True).select(names).to_pylist(), key=repr))
    assert told[0] == told[1]


@pytest.mark.slow
def test_beside_leaves_stored_files_as_they_are_and_maintenance_joins_them(lake: Lake) -> None:
    for name in ("a", "b", "c"):
        lake.revise("news", DAYS, news(entry(name, 10, "x")), beside=True)
    assert lake.status("news").files == 3
    assert not lake.revise("news", DAYS, news(entry("a", 10, "x")), beside=True).changed
    lake.maintain("news")
    assert (lake.status("news").files, lake.status("news").rows) == (1, 3)
