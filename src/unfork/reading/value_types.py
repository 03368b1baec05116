"""What a value is by its text: its type, the keys of a dictionary, the number of elements; what a function returns."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from unfork.nodes import FunctionDef

NUMBERS = frozenset({"bool", "complex", "float", "int"})
NOTHING = "NoneType"
_DISPLAYS: dict[type[ast.expr], str] = {
    ast.Dict: "dict",
    ast.DictComp: "dict",
    ast.JoinedStr: "str",
    ast.List: "list",
    ast.ListComp: "list",
    ast.Set: "set",
    ast.SetComp: "set",
    ast.Tuple: "tuple",
}


class Value(NamedTuple):
    """The type of a value by its name; the ``keys`` of a dictionary and the ``size`` of a list, None if not told."""

    type: str
    keys: frozenset[object] | None = None
    size: int | None = None


def value_of(node: ast.expr | None) -> Value | None:
    """Return what a literal or display is; None for anything else."""
    match node:
        case ast.Constant(value=value):
            return Value(type(value).__name__)
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=ast.Constant(value=value)):
            return Value(type(value).__name__)
        case ast.Dict(keys=keys):
            told = [key.value for key in keys if isinstance(key, ast.Constant)]
            return Value("dict", frozenset(told) if len(told) == len(keys) else None)
        case ast.List(elts=elts) | ast.Tuple(elts=elts):
            is_whole = not any(isinstance(elt, ast.Starred) for elt in elts)
            return Value(_DISPLAYS[type(node)], size=len(elts) if is_whole else None)
        case _:
            name = _DISPLAYS.get(type(node)) if node is not None else None
            return Value(name) if name is not None else None


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
