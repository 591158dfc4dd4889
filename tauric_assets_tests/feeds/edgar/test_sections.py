"""Items as sections: tables of contents, parts, plain text and HTML. Recordings: test_recordings.py."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tauric_assets.errors import MalformedDocument
from tauric_assets.feeds.edgar.prose import document_text
from tauric_assets.feeds.edgar.sections import sections

PROSE = "The company makes lamps. " * 30
ANNUAL = f"""<html><head><title>10-K</title></head><body><div style="display: none">Item 9. Hidden</div>
<p>Annual report of Nova Corp</p>
<table><tr><td>Item 1.</td><td>Business</td><td>3</td></tr>
<tr><td>Item 1A.</td><td>Risk Factors</td><td>9</td></tr>
<tr><td>Item 3.</td><td>Legal Proceedings</td><td>12</td></tr></table>
<p><b>Item 1.</b> Business</p><p>{PROSE}</p><p>as told in</p><p>Item 3 of this report, {PROSE}</p>
<p>ITEM&nbsp;1A.&#160;RISK&nbsp;FACTORS</p><p>{PROSE}</p>
<p>Item 1A. Risk Factors (continued)</p><p>{PROSE}</p>
<p>Item 3.<br>Legal Proceedings</p><p>None.</p></body></html>"""


def test_items_of_an_annual_report_without_its_table_of_contents() -> None:
    found = sections("a.htm", "10-K", ANNUAL.encode())
    assert [(one.item, one.title) for one in found] == [
        ("1", "Business"),
        ("1A", "RISK FACTORS"),
        ("3", "Legal Proceedings"),
    ]
    assert found[0].text.count("The company makes lamps.") == 60
    assert found[2].text == "Item 3.\nLegal Proceedings\nNone."


def test_offsets_are_characters_of_the_documents_text() -> None:
    text = document_text(ANNUAL.encode())
    found = sections("a.htm", "10-K", ANNUAL.encode())
    assert [text[one.start : one.end] for one in found] == [one.text for one in found]
    assert [one.start for one in found[1:]] == [one.end for one in found[:-1]]
    assert found[-1].end == len(text)


def test_items_of_a_quarterly_report_carry_their_part() -> None:
    text = f"""PART I - FINANCIAL INFORMATION
Item 1. Financial Statements
{PROSE}
Item 2. Management's Discussion and Analysis
{PROSE}
PART II - OTHER INFORMATION
Item 1. Legal Proceedings
None
Item 6. Exhibits
{PROSE}"""
    found = sections("q.txt", "10-Q", text.encode())
    assert [one.item for one in found] == ["I.1", "I.2", "II.1", "II.6"]


def test_items_of_an_8k() -> None:
    body = f"""<p>Item 5.02(e) Departure of Directors</p><p>{PROSE}</p>
<p>Item 9.01Financial Statements and Exhibits.</p><p>(d) Exhibits</p><p>Item 7. of a list</p>"""
    found = sections("k.htm", "8-K/A", body.encode())
    assert [(one.item, one.title) for one in found] == [
        ("5.02", "Departure of Directors"),
        ("9.01", "Financial Statements and Exhibits"),
    ]


def test_items_of_an_8k_before_they_had_points() -> None:
    text = f"<PAGE>\nItem 5.  OTHER EVENTS\n\n{PROSE}\n<TABLE>\n<S> <C>\na  b\n</TABLE>\nItem 7.  EXHIBITS\n\n{PROSE}"
    assert [(one.item, one.title) for one in sections("document-1", "8-K", text.encode())] == [
        ("5", "OTHER EVENTS"),
        ("7", "EXHIBITS"),
    ]


def test_a_press_release_is_one_section_without_item() -> None:
    [found] = sections(
        "pr.htm", "EX-99.1", b"<p>Nova   Corp\nreports</p><table><tr><td>Sales</td><td>7</td></tr></table>"
    )
    assert (found.item, found.text) == ("", "Nova Corp reports\nSales 7")


@pytest.mark.parametrize(
    ("name", "form", "body"),
    [
        ("form4.xml", "4", b"<p>Item 1. Business</p>"),
        ("form4.htm", "4/A", b"<p>text</p>"),
        ("logo.jpg", "GRAPHIC", b"begin 644 logo.jpg\nM)5!$\nend"),
        ("a.txt", "EX-99.1", b"begin 644 logo.jpg\nM)5!$\nend"),
        ("a.htm", "EX-31.1", b"<p>I certify</p>"),
        ("a.htm", "8-K", b"  "),
    ],
)
def test_no_sections_where_there_is_no_prose(name: str, form: str, body: bytes) -> None:
    assert sections(name, form, body) == []


def test_html_of_which_text_would_be_lost_is_malformed() -> None:
    with pytest.raises(MalformedDocument):
        document_text(b"<html>" + b"<div>" * 5_000 + b"deep")


@pytest.mark.timeout(60)
def test_hostile_lines_are_read_in_linear_time() -> None:
    for line in (b"Item 1. A" + b". 1 " * 300_000 + b"x", b"Item 1" + b"." * 1_000_000 + b"x", b"<" * 1_000_000):
        sections("a.txt", "10-K", line)


@pytest.mark.parametrize("encoded", ["Nova’s café".encode(), "Nova’s café".encode("cp1252")])
def test_both_character_sets_of_filers(encoded: bytes) -> None:
    assert document_text(b"<p>" + encoded + b"</p>") == "Nova’s café"


def test_preformatted_html_keeps_its_lines() -> None:
    assert document_text(b"<html><pre>Item 5. Events\nSold.\n  Item 7. Exhibits</pre><p>a\nb</p></html>").split(
        "\n"
    ) == [
        "Item 5. Events",
        "Sold.",
        "Item 7. Exhibits",
        "a b",
    ]


@given(
    body=st.lists(
        st.sampled_from(
            ["Item ", "1A", "7", "5.02", ". ", "Part II", "\n", "<p>", "</p>", "<b", "&#0;", "Risk", "\x00"]
        )
    ).map("".join),
    form=st.sampled_from(["10-K", "10-Q", "8-K", "20-F", "EX-99", "6-K"]),
)
def test_sections_tile_the_text_whatever_it_is(body: str, form: str) -> None:
    text = document_text(body.encode())
    found = sections("a.htm", form, body.encode())
    assert all(text[one.start : one.end] == one.text for one in found)
    assert all(left.end == right.start for left, right in pairwise(found))
