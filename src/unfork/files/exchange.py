"""Two files of a folder change their names in one step, so that what was there is not lost, whoever wrote it, and when.

To look at a file and then to replace it leaves a moment in which somebody's save would be overwritten. Here the new
text takes the place of the old one, which is then looked at where it lies: if it is not what it should be, it goes
back.

The systems have a call for that: ``renameat2`` with RENAME_EXCHANGE (Linux 3.15), ``renameatx_np`` with RENAME_SWAP
(macOS 10.12). Where there is none, or the file system does not know it, the old file keeps a second name for a moment:
then a save by renaming, between two calls, is overwritten; one that writes into the file is not.
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


def exchange(one: Spot, other: Spot) -> None:
    """Have two files of one folder change names. Raises OSError: FileNotFoundError where one is not there.

    ``one`` has a name of ours, beside which there is another for us: see `settle`.
    """
    if _asked(one, other, _SWAP):
        return
    spare = _spare(one)
    with suppress(FileNotFoundError):
        _unlink(spare)
    _link(other, spare)
    _replace(one, other)
    _replace(spare, one)


def settle(waiting: Spot, target: Spot) -> None:
    """Finish or forget an exchange in several steps that was cut off. Raises OSError."""
    spare = _spare(waiting)
    if durable.look(spare) is None:
        return
    if durable.look(waiting) is None and durable.look(target) is not None:
        _replace(spare, waiting)
    else:
        _unlink(spare)


def _spare(waiting: Spot) -> Spot:
    return waiting.beside(waiting.full.rpartition(os.sep)[2] + "x")


def _replace(source: Spot, target: Spot) -> None:
    with durable.named(target.full):
        os.replace(source.name, target.name, src_dir_fd=source.folder, dst_dir_fd=target.folder)


def move_to_free(source: Spot, target: Spot) -> None:
    """Give a file a name that nothing has. Raises OSError: FileExistsError where something has it."""
    if _asked(source, target, _NO_REPLACE):
        return
    _link(source, target)
    _unlink(source)


def _unlink(spot: Spot) -> None:
    with durable.named(spot.full):
        os.unlink(spot.name, dir_fd=spot.folder)


def _link(source: Spot, target: Spot) -> None:
    try:
        with durable.named(target.full):
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
        _copied(source, target)


def _copied(source: Spot, target: Spot) -> None:
    """Make a second file, where the file system has no second names."""
    with durable.reading(source) as old:
        new = durable.create(target, durable.contents(old[0]))
        try:
            durable.put_on(new, durable.dress_of(*old))
        finally:
            os.close(new)


def _asked(one: Spot, other: Spot, flag: int) -> bool:
    """Return whether the system did it in one step. Raises OSError where it can, and this failed."""
    rename = _rename()
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


def _rename() -> _Rename | None:
    """Return the system's call, None where there is none."""
    if not _known:
        _known.append(_found())
    return _known[0]


def _found() -> _Rename | None:
    names = {"linux": "renameat2", "darwin": "renameatx_np"}
    if sys.platform not in names:
        return None
    import ctypes  # late: only what writes needs it

    call = getattr(ctypes.CDLL(None, use_errno=True), names[sys.platform], None)
    if call is None:
        return None

    def rename(one: Spot, other: Spot, flag: int) -> None:
        if call(one.folder, os.fsencode(one.name), other.folder, os.fsencode(other.name), flag):
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code), one.full)

    return rename
