"""Linking: each method, what outranks what, and what must not be linked."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tauric_assets.tables import Row, table_named, to_arrow
from tauric_assets.text.linking import LINKED, Gazetteer, Link
from tauric_assets.times import parse_instant
from tauric_assets_tests.text.made import COMMON, gazetteer, instruments


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("$NOVA is up", [("NOVA", "cashtag")]),
        ("Nova Robotics, Inc. (NASDAQ: NOVA) reports", [("NOVA", "exchange")]),
        ("shares (NYSE:HLX) and (NYSE: HLX-A)", [("HLX", "exchange")]),
        ("BRIEF-Helio Energy Holdings Corp says", [("HLX", "name")]),
        ("'Zephyrine buys back stock", [("ZEPH", "name")]),
        ("Nova Robotics' and Helio Energy's merger", [("NOVA", "name"), ("HLX", "name")]),
        ("Marrow & Thistle opens stores", [("MRRW", "name")]),
        ("Zephyrine and $NOVA", [("NOVA", "cashtag"), ("ZEPH", "name")]),
        ("Target raised to buy; price target 12", []),
        ("Target Corp raised to buy", [("TGT", "name")]),
        ("nova robotics in small letters", []),
        ("Quillon Bank lends", []),  # two companies would answer to it
        ("Quillon Bank Group lends", [("QUIL", "name")]),
        ("$NOVATION costs $12 and US$NOVA", []),
        ("NOVA ROBOTICS AND OTHERS", [("NOVA", "name")]),
        ("", []),
        ("Target reports third-quarter results", [("TGT", "name")]),
        ("Analysts upgrade Target to Buy at last", [("TGT", "name")]),
        ("Hearing Street Research downgrades Target to Sell", [("TGT", "name")]),
        ("Wires cut their price Target Reports say", []),
        ("“Zephyrine’s plan: more stores", [("ZEPH", "name")]),
        ("Why Zephyrine Minerals digs", []),  # another company's name begins so
        ("Zephyrine (ZEPH) and friends", [("ZEPH", "ticker")]),
        ("The CEO (CEO) of (NOPE) spoke", []),
        ("Movers: NOVA, HLX, ZEPH", [("NOVA", "ticker"), ("HLX", "ticker"), ("ZEPH", "ticker")]),
        ("NOVA, HLX alone are no list", []),
        ("\x00Nova Robotics\x00 rose", [("NOVA", "name")]),
        ("Zéphyrine" + "\u0301" * 10_000, [("ZEPH", "name")]),
        ("Z\u0301ephyrine opens", [("ZEPH", "name")]),
        ("Компания Nova Robotics выросла", [("NOVA", "name")]),
        ("株式会社ノヴァ・ロボティクス", []),
        (" \n\t ", []),
    ],
)
def test_texts(text: str, found: list[tuple[str, str]]) -> None:
    assert [(link.symbol, link.method) for link in gazetteer().link(text)] == found


def test_a_feeds_tag_is_trusted_and_other_tags_are_not_looked_at() -> None:
    links = gazetteer().link("Zephyrine and Nova Robotics", tags=["NYSE:ZEPH", "Target Corp", "HLX", "Earnings"])
    assert links == [
        Link(1003, "ZEPH", "tag", 1.0, primary=True),
        Link(1001, "NOVA", "name", 0.8, 14, 27),
    ]


def test_offsets_are_those_of_the_words_and_one_company_is_primary() -> None:
    text = "Zephyrine announces a deal with Nova Robotics"
    links = gazetteer().link(text)
    assert [(link.symbol, text[link.start : link.end], link.primary) for link in links] == [
        ("NOVA", "Nova Robotics", True),
        ("ZEPH", "Zephyrine", False),
    ]


def test_whoever_rates_is_not_who_is_spoken_of() -> None:
    links = gazetteer().link("Quillon Bank Group Upgrades Zephyrine to Buy")
    assert [(link.symbol, link.confidence >= LINKED, link.primary) for link in links] == [
        ("ZEPH", True, True),
        ("QUIL", False, False),
    ]
    (passive,) = gazetteer().link("Zephyrine Upgraded By Nobody In Particular")
    assert passive.primary


def test_each_of_many_counts_for_less_and_a_title_counts_for_more_than_what_follows() -> None:
    every = "Nova Robotics, Helio Energy, Zephyrine, Quillon Bank Group, Marrow & Thistle"
    assert len(gazetteer().link(every)) == 5
    assert not [link for link in gazetteer().link(every) if link.confidence >= LINKED or link.primary]
    assert not [link for link in gazetteer().link("12 Stocks Moving: Zephyrine") if link.confidence >= LINKED]
    (sure,) = (link for link in gazetteer().link(f"Zephyrine wins\n\n{every}") if link.confidence >= LINKED)
    assert sure.symbol == "ZEPH"


def test_small_letters_count_where_people_write_casually() -> None:
    assert [link.symbol for link in gazetteer().link("what did zephyrine say?", casual=True)] == ["ZEPH"]
    assert not gazetteer().link("what is the target?", casual=True)


def test_initials_and_household_names() -> None:
    book = Gazetteer(
        instruments(
            ("IBM", 51143, "INTERNATIONAL BUSINESS MACHINES CORP", "NYSE"),
            ("JNJ", 200406, "JOHNSON & JOHNSON", "NYSE"),
            ("DHI", 882184, "HORTON D R INC /DE/", "NYSE"),
            ("MCD", 63908, "MCDONALD'S CORP", "NYSE"),
            ("AAPL", 320193, "Apple Inc.", "Nasdaq"),
            ("NDAQ", 1120193, "NASDAQ, INC.", "Nasdaq"),
        )
    )
    found = {
        "IBM shares fall": ["IBM"],
        "ibm shares fall": [],
        "J&J shares fall": ["JNJ"],
        "D.R. Horton shares fall": ["DHI"],
        "McDonalds opens": ["MCD"],
        "McDonald's opens": ["MCD"],
        "'Apple buys nobody": ["AAPL"],
        "NASDAQ closes higher": [],
        "Stocks on the Nasdaq stock exchange": [],
        "Nasdaq reports second quarter earnings": ["NDAQ"],
    }
    assert {text: [link.symbol for link in book.link(text)] for text in found} == found


def test_a_ticker_belongs_to_whom_it_was_known_for_then_and_old_names_still_link() -> None:
    rows: list[Row] = [
        COMMON | {"known_at": 10, "symbol": "NOVA", "cik": 1, "name": "Nova Robotics Inc", "exchange": "NYSE"},
        COMMON | {"known_at": 20, "symbol": "NOVA", "cik": 2, "name": "Novelty Pumps Inc", "exchange": "NYSE"},
        COMMON | {"known_at": 20, "symbol": "NVRB", "cik": 1, "name": "Automatrix Inc", "exchange": "NYSE"},
    ]
    book = Gazetteer(to_arrow(table_named("instruments"), rows))

    def linked(text: str, known_at: int | None) -> list[tuple[int | None, str]]:
        return [(link.cik, link.symbol) for link in book.link(text, known_at=known_at)]

    assert linked("$NOVA", None) == linked("$NOVA", 20) == [(2, "NOVA")]
    assert linked("$NOVA", 19) == linked("$NOVA", 5) == [(1, "NOVA")]
    assert linked("Nova Robotics rises", None) == [(1, "NVRB")]
    assert linked("Nova Robotics rises", 15) == [(1, "NOVA")]
    assert linked("Automatrix rises", 20) == [(1, "NVRB")]
    assert linked("Automatrix rises", 19) == linked("Novelty Pumps rises", 19) == []


def test_a_name_holds_from_the_day_that_the_list_of_names_tells() -> None:
    """Facebook became Meta on 28 October 2021; another Meta had the name before."""
    listed = instruments(("META", 1, "Meta Platforms, Inc.", "Nasdaq"), ("MTAL", 2, "Meta Metals Corp", "NYSE"))
    names = to_arrow(
        table_named("company_names"),
        [
            COMMON | {"cik": 1, "name": "Meta Platforms, Inc.", "valid_from": date(2021, 10, 28), "valid_to": None},
            COMMON | {"cik": 1, "name": "Facebook Inc", "valid_from": date(2005, 5, 3), "valid_to": date(2021, 10, 27)},
            COMMON | {"cik": 9, "name": "Unlisted Inc", "valid_from": date(2005, 5, 3), "valid_to": date(2021, 1, 1)},
        ],
    )
    book = Gazetteer(listed, names)
    before, after = parse_instant("2020-01-01T00:00:00Z"), parse_instant("2023-01-01T00:00:00Z")
    assert [link.cik for link in book.link("Facebook reports", known_at=before)] == [1]
    assert [link.cik for link in book.link("Facebook reports", known_at=after)] == [1]
    assert [link.cik for link in book.link("Meta Platforms reports", known_at=after)] == [1]
    assert [link.cik for link in book.link("Meta Platforms reports", known_at=before)] == []
    assert [link.cik for link in book.link("Unlisted Inc reports", known_at=before)] == []


LATER = st.lists(
    st.tuples(
        st.integers(11, 30),
        st.sampled_from(["NOVA", "HLX", "ZEPH", "NEWT"]),
        st.integers(50, 54),
        st.sampled_from(["Nova Robotics Inc", "Helio Energy Corp", "Zephyrine Ltd", "Newt Foods Inc"]),
    ),
    max_size=6,
)
TEXTS = ("$NOVA and (NYSE: HLX)", "Nova Robotics reports", "Helio Energy and Zephyrine", "Newt Foods reports $NEWT")
FIRST: tuple[Row, ...] = tuple(
    COMMON | {"known_at": 10, "symbol": symbol, "cik": cik, "name": name, "exchange": "NYSE"}
    for symbol, cik, name in (
        ("NOVA", 1, "Nova Robotics Inc"),
        ("HLX", 2, "Helio Energy Corp"),
        ("ZEPH", 3, "Zephyrine"),
    )
)


def _links_with(later: list[tuple[int, str, int, str]], text: str, known_at: int | None) -> list[Link]:
    rows = [
        COMMON | {"known_at": at, "symbol": symbol, "cik": cik, "name": name, "exchange": "NYSE"}
        for at, symbol, cik, name in later
    ]
    return Gazetteer(to_arrow(table_named("instruments"), [*FIRST, *rows])).link(text, known_at=known_at)


@given(later=LATER, text=st.sampled_from(TEXTS), known_at=st.integers(0, 30))
def test_what_became_known_later_changes_no_link_of_an_earlier_text(
    later: list[tuple[int, str, int, str]], text: str, known_at: int
) -> None:
    known = [one for one in later if one[0] <= known_at]
    assert _links_with(later, text, known_at) == _links_with(known, text, known_at)


def test_a_gazetteer_that_looks_ahead_fails_that_property() -> None:
    """The control: asked without a time it links the earlier text to the later holder of the ticker."""
    later = [(20, "NOVA", 50, "Newt Foods Inc")]
    assert [link.cik for link in _links_with(later, "$NOVA", 15)] == [1]
    assert _links_with(later, "$NOVA", None) != _links_with([], "$NOVA", None)


def test_symbols_of_a_company() -> None:
    assert gazetteer().symbols_of(1002) == ["HLX", "HLX-A"]
    assert gazetteer().symbols_of(4) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        # what a company does tells it, where its name is hardly anything else
        ("Zephyrine Inks Deal To Build Pumps", {"ZEPH": True}),
        ("The Many Friends Of Zephyrine", {"ZEPH": False}),  # in passing
        ("Helio Acquires The Wells Of Zephyrine", {"HLX": True, "ZEPH": True}),  # beside another
        # a trial that is initiated, trading that is resumed, a day: nobody is rated
        ("Zephyrine Initiates Phase II Trial", {"ZEPH": True}),
        ("Zephyrine Resumes Trading", {"ZEPH": True}),
        ("Zephyrine On Wednesday Announced A Pump", {"ZEPH": True}),
        ("Zephyrine Initiates Nova Robotics At Neutral", {"NOVA": True, "ZEPH": False}),
        ("Zephyrine's Shares Trading Near Lows", {"ZEPH": True}),  # no list of shares
        # tickers in a list are each meant, none first of all; names in it, and funds, are passed over
        ("Top 4 Stocks By Yield (NOVA, HLX, ZEPH, TGT)", dict.fromkeys(("NOVA", "HLX", "ZEPH", "TGT"), True)),
        ("Top 4 Stocks By Yield: Zephyrine", {"ZEPH": False}),
        ("Top ETF Gainers (NOVA, HLX)", {"NOVA": False, "HLX": False}),
        # one letter off
        ("Zephyrnie Reports Results", {"ZEPH": True}),
        ("Zepphyrine Reports Results", {"ZEPH": True}),
        ("Zephyrines Reports Results", {}),  # a plural is another word
        ("Zephirina Reports Results", {}),  # two letters
        ("Quilon Bank Group Reports Results", {"QUIL": True}),
        ("HLX Partners Buys Wells", {}),  # a ticker that begins another's name
    ],
)  # fmt: skip
def test_who_a_headline_is_about(text: str, found: dict[str, bool]) -> None:
    assert {link.symbol: link.confidence >= LINKED for link in gazetteer().link(text)} == found
    if "Top" in text:
        assert not [link for link in gazetteer().link(text) if link.primary]


def test_names_of_common_words_and_initials_by_what_stands_around_them() -> None:
    book = Gazetteer(
        instruments(
            ("WAIR", 1, "Western Air Holdings Inc", "NYSE"),
            ("ABQ", 2, "ABQ Ltd", "NYSE"),
            ("GS", 3, "Goldman Sachs Group Inc", "NYSE"),
            ("VDX", 4, "Valdexa Biosciences Inc", "Nasdaq"),
        )
    )
    found = {
        "Western Air Lands A New Customer": ["WAIR"],
        "Western Air's Pilots Vote": ["WAIR"],
        "Court Sides With Western Air In Dispute": ["WAIR"],
        "Great Western Air Lands Here": [],  # a part of another name
        "Breathing Western Air": [],
        "ABQ Set To Build A Plant": ["ABQ"],
        "Pumps Bought From ABQ For $1M": ["ABQ"],
        "The ABQ Of Investing": [],
        "Goldman Sachs Sees Oil Higher": [],  # it speaks, of others
        "Goldman Sachs Profit Rises": ["GS"],
        "Valdexa Bio Shares Rise": ["VDX"],
    }
    for text, symbols in found.items():
        assert [link.symbol for link in book.link(text) if link.confidence >= LINKED] == symbols, text


def test_beside_another_counts_in_titles_only() -> None:
    text = "Nova Robotics reports results\n\nIt watches Zephyrine"
    assert [link.symbol for link in gazetteer().link(text) if link.confidence >= LINKED] == ["NOVA"]


def test_a_gazetteer_of_nobody_links_nobody() -> None:
    assert Gazetteer.of([]).link("Zephyrine and (NYSE: NOVA) Report") == []
