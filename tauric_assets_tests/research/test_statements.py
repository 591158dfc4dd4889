"""Statement lines as they were known: restatements, derived quarters, trailing twelve months, no look ahead."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tauric_assets.feeds.edgar.clock import close_of
from tauric_assets.feeds.edgar.facts import read_facts
from tauric_assets.lake.store import Lake
from tauric_assets.research.statements import Line, Value, line_as_of, line_of
from tauric_assets.tables import TABLES, to_arrow
from tauric_assets.times import DAY_NS, Days, parse_instant

DAY = date(2025, 1, 31)


def value(start: str, end: str, amount: str | int, filed: str) -> Value:
    """A reported value."""
    day = date.fromisoformat(filed)
    number = f"0001000001-{day:%y}-{day:%m%d}00"
    begins = date.fromisoformat(start) if start else None
    known = close_of(day)
    return Value(begins, date.fromisoformat(end), Decimal(amount), day, known, "estimated", (number,), "10-Q")


def known_by(told: Sequence[Value], as_of: int) -> Line:
    """The line known at an instant."""
    return Line(tuple(one for one in told if one.known_at <= as_of))


YEARS = [
    value("2024-01-01", "2024-03-31", 10, "2024-04-30"),
    value("2024-01-01", "2024-06-30", 22, "2024-07-30"),
    value("2024-04-01", "2024-06-30", 12, "2024-07-30"),
    value("2024-01-01", "2024-09-30", 35, "2024-10-30"),
    value("2024-07-01", "2024-09-30", 13, "2024-10-30"),
    value("2024-01-01", "2024-12-31", 50, "2025-02-20"),
    value("2024-01-01", "2024-03-31", 9, "2025-04-30"),  # restated
    value("2025-01-01", "2025-03-31", 17, "2025-04-30"),
]


def flat(values: Sequence[Value]) -> list[tuple[str, Decimal, bool]]:
    """(end, value, derived)."""
    return [(str(one.period_end), one.value, one.derived) for one in values]


def test_the_last_telling_of_a_period_counts_from_the_day_it_was_filed() -> None:
    before, after = close_of(date(2025, 4, 30)) - 1, close_of(date(2025, 4, 30))
    assert known_by(YEARS, before).values()[0].value == 10
    assert known_by(YEARS, after).values()[0].value == 9
    assert known_by(YEARS, close_of(date(2024, 4, 30)) - 1).values() == []


def test_a_value_that_is_repeated_is_known_since_it_was_told_first() -> None:
    told = [value("", "2024-12-31", amount, f"2025-0{month}-01") for month, amount in enumerate((5, 7, 5, 5), start=1)]
    [found] = Line(tuple(told)).values()
    assert (found.value, found.filed) == (5, date(2025, 3, 1))


def test_a_proxy_statement_changes_nothing() -> None:
    row = {"period_start": None, "period_end": DAY, "known_at": 1, "known_at_quality": "source", "value_number": 1}
    report = row | {"value": Decimal(1234), "filed": DAY, "accession_number": "a", "form": "10-K"}
    proxy = report | {"value": Decimal(1200), "accession_number": "b", "form": "DEF 14A", "known_at": 2}
    second = report | {"value": Decimal(1230), "value_number": 2}
    assert [one.value for one in line_of([report, proxy, second]).values()] == [1234]


def test_the_fourth_quarter_is_the_year_less_its_first_nine_months() -> None:
    assert flat(Line(tuple(YEARS[:6])).quarterly()) == [
        ("2024-03-31", 10, False), ("2024-06-30", 12, False), ("2024-09-30", 13, False), ("2024-12-31", 15, True),
    ]  # fmt: skip
    fourth = Line(tuple(YEARS[:6])).quarterly()[-1]
    assert (fourth.period_start, fourth.known_at) == (date(2024, 10, 1), close_of(date(2025, 2, 20)))
    assert fourth.accession_numbers == ("0001000001-25-022000", "0001000001-24-103000")


def test_or_less_its_three_quarters_where_no_nine_months_are_told() -> None:
    quarters = [one for one in YEARS[:6] if one.days < 100 or one.days > 360]
    assert flat(Line(tuple(quarters)).quarterly())[-1] == ("2024-12-31", 15, True)
    assert len(Line(tuple(quarters[1:])).quarterly()) == 2  # with one quarter missing nothing is made up


def test_quarters_of_sums_so_far_are_their_differences() -> None:
    """As cash-flow statements tell them."""
    sums = [one for one in YEARS[:6] if one.period_start == date(2024, 1, 1)]
    assert flat(Line(tuple(sums)).quarterly()) == [
        ("2024-03-31", 10, False), ("2024-06-30", 12, True), ("2024-09-30", 13, True), ("2024-12-31", 15, True),
    ]  # fmt: skip


def test_a_derived_quarter_takes_its_parts_as_they_stood_when_the_whole_was_filed() -> None:
    restated = [*YEARS[:6], value("2024-01-01", "2024-09-30", 30, "2025-10-30")]
    assert flat(Line(tuple(restated)).quarterly())[-1] == ("2024-12-31", 15, True)
    whole_too = [*restated, value("2024-01-01", "2024-12-31", 44, "2026-02-20")]
    assert flat(Line(tuple(whole_too)).quarterly())[-1] == ("2024-12-31", 14, True)


def test_trailing_twelve_months_are_the_year_then_roll_on() -> None:
    def ttm(day: str) -> tuple[object, ...] | None:
        found = known_by(YEARS, close_of(date.fromisoformat(day))).trailing_twelve_months()
        return found and (str(found.period_start), str(found.period_end), found.value, found.derived)

    assert ttm("2024-10-30") is None
    assert ttm("2025-02-19") is None
    assert ttm("2025-02-20") == ("2024-01-01", "2024-12-31", 50, False)
    # 50 + 17 - 10: the first quarter as it was when the year was told, not as restated since
    assert ttm("2025-04-30") == ("2024-04-01", "2025-03-31", 57, True)


def test_trailing_twelve_months_of_quarters_alone_are_the_last_four_in_a_row() -> None:
    quarters = [one for one in YEARS if one.days < 100]
    gap = Line(tuple(quarters))
    assert gap.trailing_twelve_months() is None
    whole = Line((*quarters, value("2024-10-01", "2024-12-31", 15, "2025-02-20")))
    found = whole.trailing_twelve_months()
    assert found is not None
    assert (found.value, found.derived, found.period_start) == (57, True, date(2024, 4, 1))


def test_years_of_53_weeks_and_quarters_of_12_and_17_weeks_are_what_they_are() -> None:
    weeks = [
        value("2023-09-04", "2023-11-26", 1, "2023-12-20"),  # 12 weeks
        value("2023-09-04", "2024-02-18", 2, "2024-03-14"),  # 24
        value("2023-09-04", "2024-05-12", 3, "2024-06-10"),  # 36
        value("2023-09-04", "2024-09-08", 5, "2024-10-10"),  # 53
        value("2024-09-09", "2024-12-01", 4, "2024-12-20"),  # 12 of the next
    ]
    line = Line(tuple(weeks))
    assert flat(line.annual()) == [("2024-09-08", 5, False)]
    assert flat(line.quarterly()) == [
        ("2023-11-26", 1, False), ("2024-02-18", 1, True), ("2024-05-12", 1, True), ("2024-09-08", 2, True),
        ("2024-12-01", 4, False),
    ]  # fmt: skip
    found = line.trailing_twelve_months()
    assert found is not None
    assert (found.value, found.period_start) == (8, date(2023, 11, 27))


def test_instants_have_no_quarters_and_no_twelve_months() -> None:
    line = Line((value("", "2024-12-31", 7, "2025-02-20"), value("", "2025-03-31", 8, "2025-04-30")))
    assert flat(line.values()) == [("2024-12-31", 7, False), ("2025-03-31", 8, False)]
    assert (line.quarterly(), line.annual(), line.trailing_twelve_months()) == ([], [], None)


def test_sums_are_exact_beyond_what_a_float_or_28_digits_hold() -> None:
    big = "12345678901234567890123456.000000000001"
    told = [
        value("2024-01-01", "2024-09-30", "0.1", "2024-10-30"), value("2024-01-01", "2024-12-31", big, "2025-02-20"),
    ]  # fmt: skip
    assert Line(tuple(told)).quarterly()[-1].value == Decimal("12345678901234567890123455.900000000001")


@st.composite
def tellings(draw: st.DrawFn) -> list[Value]:
    """Values of a company's quarters, halves, nine months and years, some told again, filed on any day after."""
    found = []
    for _ in range(draw(st.integers(1, 14))):
        first = draw(st.integers(0, 7))
        length = draw(st.sampled_from([0, 1, 2, 3, 4]))
        start, end = _quarter_start(first), _quarter_start(first + max(length, 1)) - timedelta(days=1)
        filed = end + timedelta(days=draw(st.integers(1, 900)))
        amount = draw(st.integers(-(10**6), 10**6))
        found.append(value(str(start) if length else "", str(end), amount, str(filed)))
    return found


def _quarter_start(number: int) -> date:
    return date(2020 + number // 4, number % 4 * 3 + 1, 1)


Answers = Callable[[Line], object]
ANSWERS: list[Answers] = [Line.values, Line.annual, Line.quarterly, Line.trailing_twelve_months]


def unchanged(
    select: Callable[[Sequence[Value], int], Line], told: list[Value], later: list[Value], as_of: int
) -> bool:
    """Whether answers at `as_of` are the same with and without what is known only later."""
    late = [replace(one, known_at=one.known_at + DAY_NS * 4000, filed=one.filed + timedelta(4000)) for one in later]
    return all(answer(select(told, as_of)) == answer(select([*late, *told], as_of)) for answer in ANSWERS)


@given(told=tellings(), later=tellings(), days=st.integers(0, 3_000))
def test_later_facts_never_change_an_earlier_answer(told: list[Value], later: list[Value], days: int) -> None:
    as_of = parse_instant("2020-03-01") + days * DAY_NS
    assert unchanged(known_by, told, later, as_of)
    for one in (*known_by(told, as_of).quarterly(), known_by(told, as_of).trailing_twelve_months()):
        assert one is None or one.known_at <= as_of


def test_a_reader_that_peeks_fails_the_same_test() -> None:
    assert unchanged(known_by, YEARS[:6], YEARS[6:], close_of(date(2025, 4, 30)))
    assert not unchanged(lambda told, as_of: Line(tuple(told)), YEARS[:6], YEARS[6:], close_of(date(2025, 4, 30)))


@given(told=tellings(), dice=st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(told: list[Value], dice) -> None:  # type: ignore[no-untyped-def]
    shuffled = list(told)
    dice.shuffle(shuffled)
    distinct = {(one.period_start, one.period_end, one.filed) for one in told}
    if len(distinct) == len(told):
        assert all(answer(Line(tuple(told))) == answer(Line(tuple(shuffled))) for answer in ANSWERS)


def test_a_line_is_read_from_the_lake_as_it_was_known(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake", clock=lambda: parse_instant("2026-01-01"))
    told = [(10, "24-000001", "2024-04-30"), (9, "25-000001", "2025-04-30")]
    values = [
        {"start": "2024-01-01", "end": "2024-03-31", "val": amount, "accn": f"0001000001-{number}", "fy": 2024,
         "fp": "Q1", "form": "10-Q", "filed": filed} for amount, number, filed in told
    ]  # fmt: skip
    body = {"cik": 1, "facts": {"us-gaap": {"Revenues": {"units": {"USD": values, "EUR": values}}}}}
    rows = read_facts(json.dumps(body).encode()).rows["facts"]
    day = date(2025, 5, 1)
    stored = to_arrow(TABLES["facts"], ({**row, "date": day, "source": "x"} for row in rows))
    lake.revise("facts", Days.one(day), stored, everywhere=True)
    assert [one.value for one in line_as_of(lake, 1, "Revenues").values()] == [9]
    assert [one.value for one in line_as_of(lake, 1, "Revenues", parse_instant("2025-04-01")).values()] == [10]
    assert line_as_of(lake, 1, "Revenues", parse_instant("2024-04-01")).reported == ()
    assert line_as_of(lake, 2, "Revenues").reported == line_as_of(lake, 1, "it's").reported == ()


# Marvell's fiscal years end on the Saturday nearest to 31 January. Net income, in dollars, by hand from the recording:
# year to 2023-01-28 (10-K filed 2023-03-09) -163,500,000; quarter to 2022-04-30 as told then -165,700,000; quarter to
# 2023-04-29 (10-Q filed 2023-05-26) -168,900,000.
HAND: list[tuple[str, str, str, str, int]] = [
    ("companyfacts/CIK0001835632.json", "NetIncomeLoss", "2023-04-01", "2023-01-28", -163_500_000),
    (
        "companyfacts/CIK0001835632.json",
        "NetIncomeLoss",
        "2023-06-15",
        "2023-04-29",
        -163_500_000 - 168_900_000 + 165_700_000,
    ),
    (
        "edgartools/tests__fixtures__entity__snow_facts.json",
        "RevenueFromContractWithCustomerExcludingAssessedTax",
        "2024-09-15",
        "2024-07-31",
        2_806_489_000 + 1_697_532_000 - 1_297_617_000,
    ),
    (
        "edgartools/tests__fixtures__entity__snow_facts.json",
        "RevenueFromContractWithCustomerExcludingAssessedTax",
        "2025-04-01",
        "2025-01-31",
        3_626_396_000,
    ),
]


@pytest.mark.realdata
@pytest.mark.parametrize(("name", "concept", "day", "end", "wanted"), HAND)
def test_twelve_months_of_recorded_companies_are_those_reckoned_by_hand(
    realdata: Path, name: str, concept: str, day: str, end: str, wanted: int
) -> None:
    as_of = parse_instant(day)
    rows = read_facts((realdata / "edgar_index" / name).read_bytes()).rows["facts"]
    mine = [
        row for row in rows if row["concept"] == concept and row["unit"] == "USD" and int(str(row["known_at"])) <= as_of
    ]
    found = line_of(mine).trailing_twelve_months()
    assert found is not None
    assert (str(found.period_end), found.value) == (end, wanted)
    assert found.known_at <= as_of


@pytest.mark.realdata
def test_derived_quarters_of_recorded_companies_add_up_to_their_years(realdata: Path) -> None:
    checked = 0
    for name in ("companyfacts/CIK0001835632.json", "edgartools/tests__fixtures__entity__snow_facts.json"):
        rows = read_facts((realdata / "edgar_index" / name).read_bytes()).rows["facts"]
        for concept in ("NetIncomeLoss", "NetCashProvidedByUsedInOperatingActivities", "GrossProfit"):
            mine = [row for row in rows if row["concept"] == concept and row["unit"] == "USD"]
            for filed in {row["filed"] for row in mine if row["form"] == "10-K"}:
                line = line_of(row for row in mine if row["filed"] <= filed)  # type: ignore[operator]
                year = line.annual()[-1]
                quarters = line.quarterly()[-4:]
                if quarters[-1].period_end != year.period_end or quarters[0].period_start != year.period_start:
                    continue
                assert sum(one.value for one in quarters) == year.value, (name, concept, year.period_end)
                checked += 1
    assert checked > 10
