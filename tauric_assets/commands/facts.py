"""`tauric facts`: a line of a company's statements as it was known.

Belongs here: finding the company, choosing periods, printing. Not here: choosing of values (research/statements.py).
"""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Literal

from tauric_assets.commands.rendering import json_line
from tauric_assets.commands.terminal import OUT, show_table
from tauric_assets.errors import UsageError
from tauric_assets.house import House
from tauric_assets.research.statements import Value, line_as_of
from tauric_assets.times import ns_to_text

Periods = Literal["reported", "quarters", "years", "ttm"]
NEAR_MAX, NEAR_MIN = 4, 0.6
"""So many names like the one asked for are told; how like they are, of 1."""


def facts(
    house: House, company: str, concept: str, periods: Periods, as_of: int | None, unit: str, taxonomy: str
) -> list[Value]:
    """The values of a line known at `as_of`, by end of their period.

    Args:
        company: a CIK in digits, or a ticker.
        as_of: nanoseconds UTC; None means everything stored.
    Raises: UsageError: no such ticker, nothing known of the line, or no twelve months to be put together.
    """
    cik = _cik(house, company, as_of)
    line = line_as_of(house.lake, cik, concept, as_of, unit, taxonomy)
    if not line.reported:
        near = _near(house, cik, concept, as_of)
        raise UsageError(f"nothing is known of {taxonomy} {concept} in {unit} of {company}{_then(as_of)}; {near}")
    if periods == "quarters":
        return line.quarterly()
    if periods == "years":
        return line.annual()
    if periods == "reported":
        return line.values()
    trailing = line.trailing_twelve_months()
    if trailing is None:
        raise UsageError(f"{concept} of {company} has no twelve months that can be put together{_then(as_of)}")
    return [trailing]


def show(values: Sequence[Value], as_json: bool) -> None:
    """Print values in their order."""
    if as_json:
        for one in values:
            OUT.file.write(json_line({**vars(one), "known_at_utc": ns_to_text(one.known_at)}) + "\n")
    else:
        rows = [
            (
                str(one.period_start or ""),
                str(one.period_end),
                f"{one.value:,f}",
                ns_to_text(one.known_at)[:16],
                "derived" if one.derived else one.form or "",
                " ".join(one.accession_numbers),
            )
            for one in values
        ]
        show_table(("from", "to", "value", "known", "form", "filings"), rows, right=("value",))
    OUT.file.flush()


def _cik(house: House, company: str, as_of: int | None) -> int:
    if company.isascii() and company.isdigit() and len(company) <= 10:
        return int(company)
    ticker = company.upper().replace("'", "''")
    where = f"symbol = '{ticker}'"
    found = house.lake.read("instruments", as_of=as_of, columns=["known_at", "cik"], where=where).to_pylist()
    if not found:
        raise UsageError(f"no company with the ticker {company}{_then(as_of)}; its CIK is understood too")
    return max((int(row["known_at"]), int(row["cik"])) for row in found)[1]


def _near(house: House, cik: int, concept: str, as_of: int | None) -> str:
    """The lines of the company whose names are like `concept`."""
    columns = ["taxonomy", "concept", "unit"]
    rows = house.lake.read("facts", as_of=as_of, columns=columns, where=f"cik = {cik:d}").to_pylist()
    lines = {(str(row["concept"]), str(row["taxonomy"]), str(row["unit"])) for row in rows}
    names = {name.casefold(): name for name, *_ in lines}
    alike = get_close_matches(concept.casefold(), sorted(names), NEAR_MAX, NEAR_MIN)
    within = [name for name in sorted(names) if concept.casefold() in name and name not in alike]
    near = {names[name] for name in [*alike, *within][:NEAR_MAX]}
    told = sorted(f"{name} ({taxonomy}, {unit})" for name, taxonomy, unit in lines if name in near)
    return f"near to it: {', '.join(told)}" if told else f"{len(names):,} other lines are known"


def _then(as_of: int | None) -> str:
    return "" if as_of is None else f" as of {ns_to_text(as_of)}"
