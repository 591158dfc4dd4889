"""GDELT: lists, files, checks of both, and when what was known."""

import hashlib
import zipfile
from datetime import date
from io import BytesIO

import pytest

from tauric_assets.errors import DocumentAbsent, MalformedDocument, UsageError
from tauric_assets.feeds import gdelt
from tauric_assets.feeds.contract import Document
from tauric_assets.feeds.fetch import Fetcher
from tauric_assets.settings import Settings
from tauric_assets.times import DAY_NS, day_start_ns, parse_instant
from tauric_assets_tests.feeds.conftest import Upstream, reply
from tauric_assets_tests.feeds.golden import RECEIVED, article, document, zipped

DAY = date(2026, 1, 5)
FOLDER = "/data.gdeltproject.org/gdeltv2"
FILE = zipped(article(0, "https://n.example.org/1", "Nova opens a plant"))


def listed(stamp: str, body: bytes = FILE, suffix: str = "") -> bytes:
    md5 = hashlib.md5(body, usedforsecurity=False).hexdigest()
    other = f"1 {'0' * 32} http://data.gdeltproject.org/gdeltv2/{stamp}.export.CSV.zip\n"
    return f"{other}{len(body)} {md5} http://data.gdeltproject.org/gdeltv2/{stamp}{suffix}.gkg.csv.zip\n".encode()


def fetcher(settings: Settings, now: int = RECEIVED, **held: str) -> Fetcher:
    return Fetcher(settings, lambda: now, classify=(), held={f"{gdelt.BASE}/{file}": sha for file, sha in held.items()})


def collect(
    settings: Settings, now: int = RECEIVED, held: dict[str, str] | None = None, **options: object
) -> list[Document]:
    with fetcher(settings, now, **(held or {})) as fetching:
        return list(gdelt.collect(fetching, "gdelt", DAY, options))


def test_an_article_becomes_news_and_what_gdelt_says_of_it() -> None:
    link = "https://N.example.org/1?utm_source=x"
    parsed = gdelt.parse(document("gdelt", zipped(article(0, link, "Nova&#x2019;s &amp; profit"))))
    (news,), (told,) = parsed.rows["news"], parsed.rows["news_annotations"]
    assert (news["title"], news["link"], news["entry_id"]) == ("Nova\u2019s & profit", link, "https://n.example.org/1")
    assert news["ts_event"] == news["published_at"] == parse_instant("2026-01-05T11:45:00Z")
    assert (news["known_at"], news["known_at_quality"]) == (RECEIVED, "observed")
    assert (told["themes"], told["persons"]) == (["ECON_STOCKMARKET", "TAX_FNCACT"], ["ada lovelace"])
    assert told["organisations"] == ["nova industries", "orchard"]
    assert [told[name] for name in ("tone", "positive", "negative", "polarity", "words")] == [
        -1.25,
        2.5,
        3.75,
        6.25,
        240,
    ]


def test_only_wanted_themes_are_kept_and_repeats_are_ignored() -> None:
    text = article(0, "https://a.invalid/1", "A") + article(1, "https://a.invalid/2", "B", "SPORT;")
    text += article(2, "https://a.invalid/1#top", "A again")
    parsed = gdelt.parse(document("gdelt", zipped(text), themes="ECON_"))
    assert [row["title"] for row in parsed.rows["news"]] == ["A"]
    assert (parsed.records, parsed.row_count, parsed.ignored) == (4, 2, 2)


@pytest.mark.parametrize(
    ("body", "md5", "reason"),
    [
        (b"<html>no zip</html>", "", "broken zip"),
        (FILE[:-40], "", "broken zip"),
        (FILE, "0" * 32, "MD5 is not 0000"),
    ],
)
def test_a_file_that_is_not_what_was_listed_is_malformed(body: bytes, md5: str, reason: str) -> None:
    with pytest.raises(MalformedDocument, match=reason):
        gdelt.parse(document("gdelt", body, md5=md5))


def test_a_bomb_is_stopped_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x", b"0" * 3_000_000)
    monkeypatch.setattr(gdelt, "UNZIPPED_BYTES_MAX", 1_000_000)
    with pytest.raises(MalformedDocument, match="more than 1,000,000 bytes"):
        gdelt.parse(document("gdelt", file.getvalue()))


def test_a_past_day_comes_from_the_master_list_dated_by_gdelt(upstream: Upstream, settings: Settings) -> None:
    lines = listed("20260104234500") + listed("20260105000000") + listed("20260105120000") + listed("20260106000000")
    upstream.on(f"{FOLDER}/masterfilelist.txt", reply(200, lines))
    for stamp in ("20260105000000", "20260105120000"):
        upstream.on(f"{FOLDER}/{stamp}.gkg.csv.zip", reply(200, FILE))
    first, second = collect(settings, RECEIVED + DAY_NS)
    assert [one.url[-26:] for one in (first, second)] == ["20260105000000.gkg.csv.zip", "20260105120000.gkg.csv.zip"]
    assert (first.known_at, first.quality) == (day_start_ns(DAY) + gdelt.LAG_NS, "source")
    assert gdelt.parse(second).rows["news"][0]["known_at"] == second.known_at
    held = {"20260105000000.gkg.csv.zip": "x"}
    assert [one.url for one in collect(settings, RECEIVED + DAY_NS, held)] == [second.url]


def test_a_listed_file_that_is_absent_is_told(upstream: Upstream, settings: Settings) -> None:
    upstream.on(f"{FOLDER}/masterfilelist.txt", reply(200, listed("20260105000000")))
    with pytest.raises(DocumentAbsent):
        collect(settings, RECEIVED + DAY_NS)


def test_today_is_taken_up_to_the_latest_and_slots_without_a_file_are_none(
    upstream: Upstream, settings: Settings
) -> None:
    upstream.on(f"{FOLDER}/lastupdate.txt", reply(200, listed("20260105004500")))
    for stamp in ("20260105001500", "20260105004500"):
        upstream.on(f"{FOLDER}/{stamp}.gkg.csv.zip", reply(200, FILE))
    found = collect(settings, themes=["ECON_"])
    assert [one.url[-26:-12] for one in found] == ["20260105001500", "20260105004500"]
    assert {(one.known_at, one.quality) for one in found} == {(RECEIVED, "observed")}
    assert [bool(one.attributes["md5"]) for one in found] == [False, True]
    upstream.on(f"{FOLDER}/lastupdate.txt", reply(200, b""))
    assert collect(settings) == []


def test_translated_files_come_where_they_are_wanted(upstream: Upstream, settings: Settings) -> None:
    upstream.on(f"{FOLDER}/masterfilelist.txt", reply(200, b""))
    upstream.on(f"{FOLDER}/masterfilelist-translation.txt", reply(200, listed("20260105000000", suffix=".translation")))
    upstream.on(f"{FOLDER}/20260105000000.translation.gkg.csv.zip", reply(200, FILE))
    assert len(collect(settings, RECEIVED + DAY_NS, translated=True)) == 1
    assert collect(settings, RECEIVED + DAY_NS) == []


@pytest.mark.parametrize("options", [{"themes": "ECON_"}, {"translated": "yes"}])
def test_options_that_make_no_sense_are_a_usage_error(options: dict[str, object], settings: Settings) -> None:
    with pytest.raises(UsageError, match="themes"):
        collect(settings, **options)
