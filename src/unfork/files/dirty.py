"""Files whose present text git could not give back."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from unfork.errors import WriteError
from unfork.files import git

_LONGEST = 20_000
"""Characters of a command line; Windows takes 32,767."""


class DirtyError(WriteError):
    """Files have changes that are not committed; ``paths``, from the top of the repository."""

    def __init__(self, paths: tuple[str, ...]) -> None:
        self.paths = paths
        super().__init__(
            f"{count(paths)} with changes that are not committed: {named(paths)}; commit or stash "
            "them, or let them be written into with --allow-dirty"
        )

    def __reduce__(self) -> tuple[type[DirtyError], tuple[tuple[str, ...]]]:
        return DirtyError, (self.paths,)


@dataclass(frozen=True, slots=True)
class Status:
    """What git is being asked of a work tree: it finds out while we do something else."""

    asked: git.Asked

    @classmethod
    def begin(cls, top: Path, paths: Collection[str]) -> Status:
        """Ask for the state of ``paths``, from the ``top`` of a work tree. Raises GitError."""
        specs = sorted(paths) if sum(map(len, paths)) + len(paths) < _LONGEST else ["."]
        asked = ("status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all")
        plain = {"GIT_LITERAL_PATHSPECS": "1"}  # a name with a star is no pattern
        return cls(git.begin(top, *asked, "--ignore-submodules=all", "--", *specs, env=plain))

    def refuse_dirty(self, paths: Collection[str]) -> None:
        """Raise DirtyError where one of ``paths`` is changed since HEAD, or untracked; GitError where git fails."""
        changed = {entry[3:] for entry in os.fsdecode(self.asked.answer()).split("\0")}
        if dirty := tuple(sorted(changed.intersection(paths))):
            raise DirtyError(dirty)


def count(paths: Collection[str]) -> str:
    """Return how many files these are, in words."""
    return "1 file" if len(paths) == 1 else f"{len(paths)} files"


def named(paths: Collection[str], most: int = 20) -> str:
    """Return the paths for a message, the first ones only where there are many."""
    shown = ", ".join(sorted(paths)[:most])
    return f"{shown} and {len(paths) - most} more" if len(paths) > most else shown
