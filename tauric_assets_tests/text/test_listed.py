"""Maps without a lake: the shipped one, who held a ticker when, and files that are no map."""

import json
from functools import cache
from pathlib import Path

import pytest

from tauric_assets.errors import UsageError
from tauric_assets.text.linking import LINKED, Gazetteer
from tauric_assets.text.listed import of_files, shipped
from tauric_assets.times import parse_instant


@cache
def book() -> Gazetteer:
    """The shipped map, read once."""
    return Gazetteer.of(shipped()[0])


def at(year: int) -> int:
    """The first of July of a year."""
    return parse_instant(f"{year}-07-01T00:00:00Z")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "year", "symbol"),
    [
        ("Facebook Reports Q2 EPS Above Estimates", 2018, "FB"),
        ("Facebook Reports Q2 EPS Above Estimates", 2024, "META"),
        ("Meta Platforms Reports Q2 EPS Above Estimates", 2024, "META"),
        ("Barrick Gold Reports Q2 Production", 2014, "ABX"),
        ("Barrick Gold Reports Q2 Production", 2024, "B"),
        ("AmerisourceBergen Sees FY15 Sales Up", 2014, "ABC"),
        ("Wells Fargo Upgrades Target to Outperform, Raises PT to $88", 2015, "TGT"),
        ("Goldman Sachs Reports Q2 EPS $9.53", 2020, "GS"),
        ("Morgan Stanley: The Gap Reports Upbeat Sales", 2015, "GPS"),
        ("'Apple buys a startup", 2019, "AAPL"),
        ("AT&T shares are trading higher", 2019, "T"),
        ("J&J shares are trading higher", 2019, "JNJ"),
        ("Unusual calls in Visa (NYSE: V)", 2019, "V"),
        ("Yahoo! Reports Q2 Revenue", 2014, "YHOO"),
        ("Broadcom Reports Q2 Revenue", 2011, "BRCM"),
        ("Broadcom Reports Q2 Revenue", 2018, "AVGO"),
        ("Zipcar Reports Q2 Revenue", 2012, "ZIP"),
        ("ZipRecruiter Reports Q2 Revenue", 2023, "ZIP"),
        ("Hewlett-Packard Company Reports Q2 Revenue", 2012, "HPQ"),
        ("NASDAQ Futures Fall As Yellow Vests Return; Reading Suffers", 2019, None),
        ("10 Biggest Price Target Changes For Friday", 2019, None),
        ("Stocks That Hit 52-Week Highs On Wednesday", 2019, None),
    ],
)
def test_texts_of_their_years(text: str, year: int, symbol: str | None) -> None:
    links = [link for link in book().link(text, known_at=at(year)) if link.confidence >= LINKED]
    assert (links[0].symbol if links else None) == symbol


@pytest.mark.slow
def test_a_reused_ticker_was_its_former_holders_before() -> None:
    barrick = book().company_of("B", at(2024))
    assert book().company_of("ABX", at(2014)) == barrick == 756894
    assert book().company_of("ABX", at(2026)) not in {None, barrick}
    assert book().company_of("ZIP", at(2012)) not in {None, book().company_of("ZIP", at(2023))}
    assert book().company_of("EXPE", at(2014)) == book().company_of("EXPE", at(2024))
    assert book().symbols_of(1324424) == ["EXPE"]  # a change of name alone ends no ticker
    assert book().company_of("FB", at(2018)) == book().company_of("META", at(2024)) == 1326801


@pytest.mark.slow
def test_it_says_what_it_is_made_of() -> None:
    assert "10,365 tickers of the SEC's list" in shipped()[1]


def test_files_of_both_shapes(tmp_path: Path) -> None:
    plain, exchange = tmp_path / "company_tickers.json", tmp_path / "company_tickers_exchange.json"
    plain.write_text(json.dumps({"0": {"cik_str": 1, "ticker": "NOVA", "title": "Nova Robotics Inc"}}))
    exchange.write_text(
        json.dumps({"fields": ["cik", "name", "ticker", "exchange"], "data": [[2, "Zephyrine Ltd", "ZEPH", "NYSE"]]})
    )
    callings, told = of_files([plain, exchange])
    links = Gazetteer.of(callings).link("Nova Robotics meets Zephyrine")
    assert [(link.cik, link.symbol) for link in links] == [(1, "NOVA"), (2, "ZEPH")]
    assert told == "2 tickers of company_tickers.json, company_tickers_exchange.json"


@pytest.mark.parametrize("body", ["", "[", "[1]", '{"0": {"ticker": "NOVA"}}', '{"fields": ["cik"], "data": []}', "3"])
def test_files_that_are_no_map(tmp_path: Path, body: str) -> None:
    path = tmp_path / "company_tickers.json"
    path.write_text(body)
    with pytest.raises(UsageError, match="company_tickers"):
        of_files([path])
    with pytest.raises(UsageError, match="No such file"):
        of_files([tmp_path / "absent.json"])
