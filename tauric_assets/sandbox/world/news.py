"""The news feeds as they stood at an instant: RSS 2.0 and Atom 1.0.

Specification: RSS 2.0 (Harvard, 2003); RFC 4287 (Atom).

Belongs here: which entries a feed shows at an instant, and their XML.
Not here: what happened (entries.py).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from email.utils import format_datetime
from xml.sax.saxutils import escape, quoteattr

from tauric_assets.sandbox.market import FeedState
from tauric_assets.sandbox.world import entries
from tauric_assets.sandbox.world.eastern import FIRST_DAY, eastern_time
from tauric_assets.sandbox.world.entries import Entry
from tauric_assets.times import day_start_ns, ns_to_datetime, ns_to_text

SHOWN = 30
"""Entries a feed shows at most."""
LOOK_BACK_DAYS = 3
"""Days looked at beyond the one on which the last entry shown was found; entries appear within a day of theirs."""


@dataclass(frozen=True)
class Channel:
    """A feed: where it is, what it calls itself, where its entries come from."""

    address: str
    title: str
    language: str
    source: Callable[[int, date], tuple[Entry, ...]]

    @property
    def is_atom(self) -> bool:
        """Whether it speaks Atom; else RSS."""
        return self.address.endswith(".atom")


CHANNELS: dict[str, Channel] = {
    channel.address: channel
    for channel in (
        Channel("www.prnewswire.com/rss/news-releases-list.rss", "All News Releases", "en-us", entries.newswire),
        Channel(
            "www.gov.uk/government/organisations/competition-and-markets-authority.atom",
            "Activity on GOV.UK by: Competition and Markets Authority",
            "en-gb",
            entries.authority,
        ),
        Channel("feeds.marketnotes.invalid/rss", "Market Notes", "en", entries.commentary),
    )
}


def feed_state(seed: int, address: str, at: int) -> FeedState | None:
    """A feed as it stood at `at` (nanoseconds UTC); None before the first day.

    Raises: KeyError for an unknown address.
    """
    channel = CHANNELS[address]
    if at < day_start_ns(FIRST_DAY):
        return None
    shown = _shown(seed, channel, at)
    changed = max([day_start_ns(FIRST_DAY), *(_changed_at(entry, at) for entry in shown)])
    body = (_atom if channel.is_atom else _rss)(channel, shown, changed, at)
    kind = "atom" if channel.is_atom else "rss"
    return FeedState(body.encode(), f"application/{kind}+xml; charset=utf-8", changed)


def _shown(seed: int, channel: Channel, at: int) -> list[Entry]:
    """The newest entries that have appeared by `at`, newest first."""
    found: list[Entry] = []
    day, spare = eastern_time(at).date(), LOOK_BACK_DAYS
    while day >= FIRST_DAY and spare:
        found += (entry for entry in channel.source(seed, day) if entry.appears_at <= at)
        spare -= len(found) >= SHOWN
        day -= timedelta(days=1)
    return sorted(found, key=lambda entry: (-entry.appears_at, entry.guid))[:SHOWN]


def _changed_at(entry: Entry, at: int) -> int:
    corrected = _is_corrected(entry, at)
    return entry.corrected_at if corrected and entry.corrected_at is not None else entry.appears_at


def _is_corrected(entry: Entry, at: int) -> bool:
    return entry.corrected_at is not None and entry.corrected_at <= at


def _text(entry: Entry, at: int) -> tuple[str, str]:
    if _is_corrected(entry, at):
        return escape(entry.corrected_title), escape(entry.corrected_summary)
    return escape(entry.title), escape(entry.summary)


def _rss(channel: Channel, shown: list[Entry], changed: int, at: int) -> str:
    home = f"https://{channel.address.partition('/')[0]}/"
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/elements/1.1/">',
        "<channel>",
        f"<title>{escape(channel.title)}</title>",
        f"<link>{home}</link>",
        f"<description>{escape(channel.title)}</description>",
        f"<language>{channel.language}</language>",
        f"<lastBuildDate>{_rfc822(changed)}</lastBuildDate>",
        f'<atom:link href="https://{channel.address}" rel="self" type="application/rss+xml"/>',
    ]
    for entry in shown:
        title, summary = _text(entry, at)
        lines += [
            "<item>",
            f"<title>{title}</title>",
            f"<link>{entry.link}</link>",
            f'<guid isPermaLink="{str(entry.guid == entry.link).lower()}">{entry.guid}</guid>',
            f"<pubDate>{_rfc822(entry.appears_at)}</pubDate>",
            f"<description>{summary}</description>",
            *(f"<category>{escape(tag)}</category>" for tag in entry.tags),
            *([f"<dc:creator>{escape(entry.author)}</dc:creator>"] if entry.author else []),
            "</item>",
        ]
    return "\n".join([*lines, "</channel>", "</rss>", ""])


def _atom(channel: Channel, shown: list[Entry], changed: int, at: int) -> str:
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en-GB">',
        f"<id>https://{channel.address}</id>",
        f'<link rel="self" type="application/atom+xml" href="https://{channel.address}"/>',
        f"<title>{escape(channel.title)}</title>",
        f"<updated>{_second(changed)}</updated>",
    ]
    for entry in shown:
        title, summary = _text(entry, at)
        lines += [
            "<entry>",
            f"<id>{entry.guid}</id>",
            f"<published>{_second(entry.appears_at)}</published>",
            f"<updated>{_second(_changed_at(entry, at))}</updated>",
            f'<link rel="alternate" type="text/html" href={quoteattr(entry.link)}/>',
            f"<title>{title}</title>",
            f'<summary type="html">{escape(f"<p>{summary}</p>")}</summary>',
            f"<author><name>{escape(entry.author)}</name></author>",
            *(f"<category term={quoteattr(tag)}/>" for tag in entry.tags),
            "</entry>",
        ]
    return "\n".join([*lines, "</feed>", ""])


def _rfc822(instant: int) -> str:
    return format_datetime(ns_to_datetime(instant), usegmt=True)


def _second(instant: int) -> str:
    return ns_to_text(instant)
