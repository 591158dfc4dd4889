"""The query parameters of the REST API, checked before anything is read.

Belongs here: names, limits and meanings of parameters; turning them into questions. Not here: answering.
"""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from tauric_assets.serve.reading import EQUAL_COLUMNS, PAGE_ROWS_MAX, Question, instant, listed
from tauric_assets.serve.representations import Form
from tauric_assets.serve.searching import PASSAGES_MAX

_INSTANT_TEXT = "RFC 3339, YYYY-MM-DD or nanoseconds"


class Parameters(BaseModel):
    """What every endpoint takes. An unknown parameter is an error."""

    model_config = ConfigDict(extra="forbid")

    as_of: Annotated[str | None, Field(description=f"What may be known: {_INSTANT_TEXT}. Default: now.")] = None


class Span(Parameters):
    """A half-open range of `ts_event`."""

    interval: Annotated[str | None, Field(description="1m, 5m, 1h or 1d.")] = None
    venue: Annotated[str | None, Field(description="Only this venue.")] = None
    start: Annotated[str | None, Field(description=f"First ts_event, inclusive: {_INSTANT_TEXT}.")] = None
    end: Annotated[str | None, Field(description="First ts_event after, exclusive.")] = None


class TableParameters(Span):
    """What `GET /v1/{table}` takes; a table refuses those it has no column for."""

    symbol: Annotated[str | None, Field(description="A ticker or a listing; commas separate several.")] = None
    symbols: Annotated[str | None, Field(description="The same as symbol.")] = None
    cik: Annotated[int | None, Field(description="Only this company.")] = None
    indicator: Annotated[str | None, Field(description="Only this indicator, e.g. rsi_14.")] = None
    kind: Annotated[str | None, Field(description="filing, news or post (documents and chunks).")] = None
    form: Annotated[str | None, Field(description="Only this form, e.g. 8-K.")] = None
    columns: Annotated[str | None, Field(description="Columns wanted, separated by commas. Default: all.")] = None
    order: Annotated[Literal["asc", "desc"], Field(description="By ts_event; desc is newest first.")] = "asc"
    limit: Annotated[int, Field(ge=1, le=PAGE_ROWS_MAX, description="Rows on a page.")] = 1_000
    cursor: Annotated[str | None, Field(description="next_cursor of the page before.")] = None
    format: Annotated[Form | None, Field(description="Instead of the Accept header.")] = None

    def question(self, table: str, as_of: int) -> Question:
        """What these parameters ask of `table`."""
        values = ((column, getattr(self, column)) for column in EQUAL_COLUMNS)
        return Question(
            table=table,
            as_of=as_of,
            symbols=tuple(dict.fromkeys((*listed(self.symbol), *listed(self.symbols)))),
            cik=self.cik,
            start=instant(self.start) if self.start else None,
            end=instant(self.end) if self.end else None,
            equals=tuple((column, value) for column, value in values if value is not None),
            columns=listed(self.columns),
            latest_first=self.order == "desc",
        )


class SearchParameters(Parameters):
    """What `GET /v1/search` takes."""

    question: Annotated[str, Field(min_length=1, max_length=2_000, description="Plain words.")]
    k: Annotated[int, Field(ge=1, le=PASSAGES_MAX, description="How many passages.")] = 10
    kinds: Annotated[str | None, Field(description="filing, news, post, transcript; commas separate several.")] = None
    symbols: Annotated[str | None, Field(description="Tickers; commas separate several.")] = None
    forms: Annotated[str | None, Field(description="Forms; commas separate several.")] = None


def or_none(text: str | None) -> Sequence[str] | None:
    """A comma list, or None where nothing was named."""
    return listed(text) or None
