"""Ownership documents meant to hurt, and real ones damaged: told within two seconds and 200 MB, accounted for."""

import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import tauric_assets
from tauric_assets.errors import MalformedDocument
from tauric_assets.feeds.edgar.inspect import inspect_ownership
from tauric_assets.feeds.edgar.ownership import BYTES_MAX, LINES_MAX, REPORTS, parse_ownership
from tauric_assets.tables import table_named, to_arrow
from tauric_assets_tests.feeds.edgar.made import HOLDING, ownership, submission, transaction

GOOD = ownership(transaction(), HOLDING)
SECONDS_MAX, BYTES_OF_MEMORY_MAX = 2.0, 200_000_000
CASES = 4_000

INSPECT = """
import re, sys, time
from pathlib import Path
from tauric_assets.commands.inspect import inspect
started = time.perf_counter()
whole = inspect("ownership", [sys.argv[1]], None)
seconds = time.perf_counter() - started
kilobytes = re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]
print(f"{whole} {seconds:.3f} {int(kilobytes) * 1024}")
"""
"""The peak is read from /proc: `ru_maxrss` of a child begins at what its parent held."""


def bomb() -> bytes:
    """A billion laughs."""
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    text = GOOD.replace("<ownershipDocument>", f'<!DOCTYPE x [<!ENTITY a0 "ha">{entities}]><ownershipDocument>')
    return text.replace("Doe Jane", "&a9;").encode()


def quadratic() -> bytes:
    """One long entity, used often."""
    text = GOOD.replace("<ownershipDocument>", f'<!DOCTYPE x [<!ENTITY a "{"a" * 50_000}">]><ownershipDocument>')
    return text.replace("Doe Jane", "&a;" * 50_000).encode()


def external() -> bytes:
    """A file of this machine as an entity, and a parameter entity."""
    doctype = '<!DOCTYPE x [<!ENTITY % p SYSTEM "file:///etc/hostname"> %p; <!ENTITY e SYSTEM "file:///etc/hostname">]>'
    text = GOOD.replace("<ownershipDocument>", doctype + "<ownershipDocument>")
    return text.replace("Doe Jane", "&e;").encode()


def footnotes() -> bytes:
    """One long footnote, cited by everything."""
    cited = '<footnoteId id="F1"/>' * 20_000
    return GOOD.replace("Bought under a plan.", "long " * 80_000).replace('<footnoteId id="F1"/>', cited).encode()


def owners() -> bytes:
    """A long name, repeated by every line."""
    line = transaction()
    return GOOD.replace(line, line * 400).replace("Doe Jane", "Jane " * 40_000).encode()


def wrapped(inside: bytes) -> bytes:
    return b"<ownershipDocument>" + inside + b"</ownershipDocument>"


BAD: dict[str, Callable[[], bytes]] = {
    "a bomb of entities": bomb,
    "a long entity used often": quadratic,
    "external entities": external,
    "the longest dense tree": lambda: (
        b"<ownershipDocument>" + b"<a/>" * ((BYTES_MAX - 50) // 4) + b"</ownershipDocument>"
    ),
    "many empty lines": lambda: ownership("<nonDerivativeTransaction/>" * (LINES_MAX + 1)).encode(),
    "many unknown lines": lambda: ownership("<x/>" * 200_000).encode(),
    "one footnote cited by everything": footnotes,
    "one name repeated by every line": owners,
    "deep nesting": lambda: wrapped(b"<a>" * 100_000 + b"</a>" * 100_000),
    "a long attribute": lambda: GOOD.replace('id="F2"', f'id="{"F" * 11_000_000}"').encode(),
    "another charset than declared": lambda: GOOD.replace("Doe Jane", "Döe Jane").encode("latin-1"),
    "a charset nobody has": lambda: GOOD.replace('"1.0"', '"1.0" encoding="no-such"').encode(),
    "half a document": lambda: GOOD.encode()[:700],
    "binary": lambda: bytes(range(256)) * 4_000,
    "nothing": lambda: b"",
    "a submission without the document": lambda: submission(form="4"),
    "a submission cut off": lambda: submission(form="4")[:-40],
}


@pytest.mark.slow
@pytest.mark.parametrize("make", BAD.values(), ids=BAD)
def test_bad_input_is_quarantined_with_a_reason_in_bounded_time_and_memory(
    make: Callable[[], bytes], tmp_path: Path
) -> None:
    path = tmp_path / "bad.xml"
    path.write_bytes(make())
    check(path)


@pytest.mark.slow
def test_300_mb_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "long.xml"
    line = transaction().encode()
    start, end = GOOD.encode().split(line)
    with path.open("wb") as file:
        file.write(start)
        for _ in range(300):
            file.write(line * (1_000_000 // len(line)))
        file.write(end)
    check(path)


def check(path: Path) -> None:
    """Inspect `path` in a process of its own."""
    command = [sys.executable, "-c", INSPECT, str(path)]
    surroundings = os.environ | {"PYTHONPATH": str(Path(tauric_assets.__file__).parents[1])}
    ran = subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=60, cwd=path.parent, env=surroundings
    )
    whole, seconds, memory = ran.stdout.split()[-3:]
    assert whole == "False"
    assert f"{path}: quarantined: " in ran.stderr
    assert "Traceback" not in ran.stderr
    assert float(seconds) < SECONDS_MAX
    assert int(memory) < BYTES_OF_MEMORY_MAX
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("declared", ["windows-1252", "iso-8859-1", "utf-8", "utf-16"])
def test_a_declared_charset_is_read(declared: str) -> None:
    text = GOOD.replace('"1.0"', f'"1.0" encoding="{declared}"').replace("Doe Jane", "Döe Jane")
    [row] = parse_ownership(text.encode(declared), "", 1, "source", None).rows[REPORTS]
    assert row["owner_names"] == ["Döe Jane", "Doe Trust"]


def damaged(body: bytes, dice: random.Random, others: list[bytes]) -> bytes:
    """`body` with a few bytes changed, cut, doubled, or exchanged for a piece of another document."""
    changed = bytearray(body)
    for _ in range(dice.randint(1, 6)):
        at, size = dice.randrange(len(changed) or 1), dice.choice([1, 1, 3, 20, 400])
        kind = dice.randrange(6)
        if kind == 0:
            changed[at : at + 1] = bytes([dice.randrange(256)])
        elif kind == 1:
            del changed[at : at + size]
        elif kind == 2:
            changed[at:at] = changed[at : at + size]
        elif kind == 3:
            other = dice.choice(others)
            start = dice.randrange(len(other))
            changed[at : at + size] = other[start : start + size]
        elif kind == 4:
            changed[at:at] = dice.choice(TOKENS).replace(b"_", b" ")
        else:
            digit = changed.find(dice.choice(b"0123456789>").to_bytes(), at)
            changed[digit : digit + 1] = dice.choice(TOKENS)
    return bytes(changed)


TOKENS = (
    b"<value> </value> <footnoteId_id='F1'/> <nonDerivativeTransaction> </nonDerivativeTransaction> <issuer> "
    b"</ownershipDocument> <ownershipDocument_xmlns='u'> &#0; &#x110000; &x; <![CDATA[ ]]> <!-- --> <? \x00 \xff\xfe "
    b"\xed\xa0\x80 \xe2\x80\xae 1e309 NaN -1 99999999999999999999999999 0.0000000000001 9999-12-31 0000-00-00 true _"
).split()
"""What is put in; `_` stands for a space."""


@pytest.mark.slow
@pytest.mark.realdata
def test_damaged_recordings_give_rows_rejects_or_malformed_and_nothing_else(realdata: Path) -> None:
    files = [path for path in sorted((realdata / "form4").rglob("*")) if path.suffix in {".xml", ".nc", ".txt"}]
    bodies = [path.read_bytes() for path in files]
    small = [body for body in bodies if len(body) < 12_000]
    dice = random.Random(20_260_105)
    read = malformed = rejected = 0
    for number in range(CASES):
        body = damaged(dice.choice(small if number % 8 else bodies), dice, small)
        try:
            parsed = inspect_ownership(body, f"{number}.xml")
        except MalformedDocument as error:
            malformed += 1
            assert str(error)
            continue
        read += 1
        rejected += bool(parsed.rejects)
        assert parsed.records == parsed.row_count + len(parsed.rejects) + parsed.ignored
        assert all(reject.reason and reject.raw and reject.position for reject in parsed.rejects)
        for table, rows in parsed.rows.items():
            assert to_arrow(table_named(table), rows).num_rows == len(rows)
    assert min(read, malformed) > CASES / 20
    assert rejected > 10
