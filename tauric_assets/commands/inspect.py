"""`tauric inspect`: a raw document as canonical rows, one JSON object a line.

Belongs here: reading files, printing rows and what was quarantined.
Not here: parsing (feeds/).
"""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from tauric_assets.commands.rendering import json_line
from tauric_assets.commands.terminal import OUT, say
from tauric_assets.errors import MalformedDocument, UsageError
from tauric_assets.feeds.capture import inspect_capture, inspect_feed
from tauric_assets.feeds.contract import Parsed
from tauric_assets.feeds.edgar.inspect import inspect_ownership, inspect_submission
from tauric_assets.tables import TABLES

STANDARD_INPUT = "-"
BYTES_MAX = {"ownership": 12_000_000}
"""Longer files are not read into memory, by kind; kinds without a limit here read every length."""
KINDS = ("ownership", "submission", "feed", "capture")


def inspect(kind: str, files: Sequence[str], venue: str | None) -> bool:
    """Print the rows of each file. Columns that only the lake fills (`date`, `ingested_at`) are null.

    Returns: whether everything could be parsed; what could not is named on standard error.
    Raises: UsageError: no such kind, or a file that cannot be read.
    """
    parser = _parser(kind, venue)
    whole = True
    for name in files:
        try:
            parsed = parser(_read(name, BYTES_MAX.get(kind)), name)
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
    if kind == "feed":
        return inspect_feed
    if kind == "capture":
        return lambda body, name: inspect_capture(body, venue, name)
    raise UsageError(f"cannot inspect {kind!r}; there are: {', '.join(KINDS)}")


def _read(name: str, bytes_max: int | None) -> bytes:
    """The bytes of a file or of standard input.

    Raises: UsageError: it cannot be read; MalformedDocument: it is longer than `bytes_max`.
    """
    wanted = -1 if bytes_max is None else bytes_max + 1
    try:
        if name == STANDARD_INPUT:
            body = sys.stdin.buffer.read(wanted)
        else:
            with Path(name).open("rb") as file:
                body = file.read(wanted)
    except OSError as error:
        raise UsageError(f"cannot read {name}: {error.strerror}") from None
    if bytes_max is not None and len(body) > bytes_max:
        raise MalformedDocument(f"longer than {bytes_max} bytes", str(bytes_max))
    return body


def _print(parsed: Parsed, name: str) -> None:
    for table, rows in parsed.rows.items():
        blank = dict.fromkeys(TABLES[table].schema.names)
        for row in rows:
            OUT.file.write(json_line({"table": table} | blank | {"source": name} | row) + "\n")
    OUT.file.flush()
