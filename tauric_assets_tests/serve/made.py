"""A small market for the tests of this room: one company, three days, and one thing of each kind that is known late."""

from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from tauric_assets.house import House
from tauric_assets.settings import Settings
from tauric_assets.tables import Row, table_named, to_arrow
from tauric_assets.text import chunks, documents
from tauric_assets.text.linking import Gazetteer
from tauric_assets.times import DAY_NS, SECOND_NS, Days, day_of_ns, parse_day, parse_instant
from tauric_assets.vectors.snapshot import publish

START = parse_instant("2026-01-05")
HOUR_NS = 3_600 * SECOND_NS
PRESENT = START + 3 * DAY_NS
"""What the clock of the test house says, until told otherwise."""
ALL_DAYS = Days(parse_day("2026-01-01"), parse_day("2026-02-01"))


@dataclass
class Clock:
    """A clock that is set."""

    now: int = PRESENT

    def __call__(self) -> int:
        return self.now


@dataclass
class Made:
    """A house with something in it, and its clock."""

    house: House
    clock: Clock = field(default_factory=Clock)


def common(ts_event: int, known_at: int | None = None) -> Row:
    return {
        "date": day_of_ns(ts_event),
        "ts_event": ts_event,
        "known_at": ts_event if known_at is None else known_at,
        "known_at_quality": "source",
        "source": "https://upstream.invalid/document#sha256=00",
    }


def bar(hour: int, close: str = "101.5", *, venue: str = "coinbase", known_at: int | None = None) -> Row:
    """The hourly bar that begins `hour` hours after START."""
    start = START + hour * HOUR_NS
    return common(start, start + HOUR_NS if known_at is None else known_at) | {
        "venue": venue,
        "symbol": "NOVA-USD",
        "interval": "1h",
        "ts_close": start + HOUR_NS,
        "open": Decimal("100.000000001"),
        "high": Decimal("120"),
        "low": Decimal("99.25"),
        "close": Decimal(close),
        "volume": Decimal(10 + hour),
        "notional": Decimal("123456789012345678.000000000000000001"),
        "trade_count": 3,
    }


def instrument(symbol: str = "NOVA", cik: int = 77, listing: str = "NOVA-USD") -> Row:
    listings = [{"venue": venue, "symbol": listing} for venue in ("coinbase", "kraken")]
    return common(START) | {"symbol": symbol, "cik": cik, "name": f"{symbol} Corp", "listings": listings}


def filing(number: int, known_at: int, *, cik: int = 77, form: str = "8-K") -> Row:
    accession = f"0000000077-26-{number:06}"
    return common(known_at) | {"accession_number": accession, "form": form, "cik": cik, "items": ["2.02"]}


def section(number: int, known_at: int, text: str) -> Row:
    return common(known_at) | {
        "accession_number": f"0000000077-26-{number:06}",
        "form": "8-K",
        "cik": 77,
        "document_name": "a.htm",
        "section_number": 1,
        "item": "2.02",
        "title": "Results",
        "company_name": "Nova Corp",
        "text": text,
    }


def insider(number: int, known_at: int, shares: str = "1500", code: str = "P") -> Row:
    return common(known_at - DAY_NS, known_at) | {
        "accession_number": f"0000000078-26-{number:06}",
        "row_number": 1,
        "form": "4",
        "issuer_cik": 77,
        "issuer_symbol": "NOVA",
        "owner_names": ["Ada Ruiz"],
        "officer_title": "CFO",
        "transaction_code": code,
        "transaction_date": day_of_ns(known_at - DAY_NS),
        "shares": Decimal(shares),
        "price": Decimal("12.345678"),
        "transaction_value": Decimal(shares) * Decimal("12.345678"),
    }


def entry(number: int, known_at: int, title: str) -> Row:
    return common(known_at) | {
        "feed": "wire",
        "entry_id": str(number),
        "title": title,
        "link": f"https://wire.invalid/{number}",
    }


def post(number: int, known_at: int, text: str) -> Row:
    place = {"network": "bluesky", "did": "did:plc:a", "collection": "app.bsky.feed.post", "rkey": str(number)}
    return common(known_at) | place | {"operation": "create", "text": text}


def add(house: House, table: str, rows: list[Row]) -> None:
    """Revise the table by `rows`, at a time when nothing of them is a late correction."""
    house.lake.revise(table, ALL_DAYS, to_arrow(table_named(table), rows))


def add_texts(house: House, sections: list[Row], news: list[Row], posts: list[Row]) -> None:
    """Store texts, and what is made from them: documents, chunks, vectors, a snapshot."""
    for table, rows in (("filing_sections", sections), ("news", news), ("posts", posts)):
        if rows:
            add(house, table, rows)
    lake = house.lake
    gazetteer = Gazetteer(lake.read("instruments"))
    made = documents.build(lake.read("filing_sections"), lake.read("news"), lake.read("posts"), gazetteer)
    lake.revise("documents", ALL_DAYS, made)
    cut = chunks.build(made)
    lake.revise("chunks", ALL_DAYS, cut)
    house.vectors.upsert(cut)
    publish(house.vectors, house.snapshots)


def small_house(folder: Path) -> Made:
    """48 hourly bars on coinbase and 2 on kraken, and texts of the first two days."""
    clock = Clock()
    house = House(Settings(data_dir=folder), clock=clock)
    add(house, "instruments", [instrument(), instrument("ORBI", 78, "ORBI-USD")])
    rows = [bar(hour, f"{100 + hour % 7}.5") for hour in range(48)]
    add(house, "bars", [*rows, bar(0, venue="kraken"), bar(1, venue="kraken")])
    add(house, "filings", [filing(1, START + 9 * HOUR_NS), filing(2, START + 33 * HOUR_NS, form="10-Q")])
    add(house, "insider_transactions", [insider(1, START + 10 * HOUR_NS), insider(2, START + 34 * HOUR_NS, code="S")])
    add_texts(
        house,
        [section(1, START + 9 * HOUR_NS, "Gross margin rose to 41 percent on lower freight costs.")],
        [
            entry(1, START + 8 * HOUR_NS, "NOVA Corp (NOVA) wins harbour contract"),
            entry(2, START + 30 * HOUR_NS, "NOVA Corp (NOVA) recalls turbines"),
        ],
        [post(1, START + 12 * HOUR_NS, "$NOVA harbour contract looks huge")],
    )
    indicator = {"venue": "coinbase", "symbol": "NOVA-USD", "interval": "1h", "indicator": "rsi_14", "warmup_bars": 20}
    add(house, "indicators", [common(START + 20 * HOUR_NS, START + 21 * HOUR_NS) | indicator | {"value": 55.25}])
    return Made(house, clock)


def add_future(house: House, since: int) -> None:
    """One more row of each kind, all known only `since` or later: some new, some correcting what was known."""
    later = since + HOUR_NS
    add(house, "bars", [bar(47, "777.77", known_at=since), bar(60, "888.88", known_at=later)])
    add(house, "filings", [filing(3, since), filing(1, later, form="8-K/A")])
    add(house, "insider_transactions", [insider(1, since, shares="999"), insider(3, later)])
    add(house, "instruments", [instrument("PLUM", 79, "PLUM-USD") | {"known_at": since}])
    news = [entry(1, since, "NOVA Corp (NOVA) harbour contract void"), entry(4, later, "NOVA Corp (NOVA) margin call")]
    sections = [section(3, since, "Gross margin fell to 12 percent, harbour contract void.")]
    add_texts(house, sections, news, [post(2, later, "$NOVA margin")])
