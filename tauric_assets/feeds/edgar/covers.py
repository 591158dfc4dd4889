"""The cover pages of a Schedule 13D or 13G in HTML or plain text, as filed until December 2024.

    1.   Names of Reporting Persons.            each row of the cover is a label that the form prescribes, and what
         Elon R. Musk                           the filer put between it and the next label, beside or below
    5 .  Sole Voting Power
         31,466,379 (See Item 4(a) below)

Labels are found by their words, wherever a line breaks, and only in the order of the form; row numbers, boxes and the
margin (`NUMBER OF SHARES BENEFICIALLY OWNED BY EACH REPORTING PERSON WITH`) are not relied upon.

Belongs here: which label is where, and what stands between them. Pure text in, texts out.
Not here: HTML (prose.py), numbers (figures.py), rows of a table (beneficial.py).

Specification: 17 CFR 240.13d-101 (Schedule 13D) and 240.13d-102 (Schedule 13G), their cover pages.
"""

import re
from dataclasses import dataclass
from itertools import pairwise

COVERS_MAX = 2_000
SEGMENT_CHARACTERS_MAX = 4_000

_SEE = r"(?:\s*\(\s*see\s+instructions?[^)]{0,40}\))?[\s*:]*"
_ROW = r"(?:\s*(?:the\s*)?(?:amounts?\s*in\s*)?row\s*\(?\s*\d{1,2}\s*\)?)?"
_LABELS: tuple[tuple[str, str], ...] = (
    ("group", r"(?:check\s*(?:the\s*)?appropriate\s*box\s*)?if\s*(?:a\s*)?member\s*of\s*a\s*group"),
    ("sec", r"sec\s*use\s*only"),
    ("source", r"source\s*of\s*funds"),
    (
        "legal",
        r"check\s*(?:the\s*)?(?:box\s*)?if\s*disclosure\s*of\s*legal\s*proceedings[^.\n]{0,40}(?:\n[^\n]{0,60})?",
    ),
    ("citizenship", r"citizenship\s*(?:or|of|and)\s*place\s*of\s*organi[sz]ation"),
    ("sole_voting_power", r"sole\s*(?:voting\s*power|power\s*to\s*vote)"),
    ("shared_voting_power", r"share[ds]?\s*(?:voting\s*power|power\s*to\s*vote)"),
    ("sole_dispositive_power", r"sole\s*(?:dispositive\s*power|power\s*to\s*dispose)"),
    ("shared_dispositive_power", r"share[ds]?\s*(?:dispositive\s*power|power\s*to\s*dispose)"),
    (
        "aggregate_amount",
        r"aggregate\s*amount\s*(?:beneficially\s*)?owned(?:\s*by(?:\s*each)?(?:\s*reporting)?\s*person)?",
    ),
    ("excludes", rf"check\s*(?:the\s*)?(?:appropriate\s*)?(?:box\s*)?if\s*(?:the\s*)?aggregate\s*amount{_ROW}"),
    ("percent_of_class", rf"percent(?:age)?\s*of\s*(?:class|series)\s*represented(?:\s*by)?{_ROW}"),
    ("person_types", r"types?\s*of\s*reporting\s*persons?"),
)
_ORDER = {name: place for place, (name, _) in enumerate(_LABELS)}
_LABEL = re.compile("|".join(f"(?P<{name}>{pattern}){_SEE}" for name, pattern in _LABELS), re.IGNORECASE)
_NAME = re.compile(rf"names?\s+of\s+(?:each\s+)?reporting\s+persons?(?:\s*\(s\))?{_SEE}", re.IGNORECASE)
_NUMBERS_OF_ROWS = {
    "13D": dict(zip(_ORDER, (2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14), strict=True)),
    "13G": dict(zip(_ORDER, (2, 3, 0, 0, 4, 5, 6, 7, 8, 9, 10, 11, 12), strict=True)),
}
_NEEDED = {"aggregate_amount", "percent_of_class", "sole_voting_power", "shared_voting_power"}
_NEEDED_MIN = 2

_IDENTIFICATION = re.compile(
    r"(?:s\.?\s*s\.?\s+or\s+)?i\.?\s?r\.?\s?s\.?\s+identification\s+(?:nos?|numbers?)\b\.?"
    r"(?:\s+of\s+(?:the\s+)?above\s+persons?)?(?:\s*\(\s*entit(?:y|ies)\s+only\s*\))?[\s.:*]*",
    re.IGNORECASE,
)
_OWN_NUMBER = re.compile(r"[\s\-–(]*(?:(?:i\.?r\.?s\.?|e\.?i\.?n\.?|no\.?)[\s#:.]*)*\d{2}-\d{7}[\s).]*", re.IGNORECASE)
_MARGIN = re.compile(
    r"(?:(?:number\s+of|shares|beneficially|owned|by|each|reporting|persons?|with)\s*:?\s*)+", re.IGNORECASE
)
_RULE_LINE = re.compile(r"[\s\-_=|*.]+")
_MARK = r"[☒☑þý■✓✔]|(?<![A-Za-z])[xX](?![A-Za-z])"
_CHECKED = re.compile(_MARK)
_BOX = re.compile(rf"{_MARK}|\[[\s_]{{0,3}}\]|\(\s{{0,3}}\)|/\s{{0,3}}/|[¨☐□]|_{{1,3}}|(?<!\w)o(?!\w)")
_RULE = re.compile(r"rule\s+13d-1\s*\(\s*([bcd])\s*\)", re.IGNORECASE)
_GROUP_MARKS = re.compile(
    r"(?:\(\s*a\s*\)|\ba[.)])(?P<a>.*?)(?:\(\s*b\s*\)|\bb[.)])(?P<b>.{0,40})", re.IGNORECASE | re.DOTALL
)
_AMENDMENT = re.compile(r"amendment\s+no(?:s|\.|\b)\s*\.?\s*:?\s*(\d{1,3})", re.IGNORECASE)
_CUSIP_LINE = re.compile(r"cusip\s+(?:no|number)s?\.?\s*:?\s*((?:[0-9A-Z]\s?-?){9})(?![0-9A-Z])", re.IGNORECASE)
_HEAD_CHARACTERS_MAX = 12_000


@dataclass(frozen=True)
class PersonCover:
    """One reporting person's rows: label's name to what stands behind it. `name` is the person's."""

    name: str
    rows: dict[str, str]


@dataclass(frozen=True)
class FrontPage:
    """What the first page says; empty where it says nothing."""

    issuer_name: str
    title_of_class: str
    cusip: str
    event_date: str
    amendment_number: str
    rules: tuple[str, ...]


def person_covers(text: str, schedule: str) -> list[PersonCover]:
    """The cover page of each reporting person, in the order of the document.

    Args:
        text: lines as `document_text` gives them.
        schedule: `13D` or `13G`: their rows are numbered differently.
    """
    starts = list(_NAME.finditer(text))[:COVERS_MAX]
    covers = []
    for at, start in enumerate(starts):
        end = starts[at + 1].start() if at + 1 < len(starts) else len(text)
        cover = _cover(text[start.end() : end], schedule)
        if cover is not None:
            covers.append(cover)
    return covers


def front_page(text: str) -> FrontPage:
    """Issuer, class, CUSIP, event date, amendment number and rule, from the page before the persons' own."""
    first = _NAME.search(text)
    head = text[: min(first.start() if first else len(text), _HEAD_CHARACTERS_MAX)]
    number = _AMENDMENT.search(head)
    above = _above(head, r"cusip\s+numbers?")
    beside = _CUSIP_LINE.search(text)
    return FrontPage(
        issuer_name=_above(head, r"names?\s+of\s+(?:the\s+)?issuer"),
        title_of_class=_above(head, r"title\s+of\s+(?:the\s+)?class(?:es)?\s+of\s+(?:the\s+)?securit(?:y|ies)"),
        cusip=above or (beside[1] if beside else ""),
        event_date=_above(head, r"date\s+of\s+(?:the\s+)?event"),
        amendment_number=number[1] if number else "",
        rules=_rules(head),
    )


def group_mark(text: str) -> str | None:
    """`a` or `b`, whichever of the two boxes of row 2 is checked; None where neither or both are."""
    match = _GROUP_MARKS.search(text)
    if match is None:
        return None
    checked = [box for box in ("a", "b") if _CHECKED.search(match[box])]
    return checked[0] if len(checked) == 1 else None


def _cover(text: str, schedule: str) -> PersonCover | None:
    """The rows behind a name's label, as long as labels come in the form's order; None where they are no cover."""
    found: list[re.Match[str]] = []
    for match in _LABEL.finditer(text):
        place = _ORDER[str(match.lastgroup)]
        if found and place <= _ORDER[str(found[-1].lastgroup)]:
            break
        if found and match.start() - found[-1].end() > SEGMENT_CHARACTERS_MAX:
            break
        found.append(match)
    names = {str(match.lastgroup) for match in found}
    if len(names & _NEEDED) < _NEEDED_MIN:
        return None
    rows: dict[str, str] = {}
    for at, match in enumerate(found):
        following = found[at + 1] if at + 1 < len(found) else None
        end = following.start() if following else match.end() + SEGMENT_CHARACTERS_MAX
        number = _NUMBERS_OF_ROWS[schedule][str(following.lastgroup)] if following else 0
        rows[str(match.lastgroup)] = _without_row_number(text[match.end() : end], number)
    number = _NUMBERS_OF_ROWS[schedule][str(found[0].lastgroup)]
    return PersonCover(_name(_without_row_number(text[: found[0].start()], number)), rows)


def _without_row_number(segment: str, number: int) -> str:
    """`segment` without the number of the row that follows it."""
    if number:
        segment = re.sub(rf"(?:^|(?<=[\s(\[|])){number}\s*[.):\]|]*[\s(\[|]*$", "", segment)
    return segment.rstrip(" \n([|").lstrip(" \n|")


def _name(segment: str) -> str:
    """The name in row 1: the first line that is one, and what continues it."""
    text = _OWN_NUMBER.sub("\n", _IDENTIFICATION.sub("\n", segment))
    lines = [line.strip(" |") for line in text.splitlines() if not _RULE_LINE.fullmatch(line)]
    lines = [line for line in lines if re.search(r"[A-Za-z]", line)]
    name = ""
    for line in lines:
        if name and not re.search(r"(?:,|&|\b(?:and|of|the))$", name, re.IGNORECASE):
            break
        name = f"{name} {line}".strip()
    return name.rstrip(",;- ").lstrip(".,:;- ")


def without_margin(segment: str) -> str:
    """`segment` without the words of the form's margin that fall between its lines."""
    lines = (re.sub(r"^\W+$", "", line) for line in segment.splitlines() if not _MARGIN.fullmatch(line.strip()))
    return "\n".join(line for line in lines if line)


def _above(head: str, label: str) -> str:
    """What stands on the line before a bracketed label, or before it on its own line; or behind it and a colon."""
    match = re.search(rf"\(\s*{label}", head, re.IGNORECASE)
    if match is None:
        beside = re.search(rf"{label}[^:\n]{{0,80}}:\s*([^\n]+)", head, re.IGNORECASE)
        return beside[1].strip() if beside else ""
    lines = [line for line in head[: match.start()].splitlines() if not _RULE_LINE.fullmatch(line) and line.strip()]
    return lines[-1].strip() if lines else ""


def _rules(head: str) -> tuple[str, ...]:
    """Rules whose box is checked; boxes stand before the rules, or behind them."""
    found = list(_RULE.finditer(head))
    if not found:
        return ()
    gaps = [head[max(0, found[0].start() - 12) : found[0].start()]]
    gaps += [head[one.end() : two.start()] for one, two in pairwise(found)]
    gaps.append(head[found[-1].end() : found[-1].end() + 12])
    before = _BOX.search(gaps[0]) is not None
    marks = gaps[:-1] if before else gaps[1:]
    return tuple(
        f"13d-1({one[1].lower()})"
        for one, mark in zip(found, marks, strict=True)
        if (box := _BOX.search(mark)) and _CHECKED.search(box[0])
    )
