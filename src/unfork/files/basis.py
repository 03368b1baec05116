"""The files a plan depends on, checked again before and after it is carried out.

A plan is made from many files, and changes some. A file that was only read may change in the meantime: a new importer
of a module to be removed, a name that the target no longer has. So the signatures of all Python files, and of the
manifests that may change, are recorded before the first is read, and compared under the lock.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from unfork.files.durable import Signature
from unfork.files.tree import WorkTree
from unfork.values import Basis, digest

_SHOWN = 3


class Look:
    """A check of the files that a plan depends on; git lists them in the background."""

    def __init__(self, basis: Basis) -> None:
        """Start the check. Raises GitError."""
        self._basis = basis
        self._tree = WorkTree(basis.root).begin()

    def again(self) -> Look:
        """Start another check of the same files."""
        return Look(self._basis)

    def differing(
        self,
        written: Mapping[str, Signature | None] | None = None,
        known: Mapping[str, Signature] | None = None,
    ) -> tuple[str, ...]:
        """Return the files that differ from what the plan found, except those ``written`` since.

        A file with a different signature counts as the same if its new signature is ``known`` to belong to the same
        text. Raises OSError, GitError.
        """
        before = {**self._basis.seen, **(written or {})}
        before = {path: seen for path, seen in before.items() if seen is not None}
        now = self._tree.signatures(self._basis.endings)
        differing = {path for path, seen in before.items() if now.get(path) != seen}
        differing |= now.keys() - before.keys()
        known, digests = known or {}, self._basis.digests
        unsure = digests.keys() - (written or {}).keys()
        same = {path for path, seen in known.items() if now.get(path) == seen}
        same |= (unsure & now.keys()) - known.keys()
        same -= {path for path in unsure & same if not self._has_digest(path, digests[path])}
        return tuple(sorted((differing | unsure) - same))

    def _has_digest(self, path: str, wanted: str) -> bool:
        with suppress(OSError):
            return digest(self._tree.read(path)) == wanted
        return False


def from_root(root: Path, base: Path) -> Callable[[str], str]:
    """Return a function that turns paths relative to the tree's base into paths relative to the root."""
    top, start = os.path.realpath(root), os.fspath(base)
    between = os.path.relpath(top, start).replace(os.sep, "/")
    above = "" if between == "." else f"{between}/"

    def told(path: str) -> str:
        if path.startswith(above):
            return path[len(above) :]
        return Path(os.path.relpath(base / path, top)).as_posix()

    return told
