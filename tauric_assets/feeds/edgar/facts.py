"""companyfacts: every XBRL value of a company's reports, as rows of `facts`.

    {"cik": 1835632, "entityName": "MARVELL TECHNOLOGY, INC", "facts": {"us-gaap": {"Revenues": {"units": {"USD": [
      {"start": "2022-01-30", "end": "2022-04-30", "val": 1446900000, "accn": "0001835632-22-000032",
       "fy": 2023, "fp": "Q1", "form": "10-Q", "filed": "2022-05-27", "frame": "CY2022Q1"}, …

`fy` and `fp` are those of the filing: a value of the year before has the year of the report that repeats it. `frame` is
left out: it marks the latest report of a period and so moves from filing to filing, which is `filed` said once more.

Belongs here: the JSON as rows, value by value. Not here: requests (collect.py); a line as it was known (research/).

Specification: "EDGAR Application Programming Interfaces", https://www.sec.gov/search-filings/edgar-application-programming-interfaces.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal
from functools import lru_cache

from tauric_assets.errors import MalformedDocument
from tauric_assets.feeds.contract import Parsed, Reject
from tauric_assets.feeds.edgar.clock import any_day, close_of, day_instant
from tauric_assets.feeds.edgar.data_json import decode_object, raw_of, read_cik
from tauric_assets.feeds.edgar.listing import ACCESSION
from tauric_assets.feeds.values import NUMBER_CHARACTERS_MAX, clean_text, decimal
from tauric_assets.tables import Row

DECIMALS_MAX = 12
VALUE_MAX = Decimal(10) ** 26  # decimal(38,12)
_EXACT = Context(prec=NUMBER_CHARACTERS_MAX)
DAYS_KEPT = 16_384
FIRST_YEAR, LAST_YEAR = 1900, 2261
_POSITION_CHARACTERS_MAX = 400


@dataclass(frozen=True)
class _Place:
    taxonomy: str
    concept: str
    unit: str
    number: int

    def __str__(self) -> str:
        return f"facts.{self.taxonomy}.{self.concept}.{self.unit}[{self.number}]"


def read_facts(body: bytes) -> Parsed:
    """Every value of a companyfacts document, restated ones too.

    Returns: rows of `facts` in document order. `known_at` is estimated from `filed` alone: 22:00 Eastern of that day.
        Records are the values: a value that a filing reports again for the same period (under another frame) is
        ignored, a different one is a row of its own with the next `value_number`, one that cannot be read a Reject
        whose position is its path.
    Raises: MalformedDocument: too long, not JSON, or without `cik` and `facts`.
    """
    document = decode_object(body, "companyfacts")
    try:
        cik = read_cik(document.get("cik"))
    except ValueError as error:
        raise MalformedDocument(f"companyfacts: {error}", "cik") from None
    taxonomies = document.get("facts")
    if not isinstance(taxonomies, dict):
        raise MalformedDocument("companyfacts without facts", "facts")
    parsed = Parsed()
    seen: dict[tuple[object, ...], list[object]] = {}
    for place, value in _values(taxonomies):
        parsed.records += 1
        try:
            row = _row(cik, place, value)
        except ValueError as error:
            parsed.rejects.append(Reject(str(error), str(place)[:_POSITION_CHARACTERS_MAX], raw_of(value)))
            continue
        key = (row["taxonomy"], row["concept"], row["unit"], row["period_start"], row["period_end"])
        told = seen.setdefault((*key, row["accession_number"]), [])
        if row["value"] in told:
            parsed.ignored += 1
            continue
        told.append(row["value"])
        parsed.add("facts", row | {"value_number": len(told)})
    return parsed


def _values(taxonomies: dict[str, object]) -> Iterator[tuple[_Place, object]]:
    """Every value with its place; whatever stands where lists of values should be counts as one unreadable value."""
    for taxonomy, concepts in taxonomies.items():
        if not isinstance(concepts, dict):
            yield _Place(taxonomy, "", "", 0), concepts
            continue
        for concept, told in concepts.items():
            units = told.get("units") if isinstance(told, dict) else None
            if not isinstance(units, dict):
                yield _Place(taxonomy, concept, "", 0), told
                continue
            for unit, values in units.items():
                if not isinstance(values, list):
                    yield _Place(taxonomy, concept, unit, 0), values
                    continue
                for number, value in enumerate(values):
                    yield _Place(taxonomy, concept, unit, number), value


def _row(cik: int, place: _Place, value: object) -> Row:
    if not isinstance(value, dict):
        raise ValueError("no JSON object where a value should be")
    start, end, filed = _day(value, "start", optional=True), _day(value, "end"), _day(value, "filed")
    assert end is not None
    assert filed is not None
    if start is not None and start > end:
        raise ValueError(f"period starts on {start} and ends on {end}")
    number = value.get("accn")
    if not isinstance(number, str) or not ACCESSION.fullmatch(number):
        raise ValueError(f"{str(number)[:40]!r} is not an accession number")
    return {
        "ts_event": day_instant(end),
        "known_at": _known_at(filed),
        "known_at_quality": "estimated",
        "supersedes": None,
        "cik": cik,
        "taxonomy": clean_text(place.taxonomy),
        "concept": clean_text(place.concept),
        "unit": clean_text(place.unit),
        "period_start": start,
        "period_end": end,
        "value": _amount(value.get("val")),
        "accession_number": number,
        "form": _text(value, "form"),
        "fiscal_year": _year(value.get("fy")),
        "fiscal_period": _text(value, "fp"),
        "filed": filed,
    }


def _amount(value: object) -> Decimal:
    amount = decimal(value)
    exponent = _EXACT.normalize(amount).as_tuple().exponent
    assert isinstance(exponent, int)
    if abs(amount) >= VALUE_MAX or exponent < -DECIMALS_MAX:
        raise ValueError(f"{str(amount)[:60]} does not fit {DECIMALS_MAX} decimals and less than 10^26")
    return amount


@lru_cache(DAYS_KEPT)
def _known_at(filed: date) -> int:
    return close_of(filed)


@lru_cache(DAYS_KEPT)
def _read_day(text: str) -> date:
    return any_day(text)


def _day(value: dict[str, object], name: str, *, optional: bool = False) -> date | None:
    text = value.get(name)
    if optional and text in (None, ""):
        return None
    if not isinstance(text, str):
        raise ValueError(f"{name} is no date but {str(text)[:40]!r}")
    return _read_day(text)


def _text(value: dict[str, object], name: str) -> str | None:
    text = value.get(name)
    if text is not None and not isinstance(text, str):
        raise ValueError(f"{name} is no text but {str(text)[:40]!r}")
    return clean_text(text) or None if text else None


def _year(value: object) -> int | None:
    if value in (None, ""):
        return None
    year = decimal(value)
    if not FIRST_YEAR <= year <= LAST_YEAR or year != int(year):
        raise ValueError(f"fy {str(value)[:40]!r} is no year")
    return int(year)
