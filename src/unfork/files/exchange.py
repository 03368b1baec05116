"""Exchange two files of a folder in one step, so no save is lost, whoever made it and whenever.

Checking a file and then replacing it leaves a moment in which a save could be overwritten. Instead, the new text is
exchanged with the old one, and the old one is checked at its new place: if it is not as expected, it goes back.

Systems have a call for that: ``renameat2`` with RENAME_EXCHANGE (Linux 3.15), ``renameatx_np`` with RENAME_SWAP
(macOS 10.12). If there is none, or the file system does not support it, the old file keeps a second name for a moment.
Then a save by renaming between two calls is overwritten; a save that writes into the file is not.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from contextlib import suppress

from unfork.files import durable
from unfork.files.folders import Spot

_CANNOT = frozenset(
    getattr(errno, name)
    for name in ("EINVAL", "ENOSYS", "ENOTSUP", "EOPNOTSUPP", "EPERM")
    if hasattr(errno, name)
)
_SWAP = 2
_NO_REPLACE = 4 if sys.platform == "darwin" else 1
_Rename = Callable[[Spot, Spot, int], None]


def exchange_files(one: Spot, other: Spot) -> None:
    """Exchange the names of two files in one folder. Raises OSError: FileNotFoundError if one does not exist.

    ``one`` has a name of ours, next to which another name is free for us: see `settle_exchange`.
    """
    if _try_system_rename(one, other, _SWAP):
        return
    spare = _spare_spot(one)
    with suppress(FileNotFoundError):
        _unlink_file(spare)
    _link_or_copy(other, spare)
    _replace_file(one, other)
    _replace_file(spare, one)


def settle_exchange(waiting: Spot, target: Spot) -> None:
    """Finish or discard an interrupted multi-step exchange. Raises OSError."""
    spare = _spare_spot(waiting)
    if durable.signature_at(spare) is None:
        return
    if durable.signature_at(waiting) is None and durable.signature_at(target) is not None:
        _replace_file(spare, waiting)
    else:
        _unlink_file(spare)


def _spare_spot(waiting: Spot) -> Spot:
    return waiting.beside(waiting.full_path.rpartition(os.sep)[2] + "x")


def _replace_file(source: Spot, target: Spot) -> None:
    with durable.errors_with_path(target.full_path):
        os.replace(source.name, target.name, src_dir_fd=source.folder, dst_dir_fd=target.folder)


def move_to_free(source: Spot, target: Spot) -> None:
    """Move a file to an unused name. Raises OSError: FileExistsError if the name is taken."""
    if _try_system_rename(source, target, _NO_REPLACE):
        return
    _link_or_copy(source, target)
    _unlink_file(source)


def _unlink_file(spot: Spot) -> None:
    with durable.errors_with_path(spot.full_path):
        os.unlink(spot.name, dir_fd=spot.folder)


def _link_or_copy(source: Spot, target: Spot) -> None:
    try:
        with durable.errors_with_path(target.full_path):
            os.link(
                source.name,
                target.name,
                src_dir_fd=source.folder,
                dst_dir_fd=target.folder,
                follow_symlinks=False,
            )
    except (OSError, NotImplementedError) as error:
        if isinstance(error, FileExistsError | FileNotFoundError):
            raise
        _copy_file(source, target)


def _copy_file(source: Spot, target: Spot) -> None:
    """Copy a file, for file systems without hard links."""
    with durable.open_for_reading(source) as old:
        new = durable.create_file(target, durable.contents(old[0]))
        try:
            durable.put_on(new, durable.dress_of(*old))
        finally:
            os.close(new)


def _try_system_rename(one: Spot, other: Spot, flag: int) -> bool:
    """Return whether the system exchanged them in one step. Raises OSError if it supports that, but failed."""
    rename = _system_rename()
    if rename is None or one.folder is None:
        return False
    try:
        rename(one, other, flag)
    except OSError as error:
        if error.errno in _CANNOT:
            return False
        raise
    return True


_known: list[_Rename | None] = []


def _system_rename() -> _Rename | None:
    """Return the system's call, or None if there is none."""
    if not _known:
        _known.append(_find_system_rename())
    return _known[0]


def _find_system_rename() -> _Rename | None:
    names = {"linux": "renameat2", "darwin": "renameatx_np"}
    if sys.platform not in names:
        return None
    import ctypes  # late: only needed for writing

    call = getattr(ctypes.CDLL(None, use_errno=True), names[sys.platform], None)
    if call is None:
        return None

    def rename(one: Spot, other: Spot, flag: int) -> None:
        if call(one.folder, os.fsencode(one.name), other.folder, os.fsencode(other.name), flag):
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code), one.full_path)

    return rename
