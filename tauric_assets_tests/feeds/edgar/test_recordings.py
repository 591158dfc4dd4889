"""EDGAR as really recorded: every ownership document, submission and list we have."""

import re
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree

from tauric_assets.feeds.edgar.answers import classify
from tauric_assets.feeds.edgar.inspect import inspect_ownership, inspect_submission
from tauric_assets.feeds.edgar.listing import read_current, read_index
from tauric_assets.feeds.edgar.submission import Submission, split_submission
from tauric_assets.tables import table_named, to_arrow
from tauric_assets.times import parse_instant

pytestmark = pytest.mark.realdata
LINES = ("nonDerivativeTransaction", "derivativeTransaction", "nonDerivativeHolding", "derivativeHolding")
BETWEEN = {b"</SEC-DOCUMENT>", b"</IMS-DOCUMENT>", b"</SUBMISSION>", b"-----END", b"PRIVACY-ENHANCED", b"MESSAGE-----"}


def submission_files(realdata: Path) -> list[Path]:
    """Full submissions and dissemination files."""
    folders = [realdata / "filings" / name for name in ("cassette", "secedgar", "sec_edgar_downloader", "edgartools")]
    found = [path for folder in [*folders, realdata / "form4" / "edgartools"] for path in folder.glob("*.*")]
    whole = [path for path in found if path.suffix in {".txt", ".nc"}]
    assert len(whole) > 40
    return sorted(whole)


def test_every_ownership_document_parses_without_a_reject(realdata: Path) -> None:
    files = sorted((realdata / "form4").rglob("*.xml"))
    assert len(files) > 300
    totals: Counter[str] = Counter()
    for path in files:
        body = path.read_bytes()
        parsed = inspect_ownership(body, path.name)
        lines = sum(len(re.findall(rb"<%s[\s>]" % name.encode(), body)) for name in LINES)
        assert (parsed.rejects, parsed.ignored) == ([], 0), path.name
        assert parsed.records == parsed.row_count == lines, path.name
        for table, rows in parsed.rows.items():
            totals[table] += to_arrow(table_named(table), rows).num_rows
    assert min(totals["insider_transactions"], totals["insider_holdings"]) > 500


def test_every_amount_of_every_ownership_document_is_in_its_rows_exactly(realdata: Path) -> None:
    columns = {
        "transactionShares": "shares",
        "transactionPricePerShare": "price",
        "transactionTotalValue": "transaction_value",
        "sharesOwnedFollowingTransaction": "shares_owned_following",
        "valueOwnedFollowingTransaction": "value_owned_following",
        "conversionOrExercisePrice": "conversion_or_exercise_price",
        "underlyingSecurityShares": "underlying_shares",
        "underlyingSecurityValue": "underlying_value",
    }
    for path in sorted((realdata / "form4").rglob("*.xml")):
        root = etree.fromstring(path.read_bytes())
        parsed = inspect_ownership(path.read_bytes(), path.name)
        rows = [row for table in parsed.rows.values() for row in table]
        for element, column in columns.items():
            written = [Decimal(str(found.text).strip()) for found in root.iterfind(f".//{element}/value") if found.text]
            assert sorted(written) == sorted(row[column] for row in rows if row.get(column) is not None), path.name
        cited = [note.get("id") for name in LINES for line in root.iter(name) for note in line.iter("footnoteId")]
        kept = [note for row in rows for note in row["footnotes"]]
        assert sorted(map(str, cited)) == sorted(note["id"] for note in kept), path.name
        assert all(note["text"] for note in kept), path.name


def test_every_submission_splits_and_no_byte_is_lost(realdata: Path) -> None:
    for path in submission_files(realdata):
        body = path.read_bytes()
        split = split_submission(body, re.sub(r".*(\d{10}-\d{2}-\d{6}).*", r"\1", path.name))
        spans = sum(one.end - one.start for one in split.documents) + sum(end - start for start, end in split.between)
        assert split.header_end + spans == len(body), path.name
        assert set(b" ".join(body[start:end] for start, end in split.between).split()) <= BETWEEN, path.name
        assert split.parties or not split.header.fields, path.name
        assert len(split.documents) == len(re.findall(rb"</DOCUMENT>", body)), path.name


def test_every_submission_gives_rows_without_a_reject(realdata: Path) -> None:
    for path in submission_files(realdata):
        parsed = inspect_submission(path.read_bytes(), path.name)
        assert parsed.rejects == [], path.name
        assert parsed.records == parsed.row_count + parsed.ignored, path.name
        for table, rows in parsed.rows.items():
            assert to_arrow(table_named(table), rows).num_rows == len(rows)


def test_staff_letters_are_known_from_their_release(realdata: Path) -> None:
    letter = realdata / "filings" / "cassette" / "320193_000000000024003505_0000000000-24-003505.txt"
    split: Submission = split_submission(letter.read_bytes())
    assert split.accepted_at == parse_instant("2024-04-02T16:36:07Z")
    assert split.known_at() == (parse_instant("2024-06-15T02:00:00Z"), "estimated")


def test_current_filings_have_one_entry_a_submission(realdata: Path) -> None:
    pages = sorted((realdata / "edgar_index" / "getcurrent").glob("*.atom"))
    assert pages
    for path in pages:
        body = path.read_bytes()
        found = read_current(body)
        numbers = re.findall(rb"accession-number=([\d-]+)", body)
        assert [one.accession_number.encode() for one in found] == list(dict.fromkeys(numbers)), path.name
        assert sum(len(one.parties) for one in found) <= len(numbers), path.name


def test_daily_index_merges_joint_filings(realdata: Path) -> None:
    [path] = (realdata / "edgar_index" / "secedgar").glob("master.2018*.idx")
    found = read_index(path.read_bytes())
    assert (found.lines, len(found.filings), found.rejects) == (2619, 1915, [])
    assert sum(len(one.ciks) for one in found.filings) == 2599  # 20 lines say the same twice


def test_the_recorded_block_page_is_a_block(realdata: Path) -> None:
    page = (realdata / "edgar_index" / "edgartools" / "data__rate-exceeded.html").read_bytes()
    error = classify("https://www.sec.gov/Archives/edgar/data/1/a.txt", 403, {}, page)
    assert error is not None
    assert (error.retryable, error.retry_after_s) == (True, 600)
