"""What an expression may be, as far as the text tells: an instance of a class, the class, a function, a container.

A set of kinds lists what an expression may be. None instead of a set means that nothing is known.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeAlias

from unfork.nodes import FunctionDef
from unfork_codemods.project import Key


class Class(NamedTuple):
    """A class of the project; without a ``node``, a class or function of a legacy module whose text is not there."""

    key: Key
    name: str
    node: ast.ClassDef | None = None


class Instance(NamedTuple):
    """An instance of a class, or of a subclass."""

    of: Class


class Function(NamedTuple):
    """A function of the project, or a method that is no member of a class any more."""

    key: Key
    name: str
    node: FunctionDef


class Member(NamedTuple):
    """A method that is taken of an instance, or (``of_class``) of the class itself."""

    owner: Class
    name: str
    of_class: bool


class Partial(NamedTuple):
    """What ``functools.partial`` makes of something, with ``given`` arguments by position."""

    of: Kind
    given: int


class Module(NamedTuple):
    """A module."""

    key: Key


class Many(NamedTuple):
    """Something that is looped over: what its elements are."""

    of: Kinds | None


class Table(NamedTuple):
    """A mapping: what its values are."""

    of: Kinds | None


class Returning(NamedTuple):
    """Something that is called: what it returns."""

    of: Kinds | None


class Plain(NamedTuple):
    """A value of no class that matters here: a literal, or something of a library. ``is_none``: it is None."""

    is_none: bool = False


Kind: TypeAlias = (
    "Class | Instance | Function | Member | Partial | Module | Many | Table | Returning | Plain"
)
Kinds: TypeAlias = frozenset[Kind]
PLAIN: Kinds = frozenset({Plain()})
NONE: Kinds = frozenset({Plain(is_none=True)})
NOTHING: Kinds = frozenset()


def any_of(parts: Iterable[Kinds | None]) -> Kinds | None:
    """Return what something is that is one of several; None if nothing is known of one of them."""
    kinds: set[Kind] = set()
    for part in parts:
        if part is None:
            return None
        kinds |= part
    return frozenset(kinds)


def some(kinds: Kinds | None) -> Kinds | None:
    """Return kinds that tell something: neither none at all, nor only None."""
    return None if kinds is None or kinds <= NONE else kinds


def one(kind: Kind) -> Kinds:
    """Return the set of a single kind."""
    return frozenset({kind})


def instances_of(kinds: Kinds | None) -> Kinds | None:
    """Return what instances of classes are."""
    if kinds is None:
        return None
    made = (Instance(kind) if isinstance(kind, Class) else kind for kind in kinds)
    return frozenset(made)


def held_kinds(kind: Kind) -> Iterator[Kind]:
    """Yield what a container has, a call returns, or a partial call calls in the end; anything else itself."""
    match kind:
        case Many(of=of) | Table(of=of) | Returning(of=of):
            for inner in of or ():
                yield from held_kinds(inner)
        case Partial(of=inner):
            yield from held_kinds(inner)
        case _:
            yield kind
