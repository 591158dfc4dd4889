"""Insiders' activity: exact sums, distinct people, clusters, corrections as differences, nothing from the future."""

import tempfile
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tauric_assets.feeds.edgar.inspect import inspect_ownership
from tauric_assets.lake.store import Lake
from tauric_assets.research import amendments, insiders
from tauric_assets.tables import TABLES, Row, to_arrow
from tauric_assets.times import DAY_NS, Days, day_of_ns, day_start_ns
from tauric_assets_tests.research.made import FIRST, ISSUER, WHOLE, at, put, report, trade

SINCE = WHOLE.start
LATER = date(2026, 1, 9)


def activity(*lines: Row, amended: Iterable[Row] = (), since: date = SINCE) -> list[Row]:
    """Rows of activity of lines that are stored once each; they must fit the table."""
    stored = [line | {"first_known": line["known_at"], "ingested_at": 0} for line in lines]
    known = [row | {"first_known": row["known_at"], "ingested_at": 0} for row in amended]
    full = [dict.fromkeys(TABLES["insider_transactions"].schema.names) | line for line in stored]
    rows = list(insiders.activity(full, known, since))
    assert to_arrow(TABLES["insider_activity"], rows).num_rows == len(rows)
    return rows


def amendment(accession: str, known_at: int, pairs: dict[int, tuple[str, int]], status: str = "certain") -> Row:
    lines = [
        {"row_number": number, "restated_accession_number": old, "restated_row_number": row}
        for number, (old, row) in pairs.items()
    ]
    return {
        "accession_number": accession,
        "issuer_cik": ISSUER,
        "known_at": known_at,
        "status": status,
        "lines": lines,
    }


def test_sums_are_exact_and_split_by_one_role_a_line() -> None:
    officer, director, holder = (
        {"is_officer": True, "is_director": True},
        {"is_director": True, "is_ten_percent_owner": True},
        {"is_ten_percent_owner": True},
    )
    [row] = activity(
        trade("a", 1, at(0), shares="100.123456", price="10.123456", owners=[1], **officer),
        trade("a", 2, at(0), shares="3", price="0.1", code="S", owners=[1], **officer),
        trade("b", 1, at(0), shares="2", price="1", owners=[2], **director),
        trade("c", 1, at(0), shares="5", price="1", code="S", owners=[3], **holder),
        trade("d", 1, at(0), shares="7", price="1", owners=[4], rule_10b5_1=True),
        trade("e", 1, at(0), shares="1", code="A"),
        trade("f", 1, at(0), shares="1", code="P", derivative=True),
    )
    bought = Decimal("100.123456") * Decimal("10.123456")
    assert row["buy_value"] == bought + 2 + 7
    assert row["sell_value"] == Decimal("5.3")
    assert row["net_value"] == bought + Decimal("3.7")
    assert row["net_value_officers"] == bought - Decimal("0.3")
    assert (row["net_value_directors"], row["net_value_ten_percent_owners"], row["net_value_others"]) == (2, -5, 7)
    assert (row["buy_shares"], row["sell_shares"], row["net_shares"]) == (
        Decimal("109.123456"),
        8,
        Decimal("101.123456"),
    )
    assert (row["buyers"], row["sellers"], row["lines"], row["lines_under_plan"]) == (3, 2, 5, 1)
    assert (row["date"], row["known_at"], row["ts_event"]) == (FIRST, at(0), day_start_ns(FIRST))
    assert (row["issuer_cik"], row["issuer_symbol"], row["known_at_quality"]) == (ISSUER, "NOVA", "source")


def test_a_day_has_a_row_at_each_instant_and_a_reader_at_noon_sees_the_morning() -> None:
    first, second = activity(trade("a", 1, at(0, 9)), trade("b", 1, at(0, 15), owners=[2]))
    assert (first["known_at"], first["lines"], first["net_value"], first["supersedes"]) == (at(0, 9), 1, 1000, None)
    assert (second["known_at"], second["lines"], second["net_value"]) == (at(0, 15), 2, 2000)
    assert second["supersedes"] == f"known_at={at(0, 9)}"


@pytest.mark.parametrize(
    "line",
    [
        {"price": None},
        {"shares": None},
        {"shares": "-1"},
        {"price": "99999999999999999", "shares": "99999999"},
    ],
)
def test_a_line_without_a_plausible_value_is_counted_and_left_out_of_values(line: dict[str, str | None]) -> None:
    [row] = activity(trade("a", 1, at(0), **line), trade("b", 1, at(0), shares="1", price="5"))  # type: ignore[arg-type]
    assert (row["net_value"], row["lines"], row["lines_without_value"]) == (5, 2, 1)


def test_a_line_that_gives_only_its_total_has_that_value() -> None:
    [row] = activity(trade("a", 1, at(0), shares=None, price=None, transaction_value=Decimal(77)))
    assert (row["net_value"], row["net_shares"], row["lines_without_value"]) == (77, 0, 0)


def test_owners_who_report_together_are_one_buyer() -> None:
    [row] = activity(
        trade("a", 1, at(0), owners=[1, 2]), trade("b", 1, at(0), owners=[3]), trade("c", 1, at(0), owners=[2, 4])
    )
    assert row["buyers"] == 2


def test_a_cluster_is_three_buyers_within_the_window() -> None:
    window = insiders.CLUSTER_WINDOW_DAYS
    rows = activity(
        trade("a", 1, at(0), owners=[1]),
        trade("b", 1, at(1), owners=[2]),
        trade("c", 1, at(1), owners=[9], code="S"),
        trade("d", 1, at(window - 1), owners=[3]),
        trade("e", 1, at(window), owners=[4]),
        trade("f", 1, at(window + 1), owners=[5]),
    )
    told = [(row["buyers_in_window"], row["cluster_buy"]) for row in rows]
    assert told == [(1, False), (2, False), (3, True), (3, True), (3, True)]


def test_a_restated_line_counts_as_the_difference_on_the_day_of_the_amendment() -> None:
    rows = activity(
        trade("a", 1, at(0), shares="100", price="10"),
        trade("b", 1, at(4), shares="100", price="12", form="4/A"),
        amended=[amendment("b", at(4), {1: ("a", 1)})],
    )
    assert [(row["date"], row["net_value"], row["net_shares"], row["buyers"], row["lines"]) for row in rows] == [
        (FIRST, 1000, 100, 1, 1),
        (LATER, 200, 0, 0, 1),
    ]


def test_a_purchase_that_was_none_is_taken_back() -> None:
    rows = activity(
        trade("a", 1, at(0)),
        trade("b", 1, at(1), owners=[2]),
        trade("c", 1, at(2), owners=[3]),
        amended=[amendment("z", at(4), {1: ("a", 1)})],  # its own line has code A, and is no open-market trade
    )
    assert [(row["net_value"], row["lines"], row["cluster_buy"]) for row in rows] == [
        (1000, 1, False),
        (1000, 1, False),
        (1000, 1, True),
        (-1000, 0, False),
    ]


@pytest.mark.parametrize("status", ["ambiguous", "unknown", None])
def test_lines_of_an_amendment_without_a_certain_link_are_only_numbered(status: str | None) -> None:
    known = [amendment("b", at(4), {}, status)] if status else []
    _, row = activity(trade("a", 1, at(0)), trade("b", 1, at(4), form="4/A"), amended=known)
    assert (row["net_value"], row["buyers"], row["lines"], row["lines_unlinked"]) == (0, 0, 0, 1)


def test_the_weakest_quality_of_a_day_is_the_rows() -> None:
    [row] = activity(trade("a", 1, at(0)), trade("b", 1, at(0), known_at_quality="estimated"))
    assert row["known_at_quality"] == "estimated"


def test_a_correction_of_our_own_reading_gives_a_later_row(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    put(lake, "insider_transactions", [trade("a", 1, at(0), price="1")])
    put(lake, "insider_transactions", [trade("a", 1, at(9), price="2") | {"date": FIRST}])
    first, second = sorted(insiders.build(lake, SINCE).to_pylist(), key=lambda row: row["known_at"])
    assert [(row["date"], row["known_at"], row["net_value"]) for row in (first, second)] == [
        (FIRST, at(0), 100),
        (FIRST, at(9), 200),
    ]


def test_days_before_the_first_wanted_give_no_rows_and_still_count_in_the_window(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    put(lake, "insider_transactions", [trade(name, 1, at(n), owners=[n + 1]) for n, name in enumerate("abc")])
    [row] = insiders.build(lake, day_of_ns(at(2))).to_pylist()
    assert (row["date"], row["buyers_in_window"], row["cluster_buy"]) == (day_of_ns(at(2)), 3, True)
    listed = Days.one(day_of_ns(at(1)))
    assert insiders.first_day(lake, listed) == listed.start
    put(lake, "insider_transactions", [trade("d", 1, at(-3)) | {"date": listed.start}])
    assert insiders.first_day(lake, listed) == day_of_ns(at(-3))


Read = Callable[[Lake, int], list[Row]]
INSTANT = at(3, 12)


@st.composite
def filings(draw: st.DrawFn) -> tuple[Row, Row]:
    """A report or amendment with one line, known at one of few instants around INSTANT."""
    number = draw(st.integers(0, 10**6))
    known_at = INSTANT + draw(st.integers(-4, 4)) * DAY_NS // 4
    original = draw(st.sampled_from([None, FIRST, date(2026, 1, 7), date(2026, 1, 8)]))
    form, owners = "4/A" if original else "4", [draw(st.integers(1, 3))]
    line = trade(
        f"{number}",
        1,
        known_at,
        form=form,
        owners=owners,
        code=draw(st.sampled_from(["P", "S", "A"])),
        price=draw(st.sampled_from(["10", "11", None])),
    )
    return report(f"{number}", known_at, form, owners, original), line


def known_then(lake: Lake, as_of: int) -> list[Row]:
    """Activity as of an instant, without when it was written."""
    rows = lake.read("insider_activity", as_of=as_of).drop_columns(["ingested_at"]).to_pylist()
    return sorted(rows, key=lambda row: str(row["date"]))


def peeking(lake: Lake, as_of: int) -> list[Row]:
    """The usual mistake: days up to then, from all that is stored by now."""
    return [row for row in known_then(lake, 2**62) if row["date"] <= day_of_ns(as_of)]  # type: ignore[operator]


def made(folder: Path, drawn: Sequence[tuple[Row, Row]]) -> Lake:
    lake = Lake(folder)
    put(lake, "insider_reports", [one for one, _ in drawn])
    put(lake, "insider_transactions", [line for _, line in drawn])
    lake.replace("insider_amendments", WHOLE, amendments.build(lake, SINCE))
    lake.replace("insider_activity", WHOLE, insiders.build(lake, SINCE))
    return lake


def invariance(read: Read) -> Callable[[], None]:
    """A test that fails where what became known later changes what `read` says of an instant."""

    @hypothesis_settings(
        max_examples=12,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(
        st.lists(filings(), min_size=6, max_size=16, unique_by=lambda one: one[0]["accession_number"]),
        st.randoms(use_true_random=False),
    )
    def holds(drawn: list[tuple[Row, Row]], shuffle: object) -> None:
        past = [one for one in drawn if int(str(one[0]["known_at"])) <= INSTANT]
        shuffled = [*drawn]
        shuffle.shuffle(shuffled)  # type: ignore[attr-defined]
        with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
            assert read(made(Path(one), past), INSTANT) == read(made(Path(other), shuffled), INSTANT)

    return holds


@pytest.mark.slow
def test_what_becomes_known_later_changes_nothing_before() -> None:
    invariance(known_then)()


@pytest.mark.slow
def test_a_reader_that_peeks_fails_the_same_property() -> None:
    with pytest.raises(AssertionError):
        invariance(peeking)()


@pytest.mark.realdata
def test_recorded_reports_add_up(realdata: Path) -> None:
    """Over all issuers and days, the last rows add up to shares times price of every open-market line with a price."""
    lines: list[Row] = []
    for number, path in enumerate(sorted((realdata / "form4").rglob("*.xml"))):
        rows = inspect_ownership(path.read_bytes(), path.name).rows.get("insider_transactions", [])
        lines += [row | {"accession_number": str(number), "date": FIRST} for row in rows]
    found = activity(*lines, since=date(1990, 1, 1))
    last = {(row["issuer_cik"], row["date"]): row for row in found}
    trades = [row for row in lines if row["transaction_code"] in ("P", "S") and not row["derivative"]]
    priced = [row for row in trades if row["shares"] is not None and row["price"] is not None]
    for code, column in (("P", "buy_value"), ("S", "sell_value")):
        expected = sum(row["shares"] * row["price"] for row in priced if row["transaction_code"] == code)  # type: ignore[operator]
        assert sum(row[column] for row in last.values()) == expected > 0  # type: ignore[misc]
    assert sum(row["lines"] for row in last.values()) == len(trades) > 500  # type: ignore[misc]
    assert sum(row["lines_without_value"] for row in last.values()) == len(trades) - len(priced)  # type: ignore[misc]
    roles = ("officers", "directors", "ten_percent_owners", "others")
    for row in found:
        assert row["net_value"] == sum(row[f"net_value_{role}"] for role in roles)  # type: ignore[misc]
        assert row["net_value"] == row["buy_value"] - row["sell_value"]  # type: ignore[operator]
