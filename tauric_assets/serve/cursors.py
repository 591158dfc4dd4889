"""Where a reader of pages has come to, as opaque text: the question, the instant, the versions and the offset.

Belongs here: packing and unpacking. Not here: reading the page (reading.py).
"""

import base64
import binascii
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tauric_assets.errors import UsageError
from tauric_assets.serve.reading import Question

CURSOR_CHARACTERS_MAX = 1_000


class Cursor(BaseModel):
    """What the next page goes on from."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    question: str
    as_of: Annotated[int, Field(gt=-(2**63), lt=2**63)]
    versions: dict[str, Annotated[int, Field(ge=-1, lt=2**31)]]
    offset: Annotated[int, Field(ge=0, lt=2**63)]

    @property
    def text(self) -> str:
        """For the reader to hand back."""
        return base64.urlsafe_b64encode(self.model_dump_json().encode()).decode().rstrip("=")


def parse_cursor(text: str, question: Question) -> Cursor:
    """Read a cursor handed back with the question it was given for.

    Raises: UsageError: it is none of ours, or belongs to another question.
    """
    try:
        padded = text[:CURSOR_CHARACTERS_MAX] + "=" * (-len(text) % 4)
        cursor = Cursor.model_validate_json(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValidationError, binascii.Error, ValueError):
        raise UsageError("this is no cursor of ours: hand back next_cursor as it was") from None
    tables = {question.table, "instruments"} if question.symbols else {question.table}
    if cursor.question != question.digest or set(cursor.versions) != tables:
        raise UsageError("this cursor belongs to another question: change nothing but limit and format between pages")
    return cursor
