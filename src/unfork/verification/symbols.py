"""What a function's own scope binds (language reference, 4.2.1 and 7.12 to 7.13), told before it runs."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass
class Symbols:
    """The names of one function: those it binds, those it declares to be another scope's, and those it reads."""

    bound: set[str] = field(default_factory=set)
    globals: set[str] = field(default_factory=set)
    nonlocals: set[str] = field(default_factory=set)

    @property
    def locals(self) -> set[str]:
        """The names that live in the function itself."""
        return self.bound - self.globals - self.nonlocals


def symbols_of(function: Function) -> Symbols:
    """Return the names of a function's own scope."""
    found = Symbols({argument.arg for argument in parameters(function)})
    body = [function.body] if isinstance(function, ast.Lambda) else function.body
    for node in body:
        _collect(node, found)
    return found


def symbols_of_block(body: list[ast.stmt]) -> Symbols:
    """Return the names that a class body or module binds itself."""
    found = Symbols()
    for node in body:
        _collect(node, found)
    return found


def parameters(function: Function) -> Iterator[ast.arg]:
    """Yield a function's parameters."""
    a = function.args
    yield from (*a.posonlyargs, *a.args, *a.kwonlyargs)
    yield from (each for each in (a.vararg, a.kwarg) if each is not None)


def _collect(node: ast.AST, found: Symbols, inner: bool = False) -> None:
    """Collect what a node binds; ``inner``: within a comprehension, only ``:=`` binds outside of it (PEP 572)."""
    match node:
        case ast.Name():
            if not inner and not isinstance(node.ctx, ast.Load):
                found.bound.add(node.id)
            return
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            found.bound.add(node.name)
            for each in _outer_parts(node):
                _collect(each, found, inner)
            return
        case ast.Lambda():
            for each in (*node.args.defaults, *filter(None, node.args.kw_defaults)):
                _collect(each, found, inner)
            return
        case ast.NamedExpr():
            found.bound.add(node.target.id)
            _collect(node.value, found, inner)
            return
        case ast.Import():
            found.bound |= {each.asname or each.name.partition(".")[0] for each in node.names}
            return
        case ast.ImportFrom():
            found.bound |= {each.asname or each.name for each in node.names} - {"*"}
            return
        case ast.AnnAssign(target=ast.Name(), simple=0, value=None):
            _collect(node.annotation, found, inner)  # ``(x): int`` binds nothing (7.2.2)
            return
        case ast.Global():
            found.globals |= set(node.names)
        case ast.Nonlocal():
            found.nonlocals |= set(node.names)
        case ast.ExceptHandler() | ast.MatchAs() | ast.MatchStar():
            if node.name:
                found.bound.add(node.name)
        case ast.MatchMapping():
            if node.rest:
                found.bound.add(node.rest)
        case _:
            pass
    inner = inner or isinstance(node, _COMPREHENSIONS)
    for child in ast.iter_child_nodes(node):
        _collect(child, found, inner)


def _outer_parts(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> Iterator[ast.AST]:
    """Yield what of a definition belongs to the scope around it."""
    yield from node.decorator_list
    if isinstance(node, ast.ClassDef):
        yield from node.bases
        yield from node.keywords
    else:
        yield from node.args.defaults
        yield from filter(None, node.args.kw_defaults)
