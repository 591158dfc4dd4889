"""By which words texts call a company: made by rule from the name under which it files.

Belongs here: what of a name may be left out, initials, the few everyday names that no rule gives.
Not here: matching against a text (linking.py), whose name it is at which time (callings.py).
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from tauric_assets.text.words import NEVER_ALONE, PLACES, PLAIN_WORDS, STOP_WORDS, words_of

Kind = Literal["full", "short", "word", "head", "initials"]
"""Several words of the name; one word that is rare elsewhere; common words; the name's beginning; its initials."""

Words = tuple[str, ...]

_STRENGTH: tuple[Kind, ...] = ("full", "short", "word", "initials", "head")

_LEGAL = words_of(
    "inc incorporated corp corporation co company companies ltd limited plc llc lp sa nv ag se ab asa oyj spa bv kgaa "
    "de new the com adr ads trust reit common stock class shares ordinary cos"
)
_TRADE = words_of(
    "holding holdings group international technologies technology systems enterprises industries partners bancorp "
    "bancshares worldwide brands laboratories pharmaceuticals pharmaceutical therapeutics biosciences biopharma "
    "entertainment networks pharma stores platforms communications motors airlines interactive"
)
_STATE = re.compile(r"[/\\][^/\\]*[/\\]?$")  # EDGAR's state of incorporation: NOVA CORP /DE/
_DOTTED_FORM = re.compile(r"\b([LNS])\.\s?([APV])\.(?=\s*$)")  # L.P., N.V., S.A.
WORD = re.compile(r"[^\W_](?:[^\W_]|[\u0300-\u036f])*|&")
"""A word of a name with its combining marks, or `&`."""
_POSSESSIVE = re.compile(r"['’]([sS])\b")

_NAME_WORDS_MAX = 6
_TELLING_WORDS = 3
"""So many common words together name somebody: Advance Auto Parts."""
_SHORT_MIN, _HEAD_MIN = 4, 5

EVERYDAY = {
    "META": "facebook",
    "GOOGL": "google",
    "GOOG": "google",
    "BAC": "bofa|b of a",
    "JPM": "jpmorgan|jp morgan|j p morgan",
    "GS": "goldman",
    "C": "citi",
    "KO": "coke",
    "WMT": "wal mart|walmart",
    "DIS": "disney",
    "LLY": "lilly|eli lilly",
    "BRK-B": "berkshire",
    "BRK-A": "berkshire",
    "XOM": "exxon|exxonmobil",
    "JNJ": "j&j",
    "RTX": "raytheon",
    "HD": "home depot",
    "BA": "boeing",
    "DE": "deere",
    "SCHW": "schwab",
    "PG": "p&g|procter and gamble",
    "GPS": "gap",
    "BIG": "big lots",
    "VZ": "verizon",
    "FDX": "fedex",
    "ANF": "abercrombie",
    "HPE": "hewlett packard enterprise",
    "RCL": "royal caribbean",
    "BBBY": "bed bath & beyond|bed bath and beyond",
    "AMAT": "applied materials",
    "MCD": "mcdonalds|mcdonald",
    "TM": "toyota",
    "HMC": "honda",
    "BABA": "alibaba",
    "TSM": "tsmc",
    "BUD": "ab inbev",
    "FMX": "femsa",
    "GSK": "glaxosmithkline|glaxo",
    "X": "us steel|u s steel",
    "HOG": "harley|harley davidson",
    "NYT": "new york times",
    "LUV": "southwest|southwest airlines",
    "DAL": "delta|delta air lines",
    "UAL": "united airlines",
    "AAL": "american airlines",
    "S": "sprint",
    "VIAB": "viacom",
}
"""Everyday names that no rule makes of the filed one: general knowledge, kept short. `|` stands between several."""


_WRITTEN_OUT = {
    "mgmt": "management",
    "auto": "automotive",
    "intl": "international",
    "mfg": "manufacturing",
    "svcs": "services",
    "bros": "brothers",
    "natl": "national",
    "labs": "laboratories",
    "tech": "technologies",
    "technology": "technologies",
    "finl": "financial",
    "comms": "communications",
    "hldgs": "holdings",
    "pharma": "pharmaceuticals",
    "pharmaceutical": "pharmaceuticals",
    "biotech": "biotechnologies",
    "biotechnology": "biotechnologies",
    "biopharma": "biopharmaceuticals",
}


@dataclass(frozen=True)
class Alias:
    """Words by which a text may call a company, and how they come from its name."""

    words: Words
    kind: Kind


def folded(word: str) -> str:
    """Small letters without accents and combining marks."""
    if word.isascii():
        small = word.lower()
        return _WRITTEN_OUT.get(small, small)
    return "".join(one for one in unicodedata.normalize("NFKD", word) if not unicodedata.combining(one)).lower()


def name_words(name: str) -> Words:
    """The words of a filed name in order, small, without state, possessive and article."""
    plain = _DOTTED_FORM.sub(r"\1\2", _POSSESSIVE.sub("", _STATE.sub("", name.strip())))
    words = tuple(folded(word) for word in WORD.findall(plain))
    return words[1:] if words[:1] == ("the",) else words


def bare(name: str) -> Words:
    """A name without its legal form: what two filings of one company share."""
    return _without(name_words(name), _LEGAL | {"&"})


def aliases(name: str, symbol: str | None = None) -> list[Alias]:
    """All words by which texts may call a company of that name, each once by the strongest reason.

    Args:
        name: as filed, e.g. `NOVA ROBOTICS, INC. /DE/`.
        symbol: its ticker; initials count only where they are the ticker, everyday names go by it.
    """
    words, short = name_words(name), bare(name)
    brief = _without(short, _LEGAL | _TRADE | {"&"})
    lengths = range(len(brief), len(words) + 1)  # Atlas Air, Atlas Air Worldwide, Atlas Air Worldwide Holdings
    forms = [*(_tidy(words[:length]) for length in lengths), _letters_first(short)]
    if len(short) > 1 and len(brief) == 1 and brief[0] in PLAIN_WORDS:
        forms = forms[1:]  # Global Partners is not called Global
    forms += [(*one[:-1], "bio") for one in forms if len(one) > 1 and one[-1].startswith("bio")]
    found = {_named(one) for one in forms if 0 < len(one) <= _NAME_WORDS_MAX}
    if _POSSESSIVE.search(name) and len(brief) == 1:
        found.add(Alias((f"{brief[0]}s",), "short"))
    if len(brief) == 2 and all(word.isalpha() and word not in PLAIN_WORDS for word in brief):
        found.add(Alias(("".join(brief),), "short"))
    found |= set(_heads(brief, words))
    if symbol:
        found |= set(_initials(words, short, symbol))
        found |= {_named(everyday_words(one)) for one in EVERYDAY.get(symbol, "").split("|") if one}
    found = {alias for alias in found if _names_somebody(alias)}
    strongest: dict[Words, Alias] = {}
    for alias in sorted(found, key=lambda one: (_STRENGTH.index(one.kind), one.words)):
        strongest.setdefault(alias.words, alias)
    return list(strongest.values())


def _tidy(words: Words) -> Words:
    return words[:-1] if words[-1:] in {("&",), ("and",), ("of",)} else words


def everyday_words(text: str) -> Words:
    """The words of an everyday name, `&` among them."""
    return tuple(WORD.findall(text))


def _named(words: Words) -> Alias:
    plain = all(word in PLAIN_WORDS or len(word) == 1 or word.isdigit() for word in words)
    if (plain and len(words) < _TELLING_WORDS) or words in PLACES:
        return Alias(words, "word")
    return Alias(words, "full" if len(words) > 1 else "short")


def _heads(brief: Words, words: Words) -> Iterator[Alias]:
    """The beginning of a longer name; worth something only where no other company's name begins so."""
    if len(words) > 1 and len(brief[0]) >= _HEAD_MIN and brief[0] not in PLAIN_WORDS and brief[0].isalpha():
        yield Alias(brief[:1], "head")
    pair = brief[:2]
    telling = pair not in PLACES and not set(pair) & (STOP_WORDS | {"&"}) and not set(pair) <= PLAIN_WORDS
    if len(brief) > 2 and telling:
        yield Alias(pair, "head")


def _initials(words: Words, short: Words, symbol: str) -> Iterator[Alias]:
    """IBM of International Business Machines, J&J of Johnson & Johnson, and a short name that is the ticker: ABB."""
    for whole in (words, short):
        letters = "".join(word[0] for word in whole if word != "&")
        if len(letters) >= 2 and letters.upper() == symbol:
            yield Alias((letters,), "initials")
    if len(short) == 3 and short[1] == "&":
        yield Alias((short[0][0], "&", short[2][0]), "initials")
    brief = _without(short, _LEGAL | _TRADE | {"&"})
    if len(brief) == 1 and len(brief[0]) < _SHORT_MIN and (brief == short or brief[0].upper() == symbol):
        yield Alias(brief, "initials")


def _letters_first(short: Words) -> Words:
    """EDGAR writes HORTON D R INC for D.R. Horton."""
    letters = 0
    while letters < len(short) - 1 and len(short[-1 - letters]) == 1 and short[-1 - letters].isalpha():
        letters += 1
    return short[len(short) - letters :] + short[: len(short) - letters] if letters else short


def _without(words: Words, endings: frozenset[str]) -> Words:
    while len(words) > 1 and words[-1] in endings:
        words = words[:-1]
    return words


def _names_somebody(alias: Alias) -> bool:
    words = alias.words
    if alias.kind == "initials":
        return len("".join(words)) > 1
    if len(words) == 1 and words[0] in NEVER_ALONE:
        return False
    if alias.kind == "word" and all(word in STOP_WORDS or len(word) == 1 or word.isdigit() for word in words):
        return False
    long_enough = len(words[0]) >= _SHORT_MIN or alias.kind == "word"
    return len(words) > 1 or (long_enough and not words[0].isdigit())
