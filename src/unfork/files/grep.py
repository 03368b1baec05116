"""Search the tracked files of a work tree with `git grep`, beside this process."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection

from unfork.common_parts import common_parts
from unfork.files.git import Git

MOST_LARGE = 100
"""More files than that are not excluded one by one."""
_MOST = 8
"""With more words, `git grep` takes longer than reading each file once here does."""
_NO_MATCH = 1
"""The exit code of a search that found nothing."""

Found = Callable[[], list[str]]
"""Waits for the end of a search, and returns the names of the files that contain one of its words. Raises GitError."""


def searched_parts(words: Collection[bytes]) -> tuple[bytes, ...]:
    """Return a few parts of which each word contains one; none if git does not find them by their bytes, or fast.

    What git makes of a letter beyond ASCII depends on how it was built.
    """
    parts = common_parts(frozenset(words), _MOST) or ()
    return parts if all(part.isascii() for part in parts) else ()


def begin_grep(
    git: Git, words: Collection[bytes], skipped: Collection[str], large: Collection[str]
) -> Found:
    """Begin to search for any of the words, or parts, except in files with a ``skipped`` ending and ``large`` ones.

    git reads each file as a whole. Raises GitError.
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
    begun = git.begin("grep", *options, *wanted, "--", *paths)
    return lambda: os.fsdecode(begun.answer((0, _NO_MATCH))).split("\0")
