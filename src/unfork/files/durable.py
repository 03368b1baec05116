"""Files that are on the disk when they are said to be."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

_SEVERAL = 16
"""How many files are synced at a time."""
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL
_PLAIN = getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)


def write(path: Path, data: bytes) -> None:
    """Make a file, readable by its owner only, that holds ``data``.

    Raises OSError; FileExistsError where there is one. Nothing is left where writing fails.
    """
    handle = os.open(path, _NEW | _PLAIN, 0o600)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(handle, rest) :]
    except OSError as error:
        os.close(handle)
        discard([path])
        error.filename = os.fspath(path)
        raise
    os.close(handle)


def read(path: Path) -> bytes:
    """Return the bytes of a regular file that is no link. Raises OSError."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | _PLAIN)
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "not a regular file", os.fspath(path))
        with open(handle, "rb", closefd=False) as file:
            return file.read()
    finally:
        os.close(handle)


def dress(path: Path, like: Path) -> None:
    """Give a new file the owner, the mode and the extended attributes (access lists) of ``like``.

    An owner that we may not give stays ours, as with git; then no set-user or set-group bit does.
    Its times are now. Raises OSError.
    """
    old, new = like.stat(), path.stat()
    same = (old.st_uid, old.st_gid) == (new.st_uid, new.st_gid)
    shutil.copystat(like, path)
    if not same and sys.platform != "win32":
        _give(path, old)
    os.utime(path)


def _give(path: Path, old: os.stat_result) -> None:
    if sys.platform == "win32":
        return
    mode = stat.S_IMODE(old.st_mode)
    try:
        os.chown(path, old.st_uid, old.st_gid)
    except OSError:
        mode &= ~(stat.S_ISUID | stat.S_ISGID)
        with suppress(OSError):
            os.chown(path, -1, old.st_gid)
    path.chmod(mode)  # after chown, which takes those bits away


def sync(paths: Iterable[Path]) -> None:
    """Wait until the bytes of these files are on the disk. Raises OSError.

    Writing all files first, and syncing several at a time, takes a tenth of the time of one after another: most of it
    is spent waiting.
    """
    _several(_sync, paths)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDWR | _PLAIN)  # Windows syncs what may be written only
    try:
        os.fsync(handle)
    except OSError as error:
        error.filename = os.fspath(path)
        raise
    finally:
        os.close(handle)


def sync_folders(folders: Iterable[Path]) -> None:
    """Wait until what was made, renamed and removed in these folders is on the disk.

    Not every system can: where one cannot, its file system decides. Raises nothing.
    """
    if sys.platform != "win32":
        _several(_sync_folder, sorted(set(folders)))


def _sync_folder(folder: Path) -> None:
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _several(sync_one: Callable[[Path], None], paths: Iterable[Path]) -> None:
    """Call a function for each path, several at a time. Raises the first error once all calls have come back."""

    def each(some: Iterable[Path]) -> None:
        for path in some:
            sync_one(path)

    todo = list(paths)
    if len(todo) < _SEVERAL:
        each(todo)
        return
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(_SEVERAL) as pool:
        try:
            results = [pool.submit(each, todo[start::_SEVERAL]) for start in range(_SEVERAL)]
        except RuntimeError:  # the system gives no more threads
            each(todo)
            return
    for result in results:
        result.result()


def discard(paths: Iterable[Path]) -> None:
    """Remove those of the temporary files that are there. Raises nothing."""
    for path in paths:
        with suppress(OSError):
            path.unlink()
