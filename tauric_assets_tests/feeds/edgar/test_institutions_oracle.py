"""Institutions' filings as really recorded, and against another reader of the same bytes."""

import re
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree

from bench.peer import edgartools
from tauric_assets.feeds.edgar.inspect import inspect_institutions
from tauric_assets.feeds.edgar.markup import bare_xml
from tauric_assets.feeds.edgar.submission import Submission, split_submission
from tauric_assets.tables import Row
from tauric_assets_tests.feeds.edgar.stakes_made import SCHEDULE_13G_XML, schedule, schedule_13d_xml

POWERS = ("sole_voting_power", "shared_voting_power", "sole_dispositive_power", "shared_dispositive_power")


def recorded(realdata: Path) -> list[tuple[Path, Submission, list[Row]]]:
    """Every recorded 13F-HR with its rows; nothing of them is rejected."""
    found = []
    for path in sorted((realdata / "filings").rglob("*.txt")):
        body = path.read_bytes()
        if re.search(rb"CONFORMED SUBMISSION TYPE:\s+13F-HR", body[:4_096]):
            parsed = inspect_institutions(body, path.name)
            assert parsed.rejects == [], path.name
            found.append((path, split_submission(body), parsed.rows["institutional_holdings"]))
    assert found
    return found


def table_of(submission: Submission) -> bytes:
    """The information table of a 13F-HR."""
    return next(bare_xml(one.body) for one in submission.documents if one.type == "INFORMATION TABLE")


@pytest.mark.realdata
def test_every_line_of_every_recorded_table_is_a_row_and_totals_hold(realdata: Path) -> None:
    for path, submission, rows in recorded(realdata):
        lines = list(etree.fromstring(table_of(submission)).iter("{*}infoTable"))
        assert [row["row_number"] for row in rows] == list(range(1, len(lines) + 1)), path.name
        for column, element in (("name_of_issuer", "nameOfIssuer"), ("title_of_class", "titleOfClass")):
            written = [" ".join(str(line.findtext(f"{{*}}{element}")).split()) for line in lines]
            assert [row[column] for row in rows] == written, path.name
        written = [str(line.findtext("{*}cusip")).upper() for line in lines]  # one filer writes 78462f103
        assert [row["cusip"] for row in rows] == written, path.name
        flags = {flag for row in rows for flag in row["flags"]}  # type: ignore[attr-defined]
        assert flags <= {"value_unit_inferred"}, path.name  # so both totals of every cover page agree, and every CUSIP
        assert {row["manager_cik"] for row in rows} == {submission.parties[0].cik}


@pytest.mark.realdata
def test_recorded_values_are_dollars_in_each_of_the_three_ways_they_were_reported(realdata: Path) -> None:
    prices = {}
    for _, submission, rows in recorded(realdata):
        for row in rows:
            assert isinstance(row["value"], int)
            assert isinstance(row["amount"], Decimal)
            prices[submission.accession_number, row["cusip"]] = row["value"] / row["amount"]
    told = {
        ("0001619124-21-000002", "037833100"): (Decimal("132.69"), "Apple, in thousands, as the rule then was"),
        ("0001140361-23-013281", "464286640"): (Decimal("20.92"), "a Chile fund, in dollars"),
        ("0001790837-23-000002", "88579Y101"): (Decimal("119.92"), "3M, in thousands against the rule"),
    }
    for key, (close, what) in told.items():
        if key in prices:
            assert abs(prices[key] / close - 1) < Decimal("0.01"), what


@pytest.mark.realdata
def test_recorded_paper_covers_give_their_person(realdata: Path) -> None:
    wanted = {
        "000119312512060227": ("Elon R. Musk", "88160R101", 31_466_379, "28.90", "b", 1),
        "000119312513059589": ("Max Levchin", "985817105", 6_527_090, "24.2", None, None),
    }
    for path in sorted((realdata / "filings" / "sc13g").glob("*.htm")):
        [row] = inspect_institutions(path.read_bytes(), path.name).rows["beneficial_ownership"]
        assert row["person_types"] == ["IN"]
        assert (row["rules"], row["citizenship"], row["flags"]) == (["13d-1(d)"], "United States", [])
        told = wanted.get(path.name.partition("_")[0])
        if told:
            name, cusip, amount, percent, group, amendment = told
            assert (row["person_name"], row["cusip"], row["aggregate_amount"]) == (name, cusip, amount)
            assert row["percent_of_class"] == Decimal(percent)
            assert (row["member_of_group"], row["amendment_number"]) == (group, amendment)


@pytest.mark.slow
@pytest.mark.realdata
def test_rows_equal_what_edgartools_reads_of_the_same_tables(realdata: Path) -> None:
    columns = {
        "Issuer": "name_of_issuer",
        "Class": "title_of_class",
        "Cusip": "cusip",
        "Value": "value_as_reported",
        "SharesPrnAmount": "amount",
        "InvestmentDiscretion": "investment_discretion",
        "SoleVoting": "voting_sole",
        "SharedVoting": "voting_shared",
        "NonVoting": "voting_none",
    }
    with edgartools("edgar.thirteenf.parsers.infotable_xml") as (module,):
        tables = [
            (path, rows, module.parse_infotable_xml(table_of(submission).decode()))
            for path, submission, rows in recorded(realdata)
        ]
    for path, rows, theirs in tables:
        for their, our in columns.items():
            told = theirs[their].tolist()
            assert [row[our] for row in rows] == ([one.upper() for one in told] if our == "cusip" else told), path.name
        assert [{"SH": "Shares", "PRN": "Principal"}[str(row["amount_type"])] for row in rows] == theirs[
            "Type"
        ].tolist()
        assert [row["put_call"] or "" for row in rows] == theirs["PutCall"].tolist()


@pytest.mark.slow
def test_schedules_equal_what_edgartools_reads_of_them() -> None:
    told = ((schedule_13d_xml(), "SCHEDULE 13D/A", "Schedule13D"), (SCHEDULE_13G_XML, "SCHEDULE 13G", "Schedule13G"))
    with edgartools("edgar.beneficial_ownership.schedule13") as (module,):
        readings = [getattr(module, reader).parse_xml(bare_xml(xml.encode()).decode()) for xml, _, reader in told]
    for (xml, form, _), reading in zip(told, readings, strict=True):
        rows = inspect_institutions(schedule(xml, form, "primary_doc.xml"), "a.txt").rows["beneficial_ownership"]
        persons = reading["reporting_persons"]
        for row, person in zip(rows, persons, strict=True):
            assert (row["person_name"], row["citizenship"]) == (person.name, person.citizenship)
            assert [row[name] for name in POWERS] == [getattr(person, name) for name in POWERS]
            assert row["aggregate_amount"] == person.aggregate_amount
            assert float(str(row["percent_of_class"])) == person.percent_of_class
