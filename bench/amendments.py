"""Claim: what real amendments say of themselves links few of them beyond doubt, and the rule takes no more than those.

Peer: none. The SEC's own quarterly table of insiders' submissions names no owners in the recorded part, so each
amendment is linked once as if all owners were one (no report is told from another by its owners: what is certain here
is certain at best, and what is ambiguous may be resolved by owners), over the originals of the same quarter only.
Refuted by an amendment that links to a report of another issuer, form or day.

Belongs here: counting links over the recorded table. Not here: the rule (research/amendments.py).
"""

import argparse
import csv
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path

from tauric_assets.research.amendments import AMBIGUOUS, CERTAIN, Link, link
from tauric_assets.tables import Row
from tauric_assets.times import day_start_ns

EVERYBODY = 0


def reports(table: Path) -> Iterator[Row]:
    """The submissions of the SEC's table as rows of insider_reports."""
    with table.open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file, delimiter="\t"):
            filed = _day(line["FILING_DATE"])
            assert filed is not None
            yield {
                "accession_number": line["ACCESSION_NUMBER"],
                "form": line["DOCUMENT_TYPE"],
                "issuer_cik": int(line["ISSUERCIK"]),
                "owner_ciks": [EVERYBODY],
                "filing_date": filed,
                "period_of_report": _day(line["PERIOD_OF_REPORT"]),
                "date_of_original_submission": _day(line["DATE_OF_ORIG_SUB"]),
                "first_known": day_start_ns(filed),
            }


def _day(text: str) -> date | None:
    return datetime.strptime(text, "%d-%b-%Y").date() if text else None  # noqa: DTZ007


def links(rows: Sequence[Row]) -> list[tuple[Row, Link]]:
    """Every amendment and its link."""
    by_issuer: dict[object, list[Row]] = defaultdict(list)
    for row in rows:
        by_issuer[row["issuer_cik"]].append(row)
    amendments = [row for row in rows if str(row["form"]).endswith("/A")]
    return [(row, link(row, by_issuer[row["issuer_cik"]])) for row in amendments]


def main(words: Sequence[str] | None = None) -> None:
    """Print how many amendments link, by form."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--realdata", type=Path, required=True, help="reads form4/sec_345_dataset/SUBMISSION.tsv in it")
    rows = list(reports(parser.parse_args(words).realdata / "form4" / "sec_345_dataset" / "SUBMISSION.tsv"))
    found = links(rows)
    counts = Counter((str(row["form"]), one.status) for row, one in found)
    for form in sorted({form for form, _ in counts}):
        print(form, {status: count for (each, status), count in sorted(counts.items()) if each == form})
    by_number = {row["accession_number"]: row for row in rows}
    first = min(_filed(row) for row in rows)
    none = [row for row, one in found if one.status not in (CERTAIN, AMBIGUOUS)]
    before = sum(str(row["date_of_original_submission"]) < str(first) for row in none)
    ambiguous = [(row, one) for row, one in found if one.status == AMBIGUOUS]
    narrowed = sum(
        sum(by_number[each]["period_of_report"] == row["period_of_report"] for each in one.candidates) == 1
        for row, one in ambiguous
    )
    print(f"{len(found)} amendments of {len(rows)} submissions")
    print(f"of {len(none)} unknown, {before} amend what was filed before the table begins ({first})")
    print(f"of {len(ambiguous)} ambiguous, {narrowed} have one candidate of the same period")


def _filed(row: Row) -> date:
    filed = row["filing_date"]
    assert isinstance(filed, date)
    return filed


if __name__ == "__main__":
    main()
