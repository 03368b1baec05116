"""The names that a scope binds (language reference, 4.2.1, 7.12 and 7.13), determined before it runs."""

from __future__ import annotations

import ast
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass
class Symbols:
    """The names of one scope: those it binds, and those it declares to belong to another scope."""

    bound: set[str] = field(default_factory=set)
    globals: set[str] = field(default_factory=set)
    nonlocals: set[str] = field(default_factory=set)

    @property
    def locals(self) -> set[str]:
        """The names that belong to the scope itself."""
        return self.bound - self.globals - self.nonlocals


class Lines:
    """The lines of a text that contain one of the given words."""

    def __init__(self, data: bytes, *words: bytes) -> None:
        said = [word for word in words if word in data]
        lines = data.split(b"\n") if said else ()
        self._numbers = [n for n, line in enumerate(lines, 1) if any(word in line for word in said)]

    def within(self, node: ast.stmt | ast.expr) -> bool:
        """Return whether one of these lines belongs to a node."""
        decorators: list[ast.expr] = getattr(node, "decorator_list", [])
        at = bisect_left(self._numbers, decorators[0].lineno if decorators else node.lineno)
        return at < len(self._numbers) and self._numbers[at] <= (node.end_lineno or node.lineno)


NO_LINES = Lines(b"", b" ")


def symbols_of(function: Function, walrus: Lines) -> Symbols:
    """Return the names of a function's own scope; ``walrus``: the lines with ``:=`` (PEP 572)."""
    if isinstance(function, ast.Lambda):
        symbols = Symbols()
        if walrus.within(function):
            _in_expressions([function.body], symbols)
    else:
        symbols = symbols_of_block(function.body, walrus)
    symbols.bound.update(argument.arg for argument in parameters(function))
    return symbols


def symbols_of_block(body: Iterable[ast.stmt], walrus: Lines) -> Symbols:
    """Return the names that a block of statements binds itself."""
    symbols = Symbols()
    for node in body:
        _in_statement(node, symbols, walrus)
    return symbols


def parameters(function: Function) -> Iterator[ast.arg]:
    """Yield a function's parameters."""
    a = function.args
    yield from (*a.posonlyargs, *a.args, *a.kwonlyargs)
    yield from (argument for argument in (a.vararg, a.kwarg) if argument is not None)


def _in_statement(node: ast.stmt, symbols: Symbols, walrus: Lines) -> None:
    if walrus.within(node):
        _in_expressions(_own_expressions(node), symbols)
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            symbols.bound.add(node.name)
            return
        case ast.Import():
            symbols.bound.update(
                alias.asname or alias.name.partition(".")[0] for alias in node.names
            )
        case ast.ImportFrom():
            symbols.bound.update({alias.asname or alias.name for alias in node.names} - {"*"})
        case ast.Assign(targets=targets) | ast.Delete(targets=targets):
            for target in targets:
                _in_target(target, symbols)
        case ast.AnnAssign():
            if node.simple or node.value is not None:  # ``(x): int`` binds nothing (7.2.2)
                _in_target(node.target, symbols)
        case ast.AugAssign(target=target):
            _in_target(target, symbols)
        case ast.For(target=target) | ast.AsyncFor(target=target):
            _in_target(target, symbols)
        case ast.With(items=items) | ast.AsyncWith(items=items):
            for item in items:
                _in_target(item.optional_vars, symbols)
        case ast.Global(names=names):
            symbols.globals.update(names)
        case ast.Nonlocal(names=names):
            symbols.nonlocals.update(names)
        case ast.Match(cases=cases):
            for case in cases:
                _in_pattern(case.pattern, symbols)
        case _:
            if isinstance(getattr(node, "name", None), ast.Name):  # ``type x = ...`` (PEP 695)
                _in_target(node.name, symbols)  # type: ignore[attr-defined]
    for inner in _nested_statements(node, symbols):
        _in_statement(inner, symbols, walrus)


def _nested_statements(node: ast.stmt, symbols: Symbols) -> Iterator[ast.stmt]:
    """Yield the direct child statements of a compound statement."""
    for name in ("body", "orelse", "finalbody"):
        yield from getattr(node, name, ())
    for handler in getattr(node, "handlers", ()):
        if handler.name:
            symbols.bound.add(handler.name)
        yield from handler.body
    for case in getattr(node, "cases", ()):
        yield from case.body


def _in_target(target: ast.expr | None, symbols: Symbols) -> None:
    match target:
        case ast.Name(id=name):
            symbols.bound.add(name)
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            for part in parts:
                _in_target(part, symbols)
        case ast.Starred(value=value):
            _in_target(value, symbols)
        case _:
            return


def _in_pattern(pattern: ast.AST, symbols: Symbols) -> None:
    for node in ast.walk(pattern):
        name = getattr(node, "rest", None) or getattr(node, "name", None)
        if isinstance(name, str):
            symbols.bound.add(name)


def _own_expressions(node: ast.stmt) -> Iterator[ast.AST]:
    """Yield the expressions that a statement evaluates in its own scope."""
    if isinstance(node, _DEFINITIONS):
        yield from node.decorator_list
        if isinstance(node, ast.ClassDef):
            yield from (*node.bases, *node.keywords)
        else:
            yield from (*node.args.defaults, *filter(None, node.args.kw_defaults))
        return
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.stmt | ast.ExceptHandler | ast.match_case):
            yield child
        elif not isinstance(child, ast.stmt):
            yield from (c for c in ast.iter_child_nodes(child) if isinstance(c, ast.expr))


def _in_expressions(nodes: Iterable[ast.AST], symbols: Symbols) -> None:
    """Collect the names that ``:=`` binds, including in comprehensions, but not in lambdas."""
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Lambda):
            continue
        if isinstance(node, ast.NamedExpr):
            symbols.bound.add(node.target.id)
        waiting.extend(ast.iter_child_nodes(node))
