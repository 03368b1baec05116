"""What the audit keeps of a file: small values, passed on by the worker that parsed it, without the syntax tree.

Classes with many instances are named tuples, which are created and pickled faster than dataclasses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import NamedTuple

from unfork.audit.scanning.forwarding import Forward
from unfork.reading.definitions import Definitions
from unfork.reading.layout import key_of
from unfork_codemods.project import Key


class ImportFact(NamedTuple):
    """A name or a module that a file imports from the project: ``name`` of ``key``, None for the module itself.

    ``spelled`` is the module as written, with its dots; ``base`` is the root it was found from, None for a relative
    import. ``exists`` is false if no file has the module. ``fallible``: in a ``try`` that expects it to fail.
    ``quoted``: the argument of ``import_module``. ``bare``: a sibling in the package, imported like a top-level module.
    ``start`` is the first line of the statement.
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
        """Whether the import runs when its file is imported."""
        return not (self.typing_only or self.in_function or self.bare)


class Unit(NamedTuple):
    """A function: equal ``exact`` means the same behaviour, equal ``shape`` the same structure.

    Both ignore docstrings, comments, layout, annotations and the names of local variables; ``shape`` ignores all
    names and constants. ``size`` is the length of its bytecode, in 2-byte code units.
    """

    name: str
    line: int
    size: int
    exact: int
    shape: int


class ClassFact(NamedTuple):
    """A top-level class: its ``members``, each with a fingerprint, and the last part of each base's name."""

    name: str
    line: int
    members: tuple[tuple[str, int], ...]
    bases: tuple[str, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        """The names of its public members."""
        return frozenset(name for name, _ in self.members if not name.startswith("_"))


class Load(NamedTuple):
    """Modules loaded by a computed name: all whose key begins with ``prefix``, which is empty if unknown.

    Unless ``deep``, those in folders below are not meant.
    """

    line: int
    prefix: Key = ""
    deep: bool = False


class Mention(NamedTuple):
    """A string that names a module of the project by its dotted name or its path."""

    key: Key
    path: str
    line: int


@dataclass(frozen=True)  # no slots: Python code pickles the slots of frozen classes one by one
class FileFacts:
    """The facts of one file. ``error`` is the line, column and reason if it does not parse.

    The rest is then what can still be read: of a file with conflicts, both sides.

    ``acts``: importing it has side effects, as with a script. ``is_script``: it is a script without ``if __name__``.
    ``makes_application``: it makes an object that a server or a worker can be told to run.
    ``makes_modules``: it changes how other modules are found (``sys.modules``, ``sys.meta_path``).
    ``fills_callers``: it asks for its callers' global names (``f_globals``), and may give them more.
    ``is_generated``: it says that a program writes it.
    ``is_open``: it is a package that also looks for its modules elsewhere (``__path__``).
    ``defs`` are its top-level functions and classes.
    ``digest`` is equal for equal statements in the same order, imports aside; ``size`` is the length of their text.
    ``forward`` is set if the module only forwards to another one, ``forwards_to`` if that is in the project.
    ``prints`` are the winnowed fingerprints of its statements, ``telling`` the hashes of the longer statements
    themselves, ``externals`` the top-level names of what it imports
    from outside the project, ``loads`` the imports whose module is known only at run time.
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
    telling: frozenset[int] = frozenset()
    digest: int = 0
    size: int = 0
    mentions: tuple[Mention, ...] = ()
    externals: frozenset[str] = frozenset()
    loads: tuple[Load, ...] = ()
    runs_itself: bool = False
    acts: bool = False
    is_script: bool = False
    makes_application: bool = False
    makes_modules: bool = False
    fills_callers: bool = False
    is_generated: bool = False
    is_open: bool = False
    deprecated: bool = False
    doc: str = ""
    forward: Forward | None = None
    forwards_to: Key | None = None


def merge_sides(path: str, sides: Sequence[FileFacts]) -> FileFacts:
    """Return the facts of a file with conflicts: what either side has; a name is defined only if both define it."""
    if len(sides) < 2:
        return sides[0] if sides else FileFacts(path, key_of(path))
    first, second = sides
    return replace(
        first,
        statements=max(first.statements, second.statements),
        definitions=_common_definitions(first.definitions, second.definitions),
        imports=tuple(dict.fromkeys(chain(first.imports, second.imports))),
        units=tuple(dict.fromkeys(chain(first.units, second.units))),
        classes=tuple({item.name: item for item in (*second.classes, *first.classes)}.values()),
        defs=first.defs | second.defs,
        prints=first.prints | second.prints,
        telling=first.telling | second.telling,
        mentions=tuple(dict.fromkeys(chain(first.mentions, second.mentions))),
        externals=first.externals | second.externals,
        loads=tuple(dict.fromkeys(chain(first.loads, second.loads))),
        runs_itself=first.runs_itself or second.runs_itself,
        acts=first.acts or second.acts,
        is_script=first.is_script or second.is_script,
        makes_application=first.makes_application or second.makes_application,
        makes_modules=first.makes_modules or second.makes_modules,
        fills_callers=first.fills_callers or second.fills_callers,
        is_generated=first.is_generated and second.is_generated,
        is_open=first.is_open or second.is_open,
        deprecated=first.deprecated and second.deprecated,
    )


def _common_definitions(one: Definitions | None, other: Definitions | None) -> Definitions | None:
    if one is None or other is None:
        return one or other
    names = {name: binding for name, binding in one.names.items() if name in other.names}
    return Definitions(names, one.stars, dynamic=one.dynamic or other.dynamic)
