"""Submissions: header and documents, when they became known, and what is refused. Recordings: test_recordings.py."""

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tauric_assets.errors import MalformedDocument
from tauric_assets.feeds.edgar.submission import split_submission
from tauric_assets.times import parse_instant
from tauric_assets_tests.feeds.edgar.made import FILER, ISSUER, OWNER, inner, submission

UUENCODED = "begin 644 logo.jpg\nM)5!$1BTQ+C4*)>+CS],*,2 P(&]B:@H\n \nend"


def test_header_parties_and_documents_are_read() -> None:
    body = submission(
        form="4/A",
        parties=OWNER + ISSUER,
        documents=[inner("4/A", "form4.xml", "<XML>x</XML>"), inner("GRAPHIC", "../../etc/logo.jpg", UUENCODED, 2)],
    )
    split = split_submission(body)
    assert (split.accession_number, split.form) == ("0001000001-26-000001", "4/A")
    assert [(party.cik, party.name, party.role) for party in split.parties] == [
        (2000002, "Doe Jane", "Reporting"),
        (1000001, "Nova Corp", "Issuer"),
    ]
    assert split.header.filing_date == date(2026, 1, 5)
    assert split.header.period_of_report == date(2026, 1, 4)
    assert [(one.type, one.sequence, one.filename, one.description) for one in split.documents] == [
        ("4/A", 1, "form4.xml", "ABOUT form4.xml"),
        ("GRAPHIC", 2, "../../etc/logo.jpg", "ABOUT ../../etc/logo.jpg"),
    ]
    assert split.documents[1].body == f"\n{UUENCODED}\n".encode()


def test_every_byte_is_header_document_or_between() -> None:
    body = submission(documents=[inner("8-K", "a.htm", "text"), "  \n", inner("EX-99.1", "b.htm", "more", 2)])
    split = split_submission(body)
    pieces = [(0, split.header_end), *((one.start, one.end) for one in split.documents), *split.between]
    pieces.sort()
    assert pieces[0][0] == 0
    assert pieces[-1][1] == len(body)
    assert all(left[1] == right[0] for left, right in pairwise(pieces))
    assert b"".join(body[start:end] for start, end in split.between).split() == [b"</SEC-DOCUMENT>"]


def test_former_names_and_items_are_kept() -> None:
    more = "ITEM INFORMATION:\t\tResults of Operations and Financial Condition\nITEM INFORMATION:\t\tSomething new\n"
    split = split_submission(submission(more=more))
    assert split.header.items == ("2.02", "Something new")
    assert split.parties[0].former_names == ("Old Nova Inc", "Older Nova Inc")


def test_several_filers_are_all_parties() -> None:
    other = FILER.replace("0001000001", "0001000009").replace("Nova Corp", "Ember Inc")
    split = split_submission(submission(parties=FILER + other))
    assert [party.cik for party in split.parties] == [1000001, 1000009]


@pytest.mark.parametrize(
    ("accepted", "instant"),
    [
        ("20260105160730", "2026-01-05T21:07:30Z"),  # winter: UTC-5
        ("20260705160730", "2026-07-05T20:07:30Z"),  # summer: UTC-4
        ("20261101013000", "2026-11-01T06:30:00Z"),  # twice that night: the later reading
    ],
)
def test_acceptance_is_eastern(accepted: str, instant: str) -> None:
    split = split_submission(submission(accepted=accepted, filed=accepted[:8]))
    assert split.known_at() == (parse_instant(instant), "source")


def test_without_acceptance_known_at_is_estimated_by_the_end_of_the_filing_day() -> None:
    assert split_submission(submission(accepted="")).known_at() == (parse_instant("2026-01-06T03:00:00Z"), "estimated")


def test_released_later_than_filed_is_known_from_the_release() -> None:
    body = submission(accepted="20240402123607", filed="20240402", form="UPLOAD", more="<PRIVATE-TO-PUBLIC>\n")
    body = body.replace(b".txt : 20240402", b".txt : 20240614", 1)
    assert split_submission(body).known_at() == (parse_instant("2024-06-15T02:00:00Z"), "estimated")


def test_dissemination_file_without_line_breaks() -> None:
    body = (
        b"<SUBMISSION>\n<ACCESSION-NUMBER>0001000001-26-000001<TYPE>8-K<PUBLIC-DOCUMENT-COUNT>1<PERIOD>20260104"
        b"<ITEMS>5.02<ITEMS>9.01<FILING-DATE>20260105<SUBJECT-COMPANY><COMPANY-DATA><CONFORMED-NAME>R & D Inc"
        b"<CIK>0001000001</COMPANY-DATA><FORMER-COMPANY><FORMER-CONFORMED-NAME>Old Inc<DATE-CHANGED>20200101"
        b"</FORMER-COMPANY></SUBJECT-COMPANY><DOCUMENT><TYPE>8-K<SEQUENCE>1<FILENAME>a.htm<TEXT><p>Hi</p></TEXT>"
        b"</DOCUMENT></SUBMISSION>"
    )
    split = split_submission(body)
    assert split.header.items == ("5.02", "9.01")
    assert [(p.cik, p.name, p.role, p.former_names) for p in split.parties] == [
        (1000001, "R & D Inc", "Subject", ("Old Inc",))
    ]
    assert split.documents[0].body == b"<p>Hi</p>"


def test_mail_armour_and_the_first_opening_tag_of_the_nineties() -> None:
    body = submission().replace(b"SEC-DOCUMENT>", b"IMS-DOCUMENT>").replace(b"SEC-HEADER>", b"IMS-HEADER>")
    armoured = b"-----BEGIN PRIVACY-ENHANCED MESSAGE-----\nProc-Type: 2001,MIC-CLEAR\n\n" + body + b"-----END\n"
    assert split_submission(armoured).accession_number == "0001000001-26-000001"


@pytest.mark.parametrize(
    ("damage", "position"),
    [
        (lambda body: body[:-20], "len"),
        (lambda body: body.replace(b"</DOCUMENT>\n", b"", 1), "document"),
        (lambda body: b"\x89PNG\r\n\x1a\n" + bytes(500), "0"),
        (lambda body: b"", "0"),
        (lambda body: body[body.index(b"<DOCUMENT>") :], "0"),
        (lambda body: body.replace(b"ACCESSION NUMBER:", b"SOMETHING ELSE:"), "0"),
        (lambda body: body.replace(b"</TEXT>", b"", 1), "document"),
    ],
)
def test_what_is_no_whole_submission_is_malformed_with_a_position(damage, position) -> None:  # type: ignore[no-untyped-def]
    body = damage(submission(documents=[inner("8-K", "a.htm", "one"), inner("EX-99.1", "b.htm", "two", 2)]))
    with pytest.raises(MalformedDocument) as raised:
        split_submission(body)
    expected = {"len": len(body), "document": body.find(b"<DOCUMENT>")}.get(position, 0)
    assert raised.value.position == str(expected)


@pytest.mark.timeout(60)
def test_a_large_submission_is_scanned_in_linear_time() -> None:
    filler = "M" + "<DOCUMENT<TEXT></TEX<" * 3
    body = submission(documents=[inner("GRAPHIC", f"{n}.jpg", f"{filler}\n" * 20_000, n) for n in range(1, 21)])
    split = split_submission(body)
    assert len(split.documents) == 20
    assert len(body) > 20_000_000


@given(data=st.data())
def test_damaged_submissions_are_split_or_malformed_and_nothing_else(data: st.DataObject) -> None:
    body = bytearray(submission(parties=OWNER + ISSUER, documents=[inner("4", "form4.xml", "<XML>x</XML>")]))
    for at in data.draw(st.lists(st.integers(0, len(body) - 1), max_size=12)):
        body[at] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(body)))
    for damaged in (bytes(body), bytes(body[:cut]), bytes(body[cut:])):
        try:
            split = split_submission(damaged)
        except MalformedDocument as error:
            assert error.position
            continue
        covered = split.header_end + sum(one.end - one.start for one in split.documents)
        assert covered + sum(end - start for start, end in split.between) == len(damaged)
        split.known_at()


def test_company_data_and_former_names_with_their_dates() -> None:
    data = "\t\tSTANDARD INDUSTRIAL CLASSIFICATION:\tLIFE INSURANCE [6311]\n\t\tSTATE OF INCORPORATION:\t\t\tDE\n"
    parties = FILER.replace("\n\tFORMER", f"{data}\t\tFISCAL YEAR END:\t\t\t1231\n\n\tFORMER", 1)
    [party] = split_submission(submission(parties=parties)).parties
    assert (party.sic, party.state_of_incorporation, party.fiscal_year_end) == (6311, "DE", "1231")
    assert [(one.name, one.changed_on) for one in party.former] == [
        ("Old Nova Inc", date(2001, 2, 3)),
        ("Older Nova Inc", date(1999, 2, 3)),
    ]


def test_a_former_name_without_a_readable_date_keeps_the_dates_of_the_others() -> None:
    parties = FILER.replace("20010203", "200102")
    [party] = split_submission(submission(parties=parties)).parties
    assert [one.changed_on for one in party.former] == [None, date(1999, 2, 3)]


def test_documents_that_lost_their_header_are_split_under_the_number_they_are_known_by() -> None:
    body = ("\n" + inner("S-3/A", "", "text") + inner("EX-23", "", "consent", 2)).encode()
    split = split_submission(body, "0000899681-95-000096")
    assert (split.accession_number, split.form, split.parties) == ("0000899681-95-000096", "S-3/A", ())
    assert [one.type for one in split.documents] == ["S-3/A", "EX-23"]
    assert split.known_at() is None
    assert sum(one.end - one.start for one in split.documents) + sum(e - s for s, e in split.between) == len(body)
    with pytest.raises(MalformedDocument, match="accession number"):
        split_submission(body)
    with pytest.raises(MalformedDocument, match="no </DOCUMENT>"):
        split_submission(body[:-20], "0000899681-95-000096")
