"""What files have to know of each other: small values that go to the workers, and come from them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from unfork.values import Finding
from unfork_codemods.bindings import Bindings
from unfork_codemods.project import Key, Unresolved

Name = tuple[Key, str]
"""A module and a name at its top level."""


@dataclass(frozen=True, slots=True)
class ExternalReferences:
    """The names that a file takes of other modules: by importing or using them, or in strings that patch them.

    ``replaced`` are those that such a string replaces, not only something that is taken of them. ``namespaces`` are the
    modules that it runs, or whose names it looks up in their dictionary, each with the line: no ``__getattr__`` is
    asked then (PEP 562).
    """

    used: frozenset[Name] = frozenset()
    quoted: frozenset[Name] = frozenset()
    replaced: frozenset[Name] = frozenset()
    namespaces: frozenset[tuple[Key, int]] = frozenset()


class Taken(NamedTuple):
    """What a file takes of a module: a name, ``*`` for any, None for the module itself.

    ``via`` is the other module, and the name in it, whose import of the module it takes that through.
    """

    key: Key
    name: str | None
    via: tuple[Key, str] | None = None


@dataclass(frozen=True, slots=True)
class Replaced:
    """What a file puts in the place of a module's name, or of the module itself in ``sys.modules`` (``name`` is None).

    ``stores``: it does so; else it only looks the module up there. ``told`` is False where the file may mean it, but
    what it means cannot be told; the name may be ``*`` then, which is any.
    """

    key: Key
    name: str | None
    path: str
    line: int
    stores: bool = True
    told: bool = True


@dataclass(frozen=True, slots=True)
class Wrapper:
    """A function or method of a module that replaces what its ``parameter`` is the path of.

    ``called`` is what it goes by somewhere, which may be another name by which a file imports it. ``position`` is that
    of the argument in a call, None where it is only given by name.
    """

    called: str
    name: str
    key: Key
    is_method: bool
    parameter: str
    position: int | None

    def sort_key(self) -> tuple[str, ...]:
        """What wrappers are sorted by."""
        return (
            self.called,
            self.name,
            self.key,
            self.parameter,
            str((self.position, self.is_method)),
        )


@dataclass(frozen=True, slots=True)
class Constraints:
    """What the other files of the project say of this one: names it must ``keep``, and renames elsewhere to ``follow``.

    ``follow`` maps a module and the name that it had at its top level to the name that it has now. ``look``: the file
    may use a legacy module through another file's import of it. ``taken`` are names that other files take of it even
    when all is rewritten, each with such a file: a shim cannot do without them. ``avoid`` are names that it must not
    bind anew: files that have a star import of it call something else by these. ``held`` are names that have to go on
    being a legacy module: others use what only that has. ``replaced`` are those of ``taken`` that others replace;
    ``no_shim`` says why the module must not be a shim, ``unchanged`` why the file must stay as it is. ``bindings``
    says where names are that something in the project replaces, ``wrappers`` what else does so than a patch.
    """

    keep: frozenset[str] = frozenset()
    follow: tuple[tuple[tuple[Key, str], str], ...] = ()
    look: bool = False
    taken: tuple[tuple[str, str], ...] = ()
    avoid: frozenset[str] = frozenset()
    held: frozenset[str] = frozenset()
    replaced: frozenset[str] = frozenset()
    no_shim: Unresolved | None = None
    unchanged: Finding | None = None
    bindings: Bindings = field(default_factory=Bindings)
    wrappers: tuple[Wrapper, ...] = ()
