"""What a name may be: abstract values. Symbolic ones are resolved once the modules that they refer to are known.

A set of values lists what a name may be bound to at a place, with ``UNBOUND`` if it may not be bound.
"""

from __future__ import annotations

from typing import NamedTuple, Union


class Module(NamedTuple):
    """The module that a file holds."""

    path: str


class Namespace(NamedTuple):
    """A namespace package: the folders that form it (PEP 420)."""

    folders: tuple[str, ...]


class Outside(NamedTuple):
    """A module outside the project, or a name in one; builtins are ``builtins.name``."""

    dotted: str


class Missing(NamedTuple):
    """A missing import target: a module (``name`` is empty) or a name of one."""

    module: str
    name: str


class Definition(NamedTuple):
    """What the ``number``-th binding of a scope binds, not counting imports; ``scope`` is the path to the scope."""

    path: str
    scope: tuple[int, ...]
    number: int


class Attribute(NamedTuple):
    """An attribute of a value; symbolic if that is a module."""

    base: Value
    name: str


class Taken(NamedTuple):
    """What ``from module import name`` takes; symbolic."""

    module: Value
    name: str
    imported: bool = True


class Instance(NamedTuple):
    """An instance of a class, or ``self``."""

    of: Value


class Legacy(NamedTuple):
    """A name of a redirected module: the object, and that it was reached through that module."""

    path: str
    name: str
    object: Value


class Special(NamedTuple):
    """``UNBOUND`` and ``UNKNOWN``."""

    what: str
    special: int


Value = Union[  # noqa: UP007 (recursive)
    Module,
    Namespace,
    Outside,
    Missing,
    Definition,
    Attribute,
    Taken,
    Instance,
    Legacy,
    Special,
]
Values = frozenset[Value]

UNBOUND = Special("not bound", 0)
UNKNOWN = Special("unknown", 0)
NOT_BOUND: Values = frozenset({UNBOUND})
OPAQUE: Values = frozenset({UNKNOWN})


def plain_value(value: Value) -> Value:
    """Return a value without the record of how it was reached."""
    match value:
        case Legacy():
            return plain_value(value.object)
        case Attribute():
            return Attribute(plain_value(value.base), value.name)
        case Instance():
            return Instance(plain_value(value.of))
        case _:
            return value


def describe_value(value: Value) -> str:
    """Return a description of a value for a message."""
    match value:
        case Module():
            return value.path
        case Namespace():
            return value.folders[0]
        case Outside():
            return value.dotted.removeprefix("builtins.")
        case Missing():
            return f"nothing ({value.module} has no {value.name})" if value.name else "no module"
        case Definition():
            return f"something of {value.path}"
        case Attribute() | Taken():
            base = value.base if isinstance(value, Attribute) else value.module
            return f"{describe_value(base)}: {value.name}"
        case Instance():
            return f"an instance of {describe_value(value.of)}"
        case Legacy():
            return f"{value.path}: {value.name}"
        case Special():
            return value.what
