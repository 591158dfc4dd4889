"""Sections of documents that are damaged, hostile or too long: malformed or read, soon and in little memory."""

import subprocess
import sys
from functools import cache
from itertools import pairwise, repeat
from pathlib import Path
from zipfile import ZipFile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tauric_assets.errors import MalformedDocument
from tauric_assets.feeds.edgar.inspect import inspect_sections
from tauric_assets.feeds.edgar.prose import document_text
from tauric_assets.feeds.edgar.sections import sections

CASES = 3_000
SLICE_BYTES = 12_000
EXTRA_KILOBYTES_MAX = 200_000
SECONDS_MAX = 20  # of a process on a busy machine; the reading itself is bounded by PROSE_BYTES_MAX and LINES_MAX

READ_IN_A_PROCESS = """
import resource, sys
from pathlib import Path
from tauric_assets.errors import MalformedDocument
from tauric_assets.feeds.edgar.inspect import inspect_sections
body = Path(sys.argv[1]).read_bytes()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    parsed = inspect_sections(body, "10-K.htm")
    reasons = [reject.reason for reject in parsed.rejects]
except MalformedDocument as error:
    reasons = [str(error)]
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, *reasons)
"""
HEADER = (
    b"<SEC-DOCUMENT>0001127602-25-001055.txt : 20250110\n<SEC-HEADER>0001127602-25-001055.hdr.sgml : 20250110\n"
    b"<ACCEPTANCE-DATETIME>20250110160730\nACCESSION NUMBER: 0001127602-25-001055\n"
    b"CONFORMED SUBMISSION TYPE: 10-K\nPUBLIC DOCUMENT COUNT: 1\nFILED AS OF DATE: 20250110\n</SEC-HEADER>\n"
    b"<DOCUMENT>\n<TYPE>10-K\n<SEQUENCE>1\n<FILENAME>a.htm\n<TEXT>\n"
)
FOOTER = b"</TEXT>\n</DOCUMENT>\n</SEC-DOCUMENT>\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("head", "piece", "pieces", "tail", "reason"),
    [
        (b"<html><p>Item 1. Business</p>", bytes(1_000), 300_000, b"", "300,000,029 bytes"),
        (b"<html>", b"<p>Item 1A. Risk Factors</p>\n" * 100, 103_500, b"", "more than 64,000,000"),
        (HEADER, b"<p>Item 1. Business</p>\n" * 100, 125_000, FOOTER, "300,000,001 bytes"),
        (b"<html>", bytes(range(256)), 200_000, b"", "binary"),
        (b"", "<p>Item 1. Business\n".encode("utf-16"), 600_000, b"", "binary"),
        (b"", "<p>第一項 事業の内容\n".encode("euc-jp"), 1_000_000, b"", "character set"),
        (b"", b"a\n" * 1_000, 30_000, b"", "more than 500,000 lines"),
    ],
    ids=["zeros", "html", "submission", "binary", "UTF-16", "EUC-JP", "lines"],
)
def test_what_cannot_be_read_is_refused_in_little_memory(
    tmp_path: Path, head: bytes, piece: bytes, pieces: int, tail: bytes, reason: str
) -> None:
    path = tmp_path / "long.htm"
    with path.open("wb") as file:
        file.write(head)
        file.writelines(repeat(piece, pieces))
        file.write(tail)
    program = [sys.executable, "-c", READ_IN_A_PROCESS, str(path)]
    done = subprocess.run(program, capture_output=True, check=True, timeout=SECONDS_MAX)
    path.unlink()
    extra, _, reasons = done.stdout.decode().partition(" ")
    assert reason in reasons
    assert int(extra) < EXTRA_KILOBYTES_MAX


@cache
def slices(filings: Path) -> list[tuple[str, bytes]]:
    """Pieces of recorded documents, some from the start, some from around a heading, with the form of each."""
    found: list[tuple[str, bytes]] = []
    for path in sorted([*(filings / "sections").glob("*.html"), *(filings / "edgartools").glob("*gate*.html")]):
        body = path.read_bytes()
        form = next(name for name in ("10-K", "10-Q", "8-K", "20-F") if name in path.name)
        at = [
            0,
            *(body.lower().find(word) for word in (b"legal proceedings<", b"item 1a", b"signature", b"display:none")),
        ]
        found += [(form, body[start : start + SLICE_BYTES]) for start in at if start >= 0]
    for path in sorted((filings / "secedgar").glob("*.txt")):
        body = path.read_bytes()
        found += [("10-Q", body[:SLICE_BYTES]), ("10-K", body[-SLICE_BYTES:])]
    with ZipFile(filings / "edgar_crawler" / "RAW_FILINGS__8-K.zip") as raw:
        names = [name for name in raw.namelist() if not name.endswith("/")]
        found += [("8-K", raw.read(name)[-SLICE_BYTES:]) for name in names[::20]]
    return found


TAGS = [
    b"<",
    b">",
    b"</div>",
    b"<!--",
    b"<table>",
    b"<pre>",
    b"&#0;",
    b"\x00",
    b"\xff",
    b"Item 1A.",
    b"<a href='#a'>",
    b"\n",
]
CHANGE = st.tuples(
    st.sampled_from(["cut", "double", "swap", "flip", "insert"]),
    st.floats(0, 1),
    st.floats(0, 1),
    st.sampled_from(TAGS),
)


def damaged(body: bytes, changes: list[tuple[str, float, float, bytes]]) -> bytes:
    """`body` after cutting, doubling and swapping spans, flipping bits and putting in what hurts."""
    for kind, first, second, piece in changes:
        start, end = sorted((int(first * len(body)), int(second * len(body))))
        before, span, behind = body[:start], body[start:end], body[end:]
        if kind == "cut":
            body = before + behind
        elif kind == "double" and len(body) < 4 * SLICE_BYTES:
            body = before + span + span + behind
        elif kind == "swap":
            body = span + before + behind
        elif kind == "flip" and span:
            body = before + bytes([span[0] ^ (1 << int(second * 7))]) + span[1:] + behind
        elif kind == "insert":
            body = before + piece + span + piece + behind
    return body


@pytest.mark.realdata
@pytest.mark.slow
@settings(max_examples=CASES, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data(), changes=st.lists(CHANGE, max_size=8))
def test_damaged_documents_give_exact_slices_or_are_malformed(
    realdata: Path, data: st.DataObject, changes: list[tuple[str, float, float, bytes]]
) -> None:
    form, body = data.draw(st.sampled_from(slices(realdata / "filings")), label="slice")
    body = damaged(body, changes)
    try:
        found = sections("a.htm", form, body)
    except MalformedDocument as error:
        assert str(error)
        return
    text = document_text(body)
    assert all(text[one.start : one.end] == one.text for one in found)
    assert all(0 <= one.source_start <= one.source_end <= len(body) for one in found)
    spans = [(one.start, one.end) for one in found]
    assert all(left == right or left[1] <= right[0] for left, right in pairwise(spans))


@pytest.mark.realdata
def test_a_submission_cut_off_is_malformed(realdata: Path) -> None:
    body = (realdata / "filings" / "secedgar" / "0000320193-98-000008.txt").read_bytes()
    with pytest.raises(MalformedDocument, match="cut off"):
        inspect_sections(body[: len(body) // 2], "0000320193-98-000008.txt")


@pytest.mark.realdata
def test_a_binary_document_in_a_submission_is_one_reject_and_the_others_are_read(realdata: Path) -> None:
    body = (realdata / "filings" / "secedgar" / "0000912057-00-002128.txt").read_bytes()
    start = body.index(b"<TEXT>", body.index(b"<TYPE>EX-99")) + len(b"<TEXT>")
    body = body[:start] + bytes(range(256)) * 8 + body[body.index(b"</TEXT>", start) :]
    parsed = inspect_sections(body, "0000912057-00-002128.txt")
    assert [row["item"] for row in parsed.rows["filing_sections"]] == ["5", "7"]
    [reject] = parsed.rejects
    assert reject.reason.startswith("binary where text is promised")
    assert reject.position.startswith("document-2:")
    assert parsed.records == parsed.row_count + parsed.ignored + len(parsed.rejects)
