"""The ticker map is kept as it stood on each day, and what it said before stays readable."""

from datetime import date, timedelta

import pytest

from tauric_assets.feeds import edgar
from tauric_assets.feeds.contract import FeedInstance
from tauric_assets.feeds.fetch import Fetcher
from tauric_assets.lake.intake import collect, held_addresses, parse
from tauric_assets.lake.raw import RawStore
from tauric_assets.lake.store import Lake
from tauric_assets.settings import Settings
from tauric_assets.times import Days, day_start_ns
from tauric_assets_tests.feeds.conftest import Upstream, reply
from tauric_assets_tests.feeds.edgar.made import TICKERS
from tauric_assets_tests.feeds.edgar.test_collect import DAY, WWW
from tauric_assets_tests.feeds.edgar.test_conditional import answering
from tauric_assets_tests.feeds.edgar.test_listing import page

TICKER_MAP = f"{WWW}/files/company_tickers_exchange.json"
RENAMED = TICKERS.replace(b"Ember Inc", b"Ember Holdings")
NOON = 43_200_000_000_000


@pytest.mark.slow
def test_each_days_snapshot_keeps_its_date_and_the_history_of_every_line(
    upstream: Upstream, settings: Settings
) -> None:
    lake, raw = Lake(settings.data_dir / "lake"), RawStore(settings.data_dir / "raw")
    instance = FeedInstance("edgar", edgar, {})  # type: ignore[arg-type]
    days = [DAY + timedelta(days=n) for n in range(3)]
    for day, body in zip(days, (TICKERS, RENAMED, RENAMED), strict=True):
        upstream.on(TICKER_MAP, answering(body, {"ETag": f'"{len(body)}"'}))  # 304 on the third day, at first
        upstream.on(f"{WWW}/cgi-bin/browse-edgar", reply(200, page()))
        now = day_start_ns(day) + NOON
        held = held_addresses(lake, "edgar", Days.one(day))
        with Fetcher(settings, lambda now=now: now, classify=[edgar.classify], held=held, stored=raw.get) as fetching:
            collect(instance, fetching, lake, raw, Days.one(day), settings.data_dir / "journals")
        parse([instance], ["instruments"], lake, raw, Days.one(day))

    snapshots = lake.read("raw_documents").sort_by("date").to_pylist()
    assert [(row["date"], row["known_at"]) for row in snapshots] == [(day, day_start_ns(day) + NOON) for day in days]
    assert [raw.get(row["sha256"]) for row in snapshots] == [TICKERS, RENAMED, RENAMED]

    def names(day: date) -> dict[str, str]:
        rows = lake.read("instruments", as_of=day_start_ns(day) + NOON).to_pylist()
        return {row["symbol"]: row["name"] for row in rows}

    assert names(days[0]) == {"NOVA": "Nova Corp", "NOVA-B": "Nova Corp", "EMBR": "Ember Inc"}
    assert names(days[1]) == names(days[2]) == {"NOVA": "Nova Corp", "NOVA-B": "Nova Corp", "EMBR": "Ember Holdings"}
    assert lake.read("instruments", every_revision=True).num_rows == 4  # what did not change is not told again
