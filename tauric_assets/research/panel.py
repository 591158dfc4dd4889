"""The panel: one row per symbol and day, every feature as known at the close of that day.

Point in time by construction: each feature joins every stored revision on `known_at <= close`, then takes the latest
revision of each key among those, separately for each close. An item counts for the window in which its first revision
became known, so that a correction of something old is not news; a story that several feeds tell counts once.

Belongs here: which features there are, and their SQL.
Not here: indicators and bars themselves (charts/), which listing belongs to a ticker (the caller knows).
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa

from tauric_assets.errors import UsageError
from tauric_assets.lake.engine import to_arrow
from tauric_assets.lake.query import connect
from tauric_assets.lake.store import Lake
from tauric_assets.settings import Settings
from tauric_assets.tables import TABLES
from tauric_assets.times import DAY_NS, Days, datetime_to_ns

READ = ("bars", "indicators", "instruments", "insider_transactions", "filings", "documents", "news_clusters")
SOURCE = ", ".join(READ)
LOOKBACK_DAYS = 15
"""How many calendar days back an earlier close or an indicator is looked for; holds five trading days and holidays."""
FILING_LOOKBACK_DAYS = 400
"""How far back the last filing is looked for; every company that reports at all files at least once a year."""

# Bars known at each close that ended in the 24 hours before `instant`; `day_number` makes an equality to join on.
_BARS = """
FROM (SELECT *, unnest([instant // {day}, instant // {day} - 1]) AS day_number FROM {instants}) p
JOIN known_bars b ON b.ticker = p.symbol AND b.ts_close // {day} = p.day_number
    AND b.ts_close <= p.instant AND b.ts_close > p.instant - {day} AND b.known_at <= p.close_ns
"""

_SESSIONS = """
SELECT *, lag(close_ns, 1) OVER w AS previous_1, lag(close_ns, 5) OVER w AS previous_5
FROM (SELECT DISTINCT p.symbol, p.close_ns {bars})
WINDOW w AS (PARTITION BY symbol ORDER BY close_ns)
"""

_INSTANTS = """
SELECT DISTINCT * FROM (
    SELECT symbol, close_ns, unnest([close_ns, previous_1, previous_5]) AS instant FROM sessions
    WHERE close_ns IN (SELECT close_ns FROM closes))
WHERE instant > close_ns - {window}
"""

_PRICES = """
WITH bars_at AS (
    SELECT p.symbol, p.close_ns, p.instant, b.ts_close, b.close, b.volume,
        CASE b.interval WHEN '1m' THEN 1 WHEN '5m' THEN 2 WHEN '1h' THEN 3 ELSE 4 END AS width
    {bars}
    QUALIFY row_number() OVER (PARTITION BY p.symbol, p.close_ns, p.instant, b.interval, b.ts_event
                               ORDER BY b.known_at DESC, b.ingested_at DESC) = 1),
finest AS (SELECT * FROM bars_at QUALIFY width = min(width) OVER (PARTITION BY symbol, close_ns, instant))
SELECT symbol, close_ns, instant, arg_max(close, ts_close) AS close, sum(volume) AS volume FROM finest GROUP BY ALL
"""

# Items of `table` first known within the window before each close, each in its latest revision known at that close.
# `where` chooses keys, not rows: a revision that no longer fits must still hide the one before it.
_ITEMS = """
SELECT c.close_ns, r.* FROM closes c
JOIN (SELECT {columns}, known_at, ingested_at, min(known_at) OVER (PARTITION BY {key}) AS first_known
      FROM all_{table} WHERE ({key}) IN (SELECT ({key}) FROM all_{table} WHERE {where})) r
    ON r.known_at <= c.close_ns AND r.first_known > c.close_ns - {window}
QUALIFY row_number() OVER (PARTITION BY c.close_ns, {key} ORDER BY r.known_at DESC, r.ingested_at DESC) = 1
"""

_INDICATORS = """
WITH latest AS (
    SELECT i.ticker AS symbol, c.close_ns, i.indicator, i.ts_event, i.value
    FROM closes c
    JOIN known_indicators i ON i.known_at <= c.close_ns AND i.ts_event > c.close_ns - {window}
    QUALIFY row_number() OVER (PARTITION BY i.ticker, c.close_ns, i.indicator
                               ORDER BY i.ts_event DESC, i.known_at DESC, i.ingested_at DESC) = 1)
SELECT symbol, close_ns,
    max(value) FILTER (indicator = 'rsi_14') AS rsi_14,
    max(value) FILTER (indicator = 'macd_12_26_9') AS macd_12_26_9,
    max(value) FILTER (indicator = 'atr_14') AS atr_14
FROM latest GROUP BY ALL
"""

_COMPANIES = """
SELECT l.symbol, c.close_ns, i.cik FROM closes c CROSS JOIN listings l
JOIN all_instruments i ON i.symbol = l.symbol AND i.known_at <= c.close_ns
QUALIFY row_number() OVER (PARTITION BY l.symbol, c.close_ns
                           ORDER BY i.known_at DESC, i.date DESC, i.ingested_at DESC, i.cik) = 1
"""

_INSIDERS = """
SELECT close_ns, issuer_cik AS cik,
    sum(CAST(shares AS DOUBLE) * CAST(price AS DOUBLE)
        * CASE acquired_disposed WHEN 'A' THEN 1 WHEN 'D' THEN -1 END) AS net_value,
    count(DISTINCT owner_ciks) FILTER (transaction_code = 'P') AS buyers,
    count(DISTINCT owner_ciks) FILTER (transaction_code = 'S') AS sellers
FROM insider_items WHERE transaction_code IN ('P', 'S') GROUP BY ALL
"""

_FILINGS = """
SELECT close_ns, cik, count(*) FILTER (first_known > close_ns - 7 * {day}) AS filings_7d,
    arg_max(form, (first_known, accession_number)) AS last_form,
    (close_ns - max(first_known)) / 3.6e12 AS hours_since_filing
FROM filing_items GROUP BY close_ns, cik
"""

_DOCUMENTS = """
SELECT close_ns, symbol,
    count(DISTINCT story) FILTER (kind = 'news' AND first_known > close_ns - {day}) AS news_1d,
    count(DISTINCT story) FILTER (kind = 'news') AS news_5d,
    count(*) FILTER (kind = 'post' AND first_known > close_ns - {day}) AS posts_1d
FROM (SELECT d.close_ns, d.kind, d.first_known, coalesce(n.cluster_id, d.document_id) AS story,
             unnest(list_distinct(d.symbols)) AS symbol
      FROM document_items d LEFT JOIN all_news_clusters n ON n.document_id = d.document_id AND n.known_at <= d.close_ns)
GROUP BY ALL
"""

_PANEL = """
SELECT c.day AS date, c.close_ns AS ts_event, c.close_ns AS known_at, 'source' AS known_at_quality,
    NULL AS ingested_at, '{source}' AS source, NULL AS supersedes,
    s.symbol, k.cik, l.venue AS listing_venue, l.listing_symbol,
    p.close, p.close / nullif(p1.close, 0) - 1 AS return_1d, p.close / nullif(p5.close, 0) - 1 AS return_5d, p.volume,
    i.rsi_14, i.macd_12_26_9, i.atr_14,
    CASE WHEN k.cik IS NOT NULL THEN coalesce(t.net_value, 0) END AS insider_net_value_30d,
    CASE WHEN k.cik IS NOT NULL THEN coalesce(t.buyers, 0) END AS insider_buyers_30d,
    CASE WHEN k.cik IS NOT NULL THEN coalesce(t.sellers, 0) END AS insider_sellers_30d,
    CASE WHEN k.cik IS NOT NULL THEN coalesce(f.filings_7d, 0) END AS filings_7d,
    f.last_form, f.hours_since_filing,
    coalesce(d.news_1d, 0) AS news_1d, coalesce(d.news_5d, 0) AS news_5d, coalesce(d.posts_1d, 0) AS posts_1d
FROM sessions s JOIN closes c USING (close_ns) JOIN listings l USING (symbol)
JOIN prices p ON p.symbol = s.symbol AND p.close_ns = s.close_ns AND p.instant = s.close_ns
LEFT JOIN prices p1 ON p1.symbol = s.symbol AND p1.close_ns = s.close_ns AND p1.instant = s.previous_1
LEFT JOIN prices p5 ON p5.symbol = s.symbol AND p5.close_ns = s.close_ns AND p5.instant = s.previous_5
LEFT JOIN indicator_values i ON i.symbol = s.symbol AND i.close_ns = s.close_ns
LEFT JOIN companies k ON k.symbol = s.symbol AND k.close_ns = s.close_ns
LEFT JOIN insider_sums t ON t.cik = k.cik AND t.close_ns = s.close_ns
LEFT JOIN filing_counts f ON f.cik = k.cik AND f.close_ns = s.close_ns
LEFT JOIN document_counts d ON d.symbol = s.symbol AND d.close_ns = s.close_ns
ORDER BY date, symbol
"""


def build(lake: Lake, days: Days, settings: Settings, listings: Mapping[str, tuple[str, str]]) -> pa.Table:
    """Panel rows of `days`, ordered by date and symbol; a symbol without a bar in the 24 hours before a close has none.

    `close` and `volume` come from the finest interval known: the last bar that ended by the close, and the sum over the
    24 hours before it. Returns compare with the close one and five sessions earlier, in its latest revision known now;
    null where that is more than `LOOKBACK_DAYS` ago. Indicators are the latest daily ones. Insider, filing and document
    features go by first knowledge within the window; those by company are null where the company is not known.

    Args:
        settings: `close_time` and `close_time_zone` say when each day closes.
        listings: ticker to (venue, symbol at the venue).
    Returns: rows of `panel`.
    """
    early = Days(days.start - timedelta(days=LOOKBACK_DAYS), days.end)
    closes = list(_closes(early, settings))
    with connect(lake, as_of=closes[-1], tables=READ) as connection:
        connection.register("early_closes", pa.table({"day": list(early), "close_ns": pa.array(closes, pa.int64())}))
        connection.execute(f"CREATE TEMP TABLE closes AS FROM early_closes WHERE day >= '{days.start}'").fetchall()
        _register_listings(connection, listings)
        _prices(connection, early)
        _features(connection)
        schema = TABLES["panel"].schema
        rows = to_arrow(connection, _PANEL.format(source=SOURCE))
    return rows.select(schema.names).cast(schema)


def _closes(days: Days, settings: Settings) -> Iterator[int]:
    """The close of each day, nanoseconds UTC; summer time is the zone's affair."""
    try:
        zone, at = ZoneInfo(settings.close_time_zone), time.fromisoformat(settings.close_time)
    except (KeyError, ValueError, OSError):
        told = f"{settings.close_time!r} in {settings.close_time_zone!r}"
        raise UsageError(f"cannot read the close {told}: write e.g. 16:00 and America/New_York") from None
    for day in days:
        yield datetime_to_ns(datetime.combine(day, at, tzinfo=zone))


def _register_listings(connection: duckdb.DuckDBPyConnection, listings: Mapping[str, tuple[str, str]]) -> None:
    text = pa.string()
    columns = {
        "symbol": pa.array(list(listings), text),
        "venue": pa.array([venue for venue, _ in listings.values()], text),
        "listing_symbol": pa.array([symbol for _, symbol in listings.values()], text),
    }
    connection.register("listings", pa.table(columns))


def _prices(connection: duckdb.DuckDBPyConnection, early: Days) -> None:
    """Tables `sessions` (symbol, close and the closes one and five sessions before) and `prices` at all of those."""
    first = early.start - timedelta(days=2)
    own = "(SELECT symbol, close_ns, close_ns AS instant FROM early_closes CROSS JOIN listings)"
    steps = {
        "known_bars": f"""SELECT l.symbol AS ticker, b.* EXCLUDE (symbol) FROM all_bars b
            JOIN listings l ON b.venue = l.venue AND b.symbol = l.listing_symbol WHERE b.date >= '{first}'""",
        "known_indicators": f"""SELECT l.symbol AS ticker, i.* EXCLUDE (symbol) FROM all_indicators i
            JOIN listings l ON i.venue = l.venue AND i.symbol = l.listing_symbol
            WHERE i.date >= '{first}' AND i.interval = '1d' AND i.indicator IN ('rsi_14', 'macd_12_26_9', 'atr_14')""",
        "sessions": _SESSIONS.format(bars=_BARS.format(instants=own, day=DAY_NS)),
        "instants": _INSTANTS.format(window=LOOKBACK_DAYS * DAY_NS),
        "prices": _PRICES.format(bars=_BARS.format(instants="instants", day=DAY_NS)),
    }
    _create(connection, steps)


def _features(connection: duckdb.DuckDBPyConnection) -> None:
    """One table per group of features, by close and symbol or company."""
    day = DAY_NS
    steps = {
        "indicator_values": _INDICATORS.format(window=LOOKBACK_DAYS * day),
        "companies": _COMPANIES,
        "insider_items": _ITEMS.format(
            table="insider_transactions",
            key="accession_number, row_number",
            columns="accession_number, row_number, issuer_cik, owner_ciks, transaction_code, shares, price, "
            "acquired_disposed",
            where="issuer_cik IN (SELECT cik FROM companies)",
            window=30 * day,
        ),
        "insider_sums": _INSIDERS,
        "filing_items": _ITEMS.format(
            table="filings",
            key="accession_number",
            columns="accession_number, form, cik",
            where="cik IN (SELECT cik FROM companies)",
            window=FILING_LOOKBACK_DAYS * day,
        ),
        "filing_counts": _FILINGS.format(day=day),
        "document_items": _ITEMS.format(
            table="documents",
            key="document_id",
            columns="document_id, kind, symbols",
            where="kind IN ('news', 'post')",
            window=5 * day,
        ),
        "document_counts": _DOCUMENTS.format(day=day),
    }
    _create(connection, steps)


def _create(connection: duckdb.DuckDBPyConnection, steps: Mapping[str, str]) -> None:
    for name, sql in steps.items():
        connection.execute(f"CREATE TEMP TABLE {name} AS {sql}").fetchall()
