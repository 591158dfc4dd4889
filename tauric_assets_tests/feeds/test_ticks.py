"""Decimal text becomes fixed point exactly, what is undated is dated by arrival, credentials stay put."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tauric_assets.errors import SettingsError
from tauric_assets.feeds import alpaca, binance, binance_futures, coinbase, coinbase_advanced, kraken
from tauric_assets.feeds.ticks import (
    PRICE_UNITS_MAX,
    SIZE_UNITS_MAX,
    UNDATED,
    UNIT,
    Heartbeat,
    Quote,
    Trade,
    amount,
    parse_frame,
    side_units,
    units,
)
from tauric_assets.feeds.values import decimal
from tauric_assets.settings import Settings, child_environment
from tauric_assets_tests.feeds.golden import FRAMES, RECEIVED


@given(st.integers(1, PRICE_UNITS_MAX), st.sampled_from(["plain", "short", "exponent", "signed", "zeros"]))
def test_every_spelling_of_a_number_gives_its_units(number: int, spelling: str) -> None:
    plain = f"{amount(number):f}"
    text = {
        "plain": plain,
        "short": plain.rstrip("0").rstrip("."),
        "exponent": f"{amount(number):e}",
        "signed": f"+{plain}",
        "zeros": f"000{plain}00000000",
    }[spelling]
    assert units(text, PRICE_UNITS_MAX) == number
    assert units(text, PRICE_UNITS_MAX) == decimal(text) * UNIT


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "0",
        "-1",
        "1e-10",
        "1.0000000001",
        "NaN",
        "1_000",
        "١",
        "1 ",
        "1,5",
        "0x1",
        "9" * 30,
        None,
        True,
        1.5,
        {},
    ],
)
def test_what_is_no_exact_positive_number_is_refused(text: object) -> None:
    with pytest.raises(ValueError):
        units(text, SIZE_UNITS_MAX)


@pytest.mark.parametrize(
    ("price", "size", "found"),
    [("1.5", "2", (1_500_000_000, 2_000_000_000)), ("0", "5", (0, 0)), ("0.000", None, (0, 0)), ("", "", (0, 0)),
     (None, None, (0, 0)), ("2", None, (2 * UNIT, 0)), ("2", "0.00", (2 * UNIT, 0)), (3, 1, (3 * UNIT, UNIT))],
)  # fmt: skip
def test_a_side_of_a_quote_may_be_empty_or_without_a_size(price: object, size: object, found: tuple[int, int]) -> None:
    assert side_units(price, size) == found


def test_coinbase_tells_trades_quotes_and_heartbeats() -> None:
    told = [coinbase.ticks(frame) for frame in FRAMES["coinbase"]]
    assert told[2].trades == [Trade("NOVA-USD", 1767614399999999000, "42", 13_050, 985 * UNIT, "buy", 301)]
    quote = Quote("NOVA-USD", 1767614399999999000, 13_040, 12_500_000_000, 13_050, 0, 301)
    assert [one for ticks in told for one in ticks.quotes] == [quote]
    assert [one for ticks in told for one in ticks.heartbeats] == [Heartbeat("NOVA-USD", 1767614400000000000, "42")]


def test_coinbase_advanced_numbers_its_frames_and_tells_the_makers_side() -> None:
    told = [coinbase_advanced.ticks(frame) for frame in FRAMES["coinbase_advanced"]]
    assert [one.side for one in told[1].trades] == ["sell", "buy"]
    assert (told[1].trades[0].price, told[1].trades[0].size) == (68_900_500_000_000, 1_500_000)
    assert told[2].quotes == [
        Quote("NOVA-USD", 1767614399900000000, 68900 * UNIT, 3 * UNIT // 2, 68901 * UNIT, UNIT // 2, None)
    ]
    assert told[3].heartbeats == [Heartbeat(None, 1767614400500000000, None)]
    assert [one.connection_sequence for one in told] == [0, 1, 2, 3, None]


def test_kraken_tells_its_time_by_pong_only() -> None:
    told = [kraken.ticks(frame) for frame in FRAMES["kraken"]]
    beats = [one for ticks in told for one in ticks.heartbeats]
    assert beats == [Heartbeat(None, UNDATED, None), Heartbeat(None, 1767614400799703000, None)]
    first, second = [one for ticks in told for one in ticks.quotes]
    assert (first.symbol, first.bid_price, first.ask_size) == ("BTC-USD", 105_944_200_000_000, 3 * UNIT)
    assert second == Quote("NOVA-BTC", UNDATED, 43_040_000, 20_500_000_000, 43_050_000, UNIT, None)


def test_binance_spot_quotes_are_dated_by_their_arrival_and_futures_by_the_venue() -> None:
    (spot,) = [one for frame in FRAMES["binance"] for one in binance.ticks(frame).quotes]
    assert (spot.ts_event, spot.sequence) == (UNDATED, 77819472)
    (row,) = [
        row for frame in FRAMES["binance"] for row in parse_frame(binance, frame, RECEIVED).rows.get("quotes", [])
    ]
    assert row["ts_event"] == row["ts_recv"] == RECEIVED
    undated = [parse_frame(binance, frame, None) for frame in FRAMES["binance"]]
    assert not any("quotes" in parsed.rows for parsed in undated)
    (future,) = [one for frame in FRAMES["binance_futures"] for one in binance_futures.ticks(frame).quotes]
    assert (future.symbol, future.ts_event) == ("NOVA-USDT.260327", 1767614399313000000)


def test_what_binance_trades_outside_the_market_is_ignored() -> None:
    told = [binance_futures.ticks(frame) for frame in FRAMES["binance_futures"][:3]]
    assert [[one.trade_id for one in ticks.trades] for ticks in told] == [["77001"], ["5266583935"], []]
    assert (told[2].ignored, told[2].rejects) == (1, [])


def test_alpaca_tells_trades_and_quotes_in_one_frame() -> None:
    told = alpaca.ticks(FRAMES["alpaca"][1])
    at = 1767614398123456789
    assert told.trades == [Trade("NOVA-USD", at, "20260105-D-96921", 126_550_000_000, UNIT, None, None)]
    assert told.quotes == [Quote("NOVA-USD", 1767614399500000000, 87_660_000_000, UNIT, 0, 0, None)]
    (reject,) = alpaca.ticks(FRAMES["alpaca"][-1]).rejects
    assert "402 Invalid credentials" in reject.reason


def test_alpaca_refuses_to_go_live_without_credentials_and_hides_those_it_has() -> None:
    who = {"upstream": "live", "identity": "Ann ann@example.org"}
    with pytest.raises(SettingsError, match="TAURIC_ALPACA_KEY_ID and TAURIC_ALPACA_SECRET_KEY"):
        alpaca.opening_frames(Settings(**who), ["NOVA-USD"])  # type: ignore[arg-type]
    settings = Settings(**who, alpaca_key_id="AK1", alpaca_secret_key="hush")  # type: ignore[arg-type]
    auth, wanted = (json.loads(frame) for frame in alpaca.opening_frames(settings, ["NOVA-USD"]))
    assert auth == {"action": "auth", "key": "AK1", "secret": "hush"}
    assert wanted == {"action": "subscribe", "trades": ["NOVA"], "quotes": ["NOVA"]}
    assert "hush" not in repr(settings) + str(settings)
    assert child_environment(settings)["TAURIC_ALPACA_SECRET_KEY"] == "hush"


def test_an_amount_is_its_units_over_a_billion() -> None:
    assert amount(1_500_000_000) == Decimal("1.500000000")
