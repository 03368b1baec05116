"""The files a run reads: those of the work tree, or those of a commit."""

from __future__ import annotations

import os
import posixpath
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from unfork.errors import GitError
from unfork.files import git
from unfork.files.listing import Listing, present, walk


class Tree(Protocol):
    """Files by their path relative to the root, with ``/``. A tree can be sent to another process.

    Names that are no UTF-8 have surrogates for their odd bytes (PEP 383).
    """

    @property
    def root(self) -> Path:
        """The folder that the paths start from."""

    def paths(self) -> tuple[str, ...]:
        """Return all files that git tracks or does not ignore (or what stands for them), sorted."""

    def links(self) -> Mapping[str, str]:
        """Return the symbolic links below the root, and the path below the root each leads to.

        They are not among ``paths``: what they lead to is, or it is a folder.
        """

    def read(self, path: str) -> bytes:
        """Return the bytes of a file. Raises OSError where it cannot be read."""


@dataclass(frozen=True, slots=True)
class WorkTree:
    """The files on disk."""

    root: Path

    def paths(self) -> tuple[str, ...]:
        """Return the files that git tracks or does not ignore and that are there.

        Symbolic links are none, and nothing of a submodule is. Outside git, and in a root that git
        ignores altogether, these are all files but those in hidden folders and common build
        folders. Raises GitError where git fails, OSError where the root cannot be listed.
        """
        return self.listing().files

    def links(self) -> Mapping[str, str]:
        """Return the symbolic links below the root, and where they lead. Raises as ``paths``."""
        return self.listing().links

    def listing(self) -> Listing:
        """Return ``paths`` and ``links`` at the price of one. Raises as ``paths``."""
        if not git.inside(self.root):
            return walk(self.root)
        asked = ("ls-files", "-z", "--cached", "--others", "--exclude-standard")
        names = set(os.fsdecode(git.run(self.root, *asked)).split("\0"))
        if len(names) == 1 and git.ask(self.root, "check-ignore", "-q", ".").returncode == 0:
            return walk(self.root)
        return present(self.root, names)

    def read(self, path: str) -> bytes:
        """Return the bytes of a file. Raises OSError where it cannot be read."""
        with open(self.root / path, "rb") as file:  # noqa: PTH123 (Path.read_bytes takes longer)
            return file.read()


class CommitTree:
    """The files of a commit, whatever the work tree holds; ``root`` may be a folder below its top.

    One ``git cat-file`` serves all reads; it is started by the first, in each process anew. ``rev``
    should be a full commit id where a run takes long: a name may come to mean another commit.
    """

    def __init__(self, root: Path, rev: str = "HEAD") -> None:
        self._root, self.rev = root, rev
        self._lock = threading.Lock()
        self._entries: Mapping[str, tuple[str, str]] | None = None
        self._reader: git.BlobReader | None = None

    @property
    def root(self) -> Path:
        """The folder that the paths start from."""
        return self._root

    def __repr__(self) -> str:
        return f"CommitTree({self._root!r}, {self.rev!r})"

    def __reduce__(self) -> tuple[type[CommitTree], tuple[Path, str]]:
        return CommitTree, (self._root, self.rev)

    def paths(self) -> tuple[str, ...]:
        """Return the files of the commit below the root, no links and no submodules, sorted.

        Raises GitError where git fails, or there is no such commit.
        """
        listed = self._listed().items()
        return tuple(sorted(path for path, (mode, _) in listed if mode.startswith("100")))

    def links(self) -> Mapping[str, str]:
        """Return the symbolic links to somewhere below the root, and where to. Raises GitError."""
        listed = self._listed().items()
        said = {p: os.fsdecode(self._blob(oid)) for p, (mode, oid) in listed if mode == "120000"}
        ways = {
            path: posixpath.normpath(posixpath.join(posixpath.dirname(path), to))
            for path, to in said.items()
        }
        return {path: to for path, to in ways.items() if not to.startswith(("/", "../"))}

    def mode(self, path: str) -> str:
        """Return the mode that git keeps of a file, ``100644`` or ``100755``.

        Raises FileNotFoundError where the commit has no such file, GitError where git fails.
        """
        return self._find(path)[0]

    def read(self, path: str) -> bytes:
        """Return the bytes of a file as they are committed: no filter has touched them.

        Raises FileNotFoundError where the commit has no such file, GitError where git fails.
        """
        return self._blob(self._find(path)[1])

    def close(self) -> None:
        """End the process that serves the reads. The next read would start another."""
        with self._lock:
            if self._reader is not None:
                self._reader.close()

    def _find(self, path: str) -> tuple[str, str]:
        mode, oid = self._listed().get(path, ("", ""))
        if not mode.startswith("100"):
            raise FileNotFoundError(f"{path}: no such file in {self.rev}")
        return mode, oid

    def _listed(self) -> Mapping[str, tuple[str, str]]:
        if self._entries is None:
            if self.rev.startswith("-"):
                raise GitError(f"{self.rev}: this is not the name of a commit")
            listed = git.run(self._root, "ls-tree", "-r", "-z", self.rev)
            self._entries = dict(_entries(os.fsdecode(listed)))
        return self._entries

    def _blob(self, oid: str) -> bytes:
        with self._lock:
            if self._reader is None or not self._reader.usable:
                self._reader = git.BlobReader(self._root)
            return self._reader.read(oid)


def _entries(listed: str) -> Iterator[tuple[str, tuple[str, str]]]:
    for entry in listed.split("\0")[:-1]:
        about, path = entry.split("\t", 1)
        mode, _, oid = about.split(" ")
        yield path, (mode, oid)
