"""The raw store: bytes as an upstream sent them, found by their SHA-256, compressed on disk.

Layout: `ab/cd/abcd….zst`, the first four letters of the hash as two folders; any zstd reads the files. A file appears
whole or not at all, and is never changed.

Belongs here: putting, getting and verifying bytes.
Not here: where they came from and when (the table `raw_documents`).
"""

import hashlib
import os
import tempfile
from pathlib import Path

import pyarrow as pa

from tauric_assets.errors import StorageUnavailable


class RawStore:
    """Content-addressed bytes in one folder. Any number of processes may put and get at once.

    Args:
        folder: made on the first put.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, body: bytes) -> str:
        """Keep `body` and return its SHA-256 in hex. Bytes that are held already cost one look.

        Raises: StorageUnavailable: the folder cannot be written.
        """
        sha256 = hashlib.sha256(body).hexdigest()
        path = self._path(sha256)
        if path.exists():
            return sha256
        packed = bytes(pa.compress(body, codec="zstd"))
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _write_whole(path, packed)
        except OSError as error:
            raise StorageUnavailable(f"raw store: {error.strerror} at {path}; free space or mend the folder") from error
        return sha256

    def get(self, sha256: str) -> bytes:
        """The bytes of that hash, verified.

        Raises: KeyError: none are held; StorageUnavailable: what is held is not what was put.
        """
        path = self._path(sha256)
        try:
            packed = path.read_bytes()
        except FileNotFoundError:
            raise KeyError(f"no raw document {sha256} in {self.folder}") from None
        try:
            with pa.CompressedInputStream(pa.BufferReader(packed), "zstd") as stream:
                body: bytes | None = bytes(stream.read())
        except OSError:
            body = None
        if body is None or hashlib.sha256(body).hexdigest() != sha256:
            raise StorageUnavailable(f"raw store: {path} is damaged; remove it and collect again")
        return body

    def __contains__(self, sha256: str) -> bool:
        return self._path(sha256).exists()

    def _path(self, sha256: str) -> Path:
        if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
            raise KeyError(f"{sha256!r} is not a SHA-256 in lower-case hex")
        return self.folder / sha256[:2] / sha256[2:4] / f"{sha256}.zst"


def _write_whole(path: Path, packed: bytes) -> None:
    """Write to a neighbour, flush it to the disk, then give it its name."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(packed)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
