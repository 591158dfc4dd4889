"""The log keeps what it acknowledged: through failures of every operation, torn tails at every byte, a full disk."""

import errno
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tauric_assets.errors import StorageUnavailable
from tauric_assets.stream import log_writer
from tauric_assets.stream.log_writer import LogWriter, Rotation, durable_seq
from tauric_assets.stream.tail import Tail, forget
from tauric_assets.stream.wal import (
    DAMAGED,
    FRAME,
    SCHEMA,
    SCHEMA_BYTES,
    Disk,
    Group,
    Record,
    encode,
    read_batches,
    recover,
    segments,
)


class FailingDisk(Disk):
    """Fails the `fail_at`-th operation, counted from 1; a failing write leaves half of its bytes."""

    def __init__(self, fail_at: int) -> None:
        self.operations, self._fail_at = 0, fail_at

    def _count(self) -> None:
        self.operations += 1
        if self.operations == self._fail_at:
            raise OSError(errno.EIO, "injected")

    def create(self, path: Path) -> int:
        self._count()
        return super().create(path)

    def write(self, descriptor: int, data: bytes) -> None:
        try:
            self._count()
        except OSError:
            os.write(descriptor, data[: len(data) // 2])
            raise
        super().write(descriptor, data)

    def sync(self, descriptor: int) -> None:
        self._count()
        super().sync(descriptor)

    def sync_folder(self, folder: Path) -> None:
        self._count()
        super().sync_folder(folder)

    def rename(self, path: Path, target: Path) -> None:
        self._count()
        super().rename(path, target)

    def truncate(self, descriptor: int, size: int) -> None:
        self._count()
        super().truncate(descriptor, size)

    def unlink(self, path: Path) -> None:
        self._count()
        super().unlink(path)


def record(number: int) -> Record:
    return Record(number, 1, FRAME, b"frame %d" % number)


def held(folder: Path) -> list[Record]:
    """Everything readable in the log, in order, each once."""
    tail = Tail(folder, 0)
    try:
        return [one for group in tail.read(2**62) for one in group.records]
    finally:
        tail.close()


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.002)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_writer, "RETRY_S", 0.005)


def test_a_segment_is_an_arrow_stream_that_anybody_reads(tmp_path: Path) -> None:
    log = LogWriter(tmp_path, 7)
    for number in range(1, 4):
        log.append(record(number))
    log.close()
    ((first, path),) = segments(tmp_path)
    with pa.OSFile(str(path)) as file:
        table = pa.ipc.open_stream(file).read_all()
    assert first == 7
    assert table.schema == SCHEMA
    assert table["seq"].to_pylist() == [7, 8, 9]
    assert table["payload"].to_pylist() == [b"frame 1", b"frame 2", b"frame 3"]
    assert durable_seq(tmp_path) == 9


@pytest.mark.slow
def test_whatever_operation_fails_what_was_acknowledged_is_there_once_and_in_order(tmp_path: Path) -> None:
    fail_at, untouched = 0, False
    while not untouched:
        fail_at += 1
        folder = tmp_path / str(fail_at)
        disk = FailingDisk(fail_at)
        log = LogWriter(folder, 1, disk=disk, rotation=Rotation(segment_bytes=1_200))
        taken = []
        for number in range(1, 9):
            log.append(record(number))
            taken.append(record(number))
            wait_for(lambda log=log, number=number: log.durable_seq >= number)  # type: ignore[misc]
        log.close()
        assert held(folder) == taken, f"operation {fail_at} failed"
        assert recover(folder, Disk()).next_seq == 9
        assert held(folder) == taken
        untouched = disk.operations < fail_at
    assert fail_at > 20


def test_recovery_that_fails_at_any_operation_is_completed_by_the_next(tmp_path: Path) -> None:
    fail_at, untouched = 0, False
    while not untouched:
        fail_at += 1
        folder = tmp_path / str(fail_at)
        folder.mkdir()
        groups = [encode(Group(at, [record(at)])) for at in (1, 2, 3)]
        (folder / f"{1:020d}.arrows").write_bytes(SCHEMA_BYTES + groups[0] + groups[1][:-9])
        (folder / f"{2:020d}.arrows").write_bytes(SCHEMA_BYTES + groups[1] + groups[2] + b"torn")
        (folder / f"{4:020d}.arrows").write_bytes(SCHEMA_BYTES[:11])
        disk = FailingDisk(fail_at)
        try:
            recover(folder, disk)
            untouched = True
        except OSError:
            assert recover(folder, Disk()).next_seq == 4
        assert held(folder) == [record(1), record(2), record(3)]
    assert fail_at > 8


@pytest.mark.slow
def test_a_tail_torn_at_any_byte_is_cut_to_the_last_whole_group(tmp_path: Path) -> None:
    groups = [encode(Group(first, [record(n) for n in range(first, first + 2)])) for first in (1, 3, 5)]
    whole = SCHEMA_BYTES + b"".join(groups)
    ends = [len(SCHEMA_BYTES) + sum(map(len, groups[:n])) for n in range(4)]
    path = tmp_path / f"{1:020d}.arrows"
    for size in range(len(whole) + 1):
        path.write_bytes(whole[:size])
        good = sum(end <= size for end in ends[1:])
        recovered = recover(tmp_path, Disk())
        assert recovered.next_seq == 2 * good + 1, size
        assert held(tmp_path) == [record(n) for n in range(1, 2 * good + 1)], size
        assert recovered.bytes_cut == size - (ends[good] if good else 0)


@given(at=st.integers(0, 10_000), flip=st.integers(1, 255))
def test_a_changed_byte_is_never_read_as_something_else(at: int, flip: int) -> None:
    groups = [encode(Group(first, [record(n) for n in range(first, first + 3)])) for first in (1, 4)]
    data = bytearray(SCHEMA_BYTES + b"".join(groups))
    data[at % len(data)] ^= flip
    read = [batch.to_pydict() for batch, _ in read_batches(pa.py_buffer(bytes(data)))]
    told = [batch.to_pydict() for batch, _ in read_batches(pa.py_buffer(SCHEMA_BYTES + b"".join(groups)))]
    assert len(told) == 2
    assert read == told[: len(read)]


def test_damage_before_the_last_segment_keeps_the_damaged_file(tmp_path: Path) -> None:
    first = SCHEMA_BYTES + encode(Group(1, [record(1)])) + encode(Group(2, [record(2)]))
    (tmp_path / f"{1:020d}.arrows").write_bytes(first[:-5])
    (tmp_path / f"{3:020d}.arrows").write_bytes(SCHEMA_BYTES + encode(Group(3, [record(3)])))
    assert recover(tmp_path, Disk()).next_seq == 4
    assert (tmp_path / f"{1:020d}{DAMAGED}").read_bytes() == first[:-5]
    tail = Tail(tmp_path, 0)
    assert [one for group in tail.read(3) for one in group.records] == [record(1), record(3)]
    assert tail.skipped == 1


class FullDisk(Disk):
    """Says that no space is left until it is told that there is."""

    def __init__(self) -> None:
        self.full = threading.Event()

    def write(self, descriptor: int, data: bytes) -> None:
        if self.full.is_set():
            os.write(descriptor, data[:10])
            raise OSError(errno.ENOSPC, "No space left on device")
        super().write(descriptor, data)


def test_a_full_disk_holds_the_line_back_and_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_writer, "PENDING_RECORDS_MAX", 5)
    disk = FullDisk()
    log = LogWriter(tmp_path, 1, disk=disk)
    log.append(record(1))
    wait_for(lambda: log.durable_seq == 1)
    disk.full.set()
    sender = threading.Thread(target=lambda: [log.append(record(number)) for number in range(2, 31)], daemon=True)
    sender.start()
    wait_for(lambda: log.refused is not None and log.waiting >= 5)
    assert sender.is_alive()
    assert log.durable_seq == 1
    assert log.refused is not None and log.refused.errno == errno.ENOSPC
    disk.full.clear()
    wait_for(lambda: log.durable_seq == 30)
    assert log.refused is None
    log.close()
    assert held(tmp_path) == [record(number) for number in range(1, 31)]


def test_a_disk_that_stays_full_is_said_at_the_end(tmp_path: Path) -> None:
    disk = FullDisk()
    log = LogWriter(tmp_path, 1, disk=disk)
    log.append(record(1))
    wait_for(lambda: log.durable_seq == 1)
    disk.full.set()
    log.append(record(2))
    with pytest.raises(StorageUnavailable, match="No space left"):
        log.close()
    assert recover(tmp_path, Disk()).next_seq == 2
    assert held(tmp_path) == [record(1)]


@given(cuts=st.lists(st.integers(1, 6), min_size=1, max_size=8), start=st.integers(0, 30))
def test_a_tail_reads_from_any_record_on_across_segments(
    tmp_path_factory: pytest.TempPathFactory, cuts: list[int], start: int
) -> None:
    folder = tmp_path_factory.mktemp("log")
    at = 1
    for size in cuts:
        group = Group(at, [record(n) for n in range(at, at + size)])
        (folder / f"{at:020d}.arrows").write_bytes(SCHEMA_BYTES + encode(group))
        at += size
    tail = Tail(folder, start)
    read = [(group.first_seq, one) for group in tail.read(at - 2) for one in group.records]
    assert [one for _, one in read] == [record(n) for n in range(start + 1, at - cuts[-1])]  # the last is not durable
    tail.close()


def test_a_tail_follows_a_growing_log_and_segments_nobody_needs_go(tmp_path: Path) -> None:
    log = LogWriter(tmp_path, 1, rotation=Rotation(segment_bytes=1))
    tail, read = Tail(tmp_path, 0), []
    for number in range(1, 6):
        log.append(record(number))
        wait_for(lambda number=number: log.durable_seq == number)  # type: ignore[misc]
        read += [one for group in tail.read(durable_seq(tmp_path)) for one in group.records]
        assert read == [record(n) for n in range(1, number + 1)]
    log.close()
    assert forget(tmp_path, 3) == 3
    assert [first for first, _ in segments(tmp_path)] == [4, 5]
    assert forget(tmp_path, 5) == 1
    assert recover(tmp_path, Disk()).next_seq == 6
