"""What patterns with ``*`` and ``**`` find below a folder. They may be a stranger's, as the folder may be."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePath


def glob_paths(root: Path, pattern: str) -> list[str]:
    """Return the paths that a pattern finds, from ``root`` unless it is absolute, sorted.

    ``**`` stands for any number of folders, hidden ones aside, and follows no symbolic link: two links to the folder
    that they are in would make paths without number. Each folder is looked at once for each part of a pattern.
    """
    path = PurePath(pattern)
    paths = {path.anchor}
    before = ""
    for part in path.parts[bool(path.anchor) :]:
        if part != "**":
            paths = {
                os.path.join(folder, name)  # noqa: PTH118
                for folder in paths
                for name in _matching_names(root, folder, part)
            }
        elif before != "**":
            paths = set(_folders_below(root, paths))
        before = part
    return sorted(paths - {""})


def _matching_names(root: Path, folder: str, part: str) -> list[str]:
    return glob.glob(part, root_dir=root / folder)  # noqa: PTH207 (Path.glob takes no "..")


def _folders_below(root: Path, folders: Iterable[str]) -> Iterator[str]:
    """Yield the folders, and those in them at any depth."""
    waiting = list(folders)
    seen = set(waiting)
    while waiting:
        folder = waiting.pop()
        yield folder
        try:
            with os.scandir(root / folder) as entries:
                inner = [e.name for e in entries if e.is_dir(follow_symlinks=False)]
        except OSError:  # it is no folder, or not for us
            continue
        for name in inner:
            path = os.path.join(folder, name)  # noqa: PTH118 (a Path would cost more)
            if not name.startswith(".") and path not in seen:
                seen.add(path)
                waiting.append(path)
