"""Find paths below a folder by patterns with ``*`` and ``**``. Pattern and folder may be untrusted."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePath


def glob_paths(root: Path, pattern: str) -> list[str]:
    """Return the paths that match a pattern, from ``root`` unless it is absolute, sorted.

    ``**`` matches any number of folders, except hidden ones, and follows no symbolic link: two links to their own
    folder would produce endless paths. Each folder is visited once for each part of a pattern.
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
    """Yield the folders, and the folders below them at any depth."""
    waiting = list(folders)
    seen = set(waiting)
    while waiting:
        folder = waiting.pop()
        yield folder
        try:
            with os.scandir(root / folder) as entries:
                inner = [e.name for e in entries if e.is_dir(follow_symlinks=False)]
        except OSError:  # not a folder, or not accessible
            continue
        for name in inner:
            path = os.path.join(folder, name)  # noqa: PTH118 (a Path is slower)
            if not name.startswith(".") and path not in seen:
                seen.add(path)
                waiting.append(path)
