"""Which report an amendment of a Form 3, 4 or 5 amends, and which lines it restates.

An amendment names the day on which the original was filed, not its accession number. It is linked where exactly one
report of the same issuer, the same owners and the same form, filed on that day, was known when the amendment was;
otherwise the link is `ambiguous` or `unknown`, and says why. A linked amendment replaces lines, not the report
(restatements.py): all other lines of the original stay, so that an amendment of holdings never takes a transaction
away. Nothing is deleted: `as_amended` leaves restated lines out from the amendment's `known_at` on.

The result depends on what the lake holds and not on the order in which it came.

Belongs here: linking amendments, reading lines as amended.
Not here: parsing (feeds/edgar), which line restates which (restatements.py), sums (insiders.py).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import duckdb
import pyarrow as pa

from tauric_assets.errors import UsageError
from tauric_assets.lake.engine import to_arrow
from tauric_assets.lake.query import connect
from tauric_assets.lake.store import Lake
from tauric_assets.research.restatements import AMOUNTS_AND_CODES, restated, section
from tauric_assets.tables import Row, table_named
from tauric_assets.tables import to_arrow as rows_to_arrow

SOURCE = "insider_reports, insider_transactions, insider_holdings"
LINE_TABLES = ("insider_transactions", "insider_holdings")
CERTAIN, AMBIGUOUS, UNKNOWN = "certain", "ambiguous", "unknown"

_REPORTS = """
WITH every AS (
    SELECT *, min(known_at) OVER (PARTITION BY accession_number) AS first_known FROM all_insider_reports),
amendments AS (SELECT * FROM every WHERE form LIKE '%/A'),
wanted AS (SELECT DISTINCT issuer_cik, date_of_original_submission AS filing_date FROM amendments WHERE date >= $since)
SELECT date, known_at, known_at_quality, ingested_at, first_known, accession_number, document_name, form, issuer_cik,
    owner_ciks, filing_date, date_of_original_submission
FROM every
WHERE (form LIKE '%/A' AND issuer_cik IN (SELECT issuer_cik FROM wanted))
    OR (issuer_cik, filing_date) IN (SELECT (issuer_cik, filing_date) FROM wanted)
    OR (issuer_cik, filing_date) IN (SELECT (issuer_cik, date_of_original_submission) FROM amendments
                                     WHERE issuer_cik IN (SELECT issuer_cik FROM wanted))
"""

_LINES = """
SELECT '{table}' AS table_name, known_at, ingested_at, accession_number, row_number, derivative, security_title,
    shares_owned_following, value_owned_following, direct_indirect, nature_of_ownership, {own}
FROM all_{table} WHERE accession_number IN (SELECT accession_number FROM linked)
"""

AS_AMENDED = """
SELECT t.* REPLACE (coalesce(t.supersedes, a.restates) AS supersedes) FROM {table} t
LEFT JOIN (SELECT accession_number, line.row_number,
               'accession_number=' || line.restated_accession_number || ',row_number=' || line.restated_row_number
                   AS restates
           FROM (SELECT accession_number, unnest(lines) AS line FROM insider_amendments)
           WHERE line.restated_row_number IS NOT NULL) a USING (accession_number, row_number)
WHERE (t.accession_number, t.row_number) NOT IN (
    SELECT (line.restated_accession_number, line.restated_row_number)
    FROM (SELECT unnest(lines) AS line FROM insider_amendments) WHERE line.restated_row_number IS NOT NULL)
"""
"""SQL over the lake's views: the lines of `{table}` that no certain amendment restates; `supersedes` names what a line
restates."""


@dataclass(frozen=True)
class Link:
    """What an amendment amends: `amended` is one accession number where that is certain, else None."""

    status: str
    reason: str
    candidates: tuple[str, ...]
    amended: str | None


def build(lake: Lake, since: date) -> pa.Table:
    """One row for each amendment whose partition is `since` or later, and one more for each later change of it.

    Returns: rows of `insider_amendments`. `known_at` is the amendment's own; where something it is made from was
        revised later, another row with the `known_at` of that revision.
    """
    with connect(lake, tables=("insider_reports", *LINE_TABLES)) as connection:
        reports = to_arrow(connection, _REPORTS.replace("$since", f"DATE '{since}'")).to_pylist()
        lines = _lines(connection, {str(row["accession_number"]) for row in reports})
    rows = [row for row in histories(reports, lines) if _day(row["date"]) >= since]
    return rows_to_arrow(table_named("insider_amendments"), rows)


def as_amended(lake: Lake, table: str, as_of: int | None = None) -> pa.Table:
    """Lines as amended: without those that an amendment known at `as_of` restates with certainty.

    Args:
        table: insider_transactions or insider_holdings.
        as_of: nanoseconds UTC, inclusive; None means everything stored.
    Returns: rows of `table`; `supersedes` of an amendment's line names the line it restates.
    Raises: UsageError: another table.
    """
    if table not in LINE_TABLES:
        raise UsageError(f"{table!r} has no lines that are amended; there are: {', '.join(LINE_TABLES)}")
    with connect(lake, as_of, (table, "insider_amendments")) as connection:
        columns = ", ".join(f'"{name}"' for name in table_named(table).schema.names)
        return to_arrow(
            connection, f"SELECT {columns} FROM ({AS_AMENDED.format(table=table)})", table_named(table).schema
        )


def link(amendment: Row, reports: Iterable[Row]) -> Link:
    """Find what `amendment` amends among `reports` (all rows of insider_reports with `first_known`).

    Candidates are originals of the same form and issuer, filed on the day the amendment names, known no later than the
    amendment, that share an owner with it.
    """
    day = amendment["date_of_original_submission"]
    if day is None:
        return Link(UNKNOWN, "the amendment names no date of original submission", (), None)
    same_day = [
        report
        for report in reports
        if report["filing_date"] == day
        and report["issuer_cik"] == amendment["issuer_cik"]
        and report["form"] == str(amendment["form"]).removesuffix("/A")
        and _known(report) <= _known(amendment)
    ]
    owners = _owners(amendment)
    found = sorted((one for one in same_day if owners & _owners(one)), key=lambda one: str(one["accession_number"]))
    candidates = tuple(str(one["accession_number"]) for one in found)
    if not found:
        told = f"; {len(same_day)} of other owners" if same_day else ""
        return Link(UNKNOWN, f"no report of these owners filed on {day} is known{told}", (), None)
    if len(found) > 1:
        return Link(AMBIGUOUS, f"{len(found)} reports of these owners were filed on {day}", candidates, None)
    if _owners(found[0]) != owners:
        return Link(AMBIGUOUS, f"the one report filed on {day} is not by the same owners", candidates, None)
    return Link(CERTAIN, f"the one report of these owners filed on {day}", candidates, candidates[0])


def histories(reports: Sequence[Row], lines: Sequence[Row]) -> Iterator[Row]:
    """The rows of each amendment: as first known, and again whenever a later revision of something changes them.

    Args:
        reports: every revision of rows of insider_reports, with the `first_known` of their key.
        lines: every revision of lines of these reports, with `table_name`.
    """
    bounds = [instant - 1 for instant in sorted(_revised(reports, _REPORT_KEY) | _revised(lines, _LINE_KEY))]
    seen: dict[str, Row] = {}
    for since, bound in zip([None, *bounds], [*bounds, None], strict=True):
        latest = _latest(reports, _REPORT_KEY, bound)
        for row in _linked(latest, _latest(lines, _LINE_KEY, bound)):
            before = seen.get(str(row["accession_number"]))
            if before is not None and _content(before) == _content(row):
                continue
            if before is not None and since is not None:
                row |= {"known_at": since + 1, "supersedes": f"known_at={before['known_at']}"}
            seen[str(row["accession_number"])] = row
            yield row


_REPORT_KEY = ("accession_number",)
_LINE_KEY = ("accession_number", "row_number")


def _revised(rows: Sequence[Row], key: tuple[str, ...]) -> set[int]:
    """When rows of a key that was known already became known."""
    first: dict[object, int] = {}
    for row in rows:
        identity = tuple(row[name] for name in key)
        first[identity] = min(first.get(identity, _instant(row)), _instant(row))
    return {_instant(row) for row in rows if _instant(row) > first[tuple(row[name] for name in key)]}


def _latest(rows: Sequence[Row], key: tuple[str, ...], bound: int | None) -> list[Row]:
    """The latest row of each key known at `bound` (None: ever)."""
    ordered = sorted(rows, key=lambda row: (_instant(row), row["ingested_at"] or 0, str(row.get("document_name"))))
    found = {tuple(row[name] for name in key): row for row in ordered if bound is None or _instant(row) <= bound}
    return list(found.values())


def _linked(reports: Sequence[Row], lines: Sequence[Row]) -> Iterator[Row]:
    """One row an amendment, as they became known: a second one restates what the first left standing."""
    by_report: dict[str, list[Row]] = defaultdict(list)
    for line in sorted(lines, key=lambda line: int(str(line["row_number"]))):
        by_report[str(line["accession_number"])].append(line)
    by_issuer: dict[object, list[Row]] = defaultdict(list)
    for report in reports:
        by_issuer[report["issuer_cik"]].append(report)
    standing: dict[str, list[Row]] = {}
    amendments = [report for report in reports if str(report["form"]).endswith("/A")]
    for amendment in sorted(amendments, key=lambda one: (_known(one), str(one["accession_number"]))):
        found = link(amendment, by_issuer[amendment["issuer_cik"]])
        linked: list[Row] = []
        if found.amended is not None:
            earlier = standing.setdefault(found.amended, by_report[found.amended])
            amending = by_report[str(amendment["accession_number"])]
            pairs = restated(amending, earlier)
            linked = [_line_link(line, earlier, pairs.get(position)) for position, line in enumerate(amending)]
            replaced = set(pairs.values())
            kept = [line for position, line in enumerate(earlier) if position not in replaced]
            standing[found.amended] = kept + amending
        yield _row(amendment, found, linked)


def _line_link(line: Row, earlier: Sequence[Row], position: int | None) -> Row:
    old: Mapping[str, object] = earlier[position] if position is not None else {}
    return {
        "section": section(line),
        "row_number": line["row_number"],
        "restated_accession_number": old.get("accession_number"),
        "restated_row_number": old.get("row_number"),
    }


def _row(amendment: Row, found: Link, lines: list[Row]) -> Row:
    copied = ("date", "known_at_quality", "accession_number", "form", "issuer_cik", "owner_ciks")
    return {name: amendment[name] for name in copied} | {
        "ts_event": _known(amendment),
        "known_at": _known(amendment),
        "source": SOURCE,
        "supersedes": None,
        "date_of_original_submission": amendment["date_of_original_submission"],
        "status": found.status,
        "reason": found.reason,
        "candidates": list(found.candidates),
        "amended_accession_number": found.amended,
        "lines": lines,
    }


def _content(row: Row) -> Row:
    return {name: value for name, value in row.items() if name not in {"known_at", "supersedes"}}


def _lines(connection: duckdb.DuckDBPyConnection, accessions: set[str]) -> list[Row]:
    connection.register("linked", pa.table({"accession_number": pa.array(sorted(accessions), pa.string())}))
    none = ", ".join(f"NULL AS {name}" for name in AMOUNTS_AND_CODES)
    own = {"insider_transactions": ", ".join(AMOUNTS_AND_CODES), "insider_holdings": none}
    return [
        row
        for table in LINE_TABLES
        for row in to_arrow(connection, _LINES.format(table=table, own=own[table])).to_pylist()
    ]


def _owners(report: Row) -> frozenset[int]:
    ciks = report["owner_ciks"]
    assert isinstance(ciks, list)
    return frozenset(ciks)


def _known(report: Row) -> int:
    return int(str(report["first_known"]))


def _instant(row: Row) -> int:
    return int(str(row["known_at"]))


def _day(value: object) -> date:
    assert isinstance(value, date)
    return value
