"""What is held of a day against what its index lists: what counts as missed, and what does not."""

from pathlib import Path

import pytest

from tauric_assets.errors import UpstreamUnavailable
from tauric_assets.feeds import edgar
from tauric_assets.feeds.contract import FeedInstance
from tauric_assets.house import House
from tauric_assets.lake.verify import Verdict
from tauric_assets.pipeline import collect_feed, reconciled
from tauric_assets.settings import Settings
from tauric_assets.times import Days, parse_instant
from tauric_assets_tests.feeds.conftest import Upstream, reply
from tauric_assets_tests.feeds.edgar.made import TICKERS, index
from tauric_assets_tests.feeds.edgar.test_collect import (
    ACCESS_DENIED,
    BLOCKED,
    DAY,
    INDEX,
    JANE,
    NOVA,
    WWW,
    body_of,
    long,
    short,
)
from tauric_assets_tests.feeds.edgar.test_listing import entry, page

DAYS = Days.one(DAY)
EVENING, NIGHT = "2026-01-05T22:00:00Z", "2026-01-06T06:30:00Z"
FOUR, EIGHT_K = "0001000001-26-000002", "0001000001-26-000001"
INSTANCE = FeedInstance("edgar", edgar, {"forms": ["4", "4/A", "8-K"]})  # type: ignore[arg-type]


def house(settings: Settings, now: str) -> House:
    return House(settings, clock=lambda: parse_instant(now))


@pytest.fixture
def evening(upstream: Upstream, settings: Settings) -> House:
    """A house that saw a 4 and an 8-K pass by; of the 4 one entry, its issuer's, did not come."""
    upstream.on(f"{WWW}/files/company_tickers_exchange.json", reply(200, TICKERS))
    entries = [
        entry(FOUR, "4", f"4 - Doe Jane ({JANE:010d}) (Reporting)", "2026-01-05T16:07:30-05:00"),
        entry(EIGHT_K, "8-K", f"8-K - Nova Corp ({NOVA:010d}) (Filer)", "2026-01-05T16:07:30-05:00"),
    ]
    upstream.on(f"{WWW}/cgi-bin/browse-edgar", reply(200, page(*entries)), reply(200, page()))
    upstream.on(INDEX, reply(403, ACCESS_DENIED))
    for number in (FOUR, EIGHT_K):
        for path in (short(number), long(number)):
            for cik in (NOVA, JANE):
                upstream.on(path.replace(f"/{NOVA}/", f"/{cik}/"), reply(200, body_of(number)))
    made = house(settings, EVENING)
    assert collect_feed(INSTANCE, made, DAYS).rows == {"raw/edgar": 3}
    return made


def test_before_there_is_an_index_nothing_is_missed_and_nobody_is_asked(upstream: Upstream, evening: House) -> None:
    upstream.seen.clear()
    assert reconciled(INSTANCE, evening, DAYS) == Verdict({"days_compared": 0, "listed": 0, "missing": 0})
    assert upstream.seen == []


def test_another_form_another_party_and_what_is_not_listed_yet_are_no_miss(
    upstream: Upstream, evening: House, settings: Settings
) -> None:
    joint = [(NOVA, "Nova", "4/A", "20260105", FOUR), (JANE, "Doe", "4/A", "20260105", FOUR)]
    unwanted = (NOVA, "Nova", "424B2", "20260105", "0001000001-26-000088")
    upstream.on(INDEX, reply(200, index(*joint, unwanted)))  # the 8-K is not in it
    verdict = reconciled(INSTANCE, house(settings, NIGHT), DAYS)
    assert verdict == Verdict({"days_compared": 1, "listed": 1, "missing": 0})


def test_each_miss_is_named(upstream: Upstream, evening: House, settings: Settings) -> None:
    lines = [(NOVA, "Nova", "4", "20260105", f"0001000001-26-00007{n}") for n in (2, 1)]
    upstream.on(INDEX, reply(200, index(*lines, (NOVA, "Nova", "8-K", "20260105", EIGHT_K))))
    verdict = reconciled(INSTANCE, house(settings, NIGHT), DAYS)
    assert verdict.counts == {"days_compared": 1, "listed": 3, "missing": 2}
    assert verdict.problems == tuple(
        f"0001000001-26-00007{n} is listed under 2026-01-05 and is not held" for n in (1, 2)
    )


def test_a_day_without_an_index_or_of_which_nothing_is_held_is_left_out(
    upstream: Upstream, evening: House, settings: Settings, tmp_path: Path
) -> None:
    assert reconciled(INSTANCE, house(settings, NIGHT), DAYS).counts["days_compared"] == 0
    upstream.on(INDEX, reply(200, index((NOVA, "Nova", "4", "20260105", FOUR))))
    empty = settings.model_copy(update={"data_dir": tmp_path / "empty"})
    assert reconciled(INSTANCE, house(empty, NIGHT), DAYS).counts["days_compared"] == 0


def test_a_block_is_not_taken_for_a_day_without_an_index(
    upstream: Upstream, evening: House, settings: Settings
) -> None:
    upstream.on(INDEX, reply(403, BLOCKED))
    with pytest.raises(UpstreamUnavailable):
        reconciled(INSTANCE, house(settings, NIGHT), DAYS)
