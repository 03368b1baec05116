"""One writer at a time: a lock that the system releases when its holder dies.

The lock is the kernel's (``flock``, or ``msvcrt.locking`` on Windows) on an open file, not the existence of a file. A
killed process cannot leave it behind, so there is no stale lock to guess about from process ids, which are reused and
say nothing about another machine. The file's contents only tell a person who holds the lock.
"""

from __future__ import annotations

import errno
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from unfork.errors import WriteError

_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
_BUSY = frozenset({errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK})
_PAUSE, _TRIES = 0.02, 50
_IGNORE = ".gitignore"


class LockedError(WriteError):
    """Another run of unfork is writing to the same tree; the message says which."""


@contextmanager
def hold_lock(path: Path, patience: float = 2.0) -> Iterator[None]:
    """Hold the lock file ``path`` while the block runs, and remove it afterwards.

    Its folder is created, and hidden from git. Raises LockedError if somebody else still holds the lock after
    ``patience`` seconds, and WriteError if no lock can be taken at all.
    """
    try:
        handle = _acquire_lock(path, time.monotonic() + patience)
    except OSError as error:
        raise WriteError(
            f"{path}: cannot be locked: {error.strerror}; nothing is changed"
        ) from error
    try:
        yield
    finally:
        _let_go(path, handle)


def _acquire_lock(path: Path, until: float) -> int:
    while True:
        handle, mine = _open_lock_file(path), False
        try:
            mine = _try_lock(handle)
            if mine and _is_at(path, handle):
                _write_holder(handle)
                _hide_from_git(path.parent)
                return handle
            if not mine and time.monotonic() > until:
                who = os.read(handle, 200).decode("utf-8", "replace").strip()
                raise LockedError(
                    f"another run of unfork is writing here ({who or 'it has just started'}); "
                    "wait until it is done"
                )
        except BaseException:  # a signal too must leave no lock and no open file
            if mine:
                _let_go(path, handle)
            else:
                os.close(handle)
            raise
        os.close(handle)  # it is held, or the previous holder removed it
        time.sleep(_PAUSE)


def _open_lock_file(path: Path) -> int:
    for _ in range(_TRIES):  # the previous holder may remove the empty folder at any moment
        with suppress(FileExistsError):
            path.parent.mkdir()
        with suppress(FileNotFoundError):
            return os.open(path, _FLAGS, 0o666)
        time.sleep(_PAUSE)
    return os.open(path, _FLAGS, 0o666)


def _is_at(path: Path, handle: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(handle))
    except FileNotFoundError:
        return False


def _hide_from_git(folder: Path) -> None:
    with suppress(OSError):  # it exists already, or the disk is full: then git shows the folder
        handle = os.open(folder / _IGNORE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        try:
            os.write(handle, b"*\n")
        finally:
            os.close(handle)


def _unhide_from_git(folder: Path) -> None:
    """Remove the ignore file if the folder holds nothing but the lock."""
    with suppress(OSError):
        if {file.name for file in folder.iterdir()} <= {_IGNORE, "lock"}:
            (folder / _IGNORE).unlink()


def _write_holder(handle: int) -> None:
    since = datetime.now().astimezone().isoformat(timespec="seconds")
    text = f"process {os.getpid()} on {socket.gethostname()}, since {since}\n"
    with suppress(OSError):  # for example on a full disk; the lock works without it
        os.ftruncate(handle, 0)
        os.write(handle, text.encode())


def _let_go(path: Path, handle: int) -> None:
    try:
        _release_lock(path, handle)
    except BaseException:  # a signal should leave nothing behind
        _release_lock(path, handle)
        raise


def _release_lock(path: Path, handle: int) -> None:
    _unhide_from_git(path.parent)
    try:
        if sys.platform != "win32":  # Windows cannot remove an open file
            with suppress(OSError):
                if _is_at(path, handle):  # otherwise it now belongs to another run
                    path.unlink()
    finally:
        with suppress(OSError):
            os.close(handle)
    with suppress(OSError):
        if sys.platform == "win32":
            path.unlink()
        path.parent.rmdir()  # unless it is in use


if sys.platform == "win32":
    import msvcrt

    def _try_lock(handle: int) -> bool:
        os.lseek(handle, 1 << 20, os.SEEK_SET)  # a byte after the text, which stays readable
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError as error:
            if error.errno in _BUSY:
                return False
            raise
        finally:
            os.lseek(handle, 0, os.SEEK_SET)
        return True

else:
    import fcntl

    def _try_lock(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in _BUSY:
                return False
            raise
        return True
