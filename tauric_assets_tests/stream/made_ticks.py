"""Streams of ticks made for the tests of live bars, and what is compared of the answers."""

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import strategies as st

from tauric_assets.feeds.ticks import Heartbeat, Trade
from tauric_assets.stream.bars import Bar, BarEngine, Record, Taken
from tauric_assets.times import MILLISECOND_NS, SECOND_NS, parse_instant

START = parse_instant("2026-01-05T23:58:00Z")
"""Two minutes before midnight: streams of some minutes cross windows of every interval."""
ALL = ("1s", "5s", "15s", "1m", "5m", "15m", "1h", "1d")
INTERVAL_SETS = (ALL, ("1m",), ("1s",), ("5s", "1h"), ("1d",))
DELAYS_NS = (0, MILLISECOND_NS, SECOND_NS, 5 * SECOND_NS)


def trade(offset_ns: int, number: int | str, price: int = 100, size: int = 1, symbol: str = "NOVA-USD") -> Trade:
    """One trade, `offset_ns` after START."""
    return Trade(symbol, START + offset_ns, str(number), price, size, "buy", None)


def offsets() -> st.SearchStrategy[int]:
    """Nanoseconds after START: anywhere in five minutes, and at edges of windows."""
    edges = st.builds(
        lambda second, nudge: second * SECOND_NS + nudge,
        st.integers(1, 300),
        st.sampled_from([-MILLISECOND_NS, -1, 0, 1, MILLISECOND_NS]),
    )
    return st.one_of(st.integers(0, 300 * SECOND_NS), edges)


@st.composite
def trades(draw: st.DrawFn, most: int = 40) -> list[Trade]:
    """Trades of two symbols in the order of their times, ids distinct, some of them text."""
    times = sorted(draw(st.lists(offsets(), min_size=1, max_size=most)))
    made = []
    for number, offset in enumerate(times):
        trade_id = draw(st.sampled_from([number + 9_998, number + 9_998, f"id-{number}", f"{number + 8:020d}"]))
        price, size = draw(st.integers(1, 10**18 - 1)), draw(st.integers(1, 10**20 - 1))
        made.append(trade(offset, trade_id, price, size, draw(st.sampled_from(["NOVA-USD", "HELIO-USD"]))))
    return made


@st.composite
def streams(draw: st.DrawFn, wrong_clocks: bool = True) -> list[Record]:
    """Anything that may come: disorder, lateness, repeats, contradictions, heartbeats, wrong clocks."""
    ticks: list[Trade | Heartbeat] = list(draw(trades()))
    again = draw(st.lists(st.sampled_from(ticks), max_size=8))
    other = [one._replace(price=one.price + 1) for one in draw(st.lists(st.sampled_from(ticks), max_size=3))]
    moved = [
        one._replace(ts_event=one.ts_event + SECOND_NS) for one in draw(st.lists(st.sampled_from(ticks), max_size=3))
    ]
    beats = [Heartbeat(None, START + offset, None) for offset in draw(st.lists(offsets(), max_size=4))]
    everything = [*ticks, *again, *other, *moved, *beats]
    waits = draw(st.lists(st.integers(0, 20 * SECOND_NS), min_size=len(everything), max_size=len(everything)))
    arrived = sorted(range(len(everything)), key=lambda place: everything[place].ts_event + waits[place])
    if draw(st.booleans()):
        return [(seq, everything[place], None) for seq, place in enumerate(arrived)]
    early = draw(st.sampled_from([0, 90 * SECOND_NS] if wrong_clocks else [0]))
    clock, records = 0, []
    for seq, place in enumerate(arrived):
        clock = max(clock, everything[place].ts_event + waits[place] - early)
        records.append((seq, everything[place], clock))
    return records


def cut(records: Sequence[Record], places: Sequence[int]) -> list[Sequence[Record]]:
    """The same records in several pieces."""
    edges = [0, *sorted(place % (len(records) + 1) for place in places), len(records)]
    return [records[first:end] for first, end in pairwise(edges)]


def answered(engine: BarEngine, pieces: Sequence[Sequence[Record]]) -> Taken:
    """Everything the engine says of the pieces and at their end."""
    return together([*(engine.take_many(piece) for piece in pieces), engine.finish()])


def together(parts: Sequence[Taken]) -> Taken:
    """Several answers as one."""
    return Taken(
        [bar for part in parts for bar in part.bars],
        [late for part in parts for late in part.late],
        [rejected for part in parts for rejected in part.rejected],
        sum(part.duplicates for part in parts),
    )


def contents(bars: Sequence[Bar]) -> set[tuple[object, ...]]:
    """Bars without what depends on when they closed."""
    return {bar[:-3] for bar in bars}
