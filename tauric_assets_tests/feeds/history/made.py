"""Files of past trades and quotes in the formats' own layouts, made by us. Not here: assertions."""

import struct
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import databento_dbn as dbn
import pyarrow as pa

HOUR = 1_767_614_400_000_000_000  # 2026-01-05T12:00:00Z
TRADE = struct.Struct("<BBHIQqIccBBQiI")  # the layout of DBN's TradeMsg
LEVEL = struct.Struct("<qqIIII")
UNDEFINED = 2**63 - 1


def dbn_bytes(schema: str, records: Sequence[bytes]) -> bytes:
    """A DBN file of instrument 7, which its mappings call NOVAH6."""
    interval = SimpleNamespace(start_date=date(2026, 1, 5), end_date=date(2026, 1, 6), symbol="7")
    metadata = dbn.Metadata(
        dataset="XNAS.ITCH",
        start=HOUR,
        stype_in=dbn.SType.RAW_SYMBOL,
        stype_out=dbn.SType.INSTRUMENT_ID,
        schema=dbn.Schema.from_str(schema),
        symbols=["NOVAH6"],
        mappings=[SimpleNamespace(raw_symbol="NOVAH6", intervals=[interval])],
    )
    return metadata.encode() + b"".join(records)


def dbn_trade(at: int, price: int, size: int, side: bytes, sequence: int, action: bytes = b"T") -> bytes:
    """A record of schema `trades`: price in units of 1e-9."""
    return TRADE.pack(
        TRADE.size // 4, 0, 2, 7, HOUR + at, price, size, action, side, 0, 0, HOUR + at + 1_500, 1_000, sequence
    )


def dbn_mbp1(dealt: bytes, bid: int, ask: int) -> bytes:
    """A record of schema `mbp-1` or `tbbo`: `dealt` with the best prices."""
    body = dealt + LEVEL.pack(bid, ask, 10, 20, 1, 2)
    return bytes([len(body) // 4, 1]) + body[2:]


def zstd(body: bytes) -> bytes:
    """Compressed as Databento sends it."""
    return pa.compress(body, codec="zstd", asbytes=True)  # type: ignore[no-any-return]


def written(folder: Path, name: str, body: bytes | str) -> Path:
    """A file in `folder`."""
    path = folder / name
    path.write_bytes(body.encode() if isinstance(body, str) else body)
    return path
