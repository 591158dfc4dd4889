"""The world gives the same bytes to everybody: to two objects, in two processes, in any order of questions."""

import hashlib
import subprocess
import sys
from datetime import date, timedelta

import pytest

from tauric_assets.errors import UsageError
from tauric_assets.sandbox.market import VENUES, Market
from tauric_assets.sandbox.world import World
from tauric_assets.sandbox.world import dice as dice_module
from tauric_assets.sandbox.world.dice import Dice
from tauric_assets.times import DAY_NS, day_start_ns

DAY = date(2026, 1, 7)


def fingerprint(market: Market, day: date) -> str:
    """A digest over everything the market says about a day."""
    digest = hashlib.sha256()
    start = day_start_ns(day)
    for filing in market.filings(day):
        digest.update(repr(filing).encode() + market.submission(filing.accession_number))
    for address in market.feeds():
        digest.update(repr(market.feed(address, start + DAY_NS // 2)).encode())
    for post in market.posts(start, start + DAY_NS):
        digest.update(post.frame)
    for venue in VENUES:
        for trade in market.trades(venue, market.symbols(venue)[1], start, start + DAY_NS // 8):
            digest.update(repr(trade).encode())
    return digest.hexdigest()


def test_two_worlds_of_one_seed_agree_and_of_two_seeds_differ() -> None:
    assert fingerprint(World(7), DAY) == fingerprint(World(), DAY)
    assert fingerprint(World(7), DAY) != fingerprint(World(8), DAY)


@pytest.mark.slow
def test_another_process_with_another_hash_seed_gives_the_same_bytes() -> None:
    program = (
        "from tauric_assets_tests.sandbox.test_world_determinism import DAY, World, fingerprint\n"
        "import sys\nsys.stdout.write(fingerprint(World(7), DAY))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": "123"}
    )
    assert done.stdout == fingerprint(World(7), DAY)


@pytest.mark.slow
def test_a_later_day_needs_no_earlier_question() -> None:
    program = (
        "from tauric_assets_tests.sandbox.test_world_determinism import DAY, World, fingerprint\n"
        "import sys\nfrom datetime import timedelta\n"
        "sys.stdout.write(fingerprint(World(7), DAY + timedelta(days=200)))"
    )
    world = World(7)
    for back in (3, 2, 1):
        fingerprint(world, DAY + timedelta(days=200 - back))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == fingerprint(world, DAY + timedelta(days=200))


def test_nothing_is_known_before_the_first_day() -> None:
    world = World()
    before = day_start_ns(world.first_day())
    assert world.first_day() == date(2025, 11, 3)
    assert list(world.filings(date(2025, 10, 31))) == []
    assert list(world.posts(before - 30 * DAY_NS, before)) == []
    assert list(world.trades("coinbase", "NOVA-USD", before - 30 * DAY_NS, before)) == []
    assert all(world.feed(address, before - 1) is None for address in world.feeds())
    assert list(world.frames("kraken")) == []


def test_a_senseless_number_of_trades_is_refused() -> None:
    with pytest.raises(UsageError, match="trades_per_day"):
        World(trades_per_day=0)


def test_unknown_names_raise_key_error() -> None:
    world = World()
    with pytest.raises(KeyError):
        world.feed("example.invalid/rss", day_start_ns(DAY))
    with pytest.raises(KeyError):
        list(world.trades("kraken", "HLXR-USD", day_start_ns(DAY), day_start_ns(DAY) + 1))
    with pytest.raises(KeyError):
        world.submission("0009999999-26-000001")
    assert world.filing("0009999999-26-000001") is None
    assert world.filing("nonsense") is None


def test_draws_never_change() -> None:
    dice = Dice(7, "example")
    assert dice_module.digest(7, "example") == 297105815465419673388554140311393215400
    assert [dice.integer(1, 6) for _ in range(8)] == [1, 4, 6, 5, 4, 3, 6, 4]
