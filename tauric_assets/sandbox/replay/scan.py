"""Walking a folder of recordings: every file below it, once, with what it is.

Belongs here: the walk, which follows nothing out of the folder.
Not here: what a file is (sniff.py), what is made of it (recordings.py).
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tauric_assets.errors import UsageError
from tauric_assets.sandbox.replay.sniff import Sniffed, sniff

FILES_MAX = 1_000_000


@dataclass(frozen=True)
class Found:
    """A file below the folder.

    Args:
        name: relative to the folder, with forward slashes; bytes that are no UTF-8 are written out as `\\xff`.
    """

    path: Path
    name: str
    sniffed: Sniffed


def scan(folder: Path) -> list[Found]:
    """Every file below `folder`, by name; links out of it and to folders are listed, not followed.

    Raises: UsageError where there is no such folder, or more than FILES_MAX files are in it.
    """
    if not folder.is_dir():
        raise UsageError(f"no folder of recordings at {folder}")
    found = sorted(_walk(folder.resolve()), key=lambda file: file.name)
    if len(found) > FILES_MAX:
        raise UsageError(f"more than {FILES_MAX} files in {folder}: replay a smaller folder")
    return found


def _walk(root: Path) -> Iterator[Found]:
    unread: list[OSError] = []
    for folder, folders, names in os.walk(root, onerror=unread.append, followlinks=False):
        links = [name for name in folders if Path(folder, name).is_symlink()]
        for name in (*names, *links):
            path = Path(folder, name)
            relative = _name(path, root)
            yield Found(path, relative, _sniffed(path, relative, root))
    for error in unread:
        path = Path(error.filename)
        yield Found(path, _name(path, root), Sniffed("unserved", f"folder that cannot be read: {error.strerror}"))


def _name(path: Path, root: Path) -> str:
    return os.fsencode(path.relative_to(root).as_posix()).decode("utf-8", "backslashreplace")


def _sniffed(path: Path, name: str, root: Path) -> Sniffed:
    if path.is_symlink() and (path.is_dir() or not path.resolve().is_relative_to(root)):
        return Sniffed("unserved", "symbolic link that is not followed")
    if not path.is_file():
        return Sniffed("unserved", "not a regular file")
    try:
        return sniff(path, name)
    except OSError as error:
        return Sniffed("unserved", f"cannot be read: {error.strerror}")
