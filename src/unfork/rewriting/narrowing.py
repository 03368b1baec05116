"""Where the text narrows what a name is: ``if isinstance(x, Engine):``, an assertion, an early return, a pattern.

if isinstance(thing, Engine):         thing is an engine in the block
if not isinstance(thing, Engine):
    return                            and after this statement
except EngineError as error:          error is that in the block
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from unfork.nodes import FunctionDef

_SCOPES = FunctionDef | ast.ClassDef | ast.Lambda | ast.Module
_LEAVING = ast.Return | ast.Raise | ast.Continue | ast.Break


def classes_narrowed_to(node: ast.expr, parents: Mapping[ast.AST, ast.AST]) -> ast.expr | None:
    """Return the class, or the tuple of classes, that a name or attribute is an instance of where it stands."""
    text = ast.dump(_as_load(node))
    below: ast.AST = node
    outer = parents.get(node)
    while outer is not None and not isinstance(below, _SCOPES):
        for test in (*_tests_around(outer, below), *_tests_before(outer, below, text)):
            for classes in _positive(test, text):
                return classes
        if isinstance(outer, ast.match_case):
            pattern = _pattern_class(outer, parents.get(outer), text)
            if pattern is not None:
                return pattern
        if isinstance(outer, ast.ExceptHandler) and _is_caught(node, outer, text):
            return outer.type
        below, outer = outer, parents.get(outer)
    return None


def _is_caught(node: ast.expr, handler: ast.ExceptHandler, text: str) -> bool:
    """Return whether a name is the exception that a handler catches, and nothing else in its block."""
    is_name = isinstance(node, ast.Name) and node.id == handler.name
    return is_name and not any(_rebinds(statement, text) for statement in handler.body)


def _tests_around(outer: ast.AST, below: ast.AST) -> Iterator[ast.expr]:
    """Yield the conditions that hold where ``below`` is evaluated, by its parent."""
    match outer:
        case ast.If(test=test, body=body) | ast.While(test=test, body=body) if below in body:
            yield test
        case ast.IfExp(test=test, body=body) if body is below:
            yield test
        case ast.BoolOp(op=ast.And(), values=values) if below in values:
            yield from values[: values.index(below)]
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
            if below not in outer.generators:
                for generator in outer.generators:
                    yield from generator.ifs


def _tests_before(outer: ast.AST, below: ast.AST, text: str) -> Iterator[ast.expr]:
    """Yield the conditions that statements before ``below`` in its block guarantee."""
    for block in (getattr(outer, name, None) for name in ("body", "orelse", "finalbody")):
        if not isinstance(block, list) or below not in block:
            continue
        before = block[: block.index(below)]
        for at in reversed(range(len(before))):
            test = _ensured(before[at])
            if test is None or not any(_positive(test, text)):
                continue
            if any(_rebinds(statement, text) for statement in before[at:]):
                return
            yield test


def _ensured(statement: ast.stmt) -> ast.expr | None:
    """Return the condition that holds after a statement: an assertion, or that of an early return."""
    match statement:
        case ast.Assert(test=test):
            return test
        case ast.If(test=ast.UnaryOp(op=ast.Not(), operand=test), body=body, orelse=[]):
            return test if isinstance(body[-1], _LEAVING) else None
        case _:
            return None


def _rebinds(statement: ast.stmt, text: str) -> bool:
    """Return whether a statement may give the name another value."""
    return any(
        isinstance(node, ast.Name | ast.Attribute)
        and not isinstance(node.ctx, ast.Load)
        and ast.dump(_as_load(node)) == text
        for node in ast.walk(statement)
    )


def _positive(test: ast.expr, text: str) -> Iterator[ast.expr]:
    """Yield the classes of ``isinstance`` calls that are true where a condition is."""
    match test:
        case ast.Call(func=ast.Name(id="isinstance"), args=[subject, classes]):
            if ast.dump(subject) == text:
                yield classes
        case ast.BoolOp(op=ast.And(), values=values):
            for value in values:
                yield from _positive(value, text)


def _pattern_class(case: ast.match_case, outer: ast.AST | None, text: str) -> ast.expr | None:
    match outer, case.pattern:
        case ast.Match(subject=subject), ast.MatchClass(cls=cls) if ast.dump(subject) == text:
            return cls
        case ast.Match(subject=subject), ast.MatchAs(pattern=ast.MatchClass(cls=cls)):
            return cls if ast.dump(subject) == text else None
        case _:
            return None


def _as_load(node: ast.expr) -> ast.expr:
    match node:
        case ast.Name(id=name):
            return ast.Name(name, ast.Load())
        case ast.Attribute(value=value, attr=attr):
            return ast.Attribute(_as_load(value), attr, ast.Load())
        case _:
            return node
