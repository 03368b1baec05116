"""Search the tracked files of a work tree with `git grep`, which reads several files at a time."""

from __future__ import annotations

import os
from collections.abc import Collection
from typing import NamedTuple

from unfork.files.git import Asked, Git

_MOST = 8
"""With more words, `git grep` takes longer than reading each file once here does."""
_NO_MATCH = 1
"""The exit code of a search that found nothing."""


class Grep(NamedTuple):
    """A search that is running."""

    asked: Asked

    def names(self) -> list[str]:
        """Wait for the names of the files that contain one of the words. Raises GitError."""
        return os.fsdecode(self.asked.answer((0, _NO_MATCH))).split("\0")


def may_be_searched(words: Collection[bytes]) -> bool:
    """Return whether git finds the words as fast as we do, and by their bytes.

    What git makes of a letter beyond ASCII depends on how it was built.
    """
    return 0 < len(words) <= _MOST and all(word.isascii() for word in words)


def begin_grep(git: Git, words: Collection[bytes], skipped: Collection[str]) -> Grep:
    """Begin to search for any of the words, in files without a ``skipped`` ending. Raises GitError."""
    wanted = [part for word in sorted(words) for part in ("-e", word.decode())]
    paths = [".", *(f":(exclude)*{ending}" for ending in skipped)]
    options = (
        "--files-with-matches",
        "--null",
        "--fixed-strings",
        "--threads=1",
        "--no-recurse-submodules",
    )
    return Grep(git.begin("grep", *options, *wanted, "--", *paths))
