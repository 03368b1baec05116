"""What passes between the verifier and its caller, and between its parts: small values, fit for other processes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from unfork_codemods.edits import Edit, apply_edits

Binding = tuple[str, str]
"""A name of a module: the module's file and the name; ``*`` is the module itself, in ``sys.modules``."""


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
        return apply_edits(before, self.edits[path]) if path in self.edits else before

    @cached_property
    def touched(self) -> frozenset[str]:
        """The files that change or go."""
        return self.removed | self.edits.keys()


class Access(NamedTuple):
    """A name of a module that a file takes or reads: where that was before, where it is after (None: nowhere).

    ``reads``: by an attribute or in a function, and so whatever the name is bound to by then. ``early``: by an
    attribute of what the file has bound when it was imported, whatever is in ``sys.modules`` by then.
    """

    before: Binding
    after: Binding | None
    reads: bool
    line: int
    early: bool = False


class Replacement(NamedTuple):
    """A name of a module that a file replaces, before and after. What cannot be told is ``HOLE`` in ``before``."""

    before: Binding
    after: Binding | None
    line: int
    col: int


class Exports(NamedTuple):
    """How what a file offers differs: names that are ``gone``, that are another module now, and that are ``new``."""

    gone: frozenset[str] = frozenset()
    moved: frozenset[str] = frozenset()
    new: frozenset[str] = frozenset()


class FileReport(NamedTuple):
    """What one file comes to: what is wrong with it, and what others have to know of it."""

    path: str
    violations: tuple[Violation, ...] = ()
    accesses: tuple[Access, ...] = ()
    replacements: tuple[Replacement, ...] = ()
    exports: Exports = Exports()
    reached: tuple[tuple[str, int], ...] = ()
    """The modules that imports mean after, with the line: not the packages on the way."""


class Moves(NamedTuple):
    """What a file takes from elsewhere now, and what it offers, where its imports alone tell that it is right."""

    accesses: tuple[Access, ...] = ()
    exports: Exports = Exports()

    @classmethod
    def of(cls, parts: Iterable[Moves]) -> Moves:
        """Return the moves of a file of those of its parts."""
        every = tuple(parts)
        exports = (part.exports for part in every)
        together = Exports(*(frozenset().union(*names) for names in zip(*exports)))
        return cls(tuple(access for part in every for access in part.accesses), together)
