"""The write-ahead log of one venue: what arrived, in order, in Arrow IPC stream segments.

A segment is a file `<first seq, 20 digits>.arrows` that any Arrow reader opens: a schema, then one record batch for
each group of records that was made durable together. Each batch carries the CRC-32 of its columns in its metadata. A
file is written once and never opened for appending again; after a crash the good beginning of a torn one is copied to a
new file that takes its name.

Belongs here: the form of segments, the few operations on files, reading up to the last good batch, recovery.
Not here: when to write (log_writer.py), following a log as it grows (tail.py), what the records mean (digest.py).
Specification: Arrow columnar format 1.5, "IPC Streaming Format".
"""

import logging
import os
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

SUFFIX = ".arrows"
DAMAGED = ".damaged"
CHECKSUM = b"crc32"
OFFSET_BYTES = 4

FRAME, OPENED, CLOSED, TIME, STARTED = 1, 2, 3, 4, 5
"""Kinds of records: a frame; a connection was opened (payload: address) or has ended (payload: why); time passed in
silence; a recording began."""

_COLUMNS: list[tuple[str, pa.DataType]] = [
    ("seq", pa.int64()),  # counts the venue's records from 1 without a hole
    ("received_at", pa.int64()),  # nanoseconds UTC; 0 where a capture does not say
    ("connection", pa.int32()),
    ("kind", pa.int8()),
    ("payload", pa.binary()),
]
SCHEMA = pa.schema(_COLUMNS)
_TYPES = SCHEMA.types
SCHEMA_BYTES: bytes = SCHEMA.serialize().to_pybytes()

logger = logging.getLogger(__name__)


class Record(NamedTuple):
    """One thing that happened on a venue's line; its number comes from the log."""

    received_at: int
    connection: int
    kind: int
    payload: bytes


new_record = partial(tuple.__new__, Record)
"""`Record._make` without its checks: there is one for every frame that arrives, and for every one that is read."""


@dataclass(frozen=True)
class Group:
    """Records that became durable together, numbered from `first_seq` on."""

    first_seq: int
    records: Sequence[Record]

    @property
    def last_seq(self) -> int:
        """Number of the last record."""
        return self.first_seq + len(self.records) - 1


class Disk:
    """The operations on files that durability rests on, one method each, so that a test can make any of them fail."""

    def create(self, path: Path) -> int:
        """Open a new file for writing; its descriptor. Raises: OSError."""
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)

    def write(self, descriptor: int, data: bytes) -> None:
        """Write all of `data`. Raises: OSError, with any part of it written."""
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]

    def sync(self, descriptor: int) -> None:
        """Make what was written durable. Raises: OSError."""
        os.fdatasync(descriptor)

    def sync_folder(self, folder: Path) -> None:
        """Make names in `folder` durable. Raises: OSError."""
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def rename(self, path: Path, target: Path) -> None:
        """Give `path` the name `target`, replacing what had it. Raises: OSError."""
        path.replace(target)

    def truncate(self, descriptor: int, size: int) -> None:
        """Cut a file that is open for writing. Raises: OSError."""
        os.ftruncate(descriptor, size)

    def unlink(self, path: Path) -> None:
        """Remove a file. Raises: OSError."""
        path.unlink()


@dataclass(frozen=True)
class Recovered:
    """What a recovery found: the number the next record gets, and how many bytes were cut off torn segments."""

    next_seq: int
    bytes_cut: int


def segment_path(folder: Path, first_seq: int) -> Path:
    """Where the segment lies that begins with record `first_seq`."""
    return folder / f"{first_seq:020d}{SUFFIX}"


def segments(folder: Path) -> list[tuple[int, Path]]:
    """All segments by the number of their first record, ascending."""
    return sorted((int(path.stem), path) for path in folder.glob(f"*{SUFFIX}"))


def encode(group: Group) -> bytes:
    """One record batch as bytes of the stream, with its checksum.

    Columns are made of their buffers: any other way Arrow imports pandas first, which takes longer than all else that
    happens before the first record is durable. The checksum is that of `_checksum`, over the same buffers.
    """
    received_at, connections, kinds, payloads = zip(*group.records, strict=True)
    count, data = len(payloads), b"".join(payloads)
    lengths = np.fromiter(map(len, payloads), np.int32, count)
    places = np.zeros(count + 1, np.int32)
    lengths.cumsum(out=places[1:])
    fixed: list[Any] = [
        np.arange(group.first_seq, group.first_seq + count, dtype=np.int64),
        np.array(received_at, np.int64),
        np.array(connections, np.int32),
        np.array(kinds, np.int8),
    ]
    checksum = 0
    for values in (*fixed, lengths, data):
        checksum = zlib.crc32(values, checksum)
    buffers = [[values] for values in fixed] + [[places, data]]
    columns = [
        pa.Array.from_buffers(kind, count, [None, *map(pa.py_buffer, held)])
        for kind, held in zip(_TYPES, buffers, strict=True)
    ]
    batch = pa.record_batch(columns, schema=SCHEMA)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, SCHEMA) as stream:
        stream.write_batch(batch, custom_metadata={CHECKSUM: _shown(checksum)})
        end = sink.tell()  # what closing adds would end the stream
    return memoryview(sink.getvalue())[len(SCHEMA_BYTES) : end].tobytes()


def read_batches(data: pa.Buffer) -> Iterator[tuple[pa.RecordBatch, int]]:
    """The good batches at the beginning of a segment's bytes, each with the offset of its end.

    Ends without a word where the bytes end, are torn, or do not agree with a checksum.
    """
    source = pa.BufferReader(data)
    try:
        stream = pa.ipc.open_stream(source)
    except (pa.ArrowException, OSError):
        return
    if stream.schema != SCHEMA:
        return
    while True:
        try:
            batch, metadata = stream.read_next_batch_with_custom_metadata()
            batch.validate(full=True)
        except (StopIteration, pa.ArrowException, OSError):
            return
        if metadata is None or metadata.get(CHECKSUM) != _checksum(batch):
            return
        yield batch, source.tell()


def group_of(batch: pa.RecordBatch) -> Group:
    """A batch as records."""
    payloads = batch.column("payload")
    _, places, data = payloads.buffers()
    offset = payloads.offset
    ends = np.frombuffer(memoryview(places) if places is not None else b"", np.int32)[
        offset : offset + len(payloads) + 1
    ].tolist()
    content = data.to_pybytes() if data is not None else b""
    columns = [batch.column(name).to_numpy().tolist() for name in ("received_at", "connection", "kind")]
    rows = zip(*columns, (content[start:end] for start, end in pairwise(ends)), strict=True)
    return Group(batch.column("seq")[0].as_py(), list(map(new_record, rows)))


def recover(folder: Path, disk: Disk) -> Recovered:
    """Make a log whole after a crash: cut torn tails, make everything that is left durable.

    A segment that is damaged although others follow it is kept beside as `.damaged`.
    Raises: OSError.
    """
    for left in folder.glob("*.tmp"):
        disk.unlink(left)
    found, next_seq, cut = segments(folder), 1, 0
    for number, (first_seq, path) in enumerate(found):
        data = path.read_bytes()
        end, last_seq = 0, first_seq - 1
        for batch, offset in read_batches(pa.py_buffer(data)):
            end, last_seq = offset, batch.column("seq")[batch.num_rows - 1].as_py()
        next_seq = max(next_seq, last_seq + 1)
        if end < len(data):
            cut += len(data) - end
            logger.warning("segment=%s torn bytes_good=%d bytes_cut=%d", path, end, len(data) - end)
            if number < len(found) - 1:
                _write_whole(path.with_suffix(DAMAGED), data, disk)
        _seal(path, data[:end], whole=end == len(data), disk=disk)
    disk.sync_folder(folder)
    return Recovered(next_seq, cut)


def _seal(path: Path, good: bytes, *, whole: bool, disk: Disk) -> None:
    if whole and good:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            disk.sync(descriptor)
        finally:
            os.close(descriptor)
    elif good:
        _write_whole(path, good, disk)
    else:
        disk.unlink(path)


def _write_whole(path: Path, data: bytes, disk: Disk) -> None:
    """A durable file with `data`, there at once or not at all. Raises: OSError."""
    temporary = path.with_suffix(".tmp")
    descriptor = disk.create(temporary)
    try:
        disk.write(descriptor, data)
        disk.sync(descriptor)
    finally:
        os.close(descriptor)
    disk.rename(temporary, path)


def _checksum(batch: pa.RecordBatch) -> bytes:
    """CRC-32 over the values of all columns, none of which may be null."""
    found = 0
    for column in batch.columns:
        if column.null_count:
            return b"null"
        *before, data = (memoryview(b"" if buffer is None else buffer) for buffer in column.buffers())
        if pa.types.is_binary(column.type):
            offsets = before[-1][column.offset * OFFSET_BYTES : (column.offset + len(column) + 1) * OFFSET_BYTES]
            places = np.frombuffer(offsets, np.int32)
            found = zlib.crc32(np.diff(places).tobytes(), found)
            found = zlib.crc32(data[int(places[0]) : int(places[-1])], found)
        else:
            width = column.type.bit_width // 8
            found = zlib.crc32(data[column.offset * width : (column.offset + len(column)) * width], found)
    return _shown(found)


def _shown(checksum: int) -> bytes:
    return b"%08x" % checksum
