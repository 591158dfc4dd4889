"""Retrieval measured on made filings: the right page first, bad rows named, gold never looked at."""

import gzip
import json
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from tauric_assets.errors import UsageError
from tauric_assets.research.quality.embedded import Embedded
from tauric_assets.research.quality.filings import Bad, Filing, read_cases, read_filings
from tauric_assets.research.quality.rare import found_among_first, words_of
from tauric_assets.research.quality.retrieval import compared, measure, ndcg, sampled, told_of
from tauric_assets.settings import Settings

SUBJECTS = ("volcanic glass", "river barges", "wool carpets")


def _written(folder: Path, zipped: bool = False) -> tuple[Path, Path]:
    rows = [
        {"doc_name": f"{company}_{year}_10K", "page": page, "text": f"We sell {subject} to all who ask. " * 4}
        for company in ("TRIVAND", "NOVABANK")
        for year in (2020, 2021)
        for page, subject in enumerate(SUBJECTS)
    ]
    lines = "".join(json.dumps(row) + "\n" for row in rows) + 'no json\n{"page": 1}\n' + json.dumps(rows[0]) + "\n"
    pages, questions = folder / "pages.jsonl", folder / "questions.jsonl"
    pages.write_bytes(gzip.compress(lines.encode()) if zipped else lines.encode())
    asked = [
        {
            "question": f"How are river barges doing at {name} in FY{year}?",
            "doc_name": "is not looked at",
            "evidence": [{"doc_name": f"{key}_{year}_10K", "evidence_page_num": 1}],
        }
        for name, key in (("Trivand", "TRIVAND"), ("Nova Bank", "NOVABANK"))
        for year in (2020, 2021)
    ]
    questions.write_text("".join(json.dumps(row) + "\n" for row in asked))
    return pages, questions


@pytest.mark.parametrize("zipped", [False, True])
def test_bad_rows_are_named_and_the_others_read(tmp_path: Path, zipped: bool) -> None:
    pages, questions = _written(tmp_path, zipped)
    bad = Bad()
    filings = read_filings(pages, None, bad)
    assert [(one.name, one.form, one.fiscal_year, one.fiscal_period, len(one.pages)) for one in filings] == [
        (f"{company}_{year}_10K", "10-K", year, "FY", 3) for company in ("NOVABANK", "TRIVAND") for year in (2020, 2021)
    ]
    assert bad.count == 3
    assert "line 13" in bad.told[0] and "line 14" in bad.told[1] and "there already" in bad.told[2]
    assert len(read_cases(questions, bad)) == 4


def test_what_a_filing_is_comes_from_its_name(tmp_path: Path) -> None:
    names = ("A_B_2022Q4_EARNINGS", "C_2022_8K_dated-2022-07-01", "C_2022_8K_dated_2022-08-19", "D_2023Q2_10Q", "odd")
    path = tmp_path / "pages.jsonl"
    path.write_text("".join(json.dumps({"doc_name": name, "page": 0, "text": "x"}) + "\n" for name in names))
    found: dict[str, Filing] = {one.name: one for one in read_filings(path, None, Bad())}
    told = [(found[name].form, found[name].fiscal_year, found[name].fiscal_period, found[name].day) for name in names]
    days = [str(one[3]) for one in told]
    assert [one[:3] for one in told] == [
        ("8-K", 2022, "Q4"),
        ("8-K", 2022, None),
        ("8-K", 2022, None),
        ("10-Q", 2023, "Q2"),
        (None, None, None),
    ]
    assert days == ["None", "2022-07-01", "2022-08-19", "None", "None"]


@pytest.mark.slow
def test_search_finds_the_page_of_the_filing_the_question_names(tmp_path: Path) -> None:
    pages, questions = _written(tmp_path)
    embedder = Embedded("hashing", Settings(), tmp_path / "vectors.sqlite")
    filings, cases = read_filings(pages, None, Bad()), read_cases(questions, Bad())
    told = told_of(measure(filings, cases, embedder, lambda step, word: None))
    assert told["figure"] == 1.0
    assert told["right_filing_let_through"] == 1.0
    assert told["baselines"]["bm25"]["figure"] < 1.0, "words alone do not know whose page it is"  # type: ignore[index]
    again = measure(filings, cases, embedder, lambda step, word: None)
    assert again.figures["chunks_embedded_now"] == 0, "what was embedded once is kept"
    beside = compared(again, replace(again, systems=again.systems | {"dense": again.systems["dense"] - 0.1}))
    systems = cast("dict[str, dict[str, object]]", beside["systems"])
    assert "bm25" not in systems and systems["search"]["this_less_ours_interval"] == [0.0, 0.0]
    assert systems["dense"]["this_less_ours"] == -0.1, "the other embedder less the first"


def test_ndcg_is_that_of_the_textbook() -> None:
    gold = frozenset({("a", 1), ("a", 2)})
    assert ndcg([("a", 1), ("a", 2)], gold) == 1.0
    assert ndcg([("b", 1), ("a", 1)], gold) == pytest.approx(0.6309 / 1.6309, abs=1e-4)
    assert ndcg([("b", page) for page in range(10)] + [("a", 1)], gold) == 0.0


def test_a_sample_is_the_same_for_the_same_seed(tmp_path: Path) -> None:
    filings = read_filings(_written(tmp_path)[0], None, Bad())
    assert sampled(filings, 2) == sampled(list(reversed(filings)), 2)
    assert sampled(filings, None) == sampled(filings, 9) == filings


def test_files_without_pages_or_answers_are_refused(tmp_path: Path) -> None:
    empty = tmp_path / "empty.jsonl"
    empty.write_text("\n")
    with pytest.raises(UsageError, match="no pages"):
        read_filings(empty, None, Bad())
    with pytest.raises(UsageError, match="cannot read"):
        read_cases(tmp_path / "missing.jsonl", Bad())


def test_rare_words_stand_on_one_page_of_all(tmp_path: Path) -> None:
    texts = ["Our Zorbitol sold 48,113 units at Trivand.", "Trivand sold 48,200 and 1,234,567 units.", "Trivand 48,200"]
    path = tmp_path / "pages.jsonl"
    lines = [
        json.dumps({"doc_name": "TRIVAND_2021_10K", "page": page, "text": text}) for page, text in enumerate(texts)
    ]
    path.write_text("\n".join(lines))
    filings = read_filings(path, None, Bad())
    page = ("TRIVAND_2021_10K", 0)
    assert words_of(filings, 1) == {"names": [("Zorbitol", page)], "numbers": [("48,113", page)]}
    systems = {"right": lambda question: [page] if "about" in question else [], "wrong": lambda question: []}
    told = {"asked": 1, "right": 1.0, "wrong": 0.0}
    assert found_among_first(filings, 1, systems) == {"names": told, "numbers": told}
    assert found_among_first([], 1, systems) == {"names": {"asked": 0}, "numbers": {"asked": 0}}
