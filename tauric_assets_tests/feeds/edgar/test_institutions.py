"""13F-HR, 13D and 13G: every line and every cover, units, totals, and what cannot be read."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tauric_assets.errors import MalformedDocument
from tauric_assets.feeds.contract import Parsed
from tauric_assets.feeds.edgar.figures import any_written_day, is_cusip
from tauric_assets.feeds.edgar.inspect import inspect_institutions, inspect_submission
from tauric_assets.tables import Row, table_named, to_arrow
from tauric_assets.times import parse_instant
from tauric_assets_tests.feeds.edgar.made import inner, submission
from tauric_assets_tests.feeds.edgar.stakes_made import (
    LAYOUTS,
    PERSON_13D,
    SCHEDULE_13G_XML,
    TEXT_13D,
    TEXT_13G,
    cover,
    holdings,
    line,
    schedule,
    schedule_13d_xml,
    table,
)

ACCEPTED = parse_instant("2026-02-12T21:07:30Z")


def read(body: bytes) -> Parsed:
    """The rows of a submission; records add up, keys are unique and rows fit."""
    parsed = inspect_submission(body, "a.txt")
    assert parsed.records == parsed.row_count + len(parsed.rejects) + parsed.ignored
    for name, rows in parsed.rows.items():
        keys = {tuple(str(row.get(column)) for column in table_named(name).key) for row in rows}
        assert len(keys) == to_arrow(table_named(name), rows).num_rows == len(rows)
    return parsed


def held(body: bytes) -> list[Row]:
    """Rows of institutional_holdings, nothing rejected."""
    parsed = read(body)
    assert parsed.rejects == []
    return parsed.rows["institutional_holdings"]


def stakes(body: bytes) -> list[Row]:
    """Rows of beneficial_ownership, nothing rejected."""
    parsed = read(body)
    assert parsed.rejects == []
    return parsed.rows["beneficial_ownership"]


@pytest.mark.parametrize("prefix", ["", "ns1:"])
def test_a_line_of_an_information_table_becomes_a_row(prefix: str) -> None:
    option = f"<{prefix}putCall>PUT</{prefix}putCall><{prefix}otherManager>01, 7</{prefix}otherManager>"
    lines = [line(prefix=prefix), line("88579Y101", "500", "10000.5", "PRN", option, prefix)]
    summary = (
        "<isConfidentialOmitted>true</isConfidentialOmitted><otherManagers2Info><otherManager2><sequenceNumber>1"
        "</sequenceNumber><otherManager><cik>0000000042</cik><name>Lane LLC</name></otherManager></otherManager2>"
        "</otherManagers2Info>"
    )
    first, second = held(holdings(cover(2, "230554", summary=summary), table(*lines, prefix=prefix)))
    assert first == {
        "ts_event": parse_instant("2025-12-31T00:00:00Z"),
        "known_at": ACCEPTED,
        "known_at_quality": "source",
        "supersedes": None,
        "accession_number": "0001000001-26-000001",
        "row_number": 1,
        "form": "13F-HR",
        "manager_cik": 3000003,
        "manager_name": "Harbor Ridge Partners LP",
        "period_of_report": date(2025, 12, 31),
        "report_type": "13F HOLDINGS REPORT",
        "amendment_type": None,
        "amendment_number": None,
        "confidential_omitted": True,
        "name_of_issuer": "APPLE INC",
        "title_of_class": "COM",
        "cusip": "037833100",
        "figi": None,
        "value": 230_054,
        "value_as_reported": Decimal(230_054),
        "value_unit": "dollars",
        "amount": Decimal(1_733_777),
        "amount_type": "SH",
        "put_call": None,
        "investment_discretion": "SOLE",
        "other_managers": [],
        "voting_sole": Decimal(1_733_777),
        "voting_shared": Decimal(0),
        "voting_none": Decimal(0),
        "flags": [],
    }
    assert (second["row_number"], second["amount"], second["amount_type"], second["put_call"]) == (
        *(2, Decimal("10000.5"), "PRN"),
        "Put",
    )
    assert second["other_managers"] == [
        {"number": "1", "cik": 42, "name": "Lane LLC"},
        {"number": "7", "cik": None, "name": None},
    ]


@pytest.mark.parametrize(
    ("filed", "value", "unit", "worth", "flags"),
    [
        ("20230103", "150000", "dollars", 150_000, []),
        ("20230102", "150", "thousands", 150_000, []),
        ("20230214", "150", "thousands", 150_000, ["value_unit_inferred"]),  # went on in thousands
        ("20221114", "150000", "dollars", 150_000, ["value_unit_inferred"]),  # dollars too early
        ("20230214", "1", "dollars", 1, ["value_implausible"]),
    ],
)
def test_values_are_dollars_whatever_the_unit(filed: str, value: str, unit: str, worth: int, flags: list[str]) -> None:
    shares = "1000" if value != "1" else "1000000"
    rows = held(holdings(cover(3, str(3 * int(value))), table(*[line(value=value, shares=shares)] * 3), filed=filed))
    assert {(row["value"], row["value_unit"], row["value_as_reported"]) for row in rows} == {
        (worth, unit, Decimal(value))
    }
    assert [row["flags"] for row in rows] == [flags] * 3


def test_warrants_are_no_evidence_of_a_unit() -> None:
    warrant = line(value="150", shares="1000").replace(">COM<", ">*W EXP 04/01/2027<")
    rows = held(holdings(cover(4, "600"), table(*[warrant] * 4)))
    assert [(row["value"], row["flags"]) for row in rows] == [(150, [])] * 4


def test_two_lines_are_too_few_to_doubt_the_unit() -> None:
    rows = held(holdings(cover(2, "300"), table(*[line(value="150", shares="1000")] * 2)))
    assert [(row["value"], row["flags"]) for row in rows] == [(150, [])] * 2


def test_totals_of_the_cover_page_that_differ_are_flagged_and_drop_nothing() -> None:
    rows = held(holdings(cover(3, "230055"), table(line(), line())))
    assert [row["flags"] for row in rows] == [["table_entry_total_differs", "table_value_total_differs"]] * 2


def test_an_amendment_says_whether_it_replaces_or_adds() -> None:
    more = (
        "<isAmendment>true</isAmendment><amendmentNo>2</amendmentNo><amendmentInfo><amendmentType>NEW HOLDINGS"
        "</amendmentType></amendmentInfo>"
    )
    [row] = held(holdings(cover(1, "230054", more), table(line()), "13F-HR/A"))
    assert (row["form"], row["amendment_type"], row["amendment_number"]) == ("13F-HR/A", "NEW HOLDINGS", 2)
    assert row["supersedes"] is None


def test_a_cusip_that_is_none_is_kept_and_flagged() -> None:
    [row] = held(holdings(cover(1, "230054"), table(line(cusip="37833100"))))
    assert (row["cusip"], row["flags"]) == ("37833100", ["cusip_check_digit"])


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (line(value="many"), "value: 'many' is no amount"),
        (line(value="1e9"), "value: '1e9' is no amount"),
        (line(value="9" * 20), "value is more than there is money"),
        (line(kind="BOX"), "sshPrnamtType is neither SH nor PRN"),
        (line(more="<putCall>Straddle</putCall>"), "putCall is neither Put nor Call"),
        ("<infoTable><nameOfIssuer>X</nameOfIssuer></infoTable>", "line without cusip"),
        ("<other/>", "unknown kind of line other"),
    ],
)
def test_a_line_that_cannot_be_read_is_a_reject_and_costs_no_other(bad: str, reason: str) -> None:
    parsed = read(holdings(cover(2, "230054"), table(bad, line())))
    [row] = parsed.rows["institutional_holdings"]
    assert (row["row_number"], row["flags"]) == (2, [])
    [reject] = parsed.rejects
    assert reject.reason.startswith(reason)
    assert reject.position == "table.xml:3:1"
    assert reject.raw.startswith((b"<infoTable", b"<other"))


def test_an_unreadable_cover_is_a_reject_and_its_table_still_counts() -> None:
    parsed = read(holdings(cover(1, "230054").replace("</coverPage>", ""), table(line())))
    [row] = parsed.rows["institutional_holdings"]
    assert row["flags"] == ["cover_page_missing"]
    assert (row["manager_cik"], row["period_of_report"]) == (3000003, date(2026, 1, 4))  # the header's
    assert [reject.position.partition(":")[0] for reject in parsed.rejects] == ["primary_doc.xml"]


def test_a_cover_that_promises_lines_nobody_sent_is_a_reject() -> None:
    [reject] = read(holdings(cover(4, "1"), "")).rejects
    assert "promises 4 lines" in reject.reason
    assert read(holdings(cover(0, "0"), "")).rejects == []


def test_a_table_in_text_is_a_reject_that_says_why() -> None:
    body = submission(form="13F-HR", documents=[inner("13F-HR", "a.txt", "<TABLE>\n<S> <C>\nAPPLE COM 037833100 1\n")])
    [reject] = read(body).rejects
    assert "until 2013" in reject.reason


def test_a_13d_in_xml_gives_one_row_a_person() -> None:
    other = PERSON_13D.replace("<reportingPersonCIK>0003000003</reportingPersonCIK>", "").replace(
        "Harbor Ridge Partners LP", "Doe Jane"
    )
    first, second = stakes(schedule(schedule_13d_xml([PERSON_13D, other]), "SCHEDULE 13D/A", "primary_doc.xml"))
    assert first == {
        "ts_event": parse_instant("2025-12-30T00:00:00Z"),
        "known_at": parse_instant("2026-01-05T21:07:30Z"),
        "known_at_quality": "source",
        "supersedes": None,
        "accession_number": "0001000001-26-000001",
        "row_number": 1,
        "form": "SCHEDULE 13D/A",
        "issuer_cik": 1000001,
        "issuer_name": "Nova Corp",
        "title_of_class": "Common Stock",
        "cusip": "037833100",
        "event_date": date(2025, 12, 30),
        "person_name": "Harbor Ridge Partners LP",
        "person_cik": 3000003,
        "citizenship": "DE",
        "member_of_group": "a",
        "sole_voting_power": Decimal(0),
        "shared_voting_power": Decimal(195_000),
        "sole_dispositive_power": Decimal(0),
        "shared_dispositive_power": Decimal(195_000),
        "aggregate_amount": Decimal(195_000),
        "percent_of_class": Decimal("0.8"),
        "person_types": ["PN", "HC"],
        "rules": [],
        "amendment_number": 2,
        "previous_accession_number": "0003000003-25-000011",
        "flags": [],
    }
    assert (second["row_number"], second["person_name"], second["person_cik"]) == (2, "Doe Jane", None)


def test_a_13g_in_xml_names_its_rule_and_the_header_its_person() -> None:
    [row] = stakes(schedule(SCHEDULE_13G_XML, "SCHEDULE 13G", "primary_doc.xml"))
    assert (row["aggregate_amount"], row["percent_of_class"]) == (Decimal(1_099_168_953), Decimal("7.48"))
    assert (row["sole_voting_power"], row["rules"]) == (Decimal(145_321_305), ["13d-1(b)"])
    assert (row["person_name"], row["person_cik"]) == ("The Harbor Ridge Partners", 3000003)
    assert (row["event_date"], row["cusip"]) == (date(2025, 12, 31), "037833100")


def test_a_cover_in_plain_text_is_read_between_its_labels() -> None:
    [row] = stakes(schedule(TEXT_13G, "SC 13G/A"))
    wanted = {
        "issuer_cik": 1000001,
        "issuer_name": "NOVA CORP",
        "title_of_class": "Common Stock, par value $.01 per share",
        "cusip": "037833100",
        "event_date": date(1999, 2, 9),
        "person_name": "Harbor Ridge",
        "person_cik": 3000003,
        "citizenship": "Delaware",
        "member_of_group": "b",
        "sole_voting_power": Decimal(7),  # as many as the number of the row two below
        "shared_voting_power": Decimal(1_234_500),
        "sole_dispositive_power": Decimal(0),
        "shared_dispositive_power": Decimal(1_234_500),
        "aggregate_amount": Decimal(1_234_507),
        "percent_of_class": Decimal("5.06"),
        "person_types": ["IA", "PN"],
        "rules": ["13d-1(b)"],
        "amendment_number": 3,
        "flags": [],
    }
    assert {name: row[name] for name in wanted} == wanted


def test_every_person_of_a_13d_in_plain_text_is_a_row_and_its_text_stays_a_section() -> None:
    parsed = read(schedule(TEXT_13D, "SC 13D"))
    first, second = parsed.rows["beneficial_ownership"]
    assert (first["person_name"], first["person_cik"]) == ("Harbor Ridge Partners, L.P.", 3000003)
    assert (first["sole_voting_power"], first["percent_of_class"]) == (Decimal(0), Decimal("9.9"))
    assert (first["citizenship"], first["member_of_group"], first["person_types"]) == ("Cayman Islands", "a", ["PN"])
    assert (first["event_date"], first["amendment_number"], first["flags"]) == (date(2004, 3, 3), None, [])
    assert (second["person_name"], second["person_cik"], second["row_number"]) == ("Jane Q. Doe", None, 2)
    assert (second["aggregate_amount"], second["percent_of_class"]) == (Decimal(2_500_000), None)
    assert second["person_types"] == ["IN", "HC"]
    assert second["flags"] == [
        "sole_voting_power_not_a_number",
        "sole_dispositive_power_not_a_number",
        "percent_of_class_not_a_number",
    ]
    assert any("talk about lamps" in str(section["text"]) for section in parsed.rows["filing_sections"])


def test_the_same_cover_as_html_gives_the_same_row() -> None:
    html = "<html><body>" + "".join(f"<p>{one}</p>\n" for one in TEXT_13G.splitlines()) + "</body></html>"
    assert stakes(schedule(html, "SC 13G/A", "sc13.htm")) == stakes(schedule(TEXT_13G, "SC 13G/A"))


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
def test_layouts_of_filing_agents_give_one_row(layout: str) -> None:
    [row] = stakes(schedule(LAYOUTS[layout], "SC 13G"))
    wanted = {
        "issuer_name": "Nova Corp",
        "title_of_class": "Common Stock",
        "cusip": "037833100",
        "event_date": date(2019, 12, 31),
        "person_name": "The Harbor Ridge Partners",
        "person_cik": 3000003,
        "citizenship": "Pennsylvania",
        "member_of_group": "b",
        "sole_voting_power": 1_345_678,
        "shared_voting_power": 234_567,
        "sole_dispositive_power": 77_654_321,
        "shared_dispositive_power": 1_567_890,
        "aggregate_amount": 79_222_211,
        "percent_of_class": Decimal("7.48"),
        "person_types": ["IA"],
        "rules": ["13d-1(b)"],
        "flags": [],
    }
    assert {name: row[name] for name in wanted} == wanted


def test_a_schedule_without_covers_is_a_reject() -> None:
    parsed = read(schedule("<p>Item 1. We like lamps.</p>", "SC 13D", "a.htm"))
    [reject] = parsed.rejects
    assert "no cover page" in reject.reason
    assert parsed.rows["filing_sections"]


def test_a_person_of_whom_nothing_can_be_read_is_a_reject_and_costs_no_other() -> None:
    silent = PERSON_13D.replace("195000.00", "some").replace("0.00", "some").replace("0.8", "some")
    nameless = PERSON_13D.replace("Harbor Ridge Partners LP", "")
    parsed = read(schedule(schedule_13d_xml([silent, nameless, PERSON_13D]), "SCHEDULE 13D", "primary_doc.xml"))
    assert [row["row_number"] for row in parsed.rows["beneficial_ownership"]] == [3]
    assert [reject.reason for reject in parsed.rejects] == [
        "cover page without any readable number",
        "cover page without the name of a reporting person",
    ]


def test_inspecting_gives_the_two_tables_alone_and_refuses_what_is_neither() -> None:
    assert set(inspect_institutions(schedule(TEXT_13D, "SC 13D"), "a.txt").rows) == {"beneficial_ownership"}
    assert set(inspect_institutions(holdings(cover(1, "230054"), table(line())), "a.txt").rows) == {
        "institutional_holdings"
    }
    [row] = inspect_institutions(TEXT_13G.encode(), "x/0001000001-99-000007.txt").rows["beneficial_ownership"]
    assert (row["accession_number"], row["form"], row["known_at_quality"]) == (
        *("0001000001-99-000007", "SC 13G"),
        "estimated",
    )
    assert row["known_at"] == parse_instant("1999-02-10T03:00:00Z")
    for body, reason in (
        (table(line()).encode(), "neither|no manager"),
        (submission(), "is a 8-K"),
        (b"", "no day"),
        (b"\x00\x01\x02", "no day"),
        (b"Signed on January 2, 2020.", "no cover page"),
    ):
        with pytest.raises(MalformedDocument, match=reason):
            inspect_institutions(body, "a.txt")


def test_entities_and_bombs_are_refused() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    parsed = read(holdings(cover(1, "1"), table(line()).replace("?>\n", f"?>\n{bomb}", 1)))
    assert [reject.reason for reject in parsed.rejects] == ["XML with a document type"]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("12-31-2022", date(2022, 12, 31)),
        ("3/2/2025", date(2025, 3, 2)),
        ("December 31, 2012", date(2012, 12, 31)),
        ("Sept. 3rd, 2004", date(2004, 9, 3)),
        ("31 December 2012", date(2012, 12, 31)),
        ("2024-07-19-05:00", date(2024, 7, 19)),
    ],
)
def test_days_as_filers_write_them(text: str, day: date) -> None:
    assert any_written_day(text) == day


@pytest.mark.parametrize("text", ["", "13-13-2022", "Smarch 1, 2020", "December 2012", "12/31/22", "February 30, 2020"])
def test_what_is_no_day(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        any_written_day(text)


def test_check_digits_of_cusips() -> None:
    assert all(map(is_cusip, ("037833100", "88579Y101", "464286640", "985817105", "G06973112")))
    assert not any(map(is_cusip, ("037833101", "37833100", "", "03783310O", "0378331000")))


@given(data=st.data())
def test_damaged_filings_of_institutions_give_rows_or_rejects_and_nothing_else(data: st.DataObject) -> None:
    originals = [
        holdings(cover(2, "230054"), table(line(), line())),
        schedule(schedule_13d_xml(), "SCHEDULE 13D/A", "primary_doc.xml"),
        schedule(TEXT_13D, "SC 13D"),
    ]
    body = bytearray(data.draw(st.sampled_from(originals)))
    for at in data.draw(st.lists(st.integers(0, len(body) - 1), max_size=8)):
        body[at] = data.draw(st.integers(0, 255))
    try:
        parsed = read(bytes(body))
    except MalformedDocument:
        return
    assert all(reject.reason and reject.position and reject.raw for reject in parsed.rejects)
