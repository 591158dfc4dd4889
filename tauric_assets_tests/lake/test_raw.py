"""The raw store: bytes in, the same bytes out, damage noticed."""

import gzip
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tauric_assets.errors import StorageUnavailable
from tauric_assets.lake.raw import RawStore

ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> RawStore:
    return RawStore(tmp_path_factory.mktemp("raw"))


@given(body=st.binary(max_size=5_000))
def test_bytes_come_back_as_they_were(shared: RawStore, body: bytes) -> None:
    assert shared.get(shared.put(body)) == body


def test_the_name_is_the_hash_in_two_folders(tmp_path: Path) -> None:
    raw = RawStore(tmp_path)
    assert raw.put(b"abc") == ABC
    assert files(tmp_path) == [tmp_path / "ba" / "78" / f"{ABC}.zst"]
    assert ABC in raw


def test_putting_twice_writes_once(tmp_path: Path) -> None:
    raw = RawStore(tmp_path)
    raw.put(b"abc")
    before = files(tmp_path)[0].stat().st_mtime_ns
    raw.put(b"abc")
    assert [path.stat().st_mtime_ns for path in files(tmp_path)] == [before]


def test_text_is_smaller_on_disk_than_with_gzip(tmp_path: Path) -> None:
    body = b"".join(
        b'<transaction n="%d"><shares>%d</shares></transaction>\n' % (n, n * 7919 % 977) for n in range(9999)
    )
    RawStore(tmp_path).put(body)
    assert files(tmp_path)[0].stat().st_size < len(gzip.compress(body))


@pytest.mark.parametrize("damage", ["empty", "cut", "flipped", "other"])
def test_damage_is_named(tmp_path: Path, damage: str) -> None:
    raw = RawStore(tmp_path)
    sha256 = raw.put(b"abc" * 100)
    path = files(tmp_path)[0]
    whole = path.read_bytes()
    other = RawStore(tmp_path / "other")
    other.put(b"another")
    spoilt = {
        "empty": b"",
        "cut": whole[:-3],
        "flipped": whole[:10] + bytes([whole[10] ^ 255]) + whole[11:],
        "other": files(tmp_path / "other")[0].read_bytes(),
    }
    path.write_bytes(spoilt[damage])
    with pytest.raises(StorageUnavailable, match=f"{sha256}.zst is damaged; remove it and collect again"):
        raw.get(sha256)


def test_what_was_never_put_is_a_key_error(tmp_path: Path) -> None:
    for name in (ABC, "../../etc/passwd", "ABC"):
        with pytest.raises(KeyError):
            RawStore(tmp_path).get(name)


def test_a_folder_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageUnavailable, match="free space or mend the folder"):
        RawStore(tmp_path / "file" / "raw").put(b"abc")


def test_many_writers_of_the_same_bytes_leave_one_whole_file(tmp_path: Path) -> None:
    body = bytes(range(256)) * 4_000
    threads = [threading.Thread(target=RawStore(tmp_path).put, args=(body,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(files(tmp_path)) == 1
    assert RawStore(tmp_path).get(files(tmp_path)[0].stem) == body
