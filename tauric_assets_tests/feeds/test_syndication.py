"""News feeds: what entries become, how the past and OPML lists are asked for, and that hostile XML is harmless."""

import gzip
from collections.abc import Callable
from datetime import date
from email.utils import parsedate_to_datetime
from hashlib import sha256
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tauric_assets.errors import MalformedDocument, UpstreamRefused, UpstreamUnavailable, UsageError
from tauric_assets.feeds import syndication
from tauric_assets.feeds.contract import Document
from tauric_assets.feeds.entries import canonical_link
from tauric_assets.feeds.fetch import Fetcher
from tauric_assets.settings import Settings
from tauric_assets.tables import TABLES, Row, to_arrow
from tauric_assets.times import day_start_ns
from tauric_assets_tests.feeds.conftest import Behaviour, Upstream, reply

DAY = date(2026, 1, 5)
START = day_start_ns(DAY)
NOON = START + 43_200_000_000_000
URL = "https://news.example.org/rss"
PATH = "/news.example.org/rss"


def rss(*items: str, language: str = "en-us") -> bytes:
    channel = f"<channel><title>T</title><language>{language}</language>{''.join(items)}</channel>"
    return f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0">{channel}</rss>'.encode()


def item(**parts: str) -> str:
    return "<item>" + "".join(f"<{name}>{text}</{name}>" for name, text in parts.items()) + "</item>"


def document(body: bytes, media_type: str = "application/rss+xml", known_at: int = NOON) -> Document:
    return Document("wire", URL, body, media_type, known_at, "observed")


def rows(body: bytes, known_at: int = NOON) -> list[Row]:
    parsed = syndication.parse(document(body, known_at=known_at))
    assert parsed.records == parsed.row_count + len(parsed.rejects) + parsed.ignored
    found = parsed.rows.get("news", [])
    assert to_arrow(TABLES["news"], found).num_rows == len(found)
    return found


def test_an_entry_becomes_a_row() -> None:
    body = rss(
        item(
            title="Nova &amp;amp; Söhne opens a plant",
            link="https://news.example.org/1?utm_source=rss",
            guid="tag:1",
            pubDate="Mon, 05 Jan 2026 09:30:00 -0500",
            author="a@example.org (Ada)",
            description="&lt;p&gt;Big &lt;b&gt;news&lt;/b&gt;&lt;br/&gt;today&lt;/p&gt;",
            category="NOVA",
        )
    )
    (row,) = rows(body, known_at=START + 80_000_000_000_000)
    digest = row.pop("content_sha256")
    assert isinstance(digest, str)
    assert len(digest) == 64
    assert row == {
        "ts_event": START + 52_200_000_000_000,
        "known_at": START + 80_000_000_000_000,
        "known_at_quality": "observed",
        "feed": "wire",
        "entry_id": "tag:1",
        "title": "Nova & Söhne opens a plant",
        "summary": "Big news today",
        "link": "https://news.example.org/1?utm_source=rss",
        "author": "a@example.org (Ada)",
        "published_at": START + 52_200_000_000_000,
        "language": "en-us",
        "tags": ["NOVA"],
        "flags": [],
    }


def test_atom_dates_are_exact_below_a_second() -> None:
    body = (
        b'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de"><title>x</title><entry><id>urn:1</id><title>t</title>'
        b'<updated>2026-01-05T11:00:00.123456Z</updated><link href="/a"/></entry></feed>'
    )
    (row,) = rows(body)
    assert row["published_at"] == START + 39_600_123_456_000
    assert (row["language"], row["link"]) == ("de", "https://news.example.org/a")


@pytest.mark.parametrize(
    ("parts", "identity", "flags"),
    [
        ({"title": "a", "guid": "g", "link": "http://x.org/1"}, "g", ["no_date"]),
        ({"title": "a", "link": "http://X.org/1?utm_medium=a&amp;q=2#top"}, "http://x.org/1?q=2", ["no_date", "no_id"]),
        ({"title": "a"}, sha256(b"a\n").hexdigest(), ["no_date", "no_id", "no_link"]),
        ({"title": "a", "guid": "g", "pubDate": "yesterday at tea"}, "g", ["unreadable_date"]),
        ({"title": "a", "guid": "g", "pubDate": "Tue, 06 Jan 2026 00:00:00 GMT"}, "g", ["published_in_future"]),
    ],
)  # fmt: skip
def test_identity_falls_back_and_oddities_are_flagged(parts: dict[str, str], identity: str, flags: list[str]) -> None:
    (row,) = rows(rss(item(**parts)))
    flagged = set(row["flags"])  # type: ignore[call-overload]
    assert set(flags) <= flagged
    assert row["ts_event"] == NOON
    assert row["known_at"] == NOON
    assert row["entry_id"] == identity


def test_entries_without_anything_are_rejected_and_repeats_told_apart() -> None:
    body = rss(
        item(pubDate="Mon, 05 Jan 2026 14:30:00 GMT"),
        item(title="a", guid="1"),
        item(title="a", guid="1"),
        item(title="b", guid="1"),
    )
    parsed = syndication.parse(document(body))
    assert (parsed.records, parsed.row_count, parsed.ignored) == (4, 1, 1)
    assert [(reject.reason, reject.position) for reject in parsed.rejects] == [
        ("entry has neither title nor text nor link nor id", "entry 1"),
        ("id '1' is used for two entries", "entry 4"),
    ]
    assert b"05 Jan 2026" in parsed.rejects[0].raw


def test_entries_of_words_alone_are_told_apart_by_them() -> None:
    first, second = rows(rss(item(description="only words"), item(description="other words")))
    assert (first["title"], first["summary"], first["link"]) == ("", "only words", None)
    assert first["entry_id"] == sha256(b"only words\n").hexdigest() != second["entry_id"]


@pytest.mark.parametrize(
    "content",
    [
        '<content type="html">&lt;p&gt;Nova &amp;amp; Co&lt;/p&gt;&lt;b&gt;rose&lt;/b&gt;</content>',
        '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">Nova &amp; <b>Co</b> rose</div></content>',
        '<content type="text">Nova &amp; Co rose</content>',
    ],
)
def test_a_summary_taken_from_the_content_has_no_markup_and_an_id_is_no_link(content: str) -> None:
    head = '<feed xmlns="http://www.w3.org/2005/Atom"><title>x</title><entry><id>urn:1</id><title>t</title>'
    (row,) = rows(f"{head}{content}</entry></feed>".encode())
    assert (row["summary"], row["link"], row["entry_id"]) == ("Nova & Co rose", None, "urn:1")
    assert "no_link" in row["flags"]  # type: ignore[operator]


def test_tags_are_plain_text() -> None:
    category = "<category><![CDATA[Society &amp; Culture]]></category><category>Q &amp; A</category>"
    (row,) = rows(rss(item(title="a")).replace(b"</item>", category.encode() + b"</item>"))
    assert row["tags"] == ["Society & Culture", "Q & A"]


def test_a_broken_feed_that_gives_no_entry_is_malformed() -> None:
    body = b"<rss version=2.0><rss:channel><title>t</title><rss:item><title>lost</title></rss:item>"
    with pytest.raises(MalformedDocument, match="not well-formed"):
        syndication.parse(document(body))
    assert rows(rss().replace(b"<title>T", b"<title>T&nbsp;&unknown;")) == []


def test_an_encoding_that_is_no_word_is_malformed() -> None:
    with pytest.raises(MalformedDocument, match="UnicodeDecodeError"):
        syndication.parse(document(rss(item(title="a")).replace(b'encoding="utf-8"', b'encoding="\x80utf-8"')))


def test_content_of_markup_alone_is_no_summary() -> None:
    head = '<feed xmlns="http://www.w3.org/2005/Atom"><title>x</title><entry><id>urn:1</id><title>t</title>'
    (row,) = rows(f'{head}<content type="html">&lt;img src="a.png"/&gt;</content></entry></feed>'.encode())
    assert row["summary"] == ""


def test_an_empty_feed_is_well_and_a_page_that_is_none_is_not() -> None:
    assert syndication.parse(document(rss())).records == 0
    for body in (b"<html><body>Sign in</body></html>", b"", b"{}", b"\x00\xff", b"<opml version='2.0'><body/></opml>"):
        with pytest.raises(MalformedDocument):
            syndication.parse(document(body, "text/html"))


def test_an_ill_formed_feed_still_gives_its_entries() -> None:
    body = rss(item(title="a & b", guid="1")).replace(b"</channel></rss>", b"")
    (row,) = rows(body)
    assert row["title"] == "a & b"


def test_a_gzip_file_sent_as_the_feed_is_unpacked_but_not_without_end() -> None:
    assert len(rows(gzip.compress(rss(item(title="a"))))) == 1
    with pytest.raises(MalformedDocument, match="more than 8,000,000 bytes"):
        rows(gzip.compress(b"\0" * 50_000_000))
    with pytest.raises(MalformedDocument, match="broken gzip"):
        rows(b"\x1f\x8b" + b"no gzip at all")


@pytest.mark.slow
@pytest.mark.timeout(60)
def test_bombs_and_outside_entities_are_harmless(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("top secret")
    nested = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "a" * 10}">' for n in range(12))
    big = f'<!ENTITY big "{"a" * 500_000}">'
    outside = f'<!ENTITY x SYSTEM "file://{secret}"><!ENTITY y SYSTEM "http://127.0.0.1:9/y">'
    for declared, used in ((nested, "&e11;"), (big, "&big;" * 1_000), (outside, "&x;&y;")):
        body = rss(item(title=f"t {used}", guid="1")).replace(b"<rss", f"<!DOCTYPE rss [{declared}]><rss".encode(), 1)
        try:
            found = rows(body)
        except MalformedDocument:
            found = []
        assert sum(len(str(row["title"])) for row in found) < 1_000_000
        assert not any("secret" in str(row) for row in found)


@given(st.text(max_size=60))
def test_canonical_links_are_stable(text: str) -> None:
    once = canonical_link(f"https://A.org/{text}")
    assert canonical_link(once) == once


def keeper(states: list[tuple[int, bytes]]) -> Behaviour:
    """An upstream that keeps its past: answers Accept-Datetime with the state then, and its date."""

    def behave(handler: BaseHTTPRequestHandler) -> None:
        asked = int(parsedate_to_datetime(handler.headers["Accept-Datetime"]).timestamp()) * 1_000_000_000
        known = [state for state in states if state[0] <= asked]
        if not known:
            return reply(404)(handler)
        at, body = known[-1]
        seconds = (at - START) // 1_000_000_000
        stamp = f"Mon, 05 Jan 2026 {seconds // 3600:02}:{seconds % 3600 // 60:02}:{seconds % 60:02} GMT"
        return reply(200, body, Memento_Datetime=stamp)(handler)

    return behave


def collect(settings: Settings, now: int, **options: object) -> list[Document]:
    with Fetcher(settings, lambda: now, classify=(), sleep=lambda seconds: None) as fetching:
        return list(syndication.collect(fetching, "wire", DAY, {"url": URL, **options}))


def test_a_past_day_is_asked_for_slot_by_slot(upstream: Upstream, settings: Settings) -> None:
    states = [(START + hours * 3_600_000_000_000, rss(item(title=str(hours)))) for hours in (3, 9, 21)]
    upstream.on(PATH, keeper(states))
    found = collect(settings, now=NOON + 10 * 86_400_000_000_000)
    assert [(one.known_at, one.body) for one in found] == states
    assert {one.quality for one in found} == {"source"}
    assert len(upstream.seen) == 24
    assert upstream.seen[0][1]["accept-datetime"] == "Mon, 05 Jan 2026 00:59:59 GMT"
    assert upstream.seen[-1][1]["accept-datetime"] == "Mon, 05 Jan 2026 23:59:59 GMT"


def test_an_upstream_without_a_past_is_asked_once(upstream: Upstream, settings: Settings) -> None:
    upstream.on(PATH, reply(200, rss()))
    (found,) = collect(settings, now=NOON + 10 * 86_400_000_000_000)
    assert found.quality == "observed"
    assert len(upstream.seen) == 1


def test_today_is_asked_once_and_conditionally(upstream: Upstream, settings: Settings) -> None:
    upstream.on(PATH, reply(200, rss(), ETag='"1"'), reply(304))
    assert len(collect(settings, NOON)) == 1
    assert collect(settings, NOON) == []
    assert [headers.get("if-none-match") for _, headers in upstream.seen] == [None, '"1"']


def test_a_feed_that_never_was_is_refused(upstream: Upstream, settings: Settings) -> None:
    with pytest.raises(UpstreamRefused, match="404"):
        collect(settings, now=NOON + 10 * 86_400_000_000_000, polls_per_day=3)
    assert len(upstream.seen) == 3


OPML = b"""<?xml version="1.0"?><!-- members --><opml version="2.0"><body><outline text="group">
<outline type="rss" xmlUrl="https://a.example.org/feed"/><outline xmlUrl="sub/b.xml"/><outline xmlUrl="sub/b.xml"/>
<outline xmlUrl="https://gone.example.org/feed"/><outline text="no address"/></outline></body></opml>"""


def test_opml_members_are_each_their_own_document_and_none_vanishes(upstream: Upstream, settings: Settings) -> None:
    upstream.on(PATH, reply(200, OPML))
    upstream.on("/a.example.org/feed", reply(200, rss(item(title="a"))))
    upstream.on("/news.example.org/sub/b.xml", reply(200, rss(item(title="b"))))
    upstream.on("/gone.example.org/feed", reply(410))
    found = collect(settings, NOON)
    assert [one.url for one in found] == [
        "https://a.example.org/feed",
        "https://news.example.org/sub/b.xml",
        "https://gone.example.org/feed",
    ]
    (reject,) = syndication.parse(found[2]).rejects
    assert "410 Gone" in reject.reason
    feeds = [row["feed"] for one in found[:2] for row in syndication.parse(one).rows["news"]]
    assert feeds == [found[0].url, found[1].url], "members may call different entries by the same id"


def test_members_that_do_not_answer_are_told_after_those_that_did(upstream: Upstream, settings: Settings) -> None:
    upstream.on(PATH, reply(200, OPML))
    upstream.on("/a.example.org/feed", reply(503))
    upstream.on("/news.example.org/sub/b.xml", reply(200, rss(item(title="b"))))
    found = []
    with Fetcher(settings, lambda: NOON, classify=(), sleep=lambda seconds: None) as fetching:
        with pytest.raises(
            UpstreamUnavailable, match=r"1 of 3 feeds in .* did not answer: https://a\.example\.org/feed: 503"
        ):
            for one in syndication.collect(fetching, "wire", DAY, {"url": URL}):
                found.append(one)
        look = syndication.poll(fetching, "wire", {"url": URL}, "")
        assert look.changed
        assert not syndication.poll(fetching, "wire", {"url": URL}, look.cursor).changed
    assert len(found) == 2


@pytest.mark.parametrize(
    "options", [{"url": ""}, {"polls_per_day": 0}, {"polls_per_day": "x"}, {"polls_per_day": True}]
)
def test_options_that_make_no_sense_are_a_usage_error(options: dict[str, object], settings: Settings) -> None:
    with pytest.raises(UsageError):
        collect(settings, NOON, **options)


@pytest.mark.slow
@pytest.mark.realdata
def test_real_feeds_are_read_and_accounted_for(recordings: Callable[[str], list[Path]]) -> None:
    counts = {"feeds": 0, "rows": 0, "malformed": 0}
    for path in [path for kind in ("rss-parser", "fastfeedparser", "node-feedparser")
                 for path in recordings(f"feeds/{kind}/*")]:  # fmt: skip
        counts["feeds"] += 1
        try:
            counts["rows"] += len(rows(path.read_bytes()))
        except MalformedDocument:
            counts["malformed"] += 1
    assert counts["rows"] > 2 * counts["feeds"]
    assert counts["malformed"] < counts["feeds"] / 10
