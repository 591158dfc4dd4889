"""Which companies a question speaks of, asked of the gazetteer or of names that a store's own documents give.

Belongs here: the `Companies` a question is understood with; names run together (BESTBUY), everyday short forms (JPM,
JnJ) where a handful of companies is known. Not here: linking of news and posts (linking.py), periods (periods.py).
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from tauric_assets.text.linking import LINKED, NO_TICKERS, Gazetteer, Link
from tauric_assets.text.names import WORD
from tauric_assets.text.words import PLAIN_WORDS, words_of

_BARE_TICKER = re.compile(r"(?<![\w$.&'’-])[A-Z]{2,5}(?![\w&])(?!['’](?!s\b))")
_TICKERLIKE = NO_TICKERS | words_of(
    """
    FY USD EBIT EBITDA EBITDAR COGS SGA CAGR DPO DSO DIO CCC PPE PPNE ROA ROE ROI ROIC FCF GAAP NON ESG AGM MD FX YOY
    QOQ LTM TTM FIFO LIFO VAR CAPEX OPEX ARPU GMV MAU DAU LLC INC PLC LTD CORP AND OR FOR THE WHAT WHO HOW IN OF ON TO
    IS ARE DID HAS WAS NOT ALL ANY BY IF MY SO UP US WE IT AT AS BE DO GO HE ME NO AN AM
    """
)
"""Abbreviations of finance and plain words: as tickers in a question they are meant hardly ever."""
_LEGAL = words_of(
    "inc incorporated corp corporation co company companies ltd limited plc llc lp sa nv ag se the com holdings group"
)
_HALF_NAMED = 0.4
"""Confidence of a name's head without words around it that stand around companies; a mere rater has less."""
_WORDS_MAX = 6
_SHORT_LETTERS = range(3, 7)


@dataclass(frozen=True)
class Mention:
    """A company in a question.

    Args:
        symbols: under which its documents are stored.
        cik: its number at the SEC, where it is known.
        start, end: where in the question, end exclusive.
    """

    symbols: tuple[str, ...]
    cik: int | None
    start: int
    end: int


class Companies(Protocol):
    """Whoever knows companies by name."""

    def mentioned(self, question: str) -> list[Mention]:
        """The companies of a question, in order of mention; the same for the same question."""
        ...


@dataclass(frozen=True)
class GazetteerCompanies:
    """The listed companies, as they were called at `known_at` (nanoseconds UTC; None: now)."""

    book: Gazetteer
    known_at: int | None = None

    def mentioned(self, question: str) -> list[Mention]:
        """By name, ticker, cashtag or exchange; a bare ticker, and then half a name, only where nothing surer is there.

        Half a name (`Nova` of Nova Propulsion) says little in the news, but whoever asks means somebody by it.
        """
        links = self.book.link(question, known_at=self.known_at, casual=True)
        found = self._of(links, LINKED) or list(self._by_bare_ticker(question)) or self._of(links, _HALF_NAMED)
        return sorted(found, key=lambda mention: mention.start)

    def _of(self, links: Iterable[Link], confidence: float) -> list[Mention]:
        return [
            Mention(self._symbols(link.cik, link.symbol), link.cik, link.start, link.end)
            for link in links
            if link.confidence >= confidence and link.start is not None and link.end is not None
        ]

    def _by_bare_ticker(self, question: str) -> Iterable[Mention]:
        if question.isupper():
            return
        for match in _BARE_TICKER.finditer(question):
            company = None if match[0] in _TICKERLIKE else self.book.company_of(match[0], self.known_at)
            if company is not None:
                cik = company if isinstance(company, int) else None
                yield Mention(self._symbols(cik, match[0]), cik, *match.span())

    def _symbols(self, cik: int | None, symbol: str) -> tuple[str, ...]:
        listed = self.book.symbols_of(cik) if cik is not None else []
        return tuple(sorted({*listed, symbol}))


class NamedCompanies:
    """A handful of companies, each under one symbol with the names its own documents give.

    Args:
        names: symbol to names; names may be run together or in capitals.
    """

    def __init__(self, names: Mapping[str, Iterable[str]]) -> None:
        self._joined: dict[str, set[str]] = {}
        self._spelt: list[tuple[str, tuple[str, ...]]] = []
        for symbol, called in names.items():
            for name in called:
                words = _words_of(name)
                while len(words) > 1 and words[-1] in _LEGAL:
                    words = words[:-1]
                if len(words) > 1 and words[0] == "the":
                    words = words[1:]
                for length in range(1, len(words) + 1):
                    head = "".join(words[:length])
                    if length == len(words) or (len(head) > 2 and head not in PLAIN_WORDS and length > 0):
                        self._joined.setdefault(head, set()).add(symbol)
                self._spelt.append((symbol, words))
        self._keys = {symbol: "".join(_words_of(symbol)) for symbol in names}

    def mentioned(self, question: str) -> list[Mention]:
        """The longest run of words that is one company's name, else a short form that only one of them can have."""
        tokens = list(WORD.finditer(question))
        words = [_folded(token[0]) for token in tokens]
        found: list[Mention] = []
        place = 0
        while place < len(tokens):
            symbol, taken = self._named(tokens, words, place)
            if symbol is not None:
                found.append(Mention((symbol,), None, tokens[place].start(), tokens[place + taken - 1].end()))
            place += taken
        return found

    def _named(self, tokens: list[re.Match[str]], words: list[str], place: int) -> tuple[str | None, int]:
        for length in range(min(_WORDS_MAX, len(words) - place), 0, -1):
            owners = self._joined.get("".join(words[place : place + length]).replace("&", ""), set())
            if len(owners) == 1 and any(
                token[0] != token[0].lower() or token[0][0].isdigit() or length > 1
                for token in tokens[place : place + length]
            ):
                return next(iter(owners)), length
        token = tokens[place][0]
        capitals = sum(letter.isupper() for letter in token)
        if len(token) in _SHORT_LETTERS and capitals > 1:
            short = words[place]
            owners = set() if token in _TICKERLIKE else {s for s, key in self._keys.items() if key.startswith(short)}
            if not owners and (token not in _TICKERLIKE or len(token) > _SHORT_LETTERS[0]):
                owners = {symbol for symbol, spelt in self._spelt if len(spelt) > 1 and _shortens(short, spelt)}
            if len(owners) == 1:
                return next(iter(owners)), 1
        return None, 1


def _shortens(short: str, words: tuple[str, ...]) -> bool:
    """Whether `short` is beginnings of all the words in turn: amex of american express, jnj of johnson & johnson."""
    if not words:
        return not short
    if words[0] == "&":
        return _shortens(short, words[1:]) or any(
            short.startswith(said) and _shortens(short[len(said) :], words[1:]) for said in ("n", "&")
        )
    return any(
        words[0].startswith(short[:length]) and _shortens(short[length:], words[1:])
        for length in range(1, min(len(short), 3) + 1)
    )


def _words_of(name: str) -> tuple[str, ...]:
    return tuple(_folded(word) for word in WORD.findall(name.replace("_", " ")))


def _folded(word: str) -> str:
    letters = unicodedata.normalize("NFKD", word.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
