"""What classes and functions say by their own text: decorators, attributes set in methods, returned values."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from unfork.nodes import FunctionDef, last_name
from unfork.reading.value_types import parts_of_function
from unfork.rewriting.library_names import STAND_INS


def decorator_name(node: ast.expr) -> str:
    """Return the last name of a decorator, with or without arguments."""
    return last_name(node.func if isinstance(node, ast.Call) else node)


def is_stand_in(call: ast.Call) -> bool:
    """Return whether a call gives something that may stand for anything: ``MagicMock()``, ``patch.object(x, "y")``."""
    match call.func:
        case ast.Attribute(value=value, attr="object" | "multiple"):
            return last_name(value) == "patch"
        case _:
            return last_name(call.func) in STAND_INS


def is_enumeration(node: ast.ClassDef) -> bool:
    """Return whether a class is an enumeration, by the names of its bases."""
    return any(last_name(base).endswith(("Enum", "Flag")) for base in node.bases)


def stores_on_self(node: ast.ClassDef) -> Iterator[tuple[str, ast.expr]]:
    """Yield the attributes that methods give what their first parameter is, each with the target."""
    for method in node.body:
        if not isinstance(method, FunctionDef):
            continue
        first = [arg.arg for arg in (*method.args.posonlyargs, *method.args.args)][:1]
        for part in ast.walk(method):
            match part:
                case ast.Attribute(value=ast.Name(id=name), attr=attr, ctx=ast.Store()):
                    if [name] == first:
                        yield attr, part


def gives_its_own(method: FunctionDef, value: ast.expr) -> bool:
    """Return whether what a method returns is its instance, or is made of its class: ``self``, ``cls()``."""
    first = [arg.arg for arg in (*method.args.posonlyargs, *method.args.args)][:1]
    of_class = "classmethod" in map(decorator_name, method.decorator_list)
    match value:
        case ast.Name(id=name):
            return [name] == first and not of_class
        case ast.Call(func=ast.Name(id=name)):
            return [name] == first and of_class
        case _:
            return False


class Results(NamedTuple):
    """What the return statements of a function return, and its yield expressions."""

    returns: list[ast.expr]
    yields: list[ast.Yield | ast.YieldFrom]


def results_of(node: FunctionDef) -> Results:
    """Return what a function returns and yields."""
    results = Results([], [])
    for part in parts_of_function(node):
        if isinstance(part, ast.Return):
            results.returns.append(part.value or ast.Constant(None))
        elif isinstance(part, ast.Yield | ast.YieldFrom):
            results.yields.append(part)
    return results


def values_stored(nodes: Iterable[ast.AST]) -> dict[tuple[str, str], list[ast.expr]]:
    """Return the values that nodes of a file store on attributes of names, other than ``self``."""
    stored: dict[tuple[str, str], list[ast.expr]] = {}
    for node in nodes:
        match node:
            case ast.Assign(targets=targets, value=value):
                places = [
                    (target.value.id, target.attr)
                    for target in targets
                    if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name)
                ]
            case ast.Call(args=[ast.Name(id=name), ast.Constant(value=str(attr)), value]):
                places = [(name, attr)] if last_name(node.func) == "setattr" else []
            case _:
                continue
        for place in places:
            if place[0] != "self":
                stored.setdefault(place, []).append(value)
    return stored
