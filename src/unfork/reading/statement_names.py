"""The names that a statement binds: in its own block, and in the blocks below it, but not in functions and classes."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from unfork.nodes import FunctionDef

COMPOUND = (
    ast.If,
    ast.Try,
    ast.TryStar,
    ast.With,
    ast.AsyncWith,
    ast.Match,
    ast.For,
    ast.AsyncFor,
    ast.While,
)
"""Statements with blocks that belong to the scope around them."""


def names_bound(node: ast.stmt) -> Iterator[str]:
    """Yield the names that a top-level statement may bind, including in blocks, but not in functions and classes."""
    yield from (*names_bound_directly(node), *names_in_head(node))
    match node:
        case ast.For(target=target):
            yield from stored_names(target)
        case ast.With(items=items):
            yield from (
                n for item in items if item.optional_vars for n in stored_names(item.optional_vars)
            )
        case _:
            pass
    if isinstance(node, COMPOUND):
        for inner in nested_statements(node):
            yield from names_bound(inner)


def names_bound_directly(node: ast.stmt) -> Iterator[str]:
    """Yield the names that a simple statement, a function or a class binds."""
    match node:
        case ast.Import() | ast.ImportFrom():
            yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            yield node.name
        case ast.Assign(targets=targets):
            yield from (name for target in targets for name in stored_names(target))
        case ast.AugAssign(target=target) | ast.AnnAssign(target=target, value=ast.expr()):
            yield from stored_names(target)
        case _:
            name = getattr(node, "name", None)  # PEP 695: type X = ...
            if isinstance(name, ast.Name):
                yield name.id


def names_in_head(node: ast.stmt) -> Iterator[str]:
    """Yield the names that ``:=`` certainly binds in what a statement evaluates first: ``if (m := find()):``."""
    match node:
        case ast.If(test=head) | ast.While(test=head) | ast.Match(subject=head):
            yield from _walrus_targets(head)
        case ast.For(iter=head) | ast.Expr(value=head) | ast.Assign(value=head):
            yield from _walrus_targets(head)
        case _:
            return


def _walrus_targets(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.NamedExpr(target=ast.Name(id=name), value=value):
            yield name
            yield from _walrus_targets(value)
        case ast.BoolOp(values=[first, *_]) | ast.IfExp(test=first):
            yield from _walrus_targets(first)
        case ast.Compare(left=left, comparators=[second, *_]):
            yield from (*_walrus_targets(left), *_walrus_targets(second))
        case ast.Lambda() | ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            return
        case _:
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.expr):
                    yield from _walrus_targets(child)


def stored_names(target: ast.AST) -> Iterator[str]:
    """Yield the names that a target or a statement stores."""
    parts = (part for part in ast.walk(target) if isinstance(part, ast.Name))
    return (part.id for part in parts if isinstance(part.ctx, ast.Store))


def nested_statements(node: ast.stmt) -> Iterator[ast.stmt]:
    """Yield the direct child statements of a compound statement."""
    for name in ("body", "orelse", "finalbody"):
        yield from getattr(node, name, ())
    for holder in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
        yield from holder.body


def names_defined(node: ast.stmt) -> Iterator[str]:
    """Yield the names that a definition or an assignment binds; none for any other statement."""
    if isinstance(node, FunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Assign | ast.AnnAssign):
        yield from stored_names(node)


def names_bound_or_deleted(statement: ast.stmt) -> Iterator[str]:
    """Yield the names that a statement may bind in any way, ``:=`` in an expression and ``del`` included.

    More than one of these statements for a name, and the text does not tell what the name is.
    """
    if isinstance(statement, FunctionDef | ast.ClassDef):
        yield statement.name
        return
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.alias):
            yield (node.asname or node.name).partition(".")[0]
        elif isinstance(node, FunctionDef | ast.ClassDef):
            yield node.name
            continue
        waiting += ast.iter_child_nodes(node)


def assigned_values(node: ast.stmt) -> Iterator[tuple[str, ast.expr | None]]:
    """Yield the name that a statement assigns, with what it assigns."""
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            yield name, value
        case ast.AnnAssign(target=ast.Name(id=name), value=value):
            yield name, value
        case _:
            pass
