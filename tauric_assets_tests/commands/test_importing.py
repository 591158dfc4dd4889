"""Files come into the lake exactly once; real files give what an independent reading gives."""

import csv
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import databento_dbn as dbn
import pyarrow.parquet as pq
import pytest

from tauric_assets.commands.importing import Imported, import_file
from tauric_assets.feeds.history import csv_files
from tauric_assets.feeds.history.batches import NotTicks, Source
from tauric_assets.lake.store import Lake
from tauric_assets.lake.verify import verify_table
from tauric_assets.tables import Row
from tauric_assets.times import Days

NOW = 1_767_700_000_000_000_000
SPOT = "{},39432.48,0.000263,10.37,{},True,True\n"
DAY = Days(date(2026, 1, 5), date(2026, 1, 7))


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake", lambda: NOW)


def dump(folder: Path, name: str, numbers: Iterable[int]) -> Path:
    path = folder / f"NOVAUSDT-trades-2026-01-{name}.csv"
    path.write_text("".join(SPOT.format(number, 1_767_614_400_000 + number * 1_000) for number in numbers))
    return path


def bring(lake: Lake, path: Path, symbol: str | None = None, venue: str | None = None) -> Imported:
    return import_file(lake, path, "auto", Source(venue, symbol), NOW)


def numbers_in(lake: Lake) -> list[int]:
    return sorted(int(str(row["trade_id"])) for row in lake.read("trades").to_pylist())


def test_a_second_import_adds_nothing(lake: Lake, tmp_path: Path) -> None:
    path = dump(tmp_path, "05", range(1, 101))
    first, second = bring(lake, path), bring(lake, path)
    assert (first.rows["trades"], first.added["trades"]) == (100, 100)
    assert (second.rows["trades"], second.added["trades"]) == (100, 0)
    assert numbers_in(lake) == list(range(1, 101))
    row = lake.read("trades").to_pylist()[0]
    assert str(row["source"]).startswith("NOVAUSDT-trades-2026-01-05.csv#sha256=")
    assert row["ingested_at"] == NOW
    assert verify_table(lake, "trades", DAY).passed


def test_files_that_overlap_and_repeat_themselves_add_what_is_new(lake: Lake, tmp_path: Path) -> None:
    bring(lake, dump(tmp_path, "05", range(1, 51)))
    report = bring(lake, dump(tmp_path, "06", [*range(40, 61), *range(55, 71)]))
    assert (report.rows["trades"], report.added["trades"]) == (37, 20)
    assert numbers_in(lake) == list(range(1, 71))
    assert verify_table(lake, "trades", DAY).passed


def test_an_import_cut_short_goes_on_where_it_was(lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = dump(tmp_path, "05", range(1, 3_001))
    monkeypatch.setattr(csv_files, "BLOCK_BYTES", 20_000)
    with monkeypatch.context() as cut:
        commit, calls = Lake.extend, [0]

        def failing(self: Lake, *arguments: object) -> object:
            calls[0] += 1
            if calls[0] > 3:
                raise KeyboardInterrupt
            return commit(self, *arguments)  # type: ignore[arg-type]

        cut.setattr(Lake, "extend", failing)
        with pytest.raises(KeyboardInterrupt):
            bring(lake, path)
    held = len(numbers_in(lake))
    assert 0 < held < 3_000
    assert bring(lake, path).added["trades"] == 3_000 - held
    assert numbers_in(lake) == list(range(1, 3_001))


def test_what_cannot_be_read_is_quarantined_once(lake: Lake, tmp_path: Path) -> None:
    path = dump(tmp_path, "05", [1, 2])
    path.write_text(path.read_text() + "3,x,1,1,1767614400000,True,True\n")
    for _ in range(2):
        assert bring(lake, path).quarantined == 1
    (row,) = lake.read("quarantine").to_pylist()
    assert (row["feed"], row["reason"]) == ("import", "a value that cannot be read")
    assert numbers_in(lake) == [1, 2]


def test_the_same_file_told_to_be_of_another_symbol_is_another_import(lake: Lake, tmp_path: Path) -> None:
    path = dump(tmp_path, "05", [1])
    bring(lake, path)
    assert bring(lake, path, "STAR-USDT").added["trades"] == 1


def test_quotes_of_one_instant_are_kept_apart_and_repeats_are_not(lake: Lake, tmp_path: Path) -> None:
    path = tmp_path / "q.csv"
    lines = [f"EUR/USD,20260105 12:00:00.295,1.0{n},1.06" for n in (1, 2, 2, 1)]
    path.write_text("\n".join(lines))
    assert (bring(lake, path).added["quotes"], bring(lake, path).added["quotes"]) == (2, 0)
    assert verify_table(lake, "quotes", DAY).passed


def of_databento(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """By the vendor's own decoder, record by record."""
    packed = dbn.Compression.ZSTD if path.suffix == ".zst" else dbn.Compression.NONE
    decoder = dbn.DBNDecoder(compression=packed)
    decoder.write(path.read_bytes())
    found: dict[str, list[tuple[object, ...]]] = {}
    for record in decoder.decode()[1:]:
        if getattr(record, "action", "") == "T":
            deal = (record.ts_event, record.ts_recv, Decimal(record.price).scaleb(-9), Decimal(record.size))
            found.setdefault("trades", []).append(deal)
        levels = getattr(record, "levels", None)
        if levels:
            sampled = isinstance(record, dbn.BBOMsg | dbn.CBBOMsg)
            at = record.ts_recv if sampled else record.ts_event
            best = (Decimal(levels[0].bid_px).scaleb(-9), Decimal(levels[0].ask_sz))
            found.setdefault("quotes", []).append((at, record.ts_recv, *best))
    return found


def of_tardis(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Times have sixteen digits (microseconds) or nineteen (nanoseconds)."""
    rows = csv.DictReader(path.read_text().splitlines())
    return {
        "trades": [
            (*(int(row[name].ljust(19, "0")) for name in ("timestamp", "local_timestamp")),
             Decimal(row["price"]), Decimal(row["amount"]))
            for row in rows
        ]
    }  # fmt: skip


def of_parquet(path: Path) -> dict[str, list[tuple[object, ...]]]:
    rows = pq.read_table(path).to_pylist()
    if "price" in rows[0]:
        return {"trades": [(ns(r["timestamp"]), None, near(r["price"]), near(r["quantity"])) for r in rows]}
    return {"quotes": [(ns(r["timestamp"]), None, near(r["bid"]), near(r["ask_size"])) for r in rows]}


def of_truefx(path: Path) -> dict[str, list[tuple[object, ...]]]:
    rows = csv.DictReader(path.read_text().splitlines())
    return {"quotes": [(ns(datetime.fromisoformat(r["timestamp"])), None, Decimal(r["bid"]), Decimal(0)) for r in rows]}


def ns(moment: datetime) -> int:
    whole = moment.astimezone(UTC)
    return int(whole.replace(microsecond=0).timestamp()) * 10**9 + whole.microsecond * 1_000


def near(number: float) -> Decimal:
    return Decimal(f"{number:.9f}")


REAL: list[tuple[str, Callable[[Path], dict[str, list[tuple[object, ...]]]]]] = [
    ("ticks/dbn/*trades*", of_databento),
    ("ticks/dbn/*tbbo*", of_databento),
    ("ticks/dbn/*mbp-1.*", of_databento),
    ("ticks/dbn/*bbo-1*", of_databento),
    ("ws/nautilus/databento*.trades.dbn*", of_databento),
    ("ws/nautilus/databento*.tbbo.dbn*", of_databento),
    ("ws/nautilus/databento*.bbo-1*", of_databento),
    ("ticks/nautilus/tardis__*trades*.csv", of_tardis),
    ("ws/nautilus/tardis__*trades*.csv", of_tardis),
    ("ticks/nautilus/binance__*s.parquet", of_parquet),
    ("ticks/nautilus/truefx__*.csv", of_truefx),
]


@pytest.mark.realdata
@pytest.mark.parametrize(("pattern", "reading"), REAL, ids=lambda value: value if isinstance(value, str) else "")
def test_real_files_give_what_an_independent_reading_gives(
    recordings: Callable[[str], list[Path]],
    lake: Lake,
    pattern: str,
    reading: Callable[[Path], dict[str, list[tuple[object, ...]]]],
) -> None:
    for path in recordings(pattern):
        truth = reading(path)
        report = bring(lake, path, "NOVA-USD", venue=path.name)
        assert {table: len(rows) for table, rows in truth.items()} == report.rows == report.added
        assert not report.quarantined
        for table, rows in truth.items():
            stored = lake.read(table, where=f"venue = '{path.name}'").sort_by("ts_event").to_pylist()
            told = [facts(table, row) for row in stored]
            assert sorted(told, key=repr) == sorted(rows, key=repr)
        assert bring(lake, path, "NOVA-USD", venue=path.name).added.total() == 0


def facts(table: str, row: Row) -> tuple[object, ...]:
    names = ("price", "size") if table == "trades" else ("bid_price", "ask_size")
    return (row["ts_event"], row["ts_recv"], *(Decimal(str(row[name])) for name in names))


OTHERS = ("mbo", "imbalance", "definition", "status", "mbp-10", "ADABTC", "book_snapshot", "L2", "bars")


@pytest.mark.realdata
@pytest.mark.parametrize("what", OTHERS)
def test_real_files_of_other_things_are_refused(recordings: Callable[[str], list[Path]], lake: Lake, what: str) -> None:
    for path in recordings(f"ticks/*/*{what}*"):
        with pytest.raises(NotTicks):
            bring(lake, path, "NOVA-USD")
    assert lake.status("trades").rows == lake.status("quotes").rows == 0
