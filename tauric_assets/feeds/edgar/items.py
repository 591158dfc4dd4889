"""Which items a periodic report has, and how their titles begin: the forms' own instructions as data.

    10-K, 10-KT, 10-K405, 10-KSB     1, 1A, … 16          numbered through all parts
    10-Q, 10-QT, 10-QSB              I.1 … II.6           numbered anew in each part
    8-K                              1.01 … 9.01          1 … 12 until August 2004
    20-F                             1 … 19, 16A … 16K
    6-K                              1, 2, …              no items of its own, but some filers number theirs

Belongs here: forms, numbers, titles. Not here: how a heading is found (headings.py).

Specification: Forms 10-K, 10-KSB, 10-Q, 10-QSB, 8-K, 20-F and 6-K of the SEC, and Release 33-8400 (items of 8-K).
"""

import re

FORMS = ("10-K", "10-Q", "8-K", "20-F", "6-K")
ROMANS = ("I", "II", "III", "IV")

Key = tuple[int, int, str]
"""(part, number, letter), which orders items; the number of `5.02` is 502, and part is 1 except in a 10-Q."""

_LETTERED = {
    "10-K": {1: "ABCD", 4: "A", 7: "A", 8: "AB", 9: "ABC"},
    "10-Q": {1: "A", 3: "A", 4: "AT"},
    "20-F": {4: "A", 9: "A", 16: "ABCDEFGHIJK"},
}
_NUMBERS_MAX = {"10-K": 16, "10-Q": 6, "20-F": 19, "6-K": 20}
_POINTED_MAX = {1: 5, 2: 6, 3: 3, 4: 2, 5: 8, 6: 6, 7: 1, 8: 1, 9: 1}
"""The last item of each section of an 8-K: 1.01 to 1.05, 2.01 to 2.06, …"""
_UNPOINTED_MAX = 12
_PART_ONE_MAX = 4

_TITLES: dict[str, dict[str, str]] = {
    "10-K": {
        "1": r"(?:general\s+)?(?:description of )?(?:the )?business\b",
        "1A": r"risk factors",
        "1B": r"unresolved staff",
        "1C": r"cyber\s?security",
        "2": r"(?:description of )?propert(?:y|ies)\b",
        "3": r"legal proceedings|litigation",
        "4": r"mine safety|submission of matters|\W?(?:removed and )?reserved|executive officers",
        "5": r"market (?:for|price)",
        "6": r"(?:selected|consolidated selected|summary)\b.{0,30}\b(?:financial|data)",
        "7": r"(?:management|mgmt).{0,3}s?\W+(?:discussion|plan)|plan of operation",
        "7A": r"quantitative and\b",
        "8": r"(?:consolidated )?financial statements",
        "9": r"changes in and dis|(?:changes|disagreements)\b.{0,20}\b(?:accountants|with)",
        "9A": r"(?:disclosure )?controls and procedures",
        "9B": r"other information",
        "9C": r"disclosures? regarding foreign",
        "10": r"directors\b",
        "11": r"executive compensation|remuneration",
        "12": r"security ownership|ownership of securities",
        "13": r"certain relationships|interest of management",
        "14": r"principal account",
        "15": r"exhibits?\b",
        "16": r"form 10-?k summary",
    },
    "10-Q": {
        "I.1": r"(?:interim |condensed |unaudited |consolidated )*financial (?:statements|information)|index to fin",
        "I.2": r"(?:management|mgmt).{0,3}s?\W+(?:discussion|plan)|plan of operation",
        "I.3": r"quantitative and\b|quantitative disc",
        "I.4": r"(?:disclosure |evaluation of )?controls and procedures",
        "II.1": r"legal proceedings|litigation",
        "II.1A": r"risk factors",
        "II.2": r"unregistered|changes in (?:the )?(?:rights|securities)|recent sales|(?:issuer )?purchases",
        "II.3": r"defaults?\b",
        "II.4": r"submission of matters|mine safety|\W?(?:removed and )?reserved",
        "II.5": r"other (?:information|events|matters)",
        "II.6": r"exhibits?\b",
    },
    "20-F": {
        "1": r"identity of|description of business",
        "2": r"offer statistics|description of propert",
        "3": r"key information|legal proceedings",
        "4": r"information (?:on|about)|control of registrant",
        "4A": r"unresolved staff",
        "5": r"operating and financial|nature of trading",
        "6": r"directors,? senior|exchange controls",
        "7": r"major shareholders|taxation",
        "8": r"(?:consolidated )?financial information|selected",
        "9": r"the offer|management.{0,3}s? disc",
        "10": r"additional information|directors and",
        "11": r"quantitative and|compensation of",
        "12": r"description of securities|options to",
        "13": r"defaults|interest of",
        "14": r"material modifications|description of securities",
        "15": r"(?:disclosure )?controls and|defaults|\W?reserved",
        "16": r"\W?reserved|changes in",
        "17": r"financial statements",
        "18": r"financial statements",
        "19": r"exhibits|financial statements",
    },
    "8-K": {
        "1": r"entry into|change.{0,3} in control|bankruptcy|notice of|termination|acquisition|completion|results of"
        r"|creation of|triggering|costs associated|material|unregistered|changes in|non-?reliance|departure|amendment"
        r"|temporary|submission|shareholder|regulation fd|other events|financial statements|exhibits|resignation"
        r"|election|mine"
    },
    "6-K": {"1": r"information contained|press release|exhibits|financial statements|other events"},
}
_UNDASHED = re.compile(r"^(\d{1,2})(?=[A-Z])")
_TITLED = frozenset({"10-K", "10-Q", "20-F"})
"""Forms whose titles tell the item."""
_KNOWN = {form: re.compile("|".join(titles.values()), re.IGNORECASE) for form, titles in _TITLES.items()}
_BY_TITLE = {
    form: tuple((item, re.compile(title, re.IGNORECASE)) for item, title in titles.items())
    for form, titles in _TITLES.items()
}


def base_form(form: str) -> str:
    """`10-K405/A` and `10KSB` as `10-K`; empty where the form has no items."""
    dashed = _UNDASHED.sub(r"\1-", form.upper())
    return next((name for name in FORMS if dashed.startswith(name)), "")


def is_item(base: str, whole: int, fraction: str, letter: str) -> bool:
    """Whether a form has an item `whole[.fraction][letter]`."""
    if base == "8-K":
        if fraction:
            return 1 <= int(fraction) <= _POINTED_MAX.get(whole, 0)
        return 1 <= whole <= _UNPOINTED_MAX and not letter
    if fraction or not 1 <= whole <= _NUMBERS_MAX[base]:
        return False
    return not letter or letter in _LETTERED.get(base, {}).get(whole, "")


def is_known_title(base: str, title: str) -> bool:
    """Whether a title begins as an item's title does in the form's instructions, of any year."""
    return _KNOWN[base].match(title) is not None


def key_of_title(base: str, title: str) -> Key | None:
    """The item that has this title in the form's latest instructions; None where the title is unknown."""
    for item, pattern in _BY_TITLE[base]:
        if base in _TITLED and pattern.match(title):
            roman, _, name = item.rpartition(".")
            number = name.rstrip("ABCDEFGHIJK")
            return (ROMANS.index(roman) + 1 if roman else 1, int(number) * 100, name[len(number) :])
    return None


def part_of(number: int, letter: str, title: str, otherwise: int) -> int:
    """The part of a 10-Q that has an item of this title, or else of this number; both parts have items 1 to 4."""
    for item, pattern in _BY_TITLE["10-Q"]:
        if pattern.match(title):
            return ROMANS.index(item.partition(".")[0]) + 1
    return 2 if number > _PART_ONE_MAX or (number, letter) == (1, "A") else otherwise


def name_of(base: str, key: Key) -> str:
    """`1A`, `5.02` or `II.1A`."""
    part, number, letter = key
    whole, fraction = divmod(number, 100)
    if base == "10-Q":
        return f"{ROMANS[part - 1]}.{whole}{letter}"
    return f"{whole}.{fraction:02}" if fraction else f"{whole}{letter}"
