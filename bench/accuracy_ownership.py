"""Claim: every line of every recorded Form 3, 4 and 5 is read as edgartools reads it, but for differences listed here.

Peer: edgartools, offline (peer.py). Compared, line by line: issuer CIK, owner CIKs, transaction date, code, shares,
price, acquired or disposed, shares after, direct or indirect. edgartools does not read every field of every kind of
line (derivative holdings have no shares after); what it does not read is not compared. Each difference is printed with
the XML that shows who is right.

Belongs here: reading the same document twice and comparing. Not here: speed (edgar.py), what is right (the tests).
"""

import argparse
import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from types import ModuleType

from bench.peer import edgartools
from tauric_assets.feeds.edgar.inspect import inspect_ownership
from tauric_assets.feeds.edgar.markup import bare_xml
from tauric_assets.feeds.edgar.rows import ownership_document
from tauric_assets.feeds.edgar.submission import has_opening, split_submission
from tauric_assets.tables import Row

SUFFIXES = (".xml", ".nc", ".txt")
ELEMENTS = {
    "date": "transactionDate",
    "code": "transactionCode",
    "shares": "transactionShares",
    "price": "transactionPricePerShare",
    "acquired_disposed": "transactionAcquiredDisposedCode",
    "shares_after": "sharesOwnedFollowingTransaction",
    "direct_indirect": "directOrIndirectOwnership",
}
_FOOTNOTES = re.compile(r"\s*\[[^\]]*\]$")

Line = dict[str, object]
"""Compared fields of one line, by name."""


@dataclass(frozen=True)
class Difference:
    """One field on which the two do not agree. `line` counts within its kind from 1; 0 means the whole document.

    `xml` is what the document says there.
    """

    file: str
    kind: str
    line: int
    field: str
    ours: str
    theirs: str
    xml: str


@dataclass
class Comparison:
    """What was compared, and on what the two do not agree."""

    files: int = 0
    rows: int = 0
    fields: Counter[str] = field(default_factory=Counter)
    differences: list[Difference] = field(default_factory=list)


def documents(realdata: Path) -> Iterator[tuple[str, bytes]]:
    """Every recorded ownership document, bare or in its submission, with its path below `realdata`."""
    for path in sorted((realdata / "form4").rglob("*")):
        if path.suffix in SUFFIXES:
            yield str(path.relative_to(realdata)), path.read_bytes()


def bare(body: bytes) -> bytes:
    """The ownership XML of a file.

    Raises: ValueError: a submission without any.
    """
    if not has_opening(body):
        return bare_xml(body)
    document = ownership_document(split_submission(body))
    if document is None:
        raise ValueError("no ownership document in this submission")
    return bare_xml(document.body)


def ours(body: bytes, name: str) -> dict[str, list[Line]]:
    """What we read: lines by kind, in document order."""
    parsed = inspect_ownership(body, name)
    if parsed.rejects:
        raise ValueError(f"{name}: {parsed.rejects[0].reason}")
    lines: dict[str, list[Line]] = {}
    for table, rows in parsed.rows.items():
        for row in rows:
            kind = f"{'derivative' if row['derivative'] else 'nonDerivative'}{_KIND_OF[table]}"
            lines.setdefault(kind, []).append(_our_line(row))
    return lines


_KIND_OF = {"insider_transactions": "Transaction", "insider_holdings": "Holding"}


def _our_line(row: Row) -> Line:
    return {
        "issuer_cik": row["issuer_cik"],
        "owner_ciks": row["owner_ciks"],
        "date": row.get("transaction_date"),
        "code": row.get("transaction_code"),
        "shares": row.get("shares"),
        "price": row.get("price"),
        "acquired_disposed": row.get("acquired_disposed"),
        "shares_after": row["shares_owned_following"],
        "direct_indirect": row["direct_indirect"],
    }


def theirs(xml: bytes, ownership: ModuleType) -> dict[str, list[Line]]:
    """What edgartools reads: lines by kind, in document order, only the fields it knows for that kind."""
    read = ownership.Ownership.parse_xml(xml.decode("utf-8"))
    shared = {
        "issuer_cik": int(read["issuer"].cik),
        "owner_ciks": [int(owner.cik) for owner in read["reporting_owners"].owners],
    }
    lines: dict[str, list[Line]] = {}
    for kind, table in (("nonDerivative", read["non_derivative_table"]), ("derivative", read["derivative_table"])):
        if table.has_transactions:
            records = table.transactions.data.to_dict("records")
            lines[f"{kind}Transaction"] = [shared | _their_transaction(record) for record in records]
        if table.has_holdings:
            records = table.holdings.data.to_dict("records")
            lines[f"{kind}Holding"] = [shared | _their_holding(record) for record in records]
    return lines


def _their_transaction(record: Mapping[str, object]) -> Line:
    return {
        "date": _text(record["Date"]),
        "code": _text(record["Code"]),
        "shares": _number(record["Shares"]),
        "price": _number(record["Price"]),
        "acquired_disposed": _text(record["AcquiredDisposed"]),
        "shares_after": _number(record["Remaining"]),
        "direct_indirect": _text(record["DirectIndirect"]),
    }


def _their_holding(record: Mapping[str, object]) -> Line:
    if "Direct" in record:
        return {
            "shares_after": _number(record["Shares"]),
            "direct_indirect": "D" if record["Direct"] == "Yes" else "I",
        }
    return {"direct_indirect": _text(record["DirectIndirect"])}


def _text(value: object) -> str | None:
    """Text without the footnote marks that edgartools puts behind some values."""
    return (_FOOTNOTES.sub("", value) or None) if isinstance(value, str) else None


def _number(value: object) -> float | str | None:
    """A number as edgartools has it: binary, or text where one value of the column is no number."""
    if isinstance(value, str):
        text = _text(value)
        try:
            return float(Decimal(text)) if text else None
        except InvalidOperation:
            return text
    if value is None:
        return None
    number = float(value)  # type: ignore[arg-type]
    return None if math.isnan(number) else number


def _same(mine: object, other: object) -> bool:
    if isinstance(mine, Decimal):
        return float(mine) == other
    if isinstance(mine, date):
        return mine.isoformat() == other
    return mine == other


def compare(files: Iterator[tuple[str, bytes]]) -> Comparison:
    """Read each document both ways."""
    found = Comparison()
    with edgartools("edgar.ownership") as (ownership,):
        for name, body in files:
            xml = bare(body)
            found.files += 1
            _compare_document(name, xml, ours(body, name), theirs(xml, ownership), found)
    return found


def _compare_document(
    name: str, xml: bytes, mine: Mapping[str, list[Line]], other: Mapping[str, list[Line]], found: Comparison
) -> None:
    for kind in sorted({*mine, *other}):
        left, right = mine.get(kind, []), other.get(kind, [])
        found.rows += len(left)
        if len(left) != len(right):
            told = f"{xml.count(f'<{kind}>'.encode())} times <{kind}>"
            found.differences.append(Difference(name, kind, 0, "lines", str(len(left)), str(len(right)), told))
            continue
        for number, (our_line, their_line) in enumerate(zip(left, right, strict=True), start=1):
            for key, value in their_line.items():
                found.fields[key] += 1
                if not _same(our_line[key], value):
                    said = _element(xml, kind, number, key)
                    told = Difference(name, kind, number, key, str(our_line[key]), str(value), said)
                    found.differences.append(told)


def _element(xml: bytes, kind: str, number: int, key: str) -> str:
    """The element behind a field, as the document has it."""
    lines = re.findall(rf"<{kind}>.*?</{kind}>".encode(), xml, re.DOTALL)
    if number > len(lines) or key not in ELEMENTS:
        return ""
    name = ELEMENTS[key]
    match = re.search(rf"<{name}>.*?</{name}>|<{name}\s*/>".encode(), lines[number - 1], re.DOTALL)
    return " ".join(match[0].decode("utf-8", "replace").split()) if match else f"no <{name}>"


def main(words: Sequence[str] | None = None) -> None:
    """Print the comparison; with `--json` as one object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--realdata", type=Path, required=True, help="folder of real recordings; reads form4/ in it")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(words)
    found = compare(documents(given.realdata))
    if given.json:
        print(json.dumps(asdict(found), indent=1))
        return
    compared = f"{found.files} files, {found.rows} rows, {found.fields.total()} fields"
    print(f"{compared} compared, {len(found.differences)} differences")
    for name, count in found.fields.items():
        print(f"  {name:<18} {count:>6} compared, {sum(d.field == name for d in found.differences)} differ")
    for one in found.differences:
        print(f"{one.file} {one.kind} {one.line} {one.field}: ours {one.ours}, theirs {one.theirs}\n    {one.xml}")


if __name__ == "__main__":
    main()
