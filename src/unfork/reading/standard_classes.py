"""Classes of Python itself that project classes inherit from: what a class has from them, and how it is made."""

from __future__ import annotations

import ast
import builtins
import enum

TRANSPARENT = frozenset(
    {
        "abc.ABC",
        "builtins.object",
        "typing.Generic",
        "typing.Protocol",
        "typing_extensions.Protocol",
    }
)
"""Bases that give a class no members that are used from outside."""
NAMED_TUPLE = "collections.namedtuple"
NAMED_TUPLES = frozenset({"typing.NamedTuple", "typing_extensions.NamedTuple"})
CONTEXT_MANAGERS = "contextlib.contextmanager"
DATACLASS = "dataclasses.dataclass"
FIXED_PROPERTIES = frozenset({"builtins.property", "abc.abstractproperty", "enum.property"})
PROPERTIES = FIXED_PROPERTIES | {"functools.cached_property"}
ABSTRACT = frozenset({"abc.abstractmethod", "abc.abstractproperty"})
_ENUMERATIONS = frozenset(
    f"enum.{name}" for name in ("Enum", "Flag", "IntEnum", "IntFlag", "ReprEnum", "StrEnum")
)
_TAKE_KEYWORDS = (AttributeError, ImportError, NameError)
_ANYTHING_BY_POSITION = ast.parse("def f(*args): ...").body[0]


def is_enumeration_base(dotted: str) -> bool:
    """Return whether a class of the standard library makes its subclasses enumerations."""
    return dotted in _ENUMERATIONS


def standard_members(dotted: str) -> frozenset[str] | None:
    """Return the members that a class of Python itself gives its subclasses; None for a class not known here."""
    if dotted in _ENUMERATIONS:
        mixed = getattr(enum, dotted.partition(".")[2], enum.Enum).__mro__
        return frozenset({"name", "value"}.union(*map(dir, set(mixed) & {int, str})))
    if dotted in NAMED_TUPLES:
        return frozenset(
            {*dir(tuple), "_asdict", "_field_defaults", "_fields", "_make", "_replace"}
        )
    known = _builtin_class(dotted)
    return None if known is None else frozenset(dir(known))


def _builtin_class(dotted: str) -> type | None:
    module, _, name = dotted.rpartition(".")
    known = getattr(builtins, name, None) if module == "builtins" else None
    return known if isinstance(known, type) else None


def members_of_literal(value: ast.expr | None) -> frozenset[str]:
    """Return the members of what a literal or display is an instance of."""
    if isinstance(value, ast.Constant):
        return frozenset(dir(value.value))
    kinds = {ast.Dict: dict, ast.JoinedStr: str, ast.List: list, ast.Set: set, ast.Tuple: tuple}
    return frozenset(dir(kinds.get(type(value), object)))


def catching(dotted: str) -> frozenset[str]:
    """Return the names of the built-in exceptions that catch a built-in exception; none if it is no exception."""
    known = _builtin_class(dotted)
    if known is None or not issubclass(known, BaseException):
        return frozenset()
    return frozenset(above.__name__ for above in known.__mro__ if above is not object)


def exception_arguments(dotted: str) -> ast.arguments | None:
    """Return the parameters of a built-in exception, which takes any arguments by position; None if it is none."""
    known = _builtin_class(dotted)
    if known is None or not issubclass(known, BaseException):
        return None
    assert isinstance(_ANYTHING_BY_POSITION, ast.FunctionDef)
    return None if issubclass(known, _TAKE_KEYWORDS) else _ANYTHING_BY_POSITION.args
