"""Three exchanges: frames and pages become exact rows, history is walked to its ends, and a no is told plainly."""

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from http.server import BaseHTTPRequestHandler
from types import ModuleType
from urllib.parse import parse_qs, urlsplit

import pytest

from tauric_assets.errors import MalformedDocument, UpstreamRefused, UpstreamUnavailable, UsageError
from tauric_assets.feeds import binance, coinbase, kraken
from tauric_assets.feeds.contract import Parsed
from tauric_assets.feeds.fetch import Fetcher
from tauric_assets.feeds.ticks import parse_frame
from tauric_assets.settings import Settings
from tauric_assets.tables import Row
from tauric_assets.times import day_start_ns, ns_to_text
from tauric_assets_tests.feeds.conftest import Upstream, reply
from tauric_assets_tests.feeds.golden import DOCUMENTS, FRAMES, RECEIVED, history

VENUES = [coinbase, kraken, binance]
DAY = date(2026, 1, 5)
START = day_start_ns(DAY)


def rows_of(venue: ModuleType) -> list[Row]:
    found = [parse_frame(venue, frame, RECEIVED) for frame in FRAMES[venue.NAME]]
    return [row for parsed in found for row in parsed.rows.get("trades", [])]


def test_coinbase_frames_give_exact_rows_with_the_aggressors_side() -> None:
    first, second = rows_of(coinbase)
    assert first["side"] == "sell"
    assert second == {
        "ts_event": 1_767_614_399_999_999_000,
        "known_at": RECEIVED,
        "known_at_quality": "observed",
        "venue": "coinbase",
        "symbol": "NOVA-USD",
        "trade_id": "42",
        "price": Decimal("0.00001305"),
        "size": Decimal(985),
        "side": "buy",
        "sequence": 301,
        "ts_recv": RECEIVED,
    }


def test_kraken_frames_keep_every_digit_of_json_numbers() -> None:
    first, second, third, fourth = rows_of(kraken)
    assert (first["symbol"], first["price"], first["size"]) == ("BTC-USD", Decimal("105944.20"), Decimal("0.00027625"))
    assert (second["price"], second["size"], second["side"]) == (Decimal(105910), Decimal("0.0001246"), "sell")
    assert (third["symbol"], third["ts_event"]) == ("NOVA-BTC", 1_767_614_158_135_041_000)
    assert third["trade_id"] != fourth["trade_id"]
    assert {key: third[key] for key in third if key != "trade_id"} == {k: fourth[k] for k in fourth if k != "trade_id"}


def test_binance_frames_are_split_into_base_and_quote() -> None:
    first, second = rows_of(binance)
    assert (first["symbol"], first["trade_id"], first["side"]) == ("NOVA-USDT", "12345", "sell")
    assert first["ts_event"] == 1_767_614_400_136_000_000
    assert (second["symbol"], second["trade_id"], second["side"]) == ("NOVA-FDUSD", "425085", "buy")


@pytest.mark.parametrize(
    ("joined", "symbol"),
    [("BTCUSDT", "BTC-USDT"), ("USDTTRY", "USDT-TRY"), ("ETHBTC", "ETH-BTC"), ("BNBFDUSD", "BNB-FDUSD"),
     ("BTCUSD", "BTC-USD"), ("1000SATSUSDC", "1000SATS-USDC"), ("OMGBUSD", "OMG-BUSD"), ("BTCEUR", "BTC-EUR")],
)  # fmt: skip
def test_binance_symbols(joined: str, symbol: str) -> None:
    frame = BINANCE % joined.encode()
    assert parse_frame(binance, frame, 1).rows["trades"][0]["symbol"] == symbol


BINANCE = b'{"e":"trade","s":"%s","t":1,"p":"1","q":"1","T":1767614400136,"m":true}'


def test_a_symbol_that_cannot_be_split_is_a_reject() -> None:
    (reject,) = parse_frame(binance, BINANCE % b"NOVAXYZ", 1).rejects
    assert "NOVAXYZ" in reject.reason
    assert json.loads(reject.raw)["s"] == "NOVAXYZ"


@pytest.mark.parametrize("venue", VENUES, ids=lambda venue: venue.NAME)
def test_a_venues_no_on_the_stream_is_a_reject_with_its_words(venue: ModuleType) -> None:
    if venue is binance:
        parsed = parse_frame(binance, b'{"error":{"code":2,"msg":"Invalid request"},"id":1}', 1)
    else:
        parsed = parse_frame(venue, FRAMES[venue.NAME][-1], 1)
    assert parsed.records == 1
    assert any(word in parsed.rejects[0].reason for word in ("not a valid product", "not supported", "Invalid"))


@pytest.mark.parametrize("venue", VENUES, ids=lambda venue: venue.NAME)
def test_pages_of_history_are_dated_by_the_venue_and_kept_to_their_day(venue: ModuleType) -> None:
    (document,) = DOCUMENTS[venue.NAME]
    parsed: Parsed = venue.parse(document)
    (row,) = parsed.rows["trades"]
    assert row["ts_recv"] is None
    assert row["known_at"] == row["ts_event"]
    assert row["known_at_quality"] == "source"
    assert parsed.ignored == 1
    assert parsed.records == 2 + len(parsed.rejects)
    assert row["symbol"] == "NOVA-USD"
    wanted = {"coinbase": 1_767_657_599_999_999_000, "kraken": 1_767_614_400_123_456_700}
    assert row["ts_event"] == wanted.get(venue.NAME, 1_767_614_400_136_000_000)


def test_a_trade_of_binance_is_the_same_streamed_and_collected() -> None:
    (collected_row,) = binance.parse(DOCUMENTS["binance"][0]).rows["trades"]
    streamed = rows_of(binance)[0]
    same = ("venue", "trade_id", "ts_event", "price", "size", "side")
    assert {name: collected_row[name] for name in same} == {name: streamed[name] for name in same}


def test_a_page_of_binances_aggregates_gives_no_rows() -> None:
    page = b'[{"a":26129,"p":"0.01","q":"4.7","f":27781,"l":27783,"T":1767614400153,"m":true,"M":true}]'
    parsed = binance.parse(history("binance", page))
    assert (parsed.records, parsed.row_count, len(parsed.rejects)) == (1, 0, 1)


@pytest.mark.parametrize("venue", VENUES, ids=lambda venue: venue.NAME)
@pytest.mark.parametrize("frame", [b"", b"\xff\xfe", b"null", b"3", b'"x"', b"{", b"NaN", b"[" * 50_000])
def test_what_is_no_message_is_malformed(venue: ModuleType, frame: bytes) -> None:
    with pytest.raises(MalformedDocument):
        parse_frame(venue, frame, 1)


class Tape:
    """A venue's whole history: trade n (from 1) happened at `times[n - 1]`; answers pages as the venue does."""

    def __init__(self, times: list[int]) -> None:
        self.times = times
        self.asked: list[str] = []

    def answer(self, page: Callable[[dict[str, int]], object]) -> Callable[[BaseHTTPRequestHandler], None]:
        def behave(handler: BaseHTTPRequestHandler) -> None:
            self.asked.append(handler.path)
            query = {name: int(value[0]) for name, value in parse_qs(urlsplit(handler.path).query).items()
                     if value[0].isdigit()}  # fmt: skip
            reply(200, json.dumps(page(query)).encode(), ETag='"always-the-same"')(handler)

        return behave

    def coinbase(self, query: dict[str, int]) -> object:
        newest = min(query.get("after", len(self.times) + 1) - 1, len(self.times))
        return [
            {"trade_id": n, "side": "buy", "size": "1", "price": "2", "time": _text(self.times[n - 1])}
            for n in range(newest, max(0, newest - query["limit"]), -1)
        ]

    def kraken(self, query: dict[str, int]) -> object:
        chosen = [n for n, at in enumerate(self.times, 1) if at > query["since"]][: query["count"]]
        last = self.times[chosen[-1] - 1] if chosen else query["since"]
        trades = [["2", "1", self.times[n - 1] / 1e9, "b", "m", "", n] for n in chosen]
        return {"error": [], "result": {"XNOVAZUSD": trades, "last": str(last)}}

    def binance(self, query: dict[str, int]) -> object:
        if "fromId" in query:
            chosen = range(query["fromId"], len(self.times) + 1)[: query["limit"]]
            return [
                {"id": n, "price": "2", "qty": "1", "time": self.times[n - 1] // 1_000_000, "isBuyerMaker": False}
                for n in chosen
            ]
        ends = (query["startTime"], query["endTime"])
        found = [n for n, at in enumerate(self.times, 1) if ends[0] <= at // 1_000_000 <= ends[1]]
        return [
            {"a": n // 3, "p": "2", "q": "1", "f": n, "l": n, "T": self.times[n - 1] // 1_000_000, "m": False}
            for n in found[: query["limit"]]
        ]


def _text(at: int) -> str:
    seconds, rest = divmod(at, 1_000_000_000)
    return f"{ns_to_text(seconds * 1_000_000_000)[:-1]}.{rest:09}Z"


PATHS = {
    "coinbase": "/api.exchange.coinbase.com/products/NOVA-USD/trades",
    "kraken": "/api.kraken.com/0/public/Trades",
    "binance": "/api.binance.com/api/v3/aggTrades",
}
BINANCE_PAGES = "/api.binance.com/api/v3/historicalTrades"
HOUR = 3_600_000_000_000


def collected(venue: ModuleType, settings: Settings, day: date = DAY) -> tuple[list[int], int]:
    with Fetcher(settings, classify=[venue.classify]) as fetching:
        documents = list(venue.collect(fetching, "ticks", day, {"symbols": ["NOVA-USD"]}))
    parsed = [venue.parse(document) for document in documents]
    assert not any(one.rejects for one in parsed)
    return [int(str(row["trade_id"])) for one in parsed for row in one.rows.get("trades", [])], len(documents)


@pytest.mark.parametrize("venue", VENUES, ids=lambda venue: venue.NAME)
def test_history_is_walked_to_the_ends_of_its_day(venue: ModuleType, upstream: Upstream, settings: Settings) -> None:
    times = [START - 24 * HOUR + n * (72 * HOUR // 9_000) for n in range(9_000)]
    times = [at - at % 1_000_000 for at in times]
    tape = Tape(times)
    upstream.on(PATHS[venue.NAME], tape.answer(getattr(tape, venue.NAME)))
    upstream.on(BINANCE_PAGES, tape.answer(tape.binance))
    wanted = [n for n, at in enumerate(times, 1) if START <= at < START + 24 * HOUR]
    for _ in range(2):  # a second time it is asked for whole again, whatever the ETag says
        numbers, _ = collected(venue, settings)
        assert sorted(set(numbers)) == wanted
    assert len(tape.asked) < 2 * 25


@pytest.mark.parametrize("venue", VENUES, ids=lambda venue: venue.NAME)
@pytest.mark.parametrize("day", [date(2026, 1, 3), date(2026, 1, 9)])
def test_days_without_trades_are_empty(venue: ModuleType, day: date, upstream: Upstream, settings: Settings) -> None:
    tape = Tape([START + n * HOUR for n in range(3)])
    upstream.on(PATHS[venue.NAME], tape.answer(getattr(tape, venue.NAME)))
    numbers, documents = collected(venue, settings, day)
    assert numbers == []
    assert documents >= 1


@pytest.mark.parametrize("venue", [kraken, binance], ids=lambda venue: venue.NAME)
def test_today_is_asked_for_until_now_and_no_longer(venue: ModuleType, upstream: Upstream, settings: Settings) -> None:
    def page(query: dict[str, int]) -> object:  # each answer holds a trade that was not there a moment ago
        tape.times.append(tape.times[-1] + 2_000_000_000)
        assert len(tape.times) < 40
        return answer(query)

    tape = Tape([START + n * 1_000_000_000 for n in range(10)])
    answer = getattr(tape, venue.NAME)
    upstream.on(PATHS[venue.NAME], tape.answer(page))
    upstream.on(BINANCE_PAGES, tape.answer(page))
    now = START + 20_000_000_000
    with Fetcher(settings, lambda: now, classify=()) as fetching:
        documents = list(venue.collect(fetching, "ticks", DAY, {"symbols": ["NOVA-USD"]}))
    rows = [row for document in documents for row in venue.parse(document).rows.get("trades", [])]
    assert max(int(str(row["ts_event"])) for row in rows) >= now
    assert len(tape.asked) < 12


def test_a_page_of_binance_without_one_readable_trade_is_unavailable(upstream: Upstream, settings: Settings) -> None:
    upstream.on(PATHS["binance"], reply(200, b'[{"a":1,"f":7,"l":7}]'))
    upstream.on(BINANCE_PAGES, reply(200, b'[{"id":7}]'))
    with pytest.raises(UpstreamUnavailable, match="no readable trade"):
        collected(binance, settings)
    upstream.on(PATHS["binance"], reply(200, b'[{"a":1,"f":"x"}]'))
    with pytest.raises(UpstreamUnavailable, match="unreadable page"):
        collected(binance, settings)


REFUSALS = {
    "coinbase": reply(404, b'{"message":"NotFound"}'),
    "kraken": reply(200, b'{"error":["EQuery:Unknown asset pair"]}'),
    "binance": reply(400, b'{"code":-1121,"msg":"Invalid symbol."}'),
}


@pytest.mark.parametrize("venue", VENUES, ids=lambda venue: venue.NAME)
def test_an_unknown_symbol_is_refused_by_name(venue: ModuleType, upstream: Upstream, settings: Settings) -> None:
    upstream.on(PATHS[venue.NAME], REFUSALS[venue.NAME])
    with pytest.raises(UpstreamRefused, match=rf"{venue.NAME} does not list NOVA-?USD: remove it from defs.yaml"):
        collected(venue, settings)
    assert len(upstream.seen) == 1


def test_passing_trouble_of_kraken_and_binance_is_tried_again(upstream: Upstream, settings: Settings) -> None:
    upstream.on(PATHS["kraken"], reply(200, b'{"error":["EService:Unavailable"]}'))
    with pytest.raises(UpstreamUnavailable):
        collected(kraken, settings)
    assert len(upstream.seen) == settings.http_tries_max
    upstream.on(PATHS["binance"], reply(418, b"{}", Retry_After="300"))
    with pytest.raises(UpstreamUnavailable) as caught:
        collected(binance, settings)
    assert caught.value.retry_after_s == 300


@pytest.mark.parametrize("venue", VENUES, ids=lambda venue: venue.NAME)
def test_a_garbled_page_is_unavailable_not_the_end(venue: ModuleType, upstream: Upstream, settings: Settings) -> None:
    upstream.on(PATHS[venue.NAME], reply(200, b"<html>maintenance</html>"))
    with pytest.raises(UpstreamUnavailable, match="unreadable page"):
        collected(venue, settings)


@pytest.mark.parametrize("options", [{}, {"symbols": []}, {"symbols": "BTC-USD"}, {"symbols": ["btcusd"]}])
def test_options_without_symbols_are_a_usage_error(options: dict[str, object], settings: Settings) -> None:
    for venue in VENUES:
        with Fetcher(settings, classify=()) as fetching, pytest.raises(UsageError, match="BASE-QUOTE"):
            list(venue.collect(fetching, "x", DAY, options))  # type: ignore[attr-defined]


def test_where_and_what_to_subscribe(settings: Settings) -> None:
    symbols = ["BTC-USD", "NOVA-USD"]
    assert binance.stream_url(settings, symbols) == (
        "wss://stream.binance.com:9443/stream?streams=btcusd@trade/btcusd@bookTicker/novausd@trade/novausd@bookTicker"
    )
    assert json.loads(kraken.opening_frames(settings, symbols)[0])["params"]["symbol"] == ["BTC/USD", "NOVA/USD"]
    assert json.loads(coinbase.opening_frames(settings, symbols)[0])["product_ids"] == symbols
    assert coinbase.stream_url(settings, symbols) == settings.coinbase_stream_url


@pytest.mark.parametrize("venue", VENUES, ids=lambda venue: venue.NAME)
def test_a_look_changes_only_when_something_new_is_there(
    venue: ModuleType, upstream: Upstream, settings: Settings
) -> None:
    upstream.on(PATHS[venue.NAME], reply(200, b"[1]"), reply(200, b"[1]"), reply(200, b"[2]"))
    with Fetcher(settings, classify=()) as fetching:
        looks = [venue.poll(fetching, "t", {"symbols": ["NOVA-USD"]}, "")]
        for _ in range(2):
            looks.append(venue.poll(fetching, "t", {"symbols": ["NOVA-USD"]}, looks[-1].cursor))
    assert [look.changed for look in looks] == [True, False, True]
