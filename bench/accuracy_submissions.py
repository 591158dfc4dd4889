"""Claim: every recorded submission, of any year, splits into its documents without a byte lost, and says who and when.

Counted, not timed: bytes that lie in exactly one span, documents against the `</DOCUMENT>` tags there are, uuencoded
bodies that decode whole, headers that name their parties and their acceptance. Refuted by any difference.
Belongs here: reading the recordings and the table. Not here: timings.

    python -m bench.accuracy_submissions --realdata DIR [--json]
"""

import argparse
import binascii
import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from html import unescape
from itertools import pairwise
from pathlib import Path
from zipfile import ZipFile

from tauric_assets.errors import MalformedDocument
from tauric_assets.feeds.edgar.header import Header, parse_header
from tauric_assets.feeds.edgar.submission import Submission, has_opening, split_submission

FOLDERS = ("cassette", "secedgar", "sec_edgar_downloader", "edgartools")
SUFFIXES = frozenset({".txt", ".nc"})
_NUMBER = re.compile(r"\d{10}-\d{2}-\d{6}", re.ASCII)
_UUENCODED = re.compile(rb"^begin [0-7]{3,4} [^\r\n]*\r?\n(.*?)^end\b", re.DOTALL | re.MULTILINE)
_BOTH_SHAPES = re.compile(r"<!--\s*(<SEC-HEADER>.*?)</SEC-HEADER>\s*-->.*?<PRE>(.*?)&lt;/SEC-HEADER", re.DOTALL)


@dataclass
class Tally:
    """What was counted in one set of files.

    Args:
        bytes_accounted: bytes that lie in the header, in one document, or in one span between them.
        documents_expected: `</DOCUMENT>` tags in the files.
        uuencoded, uuencoded_whole: encoded bodies, and those that decode to their `end`.
        accepted, estimated: files that are known from an acceptance time, and from a date alone.
        former_names: former names with the date of change, over all parties.
        problems: what went wrong, one line each.
    """

    name: str
    files: int = 0
    bytes: int = 0
    bytes_accounted: int = 0
    documents: int = 0
    documents_expected: int = 0
    uuencoded: int = 0
    uuencoded_whole: int = 0
    accepted: int = 0
    estimated: int = 0
    parties: int = 0
    files_without_party: int = 0
    former_names: int = 0
    problems: list[str] = field(default_factory=list)


def measure(realdata: Path) -> list[Tally]:
    """One tally for each set of recordings, and one over all of them, named `all`."""
    tallies = [
        _count(f"{folder.parent.name}/{folder.name}", _files(folder))
        for folder in _folders(realdata)
        if folder.is_dir()
    ]
    archive = realdata / "filings" / "edgar_crawler" / "RAW_FILINGS__8-K.zip"
    if archive.is_file():
        tallies.append(_count("filings/edgar_crawler", _archived(archive)))
    total = Tally("all")
    for tally in tallies:
        for name, value in asdict(tally).items():
            if name != "name":
                setattr(total, name, getattr(total, name) + value)
    return [*tallies, total]


def measure_headers(realdata: Path) -> tuple[int, int, list[str]]:
    """Headers recorded alone: how many are read, how many are there in both shapes, and which shapes disagree."""
    read, both, problems = 0, 0, []
    for path in sorted((realdata / "edgar_index" / "edgartools").glob("*")):
        text = path.read_text("utf-8", "replace")
        if path.suffix == ".html" and (match := _BOTH_SHAPES.search(text)):
            tagged, lined = parse_header(match[1]), parse_header(unescape(match[2]))
            read, both = read + 2, both + 1
            if _essence(tagged) != _essence(lined):
                problems.append(f"{path.name}: {_essence(tagged)} but {_essence(lined)}")
        elif path.suffix == ".txt" and "ACCESSION NUMBER:" in text:
            header = parse_header(text)
            read += 1
            if not header.parties:
                problems.append(f"{path.name}: no party")
    return read, both, problems


def main() -> None:
    """Print the table, or JSON with `--json`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--realdata", type=Path, required=True, help="the folder of recordings")
    parser.add_argument("--json", action="store_true")
    words = parser.parse_args()
    tallies, (read, both, problems) = measure(words.realdata), measure_headers(words.realdata)
    if words.json:
        headers = {"read": read, "in_both_shapes": both, "problems": problems}
        print(json.dumps({"submissions": [asdict(tally) for tally in tallies], "headers": headers}, indent=2))
        return
    print("| files | n | documents | bytes accounted | uuencoded, whole | accepted / dated | parties | former names |")
    print("|---|---|---|---|---|---|---|---|")
    for one in tallies:
        print(
            f"| {one.name} | {one.files} | {one.documents} of {one.documents_expected} "
            f"| {one.bytes_accounted} of {one.bytes} | {one.uuencoded_whole} of {one.uuencoded} "
            f"| {one.accepted} / {one.estimated} | {one.parties} | {one.former_names} |"
        )
    print(f"\nheaders alone: {read} read, {both} of them in both shapes, {len(problems)} problems")
    for problem in (*tallies[-1].problems, *problems):
        print(problem)


def _folders(realdata: Path) -> list[Path]:
    return [*(realdata / "filings" / name for name in FOLDERS), realdata / "form4" / "edgartools"]


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.iterdir()):
        if path.suffix in SUFFIXES:
            yield path.name, path.read_bytes()


def _archived(archive: Path) -> Iterator[tuple[str, bytes]]:
    with ZipFile(archive) as raw:
        for name in sorted(raw.namelist()):
            body = raw.read(name)
            if has_opening(body):
                yield name, body


def _count(name: str, files: Iterator[tuple[str, bytes]]) -> Tally:
    tally = Tally(name)
    for file, body in files:
        tally.files += 1
        tally.bytes += len(body)
        tally.documents_expected += body.count(b"</DOCUMENT>")
        number = _NUMBER.search(file)
        try:
            split = split_submission(body, number[0] if number else "")
        except MalformedDocument as error:
            tally.problems.append(f"{file}: {error}")
            continue
        _add(tally, file, split)
    return tally


def _add(tally: Tally, file: str, split: Submission) -> None:
    pieces = [(0, split.header_end), *((one.start, one.end) for one in split.documents), *split.between]
    pieces = sorted(piece for piece in pieces if piece[0] < piece[1])
    if pieces[0][0] != 0 or any(left[1] != right[0] for left, right in pairwise(pieces)):
        tally.problems.append(f"{file}: spans overlap or leave a hole")
    else:
        tally.bytes_accounted += pieces[-1][1]
    tally.documents += len(split.documents)
    for document in split.documents:
        for match in _UUENCODED.finditer(document.body):
            tally.uuencoded += 1
            tally.uuencoded_whole += _decodes(match[1])
    known = split.known_at()
    tally.accepted += known is not None and known[1] == "source"
    tally.estimated += known is not None and known[1] == "estimated"
    tally.parties += len(split.parties)
    tally.files_without_party += not split.parties
    tally.former_names += sum(one.changed_on is not None for party in split.parties for one in party.former)


def _decodes(lines: bytes) -> bool:
    try:
        for line in filter(None, lines.splitlines()):
            length = (line[0] - 32) & 63
            binascii.a2b_uu(line[: (length * 4 + 5) // 3])  # some encoders leave anything behind the last byte
    except binascii.Error:
        return False
    return True


def _essence(header: Header) -> tuple[object, ...]:
    """What both shapes of one header must agree on."""
    return (header.accession_number, header.form, header.accepted_at, header.filing_date, header.items, header.parties)


if __name__ == "__main__":
    main()
