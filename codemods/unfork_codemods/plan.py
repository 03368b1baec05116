"""The vocabulary of a migration: what its steps say, as plain values.

Every step has the ``line`` of its table in the migration file and, for ``line_of``, the ``lines`` of its keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

STEPS = ("redirect", "repair", "align", "deprecate", "remove")
"""The kinds of step, in the order in which they run."""


@dataclass(frozen=True, slots=True, order=True)
class Target:
    """Where a name lives from now on: ``name`` of the module with the dotted name ``module``."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}:{self.name}"


@dataclass(frozen=True, slots=True)
class Redirect:
    """Imports of the module ``source`` become imports of ``to``; ``names`` say what is called differently or elsewhere.

    ``to`` is None where ``names`` says all there is to move.
    """

    source: str
    to: str | None
    names: Mapping[str, Target] = field(default_factory=dict)
    line: int = 0
    lines: Mapping[str, int] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Repair:
    """Imports in the module ``module`` that do not resolve are mended, looking into ``prefer`` first."""

    module: str
    prefer: tuple[str, ...] = ()
    names: Mapping[str, Target] = field(default_factory=dict)
    line: int = 0
    lines: Mapping[str, int] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Align:
    """The ``modules`` are imported as spelled here; outsiders use the package ``surface`` for what it re-exports."""

    modules: tuple[str, ...]
    surface: str | None = None
    line: int = 0
    lines: Mapping[str, int] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Deprecate:
    """Importing ``module`` warns; with ``shim``, its body becomes forwards to where its names live now."""

    module: str
    use: str | None = None
    since: str | None = None
    removal: str | None = None
    shim: bool = False
    line: int = 0
    lines: Mapping[str, int] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Remove:
    """``module`` is deleted once nothing imports it."""

    module: str
    line: int = 0
    lines: Mapping[str, int] = field(default_factory=dict, repr=False, compare=False)


def line_of(step: Redirect | Repair | Align | Deprecate | Remove, key: str, entry: str = "") -> int:
    """Return the line of the migration file that says ``key`` of a step; of ``names``, ``prefer`` and ``modules``, the
    line of an ``entry``: a name, or a module as spelled there. Where nothing says it: the line of the step.
    """
    return step.lines.get(f"{key}.{entry}" if entry else key, step.line)


@dataclass(frozen=True, slots=True)
class Migration:
    """A migration file, read: its steps by kind, in the file's order. ``file`` is where it was read from.

    ``roots`` are the folders that absolute imports start from; None: the default, ``.`` and ``src`` where it exists.
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
