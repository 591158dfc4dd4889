"""Files of filings cut into pages, and of questions with the pages that answer them: FinanceBench's shapes.

Pages: JSON lines, plain or gzip, each with `doc_name`, `page` and `text`. Questions: JSON lines with `question` and
`evidence`, a list of objects with `doc_name` and `evidence_page_num`. Documents, optional: JSON lines with `doc_name`,
`company`, `doc_type`, `doc_period`.

What a filing is, is read from its name (3M_2018_10K, JPMORGAN_2021Q1_10Q, AMCOR_2022_8K_dated-2022-07-01), else from
its first pages.

Belongs here: reading such files, bad rows named. Not here: searching, measuring (retrieval.py).
"""

import gzip
import json
import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import IO, cast

from tauric_assets.errors import UsageError

BAD_ROWS_TOLD = 10
COVER_PAGES = 5
_NAME = re.compile(r"^(.+?)_((?:19|20)\d\d)(?:_?(Q[1-4]))?_([A-Za-z0-9-]+?)(?:[_-]+dated[-_]([\d-]+))?$", re.IGNORECASE)
_FORMS = {"10K": "10-K", "10Q": "10-Q", "8K": "8-K", "EARNINGS": "8-K", "20F": "20-F", "6K": "6-K", "40F": "40-F"}
_ANNUAL = {"10-K", "20-F", "40-F"}
_REGISTRANT = re.compile(r"exact\s+name\s+of\s+(?:the\s+)?(?:registrant|company)", re.IGNORECASE)
_COVER_FORM = re.compile(r"\bform\s+(10-?k|10-?q|8-?k|20-?f|6-?k)\b", re.IGNORECASE)
_COVER_PERIOD = re.compile(
    r"(?:fiscal\s+year|year|quarterly\s+period|quarter|period)\s+ended:?\s*[A-Z][a-z]+\s+\d{1,2},?\s+((?:19|20)\d\d)",
    re.IGNORECASE,
)

Told = Callable[[str], None]
JsonObject = dict[str, object]


@dataclass
class Filing:
    """One filing of a pages file.

    Args:
        company, kind: as its name says; `kind` is 10K, 10Q, 8K, EARNINGS, …
        symbol: the company's key in the store.
        names: what it is called, as far as the files tell.
        pages: text by page number.
        fiscal_year, fiscal_period: None where neither name nor cover tell.
        day: of a current report.
    """

    name: str
    company: str
    kind: str
    symbol: str
    names: set[str]
    form: str | None
    fiscal_year: int | None
    fiscal_period: str | None
    day: date | None
    pages: dict[int, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """As the store's breadcrumbs begin: 3M 10K FY 2018."""
        when = str(self.day) if self.day else f"{self.fiscal_period or ''} {self.fiscal_year or ''}"
        return " ".join(f"{self.company} {self.kind} {when}".replace("_", " ").split())

    @property
    def made(self) -> date:
        """Its day, else the end of its fiscal period as if that were the calendar's."""
        if self.day:
            return self.day
        month = (
            3 * int(self.fiscal_period[1]) if (self.fiscal_period or "").startswith("Q") and self.fiscal_period else 12
        )
        year = self.fiscal_year or 1990
        return date(year, month, monthrange(year, month)[1])


@dataclass(frozen=True)
class Case:
    """A question and the pages that answer it, as (doc_name, page)."""

    question: str
    gold: frozenset[tuple[str, int]]


@dataclass
class Bad:
    """Rows that could not be read, counted; the first of them in words."""

    count: int = 0
    told: list[str] = field(default_factory=list)

    def add(self, path: Path, line: int, why: str) -> None:
        """Note one row."""
        self.count += 1
        if len(self.told) < BAD_ROWS_TOLD:
            self.told.append(f"{path.name} line {line}: {why}")


def read_filings(pages: Path, documents: Path | None, bad: Bad) -> list[Filing]:
    """The filings of a pages file, in order of name.

    Raises: UsageError: a file cannot be read, or holds no page.
    """
    texts: dict[str, dict[int, str]] = {}
    for line, row in _rows(pages, bad):
        name, page, text = row.get("doc_name"), row.get("page"), row.get("text")
        if not isinstance(name, str) or not name or not isinstance(page, int) or not isinstance(text, str):
            bad.add(pages, line, "doc_name, page and text are wanted: text, number, text")
        elif page in texts.setdefault(name, {}):
            bad.add(pages, line, f"page {page} of {name} is there already")
        else:
            texts[name][page] = text
    if not texts:
        raise UsageError(f"{pages}: no pages in it; each line is an object with doc_name, page and text")
    told: dict[str, JsonObject] = {}
    for line, row in _rows(documents, bad) if documents else ():
        if isinstance(row.get("doc_name"), str):
            told[str(row["doc_name"])] = row
        else:
            bad.add(cast("Path", documents), line, "doc_name is wanted")
    return [_filing(name, texts[name], told.get(name, {})) for name in sorted(texts)]


def read_cases(questions: Path, bad: Bad) -> list[Case]:
    """The questions that have evidence.

    Raises: UsageError: the file cannot be read, or holds no question.
    """
    cases: list[Case] = []
    for line, row in _rows(questions, bad):
        asked, evidence = row.get("question"), row.get("evidence")
        if not isinstance(asked, str) or not asked.strip() or not isinstance(evidence, list):
            bad.add(questions, line, "question and evidence are wanted: text, list")
            continue
        gold = set()
        for one in evidence:
            name = one.get("doc_name", row.get("doc_name")) if isinstance(one, dict) else None
            page = one.get("evidence_page_num") if isinstance(one, dict) else None
            if isinstance(name, str) and isinstance(page, int):
                gold.add((name, page))
        if gold:
            cases.append(Case(asked, frozenset(gold)))
        else:
            bad.add(questions, line, "no evidence with doc_name and evidence_page_num")
    if not cases:
        raise UsageError(f"{questions}: no question with evidence in it")
    return cases


def _filing(name: str, pages: dict[int, str], told: JsonObject) -> Filing:
    cover = "\n".join(pages[page] for page in sorted(pages)[:COVER_PAGES])
    registrant = _registrant(cover)
    match = _NAME.match(name)
    names = {text for text in (registrant, told.get("company")) if isinstance(text, str) and text}
    if match:
        company, year, quarter, kind, day = match.groups()
        form: str | None = _FORMS.get(kind.upper().replace("-", ""), kind.upper())
        period: str | None = (
            quarter.upper() if quarter else None if day or (form == "8-K" and kind.upper() != "EARNINGS") else "FY"
        )
        return Filing(
            name, company, kind, company.upper(), names | {company}, form, int(year), period, _day(day), pages
        )
    found = _COVER_FORM.search(cover)
    kind = found[1].upper().replace("-", "") if found else ""
    form = _FORMS.get(kind)
    ended = _COVER_PERIOD.search(cover)
    company = str(told.get("company") or registrant or name)
    year_ended = int(ended[1]) if ended else None
    period = "FY" if form in _ANNUAL else None
    return Filing(name, company, kind, company.upper(), names | {company}, form, year_ended, period, None, pages)


def _registrant(cover: str) -> str | None:
    """The last line with a word before "(Exact name of registrant …)"."""
    found = _REGISTRANT.search(cover)
    lines = [line.strip() for line in cover[: found.start()].splitlines()] if found else []
    name = next((line for line in reversed(lines) if re.search(r"[A-Za-z]{3}", line)), "")
    return name if name and "commission" not in name.lower() else None


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _rows(path: Path, bad: Bad) -> Iterator[tuple[int, JsonObject]]:
    """The objects of a file of JSON lines with their line numbers; gzip is told by its first bytes."""
    try:
        with _opened(path) as lines:
            for number, line in enumerate(lines, start=1):
                if not line.strip():
                    continue
                try:
                    row = json.loads(line)
                except ValueError as error:
                    bad.add(path, number, f"no JSON: {error}")
                    continue
                if isinstance(row, dict):
                    yield number, row
                else:
                    bad.add(path, number, "no JSON object")
    except (OSError, EOFError) as error:
        raise UsageError(f"cannot read {path}: {error}") from None


def _opened(path: Path) -> IO[bytes]:
    raw = path.open("rb")
    zipped = raw.read(2) == b"\x1f\x8b"
    raw.seek(0)
    return cast("IO[bytes]", gzip.open(raw)) if zipped else raw
