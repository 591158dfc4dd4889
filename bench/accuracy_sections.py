"""How well items of real filings are found: precision, recall and overlap of text against two recorded extractions.

Two sets, read from the folder of real recordings:

- `filings/sections`: 10-K and 10-Q documents with the items expected and the length of each in the source HTML;
- `filings/edgar_crawler`: 8-K filings of 1994 to 2023 with the text of each item, by another extractor.

An item is *matched* when both sides have it with some text. Precision is matched / found, recall matched / expected,
over all items of a set. *Overlap* of a matched item is the Dice coefficient of its words as multisets,
2 * common / (ours + theirs), a word being a run of letters and digits, case folded; where only a length is expected,
2 * shorter / (ours + theirs). The table gives the mean over matched items, and the overlap of all their words (or
bytes) together. Each item that one side lacks, and each overlap below OVERLAP_LOW, is listed with its reason.

Claim: 0.98 or more in each. Refuted by a figure below it whose misses are ours.

    python -m bench.accuracy_sections --realdata DIR [--json]

Belongs here: the comparison and its table. Not here: finding items (feeds/edgar/sections.py).
"""

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from zipfile import ZipFile

from tauric_assets.feeds.edgar.inspect import inspect_sections

OVERLAP_LOW, CONTAINED = 0.9, 0.98
_WORD = re.compile(r"\w+")


@dataclass
class Score:
    """Counts of one set. `shared` and `both` are words or characters, `overlaps` one number for each matched item."""

    name: str
    documents: int = 0
    expected: int = 0
    found: int = 0
    matched: int = 0
    shared: int = 0
    both: int = 0
    overlaps: list[float] = field(default_factory=list)
    misses: list[str] = field(default_factory=list)

    def add(self, name: str, wanted: set[str], found: Mapping[str, Mapping[str, object]]) -> None:
        """Count the items of one document, and note those that only one side has, with the line that heads ours."""
        self.documents += 1
        self.expected += len(wanted)
        self.found += len(found)
        self.matched += len(wanted & found.keys())
        self.misses += [f"{name}: item {item} expected and not found" for item in sorted(wanted - found.keys())]
        for item in sorted(found.keys() - wanted):
            line = str(found[item]["text"]).partition("\n")[0][:80]
            self.misses.append(f"{name}: item {item} found and not expected: it is there, as {line!r}")

    def overlap(self, name: str, shared: int, ours: int, theirs: int) -> None:
        """Count the overlap of one matched item, and note one that is low with which side has more."""
        overlap = 2 * shared / (ours + theirs)
        self.shared += shared
        self.both += ours + theirs
        self.overlaps.append(overlap)
        if overlap < OVERLAP_LOW:
            reason = "neither holds the other"
            if shared >= CONTAINED * theirs:
                reason = "all expected is in ours; the expected leaves out the rest"
            elif shared >= CONTAINED * ours:
                reason = "all of ours is expected; the expected begins before or ends behind the item"
            self.misses.append(f"{name}: overlap {overlap:.2f}: {ours} found, {theirs} expected: {reason}")

    def figures(self) -> dict[str, object]:
        """The row of the table."""
        return {
            "set": self.name,
            "documents": self.documents,
            "expected": self.expected,
            "found": self.found,
            "matched": self.matched,
            "precision": round(self.matched / max(1, self.found), 4),
            "recall": round(self.matched / max(1, self.expected), 4),
            "overlap_mean": round(sum(self.overlaps) / max(1, len(self.overlaps)), 4),
            "overlap_all": round(2 * self.shared / max(1, self.both), 4),
        }


def score_lengths(folder: Path) -> Score:
    """The 10-K and 10-Q documents with lengths expected. Lengths of 0 mean that there is no such item."""
    score = Score("10-K, 10-Q")
    for path in sorted(folder.glob("*.expected.json")):
        wanted = {
            _item(str(one["identifier"])): int(one["character_count"])
            for one in json.loads(path.read_text())
            if one["character_count"]
        }
        source = path.with_name(path.name.replace(".expected.json", ".html"))
        found = _sections(source.read_bytes(), source.name)
        score.add(source.name, set(wanted), found)
        for item in sorted(wanted.keys() & found.keys()):
            length = int(str(found[item]["source_end"])) - int(str(found[item]["source_start"]))
            score.overlap(f"{source.name}: item {item}", min(length, wanted[item]), length, wanted[item])
    return score


def score_texts(folder: Path) -> Score:
    """The 8-K filings with texts expected."""
    score = Score("8-K")
    with ZipFile(folder / "EXTRACTED_FILINGS__8-K.zip") as answers, ZipFile(folder / "RAW_FILINGS__8-K.zip") as raw:
        bodies = {name.rpartition(".")[0]: name for name in raw.namelist()}
        for name in sorted(one for one in answers.namelist() if one.endswith(".json")):
            wanted = {
                key.removeprefix("item_"): str(text)
                for key, text in json.loads(answers.read(name)).items()
                if key.startswith("item_") and str(text).strip()
            }
            body = bodies[name.removesuffix(".json")]
            found = _sections(raw.read(body), body)
            score.add(body, set(wanted), found)
            for item in sorted(wanted.keys() & found.keys()):
                ours, theirs = _words(str(found[item]["text"])), _words(wanted[item])
                score.overlap(f"{body}: item {item}", (ours & theirs).total(), ours.total(), theirs.total())
    return score


def _sections(body: bytes, name: str) -> dict[str, Mapping[str, object]]:
    """Rows with an item by item; of a whole submission, those of its main document."""
    rows = inspect_sections(body, name).rows.get("filing_sections", [])
    return {str(row["item"]): row for row in rows if row["item"] and row["document_name"] == rows[0]["document_name"]}


def _item(identifier: str) -> str:
    match = re.fullmatch(r"part(\d)item(.*)", identifier)
    return f"{'I' * int(match[1])}.{match[2].upper()}" if match else identifier


def _words(text: str) -> Counter[str]:
    return Counter(_WORD.findall(text.casefold()))


def scores(realdata: Path) -> Iterator[Score]:
    """Every set that is there."""
    yield score_lengths(realdata / "filings" / "sections")
    yield score_texts(realdata / "filings" / "edgar_crawler")


def main() -> None:
    """Print the table, or one JSON object with `--json`; misses go to standard error."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--realdata", type=Path, required=True, help="the folder of real recordings")
    parser.add_argument("--json", action="store_true", help="one JSON object: figures and misses of each set")
    arguments = parser.parse_args()
    made = list(scores(arguments.realdata))
    if arguments.json:
        print(json.dumps([score.figures() | {"misses": score.misses} for score in made], indent=1))
        return
    names = list(made[0].figures())
    print("  ".join(f"{name:>12}" for name in names))
    for score in made:
        print("  ".join(f"{value!s:>12}" for value in score.figures().values()))
    for score in made:
        for miss in score.misses:
            print(miss, file=sys.stderr)


if __name__ == "__main__":
    main()
