"""Questions understood: companies, forms, periods, figures, and the steps by which filters are relaxed."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tauric_assets.errors import UsageError
from tauric_assets.text.companies import NamedCompanies
from tauric_assets.text.finance import statement_of
from tauric_assets.text.periods import Period, periods_in
from tauric_assets.text.questions import QUESTION_CHARACTERS_MAX, steps, understand

COMPANIES = NamedCompanies(
    {
        "NOVABANK": ["NOVABANK", "Nova Bank, Inc."],
        "TRIVAND": ["TRIVAND"],
        "HARE_HARE": ["HARE_HARE", "HARE & HARE"],
        "NORTHEXPRESS": ["North Express Company"],
    }
)


@pytest.mark.parametrize(
    ("question", "periods", "anchor"),
    [
        ("What was revenue in FY2018?", [Period(2018)], Period(2018)),
        ("What was revenue in fiscal 2022", [Period(2022)], Period(2022)),
        ("revenue for the fiscal year 2022", [Period(2022)], Period(2022)),
        ("growth from FY21 to FY22", [Period(2021), Period(2022)], Period(2022)),
        ("between 2020 and 2022", [Period(2020), Period(2022)], Period(2022)),
        ("as of Q2 of 2023", [Period(2023, 2)], Period(2023, 2)),
        ("at Q2 of FY2024 close", [Period(2024, 2)], Period(2024, 2)),
        ("drop in Q22023 sales", [Period(2023, 2)], Period(2023, 2)),
        ("As of Q2'2023", [Period(2023, 2)], Period(2023, 2)),
        ("In 2021 Q1, or FY2023Q3", [Period(2021, 1), Period(2023, 3)], Period(2023, 3)),
        ("the second fiscal quarter of 2023", [Period(2023, 2)], Period(2023, 2)),
        ("in H1 FY2023", [Period(2023, 2)], Period(2023, 2)),
        ("As of FY 2021, what is due in 2024?", [Period(2021), Period(2024)], Period(2021)),
        ("as of 2019 year end", [Period(2019)], Period(2019)),
        ("a loss of $2019 or 2,019 and 2019.5 units", [], None),
        ("Does it pay a dividend?", [], None),
    ],
)
def test_periods_are_read_as_people_write_them(question: str, periods: list[Period], anchor: Period | None) -> None:
    named = periods_in(question)
    assert (list(named.periods), named.anchor) == (periods, anchor)


def test_days_are_days_and_no_years() -> None:
    named = periods_in("On May 26, 2023, on 1st July 2022 and on 2021-02-03, not on February 30, 2020")
    assert named.days == (date(2021, 2, 3), date(2022, 7, 1), date(2023, 5, 26))
    assert named.periods == (Period(2020),), "a day that is none leaves its year"


@pytest.mark.parametrize(
    ("question", "symbols"),
    [
        ("What was Nova Bank's revenue?", ("NOVABANK",)),
        ("Did trivand grow? Did Trivand?", ("TRIVAND",)),
        ("Which segment of HnH grew?", ("HARE_HARE",)),
        ("Does NOEX pay?", ("NORTHEXPRESS",)),
        ("What is the EPS and the CEO's pay?", ()),
        ("What happened in the north?", ()),
    ],
)
def test_companies_are_known_by_their_names_and_short_forms(question: str, symbols: tuple[str, ...]) -> None:
    assert understand(question, COMPANIES).symbols == symbols


def test_instructions_names_and_periods_are_no_part_of_what_is_asked() -> None:
    asked = understand(
        "Answer as an analyst would. What is the FY2018 capex for Trivand in its 10-K? If it is zero then say so.",
        COMPANIES,
    )
    assert asked.core == "What is the capex for in its ?"
    assert [figure.name for figure in asked.figures] == ["capital expenditure"]
    assert asked.forms[0] == "10-K"


def test_filters_are_relaxed_from_the_period_to_everything() -> None:
    told = [step.told for step in steps(understand("Trivand's sales in Q2 of FY2024?", COMPANIES))]
    assert told == ["FY2024 Q2", "FY2024", "reports that show FY2024 beside", "TRIVAND", "everything"]


def test_a_day_asks_for_current_reports_soon_after_it() -> None:
    first = steps(understand("What did Trivand announce on May 26, 2023?", COMPANIES))[0]
    assert (first.forms, first.since, first.until) == (("8-K", "6-K"), date(2023, 5, 26), date(2023, 6, 16))


@pytest.mark.parametrize("question", ["", "  \n ", "?!…", "x" * (QUESTION_CHARACTERS_MAX + 1)])
def test_what_is_no_question_is_refused_in_words(question: str) -> None:
    with pytest.raises(UsageError, match=r"question|words"):
        understand(question, COMPANIES)


@given(st.text(max_size=300))
def test_any_text_is_understood_the_same_twice_or_refused(text: str) -> None:
    try:
        asked = understand(text, COMPANIES)
    except UsageError:
        return
    assert asked == understand(text, COMPANIES)
    assert asked.core
    assert steps(asked)[-1].told == "everything"


def test_a_question_in_another_script_is_a_question() -> None:
    asked = understand("2022年の売上高はいくらですか？", COMPANIES)
    assert asked.core and asked.symbols == ()


def test_a_page_is_the_statement_its_title_and_lines_say() -> None:
    lines = "\n".join(f"{name}\n{n},120\n{n},340\n{n},560" for n, name in enumerate(
        ("Cash", "Total current assets", "Total assets", "Accounts payable", "Total liabilities", "Retained earnings",
         "Inventories", "Goodwill", "Debt", "Other"), start=1))  # fmt: skip
    assert statement_of(f"Trivand, Inc.\nConsolidated Balance Sheets\n{lines}") == "balance sheet"
    assert statement_of(f"Notes to consolidated balance sheets\n{lines}") is None
    assert statement_of("The consolidated balance sheets show total assets of 5.") is None
