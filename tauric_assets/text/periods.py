"""Fiscal years, quarters and days that a question names.

Belongs here: how people write periods. Not here: which filings tell of a period (questions.py).
"""

import re
from dataclasses import dataclass
from datetime import date

YEARS = range(1990, 2100)
_MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4}

_MONTH = "(" + "|".join(rf"{month[:3]}(?:{month[3:]})?" for month in _MONTHS) + r")\.?"
_YEAR4 = r"((?:19|20)\d\d)(?!\d)"
_FISCAL = r"(?:fy|fiscal(?:\s+years?)?|the\s+(?:fiscal\s+)?year)"
_LINK = rf"\s*(?:,|'|’|-|of|in|for)?\s*(?:the\s+)?(?:{_FISCAL})?\s*['’]?"
_DAYS = (
    re.compile(rf"(?<!\w){_MONTH}\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+{_YEAR4}", re.IGNORECASE),
    re.compile(rf"(?<!\w)(\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH},?\s+{_YEAR4}", re.IGNORECASE),
    re.compile(rf"(?<!\d){_YEAR4}-(\d\d)-(\d\d)(?!\d)"),
)
_YEAR_THEN_QUARTER = re.compile(
    rf"(?<!\w)(?:{_FISCAL})?\s*['’]?((?:19|20)\d\d)\s*[-']?\s*(q[1-4]|h[12])(?!\w)", re.IGNORECASE
)
_SHORT_YEAR = rf"(?:{_YEAR4}|(\d\d)(?!\d))"
_QUARTER_THEN_YEAR = re.compile(rf"(?<!\w)(q[1-4]|h[12]){_LINK}{_SHORT_YEAR}", re.IGNORECASE)
_SPELT = re.compile(
    rf"(?<!\w)(first|second|third|fourth|1st|2nd|3rd|4th)\s+(?:fiscal\s+)?(quarter|half){_LINK}{_YEAR4}", re.IGNORECASE
)
_FISCAL_YEAR = re.compile(rf"(?<!\w){_FISCAL}\s*['’]?(?:{_YEAR4}|(\d\d)(?!\d))", re.IGNORECASE)
_YEAR = re.compile(rf"(?<![\d$.,\w]){_YEAR4}(?![.,]\d)")
_AS_OF = re.compile(
    r"(?:\bas\s+of|\bat\s+the\s+end\s+of|\byear[- ]end)\s+(?:the\s+)?(?:year[- ]?end\s+(?:of\s+)?)?$", re.IGNORECASE
)


@dataclass(frozen=True, order=True)
class Period:
    """A fiscal year, or a quarter of one.

    Args:
        year: as the company counts it.
        quarter: 1 to 4; 0 for the whole year.
    """

    year: int
    quarter: int = 0

    def __str__(self) -> str:
        return f"FY{self.year}" + (f" Q{self.quarter}" if self.quarter else "")


@dataclass(frozen=True)
class Named:
    """What a question names of time.

    Args:
        periods: in order, each once.
        days: calendar days, in order, each once.
        anchor: the period the question stands at ("as of FY2021"); else the last one; None where there is none.
        spans: where in the question they stand.
    """

    periods: tuple[Period, ...]
    days: tuple[date, ...]
    anchor: Period | None
    spans: tuple[tuple[int, int], ...]


def periods_in(question: str) -> Named:
    """Every period and day of a question; two digits count as a year only after FY or a quarter."""
    text, days, spans = question, set[date](), list[tuple[int, int]]()
    for pattern in _DAYS:
        for match in pattern.finditer(text):
            day = _day(match)
            if day:
                days.add(day)
                spans.append(match.span())
        text = _blanked(text, spans)
    found: list[tuple[int, Period]] = []
    for pattern, read in (
        (_YEAR_THEN_QUARTER, lambda match: _period(match[1], match[2])),
        (_QUARTER_THEN_YEAR, lambda match: _period(match[2] or match[3], match[1])),
        (_SPELT, _spelt),
        (_FISCAL_YEAR, lambda match: _period(match[1] or match[2])),
        (_YEAR, lambda match: _period(match[1])),
    ):
        for match in pattern.finditer(text):
            period = read(match)
            if period:
                found.append((match.start(), period))
                spans.append(match.span())
        text = _blanked(text, spans)
    periods = tuple(sorted({period for _, period in found}))
    stood = [period for start, period in found if _AS_OF.search(question[:start].rstrip() + " ")]
    anchor = max(stood) if stood else max(periods, default=None)
    return Named(periods, tuple(sorted(days)), anchor, tuple(sorted(spans)))


def _day(match: re.Match[str]) -> date | None:
    first, second, third = match.groups()
    try:
        if first.isdigit() and len(first) == 4:
            return date(int(first), int(second), int(third))
        month, day = (first, second) if first[0].isalpha() else (second, first)
        return date(int(third), _month(month), int(day))
    except ValueError:
        return None


def _month(name: str) -> int:
    return next(number for number, month in enumerate(_MONTHS, start=1) if month[:3] == name[:3].lower())


def _period(year: str, part: str = "") -> Period | None:
    number = int(year) + (2000 if len(year) == 2 else 0)
    quarter = 0
    if part:
        quarter = int(part[1]) * (2 if part[0].lower() == "h" else 1)
    return Period(number, quarter) if number in YEARS else None


def _spelt(match: re.Match[str]) -> Period | None:
    number = _ORDINALS[match[1].lower()]
    if match[2].lower() == "half":
        return _period(match[3], f"h{number}") if number <= 2 else None
    return _period(match[3], f"q{number}")


def _blanked(text: str, spans: list[tuple[int, int]]) -> str:
    """The text with what was read already replaced by marks of the same length that no pattern takes."""
    for start, end in spans:
        text = text[:start] + "|" * (end - start) + text[end:]
    return text
