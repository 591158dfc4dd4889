"""Who was called what, and when: names and tickers of companies with the time from and until which they held.

Belongs here: a dated name or ticker, made of `instruments` and `company_names`; whose it was at an instant.
Not here: words made of names (names.py), texts (linking.py).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from tauric_assets.text.names import name_words
from tauric_assets.times import day_start_ns

Company = int | str
"""A CIK; of a company without one its ticker, with the end of its time where another has that ticker since."""

ALWAYS, FOREVER = -(2**63), 2**63 - 1


@dataclass(frozen=True)
class Calling:
    """A company had this name, this ticker, or both, over a time.

    Args:
        company: whose.
        symbol: its ticker; None for a former name told without one.
        name: as filed; may be empty.
        first: from when on it is known to have held (nanoseconds UTC); `ALWAYS` where that is not told.
        last: until when, exclusive; `FOREVER` while it holds.
        listed: whether on an exchange; what trades over the counter only yields to it where they share a name.
    """

    company: Company
    symbol: str | None
    name: str
    first: int = ALWAYS
    last: int = FOREVER
    listed: bool = True


def ticker(symbol: str) -> str:
    """BRK.B, BRK/B and BRK-B are one ticker."""
    return symbol.upper().replace(".", "-").replace("/", "-")


def of_instruments(instruments: pa.Table, names: pa.Table | None = None) -> list[Calling]:
    """Callings out of `instruments`, with former names out of `company_names` where given.

    A row holds from its `known_at` until a later row of the same ticker and CIK says otherwise. What the very first
    collection found is taken to have held before it too, unless `names` tell when a name began. A former name holds
    for the days told, whenever we learnt of it: it was public then.
    """
    wanted = ["symbol", "cik", "name", "exchange", "known_at"]
    rows = sorted(instruments.select(wanted).to_pylist(), key=lambda row: (row["known_at"] or 0, row["symbol"]))
    start = rows[0]["known_at"] or 0 if rows else 0
    told = _told(names)
    chains: dict[tuple[str, Company], list[Calling]] = defaultdict(list)
    for row in rows:
        company: Company = ticker(row["symbol"]) if row["cik"] is None else int(row["cik"])
        known_at = row["known_at"] or 0
        first = ALWAYS if known_at == start else known_at
        if first == ALWAYS:
            first = told.get((company, name_words(row["name"] or "")), ALWAYS)
        chain = chains[(ticker(row["symbol"]), company)]
        if chain and chain[-1].name != (row["name"] or ""):
            chain[-1] = replace(chain[-1], last=known_at)
        if not chain or chain[-1].last != FOREVER:
            listed = row["exchange"] not in {None, "", "OTC"}
            chain.append(Calling(company, row["symbol"], row["name"] or "", first, listed=listed))
    return [*(one for chain in chains.values() for one in chain), *_former(names, {key[1] for key in chains})]


def _told(names: pa.Table | None) -> dict[tuple[Company, tuple[str, ...]], int]:
    rows = [] if names is None else names.select(["cik", "name", "valid_from"]).to_pylist()
    return {
        (int(row["cik"]), name_words(row["name"])): day_start_ns(row["valid_from"])
        for row in rows
        if row["valid_from"] is not None and row["cik"] is not None and row["name"]
    }


def _former(names: pa.Table | None, companies: set[Company]) -> Iterable[Calling]:
    """Former names of those who are listed, each company's name and days once."""
    rows = [] if names is None else names.select(["cik", "name", "valid_from", "valid_to"]).to_pylist()
    for row in {(row["cik"], row["name"], row["valid_from"], row["valid_to"]): row for row in rows}.values():
        if row["cik"] in companies and row["name"] and row["valid_to"] is not None:
            first = ALWAYS if row["valid_from"] is None else day_start_ns(row["valid_from"])
            yield Calling(int(row["cik"]), None, row["name"], first, max(day_start_ns(row["valid_to"]), first))


def in_force(callings: Sequence[Calling], instant: int) -> list[Calling]:
    """Of those who ever were called so, whom a text of `instant` means: who is called so, else who was last.

    Nobody who took the name or ticker later is among them.
    """
    begun = [one for one in callings if one.first <= instant]
    held = [one for one in begun if instant < one.last]
    if held:
        return held
    latest = max((one.last for one in begun), default=ALWAYS)
    return [one for one in begun if one.last == latest]
