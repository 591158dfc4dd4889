"""Chunks out of documents: passages of about 200 word pieces, cut at paragraphs and sentences, for embedding.

A chunk is one unbroken stretch of its document: `text[start_offset:end_offset]`. A chunk that starts inside a paragraph
begins with the last sentence of the chunk before, so that nothing said across a border is lost.

Belongs here: where to cut. Not here: which texts are documents (documents.py), embedding (embedders.py).
"""

import re
from collections.abc import Iterator
from hashlib import sha256
from itertools import pairwise

import pyarrow as pa

from tauric_assets.tables import Row, table_named, to_arrow
from tauric_assets.times import day_of_ns

PIECES_MAX = 200
"""Word pieces in a chunk, the repeated sentence included. Small sentence models read 256, the breadcrumb included."""

_OVERLAP_PIECES_MAX = 40
# What a model's tokenizer makes of it, roughly: six letters or digits, one mark, one letter that English has not.
_PIECE = re.compile(r"[A-Za-z0-9]{1,6}|[^\W_A-Za-z0-9]|[^\w\s]|_")
_PARAGRAPH = re.compile(r"\S.*?(?=\n\s*\n|\Z)", re.DOTALL)
# A line is a sentence of its own (headings, lists, tables) unless the next one goes on in small letters.
_SENTENCE = re.compile(r"\S.*?(?:[.!?]['\")\]”’]*(?=\s+[\"'(“‘]?[A-Z0-9])|(?=\n(?!\s*[a-z]))|\Z)", re.DOTALL)
_WORDS = re.compile(r"\S+")

Span = tuple[int, int]
Sized = tuple[Span, int]
"""A sentence and how many pieces it has."""


def build(documents: pa.Table) -> pa.Table:
    """Chunks rows, in the order of the documents; `chunk_id` is `document_id#n`, n from 1.

    `ingested_at` is left null: whoever stores the rows stamps it.

    Args:
        documents: rows of `documents`, several versions of one document included.
    Returns: rows of `chunks`.
    """
    rows: list[Row] = []
    for document in documents.to_pylist():
        text = document["text"] or ""
        carried = {
            name: document[name]
            for name in ("date", "ts_event", "known_at", "known_at_quality", "document_id", "kind", "form", "ciks")
        }
        carried |= {"fiscal_year": document["fiscal_year"], "fiscal_period": document["fiscal_period"]}
        carried |= {"symbols": document["symbols"], "url": document["url"], "source": "documents"}
        carried["breadcrumb"] = _breadcrumb(document)
        for number, (start, end) in enumerate(spans(text), start=1):
            passage = text[start:end]
            rows.append(
                carried
                | {
                    "chunk_id": f"{document['document_id']}#{number}",
                    "text": passage,
                    "chunk_number": number,
                    "start_offset": start,
                    "end_offset": end,
                    "content_sha256": sha256(passage.encode()).hexdigest(),
                }
            )
    return to_arrow(table_named("chunks"), rows)


def spans(text: str) -> list[Span]:
    """Where the chunks of `text` are: [start, end) in characters, in order, each of at most `PIECES_MAX` pieces."""
    found: list[Span] = []
    current: list[Sized] = []
    for paragraph in _PARAGRAPH.finditer(text):
        sentences = list(_sentences(text, *paragraph.span()))
        wanted = sum(size for _, size in sentences)
        # A paragraph that does not fit starts a chunk of its own, unless that would leave a chunk less than half full.
        if current and _total(current) + wanted > PIECES_MAX and _total(current) * 2 >= PIECES_MAX:
            found.append(_whole(current))
            current = []
        for place, sentence in enumerate(sentences):
            if _total(current) + sentence[1] > PIECES_MAX:
                found.append(_whole(current))
                current = current[-1:] if place and _repeats(current, sentence) else []
            current.append(sentence)
    return [*found, _whole(current)] if current else found


def _repeats(current: list[Sized], sentence: Sized) -> bool:
    """Whether a new chunk with `sentence` begins with the last one of `current`: where that is short and both fit."""
    last = current[-1][1]
    return len(current) > 1 and last <= min(_OVERLAP_PIECES_MAX, PIECES_MAX - sentence[1])


def _total(sentences: list[Sized]) -> int:
    return sum(size for _, size in sentences)


def _whole(sentences: list[Sized]) -> Span:
    return sentences[0][0][0], sentences[-1][0][1]


def _sentences(text: str, start: int, end: int) -> Iterator[Sized]:
    """Every sentence of a paragraph, those longer than a chunk in several parts."""
    for sentence in _SENTENCE.finditer(text, start, end):
        span = sentence.start(), sentence.start() + len(sentence[0].rstrip())
        size = pieces(text, span)
        if size <= PIECES_MAX:
            yield span, size
        else:
            yield from ((part, pieces(text, part)) for part in _parts(text, *span))


def _parts(text: str, start: int, end: int) -> Iterator[Span]:
    """A sentence cut between words, so that no part exceeds `PIECES_MAX`."""
    part_start, part_end, size = start, start, 0
    for word_start, word_end in _short_words(text, start, end):
        added = pieces(text, (word_start, word_end))
        if size + added > PIECES_MAX:
            yield part_start, part_end
            part_start, size = word_start, 0
        part_end = word_end
        size += added
    yield part_start, part_end


def _short_words(text: str, start: int, end: int) -> Iterator[Span]:
    """Every word; one that is longer than a chunk (an address, encoded bytes) in several pieces."""
    for word in _WORDS.finditer(text, start, end):
        cuts = [piece.start() for piece in _PIECE.finditer(text, *word.span())][::PIECES_MAX]
        yield from pairwise([*cuts, word.end()])


def pieces(text: str, span: Span) -> int:
    """How many word pieces a stretch of `text` has, estimated without a tokenizer."""
    return len(_PIECE.findall(text, *span))


def _breadcrumb(document: Row) -> str:
    """What a passage is from, for people and for embedding: filings have it as title, others get kind and day."""
    if document["kind"] == "filing":
        return str(document["title"])
    start = (
        f"{', '.join(document['symbols'])} " if isinstance(document["symbols"], list) and document["symbols"] else ""
    )
    label = f"{start}{document['kind']} {day_of_ns(int(str(document['ts_event'])))}"
    return f"{label} › {document['title']}" if document["kind"] == "news" else label
