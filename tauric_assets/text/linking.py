"""Which companies a text speaks of, by feed tags, exchange patterns, cashtags, tickers in parentheses and names.

Belongs here: the dated gazetteer, and the rules by which a text is matched against it.
Not here: words made of names (names.py), what stands around a name (context.py), models, sentiment. A bare ticker
without `$`, exchange, parentheses, neighbours of its kind or the words around it that stand around companies is not
matched: too many are words.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import pyarrow as pa

from tauric_assets.text.callings import FOREVER, Calling, Company, in_force, of_instruments, ticker
from tauric_assets.text.context import (
    begins_or_owns,
    is_a_digest,
    is_part_of_another_name,
    is_the_analyst,
    speaks_of_a_company,
    speaks_of_funds,
)
from tauric_assets.text.names import WORD, Kind, Words, aliases, folded
from tauric_assets.text.spelling import Spelling
from tauric_assets.text.words import BROKERS, PLAIN_WORDS, STOP_WORDS, words_of

Method = Literal["filer", "tag", "exchange", "cashtag", "ticker", "name"]

LINKED = 0.6
"""The confidence from which on a document counts as its company's: below are analysts that rate somebody else, one of
the many in a list, and mere chances."""

ROUND_UP = 5
"""So many companies in one text make it a list, of which each is a part only."""

TEXT_CHARACTERS_MAX = 20_000
"""What is behind is not looked at: who a text is about is said before."""

_TICKER = r"([A-Z][A-Z0-9]{0,5}(?:[./-][A-Z]{1,2})?)(?!\w)"
_CASHTAG = re.compile(r"(?<![\w$])\$" + _TICKER)
_EXCHANGE = re.compile(
    r"\b(?:NYSE(?:[\s-]?(?:American|Arca|MKT|AMERICAN|ARCA))?|(?i:nasdaq)(?:[\s-]?(?:GS|GM|CM))?|AMEX|CBOE|OTC[A-Z]*)"
    r"\s*:\s*" + _TICKER
)
_BARE = r"[A-Z]{1,5}(?:[.-][A-Z])?"
_IN_PARENTHESES = re.compile(rf"\(\s*({_BARE}(?:\s*(?:,|;|/|&|and)\s*{_BARE})*)\s*\)")
_LISTED = re.compile(rf"(?<![\w$])({_BARE}(?:\s*,\s*(?:and\s+)?{_BARE}){{2,}})(?!\w)")
_ALONE = re.compile(r"(?<![\w.$(-])[A-Z]{3,5}(?![\w.)-])")
_ONE_BARE = re.compile(rf"(?<![\w.])(?!and\b){_BARE}(?![\w])")
NO_TICKERS = words_of(
    """
    CEO CFO COO CTO FDA EPS IPO ETF ETFS US USA UK EU GDP AI IT PT PC TV CES CPI PPI FOMC SEC DOJ FTC ECB IMF OPEC NYSE
    NASDAQ AMEX OTC ADR ADS CNBC WSJ NYT YTD AM PM ET EST Q I II III IV V NDA BLA IND EMA CHMP PDUFA NAV AUM OI DIY R C
    TM USB TARP GDPR ESG BDC MLP
    """
)
"""Abbreviations that stand in parentheses and lists far more often than the tickers spelt the same."""

_JOINTS = frozenset({"of", "and", "the", "for", "in", "on", "to", "de", "at"})

_TAG, _EXACT, _CASH, _PARENTHESES, _IN_A_LIST, _IN_CONTEXT, _OF_FUNDS = 1.0, 0.98, 0.95, 0.9, 0.8, 0.65, 0.5
_SURE: dict[Kind, float] = {"full": 0.9, "short": 0.85, "initials": 0.8, "head": 0.75, "word": 0.7}
_UNSURE: dict[Kind, float] = {"full": 0.8, "short": 0.72, "initials": 0.45, "head": 0.42, "word": 0.0}
_ANALYST, _IN_PASSING, _PART_OF_A_LIST, _BESIDE_ANOTHER, _MISSPELT = 0.3, 0.55, 0.6, 0.62, 0.7
_SPELT_WRONG_MIN, _SPELT_WRONG_ALONE_MIN, _TELLING_WORDS = 6, 9, 3
"""Letters of a word that may be misspelt, and of one that may be so without the rest of the name behind it; so many
words are a name even where the first is another word's."""
_SPEAK_FOR_EACH_OTHER = 2
"""So many names in passing make a title that is of companies."""
_TELLING_INITIALS = 3
"""Fewer letters in capitals are a state, an abbreviation or a part of a drug's name more often than a company."""


@dataclass(frozen=True)
class Link:
    """A company a text speaks of.

    Args:
        cik: its number at the SEC; None for an instrument without one.
        symbol: its ticker at the time of the text; of several share classes the one named, else the first in the map
            (of the lake's, in the alphabet).
        method: by what it was found: who filed the document (documents.py), the feed's own tag, an exchange pattern, a
            cashtag, a ticker in parentheses or in a list of tickers, the company's name.
        confidence: 0 to 1, a rank and not a probability; see `LINKED`.
        start, end: where in the text, in characters, end exclusive; None for a tag.
        primary: whether the text is first of all about it; of one company at most.
    """

    cik: int | None
    symbol: str
    method: Method
    confidence: float
    start: int | None = None
    end: int | None = None
    primary: bool = False


@dataclass(frozen=True)
class _Claim:
    calling: Calling
    kind: Kind


@dataclass(frozen=True)
class _Text:
    """A text with its time, and how it is to be read."""

    text: str
    instant: int
    casual: bool
    shouted: bool  # all in capitals, so that capitals tell nothing


class Gazetteer:
    """The names and tickers of companies with their times, ready for matching.

    Args:
        instruments: rows of `instruments`, whole, so that earlier texts are linked by what held then.
        names: rows of `company_names`: former names, and since when a name is used.
    """

    def __init__(self, instruments: pa.Table, names: pa.Table | None = None) -> None:
        self._read(of_instruments(instruments, names))

    @classmethod
    def of(cls, callings: Iterable[Calling]) -> "Gazetteer":
        """A gazetteer of callings from elsewhere than the lake."""
        book = cls.__new__(cls)
        book._read(list(callings))
        return book

    def _read(self, callings: list[Calling]) -> None:
        self._tickers: dict[str, list[Calling]] = defaultdict(list)
        self._listings: dict[Company, list[Calling]] = defaultdict(list)
        for one in callings:
            if one.symbol:
                self._tickers[ticker(one.symbol)].append(one)
        for owners in self._tickers.values():
            owners.sort(key=lambda one: one.first)
            _end_where_another_begins(owners)
            for one in owners:
                self._listings[one.company].append(one)
        self._claims: dict[Words, list[_Claim]] = defaultdict(list)
        told = set()
        for one in callings:
            for alias in aliases(one.name, ticker(one.symbol) if one.symbol else None):
                claim = (alias, one.company, one.first, one.last, one.listed)
                if claim not in told:  # a company's share classes claim the same
                    told.add(claim)
                    self._claims[alias.words].append(_Claim(one, alias.kind))
        self._longest: dict[str, int] = {}
        for words in self._claims:
            self._longest[words[0]] = max(len(words), self._longest.get(words[0], 0))
        self._most = max(self._longest.values(), default=1)
        self._spelling = Spelling(word for word in self._longest if len(word) >= _SPELT_WRONG_MIN)

    def symbols_of(self, cik: int) -> list[str]:
        """Every ticker of a company now, in alphabetical order; empty for a company that is not listed."""
        return sorted({str(one.symbol) for one in self._listings.get(cik, ()) if one.last == FOREVER})

    def company_of(self, symbol: str, known_at: int | None = None) -> Company | None:
        """The CIK of whom a ticker belonged to then; the ticker itself for a company without a CIK; None for nobody."""
        found = self._owner(symbol, FOREVER - 1 if known_at is None else known_at)
        return found.company if found else None

    def link(
        self, text: str, tags: Sequence[str] = (), known_at: int | None = None, *, casual: bool = False
    ) -> list[Link]:
        """The companies `text` speaks of, each once by its surest method, the surest first, then in order of mention.

        Args:
            text: plain text of any language; names are found in Latin letters only.
            tags: the feed's own tags; those of the form `NYSE:NOVA` or `$NOVA` are trusted, others are not looked at.
            known_at: when the text became known (nanoseconds UTC): nobody who took a name or ticker later is linked.
                None means now.
            casual: whether names in small letters count, as in questions; words that are names too never do.
        """
        instant = FOREVER - 1 if known_at is None else known_at
        text = text[:TEXT_CHARACTERS_MAX]
        best: dict[int | str, Link] = {}  # keyed by company
        for link in self._found(text, tags, instant, casual):
            key = link.symbol if link.cik is None else link.cik
            if key not in best or link.confidence > best[key].confidence:
                best[key] = link
        links = _beside_others(_raters_stepped_back(list(best.values()), text), text)
        links = _lists_lowered(links, text) if links else links
        links.sort(key=lambda link: (-link.confidence, -1 if link.start is None else link.start))
        return _with_primary(links)

    def _found(self, text: str, tags: Sequence[str], instant: int, casual: bool) -> Iterator[Link]:
        for symbol in (match[1] for tag in tags for match in _tagged(tag)):
            yield from self._by_ticker(symbol, None, "tag", _TAG, instant)
        for symbol, span, method, confidence in _tickers(text):
            yield from self._by_ticker(symbol, span, method, confidence, instant)
        yield from self._by_name(_Text(text, instant, casual, text.isupper()))

    def _by_ticker(
        self, symbol: str, span: tuple[int, int] | None, method: Method, confidence: float, instant: int
    ) -> Iterator[Link]:
        owner = self._owner(symbol, instant)
        if owner and owner.symbol:
            yield Link(_cik(owner.company), owner.symbol, method, confidence, *(span or (None, None)))

    def _owner(self, symbol: str, instant: int) -> Calling | None:
        found = in_force(self._tickers.get(ticker(symbol), ()), instant)
        return found[-1] if found else None

    def _by_name(self, told: _Text) -> Iterator[Link]:
        tokens = list(WORD.finditer(told.text))
        words = [folded(match[0]) for match in tokens]
        place = 0
        while place < len(tokens):
            taken = 1
            # A name begins with a capital, a digit, or a letter without case.
            if told.casual or not tokens[place][0][0].islower():
                here = slice(place, place + self._most)
                link, length = self._longest_name(told, tokens[here], words[here])
                if link is None and len(words[place]) >= _SPELT_WRONG_MIN and not told.casual:
                    link, length = self._misspelt(told, tokens[here], words[here])
                if link:
                    yield link
                    taken = length
            place += taken

    def _longest_name(
        self, told: _Text, tokens: list[re.Match[str]], words: list[str], shortest: int = 1
    ) -> tuple[Link | None, int]:
        """The longest name that begins with the first word, and how many words it has."""
        for length in range(min(self._longest.get(words[0], 0), len(words)), shortest - 1, -1):
            claims = self._claims.get(tuple(words[:length]))
            link = self._named(told, tokens[:length], claims) if claims else None
            if link:
                return link, length
        return None, 0

    def _misspelt(self, told: _Text, tokens: list[re.Match[str]], words: list[str]) -> tuple[Link | None, int]:
        """A name whose first word is one letter off, where no other word or name is one letter off too.

        A word that is another's, or English, is taken for a slip only before two more words of the name.
        """
        known = words[0] in self._longest or words[0] in PLAIN_WORDS
        shortest = _TELLING_WORDS if known else 1 if len(words[0]) >= _SPELT_WRONG_ALONE_MIN else 2
        if len(words) < shortest:
            return None, 0
        found: dict[str, tuple[Link, int]] = {}
        for right in self._spelling.near(words[0]):
            if right.rstrip("s") == words[0].rstrip("s"):
                continue  # two goldfields are not one that is misspelt
            link, length = self._longest_name(told, tokens, [right, *words[1:]], shortest)
            if link and (length > 1 or link.confidence >= _SURE["short"]):
                found[link.symbol] = replace(link, confidence=min(link.confidence, _MISSPELT)), length
        return next(iter(found.values())) if len(found) == 1 else (None, 0)

    def _named(self, told: _Text, tokens: list[re.Match[str]], claims: list[_Claim]) -> Link | None:
        text, instant = told.text, told.instant
        span, written = (tokens[0].start(), tokens[-1].end()), [token[0] for token in tokens]
        meant = _meant(claims, instant)
        if len({claim.calling.company for claim in meant}) != 1:
            return None  # nobody, or a name that two companies share, which names neither
        kind = meant[0].kind
        if not _is_written_as_a_name(written, kind, told):
            return None
        if (len(written) == 1 or kind == "word") and is_part_of_another_name(text, *span, plain=kind == "word"):
            return None
        letters = len(written[0]) if kind == "initials" else 0
        telling = len(written) > 1 or kind in {"short", "head"} or letters >= _TELLING_INITIALS
        sure = speaks_of_a_company(text, *span, telling=telling)
        confidence = (_SURE if sure else _UNSURE)[kind]
        if not sure and kind == "short" and not told.casual and not begins_or_owns(text, *span):
            confidence = _IN_PASSING
        if is_the_analyst(text, *span):
            confidence = min(confidence, _ANALYST)
        company = meant[0].calling.company
        symbol = self._symbol(company, instant)
        if symbol is None or confidence <= 0:
            return None
        return Link(_cik(company), symbol, "name", confidence, *span)

    def _symbol(self, company: Company, instant: int) -> str | None:
        held = in_force(self._listings.get(company, []), instant) or self._listings.get(company, [])
        if not held:
            return None
        latest = max(one.first for one in held)
        return next(one.symbol for one in held if one.first == latest)


def _tagged(tag: str) -> Iterator[re.Match[str]]:
    for pattern in (_EXCHANGE, _CASHTAG):
        if match := pattern.fullmatch(tag.strip()):
            yield match


def _tickers(text: str) -> Iterator[tuple[str, tuple[int, int], Method, float]]:
    """What is written as tickers are, the surest way first. The marks are looked for before: most texts have none."""
    if ":" in text:
        yield from ((match[1], match.span(1), "exchange", _EXACT) for match in _EXCHANGE.finditer(text))
    if "$" in text:
        yield from ((match[1], match.span(1), "cashtag", _CASH) for match in _CASHTAG.finditer(text))
    for mark, pattern, confidence in (("(", _IN_PARENTHESES, _PARENTHESES), (",", _LISTED, _IN_A_LIST)):
        for group in pattern.finditer(text) if mark in text else ():
            sure = _OF_FUNDS if speaks_of_funds(text, group.start()) else confidence
            for match in _ONE_BARE.finditer(text, *group.span(1)):
                if match[0] not in NO_TICKERS:
                    yield match[0], match.span(), "ticker", sure
    for match in _ALONE.finditer(text) if not text.isupper() else ():
        span = match.span()
        if match[0] in NO_TICKERS or is_part_of_another_name(text, *span, plain=False) or is_the_analyst(text, *span):
            continue
        if speaks_of_a_company(text, *span):
            yield match[0], span, "ticker", _IN_CONTEXT


def _meant(claims: list[_Claim], instant: int) -> list[_Claim]:
    """Whom the words mean at `instant`: by the strongest kind of claim, of the listed before the unlisted."""
    for kinds in (("full", "short", "word", "initials"), ("head",)):
        of_kind = {id(claim.calling): claim for claim in claims if claim.kind in kinds}
        held = in_force([claim.calling for claim in of_kind.values()], instant)
        held = [one for one in held if one.listed] or held
        if held:
            return [of_kind[id(one)] for one in held]
    return []


def _end_where_another_begins(owners: list[Calling]) -> None:
    """A ticker is one company's at a time: who had it loses it when the next takes it."""
    for place, one in enumerate(owners[:-1]):
        takers = [other.first for other in owners[place + 1 :] if other.company != one.company]
        if takers and takers[0] > one.first:
            owners[place] = replace(one, last=min(one.last, takers[0]))


def _raters_stepped_back(links: list[Link], text: str) -> list[Link]:
    """A bank that is named without a word of its own business, and before another company, speaks of that one."""
    about = [link.start for link in links if link.start is not None and link.confidence > _ANALYST]
    return [
        replace(link, confidence=_ANALYST)
        if link.method == "name"
        and link.start is not None
        and link.end is not None
        and link.confidence > _ANALYST
        and tuple(map(folded, WORD.findall(text[link.start : link.end]))) in BROKERS
        and not speaks_of_a_company(text, link.start, link.end)
        and any(start > link.end for start in about)
        else link
        for link in links
    ]


def _beside_others(links: list[Link], text: str) -> list[Link]:
    """Who is named in a title in passing, by a name's head or initials, is meant where it surely speaks of another.

    Two that are named in passing speak for each other.
    """
    title_ends = _title_ends(text)
    sure = [(link.start or 0, link.end or 0) for link in links if link.confidence > LINKED]
    passing = [link for link in links if link.confidence == _IN_PASSING and (link.start or 0) < title_ends]
    if len(passing) < _SPEAK_FOR_EACH_OTHER and not any(start < title_ends for start, _ in sure):
        return links
    return [
        replace(link, confidence=_BESIDE_ANOTHER)
        if link.method == "name"
        and _ANALYST < link.confidence < LINKED
        and (link.end or 0) - (link.start or 0) >= _TELLING_INITIALS
        and link.start is not None
        and link.end is not None
        and link.start < title_ends
        and not any(link.start < end and start < link.end for start, end in sure)
        else link
        for link in links
    ]


def _title_ends(text: str) -> int:
    return text.find("\n") if "\n" in text else len(text)


def _lists_lowered(links: list[Link], text: str) -> list[Link]:
    """Where many are named each counts for less: all of a digest, and of another long text those not in its title."""
    title_ends = _title_ends(text)
    in_title = [link for link in links if link.start is None or link.start < title_ends]
    whole = len(in_title) >= ROUND_UP or is_a_digest(text)
    if len(links) < ROUND_UP and not whole:
        return links
    kept = [] if whole else in_title
    return [
        link if link in kept or link.method == "tag" else replace(link, confidence=_in_a_list(link)) for link in links
    ]


def _in_a_list(link: Link) -> float:
    """Of many a name is passed over, a ticker is not: who lists tickers means each, though none first of all."""
    lowered = round(link.confidence * _PART_OF_A_LIST, 3)
    return lowered if link.method == "name" or link.confidence < _IN_A_LIST else max(lowered, LINKED)


def _with_primary(links: list[Link]) -> list[Link]:
    """Marks the company the text is first of all about: the surest, of equals the first named; in a list nobody is."""
    if not links or links[0].confidence <= LINKED:
        return links
    return [replace(links[0], primary=True), *links[1:]]


def _cik(company: Company) -> int | None:
    return company if isinstance(company, int) else None


def _is_written_as_a_name(written: list[str], kind: Kind, told: _Text) -> bool:
    if kind == "initials":
        upper = all(word.isupper() or word == "&" for word in written)
        return upper and not told.shouted and "".join(written) not in NO_TICKERS
    return all(map(_is_capitalised, written)) or (told.casual and kind in {"full", "short"})


def _is_capitalised(word: str) -> bool:
    return not word[0].islower() or word in _JOINTS or word in STOP_WORDS
