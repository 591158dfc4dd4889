"""What a recorded file is, from its first bytes and its name.

Belongs here: the kinds of recordings and the signs by which each is known.
Not here: reading whole files; what is done with a kind.
"""

import re
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from tauric_assets.sandbox.market import Venue

Kind = Literal[
    "submission",
    "ownership",
    "primary",
    "header",
    "company_list",
    "company_page",
    "company_facts",
    "feed",
    "capture",
    "posts",
    "unserved",
]

HEAD_BYTES = 65_536
FEED_SUFFIXES = (".xml", ".rss", ".atom", ".rdf")
FEED_ROOTS = ("rss", "feed", "rdf", "channel")
STREAM_HOSTS: dict[str, Venue] = {
    "ws-feed.exchange.coinbase.com": "coinbase",
    "ws-feed.pro.coinbase.com": "coinbase",
    "ws.kraken.com": "kraken",
    "stream.binance.com": "binance",
}

_SUBMISSION = re.compile(
    r"<(SEC-DOCUMENT|IMS-DOCUMENT|SUBMISSION)>|-----BEGIN PRIVACY-ENHANCED MESSAGE|<DOCUMENT>\s*<TYPE>"
)
_PROLOGUE = re.compile(r"\s*(<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*(\[.*?\]\s*)?>)", re.DOTALL | re.IGNORECASE)
_ROOT = re.compile(r"\s*<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)")
_CAPTURE = re.compile(r"(wss?://\S+) <-?>? ?\d+\.\d+|\d{9,10}\.\d+: [\[{]")
_TIMED_LINE = re.compile(r'\d{19} \{"stream":"[a-z0-9]+@')
_VENUE_NAME = re.compile(r"(coinbase|kraken|binance)[^A-Za-z_]", re.IGNORECASE)
_VENUE_NAMES: dict[str, Venue] = {"coinbase": "coinbase", "kraken": "kraken", "binance": "binance"}
_REST = re.compile(r"https?://\S+ (->|<-) \d+\.\d+")
_ACCESSION = re.compile(r"(?<!\d)(?:(\d{10})-(\d{2})-(\d{6})|(\d{10})(\d{2})(\d{6}))(?!\d)")
_FORM = re.compile(
    r"(?:(?<![A-Za-z0-9])|(?<=\dd))"
    r"(10-?K(?:SB|405)?|10-?Q(?:SB)?|8-?K|6-?K|20-?F|40-?F|11-?K|S-?[1348]|F-?[1346]|DEF ?14A|SC ?13[DG])"
    r"([-/_]?A)?(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_SPELLED = re.compile(
    r"^(10|8|6|11)-?([KQ].*)|^(20|40)-?(F)|^([SF])-?(\d)|^(DEF) ?(14A)|^(SC) ?(13[DG])", re.IGNORECASE
)
_OF_A_CIK = re.compile(r'\{\s*"cik"\s*:\s*"?(\d{1,10})"?\s*,\s*"(entityName|entityType|name)"\s*:')
_OLDER_PAGE = re.compile(r"CIK(\d{10})-submissions-\d{3}\.json", re.ASCII)
_MAGIC = (
    (b"DBN", "Databento binary"),
    (b"\x28\xb5\x2f\xfd", "zstd-compressed"),
    (b"PAR1", "Parquet"),
    (b"PK\x03\x04", "zip archive"),
    (b"%PDF", "PDF"),
    (b"\x89PNG", "picture"),
    (b"ARROW1", "Arrow"),
)


@dataclass(frozen=True)
class Sniffed:
    """What a file is.

    Args:
        kind: what it is served as.
        reason: why it is not served; empty otherwise.
        venue: whose capture it is.
        cik: whose submissions list (or older page of it) or companyfacts it is.
    """

    kind: Kind
    reason: str = ""
    venue: Venue | None = None
    cik: int = 0


def sniff(path: Path, name: str) -> Sniffed:
    """Find out what the file at `path` is.

    Args:
        path: where to read it; only its first HEAD_BYTES are looked at.
        name: its name relative to the folder of recordings.
    Raises: OSError.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if not head.strip():
        return _unserved("empty file")
    if head[:2] == b"\x1f\x8b":
        return _of_gzip(head, name)
    for magic, what in _MAGIC:
        if head.startswith(magic):
            return _unserved(f"{what} data: no upstream sends it")
    return _of_text(_decode(head), name)


def accession_in(name: str) -> str | None:
    """The last accession number that a file's name holds, with dashes."""
    found = list(_ACCESSION.finditer(name))
    return "-".join(part for part in found[-1].groups() if part) if found else None


def form_in(name: str) -> str | None:
    """The last form that a file's name tells, as EDGAR spells it: `10-K`, `8-K/A`, `SC 13G/A`."""
    found = list(_FORM.finditer(name))
    if not found:
        return None
    base, amended = found[-1].groups()
    parts = _SPELLED.match(base)
    assert parts is not None
    first, second = (part.upper() for part in parts.groups() if part)
    return f"{first}{' ' if first in {'DEF', 'SC'} else '-'}{second}{'/A' if amended else ''}"


def _of_text(text: str, name: str) -> Sniffed:
    suffix = Path(name).suffix.lower()
    start = text.lstrip("\ufeff \t\r\n")
    capture = _of_capture(start, name)
    if capture:
        return capture
    if _SUBMISSION.match(start):
        return Sniffed("submission")
    if _REST.match(start):
        return _unserved("REST answers recorded beside a capture")
    if start.startswith(("{", "[")):
        return _of_json(start, name)
    root = _root(start) if start.startswith("<") else None
    if root == "ownershipdocument":
        return Sniffed("ownership")
    if root in FEED_ROOTS or (root != "html" and suffix in FEED_SUFFIXES[1:]):
        return Sniffed("feed")
    if root is None and suffix == ".xml":
        return Sniffed("feed")
    if suffix in {".htm", ".html", ".txt"} or root == "html":
        return _of_primary(name)
    if root is not None:
        return _unserved(f"XML with root <{root}>: neither a feed nor an ownership form")
    return _unserved(f"{suffix or 'text without suffix'}: no upstream sends it")


def _of_capture(text: str, name: str) -> Sniffed | None:
    """A capture by its first line, which names the address; where that is cut off, by the file's name."""
    match = _CAPTURE.match(text)
    if match and match[1]:
        host = urlsplit(match[1]).hostname or ""
        venue = STREAM_HOSTS.get(host)
        return Sniffed("capture", venue=venue) if venue else _unserved(f"capture of another venue, {host}")
    if match:
        named = _VENUE_NAME.match(Path(name).name)
        venue = _VENUE_NAMES[named[1].lower()] if named else None
        return Sniffed("capture", venue=venue) if venue else _unserved("capture that does not say of which venue")
    return Sniffed("capture", venue="binance") if _TIMED_LINE.match(text) else None


def _of_gzip(head: bytes, name: str) -> Sniffed:
    try:
        first = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16).decompress(head, 1_000)
    except zlib.error:
        return _unserved("gzip that cannot be unpacked")
    capture = _of_capture(first.decode("utf-8", "replace"), name)
    return capture or _unserved("gzip that holds no websocket capture")


def _of_json(start: str, name: str) -> Sniffed:
    if name.endswith("_metadata.json") and '"submission"' in start and accession_in(name):
        return Sniffed("header")
    first = start.partition("\n")[0]
    if '"did"' in first and '"time_us"' in first and '"kind"' in first:
        return Sniffed("posts")
    told = _OF_A_CIK.match(start)
    if told:
        return Sniffed("company_facts" if told[2] == "entityName" else "company_list", cik=int(told[1]))
    page = _OLDER_PAGE.fullmatch(Path(name).name)
    if page and start.startswith("{"):
        return Sniffed("company_page", cik=int(page[1]))
    return _unserved("JSON that no feed asks for")


def _of_primary(name: str) -> Sniffed:
    if accession_in(name) is None:
        return _unserved("text or HTML whose name tells no accession number")
    if form_in(Path(name).name) is None and form_in(name) is None:
        return _unserved("text or HTML whose name tells no form")
    return Sniffed("primary")


def _root(text: str) -> str | None:
    """The local name of the root element in lower case; None where there is none to be seen."""
    position = 0
    while match := _PROLOGUE.match(text, position):
        position = match.end()
    root = _ROOT.match(text, position)
    return root[1].lower() if root else None


def _decode(head: bytes) -> str:
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return head.decode(encoding, "replace")
    return head.decode("latin-1")


def _unserved(reason: str) -> Sniffed:
    return Sniffed("unserved", reason)


_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"<\x00\x00\x00", "utf-32-le"),
    (b"\x00\x00\x00<", "utf-32-be"),
    (b"<\x00", "utf-16-le"),
    (b"\x00<", "utf-16-be"),
    (b"\x4c\x6f\xa7\x94", "cp037"),
)
