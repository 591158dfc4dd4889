"""Claim: bad EDGAR input is quarantined with a reason within 2 seconds and 200 MB of memory, start of Python included.

Each case is written to a file and read by the real command in a process of its own. Refuted by a case that takes
longer, needs more, ends in a traceback, or is not told on standard error.
Belongs here: the cases. Not here: comparisons (harness.py), tests of what each reason says.

    python -m bench.hostile [--json]
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

MEGABYTE = 1_000_000
PROJECT = Path(__file__).resolve().parent.parent
_RUN = (
    "import atexit, os, sys\n"
    "def told():\n"
    "    peak = [line for line in open('/proc/self/status') if line.startswith('VmHWM')][0]\n"
    "    sys.stderr.write(f'peak {peak.split()[1]} {sum(os.times()[:2])}\\n')\n"
    "atexit.register(told)\n"
    "from tauric_assets.cli import main\n"
    "main()\n"
)
_HEAD = (
    b"<SEC-DOCUMENT>0001000001-26-000001.txt : 20260105\n<SEC-HEADER>0001000001-26-000001.hdr.sgml : 20260105\n"
    b"<ACCEPTANCE-DATETIME>20260105160730\nACCESSION NUMBER:\t\t0001000001-26-000001\n"
    b"CONFORMED SUBMISSION TYPE:\t%s\nCONFORMED PERIOD OF REPORT:\t20251231\nFILED AS OF DATE:\t\t20260105\n"
    b"\nFILER:\n\n\tCOMPANY DATA:\t\n\t\tCOMPANY CONFORMED NAME:\t\t\tNova Corp\n"
    b"\t\tCENTRAL INDEX KEY:\t\t\t0001000001\n</SEC-HEADER>\n"
)
_TAIL = b"</SEC-DOCUMENT>\n"
_LINE_OF_UUENCODED = b"M" + b"A" * 60 + b"\n"


@dataclass(frozen=True)
class Outcome:
    """What the command made of one case. `reason` is its last line on standard error; `exit_code` 1 is quarantined.

    Args:
        seconds: wall clock, which other work on the machine lengthens; `cpu_seconds`: the process's own.
    """

    case: str
    exit_code: int
    seconds: float
    cpu_seconds: float
    megabytes: float
    reason: str


def cases() -> Iterator[tuple[str, str, Callable[[Path], None]]]:
    """Name, kind of `tauric inspect`, and what writes the file."""
    whole = _submission(b"8-K", [(b"8-K", b"a.htm", b"<p>Item 8.01 Other Events</p><p>Lamps.</p>")])
    noise = random.Random(7).randbytes(5 * MEGABYTE)
    table = (
        b'<?xml version="1.0" encoding="UTF-8"?>\n<informationTable><infoTable><nameOfIssuer>SOCI\xc9T\xc9'
        b"</nameOfIssuer></infoTable></informationTable>"
    )
    bomb = b"<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'>%s]>\n<informationTable>&a9;</informationTable>" % b"".join(
        b"<!ENTITY a%d '%s'>" % (n, b"&a%s;" % (b"%d" % (n - 1) if n else b"") * 10) for n in range(10)
    )
    page = b"Item 8.01 Other Events. Lamps.".decode().encode("utf-16")
    many = b"".join(_document(b"EX-99", b"", b"x") for _ in range(200_000))
    yield "truncated submission", "submission", lambda path: _write(path, whole[:-40])
    yield "empty file", "submission", lambda path: _write(path, b"")
    yield "binary instead of a submission", "submission", lambda path: _write(path, noise)
    yield "binary inside a document", "submission", lambda path: _write(path, _of(b"8-K", b"a.htm", noise))
    yield "UTF-16 inside a document", "submission", lambda path: _write(path, _of(b"8-K", b"a.htm", page * 50))
    yield "Latin-1 that says it is UTF-8", "institutions", lambda path: _write(path, _of(b"13F-HR", b"t.xml", table))
    yield "XML bomb", "institutions", lambda path: _write(path, _of(b"13F-HR", b"t.xml", bomb))
    yield "200,000 documents", "submission", lambda path: _write(path, _HEAD % b"8-K" + many + _TAIL)
    yield "300 MB submission", "submission", _write_long
    yield "300 MB without any tag", "submission", lambda path: _write_sparse(path, 300 * MEGABYTE)


def measure() -> list[Outcome]:
    """Every case through the command, one after the other."""
    outcomes = []
    with tempfile.TemporaryDirectory() as folder:
        for number, (name, kind, write) in enumerate(cases()):
            path = Path(folder) / f"{number}.txt"
            write(path)
            outcomes.append(_run(name, kind, path))
            path.unlink()
    return outcomes


def main() -> None:
    """Print the table, or JSON with `--json`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    words = parser.parse_args()
    outcomes = measure()
    if words.json:
        print(json.dumps([asdict(one) for one in outcomes], indent=2))
        return
    print("| case | exit | seconds | of them CPU | MB | told |\n|---|---|---|---|---|---|")
    for one in outcomes:
        figures = f"{one.exit_code} | {one.seconds:.2f} | {one.cpu_seconds:.2f} | {one.megabytes:.0f}"
        print(f"| {one.case} | {figures} | {one.reason} |")


def _run(name: str, kind: str, path: Path) -> Outcome:
    words = [sys.executable, "-c", _RUN, "inspect", kind, str(path)]
    started = time.perf_counter()
    done = subprocess.run(words, cwd=PROJECT, capture_output=True, text=True, timeout=120)
    seconds = time.perf_counter() - started
    *told, measured = done.stderr.strip().splitlines()
    _, peak, cpu = measured.split()
    reason = told[-1].replace(f"{path}: ", "") if told else ""
    return Outcome(name, done.returncode, seconds, float(cpu), int(peak) / 1_000, reason)


def _document(kind: bytes, name: bytes, body: bytes) -> bytes:
    return b"<DOCUMENT>\n<TYPE>%s\n<FILENAME>%s\n<TEXT>\n%s\n</TEXT>\n</DOCUMENT>\n" % (kind, name, body)


def _submission(form: bytes, documents: list[tuple[bytes, bytes, bytes]]) -> bytes:
    return _HEAD % form + b"".join(_document(*one) for one in documents) + _TAIL


def _of(form: bytes, name: bytes, body: bytes) -> bytes:
    return _submission(form, [(form, name, body)])


def _write(path: Path, body: bytes) -> None:
    path.write_bytes(body)


def _write_long(path: Path) -> None:
    opening, closing = _document(b"GRAPHIC", b"a.jpg", b"begin 644 a.jpg\n|end").split(b"|")
    with path.open("wb") as file:
        file.write(_HEAD % b"8-K" + opening)
        for _ in range(300):
            file.write(_LINE_OF_UUENCODED * (MEGABYTE // len(_LINE_OF_UUENCODED)))
        file.write(closing + _TAIL)


def _write_sparse(path: Path, size: int) -> None:
    with path.open("wb") as file:
        file.truncate(size)


if __name__ == "__main__":
    main()
