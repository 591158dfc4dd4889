"""Lists are asked for conditionally, with EDGAR's own recorded validators, and nothing is lost by it."""

import ast
from pathlib import Path

import pytest

from tauric_assets.feeds import edgar
from tauric_assets.feeds.contract import FeedInstance
from tauric_assets.feeds.fetch import Fetcher
from tauric_assets.lake.intake import collect, held_addresses
from tauric_assets.lake.raw import RawStore
from tauric_assets.lake.store import Lake
from tauric_assets.settings import Settings
from tauric_assets.times import Days, parse_instant
from tauric_assets_tests.feeds.conftest import Behaviour, Upstream, reply
from tauric_assets_tests.feeds.edgar.made import TICKERS
from tauric_assets_tests.feeds.edgar.test_collect import DAY, FILINGS, FORMS, INDEX, WWW, index_of_day, serve

TICKER_MAP = f"{WWW}/files/company_tickers_exchange.json"
DURING_THE_DAY = parse_instant("2026-01-05T22:00:00Z")
DAYS = Days.one(DAY)


def answering(body: bytes, validators: dict[str, str]) -> Behaviour:
    """200 with validators; 304 with the same where they are sent back."""

    def behave(handler) -> None:  # type: ignore[no-untyped-def]
        same = handler.headers.get("If-None-Match") == validators["ETag"]
        reply(304 if same else 200, b"" if same else body, **validators)(handler)

    return behave


class Installation:
    """A lake, a raw store and validators, in front of the scripted day."""

    def __init__(self, upstream: Upstream, settings: Settings, validators: dict[str, str]) -> None:
        serve(upstream)
        self.upstream, self.settings = upstream, settings
        self.lake, self.raw = Lake(settings.data_dir / "lake"), RawStore(settings.data_dir / "raw")
        upstream.on(TICKER_MAP, answering(TICKERS, validators))
        upstream.on(INDEX, answering(index_of_day(), validators))

    def collected(self) -> list[tuple[str, str]]:
        """Collect the day; path and If-None-Match of each request."""
        self.upstream.seen.clear()
        held = held_addresses(self.lake, "edgar", DAYS)
        instance = FeedInstance("edgar", edgar, {"forms": FORMS})  # type: ignore[arg-type]
        with Fetcher(
            self.settings, lambda: DURING_THE_DAY, held=held, stored=self.raw.get, classify=[edgar.classify]
        ) as fetching:
            collect(instance, fetching, self.lake, self.raw, DAYS, self.settings.data_dir / "journals")
        return [(path, headers.get("if-none-match", "")) for path, headers in self.upstream.seen]


@pytest.fixture
def validators(realdata: Path) -> dict[str, str]:
    """ETag and Last-Modified of a 304 that EDGAR really sent."""
    [path, *_] = sorted((realdata / "edgar_index" / "http").glob("304_*.body"))
    headers = ast.literal_eval(path.read_text())
    return {"ETag": headers["etag"][0], "Last-Modified": headers["last-modified"][0]}


@pytest.mark.realdata
def test_what_has_not_changed_is_read_from_what_is_held(
    upstream: Upstream, settings: Settings, validators: dict[str, str]
) -> None:
    day = Installation(upstream, settings, validators)
    first = day.collected()
    assert [tag for path, tag in first if path in {TICKER_MAP, INDEX}] == ["", ""]
    held = day.lake.read("raw_documents").num_rows
    assert held == 2 + len(FILINGS)
    second = day.collected()
    assert second == [(TICKER_MAP, validators["ETag"]), (INDEX, validators["ETag"])]
    assert day.lake.read("raw_documents").num_rows == held


@pytest.mark.realdata
def test_a_validator_that_outlived_its_document_loses_nothing(
    upstream: Upstream, settings: Settings, validators: dict[str, str], tmp_path: Path
) -> None:
    day = Installation(upstream, settings, validators)
    day.collected()
    day.lake = Lake(tmp_path / "another lake")
    day.collected()
    assert day.lake.read("raw_documents").num_rows == 2 + len(FILINGS)
