"""The git history of files: how often they changed, when last, and by how many people; read with one git call."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from unfork.errors import GitError
from unfork.files.repository import find_repository

_MOST = 5_000
"""The most commits to read."""


@dataclass(slots=True)
class Past:
    """The number of ``changes`` to a file, its ``authors``, and the ``last`` change, in seconds since 1970."""

    changes: int = 0
    last: int = 0
    authors: set[str] = field(default_factory=set)


def history_of_files(root: Path, paths: Collection[str]) -> Mapping[str, Past]:
    """Return the history of files, by path; empty if the root is not in a git work tree or has no commit."""
    if not paths:
        return {}
    asked = ("log", f"-n{_MOST}", "--format=%x01%at %aE", "--name-only", "--no-renames", "-z")
    try:
        repository = find_repository(root)
        head = repository.head() if repository else ""
        if repository is None or not head:
            return {}
        done = repository.sealed_in(root).ask(*asked, head, "--relative", "--", *sorted(paths))
    except GitError:
        return {}
    return _parse_log(os.fsdecode(done.stdout), frozenset(paths)) if done.returncode == 0 else {}


def _parse_log(told: str, wanted: frozenset[str]) -> dict[str, Past]:
    past_by_name: dict[str, Past] = {}
    for commit in told.split("\x01")[1:]:
        head, *names = commit.replace("\n", "\0").split("\0")
        when, _, who = head.partition(" ")
        for name in wanted.intersection(names):
            past = past_by_name.setdefault(name, Past())
            past.changes += 1
            past.last = max(past.last, int(when))
            past.authors.add(who)
    return past_by_name
