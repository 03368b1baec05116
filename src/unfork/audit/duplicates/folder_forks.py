"""Copied folders together with the groups of their modules: what a report shows as one finding."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from unfork.audit.duplicates.copied_folders import CopiedFolder
from unfork.audit.duplicates.forks import Fork, Group
from unfork.reports.sums import count_text
from unfork.values import Finding
from unfork_codemods.project import Key

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class FolderFork:
    """A copied folder, and its modules as ``forks``, each with its canonical module. ``path`` is its first file."""

    folder: CopiedFolder
    path: str
    forks: tuple[Fork, ...]

    @property
    def name(self) -> str:
        """The copied folder, for messages."""
        return _folder_name(self.folder.path)

    @property
    def canonical(self) -> str:
        """The folder that it is a copy of, for messages."""
        return _folder_name(self.folder.canonical)

    @property
    def keys(self) -> frozenset[Key]:
        """The modules that the finding is about."""
        return frozenset(fork.key for fork in self.forks)

    @property
    def differing(self) -> tuple[Fork, ...]:
        """The modules that are not identical to their counterparts."""
        return tuple(fork for fork in self.forks if fork.key in self.folder.differing)

    @property
    def is_open(self) -> bool:
        """Whether one of its modules is not deprecated yet."""
        return any(not fork.standing.deprecated for fork in self.forks)

    @property
    def summary(self) -> str:
        """How much of the folder is a copy, what differs, and why it is the copy, in words."""
        total = len(self.forks) + len(self.folder.only)
        differing = [fork.standing.path for fork in self.differing]
        parts = [
            f"{len(self.forks)} of {count_text(total, 'module')} have a counterpart there",
            f"{len(differing)} of these differ ({_some_of(differing)})"
            if differing
            else "all equal",
        ]
        if self.folder.only:
            parts.append(f"only in {self.name}: {_some_of(self.folder.only)}")
        undecided = "nothing tells which of the two is to go: that is for you to say"
        return "; ".join([*parts, self.folder.why or undecided])

    def finding(self) -> Finding:
        """Return the one finding for the folder."""
        message = f"{self.name} duplicates {self.canonical}: {self.summary}"
        return Finding(self.path, 1, 1, "UF101", message)


def copies_of_folders(
    folders: Iterable[CopiedFolder], groups: Iterable[Group]
) -> tuple[FolderFork, ...]:
    """Return the copied folders with the forks in them, without those of which no fork is left."""
    forks = {fork.key: fork for group in groups for fork in group.forks}
    copies: list[FolderFork] = []
    for folder in folders:
        own = tuple(forks[key] for key in folder.counterparts if key in forks)
        if own:
            copies.append(FolderFork(folder, min(fork.standing.path for fork in own), own))
    return tuple(copies)


def loose_groups(groups: Iterable[Group], copies: Sequence[FolderFork]) -> tuple[Group, ...]:
    """Return the groups without the forks that belong to copied folders."""
    covered = frozenset[Key]().union(*(copy.keys for copy in copies))
    rest = (
        replace(group, forks=tuple(fork for fork in group.forks if fork.key not in covered))
        for group in groups
    )
    return tuple(group for group in rest if group.forks)


def _folder_name(path: str) -> str:
    return f"{path}/" if path else "./"


def _some_of(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
