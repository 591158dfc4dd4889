"""Figures that questions ask for: whose fiscal year it is, as it was known, and never from the future."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tauric_assets.lake.store import Lake
from tauric_assets.research.answers import Answer, answer
from tauric_assets.tables import Row, table_named, to_arrow
from tauric_assets.text.companies import Mention
from tauric_assets.text.fiscal import FiscalCalendar
from tauric_assets.text.questions import Understood, understand
from tauric_assets.times import DAY_NS, Days, day_start_ns

ISSUER, REVENUES = 77, "Revenues"


class OneCompany:
    """Knows Trivand alone."""

    def mentioned(self, question: str) -> list[Mention]:
        """Wherever its name stands."""
        place = question.find("Trivand")
        return [] if place < 0 else [Mention(("TRIV",), ISSUER, place, place + 7)]


def asked(question: str) -> Understood:
    return understand(question, OneCompany())


def fact(
    start: str, end: str, value: int, filed: str, fiscal: tuple[int, str], concept: str = REVENUES, form: str = "10-K"
) -> Row:
    """One value of a report filed on a day, known since its noon."""
    day = date.fromisoformat(filed)
    known_at = day_start_ns(day) + DAY_NS // 2
    return {
        "date": day,
        "ts_event": known_at,
        "known_at": known_at,
        "known_at_quality": "source",
        "source": "https://example/x#sha256=00",
        "cik": ISSUER,
        "taxonomy": "us-gaap",
        "concept": concept,
        "unit": "USD",
        "period_start": date.fromisoformat(start) if start else None,
        "period_end": date.fromisoformat(end),
        "value": Decimal(value),
        "accession_number": f"0000000077-{day:%y}-{day:%m%d}00",
        "value_number": 1,
        "form": form,
        "fiscal_year": fiscal[0],
        "fiscal_period": fiscal[1],
        "filed": day,
    }


def shop(named: int) -> list[Row]:
    """Years that end about 1 February, called after the year before that (`named` -1) or after their end (0)."""
    year = 2025 + named
    return [
        fact("2022-01-30", "2023-01-28", 90, "2023-03-10", (year - 2, "FY")),
        fact("2023-01-29", "2024-02-03", 100, "2024-03-12", (year - 1, "FY")),
        fact("2022-01-30", "2023-01-28", 90, "2024-03-12", (year - 1, "FY")),
        fact("2024-02-04", "2024-05-04", 26, "2024-05-30", (year, "Q1"), form="10-Q"),
        fact("2024-02-04", "2024-08-03", 55, "2024-08-30", (year, "Q2"), form="10-Q"),
        fact("2024-05-05", "2024-08-03", 29, "2024-08-30", (year, "Q2"), form="10-Q"),
        fact("2024-02-04", "2025-02-01", 120, "2025-03-11", (year, "FY")),
        fact("2023-01-29", "2024-02-03", 97, "2025-03-11", (year, "FY")),  # restated
        fact("", "2025-02-01", 700, "2025-03-11", (year, "FY"), "Assets"),
        fact("", "2024-02-03", 650, "2025-03-11", (year, "FY"), "Assets"),
    ]


def stored(folder: Path, rows: list[Row]) -> Lake:
    lake = Lake(str(folder))
    facts = to_arrow(table_named("facts"), rows)
    lake.revise("facts", Days(date(2022, 1, 1), date(2027, 1, 1)), facts, everywhere=True)
    return lake


def noon(day: str) -> int:
    return day_start_ns(date.fromisoformat(day)) + DAY_NS // 2


def value(found: Answer | None) -> Decimal | None:
    return None if found is None else found.value.value


@pytest.fixture(scope="module")
def lakes(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Lake]:
    """Two shops that call the same years otherwise."""
    return {named: stored(tmp_path_factory.mktemp("shop"), shop(named)) for named in (-1, 0)}


@pytest.mark.parametrize(
    ("question", "named", "expected"),
    [
        ("What was Trivand's revenue in fiscal 2024?", -1, 120),
        ("What was Trivand's revenue in fiscal 2024?", 0, 97),
        ("What was Trivand's revenue in FY2025?", 0, 120),
        ("What was Trivand's revenue in FY2025?", -1, None),
        ("Trivand net sales in Q2 of FY2025", 0, 29),
        ("Trivand net sales in Q2 of FY2024", -1, 29),
        ("Trivand net sales in Q2 of FY2024", 0, None),
        ("What were total assets of Trivand in FY2024?", -1, 700),
        ("What were total assets of Trivand in FY2024?", 0, 650),
        ("Which segment drove Trivand's revenue in FY2024?", 0, None),
        ("How did revenue grow at Trivand from FY2023 to FY2024?", 0, None),
        ("What was the revenue in FY2024?", 0, None),
    ],
)
def test_a_year_is_what_the_company_calls_it(
    lakes: dict[int, Lake], question: str, named: int, expected: int | None
) -> None:
    assert value(answer(lakes[named], asked(question), None)) == expected


def test_a_restated_value_counts_from_its_report_on(lakes: dict[int, Lake]) -> None:
    question = asked("What was Trivand's revenue in fiscal 2024?")
    told = [answer(lakes[0], question, noon("2025-03-11") + late) for late in (-1, 0)]
    assert [value(one) for one in told] == [100, 97]
    assert [one.value.accession_numbers for one in told if one] == [
        ("0000000077-24-031200",),
        ("0000000077-25-031100",),
    ]
    assert answer(lakes[0], question, noon("2024-03-12") - 1) is None


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """The shop with absurd values planted for every year, each told only in 2026."""
    rows = shop(0)
    spans = {(str(row["period_start"] or ""), str(row["period_end"]), row["concept"]) for row in rows}
    future = [fact(start, end, 666, "2026-03-10", (2026, "FY"), str(concept)) for start, end, concept in spans]
    return stored(tmp_path_factory.mktemp("planted"), [*rows, *future])


@pytest.mark.slow
@given(st.integers(-1, 1_500), st.sampled_from(["FY2023", "FY2024", "FY2025", "Q2 of FY2025"]), st.booleans())
def test_nothing_planted_in_the_future_is_told(planted: Lake, day: int, period: str, assets: bool) -> None:
    as_of = min(noon("2023-03-10") + day * DAY_NS, noon("2026-03-10") - 1)
    found = answer(planted, asked(f"Trivand {'total assets' if assets else 'revenue'} in {period}"), as_of)
    assert found is None or (found.value.known_at <= as_of and found.value.value != 666)


def test_who_peeks_sees_what_was_planted(planted: Lake) -> None:
    """The control."""
    assert value(answer(planted, asked("Trivand revenue in FY2024"), noon("2026-03-10"))) == 666


def test_one_wrong_label_is_outvoted_and_ends_between_quarters_are_none() -> None:
    rows = [*shop(0), fact("2023-01-29", "2024-02-03", 97, "2024-04-01", (2023, "FY"), form="10-K/A")]
    calendar = FiscalCalendar.of(rows)
    assert calendar.quarter(date(2024, 2, 3)) == (2024, 4)
    assert calendar.quarter(date(2024, 11, 2)) == (2025, 3)
    assert calendar.quarter(date(2024, 3, 18)) is None
    assert FiscalCalendar.of([row | {"fiscal_period": None} for row in rows]).quarter(date(2024, 2, 3)) is None
