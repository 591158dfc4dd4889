"""Labelled sentences out of a person's own file: `sentence@label`, or a table with a text and a label column.

Belongs here: reading, guessing of columns and encodings, what labels mean, duplicates.
Not here: learning from them (trained.py).
"""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from tauric_assets.errors import MalformedDocument, UsageError
from tauric_assets.text.sentiment.models import LABELS

FILE_BYTES_MAX = 500_000_000
FIELD_CHARACTERS_MAX = 1_000_000
TEXT_COLUMNS = ("text", "sentence", "headline", "title", "content", "tweet", "body", "message")
LABEL_COLUMNS = ("label", "sentiment", "polarity", "class", "target", "category")
_NAMES = {"neg": "negative", "neu": "neutral", "pos": "positive", "bearish": "negative", "bullish": "positive"}
_NAMES |= {label: label for label in LABELS}
_NUMBERED = {
    frozenset({"-1", "0", "1"}): {"-1": "negative", "0": "neutral", "1": "positive"},
    frozenset({"0", "1", "2"}): {"0": "negative", "1": "positive", "2": "neutral"},
}
"""Labels by number. 0, 1, 2 are read as bearish, bullish, neutral, as the sets of financial posts write them."""


@dataclass(frozen=True)
class Labelled:
    """Labelled texts, each once.

    Args:
        labels: of `LABELS`.
        guessed: how the file was read, in words.
        left_out: rows that are not here, by reason.
        digest: SHA-256 of the file's bytes.
    """

    texts: tuple[str, ...]
    labels: tuple[str, ...]
    guessed: str
    left_out: dict[str, int]
    digest: str


def read(path: Path) -> Labelled:
    """Read one file.

    Raises: UsageError: no such file, or too large; MalformedDocument: no labelled text in it.
    """
    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            raise UsageError(f"{path}: larger than {FILE_BYTES_MAX} bytes")
        body = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None
    content, encoding = _decoded(body)
    try:
        pairs, how = _pairs(path, content)
    except (csv.Error, json.JSONDecodeError) as error:
        raise MalformedDocument(f"{path}: not a table of texts and labels: {error}") from None
    return _kept(path, pairs, f"{how}, {encoding}", sha256(body).hexdigest())


def together(parts: Sequence[Labelled]) -> Labelled:
    """Several files as one: a text that stands in several counts where it came first."""
    found: dict[str, str] = {}
    left_out: Counter[str] = Counter()
    for part in parts:
        left_out.update(part.left_out)
        for text, label in zip(part.texts, part.labels, strict=True):
            if text in found:
                left_out["repeated"] += 1
            found.setdefault(text, label)
    digest = parts[0].digest if len(parts) == 1 else sha256("".join(part.digest for part in parts).encode()).hexdigest()
    return Labelled(
        tuple(found), tuple(found.values()), "; ".join(part.guessed for part in parts), dict(left_out), digest
    )


def _decoded(body: bytes) -> tuple[str, str]:
    for encoding in ("utf-8-sig", "latin-1"):
        try:
            return body.decode(encoding).replace("\0", ""), encoding.removesuffix("-sig")
        except UnicodeDecodeError:
            continue
    raise AssertionError("latin-1 decodes everything")


def _pairs(path: Path, content: str) -> tuple[list[tuple[str, str]], str]:
    """Text and label of every row, as written, and how they were found. A row without both has an empty one."""
    first = next((line for line in content.splitlines() if line.strip()), "")
    if first.lstrip().startswith("{"):
        rows = [json.loads(line) for line in content.splitlines() if line.strip()]
        rows = [row if isinstance(row, dict) else {} for row in rows]
        text, label = _columns(path, list(rows[0]))
        return [(str(row.get(text, "")), str(row.get(label, ""))) for row in rows], f"JSON lines, {text} and {label}"
    if first.rpartition("@")[2].strip().lower() in _NAMES:
        lines = [line.rpartition("@") for line in content.splitlines() if line.strip()]
        return [(text, label) for text, _, label in lines], "sentence@label"
    separator = "\t" if "\t" in first else ";" if first.count(";") > first.count(",") else ","
    csv.field_size_limit(FIELD_CHARACTERS_MAX)
    table = list(csv.reader(io.StringIO(content, newline=""), delimiter=separator))
    if not table:
        raise MalformedDocument(f"{path}: empty")
    text, label = _columns(path, table[0])
    at, to = table[0].index(text), table[0].index(label)
    width = max(at, to)
    pairs = [(row[at], row[to]) if len(row) > width else ("", "") for row in table[1:] if row]
    return pairs, f"columns {text} and {label}"


def _columns(path: Path, names: Sequence[str]) -> tuple[str, str]:
    found = []
    for wanted in (TEXT_COLUMNS, LABEL_COLUMNS):
        plain = {name.strip().lower(): name for name in reversed(names)}
        column = next((plain[name] for name in wanted if name in plain), None)
        if column is None:
            raise MalformedDocument(f"{path}: neither sentence@label nor a column {' or '.join(wanted[:3])}")
        found.append(column)
    return found[0], found[1]


def _kept(path: Path, pairs: list[tuple[str, str]], how: str, digest: str) -> Labelled:
    meaning = _meaning({label.strip().lower().removesuffix(".0") for _, label in pairs})
    found: dict[str, str] = {}
    left_out: Counter[str] = Counter()
    for text, label in _stripped(pairs):
        known = meaning.get(label.lower().removesuffix(".0"))
        if not text:
            left_out["without text"] += 1
        elif known is None:
            left_out[f"label {label[:20]!r}"] += 1
        elif text in found:
            left_out["repeated"] += 1
        else:
            found[text] = known
    if not found:
        raise MalformedDocument(f"{path}: no row has a text and one of the labels {', '.join(LABELS)}")
    if meaning is not _NAMES:
        how += ", labels " + " ".join(f"{number}={name}" for number, name in sorted(meaning.items()))
    return Labelled(tuple(found), tuple(found.values()), how, dict(left_out.most_common(10)), digest)


def _stripped(pairs: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    return ((" ".join(text.split()), label.strip()) for text, label in pairs)


def _meaning(labels: set[str]) -> dict[str, str]:
    for numbers, meaning in _NUMBERED.items():
        if len(labels & numbers) == len(numbers):
            return meaning
    return _NAMES
