"""The accuracy table of submissions: on recordings nothing is lost; on made files a loss is seen."""

import json
import sys
from pathlib import Path

import pytest

from bench import accuracy_submissions
from tauric_assets_tests.feeds.edgar.made import inner, submission


@pytest.mark.realdata
def test_every_recorded_submission_is_accounted_for_to_the_byte(realdata: Path) -> None:
    tallies = accuracy_submissions.measure(realdata)
    for one in tallies:
        assert one.problems == []
        assert one.files > 0
        assert (one.bytes_accounted, one.documents) == (one.bytes, one.documents_expected)
        assert one.uuencoded_whole == one.uuencoded
    total = tallies[-1]
    assert (total.files, total.bytes) == (
        sum(one.files for one in tallies[:-1]),
        sum(one.bytes for one in tallies[:-1]),
    )
    assert min(total.accepted, total.estimated, total.former_names) > 50


@pytest.mark.realdata
def test_both_shapes_of_a_recorded_header_say_the_same(realdata: Path) -> None:
    read, both, problems = accuracy_submissions.measure_headers(realdata)
    assert both >= 2
    assert read > 2 * both
    assert problems == []


def test_the_table_is_printed_and_losses_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "filings" / "secedgar"
    folder.mkdir(parents=True)
    (tmp_path / "edgar_index" / "edgartools").mkdir(parents=True)
    whole = submission(documents=[inner("GRAPHIC", "a.jpg", "begin 644 a.jpg\n#86)C\n`\nend")])
    (folder / "whole.txt").write_bytes(whole)
    (folder / "cut.txt").write_bytes(whole[:-10])
    [one, total] = accuracy_submissions.measure(tmp_path)
    assert (one.files, one.documents, one.documents_expected, one.bytes_accounted) == (2, 1, 2, len(whole))
    assert (one.uuencoded, one.uuencoded_whole, one.accepted, one.former_names) == (1, 1, 1, 2)
    assert [problem.partition(":")[0] for problem in total.problems] == ["cut.txt"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["accuracy_submissions", "--realdata", str(tmp_path), "--json"])
        accuracy_submissions.main()
    assert json.loads(capsys.readouterr().out)["submissions"][-1]["files"] == 2
