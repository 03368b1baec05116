"""Versions of a module, read from its name: ``v2/users`` is newer than ``v1/users``, ``jobs_v2`` than ``jobs``."""

from __future__ import annotations

import re
from functools import cache

from unfork.audit.file_roles import words_of_name
from unfork_codemods.project import Key

_NUMBER = re.compile(r"(?:v(\d+)|(\d{1,2}))((?:a|alpha|b|beta|rc)\d*)?$")
"""Matches a version. A plain number with more digits, or with words after it, says what a module is about, or when."""
_BEFORE = frozenset({"alpha", "beta", "rc", "draft", "experimental", "preview"})
_AFTER = frozenset({"new", "newer", "next"})
_CHANGED = frozenset({"corrected", "fixed", "improved", "patched", "refactored", "updated"})
"""Words that say what was done to an earlier version."""
_UNNAMED = 1.2
"""The version of a name without one. It is later than 1: only a version that has been replaced is called ``v1``."""


@cache
def split_version(name: str) -> tuple[str, float | None]:
    """Return the name of a folder or file without its version, and the version, None if it has none."""
    kept: list[str] = []
    value: float | None = None
    words = words_of_name(name)
    for place, word in enumerate(words, start=1):
        number = _NUMBER.match(word)
        if number and (number[1] or place == len(words)):
            value = float(number[1] or number[2]) - (0.5 if number[3] else 0)
        elif word in _BEFORE:
            value = (_UNNAMED if value is None else value) - 0.5
        elif word in _AFTER or word in _CHANGED:
            value = (_UNNAMED if value is None else value) + 0.3
        else:
            kept.append(word)
    return "_".join(kept), value


def version_of_module(key: Key) -> tuple[tuple[str, ...], float]:
    """Return the name that all versions of a module share, and the version of this one."""
    parts = [split_version(part) for part in key.split("/")]
    numbers = [number for _, number in parts if number is not None]
    return tuple(name for name, _ in parts if name), max(numbers, default=_UNNAMED)


def are_parallel(left: Key, right: Key, depth: int) -> bool:
    """Return whether two modules are in packages that are versions of one another, like ``v1`` and ``v2``.

    The packages are the first ``depth`` parts of the modules' names.
    """
    one, other = ([split_version(part) for part in key.split("/")] for key in (left, right))
    if [name for name, _ in one] != [name for name, _ in other]:
        return False
    folders = [(a, b) for (_, a), (_, b) in zip(one[:depth], other)]
    return any(a != b and a is not None and b is not None for a, b in folders)
