"""Instants, days and ranges."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tauric_assets.errors import UsageError
from tauric_assets.times import (
    DAY_NS,
    Days,
    datetime_to_ns,
    day_of_ns,
    day_start_ns,
    ns_to_datetime,
    ns_to_text,
    parse_day,
    parse_instant,
)


@given(st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)))
def test_datetimes_survive_the_way_to_nanoseconds_and_back(moment: datetime) -> None:
    assert ns_to_datetime(datetime_to_ns(moment)) == moment
    assert parse_instant(ns_to_text(datetime_to_ns(moment))) == datetime_to_ns(moment)


@given(st.dates(date(1700, 1, 1), date(2200, 1, 1)), st.integers(0, DAY_NS - 1))
def test_every_instant_of_a_day_belongs_to_it(day: date, offset: int) -> None:
    assert day_of_ns(day_start_ns(day) + offset) == day


def test_a_range_is_half_open() -> None:
    days = Days(date(2026, 1, 5), date(2026, 1, 8))
    assert list(days) == [date(2026, 1, 5), date(2026, 1, 6), date(2026, 1, 7)]
    assert len(days) == 3
    assert days.end_ns - days.start_ns == 3 * DAY_NS
    assert Days.one(date(2026, 1, 5)).end == date(2026, 1, 6)


def test_an_empty_range_is_refused() -> None:
    with pytest.raises(UsageError, match="exclusive"):
        Days(date(2026, 1, 5), date(2026, 1, 5))


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01", "05/01/2026"])
def test_what_is_no_date_is_refused_with_the_form_wanted(text: str) -> None:
    with pytest.raises(UsageError, match="YYYY-MM-DD"):
        parse_day(text)
    with pytest.raises(UsageError, match="T14:30:00Z"):
        parse_instant(text)


def test_instants_know_offsets_and_a_bare_day_is_its_first_instant() -> None:
    assert parse_instant("2026-01-05T09:30:00-05:00") == parse_instant("2026-01-05T14:30:00Z")
    assert parse_instant("2026-01-05") == day_start_ns(date(2026, 1, 5))


def test_a_naive_datetime_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        datetime_to_ns(datetime(2026, 1, 5) + timedelta(0))
