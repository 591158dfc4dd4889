"""Recorded submissions and loose documents as EDGAR filings.

Belongs here: one accession number, one filing; which recording wins; the listing day; a filing's bytes.
Not here: reading headers (headers.py), wrapping (wrapping.py), finding files (scan.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from itertools import count
from pathlib import Path

from tauric_assets.sandbox.market import Filing, FilingParty
from tauric_assets.sandbox.replay.headers import EASTERN, Facts, document_of, read_facts
from tauric_assets.sandbox.replay.scan import Found
from tauric_assets.sandbox.replay.sniff import accession_in, form_in
from tauric_assets.sandbox.replay.wrapping import (
    completed,
    facts_of_inline_xbrl,
    facts_of_metadata,
    facts_of_ownership,
    invented_number,
    trading_symbol,
    wrap,
)
from tauric_assets.times import SECOND_NS, Days, datetime_to_ns, day_of_ns

CLOSING_TIME = time(22, 0)
YEAR_UNKNOWN = 2000
CIK_UNKNOWN = 0
_RANKS = {"submission": 0, "ownership": 1, "primary": 2}


@dataclass(frozen=True)
class Recorded:
    """One recording of one submission.

    Args:
        kind: `submission`, or what is wrapped into one: `ownership`, `primary`.
        symbol: the issuer's ticker, where the recording tells it.
    """

    path: Path
    name: str
    kind: str
    number: str
    facts: Facts
    size: int
    symbol: str = ""


@dataclass
class Filed:
    """All recorded filings, listed under one day.

    Args:
        listing_day: the day of the newest acceptance, UTC.
        recorded: by accession number.
        duplicates: name of a recording, and why it is not served.
    """

    listing_day: date
    recorded: dict[str, Recorded]
    filings: list[Filing]
    duplicates: dict[str, str]

    def submission(self, number: str) -> bytes:
        """The full submission text. Raises: KeyError."""
        recorded = self.recorded[number]
        body = recorded.path.read_bytes()
        if recorded.kind == "submission":
            return body
        filed = recorded.facts.filing_date or self.listing_day
        return wrap(recorded.facts, number, filed, recorded.facts.documents[0], body)

    def document(self, number: str, name: str) -> bytes:
        """One document. Raises: KeyError."""
        recorded = self.recorded[number]
        if recorded.kind == "submission":
            return document_of(recorded.path.read_bytes(), name)
        if name != recorded.facts.documents[0]:
            raise KeyError(name)
        return recorded.path.read_bytes()


def file_recordings(found: Sequence[Found], fallback_day: date) -> Filed:
    """Make filings of all recordings of submissions, ownership documents and primary documents.

    Args:
        found: by name; of other kinds only the headers kept as JSON are looked at.
        fallback_day: the listing day where no recording tells when it was filed.
    """
    headers = _headers(found)
    recorded: dict[str, Recorded] = {}
    duplicates: dict[str, str] = {}
    for file in sorted(found, key=lambda file: (_RANKS.get(file.sniffed.kind, 9), file.name)):
        if file.sniffed.kind not in _RANKS:
            continue
        one = _recorded(file, headers, recorded)
        if one.number in recorded:
            duplicates[one.name] = f"{one.number} is served from another recording, {recorded[one.number].name}"
        else:
            recorded[one.number] = one
    known = [accepted for one in recorded.values() if (accepted := _accepted_at(one.facts)) is not None]
    day = day_of_ns(max(known)) if known else fallback_day
    filings = [_filing(one, day) for one in recorded.values()]
    filings.sort(key=lambda filing: (filing.accepted_at, filing.accession_number))
    return Filed(day, recorded, filings, duplicates)


def _headers(found: Sequence[Found]) -> dict[str, Facts]:
    headers = {}
    for file in found:
        if file.sniffed.kind == "header":
            facts = facts_of_metadata(file.path.read_bytes())
            if facts and facts.accession_number:
                headers[facts.accession_number] = facts
    return headers


def _recorded(file: Found, headers: dict[str, Facts], others: dict[str, Recorded]) -> Recorded:
    body = file.path.read_bytes()
    named = accession_in(file.name)
    symbol = ""
    if file.sniffed.kind == "submission":
        facts = read_facts(body)
        number = facts.accession_number or named or _invented(body, _year(facts), others)
    else:
        if file.sniffed.kind == "ownership":
            facts, symbol = facts_of_ownership(body), trading_symbol(body)
        else:
            form = form_in(Path(file.name).name) or form_in(file.name)
            facts = completed(Facts(form=form), facts_of_inline_xbrl(body))
        number = named or _invented(body, _year(facts), others)
        if number in headers:
            facts = completed(replace(headers[number], documents=()), facts)
        facts = replace(facts, documents=(_document_name(file.name, number, file.sniffed.kind),))
    return Recorded(file.path, file.name, file.sniffed.kind, number, facts, len(body), symbol)


def _invented(body: bytes, year: int, others: dict[str, Recorded]) -> str:
    """An invented number that no other recording has, but for one of the same bytes."""
    numbers = (invented_number(body, year, attempt) for attempt in count())
    return next(n for n in numbers if n not in others or others[n].path.read_bytes() == body)


def _document_name(name: str, number: str, kind: str) -> str:
    """The file's own name without the accession number before it, as EDGAR would have it."""
    base = Path(name).name
    for prefix in (number, number.replace("-", "")):
        _, found, after = base.partition(f"{prefix}_")
        base = after if found and after else base
    if kind == "ownership" and not base.endswith(".xml"):
        base = f"{base}.xml"
    return base


def _year(facts: Facts) -> int:
    day = facts.filing_date or facts.period
    return day.year if day else YEAR_UNKNOWN


def _accepted_at(facts: Facts) -> int | None:
    """Acceptance; where only the filing date is known, the latest it can have been: 22:00 Eastern of that day."""
    if facts.accepted_at is not None:
        return facts.accepted_at
    if facts.filing_date is None:
        return None
    return datetime_to_ns(datetime.combine(facts.filing_date, CLOSING_TIME, EASTERN))


def _filing(one: Recorded, day: date) -> Filing:
    facts = one.facts
    accepted = _accepted_at(facts)
    return Filing(
        accession_number=one.number,
        form=facts.form or "UNKNOWN",
        filing_date=facts.filing_date or day,
        listed_on=day,
        accepted_at=accepted if accepted is not None else Days.one(day).end_ns - SECOND_NS,
        parties=facts.parties or (FilingParty(CIK_UNKNOWN, "UNKNOWN", "Filer"),),
        documents=facts.documents,
        period_of_report=facts.period,
        items=facts.items,
        size_bytes=one.size,
    )
