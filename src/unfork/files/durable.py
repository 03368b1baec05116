"""Files that are on disk when reported as written."""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import TYPE_CHECKING

from unfork.files.folders import Folders, Spot

if TYPE_CHECKING:
    from queue import SimpleQueue

_PART = 1 << 16
_SEVERAL = 16
"""How many threads sync files, and the number of files from which they pay off."""
_TOGETHER = 4
"""How many files a thread takes at once: handing one over takes longer than writing a small one."""
_Part = list[tuple[int, str]]
"""Open files with their paths."""
_PLAIN = getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _PLAIN
"""How to create a file that is not there."""
READ = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | _PLAIN
"""How to read a file, which is no link, without waiting for a pipe's writer."""

Signature = tuple[int, ...]
"""Shows that a file was changed or replaced, without reading it: its identity, size and times."""


@dataclass(frozen=True, slots=True)
class Dress:
    """A file's metadata: its owner, its mode, and its extended attributes (access lists)."""

    mode: int
    owner: tuple[int, int]
    attributes: Mapping[str, bytes] = field(default_factory=dict)

    def fits(self, state: os.stat_result) -> bool:
        """Return whether a file in this state has this mode and this owner."""
        owner = state.st_uid, state.st_gid
        return (stat.S_IMODE(state.st_mode), owner) == (self.mode, self.owner)


class NoFileError(OSError):
    """The path to read is a folder, a link or a pipe."""


def signature_of(state: os.stat_result) -> Signature:
    """Return the signature of a file."""
    s = state
    return s.st_dev, s.st_ino, s.st_mode, s.st_size, s.st_mtime_ns, s.st_ctime_ns


def signature_at(spot: Spot) -> Signature | None:
    """Return the signature of a path, of a link itself; None if nothing is there. Raises OSError."""
    try:
        return signature_of(os.stat(spot.name, dir_fd=spot.folder, follow_symlinks=False))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        error.filename = spot.full_path
        raise


@contextmanager
def errors_with_path(path: str) -> Iterator[None]:
    """Make system errors name the whole path."""
    try:
        yield
    except OSError as error:
        error.filename = path
        raise


@contextmanager
def open_for_reading(spot: Spot) -> Iterator[tuple[int, os.stat_result]]:
    """Open a regular file that is not a link, and yield its handle and current state; close it afterwards.

    Raises OSError, and NoFileError for anything else.
    """
    try:
        handle = _open_regular_file(spot)
        try:
            state = os.fstat(handle)
            if not stat.S_ISREG(state.st_mode):
                raise NoFileError(errno.EINVAL, "not a regular file")
            yield handle, state
        finally:
            os.close(handle)
    except OSError as error:
        error.filename = spot.full_path
        raise


def _open_regular_file(spot: Spot) -> int:
    try:
        return os.open(spot.name, READ, dir_fd=spot.folder)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.EISDIR, errno.ENXIO):
            raise NoFileError(errno.EINVAL, "not a regular file") from None
        raise


def contents(handle: int) -> bytes:
    """Return the bytes of a file that has just been opened. Raises OSError."""
    parts = []
    while part := os.read(handle, _PART):  # a file object needs three more system calls
        parts.append(part)
    return b"".join(parts)


def read_file(spot: Spot) -> bytes:
    """Return the bytes of a regular file that is not a link. Raises OSError."""
    with open_for_reading(spot) as (handle, _):
        return contents(handle)


def spot_of_path(path: Path) -> Spot:
    """Return the spot of a file given by its path."""
    return Spot(os.fspath(path), None, os.path.join(path.parent, ""))  # noqa: PTH118 (with a slash)


def create_file(spot: Spot, *texts: bytes) -> int:
    """Create a file, readable only by its owner, of the ``texts`` one after the other; return its open handle.

    Raises OSError; FileExistsError if it exists. If writing fails, nothing is left.
    """
    with errors_with_path(spot.full_path):
        handle = os.open(spot.name, NEW, 0o600, dir_fd=spot.folder)
        try:
            for text in texts:
                rest = memoryview(text)
                while rest:
                    rest = rest[os.write(handle, rest) :]
        except BaseException:  # a signal too must leave no half-written file
            os.close(handle)
            remove_temporary(spot)
            raise
        return handle


def dress_of(handle: int, state: os.stat_result) -> Dress:
    """Return the metadata of an open file in this state. Raises OSError."""
    attributes: dict[str, bytes] = {}
    if sys.platform == "linux":
        with suppress(OSError):  # the file system has none
            attributes = {name: os.getxattr(handle, name) for name in os.listxattr(handle)}
    return Dress(stat.S_IMODE(state.st_mode), (state.st_uid, state.st_gid), attributes)


def put_on(handle: int, dress: Dress) -> None:
    """Set the owner, mode and attributes of a new file. Raises OSError.

    If we may not set the owner, it stays ours, as with git, and set-user and set-group bits are dropped. Attributes
    reserved by the system are skipped.
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
    if sys.platform == "linux":
        for name, value in dress.attributes.items():
            with suppress(OSError):
                os.setxattr(handle, name, value)
    os.chmod(handle, mode)  # after chown, which clears those bits


class Syncing:
    """Syncs files to disk, several at a time, and closes them; leaving the block waits for the rest.

    Syncing several files at once takes a tenth of the time, because most of it is spent waiting.
    """

    def __init__(self) -> None:
        self._part: _Part = []
        self._queue: SimpleQueue[_Part | None] | None = None
        self._threads: list[Thread] = []
        self._failed: list[OSError] = []

    def __enter__(self) -> Syncing:
        return self

    def add(self, handle: int, path: str) -> None:
        """Take over a file. Raises OSError if an earlier one cannot be synced."""
        self._part.append((handle, path))
        if len(self._part) == _SEVERAL and self._queue is None:
            self._start_threads()
        while self._queue is not None and len(self._part) >= _TOGETHER:
            part, self._part = self._part[:_TOGETHER], self._part[_TOGETHER:]
            if self._threads and self._queue.qsize() < _TOGETHER:
                self._queue.put(part)
            else:  # no threads, or all are busy: do not keep files open for long
                self._sync_part(part)
        if self._failed:
            raise self._failed[0]

    def _start_threads(self) -> None:
        # late: only needed to write many files. Unlike with Queue, a signal cannot come between the parts of its
        # ``put``.
        from queue import SimpleQueue

        queue: SimpleQueue[_Part | None] = SimpleQueue()
        self._queue = queue  # before the threads: waiting for them uses it
        for _ in range(_SEVERAL):
            thread = Thread(target=self._sync_from_queue, args=(queue,), daemon=True)
            with suppress(RuntimeError):
                thread.start()
                self._threads.append(thread)

    def _sync_from_queue(self, queue: SimpleQueue[_Part | None]) -> None:
        while (part := queue.get()) is not None:
            self._sync_part(part)

    def _sync_part(self, part: _Part) -> None:
        for handle, path in part:
            try:
                _sync_and_close(handle, path)
            except OSError as error:
                self._failed.append(error)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._sync_part(self._part)
        if self._queue is not None:
            for _ in range(_SEVERAL):  # a signal may have come before a running thread was recorded
                self._queue.put(None)
        for thread in self._threads:
            thread.join()
        if self._failed and error is None:
            raise self._failed[0]


def _sync_and_close(handle: int, path: str) -> None:
    try:
        with errors_with_path(path):
            os.fsync(handle)
    finally:
        os.close(handle)


def sync_folders(folders: Folders, paths: Iterable[str]) -> None:
    """Wait until files created, renamed and removed in the folders of these files are on disk.

    Not every system can sync folders; if it cannot, the file system decides. Raises nothing.
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
    """Wait until the changes in one folder are on disk, if the system can. Raises nothing."""
    if sys.platform != "win32":
        with suppress(OSError):
            _sync_and_close(os.open(folder, os.O_RDONLY), str(folder))


def remove_temporary(spot: Spot) -> bool:
    """Remove a temporary file; return whether it is gone. Raises nothing."""
    try:
        os.unlink(spot.name, dir_fd=spot.folder)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def is_file(seen: Signature) -> bool:
    """Return whether a signature belongs to a regular file."""
    return stat.S_ISREG(seen[2])
