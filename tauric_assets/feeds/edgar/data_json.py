"""JSON of data.sec.gov: decoded within limits, so that whatever comes gives values or one kind of error.

Belongs here: what companyfacts and submissions lists share. Not here: what their fields mean (facts.py, profile.py).
"""

import json
from typing import cast

from tauric_assets.errors import MalformedDocument

JSON_BYTES_MAX = 32_000_000
_RAW_CHARACTERS_MAX = 4_096


def decode_object(body: bytes, what: str) -> dict[str, object]:
    """A JSON object whose numbers are their own text, so that one absurd number costs no other.

    Args:
        what: named in errors.
    Raises: MalformedDocument: longer than JSON_BYTES_MAX, not UTF-8, not JSON, nested too deeply, or no object.
    """
    if len(body) > JSON_BYTES_MAX:
        raise MalformedDocument(f"{what} longer than {JSON_BYTES_MAX} bytes", "0")
    try:
        document = json.loads(body.decode(), parse_float=str, parse_int=str, parse_constant=str)
    except RecursionError:
        raise MalformedDocument(f"{what}: JSON is nested too deeply", "0") from None
    except json.JSONDecodeError as error:
        raise MalformedDocument(f"{what}: not JSON: {error.msg}", f"{error.lineno}:{error.colno}") from None
    except UnicodeDecodeError as error:
        raise MalformedDocument(f"{what}: not UTF-8", str(error.start)) from None
    if not isinstance(document, dict):
        raise MalformedDocument(f"{what}: no JSON object", "0")
    return cast("dict[str, object]", document)


def read_cik(value: object) -> int:
    """A CIK as lists write it, with or without leading zeros.

    Raises: ValueError: no number of one to ten digits above zero.
    """
    text = value.strip() if isinstance(value, str) else ""
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and int(text)):
        raise ValueError(f"{str(value)[:40]!r} is not a CIK")
    return int(text)


def raw_of(value: object) -> bytes:
    """A decoded record as JSON again, for the quarantine; numbers as texts."""
    return json.dumps(value, ensure_ascii=True)[:_RAW_CHARACTERS_MAX].encode()
