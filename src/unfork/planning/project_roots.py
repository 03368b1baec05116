"""The default roots of a folder on disk, without a list of all its files."""

from __future__ import annotations

from pathlib import Path, PurePath

from unfork.files.globs import matches
from unfork.reading.manifests import PROJECT_FILES
from unfork.reading.projects import Projects


def project_roots(root: Path) -> tuple[str, ...]:
    """Return the roots that the manifests of a folder say, and those of the members of its workspace."""

    def read(path: str) -> bytes:
        return (root / path).read_bytes()

    def has_folder(path: str) -> bool:
        return (root / path).is_dir()

    own = _manifests(root, root)
    patterns = Projects(own, read, has_folder).members
    inside = (
        each for each in patterns if not PurePath(each).anchor and ".." not in PurePath(each).parts
    )
    members = (root / path for pattern in inside for path in matches(root, pattern))
    every = (*own, *(path for folder in members for path in _manifests(root, folder)))
    return tuple(each or "." for each in Projects(every, read, has_folder).roots())


def _manifests(root: Path, folder: Path) -> tuple[str, ...]:
    found = (folder / name for name in PROJECT_FILES)
    return tuple(path.relative_to(root).as_posix() for path in found if path.is_file())
