"""The twelve defects of sec-edgar-downloader 5.1.0, one test each: the package has it, and it does not reach our user.

The package is the real one. `bare` is the package alone, its addresses patched by module because it has no option for
them; `collected` is the same day through the house.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
import requests
from sec_edgar_downloader import Downloader, _Downloader, _orchestrator, _sec_gateway

from tauric_assets.errors import MalformedDocument, UpstreamUnavailable
from tauric_assets.feeds import edgar
from tauric_assets.feeds.contract import FeedInstance
from tauric_assets.feeds.fetch import Fetcher
from tauric_assets.feeds.limits import RateLimiter
from tauric_assets.lake.intake import collect, held_addresses
from tauric_assets.lake.raw import RawStore
from tauric_assets.lake.store import Lake
from tauric_assets.settings import Settings
from tauric_assets.times import Days, parse_instant
from tauric_assets_tests.feeds.conftest import Upstream, reply
from tauric_assets_tests.feeds.edgar.made import TICKERS, Filer
from tauric_assets_tests.feeds.edgar.test_collect import (
    BLOCKED,
    DAY,
    FILINGS,
    FORMS,
    NOVA,
    WWW,
    body_of,
    collected,
    long,
    serve,
    short,
    submissions,
)

EIGHT_K, FOUR, FOUR_A, SCHEDULE = (f"0001000001-26-00000{n}" for n in (1, 2, 3, 5))
EVERYTHING = {number: body_of(number) for number in FILINGS}
TICKER_MAP = f"{WWW}/files/company_tickers_exchange.json"
LIST = "/data.sec.gov/submissions/CIK0001000001.json"
LONG_AGO = date(2020, 1, 1)


@pytest.fixture
def fetcher(upstream: Upstream, settings: Settings) -> Iterator[Fetcher]:
    """The house's way out, in front of a day that is whole; it does not wait between tries."""
    serve(upstream)
    with Fetcher(settings, classify=[edgar.classify], sleep=lambda seconds: None) as fetcher:
        yield fetcher


class Bare:
    """The package alone, in front of the same day; its addresses are patched only while it works."""

    def __init__(self, upstream: Upstream, folder: Path) -> None:
        self._url, self.folder = upstream.url, folder
        with self._patched():
            self._downloader = Downloader("Ada Lovelace", "ada@example.org", folder)

    def get(self, form: str, company: str = str(NOVA), **options: object) -> int:
        """As the package's own."""
        with self._patched():
            return self._downloader.get(form, company, **options)  # type: ignore[arg-type]

    @contextmanager
    def _patched(self) -> Iterator[None]:
        files = f"{self._url}{WWW}/Archives/edgar/data/{{cik}}/{{acc_num_no_dash}}/{{document}}"
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(_orchestrator, "URL_FILING", files)
            patch.setattr(_orchestrator, "URL_SUBMISSIONS", f"{self._url}/data.sec.gov/submissions/{{submission}}")
            patch.setattr(_sec_gateway, "URL_CIK_MAPPING", f"{self._url}{TICKER_MAP}")
            yield


@pytest.fixture
def bare(upstream: Upstream, fetcher: Fetcher, tmp_path: Path) -> Bare:
    """The package alone."""
    return Bare(upstream, tmp_path / "bare")


def asked(upstream: Upstream) -> list[str]:
    """Paths of all requests so far."""
    return [path for path, _ in upstream.seen]


def saved(folder: Path, number: str, form: str, company: str = "0001000001") -> Path:
    """Where the package puts a submission."""
    return folder / "sec-edgar-filings" / company / form / number / "full-submission.txt"


def test_1_no_base_url_option(upstream: Upstream, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not [name for name in Downloader.__init__.__annotations__ if "url" in name]

    def refused(*_: object, **__: object) -> None:
        raise AssertionError("the package went out by itself")

    monkeypatch.setattr(requests, "get", refused)
    monkeypatch.setattr(requests.Session, "request", refused)
    assert submissions(collected(fetcher, True)) == EVERYTHING
    assert long(EIGHT_K) in asked(upstream)  # it was the package that asked, through us


def test_2_no_timeout_no_retry_no_session_no_429_or_503(
    upstream: Upstream, bare: Bare, fetcher: Fetcher, settings: Settings
) -> None:
    silence = threading.Event()
    upstream.on(long(FOUR), lambda handler: silence.wait(5) and None, reply(200, body_of(FOUR)))
    upstream.on(long(EIGHT_K), reply(503), reply(200, body_of(EIGHT_K)))
    assert bare.get("8-K", after=DAY, before=DAY) == 0  # one 503 and it is gone
    upstream.on(long(EIGHT_K), reply(503), reply(200, body_of(EIGHT_K)))
    assert submissions(collected(fetcher, True)) == EVERYTHING  # a timeout, a 503, and all is here
    silence.set()
    for path in (long(EIGHT_K), short(EIGHT_K)):
        upstream.on(path, reply(429))
    with pytest.raises(UpstreamUnavailable) as blocked:
        collected(fetcher, True)
    assert blocked.value.retry_after_s == 600


def test_3_failures_are_swallowed(
    upstream: Upstream, bare: Bare, fetcher: Fetcher, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in (long(EIGHT_K), short(EIGHT_K)):
        upstream.on(path, reply(403, BLOCKED))
    assert bare.get("8-K", after=DAY, before=DAY) == 0
    assert "Error occurred" in capsys.readouterr().out
    with pytest.raises(UpstreamUnavailable, match=EIGHT_K):
        collected(fetcher, True)
    assert capsys.readouterr().out == ""


def test_4_a_truncated_file_is_taken_as_done(upstream: Upstream, bare: Bare, fetcher: Fetcher, tmp_path: Path) -> None:
    path = saved(tmp_path / "bare", EIGHT_K, "8-K")
    path.parent.mkdir(parents=True)
    path.write_bytes(body_of(EIGHT_K)[:100])  # what a crash leaves, because it writes in place
    assert bare.get("8-K", after=DAY, before=DAY) == 1
    assert path.read_bytes() == body_of(EIGHT_K)[:100]
    upstream.on(long(EIGHT_K), reply(200, body_of(EIGHT_K)[:100]), reply(200, body_of(EIGHT_K)))
    assert submissions(collected(fetcher, True)) == EVERYTHING


def test_5_files_that_were_there_are_counted_as_downloaded(
    upstream: Upstream, bare: Bare, settings: Settings, tmp_path: Path
) -> None:
    assert [bare.get("8-K", after=DAY, before=DAY) for _ in range(2)] == [1, 1]
    lake, raw, days = Lake(tmp_path / "lake"), RawStore(tmp_path / "raw"), Days.one(DAY)
    instance = FeedInstance("edgar", edgar, {"forms": FORMS})  # type: ignore[arg-type]
    counts = []
    for _ in range(2):
        upstream.seen.clear()
        held = held_addresses(lake, "edgar", days)
        with Fetcher(settings, classify=[edgar.classify], held=held, stored=raw.get) as fetching:
            report = collect(instance, fetching, lake, raw, days, tmp_path / "journals")
        texts = [path for path in asked(upstream) if path.endswith(".txt")]
        counts.append((report.added["raw_documents"], len(texts)))
    assert counts == [(2 + len(FILINGS), len(FILINGS)), (0, 0)]


def test_6_before_is_frozen_at_import(
    upstream: Upstream, bare: Bare, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_Downloader, "DEFAULT_BEFORE_DATE", LONG_AGO)  # as in a server that started then
    assert bare.get("8-K") == 0
    assert submissions(collected(fetcher, True)) == EVERYTHING
    assert long(EIGHT_K) in asked(upstream)


def test_7_the_list_of_forms_is_closed(upstream: Upstream, bare: Bare, fetcher: Fetcher) -> None:
    for form in ("4/A", "SCHEDULE 13D"):
        with pytest.raises(ValueError, match="not supported"):
            bare.get(form)
    found = submissions(collected(fetcher, True, forms=["4/A", "SCHEDULE 13D"]))
    assert found == {number: body_of(number) for number in (FOUR_A, SCHEDULE)}


def test_8_its_rate_limiter_is_one_a_process(
    upstream: Upstream, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit over processes is kept in test_limits; here, that no request of the package goes around it."""
    wait, slots = RateLimiter.wait, list[str]()

    def counting(limiter: RateLimiter, host: str) -> int:
        slots.append(host)
        return wait(limiter, host)

    monkeypatch.setattr(RateLimiter, "wait", counting)
    collected(fetcher, True)
    assert len(slots) == len(upstream.seen) > len(FILINGS)
    assert set(slots) == {"www.sec.gov"}


def test_9_metadata_is_thrown_away(bare: Bare, fetcher: Fetcher, tmp_path: Path) -> None:
    bare.get("4", after=DAY, before=DAY)
    kept = {path.name for path in (tmp_path / "bare").rglob("*") if path.is_file()}
    assert kept == {"full-submission.txt"}
    rows = {}
    for document in collected(fetcher, True):
        if document.attributes["kind"] == "submission":
            (filing,) = edgar.parse(document).rows["filings"]
            rows[filing["accession_number"]] = filing
            assert document.attributes["listed_on"] == str(DAY)
    four = rows[FOUR]
    assert (four["known_at"], four["known_at_quality"]) == (parse_instant("2026-01-05T21:07:30Z"), "source")
    assert {party["role"] for party in four["parties"]} == {"Issuer", "Reporting"}  # type: ignore[union-attr, attr-defined]
    assert (four["filing_date"], rows[EIGHT_K]["document_count"]) == (DAY, 3)


def test_10_suffix_bug_paper_filings_and_folders_by_case(
    upstream: Upstream, bare: Bare, fetcher: Fetcher, settings: Settings, tmp_path: Path
) -> None:
    odd = Filer([(number, form, f"{filed[:4]}-{filed[4:6]}-{filed[6:]}") for number, (form, filed) in FILINGS.items()])
    told = odd.json().replace(b"xslF345X05/form4.xml", b"", 1)  # one on paper: no primary document
    upstream.on(LIST, reply(200, told))
    for name in ("nova", "NOVA"):
        bare.get("8-K", name, after=DAY, before=DAY, download_details=True)
    assert {path.name for path in (tmp_path / "bare" / "sec-edgar-filings").iterdir()} == {"nova", "NOVA"}
    one, other = (submissions(collected(fetcher, True, ciks=[cik])) for cik in ("1000001", "0001000001"))
    assert one == other == EVERYTHING
    left = {path.name for path in settings.data_dir.rglob("*")}
    assert not {name for name in left if "sec-edgar" in name or "primary-document" in name or name.endswith("htmll")}


def test_11_the_ticker_map_is_fetched_in_the_constructor(upstream: Upstream, bare: Bare, fetcher: Fetcher) -> None:
    assert asked(upstream).count(TICKER_MAP) == 1  # by `bare`, which was not asked for anything yet
    upstream.seen.clear()
    documents = collected(fetcher, True)
    assert asked(upstream).count(TICKER_MAP) == 1  # and it is kept, as the snapshot of its day
    assert (documents[0].attributes["kind"], documents[0].body) == ("tickers", TICKERS)


def test_12_whole_bodies_in_memory_one_at_a_time(upstream: Upstream, settings: Settings) -> None:
    serve(upstream)
    enormous = body_of(EIGHT_K) + b" " * 200_000
    for path in (long(EIGHT_K), short(EIGHT_K)):
        upstream.on(path, reply(200, enormous))
    small = settings.model_copy(update={"http_size_max": 100_000})
    with Fetcher(small, classify=[edgar.classify], sleep=lambda seconds: None) as fetching:
        documents = {one.attributes.get("accession_number"): one for one in collected(fetching, True)}
    others = {number: body for number, body in EVERYTHING.items() if number != EIGHT_K}
    assert {number: documents[number].body for number in others} == others
    assert len(documents[EIGHT_K].body) <= 65_536
    with pytest.raises(MalformedDocument, match="more than 100,000 bytes"):
        edgar.parse(documents[EIGHT_K])
