"""The form of a document that came without its submission: from what it says on its cover, or from its file's name.

    <ix:nonNumeric name="dei:DocumentType" …>10-Q</ix:nonNumeric>     inline XBRL says it
    FORM 10-K / CURRENT REPORT                                        so does the cover of a form
    10-K_IBM_0000051143-24-000012.html, d435686d8k.htm                and so do many names

Belongs here: guessing a form. Not here: headers of submissions, which say it (header.py).
"""

import re

_COVER_BYTES = 400_000
_COVER_CHARACTERS = 6_000
_DASH = r"\s?[-–—‑]?\s?"
_FORMS = rf"10{_DASH}K(?:SB|T|405)?|10{_DASH}Q(?:SB|T)?|8{_DASH}K|20{_DASH}F|6{_DASH}K|40{_DASH}F"
_OTHER_FORMS = (
    rf"(?:[SF]|N(?:-?[A-Z]{{2,4}})?)-\d{{1,2}}[A-Z]?|11{_DASH}K|1[05](?!{_DASH}[KQ])|T-\d|\d{{2,3}}[A-Z]-?\d?"
)
_DECLARED = re.compile(
    rb"""name=["']dei:DocumentType["'][^>]{0,2000}>(?:\s{0,9}<[^>]{0,500}>){0,9}\s{0,9}([0-9A-Z-]{2,12}(?:/A)?)\s{0,9}<"""
)
_NAMED_FORM = re.compile(rf"\bform\s*(?:(?P<form>{_FORMS})|{_OTHER_FORMS})\b(?P<amended>\s?/\s?A\b)?", re.IGNORECASE)
_NAMED_REPORT = (
    (re.compile(r"\bquarterly report (?:pursuant|under)", re.IGNORECASE), "10-Q"),
    (re.compile(r"\bannual report (?:pursuant|under)", re.IGNORECASE), "10-K"),
    (re.compile(r"\bcurrent report\b", re.IGNORECASE), "8-K"),
    (re.compile(r"\breport of foreign (?:private )?issuer", re.IGNORECASE), "6-K"),
)
_NAMED = re.compile(rf"(?<![a-z0-9])(?P<form>{_FORMS})(?![a-z0-9])", re.IGNORECASE)
_IN_NAME = re.compile(rf"(?P<form>{_FORMS})(?![a-z]{{3}})", re.IGNORECASE)


def guess_form(name: str, body: bytes, text: str) -> str:
    """The form of a bare document, e.g. `10-Q`; empty where nothing tells.

    Args:
        name: its file name, with or without folders.
        body: its bytes; `text`: as a reader sees them.
    """
    if declared := _DECLARED.search(body[:_COVER_BYTES]):
        return declared[1].decode("ascii")
    file_name = name.replace("\\", "/").rpartition("/")[2]
    if named := _NAMED.search(file_name):
        return _written(named["form"])
    cover = text[:_COVER_CHARACTERS]
    if told := _NAMED_FORM.search(cover):
        return "" if told["form"] is None else _written(told["form"]) + ("/A" if told["amended"] else "")
    for pattern, form in _NAMED_REPORT:
        if pattern.search(cover):
            return form
    hinted = _IN_NAME.search(file_name)
    return _written(hinted["form"]) if hinted else ""


def _written(form: str) -> str:
    """`10 – k` and `10k` as `10-K`."""
    letters = "".join(character for character in form.upper() if character.isalnum())
    digits = 1 if letters[0] in "68" else 2
    return f"{letters[:digits]}-{letters[digits:]}"
