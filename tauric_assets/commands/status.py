"""`tauric status`: table by table what the lake holds, and whether every document is accounted for.

Belongs here: the two tables it prints. Not here: how they are counted (lake/).
"""

from tauric_assets.commands.terminal import OUT, show_table
from tauric_assets.house import House
from tauric_assets.lake.query import connect
from tauric_assets.tables import TABLES
from tauric_assets.times import SECOND_NS, ns_to_text

ACCOUNTS = """
    select r.feed, count(*) as documents,
        count(a.sha256) as accounted, coalesce(sum(a.records), 0) as records, coalesce(sum(a."rows"), 0) as "rows",
        coalesce(sum(a.ignored), 0) as ignored, coalesce(sum(a.quarantined), 0) as quarantined
    from raw_documents r
    left join document_accounts a on a.date = r.date and a.feed = r.feed and a.url = r.url and a.sha256 = r.sha256
    group by all order by r.feed
"""

ASKED = ("raw_documents", "document_accounts", "quarantine", "trades")
STREAMS = "select venue, count(*) as trades from trades where ts_recv is not null group by venue order by venue"
_ZEROS = dict.fromkeys(("documents", "accounted", "records", "rows", "ignored", "quarantined"), 0)


def gather(house: House) -> dict[str, list[dict[str, object]]]:
    """What the command shows, as plain values: `tables` and `feeds`."""
    tables = []
    for name in TABLES:
        held = house.lake.status(name)
        if not held.rows:
            continue
        lag = None if held.last_known_at is None else max(0, house.clock() - held.last_known_at) // SECOND_NS
        tables.append(
            {
                "table": name,
                "rows": held.rows,
                "first_day": str(held.first_day),
                "last_day": str(held.last_day),
                "last_known_at": None if held.last_known_at is None else ns_to_text(held.last_known_at)[:19] + "Z",
                "lag_s": lag,
                "files": held.files,
                "bytes": held.bytes,
            }
        )
    with connect(house.lake, tables=ASKED) as connection:
        streams = connection.sql(STREAMS).to_arrow_table().to_pylist()
        feeds = connection.sql(ACCOUNTS).to_arrow_table().to_pylist()
        unserved = connection.sql("select count(*) from quarantine where feed = 'recordings'").fetchall()[0][0]
    if unserved:
        counts = dict.fromkeys(("documents", "accounted", "records", "quarantined"), unserved)
        feeds.append({"feed": "recordings", **_ZEROS, **counts})
    feeds += [{"feed": f"stream/{s['venue']}", **_ZEROS, "records": s["trades"], "rows": s["trades"]} for s in streams]
    return {"tables": tables, "feeds": [{key: _plain(value) for key, value in feed.items()} for feed in feeds]}


def show(house: House) -> None:
    """Print both tables and the one line that matters: are all documents accounted for."""
    found = gather(house)
    if not found["tables"]:
        OUT.print("the lake is empty; fill it with: tauric demo")
        return
    columns = ("table", "rows", "first day", "last day", "last known at", "lag")
    rows = [
        (t["table"], f"{t['rows']:,}", t["first_day"], t["last_day"], t["last_known_at"], _lag(t["lag_s"]))
        for t in found["tables"]
    ]
    show_table(columns, rows, right=("rows", "lag"))
    OUT.print()
    counts = ("documents", "records", "rows", "ignored", "quarantined")
    show_table(("feed", *counts), [(f["feed"], *(f"{f[c]:,}" for c in counts)) for f in found["feeds"]], right=counts)
    missing = sum(int(str(f["documents"])) - int(str(f["accounted"])) for f in found["feeds"])
    total = sum(int(str(f["documents"])) for f in found["feeds"])
    OUT.print(
        f"\nevery one of {total:,} documents is accounted for"
        if not missing
        else f"\n{missing:,} of {total:,} documents are not parsed yet; run: tauric backfill"
    )


def _plain(value: object) -> object:
    return value if isinstance(value, str) else int(str(value))


def _lag(seconds: object) -> str:
    if seconds is None:
        return ""
    amount = int(str(seconds))
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if amount >= size:
            return f"{amount // size} {unit}"
    return f"{amount} s"
