"""What the audit keeps of a file: small values that cross from the worker that parsed it, and no tree.

Those of which there are many are named tuples: they are made and pickled faster than dataclasses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from unfork.reading.definitions import Definitions
from unfork_codemods.project import Key


class ImportFact(NamedTuple):
    """A name or a module that a file imports from the project: ``name`` of ``key``, None for the module itself.

    ``spelled`` is the module as written, with its dots; ``base`` the root it was found from, None where it is
    relative. ``exists`` is false where no file has the module. ``fallible``: in a ``try`` that expects it to fail.
    ``quoted``: the argument of ``import_module``. ``bare``: a sibling in the package, imported as if it stood alone.
    ``start`` is the line that the statement begins on.
    """

    key: Key
    name: str | None
    spelled: str
    base: str | None
    line: int
    col: int
    exists: bool = True
    typing_only: bool = False
    in_function: bool = False
    fallible: bool = False
    quoted: bool = False
    bare: bool = False
    start: int = 0

    @property
    def at_import_time(self) -> bool:
        """Whether importing the file runs it."""
        return not (self.typing_only or self.in_function or self.bare)


class Unit(NamedTuple):
    """A function: ``exact`` tells it from all that do something else, ``shape`` from those of another structure.

    Both forget docstrings, comments, layout, annotations and the names of local variables; ``shape`` forgets all
    names and texts. ``size`` is the length of its code.
    """

    name: str
    line: int
    size: int
    exact: int
    shape: int


class ClassFact(NamedTuple):
    """A class at the top level: its ``members``, each with a fingerprint, and the last names of its bases."""

    name: str
    line: int
    members: tuple[tuple[str, int], ...]
    bases: tuple[str, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        """The names of its public members."""
        return frozenset(name for name, _ in self.members if not name.startswith("_"))


class Mention(NamedTuple):
    """A string that names a module of the project by its dotted name or its path."""

    key: Key
    path: str
    line: int


@dataclass(frozen=True)  # no slots: those of frozen classes are pickled by Python code, one by one
class FileFacts:
    """What one file says. ``error`` is line, column and reason where it does not parse; all else is empty then.

    ``acts``: it does something when it is imported, as a script does.
    ``makes_modules``: it changes how others are found (``sys.modules``, ``sys.meta_path``).
    ``is_open``: it is a package that looks for its modules elsewhere, too (``__path__``).
    ``defs`` are the functions and classes at its top level.
    ``prints`` are the winnowed fingerprints of its statements, ``externals`` the first segments of what it imports
    from outside the project, ``computed`` the lines of imports whose module only the running program knows.
    """

    path: str
    key: Key
    lines: int = 0
    statements: int = 0
    error: tuple[int, int, str] | None = None
    definitions: Definitions | None = None
    imports: tuple[ImportFact, ...] = ()
    units: tuple[Unit, ...] = ()
    classes: tuple[ClassFact, ...] = ()
    defs: frozenset[str] = frozenset()
    prints: frozenset[int] = frozenset()
    mentions: tuple[Mention, ...] = ()
    externals: frozenset[str] = frozenset()
    computed: tuple[int, ...] = ()
    runs_itself: bool = False
    acts: bool = False
    makes_modules: bool = False
    is_open: bool = False
    deprecated: bool = False
    doc: str = ""
