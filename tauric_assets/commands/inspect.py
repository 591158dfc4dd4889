"""`tauric inspect`: a raw document as canonical rows, one JSON object a line.

Belongs here: reading files, printing rows and what was quarantined.
Not here: parsing (feeds/).
"""

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path

from tauric_assets.commands.rendering import json_line
from tauric_assets.commands.terminal import OUT, say
from tauric_assets.errors import MalformedDocument, UsageError
from tauric_assets.feeds.capture import inspect_capture, inspect_feed
from tauric_assets.feeds.contract import Parsed
from tauric_assets.feeds.edgar.inspect import (
    inspect_facts,
    inspect_institutions,
    inspect_ownership,
    inspect_profile,
    inspect_sections,
    inspect_submission,
)
from tauric_assets.tables import TABLES

STANDARD_INPUT = "-"
KINDS = ("ownership", "submission", "sections", "facts", "profile", "institutions", "feed", "capture")
DOCUMENT_BYTES_MAX = 64_000_000
BYTES_MAX: dict[str, int | None] = {"ownership": 12_000_000, "capture": None}
"""Longest file that is read, by kind, where it is not DOCUMENT_BYTES_MAX; a capture may be as long as it likes."""


def inspect(kind: str, files: Sequence[str], venue: str | None) -> bool:
    """Print the rows of each file. Columns that only the lake fills (`date`, `ingested_at`) are null.

    Returns: whether everything could be parsed; what could not is named on standard error.
    Raises: UsageError: no such kind, or a file that cannot be read.
    """
    parser = _parser(kind, venue)
    whole = True
    for name in files:
        try:
            parsed = parser(_read(name, BYTES_MAX.get(kind, DOCUMENT_BYTES_MAX)), name)
        except MalformedDocument as error:
            say(f"{name}: quarantined: {error}" + (f" at {error.position}" if error.position else ""))
            whole = False
            continue
        _print(parsed, name)
        for reject in parsed.rejects:
            say(f"{name}: quarantined: {reject.reason} at {reject.position}")
            whole = False
    return whole


def _parser(kind: str, venue: str | None) -> Callable[[bytes, str], Parsed]:
    if kind == "ownership":
        return inspect_ownership
    if kind == "submission":
        return inspect_submission
    if kind == "facts":
        return inspect_facts
    if kind == "profile":
        return inspect_profile
    if kind == "sections":
        return inspect_sections
    if kind == "institutions":
        return inspect_institutions
    if kind == "feed":
        return inspect_feed
    if kind == "capture":
        return lambda body, name: inspect_capture(body, venue, name)
    raise UsageError(f"cannot inspect {kind!r}; there are: {', '.join(KINDS)}")


def _read(name: str, limit: int | None) -> bytes:
    """The bytes of a file or of standard input; of one that is too long, no more than shows it.

    Raises: UsageError: it cannot be read; MalformedDocument: longer than `limit`.
    """
    try:
        with nullcontext(sys.stdin.buffer) if name == STANDARD_INPUT else Path(name).open("rb") as file:
            if limit is None:
                return file.read()
            too_long = os.fstat(file.fileno()).st_size > limit
            body = b"" if too_long else file.read(limit + 1)
            if too_long or len(body) > limit:
                raise MalformedDocument(f"longer than {limit:,} bytes", str(limit))
            return body
    except OSError as error:
        raise UsageError(f"cannot read {name}: {error.strerror}") from None


def _print(parsed: Parsed, name: str) -> None:
    for table, rows in parsed.rows.items():
        blank = dict.fromkeys(TABLES[table].schema.names)
        for row in rows:
            OUT.file.write(json_line({"table": table} | blank | {"source": name} | row) + "\n")
    OUT.file.flush()
