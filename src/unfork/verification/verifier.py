"""All of a tree: which files matter, what is wrong with them, and whose rewrite is to blame."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from unfork.reading.source import Source
from unfork_codemods.edits import Edit, splice
from unfork_codemods.plan import Migration

Read = Callable[[str], bytes]


class Violation(NamedTuple):
    """Something that worked before and would not after: where, why, and the files to be taken back."""

    path: str
    line: int
    col: int
    why: str
    blame: tuple[str, ...]


@dataclass(frozen=True)
class Rewrites:
    """What a run would do: ``edits`` of the stored bytes, by file, and the files that it removes."""

    edits: Mapping[str, Sequence[Edit]] = field(default_factory=dict)
    removed: frozenset[str] = frozenset()

    def text(self, path: str, before: bytes) -> bytes:
        """Return the bytes of a file as they will be."""
        return splice(before, self.edits[path]) if path in self.edits else before


class Moves(NamedTuple):
    """What a file takes from elsewhere now, as (module file, name) before; and whether that is in functions, too."""

    moved: tuple[tuple[str, str], ...] = ()
    late: tuple[tuple[str, str], ...] = ()


class FileReport(NamedTuple):
    """What one file comes to, seen in full."""

    path: str
    violations: tuple[Violation, ...] = ()
    moves: Moves = Moves()


@dataclass
class Verifier:
    """The project before a run, ready to judge what the run would do."""

    paths: frozenset[str]
    read: Read
    roots: tuple[str, ...]
    migration: Migration
    external: frozenset[str] | None = None

    def quick(self, before: Source, after: Source) -> Moves | None:
        """Return what a file takes from elsewhere now, if it is right and that can be told from its imports alone."""
        return None

    def file(self, path: str, rewrites: Rewrites) -> FileReport:
        """Return what is wrong with one file in the tree as it will be."""
        return FileReport(path)

    def verify(
        self,
        rewrites: Rewrites,
        quick: Mapping[str, Moves] | None = None,
        complete: bool = False,
        candidates: Collection[str] | None = None,
    ) -> list[Violation]:
        """Return what the run would break."""
        return []
