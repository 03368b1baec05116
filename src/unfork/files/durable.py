"""Files that are on the disk when they are said to be."""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from unfork.files.folders import Folders, Spot

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

_PART = 1 << 16
SEVERAL = 16
"""How many files are synced at a time."""
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL
_PLAIN = getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
_READ = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | _PLAIN

Signature = tuple[int, ...]
"""What tells that a file was changed or replaced, without reading it: where it is, its size, and its times."""


@dataclass(frozen=True, slots=True)
class Dress:
    """What belongs to a file beside its bytes: its owner, its mode, and its extended attributes (access lists)."""

    mode: int
    owner: tuple[int, int]
    attributes: Mapping[str, bytes] = field(default_factory=dict)


class NoFileError(OSError):
    """What is to be read is a folder, a link, a pipe."""


def signature(state: os.stat_result) -> Signature:
    """Return the signature of a file."""
    s = state
    return s.st_dev, s.st_ino, s.st_mode, s.st_size, s.st_mtime_ns, s.st_ctime_ns


def look(spot: Spot) -> Signature | None:
    """Return the signature of what is there, a link itself; None where nothing is. Raises OSError."""
    try:
        return signature(os.stat(spot.name, dir_fd=spot.folder, follow_symlinks=False))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        error.filename = spot.full
        raise


@contextmanager
def named(path: str) -> Iterator[None]:
    """Have errors of the system name the whole path."""
    try:
        yield
    except OSError as error:
        error.filename = path
        raise


@contextmanager
def reading(spot: Spot) -> Iterator[int]:
    """Open a regular file that is no link; close it afterwards. Raises OSError, NoFileError where it is none."""
    try:
        handle = _opened(spot)
        try:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise NoFileError(errno.EINVAL, "not a regular file")
            yield handle
        finally:
            os.close(handle)
    except OSError as error:
        error.filename = spot.full
        raise


def _opened(spot: Spot) -> int:
    try:
        return os.open(spot.name, _READ, dir_fd=spot.folder)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.EISDIR, errno.ENXIO):
            raise NoFileError(errno.EINVAL, "not a regular file") from None
        raise


def contents(handle: int) -> bytes:
    """Return the bytes of a file that has just been opened. Raises OSError."""
    parts = []
    while part := os.read(handle, _PART):  # a file object asks the system three questions more
        parts.append(part)
    return b"".join(parts)


def read(spot: Spot) -> bytes:
    """Return the bytes of a regular file that is no link. Raises OSError."""
    with reading(spot) as handle:
        return contents(handle)


def here(path: Path) -> Spot:
    """Return the spot of a file that is named by its path."""
    return Spot(os.fspath(path), None, os.fspath(path))


def create(spot: Spot, data: bytes) -> int:
    """Make a file, readable by its owner only, that holds ``data``; return its open handle.

    Raises OSError; FileExistsError where there is one. Nothing is left where writing fails.
    """
    with named(spot.full):
        handle = os.open(spot.name, _NEW | _PLAIN, 0o600, dir_fd=spot.folder)
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(handle, rest) :]
        except BaseException:
            os.close(handle)
            discard(spot)
            raise
        return handle


def dress_of(handle: int) -> Dress:
    """Return what belongs to an open file beside its bytes. Raises OSError."""
    state = os.fstat(handle)
    found: dict[str, bytes] = {}
    if hasattr(os, "listxattr"):
        with suppress(OSError):  # a file system without them
            found = {name: os.getxattr(handle, name) for name in os.listxattr(handle)}
    return Dress(stat.S_IMODE(state.st_mode), (state.st_uid, state.st_gid), found)


def put_on(handle: int, dress: Dress) -> None:
    """Give a new file owner, mode and attributes. Raises OSError.

    An owner that we may not give stays ours, as with git; then no set-user or set-group bit does. Attributes that the
    system keeps for itself are passed over.
    """
    if sys.platform == "win32":
        return
    mode, state = dress.mode, os.fstat(handle)
    if dress.owner != (state.st_uid, state.st_gid):
        try:
            os.chown(handle, *dress.owner)
        except OSError:
            mode &= ~(stat.S_ISUID | stat.S_ISGID)
            with suppress(OSError):
                os.chown(handle, -1, dress.owner[1])
    if hasattr(os, "setxattr"):
        for name, value in dress.attributes.items():
            with suppress(OSError):
                os.setxattr(handle, name, value)
    os.chmod(handle, mode)  # after chown, which takes those bits away


class Syncing:
    """Waits until files are on the disk, several at a time, and closes them; leaving the block waits for the rest.

    Syncing several at the same time takes a tenth of the time of one after another: most of it is spent waiting.
    """

    def __init__(self) -> None:
        self._first: list[tuple[int, str]] = []
        self._pool: ThreadPoolExecutor | None = None
        self._waiting: deque[Future[None]] = deque()

    def __enter__(self) -> Syncing:
        return self

    def add(self, handle: int, path: str) -> None:
        """Take a file over. Raises OSError where it, or one before it, cannot be synced."""
        self._first.append((handle, path))
        if len(self._first) == SEVERAL and self._pool is None:
            from concurrent.futures import ThreadPoolExecutor

            self._pool = ThreadPoolExecutor(SEVERAL)
        while self._pool is not None and self._first:
            self._submit(*self._first.pop(0))
        if len(self._waiting) > 2 * SEVERAL:
            self._waiting.popleft().result()

    def _submit(self, handle: int, path: str) -> None:
        assert self._pool is not None
        try:
            self._waiting.append(self._pool.submit(_synced, handle, path))
        except RuntimeError:  # the system gives no more threads
            _synced(handle, path)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        failed = [why for each in self._first if (why := _attempted(*each)) is not None]
        if self._pool is not None:
            self._pool.shutdown()
        told = [future.exception() for future in self._waiting]
        failed += [why for why in told if isinstance(why, OSError)]
        if failed and error is None:
            raise failed[0]


def _attempted(handle: int, path: str) -> OSError | None:
    try:
        _synced(handle, path)
    except OSError as error:
        return error
    return None


def _synced(handle: int, path: str) -> None:
    try:
        with named(path):
            os.fsync(handle)
    finally:
        os.close(handle)


def sync_folders(folders: Folders, paths: Iterable[str]) -> None:
    """Wait until what was made, renamed and removed in the folders of these files is on the disk.

    Not every system can: where one cannot, its file system decides. Raises nothing.
    """
    if sys.platform == "win32":
        return
    some = {path.rpartition("/")[0]: path for path in paths}
    with suppress(OSError), Syncing() as syncing:
        for folder in sorted(some):
            with suppress(OSError):
                spot = folders.spot(some[folder])
                place = os.fspath(spot.path.parent)
                name = "." if spot.folder is not None else place
                handle = os.open(name, os.O_RDONLY, dir_fd=spot.folder)
                syncing.add(handle, place)


def sync_folder(folder: Path) -> None:
    """Wait until what was done in one folder is on the disk, where the system can. Raises nothing."""
    if sys.platform != "win32":
        with suppress(OSError):
            _synced(os.open(folder, os.O_RDONLY), str(folder))


def discard(spot: Spot) -> bool:
    """Remove a temporary file; return whether it is gone. Raises nothing."""
    try:
        os.unlink(spot.name, dir_fd=spot.folder)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def is_file(seen: Signature) -> bool:
    """Return whether a signature is that of a regular file."""
    return stat.S_ISREG(seen[2])
