"""What people say on the social network, and about what: drafts of posts, before they are framed.

Belongs here: authors, texts, and how long after an event they are written.
Not here: Jetstream's frames, record keys, deletions (social.py).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from tauric_assets.sandbox.world import prices
from tauric_assets.sandbox.world.calendar import Event, events_between
from tauric_assets.sandbox.world.companies import BITCOIN, PROFILES, Profile
from tauric_assets.sandbox.world.dice import Dice
from tauric_assets.sandbox.world.eastern import is_weekday
from tauric_assets.sandbox.world.entries import insiders_of, percent
from tauric_assets.sandbox.world.releases import release
from tauric_assets.times import DAY_NS, SECOND_NS, day_start_ns

AUTHORS = 80
REACTION_SPAN_NS = 8 * 3_600 * SECOND_NS


@dataclass(frozen=True)
class Draft:
    """A post somebody writes.

    Args:
        at: when it is written; nanoseconds UTC.
        answers: whether it answers the post before it on the same subject.
    """

    at: int
    author: int
    text: str
    language: str = "en"
    subject: str = ""
    answers: bool = False


GOOD: tuple[str, ...] = (
    "${ticker} flying on {gist}. Should have bought more.",
    "{short} up {move} and I think there's more to come after {gist} 🚀",
    "that {short} news is a big deal. ${ticker} was far too cheap",
    "so the insiders at {short} knew what they were buying. ${ticker}",
    "${ticker} {gist}: numbers look clean to me, adding here",
    "My whole timeline is {short} today. {gist}, wow.",
    "took profits in ${ticker} after {gist}, {move} in minutes is enough",
    "Not convinced by ${ticker}. One good headline does not fix the margins.",
    "{short} finally delivers. ${ticker}",
)
BAD: tuple[str, ...] = (
    "${ticker} down {move} on {gist}. Ouch.",
    "Out of {short} for now. {gist} is not a small thing.",
    "who was selling {short} last week? check the Form 4s. ${ticker}",
    "{gist}... and management said everything was fine a month ago ${ticker}",
    "${ticker} overreaction imo, buying the dip",
    "{short} again. This stock never gives you a quiet week 😩",
    "another day, another {short} problem. ${ticker} {move} lower",
    "Reading the 8-K: {gist} could take quarters to sort out. ${ticker}",
)
INSIDER: dict[str, tuple[str, ...]] = {
    "P": (
        "Form 4: {who} bought {shares} shares of ${ticker}",
        "insider buying at {short}, {who} picked up {shares}. interesting ${ticker}",
    ),
    "S": (
        "Form 4: {who} sold {shares} shares of ${ticker}",
        "{who} of {short} selling again, {shares} shares ${ticker}",
    ),
}
DAILY: tuple[str, ...] = (
    "${ticker} {way} {move} today",
    "watching ${ticker}, {way} {move} since midnight UTC",
    "{short} ({way} {move}): anyone know why?",
    "chart of ${ticker} looks {mood} to me",
    "${ticker} and $BTC moving together again today",
)
NOISE: tuple[tuple[str, str], ...] = (
    ("coffee first, charts later", "en"),
    ("does anyone else keep too many tabs open", "en"),
    ("The train is late again. Reading annual reports in the rain.", "en"),
    ("nova scotia in autumn is something else", "en"),
    ("my sourdough starter has better momentum than my portfolio", "en"),
    ("Orchard visit with the kids, pike in the pond, apples everywhere 🍎", "en"),
    ("GM. $BTC still breathing", "en"),
    ("risk management is just remembering that you can be wrong", "en"),
    ("What a match last night!", "en"),
    ("Never trust a backtest that peeks.", "en"),
    ("Heute nur Regen, dafür endlich Zeit zum Lesen.", "de"),
    ("Alguém mais acordado vendo o mercado?", "pt"),
    ("今日はいい天気ですね", "ja"),
    ("weekend plans: fix the bike, ignore the markets", "en"),
    ("voltage regulator died, ordering parts #electronics", "en"),
    ("three meetings today that could have been a table", "en"),
    ("The library finally has the book on tulip mania I asked for.", "en"),
    ("if the footnotes are longer than the report, read the footnotes", "en"),
    ("new rule: no orders before breakfast", "en"),
    ("meridian lines, parallel lines, long lines at the bakery", "en"),
    ("paper hands, paper cups, paper straws. all bad", "en"),
    ("Who moved the office plant? It was load-bearing.", "en"),
    ("spent an hour on a spreadsheet to learn I should sell nothing", "en"),
    ("the best indicator is still a good night's sleep", "en"),
    ("Ce soir, soupe à l'oignon et vieux films.", "fr"),
    ("rain delay at the cricket, opening the order book instead", "en"),
)
ENDINGS = ("", "", "", " lol", " ...", " 👀", " #stocks", " (not advice)", " thoughts?")


def drafts_from(seed: int, day: date) -> list[Draft]:
    """Everything written because of a day: its noise (UTC), and reactions to its Eastern events, late ones too."""
    found = [*_noise(seed, day), *_daily(seed, day), *_about_insiders(seed, day)]
    for event in events_between(seed, day, day + timedelta(days=1)):
        found += _reactions(seed, event)
    return found


def _noise(seed: int, day: date) -> Iterator[Draft]:
    dice = Dice(seed, "noise", day)
    for _ in range(dice.integer(26, 40) if is_weekday(day) else dice.integer(48, 64)):
        text, language = dice.choice(NOISE)
        ending = dice.choice(ENDINGS) if language == "en" else ""
        yield Draft(_moment(dice, day), dice.integer(0, AUTHORS - 1), text + ending, language)


def _daily(seed: int, day: date) -> Iterator[Draft]:
    dice = Dice(seed, "daily", day)
    for _ in range(dice.integer(14, 24)):
        profile = dice.choice(PROFILES)
        at = _moment(dice, day)
        move = prices.price_at(seed, profile.ticker, at) / prices.level(seed, profile.ticker, day) - 1
        yield Draft(at, dice.integer(0, AUTHORS - 1), _filled(dice, dice.choice(DAILY), profile, move))
    at = _moment(dice, day)
    move = prices.price_at(seed, BITCOIN, at) / prices.level(seed, BITCOIN, day) - 1
    yield Draft(at, dice.integer(0, AUTHORS - 1), f"$BTC {'up' if move > 0 else 'down'} {percent(move)} on the day")


def _about_insiders(seed: int, day: date) -> Iterator[Draft]:
    for report in insiders_of(seed, day):
        dice = Dice(seed, "insider post", report.key)
        shares = sum(line.shares for line in report.lines)
        who = report.owners[0].spoken_name
        for _ in range(dice.integer(1, 3)):
            at = report.accepted_at + dice.integer(90, 9_000) * SECOND_NS
            text = dice.choice(INSIDER[report.lines[0].code])
            said = _filled(dice, text, report.profile, 0.0, who=who, shares=f"{shares:,}")
            yield Draft(at, dice.integer(0, AUTHORS - 1), said, subject=report.key)


def _reactions(seed: int, event: Event) -> Iterator[Draft]:
    """Posts after an event: most in the first hour, the last after a working day."""
    dice, gist = Dice(seed, "posts", event.key), release(seed, event).gist
    ticker = event.profile.ticker
    for number in range(6 + round(280 * abs(event.move))):
        at = event.at + 20 * SECOND_NS + int(REACTION_SPAN_NS * dice.uniform() ** 3)
        move = prices.price_at(seed, ticker, at) / prices.price_at(seed, ticker, event.at) - 1
        text = _filled(dice, dice.choice(GOOD if event.is_good else BAD), event.profile, move, gist=gist)
        answers = number > 0 and dice.chance(0.15)
        yield Draft(at, dice.integer(0, AUTHORS - 1), text, subject=event.key, answers=answers)


def _filled(dice: Dice, template: str, profile: Profile, move: float, **facts: str) -> str:
    text = template.format(
        ticker=profile.ticker,
        short=profile.short_name,
        move=percent(move),
        way="up" if move > 0 else "down",
        mood=dice.choice(("tired", "strong", "heavy", "ready")),
        **facts,
    )
    return text + dice.choice(ENDINGS)


def _moment(dice: Dice, day: date) -> int:
    return day_start_ns(day) + int(dice.uniform() * (DAY_NS - 60 * SECOND_NS))
