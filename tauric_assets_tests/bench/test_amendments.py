"""How many of a quarter's real amendments link, where owners are no help."""

from collections import Counter
from pathlib import Path

import pytest

from bench.amendments import links, main, reports

TABLE = Path("form4") / "sec_345_dataset" / "SUBMISSION.tsv"


@pytest.mark.slow
@pytest.mark.realdata
def test_real_amendments_link_only_to_what_they_name(realdata: Path) -> None:
    rows = list(reports(realdata / TABLE))
    by_number = {row["accession_number"]: row for row in rows}
    found = links(rows)
    counts = Counter(one.status for row, one in found if row["form"] == "4/A")
    assert counts == {"unknown": 257, "ambiguous": 189, "certain": 74}
    for row, one in found:
        for candidate in (by_number[number] for number in one.candidates):
            assert candidate["issuer_cik"] == row["issuer_cik"]
            assert f"{candidate['form']}/A" == row["form"]
            assert candidate["filing_date"] == row["date_of_original_submission"]
            assert candidate["first_known"] <= row["first_known"]  # type: ignore[operator]
        assert (one.amended is not None) == (one.status == "certain") == (len(one.candidates) == 1)


def test_the_counts_are_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = tmp_path / TABLE
    table.parent.mkdir(parents=True)
    head = "ACCESSION_NUMBER FILING_DATE PERIOD_OF_REPORT DATE_OF_ORIG_SUB DOCUMENT_TYPE ISSUERCIK"
    lines = [head, "a 01-JUL-2024 30-JUN-2024  4 0000000007", "b 02-JUL-2024 30-JUN-2024 01-JUL-2024 4/A 0000000007"]
    table.write_text("\n".join(line.replace(" ", "\t") for line in lines) + "\n")
    main(["--realdata", str(tmp_path)])
    told = capsys.readouterr().out
    assert "4/A {'certain': 1}" in told
    assert "1 amendments of 2 submissions" in told
