"""What must hold of `links`, and how many documents have one; the Dagster check asks here.

Belongs here: that check. Not here: linking (linking.py), rows (documents.py).
"""

from tauric_assets.lake.query import connect
from tauric_assets.lake.store import Lake
from tauric_assets.lake.verify import Verdict
from tauric_assets.text.linking import LINKED
from tauric_assets.times import Days


def verdict(lake: Lake, days: Days) -> Verdict:
    """How many news entries and posts of `days` name a company, and whether every link belongs to a document.

    Returns: `documents` (news and posts), `linked` (with a link of `LINKED` confidence), `percent_linked`.
    """
    where = f"date >= '{days.start}' and date < '{days.end}'"
    sql = f"""
        with texts as (select document_id, known_at from all_documents where {where} and kind <> 'filing'),
        sure as (select distinct document_id, known_at from all_links where {where} and confidence >= {LINKED})
        select (select count(*) from texts) as documents,
            (select count(*) from texts join sure using (document_id, known_at)) as linked,
            (select count(*) from all_links where {where}
                and (document_id, known_at) not in (select (document_id, known_at) from all_documents where {where}))
                as strays,
            (select count(*) from all_links where {where} and not (confidence between 0 and 1)) as absurd
    """
    with connect(lake, tables=["documents", "links"]) as connection:
        row = connection.sql(sql).to_arrow_table().to_pylist()[0]
    documents, linked = int(row["documents"]), int(row["linked"])
    problems = []
    if row["strays"]:
        problems.append(f"{row['strays']} links of documents that are not there")
    if row["absurd"]:
        problems.append(f"{row['absurd']} links with a confidence that is not between 0 and 1")
    percent = round(100 * linked / documents) if documents else 0
    return Verdict({"documents": documents, "linked": linked, "percent_linked": percent}, tuple(problems))
