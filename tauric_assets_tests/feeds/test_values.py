"""Values are exact or refused with ValueError, and with nothing else."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tauric_assets.feeds import values

ALL = (
    values.price, values.size, values.instant, values.rfc3339, values.rfc5322,
    values.epoch_seconds, values.epoch_ms, values.epoch_us, values.epoch_ns, values.decimal,
)  # fmt: skip
ANYTHING = st.one_of(
    st.text(max_size=80), st.integers(), st.none(), st.booleans(), st.floats(), st.from_regex(r"[0-9eE.+:TZ-]{1,40}"),
    st.datetimes().map(lambda moment: moment.isoformat() + "Z"),
)  # fmt: skip


@given(value=ANYTHING)
def test_anything_gives_a_value_or_a_value_error(value: object) -> None:
    for convert in ALL:
        try:
            result = convert(value)
        except ValueError:
            continue
        assert isinstance(result, (int, Decimal))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.00001305", "0.000013050"), ("0.000000001", "0.000000001"), ("1e-9", "0.000000001"), (67_000, "67000"),
        ("999999999.999999999", "999999999.999999999"), ("1.50000000000000", "1.5"), ("1E+3", "1000"), (".5", "0.5"),
    ],
)  # fmt: skip
def test_prices_are_exact(text: object, value: str) -> None:
    assert values.price(text) == Decimal(value)
    assert values.price(text).as_tuple().exponent == -9


@pytest.mark.parametrize(
    "text",
    ["", " 1", "1_000", "nan", "NaN", "inf", "-Infinity", "0", "-1", "0.0000000001", "1000000000", "1e400", "1e-400",
     "1e999999999", "١", "0x10", True, None, 1.5, "1" * 65, "1,5"],
)  # fmt: skip
def test_what_is_no_honest_price_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        values.price(text)


def test_sizes_reach_further_than_prices() -> None:
    assert values.size("99999999999.999999999") == Decimal("99999999999.999999999")
    with pytest.raises(ValueError, match="not above 0 and below 100000000000"):
        values.size("100000000000")


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("2021-04-17T16:43:37.089723Z", 1_618_677_817_089_723_000),
        ("2021-04-17T16:43:37.089723001Z", 1_618_677_817_089_723_001),
        ("2021-04-17T16:43:37.0897230010000Z", 1_618_677_817_089_723_001),
        ("2021-04-17T18:43:37+02:00", 1_618_677_817_000_000_000),
        ("2021-04-17T12:43:37-0400", 1_618_677_817_000_000_000),
        ("2021-04-17 16:43:37z", 1_618_677_817_000_000_000),
        ("Sat, 17 Apr 2021 16:43:37 GMT", 1_618_677_817_000_000_000),
        ("Sat, 17 Apr 2021 12:43:37 EDT", 1_618_677_817_000_000_000),
        ("17 Apr 2021 16:43:37 -0000", 1_618_677_817_000_000_000),
    ],
)
def test_instants_are_exact(text: str, ns: int) -> None:
    assert values.instant(text) == ns


@pytest.mark.parametrize(
    "text",
    ["2021-04-17T16:43:37", "2021-02-30T00:00:00Z", "2021-04-17T24:00:00Z", "2021-04-17T16:43:60Z",
     "1969-12-31T23:59:59Z", "2021-04-17T16:43:37.0000000001Z", "yesterday", "", "0001-01-01T00:00:00+23:59",
     "9999-12-31T23:59:59Z"],
)  # fmt: skip
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        values.instant(text)


def test_epochs_lose_no_digit() -> None:
    assert values.epoch_seconds("1618678158.135041") == 1_618_678_158_135_041_000
    assert values.epoch_seconds("1616663618.123456789") == 1_616_663_618_123_456_789
    assert values.epoch_ms(1_723_161_256_322) == 1_723_161_256_322_000_000
    assert values.epoch_us("1735689600000001") == 1_735_689_600_000_001_000
    assert values.epoch_ns("1723161255030314667") == 1_723_161_255_030_314_667
    for convert, text in ((values.epoch_ns, "1.5"), (values.epoch_ms, "-1"), (values.epoch_seconds, "9223372037")):
        with pytest.raises(ValueError, match=r"."):
            convert(text)


@given(st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2200, 1, 1)))
def test_http_dates_come_back(moment: datetime) -> None:
    ns = int(moment.replace(tzinfo=UTC, microsecond=0).timestamp()) * 1_000_000_000
    assert values.rfc5322(values.http_date(ns)) == ns


def test_json_keeps_every_digit() -> None:
    assert values.decode_json(b'{"price": 105944.20, "id": 12345678901234567890}') == {
        "price": "105944.20",
        "id": 12345678901234567890,
    }
    for raw in (b"NaN", b"[Infinity]", b"{", b"\xff", b"[" * 100_000, b""):
        with pytest.raises(ValueError, match=r"."):
            values.decode_json(raw)


def test_text_becomes_valid_unicode() -> None:
    assert values.clean_text("a\ud83db\x00c🚀") == "a�b�c🚀"
    values.clean_text("\ud83d\x00").encode()


@pytest.mark.parametrize(
    "text",
    ["Z", "", "2026-01-05T14:30:00.Z", "2026-01-05T14:30:00.١Z", "2026-W01-1T14:30:00.1Z", "2026-01-05T14:30:61.1Z",
     "20260105T143000.100Z", "2026-01-05T14:30:00.1", "2262-04-11T23:47:16.854775808Z", "1969-12-31T23:59:59.9Z"],
)  # fmt: skip
def test_what_is_no_rfc_3339_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        values.rfc3339(text)


def test_the_last_instant_there_is() -> None:
    assert values.rfc3339("2262-04-11T23:47:16.854775807Z") == values.INSTANT_NS_MAX
