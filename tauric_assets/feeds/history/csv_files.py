"""CSV of trades and quotes: Tardis, Binance's public dumps, TrueFX, HistData.

| file | columns |
|---|---|
| Tardis trades | exchange,symbol,timestamp,local_timestamp,id,side,price,amount |
| Tardis quotes | exchange,symbol,timestamp,local_timestamp,ask_amount,ask_price,bid_price,bid_amount |
| Binance trades | id,price,qty,quote_qty,time,is_buyer_maker[,is_best_match]; spot has no header |
| Binance aggTrades, futures | agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker |
| Binance bookTicker | update_id,best_bid_price,best_bid_qty,best_ask_price,best_ask_qty,transaction_time,event_time |
| TrueFX | timestamp,bid,ask with zone; or, as downloaded, `EUR/USD,20130101 22:00:00.295,86.655,86.728` (UTC) |
| HistData | `20200101 170000065,1.121200,1.121720,0`: US Eastern standard time all year (UTC-5) |

All columns are read as text and converted exactly. Times are told apart by magnitude (milli-, micro-, nanoseconds).
Spot aggTrades are refused: aggregates count in numbers of their own, beside the single trades of the same venue.

Belongs here: the layouts, told apart by the first line.
Not here: compression and finding out what a file is (files.py).
Specifications: Tardis, "CSV datasets"; Binance, "Public data"; TrueFX and HistData, their download pages.
"""

import csv
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import IO, Literal

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from tauric_assets.errors import MalformedDocument
from tauric_assets.feeds.binance_frames import symbol_of
from tauric_assets.feeds.contract import Reject
from tauric_assets.feeds.history import batches
from tauric_assets.feeds.history.batches import Batch, Column, NotTicks, Source

HISTDATA_ZONE = "-05:00"
BLOCK_BYTES = 16 * 1024 * 1024
SIDES = {"buy": "buy", "sell": "sell"}
MAKER_SIDES = {"true": "sell", "false": "buy"}
TARDIS_VENUES = {"binance": "binance", "binance-futures": "binance_futures", "coinbase": "coinbase", "kraken": "kraken"}

Texts = dict[str, Column]
_BINANCE_NAME = re.compile(
    r"(?:^|_)([A-Z0-9_]{5,30}?)-(?:trades|aggTrades|bookTicker)-\d{4}-\d\d(?:-\d\d)?\.", re.ASCII
)


@dataclass(frozen=True)
class Layout:
    """One kind of CSV file.

    Args:
        kind: as `tauric import --kind` names it.
        columns: in order; the header's, or those of a file that has none.
        read: columns as text to a batch; gets the file's name and what the user said.
    """

    kind: str
    columns: tuple[str, ...]
    read: Callable[[Texts, str, Source], Batch]
    header: bool = True


def layout_of(first_line: str, name: str) -> Layout:
    """Which layout a file has, by its first line.

    Raises: NotTicks: a layout known not to hold trades or quotes, or none that is known.
    """
    cells = next(csv.reader([first_line.lstrip("\ufeff")]), [])
    named = tuple(cell.strip() for cell in cells)
    for what, marks in _OTHERS.items():
        if set(marks) <= set(named):
            raise NotTicks(f"{name} holds {what}, no trades or quotes")
    for layout in _LAYOUTS:
        if layout.header and set(layout.columns) <= set(named):
            return Layout(layout.kind, named, layout.read)
        if not layout.header and len(named) == len(layout.columns) and _SHAPES[layout.columns].fullmatch(first_line):
            return layout
    if len(named) == KLINE_COLUMNS and all(re.fullmatch(r"[\d.]+", cell) for cell in named):
        raise NotTicks(f"{name} holds candlesticks, no trades or quotes")
    raise NotTicks(f"{name} has columns of no known file of trades or quotes: {first_line[:80]}")


def read(stream: IO[bytes], name: str, source: Source, layout: Layout) -> Iterator[Batch]:
    """The batches of a CSV file. Lines with another number of columns are rejects.

    Raises: MalformedDocument: no CSV; NotTicks: nobody says which symbol it is of.
    """
    odd: list[Reject] = []

    def keep(row: arrow_csv.InvalidRow) -> Literal["skip"]:
        odd.append(Reject(f"{row.actual_columns} columns", f"line {row.number}", row.text.encode()))
        return "skip"

    try:
        reader = arrow_csv.open_csv(
            stream,
            arrow_csv.ReadOptions(
                block_size=BLOCK_BYTES,
                column_names=list(layout.columns),
                skip_rows=int(layout.header),
                use_threads=False,
            ),
            arrow_csv.ParseOptions(invalid_row_handler=keep),
            arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(layout.columns, pa.string()), strings_can_be_null=False
            ),
        )
        for block in reader:
            texts = {field: block.column(place) for place, field in enumerate(layout.columns)}
            batch = layout.read(texts, name, source)
            yield Batch(batch.table, batch.rows, (*odd, *batch.rejects))
            odd.clear()
    except pa.ArrowInvalid as error:
        if "Empty CSV" in str(error):
            return
        raise MalformedDocument(f"{name}: no CSV: {error}") from error


def _tardis(texts: Texts, source: Source) -> Texts:
    venue = (
        batches.same(source.venue, len(texts["symbol"])) if source.venue else batches.renamed(texts["exchange"], _venue)
    )
    if source.symbol:
        return {"venue": venue, "symbol": batches.same(source.symbol, len(venue))}
    exchange = str(texts["exchange"][0]) if len(venue) else ""
    name = symbol_of if exchange.startswith("binance") else _plain_symbol
    return {"venue": venue, "symbol": batches.renamed(texts["symbol"], name)}


def _venue(exchange: str) -> str:
    return TARDIS_VENUES.get(exchange, exchange)


def _plain_symbol(text: str) -> str:
    return text.replace("/", "-")


def _times(texts: Texts, event: str, received: str) -> tuple[Column, Column]:
    at, arrived = (batches.instants(batches.parsed(texts[name], pa.int64())) for name in (event, received))
    return at, arrived


def _tardis_trades(texts: Texts, name: str, source: Source) -> Batch:
    columns = _tardis(texts, source) | {
        "trade_id": texts["id"],
        "price": batches.price(texts["price"]),
        "size": batches.size(texts["amount"]),
        "side": batches.mapped(texts["side"], SIDES),
    }
    return batches.trades(columns, *_times(texts, "timestamp", "local_timestamp"))


def _tardis_quotes(texts: Texts, name: str, source: Source) -> Batch:
    columns = _tardis(texts, source) | _sides(texts, "{}_price", "{}_amount")
    return batches.quotes(columns, *_times(texts, "timestamp", "local_timestamp"))


def _sides(texts: Texts, price_name: str, size_name: str) -> Texts:
    """Both sides of quotes; an empty side is 0."""
    found: Texts = {}
    for side in ("bid", "ask"):
        for what, told, convert in (("price", price_name, batches.price), ("size", size_name, batches.size)):
            column = texts[told.format(side)]
            found[f"{side}_{what}"] = convert(pc.if_else(pc.equal(column, pa.scalar("")), pa.scalar("0"), column))
    return found


def _binance(texts: Texts, name: str, source: Source, venue: str) -> Texts:
    count = len(next(iter(texts.values())))
    match = _BINANCE_NAME.search(PurePath(name).name)
    symbol = source.symbol or (symbol_of(match[1]) if match else None)
    if symbol is None:
        raise NotTicks(f"{name} does not say of which symbol it is: add --symbol BASE-QUOTE")
    return {"venue": batches.same(source.venue or venue, count), "symbol": batches.same(symbol, count)}


def _dealt(texts: Texts, number: str, quantity: str) -> Texts:
    return {
        "trade_id": texts[number],
        "price": batches.price(texts["price"]),
        "size": batches.size(texts[quantity]),
        "side": batches.mapped(texts["is_buyer_maker"], MAKER_SIDES),
    }


def _spot_trades(texts: Texts, name: str, source: Source) -> Batch:
    columns = _binance(texts, name, source, "binance") | _dealt(texts, "id", "qty")
    return batches.trades(columns, batches.instants(batches.parsed(texts["time"], pa.int64())), None)


def _futures_trades(texts: Texts, name: str, source: Source) -> Batch:
    columns = _binance(texts, name, source, "binance_futures") | _dealt(texts, "id", "qty")
    return batches.trades(columns, batches.instants(batches.parsed(texts["time"], pa.int64())), None)


def _aggregates(texts: Texts, name: str, source: Source) -> Batch:
    columns = _binance(texts, name, source, "binance_futures") | _dealt(texts, "agg_trade_id", "quantity")
    return batches.trades(columns, batches.instants(batches.parsed(texts["transact_time"], pa.int64())), None)


def _spot_aggregates(texts: Texts, name: str, source: Source) -> Batch:
    raise NotTicks(f"{name} holds aggregates of spot trades, numbered apart from them: import the `trades` dump")


def _book_ticker(texts: Texts, name: str, source: Source) -> Batch:
    columns = _binance(texts, name, source, "binance_futures") | _sides(texts, "best_{}_price", "best_{}_qty")
    columns["sequence"] = batches.parsed(texts["update_id"], pa.int64())
    return batches.quotes(columns, batches.instants(batches.parsed(texts["transaction_time"], pa.int64())), None)


def _bid_ask(texts: Texts, name: str, source: Source) -> Batch:
    return _dealer(texts, texts["timestamp"], name, source, "truefx")


def _truefx(texts: Texts, name: str, source: Source) -> Batch:
    told = texts["timestamp"]
    at = batches.joined("", _dashed(told), _cut(told, 9), batches.same("Z", len(told)))
    return _dealer(texts, at, name, source, "truefx")


def _histdata(texts: Texts, name: str, source: Source) -> Batch:
    told = texts["timestamp"]
    clock = batches.joined(":", _cut(told, 9, 11), _cut(told, 11, 13), _cut(told, 13, 15))
    at = batches.joined("", _dashed(told), clock, batches.same(".", len(told)), _cut(told, 15, 18))
    return _dealer(texts, batches.joined("", at, batches.same(HISTDATA_ZONE, len(told))), name, source, "histdata")


def _cut(texts: Column, start: int, stop: int | None = None) -> Column:
    part: Column = pc.utf8_slice_codeunits(texts, start, stop)
    return part


def _dashed(told: Column) -> Column:
    """`20130101…` as `2013-01-01T`."""
    day = batches.joined("-", _cut(told, 0, 4), _cut(told, 4, 6), _cut(told, 6, 8))
    return batches.joined("", day, batches.same("T", len(told)))


def _dealer(texts: Texts, at: Column, name: str, source: Source, venue: str) -> Batch:
    count = len(at)
    if source.symbol:
        symbol = batches.same(source.symbol, count)
    elif "pair" in texts:
        symbol = batches.renamed(texts["pair"], _plain_symbol)
    else:
        raise NotTicks(f"{name} does not say of which symbol it is: add --symbol BASE-QUOTE")
    columns = {
        "venue": batches.same(source.venue or venue, count),
        "symbol": symbol,
        "bid_price": batches.price(texts["bid"]),
        "ask_price": batches.price(texts["ask"]),
    }
    return batches.quotes(columns, batches.parsed(at, pa.timestamp("ns", "UTC")).cast(pa.int64()), None)


KLINE_COLUMNS = 12
_SPOT = ("id", "price", "qty", "quote_qty", "time", "is_buyer_maker", "is_best_match")
_SPOT_AGGREGATES = (
    *("agg_trade_id", "price", "quantity", "first_trade_id", "last_trade_id", "transact_time", "is_buyer_maker"),
    "is_best_match",
)
_HISTDATA = ("timestamp", "bid", "ask", "volume")
_TRUEFX = ("pair", "timestamp", "bid", "ask")
_LAYOUTS = (
    Layout(
        "tardis",
        ("exchange", "symbol", "timestamp", "local_timestamp", "id", "side", "price", "amount"),
        _tardis_trades,
    ),
    Layout(
        "tardis",
        ("exchange", "symbol", "timestamp", "local_timestamp", "ask_amount", "ask_price", "bid_price", "bid_amount"),
        _tardis_quotes,
    ),
    Layout("binance", _SPOT, _spot_trades),
    Layout("binance", _SPOT[:6], _futures_trades),
    Layout("binance", _SPOT, _spot_trades, header=False),
    Layout("binance", _SPOT_AGGREGATES, _spot_aggregates),
    Layout("binance", _SPOT_AGGREGATES[:7], _aggregates),
    Layout("binance", _SPOT_AGGREGATES, _spot_aggregates, header=False),
    Layout(
        "binance",
        (
            *("update_id", "best_bid_price", "best_bid_qty", "best_ask_price", "best_ask_qty", "transaction_time"),
            "event_time",
        ),
        _book_ticker,
    ),
    Layout("truefx", ("timestamp", "bid", "ask"), _bid_ask),
    Layout("truefx", _TRUEFX, _truefx, header=False),
    Layout("histdata", _HISTDATA, _histdata, header=False),
)
_SHAPES = {
    _SPOT: re.compile(r"\d+,[\d.]+,[\d.]+,[\d.]+,\d{13,19},(?:true|false),(?:true|false)\s*", re.IGNORECASE),
    _SPOT_AGGREGATES: re.compile(
        r"\d+,[\d.]+,[\d.]+,\d+,\d+,\d{13,19},(?:true|false),(?:true|false)\s*", re.IGNORECASE
    ),
    _HISTDATA: re.compile(r"\d{8} \d{9},[\d.]+,[\d.]+,\d+\s*"),
    _TRUEFX: re.compile(r"[A-Z]{3}/[A-Z]{3},\d{8} \d\d:\d\d:\d\d(?:\.\d+)?,[\d.]+,[\d.]+\s*"),
}
_OTHERS = {
    "changes of an order book": ("is_snapshot", "side", "price", "amount"),
    "snapshots of an order book": ("asks[0].price", "bids[0].price"),
    "funding and open interest": ("funding_rate", "mark_price"),
    "options": ("strike_price", "expiration"),
    "candlesticks": ("open", "high", "low", "close"),
}
