"""From insiders' reports to what they amend and amount to.

Belongs here: the derived steps of the filings group. Not here: parsing (collecting.py), rules (research/).
"""

from collections.abc import Sequence

from tauric_assets.feeds.contract import FeedInstance
from tauric_assets.house import House
from tauric_assets.pipeline.step import Made, reaching, settled
from tauric_assets.research import amendments, insiders
from tauric_assets.times import Days


def insider_amendments(house: House, instances: Sequence[FeedInstance], days: Days) -> Made:
    """From the first of `days` to the last that is held: an original that arrives late can link any later amendment."""

    def write() -> Made:
        built = amendments.build(house.lake, days.start)
        commit = house.lake.replace("insider_amendments", reaching(days, built), built)
        return Made({"insider_amendments": built.num_rows}, {"insider_amendments": commit.rows_added})

    return settled(house, ("insider_reports", "insider_transactions", "insider_holdings"), write)


def insider_activity(house: House, instances: Sequence[FeedInstance], days: Days) -> Made:
    """From the first day that `days` can change to the last: windows and corrections reach forward."""

    def write() -> Made:
        since = insiders.first_day(house.lake, days)
        built = insiders.build(house.lake, since)
        commit = house.lake.replace("insider_activity", reaching(Days(since, days.end), built), built)
        return Made({"insider_activity": built.num_rows}, {"insider_activity": commit.rows_added})

    return settled(house, ("insider_transactions", "insider_amendments"), write)
