"""Current reports (8-K) and their press-release exhibits (EX-99.1) as HTML.

Specification: Form 8-K, general instructions (items and their titles).

Belongs here: the body under each item of an event's 8-K, and the exhibit.
Not here: the release's text (releases.py), markup (pages.py).
"""

from tauric_assets.sandbox.world import fiscal
from tauric_assets.sandbox.world.calendar import Event
from tauric_assets.sandbox.world.dice import Dice
from tauric_assets.sandbox.world.pages import centred, heading, page, paragraph, table
from tauric_assets.sandbox.world.releases import release
from tauric_assets.sandbox.world.wording import cell, chief, per_share, spoken

TITLES = {
    "1.01": "Entry into a Material Definitive Agreement.",
    "2.02": "Results of Operations and Financial Condition.",
    "5.02": "Departure of Directors or Certain Officers; Election of Directors; Appointment of Certain Officers; "
    "Compensatory Arrangements of Certain Officers.",
    "7.01": "Regulation FD Disclosure.",
    "8.01": "Other Events.",
    "9.01": "Financial Statements and Exhibits.",
}


def current_report(seed: int, event: Event, items: tuple[str, ...], exhibit: str) -> str:
    """The 8-K of an event; `exhibit` names the file of its press release, empty where it has none."""
    profile = event.profile
    blocks = [
        centred("UNITED STATES"),
        centred("SECURITIES AND EXCHANGE COMMISSION", bold=True),
        centred("FORM 8-K", bold=True),
        centred("CURRENT REPORT PURSUANT TO SECTION 13 OR 15(d) OF THE SECURITIES EXCHANGE ACT OF 1934"),
        centred(f"Date of Report (Date of earliest event reported): {spoken(event.day)}"),
        centred(profile.name.upper(), bold=True),
        centred(f"Delaware    {profile.file_number}"),
        centred(f"{profile.street.title()}, {profile.city.title()}, {profile.state} {profile.zip_code}"),
    ]
    for item in items:
        blocks.append(heading(f"Item {item} {TITLES[item]}"))
        blocks += _body(seed, event, item, exhibit)
    return page(
        f"{profile.name} 8-K",
        [
            *blocks,
            centred("SIGNATURES", bold=True),
            paragraph(
                "Pursuant to the requirements of the Securities Exchange Act of 1934, the registrant has had this "
                "report signed on its behalf by the undersigned, duly authorized."
            ),
            paragraph(f"{profile.name.upper()}    Date: {spoken(event.day)}"),
            paragraph(f"/s/ {chief(seed, profile, event.day)}, Chief Executive Officer"),
        ],
    )


def press_release(seed: int, event: Event) -> str:
    """The exhibit: the release as an HTML page, with a table of results where there are any."""
    story, profile = release(seed, event), event.profile
    place = f"{profile.city}, {profile.state}, {spoken(event.day)}"
    first, *rest = story.paragraphs
    blocks = [centred("Exhibit 99.1"), centred(story.headline, bold=True), paragraph(f"{place} - {first}")]
    if event.kind == "earnings":
        blocks.append(_results(seed, event))
    return page(story.headline, [*blocks, *(paragraph(text) for text in rest)])


def _body(seed: int, event: Event, item: str, exhibit: str) -> list[str]:
    story, profile = release(seed, event), event.profile
    if item == "9.01":
        return [paragraph("(d) Exhibits."), table([["Exhibit", "Description"], ["99.1", f"Press release ({exhibit})"]])]
    if item == "2.02":
        quarter = fiscal.quarter(profile, event.serial)
        text = f"On {spoken(event.day)}, {profile.name} announced its results for the {quarter.label}. {story.summary}"
    elif item == "7.01" and event.kind == "contract":
        text = f"On {spoken(event.day)}, {profile.name} announced the agreement described in Item 1.01."
    elif item == "5.02":
        return [paragraph(f"(b) On {spoken(event.day)}, {story.summary}"), paragraph(story.paragraphs[1])]
    else:
        text = f"On {spoken(event.day)}, {profile.name} reported the following. {story.paragraphs[0]}"
    blocks = [paragraph(text)]
    if exhibit and item in {"2.02", "7.01"}:
        blocks.append(
            paragraph(
                "The press release is attached as Exhibit 99.1. It is furnished, and shall not be deemed filed for the "
                "purposes of Section 18 of the Exchange Act."
            )
        )
    elif event.kind != "departure":
        blocks.append(paragraph(Dice(seed, "current", event.key).choice(story.paragraphs[1:-1])))
    return blocks


def _results(seed: int, event: Event) -> str:
    now = fiscal.figures(seed, event.profile, event.serial)
    before = fiscal.figures(seed, event.profile, event.serial - 4)
    labels = {
        "Revenue": "revenue",
        "Cost of revenue": "cost",
        "Gross profit": "gross_profit",
        "Operating income": "operating_income",
        "Net income": "net_income",
    }
    rows = [["In millions of dollars, quarter ended", spoken(now.quarter.end), spoken(before.quarter.end)]]
    rows += [[label, cell(getattr(now, name)), cell(getattr(before, name))] for label, name in labels.items()]
    return table([*rows, ["Earnings per share", per_share(now.eps), per_share(before.eps)]])
