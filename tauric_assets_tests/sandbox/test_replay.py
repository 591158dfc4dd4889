"""The replay: what each file is taken for; nothing vanishes, nothing outside the folder is read."""

import gzip
import json
import os
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tauric_assets.errors import UsageError
from tauric_assets.sandbox.launch import Running, start
from tauric_assets.sandbox.market import Filing
from tauric_assets.sandbox.options import SandboxOptions
from tauric_assets.sandbox.replay import Recordings
from tauric_assets.sandbox.replay.sniff import accession_in, form_in, sniff
from tauric_assets.sandbox.world import World
from tauric_assets.times import day_of_ns, parse_instant
from tauric_assets_tests.sandbox.serving import client, hear

WORLD = World(7)
DAYS = (date(2026, 1, 7), date(2026, 1, 8))
LIST = "www.prnewswire.com/rss/news-releases-list.rss"
RSS = b'<?xml version="1.0"?><rss version="2.0"><channel><title>t</title></channel></rss>'
FRAMES = ['{"type":"match","product_id":"AB-USD","trade_id":1}', '{"type":"heartbeat","product_id":"AB-USD"}']


def _filing(form: str) -> Filing:
    return next(filing for day in DAYS for filing in WORLD.filings(day) if filing.form == form)


FULL, LOOSE, NAMED = _filing("8-K"), _filing("4"), _filing("10-K")
METADATA = "0001234567-20-000042"


def _write(folder: Path, name: str, body: bytes | str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body if isinstance(body, bytes) else body.encode())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of recordings made by the sandbox's own world, in no particular order."""
    root = tmp_path_factory.mktemp("recordings")
    inside = root / "inside"
    xml = WORLD.document(LOOSE.accession_number, LOOSE.documents[0])
    _write(inside, "a/full.txt", WORLD.submission(FULL.accession_number))
    _write(inside, "a/again/full copy.txt", WORLD.submission(FULL.accession_number))
    _write(inside, "loose.xml", xml)
    _write(inside, "b/loose again.xml", xml)
    _write(inside, f"b/{METADATA}_form4.xml", xml + b"\n")
    header = {
        "submission": {
            "ACCESSION-NUMBER": METADATA,
            "TYPE": "4",
            "FILING-DATE": "20200317",
            "PERIOD": "20200316",
            "REPORTING-OWNER": [{"OWNER-DATA": {"CONFORMED-NAME": "Doe Jane", "CIK": "0001111111"}}],
            "ISSUER": {"COMPANY-DATA": {"CONFORMED-NAME": "Some Corp", "CIK": "0002222222"}},
        },
        "documents": [{"TYPE": "4", "FILENAME": "form4.xml"}],
    }
    _write(inside, f"b/{METADATA}_metadata.json", json.dumps(header))
    _write(inside, "b/0001234567-20-000099_metadata.json", json.dumps(header).replace("000042", "000099"))
    primary = WORLD.document(NAMED.accession_number, NAMED.documents[0])
    _write(inside, f"c/10-K_X_{NAMED.accession_number}.html", primary)
    _write(inside, "c/page.html", b"<html><body>no number</body></html>")
    pages = [{"name": "CIK0001111111-submissions-001.json"}]
    listed = {"cik": "0001111111", "entityType": "other", "name": "Doe Jane", "filings": {"recent": {}, "files": pages}}
    _write(inside, "lists/CIK0001111111.json", json.dumps(listed))
    _write(inside, "lists/another.json", json.dumps(listed))
    for number in ("1111111-submissions-001", "1111111-submissions-002", "2222222-submissions-001"):
        _write(inside, f"lists/CIK000{number}.json", '{"accessionNumber": []}')
    _write(inside, "nova_facts.json", '{"cik": 2222222, "entityName": "SOME CORP", "facts": {}}')
    _write(inside, "feeds/good.rss", RSS)
    _write(inside, "feeds/torn é & 100%41?.xml", b"<!-- torn --><rss><channel><item><title>x")
    _write(inside, "feeds/wide.xml", RSS.decode().encode("utf-16"))
    lines = ["wss://ws-feed.exchange.coinbase.com <-> 1768000000.5"]
    lines += ['wss://ws-feed.exchange.coinbase.com <- 1768000000.6: {"type":"subscribe"}']
    lines += [f"1768000001.{n}: {frame}" for n, frame in enumerate(FRAMES)]
    _write(inside, "ws/COINBASE.ws.1.0", "\n".join(lines) + "\n")
    timed = '1723161255088176367 {"stream":"btcusdt@trade","data":{"e":"trade","s":"BTCUSDT","t":1}}\n'
    _write(inside, "ws/futures.gz", gzip.compress(timed.encode()))
    _write(inside, "ws/KRAKEN.ws.2.0", '1768000001.5: [1,[],"trade","AB/USD"]\n')
    _write(inside, "ws/unknown.ws.0", "1768000001.5: {}\n")
    _write(inside, "ws/other.ws.0", "wss://ws.bitstamp.net <-> 1768000000.5\n")
    _write(inside, "posts.jsonl", '{"did":"did:plc:a","time_us":1768000000000000,"kind":"commit","commit":{}}\n')
    _write(inside, "table.parquet", b"PAR1....")
    _write(inside, "empty.xml", b"")
    _write(root, "secret.rss", RSS)
    (inside / "link.rss").symlink_to(root / "secret.rss")
    (inside / "linked").symlink_to(root)
    return inside


@pytest.fixture(scope="module")
def replay(folder: Path) -> Iterator[Running]:
    with start(SandboxOptions(port=0, replay=folder)) as running:
        yield running


def _files_below(folder: Path) -> int:
    """Regular files and links, counted without the replay's own walk."""
    return sum(
        len(names) + sum(Path(root, name).is_symlink() for name in folders) for root, folders, names in os.walk(folder)
    )


def test_every_file_is_served_or_has_a_reason(folder: Path) -> None:
    recordings = Recordings(folder)
    assert not recordings.served.keys() & recordings.unserved.keys()
    assert len(recordings.served) + len(recordings.unserved) == _files_below(folder)
    assert all(reason and "\n" not in reason for reason in recordings.unserved.values())
    assert recordings.served == {
        "a/again/full copy.txt": "submission",
        "b/loose again.xml": "ownership",
        f"b/{METADATA}_form4.xml": "ownership",
        f"b/{METADATA}_metadata.json": "header",
        f"c/10-K_X_{NAMED.accession_number}.html": "primary",
        "lists/CIK0001111111.json": "company_list",
        "lists/CIK0001111111-submissions-001.json": "company_page",
        "nova_facts.json": "company_facts",
        "feeds/good.rss": "feed",
        "feeds/torn é & 100%41?.xml": "feed",
        "feeds/wide.xml": "feed",
        "ws/COINBASE.ws.1.0": "capture",
        "ws/KRAKEN.ws.2.0": "capture",
        "ws/futures.gz": "capture",
        "posts.jsonl": "posts",
    }
    assert recordings.unserved["a/full.txt"].startswith(f"{FULL.accession_number} is served from another recording")
    assert recordings.unserved["lists/another.json"].startswith("CIK 1111111 is served from another recording")
    without = "older page of a submissions list, without the list that names it"
    assert recordings.unserved["lists/CIK0001111111-submissions-002.json"] == without
    assert recordings.unserved["lists/CIK0002222222-submissions-001.json"] == without
    assert recordings.unserved["ws/other.ws.0"] == "capture of another venue, ws.bitstamp.net"
    assert recordings.unserved["ws/unknown.ws.0"] == "capture that does not say of which venue"
    assert recordings.unserved["link.rss"] == recordings.unserved["linked"] == "symbolic link that is not followed"


def test_recorded_lists_and_facts_are_served_as_they_are(folder: Path, replay: Running) -> None:
    with client(replay) as web:
        assert web.get("/sandbox/catalog").json()["companies"] == [1111111, 2222222]
        for address, name in {
            "submissions/CIK0001111111.json": "lists/CIK0001111111.json",
            "submissions/CIK0001111111-submissions-001.json": "lists/CIK0001111111-submissions-001.json",
            "api/xbrl/companyfacts/CIK0002222222.json": "nova_facts.json",
        }.items():
            assert web.get(f"/data.sec.gov/{address}").content == (folder / name).read_bytes()
        for address in (
            "submissions/CIK0001111111-submissions-002.json",
            "api/xbrl/companyfacts/CIK0001111111.json",
            "api/xbrl/companyfacts/CIK2222222.json",
        ):
            answer = web.get(f"/data.sec.gov/{address}")
            assert (answer.status_code, b"<Code>NoSuchKey</Code>" in answer.content) == (404, True)


def test_filings_keep_their_own_dates_under_one_listing_day(folder: Path) -> None:
    recordings = Recordings(folder)
    filings = {filing.accession_number: filing for filing in recordings.filings(recordings.listing_day)}
    assert recordings.listing_day == day_of_ns(FULL.accepted_at)
    assert len(filings) == 4
    full = filings[FULL.accession_number]
    assert (full.form, full.filing_date, full.accepted_at) == ("8-K", FULL.filing_date, FULL.accepted_at)
    assert {party.cik for party in full.parties} == {party.cik for party in FULL.parties}
    assert full.documents == FULL.documents
    known = filings[METADATA]
    assert (known.form, known.filing_date, known.period_of_report) == ("4", date(2020, 3, 17), date(2020, 3, 16))
    assert known.accepted_at == parse_instant("2020-03-18T02:00:00Z")
    assert [(party.cik, party.role) for party in known.parties] == [(1111111, "Reporting"), (2222222, "Issuer")]
    assert {filing.listed_on for filing in filings.values()} == {recordings.listing_day}
    assert all(filing.accepted_at <= recordings.clock() for filing in filings.values())
    assert recordings.filings(date(2020, 3, 17)) == []


def test_loose_documents_are_wrapped_unchanged(folder: Path) -> None:
    recordings = Recordings(folder)
    body = (folder / f"b/{METADATA}_form4.xml").read_bytes()
    text = recordings.submission(METADATA)
    assert body in text
    assert text.endswith(b"</SEC-DOCUMENT>\n")
    assert b"FILED AS OF DATE:\t\t20200317" in text
    assert b"ACCEPTANCE-DATETIME" not in text
    assert recordings.document(METADATA, "form4.xml") == body
    invented = [f for f in recordings.filings(recordings.listing_day) if f.accession_number.startswith("9999999999-")]
    assert [filing.form for filing in invented] == ["4"]
    assert {party.cik for party in invented[0].parties} == {party.cik for party in LOOSE.parties}
    assert recordings.document(FULL.accession_number, FULL.documents[0]) == WORLD.document(
        FULL.accession_number, FULL.documents[0]
    )
    with pytest.raises(KeyError):
        recordings.document(METADATA, "other.xml")


def test_the_listing_day_does_not_depend_on_the_order_of_files(folder: Path, tmp_path: Path) -> None:
    for number, path in enumerate(
        sorted((p for p in folder.rglob("*") if p.is_file() and not p.is_symlink()), reverse=True)
    ):
        _write(tmp_path, f"{number}/{path.name}", path.read_bytes())
    assert Recordings(tmp_path).listing_day == Recordings(folder).listing_day


def test_replayed_edgar_speaks_like_edgar(replay: Running, folder: Path) -> None:
    with client(replay) as web:
        catalogue = web.get("/sandbox/catalog").json()
        day = date.fromisoformat(catalogue["listing_day"])
        assert catalogue["last_day"] == catalogue["listing_day"]
        assert catalogue["served"] + len(catalogue["unserved"]) == catalogue["files"]
        assert catalogue["capture_days"] == {
            "coinbase": ["2026-01-09"],
            "kraken": ["2026-01-09"],
            "binance": ["2024-08-08"],
        }
        assert catalogue["symbols"] == {"coinbase": ["AB-USD"], "kraken": ["AB-USD"], "binance": ["BTC-USDT"]}
        index = web.get(f"/www.sec.gov/Archives/edgar/daily-index/{day.year}/QTR1/master.{day:%Y%m%d}.idx").text
        paths = {line.split("|")[4] for line in index.splitlines()[7:]}
        assert f"edgar/data/2222222/{METADATA}.txt" in paths
        assert all(web.get(f"/www.sec.gov/Archives/{path}").status_code == 200 for path in paths)
        listed = web.get("/data.sec.gov/submissions/CIK0002222222.json").json()["filings"]["recent"]
        assert (listed["accessionNumber"], listed["filingDate"]) == ([METADATA], ["2020-03-17"])


def test_replayed_feeds_are_listed_and_arrive_as_recorded(replay: Running, folder: Path) -> None:
    with client(replay) as web:
        answer = web.get(f"/{LIST}", headers={"Accept-Datetime": "Fri, 09 Jan 2026 00:00:00 GMT"})
        assert answer.headers["content-type"] == "text/x-opml"
        assert "memento-datetime" not in answer.headers
        addresses = [str(line.get("xmlUrl")) for line in ElementTree.fromstring(answer.content).iter("outline")]
        bodies = [web.get(address.replace("https:/", "")).content for address in addresses]
        names = ("feeds/good.rss", "feeds/torn é & 100%41?.xml", "feeds/wide.xml")
        assert bodies == [(folder / name).read_bytes() for name in names]
        other = next(address for address in WORLD.feeds() if address != LIST)
        assert ElementTree.fromstring(web.get(f"/{other}").content).tag == "rss"


def test_replayed_captures_arrive_as_recorded(replay: Running) -> None:
    heard = hear(replay, "ws-feed.exchange.coinbase.com", {"type": "subscribe", "product_ids": [], "channels": []})
    assert (heard.frames, heard.code) == (FRAMES, 1000)
    futures = hear(replay, "stream.binance.com:9443/ws/btcusdt@trade")
    assert (len(futures.frames), futures.code) == (1, 1000)
    assert hear(replay, "ws.kraken.com/v2", {"method": "subscribe"}).frames == ['[1,[],"trade","AB/USD"]']
    posts = hear(replay, "jetstream2.us-east.bsky.network/subscribe?cursor=0")
    assert [message["time_us"] for message in posts.messages] == [1768000000000000]


def test_a_path_leads_nowhere_outside_the_folder(replay: Running) -> None:
    with client(replay) as web:
        for path in (
            "../secret.rss",
            "%2e%2e/secret.rss",
            "link.rss",
            "linked/secret.rss",
            "feeds/..%2f..%2fsecret.rss",
        ):
            request = httpx.Request("GET", f"{replay.url}/recordings.invalid/{path}")
            assert web.send(request).status_code == 404


def test_a_missing_folder_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no folder of recordings"):
        Recordings(tmp_path / "none")


@pytest.mark.parametrize(
    ("name", "accession", "form"),
    [
        ("10-K_IBM_0000051143-24-000012.html", "0000051143-24-000012", "10-K"),
        ("x/000119312512060227_d301928dsc13ga.htm", "0001193125-12-060227", "SC 13G/A"),
        ("1364742_000119312523048785_d435686d8k.htm", "0001193125-23-048785", "8-K"),
        ("AAPL/10-Q/0000320193-23-000077/primary-document.html", "0000320193-23-000077", "10-Q"),
        ("20-F__0001062993-16-008650.html", "0001062993-16-008650", "20-F"),
        ("meta-20251219.htm", None, None),
        ("161646284303302.xml", None, None),
    ],
)
def test_names_tell_accession_and_form(name: str, accession: str | None, form: str | None) -> None:
    assert (accession_in(name), form_in(name)) == (accession, form)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    body=st.binary(max_size=300),
    name=st.sampled_from(["a.xml", "a.txt", "a.gz", "a.json", "a", "0000051143-24-000012.txt"]),
)
def test_any_bytes_are_something(tmp_path: Path, body: bytes, name: str) -> None:
    path = tmp_path / "any"
    path.write_bytes(body)
    sniffed = sniff(path, name)
    assert bool(sniffed.reason) == (sniffed.kind == "unserved")
    recordings = Recordings(tmp_path)
    assert len(recordings.served) + len(recordings.unserved) == 1


@pytest.mark.slow
@pytest.mark.realdata
def test_real_recordings_are_all_accounted_for(realdata: Path) -> None:
    recordings = Recordings(realdata)
    assert len(recordings.served) + len(recordings.unserved) == _files_below(realdata)
    kinds = list(recordings.served.values())
    assert {kind: kinds.count(kind) for kind in sorted(set(kinds))} == {
        "capture": 4,
        "company_facts": 3,
        "company_list": 20,
        "feed": 1563,
        "header": 332,
        "ownership": 339,
        "primary": 13,
        "submission": 55,
    }
    assert recordings.listing_day == date(2026, 6, 25)
    for filing in recordings.filings(recordings.listing_day):
        assert recordings.submission(filing.accession_number)
        for name in filing.documents:
            assert recordings.document(filing.accession_number, name) is not None
    assert [sum(1 for _ in recordings.frames(venue)) for venue in ("coinbase", "kraken", "binance")] == [
        9946,
        109,
        93954,
    ]
