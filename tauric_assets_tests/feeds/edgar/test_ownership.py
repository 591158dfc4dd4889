"""Forms 3, 4 and 5: exact values, footnotes, flags, rejects. Recordings: test_recordings.py."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tauric_assets.errors import MalformedDocument
from tauric_assets.feeds.contract import Parsed
from tauric_assets.feeds.edgar.ownership import REPORTS, parse_ownership
from tauric_assets.tables import table_named, to_arrow
from tauric_assets.times import day_start_ns
from tauric_assets_tests.feeds.edgar.made import HOLDING, ownership, transaction

NUMBER = "0001000001-26-000001"


def read(xml: str | bytes, filed: date | None = date(2026, 1, 5)) -> Parsed:
    """Parse with fixed surroundings; rows must fit their tables, and records add up."""
    body = xml.encode() if isinstance(xml, str) else xml
    parsed = parse_ownership(body, NUMBER, 77, "source", filed, "form4.xml")
    assert parsed.records == parsed.row_count + len(parsed.rejects)
    for table, rows in parsed.rows.items():
        assert to_arrow(table_named(table), rows).num_rows == len(rows)
    return parsed


def test_a_transaction_becomes_one_exact_row() -> None:
    parsed = read(ownership(transaction(), head="<aff10b5One>1</aff10b5One>"))
    assert parsed.rows["insider_transactions"] == [
        {
            "ts_event": day_start_ns(date(2026, 1, 2)),
            "known_at": 77,
            "known_at_quality": "source",
            "supersedes": None,
            "accession_number": NUMBER,
            "row_number": 1,
            "form": "4",
            "issuer_cik": 1000001,
            "issuer_name": "Nova Corp",
            "issuer_symbol": "NOVA",
            "owner_ciks": [2000002, 2000003],
            "owner_names": ["Doe Jane", "Doe Trust"],
            "owners": [
                {
                    "cik": 2000002,
                    "name": "Doe Jane",
                    "is_director": True,
                    "is_officer": True,
                    "is_ten_percent_owner": False,
                    "is_other": False,
                    "officer_title": "Chief & Founder",
                    "other_text": None,
                    "non_us_address": None,
                },
                {
                    "cik": 2000003,
                    "name": "Doe Trust",
                    "is_director": False,
                    "is_officer": False,
                    "is_ten_percent_owner": False,
                    "is_other": False,
                    "officer_title": None,
                    "other_text": None,
                    "non_us_address": None,
                },
            ],
            "is_director": True,
            "is_officer": True,
            "is_ten_percent_owner": False,
            "is_other": False,
            "officer_title": "Chief & Founder",
            "derivative": False,
            "security_title": "Common Stock",
            "shares_owned_following": Decimal("20000"),
            "value_owned_following": None,
            "direct_indirect": "D",
            "nature_of_ownership": None,
            "conversion_or_exercise_price": None,
            "exercise_date": None,
            "expiration_date": None,
            "underlying_security_title": None,
            "underlying_shares": None,
            "underlying_value": None,
            "period_of_report": date(2026, 1, 2),
            "date_of_original_submission": None,
            "schema_version": "X0508",
            "rule_10b5_1": True,
            "rule_10b5_1_in_footnote": False,
            "footnotes": [{"field": "transactionCoding", "id": "F1", "text": "Bought under a plan."}],
            "flags": [],
            "transaction_date": date(2026, 1, 2),
            "deemed_execution_date": None,
            "transaction_form": "4",
            "transaction_code": "P",
            "equity_swap": False,
            "timeliness": None,
            "shares": Decimal("1503.25"),
            "transaction_value": None,
            "price": Decimal("12.5"),
            "acquired_disposed": "A",
        }
    ]


def test_a_derivative_holding_is_dated_by_the_period() -> None:
    [row] = read(ownership(derivative=HOLDING)).rows["insider_holdings"]
    assert row["ts_event"] == day_start_ns(date(2026, 1, 2))
    assert (row["derivative"], row["underlying_shares"]) == (True, Decimal("134018.0"))
    assert (row["exercise_date"], row["expiration_date"]) == (None, date(2028, 4, 14))
    assert row["footnotes"] == [{"field": "exerciseDate", "id": "F2", "text": "Vests over four years."}]


def test_rows_are_numbered_through_the_document() -> None:
    parsed = read(ownership(transaction() + transaction(code="S"), HOLDING))
    assert [row["row_number"] for row in parsed.rows["insider_transactions"]] == [1, 2]
    assert [row["row_number"] for row in parsed.rows["insider_holdings"]] == [3]


def test_a_price_given_only_in_a_footnote_is_null_flagged_and_keeps_the_footnote() -> None:
    [row] = read(ownership(transaction(price='<footnoteId id="F2"/>'))).rows["insider_transactions"]
    assert (row["price"], row["flags"]) == (None, ["price_in_footnote"])
    assert {"field": "transactionPricePerShare", "id": "F2", "text": "Vests over four years."} in row["footnotes"]  # type: ignore[operator]


def test_a_price_with_a_footnote_is_the_price() -> None:
    [row] = read(ownership(transaction(price='<value>0</value><footnoteId id="F2"/>'))).rows["insider_transactions"]
    assert (row["price"], row["flags"]) == (Decimal(0), [])


def test_a_footnote_stands_with_every_field_that_cites_it_and_a_missing_one_is_flagged() -> None:
    shares = '<value>1</value><footnoteId id="F2"/><footnoteId id="F1"/>'
    [row] = read(ownership(transaction(shares=shares, price='<footnoteId id="F9"/>'))).rows["insider_transactions"]
    assert row["footnotes"] == [
        {"field": "transactionCoding", "id": "F1", "text": "Bought under a plan."},
        {"field": "transactionShares", "id": "F2", "text": "Vests over four years."},
        {"field": "transactionShares", "id": "F1", "text": "Bought under a plan."},
        {"field": "transactionPricePerShare", "id": "F9", "text": None},
    ]
    assert row["flags"] == ["footnote_missing", "price_in_footnote"]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Sold under a Rule 10b5-1 trading plan.", True),
        ("made pursuant to Rule 10b5\N{NON-BREAKING HYPHEN}1(c)", True),
        ("a 10b-5-1 plan", True),
        ("Rule 10B5-1", True),
        ("Rule 10b-5 and Rule 10b5-19", False),
        ("Form 10b, 51 shares", False),
    ],
)
def test_a_footnote_that_names_the_trading_plan_rule_is_told_of_the_lines_that_cite_it(text: str, named: bool) -> None:
    xml = ownership(transaction(), HOLDING).replace("Bought under a plan.", text)
    parsed = read(xml)
    [line], [holding], [report] = (parsed.rows[name] for name in ("insider_transactions", "insider_holdings", REPORTS))
    assert [row["rule_10b5_1_in_footnote"] for row in (line, holding, report)] == [named, False, named]
    assert line["rule_10b5_1"] is None


def test_what_a_report_says_besides_its_lines() -> None:
    head = (
        "<notSubjectToSection16>true</notSubjectToSection16><noSecuritiesOwned>0</noSecuritiesOwned>"
        "<form3HoldingsReported>1</form3HoldingsReported><remarks>See\n exhibit 24.</remarks>"
    )
    xml = ownership(transaction(), HOLDING, head=head)
    xml = xml.replace("</issuerTradingSymbol>", "</issuerTradingSymbol>\n<issuerForeignTradingSymbol>NVX")
    xml = xml.replace("NVX</issuer>", "NVX</issuerForeignTradingSymbol></issuer>")
    xml = xml.replace("</rptOwnerName>", "</rptOwnerName><rptOwnerNonUSAddressFlag>true</rptOwnerNonUSAddressFlag>", 1)
    [row] = read(xml).rows[REPORTS]
    assert row["ts_event"] == day_start_ns(date(2026, 1, 2))
    assert (row["document_name"], row["line_count"], row["filing_date"]) == ("form4.xml", 2, date(2026, 1, 5))
    assert (row["not_subject_to_section_16"], row["no_securities_owned"]) == (True, False)
    assert (row["form_3_holdings_reported"], row["form_4_transactions_reported"]) == (True, None)
    assert (row["remarks"], row["issuer_foreign_symbol"]) == ("See exhibit 24.", "NVX")
    assert [owner["non_us_address"] for owner in row["owners"]] == [True, None]  # type: ignore[attr-defined]
    assert row["signatures"] == [{"name": "/s/ Jane Doe", "date": date(2026, 1, 5)}]
    assert [note["id"] for note in row["notes"]] == ["F1", "F2"]  # type: ignore[attr-defined]
    assert row["flags"] == []


def test_of_two_footnotes_with_one_id_the_first_counts_and_the_report_says_so() -> None:
    parsed = read(ownership(transaction()).replace('<footnote id="F2">', '<footnote id="F1">'))
    assert parsed.rows["insider_transactions"][0]["footnotes"][0]["text"] == "Bought under a plan."  # type: ignore[index]
    assert parsed.rows[REPORTS][0]["flags"] == ["footnote_id_repeated"]


def test_without_a_filing_date_dates_are_held_against_the_signatures() -> None:
    parsed = read(ownership(transaction(day="2035-01-10"), period="2035-01-10"), filed=None)
    assert parsed.rows["insider_transactions"][0]["flags"] == ["transaction_date_after_signature"]
    assert parsed.rows[REPORTS][0]["flags"] == ["period_of_report_after_signature"]


def test_an_amendment_names_its_date_and_supersedes_nothing() -> None:
    head = "<dateOfOriginalSubmission>2025-12-30</dateOfOriginalSubmission>"
    [row] = read(ownership(transaction(), form="4/A", head=head)).rows["insider_transactions"]
    assert (row["form"], row["date_of_original_submission"]) == ("4/A", date(2025, 12, 30))
    assert row["supersedes"] is None
    assert row["rule_10b5_1"] is None


@pytest.mark.parametrize(
    ("day", "flags"),
    [
        ("2026-01-05", []),
        ("2026-01-02-05:00", []),
        ("2035-01-10", ["transaction_date_after_filing"]),
        ("1926-01-02", ["transaction_date_before_1990"]),
        ("", ["transaction_date_missing"]),
    ],
)
def test_implausible_dates_are_flagged_and_kept(day: str, flags: list[str]) -> None:
    [row] = read(ownership(transaction(day=day))).rows["insider_transactions"]
    assert row["flags"] == flags
    assert row["transaction_date"] == (date.fromisoformat(day[:10]) if day else None)


@pytest.mark.parametrize(
    "broken",
    [
        transaction(shares="<value>1,503</value>"),
        transaction(shares="<value>NaN</value>"),
        transaction(shares="<value>1e5</value>"),
        transaction(price="<value>0.1234567890123</value>"),
        transaction(day="2026-02-30"),
        transaction(day="9999-12-31"),
        "<nonDerivativeTransactoin/>",
    ],
)
def test_a_damaged_line_is_rejected_where_it_stands_and_costs_nothing_else(broken: str) -> None:
    xml = ownership(transaction() + "\n  " + broken + "\n" + transaction(code="S"))
    parsed = read(xml)
    assert [row["transaction_code"] for row in parsed.rows["insider_transactions"]] == ["P", "S"]
    assert [row["row_number"] for row in parsed.rows["insider_transactions"]] == [1, 3]
    [reject] = parsed.rejects
    assert reject.raw == broken.encode()
    line = xml[: xml.index(broken)].count("\n") + 1
    assert reject.position.split(":")[0] == str(line)
    if "Transactoin" not in broken:
        assert reject.position == f"{line}:3"


def test_position_ignores_lines_in_comments() -> None:
    broken = transaction(shares="<value>x</value>")
    xml = ownership("<!-- <nonDerivativeTransaction> -->" + broken)
    [reject] = read(xml).rejects
    assert reject.raw == broken.encode()


@pytest.mark.parametrize(
    "xml",
    [
        "",
        "no xml",
        "<html/>",
        ownership(transaction())[:-30],
        ownership(transaction()).replace("0001000001", "Nova"),
        ownership(transaction(), period=""),
        ownership(transaction()).replace("<isDirector>1<", "<isDirector>perhaps<"),
        ownership(transaction()).replace("<ownershipDocument>", '<ownershipDocument xmlns="urn:x">'),
        '<!DOCTYPE ownershipDocument [<!ENTITY a "aaaa">]>' + ownership(transaction()).split("?>")[1],
        "<ownershipDocument>" + "<a>" * 500 + "</a>" * 500 + "</ownershipDocument>",
    ],
)
def test_a_damaged_document_is_malformed_with_a_position(xml: str) -> None:
    with pytest.raises(MalformedDocument) as raised:
        read(xml)
    assert raised.value.position.count(":") == 1


def test_no_entity_is_resolved_and_no_file_is_read(tmp_path) -> None:  # type: ignore[no-untyped-def]
    secret = tmp_path / "secret"
    secret.write_text("secret")
    doctype = f'<!DOCTYPE ownershipDocument [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
    xml = (
        ownership(transaction()).replace("<ownershipDocument>", doctype + "<ownershipDocument>").replace("Doe J", "&x;")
    )
    with pytest.raises(MalformedDocument):
        read(xml)


def test_owning_nothing_gives_a_report_without_lines() -> None:
    parsed = read(ownership(form="3", head="<noSecuritiesOwned>1</noSecuritiesOwned>"))
    assert (parsed.records, set(parsed.rows), parsed.rejects) == (1, {REPORTS}, [])
    assert (parsed.rows[REPORTS][0]["no_securities_owned"], parsed.rows[REPORTS][0]["line_count"]) == (True, 0)


@given(data=st.data())
def test_damaged_xml_gives_rows_rejects_or_malformed_and_nothing_else(data: st.DataObject) -> None:
    body = bytearray(ownership(transaction() + transaction(code="S"), HOLDING).encode())
    for at in data.draw(st.lists(st.integers(0, len(body) - 1), max_size=8)):
        body[at] = data.draw(st.integers(0, 255))
    try:
        parsed = read(bytes(body))
    except MalformedDocument:
        return
    assert all(reject.reason and reject.raw and reject.position for reject in parsed.rejects)
