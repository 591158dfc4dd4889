"""One entry of a news feed as a row of `news`: identity, plain text, dates, and what looks odd about it.

Belongs here: reading one parsed entry. Not here: feeds as a whole (syndication.py), XML.
Specifications: RFC 4287 (Atom), RSS 2.0; dates by RFC 3339 and RFC 5322.
"""

import calendar
import hashlib
import html
import re
from collections.abc import Mapping
from time import struct_time
from typing import cast
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from tauric_assets.feeds.contract import Document
from tauric_assets.feeds.values import clean_text, epoch_seconds, instant
from tauric_assets.tables import Row

Entry = Mapping[str, object]
"""An entry as feedparser gives it; every key may be missing and every value may be of another type."""

SUMMARY_CHARACTERS_MAX = 20_000
TRACKING = ("utm_", "fbclid", "gclid", "mc_cid", "mc_eid", "cmpid", "ref_src")
MEMBER_OF = "member_of"
"""Attribute of documents that an OPML file led to: its address. Their entries are known by their own feed's address,
because two feeds may call different entries by the same id."""
DATES = ("published", "updated", "created")

_TAG = re.compile(r"<[a-zA-Z/!?][^<>]*>")
_SPACE = re.compile(r"\s+")


def row_of(entry: Entry, document: Document, language: str) -> Row:
    """One entry as a row of `news`.

    Args:
        language: of the feed, for entries that do not say theirs.
    Raises: ValueError: it has neither title nor text nor link nor id.
    """
    title, summary = _text(entry, "title"), _summary(entry)
    link, guid = _link(entry, document.url), _word(entry, "id")
    if not (title or summary or link or guid):
        raise ValueError("entry has neither title nor text nor link nor id")
    published, flags = _published(entry)
    if published is not None and published > document.known_at:
        flags.append("published_in_future")
    if not guid:
        flags.append("no_id")
    if not link:
        flags.append("no_link")
    told = "" if published is None else str(published)
    content = "\n".join((title, summary, link, told))
    return {
        "ts_event": document.known_at if published is None else min(published, document.known_at),
        "known_at": document.known_at,
        "known_at_quality": document.quality,
        "feed": document.url if MEMBER_OF in document.attributes else document.feed,
        "entry_id": guid or canonical_link(link) or _digest(f"{title or summary}\n{told}"),
        "title": title,
        "summary": summary,
        "link": link or None,
        "author": _text(entry, "author") or None,
        "published_at": published,
        "language": _language(entry) or language or None,
        "tags": _tags(entry),
        "content_sha256": _digest(content),
        "flags": flags,
    }


def canonical_link(link: str) -> str:
    """`link` without fragment and tracking parameters, its host in lower case; as it is where it is no address."""
    try:
        parts = urlsplit(link)
    except ValueError:
        return link
    kept = [(name, value) for name, value in parse_qsl(parts.query, True) if not name.lower().startswith(TRACKING)]
    return urlunsplit((parts.scheme.lower(), parts.netloc.lower(), parts.path, urlencode(kept, errors="replace"), ""))


def plain_text(text: str, media_type: str) -> str:
    """Text without markup where `media_type` says it has any; white space as single blanks, valid Unicode."""
    if media_type.endswith(("html", "html+xml", "xml")):
        text = html.unescape(_TAG.sub(" ", text))
    return _SPACE.sub(" ", clean_text(text)).strip()


def _text(entry: Entry, name: str) -> str:
    text, detail = entry.get(name), entry.get(f"{name}_detail")
    media_type = str(detail.get("type")) if isinstance(detail, Mapping) else ""
    return plain_text(text, media_type) if isinstance(text, str) else ""


def _summary(entry: Entry) -> str:
    """The summary, or else the content, of which feedparser makes a summary that does not say whether it is HTML."""
    contents = entry.get("content")
    content = contents[0] if isinstance(contents, list) and contents else None
    text = _text(entry, "summary") if "summary_detail" in entry or content is None else ""
    if not text and isinstance(content, Mapping):
        text = plain_text(str(content.get("value", "")), str(content.get("type", "")))
    return text[:SUMMARY_CHARACTERS_MAX]


def _word(entry: Entry, name: str) -> str:
    word = entry.get(name)
    return clean_text(word).strip() if isinstance(word, str) else ""


def _link(entry: Entry, base: str) -> str:
    """The entry's link made absolute here: a base address given to feedparser would rewrite ids as well.

    Where there is no link, feedparser gives the id, which is one only where it is an address.
    """
    link = _word(entry, "link")
    if link == _word(entry, "id") and not link.lower().startswith(("http://", "https://")):
        return ""
    try:
        return urljoin(base, link) if link else ""
    except ValueError:
        return link


def _published(entry: Entry) -> tuple[int | None, list[str]]:
    """The entry's own date in nanoseconds UTC, and flags. Exact where the text is a standard's, else as understood."""
    seen = False
    for name in DATES:
        text, understood = dict.get(cast("dict[str, object]", entry), name), _parsed_date(entry, name)
        try:
            return instant(text.strip() if isinstance(text, str) else text), []
        except ValueError:
            if understood is not None:
                return understood, []
        seen = seen or bool(text)
    return None, ["unreadable_date" if seen else "no_date"]


def _parsed_date(entry: Entry, name: str) -> int | None:
    parsed = dict.get(cast("dict[str, object]", entry), f"{name}_parsed")
    if not isinstance(parsed, struct_time):
        return None
    try:
        return epoch_seconds(calendar.timegm(parsed))
    except (ValueError, OverflowError):
        return None


def _language(entry: Entry) -> str:
    for name in ("title_detail", "summary_detail"):
        detail = entry.get(name)
        if isinstance(detail, Mapping) and detail.get("language"):
            return clean_text(str(detail["language"]))
    return ""


def _tags(entry: Entry) -> list[str]:
    tags = entry.get("tags")
    terms = [tag.get("term") for tag in tags if isinstance(tag, Mapping)] if isinstance(tags, list) else []
    return list(dict.fromkeys(clean_text(html.unescape(str(term))).strip() for term in terms if term))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
