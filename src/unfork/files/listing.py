"""List the files below a root."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from unfork.files.durable import Signature, signature_of

_BUILT = frozenset({"__pycache__", "node_modules", "build", "dist", "site-packages"})
"""Folders skipped outside git, like hidden folders, virtual environments and ``*.egg-info``."""


def signatures_by_path(root: Path, names: Iterable[str]) -> dict[str, Signature]:
    """Return the signatures of those ``names`` that are files, sorted, in folders that are not symbolic links.

    Links are not listed: their targets are listed already, or are not part of the project. A file that cannot be
    checked has an empty signature.
    """
    top = os.fspath(root)  # str, not Path: there may be thousands
    real: dict[str, bool] = {"": True}
    return {
        name: seen
        for name in sorted(names)
        if _is_real(top, name.rpartition("/")[0], real)
        and (seen := _signature_if_file(f"{top}/{name}")) is not None
    }


def signatures_below(root: Path, wanted: Callable[[str], bool]) -> dict[str, Signature]:
    """Return the ``wanted`` files below ``root``, sorted, except those in hidden folders and common build folders.

    Raises OSError if the root cannot be listed. For a folder in it that cannot be listed, ``folder/*.py`` stands, if
    such files are wanted: reading that fails, as with any file that cannot be read.
    """
    unlisted: list[str] = []
    seen = signatures_by_path(root, filter(wanted, _walk_paths(root, unlisted)))
    if not unlisted:
        return seen
    missing = (f"{folder}/*.py" for folder in unlisted)
    return dict(sorted((seen | dict.fromkeys(filter(wanted, missing), ())).items()))


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
    except OSError:  # assume it exists; reading it shows what is wrong
        return ()
    return signature_of(state) if stat.S_ISREG(state.st_mode) else None


def _walk_paths(root: Path, unlisted: list[str]) -> Iterator[str]:
    """Yield all files, and put the folders that cannot be listed into ``unlisted``."""
    folders = [""]
    while folders:
        folder = folders.pop()
        try:
            entries = _folder_entries(root, folder)
        except OSError:
            if not folder:
                raise
            unlisted.append(folder)
            continue
        if folder and any(entry.name == "pyvenv.cfg" for entry in entries):
            continue
        for entry in entries:
            path = f"{folder}/{entry.name}" if folder else entry.name
            if entry.is_file(follow_symlinks=False):
                yield path
            elif entry.is_dir(follow_symlinks=False) and not _is_built(entry.name):
                folders.append(path)


def _folder_entries(root: Path, folder: str) -> list[os.DirEntry[str]]:
    with os.scandir(root / folder) as entries:
        return list(entries)


def _is_built(name: str) -> bool:
    return name.startswith(".") or name in _BUILT or name.endswith(".egg-info")
