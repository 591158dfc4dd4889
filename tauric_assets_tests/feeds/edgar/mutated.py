"""Real JSON damaged on purpose: bytes, digits, words, structure.

Belongs here: mutations of JSON documents. Not here: what a parser must make of them (the tests).
"""

import json
import random
import re
from typing import Any

_NUMBER = re.compile(rb"(?<=[:,\[])-?\d+(?:\.\d+)?(?=[,\]}])")
_STRANGE: tuple[Any, ...] = (
    None, True, "", "NaN", -1, 0, 1.5, 10**30, "9999-99-99", "0001-01-01", "2026-02-30", [], {}, [[]], {"a": []},
    "\ud800", "\x00", "é" * 500, "<br>",
)  # fmt: skip
_NUMBERS = (b"NaN", b"-Infinity", b"1e999999", b"9" * 5_000, b"-0", b"0.1e-400", b"1" * 40, b"12.5", b"null")


def mutated(body: bytes, dice: random.Random) -> bytes:
    """`body` damaged once or twice."""
    for _ in range(dice.randint(1, 2)):
        body = dice.choice((_bytes, _cut, _number, _number, _value, _value, _value, _value))(body, dice)
    return body


def _bytes(body: bytes, dice: random.Random) -> bytes:
    changed = bytearray(body)
    for _ in range(dice.randint(1, 3)):
        if changed:
            changed[dice.randrange(len(changed))] = dice.randrange(256)
    return bytes(changed)


def _cut(body: bytes, dice: random.Random) -> bytes:
    start = dice.randrange(len(body) + 1)
    return body[:start] + body[min(len(body), start + dice.choice((1, 10, 1_000, len(body)))) :]


def _number(body: bytes, dice: random.Random) -> bytes:
    found = list(_NUMBER.finditer(body))
    if not found:
        return body
    match = dice.choice(found)
    return body[: match.start()] + dice.choice(_NUMBERS) + body[match.end() :]


def _value(body: bytes, dice: random.Random) -> bytes:
    """Some value, somewhere in the tree, becomes another, or its name does, or it is gone or there twice."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return body
    here: Any = document
    while isinstance(here, dict | list) and here:
        place = dice.choice(list(here)) if isinstance(here, dict) else dice.randrange(len(here))
        inner = here[place]
        if isinstance(inner, dict | list) and inner and dice.random() < 0.85:
            here = inner
            continue
        what = dice.randrange(8)
        if what == 0:
            del here[place]
        elif what == 1 and isinstance(here, list):
            here.insert(place, inner)
        elif what == 2 and isinstance(here, dict):
            here[f"{place}?"] = here.pop(place)
        else:
            here[place] = dice.choice(_STRANGE)
        break
    return json.dumps(document).encode()
