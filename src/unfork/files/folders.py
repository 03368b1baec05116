"""The folders of a tree, opened from the handle of the parent and never through a link.

A path that is checked and used later may lead elsewhere by then: a folder can be swapped at any moment for a link out
of the root. So each folder is opened once, name by name from the base, and files are named relative to its handle. On
systems without such calls (Windows), paths are used after checking that they contain no links.
"""

from __future__ import annotations

import errno
import os
from collections import OrderedDict
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from unfork.errors import WriteError

_HANDLES = os.open in os.supports_dir_fd and os.rename in os.supports_dir_fd
_MOST = 64
"""The number of folders kept open: a process may have 256 open files, and needs others too."""
_FOLDER = (
    os.O_RDONLY
    | getattr(os, "O_DIRECTORY", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_CLOEXEC", 0)
)


class Spot(NamedTuple):
    """The location of an existing or new file.

    ``name`` is its name for the system, relative to the ``folder`` with this handle if there is one. ``place`` is the
    path of that folder, with a slash at its end. The handle is valid until 64 other folders are requested.
    """

    name: str
    folder: int | None
    place: str

    @property
    def full_path(self) -> str:
        """The path for messages, built on demand because there may be thousands of spots."""
        return self.name if self.folder is None else f"{self.place}{self.name}"

    @property
    def path(self) -> Path:
        """The path."""
        return Path(self.full_path)

    def beside(self, name: str) -> Spot:
        """Return the spot with another name in the same folder."""
        beside = name if self.folder is not None else f"{self.place}{name}"
        return Spot(beside, self.folder, self.place)


class Folders:
    """The folders below ``base``, which contains no links itself. A context manager that closes them."""

    def __init__(self, base: Path) -> None:
        self._base = base
        self._top = os.path.join(base, "")  # noqa: PTH118 (a Path has no trailing slash)
        self._open: OrderedDict[str, tuple[int, str]] = OrderedDict()

    def __enter__(self) -> Folders:
        """Open the base. Raises WriteError if it cannot be opened."""
        if _HANDLES:
            try:
                self._open[""] = os.open(self._base, _FOLDER), self._top
            except OSError as error:
                raise WriteError(f"{self._base}: {error.strerror}; nothing is changed") from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.forget()
        while self._open:
            _close_handle(*self._open.popitem()[1])

    def forget(self) -> None:
        """Close all folders except the base, so they are looked up again in their current state."""
        for folder in [name for name in self._open if name]:
            _close_handle(*self._open.pop(folder))

    def spot(self, path: str, make: bool = False) -> Spot:
        """Return the spot of a file, by its ``path`` from the base; ``make`` creates the folders on the way.

        Raises OSError, with the name of the folder, if one does not exist, is a link, or is not a folder.
        """
        if _HANDLES:
            folder, _, name = path.rpartition("/")
            return Spot(name, *self._handle_and_path(folder, make))
        full = self._base / path
        if make:
            full.parent.mkdir(parents=True, exist_ok=True)
        if os.path.realpath(full.parent) != str(full.parent):
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(full.parent))
        return Spot(str(full), None, os.path.join(full.parent, ""))  # noqa: PTH118 (as above)

    def _handle_and_path(self, folder: str, make: bool) -> tuple[int, str]:
        """Return the handle of a folder, and its path with a trailing slash."""
        known = folder
        while known not in self._open:
            known = known.rpartition("/")[0]
        reached = self._open[known]
        if known:
            self._open.move_to_end(known)
        for name in folder[len(known) :].strip("/").split("/") if folder != known else ():
            known = f"{known}/{name}" if known else name
            reached = self._open_folder(reached[0], known, name, make)
        return reached

    def _open_folder(self, above: int, folder: str, name: str, make: bool) -> tuple[int, str]:
        try:
            if make:
                with suppress(FileExistsError):
                    os.mkdir(name, dir_fd=above)
            handle = os.open(name, _FOLDER, dir_fd=above)
        except OSError as error:
            path = str(self._base / folder)
            if error.errno in (errno.ELOOP, errno.ENOTDIR):
                raise OSError(error.errno, "a symbolic link, or no folder, by now", path) from None
            error.filename = path
            raise
        reached = self._open[folder] = handle, f"{self._top}{folder}/"
        if len(self._open) > _MOST:
            oldest = next(open_path for open_path in self._open if open_path)
            _close_handle(*self._open.pop(oldest))
        return reached


def _close_handle(handle: int, _: str) -> None:
    with suppress(OSError):
        os.close(handle)
