"""Amendments: linked where certain and only there, restating lines and only lines, in any order of arrival."""

import random
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tauric_assets.errors import UsageError
from tauric_assets.feeds.edgar.ownership import parse_ownership
from tauric_assets.lake.query import connect
from tauric_assets.lake.store import Lake
from tauric_assets.research.amendments import as_amended, build, histories, link
from tauric_assets.research.restatements import restated
from tauric_assets.tables import Row
from tauric_assets.times import Days, day_of_ns
from tauric_assets_tests.research.made import FIRST, WHOLE, at, holding, put, report, trade

LATER = date(2026, 1, 9)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


def amended(lake: Lake) -> list[Row]:
    """Build, store as the pipeline does, and give the rows."""
    built = build(lake, WHOLE.start)
    lake.replace("insider_amendments", WHOLE, built)
    return sorted(built.to_pylist(), key=lambda row: (row["known_at"], row["accession_number"]))


def numbers(lake: Lake, as_of: int | None = None, table: str = "insider_transactions") -> list[tuple[str, int]]:
    rows = as_amended(lake, table, as_of).to_pylist()
    return sorted((row["accession_number"], row["row_number"]) for row in rows)


def test_a_corrected_price_takes_the_place_of_its_line_from_then_on(lake: Lake) -> None:
    put(lake, "insider_reports", [report("a", at(0)), report("b", at(4), "4/A", original=FIRST)])
    put(
        lake,
        "insider_transactions",
        [
            trade("a", 1, at(0)),
            trade("a", 2, at(0), code="S", after="900"),
            trade("b", 1, at(4), form="4/A", price="11"),
        ],
    )
    [row] = amended(lake)
    assert (row["status"], row["amended_accession_number"], row["candidates"]) == ("certain", "a", ["a"])
    assert row["lines"] == [
        {
            "section": "non_derivative_transactions",
            "row_number": 1,
            "restated_accession_number": "a",
            "restated_row_number": 1,
        }
    ]
    assert (row["known_at"], row["known_at_quality"], row["date"]) == (at(4), "source", LATER)
    assert numbers(lake, at(4) - 1) == [("a", 1), ("a", 2)]
    assert numbers(lake, at(4)) == numbers(lake) == [("a", 2), ("b", 1)]
    kept = {row["accession_number"]: row["supersedes"] for row in as_amended(lake, "insider_transactions").to_pylist()}
    assert kept == {"a": None, "b": "accession_number=a,row_number=1"}
    assert lake.read("insider_transactions").num_rows == 3  # nothing is deleted


def test_an_amendment_of_holdings_takes_no_transaction_away(lake: Lake) -> None:
    put(lake, "insider_reports", [report("a", at(0)), report("b", at(4), "4/A", original=FIRST)])
    put(lake, "insider_transactions", [trade("a", 1, at(0))])
    put(lake, "insider_holdings", [holding("a", 2, at(0)), holding("b", 1, at(4), form="4/A", after="900")])
    [row] = amended(lake)
    assert [line["section"] for line in row["lines"]] == ["non_derivative_holdings"]  # type: ignore[attr-defined]
    assert numbers(lake) == [("a", 1)]
    assert numbers(lake, table="insider_holdings") == [("b", 1)]


def test_a_second_amendment_restates_what_the_first_left_standing(lake: Lake) -> None:
    reports = [report("a", at(0)), *(report(name, at(n), "4/A", original=FIRST) for name, n in (("b", 4), ("c", 6)))]
    put(lake, "insider_reports", reports)
    lines = [
        trade("a", 1, at(0)),
        trade("b", 1, at(4), form="4/A", price="11"),
        trade("b", 2, at(4), form="4/A", code="S", after="5", shares="7"),
        trade("c", 1, at(6), form="4/A", price="12"),
        trade("c", 2, at(6), form="4/A", code="S", after="5", shares="8"),
    ]
    put(lake, "insider_transactions", lines)
    first, second = amended(lake)
    assert [line["restated_accession_number"] for line in first["lines"]] == ["a", None]  # type: ignore[attr-defined]
    assert [line["restated_accession_number"] for line in second["lines"]] == ["b", "b"]  # type: ignore[attr-defined]
    assert numbers(lake, at(5)) == [("b", 1), ("b", 2)]
    assert numbers(lake) == [("c", 1), ("c", 2)]


@pytest.mark.parametrize(
    ("amendment", "others", "status", "candidates", "why"),
    [
        ({}, [report("a", at(0))], "certain", ("a",), "the one report"),
        ({}, [], "unknown", (), "no report of these owners filed on 2026-01-05 is known"),
        ({"original": None}, [report("a", at(0))], "unknown", (), "names no date"),
        ({}, [report("a", at(0), owners=[2])], "unknown", (), "1 of other owners"),
        ({}, [report("a", at(1))], "unknown", (), "no report"),
        ({}, [report("a", at(0), "3")], "unknown", (), "no report"),
        ({}, [report("a", at(0), "4/A", original=FIRST)], "unknown", (), "no report"),
        ({}, [report("a", at(0)), report("b", at(0, 9))], "ambiguous", ("a", "b"), "2 reports"),
        ({}, [report("a", at(0)), report("b", at(0), "5")], "certain", ("a",), "the one report"),
        ({}, [report("a", at(0)), report("b", at(0), owners=[1, 2])], "ambiguous", ("a", "b"), "2 reports"),
        ({"owners": [1, 2]}, [report("a", at(0))], "ambiguous", ("a",), "not by the same owners"),
        ({"owners": [2, 1]}, [report("a", at(0), owners=[1, 2])], "certain", ("a",), "the one report"),
        ({"known_at": at(0, 14)}, [report("a", at(0, 15))], "unknown", (), "no report"),
    ],
)
def test_an_amendment_is_linked_only_where_there_is_no_doubt(
    amendment: dict[str, object], others: list[Row], status: str, candidates: tuple[str, ...], why: str
) -> None:
    given = {"accession": "z", "known_at": at(4), "form": "4/A", "original": FIRST} | amendment
    made = report(**given)  # type: ignore[arg-type]
    rows = [row | {"first_known": row["known_at"]} for row in [made, *others]]
    found = link(rows[0], rows)
    assert (found.status, found.candidates) == (status, candidates)
    assert found.amended == (candidates[0] if status == "certain" else None)
    assert why in found.reason


def test_an_ambiguous_amendment_takes_nothing_away(lake: Lake) -> None:
    reports = [report("a", at(0)), report("b", at(0, 9)), report("c", at(4), "4/A", original=FIRST)]
    put(lake, "insider_reports", reports)
    put(lake, "insider_transactions", [trade(name, 1, at(n)) for name, n in (("a", 0), ("b", 0), ("c", 4))])
    [row] = amended(lake)
    assert (row["status"], row["candidates"], row["lines"]) == ("ambiguous", ["a", "b"], [])
    assert numbers(lake) == [("a", 1), ("b", 1), ("c", 1)]


ORIGINAL = trade("a", 1, 0)
WITH_TABLE = {"table_name": "insider_transactions", "nature_of_ownership": None, "value_owned_following": None}


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({}, True),
        ({"price": Decimal(11)}, True),
        ({"price": None}, True),
        ({"shares": Decimal(90)}, True),
        ({"shares": Decimal(90), "shares_owned_following": Decimal(990)}, True),  # 900 before, both times
        ({"shares_owned_following": Decimal(5)}, True),
        ({"transaction_date": date(2026, 1, 2)}, True),
        ({"transaction_code": "A"}, True),
        ({"nature_of_ownership": "By trust"}, True),
        ({"security_title": "common  STOCK"}, True),
        ({"shares": Decimal(500), "shares_owned_following": Decimal(1500)}, False),  # an omitted one, after the first
        ({"shares": Decimal(500), "shares_owned_following": None, "price": Decimal(11)}, False),
        ({"transaction_date": date(2026, 1, 2), "price": Decimal(11)}, False),
        ({"security_title": "Class B"}, False),
        ({"derivative": True}, False),
        ({"direct_indirect": "I"}, False),
    ],
)
def test_a_line_restates_another_where_they_agree_on_what_a_correction_leaves_alone(changes: Row, same: bool) -> None:
    line = ORIGINAL | WITH_TABLE
    assert restated([line | changes], [line]) == ({0: 0} if same else {})


def test_lines_are_paired_only_where_as_many_stand_as_amend() -> None:
    one = ORIGINAL | WITH_TABLE
    assert restated([one, one], [one, one]) == {0: 0, 1: 1}
    assert restated([one], [one, one]) == {}
    other = one | {"price": Decimal(12)}
    assert restated([other, one], [one, other]) == {0: 1, 1: 0}


def test_another_table_has_no_lines(lake: Lake) -> None:
    with pytest.raises(UsageError, match="insider_transactions, insider_holdings"):
        as_amended(lake, "filings")


def test_a_later_revision_of_a_line_gives_a_later_row(lake: Lake) -> None:
    put(lake, "insider_reports", [report("a", at(0)), report("b", at(4), "4/A", original=FIRST)])
    put(lake, "insider_transactions", [trade("a", 1, at(0)), trade("b", 1, at(4), form="4/A", day=LATER, price="11")])
    corrected = trade("b", 1, at(9), form="4/A", price="11") | {"date": day_of_ns(at(4))}
    put(lake, "insider_transactions", [corrected])
    first, second = amended(lake)
    assert first["lines"][0]["restated_row_number"] is None  # type: ignore[index]
    assert (second["known_at"], second["supersedes"]) == (at(9), f"known_at={at(4)}")
    assert second["lines"][0]["restated_row_number"] == 1  # type: ignore[index]
    assert numbers(lake, at(8)) == [("a", 1), ("b", 1)]
    assert numbers(lake, at(9)) == [("b", 1)]


DOCUMENTS: list[tuple[Row, list[Row]]] = [
    (report(name, known, form, owners, original), [trade(name, 1, known, form=form, owners=owners, price=price)])
    for name, known, form, owners, original, price in (
        ("a", at(0), "4", (1,), None, "10"),
        ("b", at(0, 9), "4", (2,), None, "20"),
        ("c", at(1), "4", (2,), None, "20"),
        ("d", at(3), "4/A", (1,), FIRST, "11"),
        ("e", at(4), "4/A", (1,), FIRST, "12"),
        ("f", at(5), "4/A", (2,), FIRST, "21"),
        ("g", at(6), "4/A", (2,), date(2026, 1, 7), "21"),
    )
]


def links(folder: Path, parts: Sequence[Sequence[int]]) -> list[tuple[str, ...]]:
    """Every stored row after the documents arrived in `parts`, linked after each as the pipeline does."""
    lake = Lake(folder)
    for part in parts:
        put(lake, "insider_reports", [DOCUMENTS[number][0] for number in part])
        put(lake, "insider_transactions", [line for number in part for line in DOCUMENTS[number][1]])
        first = min(day_of_ns(int(str(DOCUMENTS[number][0]["known_at"]))) for number in part)
        built = build(lake, first)
        lake.replace("insider_amendments", Days(first, WHOLE.end), built)
    rows = lake.read("insider_amendments", every_revision=True).drop_columns(["ingested_at"]).to_pylist()
    return sorted(tuple(map(str, row.values())) for row in rows)


@pytest.mark.slow
def test_links_do_not_depend_on_the_order_of_arrival(tmp_path: Path) -> None:
    whole = [*range(len(DOCUMENTS))]
    expected = links(tmp_path / "at once", [whole])
    assert sum("certain" in row for row in expected) == 3
    assert links(tmp_path / "backwards", [[number] for number in reversed(whole)]) == expected
    for seed in range(4):
        shuffled = random.Random(seed).sample(whole, len(whole))
        assert links(tmp_path / f"{seed}", [shuffled[:3], shuffled[3:5], shuffled[5:]]) == expected


@given(order=st.permutations(range(len(DOCUMENTS))))
def test_links_do_not_depend_on_the_order_of_rows(order: Sequence[int]) -> None:
    def linked(numbers: Sequence[int]) -> list[Row]:
        reports = [DOCUMENTS[number][0] for number in numbers]
        every = [row | {"first_known": row["known_at"], "ingested_at": 0} for row in reports]
        lines = [line | WITH_TABLE for number in numbers for line in DOCUMENTS[number][1]]
        return list(histories(every, [line | {"ingested_at": 0} for line in lines]))

    assert linked(order) == linked(range(len(DOCUMENTS)))


@pytest.mark.realdata
def test_a_constructed_amendment_of_a_real_report_restates_its_one_changed_line(realdata: Path, lake: Lake) -> None:
    """No real 4/A was recorded: this one is the real report with another type, an original date and a changed price."""
    original = (realdata / "form4" / "edgartools" / "data__form4.snow.xml").read_bytes()
    parsed = parse_ownership(original, "a", at(0), "source", FIRST)
    changed = next(row for row in parsed.rows["insider_transactions"] if row["price"])
    amendment = original.replace(b"<documentType>4<", b"<documentType>4/A<", 1)
    amendment = amendment.replace(
        b"</periodOfReport>", b"</periodOfReport><dateOfOriginalSubmission>2026-01-05</dateOfOriginalSubmission>", 1
    )
    told = f"<transactionPricePerShare>\n                    <value>{changed['price']}</value>".encode()
    assert told in amendment
    amendment = amendment.replace(told, told.replace(b"<value>", b"<value>1"), 1)
    after = parse_ownership(amendment, "b", at(4), "source", LATER)
    for one in (parsed, after):
        for table, rows in one.rows.items():
            known = {"date": day_of_ns(int(str(rows[0]["known_at"]))), "source": "made"}
            put(lake, table, [row | known for row in rows])
    [row] = amended(lake)
    lines = sum(len(parsed.rows.get(table, [])) for table in ("insider_transactions", "insider_holdings"))
    assert (row["status"], row["amended_accession_number"]) == ("certain", "a")
    assert [line["restated_row_number"] for line in row["lines"]] == list(range(1, lines + 1))  # type: ignore[attr-defined]
    assert {one for one, _ in numbers(lake, at(3))} == {"a"}
    assert {one for one, _ in numbers(lake)} == {"b"}
    with connect(lake) as connection:
        assert connection.execute("SELECT count(*) FROM insider_transactions").fetchall()[0][0] == 2 * len(
            parsed.rows["insider_transactions"]
        )
