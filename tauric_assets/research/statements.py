"""A line of a company's statements as it was known on a date: reported periods, quarters, years, twelve months.

A report states its quarter or year, the year so far, and the same of the year before. Of each period the last report
known counts, so that restatements count from the day they were filed; a value that is only repeated stays that of the
report that told it first. Proxy statements repeat figures, often rounded, and do not count.

What no report states is a difference of two that were: the fourth quarter is the year less its first nine months, and
a quarter of a cash-flow statement, which 10-Qs give for the year so far alone, is one sum less the one before. The
smaller sum is then taken as it stood when the larger was filed: figures of one telling are subtracted from each other,
never a restated one from an original.

Belongs here: choosing and subtracting. Not here: reading of documents (feeds/edgar/facts.py), ratios, what a concept
means.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Context, Decimal
from functools import cached_property, reduce
from itertools import pairwise
from typing import cast

from tauric_assets.lake.store import Lake
from tauric_assets.tables import QUALITIES, Row

TAXONOMY = "us-gaap"
QUARTER_DAYS, HALF_DAYS, NINE_MONTHS_DAYS, YEAR_DAYS = (70, 125), (150, 205), (235, 300), (340, 385)
"""Lengths of periods, both ends counted; wide enough for years of 52 or 53 weeks cut into 12, 13, 16 and 17 weeks."""
SLACK_DAYS = 10
"""By how much a year's start may miss the end of the year before, and two years' parts each other's length."""
QUARTERS_A_YEAR = 4
PROXY_FORMS = ("DEF", "PRE")
_EXACT = Context(prec=60)

assert QUARTER_DAYS[1] < HALF_DAYS[0] < HALF_DAYS[1] < NINE_MONTHS_DAYS[0] < NINE_MONTHS_DAYS[1] < YEAR_DAYS[0]


@dataclass(frozen=True)
class Value:
    """One value of a line, and since when it is known.

    Args:
        period_start: None for an instant (a balance).
        period_end: inclusive.
        filed: of the filing it is from; of several the last one.
        known_at: nanoseconds UTC; of a derived value that of its latest part.
        known_at_quality: of a derived value the weakest of its parts'.
        accession_numbers: the filings it is from.
        derived: no report states it: it is a sum or difference of values that reports state.
    """

    period_start: date | None
    period_end: date
    value: Decimal
    filed: date
    known_at: int
    known_at_quality: str
    accession_numbers: tuple[str, ...]
    form: str | None = None
    derived: bool = False

    @property
    def days(self) -> int:
        """Length of the period, both ends counted; 0 for an instant."""
        return (self.period_end - self.period_start).days + 1 if self.period_start else 0

    @property
    def _order(self) -> tuple[date, int, tuple[str, ...]]:
        return self.filed, self.known_at, self.accession_numbers


@dataclass(frozen=True)
class Line:
    """One line of one company as known at one instant.

    Args:
        reported: every value told by then, superseded ones too, in no promised order.
    """

    reported: tuple[Value, ...]

    def values(self) -> list[Value]:
        """The latest value of each period or instant, by end, shorter periods first."""
        return sorted(self._latest.values(), key=lambda one: (one.period_end, one.days))

    def annual(self) -> list[Value]:
        """Fiscal years, by end; of two that end alike the one told last."""
        return _one_an_end(one for one in self.values() if _is(one, YEAR_DAYS))

    def quarterly(self) -> list[Value]:
        """Fiscal quarters, by end: as reported, or else derived from longer periods."""
        reported = _one_an_end(one for one in self.values() if _is(one, QUARTER_DAYS))
        found = {one.period_end: one for one in reported}
        for larger in self.values():
            if larger.period_end in found or not larger.days:
                continue
            quarter = self._last_quarter_of(larger)
            if quarter is not None:
                found[quarter.period_end] = quarter
        for year in self.annual():
            if year.period_end not in found and (quarter := _fourth_quarter(year, found.values())):
                found[year.period_end] = quarter
        return sorted(found.values(), key=lambda one: one.period_end)

    def trailing_twelve_months(self) -> Value | None:
        """The twelve months that end with the latest period told; None where they cannot be put together.

        A year as reported; or the last year, plus the year so far, less the same part of that year; or the last four
        quarters.
        """
        spans = [one for one in self.values() if one.days >= QUARTER_DAYS[0]]
        if not spans:
            return None
        end = max(one.period_end for one in spans)
        ending = [one for one in spans if one.period_end == end and one.days <= YEAR_DAYS[1]]
        for so_far in sorted(ending, key=lambda one: one.days, reverse=True):
            if _is(so_far, YEAR_DAYS):
                return so_far
            rolled = self._rolled(so_far)
            if rolled is not None:
                return rolled
        return _sum_of_four(self.quarterly(), end)

    @cached_property
    def _latest(self) -> Mapping[tuple[date | None, date], Value]:
        return {key: _settled(told) for key, told in self._tellings.items()}

    @cached_property
    def _tellings(self) -> Mapping[tuple[date | None, date], list[Value]]:
        found: dict[tuple[date | None, date], list[Value]] = {}
        for one in self.reported:
            found.setdefault((one.period_start, one.period_end), []).append(one)
        return found

    def _as_when(self, smaller: Value, larger: Value) -> Value:
        """`smaller` as it stood when `larger` was filed; where it was told only later, as it was told first."""
        told = self._tellings[smaller.period_start, smaller.period_end]
        by_then = [one for one in told if one.filed <= larger.filed]
        return _settled(by_then) if by_then else min(told, key=lambda one: one._order)

    def _last_quarter_of(self, larger: Value) -> Value | None:
        """A period less a part of it that starts with it and lacks one quarter."""
        for smaller in self.values():
            starts_alike = smaller.period_start == larger.period_start and smaller.period_end < larger.period_end
            if starts_alike and _within((larger.period_end - smaller.period_end).days, QUARTER_DAYS):
                before = self._as_when(smaller, larger)
                start = smaller.period_end + timedelta(days=1)
                return _derived(start, larger.period_end, ((1, larger), (-1, before)))
        return None

    def _rolled(self, so_far: Value) -> Value | None:
        """The last year before `so_far`, plus `so_far`, less the same part of that year."""
        assert so_far.period_start is not None
        for year in reversed(self.annual()):
            assert year.period_start is not None
            if abs((so_far.period_start - year.period_end).days - 1) > SLACK_DAYS:
                continue
            for part in self.values():
                starts_alike = part.period_start is not None and abs((part.period_start - year.period_start).days) <= 1
                if starts_alike and part.days and abs(part.days - so_far.days) <= SLACK_DAYS:
                    before = self._as_when(part, year)
                    start = part.period_end + timedelta(days=1)
                    return _derived(start, so_far.period_end, ((1, year), (1, so_far), (-1, before)))
        return None


def line_as_of(
    lake: Lake, cik: int, concept: str, as_of: int | None = None, unit: str = "USD", taxonomy: str = TAXONOMY
) -> Line:
    """A line of a company's statements as it was known.

    Args:
        concept: as the taxonomy spells it, e.g. `Revenues`.
        as_of: nanoseconds UTC, inclusive; None means everything stored.
        unit: `USD`, `shares`, `USD/shares`, `pure`, …
    Returns: the line; empty where nothing was known of it.
    """
    return line_of(facts_as_of(lake, cik, concept, as_of, unit, taxonomy))


def facts_as_of(
    lake: Lake, cik: int, concept: str, as_of: int | None = None, unit: str = "USD", taxonomy: str = TAXONOMY
) -> list[Row]:
    """The rows of `facts` that `line_as_of` is made of."""
    where = (
        f"cik = {cik:d} and concept = {_quoted(concept)} and unit = {_quoted(unit)} and taxonomy = {_quoted(taxonomy)}"
    )
    return lake.read("facts", as_of=as_of, where=where).to_pylist()


def line_of(facts: Iterable[Mapping[str, object]]) -> Line:
    """The line that rows of `facts` of one company, concept and unit make.

    Of different values that one filing tells of one period, the first counts.
    """
    counted = (row for row in facts if row["value_number"] == 1 and not str(row["form"] or "").startswith(PROXY_FORMS))
    return Line(tuple(_value(row) for row in counted))


def _settled(told: Iterable[Value]) -> Value:
    """Of tellings of one period the last value, as told first without another between."""
    last, *earlier = sorted(told, key=lambda one: one._order, reverse=True)
    for one in earlier:
        if one.value != last.value:
            break
        last = one
    return last


def _value(row: Mapping[str, object]) -> Value:
    return Value(
        period_start=cast("date | None", row["period_start"]),
        period_end=cast("date", row["period_end"]),
        value=_plain(cast("Decimal", row["value"])),
        filed=cast("date", row["filed"]),
        known_at=cast("int", row["known_at"]),
        known_at_quality=str(row["known_at_quality"]),
        accession_numbers=(str(row["accession_number"]),),
        form=cast("str | None", row["form"]),
    )


def _derived(start: date, end: date, terms: tuple[tuple[int, Value], ...]) -> Value:
    parts = [part for _, part in terms]
    return Value(
        period_start=start,
        period_end=end,
        value=_plain(
            reduce(_EXACT.add, (part.value.copy_negate() if sign < 0 else part.value for sign, part in terms))
        ),
        filed=max(part.filed for part in parts),
        known_at=max(part.known_at for part in parts),
        known_at_quality=max((part.known_at_quality for part in parts), key=QUALITIES.index),
        accession_numbers=tuple(dict.fromkeys(number for part in parts for number in part.accession_numbers)),
        derived=True,
    )


def _fourth_quarter(year: Value, quarters: Iterable[Value]) -> Value | None:
    """A year less its first three quarters, where nothing states its first nine months."""
    assert year.period_start is not None
    end, terms = year.period_start - timedelta(days=1), [(1, year)]
    for quarter in sorted(quarters, key=lambda one: one.period_end):
        if quarter.period_start == end + timedelta(days=1) and quarter.period_end < year.period_end:
            terms.append((-1, quarter))
            end = quarter.period_end
    if len(terms) != QUARTERS_A_YEAR or not _within((year.period_end - end).days, QUARTER_DAYS):
        return None
    return _derived(end + timedelta(days=1), year.period_end, tuple(terms))


def _sum_of_four(quarters: list[Value], end: date) -> Value | None:
    """The four quarters up to `end`, each following on the one before."""
    last = [one for one in quarters if one.period_end <= end][-QUARTERS_A_YEAR:]
    if len(last) < QUARTERS_A_YEAR or last[-1].period_end != end:
        return None
    for before, after in pairwise(last):
        if after.period_start != before.period_end + timedelta(days=1):
            return None
    start = last[0].period_start
    assert start is not None
    return _derived(start, end, tuple((1, one) for one in last))


def _one_an_end(values: Iterable[Value]) -> list[Value]:
    chosen: dict[date, Value] = {}
    for one in sorted(values, key=lambda one: one._order):
        chosen[one.period_end] = one
    return sorted(chosen.values(), key=lambda one: one.period_end)


def _is(value: Value, days: tuple[int, int]) -> bool:
    return _within(value.days, days)


def _within(length: int, days: tuple[int, int]) -> bool:
    return days[0] <= length <= days[1]


def _plain(value: Decimal) -> Decimal:
    """The same number without trailing zeros behind the point."""
    short = _EXACT.normalize(value)
    return _EXACT.quantize(short, Decimal(1)) if cast("int", short.as_tuple().exponent) > 0 else short


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
