"""Bars of so many trades, so much volume or so much money: closed by activity instead of the clock.

A rule is written `trades:1000`, `volume:50` (units of the base) or `notional:1000000` (units of the quote). The trades
of a symbol are taken in the order of (ts_event, trade id). The trade that reaches the threshold is the last of its bar
and belongs to it whole: nothing is split, so a bar may exceed its threshold by less than one trade. The next trade
opens the next bar. No bar crosses midnight UTC: the first trade of a day opens a bar, and what is unfinished when the
day closes is a bar too, so that a day's bars follow from the day's trades alone. Bars of a day are numbered from 1.

Belongs here: the rules, the fold. Not here: when trades are ready to be taken (bars.py), storage.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Literal, get_args

from tauric_assets.errors import UsageError
from tauric_assets.feeds.ticks import UNIT, Trade
from tauric_assets.times import DAY_NS

Measure = Literal["trades", "volume", "notional"]

_UNITS = {"trades": 1, "volume": UNIT, "notional": UNIT * UNIT}


@dataclass(frozen=True)
class Rule:
    """When a bar is full.

    Args:
        name: as it stands in the column `interval`, e.g. `volume:50`.
        threshold: trades, units of 1e-9 (volume) or of 1e-18 (notional); at least 1.
    """

    name: str
    measure: Measure
    threshold: int


def rule_named(name: str) -> Rule:
    """The rule written `name`.

    Raises: UsageError: it is none, or its threshold is not above zero and a whole number of units.
    """
    measure, _, text = name.partition(":")
    wrong = UsageError(f"no bars of {name!r}: write trades:1000, volume:50 or notional:1000000")
    if measure not in get_args(Measure):
        raise wrong
    try:
        threshold = Decimal(text) * _UNITS[measure]
    except InvalidOperation:
        raise wrong from None
    if not threshold.is_finite() or threshold < 1 or threshold != threshold.to_integral_value():
        raise wrong
    return Rule(name, measure, int(threshold))  # type: ignore[arg-type]


@dataclass
class ActivityBar:
    """One bar in the making, or done; its trades come in order.

    Args:
        number: order in the UTC day, from 1.
        first: ts_event of its first trade; last: of its last, inclusive.
    """

    number: int
    first: int
    last: int
    open: int
    high: int
    low: int
    close: int
    volume: int = 0
    notional: int = 0
    trades: int = 0

    @property
    def day(self) -> int:
        """First instant of its UTC day."""
        return self.first - self.first % DAY_NS

    def add(self, trade: Trade) -> None:
        """Take the next trade."""
        price = trade.price
        self.last, self.close = trade.ts_event, price
        self.high, self.low = max(self.high, price), min(self.low, price)
        self.volume += trade.size
        self.notional += price * trade.size
        self.trades += 1


class ActivityFold:
    """The bar in the making of one symbol under one rule."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.making: ActivityBar | None = None
        self.numbered: tuple[int, int] = (-1, 0)  # day of the latest bar, and its number

    def take(self, trades: Iterable[Trade]) -> list[ActivityBar]:
        """Take trades in order and give the bars they finish; the first trade of a day ends a bar of an earlier one."""
        done: list[ActivityBar] = []
        for trade in trades:
            bar = self.making
            if bar is not None and bar.day != trade.ts_event - trade.ts_event % DAY_NS:
                done.append(bar)
                bar = None
            if bar is None:
                bar = self._opened(trade)
            bar.add(trade)
            full = getattr(bar, self.rule.measure) >= self.rule.threshold
            if full:
                done.append(bar)
            self.making = None if full else bar
        return done

    def end_of_day(self) -> list[ActivityBar]:
        """The unfinished bar, if there is one; its day is over."""
        bar, self.making = self.making, None
        return [bar] if bar is not None else []

    def _opened(self, trade: Trade) -> ActivityBar:
        day = trade.ts_event - trade.ts_event % DAY_NS
        number = self.numbered[1] + 1 if self.numbered[0] == day else 1
        self.numbered = (day, number)
        return ActivityBar(number, trade.ts_event, trade.ts_event, trade.price, trade.price, trade.price, trade.price)
