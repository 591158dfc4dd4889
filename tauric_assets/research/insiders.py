"""What became known of insiders' open-market trades, by issuer and day.

Counted are lines of codes P and S (open-market or private purchase and sale) in the company's shares themselves, on the
day they became known (UTC). A line of a certain amendment that restates another counts as the difference to it, on the
day of the amendment; lines of amendments that cannot be linked are only numbered. A day gets a row at each instant at
which something of it became known, so that a reader as of noon sees the morning.

Belongs here: sums, distinct buyers and sellers, cluster buys. Not here: which line restates which (amendments.py),
prices of the market.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal

import pyarrow as pa

from tauric_assets.lake.engine import to_arrow
from tauric_assets.lake.query import connect
from tauric_assets.lake.store import Lake
from tauric_assets.tables import QUALITIES, Row, table_named
from tauric_assets.tables import to_arrow as rows_to_arrow
from tauric_assets.times import Days, day_of_ns, day_start_ns

CLUSTER_BUYERS_MIN = 3
"""A cluster buy is at least so many distinct buyers …"""
CLUSTER_WINDOW_DAYS = 30
"""… whose purchases became known within so many days, the row's own day included."""

SOURCE = "insider_transactions, insider_amendments"
VALUE_MAX = Decimal(10) ** 17
"""A line worth as much as this or more, in dollars, is a mistake; its value is left out and counted as such."""

_EXACT = Context(prec=100)
_VALUE_STEP = Decimal(1).scaleb(-18)
_ROLES = (
    ("is_officer", "net_value_officers"),
    ("is_director", "net_value_directors"),
    ("is_ten_percent_owner", "net_value_ten_percent_owners"),
)

_LINES = """
WITH every AS (
    SELECT date, known_at, known_at_quality, ingested_at, accession_number, row_number, form, issuer_cik, issuer_symbol,
        owner_ciks, is_officer, is_director, is_ten_percent_owner, derivative, transaction_code, shares, price,
        transaction_value, rule_10b5_1, rule_10b5_1_in_footnote, flags,
        min(known_at) OVER (PARTITION BY accession_number, row_number) AS first_known
    FROM all_insider_transactions),
restated AS (
    SELECT DISTINCT line.restated_accession_number AS accession_number, line.restated_row_number AS row_number
    FROM (SELECT unnest(lines) AS line FROM all_insider_amendments WHERE known_at >= {since})),
wanted AS (
    SELECT DISTINCT accession_number, row_number FROM every WHERE transaction_code IN ('P', 'S') AND NOT derivative
        AND (first_known >= {since} OR (accession_number, row_number) IN (
            SELECT (accession_number, row_number) FROM restated)))
SELECT * FROM every WHERE (accession_number, row_number) IN (SELECT (accession_number, row_number) FROM wanted)
"""

_AMENDMENTS = """
SELECT accession_number, issuer_cik, known_at, ingested_at, status, lines,
    min(known_at) OVER (PARTITION BY accession_number) AS first_known
FROM all_insider_amendments
"""

_FIRST_KNOWN = "SELECT min(known_at) FROM all_{table} WHERE date >= '{start}' AND date < '{end}'"

Key = tuple[str, int]
"""Accession number and row number."""


def first_day(lake: Lake, days: Days) -> date:
    """The earliest day of activity that what the lake holds under `days` can change."""
    tables = ("insider_transactions", "insider_amendments")
    found = [days.start]
    with connect(lake, tables=tables) as connection:
        for table in tables:
            sql = _FIRST_KNOWN.format(table=table, start=days.start, end=days.end)
            [(instant,)] = connection.execute(sql).fetchall()
            found += [] if instant is None else [day_of_ns(instant)]
    return min(found)


def build(lake: Lake, since: date) -> pa.Table:
    """Activity of `since` and every later day.

    Returns: rows of `insider_activity`; the first of a day is known when its first line was, each later one supersedes
        the one before.
    """
    start = day_start_ns(since - timedelta(days=CLUSTER_WINDOW_DAYS))
    with connect(lake, tables=("insider_transactions", "insider_amendments")) as connection:
        lines = to_arrow(connection, _LINES.format(since=start)).to_pylist()
        amendments = to_arrow(connection, _AMENDMENTS).to_pylist()
    return rows_to_arrow(table_named("insider_activity"), activity(lines, amendments, since))


def activity(lines: Iterable[Row], amendments: Iterable[Row], since: date) -> Iterator[Row]:
    """Rows of `insider_activity` from every revision of lines and amendments, each with its key's `first_known`.

    Raises: nothing about the rows; what has no value is counted as such.
    """
    known = _Known.of(lines, amendments)
    for issuer, days in sorted(known.events.items()):
        for day in sorted(day for day in days if day >= since):
            yield from _revisions(issuer, day, days, known)


@dataclass(frozen=True)
class _Event:
    """A line that became known, or (`by` is set) that an amendment restated, at `at`."""

    at: int
    line: Key
    by: Key | None = None


@dataclass(frozen=True)
class _Known:
    """Every revision of every line and amendment, and what happened on which issuer's day."""

    lines: Mapping[Key, Sequence[Row]]
    amendments: Mapping[str, Sequence[Row]]
    events: Mapping[int, Mapping[date, list[_Event]]]

    @classmethod
    def of(cls, lines: Iterable[Row], amendments: Iterable[Row]) -> "_Known":
        by_line: dict[Key, list[Row]] = defaultdict(list)
        by_amendment: dict[str, list[Row]] = defaultdict(list)
        events: dict[int, dict[date, list[_Event]]] = defaultdict(lambda: defaultdict(list))
        for line in lines:
            by_line[_key(line["accession_number"], line["row_number"])].append(line)
        for amendment in amendments:
            by_amendment[str(amendment["accession_number"])].append(amendment)
        for revisions in (*by_line.values(), *by_amendment.values()):
            revisions.sort(key=lambda row: (_int(row["known_at"]), _int(row["ingested_at"] or 0)))
        for key, revisions in sorted(by_line.items()):
            at = _int(revisions[0]["first_known"])
            events[_int(revisions[0]["issuer_cik"])][day_of_ns(at)].append(_Event(at, key))
        for accession, revisions in sorted(by_amendment.items()):
            at = _int(revisions[0]["first_known"])
            pairs = {pair for revision in revisions for pair in _pairs(revision).items()}
            for by, restated in sorted(pairs):
                if restated in by_line:
                    event = _Event(at, restated, (accession, by))
                    events[_int(revisions[0]["issuer_cik"])][day_of_ns(at)].append(event)
        return cls(by_line, by_amendment, events)

    def line(self, key: Key, at: int) -> Row | None:
        """The line as known at `at`, if it then was an open-market trade in shares."""
        found = _as_of(self.lines.get(key, ()), at)
        if found is None or found["derivative"] or found["transaction_code"] not in ("P", "S"):
            return None
        return found

    def links(self, accession: str, at: int) -> dict[int, Key] | None:
        """What the lines of an amendment restate, as known at `at`; None where its link is not certain."""
        found = _as_of(self.amendments.get(accession, ()), at)
        return _pairs(found) if found is not None and found["status"] == "certain" else None

    def instants(self, events: Iterable[_Event]) -> set[int]:
        """When anything about these events became known."""
        found: set[int] = set()
        for event in events:
            accessions = {event.line[0], event.by[0] if event.by else event.line[0]}
            rows = [
                *self.lines.get(event.line, ()),
                *(row for one in accessions for row in self.amendments.get(one, ())),
            ]
            found |= {event.at, *(_int(row["known_at"]) for row in rows)}
        return found


@dataclass
class _Sums:
    """The columns of one row while they are summed."""

    value: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    shares: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    owners: dict[str, list[frozenset[int]]] = field(default_factory=lambda: defaultdict(list))
    qualities: set[str] = field(default_factory=set)
    symbol: object = None

    def add(self, line: Row, sign: int) -> None:
        """Add (1) or take away (-1) the amounts of a line."""
        code = str(line["transaction_code"])
        shares, value = line["shares"], _value(line)
        self.qualities.add(str(line["known_at_quality"]))
        if isinstance(shares, Decimal):
            self.shares[code] = _EXACT.add(self.shares[code], sign * shares)
        if value is not None:
            role = next((column for flag, column in _ROLES if line[flag]), "net_value_others")
            signed = sign * value
            self.value[code] = _EXACT.add(self.value[code], signed)
            self.value[role] = _EXACT.add(self.value[role], signed if code == "P" else -signed)

    def count(self, line: Row, *, correction: bool) -> None:
        """Number a line, and its owners unless it only corrects another of the same kind."""
        self.symbol = line["issuer_symbol"] or self.symbol
        self.counts["lines"] += 1
        self.counts["lines_under_plan"] += bool(line["rule_10b5_1"] or line["rule_10b5_1_in_footnote"])
        self.counts["lines_without_value"] += _value(line) is None
        if not correction:
            self.owners[str(line["transaction_code"])].append(_owners(line))


def _revisions(issuer: int, day: date, days: Mapping[date, list[_Event]], known: _Known) -> Iterator[Row]:
    """The rows of one issuer and day, one for each instant at which its content changed."""
    today = days[day]
    window = [event for back in range(CLUSTER_WINDOW_DAYS) for event in days.get(day - timedelta(days=back), ())]
    opening = min(event.at for event in today)
    before: Row | None = None
    for instant in sorted(known.instants(window)):
        if instant < opening:
            continue
        content = _content(today, window, known, instant)
        if content is None or (before is not None and content.items() <= before.items()):
            continue
        row = content | {
            "date": day,
            "ts_event": day_start_ns(day),
            "known_at": instant,
            "source": SOURCE,
            "supersedes": None if before is None else f"known_at={before['known_at']}",
            "issuer_cik": issuer,
        }
        before = row
        yield row


def _content(today: Sequence[_Event], window: Sequence[_Event], known: _Known, at: int) -> Row | None:
    """What was known at `at` of a day's lines; None where nothing of it counts."""
    sums = _Sums()
    for event in today:
        line = known.line(event.line, at) if event.at <= at else None
        if line is None:
            continue
        links = known.links((event.by or event.line)[0], at)
        if event.by is not None:
            if links and links.get(event.by[1]) == event.line:
                sums.add(line, -1)
        elif links is None and str(line["form"]).endswith("/A"):
            sums.counts["lines_unlinked"] += 1
            sums.symbol = sums.symbol or line["issuer_symbol"]
            sums.qualities.add(str(line["known_at_quality"]))
        else:
            restated = known.line(links[event.line[1]], at) if links and event.line[1] in links else None
            same_kind = restated is not None and restated["transaction_code"] == line["transaction_code"]
            sums.add(line, 1)
            sums.count(line, correction=same_kind)
    if not sums.qualities:
        return None
    buyers = _distinct(_standing_buyers(window, known, at))
    return _columns(sums) | {"buyers_in_window": buyers, "cluster_buy": buyers >= CLUSTER_BUYERS_MIN}


def _standing_buyers(window: Sequence[_Event], known: _Known, at: int) -> Iterator[frozenset[int]]:
    """Owners of the purchases in the window that were known at `at` and that no amendment had restated by then."""
    gone = {
        event.line
        for event in window
        if event.by and event.at <= at and (known.links(event.by[0], at) or {}).get(event.by[1]) == event.line
    }
    for event in window:
        line = known.line(event.line, at) if event.by is None and event.at <= at and event.line not in gone else None
        if line is None or line["transaction_code"] != "P":
            continue
        if not str(line["form"]).endswith("/A") or known.links(event.line[0], at) is not None:
            yield _owners(line)


def _columns(sums: _Sums) -> Row:
    value, shares = sums.value, sums.shares
    return {
        "known_at_quality": max(sums.qualities, key=QUALITIES.index),
        "issuer_symbol": sums.symbol,
        "net_value": _cut(_EXACT.subtract(value["P"], value["S"])),
        "buy_value": _cut(value["P"]),
        "sell_value": _cut(value["S"]),
        **{column: _cut(value[column]) for _, column in (*_ROLES, ("", "net_value_others"))},
        "net_shares": _EXACT.subtract(shares["P"], shares["S"]),
        "buy_shares": shares["P"],
        "sell_shares": shares["S"],
        "buyers": _distinct(sums.owners["P"]),
        "sellers": _distinct(sums.owners["S"]),
        **{name: sums.counts[name] for name in ("lines", "lines_under_plan", "lines_without_value", "lines_unlinked")},
    }


def _value(line: Row) -> Decimal | None:
    """Shares times price, exact, or the total where the line gives that; None where neither is there or plausible."""
    shares, price, total = line["shares"], line["price"], line["transaction_value"]
    if isinstance(shares, Decimal) and isinstance(price, Decimal):
        total = _EXACT.multiply(shares, price)
    return total if isinstance(total, Decimal) and 0 <= total < VALUE_MAX else None


def _cut(value: Decimal) -> Decimal:
    """`value` in the 18 decimals of its column; exact unless shares and price have more than that together."""
    return value.quantize(_VALUE_STEP, rounding=ROUND_HALF_EVEN, context=_EXACT)


def _distinct(owners: Iterable[frozenset[int]]) -> int:
    """How many groups of owners there are; those who report together, or through one another, are one."""
    groups: list[frozenset[int]] = []
    for one in owners:
        apart = [group for group in groups if group.isdisjoint(one)]
        groups = [*apart, one.union(*(group for group in groups if not group.isdisjoint(one)))]
    return len(groups)


def _pairs(amendment: Row) -> dict[int, Key]:
    """Row number of an amendment's line to the line it restates."""
    lines = amendment["lines"]
    assert isinstance(lines, list)
    return {
        line["row_number"]: _key(line["restated_accession_number"], line["restated_row_number"])
        for line in lines
        if line["restated_row_number"] is not None
    }


def _as_of(revisions: Sequence[Row], at: int) -> Row | None:
    """The latest revision known at `at`."""
    return next((row for row in reversed(revisions) if _int(row["known_at"]) <= at), None)


def _owners(line: Row) -> frozenset[int]:
    ciks = line["owner_ciks"]
    assert isinstance(ciks, list)
    return frozenset(ciks)


def _key(accession: object, number: object) -> Key:
    return str(accession), _int(number)


def _int(value: object) -> int:
    assert isinstance(value, int)
    return value
