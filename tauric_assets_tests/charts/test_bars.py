"""Bars: windows, order, exactness, what is known when."""

from decimal import Decimal
from itertools import groupby

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tauric_assets.charts import bars
from tauric_assets.errors import UsageError
from tauric_assets.tables import QUALITIES, Row, table_named
from tauric_assets.times import SECOND_NS
from tauric_assets_tests.charts.made import START, trade, trades


def test_a_window_starts_inclusive_and_ends_exclusive() -> None:
    built = bars.build(
        trades([trade(0, "10", trade_id=1), trade(59.999999999, "12", trade_id=2), trade(60, "11", trade_id=3)])
    )
    minutes = [row for row in built.to_pylist() if row["interval"] == "1m"]
    assert [(row["ts_event"] - START, row["ts_close"] - START) for row in minutes] == [
        (0, 60 * SECOND_NS),
        (60 * SECOND_NS, 120 * SECOND_NS),
    ]
    assert [row["trade_count"] for row in minutes] == [2, 1]
    assert (minutes[0]["open"], minutes[0]["close"]) == (Decimal(10), Decimal(12))


def test_all_columns_of_one_bar() -> None:
    rows = [
        trade(1, "10.5", "0.000000001", 9),
        trade(1, "10.7", "3", 10, known_at=START + 61 * SECOND_NS, known_at_quality="source"),
        trade(0.5, "10.1", "2", 8),
    ]
    (bar,) = bars.build(trades(rows), ["1m"]).to_pylist()
    assert bar == {
        "date": rows[0]["date"],
        "ts_event": START,
        "known_at": START + 61 * SECOND_NS,
        "known_at_quality": "source",
        "ingested_at": None,
        "source": "trades",
        "supersedes": None,
        "venue": "coinbase",
        "symbol": "NOVA-USD",
        "interval": "1m",
        "ts_close": START + 60 * SECOND_NS,
        "open": Decimal("10.1"),
        "high": Decimal("10.7"),
        "low": Decimal("10.1"),
        "close": Decimal("10.7"),
        "volume": Decimal("5.000000001"),
        "notional": Decimal("52.3000000105"),
        "trade_count": 3,
    }


def test_trade_ids_order_as_numbers_where_they_are_numbers_and_as_text_elsewhere() -> None:
    numbers = bars.build(trades([trade(1, "3", trade_id=10), trade(1, "2", trade_id=9)]), ["1m"]).to_pylist()
    assert (numbers[0]["open"], numbers[0]["close"]) == (2, 3)
    texts = bars.build(trades([trade(1, "3", trade_id="b"), trade(1, "2", trade_id="a")]), ["1m"]).to_pylist()
    assert (texts[0]["open"], texts[0]["close"]) == (2, 3)


def test_notional_is_exact_at_the_widest_prices_and_sizes() -> None:
    price, size = "999999999.999999999", "9999999999.999999999"
    (bar,) = bars.build(trades([trade(1, price, size)]), ["1d"]).to_pylist()
    assert bar["notional"] == Decimal("9999999999999999989.000000000000000001")


def test_nothing_and_unknown_intervals() -> None:
    empty = bars.build(table_named("trades").schema.empty_table())
    assert empty.num_rows == 0 and empty.schema == table_named("bars").schema
    with pytest.raises(UsageError, match="no bars of 7m; there are: 1s, 5s, 15s, 1m, 5m, 15m, 1h, 1d"):
        bars.build(trades([]), ["7m"])


@st.composite
def _trade_lists(draw: st.DrawFn) -> list[Row]:
    count = draw(st.integers(1, 25))
    return [
        trade(
            draw(st.integers(0, 8_000)) / 4,
            f"{draw(st.integers(1, 500))}.{draw(st.integers(0, 99)):02}",
            f"{draw(st.integers(0, 9))}.{draw(st.integers(1, 999_999_999)):09}",
            number,
            venue=draw(st.sampled_from(["coinbase", "kraken"])),
            known_at=START + draw(st.integers(0, 4_000)) * SECOND_NS,
            known_at_quality=draw(st.sampled_from(QUALITIES)),
        )
        for number in range(count)
    ]


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(rows=_trade_lists(), data=st.data())
def test_order_and_repetition_of_trades_change_nothing(rows: list[Row], data: st.DataObject) -> None:
    again = data.draw(st.lists(st.sampled_from(rows), max_size=10))
    shuffled = data.draw(st.permutations([*rows, *again]))
    assert bars.build(trades(shuffled)).equals(bars.build(trades(rows)))


@settings(max_examples=15, deadline=None)
@given(rows=_trade_lists())
def test_bars_agree_with_plain_python(rows: list[Row]) -> None:
    built = bars.build(trades(rows), ["5m"]).to_pylist()
    assert built == _plainly(rows, 300 * SECOND_NS)


def _plainly(rows: list[Row], width: int) -> list[Row]:
    """The definition, written down a second time."""

    def window(row: Row) -> tuple[str, int]:
        return str(row["venue"]), int(str(row["ts_event"])) // width * width

    expected: list[Row] = []
    ordered = sorted(rows, key=lambda row: (window(row), row["ts_event"], int(str(row["trade_id"]))))
    for (venue, start), members in groupby(ordered, key=window):
        group = list(members)
        prices = [Decimal(str(row["price"])) for row in group]
        sizes = [Decimal(str(row["size"])) for row in group]
        expected.append(
            {
                "date": group[0]["date"],
                "ts_event": start,
                "known_at": max(start + width, *(int(str(row["known_at"])) for row in group)),
                "known_at_quality": max((str(row["known_at_quality"]) for row in group), key=QUALITIES.index),
                "ingested_at": None,
                "source": "trades",
                "supersedes": None,
                "venue": venue,
                "symbol": "NOVA-USD",
                "interval": "5m",
                "ts_close": start + width,
                "open": prices[0],
                "high": max(prices),
                "low": min(prices),
                "close": prices[-1],
                "volume": sum(sizes),
                "notional": sum(price * size for price, size in zip(prices, sizes, strict=True)),
                "trade_count": len(group),
            }
        )
    return expected


def test_a_hundred_thousand_trades_become_every_bar_of_their_span() -> None:
    one = trades([trade(0, "10")])
    count = 100_000
    many = one.take(pa.array([0] * count))
    ts_event = pa.array([START + number * 800_000_000 for number in range(count)])
    many = many.set_column(many.schema.get_field_index("ts_event"), "ts_event", ts_event)
    ids = pa.array([str(number) for number in range(count)])
    many = many.set_column(many.schema.get_field_index("trade_id"), "trade_id", ids)
    built = bars.build(many)
    assert built.num_rows == 1_334 + 267 + 23 + 1
