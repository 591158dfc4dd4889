"""`tauric inspect` as a process: rows as JSON lines, what was quarantined on standard error, exit codes."""

import json
from pathlib import Path

import pytest

from tauric_assets.tables import table_named
from tauric_assets_tests.commands.test_cli import refused, tauric
from tauric_assets_tests.feeds.edgar.made import ISSUER, OWNER, inner, ownership, submission, transaction
from tauric_assets_tests.feeds.edgar.stakes_made import TEXT_13D, cover, holdings, line, schedule, table

FORM_4 = submission(
    form="4",
    parties=OWNER + ISSUER,
    documents=[inner("4", "form4.xml", f"<XML>\n{ownership(transaction())}\n</XML>")],
)
GOOD = {
    "ownership": (FORM_4, ["insider_transactions"]),
    "submission": (FORM_4, ["filings", "insider_reports", "insider_transactions"]),
    "institutions": (holdings(cover(2, "460108"), table(line(), line())), ["institutional_holdings"] * 2),
}
KINDS = sorted(GOOD)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_rows_are_json_lines_whose_keys_are_the_columns(tmp_path: Path, kind: str) -> None:
    body, tables = GOOD[kind]
    path = tmp_path / "a file.txt"
    path.write_bytes(body)
    done, piped = tauric(tmp_path, "inspect", kind, str(path)), tauric(tmp_path, "inspect", kind, "-", stdin=body)
    assert (done.returncode, piped.returncode, done.stderr) == (0, 0, b"")
    rows = [json.loads(one) for one in done.stdout.splitlines()]
    assert [row.pop("table") for row in rows] == tables
    for row, name in zip(rows, tables, strict=True):
        assert list(row) == table_named(name).schema.names
        assert (row["accession_number"], row["source"]) == ("0001000001-26-000001", str(path))
    again = [json.loads(one) for one in piped.stdout.splitlines()]
    assert [row | {"source": "-", "table": name} for row, name in zip(rows, tables, strict=True)] == again


@pytest.mark.slow
def test_persons_of_a_schedule_one_line_each(tmp_path: Path) -> None:
    done = tauric(tmp_path, "inspect", "institutions", "-", stdin=schedule(TEXT_13D, "SC 13D"))
    rows = [json.loads(one) for one in done.stdout.splitlines()]
    assert [(row["person_name"], row["percent_of_class"]) for row in rows] == [
        ("Harbor Ridge Partners, L.P.", 9.9),
        ("Jane Q. Doe", None),
    ]
    assert done.returncode == 0


@pytest.mark.slow
def test_what_is_quarantined_is_told_and_costs_no_other_row(tmp_path: Path) -> None:
    body = holdings(cover(2, "230054"), table(line(value="many"), line()))
    done = tauric(tmp_path, "inspect", "institutions", "-", stdin=body)
    assert done.returncode == 1
    assert done.stderr.decode().strip() == "-: quarantined: value: 'many' is no amount at table.xml:3:1"
    assert [json.loads(one)["row_number"] for one in done.stdout.splitlines()] == [2]


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("body", [b"", b"\x00\xff\xfe" * 1_000, FORM_4[:-30], b"\xff\xfe<\x00X\x00"], ids=len)
def test_bad_input_is_quarantined_from_a_file_and_from_a_pipe(tmp_path: Path, kind: str, body: bytes) -> None:
    path = tmp_path / "bad"
    path.write_bytes(body)
    for done in (tauric(tmp_path, "inspect", kind, str(path)), tauric(tmp_path, "inspect", kind, "-", stdin=body)):
        told = done.stderr.decode()
        assert (done.returncode, done.stdout) == (1, b""), told
        assert ": quarantined: " in told
        assert len(told.strip().splitlines()) == 1
        assert "Traceback" not in told


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_files_that_are_not_there_or_folders_are_asked_wrongly(tmp_path: Path, kind: str) -> None:
    refused(tauric(tmp_path, "inspect", kind, str(tmp_path / "no.txt")), "no.txt", "No such file")
    refused(tauric(tmp_path, "inspect", kind, str(tmp_path)), str(tmp_path), "directory")
    assert tauric(tmp_path, "inspect", kind).returncode == 2
