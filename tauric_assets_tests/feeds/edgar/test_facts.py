"""companyfacts to rows: every value, exact, accounted for; whatever comes gives rows, rejects or MalformedDocument."""

import json
import random
import time
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tauric_assets.errors import MalformedDocument
from tauric_assets.feeds.contract import Parsed
from tauric_assets.feeds.edgar.data_json import JSON_BYTES_MAX
from tauric_assets.feeds.edgar.facts import read_facts
from tauric_assets.feeds.edgar.inspect import inspect_facts, inspect_profile
from tauric_assets.tables import table_named, to_arrow
from tauric_assets.times import parse_instant
from tauric_assets_tests.feeds.edgar.mutated import mutated

NUMBER = "0001000001-26-000001"
VALUE: dict[str, object] = {
    "start": "2025-10-01", "end": "2025-12-31", "val": 12500000, "accn": NUMBER, "fy": 2025, "fp": "FY",
    "form": "10-K", "filed": "2026-02-12", "frame": "CY2025Q4",
}  # fmt: skip


def document(*values: object, unit: str = "USD", concept: str = "Revenues") -> bytes:
    """companyfacts with these values of one concept."""
    told = {"label": "Revenues", "description": "…", "units": {unit: list(values)}}
    return json.dumps({"cik": 1000001, "entityName": "NOVA CORP", "facts": {"us-gaap": {concept: told}}}).encode()


def read(body: bytes) -> Parsed:
    """Parse; records add up, rows fit, keys are unique."""
    parsed = read_facts(body)
    assert parsed.records == parsed.row_count + len(parsed.rejects) + parsed.ignored
    rows = parsed.rows.get("facts", [])
    keys = {tuple(row[name] for name in table_named("facts").key) for row in rows}
    assert len(keys) == len(rows) == to_arrow(table_named("facts"), rows).num_rows
    return parsed


def test_a_value_becomes_a_row_known_since_the_close_of_the_day_it_was_filed() -> None:
    [row] = read(document(VALUE)).rows["facts"]
    assert row == {
        "ts_event": parse_instant("2025-12-31"),
        "known_at": parse_instant("2026-02-13T03:00:00Z"),  # 22:00 Eastern
        "known_at_quality": "estimated",
        "supersedes": None,
        "cik": 1000001,
        "taxonomy": "us-gaap",
        "concept": "Revenues",
        "unit": "USD",
        "period_start": date(2025, 10, 1),
        "period_end": date(2025, 12, 31),
        "value": Decimal(12500000),
        "accession_number": NUMBER,
        "value_number": 1,
        "form": "10-K",
        "fiscal_year": 2025,
        "fiscal_period": "FY",
        "filed": date(2026, 2, 12),
    }


def test_an_instant_has_no_start() -> None:
    [row] = read(document({name: value for name, value in VALUE.items() if name != "start"})).rows["facts"]
    assert row["period_start"] is None


def test_a_restated_value_is_a_row_of_its_own_and_takes_nothing_away() -> None:
    restated = VALUE | {"val": 12400000, "accn": "0001000001-27-000001", "filed": "2027-02-12", "fy": 2026}
    rows = read(document(VALUE, restated)).rows["facts"]
    assert [(row["value"], row["accession_number"], row["fiscal_year"]) for row in rows] == [
        (12500000, NUMBER, 2025),
        (12400000, "0001000001-27-000001", 2026),
    ]


def test_the_same_told_twice_by_one_filing_is_one_row_and_another_value_a_second() -> None:
    parsed = read(
        document(VALUE, VALUE | {"frame": "CY2025"}, VALUE | {"val": 12500123}, VALUE | {"val": "12500000.0"})
    )
    assert [(row["value"], row["value_number"]) for row in parsed.rows["facts"]] == [(12500000, 1), (12500123, 2)]
    assert parsed.ignored == 2


@pytest.mark.parametrize(
    "text", ["0.1", "-1.005", "1E-12", "99999999999999999999999999", "12345678901234567890.123456789012"]
)
def test_numbers_are_exact(text: str) -> None:
    [row] = read(document(VALUE).replace(b"12500000", text.encode())).rows["facts"]
    assert row["value"] == Decimal(text)
    assert to_arrow(table_named("facts"), [row])["value"].to_pylist() == [Decimal(text)]


@pytest.mark.parametrize(
    "text",
    ["NaN", "Infinity", "-Infinity", "1e26", "1e999999999", "0.0000000000001", "9" * 65, "9" * 5000, '"many"', "null",
     "true", "{}", "[1]", "12345678901234567890123456.1234567890123"],
)  # fmt: skip
def test_numbers_that_are_none_or_do_not_fit_cost_their_own_record_alone(text: str) -> None:
    body = document(VALUE | {"val": 777}, VALUE | {"accn": "0001000001-26-000002"}).replace(b"777", text.encode())
    parsed = read(body)
    assert [row["accession_number"] for row in parsed.rows["facts"]] == ["0001000001-26-000002"]
    [reject] = parsed.rejects
    assert reject.position == "facts.us-gaap.Revenues.USD[0]"
    assert len(reject.reason) < 300


@pytest.mark.parametrize(
    "change",
    [{"end": None}, {"end": "yesterday"}, {"end": "2025-09-30"}, {"start": 7}, {"filed": ""}, {"filed": "2300-01-01"},
     {"end": "1500-01-01", "start": None}, {"accn": "1-2-3"}, {"accn": None}, {"fy": "soon"}, {"fy": 1e9}, {"fp": {}},
     {"form": []}],
    ids=str,
)  # fmt: skip
def test_a_record_that_cannot_be_read_is_rejected_with_its_place(change: dict[str, object]) -> None:
    parsed = read(document(VALUE | change, VALUE))
    assert len(parsed.rows["facts"]) == 1
    assert [reject.position for reject in parsed.rejects] == ["facts.us-gaap.Revenues.USD[0]"]


def test_what_stands_where_values_should_be_is_rejected() -> None:
    facts = {
        "us-gaap": {"A": 1, "B": {"units": 2}, "C": {"units": {"USD": 3}}, "D": {"units": {"USD": [4]}}},
        "dei": [],
    }
    parsed = read(json.dumps({"cik": "0001000001", "facts": facts}).encode())
    assert len(parsed.rejects) == parsed.records == 5


@pytest.mark.parametrize(
    "body",
    [b"", b"<?xml version='1.0'?><Error/>", b"[]", b"{}", b'{"cik": 0, "facts": {}}', b'{"cik": 1}', b"\xff\xfe{",
     b'{"facts":' + b"[" * 200_000, b'{"a":' * 200_000, document(VALUE)[:-20]],
    ids=lambda body: str(body[:20]),
)  # fmt: skip
def test_what_is_no_companyfacts_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedDocument):
        read_facts(body)


@pytest.mark.slow
def test_300_megabytes_are_refused_unread() -> None:
    body = b'{"cik": 1, "facts": {"x": "' + b" " * 300_000_000 + b'"}}'
    started = time.process_time()
    for read_it in (read_facts, lambda one: inspect_profile(one, "a.json")):
        with pytest.raises(MalformedDocument, match=str(JSON_BYTES_MAX)):
            read_it(body)
    assert time.process_time() - started < 2


@given(data=st.data())
def test_damaged_bytes_give_rows_rejects_or_malformed_and_nothing_else(data: st.DataObject) -> None:
    body = bytearray(document(VALUE, VALUE | {"val": 1.5}, unit="USD/shares"))
    for at in data.draw(st.lists(st.integers(0, len(body) - 1), max_size=6)):
        body[at] = data.draw(st.integers(0, 255))
    try:
        read(bytes(body))
    except MalformedDocument:
        return


def companyfacts(realdata: Path) -> list[Path]:
    """The recorded companyfacts."""
    folder = realdata / "edgar_index"
    found = sorted([*(folder / "companyfacts").glob("*.json"), *folder.glob("edgartools/*_facts.json")])
    assert found
    return found


@pytest.mark.realdata
def test_every_recorded_value_is_a_row_with_the_exact_number(realdata: Path) -> None:
    for path in companyfacts(realdata):
        told: Counter[tuple[object, ...]] = Counter()
        for taxonomy, concepts in json.loads(path.read_bytes(), parse_float=Decimal)["facts"].items():
            for concept, one in concepts.items():
                for unit, values in one["units"].items():
                    for v in values:
                        key = (v.get("start"), v["end"], v["accn"], v["filed"], v["fy"], v["fp"])
                        told[(taxonomy, concept, unit, Decimal(v["val"]), *key)] += 1
        parsed = read(path.read_bytes())
        rows: Counter[tuple[object, ...]] = Counter()
        for r in parsed.rows["facts"]:
            key = (r["period_start"] and str(r["period_start"]), str(r["period_end"]), r["accession_number"])
            more = (str(r["filed"]), r["fiscal_year"], r["fiscal_period"])
            rows[(r["taxonomy"], r["concept"], r["unit"], r["value"], *key, *more)] += 1
        assert parsed.rejects == []
        assert set(rows) == set(told), path.name
        assert sum(told.values()) - sum(rows.values()) == parsed.ignored


@pytest.mark.slow
@pytest.mark.realdata
def test_a_thousand_mutated_recordings_give_rows_rejects_or_malformed_and_nothing_else(realdata: Path) -> None:
    folder = realdata / "edgar_index"
    lists = [path for path in sorted((folder / "submissions").glob("*.json")) if path.stat().st_size < 40_000]
    facts = min(companyfacts(realdata), key=lambda path: path.stat().st_size)
    dice, outcomes = random.Random(7), Counter[str]()
    for case in range(1_000):
        path = facts if case % 4 == 0 else dice.choice(lists)
        body = mutated(path.read_bytes(), dice)
        try:
            parsed = inspect_facts(body, path.name) if path is facts else inspect_profile(body, path.name)
        except MalformedDocument:
            outcomes["malformed"] += 1
            continue
        assert parsed.records == parsed.row_count + len(parsed.rejects) + parsed.ignored
        for table, rows in parsed.rows.items():
            assert to_arrow(table_named(table), rows).num_rows == len(rows)
        outcomes["rejects" if parsed.rejects else "rows"] += 1
    assert all(outcomes[kind] > 30 for kind in ("malformed", "rejects", "rows")), outcomes
