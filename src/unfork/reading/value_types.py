"""What a value is by its text: its type, the keys of a dictionary, the number of elements; what a function returns."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from unfork.nodes import FunctionDef

NUMBERS = frozenset({"bool", "complex", "float", "int"})
NOTHING = "NoneType"
_DISPLAYS: dict[type[ast.expr], str] = {
    ast.Dict: "dict",
    ast.DictComp: "dict",
    ast.GeneratorExp: "generator",
    ast.JoinedStr: "str",
    ast.List: "list",
    ast.ListComp: "list",
    ast.Set: "set",
    ast.SetComp: "set",
    ast.Tuple: "tuple",
}


_MADE_BY_CALL = {
    **{name: name for name in ("bool", "bytearray", "bytes", "dict", "enumerate", "filter")},
    **{name: name for name in ("float", "frozenset", "int", "list", "map", "range", "set", "str")},
    **{name: name for name in ("tuple", "zip")},
    "iter": "iterator",
    "len": "int",
    "repr": "str",
    "sorted": "list",
}
"""The types of what calls of Python's own classes and functions give, as long as nothing else has their names."""


class Value(NamedTuple):
    """The type of a value by its name; the ``keys`` of a dictionary and the ``size`` of a list, None if not told.

    ``inner`` are the values in it whose keys or indexes are literals, as far as they are told themselves.
    """

    type: str
    keys: frozenset[object] | None = None
    size: int | None = None
    inner: tuple[tuple[object, Value], ...] = ()


def value_of(node: ast.expr | None) -> Value | None:
    """Return what a literal or display is; None for anything else."""
    match node:
        case ast.Constant(value=value):
            return Value(type(value).__name__)
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=ast.Constant(value=value)):
            return Value(type(value).__name__)
        case ast.Dict(keys=keys, values=values):
            pairs = [(k.value, v) for k, v in zip(keys, values) if isinstance(k, ast.Constant)]
            if len(pairs) < len(keys):
                return Value("dict")
            return Value("dict", frozenset(key for key, _ in pairs), inner=_told(pairs))
        case ast.List(elts=elts) | ast.Tuple(elts=elts):
            if any(isinstance(elt, ast.Starred) for elt in elts):
                return Value(_DISPLAYS[type(node)])
            return Value(_DISPLAYS[type(node)], size=len(elts), inner=_told(enumerate(elts)))
        case ast.Call(func=ast.Name(id=name)) if name in _MADE_BY_CALL:
            return Value(_MADE_BY_CALL[name])
        case _:
            display = _DISPLAYS.get(type(node)) if node is not None else None
            return Value(display) if display is not None else None


def _told(parts: Iterable[tuple[object, ast.expr]]) -> tuple[tuple[object, Value], ...]:
    """Return the containers among the parts of a container: what is in these is looked up, too."""
    told = ((key, value_of(part)) for key, part in parts if isinstance(part, _CONTAINERS))
    return tuple((key, value) for key, value in told if value is not None)


_CONTAINERS = ast.Dict | ast.List | ast.Tuple


def value_returned(node: FunctionDef) -> Value | None:
    """Return what a function certainly returns, if that is of a type of Python's own and no generator."""
    values: list[ast.expr | None] = []
    for part in parts_of_function(node):
        if isinstance(part, ast.Yield | ast.YieldFrom):
            return None
        if isinstance(part, ast.Return):
            values.append(part.value)
    if not values:
        return None if _is_unfinished(node) else Value(NOTHING)
    told = [value_of(value) if value is not None else Value(NOTHING) for value in values]
    types = {value.type if value is not None else "" for value in told}
    if len(told) == 1:
        return told[0]
    return Value(types.pop()) if len(types) == 1 and "" not in types else None


def parts_of_function(node: FunctionDef) -> Iterator[ast.AST]:
    """Yield the nodes of a function's body that run when it is called, not those of functions and classes in it."""
    waiting: list[ast.AST] = [*node.body]
    while waiting:
        part = waiting.pop()
        yield part
        if not isinstance(part, FunctionDef | ast.Lambda | ast.ClassDef):
            waiting += ast.iter_child_nodes(part)


def _is_unfinished(node: FunctionDef) -> bool:
    """Return whether a body without ``return`` tells nothing of the result: ``...``, or one that ends in an error."""
    last = node.body[-1]
    is_text = isinstance(last, ast.Expr) and isinstance(last.value, ast.Constant)
    return is_text or isinstance(last, ast.Raise)


def attributes_set(tree: ast.Module) -> dict[str, frozenset[str]]:
    """Return the attributes that a module's statements set on its names: ``run.tag = "x"``."""
    attributes: dict[str, frozenset[str]] = {}
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Attribute(value=ast.Name(id=name), attr=attr)]):
                attributes[name] = attributes.get(name, frozenset()) | {attr}
            case _:
                continue
    return attributes


def registered_classes(tree: ast.Module) -> dict[str, frozenset[str]]:
    """Return the classes that a module's statements register for others: ``Shape.register(Square)`` (PEP 3119)."""
    registered: dict[str, frozenset[str]] = {}
    for node in tree.body:
        match node:
            case ast.Expr(
                value=ast.Call(
                    func=ast.Attribute(value=ast.Name(id=name), attr="register"), args=[given]
                )
            ):
                registered[name] = registered.get(name, frozenset()) | {ast.unparse(given)}
            case _:
                continue
    return registered


def names_filled(tree: ast.Module) -> frozenset[str]:
    """Return the names whose values a module may change after it binds them: ``TABLE["b"] = 2``, ``fill(TABLE)``."""
    names: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store() | ast.Del()):
                names.add(name)
            case ast.Call(func=func, args=args, keywords=keywords):
                owner = func.value if isinstance(func, ast.Attribute) else None
                given = [owner, *args, *(keyword.value for keyword in keywords)]
                names |= {part.id for part in given if isinstance(part, ast.Name)}
            case _:
                continue
    return frozenset(names)
