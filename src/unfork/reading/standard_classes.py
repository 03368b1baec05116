"""Classes of Python itself that project classes inherit from: what a class has from them, and how it is made."""

from __future__ import annotations

import ast
import builtins
import enum
import importlib

GENERIC = frozenset({"typing.Generic", "typing.Protocol", "typing_extensions.Protocol"})
"""Bases that give a class only that it takes type arguments: ``Stack[int]``."""
TRANSPARENT_BASES = frozenset({"abc.ABC", "builtins.object"}) | GENERIC
"""Bases that give a class no members that are used from outside."""
NAMED_TUPLE = "collections.namedtuple"
NAMED_TUPLE_CLASS = "typing.NamedTuple"
NAMED_TUPLES = frozenset({NAMED_TUPLE_CLASS, "typing_extensions.NamedTuple"})
TYPED_DICTS = frozenset({"typing.TypedDict", "typing_extensions.TypedDict"})
NAMESPACE, NEW_TYPE = "types.SimpleNamespace", "typing.NewType"
MAKE_DATACLASS = "dataclasses.make_dataclass"
PARTIAL, PARTIAL_METHOD = "functools.partial", "functools.partialmethod"
CACHING = frozenset({"functools.cache", "functools.lru_cache"})
"""The decorators that keep results, and take what the function takes."""
CONTEXT_MANAGERS = "contextlib.contextmanager"
ASYNC_CONTEXT_MANAGERS = "contextlib.asynccontextmanager"
DATACLASS = "dataclasses.dataclass"
TOTAL_ORDERING = "functools.total_ordering"
RUNTIME_CHECKABLE = "typing.runtime_checkable"
HARMLESS_DECORATORS = frozenset({"enum.unique", "typing.final", "typing_extensions.final"})
PROTOCOLS = frozenset({"typing.Protocol", "typing_extensions.Protocol"})
FIXED_PROPERTIES = frozenset({"builtins.property", "abc.abstractproperty", "enum.property"})
PROPERTIES = FIXED_PROPERTIES | {"functools.cached_property"}
ABSTRACT_CLASSES = PROTOCOLS | {"abc.ABC", "abc.ABCMeta"}
ABSTRACT = frozenset({"abc.abstractmethod", "abc.abstractproperty"})
ENUMERATIONS = frozenset(
    f"enum.{name}" for name in ("Enum", "Flag", "IntEnum", "IntFlag", "ReprEnum", "StrEnum")
)
"""Classes that make their subclasses enumerations."""
_TAKE_KEYWORDS = (AttributeError, ImportError, NameError)
_ANYTHING_BY_POSITION = ast.parse("def f(*args): ...").body[0]


def standard_members(dotted: str) -> frozenset[str] | None:
    """Return the members that a class of Python itself gives its subclasses; None for a class not known here."""
    if dotted in ENUMERATIONS:
        mixed = getattr(enum, dotted.partition(".")[2], enum.Enum).__mro__
        flags = vars(enum.Flag) if enum.Flag in mixed else ()
        return frozenset({"name", "value", *flags}.union(*map(dir, set(mixed) & {int, str})))
    if dotted in TYPED_DICTS:
        return members_of_type(dict)
    if dotted in NAMED_TUPLES:
        return frozenset(
            {*dir(tuple), "_asdict", "_field_defaults", "_fields", "_make", "_replace"}
        )
    known = _builtin_class(dotted)
    return None if known is None else members_of_type(known)


def _builtin_class(dotted: str) -> type | None:
    module, _, name = dotted.rpartition(".")
    known = getattr(builtins, name, None) if module == "builtins" else None
    return known if isinstance(known, type) else None


def members_of_literal(value: ast.expr | None) -> frozenset[str]:
    """Return the members of what a literal or display is an instance of."""
    if isinstance(value, ast.Constant):
        return members_of_type(type(value.value))
    kinds = {ast.Dict: dict, ast.JoinedStr: str, ast.List: list, ast.Set: set, ast.Tuple: tuple}
    return members_of_type(kinds.get(type(value), object))


def members_of_type(kind: type) -> frozenset[str]:
    """Return the members of a class of Python's own; what has no hash says so by None (3.3.1)."""
    return frozenset(dir(kind)) - ({"__hash__"} if kind.__hash__ is None else frozenset())


_MADE_BY = {
    "collections.Counter": "collections.Counter",
    "collections.OrderedDict": "collections.OrderedDict",
    "collections.defaultdict": "collections.defaultdict",
    "collections.deque": "collections.deque",
    "datetime.timedelta": "datetime.timedelta",
    "decimal.Decimal": "decimal.Decimal",
    "pathlib.Path": "pathlib.Path",
    "pathlib.PurePath": "pathlib.PurePath",
    "re.compile": "re.Pattern",
}
"""Classes of the standard library that constants are often made of, by what is called for one."""
_PLAIN_TYPES = frozenset({"bool", "bytes", "dict", "float", "frozenset", "int", "list", "set"})
_PLAIN_TYPES |= {"str", "tuple"}


def class_made(dotted: str) -> type | None:
    """Return the class of Python's own of which a call gives an instance; None for a call not known here."""
    module, _, name = dotted.rpartition(".")
    if module == "builtins":
        return _builtin_class(dotted) if name in _PLAIN_TYPES else None
    made = _MADE_BY.get(dotted)
    if made is None:
        return None
    module, _, name = made.rpartition(".")
    known = getattr(importlib.import_module(module), name)
    return known if isinstance(known, type) else None


def catching(dotted: str) -> frozenset[str]:
    """Return the names of the built-in classes of which an instance of one is; of an exception, those that catch it."""
    if dotted in ENUMERATIONS:
        mixed = getattr(enum, dotted.partition(".")[2]).__mro__
        return frozenset(kind.__name__ for kind in mixed if kind in (int, str))
    known = dict if dotted in TYPED_DICTS else _builtin_class(dotted)
    if known is None:
        return frozenset()
    return frozenset(above.__name__ for above in known.__mro__ if above is not object)


def exception_arguments(dotted: str) -> ast.arguments | None:
    """Return the parameters of a built-in exception, which takes any arguments by position; None if it is none."""
    known = _builtin_class(dotted)
    if known is None or not issubclass(known, BaseException):
        return None
    assert isinstance(_ANYTHING_BY_POSITION, ast.FunctionDef)
    return None if issubclass(known, _TAKE_KEYWORDS) else _ANYTHING_BY_POSITION.args
