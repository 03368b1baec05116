"""Files whose current text git could not restore."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence

from unfork.errors import WriteError
from unfork.files.git import Git
from unfork.files.repository import Repository

_LONGEST = 20_000
"""Maximum characters in a command line; Windows allows 32,767."""


class DirtyError(WriteError):
    """Files have uncommitted changes; ``paths`` are relative to the top of the repository.

    For ``filtered`` files this is unknown, because git would have to run a program.
    """

    def __init__(self, paths: tuple[str, ...], filtered: tuple[str, ...] = ()) -> None:
        self.paths, self.filtered = paths, filtered
        unsure = f" ({file_list_text(filtered)}: behind a git filter, which unfork does not run)"
        super().__init__(
            f"{file_count_text(paths)} with changes that are not committed: {file_list_text(paths)}"
            f"{unsure if filtered else ''}; commit or stash "
            "them, or pass --allow-dirty to write into them"
        )

    def __reduce__(self) -> tuple[type[DirtyError], tuple[tuple[str, ...], tuple[str, ...]]]:
        return DirtyError, (self.paths, self.filtered)


class Status:
    """The git status of the files to change, collected in the background.

    File bytes are compared with the committed bytes, whatever git has been told to ignore (``assume-unchanged``,
    ``skip-worktree``, ignored files).
    """

    def __init__(self, repository: Repository, paths: Collection[str]) -> None:
        """Ask for the state of ``paths``, relative to the top of a work tree. Raises GitError."""
        git = self._git = repository.sealed_in(repository.top)
        # a name with a star is not a pattern
        plain = {
            **git.variables,
            "GIT_LITERAL_PATHSPECS": "1",
        }
        literal = Git(git.folder, git.settings, plain)
        some = sorted(paths) if sum(map(len, paths)) + len(paths) < _LONGEST else []
        head = repository.head()
        listed = ("ls-tree", "-r", "-z", "--full-tree", "--", head, *some)
        self._committed = literal.begin(*listed) if head else None
        self._staged = literal.begin("ls-files", "--stage", "-z", "--", *some)

    def refuse_dirty(self, texts: Mapping[str, bytes]) -> None:
        """Raise DirtyError if the text of a file differs from the committed or the staged text.

        Raises GitError if git fails.
        """
        committed = _ids_by_path(self._committed.answer(), 2) if self._committed is not None else {}
        staged = _ids_by_path(self._staged.answer(), 1)
        known = {
            path: committed[path] for path in texts if committed.get(path, ()) == staged.get(path)
        }
        unlike = [path for path, ids in known.items() if ids != (_blob_id(texts[path], ids[0]),)]
        stored = dict(zip(unlike, self._ids_if_committed(unlike)))
        dirty = {path for path in unlike if known[path] != (stored[path],)}
        dirty.update(texts.keys() - known.keys())
        if dirty:
            raise DirtyError(
                tuple(sorted(dirty)), self._paths_with_filter(dirty.intersection(unlike))
            )

    def _ids_if_committed(self, paths: Sequence[str]) -> list[str]:
        """Return the ids that files would have in a commit, with git's line ending conversion but without filters."""
        if not paths:
            return []
        names = b"".join(_quoted_path(path) + b"\n" for path in paths)
        return self._git.run("hash-object", "--stdin-paths", stdin=names).decode().split()

    def _paths_with_filter(self, paths: Collection[str]) -> tuple[str, ...]:
        """Return the files with a filter, without which their text differs from the committed text."""
        if not paths:
            return ()
        names = os.fsencode("\0".join(sorted(paths)))
        told = os.fsdecode(self._git.run("check-attr", "-z", "--stdin", "filter", stdin=names))
        rows = told.split("\0")
        return tuple(
            path
            for path, value in zip(rows[::3], rows[2::3])
            if value not in ("unspecified", "unset")
        )


def _ids_by_path(listed: bytes, at: int) -> dict[str, tuple[str, ...]]:
    """Return the ids of the regular files that git lists; a file with a conflict has several."""
    ids: dict[str, tuple[str, ...]] = {}
    for row in os.fsdecode(listed).split("\0")[:-1]:
        about, _, path = row.partition("\t")
        fields = about.split(" ")
        if fields[0].startswith("100"):
            ids[path] = (*ids.get(path, ()), fields[at])
    return ids


def _blob_id(text: bytes, like: str) -> str:
    """Return git's id for a blob, as long as ``like``."""
    import hashlib  # late: not needed by a hook that finds nothing

    new = hashlib.sha1 if len(like) == 40 else hashlib.sha256
    return new(b"blob %d\0" % len(text) + text, usedforsecurity=False).hexdigest()


def _quoted_path(path: str) -> bytes:
    """Return a path quoted for git's line input, whatever characters it has."""
    return b'"%s"' % b"".join(
        b"\\%03o" % byte if byte < 32 or byte in b'"\\' or byte > 126 else bytes((byte,))
        for byte in os.fsencode(path)
    )


def file_count_text(paths: Collection[str]) -> str:
    """Return the number of files in words."""
    return "1 file" if len(paths) == 1 else f"{len(paths)} files"


def file_list_text(paths: Collection[str], most: int = 20) -> str:
    """Return the paths for a message, only the first ones if there are many."""
    shown = ", ".join(sorted(paths)[:most])
    return f"{shown} and {len(paths) - most} more" if len(paths) > most else shown
