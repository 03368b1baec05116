"""The folders of a tree, reached from the handle of the one above and never through a link.

A path that is looked at and used later may lead elsewhere by then: a folder can be swapped for a link out of the
root at any moment. So each folder is opened once, name by name from the base, and files are named relative to its
handle. Where the system has no such calls (Windows), paths are used, after a look at whether they have links in
them.
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
"""So many folders are kept open: a process may have 256 files, and more than ours."""
_FOLDER = (
    os.O_RDONLY
    | getattr(os, "O_DIRECTORY", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_CLOEXEC", 0)
)


class Spot(NamedTuple):
    """Where a file is, or is to be: its ``name`` for the system, from the ``folder`` with this handle if there is one.

    ``place`` is the path of that folder, with a slash at its end. The handle is good until 64 other folders are asked
    for.
    """

    name: str
    folder: int | None
    place: str

    @property
    def full_path(self) -> str:
        """Its path, for messages: put together when it is asked for, as there may be thousands of spots."""
        return self.name if self.folder is None else f"{self.place}{self.name}"

    @property
    def path(self) -> Path:
        """Its path."""
        return Path(self.full_path)

    def beside(self, name: str) -> Spot:
        """Return the spot with another name in the same folder."""
        beside = name if self.folder is not None else f"{self.place}{name}"
        return Spot(beside, self.folder, self.place)


class Folders:
    """The folders below ``base``, which has no links in it itself. A context manager: leaving it closes them."""

    def __init__(self, base: Path) -> None:
        self._base = base
        self._top = os.path.join(base, "")  # noqa: PTH118 (a Path has no slash at its end)
        self._open: OrderedDict[str, tuple[int, str]] = OrderedDict()

    def __enter__(self) -> Folders:
        """Raises WriteError where the base cannot be opened."""
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
        """Close all folders but the base: they are looked for anew, as they are by then."""
        for folder in [name for name in self._open if name]:
            _close_handle(*self._open.pop(folder))

    def spot(self, path: str, make: bool = False) -> Spot:
        """Return where a file is, by its ``path`` from the base; ``make`` the folders on the way.

        Raises OSError, with the name of the folder: where one is not there, is a link, or is no folder.
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
        """Return the handle of a folder, and its path with a slash at its end."""
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
