"""Linking: each method, what outranks what, and what must not be linked."""

import csv
from pathlib import Path

import pytest

from tauric_assets.tables import Row, table_named, to_arrow
from tauric_assets.text.linking import Gazetteer, Link
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
    ],
)
def test_texts(text: str, found: list[tuple[str, str]]) -> None:
    assert [(link.symbol, link.method) for link in gazetteer().link(text)] == found


def test_a_feeds_tag_is_trusted_and_other_tags_are_not_looked_at() -> None:
    links = gazetteer().link("Zephyrine and Nova Robotics", tags=["NYSE:ZEPH", "Target Corp", "HLX", "Earnings"])
    assert links == [Link(1003, "ZEPH", "tag", 1.0), Link(1001, "NOVA", "name", 0.85)]


def test_a_ticker_belongs_to_whom_it_was_known_for_last_and_old_names_still_link() -> None:
    rows: list[Row] = [
        COMMON | {"known_at": 20, "symbol": "NOVA", "cik": 2, "name": "Novelty Pumps Inc"},
        COMMON | {"known_at": 10, "symbol": "NOVA", "cik": 1, "name": "Nova Robotics Inc"},
        COMMON | {"known_at": 20, "symbol": "NVRB", "cik": 1, "name": "Automatrix Inc"},
    ]
    book = Gazetteer(to_arrow(table_named("instruments"), rows))
    assert [link.cik for link in book.link("$NOVA")] == [2]
    assert [link.symbol for link in book.link("Nova Robotics rises")] == ["NVRB"]
    assert [link.symbol for link in book.link("Automatrix rises")] == ["NVRB"]


def test_symbols_of_a_company() -> None:
    assert gazetteer().symbols_of(1002) == ["HLX", "HLX-A"]
    assert gazetteer().symbols_of(4) == []


@pytest.mark.realdata
def test_headlines_of_the_real_world(realdata: Path) -> None:
    with (realdata / "form4" / "sec_345_dataset" / "SUBMISSION.tsv").open() as lines:
        filed = {
            row["ISSUERTRADINGSYMBOL"].strip().upper(): (int(row["ISSUERCIK"]), row["ISSUERNAME"])
            for row in csv.DictReader(lines, delimiter="\t")
        }
    book = Gazetteer(instruments(*((symbol, cik, name, "") for symbol, (cik, name) in filed.items() if symbol)))
    linked = right = total = 0
    with (realdata / "news" / "analyst_ratings_processed.csv").open() as lines:
        for row in csv.DictReader(lines):
            if row["stock"] in filed:
                total += 1
                links = book.link(row["title"])
                linked += bool(links)
                right += filed[row["stock"]][0] in {link.cik for link in links}
    assert total > 5_000
    assert linked / total > 0.5
    assert right / linked > 0.83
