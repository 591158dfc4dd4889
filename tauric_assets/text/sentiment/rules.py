# ruff: noqa: E501 - a regular expression reads best on one line
"""Sentiment by rules: what rose or fell, whether that is good news, and events that speak for themselves.

Three kinds of evidence add up: figures that are compared ("to EUR 6.8 mn from EUR 3.2 mn") by which is larger; words of
direction, turned round where what moves is a loss or a cost; and events (an upgrade, a lawsuit, lay-offs).
A word after a negation counts the other way, at half its weight.

The word lists are our own. Belongs here: the rules. Not here: anything learned from data (trained.py).
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tauric_assets.settings import Settings
from tauric_assets.text.sentiment.models import LABELS, Probabilities

REVISION = 2
CHARACTERS_MAX = 20_000
"""What is read of a text: a headline or a passage is far shorter."""

REACH = 8
"""How many words before or after a direction what moves is looked for."""

NEGATION_REACH = 3
STEEPNESS = 2.0
NEUTRAL_BAND = 0.7
"""Evidence below this leaves a text neutral."""

_UP = """up rise rises rose risen rising increase increases increased increasing grow grows grew grown growing growth
gain gains gained climb climbs climbed jump jumps jumped jumping surge surges surged surging soar soars soared soaring
rally rallies rallied rebound rebounds rebounded advance advanced higher improve improves improved improving
improvement doubled tripled quadrupled double expand expanded strengthen strengthens strengthened accelerate
accelerated widened widens widen spike spikes uplift pops popped boost boosts boosted raise raises raised raising exceed exceeded
exceeds hike hikes hiked"""
_DOWN = """down fall falls fell fallen falling decrease decreases decreased decreasing decline declines declined
declining drop drops dropped dropping slip slips slipped slide slides slid sliding sink sinks sank sunk plunge plunges
plunged plummet plummets plummeted tumble tumbles tumbled shrink shrank shrunk lower lowered lowers reduce reduced
reduces reducing reduction cut cuts cutting slump slumps slumped dip dips dipped weaken weakens weakened weakening
contract contracted deteriorate deteriorated halved crash crashes crashed lost loses losing worsen worsened narrowed
narrow narrows shed trims trimmed slashed slashes slash"""
_BAD_NOUNS = """loss losses cost costs expense expenses expenditure debt debts debtor liabilities deficit unemployment
charges impairment impairments layoffs provisions defaults inflation claims churn delays complaints risk risks tariff
tariffs duties cancellations writedown writedowns deficits leverage gearing vacancy tax taxes"""
_GOOD_NOUNS = """profit profits sales revenue revenues income earnings turnover ebit ebitda eps margin margins order
orders demand volume volumes traffic shares share stock stocks price prices dividend dividends result results guidance
forecast outlook market output production deliveries passengers customers subscribers cash index target estimate
estimates exports shipments bookings backlog profitability performance value export surplus capacity jobs"""
_GOOD = {
    1.5: """upgrade upgrades upgraded outperform overweight beat beats topped tops record won wins awarded award
    breakthrough profitable approval approved boosting bullish outperformed stellar blowout""",
    1.0: """strong stronger strongest robust favorable favourable successful successfully positive excellent exceeding
    better improves growth leading benefit benefits efficient optimistic strengthening secured signed exceptional
    pleased enhance enhances enhanced opportunity opportunities expansion solid recovery recovered competitive
    buyback healthy satisfied upbeat winning enable enables faster confident""",
    0.6: """buy innovative agreement contract order partnership advantage attractive cooperation good best savings
    launch launches launched new support supports effective progress flexibility well awarded selected chosen""",
}
_BAD = {
    1.5: """downgrade downgrades downgraded underperform underweight miss misses missed bankruptcy bankrupt insolvency
    lawsuit sued fraud layoff layoffs redundancies redundant laid default recall investigation halt halts halted
    warning warns warned warn suspended plunge plummets shortfall bearish resigns strike scandal probe breach""",
    1.0: """weak weaker weakness poor negative unfavorable unfavourable difficult loss losses fear fears concerns
    worries terminate terminated dismiss dismissed closure closing disappointing disappointed slowdown recession crisis
    unprofitable adverse adversely hurt hit worse worst challenging uncertainty fine fined penalty delay delayed
    postponed writedown impairment lockdown dismissals downturn struggling trouble slower slow slowing sell
    deteriorating volatile suffer suffered failed fails failure damage threat cautious overcapacity""",
    0.6: """cancel cancelled canceled declining problem problems risk lack unable redundancy personnel negotiations
    challenge stops stopped against complaint short pressure""",
}
_NEGATIONS = frozenset(
    [
        "not",
        "no",
        "never",
        "without",
        "nor",
        "neither",
        "none",
        "cannot",
        "n't",
        "didn't",
        "doesn't",
        "isn't",
        "wasn't",
        "won't",
    ]
)
_SPLIT_DECIMAL = re.compile(r"(\d) \.(\d)")
"""Newswire split at points: `EUR3 .9 m`."""
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?|\d[\d,.]*|%|[^\w\s]")
_NUMBER = (
    r"(?P<{0}s>-\s?)?(?P<{0}>\d[\d,]{{0,20}}(?:\s?\.\s?\d{{1,20}})?)\s?(?P<{0}u>bn|billion|mn|mln|m|million|k|thousand)?"
    r"(?:\s(?:eur|euros?|usd|sek|pct|%|percent|per cent))?"
)
_FIRST = r"(?<![\d,])" + _NUMBER
_AMOUNT = r"(?:[a-z$€£.]{{0,6}}\s?){{0,2}}" + _NUMBER
_GAP = r"(?:\s?[,(]?\s?(?:usd|us\$|\$|eur)?\s?[\d.,]{1,20}\s?(?:mn|bn|m|mln|million|billion)?\s?\)?)?"
_COMPARISONS = tuple(
    (sign, re.compile(pattern))
    for sign, pattern in (
        (
            re.compile(r"\bfrom\b"),
            rf"\bfrom\s(?:an? |the )?(?:\w{{1,30}} ){{0,4}}?{_AMOUNT.format('old')}{_GAP}[\w\s,./-]{{0,40}}?\bto\s(?:an? |the )?(?:\w{{1,30}} ){{0,4}}?{_AMOUNT.format('new')}",
        ),
        (
            re.compile(r"\bfrom\b"),
            rf"\bto\s{_AMOUNT.format('new')}{_GAP}[\w\s,/-]{{0,40}}?\bfrom\s(?:a |an |the )?(?:\w{{1,30}} ){{0,5}}?{_AMOUNT.format('old')}",
        ),
        (
            re.compile(r"\b(?:compared|against|versus|vs|from)\b"),
            rf"{_FIRST.format('new')}{_GAP}[\w\s,./-]{{0,40}}?\b(?:compared (?:to|with)|against|versus|vs|from)\s(?:an? |the )?(?:\w{{1,30}} ){{0,6}}?(?:of )?{_AMOUNT.format('old')}",
        ),
        (re.compile(r"\("), rf"{_FIRST.format('new')}\s?\(\s?{_AMOUNT.format('old')}\s?\)"),
        (
            re.compile(r"\b(?:while|whereas)\b"),
            rf"{_FIRST.format('new')}{_GAP}[\w\s,./-]{{0,30}}?,? (?:while|whereas) [\w\s]{{0,30}}? {_AMOUNT.format('old')}",
        ),
    )
)
"""Figures that are compared, the surest way of saying it first: what must stand in a text with one, and its pattern."""
_UNITS = {"k": 1e3, "thousand": 1e3, "m": 1e6, "mn": 1e6, "mln": 1e6, "million": 1e6, "bn": 1e9, "billion": 1e9}
_PHRASES = (
    (
        re.compile(
            r"\b(?:swung|swing|turned?|turn(?:ed|ing)?|slipped|fell) (?:back )?(?:in)?to (?:a |an )?(?:\w+ ){0,3}loss"
        ),
        -2.5,
    ),
    (
        re.compile(
            r"\b(?:swung|swing|turned?|turn(?:ed|ing)?|return(?:ed|s)?) (?:back )?(?:in)?to (?:a |an )?(?:\w+ ){0,3}(?:profit|black)"
        ),
        2.5,
    ),
    (re.compile(r"\b(?:loss|losses) (?:\w+ ){0,3}(?:narrowed|shrank|decreased|fell|reduced)"), 1.5),
    (re.compile(r"\b(?:narrowed|reduced|cut|trimmed) (?:its |the |their )?(?:\w+ ){0,2}loss"), 1.5),
    (
        re.compile(
            r"\b(?:price target|pt|target) (?:\w+ ){0,3}(?:raised|hiked|upped|lifted)|(?:raises?|hikes?|lifts?) (?:\w+ ){0,3}(?:target|pt)\b"
        ),
        1.5,
    ),
    (
        re.compile(
            r"\b(?:price target|pt|target) (?:\w+ ){0,3}(?:cut|lowered|slashed)|(?:cuts?|lowers?|trims?) (?:\w+ ){0,3}(?:target|pt)\b"
        ),
        -1.5,
    ),
    (
        re.compile(
            r"\b(?:lay|lays|laid|laying) off\b|\b(?:personnel|job|staff|workforce|headcount) (?:\w+ )?(?:reductions?|cuts?)\b"
        ),
        -2.0,
    ),
    (
        re.compile(
            r"\b(?:below|short of|less than|lower than) (?:\w+ ){0,4}(?:expectations?|estimates?|forecasts?|level|year|expected)"
        ),
        -1.5,
    ),
    (
        re.compile(
            r"\b(?:above|ahead of|better than|exceed\w*|higher than) (?:\w+ ){0,4}(?:expectations?|estimates?|forecasts?|expected)"
        ),
        1.5,
    ),
    (re.compile(r"\bprofit warning|lower(?:ed|s)? (?:its |the )?(?:\w+ ){0,3}(?:guidance|outlook|forecast)"), -2.0),
    (
        re.compile(
            r"\b(?:no|not|does not|did not) (?:\w+ ){0,2}(?:change|changed|disclosed?|affect|comment)\b|\bunchanged\b"
        ),
        0.0,
    ),
)


@dataclass(frozen=True)
class Evidence:
    """What the rules found in a text; each is positive for good news, negative for bad.

    Args:
        comparison: of figures, the natural logarithm of new over old, at most 1 in size, turned round for losses.
        compared: how many comparisons of figures there are.
        direction: words of direction, turned round where a loss or cost moves.
        events: words that speak for themselves.
        phrases: turns of phrase.
        moves: how many words of direction there are.
        figures: how many numbers there are.
        total: all together, as `score` reads it.
    """

    comparison: float
    compared: int
    direction: float
    events: float
    phrases: float
    moves: int
    figures: int
    total: float


def evidence(text: str) -> Evidence:
    """The evidence in one text, of any length and script."""
    plain = unicodedata.normalize("NFKC", text[:CHARACTERS_MAX]).lower()
    plain = " ".join(_SPLIT_DECIMAL.sub(r"\1.\2", plain.replace("``", " ").replace("’", "'")).split())
    words = _WORD.findall(plain)
    turned = [_turned(words, at) for at in range(len(words))]
    figures = sum(word[0].isdigit() for word in words)
    comparison, compared = _comparisons(plain) if figures > 1 else (0.0, 0)
    direction, moves = _directions(words, turned)
    events = sum(_EVENTS.get(word, 0.0) * (-0.5 if flip else 1.0) for word, flip in zip(words, turned, strict=True))
    phrases = sum(weight for pattern, weight in _PHRASES if pattern.search(plain))
    bounded = float(np.clip(events, -2.5, 2.5))
    total = 2.0 * float(np.sign(comparison)) + 0.9 * float(np.clip(direction, -2, 2)) + 0.6 * bounded + phrases
    return Evidence(comparison, compared, direction, events, phrases, moves, figures, total)


def features(texts: Sequence[str]) -> npt.NDArray[np.float64]:
    """The evidence of each text as a row of bounded numbers, for models that learn."""
    rows = []
    for text in texts:
        found = evidence(text)
        signs = [float(np.sign(value)) for value in (found.comparison, found.direction, found.events, found.phrases)]
        sizes = [found.comparison, *(float(np.tanh(v / 2)) for v in (found.direction, found.events, found.phrases))]
        total = float(np.tanh(found.total / 2))
        rows.append(
            [*signs, *sizes, total, max(total, 0), min(total, 0), min(found.compared, 2) / 2, min(found.moves, 4) / 4]
        )
    return np.array(rows, np.float64).reshape(len(texts), 13)


class Rules:
    """The rules as a `SentimentModel`."""

    id = f"lexicon@{REVISION}"
    labels = LABELS
    is_trained = False

    def score(self, texts: Sequence[str]) -> Probabilities:
        """See `SentimentModel`: total evidence, with a band around zero for neutral."""
        total = np.array([evidence(text).total for text in texts], np.float64)
        logits = STEEPNESS * np.stack([-total - NEUTRAL_BAND, np.zeros_like(total), total - NEUTRAL_BAND], axis=1)
        raised = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(raised / raised.sum(axis=1, keepdims=True), np.float64)


def make(settings: Settings) -> Rules:
    """The rules; they want nothing."""
    return Rules()


def _weights(good: dict[float, str], bad: dict[float, str]) -> dict[str, float]:
    return {word: w for w, words in good.items() for word in words.split()} | {
        word: -w for w, words in bad.items() for word in words.split()
    }


_EVENTS = _weights(_GOOD, _BAD)
_DIRECTION = dict.fromkeys(_UP.split(), 1.0) | dict.fromkeys(_DOWN.split(), -1.0)
_NOUNS = dict.fromkeys(_GOOD_NOUNS.split(), 1.0) | dict.fromkeys(_BAD_NOUNS.split(), -1.0)


def _turned(words: Sequence[str], at: int) -> bool:
    return any(word in _NEGATIONS for word in words[max(0, at - NEGATION_REACH) : at])


def _directions(words: Sequence[str], turned: Sequence[bool]) -> tuple[float, int]:
    total, moves = 0.0, 0
    for at, word in enumerate(words):
        direction = _DIRECTION.get(word)
        if direction is None:
            continue
        moves += 1
        subject = _subject(words, at)
        weight = 1.0 if subject else 0.5
        total += direction * (subject or 1.0) * weight * (-0.5 if turned[at] else 1.0)
    return total, moves


def _subject(words: Sequence[str], at: int) -> float:
    """Whether what moves at `at` is good (1) or bad (-1) to have more of; 0 where it is not said."""
    before = words[max(0, at - REACH) : at]
    for word in reversed(before):
        if word in _NOUNS:
            return _NOUNS[word]
    for word in words[at + 1 : at + 1 + REACH // 2]:
        if word in _NOUNS:
            return _NOUNS[word]
    return 0.0


def _comparisons(plain: str) -> tuple[float, int]:
    total, count, end = 0.0, 0, 0
    for sign, pattern in _COMPARISONS:
        if not sign.search(plain):
            continue
        for match in pattern.finditer(plain):
            new, old = _amount(match, "new"), _amount(match, "old")
            if new is None or old is None or _are_years(new, old):
                continue
            before = _WORD.findall(plain[max(0, match.start() - 120) : match.start()])
            inside = _WORD.findall(match.group())
            total += _change(new, old, before, inside)
            count, end = count + 1, match.end()
        if end:
            break
    return float(np.clip(total, -1, 1)), count


def _change(new: float, old: float, before: Sequence[str], inside: Sequence[str]) -> float:
    """What a move from `old` to `new` means: signed logarithm, turned where a loss or cost moves."""
    was_loss = any(word in {"loss", "losses"} for word in inside)
    named = next((_NOUNS[word] for word in reversed(before) if word in _NOUNS), 1.0)
    is_loss = bool(before) and named < 0
    if was_loss and not is_loss and any(word in {"profit", "income", "earnings"} for word in before):
        return 1.0
    if is_loss and any(word in {"profit", "income", "earnings"} for word in inside):
        return -1.0
    if new > 0 and old > 0:
        return float(np.clip(np.log(new / old), -1, 1)) * named
    return float(np.sign(new - old)) * named


def _amount(match: re.Match[str], name: str) -> float | None:
    digits = match[name].replace(" ", "").replace(",", "").rstrip(".")
    try:
        value = float(digits)
    except ValueError:
        return None
    return (-value if match[f"{name}s"] else value) * _UNITS.get(match[f"{name}u"] or "", 1.0)


def _are_years(new: float, old: float) -> bool:
    return any(1900 <= value <= 2100 and value == int(value) for value in (new, old))
