"""What files need to know about each other: small values passed to and from the workers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from unfork.reading.calls import Given
from unfork.values import Finding
from unfork_codemods.bindings import Bindings
from unfork_codemods.project import Key, Unresolved

Name = tuple[Key, str]
"""A module and one of its top-level names."""


@dataclass(frozen=True, slots=True)
class ExternalReferences:
    """The names of other modules that a file refers to: by import, by use, or in strings that patch them.

    ``replaced`` are the names that such a string patches, not those whose attributes it patches. ``namespaces`` are the
    modules that it runs, or whose dictionary it reads, each with the line: these bypass ``__getattr__`` (PEP 562).
    ``listed`` are the modules of which it asks for all names, ``hints`` the names that it gives to what evaluates
    annotations, whatever module these are in. ``handed`` are the modules that it uses as values.
    """

    used: frozenset[Name] = frozenset()
    quoted: frozenset[Name] = frozenset()
    replaced: frozenset[Name] = frozenset()
    namespaces: frozenset[tuple[Key, int]] = frozenset()
    listed: frozenset[Key] = frozenset()
    hints: frozenset[str] = frozenset()
    handed: frozenset[Key] = frozenset()


class Taken(NamedTuple):
    """What a file uses of a module: a name, ``*`` for any name, None for the module itself.

    ``via`` is the other module, and the name in it, through whose import it reaches the module.
    """

    key: Key
    name: str | None
    via: tuple[Key, str] | None = None


@dataclass(frozen=True, slots=True)
class Replaced:
    """A name of a module that a file patches, or the module itself in ``sys.modules`` (``name`` is None).

    ``stores`` is False if the file only looks the module up there. ``told`` is False if the target cannot be determined
    and this is only a possible one; the name may then be ``*``, for any name. ``by_object``: only the name is unknown.
    """

    key: Key
    name: str | None
    path: str
    line: int
    stores: bool = True
    told: bool = True
    by_object: bool = False


@dataclass(frozen=True, slots=True)
class Wrapper:
    """A function or method of a module that patches the path passed as its ``parameter``.

    ``called`` is the name that a file uses for it, which may be an import alias. ``position`` is the position of the
    argument in a call, or None for a keyword-only parameter.
    """

    called: str
    name: str
    key: Key
    is_method: bool
    parameter: str
    position: int | None

    def patches(self, given: Given) -> bool:
        """Return whether an argument is the path to patch, if the wrapper is what is called."""
        return given.called == self.called and given.place in (self.position, self.parameter)

    def sort_key(self) -> tuple[str, ...]:
        """Return the key by which wrappers are sorted."""
        return (
            self.called,
            self.name,
            self.key,
            self.parameter,
            str((self.position, self.is_method)),
        )


class Followed(NamedTuple):
    """A legacy name whose uses a file follows, its counterpart, and the members that the counterpart lacks or changes.

    ``refused`` is where a use cannot follow that concerns all instances of the class, with the reason; ``left`` the
    same of any use, for which this file's import stays. Both are empty if there is none. ``otherwise``: calls by other
    names change with it, which another import of the same may give.
    """

    name: Name
    counterpart: Name
    lost: frozenset[str]
    refused: str = ""
    left: str = ""
    otherwise: bool = False


class Typed(NamedTuple):
    """A place where the file uses a legacy class that it does not import, as reported by a type checker or other files.

    That is the line of a ``member`` and its column in bytes; of a call of the class, those of the call, without member.
    """

    line: int
    column: int
    name: Name
    member: str


@dataclass(frozen=True, slots=True)
class Constraints:
    """What other files require of this one: names it must ``keep``, and renames elsewhere that it must ``follow``.

    ``follow`` maps a module and the former name of a top-level object to its present name. ``look``: the file may use a
    legacy module through another file's import of it. ``taken`` are names that other files still import from it after
    the rewrite, each with such a file: a shim must provide them. ``avoid`` are names that it must not newly bind: files
    with a star import of it use these for something else. ``legacy_names_in_use`` are names that must still refer to a
    legacy module: others use names that only the legacy module has. ``replaced`` are the names in ``taken`` that others
    patch; ``no_shim`` says why the module must not become a shim, ``unchanged`` why the file must not change.
    ``bindings`` says where patched names now are, ``wrappers`` lists the functions that patch by a path. ``staying``
    are legacy classes that must not move, each with the reason. ``typed`` are the places where a type checker, or the
    text of other files, tells that such classes are used. ``loaded`` are the strings by which others may load what is
    legacy, by their offsets, each with the reason why it is left. ``reports_references``: what names a module without
    importing it stays, and is unresolved.
    """

    keep: frozenset[str] = frozenset()
    follow: tuple[tuple[tuple[Key, str], str], ...] = ()
    look: bool = False
    taken: tuple[tuple[str, str], ...] = ()
    avoid: frozenset[str] = frozenset()
    legacy_names_in_use: frozenset[str] = frozenset()
    replaced: frozenset[str] = frozenset()
    no_shim: Unresolved | None = None
    unchanged: Finding | None = None
    bindings: Bindings = field(default_factory=Bindings)
    wrappers: tuple[Wrapper, ...] = ()
    staying: tuple[tuple[Name, str], ...] = ()
    typed: tuple[Typed, ...] = ()
    loaded: tuple[tuple[int, str], ...] = ()
    reports_references: bool = False
