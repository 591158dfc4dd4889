"""Bytes to lines: tags, hidden elements, character sets, what is no text. Recordings: test_sections_recorded.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tauric_assets.errors import MalformedDocument
from tauric_assets.feeds.edgar.prose import LINES_MAX, PROSE_BYTES_MAX, document_text, read_prose, refuse_long


def test_each_line_knows_the_bytes_it_comes_from() -> None:
    body = (
        b"<html><p>caf\xc3\xa9 &amp; bar</p><p style='display:none'>no</p><table><tr><td>a</td><td>b</td></tr></table>"
    )
    prose = read_prose(body)
    assert prose.text.split("\n") == ["café & bar", "a b"]
    assert [body[start:end] for start, end in zip(prose.origins, prose.ends, strict=True)] == [
        b"<p>caf\xc3\xa9 &amp; bar",
        b"<tr><td>a</td><td>b</td>",
    ]
    assert [prose.text[start] for start in prose.starts] == ["c", "a"]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"<p>seen<span style='DISPLAY:NONE'>no<span>no</span></span> too</p>", "seen too"),
        (b"<p>seen</p><div style='display: none'><ix:header>no</ix:header></div><p>too", "seen\ntoo"),
        (b"<p>seen</p><!-- <p>no</p> --><script>no < 1</script><title>no</title><p>too", "seen\ntoo"),
        (b"<p>seen<br style='display:none'>too</p>", "seen\ntoo"),
        (b"<p>seen</p><div style='display:none'>not closed, so seen", "seen\nnot closed, so seen"),
        (b"<p>a < b and <!-- not closed", "a < b and <!-- not closed"),
        (b"<p title='x > y'>seen</p>", "seen"),
        (b"<P>It\xad\xe2\x80\x8bem\xc2\xa01A.</P>".replace(b"\xad", b"&shy;"), "Item 1A."),
        (
            b"<html><pre>Item 5. Events\nSold.\n  Item 7. Exhibits</pre><p>a\nb</p></html>",
            "Item 5. Events\nSold.\nItem 7. Exhibits\na b",
        ),
    ],
)
def test_only_what_a_reader_sees_is_text(body: bytes, text: str) -> None:
    assert document_text(body) == text


def test_plain_text_keeps_its_lines_and_knows_where_paragraphs_begin() -> None:
    prose = read_prose(b"<PAGE>\nItem 5.  OTHER\nEVENTS\n\n<TABLE>\n<S> <C>\na  b\n</TABLE>\r\nAT&amp;T\n")
    assert prose.text.split("\n") == ["Item 5. OTHER", "EVENTS", "a b", "AT&T"]
    assert list(prose.apart) == [1, 0, 1, 1]


@pytest.mark.parametrize("encoded", ["Nova’s café".encode(), "Nova’s café".encode("cp1252")])
def test_both_character_sets_of_filers(encoded: bytes) -> None:
    assert document_text(b"<p>" + encoded + b"</p>") == "Nova’s café"


def test_one_damaged_character_does_not_change_the_others() -> None:
    assert document_text("<p>Nova’s</p><p>caf".encode() + b"\xff</p>") == "Nova’s\ncafÿ"


@pytest.mark.parametrize(
    "body", [b"", b" \n", b"begin 644 logo.jpg\nM)5!$\nend", b"\n<PDF>\nbegin 644 a.pdf\nM)5!$\nend"]
)
def test_what_is_encoded_or_empty_is_no_prose(body: bytes) -> None:
    assert document_text(body) == ""


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<html><p>Item 1. Business".decode().encode("utf-16"), "binary"),
        (bytes(range(256)) * 40, "binary"),
        (b"%PDF-1.7\n1 0 obj", "binary"),
        ("<html><p>第一項 事業の内容".encode("shift-jis") * 9, "character set"),
        ("Business of the company".encode("cp037") * 9, "character set"),
        pytest.param(b"a\n" * (LINES_MAX + 1), "lines", marks=pytest.mark.slow),
    ],
)
def test_what_cannot_be_text_is_malformed(body: bytes, reason: str) -> None:
    with pytest.raises(MalformedDocument, match=reason):
        document_text(body)


def test_a_long_document_is_refused_by_its_size() -> None:
    refuse_long(PROSE_BYTES_MAX)
    with pytest.raises(MalformedDocument, match="64,000,001 bytes"):
        refuse_long(PROSE_BYTES_MAX + 1)


def test_text_is_whole_however_deep_the_html() -> None:
    assert document_text(b"<html>" + b"<div>" * 100_000 + b"deep") == "deep"


@pytest.mark.slow
@pytest.mark.timeout(60)
def test_hostile_html_is_read_in_linear_time() -> None:
    for piece in (
        b"<",
        b"<p",
        b'<p a="',
        b"<!--",
        b"<title>",
        b"<div style='display:none'>",
        b"<a href='#x'",
        b"&",
        b"<pre>\n",
    ):
        document_text(b"<html>" + piece * 150_000)


PIECES = [b"<p>", b"</p>", b"<td>", b"<pre>", b"<!--", b"-->", b"<div style='display:none'>", b"</div>", b"&#0;"]
PIECES += [b"a ", b"\xe9", b"\xc3", b"<", b">", b'"', b"'", b"\x00", b"\n", b" "]


@given(body=st.lists(st.sampled_from(PIECES)).map(b"".join))
def test_lines_are_in_order_of_the_bytes_and_make_up_the_text(body: bytes) -> None:
    prose = read_prose(b"<html>" + body)
    lines = prose.text.split("\n") if prose.text else []
    assert len(lines) == len(prose.starts) == len(prose.origins) == len(prose.ends) == len(prose.apart)
    assert all(prose.text.startswith(line, start) for line, start in zip(lines, prose.starts, strict=True))
    bounds = [bound for pair in zip(prose.origins, prose.ends, strict=True) for bound in pair]
    assert bounds == sorted(bounds) and all(0 <= bound <= prose.size for bound in bounds)
    assert all(line == " ".join(line.split()) != "" for line in lines)
