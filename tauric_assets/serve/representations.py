"""Rows written down: JSON, JSON lines, CSV, Arrow, Parquet, and which of them a request wants.

Decimals are exact JSON numbers without trailing zeros, instants are integers (nanoseconds), days `YYYY-MM-DD`, bytes
base64. In CSV lists and structs are JSON text, null is an empty field and empty text is `""`.

Belongs here: media types, encoding. Not here: HTTP headers, which rows.
Source: RFC 9110 section 12.5.1 (Accept), read 2026-11.
"""

import base64
import dataclasses
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any, Literal

import pyarrow as pa
import simplejson
from pyarrow import csv, parquet

from tauric_assets.errors import UsageError

Form = Literal["json", "ndjson", "csv", "arrow", "parquet"]

MEDIA_TYPES: dict[Form, str] = {
    "json": "application/json",
    "ndjson": "application/x-ndjson",
    "csv": "text/csv",
    "arrow": "application/vnd.apache.arrow.stream",
    "parquet": "application/vnd.apache.parquet",
}


def wanted_form(accept: str) -> Form | None:
    """The form an Accept header prefers among ours, JSON where it does not care; None where it wants another."""
    if not accept.strip():
        return "json"
    best: tuple[float, int, Form] | None = None
    for place, part in enumerate(accept.split(",")):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        quality = next((_quality(piece[2:]) for piece in parameters if piece.startswith("q=")), 1.0)
        form = next((form for form, media_type in MEDIA_TYPES.items() if _matches(name, media_type)), None)
        if form is not None and quality > 0 and (best is None or (quality, -place) > best[:2]):
            best = (quality, -place, form)
    return best[2] if best else None


def encode(rows: pa.Table, form: Form, told: Mapping[str, object]) -> bytes:
    """`rows` in `form`; in JSON inside an object, as `rows`, after what else is `told`."""
    return _ENCODERS[form](rows, told)


def to_json(value: object) -> bytes:
    """Any answer as JSON, with the same spelling of values as `encode`."""
    text: str = simplejson.dumps(
        value, default=_plain, use_decimal=False, ignore_nan=True, ensure_ascii=False, separators=(",", ":")
    )
    return text.encode()


def json_rows(rows: pa.Table) -> list[dict[str, object]]:
    """Rows as dicts for `to_json`."""
    names = rows.column_names
    columns = [_spelled(rows.column(place)) for place in range(rows.num_columns)]
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


def _spelled(column: "pa.ChunkedArray[Any]") -> list[object]:
    values: list[object] = column.to_pylist()
    if pa.types.is_decimal(column.type):
        return [None if value is None else _plain(value) for value in values]
    return values


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return simplejson.RawJSON(_decimal_text(value))
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, date):
        return value.isoformat()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    raise TypeError(f"no JSON for {type(value).__name__}")


def _decimal_text(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _encode_json(rows: pa.Table, told: Mapping[str, object]) -> bytes:
    return to_json({**told, "rows": json_rows(rows)})


def _encode_lines(rows: pa.Table, told: Mapping[str, object]) -> bytes:
    return b"".join(to_json(row) + b"\n" for row in json_rows(rows))


def _encode_csv(rows: pa.Table, told: Mapping[str, object]) -> bytes:
    columns = [_flat(rows.column(place)) for place in range(rows.num_columns)]
    output = BytesIO()
    csv.write_csv(pa.table(columns, names=rows.column_names), output)
    return output.getvalue()


def _flat(column: "pa.ChunkedArray[Any]") -> "pa.ChunkedArray[Any] | pa.Array[Any]":
    """The column as CSV can hold it."""
    if pa.types.is_decimal(column.type):
        return pa.array([None if value is None else _decimal_text(value) for value in column.to_pylist()], pa.string())
    if pa.types.is_nested(column.type) or pa.types.is_binary(column.type):
        values = (None if value is None else to_json(value).decode() for value in column.to_pylist())
        return pa.array(list(values), pa.string())
    return column


def _encode_arrow(rows: pa.Table, told: Mapping[str, object]) -> bytes:
    output = BytesIO()
    with pa.ipc.new_stream(output, rows.schema) as stream:
        stream.write_table(rows)
    return output.getvalue()


def _encode_parquet(rows: pa.Table, told: Mapping[str, object]) -> bytes:
    output = BytesIO()
    parquet.write_table(rows, output, compression="zstd")
    return output.getvalue()


_ENCODERS: dict[Form, Callable[[pa.Table, Mapping[str, object]], bytes]] = {
    "json": _encode_json,
    "ndjson": _encode_lines,
    "csv": _encode_csv,
    "arrow": _encode_arrow,
    "parquet": _encode_parquet,
}


def _quality(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise UsageError(f"cannot read q={text!r} in Accept: write a number from 0 to 1") from None


def _matches(pattern: str, media_type: str) -> bool:
    if pattern.endswith("/*"):
        return pattern == "*/*" or media_type.startswith(pattern[:-1])
    return pattern == media_type
