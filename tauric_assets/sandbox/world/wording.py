"""Turning templates into sentences: a voice that speaks of one company, and amounts as reports print them.

Belongs here: filling templates, formatting money, shares, percentages and days.
Not here: the templates themselves (phrases.py, releases.py, notes in news.py and social.py).
"""

from collections.abc import Sequence
from datetime import date

from tauric_assets.sandbox.world import people
from tauric_assets.sandbox.world.companies import Profile
from tauric_assets.sandbox.world.dice import Dice
from tauric_assets.sandbox.world.eastern import week_of

SITES = ("Ardmore", "Kilburn Falls", "Port Lindley", "Santa Vela", "Greymouth", "Hollow Creek", "Osterby", "Tarn Hill")


class Voice:
    """Speaks of one company: fills `{product}`, `{customer}`, … with its own words, chosen by the dice.

    Args:
        facts: further slots, the same in every sentence.
    """

    def __init__(self, dice: Dice, profile: Profile, **facts: str) -> None:
        self.dice = dice
        self._profile = profile
        self.facts = facts

    def say(self, template: str) -> str:
        """A template with its slots filled."""
        profile, dice = self._profile, self.dice
        slots = {
            "name": profile.name,
            "short": profile.short_name,
            "ticker": profile.ticker,
            "trade": profile.trade,
            "product": dice.choice(profile.products),
            "customer": dice.choice(profile.customers),
            "supplier": dice.choice(profile.suppliers),
            "input": dice.choice(profile.inputs),
            "site": dice.choice(SITES),
            "percent": str(dice.integer(4, 19)),
            "months": str(dice.choice((6, 9, 12, 18, 24))),
            "count": str(dice.integer(12, 95)),
        }
        return _capital(template.format_map(slots | self.facts))

    def pick(self, templates: Sequence[str]) -> str:
        """One of the templates, filled."""
        return self.say(self.dice.choice(templates))

    def several(self, templates: Sequence[str], count: int) -> str:
        """`count` different templates, filled, as one paragraph."""
        return " ".join(self.say(template) for template in self.dice.sample(templates, count))


def million(tenths: int) -> str:
    """Tenths of a million dollars as prose, such as `$612.4 million` or `$1.34 billion`."""
    sign, size = ("-" if tenths < 0 else ""), abs(tenths)
    return f"{sign}${size / 10_000:.2f} billion" if size >= 10_000 else f"{sign}${size / 10:,.1f} million"


def cell(tenths: int) -> str:
    """Tenths of a million dollars as a table prints them: millions, negatives in parentheses."""
    return f"({abs(tenths) / 10:,.1f})" if tenths < 0 else f"{tenths / 10:,.1f}"


def per_share(cents: int) -> str:
    """Cents as dollars a share, negatives as a loss in parentheses."""
    return f"$({abs(cents) / 100:.2f})" if cents < 0 else f"${cents / 100:.2f}"


def change(now: int, before: int) -> str:
    """The change from `before` to `now`, such as `rose 4.2%` or `fell 1.0%`."""
    percent = 100 * (now - before) / before
    return f"{'rose' if percent >= 0 else 'fell'} {abs(percent):.1f}%"


def spoken(day: date) -> str:
    """A day as prose: `January 6, 2026`."""
    return f"{day:%B} {day.day}, {day.year}"


def chief(seed: int, profile: Profile, day: date) -> str:
    """Name of the chief executive on a day."""
    return people.holder(seed, profile, people.CEO, max(0, week_of(day))).spoken_name


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
