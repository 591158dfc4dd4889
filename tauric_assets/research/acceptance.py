"""Since when a fact is known: the acceptance of its filing, where the lake has it.

A companyfacts document tells the day alone. The submission's own header tells the second (`filings`, quality
`source`); a submissions list tells it too, without a zone (`listed_filings`, estimated). Rows stay pure: the join is
made when they are stored, and a fact stored before its filing keeps the later estimate, as rows are never edited.

Belongs here: that join. Not here: reading of documents (feeds/), statements made of facts (statements.py).
"""

import pyarrow as pa

from tauric_assets.lake.engine import to_arrow
from tauric_assets.lake.query import connect
from tauric_assets.lake.store import Lake

_SQL = """
WITH accepted AS (
    SELECT accession_number, known_at, known_at_quality, 1 AS rank
    FROM all_filings SEMI JOIN given USING (accession_number) WHERE known_at_quality = 'source'
    UNION ALL
    SELECT accession_number, known_at, known_at_quality, 2
    FROM all_listed_filings SEMI JOIN given USING (accession_number) WHERE acceptance IS NOT NULL),
best AS (SELECT * FROM accepted QUALIFY row_number() OVER (PARTITION BY accession_number ORDER BY rank, known_at) = 1)
SELECT g.* REPLACE (
    coalesce(b.known_at, g.known_at) AS known_at, coalesce(b.known_at_quality, g.known_at_quality) AS known_at_quality)
FROM given g LEFT JOIN best b USING (accession_number)
"""


def since_acceptance(lake: Lake, facts: pa.Table) -> pa.Table:
    """`facts` with the acceptance of their filing as `known_at`; those of filings unknown to the lake as they are.

    Args:
        facts: rows of `facts`, or of any table with `accession_number`.
    Returns: the same rows, in no promised order.
    """
    if not facts.num_rows:
        return facts
    with connect(lake, tables=["filings", "listed_filings"]) as connection:
        connection.register("given", facts)
        return to_arrow(connection, _SQL, facts.schema)
