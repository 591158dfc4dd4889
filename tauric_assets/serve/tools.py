"""What an agent may ask: eight questions, each with an `as_of` that it cannot leave out.

The answers are JSON text: what was asked, and rows or passages; `more` says that the limit cut some off. The docstrings
are read by the agents.

Belongs here: names, arguments and columns of the tools. Not here: the protocol (mcp_server.py), reading (reading.py).
"""

from dataclasses import dataclass

import pyarrow as pa

from tauric_assets.errors import UsageError
from tauric_assets.house import House
from tauric_assets.lake.query import query
from tauric_assets.serve.reading import Question, instant, instant_text, listed, read
from tauric_assets.serve.representations import json_rows, to_json
from tauric_assets.serve.searching import Passages

ROWS_MAX = 1_000
_BAR_COLUMNS = "ts_event venue symbol interval open high low close volume trade_count known_at"
_INDICATOR_COLUMNS = "ts_event venue symbol interval indicator value known_at"
_INSIDER_COLUMNS = (
    "transaction_date issuer_symbol issuer_name owner_names officer_title is_director transaction_code "
    "acquired_disposed shares price transaction_value shares_owned_following rule_10b5_1 flags accession_number "
    "known_at"
)
_FILING_COLUMNS = "accession_number form cik company_name filing_date period_of_report items known_at source"
_DOCUMENT_COLUMNS = "ts_event kind title text url symbols known_at"
_INSTRUMENT_COLUMNS = "symbol cik name exchange listings known_at"


@dataclass(frozen=True)
class Tools:
    """The tools over one house. Every public method is one tool."""

    house: House
    passages: Passages

    def get_bars(
        self, symbol: str, as_of: str, interval: str = "1d", start: str | None = None, limit: int = 250
    ) -> str:
        """Open, high, low, close and volume of a symbol, newest first, as known at as_of.

        Args:
            symbol: a ticker or a listing, e.g. NOVA or NOVA-USD.
            as_of: the instant you stand at, e.g. 2026-01-07T21:00:00Z; nothing known later is shown.
            interval: 1m, 5m, 1h or 1d.
            start: first bar, inclusive, YYYY-MM-DD or RFC 3339.
            limit: at most 1000 rows.
        """
        return self._rows("bars", as_of, _BAR_COLUMNS, limit, symbol=symbol, start=start, equals={"interval": interval})

    def get_indicators(self, symbol: str, indicator: str, as_of: str, interval: str = "1d", limit: int = 100) -> str:
        """One technical indicator of a symbol, newest first, as known at as_of.

        Args:
            symbol: a ticker or a listing.
            indicator: name and parameters, e.g. rsi_14, macd_12_26_9, atr_14.
            as_of: the instant you stand at, RFC 3339.
            interval: 1m, 5m, 1h or 1d.
            limit: at most 1000 rows.
        """
        equals = {"interval": interval, "indicator": indicator}
        return self._rows("indicators", as_of, _INDICATOR_COLUMNS, limit, symbol=symbol, equals=equals)

    def get_insider_transactions(self, symbol: str, as_of: str, start: str | None = None, limit: int = 100) -> str:
        """Purchases and sales by insiders (Forms 3, 4, 5), newest first, as known at as_of.

        Args:
            symbol: a ticker.
            as_of: the instant you stand at, RFC 3339; forms accepted by EDGAR later are not shown.
            start: first transaction day, inclusive.
            limit: at most 1000 rows.
        """
        return self._rows("insider_transactions", as_of, _INSIDER_COLUMNS, limit, symbol=symbol, start=start)

    def get_filings(
        self, symbol: str, as_of: str, form: str | None = None, start: str | None = None, limit: int = 50
    ) -> str:
        """Filings of a company with the SEC, newest first, as known at as_of.

        Args:
            symbol: a ticker.
            as_of: the instant you stand at, RFC 3339.
            form: only this form, e.g. 10-K, 10-Q, 8-K, 4.
            start: accepted at or after this instant.
            limit: at most 1000 rows.
        """
        equals = {"form": form} if form else {}
        return self._rows("filings", as_of, _FILING_COLUMNS, limit, symbol=symbol, start=start, equals=equals)

    def get_news(
        self, as_of: str, symbol: str | None = None, start: str | None = None, kind: str = "news", limit: int = 50
    ) -> str:
        """News entries or social posts with the companies they speak of, newest first, as known at as_of.

        Args:
            as_of: the instant you stand at, RFC 3339.
            symbol: only texts linked to this ticker.
            start: published at or after this instant.
            kind: news or post.
            limit: at most 1000 rows.
        """
        return self._rows(
            "documents", as_of, _DOCUMENT_COLUMNS, limit, symbol=symbol, start=start, equals={"kind": kind}
        )

    def search_passages(
        self, question: str, as_of: str, k: int = 8, kinds: str | None = None, symbols: str | None = None
    ) -> str:
        """The reported figure a question asks for, and passages of filings, news and posts, as known at as_of.

        Companies, forms and fiscal periods in the question become filters; `relaxed` tells when they found nothing.

        Args:
            question: plain words.
            as_of: the instant you stand at, RFC 3339.
            k: how many passages, at most 100.
            kinds: filing, news, post, transcript; commas separate several.
            symbols: tickers; commas separate several.
        """
        moment = instant(as_of)
        answered = self.passages.search(question, k, moment, listed(kinds) or None, listed(symbols) or None)
        return to_json({"as_of": instant_text(moment), **answered}).decode()

    def list_instruments(self, as_of: str, symbol: str | None = None, limit: int = 500) -> str:
        """Tickers, the companies behind them and where they are traded, as listed at as_of.

        Args:
            as_of: the instant you stand at, RFC 3339.
            symbol: only this ticker or listing.
            limit: at most 1000 rows.
        """
        return self._rows("instruments", as_of, _INSTRUMENT_COLUMNS, limit, symbol=symbol)

    def query_sql(self, sql: str, as_of: str, limit: int = 200) -> str:
        """Answer one SELECT (DuckDB's SQL) over the tables as known at as_of; read-only.

        Tables: trades, quotes, bars, indicators, instruments, filings, filing_sections, facts, companies,
        insider_transactions, insider_holdings, insider_activity, institutional_holdings, beneficial_ownership, news,
        posts, documents, chunks, panel, signals and more; `all_` before a name gives every revision. Instants are
        nanoseconds; ts_event_utc and known_at_utc are timestamps.

        Args:
            sql: one SELECT.
            as_of: the instant you stand at, RFC 3339; the tables hold nothing known later.
            limit: at most 1000 rows are returned.
        """
        moment, count = instant(as_of), _checked(limit)
        rows = query(self.house.lake, sql, moment)
        return _told(rows.slice(0, count), moment, more=rows.num_rows > count)

    def _rows(
        self,
        table: str,
        as_of: str,
        columns: str,
        limit: int,
        *,
        symbol: str | None = None,
        start: str | None = None,
        equals: dict[str, str] | None = None,
    ) -> str:
        question = Question(
            table=table,
            as_of=instant(as_of),
            symbols=listed(symbol),
            start=instant(start) if start else None,
            equals=tuple((equals or {}).items()),
            columns=tuple(columns.split()),
            latest_first=True,
        )
        page = read(self.house, question, _checked(limit))
        return _told(page.rows, question.as_of, more=page.next_offset is not None)


def _checked(limit: int) -> int:
    if not 1 <= limit <= ROWS_MAX:
        raise UsageError(f"limit is 1 to {ROWS_MAX}; {limit} was asked for")
    return limit


def _told(rows: pa.Table, as_of: int, more: bool) -> str:
    return to_json({"as_of": instant_text(as_of), "more": more, "rows": json_rows(rows)}).decode()
