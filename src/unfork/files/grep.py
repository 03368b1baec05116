"""Search the tracked files of a work tree with `git grep`, which reads several files at a time."""

from __future__ import annotations

import os
from collections.abc import Collection
from typing import NamedTuple

from unfork.files.git import Asked, Git

_MOST = 8
"""With more words, `git grep` takes longer than reading each file once here does."""
_MOST_LARGE = 100
"""More files than that are not excluded one by one."""
_NO_MATCH = 1
"""The exit code of a search that found nothing."""


class Grep(NamedTuple):
    """A search that is running."""

    asked: Asked

    def names(self) -> list[str]:
        """Wait for the names of the files that contain one of the words. Raises GitError."""
        return os.fsdecode(self.asked.answer((0, _NO_MATCH))).split("\0")


def may_be_searched(words: Collection[bytes], large: Collection[str]) -> bool:
    """Return whether git finds the words as fast as we do, and by their bytes, leaving out the ``large`` files.

    What git makes of a letter beyond ASCII depends on how it was built.
    """
    is_fast = 0 < len(words) <= _MOST and len(large) <= _MOST_LARGE
    return is_fast and all(word.isascii() for word in words)


def begin_grep(
    git: Git, words: Collection[bytes], skipped: Collection[str], large: Collection[str]
) -> Grep:
    """Begin to search for any of the words, except in files with a ``skipped`` ending and ``large`` ones.

    Raises GitError.
    """
    wanted = [part for word in sorted(words) for part in ("-e", word.decode())]
    paths = [".", *(f":(exclude)*{ending}" for ending in skipped)]
    paths += [f":(exclude,literal){name}" for name in large]
    options = (
        "--files-with-matches",
        "--null",
        "--fixed-strings",
        "--threads=1",
        "--no-recurse-submodules",
    )
    return Grep(git.begin("grep", *options, *wanted, "--", *paths))
