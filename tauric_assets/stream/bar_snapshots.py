"""A bar engine as text and back, so that a restart goes on from there instead of from the beginning of the log.

Belongs here: the shape of a snapshot. Not here: where it is kept (live.py), what the state means (bars.py).
"""

import json
from typing import Any

from tauric_assets.errors import MalformedDocument
from tauric_assets.feeds.ticks import Trade
from tauric_assets.stream.activity import ActivityBar
from tauric_assets.stream.bar_fold import Sums, Window
from tauric_assets.stream.bar_ids import RememberedIds, key_of
from tauric_assets.stream.bars import BarEngine, Symbol

VERSION = 1


def snapshot(engine: BarEngine) -> str:
    """The engine between two calls, as JSON: the number of its last record, and everything open."""
    return json.dumps(
        {
            "version": VERSION,
            "venue": engine.venue,
            "intervals": engine.intervals,
            "delay_ns": engine.delay_ns,
            "activity": [rule.name for rule in engine.rules],
            "highest": engine.highest,
            "last_seq": engine.last_seq,
            "since": engine.since,
            "levels": [level.open for level in engine.levels],
            "symbols": [_symbol(state) for state in engine.symbols.values()],
        }
    )


def restore(text: str) -> BarEngine:
    """The engine that `snapshot` gave, which wants the record after its `last_seq` next.

    Raises: MalformedDocument: this is no snapshot of this version.
    """
    try:
        held = json.loads(text)
        if held["version"] != VERSION:
            raise ValueError(f"version {held['version']}")
        engine = BarEngine(held["venue"], held["intervals"], held["delay_ns"], held["activity"])
        engine.highest, engine.last_seq = held["highest"], held["last_seq"]
        engine.since = held["since"]
        for level, windows in zip(engine.levels, held["levels"], strict=True):
            for start, sums in windows.items():
                level.open[int(start)] = {name: Sums(*values) for name, values in sums.items()}
        for values in held["symbols"]:
            _fill(engine, values)
        engine.settle_due()
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise MalformedDocument(f"no snapshot of a bar engine: {error!r}") from error
    return engine


def _symbol(state: Symbol) -> dict[str, Any]:
    return {
        "name": state.name,
        "top": state.top,
        "windows": {start: _columns(window) for start, window in state.windows.items()},
        "ids": {start: ids.plain() for start, ids in state.ids.items()},
        "folds": [[fold.making and vars(fold.making), fold.numbered] for fold in state.folds],
    }


def _columns(window: Window) -> list[list[int | str]]:
    """What a bar and the next repeat are made from: time, id, price and size of each trade."""
    trades, columns = window.values(), [list[int | str]() for _ in range(4)]
    for column, name in zip(columns, ("ts_event", "trade_id", "price", "size"), strict=True):
        column += [getattr(trade, name) for trade in trades]
    for piece in window.pieces:
        ids = list(map(str, piece.ids.tolist()))
        told = (piece.ts_event.tolist(), ids, piece.price.tolist(), piece.size.tolist())
        for column, values in zip(columns, told, strict=True):
            column += values
    return columns


def _fill(engine: BarEngine, values: dict[str, Any]) -> None:
    state = engine.symbol(values["name"])
    state.top = values["top"]
    for start, columns in values["windows"].items():
        trades = [Trade(state.name, *told, None, None) for told in zip(*columns, strict=True)]  # type: ignore[call-arg]
        engine.open_second(state, int(start), Window({key_of(trade.trade_id): trade for trade in trades}))
    for start, plain in values["ids"].items():
        state.ids[int(start)] = RememberedIds.of(*plain)
    for fold, (making, numbered) in zip(state.folds, values["folds"], strict=True):
        fold.making, fold.numbered = making and ActivityBar(**making), (numbered[0], numbered[1])
