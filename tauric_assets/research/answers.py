"""Figures a question asks for, answered from what companies reported: one row of `facts`, with its accession number.

Answered is only a figure of FIGURES with XBRL concepts, of one known company, for one fiscal year or quarter, and only
where the question computes nothing of it; whatever is in doubt is left to the passages.

Belongs here: from an understood question to a value. Not here: reading questions (text/), choosing among tellings of a
value (statements.py), which fiscal year a day ends (text/fiscal.py).
"""

import re
from dataclasses import dataclass

from tauric_assets.lake.store import Lake
from tauric_assets.research.statements import Value, facts_as_of, line_of
from tauric_assets.text.finance import Figure
from tauric_assets.text.fiscal import FiscalCalendar
from tauric_assets.text.questions import Understood

_COMPUTED = re.compile(
    r"\b(?:ratio|margin|average|growth|change[sd]?|percent(?:age)?|cagr|turnover|cycle|compar\w+|per|increase[sd]?|"
    r"decrease[sd]?|drove|drop|why|segment|region|which|expect\w*|intensive)\b|%",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Answer:
    """A value that answers a question.

    Args:
        figure: what it is, in words.
        concept: the XBRL concept (us-gaap) it was reported under.
    """

    figure: str
    concept: str
    unit: str
    cik: int
    value: Value


def answer(lake: Lake, asked: Understood, as_of: int | None) -> Answer | None:
    """The one value a question asks for as known at `as_of` (ns UTC; None: now); None where that is in doubt."""
    ciks = {mention.cik for mention in asked.companies}
    period = asked.anchor
    known = [figure for figure in asked.figures if figure.concepts]
    if len(ciks) != 1 or None in ciks or period is None or len(asked.periods) != 1 or len(asked.figures) != 1:
        return None
    text = asked.core if known and known[0].unit == "USD" else re.sub(r"\bper\b", "", asked.core)
    cik = next(iter(ciks))
    if not known or cik is None or _COMPUTED.search(text) or asked.ahead:
        return None
    return _reported(lake, known[0], cik, period.year, period.quarter, as_of)


def _reported(lake: Lake, figure: Figure, cik: int, year: int, quarter: int, as_of: int | None) -> Answer | None:
    for concept in figure.concepts:
        facts = facts_as_of(lake, cik, concept, as_of, figure.unit)
        line, calendar = line_of(facts), FiscalCalendar.of(facts)
        instants = [one for one in line.values() if not one.days]
        values = instants or (line.quarterly() if quarter else line.annual())
        found = [one for one in values if calendar.quarter(one.period_end) == (year, quarter or 4)]
        if found:
            return Answer(figure.name, concept, figure.unit, cik, found[-1])
    return None
