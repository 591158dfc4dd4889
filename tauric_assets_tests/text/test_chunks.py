"""Chunks: exact offsets, sizes, overlap, nothing lost."""

from hashlib import sha256
from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from tauric_assets.tables import table_named
from tauric_assets.text import chunks, documents, grids
from tauric_assets_tests.text.made import NOON, gazetteer, news, posts, sections

LONG = " ".join(f"In quarter {number} the orders of the company rose again." for number in range(60))


def _build(text: str) -> list[dict[str, object]]:
    made = documents.build(sections({"text": text}), news(), posts(), gazetteer())
    built = chunks.build(made)
    assert built.schema == table_named("chunks").schema
    return list(built.to_pylist())


def test_all_columns_of_one_chunk() -> None:
    text = "  Orders rose by a third.\n\nMargins fell.\n"
    (chunk,) = _build(text)
    assert chunk["chunk_id"] == "filing:0001001001-26-000007:nova-10k.htm:4#1"
    assert chunk["document_id"] == "filing:0001001001-26-000007:nova-10k.htm:4"
    assert chunk["text"] == "Orders rose by a third.\n\nMargins fell."
    assert (chunk["start_offset"], chunk["end_offset"], chunk["chunk_number"]) == (2, 40, 1)
    assert chunk["breadcrumb"] == "NOVA 10-K 2026-01-05 › Item 7. Management's Discussion"
    assert chunk["content_sha256"] == sha256(b"Orders rose by a third.\n\nMargins fell.").hexdigest()
    assert (chunk["known_at"], chunk["kind"], chunk["form"]) == (NOON, "filing", "10-K")
    assert (chunk["ciks"], chunk["symbols"], chunk["source"]) == ([1001], ["NOVA"], "documents")


def test_breadcrumbs_of_news_and_posts() -> None:
    built = chunks.build(documents.build(sections(), news({}), posts({}), gazetteer())).to_pylist()
    assert built[0]["breadcrumb"] == "HLX, NOVA news 2026-01-05 › Nova Robotics buys Helio Energy"
    assert built[1]["breadcrumb"] == "NOVA post 2026-01-05"


def test_a_long_paragraph_is_cut_at_sentences_and_the_last_one_is_repeated() -> None:
    made = _build(LONG)
    texts = [str(chunk["text"]) for chunk in made]
    assert len(texts) > 3
    for before, after in pairwise(texts):
        assert before.endswith(".")
        assert after.startswith(before[before.rindex("In quarter") :])


def test_paragraphs_stay_whole_where_they_fit_and_are_not_repeated() -> None:
    paragraph = " ".join(f"Sentence {number} says a little more than the one before it did." for number in range(9))
    found = chunks.passages("\n\n".join([paragraph] * 4))
    assert len(found) == 4
    assert all(end - start == len(paragraph) and not context for start, end, context in found)


def test_a_sentence_over_several_lines_is_one_sentence() -> None:
    texts = [str(chunk["text"]) for chunk in _build(LONG.replace(" of the", "\nof the"))]
    for before, after in pairwise(texts):
        assert after.startswith(before[before.rindex("In quarter") :])


def test_rules_and_letters_that_english_has_not_count_one_piece_each() -> None:
    sizes = {"_" * 69: 69, "Compañía": 4, "四半期": 3, "net sales 2023": 3, "81,797": 3}
    assert {text: chunks.pieces(text, (0, len(text))) for text in sizes} == sizes


HEAD = "CONSOLIDATED STATEMENTS OF OPERATIONS\n(In millions, except per share amounts)\nYears ended\n2025\t2024"


def _table(rows: int) -> str:
    return "\n".join(
        [HEAD, *(f"Revenue of segment {n}\t$ {n},{n + 100}\t$ ({n},{n + 150})" for n in range(1, rows + 1))]
    )


def test_a_table_that_fits_is_never_cut_and_keeps_caption_and_unit() -> None:
    table = _table(7)
    text = f"{LONG}\nThe segments did as follows.\n{table}\n{LONG}"
    found = chunks.passages(text)
    (holding,) = [(start, end) for start, end, _ in found if "segment 3" in text[start:end]]
    assert table in text[slice(*holding)]
    assert not any(context for _, _, context in found)


def test_a_long_table_is_cut_between_rows_and_each_chunk_knows_unit_and_periods() -> None:
    text = f"{LONG}\n{_table(60)}\nA closing word."
    inside = [one for one in chunks.passages(text) if "Revenue of segment" in text[one.start : one.end]]
    assert len(inside) > 3
    for number, (start, end, context) in enumerate(inside):
        said = f"{context}\n{text[start:end]}"
        assert "(In millions" in said and "2025\t2024" in said
        assert bool(context) == (number > 0)
        assert chunks.pieces(said, (0, len(said))) <= chunks.PIECES_MAX
        assert all(line.count("\t") in {0, 2} for line in text[start:end].split("\n")[4 if not number else 0 :])
    rows = [line for start, end, _ in inside for line in text[start:end].split("\n") if line.startswith("Revenue")]
    assert rows == [line for line in text.split("\n") if line.startswith("Revenue")]


def test_a_label_on_a_line_of_its_own_stays_with_its_row() -> None:
    rows = "\n".join(f"Segment {n}, which is one of several\n{n},{n + 100}\t{n},{n + 150}" for n in range(1, 60))
    text = f"(In thousands)\n2025\t2024\n{rows}"
    for start, end, _ in chunks.passages(text):
        lines = [line for line in text[start:end].split("\n") if line.startswith("Segment") or line[:1].isdigit()]
        assert lines[-1].count("\t") == 1
        assert "Segment" in next(line for line in lines if not line.startswith("20"))


def test_lists_and_headings_in_cells_are_no_tables() -> None:
    text = "Item 1.\tBusiness\n•\tWe make robots.\n•\tWe sell robots.\n2025\t2024\nWe did well."
    assert grids.grids(text) == []
    assert chunks.passages(text) == chunks.passages(text.replace("\t", " "))


def test_the_context_of_a_row_is_part_of_its_content() -> None:
    made = _build(_table(60))
    assert {bool(chunk["context"]) for chunk in made} == {True, False}
    for chunk in made:
        said = f"{chunk['context']}{chunk['text']}"
        assert chunk["content_sha256"] == sha256(said.encode()).hexdigest()


_WORDS = st.text(st.characters(codec="utf-8", categories=["L", "N", "P"]), min_size=1, max_size=12)
_TEXTS = st.lists(
    st.tuples(
        st.one_of(_WORDS, st.just("word " * 150), st.just("x" * 3_000)),
        st.sampled_from([" ", ". ", "\n", "\n\n", "\t", "\t1,234\t5\n", "\n(in millions)\n2025\t2024\n"]),
    ),
    max_size=80,
).map(lambda parts: "".join(part for pair in parts for part in pair))


@given(text=_TEXTS)
@example(text=f"{'word ' * 150}\t1,234\t5\n0\t")
def test_chunks_are_in_order_within_size_and_cover_every_letter(text: str) -> None:
    found = chunks.passages(text)
    covered = 0
    for start, end, context in found:
        assert 0 <= start < end <= len(text)
        assert text[start:end] == text[start:end].strip() != ""
        assert not text[covered:start].strip(), "a gap between two chunks holds text"
        assert chunks.pieces(text, (start, end)) + chunks.pieces(context, (0, len(context))) <= chunks.PIECES_MAX
        assert end > covered
        covered = end
    assert not text[covered:].strip()
    assert [start for start, _, _ in found] == sorted({start for start, _, _ in found})
