"""Which files there are below a root."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from unfork.files.durable import Signature, signature_of

_BUILT = frozenset({"__pycache__", "node_modules", "build", "dist", "site-packages"})
"""Not looked into outside git; nor are hidden folders, virtual environments and ``*.egg-info``."""


def signatures_by_path(root: Path, names: Iterable[str]) -> dict[str, Signature]:
    """Return the signatures of those of ``names`` that are files, sorted, in folders that are no symbolic links.

    Links are no files of their own: what they lead to is one already, or it is not the project's. A file that cannot be
    looked at has an empty signature.
    """
    top = os.fspath(root)  # text, not Path, as there may be thousands of them
    real: dict[str, bool] = {"": True}
    return {
        name: seen
        for name in sorted(names)
        if _is_real(top, name.rpartition("/")[0], real)
        and (seen := _signature_if_file(f"{top}/{name}")) is not None
    }


def signatures_below(root: Path, wanted: Callable[[str], bool]) -> dict[str, Signature]:
    """Return the ``wanted`` files below ``root``, but those of hidden folders and of common build folders; sorted.

    Raises OSError where the root cannot be listed. A folder in it that cannot be is passed over.
    """
    return signatures_by_path(root, filter(wanted, _walk_paths(root)))


def _is_real(top: str, folder: str, known: dict[str, bool]) -> bool:
    above = []
    while folder not in known:
        above.append(folder)
        folder = folder.rpartition("/")[0]
    real = known[folder]
    for parent in reversed(above):
        real = real and not os.path.islink(f"{top}/{parent}")  # noqa: PTH114 (many)
        known[parent] = real
    return real


def _signature_if_file(path: str) -> Signature | None:
    try:
        state = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:  # it is there for all we know; reading it tells what is wrong
        return ()
    return signature_of(state) if stat.S_ISREG(state.st_mode) else None


def _walk_paths(root: Path) -> Iterator[str]:
    folders = [""]
    while folders:
        folder = folders.pop()
        entries = _folder_entries(root, folder)
        if folder and any(entry.name == "pyvenv.cfg" for entry in entries):
            continue
        for entry in entries:
            path = f"{folder}/{entry.name}" if folder else entry.name
            if entry.is_file(follow_symlinks=False):
                yield path
            elif entry.is_dir(follow_symlinks=False) and not _is_built(entry.name):
                folders.append(path)


def _folder_entries(root: Path, folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(root / folder) as entries:
            return list(entries)
    except OSError:
        if not folder:
            raise
        return []


def _is_built(name: str) -> bool:
    return name.startswith(".") or name in _BUILT or name.endswith(".egg-info")
