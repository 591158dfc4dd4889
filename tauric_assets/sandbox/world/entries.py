"""What the news feeds report: entries of the newswire, the authority and the commentators, day by day.

Belongs here: which entries an Eastern day brings, when they appear, when they are corrected.
Not here: XML and the state of a feed at an instant (news.py).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from tauric_assets.sandbox.world import insiders, prices
from tauric_assets.sandbox.world.calendar import Event, events_between
from tauric_assets.sandbox.world.companies import BITCOIN, PROFILES, Profile
from tauric_assets.sandbox.world.dice import Dice, digest
from tauric_assets.sandbox.world.eastern import eastern_ns, is_weekday, week_of
from tauric_assets.sandbox.world.releases import release
from tauric_assets.sandbox.world.wording import SITES, Voice, chief
from tauric_assets.times import SECOND_NS

MINUTE_NS = 60 * SECOND_NS


@dataclass(frozen=True)
class Entry:
    """An entry of a feed.

    Args:
        appears_at: the instant at which it can first be seen; nanoseconds UTC.
        corrected_at: the instant from which `corrected_title` and `corrected_summary` stand; None where never.
    """

    guid: str
    link: str
    appears_at: int
    title: str
    summary: str
    tags: tuple[str, ...] = ()
    author: str = ""
    corrected_at: int | None = None
    corrected_title: str = ""
    corrected_summary: str = ""


ROUTINE: tuple[tuple[str, str], ...] = (
    (
        "{name} to Present at the Autumnfield Industry Conference",
        "{chief} of {short} will speak about {product} and take questions from investors.",
    ),
    ("{name} Declares Quarterly Dividend", "The board of {short} declared a dividend of ${cents} a share."),
    ("{name} Opens Training Centre in {site}", "{short} will train {count} apprentices a year in {trade}."),
    ("{name} Schedules Webcast on Quarterly Results", "{short} will answer questions about its results by telephone."),
    (
        "{name} Extends Supply Agreement With {supplier}",
        "{supplier} will deliver {input} to {short} for a further {months} months on unchanged terms.",
    ),
    ("{name} Publishes Sustainability Report", "{short} says it used {percent}% less energy per unit at {site}."),
    ("{customer} Renews Service Agreement With {name}", "{short} will maintain {product} for {customer} as before."),
    ("{name} Named Employer of the Year in {site}", "The award names {short}'s work in training engineers."),
)
FIRMS = (
    *("Albright Cement", "Corvane Telecom", "Dray & Hull Logistics", "Ellwood Pharmacies", "Farsund Ferries"),
    *("Glenmoor Dairies", "Halsey Payments", "Inverleith Media", "Jarrow Chemicals", "Kingsbarn Bakeries"),
    *("Lomond Optics", "Marlpit Waste", "Norbury Rail", "Oakhanger Vets", "Penmarsh Insurance", "Quarrydene Homes"),
)
NOTICES: tuple[tuple[str, str], ...] = (
    ("{a} / {b} merger inquiry", "The authority is considering whether the merger may lessen competition."),
    (
        "{a} / {b}: undertakings accepted",
        "Undertakings offered by the parties have been accepted in place of a reference.",
    ),
    (
        "Suspected anti-competitive conduct by {a}",
        "An investigation into suspected agreements with {b} has been opened.",
    ),
    ("{a}: decision to close the case", "The authority closed its case on {a} on grounds of priority."),
    ("Market study: services supplied by {a} and others", "Responses to the statement of scope have been published."),
    (
        "Review of undertakings given by {a}",
        "The authority invites views on whether the undertakings are still needed.",
    ),
)
COMMENTS: dict[bool, tuple[str, ...]] = {
    True: (
        "{short} jumps {move} after {gist}",
        "Why {short} is up {move}: {gist}",
        "{short} shares climb as buyers welcome {gist}",
    ),
    False: (
        "{short} slides {move} after {gist}",
        "Why {short} is down {move}: {gist}",
        "{short} shares drop as sellers react to {gist}",
    ),
}


@lru_cache(maxsize=2048)
def newswire(seed: int, day: date) -> tuple[Entry, ...]:
    """Companies' press releases of an Eastern day."""
    found = [_announcement(seed, event) for event in _events(seed, day)]
    dice = Dice(seed, "newswire", day)
    count = dice.integer(2, 4) if is_weekday(day) else dice.integer(0, 1)
    for number, profile in enumerate(dice.sample(PROFILES, count)):
        voice = Voice(
            dice,
            profile,
            cents=f"0.{dice.integer(8, 64):02d}",
            chief=chief(seed, profile, day),
            site=dice.choice(SITES),
            supplier=dice.choice(profile.suppliers),
            customer=dice.choice(profile.customers),
        )
        title, summary = (voice.say(template) for template in dice.choice(ROUTINE))
        at = eastern_ns(day, dice.integer(25_200, 61_200))
        found.append(_released(f"{day}-routine{number}", at, title, summary, profile))
    return tuple(found)


@lru_cache(maxsize=2048)
def authority(seed: int, day: date) -> tuple[Entry, ...]:
    """The competition authority's notices of an Eastern day; none at weekends but for probes."""
    dice = Dice(seed, "authority", day)
    found = [_probe(seed, event) for event in _events(seed, day) if event.kind in {"probe", "settlement"}]
    for number in range(dice.integer(3, 5) if is_weekday(day) else 0):
        a, b = dice.sample(FIRMS, 2)
        title, summary = (template.format(a=a, b=b) for template in dice.choice(NOTICES))
        at = eastern_ns(day, dice.integer(14_400, 43_200))
        revised = dice.chance(0.2)
        link = f"https://www.gov.uk/cma-cases/{_slug(title)}-{digest(seed, day, number) % 10_000:04d}"
        found.append(
            Entry(
                *(link, link, at, title, summary, ("CMA case",), "Competition and Markets Authority"),
                corrected_at=at + dice.integer(90, 900) * MINUTE_NS if revised else None,
                corrected_title=title,
                corrected_summary=f"{summary} Timetable updated.",
            )
        )
    return tuple(found)


@lru_cache(maxsize=2048)
def commentary(seed: int, day: date) -> tuple[Entry, ...]:
    """Short notes on price moves of an Eastern day, naming companies without their tickers."""
    found = list(_wraps(seed, day))
    for event in _events(seed, day):
        found += _reactions(seed, event)
    for report in insiders_of(seed, day):
        dice = Dice(seed, "insider note", report.key)
        verb = "bought" if report.lines[0].code == "P" else "sold"
        shares = sum(line.shares for line in report.lines if line.code in {"P", "S"})
        owner, short = report.owners[0].spoken_name or report.owners[0].last, report.profile.short_name
        title = f"{owner} {verb} {shares:,} shares of {short}"
        summary = f"A filing shows that an insider {verb} {short} stock, {_crowd(seed, report)}."
        found.append(_note(report.key, report.accepted_at + dice.integer(5, 50) * MINUTE_NS, title, summary))
    return tuple(found)


def insiders_of(seed: int, day: date) -> list[insiders.Report]:
    """Reports accepted on an Eastern day of trades made ahead of an event."""
    weeks = range(max(0, week_of(day)), week_of(day) + 4)
    reports = (report for week in weeks for report in insiders.reports_of_week(seed, week))
    return [report for report in reports if report.day == day and report.story in {"buy", "sell"}]


def percent(fraction: float) -> str:
    """The size of a move, such as `4.2%`."""
    return f"{abs(100 * fraction):.1f}%"


def _events(seed: int, day: date) -> list[Event]:
    return events_between(seed, day, day + timedelta(days=1))


def _announcement(seed: int, event: Event) -> Entry:
    story, dice = release(seed, event), Dice(seed, "announcement", event.key)
    at = event.at + dice.integer(60, 200) * SECOND_NS
    entry = _released(event.key, at, story.headline, story.summary, event.profile)
    if not dice.chance(0.12):
        return entry
    late = at + dice.integer(60, 300) * MINUTE_NS
    summary = f"{story.summary} (An earlier version of this release left out the contact for investors.)"
    return Entry(
        *(entry.guid, entry.link, at, entry.title, entry.summary, entry.tags, entry.author),
        corrected_at=late,
        corrected_title=f"/CORRECTION/ {entry.title}",
        corrected_summary=summary,
    )


def _released(key: str, at: int, title: str, summary: str, profile: Profile) -> Entry:
    link = f"https://www.prnewswire.com/news-releases/{_slug(title)}-{digest(key, title) % 10**9:09d}.html"
    return Entry(link, link, at, title, summary, (f"{profile.company.exchange}:{profile.ticker}",), profile.name)


def _probe(seed: int, event: Event) -> Entry:
    dice = Dice(seed, "probe", event.key)
    short = event.profile.short_name
    at = event.at + dice.integer(4, 25) * MINUTE_NS
    title = f"{short}: suspected anti-competitive conduct"
    summary = f"The authority is looking at {release(seed, event).gist} at {short}."
    if event.kind == "settlement":
        title, summary = (
            f"{short}: case closed",
            f"{short} and its supplier have ended their dispute; the case is closed.",
        )
    link = f"https://www.gov.uk/cma-cases/{_slug(title)}-{digest(seed, event.key) % 10_000:04d}"
    return Entry(link, link, at, title, summary, ("CMA case",), "Competition and Markets Authority")


def _reactions(seed: int, event: Event) -> Iterator[Entry]:
    """A note on the move, and often the release again in other hands."""
    dice, story, short = Dice(seed, "reactions", event.key), release(seed, event), event.profile.short_name
    at = event.at + dice.integer(15, 80) * MINUTE_NS
    before, after = (prices.price_at(seed, event.profile.ticker, instant) for instant in (event.at, at))
    move = after / before - 1
    said = dice.choice(COMMENTS[move > 0]).format(short=short, move=percent(move), gist=story.gist)
    summary = f"Shares of {short} traded {percent(move)} {'higher' if move > 0 else 'lower'}. {story.summary}"
    wrong = dice.chance(0.15)
    first = said.replace(percent(move), percent(move * 10)) if wrong else said
    yield _note(
        event.key,
        at,
        first,
        summary.replace(percent(move), percent(move * 10)) if wrong else summary,
        corrected_at=at + dice.integer(20, 200) * MINUTE_NS if wrong else None,
        corrected_title=f"Corrected: {said}",
        corrected_summary=summary,
    )
    if dice.chance(0.6):
        title = story.headline.replace(event.profile.name, short)
        again = event.at + dice.integer(10, 45) * MINUTE_NS
        yield _note(f"{event.key}-again", again, title, story.summary)


def _wraps(seed: int, day: date) -> Iterator[Entry]:
    """A look at the market in the morning and one in the evening."""
    for name, second, hours in (("morning", 30_600, 15), ("evening", 61_500, 9)):
        at = eastern_ns(day, second + Dice(seed, name, day).integer(0, 1_200))
        since = at - hours * 60 * MINUTE_NS
        moves = {
            asset: prices.price_at(seed, asset, at) / prices.price_at(seed, asset, since) - 1
            for asset in (BITCOIN, *(profile.ticker for profile in PROFILES))
        }
        ranked = sorted(PROFILES, key=lambda profile: moves[profile.ticker])
        worst, best = ranked[0], ranked[-1]
        coin = moves[BITCOIN]
        title = f"{day:%A} {name}: {best.short_name} leads, {worst.short_name} lags"
        summary = (
            f"{best.short_name} moved {moves[best.ticker]:+.1%} and {worst.short_name} {moves[worst.ticker]:+.1%} in "
            f"{hours} hours of trading; bitcoin {'rose' if coin > 0 else 'fell'} {percent(coin)}."
        )
        yield _note(f"{day}-{name}", at, title, summary)


def _crowd(seed: int, report: insiders.Report) -> str:
    event = report.event
    others = [other for other in insiders_of(seed, report.day) if other.event == event and other != report]
    if others:
        return "one of several on the same day"
    return "under a plan adopted months ago" if report.under_plan else "at market prices"


def _note(
    key: str,
    at: int,
    title: str,
    summary: str,
    *,
    corrected_at: int | None = None,
    corrected_title: str = "",
    corrected_summary: str = "",
) -> Entry:
    number = digest("note", key, title) % 10**8
    return Entry(
        *(f"marketnotes-{number:08d}", f"https://feeds.marketnotes.invalid/notes/{number:08d}", at, title, summary),
        corrected_at=corrected_at,
        corrected_title=corrected_title,
        corrected_summary=corrected_summary,
    )


def _slug(title: str) -> str:
    letters = "".join(letter.lower() if letter.isascii() and letter.isalnum() else "-" for letter in title)
    return "-".join(piece for piece in letters.split("-") if piece)
