"""What a question asks for: companies, forms, fiscal periods, days, figures, and the words that remain.

Pure: the same question with the same companies gives the same understanding, whatever script it is in.

Belongs here: reading a question; the steps by which what was understood is relaxed.
Not here: answering (vectors/, research/answers.py).
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from tauric_assets.errors import UsageError
from tauric_assets.text.companies import Companies, Mention
from tauric_assets.text.finance import Figure, Statement, figures_in, statements_named
from tauric_assets.text.periods import Period, periods_in

QUESTION_CHARACTERS_MAX = 2_000
"""Longer ones are no questions."""
DAYS_AFTER = 21
"""A current report tells of a day at most so long before it; four business days are the rule, amendments take more."""
YEARS_RETOLD = 2
"""An annual report shows so many years before its own beside it."""
EVERYTHING = "everything"
"""What the last step of relaxing is called."""

ANNUAL, QUARTERLY, CURRENT = "10-K", "10-Q", "8-K"
_FORMS: tuple[tuple[tuple[str, ...], re.Pattern[str]], ...] = tuple(
    (tuple(forms.split()), re.compile(rf"(?<!\w)(?:{pattern})(?!\w)", re.IGNORECASE))
    for forms, pattern in (
        ("10-K 10-K405 10-KSB 20-F 40-F", r"10-?\s?ks?(?:/a)?(?:\s+(?:report|filing))?|annual\s+reports?"),
        ("10-Q", r"10-?\s?qs?(?:/a)?(?:\s+(?:report|filing))?|quarterly\s+reports?"),
        ("8-K 6-K", r"8-?\s?ks?(?:/a)?(?:\s+(?:report|filing))?|current\s+reports?"),
        ("DEF 14A", r"proxy\s+statements?|def\s?14a"),
        ("20-F", r"20-?f"),
        ("6-K", r"6-?k"),
        ("S-1", r"s-1|registration\s+statements?"),
    )
)
_RELEASE = re.compile(r"\b(?:earnings|press|results)\s+(?:press\s+)?releases?\b", re.IGNORECASE)
_AHEAD = re.compile(
    r"\b(?:expect(?:s|ed|ing)?|forecast(?:s|ed|ing)?|guid(?:ance|ed|es)|outlook|anticipat\w+|project(?:s|ed|ing))\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[^.?!]*(?:[.?!](?![\s])[^.?!]*)*[.?!]*")
_HEDGE = re.compile(
    r"^\s*(?:if|please|answer|round|give|respond|assume|base|address|calculate|approach)\b", re.IGNORECASE
)
_FRAME = re.compile(r"^.{0,200}?\b(?:question|it|following)\b[^:?]{0,160}:\s*(?=\S)", re.IGNORECASE | re.DOTALL)
_WORD = re.compile(r"\w+(?:[&'’-]\w+)*")


@dataclass(frozen=True)
class Understood:
    """A question and what it asks for.

    Args:
        question: as asked, without what surrounds it.
        companies: in order of mention.
        forms: forms it names; empty: none.
        release: whether it names an earnings release.
        periods: fiscal years and quarters, in order.
        anchor: the one it stands at.
        days: calendar days it names.
        ahead: whether it asks for what a company expects.
        figures: what it asks for in numbers.
        statements: statements it names outright.
        core: the question without instructions on how to answer, companies and periods: what is asked about them.
    """

    question: str
    companies: tuple[Mention, ...]
    forms: tuple[str, ...]
    release: bool
    periods: tuple[Period, ...]
    anchor: Period | None
    days: tuple[date, ...]
    ahead: bool
    figures: tuple[Figure, ...]
    statements: tuple[Statement, ...]
    core: str

    @property
    def symbols(self) -> tuple[str, ...]:
        """Under which the documents of its companies are stored, each once."""
        return tuple(dict.fromkeys(symbol for mention in self.companies for symbol in mention.symbols))


@dataclass(frozen=True)
class Wanted:
    """Which filings may answer, in one step of relaxing. None: all.

    Args:
        told: what is asked for, in words, the shortest that can be checked.
        since, until: days of the filing, half-open.
    """

    told: str
    symbols: tuple[str, ...] | None = None
    forms: tuple[str, ...] | None = None
    fiscal_years: tuple[int, ...] | None = None
    fiscal_periods: tuple[str, ...] | None = None
    since: date | None = None
    until: date | None = None


def understand(question: str, companies: Companies) -> Understood:
    """Read a question.

    Raises: UsageError: it is empty, has no words, or is longer than `QUESTION_CHARACTERS_MAX`.
    """
    text = " ".join(question.split())
    if not text:
        raise UsageError("the question is empty, it has no words: ask in words")
    if len(text) > QUESTION_CHARACTERS_MAX:
        raise UsageError(f"a question has at most {QUESTION_CHARACTERS_MAX:,} characters; this one has {len(text):,}")
    if not _WORD.search(text):
        raise UsageError(f"cannot search for {text!r}: it has no words")
    named = periods_in(text)
    mentions = companies.mentioned(text)
    forms, form_spans = _forms(text)
    cut = [*named.spans, *((mention.start, mention.end) for mention in mentions), *form_spans]
    return Understood(
        question=text,
        companies=tuple(mentions),
        forms=forms,
        release=bool(_RELEASE.search(text)),
        periods=named.periods,
        anchor=named.anchor,
        days=named.days,
        ahead=bool(_AHEAD.search(text)),
        figures=tuple(figures_in(text)),
        statements=tuple(statements_named(text)),
        core=_core(text, cut),
    )


def steps(asked: Understood) -> list[Wanted]:
    """Which filings to look in, the strictest first; the last step lets everything through."""
    symbols = asked.symbols or None
    forms = asked.forms or None
    found: list[Wanted] = []
    for day in asked.days:
        until = day + timedelta(days=DAYS_AFTER)
        current = forms or ("8-K", "6-K")
        found.append(Wanted(f"{', '.join(current)} of {day} or soon after", symbols, current, since=day, until=until))
    if asked.anchor:
        found.extend(_of_period(asked, asked.anchor, symbols, forms))
    if forms:
        found.append(Wanted(", ".join(forms[:1]), symbols, forms))
    if symbols:
        found.append(Wanted(", ".join(symbols), symbols))
    found.append(Wanted(EVERYTHING))
    return list(dict.fromkeys(found))


def _of_period(
    asked: Understood, anchor: Period, symbols: tuple[str, ...] | None, forms: tuple[str, ...] | None
) -> list[Wanted]:
    year = anchor.year
    found: list[Wanted] = []
    if anchor.quarter:
        quarter = (f"Q{anchor.quarter}", "FY") if anchor.quarter == 4 else (f"Q{anchor.quarter}",)
        found.append(Wanted(f"{anchor}", symbols, forms, (year,), quarter))
    else:
        years = (year - 1, year) if asked.ahead else (year,)
        found.append(Wanted(f"annual, {anchor}", symbols, forms, years, ("FY", "Q4")))
    found.append(Wanted(f"FY{year}", symbols, forms, (year,)))
    later = tuple(range(year + 1, year + YEARS_RETOLD + 1))
    found.append(Wanted(f"reports that show FY{year} beside", symbols, forms, later, ("FY",)))
    return found


def _forms(text: str) -> tuple[tuple[str, ...], list[tuple[int, int]]]:
    forms: dict[str, None] = {}
    spans: list[tuple[int, int]] = []
    for names, pattern in _FORMS:
        for match in pattern.finditer(text):
            forms |= dict.fromkeys(names)
            spans.append(match.span())
    return tuple(forms), spans


def _core(text: str, cut: list[tuple[int, int]]) -> str:
    """What is asked: sentences that tell how to answer are left out, then names and periods."""
    marked = list(text)
    for start, end in cut:
        marked[start:end] = " " * (end - start)
    bare = "".join(marked)
    kept = [
        " ".join(bare[match.start() : match.end()].split()) for match in _SENTENCE.finditer(text) if "?" in match[0]
    ]
    asked = [sentence for sentence in (_FRAME.sub("", one) for one in kept) if not _HEDGE.search(sentence)]
    said = " ".join(asked or kept) or " ".join(bare.split())
    said = re.sub(r"\s+['’]s\b|\(\s*\)|\bFY\b|\bfiscal year\b", " ", said)
    return " ".join(said.split()) or text
