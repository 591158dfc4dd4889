"""What must hold of a table after it was written; the Dagster checks ask here.

Belongs here: keys unique, times sane, documents accounted for.
Not here: repair, and checks of what values mean.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tauric_assets.lake.query import connect
from tauric_assets.lake.store import Lake
from tauric_assets.tables import QUALITIES, table_named
from tauric_assets.times import DAY_NS, Days

EARLIEST_NS = -200 * 366 * DAY_NS
"""No event in the house is older than 1770: anything before is a unit mistaken for another."""


@dataclass(frozen=True)
class Verdict:
    """Whether a check passed, what it counted, and what is wrong in one line each."""

    counts: dict[str, int] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """No problem was found."""
        return not self.problems


def verify_table(lake: Lake, name: str, days: Days) -> Verdict:
    """Keys unique (with `known_at`), instants and qualities sane, in the partitions of `days`.

    Every stored row counts, superseded ones too.
    """
    table = table_named(name)
    names = table.key if not table.revisable else (*table.key, "known_at")
    key = ", ".join(f'"{column}"' for column in names)  # some are words of SQL: window
    qualities = ", ".join(f"'{quality}'" for quality in QUALITIES)
    sql = f"""
        select count(*) as stored,
            count(*) - count(distinct ({key})) as repeated,
            count(*) filter (known_at is null or ts_event is null) as without_time,
            count(*) filter (ts_event < {EARLIEST_NS} or known_at < {EARLIEST_NS}) as absurd_time,
            count(*) filter (known_at_quality is null or known_at_quality not in ({qualities})) as without_quality,
            count(*) filter (source is null or source = '') as without_source,
            count(*) filter (ingested_at is null) as without_ingestion
        from all_{name} where date >= '{days.start}' and date < '{days.end}'
    """
    with connect(lake, tables=[name]) as connection:
        row = connection.sql(sql).to_arrow_table().to_pylist()[0]
    stored = int(row.pop("stored"))
    problems = tuple(f"{count} of {stored} rows {what.replace('_', ' ')}" for what, count in row.items() if count)
    return Verdict({"stored": stored}, problems)


def verify_accounts(lake: Lake, days: Days, feeds: Sequence[str]) -> Verdict:
    """Every raw document of `feeds` in `days` has an account, and each account balances: in = rows + out."""
    names = ", ".join(f"'{feed}'" for feed in feeds) or "''"
    where = f"where date >= '{days.start}' and date < '{days.end}' and feed in ({names})"
    sql = f"""
        select (select count(*) from raw_documents {where}) as documents,
            count(*) as accounts,
            coalesce(sum(records), 0) as records, coalesce(sum("rows"), 0) as "rows",
            coalesce(sum(quarantined), 0) as quarantined, coalesce(sum(ignored), 0) as ignored,
            (select count(*) from quarantine {where}) as in_quarantine
        from document_accounts {where}
    """
    with connect(lake, tables=["raw_documents", "document_accounts", "quarantine"]) as connection:
        row = {name: int(value or 0) for name, value in connection.sql(sql).to_arrow_table().to_pylist()[0].items()}
    problems = []
    if row["documents"] != row["accounts"]:
        problems.append(f"{row['documents']} documents held, {row['accounts']} accounted for")
    if row["records"] != row["rows"] + row["quarantined"] + row["ignored"]:
        problems.append(f"{row['records']} records in, {row['rows'] + row['quarantined'] + row['ignored']} out")
    if row["quarantined"] != row["in_quarantine"]:
        problems.append(f"{row['quarantined']} records quarantined, {row['in_quarantine']} in the quarantine")
    return Verdict(row, tuple(problems))
