"""Submissions of the world: their shapes, numbers and listing rules, and what every demo day holds."""

import re
from collections import Counter
from datetime import date, timedelta

import pytest
from lxml import etree, html

from tauric_assets.sandbox.market import Filing
from tauric_assets.sandbox.world import World
from tauric_assets.sandbox.world.eastern import eastern_time
from tauric_assets.times import Days, day_start_ns

WORLD = World(7)
DEMO = Days(date(2026, 1, 5), date(2026, 1, 10))
QUARTER = Days(date(2025, 11, 3), date(2026, 2, 2))
OWNERSHIP = {"3", "4", "4/A", "5"}


def listed(days: Days) -> list[Filing]:
    """Everything the indexes of the days list."""
    return [filing for day in days for filing in WORLD.filings(day)]


def header(filing: Filing) -> str:
    """The SGML header of a submission."""
    return WORLD.submission(filing.accession_number).decode().split("</SEC-HEADER>")[0]


def test_every_working_day_has_filings_and_no_weekend_has() -> None:
    for day in Days(date(2025, 11, 3), date(2026, 4, 6)):
        count = len(WORLD.filings(day))
        assert (3 <= count <= 20) if day.weekday() < 5 else count == 0, day


def test_the_demo_week_has_every_form() -> None:
    forms = {filing.form for filing in listed(DEMO)}
    assert forms == {"3", "4", "4/A", "5", "8-K", "10-Q", "10-K", "13F-HR", "SCHEDULE 13D"}
    assert all(len({filing.form for filing in WORLD.filings(day)}) >= 2 for day in DEMO)


def test_every_company_has_news_about_every_week() -> None:
    for number in range(20):
        monday = date(2025, 11, 3) + timedelta(weeks=number)
        week = Days(monday, monday + timedelta(days=8))
        told = {filing.parties[0].cik for filing in listed(week) if filing.form == "8-K"}
        assert told == {company.cik for company in WORLD.companies(0)}


def test_listing_dates_follow_the_acceptance_rules() -> None:
    late = 0
    for filing in listed(QUARTER):
        wall = eastern_time(filing.accepted_at)
        assert 6 * 3600 <= wall.hour * 3600 + wall.minute * 60 < 22 * 3600
        moved = filing.form not in OWNERSHIP and (wall.hour, wall.minute) >= (17, 30)
        late += moved
        expected = wall.date() + timedelta(days=1 if moved else 0)
        while expected.weekday() >= 5:
            expected += timedelta(days=1)
        assert filing.listed_on == filing.filing_date == expected
    assert late > 5


def test_accession_numbers_are_unique_well_formed_and_lead_back() -> None:
    filings = listed(Days(date(2025, 11, 3), date(2026, 5, 1)))
    numbers = [filing.accession_number for filing in filings]
    assert len(set(numbers)) == len(numbers)
    assert all(re.fullmatch(r"\d{10}-\d{2}-\d{6}", number) for number in numbers)
    assert all(WORLD.filing(filing.accession_number) == filing for filing in filings[::7])


def test_headers_carry_what_the_list_says() -> None:
    for filing in listed(DEMO):
        text = header(filing)
        assert text.startswith(f"<SEC-DOCUMENT>{filing.accession_number}.txt : {filing.filing_date:%Y%m%d}\n")
        assert f"<ACCEPTANCE-DATETIME>{eastern_time(filing.accepted_at):%Y%m%d%H%M%S}\n" in text
        assert f"CONFORMED SUBMISSION TYPE:\t{filing.form}\n" in text
        assert f"PUBLIC DOCUMENT COUNT:\t\t{len(filing.documents)}\n" in text
        assert f"CONFORMED PERIOD OF REPORT:\t{filing.period_of_report:%Y%m%d}\n" in text
        assert f"FILED AS OF DATE:\t\t{filing.filing_date:%Y%m%d}\n" in text
        assert text.count("ITEM INFORMATION:") == len(filing.items)
        for party in filing.parties:
            assert f"CENTRAL INDEX KEY:\t\t\t{party.cik:010d}\n" in text
            assert f"COMPANY CONFORMED NAME:\t\t\t{party.name}\n" in text
        assert ("ISSUER:" in text) == ("REPORTING-OWNER:" in text) == (filing.form in OWNERSHIP)


def test_a_former_name_is_in_the_header() -> None:
    renamed = next(company for company in WORLD.companies(0) if company.former_names)
    filing = WORLD.filings_of(renamed.cik, day_start_ns(DEMO.end))[0]
    assert f"FORMER CONFORMED NAME:\t{renamed.former_names[0]}\n" in header(filing)


def test_submissions_hold_their_documents_and_end_well() -> None:
    for filing in listed(DEMO):
        body = WORLD.submission(filing.accession_number)
        assert len(body) == filing.size_bytes
        assert body.endswith(b"</SEC-DOCUMENT>\n")
        assert re.findall(rb"<FILENAME>(.*)", body) == [name.encode() for name in filing.documents]
        for name in filing.documents:
            assert WORLD.document(filing.accession_number, name) in body
        with pytest.raises(KeyError):
            WORLD.document(filing.accession_number, "absent.htm")


def test_every_ownership_document_parses_and_agrees_with_its_header() -> None:
    filings = [filing for filing in listed(QUARTER) if filing.form in OWNERSHIP]
    codes: set[str] = set()
    for filing in filings:
        root = etree.fromstring(WORLD.document(filing.accession_number, filing.documents[0]))
        assert root.tag == "ownershipDocument"
        assert root.findtext("documentType") == filing.form
        assert root.findtext("periodOfReport") == str(filing.period_of_report)
        assert int(root.findtext("issuer/issuerCik") or 0) == filing.parties[-1].cik
        owners = [int(element.text or 0) for element in root.iter("rptOwnerCik")]
        assert owners == [party.cik for party in filing.parties[:-1]]
        notes = {element.get("id") for element in root.iter("footnote")}
        assert {element.get("id") for element in root.iter("footnoteId")} == notes
        assert (root.find("dateOfOriginalSubmission") is not None) == (filing.form == "4/A")
        codes |= {element.text or "" for element in root.iter("transactionCode")}
        if filing.form == "3":
            assert root.find(".//derivativeHolding") is not None
    assert codes == {"P", "S", "M", "A", "G", "F"}
    assert {len(filing.parties) for filing in filings} == {2, 3}


def test_shares_owned_add_up_from_report_to_report() -> None:
    owner = next(f for f in listed(QUARTER) if f.form == "4" and len(f.parties) == 2).parties[0].cik
    held: int | None = None
    filings = [f for f in reversed(WORLD.filings_of(owner, day_start_ns(date(2026, 4, 1)))) if f.form in {"4", "5"}]
    assert len(filings) >= 3
    for filing in filings:
        root = etree.fromstring(WORLD.document(filing.accession_number, filing.documents[0]))
        for line in root.iter("nonDerivativeTransaction"):
            after = int(line.findtext(".//sharesOwnedFollowingTransaction/value") or 0)
            shares = int(line.findtext(".//transactionShares/value") or 0)
            sign = 1 if line.findtext(".//transactionAcquiredDisposedCode/value") == "A" else -1
            assert held is None or after == held + sign * shares
            held = after


def test_an_amendment_names_an_original_that_exists_and_differs_in_price() -> None:
    amendments = [filing for filing in listed(QUARTER) if filing.form == "4/A"]
    assert len(amendments) >= 8
    for filing in amendments:
        root = etree.fromstring(WORLD.document(filing.accession_number, filing.documents[0]))
        first_day = root.findtext("dateOfOriginalSubmission")
        earlier = [
            other
            for other in WORLD.filings_of(filing.parties[0].cik, filing.accepted_at)
            if other.form == "4" and str(other.filing_date) == first_day and other.parties == filing.parties
        ]
        originals = [etree.fromstring(WORLD.document(o.accession_number, o.documents[0])) for o in earlier]
        prices = [[e.findtext("value") for e in r.iter("transactionPricePerShare")] for r in [root, *originals]]
        assert len(prices) > 1
        assert prices[0] not in prices[1:]


def test_annual_and_quarterly_reports_have_their_items_after_a_table_of_contents() -> None:
    for form, items, smallest in (
        ("10-K", ("1", "1A", "7", "7A", "8", "9A", "15"), 25_000),
        ("10-Q", ("1", "2"), 10_000),
    ):
        filing = next(filing for filing in listed(DEMO) if filing.form == form)
        body = WORLD.document(filing.accession_number, filing.documents[0])
        assert smallest < len(body) < 80_000
        page = html.fromstring(body)
        headings = ["".join(map(str, element.itertext())) for element in page.findall(".//b")]
        assert all(any(text.startswith(f"Item {item}. ") for text in headings) for item in items)
        anchors = {element.get("name") for element in page.iter("a")} - {None}
        assert {element.get("href", "").lstrip("#") for element in page.iter("a") if element.get("href")} == anchors


def test_a_report_repeats_the_figures_of_its_release() -> None:
    nova = list(WORLD.filings_of(9_900_001, day_start_ns(date(2026, 1, 10))))
    report = next(filing for filing in nova if filing.form == "10-K")
    release = next(filing for filing in nova if "2.02" in filing.items)
    told = WORLD.document(release.accession_number, release.documents[1]).decode()
    why = re.search(r"In the quarter, (.*?)\. Gross", told)
    assert why is not None
    assert why[1] in WORLD.document(report.accession_number, report.documents[0]).decode()
    assert release.accepted_at < report.accepted_at


def test_a_report_tells_what_was_announced_since_the_last_one() -> None:
    filings = WORLD.filings_of(9_900_001, day_start_ns(date(2026, 1, 10)))
    report = next(filing for filing in filings if filing.form == "10-K")
    text = WORLD.document(report.accession_number, report.documents[0]).decode()
    told = {filing.period_of_report for filing in filings if filing.form == "8-K" and "2.02" not in filing.items}
    assert len(told) >= 8
    assert all(day is not None and f"On {day:%B} {day.day}, {day.year}: " in text for day in told)


def test_managers_report_every_quarter_in_time_and_their_totals_add_up() -> None:
    tables = [filing for filing in listed(Days(date(2026, 1, 5), date(2026, 6, 30))) if filing.form == "13F-HR"]
    assert Counter(filing.period_of_report for filing in tables) == {date(2025, 12, 31): 4, date(2026, 3, 31): 4}
    for filing in tables:
        assert filing.period_of_report is not None
        assert filing.filing_date - filing.period_of_report <= timedelta(days=45)
        cover, table = (etree.fromstring(WORLD.document(filing.accession_number, one)) for one in filing.documents)
        values = [int(element.text or 0) for element in table.iter("{*}value")]
        assert int(cover.findtext(".//{*}tableEntryTotal") or 0) == len(values)
        assert int(cover.findtext(".//{*}tableValueTotal") or 0) == sum(values)


def test_a_restatement_adds_what_was_left_out() -> None:
    filings = listed(Days(date(2026, 1, 5), date(2026, 3, 31)))
    [again] = [filing for filing in filings if filing.form == "13F-HR/A"]
    [first] = [f for f in filings if f.form == "13F-HR" and f.parties == again.parties]
    assert again.period_of_report == first.period_of_report
    before, after = (WORLD.document(filing.accession_number, filing.documents[1]) for filing in (first, again))
    assert after.count(b"nameOfIssuer") == before.count(b"nameOfIssuer") + 2


def test_stakes_name_their_company_and_their_holder() -> None:
    filings = [f for f in listed(Days(date(2025, 11, 3), date(2026, 3, 31))) if f.form.startswith("SCHEDULE")]
    assert Counter(f.form for f in filings) == {"SCHEDULE 13G": 2, "SCHEDULE 13G/A": 2, "SCHEDULE 13D": 1}
    companies = {company.cik for company in WORLD.companies(0)}
    for filing in filings:
        subject, holder = filing.parties
        assert (subject.role, holder.role) == ("Subject", "Filed by")
        assert subject.cik in companies
        root = etree.fromstring(WORLD.document(filing.accession_number, "primary_doc.xml"))
        names = ("issuerCik", "issuerCIK")
        assert [int(one.text or 0) for name in names for one in root.iter(f"{{*}}{name}")] == [subject.cik]
        assert filing in WORLD.filings_of(holder.cik, filing.accepted_at)


def test_filings_of_a_company_are_newest_first_and_never_from_the_future() -> None:
    at = day_start_ns(date(2026, 1, 7))
    found = WORLD.filings_of(9_900_001, at)
    assert [filing.accepted_at for filing in found] == sorted((f.accepted_at for f in found), reverse=True)
    assert all(filing.accepted_at <= at for filing in found)
    later = WORLD.filings_of(9_900_001, at + 40 * 86_400 * 10**9)
    assert list(later)[-len(found) :] == list(found)
