"""Live bars: the contract's edges by hand, and its properties on random streams, with controls that fail them."""

import random
from decimal import Decimal

import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

from tauric_assets.charts import bars as final_bars
from tauric_assets.errors import MalformedDocument, UsageError
from tauric_assets.feeds.ticks import Heartbeat, Ticks, Trade, rows
from tauric_assets.stream.bar_batches import columns_of, columns_of_trades, take_columns
from tauric_assets.stream.bar_snapshots import restore, snapshot
from tauric_assets.stream.bars import AHEAD_MAX_NS, BarEngine, Record, Taken
from tauric_assets.tables import TABLES, to_arrow
from tauric_assets.times import MILLISECOND_NS, SECOND_NS, day_of_ns
from tauric_assets_tests.stream.made_ticks import (
    ALL,
    DELAYS_NS,
    INTERVAL_SETS,
    START,
    answered,
    contents,
    cut,
    streams,
    together,
    trade,
    trades,
)
from tauric_assets_tests.stream.plain_bars import PlainBars

S, MS = SECOND_NS, MILLISECOND_NS
interval_sets, delays = st.sampled_from(INTERVAL_SETS), st.sampled_from(DELAYS_NS)


def numbered(ticks: list[Trade]) -> list[Record]:
    return [(seq, tick, None) for seq, tick in enumerate(ticks)]


def test_a_window_closes_when_the_watermark_reaches_its_last_millisecond() -> None:
    engine = BarEngine("coinbase", ["1s"], delay_ns=5 * S)
    assert engine.take(0, trade(0, 1)).bars == []
    assert engine.take(1, Heartbeat(None, START + 6 * S - MS - 1, None)).bars == []
    (bar,) = engine.take(2, Heartbeat(None, START + 6 * S - MS, None)).bars
    assert (bar.ts_event, bar.ts_close, bar.closed_seq) == (START, START + S, 2)
    assert engine.watermark == START + S - MS


def test_a_trade_is_late_once_its_window_has_closed_and_counts_in_wider_ones() -> None:
    engine = BarEngine("coinbase", ["1s", "1m"], delay_ns=5 * S)
    engine.take(0, trade(0, 1, price=10))
    engine.take(1, trade(6 * S - MS, 3, price=11), received_at=START + 7 * S)
    taken = engine.take(2, trade(S - 1, 2, price=99), received_at=START + 8 * S)
    (late,) = taken.late
    assert (late.seq, late.trade.trade_id, late.intervals) == (2, "2", ("1s",))
    minute = next(bar for bar in engine.finish().bars if bar.interval == "1m")
    assert (minute.trade_count, minute.high, minute.open, minute.close) == (3, 99, 10, 11)


def test_start_is_inclusive_and_end_exclusive() -> None:
    taken = answered(BarEngine("x", ["1s"]), [numbered([trade(0, 1), trade(S - 1, 2), trade(S, 3)])])
    assert [(bar.ts_event - START, bar.trade_count, bar.number) for bar in taken.bars] == [
        (0, 2, 86_280),
        (S, 1, 86_281),
    ]


def test_open_and_close_go_by_time_and_then_by_id_as_a_number() -> None:
    told = [trade(5, 10, price=3), trade(5, 9, price=2), trade(5, "a", price=4), trade(4, 11, price=1)]
    for order in (told, told[::-1]):
        (bar,) = answered(BarEngine("x", ["1m"]), [numbered(order)]).bars
        assert (bar.open, bar.close) == (1, 4)
    (bar,) = answered(BarEngine("x", ["1m"]), [numbered(told[:2])]).bars
    assert (bar.open, bar.close) == (2, 3)


def test_sums_are_exact_at_the_widest_numbers() -> None:
    price, size = 10**18 - 1, 10**20 - 1
    (bar,) = answered(BarEngine("x", ["1d"]), [numbered([trade(0, n, price, size) for n in range(1, 4)])]).bars
    assert (bar.volume, bar.notional) == (3 * size, 3 * price * size)


def test_a_repeat_is_a_duplicate_and_a_contradiction_a_reject() -> None:
    engine = BarEngine("x", ["1m"])
    engine.take(0, trade(0, 7, price=10))
    assert engine.take(1, trade(0, 7, price=10)).duplicates == 1
    (rejected,) = engine.take(2, trade(0, 7, price=11)).rejected
    assert (rejected.seq, rejected.reason) == (2, "trade 7 of NOVA-USD contradicts an earlier one of its id")
    (bar,) = engine.finish().bars
    assert (bar.trade_count, bar.high) == (1, 10)


def test_a_repeat_after_its_second_has_closed_is_a_duplicate_and_not_late() -> None:
    engine = BarEngine("x", ["1s", "1d"])
    engine.take(0, trade(0, 7))
    engine.take(1, trade(60 * S, 8))
    taken = engine.take(2, trade(0, 7))
    assert (taken.duplicates, taken.late) == (1, [])


def test_a_stamp_far_ahead_of_its_arrival_is_kept_and_does_not_make_the_others_late() -> None:
    engine = BarEngine("x", ["1s"])
    engine.take(0, trade(3_600 * S, 1), received_at=START)
    assert engine.watermark == START + AHEAD_MAX_NS - engine.delay_ns
    assert engine.take(1, trade(58 * S, 2), received_at=START + 58 * S).late == []
    assert {bar.trade_count for bar in engine.finish().bars} == {1}


def test_a_bar_is_known_when_the_record_that_closed_it_arrived() -> None:
    engine = BarEngine("x", ["1s"], delay_ns=0)
    engine.take(0, trade(0, 1), received_at=START + 3)
    (bar,) = engine.take(1, trade(S, 2), received_at=START + S + 9).bars
    assert (bar.known_at, bar.observed) == (START + S + 9, True)
    (last,) = engine.finish().bars
    assert (last.known_at, last.observed) == (START + S, False)


def test_what_cannot_be_made_is_refused() -> None:
    with pytest.raises(UsageError, match="no bars of 7m; there are: 1s, 5s"):
        BarEngine("x", ["7m"])
    with pytest.raises(UsageError, match="no bars of nothing"):
        BarEngine("x", [])
    with pytest.raises(UsageError, match="whole milliseconds"):
        BarEngine("x", ["1m"], delay_ns=1)
    with pytest.raises(UsageError, match="write trades:1000"):
        BarEngine("x", [], activity=["trades:0"])
    with pytest.raises(MalformedDocument):
        restore('{"version": 0}')


@given(records=streams(), intervals=interval_sets, delay=delays)
def test_the_engine_agrees_with_the_plain_contract(
    records: list[Record], intervals: tuple[str, ...], delay: int
) -> None:
    taken = answered(BarEngine("x", intervals, delay), [records])
    plain = PlainBars(intervals, delay).take_all(records)
    assert [(*bar[:2], *bar[3:13]) for bar in taken.bars] == sorted(
        plain.bars, key=lambda bar: (bar[-1], bar[3], ALL.index(str(bar[1])), bar[0])
    )
    assert [(late.seq, late.trade, late.intervals) for late in taken.late] == plain.late
    assert [rejected.seq for rejected in taken.rejected] == plain.rejected
    assert taken.duplicates == plain.duplicates


@given(records=streams(), intervals=interval_sets, delay=delays, places=st.lists(st.integers(0, 99), max_size=4))
def test_cutting_the_stream_and_restarting_anywhere_changes_nothing(
    records: list[Record], intervals: tuple[str, ...], delay: int, places: list[int]
) -> None:
    rules = ["trades:3", "volume:2000000000", "notional:1000000000"]
    whole = answered(BarEngine("x", intervals, delay, rules), [records])
    engine, parts = BarEngine("x", intervals, delay, rules), []
    for piece in cut(records, places):
        parts.append(engine.take_many(piece))
        engine = restore(snapshot(engine))
    assert together([*parts, engine.finish()]) == whole


def spread(made: list[Trade], delay: int, data: st.DataObject) -> list[Trade]:
    """The trades in another order, each at most the delay after a later one."""
    most = max(0, delay - MS)
    waits = data.draw(st.lists(st.integers(0, most), min_size=len(made), max_size=len(made)))
    return [made[place] for place in sorted(range(len(made)), key=lambda place: made[place].ts_event + waits[place])]


@given(made=trades(), delay=st.sampled_from([S, 5 * S]), data=st.data())
def test_order_within_the_delay_changes_no_bar_and_makes_nothing_late(
    made: list[Trade], delay: int, data: st.DataObject
) -> None:
    rules = ["trades:3", "volume:2"]
    plain = answered(BarEngine("x", ALL, delay, rules), [numbered(made)])
    other = answered(BarEngine("x", ALL, delay, rules), [numbered(spread(made, delay, data))])
    assert contents(other.bars) == contents(plain.bars)
    assert len(other.bars) == len(plain.bars)
    assert plain.late == other.late == []


def repeated(records: list[Record], again: list[tuple[int, int]]) -> list[Record]:
    """The records with copies of some of them, each somewhere after its original."""
    ticks = [(float(seq), tick, received_at) for seq, tick, received_at in records]
    for number, (which, where) in enumerate(again):
        seq, tick, received_at = records[which % len(records)]
        place = seq + 0.5 + where % (len(records) - seq) + number / 1_000
        arrival = None if received_at is None else max(r for s, _, r in ticks if s < place and r is not None)
        ticks.append((place, tick, arrival))
    return [(seq, tick, arrival) for seq, (_, tick, arrival) in enumerate(sorted(ticks, key=lambda told: told[0]))]


@given(
    records=streams(wrong_clocks=False),
    delay=delays,
    again=st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99)), max_size=10),
)
def test_repeating_any_trades_changes_neither_bars_nor_late_trades(
    records: list[Record], delay: int, again: list[tuple[int, int]]
) -> None:
    whole = answered(BarEngine("x", ALL, delay), [records])
    more = answered(BarEngine("x", ALL, delay), [repeated(records, again)])
    assert contents(more.bars) == contents(whole.bars)
    assert {(late.trade, late.intervals) for late in more.late} == {(late.trade, late.intervals) for late in whole.late}


@given(records=streams(), intervals=interval_sets, delay=delays, places=st.lists(st.integers(0, 99), max_size=2))
def test_columns_give_what_single_records_give(
    records: list[Record], intervals: tuple[str, ...], delay: int, places: list[int]
) -> None:
    fitting = [
        (seq, tick._replace(size=tick.size % 2**62 + 1) if isinstance(tick, Trade) else tick, received_at)
        for seq, tick, received_at in records
        if not isinstance(tick, Trade) or tick.trade_id.isdecimal()
    ]
    one_by_one = answered(BarEngine("x", intervals, delay), [fitting])
    engine, parts = BarEngine("x", intervals, delay), []
    for piece in cut(fitting, places):
        columns = columns_of(piece)
        assert columns is not None or not piece
        parts.append(take_columns(engine, columns) if columns is not None else Taken())
    assert together([*parts, engine.finish()]) == one_by_one


@pytest.mark.parametrize("seed", range(4))
def test_columns_of_a_busy_stream_give_what_single_records_give(seed: int) -> None:
    dice = random.Random(seed)
    ticks, clock = [], 0
    for number in range(6_000):
        clock += dice.randrange(2 * MS)
        offset = clock - (dice.randrange(9 * S) if dice.random() < 0.01 else dice.randrange(MS))
        number -= dice.random() < 0.01
        ticks.append(trade(max(0, offset), 10_000 + number, dice.randrange(1, 10**15), dice.randrange(1, 2**62)))
    records = numbered(ticks)
    one_by_one = answered(BarEngine("x", ALL, S), [records])
    assert one_by_one.late and one_by_one.rejected
    table = to_arrow(TABLES["trades"], rows("x", Ticks(trades=ticks), None).rows["trades"])
    for pieces in ([6_000], [2_500, 3_500]):
        engines = BarEngine("x", ALL, S), BarEngine("x", ALL, S)
        parts: tuple[list[Taken], list[Taken]] = ([], [])
        first = 0
        for size in pieces:
            batch = columns_of(records[first : first + size]), columns_of_trades(table.slice(first, size), first)
            for engine, columns, part in zip(engines, batch, parts, strict=True):
                assert columns is not None
                part.append(take_columns(engine, columns))
            first += size
        for engine, part in zip(engines, parts, strict=True):
            assert together([*part, engine.finish()]) == one_by_one


def test_text_ids_and_sizes_beyond_64_bits_have_no_columns() -> None:
    assert columns_of(numbered([trade(0, "a")])) is None
    assert columns_of(numbered([trade(0, 1, size=2**63)])) is None
    assert columns_of([]) is None


@pytest.mark.slow
def test_a_control_by_arrival_fails_the_same_property() -> None:
    told = [trade(0, 1, price=1), trade(1, 2, price=2)]
    kept, swapped = (PlainBars(ALL, S, by_arrival=True).take_all(numbered(order)) for order in (told, told[::-1]))
    assert [bar[:-1] for bar in kept.bars] != [bar[:-1] for bar in swapped.bars]
    assert find(trades(), _arrival_matters, settings=settings(max_examples=500, database=None, derandomize=True))


def _arrival_matters(made: list[Trade]) -> bool:
    """Whether the control says something else of the trades in the order of their ids backwards within a second."""
    other = sorted(made, key=lambda one: (one.ts_event // (S // 2), -one.ts_event))
    engines = [PlainBars(["1m"], S, by_arrival=True).take_all(numbered(order)) for order in (made, other)]
    return [bar[:-1] for bar in engines[0].bars] != [bar[:-1] for bar in engines[1].bars]


def test_a_control_that_counts_repeats_fails_the_same_property() -> None:
    told = numbered([trade(0, 1), trade(1, 2)])
    once, twice = (
        PlainBars(ALL, S, counts_twice=True).take_all(records) for records in (told, repeated(told, [(0, 0)]))
    )
    assert [bar[:-1] for bar in once.bars] != [bar[:-1] for bar in twice.bars]


@settings(max_examples=15, deadline=None)
@given(made=trades(), data=st.data())
def test_live_bars_without_late_trades_are_the_final_ones(made: list[Trade], data: st.DataObject) -> None:
    """The rebuild from all trades is another implementation, in SQL."""
    live = answered(BarEngine("x", ALL), [numbered(spread(made, 5 * S, data))])
    day_rows = [
        {**row, "date": day_of_ns(one.ts_event), "source": "test"}
        for one, row in zip(made, rows("x", Ticks(trades=made), None).rows["trades"], strict=True)
    ]
    final = final_bars.build(to_arrow(TABLES["trades"], day_rows), ALL).to_pylist()

    def exact(number: int, digits: int) -> Decimal:
        return Decimal(f"{number}E-{digits}")

    prices, totals = ("open", "high", "low", "close", "volume"), ("notional", "trade_count")
    assert len(live.bars) == len(final)
    told = [
        (*bar[:2], *bar[3:5], *(exact(one, 9) for one in bar[5:10]), exact(bar[10], 18), bar[11]) for bar in live.bars
    ]
    assert set(told) == {
        tuple(row[name] for name in ("symbol", "interval", "ts_event", "ts_close", *prices, *totals)) for row in final
    }
