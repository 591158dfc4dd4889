"""Frames and records that Binance's spot and futures markets share.

Live frames, with or without the combined stream's envelope (`m`: the buyer was the maker, so the aggressor sold).
`aggTrade` carries its number in `a`; a spot `bookTicker` tells neither its kind nor a time, one of futures tells both:
    {"stream":"novausdt@trade","data":{"e":"trade","E":1672515782136,"s":"NOVAUSDT","t":12345,"p":"0.001","q":"100",
     "T":1672515782136,"m":true,"M":true}}
    {"u":400900217,"s":"NOVAUSDT","b":"25.35190000","B":"31.21000000","a":"25.36520000","A":"40.66000000"}
    {"e":"bookTicker","u":400900217,"s":"NOVAUSDT","b":"25.35","B":"31.21","a":"25.36","A":"40.66","T":1568014460891,
     "E":1568014460893}

Belongs here: reading frames, which currencies end its symbols.
Not here: addresses, subscriptions, history (binance.py, binance_futures.py), errors (binance_pages.py).
Specification: Binance, "Trade Streams", "Aggregate Trade Streams", "Individual Symbol Book Ticker Streams".
"""

from functools import lru_cache

from tauric_assets.errors import MalformedDocument
from tauric_assets.feeds import venues
from tauric_assets.feeds.ticks import UNDATED, Quote, Ticks, Trade, price_units, side_units, size_units
from tauric_assets.feeds.values import epoch_ms

QUOTES = (
    "FDUSD USDT USDC BUSD TUSD USDP USDS BIDR DOGE USD1 PAX DAI USD EUR GBP TRY BRL RUB UAH AUD NGN ZAR IDRT JPY MXN "
    "ARS PLN RON CZK COP VAI BTC ETH BNB XRP TRX DOT SOL"
)
SILENT_TRADE = "NA"  # `X` of a futures trade outside the market (its price and size are 0)

_ENDINGS = sorted(QUOTES.split(), key=len, reverse=True)
_BOOK = frozenset("usbBaA")


def read_frame(frame: bytes, market: str) -> Ticks:
    """One websocket frame of the market (`binance`, `binance_futures`), which is named in a refusal.

    Raises: MalformedDocument: no JSON object.
    """
    message = venues.decode_frame(frame)
    event = message.get("data", message) if isinstance(message, dict) else None
    if not isinstance(event, dict):
        raise MalformedDocument("no JSON object")
    kind = event.get("e")
    if kind == "trade":
        return venues.read_ticks((event,), _trade)
    if kind == "aggTrade":
        return venues.read_ticks((event,), _aggregate)
    if kind == "bookTicker" or (kind is None and event.keys() >= _BOOK):
        return venues.read_ticks((event,), _quote, "quote")
    if "error" in event:
        return venues.refused(f"{market}: {event['error']}", frame)
    return venues.ignored()


def side_of(buyer_is_maker: object) -> str:
    """The aggressor's side. Raises ValueError where `buyer_is_maker` is no JSON boolean."""
    if not isinstance(buyer_is_maker, bool):
        raise ValueError(f"{buyer_is_maker!r} does not tell the maker")
    return "sell" if buyer_is_maker else "buy"


@lru_cache(maxsize=venues.SYMBOLS_KEPT)
def symbol_of(joined: object) -> str:
    """`NOVAUSDT` as NOVA-USDT, `NOVAUSDT_240927` (a dated future) as NOVA-USDT.240927.

    Raises: ValueError: it ends with no known currency.
    """
    pair, _, expiry = str(joined).partition("_")
    for ending in _ENDINGS:
        if pair.endswith(ending) and len(pair) > len(ending):
            return venues.symbol(pair.removesuffix(ending), f"{ending}.{expiry}" if expiry else ending)
    raise ValueError(f"{joined!r} ends with no known currency")


def joined(symbol: str) -> str:
    """NOVA-USDT as Binance writes it."""
    return symbol.replace("-", "").replace(".", "_")


def aggregate(record: object, symbol: str | None = None) -> Trade:
    """An aggregate trade of the stream or of REST. Raises any of venues.UNREADABLE."""
    event = venues.fields(record)
    return _read(event, symbol_of(event["s"]) if symbol is None else symbol, event["a"])


def _aggregate(record: object) -> Trade:
    return aggregate(record)


def _trade(record: object) -> Trade | None:
    event = venues.fields(record)
    if event.get("X") == SILENT_TRADE:
        return None
    return _read(event, symbol_of(event["s"]), event["t"])


def _read(event: venues.Fields, symbol: str, number: object) -> Trade:
    return Trade(
        symbol,
        epoch_ms(event["T"]),
        venues.trade_id(number),
        price_units(event["p"]),
        size_units(event["q"]),
        side_of(event["m"]),
        None,
    )


def _quote(record: object) -> Quote:
    event = venues.fields(record)
    return Quote(
        symbol_of(event["s"]),
        epoch_ms(event["T"]) if "T" in event else UNDATED,
        *side_units(event["b"], event["B"]),
        *side_units(event["a"], event["A"]),
        venues.sequence(event["u"]),
    )
