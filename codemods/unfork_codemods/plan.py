"""The vocabulary of a migration: what its steps say, as plain values.

Every step has the ``line`` of its table in the migration file and, for ``line_of``, the ``lines`` of its keys.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple, Never

_EMPTY: Mapping[str, Never] = {}

STEPS = ("redirect", "repair", "align", "deprecate", "remove")
"""The kinds of step, in the order in which they run."""


class Target(NamedTuple):
    """Where a name lives from now on: ``name`` of the module with the dotted name ``module``."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}:{self.name}"


class Redirect(NamedTuple):
    """Imports of the module ``source`` become imports of ``to``; ``names`` say what is called differently or elsewhere.

    ``to`` is None where ``names`` says all there is to move.
    """

    source: str
    to: str | None
    names: Mapping[str, Target] = _EMPTY
    line: int = 0
    lines: Mapping[str, int] = _EMPTY


class Repair(NamedTuple):
    """Imports in the module ``module`` that do not resolve are mended, looking into ``prefer`` first."""

    module: str
    prefer: tuple[str, ...] = ()
    names: Mapping[str, Target] = _EMPTY
    line: int = 0
    lines: Mapping[str, int] = _EMPTY


class Align(NamedTuple):
    """The ``modules`` are imported as spelled here; outsiders use the package ``surface`` for what it re-exports."""

    modules: tuple[str, ...]
    surface: str | None = None
    line: int = 0
    lines: Mapping[str, int] = _EMPTY


class Deprecate(NamedTuple):
    """Importing ``module`` warns; with ``shim``, its body becomes forwards to where its names live now."""

    module: str
    use: str | None = None
    since: str | None = None
    removal: str | None = None
    shim: bool = False
    line: int = 0
    lines: Mapping[str, int] = _EMPTY


class Remove(NamedTuple):
    """``module`` is deleted once nothing imports it."""

    module: str
    line: int = 0
    lines: Mapping[str, int] = _EMPTY


def line_of(step: Redirect | Repair | Align | Deprecate | Remove, key: str, entry: str = "") -> int:
    """Return the line of the migration file that says ``key`` of a step; of ``names``, ``prefer`` and ``modules``, the
    line of an ``entry``: a name, or a module as spelled there. Where nothing says it: the line of the step.
    """
    return step.lines.get(f"{key}.{entry}" if entry else key, step.line)


class Migration(NamedTuple):
    """A migration file, read: its steps by kind, in the file's order. ``file`` is where it was read from.

    ``roots`` are the folders that absolute imports start from; None: the default, which the project tells. ``outside``
    are packages that are not in the project. ``lines`` are those of the entries of both.
    """

    name: str
    file: str
    summary: str = ""
    roots: tuple[str, ...] | None = None
    exclude: tuple[str, ...] = ()
    redirects: tuple[Redirect, ...] = ()
    repairs: tuple[Repair, ...] = ()
    aligns: tuple[Align, ...] = ()
    deprecates: tuple[Deprecate, ...] = ()
    removes: tuple[Remove, ...] = ()
    outside: tuple[str, ...] = ()
    lines: Mapping[str, int] = _EMPTY

    def needed_modules(self) -> Iterator[str]:
        """Yield the modules that a run cannot do without: those that have to be there, and those that it changes."""
        yield from (module for module, _ in self.modules())
        yield from (repair.module for repair in self.repairs)
        yield from (deprecate.module for deprecate in self.deprecates)

    def modules(self) -> Iterator[tuple[str, int]]:
        """Yield the modules that have to be there, by their dotted names, each with the line that names it."""
        for redirect in self.redirects:
            if redirect.to is not None:
                yield redirect.to, line_of(redirect, "to")
        for repair in self.repairs:
            yield from ((module, line_of(repair, "prefer", module)) for module in repair.prefer)
        for align in self.aligns:
            yield from ((module, line_of(align, "modules", module)) for module in align.modules)
            if align.surface is not None:
                yield align.surface, line_of(align, "surface")
        for deprecate in self.deprecates:
            if deprecate.use is not None:
                yield deprecate.use, line_of(deprecate, "use")
        yield from ((target.module, line) for target, line in self.targets())

    def targets(self) -> Iterator[tuple[Target, int]]:
        """Yield the names that have to be there, each with the line that names it."""
        steps: tuple[Redirect | Repair, ...] = (*self.redirects, *self.repairs)
        for step in steps:
            for name, target in step.names.items():
                yield target, line_of(step, "names", name)
