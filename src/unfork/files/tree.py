"""The files that a run reads: those of the work tree, or those of a commit."""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, Protocol

from unfork.errors import GitError
from unfork.file_kinds import CODE
from unfork.files.durable import Signature
from unfork.files.git import Asked, BlobReader, Git
from unfork.files.grep import MOST_LARGE, Found, begin_grep, searched_parts
from unfork.files.listing import signatures_below, signatures_by_path
from unfork.files.quick_reads import read_file, read_into
from unfork.files.repository import Repository, find_repository
from unfork.values import Basis, digest


class Tree(Protocol):
    """Files by their path relative to the root, with ``/``. A tree can be sent to another process.

    In names that are not UTF-8, invalid bytes become surrogates (PEP 383).
    """

    @property
    def root(self) -> Path:
        """The folder that the paths start from."""

    def paths(self, endings: tuple[str, ...] = ("",)) -> tuple[str, ...]:
        """Return all files that git tracks or does not ignore (or the equivalent), sorted.

        ``endings``: only those whose name ends in one of these.
        """

    def read(self, path: str) -> bytes:
        """Return the bytes of a file. Raises OSError where it cannot be read."""


_LIST = ("ls-files", "-z", "-v", "--cached", "--others")
_OF_BASIS = (*CODE, "pyproject.toml", "setup.cfg")
"""The endings of the files that a plan depends on, and may change."""
_STEP, _LONG_STEP = 50_000_000, 3_000_000_000

Search = Callable[[], tuple[str, ...]]
"""Waits for the end of a search, and returns the files that may contain one of its words, sorted."""
Test = Callable[[bytearray, int], bool]
"""Returns whether a file is wanted, from a buffer and the number of bytes in it that belong to the file."""


class WorkTree:
    """The files on disk.

    ``remembers``: the first listing is kept, as the `basis` of a plan that is to be carried out.
    """

    def __init__(self, root: Path, remembers: bool = False) -> None:
        self._root, self._remembers = root, remembers
        self._begun: tuple[Repository, Asked] | None = None
        self._listed: _Listed | None = None
        self._basis: Basis | None = None

    @property
    def root(self) -> Path:
        """The folder that the paths start from."""
        return self._root

    @property
    def basis(self) -> Basis | None:
        """What a plan made from this tree depends on; None if it does not remember, or was not read."""
        return self._basis

    def __repr__(self) -> str:
        return f"WorkTree({self._root!r})"

    def __reduce__(self) -> tuple[type[WorkTree], tuple[Path]]:
        return WorkTree, (self._root,)

    def begin(self, with_sizes: bool = False) -> WorkTree:
        """Make git list the files in the background, ``with_sizes`` if many will be searched. Raises GitError."""
        repository = find_repository(self._root) if self._begun is None else None
        if repository is not None:
            git = repository.sealed_in(self._root)
            sizes = ("--debug",) if with_sizes else ()
            self._begun = repository, git.begin(*_LIST, *sizes, *repository.exclude_options)
        return self

    def paths(self, endings: tuple[str, ...] = ("",)) -> tuple[str, ...]:
        """Return the existing files that git tracks or does not ignore.

        Symbolic links and files of submodules are left out. Outside git, and in a root that git ignores altogether,
        these are all files except those in hidden folders and common build folders. Raises GitError if git fails,
        OSError if the root cannot be listed.
        """
        now = time.time_ns()
        seen = self.signatures(endings)
        if self._remembers and self._basis is None:
            self._basis = self._basis_of_sources(endings, seen, now)
        return tuple(seen)

    def signatures(self, endings: tuple[str, ...]) -> dict[str, Signature]:
        """Return the signatures of the files that ``paths`` lists, sorted. Raises GitError, OSError."""

        def wanted(path: str) -> bool:
            return path.endswith(endings)

        self._listed = listed = self._list_names()
        if listed is None:
            return signatures_below(self._root, wanted)
        return signatures_by_path(self._root, filter(wanted, (*listed.searchable, *listed.others)))

    def _list_names(self) -> _Listed | None:
        """Return the names that git lists; None outside git, and in a root that git ignores. Raises GitError."""
        begun, self._begun = self.begin()._begun, None
        if begun is None:
            return None
        repository, asked = begun
        listed = _Listed.parse(repository, asked.answer())
        if listed is None:  # git promises nothing about what `--debug` prints
            git = repository.sealed_in(self._root)
            listed = _Listed.parse(repository, git.run(*_LIST, *repository.exclude_options))
        if listed is None:
            raise GitError(f"{self._root}: unfork does not understand what git ls-files prints")
        is_empty = not (listed.searchable or listed.others)
        return None if is_empty and repository.ignored(self._root, ["."]) else listed

    def begin_search(
        self, words: Collection[bytes], skipped: tuple[str, ...], largest: int
    ) -> Search:
        """Begin to search the files of up to ``largest`` bytes, without a ``skipped`` ending, for any of the ``words``.

        git searches the files that it tracks, in the background. The result may have files without any of the words:
        those that git does not track, and all files where git does not search. A file that has grown to more since git
        looked at it may be searched. Raises GitError; the result, too.
        """
        listed = self._listed or self._list_names()
        if listed is None:
            return lambda: tuple(path for path in self.paths() if not path.endswith(skipped))
        others = {name for name in listed.others if not name.endswith(skipped)}
        tracked = {name for name in listed.searchable if not name.endswith(skipped)}
        grep: Found | None = None
        if parts := searched_parts(words):
            sizes, top = listed.searchable, os.fspath(self._root)
            doubtful = (name for name in tracked if not 0 < sizes[name] <= largest)
            large = sorted(name for name in doubtful if _size_of(f"{top}/{name}") > largest)
            git = listed.repository.sealed_in(self._root)
            grep = begin_grep(git, parts, skipped, large) if len(large) <= MOST_LARGE else None

        def result() -> tuple[str, ...]:
            names = tracked if grep is None else tracked.intersection(grep())
            return tuple(signatures_by_path(self._root, others | names))

        return result

    def _basis_of_sources(
        self, endings: tuple[str, ...], seen: Mapping[str, Signature], now: int
    ) -> Basis:
        """Return a basis of the files that matter, with digests of those so new that a change might not show."""
        sources = {path: state for path, state in seen.items() if path.endswith(_OF_BASIS)}
        digests: dict[str, str] = {}
        for path, signature in sources.items():
            if signature and _is_fresh(signature, now):
                with suppress(OSError):
                    digests[path] = digest(self.read(path))
        return Basis(
            self._root, tuple(e for e in _OF_BASIS if e.endswith(endings)), sources, digests
        )

    def read(self, path: str) -> bytes:
        """Return the bytes of a file. Raises OSError where it cannot be read."""
        return read_file(f"{self._root}/{path}")

    def scan(
        self, paths: Iterable[str], wanted: Test, largest: int | None = None
    ) -> Iterator[tuple[str, bytes | None]]:
        """Yield the ``wanted`` files with their bytes, or None for files that cannot be read.

        All other files go through one buffer, without an object for each. Files of more than ``largest`` bytes are
        left out.
        """
        top, buffer = os.fspath(self._root), bytearray(1 << 20)
        for path in paths:
            try:
                size = read_into(f"{top}/{path}", buffer, largest)
            except OSError:
                yield path, None
                continue
            if size is not None and wanted(buffer, size):
                yield path, bytes(memoryview(buffer)[:size])


def _size_of(path: str) -> int:
    try:
        return os.lstat(path).st_size
    except OSError:  # it cannot be read, either
        return 0


def _is_fresh(seen: Signature, now: int) -> bool:
    """Return whether a file changed so recently that another change may leave its signature the same.

    Kernels record file times in steps of up to 10 ms, some file systems in seconds.
    """
    changed = max(seen[-2:])
    return now - changed < (_STEP if changed % 1_000_000_000 else _LONG_STEP)


_ENTRY = re.compile(
    r"(\S) ([^\0]+)\0(?:  ctime: .*\n  mtime: .*\n  dev: .*\n  uid: .*\n  size: (\d+)\t.*\n)?|([^\0])"
)
"""An entry of `ls-files -v --debug`, which tells the size that a file had when git last looked, or anything else."""


class _Listed(NamedTuple):
    """The names that git lists for a work tree; not all of them need exist."""

    repository: Repository
    searchable: Mapping[str, int]
    """Those that `git grep` searches as they are on disk, with the size that the index has; 0 if it has none."""
    others: frozenset[str]

    @classmethod
    def parse(cls, repository: Repository, listed: bytes) -> _Listed | None:
        """Read the output of `ls-files -v`, with `--debug` if sizes are of use; None if it is not as expected.

        H a.py    in the index    h S a.py    in it, but git trusts the index    ? b.py    not in it
        """
        searchable: dict[str, int] = {}
        others: list[str] = []
        for tag, name, size, anything in _ENTRY.findall(os.fsdecode(listed)):
            if anything:
                return None
            if tag == "H":
                searchable[name] = int(size or 0)
            else:
                others.append(name)
        return cls(repository, searchable, frozenset(others))


class CommitTree:
    """The files of a commit, whatever the work tree holds; ``root`` may be a folder below its top.

    One ``git cat-file`` per process serves all reads; the first read starts it. ``rev`` should be a full commit id if a
    run takes long, because a name may come to refer to another commit.
    """

    def __init__(self, root: Path, rev: str = "HEAD") -> None:
        self._root, self.rev = root, rev
        self._lock = threading.Lock()
        self._entries: Mapping[str, tuple[str, str]] | None = None
        self._reader: BlobReader | None = None
        self._git: Git | None = None

    @property
    def root(self) -> Path:
        """The folder that the paths start from."""
        return self._root

    def __repr__(self) -> str:
        return f"CommitTree({self._root!r}, {self.rev!r})"

    def __reduce__(self) -> tuple[type[CommitTree], tuple[Path, str]]:
        return CommitTree, (self._root, self.rev)

    def paths(self, endings: tuple[str, ...] = ("",)) -> tuple[str, ...]:
        """Return the files of the commit below the root, without links and submodules, sorted.

        Raises GitError if git fails, or the commit does not exist.
        """
        files = (
            path for path, (mode, _) in self._entries_by_path().items() if mode.startswith("100")
        )
        return tuple(sorted(path for path in files if path.endswith(endings)))

    def mode(self, path: str) -> str:
        """Return the mode that git stores for a file, ``100644`` or ``100755``.

        Raises FileNotFoundError if the commit has no such file, GitError if git fails.
        """
        return self._mode_and_id(path)[0]

    def read(self, path: str) -> bytes:
        """Return the bytes of a file as committed, without any filter.

        Raises FileNotFoundError if the commit has no such file, GitError if git fails.
        """
        return self._read_blob(self._mode_and_id(path)[1])

    def close(self) -> None:
        """End the process that serves the reads. The next read starts another."""
        with self._lock:
            if self._reader is not None:
                self._reader.close()

    def _mode_and_id(self, path: str) -> tuple[str, str]:
        mode, oid = self._entries_by_path().get(path, ("", ""))
        if not mode.startswith("100"):
            raise FileNotFoundError(f"{path}: no such file in {self.rev}")
        return mode, oid

    def _entries_by_path(self) -> Mapping[str, tuple[str, str]]:
        if self._entries is None:
            if self.rev.startswith("-"):
                raise GitError(f"{self.rev}: this is not the name of a commit")
            listed = self._sealed_git().run("ls-tree", "-r", "-z", self._commit_id())
            self._entries = dict(_parse_entries(os.fsdecode(listed)))
        return self._entries

    def _sealed_git(self) -> Git:
        if self._git is None:
            self._git = _required_repository(self._root).sealed_in(self._root)
        return self._git

    def _commit_id(self) -> str:
        """Return the full id of the commit; branch names are known only to the repository."""
        asked = ("rev-parse", "--verify", "--end-of-options", self.rev)
        return _required_repository(self._root).run(*asked).decode().strip()

    def _read_blob(self, oid: str) -> bytes:
        with self._lock:
            if self._reader is None or not self._reader.usable:
                self._reader = self._sealed_git().reader()
            return self._reader.read(oid)


def _required_repository(root: Path) -> Repository:
    repository = find_repository(root)
    if repository is None:
        raise GitError(f"{root}: this is not in a git work tree")
    return repository


def _parse_entries(listed: str) -> Iterator[tuple[str, tuple[str, str]]]:
    for entry in listed.split("\0")[:-1]:
        about, path = entry.split("\t", 1)
        mode, _, oid = about.split(" ")
        yield path, (mode, oid)
