"""Classes whose instances a definition returns or holds, so that its users get them without naming the class.

def engine(): return _Engine()          class Car: def __init__(self): self.wheel = _Wheel()
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from unfork.nodes import FunctionDef
from unfork.reading.value_types import parts_of_function


def names_given(node: ast.stmt | None) -> Iterator[str]:
    """Yield the names of classes of which a call, a member or a variable is an instance, by a definition's text."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            yield from _names_returned(node)
        case ast.ClassDef(body=body):
            for part in body:
                yield from names_given(part)
                if isinstance(part, FunctionDef):
                    yield from _names_stored(part)
        case ast.AnnAssign(annotation=annotation):
            yield from _names_in_annotation(annotation)
        case ast.Assign(value=value):
            yield from _names_called([value])
        case _:
            return


def _names_returned(node: FunctionDef) -> Iterator[str]:
    if node.returns is not None:
        yield from _names_in_annotation(node.returns)
    parts = [*parts_of_function(node)]
    returned = [part.value for part in parts if isinstance(part, ast.Return | ast.Yield)]
    yield from _names_called(returned)
    names = {value.id for value in returned if isinstance(value, ast.Name)}
    for part in parts:
        match part:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in names:
                yield from _names_called([value])
            case _:
                continue


def _names_stored(node: FunctionDef) -> Iterator[str]:
    for part in parts_of_function(node):
        match part:
            case ast.Assign(targets=[ast.Attribute(value=ast.Name())], value=value):
                yield from _names_called([value])
            case ast.AnnAssign(target=ast.Attribute(), annotation=annotation):
                yield from _names_in_annotation(annotation)
            case _:
                continue


def _names_called(values: Iterable[ast.expr | None]) -> Iterator[str]:
    """Yield the names that values are calls of, also where a container or a condition is around them."""
    for value in values:
        match value:
            case ast.Call(func=ast.Name(id=name)):
                yield name
            case ast.List(elts=elts) | ast.Tuple(elts=elts) | ast.Dict(values=elts):
                yield from _names_called(elts)
            case ast.IfExp(body=body, orelse=orelse):
                yield from _names_called([body, orelse])
            case ast.BoolOp(values=parts):
                yield from _names_called(parts)
            case _:
                continue


def _names_in_annotation(annotation: ast.expr) -> Iterator[str]:
    for part in ast.walk(annotation):
        match part:
            case ast.Name(id=name):
                yield name
            case ast.Constant(value=str(text)) if text.isidentifier():
                yield text
            case _:
                continue
