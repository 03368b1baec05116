"""Calls and members that a canonical function or class does not take: they keep an import where it is (UF009).

from app.old import submit        def submit(job, attempts=3) there, def submit(job, retries=3) in app.new
submit("a", attempts=2)           app.new would raise a TypeError

Receivers are known where the text tells: ``Engine().run()``, ``x = Engine()``, ``with Engine() as x``, ``x: Engine``,
``self.x = Engine()``, ``class Mine(Engine)``. Of others nothing is claimed.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from unfork.reading.interfaces import Interface, Signature
from unfork.reading.scopes import Ref, Scope, resolve_name
from unfork.rewriting.file_context import FileContext
from unfork_codemods.project import Destination, ImportedName, Unresolved

_CODE = "UF009"
_Function = ast.FunctionDef | ast.AsyncFunctionDef


class Refusal(NamedTuple):
    """A call or member at ``node`` that the counterpart does not take, and why."""

    node: ast.expr
    why: str


def leave_refused_uses(
    context: FileContext,
    imported_name: ImportedName,
    destination: Destination,
    nodes: Callable[[], Iterable[ast.expr]],
) -> bool:
    """Leave what is done with a name that its legacy definition takes and the canonical one does not.

    ``nodes`` gives the uses of the name; it is called only where the two differ. Returns whether there is anything.
    Nothing is said of names that are not plain functions or classes of the project, on either side.
    """
    if destination.name is None or imported_name.name is None or context.codemod.step != "redirect":
        return False
    interfaces = context.index.interfaces
    old = interfaces.interface(imported_name.key, imported_name.name)
    new = interfaces.interface(destination.key, destination.name)
    if old is None or new is None or old.shape == new.shape:
        return False
    uses = _Uses(context, old, new)
    refused = {refusal.node: refusal.why for node in nodes() for refusal in uses.of(node)}
    for node, why in refused.items():
        counterpart = f"{destination.spelling}:{destination.name}"
        advice = f"change this by hand, or leave the file on {imported_name.spelled}"
        message = f"{counterpart} does not take this: {why}; {advice}"
        context.record_unresolved(node, Unresolved(_CODE, message))
    return bool(refused)


def nodes_of(context: FileContext, scope: Scope, name: str) -> list[ast.expr]:
    """Return the uses of a name that a scope binds."""
    return [ref.node for ref in _refs_to(context, scope, name)]


def _refs_to(context: FileContext, scope: Scope, name: str) -> list[Ref]:
    refs = (ref for ref in context.scopes.refs if ref.name == name)
    return [ref for ref in refs if resolve_name(ref.scope, name) is scope]


class _Uses:
    """What a file does with one function or class, and what comes of it."""

    def __init__(self, context: FileContext, old: Interface, new: Interface) -> None:
        self._context, self._old, self._new = context, old, new

    def of(self, node: ast.expr) -> Iterator[Refusal]:
        """Yield what is refused of a use of the function or class itself."""
        parent = self._context.parents.get(node)
        match parent:
            case ast.Call(func=func) if func is node:
                yield from self._called(parent, self._old.call, self._new.call)
                yield from self._instance(parent)
            case ast.Call(
                func=ast.Name(id="partial") | ast.Attribute(attr="partial"), args=[first, *_]
            ):
                if first is node:
                    yield from self._called(parent, self._old.call, self._new.call, partial=True)
            case ast.Attribute(value=value) if value is node:
                yield from self._member(parent)
            case ast.ClassDef() if node in parent.bases:
                yield from self._subclass(parent)
            case ast.arg(annotation=annotation, arg=name) if annotation is node:
                yield from self._parameter(parent, name)
            case ast.AnnAssign(annotation=annotation, target=target) if annotation is node:
                yield from self._bound(target)
            case _:
                return

    def _called(
        self,
        call: ast.Call,
        old: Signature | None,
        new: Signature | None,
        partial: bool = False,
    ) -> Iterator[Refusal]:
        if new is None:
            return
        given = call
        if partial:
            given = ast.Call(call.func, call.args[1:], call.keywords)
        why = new.refusal(given, given=not partial)
        if why is not None and (old is None or old.refusal(given, given=not partial) is None):
            yield Refusal(call, f"{new} {why}")

    def _instance(self, node: ast.expr) -> Iterator[Refusal]:
        """Yield what is refused of an expression that makes an instance of the class."""
        if self._new.members is None:
            return
        parent = self._context.parents.get(node)
        match parent:
            case ast.Attribute(value=value) if value is node:
                yield from self._member(parent)
            case ast.Assign(targets=[target], value=value) if value is node:
                yield from self._bound(target)
            case ast.AnnAssign(target=target, value=value) if value is node:
                yield from self._bound(target)
            case ast.NamedExpr(target=target, value=value) if value is node:
                yield from self._bound(target)
            case ast.withitem(context_expr=value, optional_vars=ast.Name() as target):
                if value is node and self._new.enters and self._old.enters:
                    yield from self._bound(target)
            case _:
                return

    def _bound(self, target: ast.expr) -> Iterator[Refusal]:
        """Yield what is refused of what an instance is bound to, if that is never bound to anything else."""
        match target:
            case ast.Name(id=name):
                scope = resolve_name(self._context.scope_around(target), name)
                if scope is not None:
                    yield from self._variable(scope, name)
            case ast.Attribute(value=ast.Name(id=receiver), attr=attribute):
                yield from self._attribute(target, receiver, attribute)
            case _:
                return

    def _variable(self, scope: Scope, name: str) -> Iterator[Refusal]:
        if len(scope.binds.get(name, ())) != 1 or name in scope.declared:
            return
        for ref in _refs_to(self._context, scope, name):
            if ref.attributes and isinstance(ref.node.ctx, ast.Load):
                yield from self._member(ref.attributes[0])

    def _attribute(self, target: ast.expr, receiver: str, attribute: str) -> Iterator[Refusal]:
        """Yield what is refused of ``self.x``, in the class whose method sets it, if nothing else sets it there."""
        method = self._context.scope_around(target).node
        owner = self._context.parents.get(method)
        if not isinstance(method, _Function) or not isinstance(owner, ast.ClassDef):
            return
        if [arg.arg for arg in method.args.args[:1]] != [receiver]:
            return
        same = [
            node
            for node in ast.walk(owner)
            if isinstance(node, ast.Attribute)
            and node.attr == attribute
            and isinstance(node.value, ast.Name)
            and node.value.id == receiver
        ]
        if sum(not isinstance(node.ctx, ast.Load) for node in same) > 1:
            return
        for node in same:
            outer = self._context.parents.get(node)
            if isinstance(outer, ast.Attribute) and outer.value is node:
                yield from self._member(outer)

    def _parameter(self, arg: ast.arg, name: str) -> Iterator[Refusal]:
        if self._new.members is None:
            return
        function = self._context.parents.get(self._context.parents.get(arg, arg))
        inner = [s for s in self._context.scopes.module.within() if s.node is function]
        if inner:
            yield from self._variable(inner[-1], name)

    def _subclass(self, node: ast.ClassDef) -> Iterator[Refusal]:
        """Yield what is refused of ``super().x(...)`` and ``self.x`` in the methods of a subclass."""
        if self._new.members is None:
            return
        own = {part.name for part in node.body if isinstance(part, _Function | ast.ClassDef)}
        own |= {
            part.id
            for statement in node.body
            if isinstance(statement, ast.Assign | ast.AnnAssign)
            for part in ast.walk(statement)
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)
        }
        for method in node.body:
            if not isinstance(method, _Function) or not method.args.args:
                continue
            receiver = method.args.args[0].arg
            for part in ast.walk(method):
                match part:
                    case ast.Attribute(value=ast.Call(func=ast.Name(id="super"), args=[])):
                        yield from self._member(part)
                    case ast.Attribute(value=ast.Name(id=name), attr=attribute):
                        if name == receiver and attribute not in own and len(node.bases) == 1:
                            yield from self._member(part)
                    case _:
                        continue

    def _member(self, node: ast.Attribute) -> Iterator[Refusal]:
        """Yield what is refused of a member that is taken of the class, or of an instance."""
        old, new = self._old.members, self._new.members
        if old is None or new is None or node.attr not in old or not isinstance(node.ctx, ast.Load):
            return
        if node.attr not in new:
            if self._new.complete:
                yield Refusal(node, f"it has no {node.attr}")
            return
        parent = self._context.parents.get(node)
        is_class = isinstance(node.value, ast.Name) and self._is_the_class(node.value)
        if isinstance(parent, ast.Call) and parent.func is node and not is_class:
            yield from self._called(parent, old[node.attr], new[node.attr])

    def _is_the_class(self, node: ast.Name) -> bool:
        """Return whether a name is that of a class, whose methods take the instance as an argument."""
        scope = resolve_name(self._context.scope_around(node), node.id)
        return scope is not None and any(bind.alias is not None for bind in scope.binds[node.id])
