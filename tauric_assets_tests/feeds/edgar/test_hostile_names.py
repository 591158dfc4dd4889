"""Names from strangers are data: whatever documents are called, nothing is written outside the data folder."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from tauric_assets.errors import MalformedDocument
from tauric_assets.feeds import edgar
from tauric_assets.feeds.contract import Document, FeedInstance, Fetching, Options, Parsed, Poll
from tauric_assets.house import House
from tauric_assets.lake.intake import collect, parse
from tauric_assets.settings import Settings
from tauric_assets.times import Days
from tauric_assets_tests.feeds.edgar.made import inner, submission
from tauric_assets_tests.feeds.edgar.stakes_made import HOLDER, SUBJECT, TEXT_13D

DAYS = Days.one(date(2026, 1, 5))
HOSTILE = (
    "../../../outside.htm",
    "/tmp/tauric-outside.htm",
    "..\\..\\outside.htm",
    "a/../../outside.htm",
    "file:///etc/passwd",
    "C:\\outside.htm",
    "%2e%2e%2foutside.htm",
    "~/outside.htm",
    "nul\x00outside.htm",
    "." * 300 + ".htm",
    "",
)


class Hostile:
    """A feed that hands out submissions full of bad names, under bad addresses."""

    NAME = "edgar"
    TABLES = edgar.TABLES

    def collect(self, fetching: Fetching, name: str, day: date, options: Options) -> Iterator[Document]:
        """One submission a form; the last is cut off."""
        text = "<p>Item 8.01 Other Events</p><p>Lamps.</p>"
        documents = [inner("EX-99.1" if at else "8-K", one, text, at + 1) for at, one in enumerate(HOSTILE)]
        bodies = [
            submission("0001000001-26-000001", documents=documents),
            submission(
                "0001000001-26-000002", "SC 13D", [inner("SC 13D", HOSTILE[0], TEXT_13D)], parties=SUBJECT + HOLDER
            ),
            submission("0001000001-26-000003", documents=documents)[:-60],
        ]
        for number, body in enumerate(bodies):
            url = f"https://www.sec.gov/Archives/../../../{HOSTILE[number]}"
            yield Document(name, url, body, "text/plain", DAYS.end_ns, "observed", {"kind": "submission"})

    def poll(self, fetching: Fetching, name: str, options: Options, cursor: str) -> Poll:
        """Never asked."""
        raise NotImplementedError

    def parse(self, document: Document) -> Parsed:
        """As EDGAR's own."""
        return edgar.parse(document)


def everything(folder: Path, apart_from: Path) -> set[Path]:
    """Every path below `folder` that is not in `apart_from`."""
    return {path for path in folder.rglob("*") if apart_from not in (path, *path.parents)}


def test_hostile_names_write_nothing_outside_the_data_folder(tmp_path: Path) -> None:
    data = tmp_path / "home" / "deep" / "data"
    data.mkdir(parents=True)
    house = House(Settings(data_dir=data))
    before = everything(tmp_path, data)
    outside = [Path("/tmp/tauric-outside.htm"), Path.home() / "outside.htm", Path.cwd() / "outside.htm"]
    instance = FeedInstance("edgar", Hostile(), {})
    with house.fetching() as fetching:
        collect(instance, fetching, house.lake, house.raw, DAYS, house.journals)
    report = parse([instance], edgar.TABLES, house.lake, house.raw, DAYS)
    assert (report.documents, report.quarantined) == (3, 1)
    assert everything(tmp_path, data) == before
    assert not any(path.exists() for path in outside)
    assert not list(data.rglob("*outside*"))
    names = set(house.lake.read("filing_sections")["document_name"].to_pylist())
    assert {HOSTILE[0], HOSTILE[1], "nul\ufffdoutside.htm"} <= names
    assert house.lake.read("beneficial_ownership").num_rows == 2


@pytest.mark.parametrize("name", HOSTILE[:4])
def test_a_hostile_accession_number_is_no_submission(name: str) -> None:
    with pytest.raises(MalformedDocument):
        edgar.split_submission(submission(number=name))
