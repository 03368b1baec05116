"""What a plan rests on, looked at again before it is carried out, and after.

A plan is made from many files, and changes some. A file that it has only read may change meanwhile: a new importer
of a module that is to go, a name that the target has no more. So the signatures of all Python files are noted
before the first is read, and compared under the lock.
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
    """A look at the files that a plan rests on: git lists them while something else is done."""

    def __init__(self, basis: Basis) -> None:
        """Begin to look. Raises GitError."""
        self._basis = basis
        self._tree = WorkTree(basis.root).begin()

    def again(self) -> Look:
        """Begin another look at the same."""
        return Look(self._basis)

    def differing(
        self,
        written: Mapping[str, Signature | None] | None = None,
        known: Mapping[str, Signature] | None = None,
    ) -> tuple[str, ...]:
        """Return the files that are not as the plan found them, but for those that were ``written`` since.

        A file whose signature differs is the same all the same where this one is ``known`` to be of the same text.
        Raises OSError, GitError.
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
    """Return what gives the paths from the root of files that are named from the base of its tree."""
    top, start = os.path.realpath(root), os.fspath(base)
    between = os.path.relpath(top, start).replace(os.sep, "/")
    above = "" if between == "." else f"{between}/"

    def told(path: str) -> str:
        if path.startswith(above):
            return path[len(above) :]
        return Path(os.path.relpath(base / path, top)).as_posix()

    return told
