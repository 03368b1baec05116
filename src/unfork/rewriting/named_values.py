"""Which definition of the project a name or attribute stands for, through imports and other names for it.

pub.py   from app.old import TABLE        Own = TABLE        use.py   pub.Own["b"]
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from unfork.reading.scopes import Bind, resolve_name
from unfork.rewriting.constraints import Name
from unfork.rewriting.file_context import FileContext
from unfork.rewriting.inference import Inference
from unfork.rewriting.kinds import Module
from unfork_codemods.project import Key
from unfork_codemods.project import Kind as NameKind

_MOST_STEPS = 4


def stands_for_name(inference: Inference, context: FileContext, node: ast.expr, name: Name) -> bool:
    """Return whether an expression of a file is a definition, by its module and name."""
    known = inference.once(_known_names)
    if node not in known:
        known[node] = frozenset(_names_of(inference, context, node, _MOST_STEPS))
    return name in known[node]


def member_stands_for(inference: Inference, key: Key, member: str, name: Name) -> bool:
    """Return whether a name of a module is a definition, by its module and name."""
    return name in _names_of_member(inference, key, member, _MOST_STEPS)


def _known_names(_: Inference) -> dict[ast.expr, frozenset[Name]]:
    """Return the definitions that expressions stand for, filled by `stands_for_name`."""
    return {}


def _names_of(
    inference: Inference, context: FileContext, node: ast.expr, steps: int
) -> Iterator[Name]:
    """Yield the definitions that an expression of a file may be, each under every name that leads to it."""
    match node:
        case ast.Name(id=local):
            yield from _names_bound_to(inference, context, node, local, steps)
            return
        case ast.Attribute(value=value, attr=attr):
            pass
        case ast.Call(func=ast.Name(id="getattr"), args=[value, ast.Constant(value=str(attr))]):
            pass
        case _:
            return
    file = inference.file(context.key)
    kinds = file.kinds(value) if file is not None else None
    for kind in kinds or ():
        if isinstance(kind, Module):
            yield from _names_of_member(inference, kind.key, attr, steps)


def may_stand_for_names(context: FileContext) -> Iterator[ast.expr]:
    """Yield the expressions of a file that may be a definition by some name: ``pub.Own``, ``getattr(pub, "Own")``."""
    for node in context.source.nodes_of(ast.Name, ast.Attribute, ast.Call):
        match node:
            case ast.Name(ctx=ast.Load()) | ast.Attribute(ctx=ast.Load()):
                yield node
            case ast.Call(func=ast.Name(id="getattr")):
                yield node
            case _:
                continue


def _names_bound_to(
    inference: Inference, context: FileContext, node: ast.Name, local: str, steps: int
) -> Iterator[Name]:
    scope = resolve_name(context.scope_around(node), local)
    if scope is not None:
        for bind in scope.binds.get(local, ()):
            yield from _names_given(inference, context, bind, steps)
        return
    for item in context.items:
        if item.alias.name == "*":
            key = item.imported_name.key
            if local in (context.index.star_names(key) or ()):
                yield from _names_of_member(inference, key, local, steps)


def _names_given(
    inference: Inference, context: FileContext, bind: Bind, steps: int
) -> Iterator[Name]:
    """Yield the definitions that a name gets from what binds it: an import, or an assignment of another name."""
    if bind.alias is not None:
        statement = context.statement_of.get(bind.node)
        taken = context.imported_name(statement, bind.alias) if statement is not None else None
        if taken is not None and taken.name is not None:
            yield from _names_of_member(inference, taken.key, taken.name, steps)
        return
    parent = context.parents.get(bind.node)
    if isinstance(parent, ast.Assign) and steps:
        yield from _names_of(inference, context, parent.value, steps - 1)


def _names_of_member(inference: Inference, key: Key, member: str, steps: int) -> Iterator[Name]:
    yield key, member
    origin = inference.index.origin(key, member)
    if origin.name is None:
        return
    yield origin.key, origin.name
    file = inference.file(origin.key) if origin.kind is NameKind.OWN else None
    if file is None or not steps:
        return
    for bind in file.context.scopes.module.binds.get(origin.name, ()):
        parent = file.context.parents.get(bind.node)
        if isinstance(parent, ast.Assign) and isinstance(parent.value, ast.Name | ast.Attribute):
            yield from _names_of(inference, file.context, parent.value, steps - 1)


def other_names(context: FileContext, nodes: Collection[ast.expr]) -> Iterator[ast.expr]:
    """Yield the uses of variables that hold what some expressions are, and nothing else: ``own = legacy.TABLE``."""
    for node in nodes:
        match context.parents.get(node):
            case ast.Assign(targets=[ast.Name(id=local) as target], value=value) if value is node:
                scope = resolve_name(context.scope_around(target), local)
            case _:
                continue
        if scope is not None and len(scope.binds[local]) == 1:
            refs = context.scopes.refs_to(scope, local)
            yield from (ref.node for ref in refs if isinstance(ref.node.ctx, ast.Load))


def names_through_others(
    inference: Inference, name: Name, known: Collection[ast.expr]
) -> list[ast.expr]:
    """Return the other expressions of a file that stand for a definition: by imports from other modules."""
    context = inference.context
    around = {context.parents.get(node) for node in known} | {*known}
    return [
        node
        for node in may_stand_for_names(context)
        if node not in around and stands_for_name(inference, context, node, name)
    ]
