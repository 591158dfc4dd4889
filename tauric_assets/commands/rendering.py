"""Canonical rows as text: JSON lines, CSV, a table for people.

Belongs here: how each type of value is written. Not here: where rows come from.
"""

import base64
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

import pyarrow as pa
import simplejson

from tauric_assets.commands.terminal import OUT, show_table

Format = Literal["table", "csv", "json", "arrow"]
CELL_CHARACTERS_MAX = 80
COLUMN_CHARACTERS_MIN = 16
"""Narrower columns fold cells too often to be read: rows are then blocks, a line for each column."""


def json_line(row: Mapping[str, object]) -> str:
    """One row as a JSON object on one line: decimals as exact numbers, days as YYYY-MM-DD, bytes as base64."""
    told = {key: plain(value) for key, value in row.items()}
    text: str = simplejson.dumps(told, use_decimal=True, ensure_ascii=False, allow_nan=False)
    return text


def write_object(told: Mapping[str, object]) -> None:
    """One JSON object on standard output."""
    OUT.file.write(json_line(told) + "\n")
    OUT.file.flush()


def plain(value: object) -> object:
    """A column value as JSON can say it."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else value.normalize()
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return None
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return value


def write_table(table: pa.Table, form: Format) -> None:
    """Write a result to standard output in the wanted form; `arrow` is an IPC stream."""
    if form == "table":
        rows = [[_cell(value) for value in row.values()] for row in table.to_pylist()]
        if _is_too_wide(table.column_names, rows):
            _show_blocks(table.column_names, rows)
        else:
            numeric = [field.name for field in table.schema if _is_number(field.type)]
            show_table(table.column_names, rows, right=numeric)
        OUT.print(f"[dim]{table.num_rows:,} rows[/dim]")
    elif form == "json":
        for row in table.to_pylist():
            OUT.file.write(json_line(row) + "\n")
    elif form == "csv":
        table.to_pandas().to_csv(OUT.file, index=False)
    else:
        with pa.ipc.new_stream(OUT.file.buffer, table.schema) as stream:  # type: ignore[attr-defined]
            stream.write_table(table)
    OUT.file.flush()


def _is_too_wide(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Whether cells would have to be folded into columns too narrow to read."""
    widths = [max(map(len, cells)) + 2 for cells in zip(columns, *rows, strict=True)]
    return sum(widths) - 2 > OUT.width and OUT.width < len(columns) * COLUMN_CHARACTERS_MIN


def _show_blocks(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    wide = max(map(len, columns))
    for row in rows:
        for name, cell in zip(columns, row, strict=True):
            OUT.print(f"{name:<{wide}}  {cell}".rstrip(), markup=False, soft_wrap=True)
        OUT.print()


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="milliseconds")
    text = str(plain(value)).replace("\n", " ")
    return text if len(text) <= CELL_CHARACTERS_MAX else text[: CELL_CHARACTERS_MAX - 1] + "…"
