"""Which of the files below a root are there, and which are symbolic links."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

_BUILT = frozenset({"__pycache__", "node_modules", "build", "dist", "site-packages"})
"""Not looked into outside git; nor are hidden folders, virtual environments and ``*.egg-info``."""


@dataclass(frozen=True, slots=True)
class Listing:
    """Files, sorted, and of each symbolic link the path below the root of what it leads to.

    Links are no files of their own: what they lead to is one already, or a folder of such. Links
    that lead out of the root, or into a git folder, are in neither.
    """

    files: tuple[str, ...]
    links: Mapping[str, str]


def present(root: Path, names: Iterable[str]) -> Listing:
    """Return those of ``names`` that are files or links, in folders that are no links themselves.

    One look at a folder tells the kind of everything in it; only names that it does not show are
    asked for one by one: deleted files, and other spellings on a file system that folds case.
    """
    return _listing(root, _present(root, names))


def walk(root: Path) -> Listing:
    """Return all files below ``root``, but those of hidden folders and of common build folders.

    Raises OSError where the root cannot be listed. A folder in it that cannot be is passed over.
    """
    return _listing(root, _walk(root))


def _listing(root: Path, found: Iterable[tuple[str, bool]]) -> Listing:
    files, links = [], {}
    base = Path(os.path.realpath(root))
    for path, linked in found:
        if not linked:
            files.append(path)
        elif (target := _target(base, path)) is not None:
            links[path] = target
    return Listing(tuple(sorted(files)), MappingProxyType(links))


def _target(base: Path, path: str) -> str | None:
    try:
        target = Path(os.path.realpath(base / path, strict=True)).relative_to(base)
    except (OSError, ValueError):  # it leads nowhere, in a circle, or out
        return None
    return None if ".git" in target.parts else target.as_posix()


def _present(root: Path, names: Iterable[str]) -> Iterator[tuple[str, bool]]:
    folders: dict[str, list[str]] = {}
    for name in names:
        folder, _, base = name.rpartition("/")
        if base:  # else it is a repository of its own, "name/"
            folders.setdefault(folder, []).append(base)
    top = os.fspath(root)  # text, not Path, as there may be thousands of folders
    real: dict[str, bool] = {"": True}
    for folder, bases in folders.items():
        if not _is_real(top, folder, real):
            continue
        kinds = _kinds(f"{top}/{folder}", bases)
        for base in bases:
            path = f"{folder}/{base}" if folder else base
            linked = kinds[base] if base in kinds else _kind(f"{top}/{path}")
            if linked is not None:
                yield path, linked


def _is_real(top: str, folder: str, known: dict[str, bool]) -> bool:
    if folder not in known:
        above = _is_real(top, folder.rpartition("/")[0], known)
        known[folder] = above and _kind(f"{top}/{folder}") is not True
    return known[folder]


def _kinds(folder: str, bases: Collection[str]) -> dict[str, bool | None]:
    """Return of each wanted entry whether it is a link; None where it is neither link nor file."""
    wanted = frozenset(bases)
    try:
        with os.scandir(folder) as entries:
            return {e.name: _linked(e) for e in entries if e.name in wanted}
    except OSError:
        return {}


def _linked(entry: os.DirEntry[str]) -> bool | None:
    if entry.is_file(follow_symlinks=False):
        return False
    return True if entry.is_symlink() else None


def _kind(path: str) -> bool | None:
    try:
        mode = os.lstat(path).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:  # it is there for all we know; reading it tells what is wrong
        return False
    return stat.S_ISLNK(mode) if stat.S_ISREG(mode) or stat.S_ISLNK(mode) else None


def _walk(root: Path) -> Iterator[tuple[str, bool]]:
    folders = [""]
    while folders:
        folder = folders.pop()
        found = _entries(root, folder)
        if folder and any(entry.name == "pyvenv.cfg" for entry in found):
            continue
        for entry in found:
            path = f"{folder}/{entry.name}" if folder else entry.name
            if not entry.is_dir(follow_symlinks=False):
                linked = _linked(entry)
                if linked is not None:
                    yield path, linked
            elif not _is_built(entry.name):
                folders.append(path)


def _entries(root: Path, folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(root / folder) as entries:
            return list(entries)
    except OSError:
        if not folder:
            raise
        return []


def _is_built(name: str) -> bool:
    return name.startswith(".") or name in _BUILT or name.endswith(".egg-info")
