"""What every feed is made of: documents in; rows, rejects and ignored records out.

Belongs here: the types shared by all feeds and the two protocols a feed module satisfies.
Not here: anything about one upstream; I/O; storage.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

from tauric_assets.settings import Settings
from tauric_assets.tables import Row

if TYPE_CHECKING:
    from tauric_assets.feeds.ticks import Ticks, Trade

Quality = Literal["observed", "source", "estimated"]
Options = Mapping[str, object]
"""What a feed instance was given in its defs.yaml, e.g. `{"symbols": ["NOVA-USD"]}` or `{"url": "https://…"}`."""


@dataclass(frozen=True)
class Document:
    """Raw bytes as an upstream sent them, and when they could first be read.

    Args:
        feed: name of the feed instance that asked.
        url: the upstream's own address of it (never the sandbox's).
        body: the bytes, decoded from transfer and content encoding only.
        media_type: as the upstream said, e.g. `application/atom+xml; charset=utf-8`; empty where it said nothing.
        known_at: the first instant at which these bytes could be read: our clock at the last byte, or an archive's
            word (Memento-Datetime, Jetstream's time_us). Nanoseconds UTC.
        quality: `observed` by our own clock, or as told by the `source`.
        attributes: what the parser wants to know besides the bytes, e.g. `{"symbol": "NOVA-USD"}`.
    """

    feed: str
    url: str
    body: bytes
    media_type: str
    known_at: int
    quality: Quality
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Reject:
    """A record that could not be read: why, where in the document, and its bytes."""

    reason: str
    position: str
    raw: bytes


@dataclass
class Parsed:
    """What became of a document: records in = rows + rejects + ignored.

    Args:
        rows: rows by canonical table, in document order, without `date`, `ingested_at` and `source` (the collector's).
        rejects: records that could not be read.
        ignored: records that are well and not wanted (heartbeats, acknowledgements, other channels).
        records: how many records the document held, counted before reading them.
    """

    rows: dict[str, list[Row]] = field(default_factory=dict)
    rejects: list[Reject] = field(default_factory=list)
    ignored: int = 0
    records: int = 0

    def add(self, table: str, row: Row) -> None:
        """Append one row of a canonical table."""
        self.rows.setdefault(table, []).append(row)

    @property
    def row_count(self) -> int:
        """Rows over all tables."""
        return sum(len(rows) for rows in self.rows.values())


@dataclass(frozen=True)
class Poll:
    """What a sensor learned: whether there is anything new since `cursor` was last given, and the cursor now.

    Args:
        days: under which days the new things are listed; empty means today.
    """

    changed: bool
    cursor: str
    days: tuple[date, ...] = ()

    @property
    def digest(self) -> str:
        """A short name of this state; the same state is never collected twice by a sensor."""
        return hashlib.sha256(self.cursor.encode()).hexdigest()[:16]


class Fetching(Protocol):
    """What a feed may use to reach its upstream; see feeds/fetch.py for the real one."""

    @property
    def settings(self) -> Settings:
        """Where the upstreams are; addresses handed to `get` and `stream` are the upstream's own, not rewritten."""
        ...

    def get(
        self,
        url: str,
        *,
        feed: str,
        at: int | None = None,
        attributes: Mapping[str, str] | None = None,
        fresh: bool = False,
        size_max: int | None = None,
    ) -> Document | None:
        """GET `url`, conditionally; None where the upstream says it has not changed since the last time.

        Args:
            at: ask for the state at that instant (RFC 7089 `Accept-Datetime`); None asks for the present.
            fresh: ask unconditionally and remember nothing: for a look, or a page that decides what to ask next.
            size_max: bytes that such a document may have; a larger one is refused without reading it to its end.
        """
        ...

    def stream(
        self, url: str, *, feed: str, first_frames: Sequence[str] = (), idle_s: float = 5.0
    ) -> Iterator[tuple[int, bytes]]:
        """Connect a websocket, send `first_frames`, yield (arrival in ns, frame) until closed or idle."""
        ...

    def now(self) -> int:
        """Nanoseconds, UTC."""
        ...

    def holds(self, url: str) -> bool:
        """Whether the document at `url` is stored already; one that never changes need not be asked for again."""
        ...

    def held(self, url: str) -> bytes | None:
        """The body stored for `url`, the latest; for an answer that says it has not changed, and decides what is next.

        None where there is none.
        """
        ...


class Feed(Protocol):
    """What a feed module offers. All functions are module-level; a module satisfies the protocol."""

    NAME: str
    TABLES: tuple[str, ...]

    def collect(self, fetching: Fetching, name: str, day: date, options: Options) -> Iterator[Document]:
        """Ask the upstream for everything it lists under `day`; `name` is the feed instance's."""
        ...

    def poll(self, fetching: Fetching, name: str, options: Options, cursor: str) -> Poll:
        """Look cheaply whether the upstream has anything new since `cursor` ("" at first)."""
        ...

    def parse(self, document: Document) -> Parsed:
        """Turn one document into rows. Pure: no clock, no network, no settings.

        Raises: MalformedDocument: nothing in it is readable.
        """
        ...


@runtime_checkable
class ReconciledFeed(Feed, Protocol):
    """A feed whose upstream later tells in one list what there was on a day."""

    def promised(self, fetching: Fetching, name: str, day: date, options: Options) -> Mapping[str, str] | None:
        """What the list of `day` holds that the instance wants: a name a person knows it by, to its address.

        None where there is no list (yet).
        """
        ...


@dataclass(frozen=True)
class Gap:
    """A hole in one symbol's trade numbers, both ends missing, and when its neighbours traded (nanoseconds UTC)."""

    symbol: str
    first_missing: int
    last_missing: int
    ts_before: int
    ts_after: int


class StreamFeed(Feed, Protocol):
    """A feed that also speaks over a websocket, frame by frame.

    Attributes:
        TRADE_IDS_ARE_CONTIGUOUS: whether trade numbers of one symbol grow by one, so that a hole is a loss.
        FRAMES_ARE_NUMBERED: whether every frame of a connection carries `Ticks.connection_sequence`, one more each.
        GAPS_CAN_BE_FILLED: whether `fill_gap` can ask the venue for trades by number.
        HEARTBEAT_S: something comes at least so often on a healthy connection, ping's answers included; None where
            the venue may rightly be silent.
        PING: what to send every PING_S so that the venue answers with its time; empty where it needs nothing.
        CONNECTION_S_MAX: after how long the venue cuts every connection; None where it does not say.
    """

    TRADE_IDS_ARE_CONTIGUOUS: bool
    FRAMES_ARE_NUMBERED: bool
    GAPS_CAN_BE_FILLED: bool
    HEARTBEAT_S: float | None
    PING: str
    PING_S: float
    CONNECTION_S_MAX: float | None

    def stream_url(self, settings: Settings, symbols: Sequence[str]) -> str:
        """Where to connect for `symbols`."""
        ...

    def opening_frames(self, settings: Settings, symbols: Sequence[str]) -> list[str]:
        """What to send first, in order: credentials where the venue wants them, then subscriptions. Never log them.

        Raises: SettingsError: live, and the venue's credentials are not set.
        """
        ...

    def ticks(self, frame: bytes) -> "Ticks":
        """Turn one text frame into ticks. Pure.

        Raises: MalformedDocument: nothing in it is readable.
        """
        ...

    def fill_gap(self, fetching: Fetching, gap: Gap) -> "Iterator[Trade]":
        """The missing trades that the venue still tells over REST, never any others, in no promised order.

        Nothing where GAPS_CAN_BE_FILLED is false. Raises: UpstreamUnavailable, UpstreamRefused.
        """
        ...


@dataclass(frozen=True)
class FeedInstance:
    """One configured feed: its own name, the feed module that speaks for it, and its options."""

    name: str
    feed: Feed
    options: Options
