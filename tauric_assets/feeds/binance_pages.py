"""Pages and refusals over REST that Binance's spot and futures markets share.

Belongs here: lists of trades asked for by number, what its errors look like.
Not here: addresses and a page's records (binance.py, binance_futures.py), frames (binance_frames.py).
Specification: Binance, "Old trade lookup", "Compressed/Aggregate trades list", "Error codes", "IP limits".
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from tauric_assets.errors import MalformedDocument, TauricError, UpstreamRefused, UpstreamUnavailable
from tauric_assets.feeds import venues
from tauric_assets.feeds.contract import Fetching, Gap
from tauric_assets.feeds.failures import retry_after
from tauric_assets.feeds.ticks import Trade

BANNED_S = 120.0
BANNED, NOT_HERE = 418, 451
UNKNOWN_SYMBOL = b'"code":-1121'


def listed(body: bytes) -> list[object]:
    """The records of a page. Raises: MalformedDocument: no list."""
    page = venues.decode_frame(body)
    if not isinstance(page, list):
        raise MalformedDocument("no JSON list of trades")
    return page


def fill_by_number(
    fetching: Fetching, gap: Gap, name: str, address: str, read: Callable[..., Trade]
) -> Iterator[Trade]:
    """Missing trades by their numbers, oldest first.

    Args:
        address: of a list of trades of the gap's symbol, with `?symbol=`.
        read: a record of the list, and `symbol`, as a trade.
    Raises: UpstreamUnavailable, UpstreamRefused.
    """
    first = gap.first_missing
    while True:
        limit = min(venues.PAGE_TRADES_MAX, gap.last_missing - first + 1)
        records = venues.gap_page(fetching, f"{address}&fromId={first}&limit={limit}", name, gap, listed)
        trades = venues.read_ticks(records, partial(read, symbol=gap.symbol)).trades
        yield from venues.numbered_between(trades, gap)
        last = max((int(one.trade_id) for one in trades if one.trade_id.isdecimal()), default=gap.last_missing)
        if not first <= last < gap.last_missing:
            return
        first = last + 1


def refusal(name: str, symbol: str, status: int, headers: Mapping[str, str], body: bytes) -> TauricError | None:
    """An unknown symbol (400, code -1121), a ban for asking too often (418), and places it does not serve (451)."""
    if UNKNOWN_SYMBOL in body[:200].replace(b" ", b""):
        return UpstreamRefused(f"{name} does not list {symbol}: remove it from defs.yaml or correct it")
    if status == BANNED:
        asked = retry_after(headers.get("retry-after", ""), 0)
        return UpstreamUnavailable(f"{name} banned us for asking too often", BANNED_S if asked is None else asked)
    if status == NOT_HERE:
        return UpstreamRefused(f"{name} does not serve this place: set TAURIC_{name.upper()}_URL to a venue that does")
    return None
