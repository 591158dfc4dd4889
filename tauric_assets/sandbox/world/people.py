"""Officers, directors and large holders of the companies, by week, with the numbers they file under.

Belongs here: who holds which office when, and what they own at the start.
Not here: what they trade (insiders.py).
"""

from dataclasses import dataclass
from functools import lru_cache

from tauric_assets.sandbox.world.companies import Profile
from tauric_assets.sandbox.world.dice import Dice

TERM_WEEKS = 56
"""How long a chief executive or chief financial officer stays."""

FIRST_NAMES = (
    *("Adaeze", "Alden", "Anneke", "Beatrix", "Caspian", "Celeste", "Corwin", "Dagny", "Desmond", "Eleni"),
    *("Farrah", "Gideon", "Greta", "Halima", "Ignatius", "Imogen", "Jorah", "Katya", "Lachlan", "Leocadia"),
    *("Magnus", "Marisol", "Nadira", "Octavia", "Orson", "Petra", "Quentin", "Rosalind", "Soren", "Tamsin"),
    *("Ulric", "Verity", "Wendell", "Xiomara", "Yusuf", "Zelda"),
)
LAST_NAMES = (
    *("Abernethy", "Adeyemi", "Ballantyne", "Brackenridge", "Calloway", "Castellanos", "Dunmore", "Ekström"),
    *("Fairweather", "Fontaine", "Garrick", "Halloran", "Hawthorne", "Ibarra", "Jessop", "Kowalczyk", "Lindqvist"),
    *("Marchetti", "Mbeki", "Nakagawa", "Oyelaran", "Pemberton", "Quillfeather", "Ravenscroft", "Sandoval"),
    *("Thackeray", "Underhill", "Vasquez", "Wexford", "Yamamoto", "Zielinski"),
)
TITLES = ("Chief Executive Officer", "Chief Financial Officer", "General Counsel and Secretary", "", "", "")
HOLDINGS = (410_000, 145_000, 88_000, 52_000, 61_000, 9_400_000)
CEO, CFO, COUNSEL, FIRST_DIRECTOR, SECOND_DIRECTOR, FUND = range(6)


@dataclass(frozen=True)
class Person:
    """Somebody who files ownership reports.

    Args:
        shares: shares owned directly before the first report.
    """

    cik: int
    first: str
    middle: str
    last: str
    title: str
    is_director: bool
    is_officer: bool
    is_ten_percent_owner: bool
    shares: int

    @property
    def filed_name(self) -> str:
        """As EDGAR writes it: last name first."""
        return f"{self.last} {self.first} {self.middle}".strip() if self.first else self.last

    @property
    def spoken_name(self) -> str:
        """As a press release writes it."""
        return f"{self.first} {self.last}".strip()


def departure_phase(profile: Profile, slot: int) -> int:
    """The week in which the first holder of the office leaves; the next leave every `TERM_WEEKS`."""
    return (2 + 7 * profile.index + (TERM_WEEKS // 2 if slot == CFO else 0)) % TERM_WEEKS


def leaves_in(profile: Profile, slot: int, week: int) -> bool:
    """Whether the holder of the office leaves in `week`."""
    return slot in (CEO, CFO) and (week - departure_phase(profile, slot)) % TERM_WEEKS == 0


@lru_cache(maxsize=4096)
def holder(seed: int, profile: Profile, slot: int, week: int) -> Person:
    """Who holds the office (`CEO` … `FUND`) in `week`; a successor comes the week after a departure."""
    term = (week - departure_phase(profile, slot) - 1) // TERM_WEEKS + 1 if slot in (CEO, CFO) else 0
    dice = Dice(seed, "person", profile.ticker, slot, term)
    cik = 9_910_001 + profile.index * 1_000 + slot * 100 + term
    if slot == FUND:
        name = f"{dice.choice(LAST_NAMES)} {dice.choice(('Harbor', 'Ridge', 'Lane', 'Point'))} Partners LP"
        return Person(cik, "", "", name, "", False, False, True, HOLDINGS[slot])
    return Person(
        cik,
        dice.choice(FIRST_NAMES),
        dice.choice("ABCDEFGHJKLMNPRSTVW") + ".",
        dice.choice(LAST_NAMES),
        TITLES[slot],
        is_director=slot in (CEO, FIRST_DIRECTOR, SECOND_DIRECTOR),
        is_officer=bool(TITLES[slot]),
        is_ten_percent_owner=False,
        shares=HOLDINGS[slot] + 100 * dice.integer(-40, 160),
    )


@lru_cache(maxsize=4096)
def newcomer(seed: int, week: int) -> Person:
    """The new officer who files a first Form 3 in `week`."""
    dice = Dice(seed, "newcomer", week)
    area = dice.choice(("Operations", "Human Resources", "Strategy", "Sales", "Engineering", "Quality"))
    return Person(
        9_920_001 + week,
        dice.choice(FIRST_NAMES),
        dice.choice("ABCDEFGHJKLMNPRSTVW") + ".",
        dice.choice(LAST_NAMES),
        f"Senior Vice President, {area}",
        is_director=False,
        is_officer=True,
        is_ten_percent_owner=False,
        shares=100 * dice.integer(0, 220),
    )
