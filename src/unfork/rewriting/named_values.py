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


def stands_for_name(
    inference: Inference, context: FileContext, node: ast.expr, name: Name, steps: int = _MOST_STEPS
) -> bool:
    """Return whether an expression of a file is a definition, by its module and name."""
    match node:
        case ast.Name(id=local):
            return _is_bound_to(inference, context, node, local, name, steps)
        case ast.Attribute(value=value, attr=attr):
            pass
        case ast.Call(func=ast.Name(id="getattr"), args=[value, ast.Constant(value=str(attr))]):
            pass
        case _:
            return False
    file = inference.file(context.key)
    kinds = file.kinds(value) if file is not None else None
    modules = [kind.key for kind in kinds or () if isinstance(kind, Module)]
    return any(member_stands_for(inference, key, attr, name, steps) for key in modules)


def may_stand_for_names(context: FileContext) -> Iterator[ast.expr]:
    """Yield the expressions of a file that may be a definition by some name: ``pub.Own``, ``getattr(pub, "Own")``."""
    for node in context.source.nodes:
        match node:
            case ast.Name(ctx=ast.Load()) | ast.Attribute(ctx=ast.Load()):
                yield node
            case ast.Call(func=ast.Name(id="getattr")):
                yield node
            case _:
                continue


def _is_bound_to(
    inference: Inference, context: FileContext, node: ast.Name, local: str, name: Name, steps: int
) -> bool:
    scope = resolve_name(context.scope_around(node), local)
    if scope is None:
        stars = [item.imported_name.key for item in context.items if item.alias.name == "*"]
        given = (key for key in stars if local in (context.index.star_names(key) or ()))
        return any(member_stands_for(inference, key, local, name, steps) for key in given)
    binds = scope.binds.get(local, ())
    return any(_gives(inference, context, bind, name, steps) for bind in binds)


def _gives(inference: Inference, context: FileContext, bind: Bind, name: Name, steps: int) -> bool:
    """Return whether what binds a name gives it a definition: an import, or an assignment of another name for it."""
    if bind.alias is not None:
        statement = context.statement_of.get(bind.node)
        if statement is None:
            return False
        taken = context.imported_name(statement, bind.alias)
        return taken.name is not None and member_stands_for(
            inference, taken.key, taken.name, name, steps
        )
    parent = context.parents.get(bind.node)
    if not isinstance(parent, ast.Assign) or not steps:
        return False
    return stands_for_name(inference, context, parent.value, name, steps - 1)


def member_stands_for(
    inference: Inference, key: Key, member: str, name: Name, steps: int = _MOST_STEPS
) -> bool:
    """Return whether a name of a module is a definition, by its module and name."""
    index = inference.index
    origin = index.origin(key, member)
    if (origin.key, origin.name) == name or (key, member) == name:
        return True
    file = inference.file(origin.key) if origin.kind is NameKind.OWN else None
    if file is None or origin.name is None or not steps:
        return False
    binds = file.context.scopes.module.binds.get(origin.name, ())
    parents = [file.context.parents.get(bind.node) for bind in binds]
    return any(
        isinstance(parent, ast.Assign)
        and isinstance(parent.value, ast.Name | ast.Attribute)
        and stands_for_name(inference, file.context, parent.value, name, steps - 1)
        for parent in parents
    )


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
