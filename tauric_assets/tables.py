"""The canonical tables: Arrow schema, key, and what each row is.

Every row carries the same seven columns first (`COMMON`); every instant is int64 nanoseconds UTC. Prices are
`decimal(18,9)`, which is a fixed-point int64 of 1e-9 units on disk; sizes are `decimal(20,9)`, so that price times size
fits `decimal(38,18)` exactly.

Belongs here: schemas, keys, the conversion of plain rows to Arrow. Not here: any I/O, and how rows come to be.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pyarrow as pa

from tauric_assets.errors import UsageError

Row = dict[str, object]

PRICE = pa.decimal128(18, 9)
SIZE = pa.decimal128(20, 9)
NOTIONAL = pa.decimal128(38, 18)
AMOUNT = pa.decimal128(38, 12)
QUALITIES = ("observed", "source", "estimated")

COMMON: tuple[tuple[str, pa.DataType], ...] = (
    ("date", pa.date32()),  # partition: the day the upstream listed it under; for market data the day of ts_event, UTC
    ("ts_event", pa.int64()),  # when it happened
    ("known_at", pa.int64()),  # the first instant at which somebody could have acted on it
    ("known_at_quality", pa.string()),  # one of QUALITIES
    ("ingested_at", pa.int64()),  # when we wrote it
    ("source", pa.string()),  # address of the raw bytes, `URL#sha256=HEX`, or the table a derived row was made from
    ("supersedes", pa.string()),  # what this row corrects; null for a first statement
)


@dataclass(frozen=True)
class Table:
    """One canonical table.

    Args:
        name: its name, everywhere.
        description: one sentence: what one row is.
        key: the columns that name the thing a row speaks of; with `known_at` they make a row unique.
        schema: all columns, `COMMON` first.
        revisable: whether a later row of the same key may correct an earlier one. Where not, keys are unique.
    """

    name: str
    description: str
    key: tuple[str, ...]
    schema: pa.Schema
    revisable: bool = True


def _table(
    name: str, description: str, key: str, columns: Mapping[str, pa.DataType], *, revisable: bool = True
) -> Table:
    return Table(name, description, tuple(key.split()), pa.schema([*COMMON, *columns.items()]), revisable)


_TEXT, _INT, _FLAG, _DAY = pa.string(), pa.int64(), pa.bool_(), pa.date32()
_TEXTS, _INTS = pa.list_(pa.string()), pa.list_(pa.int64())
_LISTING = pa.struct([("venue", _TEXT), ("symbol", _TEXT)])
_PARTY = pa.struct([("cik", _INT), ("name", _TEXT), ("role", _TEXT)])
_MANAGER = pa.struct([("number", _TEXT), ("cik", _INT), ("name", _TEXT)])
_FOOTNOTE = pa.struct([("field", _TEXT), ("id", _TEXT), ("text", _TEXT)])
_NOTE = pa.struct([("id", _TEXT), ("text", _TEXT)])
_TURN = pa.struct([("speaker", _TEXT), ("role", _TEXT), ("start_offset", _INT), ("end_offset", _INT)])
_SIGNATURE = pa.struct([("name", _TEXT), ("date", _DAY)])
_OWNER = pa.struct(
    [
        ("cik", _INT),
        ("name", _TEXT),
        ("is_director", _FLAG),
        ("is_officer", _FLAG),
        ("is_ten_percent_owner", _FLAG),
        ("is_other", _FLAG),
        ("officer_title", _TEXT),
        ("other_text", _TEXT),
        ("non_us_address", _FLAG),  # since schema X0609
    ]
)
_RESTATED_LINE = pa.struct(
    [
        ("section", _TEXT),  # e.g. derivative_holdings
        ("row_number", _INT),  # of the amendment's line
        ("restated_accession_number", _TEXT),  # of the line it replaces; null for a line that the amendment adds
        ("restated_row_number", _INT),
    ]
)

_BAR: dict[str, pa.DataType] = {
    "ts_close": _INT,
    "open": PRICE,
    "high": PRICE,
    "low": PRICE,
    "close": PRICE,
    "volume": pa.decimal128(38, 9),
    "notional": NOTIONAL,
    "trade_count": _INT,
}

_INDICATOR: dict[str, pa.DataType] = {
    "venue": _TEXT,
    "symbol": _TEXT,
    "interval": _TEXT,
    "indicator": _TEXT,  # name and parameters, e.g. rsi_14
    "value": pa.float64(),
    "warmup_bars": _INT,  # bars before this one that the value could draw on
}

_REPORT: dict[str, pa.DataType] = {
    "form": _TEXT,
    "issuer_cik": _INT,
    "issuer_name": _TEXT,
    "issuer_symbol": _TEXT,
    "owner_ciks": _INTS,
    "owner_names": _TEXTS,
    "owners": pa.list_(_OWNER),  # each with the roles that are its own
    "period_of_report": _DAY,
    "date_of_original_submission": _DAY,  # of an amendment: when what it amends was filed
    "schema_version": _TEXT,
    "rule_10b5_1": _FLAG,  # the form's own box, since 2023
    "rule_10b5_1_in_footnote": _FLAG,  # a footnote names the rule, even if to deny it
}

_OWNERSHIP: dict[str, pa.DataType] = {
    "accession_number": _TEXT,
    "row_number": _INT,  # order in the document, from 1, over all its tables
    **_REPORT,
    "is_director": _FLAG,  # any of the owners
    "is_officer": _FLAG,
    "is_ten_percent_owner": _FLAG,
    "is_other": _FLAG,
    "officer_title": _TEXT,
    "derivative": _FLAG,
    "security_title": _TEXT,
    "shares_owned_following": AMOUNT,
    "value_owned_following": AMOUNT,
    "direct_indirect": _TEXT,  # D or I
    "nature_of_ownership": _TEXT,
    "conversion_or_exercise_price": AMOUNT,
    "exercise_date": _DAY,
    "expiration_date": _DAY,
    "underlying_security_title": _TEXT,
    "underlying_shares": AMOUNT,
    "underlying_value": AMOUNT,
    "footnotes": pa.list_(_FOOTNOTE),  # by the field that cites them; text is null where the document has no such note
    "flags": _TEXTS,  # what looks implausible or is said elsewhere, e.g. transaction_date_after_filing
}

_TABLES = (
    _table(
        "trades",
        "One trade on one venue.",
        "venue symbol trade_id",
        {
            "venue": _TEXT,
            "symbol": _TEXT,  # BASE-QUOTE
            "trade_id": _TEXT,
            "price": PRICE,
            "size": SIZE,
            "side": _TEXT,  # side of the aggressor: buy, sell, or null where the venue does not say
            "sequence": _INT,  # the venue's own message number; null where it has none
            "ts_recv": _INT,  # arrival at our recorder, or at that of an imported file; null for other history
        },
        revisable=False,
    ),
    _table(
        "quotes",
        "One change of the best bid or ask on one venue; two that are alike in everything are one.",
        "venue symbol ts_event sequence bid_price bid_size ask_price ask_size",
        {
            "venue": _TEXT,
            "symbol": _TEXT,
            "bid_price": PRICE,
            "bid_size": SIZE,
            "ask_price": PRICE,
            "ask_size": SIZE,
            "sequence": _INT,
            "ts_recv": _INT,
        },
        revisable=False,
    ),
    _table(
        "bars",
        "Open, high, low, close of one window; `ts_event` is its start (inclusive), `ts_close` its end (exclusive).",
        "venue symbol interval ts_event",
        {
            "venue": _TEXT,
            "symbol": _TEXT,
            "interval": _TEXT,  # 1m, 5m, 1h, 1d
            **_BAR,
        },
    ),
    _table(
        "activity_bars",
        "One bar of so many trades, so much volume or money; `ts_event` is its first trade, `ts_close` after its last.",
        "venue symbol interval date number",
        {
            "venue": _TEXT,
            "symbol": _TEXT,
            "interval": _TEXT,  # its rule, e.g. trades:1000, volume:50, notional:1000000
            "number": _INT,  # order in the UTC day, from 1
            **_BAR,
        },
    ),
    _table(
        "live_bars",
        "One bar as the sidecar closed it, provisional: `bars` and `activity_bars` hold what all trades of a day give.",
        "venue symbol interval date number",
        {
            "venue": _TEXT,
            "symbol": _TEXT,
            "interval": _TEXT,  # 1s to 1d, or a rule of activity
            "number": _INT,  # order in the UTC day: of windows from 0, empty ones counted; by activity from 1
            **_BAR,
            "closed_seq": _INT,  # number in the venue's log of the record that closed it
        },
        revisable=False,
    ),
    _table(
        "late_trades",
        "One trade that came after a window it belongs in had closed; it is in `trades` too.",
        "venue symbol trade_id log_seq",
        {
            "venue": _TEXT,
            "symbol": _TEXT,
            "trade_id": _TEXT,
            "price": PRICE,
            "size": SIZE,
            "side": _TEXT,
            "ts_recv": _INT,
            "log_seq": _INT,  # number in the venue's log of the record that told it
            "intervals": _TEXTS,  # whose windows had closed
        },
        revisable=False,
    ),
    _table(
        "stream_commits",
        "What one landing of a venue's live bars took of one day.",
        "venue date last_seq",
        {
            "venue": _TEXT,
            "last_seq": _INT,  # number in the venue's log of the last record landed
            "trades": _INT,  # taken, late ones too
            "late": _INT,
            "bars": _INT,
            "watched_since": _INT,  # first stamp since which the venue's bars have been made without a break
            "watermark": _INT,  # of the venue, when it landed
        },
        revisable=False,
    ),
    _table(
        "sealed_days",
        "One venue's day after it was over, and its bars rebuilt from all its trades.",
        "venue date",
        {
            "venue": _TEXT,
            "trades": _INT,  # distinct: in_time + late + backfilled + unwatched
            "in_time": _INT,
            "late": _INT,
            "backfilled": _INT,
            "unwatched": _INT,  # streamed while no live bars were made; not among the others
            "windows": _INT,  # bars of all live intervals that both live and rebuilt bars could have
            "differing": _INT,  # of them those that differ, each named by a late or a backfilled trade
            "last_seq": _INT,  # of the venue's log, as far as landed; null where nothing was streamed
            "trades_md5": _TEXT,  # MD5 of symbol, trade_id, ts_event, price, size of each trade, all of them xored
            "problems": _TEXTS,
        },
    ),
    _table(
        "indicators",
        "One value of one technical indicator at the close of one bar.",
        "venue symbol interval indicator ts_event",
        _INDICATOR,
    ),
    _table(
        "live_indicators",
        "One value of one indicator as a live bar closed; `indicators` holds what the final bars of a day give.",
        "venue symbol interval indicator ts_event",
        _INDICATOR,
        revisable=False,
    ),
    _table(
        "chart_patterns",
        "The shape of a window of bars as a vector of length 1, named by its last bar; `ts_close` is the window's end.",
        "venue symbol interval window ts_event",
        {
            "venue": _TEXT,
            "symbol": _TEXT,
            "interval": _TEXT,
            "window": _INT,  # bars
            "ts_start": _INT,  # of the first bar
            "ts_close": _INT,  # of the last bar, exclusive
            "vector": pa.list_(pa.float32()),
            "volatility": pa.float64(),  # standard deviation of logarithmic returns, a bar
            "change": pa.float64(),  # logarithm of last close over first
            "range": pa.float64(),  # logarithm of highest high over lowest low
            "volume_z": pa.float64(),  # mean of the last five volumes, in standard deviations from the window's mean
        },
    ),
    _table(
        "instruments",
        "A ticker and the company behind it, as listed on a day.",
        "symbol cik",
        {
            "symbol": _TEXT,
            "cik": _INT,
            "name": _TEXT,
            "exchange": _TEXT,
            "listings": pa.list_(_LISTING),  # where its trades are seen
        },
    ),
    _table(
        "filings",
        "One submission to EDGAR.",
        "accession_number",
        {
            "accession_number": _TEXT,
            "form": _TEXT,
            "cik": _INT,  # the issuer or first filer
            "company_name": _TEXT,
            "parties": pa.list_(_PARTY),
            "filing_date": _DAY,
            "period_of_report": _DAY,
            "items": _TEXTS,
            "primary_document": _TEXT,
            "document_count": _INT,
            "size_bytes": _INT,
        },
    ),
    _table(
        "filing_sections",
        "One item of one document of a filing, as text.",
        "accession_number document_name section_number",
        {
            "accession_number": _TEXT,
            "form": _TEXT,
            "cik": _INT,
            "company_name": _TEXT,
            "document_name": _TEXT,
            "section_number": _INT,  # order in the document, from 1
            "item": _TEXT,  # 1A, 7, 5.02; empty for a document that has no items
            "title": _TEXT,
            "text": pa.large_string(),
            "start_offset": _INT,  # characters into the document's text, inclusive
            "end_offset": _INT,  # exclusive
            "source_start": _INT,  # bytes into the document's body, inclusive: where the heading's element begins
            "source_end": _INT,  # exclusive
            "incorporated_by_reference": _FLAG,  # the item says that its content stands in another document
        },
    ),
    _table(
        "facts",
        "One XBRL value as one filing reported it.",
        "cik taxonomy concept unit period_start period_end accession_number value_number",
        {
            "cik": _INT,
            "taxonomy": _TEXT,  # us-gaap, ifrs-full, dei, srt, or the filer's own
            "concept": _TEXT,
            "unit": _TEXT,  # USD, shares, USD/shares, pure
            "period_start": _DAY,  # null for an instant
            "period_end": _DAY,
            "value": AMOUNT,
            "accession_number": _TEXT,
            "value_number": _INT,  # 1, and on where one filing reports different values for the same
            "form": _TEXT,
            "fiscal_year": _INT,  # of the filing, not of the period
            "fiscal_period": _TEXT,
            "filed": _DAY,  # the filing's date
        },
    ),
    _table(
        "companies",
        "What EDGAR says of one CIK, a company or a person, besides its filings.",
        "cik",
        {
            "cik": _INT,
            "name": _TEXT,
            "entity_type": _TEXT,  # operating, investment, other
            "sic": _TEXT,
            "sic_description": _TEXT,
            "category": _TEXT,  # size of the filer, e.g. Large accelerated filer
            "state_of_incorporation": _TEXT,
            "fiscal_year_end": _TEXT,  # MMDD
            "tickers": _TEXTS,
            "exchanges": _TEXTS,  # of `tickers`, in the same order
        },
    ),
    _table(
        "company_names",
        "A name under which a CIK files or filed.",
        "cik name",
        {
            "cik": _INT,
            "name": _TEXT,
            "valid_from": _DAY,  # of the first filing under it that is told; null where none is
            "valid_to": _DAY,  # of the last one; null for a name in use
        },
    ),
    _table(
        "listed_filings",
        "One filing as the list of one of its parties tells it, whether or not its submission was fetched.",
        "accession_number cik",
        {
            "accession_number": _TEXT,
            "cik": _INT,  # whose list it is; not always the issuer
            "form": _TEXT,
            "filing_date": _DAY,
            "report_date": _DAY,
            "acceptance": _TEXT,  # as written; its Z stands for Eastern in some lists and for UTC in others
            "items": _TEXTS,
            "primary_document": _TEXT,  # without the folder of a style sheet
            "size_bytes": _INT,
            "is_xbrl": _FLAG,
            "is_inline_xbrl": _FLAG,
        },
    ),
    _table(
        "insider_reports",
        "One Form 3, 4 or 5, or its amendment: what it says besides its lines.",
        "accession_number document_name",
        {
            "accession_number": _TEXT,
            "document_name": _TEXT,  # its file name in the submission
            **_REPORT,
            "filing_date": _DAY,
            "issuer_foreign_symbol": _TEXT,  # since schema X0609
            "no_securities_owned": _FLAG,
            "not_subject_to_section_16": _FLAG,
            "form_3_holdings_reported": _FLAG,
            "form_4_transactions_reported": _FLAG,
            "remarks": _TEXT,
            "notes": pa.list_(_NOTE),  # every footnote, cited or not
            "signatures": pa.list_(_SIGNATURE),
            "line_count": _INT,
            "flags": _TEXTS,
        },
    ),
    _table(
        "insider_transactions",
        "One transaction line of a Form 3, 4 or 5.",
        "accession_number row_number",
        {
            **_OWNERSHIP,
            "transaction_date": _DAY,
            "deemed_execution_date": _DAY,
            "transaction_form": _TEXT,  # the form the line belongs on; a Form 4 may report what a Form 5 was due for
            "transaction_code": _TEXT,
            "equity_swap": _FLAG,
            "timeliness": _TEXT,
            "shares": AMOUNT,
            "transaction_value": AMOUNT,
            "price": AMOUNT,
            "acquired_disposed": _TEXT,  # A or D
        },
    ),
    _table(
        "insider_holdings", "One holding line of a Form 3, 4 or 5.", "accession_number row_number", dict(_OWNERSHIP)
    ),
    _table(
        "insider_amendments",
        "One amendment of a Form 3, 4 or 5, and which report it amends, as far as that is certain.",
        "accession_number",
        {
            "accession_number": _TEXT,
            "form": _TEXT,
            "issuer_cik": _INT,
            "owner_ciks": _INTS,
            "date_of_original_submission": _DAY,
            "status": _TEXT,  # certain, ambiguous, unknown
            "reason": _TEXT,  # why, in words
            "candidates": _TEXTS,  # accession numbers of what it may amend
            "amended_accession_number": _TEXT,  # null unless certain
            "lines": pa.list_(_RESTATED_LINE),  # the amendment's lines; empty unless certain
        },
    ),
    _table(
        "insider_activity",
        "What became known of insiders' open-market trades in one company's shares on one day.",
        "issuer_cik date",
        {
            "issuer_cik": _INT,
            "issuer_symbol": _TEXT,
            "net_value": NOTIONAL,  # bought minus sold
            "buy_value": NOTIONAL,
            "sell_value": NOTIONAL,
            "net_value_officers": NOTIONAL,  # each line counts for one role: officer, else director, else …
            "net_value_directors": NOTIONAL,
            "net_value_ten_percent_owners": NOTIONAL,
            "net_value_others": NOTIONAL,
            "net_shares": AMOUNT,
            "buy_shares": AMOUNT,
            "sell_shares": AMOUNT,
            "buyers": _INT,  # distinct reports' owners
            "sellers": _INT,
            "buyers_in_window": _INT,  # distinct buyers in the trailing window of cluster_buy
            "cluster_buy": _FLAG,
            "lines": _INT,
            "lines_under_plan": _INT,  # Rule 10b5-1, by the form's box or by a footnote
            "lines_without_value": _INT,  # price or shares only in a footnote, or implausible
            "lines_unlinked": _INT,  # of amendments that cannot be linked: in none of the sums
        },
    ),
    _table(
        "institutional_holdings",
        "One line of the information table of a Form 13F-HR: what a manager held at the end of a quarter.",
        "accession_number row_number",
        {
            "accession_number": _TEXT,
            "row_number": _INT,  # order in the information table, from 1
            "form": _TEXT,
            "manager_cik": _INT,
            "manager_name": _TEXT,
            "period_of_report": _DAY,
            "report_type": _TEXT,  # 13F HOLDINGS REPORT or 13F COMBINATION REPORT
            "name_of_issuer": _TEXT,
            "title_of_class": _TEXT,
            "cusip": _TEXT,
            "figi": _TEXT,
            "value": _INT,  # whole US dollars
            "value_as_reported": AMOUNT,
            "value_unit": _TEXT,  # of value_as_reported: dollars or thousands
            "amount": AMOUNT,  # shares, or principal
            "amount_type": _TEXT,  # SH or PRN
            "put_call": _TEXT,  # Put, Call, or null: the amount is then of the underlying
            "investment_discretion": _TEXT,  # SOLE, DFND, OTR
            "other_managers": pa.list_(_MANAGER),  # who shares the discretion; cik and name from the summary page
            "voting_sole": AMOUNT,
            "voting_shared": AMOUNT,
            "voting_none": AMOUNT,
            "amendment_type": _TEXT,  # RESTATEMENT (replaces the table) or NEW HOLDINGS (adds to it)
            "amendment_number": _INT,
            "confidential_omitted": _FLAG,  # whether the filing says that it leaves holdings out
            "flags": _TEXTS,  # e.g. table_value_total_differs, value_unit_inferred
        },
    ),
    _table(
        "beneficial_ownership",
        "One reporting person's cover page of a Schedule 13D or 13G: who holds over 5 % of a class.",
        "accession_number row_number",
        {
            "accession_number": _TEXT,
            "row_number": _INT,  # order of the person in the document, from 1
            "form": _TEXT,
            "issuer_cik": _INT,
            "issuer_name": _TEXT,
            "title_of_class": _TEXT,
            "cusip": _TEXT,
            "event_date": _DAY,  # of the event that requires the filing
            "person_name": _TEXT,
            "person_cik": _INT,  # null where the filing does not tell
            "citizenship": _TEXT,
            "member_of_group": _TEXT,  # a: member; b: not, or membership disclaimed; null: neither box checked
            "sole_voting_power": AMOUNT,
            "shared_voting_power": AMOUNT,
            "sole_dispositive_power": AMOUNT,
            "shared_dispositive_power": AMOUNT,
            "aggregate_amount": AMOUNT,
            "percent_of_class": AMOUNT,  # 5.06 is 5.06 %
            "person_types": _TEXTS,  # IN, IA, HC, ...
            "rules": _TEXTS,  # 13d-1(b), 13d-1(c), 13d-1(d); empty in a 13D
            "amendment_number": _INT,
            "previous_accession_number": _TEXT,  # what an amendment names as the filing before it
            "flags": _TEXTS,  # e.g. percent_of_class_not_a_number
        },
    ),
    _table(
        "news",
        "One entry of a news feed, as first seen with this content.",
        "feed entry_id",
        {
            "feed": _TEXT,
            "entry_id": _TEXT,
            "title": _TEXT,
            "summary": _TEXT,
            "link": _TEXT,
            "author": _TEXT,
            "published_at": _INT,  # the feed's own date; null where absent or unreadable
            "language": _TEXT,
            "tags": _TEXTS,
            "content_sha256": _TEXT,
            "flags": _TEXTS,
        },
    ),
    _table(
        "news_annotations",
        "What a feed that reads the news by machine says of one entry (GDELT).",
        "feed entry_id",
        {
            "feed": _TEXT,
            "entry_id": _TEXT,
            "publisher": _TEXT,  # e.g. example.org
            "themes": _TEXTS,  # codes of the feed's own list, e.g. ECON_STOCKMARKET
            "persons": _TEXTS,
            "organisations": _TEXTS,
            "tone": pa.float64(),  # -100 to 100, average of the article's words
            "positive": pa.float64(),  # percent of the words
            "negative": pa.float64(),
            "polarity": pa.float64(),
            "words": _INT,
        },
    ),
    _table(
        "news_clusters",
        "One news entry and the cluster of near-duplicates it belongs to, by what was known when it came.",
        "feed entry_id",
        {
            "feed": _TEXT,
            "entry_id": _TEXT,
            "document_id": _TEXT,
            "cluster_id": _TEXT,  # the document_id of the cluster's origin
            "origin": _FLAG,  # whether it is the cluster's first
            "similar_to": _TEXT,  # document_id of the earlier entry it is most like; null for an origin
            "similarity": pa.float64(),  # Jaccard of word shingles with that entry; null for an origin
            "content_sha256": _TEXT,  # of the entry's words that were compared
        },
        revisable=False,
    ),
    _table(
        "transcripts",
        "One transcript of an earnings call, as brought in by file.",
        "transcript_id",
        {
            "transcript_id": _TEXT,
            "symbol": _TEXT,
            "fiscal_year": _INT,
            "fiscal_quarter": _INT,
            "title": _TEXT,
            "text": pa.large_string(),
            "turns": pa.list_(_TURN),  # who speaks where; empty where the file does not tell speakers apart
            "content_sha256": _TEXT,
            "flags": _TEXTS,
        },
    ),
    _table(
        "posts",
        "One post on a social network, its change or deletion, or what became of the account that wrote it.",
        "network did collection rkey",
        {
            "network": _TEXT,
            "did": _TEXT,
            "collection": _TEXT,
            "rkey": _TEXT,
            "rev": _TEXT,
            "operation": _TEXT,  # create, update, delete; of a whole account: account_active, account_deleted, …
            "text": _TEXT,
            "languages": _TEXTS,
            "reply_to": _TEXT,
            "created_at": _INT,  # the author's own stamp
            "flags": _TEXTS,  # what was changed in the text: text_repaired, marks_cut, text_cut
        },
    ),
    _table(
        "documents",
        "One text worth embedding: a filing section, a news entry, a post, a transcript.",
        "document_id",
        {
            "document_id": _TEXT,
            "kind": _TEXT,  # filing, news, post, transcript
            "title": _TEXT,
            "text": pa.large_string(),
            "url": _TEXT,
            "form": _TEXT,
            "fiscal_year": _INT,  # of a filing: the year of its period, as the company counts it where that is told
            "fiscal_period": _TEXT,  # FY, Q1, Q2, Q3, Q4
            "ciks": _INTS,
            "symbols": _TEXTS,
        },
    ),
    _table(
        "links",
        "A company that a document speaks of, and how that is known.",
        "document_id symbol",
        {
            "document_id": _TEXT,
            "cik": _INT,  # null for an instrument without one
            "symbol": _TEXT,  # its ticker at the time of the document
            "method": _TEXT,  # filer, tag, exchange, cashtag, ticker, name
            "confidence": pa.float64(),  # 0 to 1, a rank and not a probability
            "start_offset": _INT,  # of the words in the document's text, in characters; null for filer and tag
            "end_offset": _INT,
            "is_primary": _FLAG,  # the document is first of all about this one
        },
    ),
    _table(
        "sentiment_scores",
        "What one sentiment model says of one version of a document; scores of several models stand side by side.",
        "document_id document_known_at model_id",
        {
            "document_id": _TEXT,
            "document_known_at": _INT,  # which version of the document
            "kind": _TEXT,
            "ciks": _INTS,
            "symbols": _TEXTS,
            "model_id": _TEXT,
            "label": _TEXT,  # negative, neutral or positive
            "negative": pa.float64(),  # probabilities; they add up to 1
            "neutral": pa.float64(),
            "positive": pa.float64(),
            "score": pa.float64(),  # positive less negative
            "scored_at": _INT,
        },
        revisable=False,
    ),
    _table(
        "chunks",
        "A passage of a document, as embedded.",
        "chunk_id",
        {
            "chunk_id": _TEXT,
            "document_id": _TEXT,
            "kind": _TEXT,
            "form": _TEXT,
            "fiscal_year": _INT,
            "fiscal_period": _TEXT,
            "ciks": _INTS,
            "symbols": _TEXTS,
            "breadcrumb": _TEXT,
            "context": _TEXT,  # what must be known to read the text: the head of the table it is cut out of; or empty
            "text": _TEXT,  # of the document, from start_offset to end_offset
            "url": _TEXT,
            "chunk_number": _INT,  # order in the document, from 1
            "start_offset": _INT,
            "end_offset": _INT,
            "content_sha256": _TEXT,
        },
    ),
    _table(
        "panel",
        "One symbol on one day, every feature as known at the close (`known_at` is the close).",
        "symbol date",
        {
            "symbol": _TEXT,
            "cik": _INT,
            "listing_venue": _TEXT,
            "listing_symbol": _TEXT,
            "close": PRICE,
            "return_1d": pa.float64(),
            "return_5d": pa.float64(),
            "volume": pa.decimal128(38, 9),
            "rsi_14": pa.float64(),
            "macd_12_26_9": pa.float64(),
            "atr_14": pa.float64(),
            "insider_net_value_30d": pa.float64(),
            "insider_buyers_30d": _INT,
            "insider_sellers_30d": _INT,
            "filings_7d": _INT,
            "last_form": _TEXT,
            "hours_since_filing": pa.float64(),
            "news_1d": _INT,
            "news_5d": _INT,
            "posts_1d": _INT,
        },
    ),
    _table(
        "signals",
        "One value of one signal for one symbol.",
        "signal symbol ts_event",
        {"signal": _TEXT, "symbol": _TEXT, "value": pa.float64()},
    ),
    _table(
        "backtest_runs",
        "One backtest and what it gave.",
        "run_id",
        {"run_id": _TEXT, "strategy": _TEXT, "parameters": _TEXT, "metrics": _TEXT, "inputs_sha256": _TEXT},
    ),
    _table(
        "raw_documents",
        "One document as an upstream sent it; its bytes are in the raw store under `sha256`.",
        "date feed url sha256",
        {
            "feed": _TEXT,
            "url": _TEXT,
            "sha256": _TEXT,
            "media_type": _TEXT,
            "size_bytes": _INT,
            "attributes": _TEXT,  # JSON object of what the parser wants to know besides the bytes
        },
        revisable=False,
    ),
    _table(
        "document_accounts",
        "What became of one raw document: records = rows + quarantined + ignored.",
        "date feed url sha256",
        {
            "feed": _TEXT,
            "url": _TEXT,
            "sha256": _TEXT,
            "records": _INT,
            "rows": _INT,
            "quarantined": _INT,
            "ignored": _INT,
        },
    ),
    _table(
        "quarantine",
        "What could not be parsed: where it was, why, and its bytes.",
        "date feed source position reason",
        {"feed": _TEXT, "position": _TEXT, "reason": _TEXT, "raw": pa.binary(), "raw_size": _INT},
    ),
    _table(
        "gaps",
        "A span of messages that the stream knows it missed.",
        "venue symbol found_by first_missing last_missing ts_before",
        {
            "venue": _TEXT,
            "symbol": _TEXT,  # null where messages of a connection are missing, of whatever symbol
            "first_missing": _INT,  # trade number, or message number of the connection
            "last_missing": _INT,  # inclusive
            "ts_before": _INT,  # when the trade before happened, or the message before came
            "ts_after": _INT,
            "found_by": _TEXT,  # trade_id, heartbeat or connection_sequence
            "status": _TEXT,  # open; filled; narrowed: rows of its own say what is still missing
            "reason": _TEXT,  # of an open gap: what the venue said when asked for it; null before
        },
    ),
    _table(
        "clock_offsets",
        "Arrival minus event of one venue's trades over one minute of arrivals, `ts_event` being its start.",
        "venue ts_event",
        {"venue": _TEXT, "offset_min_ns": _INT, "offset_median_ns": _INT, "trades": _INT},
    ),
)

TABLES: dict[str, Table] = {table.name: table for table in _TABLES}


def table_named(name: str) -> Table:
    """The canonical table called `name`.

    Raises: UsageError that lists the names there are.
    """
    try:
        return TABLES[name]
    except KeyError:
        raise UsageError(f"no table {name!r}; there are: {', '.join(sorted(TABLES))}") from None


def to_arrow(table: Table, rows: Iterable[Row]) -> pa.Table:
    """Plain rows as an Arrow table in the table's schema, order kept. Missing keys become nulls.

    Args:
        table: which canonical table.
        rows: dicts from column name to plain Python value; decimals as Decimal, instants as int, days as date.
    Raises: ValueError where a row has an unknown column or a value does not fit its column.
    """
    rows = list(rows)
    unknown = {name for row in rows for name in row} - set(table.schema.names)
    if unknown:
        raise ValueError(f"{table.name} has no column {', '.join(sorted(unknown))}")
    try:
        return pa.Table.from_pylist(rows, schema=table.schema)
    except pa.ArrowException as error:
        raise ValueError(f"{table.name}: {error}") from error
