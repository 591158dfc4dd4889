"""The panel: exact values, nothing from after a close, the same day alone or in a range."""

import tempfile
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tauric_assets.errors import UsageError
from tauric_assets.lake.query import connect
from tauric_assets.lake.store import Lake
from tauric_assets.research import panel
from tauric_assets.settings import Settings
from tauric_assets.tables import TABLES, Row, to_arrow
from tauric_assets.times import DAY_NS, SECOND_NS, Days, day_of_ns, day_start_ns

SETTINGS = Settings()
HOUR = 3_600 * SECOND_NS
FIRST = date(2026, 1, 5)
CLOSE = day_start_ns(FIRST) + 21 * HOUR  # 16:00 in New York, winter
LISTINGS = {"NOVA": ("kraken", "NOVA-USD"), "ORCA": ("kraken", "ORCA-USD")}
CIK = 1234
WHOLE = Days(date(2025, 12, 1), date(2026, 3, 1))
TABLES_READ = ("bars", "indicators", "instruments", "insider_transactions", "filings", "documents")


def base(known_at: int, ts_event: int | None = None) -> Row:
    event = known_at if ts_event is None else ts_event
    quality, source = "source", "https://example/x#sha256=00"
    return {
        "date": day_of_ns(event),
        "ts_event": event,
        "known_at": known_at,
        "known_at_quality": quality,
        "source": source,
    }


def bar(end: int, close: int, *, late: int = 0, volume: int = 1, interval: str = "1h", ticker: str = "NOVA") -> Row:
    width = {"1h": HOUR, "1d": DAY_NS, "1m": 60 * SECOND_NS}[interval]
    prices = dict.fromkeys(("open", "high", "low", "close", "notional"), Decimal(close))
    names = {"venue": "kraken", "symbol": f"{ticker}-USD", "interval": interval}
    counts = {"ts_close": end, "volume": Decimal(volume), "trade_count": 1}
    return base(end + late, end - width) | prices | names | counts


def indicator(name: str, known_at: int, value: float) -> Row:
    names = {"venue": "kraken", "symbol": "NOVA-USD", "interval": "1d", "indicator": name}
    return base(known_at, known_at - DAY_NS) | names | {"value": value, "warmup_bars": 100}


def instrument(known_at: int, cik: int = CIK) -> Row:
    return base(known_at) | {"symbol": "NOVA", "cik": cik, "name": "Nova", "exchange": "X", "listings": []}


def insider(number: int, known_at: int, code: str, shares: int, price: int, owner: int) -> Row:
    side = "A" if code == "P" else "D"
    what = {"transaction_code": code, "shares": Decimal(shares), "price": Decimal(price), "acquired_disposed": side}
    return (
        base(known_at)
        | {"accession_number": f"f{number}", "row_number": 1, "issuer_cik": CIK, "owner_ciks": [owner]}
        | what
    )


def filing(number: str, known_at: int, form: str) -> Row:
    return base(known_at) | {"accession_number": number, "form": form, "cik": CIK}


def document(name: str, known_at: int, kind: str = "news", symbols: tuple[str, ...] = ("NOVA",)) -> Row:
    return base(known_at) | {"document_id": name, "kind": kind, "title": name, "text": name, "symbols": list(symbols)}


def put(lake: Lake, table: str, *rows: Row) -> None:
    """Every row as it is, whatever the order: as if each had been written when it became known."""
    number = lake.last_version(table, "test") + 1
    lake.append(table, to_arrow(TABLES[table], rows), "test", number)


def build(lake: Lake, days: Days | None = None) -> list[Row]:
    return panel.build(lake, days or Days.one(FIRST), SETTINGS, LISTINGS).to_pylist()


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path)


def test_a_symbol_without_a_bar_known_has_no_row(lake: Lake) -> None:
    assert build(lake) == []
    put(lake, "bars", bar(CLOSE + HOUR, 1), bar(CLOSE, 1, late=1), bar(CLOSE - DAY_NS, 1))
    assert build(lake) == []


def test_the_close_is_the_last_bar_known_in_its_latest_revision(lake: Lake) -> None:
    wrong = bar(CLOSE, 90)
    put(lake, "bars", bar(CLOSE - HOUR, 99, volume=2), wrong, bar(CLOSE + HOUR, 1))
    assert [(row["close"], row["volume"]) for row in build(lake)] == [(90, 3)]
    put(lake, "bars", wrong | {"close": Decimal(91), "known_at": CLOSE + 1})
    assert [row["close"] for row in build(lake)] == [90]
    put(lake, "bars", wrong | {"close": Decimal(100), "known_at": CLOSE, "ingested_at": 1})
    assert [row["close"] for row in build(lake)] == [100]


def test_returns_compare_with_earlier_sessions_as_corrected_since(lake: Lake) -> None:
    for session in range(7):
        put(lake, "bars", bar(CLOSE - session * DAY_NS, 100 - session))
    put(lake, "bars", bar(CLOSE - DAY_NS, 50, late=HOUR))
    row = build(lake)[0]
    assert row["return_1d"] == 1.0
    assert row["return_5d"] == pytest.approx(100 / 95 - 1)


def test_a_session_without_bars_is_skipped_and_one_too_long_ago_is_none(lake: Lake) -> None:
    put(lake, "bars", bar(CLOSE, 110), bar(CLOSE - 3 * DAY_NS, 100), bar(CLOSE - 20 * DAY_NS, 1, ticker="ORCA"))
    put(lake, "bars", bar(CLOSE, 5, ticker="ORCA"))
    by_symbol = {row["symbol"]: row for row in build(lake)}
    assert by_symbol["NOVA"]["return_1d"] == pytest.approx(0.1)
    assert by_symbol["ORCA"]["return_1d"] is None


def test_the_finest_interval_gives_close_and_volume(lake: Lake) -> None:
    put(lake, "bars", bar(CLOSE, 100, volume=60), bar(CLOSE - 60 * SECOND_NS, 7, volume=1, interval="1m"))
    assert [(row["close"], row["volume"]) for row in build(lake)] == [(7, 1)]


def test_every_other_feature_has_its_value(lake: Lake) -> None:
    put(lake, "bars", bar(CLOSE, 100))
    put(lake, "instruments", instrument(CLOSE - 9 * DAY_NS))
    put(lake, "indicators", indicator("rsi_14", CLOSE - DAY_NS, 40.0), indicator("rsi_14", CLOSE - HOUR, 55.0))
    put(lake, "indicators", indicator("macd_12_26_9", CLOSE, 1.5), indicator("atr_14", CLOSE + 1, 9.0))
    put(
        lake,
        "insider_transactions",
        insider(1, CLOSE, "P", 100, 10, owner=1),
        insider(2, CLOSE - 29 * DAY_NS, "P", 10, 10, owner=1),
        insider(3, CLOSE - 2, "S", 20, 10, owner=2),
        insider(4, CLOSE - 30 * DAY_NS, "S", 7, 7, owner=3),
        insider(5, CLOSE - 2, "M", 999, 1, owner=4),
    )
    put(lake, "filings", filing("a", CLOSE - 8 * DAY_NS, "10-Q"), filing("b", CLOSE - 6 * HOUR, "8-K"))
    put(lake, "filings", filing("c", CLOSE + 1, "10-K"))
    put(lake, "documents", document("n1", CLOSE - HOUR), document("n2", CLOSE - 2 * DAY_NS), document("n3", CLOSE + 1))
    put(lake, "documents", document("n4", CLOSE, symbols=("ORCA",)), document("p1", CLOSE - HOUR, kind="post"))
    row = build(lake)[0]
    assert (row["cik"], row["rsi_14"], row["macd_12_26_9"], row["atr_14"]) == (CIK, 55.0, 1.5, None)
    insiders = [row[f"insider_{name}_30d"] for name in ("net_value", "buyers", "sellers")]
    assert insiders == [1000.0 + 100.0 - 200.0, 1, 1]
    assert (row["filings_7d"], row["last_form"], row["hours_since_filing"]) == (1, "8-K", 6.0)
    assert (row["news_1d"], row["news_5d"], row["posts_1d"]) == (1, 2, 1)
    assert (row["date"], row["ts_event"], row["known_at"]) == (FIRST, CLOSE, CLOSE)


def test_a_late_correction_of_an_old_item_is_not_news(lake: Lake) -> None:
    put(lake, "bars", bar(CLOSE, 100))
    put(lake, "documents", document("n1", CLOSE - 30 * DAY_NS), document("n1", CLOSE - HOUR) | {"title": "corrected"})
    assert build(lake)[0]["news_5d"] == 0


def test_features_of_a_company_are_none_where_the_company_is_unknown(lake: Lake) -> None:
    put(lake, "bars", bar(CLOSE, 100))
    put(lake, "instruments", instrument(CLOSE + 1))
    row = build(lake)[0]
    assert [row[name] for name in ("cik", "insider_net_value_30d", "filings_7d", "last_form")] == [None] * 4


def test_the_close_follows_summer_time(lake: Lake) -> None:
    days = Days(date(2026, 3, 7), date(2026, 3, 9))
    for day in days:
        put(lake, "bars", bar(day_start_ns(day) + 12 * HOUR, 1))
    assert [row["known_at"] - day_start_ns(row["date"]) for row in build(lake, days)] == [21 * HOUR, 20 * HOUR]  # type: ignore[operator, arg-type]


def test_a_close_that_cannot_be_read_is_named(lake: Lake) -> None:
    for wrong in ({"close_time": "25:00"}, {"close_time_zone": "Mars/Olympus"}):
        with pytest.raises(UsageError, match=r"write e.g. 16:00 and America/New_York"):
            panel.build(lake, Days.one(FIRST), Settings(**wrong), LISTINGS)  # type: ignore[arg-type]


instants = st.integers(-6 * 4, 3 * 4).map(lambda quarter: CLOSE + quarter * 6 * HOUR)
rows = st.one_of(
    st.builds(
        lambda at, c, late: ("bars", bar(at, c, late=late * HOUR)), instants, st.integers(1, 99), st.integers(0, 30)
    ),
    st.builds(lambda at, v: ("indicators", indicator("rsi_14", at, float(v))), instants, st.integers(0, 100)),
    st.builds(lambda at, cik: ("instruments", instrument(at, cik)), instants, st.sampled_from([CIK, 99])),
    st.builds(
        lambda n, at, code: ("insider_transactions", insider(n, at, code, 10 + n, 5, n)),
        st.integers(0, 3),
        instants,
        st.sampled_from(["P", "S"]),
    ),
    st.builds(
        lambda n, at, f: ("filings", filing(n, at, f)), st.sampled_from("ab"), instants, st.sampled_from(["4", "8-K"])
    ),
    st.builds(
        lambda n, at, s: ("documents", document(n, at, symbols=s)),
        st.sampled_from("ab"),
        instants,
        st.sampled_from([("NOVA",), ("ORCA",), ()]),
    ),
)
Built = Callable[[Lake, Days], list[Row]]
THREE_DAYS = Days(FIRST, FIRST + timedelta(days=3))


def peeking(lake: Lake, days: Days) -> list[Row]:
    """The same panel making the usual mistake: a bar counts as known when it ended."""
    with tempfile.TemporaryDirectory() as folder, connect(lake) as connection:
        careless = Lake(Path(folder))
        for name in TABLES_READ:
            columns = ", ".join(TABLES[name].schema.names)
            moved = " REPLACE (ts_close AS known_at)" if name == "bars" else ""
            stored = connection.sql(f"SELECT *{moved} FROM (SELECT {columns} FROM all_{name})").to_arrow_table()
            careless.append(name, stored, "test", 0)
        return build(careless, days)


def invariance(built: Built) -> Callable[[], None]:
    """A test that fails where rows known after a close change what `built` says of it."""

    @hypothesis_settings(
        max_examples=10,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(rows, min_size=15, max_size=40), st.randoms(use_true_random=False))
    def holds(drawn: list[tuple[str, Row]], shuffle: object) -> None:
        past = [(table, row) for table, row in drawn if int(str(row["known_at"])) <= CLOSE]
        future = [(table, row) for table, row in drawn if int(str(row["known_at"])) > CLOSE]
        shuffle.shuffle(future)  # type: ignore[attr-defined]
        with tempfile.TemporaryDirectory() as folder:
            lake = Lake(Path(folder))
            for name in TABLES_READ:
                put(lake, name, *([bar(CLOSE - 20 * HOUR, 50)] if name == "bars" else []))
                put(lake, name, *(row for table, row in past if table == name))
            before = [row for row in built(lake, THREE_DAYS) if row["known_at"] == CLOSE]
            for name in TABLES_READ:
                put(lake, name, *(row for table, row in future if table == name))
            assert [row for row in built(lake, THREE_DAYS) if row["known_at"] == CLOSE] == before
            assert built is not build or build(lake, Days.one(FIRST)) == before

    return holds


@pytest.mark.slow
def test_nothing_known_after_a_close_changes_its_row_and_a_day_alone_equals_it_in_a_range() -> None:
    invariance(build)()


@pytest.mark.slow
def test_a_panel_that_peeks_fails_the_same_property() -> None:
    with pytest.raises(AssertionError):
        invariance(peeking)()


def test_the_result_is_panel_rows(lake: Lake) -> None:
    put(lake, "bars", bar(CLOSE, 100))
    built: pa.Table = panel.build(lake, Days.one(FIRST), SETTINGS, LISTINGS)
    assert built.schema == TABLES["panel"].schema
    assert lake.replace("panel", Days.one(FIRST), built).rows_added == 1
