"""The default roots of a folder on disk, found without listing all its files."""

from __future__ import annotations

from pathlib import Path, PurePath

from unfork.files.globs import glob_paths
from unfork.reading.manifests import PROJECT_FILES
from unfork.reading.projects import Projects


def project_roots(root: Path) -> tuple[str, ...]:
    """Return the roots that a folder's manifests declare, and those of its workspace members."""

    def read(path: str) -> bytes:
        return (root / path).read_bytes()

    def has_folder(path: str) -> bool:
        return (root / path).is_dir()

    own = _manifest_paths(root, root)
    patterns = Projects(own, read, has_folder).members
    inside = (
        entry
        for entry in patterns
        if not PurePath(entry).anchor and ".." not in PurePath(entry).parts
    )
    members = (root / path for pattern in inside for path in glob_paths(root, pattern))
    every = (*own, *(path for folder in members for path in _manifest_paths(root, folder)))
    return tuple(entry or "." for entry in Projects(every, read, has_folder).roots())


def _manifest_paths(root: Path, folder: Path) -> tuple[str, ...]:
    candidates = (folder / name for name in PROJECT_FILES)
    return tuple(path.relative_to(root).as_posix() for path in candidates if path.is_file())
