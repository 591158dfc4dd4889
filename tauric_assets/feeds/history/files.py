"""The front door: what a file of past trades, quotes, headlines or transcripts is, and its batches.

Belongs here: compression, telling formats apart, the kinds that `tauric import` names.
Not here: any format's layout.
"""

import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import pyarrow as pa

from tauric_assets.errors import MalformedDocument, UsageError
from tauric_assets.feeds.history import csv_files, databento, headlines, parquet_files, transcripts
from tauric_assets.feeds.history.batches import Batch, NotTicks, Source

KINDS = ("auto", "databento", "tardis", "binance", "truefx", "histdata", "parquet", "headlines", "transcript")
ZSTD, GZIP, ZIP = b"\x28\xb5\x2f\xfd", b"\x1f\x8b", b"PK\x03\x04"
FIRST_LINE_BYTES_MAX = 64 * 1024
WORDS = {"headlines": headlines.read, "transcript": transcripts.read}


def batches_of(path: Path, kind: str = "auto", source: Source | None = None) -> Iterator[Batch]:
    """The batches of a file, in its order. The first one raises what is wrong with the file as a whole.

    Args:
        kind: one of KINDS; anything but `auto` must be what the file turns out to be. Headlines and transcripts are
            read only where they are named.
        source: venue and symbol where the file does not say, or instead of what it says.
    Raises: UsageError: no such kind, no such file, or a file of another kind; NotTicks: no trades or quotes, or nobody
        says of which symbol; MalformedDocument: unreadable.
    """
    if kind not in KINDS:
        raise UsageError(f"cannot import {kind!r}; there are: {', '.join(KINDS)}")
    told = source or Source()
    try:
        with _opened(path) as stream:
            head = stream.peek(FIRST_LINE_BYTES_MAX)[:FIRST_LINE_BYTES_MAX]
            if kind in WORDS:
                yield from WORDS[kind](stream, path.name, told)
            elif head.startswith(parquet_files.MAGIC):
                _expect(kind, "parquet", path)
                yield from parquet_files.read(path, told)
            elif head.startswith(databento.MAGIC):
                _expect(kind, "databento", path)
                yield from databento.read(stream, path.name, told)
            else:
                layout = csv_files.layout_of(_first_line(head, path), path.name)
                _expect(kind, layout.kind, path)
                yield from csv_files.read(stream, path.name, told, layout)
    except (gzip.BadGzipFile, zlib.error, EOFError, zipfile.BadZipFile) as error:
        raise MalformedDocument(f"{path.name}: broken compression: {error}") from error
    except OSError as error:
        if error.errno is None:
            raise MalformedDocument(f"{path.name}: broken compression: {error}") from error
        raise UsageError(f"cannot read {path}: {error.strerror}") from None


@contextmanager
def _opened(path: Path) -> Iterator[io.BufferedReader]:
    """The file, decompressed; of a zip archive its one member."""
    with path.open("rb") as raw:
        head = raw.peek(len(ZIP))[: len(ZIP)]
        if head.startswith(ZSTD):
            with pa.input_stream(raw, compression="zstd") as plain:
                yield io.BufferedReader(cast("io.RawIOBase", _Readable(plain)), FIRST_LINE_BYTES_MAX)
        elif head.startswith(GZIP):
            with gzip.open(raw) as plain:
                yield io.BufferedReader(cast("io.RawIOBase", plain), FIRST_LINE_BYTES_MAX)
        elif head.startswith(ZIP):
            with zipfile.ZipFile(raw) as archive:
                names = [name for name in archive.namelist() if not name.endswith("/")]
                if len(names) != 1:
                    raise NotTicks(f"{path.name} is an archive of {len(names)} files: import them one by one")
                with archive.open(names[0]) as plain:
                    yield io.BufferedReader(cast("io.RawIOBase", plain), FIRST_LINE_BYTES_MAX)
        else:
            yield io.BufferedReader(cast("io.RawIOBase", raw), FIRST_LINE_BYTES_MAX)


class _Readable(io.RawIOBase):
    """Arrow's decompressing stream as Python's own kind of stream."""

    def __init__(self, stream: pa.BufferReader) -> None:
        self._stream = stream

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Fill `buffer` as far as one read does."""
        part = self._stream.read(len(buffer))
        buffer[: len(part)] = part
        return len(part)


def _first_line(head: bytes, path: Path) -> str:
    line = head.split(b"\n", 1)[0]
    try:
        text = line.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        raise NotTicks(f"{path.name} is of no known kind; there are: {', '.join(KINDS[1:])}") from None
    if not text:
        raise NotTicks(f"{path.name} is empty")
    return text


def _expect(kind: str, found: str, path: Path) -> None:
    if kind not in ("auto", found):
        raise UsageError(f"{path.name} is of kind {found}, not {kind}")
