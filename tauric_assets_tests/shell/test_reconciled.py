"""Near real time reconciled with the daily index: a filing that passed by unseen is named by a check, then healed."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import dagster as dg
import httpx
import pytest

from tauric_assets.components.shell import COMPLETE
from tauric_assets.defs.running import instance_of, materialize
from tauric_assets.feeds.configured import configured_feeds
from tauric_assets.house import House
from tauric_assets.pipeline import reconciled
from tauric_assets.sandbox.launch import Running, start
from tauric_assets.sandbox.options import SandboxOptions
from tauric_assets.settings import Settings, load_settings
from tauric_assets.times import Days, parse_instant

pytestmark = pytest.mark.slow
DAY = date(2026, 1, 6)
EVENING, NEXT_NIGHT = "2026-01-06T23:59:00Z", "2026-01-07T06:30:00Z"
RAW = 'key:"raw/edgar"'


def at(instant: str) -> Iterator[Running]:
    with start(SandboxOptions(port=0, clock=f"frozen:{instant}", trades_per_day=20)) as running:
        yield running


@pytest.fixture(scope="module")
def evening() -> Iterator[Running]:
    """EDGAR on the evening of the day, before there is an index."""
    yield from at(EVENING)


@pytest.fixture(scope="module")
def night() -> Iterator[Running]:
    """EDGAR when the index is there."""
    yield from at(NEXT_NIGHT)


def house(settings: Settings, instant: str) -> House:
    return House(settings, clock=lambda: parse_instant(instant))


def numbers(house: House) -> set[str]:
    """Accession numbers of the submissions held."""
    urls = house.lake.read("raw_documents", where="feed = 'edgar'")["url"].to_pylist()
    return {url.rpartition("/")[2].removesuffix(".txt") for url in urls if url.endswith(".txt")}


def checked(house: House) -> tuple[bool, str]:
    """Whether the latest check against the index passed, and what it found."""
    with instance_of(house) as instance:
        (run,) = instance.get_runs(limit=1)
        records = instance.get_records_for_run(run.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION).records
    for record in records:
        event = record.event_log_entry.dagster_event
        assert event is not None
        check = event.asset_check_evaluation_data
        if check.check_name == COMPLETE:
            return check.passed, str(check.metadata["problems"].value)
    raise AssertionError("the check was not evaluated")


def test_what_the_current_filings_left_out_is_named_by_the_check_and_healed(
    evening: Running, night: Running, tmp_path: Path
) -> None:
    days = Days.one(DAY)
    tonight = load_settings(data_dir=tmp_path / "data", sandbox_url=evening.url)
    later = tonight.model_copy(update={"sandbox_url": night.url})
    other = House(later.model_copy(update={"data_dir": tmp_path / "other"}), clock=lambda: parse_instant(NEXT_NIGHT))
    materialize(other, days, RAW)
    assert checked(other) == (True, "none")  # nothing was held before: there is nothing to compare
    listed = numbers(other)
    missed = min(listed)

    with httpx.Client(base_url=evening.url, trust_env=False) as sandbox:
        rule = {"match": "www.sec.gov/cgi-bin/browse-edgar", "kind": "omit", "text": missed}
        sandbox.post("/sandbox/faults", json=[rule]).raise_for_status()
    materialize(house(tonight, EVENING), days, RAW)
    assert checked(house(tonight, EVENING)) == (True, "none")  # the day is not over: no truth to compare with
    seen = numbers(house(tonight, EVENING))
    unseen = sorted(listed - seen)  # what was left out, and what was accepted in New York's evening, after midnight UTC
    assert seen
    assert missed in unseen

    nightly = house(later, NEXT_NIGHT)
    (instance,) = (one for one in configured_feeds() if one.name == "edgar")
    verdict = reconciled(instance, nightly, days)
    assert verdict.counts == {"days_compared": 1, "listed": len(listed), "missing": len(unseen)}
    assert verdict.problems == tuple(f"{number} is listed under {DAY} and is not held" for number in unseen)
    materialize(nightly, days, RAW)
    assert checked(nightly) == (False, "\n".join(f"- {problem}" for problem in verdict.problems))
    assert numbers(nightly) == listed
    materialize(nightly, days, RAW)
    assert checked(nightly) == (True, "none")
