"""Articles on the open web: what other papers make of the newswire, minutes to hours after it.

Belongs here: which articles a day brings.
Not here: the releases themselves (entries.py), GDELT's files (gdelt_server.py).
"""

from datetime import date, timedelta
from functools import lru_cache

from tauric_assets.sandbox.market import Article
from tauric_assets.sandbox.world import entries
from tauric_assets.sandbox.world.dice import Dice
from tauric_assets.sandbox.world.entries import MINUTE_NS, Entry
from tauric_assets.times import day_of_ns

PAPERS = ("harbour-courier.invalid", "northern-ledger.invalid", "the-tape.invalid", "weekday-post.invalid")
THEMES = ("ECON_STOCKMARKET", "ECON_EARNINGSREPORT", "ECON_INDUSTRY", "WB_678_DIGITAL_GOVERNMENT")


@lru_cache(maxsize=256)
def articles_of(seed: int, day: date) -> tuple[Article, ...]:
    """Articles that appear on a UTC day, in order."""
    near = (day + timedelta(days=number) for number in (-2, -1, 0))
    found = [article for one in near for entry in entries.newswire(seed, one) for article in _retold(seed, entry)]
    return tuple(sorted((one for one in found if day_of_ns(one.appears_at) == day), key=lambda one: one.appears_at))


def _retold(seed: int, entry: Entry) -> list[Article]:
    dice = Dice(seed, "retold", entry.guid)
    papers = dice.sample(PAPERS, dice.integer(0, 2))
    return [
        Article(
            link=f"https://{paper}/{entry.guid.rpartition('/')[2]}",
            title=entry.title,
            appears_at=entry.appears_at + dice.integer(5, 600) * MINUTE_NS,
            themes=(dice.choice(THEMES), "TAX_FNCACT"),
            organisations=entry.tags[:1],
            tone=dice.integer(-60, 60) / 10,
        )
        for paper in papers
    ]
