"""Gaps of any length are asked for in pieces; interruptions cost no trade, and the table says what is left."""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from tauric_assets.errors import UpstreamRefused, UpstreamUnavailable
from tauric_assets.feeds import binance, binance_futures, coinbase, coinbase_advanced, kraken
from tauric_assets.feeds.contract import Document, Fetching, Gap, StreamFeed
from tauric_assets.feeds.ticks import Trade
from tauric_assets.lake.store import Lake
from tauric_assets.settings import Settings
from tauric_assets.stream import filling, following
from tauric_assets.stream.following import Follower
from tauric_assets.stream.ledger import Hole, Ledger
from tauric_assets.stream.log_writer import LogWriter
from tauric_assets.stream.wal import FRAME, OPENED, STARTED, TIME, Record
from tauric_assets.times import SECOND_NS
from tauric_assets_tests.feeds.golden import DAY_START
from tauric_assets_tests.stream.test_replay import match

SYMBOL = "NOVA-USD"
Told = Callable[[Gap], Iterator[Trade]]


def trade(number: int) -> Trade:
    return Trade(SYMBOL, DAY_START + number * 1_000, str(number), 2_500_000_000, 1_500_000_000, "sell", None)


def telling(fill_gap: Told) -> StreamFeed:
    """Coinbase, whose history is told by `fill_gap`."""
    own = {name: getattr(coinbase, name) for name in dir(coinbase) if not name.startswith("__")}
    return cast("StreamFeed", SimpleNamespace(**own | {"fill_gap": lambda _, gap: fill_gap(gap)}))


class House:
    """A log with a hole from 2 to `last`, and followers of it."""

    def __init__(self, folder: Path, last: int) -> None:
        self.settings = Settings(data_dir=folder, stream_gap_delay_s=1.0)
        self.lake = Lake(self.settings.lake_root)
        self.folder = folder / "wal" / "coinbase"
        log = LogWriter(self.folder, 1)
        told = [(STARTED, b"coinbase"), (OPENED, b"wss://here"), (FRAME, match(1, 0).encode())]
        told += [(FRAME, match(last + 1, 1).encode()), (TIME, b""), (TIME, b""), (TIME, b"")]
        for second, (kind, payload) in enumerate(told):
            log.append(Record(DAY_START + second * SECOND_NS, 1, kind, payload))
        log.close()

    def follow(self, fill_gap: Told) -> Follower:
        follower = Follower(
            self.settings, self.lake, telling(fill_gap), self.folder, lambda: nullcontext(cast("Fetching", None))
        )
        follower.run(lambda: True)
        return follower

    def numbers(self) -> list[int]:
        return sorted(int(one) for one in self.lake.read("trades", columns=["trade_id"])["trade_id"].to_pylist())

    def open(self) -> list[tuple[int, int, str | None]]:
        rows = self.lake.read("gaps", where="status = 'open'").to_pylist()
        return sorted((row["first_missing"], row["last_missing"], row["reason"]) for row in rows)


@pytest.mark.slow
def test_a_gap_of_more_than_a_hundred_thousand_trades_is_filled_whole(tmp_path: Path) -> None:
    house = House(tmp_path, 120_001)
    follower = house.follow(lambda gap: map(trade, range(gap.last_missing, gap.first_missing - 1, -1)))
    assert house.numbers() == list(range(1, 120_003))
    assert house.open() == []
    assert follower.done.filled == 120_000


@pytest.mark.parametrize("backwards", [False, True])
def test_a_venue_that_breaks_off_is_asked_for_the_rest_only(
    tmp_path: Path, backwards: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filling, "PIECE_TRADES", 40)
    monkeypatch.setattr(filling, "delay_s", lambda *_: 0.0)
    house, asked = House(tmp_path, 1_001), []

    def in_part(gap: Gap) -> Iterator[Trade]:
        asked.append(gap)
        wanted = range(gap.first_missing, gap.last_missing + 1)
        for place, number in enumerate(reversed(wanted) if backwards else wanted):
            if place == 400:
                raise UpstreamUnavailable("later")
            yield trade(number)

    house.follow(in_part)
    assert house.numbers() == list(range(1, 1_003))
    assert house.open() == []
    lengths = [gap.last_missing - gap.first_missing + 1 for gap in asked]
    assert lengths == [1_000, 600, 200]
    if backwards:
        assert [gap.ts_after for gap in asked[1:]] == [trade(602).ts_event, trade(202).ts_event]
    else:
        assert [gap.ts_before for gap in asked[1:]] == [trade(401).ts_event, trade(801).ts_event]


@pytest.mark.slow
def test_the_next_process_goes_on_where_the_last_one_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filling, "PIECE_TRADES", 40)
    monkeypatch.setattr(following, "FILL_WAIT_S", 0.3)
    house, asked = House(tmp_path, 1_001), []

    def a_little(gap: Gap) -> Iterator[Trade]:
        asked.append(gap)
        if len(asked) % 2 == 0:
            raise UpstreamUnavailable("not now", 60.0)
        yield from map(trade, range(gap.first_missing, min(gap.first_missing + 400, gap.last_missing + 1)))
        if gap.last_missing > gap.first_missing + 400:
            raise UpstreamUnavailable("not now", 60.0)

    house.follow(a_little)
    assert house.numbers() == [*range(1, 402), 1_002]
    assert house.open() == [(402, 1_001, None)]
    house.follow(lambda gap: asked.append(gap) or map(trade, range(gap.first_missing, gap.last_missing + 1)))  # type: ignore[func-returns-value]
    assert (asked[-1].first_missing, asked[-1].last_missing) == (402, 1_001)
    assert house.numbers() == list(range(1, 1_003))
    assert house.open() == []


def test_what_a_venue_no_longer_has_stays_open_with_its_reason_and_is_asked_for_once(tmp_path: Path) -> None:
    house, asked = House(tmp_path, 100), []

    def some(gap: Gap) -> Iterator[Trade]:
        asked.append(gap)
        return (trade(number) for number in range(gap.first_missing, gap.last_missing + 1) if number not in (7, 50, 51))

    house.follow(some)
    left = [(7, 7, filling.TOLD_ALL), (50, 51, filling.TOLD_ALL)]
    assert house.open() == left
    house.follow(some)
    assert house.open() == left
    assert len(asked) == 1


def test_a_venue_that_refuses_leaves_the_gap_open_and_says_why(tmp_path: Path) -> None:
    def refuses(gap: Gap) -> Iterator[Trade]:
        raise UpstreamRefused("coinbase does not list NOVA-USD")

    house = House(tmp_path, 100)
    house.follow(refuses)
    assert house.open() == [(2, 100, "coinbase does not list NOVA-USD")]


@pytest.mark.slow
def test_a_memory_older_than_the_table_makes_them_agree_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As after a kill between landing the gaps and writing the memory: the parts of a gap are others than before."""
    monkeypatch.setattr(filling, "PIECE_TRADES", 40)
    monkeypatch.setattr(following, "FILL_WAIT_S", 0.3)
    house = House(tmp_path, 1_001)

    def nothing_yet(gap: Gap) -> Iterator[Trade]:
        raise UpstreamUnavailable("not now", 60.0)

    def part(gap: Gap) -> Iterator[Trade]:
        yield from map(trade, range(gap.first_missing, gap.first_missing + 300))
        raise UpstreamUnavailable("not now", 60.0)

    house.follow(nothing_yet)
    memory = house.folder / "memory.json"
    shutil.copy(memory, tmp_path / "older")
    house.follow(part)
    assert house.open() == [(302, 1_001, None)]
    shutil.copy(tmp_path / "older", memory)
    house.follow(nothing_yet)
    assert house.open() == [(2, 1_001, None)]
    shutil.copy(tmp_path / "older", memory)
    house.follow(lambda gap: map(trade, range(gap.first_missing, gap.last_missing + 1)))
    assert house.open() == []
    assert house.numbers() == list(range(1, 1_003))


class Pages:
    """Answers every question with a page of a single trade, as a venue's REST would."""

    settings = Settings()

    def __init__(self, answer: Callable[[str], object]) -> None:
        self._answer, self.asked = answer, 0

    def get(self, url: str, **_: object) -> Document:
        self.asked += 1
        return Document("any", url, json.dumps(self._answer(url)).encode(), "application/json", 1, "observed")


PAGES = 1_200
"""Trades of the gap, a page each."""


def number_in(url: str, name: str) -> int:
    found = re.search(rf"{name}=(\d+)", url)
    assert found is not None
    return int(found[1])


def coinbase_page(url: str) -> object:
    number = number_in(url, "after") - 1
    told = {"trade_id": number, "side": "buy", "size": "1", "price": "2", "time": "2026-01-05T00:00:00Z"}
    return [told]


def binance_page(url: str) -> object:
    number = number_in(url, "fromId")
    return [{"id": number, "price": "2", "qty": "1", "time": 1767571200000, "isBuyerMaker": True, "isBestMatch": True}]


def futures_page(url: str) -> object:
    return [{"a": number_in(url, "fromId"), "p": "2", "q": "1", "T": 1767571200000, "m": True}]


def kraken_page(url: str) -> object:
    number = (number_in(url, "since") - DAY_START + 1) // SECOND_NS + 1
    at = DAY_START + number * SECOND_NS
    row = ["2", "1", f"{at // SECOND_NS}.0000000", "b", "m", "", number]
    return {"error": [], "result": {"NOVAUSD": [row], "last": str(at)}}


def advanced_page(url: str) -> object:
    second = number_in(url, "end") - 1
    number = second - DAY_START // SECOND_NS
    at = f"2026-01-05T{number // 3600:02d}:{number // 60 % 60:02d}:{number % 60:02d}Z"
    told = {"trade_id": str(number), "product_id": SYMBOL, "price": "2", "size": "1", "side": "BUY", "time": at}
    return {"trades": [told]}


@pytest.mark.parametrize(
    ("feed", "page"),
    [
        (coinbase, coinbase_page),
        (coinbase_advanced, advanced_page),
        (kraken, kraken_page),
        (binance, binance_page),
        (binance_futures, futures_page),
    ],
    ids=lambda one: getattr(one, "NAME", ""),
)
def test_a_gap_of_more_than_a_thousand_pages_is_asked_for_to_its_end(
    feed: StreamFeed, page: Callable[[str], object]
) -> None:
    first, last = DAY_START + SECOND_NS, DAY_START + (PAGES + 1) * SECOND_NS
    pages = Pages(page)
    told = list(feed.fill_gap(cast("Fetching", pages), Gap(SYMBOL, 1, PAGES, first - SECOND_NS, last)))
    assert sorted({int(one.trade_id) for one in told}) == list(range(1, PAGES + 1))
    assert pages.asked >= PAGES


@given(
    holes=st.lists(st.tuples(st.integers(1, 60), st.integers(0, 12)), max_size=6),
    told=st.sets(st.integers(1, 90)),
)
@examples()
def test_answers_take_exactly_the_missing_numbers_out_of_reported_gaps(
    holes: list[tuple[int, int]], told: set[int]
) -> None:
    ledger, missing, taken = Ledger(0, 100, 0), set[int](), set[int]()
    for place, (first, length) in enumerate(holes):
        numbers = set(range(first, first + length + 1))
        if numbers & taken:
            continue
        taken |= numbers
        ledger.holes.append(Hole(first, first + length, 1, None, None, "trade_id", reported_at=place % 3 or None))
        missing |= numbers if place % 3 else set()
    assert sorted(ledger.answered(dict.fromkeys(told, 5))) == sorted(missing & told)
    left = {n for hole in ledger.holes if hole.reported_at for a, b in hole.missing for n in range(a, b + 1)}
    assert left == missing - told
