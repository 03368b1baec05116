"""Values exchanged between the verifier, its parts and its caller: small, so they can be sent to other processes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from unfork.interning import interned
from unfork_codemods.edits import Edit, apply_edits

Binding = tuple[str, str]
"""A module name: the module's file and the name; ``*`` is the module itself, in ``sys.modules``."""


class Violation(NamedTuple):
    """Something that worked before and would not after: the place, the reason, the files to revert, and what to do.

    ``taken`` is a redirected module's file and the name that is still taken of it, if that is what is wrong.
    """

    path: str
    line: int
    col: int
    why: str
    blame: tuple[str, ...]
    advice: str = "rewrite it by hand"
    taken: tuple[str, str] | None = None


@dataclass(frozen=True)
class Rewrites:
    """What a run would do: ``edits`` of the stored bytes, by file, and the files that it removes."""

    edits: Mapping[str, Sequence[Edit]] = field(default_factory=dict)
    removed: frozenset[str] = frozenset()

    def text(self, path: str, before: bytes) -> bytes:
        """Return a file's bytes after the rewrite."""
        return apply_edits(before, self.edits[path]) if path in self.edits else before

    @cached_property
    def touched(self) -> frozenset[str]:
        """The files that are changed or removed."""
        return self.removed | self.edits.keys()


class Access(NamedTuple):
    """A module name that a file takes or reads: where it was before and where it is after (None: nowhere).

    ``reads``: read through an attribute or in a function, so it sees the name's current binding. ``early``: read
    through an attribute of a module object bound at import time, regardless of later changes to ``sys.modules``.
    """

    before: Binding
    after: Binding | None
    reads: bool
    line: int
    early: bool = False

    def __reduce__(self) -> tuple[Callable[..., Access], tuple[object, ...]]:
        return _received_access, tuple(self)


def _received_access(
    before: Binding, after: Binding | None, reads: bool, line: int, early: bool
) -> Access:
    """Return an access of another process. Most files take the same few names, whose bindings are stored once."""
    return Access(interned(before), interned(after), reads, line, early)


class Replacement(NamedTuple):
    """A module name that a file replaces, before and after. An unknown part is ``HOLE`` in ``before``.

    ``late``: by a function, once the imports at the top of the file have run.
    """

    before: Binding
    after: Binding | None
    line: int
    col: int
    late: bool = False


class Exports(NamedTuple):
    """How a file's exports differ: names that are ``gone``, names ``moved`` to another module, and ``new`` names."""

    gone: frozenset[str] = frozenset()
    moved: frozenset[str] = frozenset()
    new: frozenset[str] = frozenset()

    def __reduce__(self) -> tuple[Callable[..., Exports], tuple[object, ...]]:
        return _received_exports, tuple(self)


def _received_exports(*names: frozenset[str]) -> Exports:
    """Return the exports of another process. Those of most files differ in nothing, and are stored once."""
    return interned(Exports(*names))


class FileReport(NamedTuple):
    """The result for one file: its violations, and what other files need to know about it."""

    path: str
    violations: tuple[Violation, ...] = ()
    accesses: tuple[Access, ...] = ()
    replacements: tuple[Replacement, ...] = ()
    exports: Exports = Exports()
    reached: tuple[tuple[str, int], ...] = ()
    """The modules that imports refer to after, with the line; packages on the way are not included."""
    in_paths: tuple[tuple[Binding, int], ...] = ()
    """The names that patches reach by a path after, and the keys of ``sys.modules``, with the line."""


class Moves(NamedTuple):
    """What a file now takes from elsewhere, and what it exports, if its imports alone show that this is correct."""

    accesses: tuple[Access, ...] = ()
    exports: Exports = Exports()

    @classmethod
    def of(cls, parts: Iterable[Moves]) -> Moves:
        """Return a file's moves, combined from those of its parts."""
        every = tuple(parts)
        exports = (part.exports for part in every)
        sets = (frozenset[str]().union(*names) for names in zip(*exports))
        together = interned(Exports(*sets))
        return cls(tuple(access for part in every for access in part.accesses), together)


class NotYet(Exception):
    """A module is asked for a name while its body still runs, before binding it.

    ``path`` is the file that asks, ``line`` where, and ``begun`` are the files being imported, outermost first.
    ``raised`` is the exception that Python raises: ``ImportError``, or ``AttributeError`` for ``module.name``.
    """

    def __init__(
        self, path: str, line: int, module: str, name: str, begun: tuple[str, ...], raised: str
    ) -> None:
        super().__init__(f"{module} has no {name} yet")
        self.raised = raised
        self.path, self.line, self.module, self.name, self.begun = path, line, module, name, begun
