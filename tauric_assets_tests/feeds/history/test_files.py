"""Files of past trades and quotes become exact rows; what is neither is refused by name; bad rows are kept aside."""

import gzip
import zipfile
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tauric_assets.errors import MalformedDocument, UsageError
from tauric_assets.feeds.contract import Reject
from tauric_assets.feeds.history import batches, databento, parquet_files
from tauric_assets.feeds.history.batches import NotTicks, Source
from tauric_assets.feeds.history.files import KINDS, batches_of
from tauric_assets.feeds.values import decimal
from tauric_assets.tables import Row
from tauric_assets_tests.feeds.history.made import HOUR, UNDEFINED, dbn_bytes, dbn_mbp1, dbn_trade, written, zstd

UNIT = 10**9
NOVA = Source(None, "NOVA-USDT")


def read(path: Path, kind: str = "auto", source: Source | None = None) -> tuple[dict[str, list[Row]], list[Reject]]:
    """Rows by table and rejects of a whole file."""
    rows: dict[str, list[Row]] = {}
    rejects: list[Reject] = []
    for batch in batches_of(path, kind, source):
        rows.setdefault(batch.table, []).extend(batch.rows.to_pylist())
        rejects.extend(batch.rejects)
    return rows, rejects


def text(folder: Path, name: str, *lines: str) -> Path:
    return written(folder, name, "\n".join(lines) + "\n")


DEALT = [
    dbn_trade(0, 3720 * UNIT + UNIT // 4, 5, b"A", 11),
    dbn_trade(0, 3720 * UNIT + UNIT // 4, 5, b"A", 11),
    dbn_trade(7, -UNIT, 1, b"B", 12),
    dbn_trade(9, 2 * UNIT, 1, b"N", 12),
]


@pytest.mark.parametrize("packed", [False, True])
def test_databento_trades_keep_both_clocks_and_equal_trades_apart(tmp_path: Path, packed: bool) -> None:
    body = dbn_bytes("trades", DEALT)
    rows, rejects = read(written(tmp_path, "x.dbn", zstd(body) if packed else body), "databento")
    first, second, third, fourth = rows["trades"]
    assert not rejects
    assert first == {
        "date": datetime(2026, 1, 5, tzinfo=UTC).date(),
        "ts_event": HOUR,
        "known_at": HOUR + 1_500,
        "known_at_quality": "source",
        "venue": "XNAS.ITCH",
        "symbol": "NOVAH6",
        "trade_id": f"{HOUR}-11-0",
        "price": Decimal("3720.25"),
        "size": Decimal(5),
        "side": "sell",
        "sequence": 11,
        "ts_recv": HOUR + 1_500,
    }
    assert (second["trade_id"], third["price"], third["side"]) == (f"{HOUR}-11-1", Decimal(-1), "buy")
    assert (fourth["side"], fourth["trade_id"]) == (None, f"{HOUR + 9}-12-0")


def test_databento_best_prices_may_lack_a_side_and_hold_trades(tmp_path: Path) -> None:
    records = [
        dbn_mbp1(dbn_trade(0, UNIT, 1, b"A", 1, b"A"), 3 * UNIT, UNDEFINED),
        dbn_mbp1(dbn_trade(5, 3 * UNIT, 2, b"A", 2), 2 * UNIT, 4 * UNIT),
    ]
    rows, _ = read(written(tmp_path, "x.dbn", dbn_bytes("mbp-1", records)), source=Source("nasdaq", "NOVA-USD"))
    (trade,) = rows["trades"]
    first, second = rows["quotes"]
    assert (trade["venue"], trade["symbol"], trade["price"]) == ("nasdaq", "NOVA-USD", Decimal(3))
    assert [first[name] for name in ("bid_price", "bid_size", "ask_price", "ask_size")] == [3, 10, 0, 0]
    assert (second["ask_price"], second["ask_size"], second["sequence"]) == (Decimal(4), Decimal(20), 2)


def test_ids_of_equal_trades_go_on_over_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = [row["trade_id"] for row in read(written(tmp_path, "x.dbn", dbn_bytes("trades", DEALT)))[0]["trades"]]
    for rows in (1, 2, 3):
        monkeypatch.setattr(databento, "BATCH_ROWS_MAX", rows)
        assert [row["trade_id"] for row in read(tmp_path / "x.dbn")[0]["trades"]] == whole


@pytest.mark.parametrize("schema", ["mbo", "mbp-10", "definition", "imbalance", "status", "statistics", "ohlcv-1m"])
def test_databento_files_of_other_things_are_named_and_refused(tmp_path: Path, schema: str) -> None:
    with pytest.raises(NotTicks, match=f"x.dbn holds {schema}, no trades or quotes"):
        read(written(tmp_path, "x.dbn", dbn_bytes(schema, [])))


def test_databento_files_that_are_torn_are_malformed(tmp_path: Path) -> None:
    body = dbn_bytes("trades", DEALT)
    for damaged in (body[:-1], body[:5], body + DEALT[0] + b"\x09" * 48, zstd(body)[:-4]):
        with pytest.raises(MalformedDocument):
            read(written(tmp_path, "x.dbn", damaged))


TARDIS = "exchange,symbol,timestamp,local_timestamp,id,side,price,amount"


def test_tardis_trades_are_dated_by_both_clocks_in_any_unit(tmp_path: Path) -> None:
    path = text(
        tmp_path,
        "t.csv",
        TARDIS,
        "binance-futures,NOVAUSDT,1767614400000001,1767614400000009,17,sell,8531.5,1e-8",
        "binance-futures,NOVAUSDT,1767614400000002000,1767614400000009000,18,unknown,8531.123456789,2152",
    )
    first, second = read(path)[0]["trades"]
    assert (first["venue"], first["symbol"], first["trade_id"]) == ("binance_futures", "NOVA-USDT", "17")
    assert (first["ts_event"], first["known_at"]) == (HOUR + 1_000, HOUR + 9_000)
    assert (first["size"], first["side"]) == (Decimal("0.00000001"), "sell")
    assert (second["ts_event"], second["price"], second["side"]) == (HOUR + 2_000, Decimal("8531.123456789"), None)


def test_tardis_quotes_may_lack_a_side(tmp_path: Path) -> None:
    head = "exchange,symbol,timestamp,local_timestamp,ask_amount,ask_price,bid_price,bid_amount"
    path = text(tmp_path, "q.csv", head, "kraken,XBT/USD,1767614400000001,1767614400000009,1.5,2.5,,")
    (quote,) = read(path)[0]["quotes"]
    assert [quote[name] for name in ("bid_price", "bid_size", "ask_price", "ask_size")] == [
        0, 0, Decimal("2.5"), Decimal("1.5")
    ]  # fmt: skip
    assert (quote["venue"], quote["symbol"]) == ("kraken", "XBT-USD")


def test_bad_rows_are_rejects_and_the_others_stay(tmp_path: Path) -> None:
    path = text(
        tmp_path,
        "t.csv",
        TARDIS,
        "bitmex,XBTUSD,1767614400000001,1767614400000009,a,buy,1.0000000001,1",
        "bitmex,XBTUSD,1767614400000001,1767614400000009,b,buy,2,1",
        "bitmex,XBTUSD,never,1767614400000009,c,buy,2,1",
        "bitmex,XBTUSD,1767614400000001,17676144000",
        "bitmex,XBTUSD,1767614400000001,1767614400000009,d,buy,,1",
    )
    rows, rejects = read(path)
    assert [row["trade_id"] for row in rows["trades"]] == ["b"]
    assert len(rejects) == 4
    assert any(b"1767614400000001,17676144000" in reject.raw for reject in rejects)


SPOT = "553287559,39432.48,0.000263,10.37,1767614400278,True,True"


def test_binance_dumps_say_their_symbol_by_name_and_their_market_by_header(tmp_path: Path) -> None:
    (spot,) = read(text(tmp_path, "NOVAUSDT-trades-2026-01-05.csv", SPOT))[0]["trades"]
    assert (spot["venue"], spot["symbol"], spot["trade_id"], spot["side"]) == (
        "binance", "NOVA-USDT", "553287559", "sell"
    )  # fmt: skip
    assert spot["ts_event"] == spot["known_at"] == HOUR + 278_000_000
    header = "id,price,qty,quote_qty,time,is_buyer_maker"
    path = text(tmp_path, "NOVAUSDT-trades-2026-01.csv", header, "1,2,3,6,1767614400278000,false")
    (future,) = read(path)[0]["trades"]
    assert (future["venue"], future["side"], future["ts_event"]) == ("binance_futures", "buy", HOUR + 278_000_000)


def test_binance_futures_aggregates_and_book_tickers(tmp_path: Path) -> None:
    head = "agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker"
    path = text(tmp_path, "NOVAUSDT-aggTrades-2026-01-05.csv", head, "9,2.5,1,1,2,1767614400278,true")
    (trade,) = read(path, "binance")[0]["trades"]
    assert (trade["trade_id"], trade["size"], trade["side"]) == ("9", Decimal(1), "sell")
    head = "update_id,best_bid_price,best_bid_qty,best_ask_price,best_ask_qty,transaction_time,event_time"
    path = text(tmp_path, "NOVAUSDT-bookTicker-2026-01-05.csv", head, "77,2,3,4,5,1767614400278,1767614400279")
    (quote,) = read(path)[0]["quotes"]
    assert (quote["sequence"], quote["bid_size"], quote["ask_price"]) == (77, Decimal(3), Decimal(4))


@pytest.mark.parametrize("packing", ["gzip", "zip"])
def test_files_may_be_packed(tmp_path: Path, packing: str) -> None:
    name = "NOVAUSDT-trades-2026-01-05.csv"
    if packing == "gzip":
        path = written(tmp_path, f"{name}.gz", gzip.compress(SPOT.encode()))
    else:
        path = tmp_path / name.replace(".csv", ".zip")
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(name, SPOT)
    assert [row["trade_id"] for row in read(path)[0]["trades"]] == ["553287559"]


@pytest.mark.parametrize(
    ("lines", "bid", "at"),
    [
        (("timestamp,bid,ask", "2026-01-05 12:00:00.295000+00:00,86.655,86.728"), "86.655", HOUR + 295_000_000),
        (("EUR/USD,20260105 12:00:00.295,1.05,1.06",), "1.05", HOUR + 295_000_000),
        (("20260105 070000065,1.121200,1.121720,0",), "1.1212", HOUR + 65_000_000),
    ],
)
def test_dealers_quotes_tell_no_sizes(tmp_path: Path, lines: tuple[str, ...], bid: str, at: int) -> None:
    (quote,) = read(text(tmp_path, "q.csv", *lines), source=Source(None, "EUR-USD"))[0]["quotes"]
    assert (quote["bid_price"], quote["bid_size"], quote["ts_event"]) == (Decimal(bid), 0, at)
    assert quote["symbol"] == "EUR-USD"


REFUSED = {
    "candlesticks": "1637971200000,0.1,0.2,0.1,0.2,3,1637971259999,1.0,79,1,0.5,0",
    "changes of an order book": "exchange,symbol,timestamp,local_timestamp,is_snapshot,side,price,amount",
    "snapshots of an order book": "exchange,symbol,timestamp,local_timestamp,asks[0].price,bids[0].price",
    "options": "exchange,symbol,timestamp,strike_price,expiration,bid_price,ask_price,bid_amount,ask_amount",
    "aggregates of spot trades": "26129,0.01,4.7,27781,27781,1498793709153,true,true",
    "columns of no known file": "LOCATION,TIME,Value",
    "is empty": "",
}


@pytest.mark.parametrize("what", REFUSED)
def test_other_files_are_refused_in_one_line(tmp_path: Path, what: str) -> None:
    with pytest.raises(NotTicks, match=what) as caught:
        read(text(tmp_path, "x.csv", REFUSED[what], REFUSED[what]), source=NOVA)
    assert "\n" not in str(caught.value)


def test_a_kind_that_it_is_not_a_kind_there_is_not_and_no_file(tmp_path: Path) -> None:
    path = text(tmp_path, "NOVAUSDT-trades-2026-01-05.csv", SPOT)
    for wrong, words in (("tardis", "is of kind binance, not tardis"), ("csv", "there are: auto, databento")):
        with pytest.raises(UsageError, match=words):
            read(path, wrong)
    with pytest.raises(UsageError, match="cannot read"):
        read(tmp_path / "absent.csv")
    with pytest.raises(NotTicks, match="add --symbol"):
        read(text(tmp_path, "plain.csv", SPOT))
    assert "auto" in KINDS


TABLE = {
    "timestamp": pa.array([HOUR // 1_000_000, HOUR // 1_000_000 + 1], pa.timestamp("ms", "UTC")),
    "quantity": pa.array([0.014596000000000001, 5.2000000000000004e-05]),
    "price": pa.array([39432.48, 0.1 + 0.2]),
    "buyer_maker": pa.array(["True", "False"]),
}


def test_parquet_floats_are_the_decimals_they_stand_for(tmp_path: Path) -> None:
    pq.write_table(pa.table(TABLE | {"trade_id": [1, 2]}), tmp_path / "t.parquet")
    first, second = read(tmp_path / "t.parquet", source=NOVA)[0]["trades"]
    assert (first["price"], first["size"], first["side"]) == (Decimal("39432.48"), Decimal("0.014596"), "sell")
    assert (second["price"], second["size"], second["side"]) == (Decimal("0.3"), Decimal("0.000052"), "buy")
    assert (second["ts_event"], second["trade_id"], second["venue"]) == (HOUR + 1_000_000, "2", batches.VENUE_UNTOLD)


@given(st.decimals(Decimal("0.000000001"), Decimal(999999), places=9))
def test_a_float_that_was_a_decimal_comes_back_as_it(number: Decimal) -> None:
    (told,) = parquet_files._number(pa.array([float(number)]), pa.decimal128(18, 9)).to_pylist()
    assert told == decimal(f"{number:f}")


def test_parquet_trades_without_ids_are_numbered_by_their_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pq.write_table(pa.table(TABLE), tmp_path / "t.parquet")
    whole = [row["trade_id"] for row in read(tmp_path / "t.parquet", source=NOVA)[0]["trades"]]
    assert whole == [f"{HOUR}-0", f"{HOUR + 1_000_000}-1"]
    monkeypatch.setattr(parquet_files, "BATCH_ROWS_MAX", 1)
    assert [row["trade_id"] for row in read(tmp_path / "t.parquet", source=NOVA)[0]["trades"]] == whole


@pytest.mark.parametrize(("width", "scale"), [(8, 9), (16, 16)])
def test_fixed_point_binaries_are_nautilus_numbers(tmp_path: Path, width: int, scale: int) -> None:
    def raw(text: str) -> bytes:
        return int(Decimal(text).scaleb(scale)).to_bytes(width, "little", signed=True)

    binary = pa.binary(width)
    columns = {name: pa.array([raw("1.14605")], binary) for name in ("bid_price", "ask_price", "bid_size", "ask_size")}
    named = pa.table(columns | {"ts_event": [HOUR], "ts_init": [HOUR + 5]}).replace_schema_metadata(
        {"instrument_id": "EUR/USD.SIM"}
    )
    pq.write_table(named, tmp_path / "q.parquet")
    (quote,) = read(tmp_path / "q.parquet")[0]["quotes"]
    assert (quote["venue"], quote["symbol"], quote["known_at"]) == ("SIM", "EUR-USD", HOUR + 5)
    assert quote["bid_price"] == quote["ask_size"] == Decimal("1.14605")


def test_parquet_of_other_things_is_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({"open": [1.0], "close": [2.0], "ts_event": [1]}), tmp_path / "b.parquet")
    with pytest.raises(NotTicks, match="its columns are: open, close, ts_event"):
        read(tmp_path / "b.parquet", source=NOVA)
    with pytest.raises(MalformedDocument):
        read(written(tmp_path, "t.parquet", b"PAR1" + b"x" * 50), source=NOVA)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=40), st.integers(1, 7))
def test_ordinals_do_not_depend_on_how_the_file_is_cut(pairs: list[tuple[int, int]], size: int) -> None:
    """Equal instants lie together in a file that is in order."""
    keys = [(7, 2, at, sequence) for at, sequence in sorted(pairs)]
    expected = [keys[:place].count(key) for place, key in enumerate(keys)]
    ordinals, told = databento._Ordinals(), []
    for start in range(0, len(keys), size):
        told += ordinals.of(databento.np.array(keys[start : start + size], databento.np.int64)).tolist()
    assert told == expected
