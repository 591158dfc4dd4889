"""Which fiscal quarter a day ends, as the company itself counts: years end in any month, and are named as it likes.

Every report says which fiscal year and quarter it is of, and its latest period ends with that quarter. Other periods
are counted in quarters from there. Where reports disagree (a wrong label, a moved year end) those near the day vote.

Belongs here: from the labels of reports to the fiscal quarter of a day. Not here: values (research/statements.py).
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import cast

QUARTER = 365.25 / 4
"""Days, on average."""
OFF_DAYS = 24
"""By how much an end may miss whole quarters: quarters of 12 and of 16 weeks do by three weeks."""
NEAR_DAYS = 900
"""Reports farther from a day do not vote: they may be of before the year's end was moved."""
_NUMBERS = {"Q1": 1, "Q2": 2, "Q3": 3, "Q4": 4, "FY": 4}


@dataclass(frozen=True)
class FiscalCalendar:
    """How one company counts, as its reports tell.

    Args:
        told: the end of each report's own period, and its fiscal year and quarter (1 to 4).
    """

    told: tuple[tuple[date, int, int], ...]

    @classmethod
    def of(cls, facts: Iterable[Mapping[str, object]]) -> "FiscalCalendar":
        """Out of rows of `facts` of one company, of one concept or several."""
        ends: dict[tuple[object, int, int], date] = {}
        for row in facts:
            year, number = row["fiscal_year"], _NUMBERS.get(str(row["fiscal_period"]))
            if isinstance(year, int) and number is not None:
                key, end = (row["accession_number"], year, number), cast("date", row["period_end"])
                ends[key] = max(end, ends.get(key, end))
        return cls(tuple(sorted((end, year, number) for (_, year, number), end in ends.items())))

    def quarter(self, end: date) -> tuple[int, int] | None:
        """The fiscal year and quarter that end on a day; None where none does or nobody told."""
        votes: Counter[int] = Counter()
        for own, year, number in self.told:
            days = (end - own).days
            away = round(days / QUARTER)
            if abs(days) <= NEAR_DAYS and abs(days - away * QUARTER) <= OFF_DAYS:
                votes[year * 4 + number - 1 + away] += 1
        if not votes:
            return None
        most = max(votes.items(), key=lambda vote: (vote[1], vote[0]))[0]
        return most // 4, most % 4 + 1
