"""Real submissions, mutated: each is split and read or refused, with every byte and record accounted for."""

from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tauric_assets.errors import MalformedDocument
from tauric_assets.feeds.edgar.rows import Known, submission_rows
from tauric_assets.feeds.edgar.submission import split_submission
from tauric_assets.tables import table_named, to_arrow
from tauric_assets_tests.feeds.edgar.stakes_made import schedule

CASES = 2_000
BYTES_MAX = 60_000
"""Longer recordings are shortened in the middle, so that thousands of cases take a minute."""

COVERS_WEIGHT = 5
"""How often each of the two recorded 13Gs counts, whose submissions around them are made."""

TOKENS = (
    *(b"<DOCUMENT>", b"</DOCUMENT>", b"<TEXT>", b"</TEXT>", b"</SEC-HEADER>", b"<SEC-DOCUMENT>", b"</SEC-DOCUMENT>"),
    *(b"<XML>", b"</XML>", b"<?xml", b"&#0;", b"\x00", b"\xff\xfe", b"\xed\xa0\x80", b"../", b"<TYPE>4\n", b"]]>"),
    *(b"<TYPE>13F-HR\n", b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"99999999999999999999", b"-", b"begin 644 a\n", b"\n"),
)

Edit = tuple[str, float, int, bytes]


@cache
def originals(realdata: Path) -> list[bytes]:
    """Recorded submissions of many forms and years, each at most BYTES_MAX long."""
    folders = (realdata / "filings", realdata / "form4" / "edgartools")
    files = sorted(path for folder in folders for path in folder.rglob("*") if path.suffix in {".txt", ".nc"})
    bodies = [path.read_bytes() for path in files]
    for path in sorted((realdata / "filings" / "sc13g").glob("*.htm")):
        bodies += [schedule(path.read_text("latin-1"), "SC 13G", path.name)] * COVERS_WEIGHT
    half = BYTES_MAX // 2
    return [body if len(body) <= BYTES_MAX else body[:half] + body[-half:] for body in bodies]


def mutated(body: bytes, edits: list[Edit], other: bytes) -> bytes:
    """`body` after the edits; places are fractions of its length."""
    for kind, place, length, token in edits:
        at = int(place * len(body))
        if kind == "flip":
            body = body[:at] + bytes([token[0] ^ (length % 255 + 1)]) + body[at + 1 :]
        elif kind == "drop":
            body = body[:at] + body[at + length :]
        elif kind == "repeat":
            body = body[: at + length] + body[at:]
        elif kind == "insert":
            body = body[:at] + token + body[at:]
        elif kind == "splice":
            body = body[:at] + other[int(place * len(other)) :][: length * 8] + body[at:]
        else:
            body = body[:at]
    return body


EDITS = st.lists(
    st.tuples(
        st.sampled_from(["flip", "drop", "repeat", "insert", "insert", "splice", "cut"]),
        st.floats(0, 1, allow_nan=False),
        st.integers(1, 2_000),
        st.sampled_from(TOKENS),
    ),
    min_size=1,
    max_size=6,
)


@pytest.mark.realdata
@pytest.mark.slow
@pytest.mark.timeout(300)
@settings(max_examples=CASES)
@given(data=st.data())
def test_mutated_submissions_are_accounted_for_or_refused(realdata: Path, data: st.DataObject) -> None:
    bodies = originals(realdata)
    body, other = data.draw(st.sampled_from(range(len(bodies)))), data.draw(st.sampled_from(range(len(bodies))))
    damaged = mutated(bodies[body], data.draw(EDITS), bodies[other])
    try:
        split = split_submission(damaged, "0000000000-00-000000")
    except MalformedDocument as error:
        assert error.position
        return
    spans = sum(one.end - one.start for one in split.documents) + sum(end - start for start, end in split.between)
    assert split.header_end + spans == len(damaged)
    split.known_at()
    parsed = submission_rows(split, Known(1, "observed"))
    assert parsed.records == parsed.row_count + len(parsed.rejects) + parsed.ignored
    assert all(reject.reason and reject.position for reject in parsed.rejects)
    for name, rows in parsed.rows.items():
        assert to_arrow(table_named(name), rows).num_rows == len(rows)
