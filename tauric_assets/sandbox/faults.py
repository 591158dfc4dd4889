"""Faults on request: which answers and which ticks go wrong, seeded, so that a run can be repeated.

A rule is a JSON object, e.g. `{"match": "www.sec.gov/*", "kind": "status", "status": 503, "rate": 0.2, "times": 5}`.

Belongs here: rules, and the decision whether one strikes.
Not here: doing the damage to answers (damage.py) or knowing frames (venue_stream.py).
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from fnmatch import fnmatchcase
from pathlib import Path
from random import Random
from typing import Literal, cast, get_args

from tauric_assets.errors import UsageError

AnswerFault = Literal["status", "slow", "truncate", "malformed_xml", "reset", "omit"]
TickFault = Literal["drop", "duplicate", "reorder", "close_after", "half_close"]

ANSWER_FAULTS: tuple[str, ...] = get_args(AnswerFault)
TICK_FAULTS: tuple[str, ...] = get_args(TickFault)
Ending = Literal["close_after", "half_close"]
ENDINGS: tuple[str, ...] = get_args(Ending)
RULES_MAX = 1_000
_TEXTS = ("match", "kind", "text")
_NUMBERS = ("status", "retry_after_s", "seconds", "fraction", "frames", "rate", "times")


@dataclass(frozen=True)
class Rule:
    """One fault.

    Args:
        match: glob on `host/path` (without query), e.g. `www.sec.gov/Archives/*`.
        kind: one of ANSWER_FAULTS or TICK_FAULTS.
        status: what `status` answers, with Retry-After `retry_after_s` (none where that is 0).
        seconds: how long `slow` waits before it answers.
        fraction: how much of the body `truncate` sends before it hangs up, 0 to 1.
        text: `omit` leaves out the entries of an Atom or RSS answer that hold it.
        frames: after how many ticks `close_after` closes the websocket, and `half_close` says nothing more on it while
            it stays open.
        rate: share of the chances at which it strikes, 0 to 1.
        times: at most so often; None for ever.
    """

    match: str
    kind: str
    status: int = 503
    retry_after_s: int = 1
    seconds: float = 1.0
    fraction: float = 0.5
    text: str = ""
    frames: int = 100
    rate: float = 1.0
    times: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in ANSWER_FAULTS + TICK_FAULTS:
            raise UsageError(f"no fault {self.kind!r}; there are: {', '.join(ANSWER_FAULTS + TICK_FAULTS)}")
        if not 0 <= self.rate <= 1 or not 0 <= self.fraction <= 1:
            raise UsageError(f"fault {self.kind} on {self.match}: rate and fraction are between 0 and 1")
        if not 400 <= self.status <= 599:
            raise UsageError(f"fault {self.kind} on {self.match}: status {self.status} is not between 400 and 599")


class _Armed:
    """A rule with its dice and its count."""

    def __init__(self, rule: Rule, dice: Random) -> None:
        self.rule = rule
        self._dice = dice
        self.struck = 0

    def strikes(self) -> bool:
        """Whether it strikes at this chance; counts if so."""
        if self.rule.times is not None and self.struck >= self.rule.times:
            return False
        if self.rule.rate < 1 and self._dice.random() >= self.rule.rate:
            return False
        self.struck += 1
        return True


class Disturber:
    """The tick faults of one websocket connection."""

    def __init__(self, armed: Sequence[_Armed]) -> None:
        self._armed = armed
        self._held: list[str] = []
        self._ticks = 0

    def ticks(self, frames: list[str]) -> tuple[list[str], Ending | None]:
        """What is sent instead of `frames`, and how the connection ends after that, if it does."""
        if not self._armed:
            return frames, None
        sent: list[str] = []
        for frame in frames:
            sent.extend(self._one(frame))
            self._ticks += 1
            ending = self._ending()
            if ending is not None:
                return sent, ending
        return sent, None

    def rest(self) -> list[str]:
        """The tick still held back for reordering, if any; to be sent before the end."""
        held, self._held = self._held, []
        return held

    def _one(self, frame: str) -> list[str]:
        struck = {armed.rule.kind for armed in self._armed if armed.rule.kind not in ENDINGS and armed.strikes()}
        if "drop" in struck:
            return []
        copies = [frame, frame] if "duplicate" in struck else [frame]
        if "reorder" in struck and not self._held:
            self._held = copies
            return []
        return copies + self.rest()

    def _ending(self) -> Ending | None:
        due = (armed for armed in self._armed if armed.rule.kind in ENDINGS and armed.rule.frames == self._ticks)
        return next((cast("Ending", armed.rule.kind) for armed in due if armed.strikes()), None)


class FaultBook:
    """The rules in force. The n-th rule's dice depend on the seed and on n alone."""

    def __init__(self, seed: int, rules: Sequence[Rule] = ()) -> None:
        self._seed = seed
        self._armed: list[_Armed] = []
        self.add(rules)

    def add(self, rules: Sequence[Rule]) -> None:
        """Put further rules in force. Raises: UsageError beyond RULES_MAX rules."""
        if len(self._armed) + len(rules) > RULES_MAX:
            raise UsageError(f"more than {RULES_MAX} faults: clear the old ones first (DELETE /sandbox/faults)")
        for rule in rules:
            self._armed.append(_Armed(rule, Random(f"{self._seed}/{len(self._armed)}")))

    def clear(self) -> None:
        """No faults any more."""
        self._armed = []

    def report(self) -> list[dict[str, object]]:
        """The rules in force and how often each has struck."""
        return [asdict(armed.rule) | {"struck": armed.struck} for armed in self._armed]

    def for_answer(self, path: str) -> Rule | None:
        """The first rule that strikes this request for `host/path`, or None."""
        matching = (a for a in self._armed if a.rule.kind in ANSWER_FAULTS and fnmatchcase(path, a.rule.match))
        return next((armed.rule for armed in matching if armed.strikes()), None)

    def for_stream(self, path: str) -> Disturber:
        """The tick faults of a new websocket connection to `host/path`."""
        return Disturber([a for a in self._armed if a.rule.kind in TICK_FAULTS and fnmatchcase(path, a.rule.match)])


def rules_from_json(text: str | bytes) -> list[Rule]:
    """Read a JSON list of rules (a single rule may stand alone).

    Raises: UsageError: not JSON, an unknown field, a missing one, or a value of the wrong type or range.
    """
    try:
        items = json.loads(text)
    except ValueError as error:
        raise UsageError(f"faults: not JSON: {error}") from None
    return [_rule(item) for item in (items if isinstance(items, list) else [items])]


def rules_from_file(path: Path) -> list[Rule]:
    """Read a JSON file of rules. Raises: UsageError as `rules_from_json`, and where there is no such file."""
    try:
        return rules_from_json(path.read_bytes())
    except OSError as error:
        raise UsageError(f"faults: cannot read {path}: {error.strerror}") from None


def _rule(item: object) -> Rule:
    known = {field.name for field in fields(Rule)}
    if not isinstance(item, dict) or not item.keys() <= known or not {"match", "kind"} <= item.keys():
        raise UsageError(
            f"faults: {item!r} is no rule; it wants match and kind, and may have {', '.join(sorted(known))}"
        )
    wrong = [name for name in _NUMBERS if not isinstance(item.get(name, 0), int | float)]
    wrong += [name for name in _TEXTS if not isinstance(item.get(name, ""), str)]
    if wrong:
        raise UsageError(f"faults: {item!r} has a value of the wrong type: {', '.join(wrong)}")
    return Rule(**item)
