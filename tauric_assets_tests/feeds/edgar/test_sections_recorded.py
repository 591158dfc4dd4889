"""Items of filings as really recorded, 1994 to 2026, against what others found in them and what a reader sees."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench.accuracy_sections import score_lengths, score_texts
from tauric_assets.feeds.edgar.inspect import inspect_sections
from tauric_assets.feeds.edgar.prose import document_text
from tauric_assets.settings import child_environment, load_settings
from tauric_assets.tables import Row, table_named, to_arrow

pytestmark = pytest.mark.realdata


def rows_of(realdata: Path, name: str) -> list[Row]:
    """Rows of filing_sections of one file under `filings`, those of its first document."""
    path = realdata / "filings" / name
    rows = inspect_sections(path.read_bytes(), path.name).rows["filing_sections"]
    return [row for row in rows if row["document_name"] == rows[0]["document_name"]]


def items_of(rows: list[Row]) -> str:
    return " ".join(str(row["item"]) or "-" for row in rows)


ANNUAL_1994 = "1 2 3 4 5 6 7 8 9 10 11 12 13 14 -"
EDGARTOOLS = "edgartools/tests__fixtures__parity_gate__"


@pytest.mark.parametrize(
    ("name", "form", "items"),
    [
        ("secedgar/0000320193-94-000016.txt", "10-K", ANNUAL_1994),
        ("secedgar/0000320193-97-000021.txt", "10-Q/A", "II.4"),
        ("secedgar/0000320193-98-000008.txt", "10-Q", "I.1 I.2 II.1 II.5 II.6"),
        ("secedgar/0000320193-99-000009.txt", "10-Q", "I.1 I.2 I.3 II.1 II.6"),
        ("secedgar/0000320193-99-000010.txt", "8-K", "5 7"),
        ("secedgar/0000912057-00-033901.txt", "10-Q", "I.1 I.2 I.3 II.1 II.4 II.6"),
        ("cassette/1779026_000177902623000027_0001779026-23-000027.txt", "10-K",
         "1 1A 2 3 1B 4 5 6 7 7A 8 9 9A 9B 10 11 12 13 14 15 16"),
        (f"{EDGARTOOLS}10-K__0000950153-99-001234.html", "10-K", "1 2 3 4 5 6 7 7A 8 9 10 11 12 13 14 -"),
        (f"{EDGARTOOLS}10-K__0001376474-16-000635.html", "10-K",
         "1 1A 1B 2 3 4 5 6 7 7A 8 9 9A 9B 10 11 12 13 14 15 -"),
        (f"{EDGARTOOLS}20-F__0001062993-16-008650.html", "20-F",
         "1 2 3 4 4A 5 6 7 8 9 10 11 12 13 14 15 16A 16B 16C 16D 16E 16F 16G 16H 17 18 19 -"),
        (f"{EDGARTOOLS}8-K__0001104659-03-004925.html", "8-K", "9"),
        ("primary/1364742_000119312523048785_d435686d8k.htm", "8-K", "5.02"),
    ],
)  # fmt: skip
def test_items_of_annual_quarterly_and_current_reports(realdata: Path, name: str, form: str, items: str) -> None:
    rows = rows_of(realdata, name)
    assert (items_of(rows), {row["form"] for row in rows}) == (items, {form})


def test_items_that_refer_to_the_proxy_statement_or_annual_report_say_so(realdata: Path) -> None:
    def referring(name: str) -> str:
        return items_of([row for row in rows_of(realdata, name) if row["incorporated_by_reference"]])

    assert referring("secedgar/0000320193-94-000016.txt") == "3 5 10 11 12 13"
    assert referring(f"{EDGARTOOLS}10-K__0000950153-99-001234.html") == "5 6 7 7A 8 10 11 12 13"
    assert referring(f"{EDGARTOOLS}10-K__0001376474-16-000635.html") == ""
    assert referring("sections/10-K_IBM_0000051143-24-000012.html") == "3 7 7A 8 10 11 13 14"
    assert referring("sec_edgar_downloader/aapl-8k-20191115.txt") == ""
    assert referring("sections/10-Q_AAPL_0000320193-23-000077.html") == ""


def test_items_expected_of_annual_and_quarterly_reports_are_found_at_their_length(realdata: Path) -> None:
    score = score_lengths(realdata / "filings" / "sections")
    figures = score.figures()
    assert (score.documents, figures["recall"]) == (len(list((realdata / "filings" / "sections").glob("*.html"))), 1)
    assert score.matched / score.found > 0.95
    assert sum(score.overlaps) / len(score.overlaps) > 0.96


def test_items_found_and_not_expected_are_really_there(realdata: Path) -> None:
    """The list expected of the one annual report is older than items 1C and 9C, and leaves out 16."""
    path = realdata / "filings" / "sections" / "10-K_IBM_0000051143-24-000012.html"
    rows = inspect_sections(path.read_bytes(), path.name).rows["filing_sections"]
    expected = {one["identifier"] for one in json.loads(path.with_suffix(".expected.json").read_text())}
    extra = [str(row["text"]).partition("\n")[0] for row in rows if row["item"] not in expected]
    assert extra == [
        "Item 1C. Cybersecurity:",
        "Item 9C. Disclosure Regarding Foreign Jurisdictions that Prevent Inspections:",
        "Item 16. Form 10-K Summary:",
    ]


@pytest.mark.slow
def test_items_of_8k_filings_agree_with_the_recorded_extraction(realdata: Path) -> None:
    figures = score_texts(realdata / "filings" / "edgar_crawler").figures()
    assert figures["expected"] == 1_150
    assert float(str(figures["precision"])) > 0.99
    assert float(str(figures["recall"])) > 0.99
    assert float(str(figures["overlap_mean"])) > 0.98


def recorded(realdata: Path) -> list[Path]:
    """Documents and submissions with prose."""
    filings = realdata / "filings"
    found = [path for folder in ("secedgar", "cassette", "primary", "sc13g") for path in (filings / folder).iterdir()]
    return sorted([*found, *(filings / "sections").glob("*.html"), *(filings / "edgartools").glob("*.html")])


@pytest.mark.slow
def test_every_section_is_a_slice_of_the_text_and_its_source_says_the_same(realdata: Path) -> None:
    for path in recorded(realdata):
        body = path.read_bytes()
        parsed = inspect_sections(body, path.name)
        assert parsed.rejects == [], path.name
        assert parsed.records == parsed.row_count + parsed.ignored, path.name
        rows = parsed.rows.get("filing_sections", [])
        assert to_arrow(table_named("filing_sections"), rows).num_rows == len(rows)
        if path.suffix in {".html", ".htm"}:
            text = document_text(body)
            for row in rows:
                start, end = int(str(row["start_offset"])), int(str(row["end_offset"]))
                source = body[int(str(row["source_start"])) : int(str(row["source_end"]))]
                assert text[start:end] == row["text"], path.name
                assert document_text(b"<html>" + source).startswith(str(row["text"])), (path.name, row["item"])


def test_the_form_of_a_bare_document_is_found_on_its_cover(realdata: Path) -> None:
    for path in recorded(realdata):
        if path.suffix == ".html":
            parsed = inspect_sections(path.read_bytes(), "document.html")
            form = next(name for name in ("10-K", "10-Q", "8-K", "8K", "20-F") if name in path.name)
            assert {row["form"] for row in parsed.rows["filing_sections"]} == {form.replace("8K", "8-K")}, path.name


@pytest.mark.slow
def test_the_accuracy_table_is_printed_and_given_as_json(realdata: Path, tmp_path: Path) -> None:
    (tmp_path / "filings").mkdir()
    for name in ("sections", "edgar_crawler"):
        (tmp_path / "filings" / name).symlink_to(realdata / "filings" / name)
    command = [sys.executable, "-m", "bench.accuracy_sections", "--realdata", str(tmp_path), "--json"]
    done = subprocess.run(command, capture_output=True, check=True, timeout=120, cwd=Path(__file__).parents[3])
    sets = json.loads(done.stdout)
    assert [one["set"] for one in sets] == ["10-K, 10-Q", "8-K"]
    assert all(len(one["misses"]) > one["expected"] - one["matched"] for one in sets)


@pytest.mark.slow
def test_sections_are_printed_as_rows(realdata: Path, tmp_path: Path) -> None:
    good = realdata / "filings" / "primary" / "1364742_000119312523048785_d435686d8k.htm"
    bad = tmp_path / "picture.htm"
    bad.write_bytes(bytes(range(256)) * 40)
    command = [sys.executable, "-m", "tauric_assets.cli", "inspect", "sections", str(bad), str(good)]
    environment = child_environment(load_settings(data_dir=tmp_path / "data"))
    done = subprocess.run(command, env=environment, capture_output=True, timeout=120)
    assert (done.returncode, b"picture.htm: quarantined: binary" in done.stderr) == (1, True)
    [row] = [json.loads(line) for line in done.stdout.splitlines()]
    assert set(row) == {"table", *table_named("filing_sections").schema.names}
    assert (row["item"], row["accession_number"], row["form"]) == ("5.02", "0001193125-23-048785", "8-K")
    assert good.read_bytes()[row["source_start"] : row["source_end"]].count(b"Chief Financial Officer") == 2
