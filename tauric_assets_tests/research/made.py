"""Insiders' reports and lines for tests of research. Not here: fixtures, assertions."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from tauric_assets.lake.store import Lake
from tauric_assets.tables import TABLES, Row, to_arrow
from tauric_assets.times import DAY_NS, SECOND_NS, Days, day_of_ns, day_start_ns

ISSUER = 1234
HOUR = 3_600 * SECOND_NS
FIRST = date(2026, 1, 5)
WHOLE = Days(date(2025, 6, 1), date(2027, 1, 1))


def at(day: int, hour: int = 15) -> int:
    """An instant `day` days after FIRST, nanoseconds UTC."""
    return day_start_ns(FIRST) + day * DAY_NS + hour * HOUR


def _shared(accession: str, known_at: int, form: str, owners: Sequence[int]) -> Row:
    return {
        "date": day_of_ns(known_at),
        "ts_event": known_at,
        "known_at": known_at,
        "known_at_quality": "source",
        "source": "https://example/x#sha256=00",
        "accession_number": accession,
        "form": form,
        "issuer_cik": ISSUER,
        "issuer_symbol": "NOVA",
        "owner_ciks": list(owners),
    }


def report(
    accession: str, known_at: int, form: str = "4", owners: Sequence[int] = (1,), original: date | None = None
) -> Row:
    """A row of insider_reports, filed on the day it became known."""
    return _shared(accession, known_at, form, owners) | {
        "document_name": "form4.xml",
        "filing_date": day_of_ns(known_at),
        "date_of_original_submission": original,
    }


def trade(
    accession: str,
    number: int,
    known_at: int,
    *,
    form: str = "4",
    owners: Sequence[int] = (1,),
    code: str = "P",
    shares: str | None = "100",
    price: str | None = "10",
    after: str | None = "1000",
    day: date = FIRST,
    derivative: bool = False,
    **more: object,
) -> Row:
    """A row of insider_transactions."""
    return _shared(accession, known_at, form, owners) | {
        "row_number": number,
        "derivative": derivative,
        "security_title": "Common Stock",
        "transaction_date": day,
        "transaction_code": code,
        "shares": None if shares is None else Decimal(shares),
        "price": None if price is None else Decimal(price),
        "acquired_disposed": "D" if code in "SFD" else "A",
        "shares_owned_following": None if after is None else Decimal(after),
        "direct_indirect": "D",
        "is_officer": False,
        "is_director": False,
        "is_ten_percent_owner": False,
        **more,
    }


def holding(accession: str, number: int, known_at: int, *, form: str = "4", after: str = "1000", **more: object) -> Row:
    """A row of insider_holdings."""
    return _shared(accession, known_at, form, (1,)) | {
        "row_number": number,
        "derivative": False,
        "security_title": "Common Stock",
        "shares_owned_following": Decimal(after),
        "direct_indirect": "D",
        **more,
    }


def put(lake: Lake, table: str, rows: Iterable[Row]) -> None:
    """Add rows as a feed's run does."""
    rows = list(rows)
    if rows:
        lake.revise(table, WHOLE, to_arrow(TABLES[table], rows))
