"""What companies announce: headline, summary and paragraphs of the press release behind each event.

Belongs here: one text per event, used by the 8-K's exhibit, the newswire and everybody who quotes them.
Not here: HTML (pages.py, reports.py), feeds (news.py).
"""

from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

from tauric_assets.sandbox.world import fiscal, people
from tauric_assets.sandbox.world.calendar import Event
from tauric_assets.sandbox.world.companies import Profile
from tauric_assets.sandbox.world.dice import Dice
from tauric_assets.sandbox.world.eastern import week_of
from tauric_assets.sandbox.world.wording import SITES, Voice, change, chief, million, per_share, spoken


@dataclass(frozen=True)
class Release:
    """A press release.

    Args:
        gist: what it is about in a few words without the company's name, for those who comment on it.
    """

    headline: str
    summary: str
    paragraphs: tuple[str, ...]
    gist: str


HEADLINES: dict[str, tuple[str, ...]] = {
    "guidance_cut": (
        "{name} Lowers Outlook as {input} Run Short",
        "{name} Revises Full-Year Guidance Downward",
        "{name} Cuts Forecast, Citing Delays at {supplier}",
    ),
    "contract": (
        "{name} Wins {amount} Contract From {partner}",
        "{partner} Selects {name} in {amount} Agreement",
        "{name} and {partner} Sign Multi-Year Agreement Worth {amount}",
    ),
    "probe": (
        "{name} Confirms Inquiry Into Sales of {thing}",
        "{name} Responds to Regulator's Investigation of {thing}",
        "{name} Receives Request for Documents Over {thing}",
    ),
    "launch": ("{name} Introduces New Generation of {thing}", "{name} Begins Deliveries of {thing} From {site}"),
    "disruption": (
        "{name} Reports Production Stop at {site} Site",
        "{name} Says Shortage of {input} Will Delay Shipments",
        "Fire Halts Part of {name}'s {site} Operations",
    ),
    "buyback": (
        "{name} Board Authorizes {amount} Share Repurchase",
        "{name} Announces {amount} Buyback and Raises Dividend",
    ),
    "settlement": (
        "{name} Settles Dispute With {supplier}",
        "{name} Reaches Settlement With {partner}, Ending Litigation",
    ),
}
SUMMARIES: dict[str, tuple[str, ...]] = {
    "guidance_cut": (
        "{short} now expects full-year revenue {percent}% below its earlier range, because {input} stay scarce and "
        "{customer} has postponed orders.",
        "Late deliveries from {supplier} and weaker orders for {product} led {short} to lower its forecast for "
        "the year.",
    ),
    "contract": (
        "{partner} will take {thing} from {short} over {months} months; the agreement is worth about {amount}.",
        "The agreement with {partner}, worth {amount}, is the largest order {short} has received for {thing}.",
    ),
    "probe": (
        "A competition authority has asked {short} for documents on how {thing} is priced and sold to {customer}.",
        "{short} said an authority is examining its agreements with distributors of {thing}. It is cooperating.",
    ),
    "launch": (
        "{short} presented a new generation of {thing} and named {customer} as its first buyer.",
        "First deliveries of {thing} went to {customer}; {short} expects to reach full output in {months} months.",
    ),
    "disruption": (
        "Output at {site} has stopped after a fault; {short} expects to lose {percent}% of the quarter's shipments of "
        "{thing}.",
        "{supplier} has halted deliveries of {input}, and {short} will ship less of {thing} than planned.",
    ),
    "buyback": (
        "The board has authorized purchases of up to {amount} of common stock over {months} months.",
        "{short} will buy back up to {amount} of its shares, paid from cash on hand.",
    ),
    "settlement": (
        "{short} and its counterparty have ended a dispute over {input}; {short} will receive {amount}.",
        "The settlement removes a claim that had been open for {months} months and brings {short} {amount}.",
    ),
}
DETAILS: dict[str, tuple[str, ...]] = {
    "guidance_cut": (
        "The company is buying {input} from other sources at higher cost and has slowed hiring.",
        "Orders already in the backlog are not affected, but {product} will be delivered later than planned.",
        "Capital spending for the year will be cut by {percent}%, with the expansion at {site} put back.",
        "Management will give a further update with the results of the current quarter.",
    ),
    "contract": (
        "Deliveries begin within {months} months from the company's site at {site}.",
        "The agreement includes service and spare parts, and an option for {count} further units.",
        "The company plans to hire {count} people at {site} to meet the demand.",
        "{supplier} will supply {input} under an extension of its present agreement.",
    ),
    "probe": (
        "The company believes that its conduct is lawful and is answering all questions.",
        "No claim for damages has been made, and the company cannot say how long the inquiry will last.",
        "Sales of the product concerned were about {percent}% of revenue in the last fiscal year.",
        "An independent committee of directors has been formed to oversee the response.",
    ),
    "launch": (
        "Tests at {site} showed running costs {percent}% below those of the model it replaces.",
        "Volume production depends on a steady supply of {input} from {supplier}.",
        "The company has spent {months} months on development and expects no further large outlay.",
    ),
    "disruption": (
        "Nobody was hurt. The cause is being examined together with the insurer.",
        "Customers including {customer} have been told of new delivery dates.",
        "Stocks of {product} cover about {count} days of demand.",
        "Repairs are expected to take several weeks; part of the work moves to {site} meanwhile.",
    ),
    "buyback": (
        "Purchases may be made in the open market or in private transactions, and may be stopped at any time.",
        "The programme replaces one under which {percent}% of the shares were bought since {months} months ago.",
        "The company will keep its investment plans at {site} unchanged.",
    ),
    "settlement": (
        "Neither side admits any wrong. All claims are withdrawn.",
        "The amount will be shown as other income in the current quarter.",
        "Supply of {input} continues under new terms.",
    ),
}
QUOTES: dict[bool, tuple[str, ...]] = {
    True: (
        '"Our customers told us what they needed from {product}, and our people delivered it," said {chief}, Chief '
        "Executive Officer.",
        '"This shows what {short} can do when supply keeps up with demand," said {chief}, Chief Executive Officer.',
        '"We enter the coming months with a fuller order book and a stronger balance sheet," said {chief}, Chief '
        "Executive Officer.",
    ),
    False: (
        '"This is not the result we wanted, and we know what has to change," said {chief}, Chief Executive Officer.',
        '"Supply of {input} remains our hardest problem, and we are working on it every day," said {chief}, Chief '
        "Executive Officer.",
        '"We owe our shareholders a plain account, and this is it," said {chief}, Chief Executive Officer.',
    ),
}
GOOD_REASONS = (
    "revenue grew because {customer} and other large buyers took more of {product} than planned",
    "growth came from higher prices for {product} and from new orders by {customer}",
    "{product} sold well, and deliveries from {supplier} arrived on time for the first time in a year",
    "output at {site} rose by {percent}% after the second line began work, so more orders could be shipped",
)
BAD_REASONS = (
    "revenue was held back because {supplier} could not deliver enough {input}",
    "{customer} delayed orders for {product}, and prices were lowered to keep volumes",
    "a supply problem with {input} stopped work at {site} for part of the quarter",
    "costs of {input} rose faster than prices, and demand for {product} weakened",
)


GISTS: dict[str, str] = {
    "guidance_cut": "the lowered outlook",
    "contract": "the {amount} order from {partner}",
    "probe": "the inquiry into {thing}",
    "launch": "the launch of {thing}",
    "disruption": "the production stop",
    "buyback": "the {amount} buyback",
    "settlement": "the settlement over {input}",
}


@lru_cache(maxsize=2048)
def release(seed: int, event: Event) -> Release:
    """The press release of an event."""
    if event.kind == "earnings":
        return _earnings(seed, event)
    if event.kind == "departure":
        return _departure(seed, event)
    profile, dice = event.profile, Dice(seed, "release", event.key)
    voice = Voice(
        dice,
        profile,
        amount=f"${dice.integer(4, 90) * 5} million",
        partner=dice.choice(profile.customers),
        thing=dice.choice(profile.products),
        site=dice.choice(SITES),
        input=dice.choice(profile.inputs),
        supplier=dice.choice(profile.suppliers),
        chief=chief(seed, profile, event.day),
    )
    summary = voice.pick(SUMMARIES[event.kind])
    details = [voice.say(template) for template in dice.shuffled(DETAILS[event.kind])]
    return Release(
        voice.pick(HEADLINES[event.kind]),
        summary,
        (
            f"{summary} {details[0]}",
            voice.pick(QUOTES[event.is_good]),
            " ".join(details[1:]),
            about(profile),
        ),
        GISTS[event.kind].format_map(voice.facts),
    )


def reason(seed: int, profile: Profile, serial: int) -> str:
    """Why a quarter came out as it did; the same words in the release, the report and the comments."""
    templates = GOOD_REASONS if fiscal.surprise(seed, profile, serial) > 0 else BAD_REASONS
    said = Voice(Dice(seed, "reason", profile.ticker, serial), profile).pick(templates)
    return said[0].lower() + said[1:] if said.startswith(("Revenue", "Growth", "Output", "Costs", "A ")) else said


def about(profile: Profile) -> str:
    """The paragraph every release ends with."""
    return (
        f"About {profile.name}: {profile.short_name} ({profile.company.exchange}: {profile.ticker}) is a provider of "
        f"{profile.trade}, with its head office in {profile.city.title()}, {profile.state}. Statements about the "
        "future in this release rest on present expectations and may turn out wrong."
    )


def _earnings(seed: int, event: Event) -> Release:
    profile, serial = event.profile, event.serial
    now, before = fiscal.figures(seed, profile, serial), fiscal.figures(seed, profile, serial - 4)
    following = fiscal.figures(seed, profile, serial + 1).expected_revenue
    quarter, beat = now.quarter, now.surprise > 0
    dice = Dice(seed, "release", event.key)
    voice = Voice(dice, profile, chief=chief(seed, profile, event.day))
    verb = dice.choice(("Beats Expectations", "Reports Strong") if beat else ("Misses Expectations", "Reports Weak"))
    when = f"{('First', 'Second', 'Third', 'Fourth')[quarter.number - 1]}-Quarter"
    headline = f"{profile.name} {verb} {when} Fiscal {quarter.fiscal_year} Results"
    if verb.endswith("Expectations"):
        headline = f"{profile.name} {verb} in {when} of Fiscal {quarter.fiscal_year}"
    why = reason(seed, profile, serial)
    compared = (
        f"Analysts had expected {million(now.expected_revenue)} and {per_share(now.expected_eps)}; "
        f"revenue came in {'above' if beat else 'below'} that."
    )
    summary = (
        f"Revenue {change(now.revenue, before.revenue)} to {million(now.revenue)} and earnings were "
        f"{per_share(now.eps)} a share in the quarter ended {spoken(quarter.end)}. {compared}"
    )
    low, high = round(following * 0.985), round(following * 1.015)
    return Release(
        headline,
        summary,
        (
            f"{profile.name} today announced results for the {quarter.label}, which ended {spoken(quarter.end)}. "
            f"{summary}",
            f"In the quarter, {why}. Gross margin was {now.gross_margin:.1f}%, against {before.gross_margin:.1f}% a "
            f"year earlier. Operating income was {million(now.operating_income)}.",
            voice.pick(QUOTES[beat]),
            f"For the coming quarter {profile.short_name} expects revenue between {million(low)} and {million(high)}. "
            f"Cash at the end of the quarter was {million(now.cash)}; the order backlog was {million(now.backlog)}.",
            about(profile),
        ),
        f"the {when.lower()} results",
    )


def _departure(seed: int, event: Event) -> Release:
    profile, week = event.profile, week_of(event.day)
    gone = people.holder(seed, profile, event.slot, week)
    coming = people.holder(seed, profile, event.slot, week + 1)
    dice = Dice(seed, "release", event.key)
    voice = Voice(dice, profile)
    last = spoken(event.day + timedelta(days=dice.integer(3, 5)))
    cause = dice.choice(("to pursue other interests", "for family reasons", "after disagreement with the board"))
    headline = f"{profile.name} Announces Departure of {gone.title} {gone.spoken_name}"
    summary = f"{gone.spoken_name} resigns {cause}; {coming.spoken_name} takes over as {gone.title} after {last}."
    return Release(
        headline,
        summary,
        (
            f"{profile.name} today announced that {gone.spoken_name}, {gone.title}, has resigned {cause}. "
            f"{coming.spoken_name}, who led {voice.say('the business with {product}')}, takes over after {last}.",
            f"{gone.spoken_name} will be available to the company for three months. The resignation does not concern "
            "its accounting or its financial statements.",
            about(profile),
        ),
        f"{gone.spoken_name}'s resignation",
    )
