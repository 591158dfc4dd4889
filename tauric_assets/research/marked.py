"""Pictures of bars with what became known marked on them: filings, headlines, insiders' trades.

Belongs here: which bars and events go on a picture. Not here: drawing (charts/pictures.py), files.
"""

import pyarrow as pa
import pyarrow.compute as pc

from tauric_assets.charts import pictures
from tauric_assets.lake.query import connect
from tauric_assets.lake.store import Lake
from tauric_assets.times import Days

EVENTS = """
    select min(known_at) as first_known, label from (
        select known_at, case when kind = 'filing' then form else regexp_replace(title, '^.* › ', '') end as label
        from documents where kind in ('filing', 'news') and list_contains(symbols, ?)
        union all
        select known_at, 'insider ' || case transaction_code when 'P' then 'buys' else 'sells' end
        from insider_transactions where transaction_code in ('P', 'S') and issuer_symbol = ?
    ) where known_at >= ? and known_at < ? group by label order by first_known
"""
"""What became known about a ticker in a span: form types, headlines, insiders' open-market trades, each once."""


def hourly(lake: Lake, days: Days) -> pa.Table:
    """The hourly bars of `days`: what pictures are drawn of."""
    return lake.read("bars", days=days, where="interval = '1h'")


def most_traded(bars: pa.Table) -> list[tuple[str, str]]:
    """(venue, symbol) of all `bars`, most trades first."""
    totals = bars.group_by(["venue", "symbol"]).aggregate([("trade_count", "sum")])
    rows = sorted(totals.to_pylist(), key=lambda row: (-row["trade_count_sum"], row["venue"], row["symbol"]))
    return [(row["venue"], row["symbol"]) for row in rows]


def picture_of_most_traded(lake: Lake, days: Days) -> bytes:
    """A PNG of the symbol with most trades in `days`; empty where there is none."""
    bars = hourly(lake, days)
    if not bars.num_rows:
        return b""
    venue, symbol = most_traded(bars)[0]
    return pictures.candlestick(_bars_of(bars, venue, symbol), f"{symbol} on {venue}, {days.start} to {days.end}")


def picture(lake: Lake, bars: pa.Table, name: str, listing: tuple[str, str], days: Days) -> bytes:
    """A PNG of the bars of `listing` (venue, symbol), with what became known of the ticker `name` in `days`."""
    venue, symbol = listing
    title = f"{name} on {venue}, {days.start} to {days.end}"
    return pictures.candlestick(_bars_of(bars, venue, symbol), title, _events(lake, name, days))


def _bars_of(bars: pa.Table, venue: str, symbol: str) -> pa.Table:
    return bars.filter((pc.field("venue") == venue) & (pc.field("symbol") == symbol))


def _events(lake: Lake, ticker: str, days: Days) -> list[tuple[int, str]]:
    with connect(lake, tables=["documents", "insider_transactions"]) as connection:
        rows = connection.execute(EVENTS, [ticker, ticker, days.start_ns, days.end_ns]).fetchall()
    return [(int(at), str(label)) for at, label in rows]
