"""Rules of items that no recording shows, or not alone. Recordings: test_sections_recorded.py."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tauric_assets.feeds.edgar.cover import guess_form
from tauric_assets.feeds.edgar.prose import document_text
from tauric_assets.feeds.edgar.sections import Section, sections

PROSE = "The company makes lamps. " * 30


def document(*paragraphs: str) -> bytes:
    return "".join(f"<p>{paragraph}</p>\n" for paragraph in ("<html>", *paragraphs)).encode()


def items(form: str, *paragraphs: str) -> list[tuple[str, str]]:
    return [(one.item, one.title) for one in sections("a.htm", form, document(*paragraphs))]


def by_item(found: list[Section]) -> dict[str, Section]:
    return {one.item: one for one in found}


def test_a_heading_of_several_items_gives_the_same_text_to_each() -> None:
    body = document(
        "Items 1 and 2. Business and Properties", PROSE, "Items 10 through 12.", "None.", "Item 15. Exhibits"
    )
    found = by_item(sections("a.htm", "10-K", body))
    assert list(found) == ["1", "2", "10", "11", "12", "15"]
    assert found["1"].text == found["2"].text == f"Items 1 and 2. Business and Properties\n{PROSE.strip()}"
    assert (found["1"].title, found["11"].text) == ("Business and Properties", "Items 10 through 12.\nNone.")


@pytest.mark.parametrize(
    ("form", "line", "item", "title"),
    [
        ("10-K", "ITEM&nbsp;1A.&#160;RISK&nbsp;FACTORS", "1A", "RISK FACTORS"),
        ("10-K", "I<font>TEM</font> 1B. <b>U</b>NRESOLVED STAFF COMMENTS", "1B", "UNRESOLVED STAFF COMMENTS"),
        ("10-K", "Item</p><p>1.</p><p>Business", "1", "Business"),
        ("10-K", "Item 9A(T). Controls and Procedures", "9A", "Controls and Procedures"),
        (
            "10-K405",
            "Item 7(a): Quantitative and Qualitative Disclosures",
            "7A",
            "Quantitative and Qualitative Disclosures",
        ),
        ("10-K/A", "PART II, Item 9.A. Controls and Procedures", "9A", "Controls and Procedures"),
        ("10-K", "Item 1ARisk Factors", "1A", "Risk Factors"),
        ("10-K", "Item 2Properties", "2", "Properties"),
        ("10-K", "Item No. 3. Legal Proceedings", "3", "Legal Proceedings"),
        ("10-Q", "Item 1A. Risks in our 2022 Business", "II.1A", "Risks in our 2022 Business"),
        ("10-Q", "Item 5. Miscellaneous", "II.5", "Miscellaneous"),
        ("10-K", "Item 4. (Removed and Reserved)", "4", "(Removed and Reserved)"),
        ("10-K", "Item 1(b). Industry Segments", "1", "Industry Segments"),
        ("10-K", "Item 5(a). Market for Our Stock", "5", "Market for Our Stock"),
        ("10-KSB", "Item 8A. Controls and Procedures", "8A", "Controls and Procedures"),
        ("10-Q", "Item II. Management's Discussion and Analysis", "I.2", "Management's Discussion and Analysis"),
        ("10-QSB", "ITEM l. LEGAL PROCEEDINGS", "II.1", "LEGAL PROCEEDINGS"),
        ("20-F", "ITEM 16.H. MINE SAFETY", "16H", "MINE SAFETY"),
        ("8-K12B", "Item 8.1 Other Events", "8.01", "Other Events"),
        ("8-K", "Item 5.02(e) Departure of Directors", "5.02", "Departure of Directors"),
        ("8-K/A", "Item 9.01Financial Statements and Exhibits.", "9.01", "Financial Statements and Exhibits"),
        ("6-K", "Item 1. Press Release", "1", "Press Release"),
    ],
)
def test_ways_to_write_a_heading(form: str, line: str, item: str, title: str) -> None:
    assert items(form, "Cover", line, PROSE) == [(item, title)]


@pytest.mark.parametrize(
    ("form", "line"),
    [
        ("10-K", "Item 3 of this report tells more."),
        ("10-K", "Item 3, which tells more."),
        ("10-K", "“Item 3. Legal Proceedings” tells more."),
        ("10-K", "Item 3. Legal Proceedings (continued)"),
        ("10-K", "More of this is told in</p><p>Item 3. Legal Proceedings"),
        ("10-Q", "Part I, Item 1A. Risk Factors in our Annual Report on Form 10-K tells more."),
        ("10-Q", "Item 1 “Business — Regulation” included in our 2023 Form 10-K"),
        ("10-K", "Item 601 of Regulation S-K"),
        ("10-K", "Item 17. Undertakings"),
        ("10-K", "Item 1.01 Entry into an Agreement"),
        ("20-F", "Item 4.A. History and Development"),
        ("8-K", "Item 9.02 Exhibits"),
        ("8-K", "Items 1 through 4, 6 and 8 Not Applicable."),
        ("6-K", "Item 4. Results"),
        ("S-3", "Item 14. Other Expenses of Issuance"),
    ],
)
def test_lines_that_head_nothing(form: str, line: str) -> None:
    assert items(form, "Cover", line, PROSE) == [("", "")]


@pytest.mark.parametrize(
    ("name", "text", "form"),
    [
        ("100240_10K_1993_0000950144-94-000787.htm", "", "10-K"),
        ("a.htm", "FORM 10 – Q quarterly report", "10-Q"),
        ("a.htm", "FORM 10-KSB/A", "10-KSB/A"),
        ("a.htm", "FORM S-3, which refers to our Form 10-K", ""),
        ("a.htm", "CURRENT REPORT Pursuant to Section 13", "8-K"),
        ("d435686d8k.htm", "nothing", "8-K"),
        ("a.htm", "nothing", ""),
    ],
)
def test_the_form_of_a_document_that_came_alone(name: str, text: str, form: str) -> None:
    assert guess_form(name, b"", text) == form


def test_plain_text_that_goes_on_with_a_sentence_heads_nothing() -> None:
    text = f"Item 1. Business\n\n{PROSE}\nThe claims against the company are described in greater detail below, and\n"
    text += f"Item 3. Legal Proceedings gives more of them.\n\nItem 2. Properties\n\n{PROSE}"
    assert [one.item for one in sections("a.txt", "10-K", text.encode())] == ["1", "2"]


def test_headings_on_top_of_pages_do_not_cut_an_item() -> None:
    found = sections(
        "a.htm",
        "10-Q",
        document(
            *(
                "PART I",
                "Item 1",
                "ITEM 1. FINANCIAL STATEMENTS",
                PROSE,
                "3",
                "PART I",
                "Item 1",
                "BALANCE SHEETS",
                PROSE,
            ),
            *("PART I", "Item 2", "ITEM 2. MANAGEMENT’S DISCUSSION AND ANALYSIS", PROSE, "PART I", "Item 3, 4"),
            *("ITEM 3. QUANTITATIVE AND QUALITATIVE DISCLOSURES", PROSE, "ITEM 4. CONTROLS AND PROCEDURES", PROSE),
        ),
    )
    assert [(one.item, one.title) for one in found] == [
        ("I.1", "FINANCIAL STATEMENTS"),
        ("I.2", "MANAGEMENT’S DISCUSSION AND ANALYSIS"),
        ("I.3", "QUANTITATIVE AND QUALITATIVE DISCLOSURES"),
        ("I.4", "CONTROLS AND PROCEDURES"),
    ]
    assert found[0].text.count("The company makes lamps.") == 60
    assert [one.text.rpartition(" ")[2] for one in found] == ["lamps."] * 4


def linked_report(word: str) -> bytes:
    """A report whose contents alone say which item begins where; the discussion comes before the statements."""
    entries = [("fs", f"{word}Financial Statements"), ("md", f"{word}Management’s Discussion and Analysis")]
    entries += [("lp", f"{word}Legal Proceedings"), ("ex", f"{word}Exhibits")]
    contents = "".join(f"<tr><td><a href='#{name}'>{title}</a></td><td>9</td></tr>" for name, title in entries)
    texts = [("md", "HIGHLIGHTS"), ("fs", "BALANCE SHEETS"), ("lp", "LITIGATION"), ("ex", "LIST")]
    return f"<table>{contents.replace('#n', '')}</table>".encode() + b"".join(
        f"<div id='{name}'></div><p>{title}</p><p>{PROSE}</p>".encode() for name, title in texts
    )


def test_items_that_only_the_contents_name_begin_where_its_links_lead() -> None:
    found = sections("a.htm", "10-Q", linked_report(""))
    assert [(one.item, one.text.partition("\n")[0]) for one in found] == [
        ("I.2", "HIGHLIGHTS"),
        ("I.1", "BALANCE SHEETS"),
        ("II.1", "LITIGATION"),
        ("II.6", "LIST"),
    ]


def test_without_links_such_a_report_has_no_items() -> None:
    [found] = sections("a.htm", "10-Q", linked_report("").replace(b"href", b"data-was"))
    assert found.item == ""


def test_items_refer_to_other_documents() -> None:
    refers = "The information is incorporated herein by reference to the proxy statement."
    found = by_item(
        sections(
            "a.htm",
            "10-K",
            document(
                *(
                    "Item 1. Business",
                    f"{PROSE} {refers}" * 5,
                    "Item 3. Legal Proceedings",
                    "None. It is not " + refers[19:],
                ),
                *(
                    "Item 10. Directors",
                    "Item 11. Executive Compensation",
                    refers,
                    "Item 12. Security Ownership",
                    "None.",
                ),
                *("Item 15. Exhibits", refers),
            ),
        )
    )
    assert {item for item, one in found.items() if one.incorporated_by_reference} == {"10", "11"}


def test_signatures_end_the_last_item_and_long_texts_behind_them_are_kept() -> None:
    signed = ("SIGNATURES", "Pursuant to the requirements of the Securities Exchange Act of 1934 …")
    short = sections("a.htm", "10-K", document("Item 15. Exhibits", "None.", *signed))
    assert [(one.item, one.text) for one in short] == [("15", "Item 15. Exhibits\nNone.")]
    body = document("Item 15. Exhibits", "None.", *signed, PROSE * 8)
    long = sections("a.htm", "10-K", body)
    assert [(one.item, one.title) for one in long] == [("15", "Exhibits"), ("", "Signatures")]
    assert (long[0].source_end, long[1].source_end) == (long[1].source_start, len(body))


def test_a_press_release_is_one_section_without_item() -> None:
    [found] = sections(
        "pr.htm", "EX-99.1", b"<p>Nova   Corp\nreports</p><table><tr><td>Sales</td><td>7</td></tr></table>"
    )
    assert (found.item, found.text) == ("", "Nova Corp reports\nSales\t7")


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


@pytest.mark.slow
@pytest.mark.timeout(60)
def test_hostile_lines_are_read_in_linear_time() -> None:
    for line in (b"Item 1. A" + b". 1 " * 300_000 + b"x", b"Item 1" + b"." * 1_000_000 + b"x", b"<" * 1_000_000):
        sections("a.txt", "10-K", line)
    for line in (
        b"Item 1. " + b"." * 380 + b"\n",
        b"Item 1 and 2 and\n",
        b"Part I Item 1. Business 1\n",
        b"Item\n",
        b"\n123456\n.....\n",
    ):
        sections("a.txt", "10-K", line * (2_000_000 // len(line)))
    linked = b"".join(b"<p><a href='#a%d'>Item %d. Business</a><p id=a%d>x" % (at, at % 16, at) for at in range(20_000))
    sections("a.htm", "10-K", b"<html>" + linked)


WORDS = [
    "Item ",
    "1A",
    "7",
    "5.02",
    ". ",
    "Part II",
    "\n",
    "<p>",
    "</p>",
    "<b",
    "&#0;",
    "Risk Factors",
    "\x00",
    "SIGNATURES",
]


@given(
    body=st.lists(st.sampled_from([*WORDS, "<a href='#a'>", "<p id='a'>", "Legal Proceedings"])).map("".join),
    form=st.sampled_from(["10-K", "10-Q", "8-K", "20-F", "EX-99", "6-K"]),
)
def test_sections_are_slices_of_the_text_in_order(body: str, form: str) -> None:
    text = document_text(body.encode())
    found = sections("a.htm", form, body.encode())
    assert all(text[one.start : one.end] == one.text for one in found)
    for left, right in pairwise(found):
        same = (left.start, left.end, left.source_start, left.source_end)
        assert same == (right.start, right.end, right.source_start, right.source_end) or (
            left.end <= right.start and left.source_end == right.source_start
        )
    assert not found or found[-1].source_end == len(body.encode())


def test_an_item_that_is_its_number_alone_is_read() -> None:
    found = sections("a.htm", "10-Q", b"<p>Part II</p><p>Item 5. Other Information</p><p>None.</p><p>Item 6.</p>")
    assert [(one.item, one.title, one.incorporated_by_reference) for one in found] == [
        ("II.5", "Other Information", False),
        ("II.6", "", False),
    ]
