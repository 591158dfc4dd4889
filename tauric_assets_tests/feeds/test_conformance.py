"""One suite for every registered feed, on documents that the sandbox serves: a new feed adds an entry, not tests."""

import json
from collections.abc import Iterator
from datetime import date
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import cast

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as configured
from hypothesis import strategies as st

from tauric_assets.errors import MalformedDocument, UsageError
from tauric_assets.feeds import streamed
from tauric_assets.feeds.contract import Document, Feed, Gap, Parsed, StreamFeed
from tauric_assets.feeds.fetch import Fetcher
from tauric_assets.feeds.registry import GROUP, all_feeds, feed_named
from tauric_assets.feeds.sockets import FrameSocket
from tauric_assets.feeds.ticks import Ticks, amount, parse_frame
from tauric_assets.sandbox import launch
from tauric_assets.sandbox.market import Venue
from tauric_assets.sandbox.options import SandboxOptions
from tauric_assets.sandbox.world import World
from tauric_assets.settings import Settings
from tauric_assets.tables import TABLES, to_arrow
from tauric_assets.times import Days, parse_instant
from tauric_assets_tests.feeds.golden import DOCUMENTS, FRAMES, RECEIVED

DAY = date(2026, 1, 6)
CLOCK = "2026-01-08T00:00:00Z"
TRADES_PER_DAY = 60
SMALL_BYTES = 40_000
COLLECTORS = {"date", "ingested_at", "source"}
ALWAYS = ("ts_event", "known_at", "known_at_quality")

EVERY_FEED = pytest.mark.parametrize("feed", all_feeds(), ids=lambda feed: feed.NAME)
WITH_DOCUMENTS = [feed for feed in all_feeds() if feed.collect is not streamed.collect]
FEEDS = pytest.mark.parametrize("feed", WITH_DOCUMENTS, ids=lambda feed: feed.NAME)
STREAMS = pytest.mark.parametrize(
    "feed", [feed for feed in all_feeds() if hasattr(feed, "ticks")], ids=lambda feed: feed.NAME
)


@cache
def market() -> World:
    return World(7, trades_per_day=TRADES_PER_DAY)


def options_of(feed: Feed) -> dict[str, object]:
    """A small instance of each feed."""
    if feed.NAME == "edgar":
        return {"use_downloader": False}
    if feed.NAME == "syndication":
        return {"url": f"https://{market().feeds()[0]}", "polls_per_day": 4}
    if feed.NAME in ("jetstream", "gdelt"):
        return {}
    return {"symbols": [market().symbols(feed.NAME)[0]]}  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[launch.Running]:
    options = SandboxOptions(port=0, clock=f"frozen:{CLOCK}", trades_per_day=TRADES_PER_DAY)
    with launch.start(options) as running:
        yield running


def fetcher(sandbox: launch.Running, folder: Path) -> Fetcher:
    return Fetcher(Settings(data_dir=folder, sandbox_url=sandbox.url), lambda: parse_instant(CLOCK))


class Golden(dict[str, list[Document]]):
    """Documents by feed; its repr is short, because hypothesis prints it."""

    def __repr__(self) -> str:
        return "golden"


@pytest.fixture(scope="module")
def golden(sandbox: launch.Running, tmp_path_factory: pytest.TempPathFactory) -> Golden:
    """Everything each feed collects for DAY, and what was written by hand."""
    found = Golden()
    for feed in WITH_DOCUMENTS:
        with fetcher(sandbox, tmp_path_factory.mktemp("golden")) as fetching:
            served = list(feed.collect(fetching, feed.NAME, DAY, options_of(feed)))
        assert served, f"{feed.NAME} collected nothing for {DAY}"
        found[feed.NAME] = served + DOCUMENTS.get(feed.NAME, [])
    return found


def account(parsed: Parsed) -> None:
    """Nothing vanishes, and every row fits its table."""
    assert parsed.records == parsed.row_count + len(parsed.rejects) + parsed.ignored
    for name, rows in parsed.rows.items():
        assert to_arrow(TABLES[name], rows).num_rows == len(rows)
        for row in rows:
            assert not COLLECTORS & row.keys()
            assert all(row[column] is not None for column in ALWAYS)
    for reject in parsed.rejects:
        assert reject.reason
        assert isinstance(reject.raw, bytes)


@EVERY_FEED
def test_it_is_registered_under_its_own_name_like_a_strangers(feed: Feed) -> None:
    (point,) = entry_points(group=GROUP, name=feed.NAME)
    assert point.load() is feed is feed_named(feed.NAME)
    assert feed.TABLES
    assert set(feed.TABLES) <= TABLES.keys()
    assert all(callable(getattr(feed, name)) for name in ("collect", "parse", "poll"))


def test_an_unknown_name_lists_those_there_are() -> None:
    with pytest.raises(UsageError, match=r"no feed 'bloomberg'; there are: alpaca, binance, .*coinbase, .*kraken"):
        feed_named("bloomberg")


@FEEDS
def test_every_record_is_accounted_for_and_fits_its_table(feed: Feed, golden: Golden) -> None:
    total = 0
    for document in golden[feed.NAME]:
        parsed = feed.parse(document)
        account(parsed)
        assert parsed.rows.keys() <= set(feed.TABLES)
        total += parsed.row_count
    assert total > 0


@FEEDS
def test_parsing_is_pure(feed: Feed, golden: Golden) -> None:
    for document in golden[feed.NAME]:
        again = Document(**(vars(document) | {"attributes": json.loads(json.dumps(dict(document.attributes)))}))
        assert feed.parse(document) == feed.parse(again)


@FEEDS
def test_nothing_is_known_before_it_happened_nor_after_it_was_read(feed: Feed, golden: Golden) -> None:
    for document in golden[feed.NAME]:
        for rows in feed.parse(document).rows.values():
            for row in rows:
                assert row["ts_event"] <= row["known_at"] <= max(document.known_at, parse_instant(CLOCK))  # type: ignore[operator]
                assert row["known_at_quality"] in ("observed", "source", "estimated")


@FEEDS
def test_a_document_never_says_the_same_thing_twice(feed: Feed, golden: Golden) -> None:
    for document in golden[feed.NAME]:
        for name, rows in feed.parse(document).rows.items():
            keys = [(*(row.get(column) for column in TABLES[name].key), row["known_at"]) for row in rows]
            assert len({repr(key) for key in keys}) == len(keys)


@FEEDS
def test_the_same_day_is_collected_alike_again(
    feed: Feed, golden: Golden, sandbox: launch.Running, tmp_path: Path
) -> None:
    with fetcher(sandbox, tmp_path) as fetching:
        again = list(feed.collect(fetching, feed.NAME, DAY, options_of(feed)))
    assert [(one.url, one.body, one.attributes) for one in again] == [
        (one.url, one.body, one.attributes) for one in golden[feed.NAME][: len(again)]
    ]
    assert all(one.url.startswith(("https://", "wss://")) for one in again)


@FEEDS
def test_a_second_look_at_a_still_world_sees_nothing_new(feed: Feed, sandbox: launch.Running, tmp_path: Path) -> None:
    with fetcher(sandbox, tmp_path) as fetching:
        first = feed.poll(fetching, feed.NAME, options_of(feed), "")
        second = feed.poll(fetching, feed.NAME, options_of(feed), first.cursor)
    assert (first.changed, second.changed) == (True, False)


@st.composite
def damage(draw: st.DrawFn, body: bytes) -> bytes:
    """`body` with some bytes changed, cut out, repeated or put in."""
    damaged = bytearray(body)
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(damaged)))
        end = min(len(damaged), start + draw(st.integers(0, 200)))
        kind = draw(st.sampled_from(["change", "cut", "repeat", "insert", "truncate"]))
        if kind == "change":
            damaged[start:end] = bytes(byte ^ 0x55 for byte in damaged[start:end])
        elif kind == "cut":
            del damaged[start:end]
        elif kind == "repeat":
            damaged[end:end] = damaged[start:end]
        elif kind == "insert":
            damaged[start:start] = draw(st.one_of(st.binary(max_size=20), st.sampled_from(NASTY)))
        else:
            del damaged[start:]
    return bytes(damaged)


NASTY = (
    b"NaN",
    b"1e999",
    b"\x00",
    b"\xff\xfe",
    b'"',
    b"<!ENTITY",
    b"]]>",
    b"\\ud83d",
    b"-",
    b"{}",
    b"[]",
    b"null",
    b"\n",
)
ONCE = configured(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@FEEDS
@ONCE
@given(data=st.data())
def test_a_damaged_document_is_parsed_or_malformed_and_nothing_else(
    feed: Feed, golden: Golden, data: st.DataObject
) -> None:
    documents = [one for one in golden[feed.NAME] if len(one.body) <= SMALL_BYTES]
    document = data.draw(st.sampled_from(documents))
    body = data.draw(damage(document.body))
    try:
        account(feed.parse(Document(**(vars(document) | {"body": body}))))
    except MalformedDocument:
        return


@STREAMS
@ONCE
@given(data=st.data())
def test_a_damaged_frame_is_parsed_or_malformed_and_nothing_else(feed: StreamFeed, data: st.DataObject) -> None:
    frame = data.draw(damage(data.draw(st.sampled_from(FRAMES[feed.NAME]))))
    try:
        account(parse_frame(feed, frame, RECEIVED))
    except MalformedDocument:
        return


def sockets_told(feed: StreamFeed, sandbox: launch.Running, symbols: list[str]) -> Ticks:
    """Everything a feed's stream tells of DAY, played by the sandbox until it closes."""
    settings, told = Settings(sandbox_url=sandbox.url), Ticks()
    with FrameSocket(settings, feed.stream_url(settings, symbols), feed.opening_frames(settings, symbols)) as socket:
        while (arrival := socket.receive(20)) is not None:
            ticks = feed.ticks(arrival[1])
            assert ticks.records == (
                len(ticks.trades) + len(ticks.quotes) + len(ticks.heartbeats) + len(ticks.rejects) + ticks.ignored
            )
            assert not ticks.rejects
            for name in ("trades", "quotes", "heartbeats"):
                getattr(told, name).extend(getattr(ticks, name))
        assert socket.closed
    return told


@pytest.fixture(scope="module")
def player() -> Iterator[launch.Running]:
    options = SandboxOptions(port=0, clock=f"frozen:{CLOCK}", play=DAY, trades_per_day=TRADES_PER_DAY)
    with launch.start(options) as running:
        yield running


def market_of(feed: Feed) -> Venue:
    """Whose trades the sandbox plays for a feed: Coinbase's two streams tell the same ones."""
    return cast("Venue", "coinbase" if feed.NAME == "coinbase_advanced" else feed.NAME)


@STREAMS
def test_the_stream_tells_the_markets_trades_and_a_quote_beside_each(feed: StreamFeed, player: launch.Running) -> None:
    symbols, days = list(market().symbols(market_of(feed))[:2]), Days.one(DAY)
    told = sockets_told(feed, player, symbols)
    truth = [
        (trade.symbol, str(trade.trade_id), trade.price, trade.size)
        for symbol in symbols
        for trade in market().trades(market_of(feed), symbol, days.start_ns, days.end_ns)
    ]
    live = [trade for trade in told.trades if trade.ts_event >= days.start_ns]
    assert sorted(
        (trade.symbol, trade.trade_id.rpartition("-")[2], amount(trade.price), amount(trade.size)) for trade in live
    ) == sorted(truth)
    assert {quote.symbol for quote in told.quotes} == set(symbols)
    assert len(told.quotes) >= len(truth)
    assert all(0 < quote.bid_price <= quote.ask_price and quote.bid_size > 0 < quote.ask_size for quote in told.quotes)


@STREAMS
def test_a_hole_in_the_numbers_is_filled_with_exactly_what_is_missing(
    feed: StreamFeed, sandbox: launch.Running, tmp_path: Path
) -> None:
    symbol, days = market().symbols(market_of(feed))[0], Days.one(DAY)
    truth = list(market().trades(market_of(feed), symbol, days.start_ns, days.end_ns))
    before, after = truth[3], truth[40]
    gap = Gap(symbol, before.trade_id + 1, after.trade_id - 1, before.ts_event, after.ts_event)
    with fetcher(sandbox, tmp_path) as fetching:
        filled = list(feed.fill_gap(fetching, gap))
    missing = [(str(trade.trade_id), trade.price, trade.size, trade.side) for trade in truth[4:40]]
    told = {(trade.trade_id, amount(trade.price), amount(trade.size), trade.side) for trade in filled}
    assert sorted(told) == sorted(missing if feed.GAPS_CAN_BE_FILLED else [])


@STREAMS
def test_only_numbered_frames_carry_a_number(feed: StreamFeed) -> None:
    for frame in FRAMES[feed.NAME][:-1]:
        assert (feed.ticks(frame).connection_sequence is not None) == feed.FRAMES_ARE_NUMBERED
    numbers = [feed.ticks(frame).connection_sequence for frame in FRAMES[feed.NAME][:-1]]
    assert not feed.FRAMES_ARE_NUMBERED or numbers == list(range(len(numbers)))


@STREAMS
def test_rows_and_ticks_say_the_same(feed: StreamFeed) -> None:
    for frame in FRAMES[feed.NAME]:
        ticks, parsed = feed.ticks(frame), parse_frame(feed, frame, RECEIVED)
        account(parsed)
        assert [row["price"] for row in parsed.rows.get("trades", [])] == [amount(one.price) for one in ticks.trades]
        assert [row["bid_size"] for row in parsed.rows.get("quotes", [])] == [
            amount(one.bid_size) for one in ticks.quotes
        ]
        assert all(row["ts_recv"] == RECEIVED for rows in parsed.rows.values() for row in rows)


@pytest.mark.parametrize(
    "feed", [feed for feed in WITH_DOCUMENTS if hasattr(feed, "ticks")], ids=lambda feed: feed.NAME
)
def test_history_and_stream_tell_the_same_trades(feed: StreamFeed, golden: Golden) -> None:
    symbol, days = market().symbols(feed.NAME)[0], Days.one(DAY)  # type: ignore[arg-type]
    truth = [
        (str(trade.trade_id), trade.price, trade.size, trade.side)
        for trade in market().trades(feed.NAME, symbol, days.start_ns, days.end_ns)  # type: ignore[arg-type]
    ]
    told = [
        (row["trade_id"], row["price"], row["size"], row["side"])
        for document in golden[feed.NAME][: -len(DOCUMENTS[feed.NAME])]
        for row in feed.parse(document).rows.get("trades", [])
    ]
    assert sorted(set(told)) == sorted(truth)  # type: ignore[type-var]
