"""Members taken of something whose class the text does not tell: they may be those of a class that moves.

def go(engine):
    engine.run_job("a")       an engine of which class?

The text tells where the receiver is a module, a literal, ``self`` of a class whose bases are known, an instance of a
library's or another project class, or a parameter with an annotation.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Collection, Iterator

from unfork.reading.calls import last_name
from unfork.reading.scopes import Bind, Scope, resolve_name
from unfork.rewriting.file_context import FileContext
from unfork_codemods.project import Key, Kind

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_MOST_STEPS = 5
_LITERALS = (
    ast.Constant,
    ast.JoinedStr,
    ast.List,
    ast.Tuple,
    ast.Dict,
    ast.Set,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
    ast.Compare,
    ast.Lambda,
)
_VAGUE = frozenset({"Any", "object", "TypeVar"})
COMMON_MEMBERS: frozenset[str] = frozenset(
    name
    for kind in (
        str,
        bytes,
        bytearray,
        int,
        float,
        list,
        tuple,
        dict,
        set,
        frozenset,
        BaseException,
    )
    for name in dir(kind)
)
"""Members of Python's own types, which say nothing of whose they are."""


def unknown_receivers(
    context: FileContext, members: Collection[str], known: Collection[ast.AST]
) -> Iterator[ast.Attribute]:
    """Yield where one of the ``members`` is taken of something whose class the text does not tell.

    ``known`` are places where it does. What a class is called that this file imports from a legacy module, or takes of
    one, is told: its uses are followed. A legacy class that comes through another file is not.
    """
    for node in context.source.nodes:
        if not isinstance(node, ast.Attribute) or node.attr not in members or node in known:
            continue
        if not _is_told(context, node.value, _MOST_STEPS):
            yield node


def _is_told(context: FileContext, node: ast.expr, steps: int) -> bool:
    """Return whether the text tells of which class a receiver is, or that it is a module."""
    if isinstance(node, _LITERALS):
        return True
    if steps == 0:
        return False
    match node:
        case ast.Call(func=ast.Name(id="super")):
            return _is_in_told_class(context, node)
        case ast.Call(func=func):
            return _is_told_class(context, func)
        case ast.Name():
            return _is_told_name(context, node, steps)
        case ast.Attribute():
            return _is_told_attribute(context, node, steps)
        case _:
            return False


def _is_told_name(context: FileContext, node: ast.Name, steps: int) -> bool:
    scope = resolve_name(context.scope_around(node), node.id)
    if scope is None:
        return hasattr(builtins, node.id) or _is_told_class(context, node)
    if _is_receiver(context, node.id, scope.node):
        return _is_in_told_class(context, node)
    bindings = scope.binds[node.id]
    if len(bindings) != 1:
        return False
    if bindings[0].alias is not None:
        is_module = context.module_of(node, context.scope_around(node)) is not None
        return is_module or _is_told_class(context, node)
    return _is_told_binding(context, bindings[0], steps)


def _is_told_binding(context: FileContext, bind: Bind, steps: int) -> bool:
    if isinstance(bind.node, _Function | ast.ClassDef):
        return True
    if isinstance(bind.node, ast.arg):
        annotation = bind.node.annotation
        return annotation is not None and _is_told_annotation(context, annotation)
    match context.parents.get(bind.node):
        case ast.Assign(targets=[ast.Name()], value=value) | ast.NamedExpr(value=value):
            return _is_told(context, value, steps - 1)
        case ast.AnnAssign(annotation=annotation):
            return _is_told_annotation(context, annotation)
        case ast.withitem(context_expr=ast.Call(func=func)):
            return _is_told_class(context, func) and not _is_legacy(context, func)
        case _:
            return False


def _is_told_annotation(context: FileContext, annotation: ast.expr) -> bool:
    """Return whether an annotation names classes, each of which is told: not ``Any``."""
    nodes = list(ast.walk(annotation))
    quoted = [node for node in nodes if isinstance(node, ast.Constant) and node.value is not None]
    refs = [ref for ref in context.scopes.refs if ref.literal and ref.literal.node in quoted]
    if any(_is_vague(node) for node in (*nodes, *(ref.node for ref in refs))):
        return False
    if {ref.literal.node for ref in refs if ref.literal} != set(quoted):
        return False
    dotted = [n for n in nodes if isinstance(n, ast.Name | ast.Attribute)]
    if not all(_is_told_class(context, n) for n in dotted if not _is_base(context, n)):
        return False
    return all(_is_told_reference(context, ref.scope, ref.name) for ref in refs)


def _is_vague(node: ast.AST) -> bool:
    return isinstance(node, ast.Name | ast.Attribute) and last_name(node) in _VAGUE


def _is_base(context: FileContext, node: ast.expr) -> bool:
    return isinstance(context.parents.get(node), ast.Attribute)


def _is_told_class(context: FileContext, func: ast.expr) -> bool:
    """Return whether an expression is a builtin, something of a library, or a class of the project that is told."""
    match func:
        case ast.Name(id=name):
            return _is_told_reference(context, context.scope_around(func), name)
        case ast.Attribute():
            key = context.module_of(func.value, context.scope_around(func))
            return key is not None and _is_told_member_of(context, key, func.attr)
        case _:
            return False


def _is_told_reference(context: FileContext, scope: Scope, name: str) -> bool:
    reached = resolve_name(scope, name)
    if reached is None:
        return hasattr(builtins, name) or _comes_by_legacy_star(context, name)
    bindings = reached.binds[name]
    if len(bindings) != 1:
        return False
    return isinstance(bindings[0].node, ast.ClassDef) or _is_told_import(context, bindings[0])


def _comes_by_legacy_star(context: FileContext, name: str) -> bool:
    return any(
        item.alias.name == "*"
        and context.codemod.applies_to(item.imported_name.of(name))
        and name in (context.index.star_names(item.imported_name.key) or ())
        for item in context.items
    )


def _is_legacy(context: FileContext, func: ast.expr) -> bool:
    """Return whether an expression is what the file imports of a legacy module."""
    match func:
        case ast.Name(id=name):
            scope = resolve_name(context.scope_around(func), name)
            bindings = scope.binds[name] if scope is not None else []
            return any(_imported_from_legacy(context, bind) for bind in bindings)
        case ast.Attribute():
            key = context.module_of(func.value, context.scope_around(func))
            return key is not None and context.codemod.is_about(key)
        case _:
            return False


def _imported_from_legacy(context: FileContext, bind: Bind) -> bool:
    statement = context.statement_of.get(bind.node)
    if statement is None or bind.alias is None:
        return False
    return context.codemod.applies_to(context.imported_name(statement, bind.alias))


def _is_told_import(context: FileContext, bind: Bind) -> bool:
    statement = context.statement_of.get(bind.node)
    if statement is None or bind.alias is None:
        return False
    imported_name = context.imported_name(statement, bind.alias)
    if imported_name.name is None or _imported_from_legacy(context, bind):
        return True
    return _is_told_member_of(context, imported_name.key, imported_name.name)


def _is_told_member_of(context: FileContext, key: Key, name: str) -> bool:
    """Return whether a name of a module is a library's, or a class that does not move or inherit from one that does."""
    if context.codemod.is_about(key):
        return True
    origin = context.index.origin(key, name)
    if origin.kind in (Kind.EXTERNAL, Kind.MODULE):
        return True
    if origin.kind is not Kind.OWN or origin.name is None or context.codemod.is_about(origin.key):
        return False
    interface = context.index.interfaces.interface(key, name)
    if interface is None or interface.members is None:
        return False
    return not any(context.codemod.is_about(base) for base, _ in interface.bases)


def _is_receiver(context: FileContext, name: str, function: ast.AST) -> bool:
    """Return whether a name is the first parameter of a method: ``self``."""
    if not isinstance(function, _Function):
        return False
    first = [*function.args.posonlyargs, *function.args.args][:1]
    is_method = isinstance(context.parents.get(function), ast.ClassDef)
    return is_method and [arg.arg for arg in first] == [name]


def _is_in_told_class(context: FileContext, node: ast.AST) -> bool:
    """Return whether the bases of the class around a method are all told; a legacy one has to be the only one."""
    owner: ast.AST | None = node
    while owner is not None and not isinstance(owner, ast.ClassDef):
        owner = context.parents.get(owner)
    if owner is None or not all(_is_told_class(context, base) for base in owner.bases):
        return False
    return len(owner.bases) < 2 or not any(_is_legacy(context, base) for base in owner.bases)


def _is_told_attribute(context: FileContext, node: ast.Attribute, steps: int) -> bool:
    """Return whether ``module.x`` is told, or ``self.x``, which is set once in the class."""
    scope = context.scope_around(node)
    key = context.module_of(node.value, scope)
    if key is not None:
        return context.module_of(node, scope) is not None or _is_told_class(context, node)
    match node.value:
        case ast.Name(id=receiver):
            reached = resolve_name(scope, receiver)
        case _:
            return False
    if reached is None or not _is_receiver(context, receiver, reached.node):
        return False
    owner = context.parents[reached.node]
    parts = ast.walk(owner)
    values = [value for part in parts for value in _values_stored(part, receiver, node.attr)]
    return len(values) == 1 and _is_told(context, values[0], steps - 1)


def _values_stored(node: ast.AST, receiver: str, attribute: str) -> Iterator[ast.expr]:
    """Yield what a statement stores in ``self.x``."""
    match node:
        case ast.Assign(targets=targets, value=value):
            yield from (value for target in targets if _is_self(target, receiver, attribute))
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            yield from [value] if _is_self(target, receiver, attribute) else []
        case _:
            return


def _is_self(target: ast.expr, receiver: str, attribute: str) -> bool:
    match target:
        case ast.Attribute(value=ast.Name(id=name), attr=attr):
            return (name, attr) == (receiver, attribute)
        case _:
            return False
