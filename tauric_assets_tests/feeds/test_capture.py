"""Recordings are read through the venues' own parsers, with arrival times to the last digit."""

import gzip
import json
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pytest

from tauric_assets.errors import MalformedDocument, UsageError
from tauric_assets.feeds.capture import inspect_capture, inspect_feed, parse_capture
from tauric_assets_tests.feeds.golden import BINANCE_FRAMES, COINBASE_FRAMES, FRAMES, KRAKEN_FRAMES

SECONDS = b"\n".join(
    [
        b"wss://ws.example.org <-> 1767614399.5",
        b'wss://ws.example.org <- 1767614399.75: {"type":"subscribe"}',
        *(b"1767614400.%07d: %s" % (number, frame) for number, frame in enumerate(COINBASE_FRAMES)),
        b"",
    ]
)
NANOSECONDS = b"\n".join(b"17676144000000000%02d %s" % (number, frame) for number, frame in enumerate(BINANCE_FRAMES))


def test_seconds_are_exact() -> None:
    parsed = parse_capture(SECONDS, "coinbase")
    assert (parsed.records, parsed.row_count, parsed.ignored, len(parsed.rejects)) == (8, 3, 4, 1)
    assert [row["ts_recv"] for row in parsed.rows["trades"]] == [1767614400000000100, 1767614400000000200]
    assert parsed.rejects[0].position == "line 8, frame"


def test_nanoseconds_in_gzip_are_exact() -> None:
    parsed = parse_capture(gzip.compress(NANOSECONDS), "binance")
    assert [row["known_at"] for row in parsed.rows["trades"]] == [1767614400000000001, 1767614400000000002]


def test_bare_frames_are_dated_by_the_venue() -> None:
    for row in parse_capture(b"\n".join(KRAKEN_FRAMES), "kraken").rows["trades"]:
        assert (row["known_at"], row["ts_recv"], row["known_at_quality"]) == (row["ts_event"], None, "source")


@pytest.mark.parametrize("venue", sorted(FRAMES.keys() - {"binance_futures"}))  # which frames look like spot's
def test_the_venue_is_found_by_what_it_can_read(venue: str) -> None:
    body = b"\n".join(FRAMES[venue])
    assert parse_capture(body, None) == parse_capture(body, venue)


def test_a_capture_of_nobody_we_know_names_the_venues() -> None:
    with pytest.raises(MalformedDocument, match=r"alpaca, binance, binance_futures, coinbase,.* kraken"):
        parse_capture(b'1767614400.1: {"event":"trade","data":{}}', None)
    with pytest.raises(UsageError, match="syndication has no stream"):
        parse_capture(b"{}", "syndication")
    with pytest.raises(UsageError, match="no feed 'nowhere'"):
        parse_capture(b"{}", "nowhere")


def test_a_capture_without_a_trade_of_the_venue_says_so() -> None:
    with pytest.raises(MalformedDocument, match="no trade of coinbase in its 2 records"):
        parse_capture(b'1767614400.1: {"event":"trade","data":{}}\n1767614400.2: {"event":"trade"}', "coinbase")


@pytest.mark.parametrize("venue", ["kraken", None])
def test_one_frame_over_many_lines_is_a_capture(venue: str | None) -> None:
    plain = KRAKEN_FRAMES[2]
    pretty = json.dumps(json.loads(plain), indent=2).replace("0.00012460", "1.2460e-4").encode()
    assert pretty.count(b"\n") > 10
    parsed = parse_capture(pretty, venue)
    assert [row["trade_id"] for row in parsed.rows["trades"]] == ["7001", "7002"]
    assert (parsed.records, parsed.rejects) == (2, [])


def test_what_is_no_capture_is_malformed_and_a_bad_line_is_not_the_end() -> None:
    for body in (b"hello\nworld", b"", b"\x1f\x8bno gzip", gzip.compress(SECONDS)[:-9]):
        with pytest.raises(MalformedDocument):
            parse_capture(body, "coinbase")
    parsed = parse_capture(SECONDS + b"\ntorn li\n{broken", "coinbase")
    assert (parsed.row_count, len(parsed.rejects), parsed.records) == (3, 3, 10)


def test_inspected_rows_say_where_they_are_from() -> None:
    row = inspect_capture(SECONDS, None, "morning.ws").rows["trades"][0]
    assert str(row["source"]).startswith("morning.ws#sha256=")
    feed = b"<rss version='2.0'><channel><item><title>a</title></item></channel></rss>"
    (entry,) = inspect_feed(feed, "feed.xml", clock=lambda: 1767614400000000000).rows["news"]
    assert (entry["title"], entry["known_at"]) == ("a", 1767614400000000000)
    assert str(entry["source"]).startswith("feed.xml#sha256=")


REAL = [
    ("cryptofeed/COINBASE.ws.28.0", "coinbase"),
    ("cryptofeed/KRAKEN.ws.48.0", "kraken"),
    ("cryptofeed/BINANCE_US.ws.1.0", "binance"),
    pytest.param("hftbacktest/usdm_btcusdt_20240808.gz", "binance_futures", marks=pytest.mark.slow),
    ("nautilus/coinbase__test_data__ws_market_trades.json", "coinbase_advanced"),
    ("nautilus/kraken__test_data__ws_trade_update.json", "kraken"),
    ("nautilus/binance__test_data__futures__market_data_json__agg_trade_stream.json", "binance_futures"),
]


def counted(plain: bytes, venue: str) -> tuple[int, Decimal]:
    """Trades in a capture and the sum of price times size, straight from the file's JSON."""
    received = re.findall(rb"^\d[\d.]*:? (.*)$", plain, re.MULTILINE) or [plain]
    deals = [deal for text in received for deal in PRICES_AND_SIZES[venue](json.loads(text, parse_float=Decimal))]
    return len(deals), sum((Decimal(price) * Decimal(size) for price, size in deals), Decimal(0))


def of_coinbase(message: dict[str, str]) -> list[tuple[str, str]]:
    return [(message["price"], message["size"])] if message["type"] in ("match", "last_match") else []


def of_advanced(message: dict[str, list[dict[str, list[dict[str, str]]]]]) -> list[tuple[str, str]]:
    return [(one["price"], one["size"]) for event in message["events"] for one in event.get("trades", [])]


def of_kraken(message: Any) -> list[tuple[str, str]]:
    if isinstance(message, list):
        return [(trade[0], trade[1]) for trade in message[1]] if message[-2] == "trade" else []
    return [(one["price"], one["qty"]) for one in message["data"]] if message.get("channel") == "trade" else []


def of_binance(message: Any) -> list[tuple[str, str]]:
    event = message.get("data", message)
    return [(event["p"], event["q"])] if event.get("e") in ("trade", "aggTrade") else []


PRICES_AND_SIZES: dict[str, Callable[[Any], list[tuple[str, str]]]] = {
    "coinbase": of_coinbase,
    "coinbase_advanced": of_advanced,
    "kraken": of_kraken,
    "binance": of_binance,
    "binance_futures": of_binance,
}


@pytest.mark.realdata
@pytest.mark.parametrize(("name", "venue"), REAL)
def test_real_captures_hold_the_trades_and_turnover_of_an_independent_count(
    recordings: Callable[[str], list[Path]], name: str, venue: str
) -> None:
    (path,) = recordings(f"ws/{name}")
    body = path.read_bytes()
    parsed = parse_capture(body, venue)
    trades = parsed.rows["trades"]
    turnover = sum((cast("Decimal", row["price"]) * cast("Decimal", row["size"]) for row in trades), Decimal(0))
    assert (len(trades), turnover) == counted(gzip.decompress(body) if name.endswith(".gz") else body, venue)
    assert parsed.records == parsed.row_count + parsed.ignored + len(parsed.rejects)
    assert not parsed.rejects
    assert len({(row["symbol"], row["trade_id"]) for row in trades}) == len(trades)
