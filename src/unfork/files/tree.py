"""The files a run reads: those of the work tree, or those of a commit."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from io import FileIO
from pathlib import Path
from typing import Protocol

from unfork.errors import GitError
from unfork.files import git
from unfork.files.listing import present, walk


class Tree(Protocol):
    """Files by their path relative to the root, with ``/``. A tree can be sent to another process.

    Names that are no UTF-8 have surrogates for their odd bytes (PEP 383).
    """

    @property
    def root(self) -> Path:
        """The folder that the paths start from."""

    def paths(self, endings: tuple[str, ...] = ("",)) -> tuple[str, ...]:
        """Return all files that git tracks or does not ignore (or what stands for them), sorted.

        ``endings``: only those whose name ends in one of these.
        """

    def read(self, path: str) -> bytes:
        """Return the bytes of a file. Raises OSError where it cannot be read."""


Test = Callable[[bytearray, int], bool]
"""Whether a file is wanted, told from a buffer and the number of bytes in it that are the file's."""


class WorkTree:
    """The files on disk."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._asked: git.Asked | None = None

    @property
    def root(self) -> Path:
        """The folder that the paths start from."""
        return self._root

    def __repr__(self) -> str:
        return f"WorkTree({self._root!r})"

    def __reduce__(self) -> tuple[type[WorkTree], tuple[Path]]:
        return WorkTree, (self._root,)

    def begin(self) -> WorkTree:
        """Have git look for the files already, while we do something else. Raises GitError."""
        if self._asked is None and git.inside(self._root):
            asked = ("ls-files", "-z", "--cached", "--others", "--exclude-standard")
            self._asked = git.begin(self._root, *asked)
        return self

    def paths(self, endings: tuple[str, ...] = ("",)) -> tuple[str, ...]:
        """Return the files that git tracks or does not ignore and that are there.

        Symbolic links are none, and nothing of a submodule is. Outside git, and in a root that git
        ignores altogether, these are all files but those in hidden folders and common build
        folders. Raises GitError where git fails, OSError where the root cannot be listed.
        """

        def wanted(path: str) -> bool:
            return path.endswith(endings)

        asked, self._asked = self.begin()._asked, None
        if asked is None:
            return walk(self._root, wanted)
        names = set(os.fsdecode(asked.answer()).split("\0")) - {""}
        if not names and git.ask(self._root, "check-ignore", "-q", ".").returncode == 0:
            return walk(self._root, wanted)
        return present(self._root, filter(wanted, names))

    def read(self, path: str) -> bytes:
        """Return the bytes of a file. Raises OSError where it cannot be read."""
        with open(f"{self._root}/{path}", "rb", buffering=0) as file:  # noqa: PTH123 (many)
            return file.read()

    def scan(self, paths: Iterable[str], wanted: Test) -> Iterator[tuple[str, bytes | None]]:
        """Yield the files that are ``wanted`` with their bytes, None for those that cannot be read.

        All others go through one buffer, without an object for each.
        """
        top, buffer = os.fspath(self._root), bytearray(1 << 20)
        for path in paths:
            try:
                with open(f"{top}/{path}", "rb", buffering=0) as file:  # noqa: PTH123 (many)
                    size = _filled(file, buffer)
            except OSError:
                yield path, None
                continue
            if wanted(buffer, size):
                yield path, bytes(memoryview(buffer)[:size])


def _filled(file: FileIO, buffer: bytearray) -> int:
    """Read a file into the beginning of a buffer, which grows if it must, and return the number of bytes."""
    size = file.readinto(buffer) or 0
    while size == len(buffer):
        buffer += bytes(len(buffer))
        with memoryview(buffer) as view:
            size += file.readinto(view[size:]) or 0
    return size


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

    def paths(self, endings: tuple[str, ...] = ("",)) -> tuple[str, ...]:
        """Return the files of the commit below the root, no links and no submodules, sorted.

        Raises GitError where git fails, or there is no such commit.
        """
        files = (path for path, (mode, _) in self._listed().items() if mode.startswith("100"))
        return tuple(sorted(path for path in files if path.endswith(endings)))

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
