"""Chunks out of documents: passages of about 200 word pieces, cut at paragraphs and sentences, for embedding.

A chunk is one unbroken stretch of its document: `text[start_offset:end_offset]`. A chunk that starts inside a paragraph
begins with the last sentence of the chunk before, so that nothing said across a border is lost. A table that fits into
a chunk is never cut; a longer one is cut between rows, and each chunk behind the first carries the table's head, with
unit and periods, as its `context`.

Belongs here: where to cut. Not here: which texts are documents (documents.py), where tables are (grids.py), embedding
(embedders.py).
"""

import re
from collections.abc import Iterator
from hashlib import sha256
from itertools import pairwise
from typing import NamedTuple

import pyarrow as pa

from tauric_assets.tables import Row, table_named, to_arrow
from tauric_assets.text.grids import Grid, cut, grids
from tauric_assets.times import day_of_ns

PIECES_MAX = 200
"""Word pieces in a chunk, the repeated sentence included. Small sentence models read 256, the breadcrumb included."""

CONTEXT_PIECES_MAX = 60
"""Word pieces of a table's head that are repeated; of a longer one, its last lines."""

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


class Passage(NamedTuple):
    """Where a chunk is, in characters, end exclusive; and what must be known to read it: a table's head, or nothing."""

    start: int
    end: int
    context: str = ""


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
        for number, (start, end, context) in enumerate(passages(text), start=1):
            passage = text[start:end]
            rows.append(
                carried
                | {
                    "chunk_id": f"{document['document_id']}#{number}",
                    "context": context,
                    "text": passage,
                    "chunk_number": number,
                    "start_offset": start,
                    "end_offset": end,
                    "content_sha256": sha256(f"{context}{passage}".encode()).hexdigest(),
                }
            )
    return to_arrow(table_named("chunks"), rows)


def embedded(breadcrumb: str, context: str, text: str) -> str:
    """What of a chunk is embedded. Company and form are in the breadcrumb, often in no other word of it."""
    return "\n".join((breadcrumb, context, text) if context else (breadcrumb, text))


def passages(text: str) -> list[Passage]:
    """Where the chunks of `text` are: in order, each of at most `PIECES_MAX` pieces, its context included."""
    found: list[Passage] = []
    current: list[Sized] = []
    for block in _blocks(text):
        if isinstance(block, Grid):
            found += [_whole(current)] if current else []
            found += _of_long_table(text, block)
            current = []
            continue
        # A block that does not fit starts a chunk of its own, unless that would leave a chunk less than half full.
        if current and _total(current) + _total(block) > PIECES_MAX and _total(current) * 2 >= PIECES_MAX:
            found.append(_whole(current))
            current = []
        for place, sentence in enumerate(block):
            if _total(current) + sentence[1] > PIECES_MAX:
                found.append(_whole(current))
                current = current[-1:] if place and _repeats(current, sentence) else []
            current.append(sentence)
    return [*found, _whole(current)] if current else found


def _blocks(text: str) -> Iterator[list[Sized] | Grid]:
    """Paragraphs as their sentences, a table that fits as one sentence, a longer one as it is."""
    at = 0
    for grid in [*grids(text), None]:
        for paragraph in _PARAGRAPH.finditer(text, at, grid.start if grid else len(text)):
            yield list(_sentences(text, *paragraph.span()))
        if grid is not None:
            whole = grid.start, grid.end
            size = pieces(text, whole)
            yield [(whole, size)] if size <= PIECES_MAX else grid
            at = grid.end


def _of_long_table(text: str, grid: Grid) -> Iterator[Passage]:
    """The head with as many rows as fit, then more rows, each time with the head as context."""
    above, head = list[Span](), [(line, pieces(text, line)) for line in grid.head]
    while head and _total(head) > CONTEXT_PIECES_MAX:
        above.append(head.pop(0)[0])
    context = "\n".join(text[slice(*line)] for line, _ in head)
    room = PIECES_MAX - _total(head)
    for line in above:  # what is not repeated stands once, before the table
        yield from (Passage(*part) for part in _parts(text, *line))
    for number, group in enumerate(cut(grid.rows, [pieces(text, row) for row in grid.rows], room)):
        start = head[0][0][0] if head and not number else group[0][0]
        span = start, group[-1][1]
        if pieces(text, span) <= (room if number else PIECES_MAX):
            yield Passage(*span, context if number else "")
        else:  # one row longer than a chunk
            yield from (Passage(*part) for part in _parts(text, *span))


def _repeats(current: list[Sized], sentence: Sized) -> bool:
    """Whether a new chunk with `sentence` begins with the last one of `current`: where that is short and both fit."""
    last = current[-1][1]
    return len(current) > 1 and last <= min(_OVERLAP_PIECES_MAX, PIECES_MAX - sentence[1])


def _total(sentences: list[Sized]) -> int:
    return sum(size for _, size in sentences)


def _whole(sentences: list[Sized]) -> Passage:
    return Passage(sentences[0][0][0], sentences[-1][0][1])


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
