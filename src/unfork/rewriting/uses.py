"""What a file does with one function or class, wherever the text tells: calls, members, instances, subclasses."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from unfork.nodes import FunctionDef, last_name
from unfork.reading.calls import named_attribute
from unfork.reading.interface import Interface
from unfork.reading.scopes import Scope, resolve_name
from unfork.reading.statement_names import names_defined
from unfork.rewriting.file_context import FileContext
from unfork_codemods.calls import CallChange

_NOTHING: frozenset[str] = frozenset()


class Use(NamedTuple):
    """What is done at ``node`` with a function or class, or its ``member``: it is called by ``call``, or only taken.

    ``name`` is where the text has the member's name: an attribute, a definition, or a string. ``skipped`` arguments of
    the call come before those of the definition; ``given`` of its parameters have a value already. ``complete`` is
    False where not all arguments are seen.
    """

    node: ast.expr | ast.stmt
    member: str = ""
    call: ast.Call | None = None
    name: ast.Attribute | ast.Constant | FunctionDef | None = None
    skipped: int = 0
    complete: bool = True
    given: int | None = None


class UsesInText:
    """Finds what is done with a function or class that has a legacy and a canonical interface."""

    def __init__(
        self,
        context: FileContext,
        old: Interface,
        new: Interface | None,
        changes: Mapping[str, CallChange],
    ) -> None:
        self._context, self._old, self._new, self._changes = context, old, new, changes
        self._followed: set[tuple[object, str]] = set()

    def of(self, node: ast.expr, own: frozenset[str] = _NOTHING) -> Iterator[Use]:
        """Yield what is done with an expression that is the function or class, or a subclass.

        ``own`` are the members that the subclass defines itself: only their names follow.
        """
        node = self._whole_annotation(node)
        parent = self._context.parents.get(node)
        match parent:
            case ast.Call(func=func) if func is node:
                if "__init__" not in own:
                    yield Use(parent, "", parent)
                yield from self.instance(parent, own)
            case ast.Call(args=[first, *_]) if first is node:
                yield from self._passed(parent, own)
            case ast.Attribute(value=value) if value is node:
                yield from self.member(parent, own, of_class=True)
                yield from self._given_to_decorators(parent)
            case ast.Subscript(value=value, slice=ast.Constant(value=str(name)) as key):
                if value is node and name in self._changes:
                    yield Use(parent, name, name=key)  # a member of an enumeration
            case ast.ClassDef() if node in parent.bases:
                yield from self._subclass(parent, own)
            case ast.arg(annotation=annotation, arg=name) if annotation is node:
                yield from self._parameter(parent, name, own)
            case ast.AnnAssign(annotation=annotation, target=target) if annotation is node:
                yield from self._bound(target, own)
            case ast.FunctionDef(returns=returns) if returns is node:
                yield from self._returned(parent, own)
            case _:
                return

    def _given_to_decorators(self, node: ast.Attribute) -> Iterator[Use]:
        """Yield a call of what an unknown decorator adds to a function, which calls that: ``send.delay("a")``."""
        call = self._context.parents.get(node)
        is_decorated = self._old.call is not None and self._old.call.under
        if is_decorated and isinstance(call, ast.Call) and call.func is node and call.args:
            yield Use(call, "", call)

    def _whole_annotation(self, node: ast.expr) -> ast.expr:
        """Return the annotation around a class: ``Engine | None`` and ``Optional[Engine]`` are an engine, too."""
        while True:
            match self._context.parents.get(node):
                case ast.BinOp(op=ast.BitOr()) as outer:
                    node = outer
                case ast.Subscript(value=value) as outer if last_name(value) == "Optional":
                    node = outer
                case _:
                    return node

    def _passed(self, call: ast.Call, own: frozenset[str]) -> Iterator[Use]:
        """Yield what a call does with the function or class that is its first argument."""
        if last_name(call.func) == "partial" and "__init__" not in own:
            yield Use(call, "", call, skipped=1, complete=False)
            for later in self._calls_of_variable(call):
                yield Use(later, "", later, complete=False, given=len(call.args) - 1)
        yield from self._named(call, of_class=True)

    def _calls_of_variable(self, value: ast.expr) -> Iterator[ast.Call]:
        """Yield the calls of a variable that holds a value and nothing else."""
        match self._context.parents.get(value):
            case ast.Assign(targets=[ast.Name(id=name) as target]):
                scope = resolve_name(self._context.scope_around(target), name)
            case _:
                return
        if scope is None or len(scope.binds[name]) != 1:
            return
        for ref in self._context.scopes.refs_to(scope, name):
            call = self._context.parents.get(ref.node)
            if isinstance(call, ast.Call) and call.func is ref.node:
                yield call

    def _named(self, call: ast.Call, of_class: bool) -> Iterator[Use]:
        """Yield the member that a call names by a string: ``getattr(x, "run")``, ``patch.object(Engine, "run")``."""
        named = named_attribute(call)
        if named is None or (str(named.value) not in self._changes and len(call.args) != 2):
            return
        member = str(named.value)
        yield from self._known_member(Use(call, member, name=named))
        if last_name(call.func) != "getattr":
            return
        skipped = self._instances_given(member, of_class)
        parent = self._context.parents.get(call)
        if isinstance(parent, ast.Call) and parent.func is call:
            yield from self._known_member(Use(parent, member, parent, skipped=skipped))
        for later in self._calls_of_variable(call):
            yield from self._known_member(Use(later, member, later, skipped=skipped))

    def _instances_given(self, member: str, of_class: bool) -> int:
        """Return how many arguments come before those of a method: the instance, where it is taken of the class."""
        if member == "__init__":
            return int(of_class)  # its signature is that of the call, without the instance
        signature = (self._old.members or {}).get(member)
        return 1 if of_class and signature is not None and not signature.of_class else 0

    def _known_member(self, use: Use) -> Iterator[Use]:
        """Yield a use of a member, if the legacy class has it."""
        if use.member in (self._old.members or {}) or use.member in self._changes:
            yield use

    @property
    def _has_members(self) -> bool:
        return bool(self._changes) or (self._new is not None and self._new.members is not None)

    def instance(self, node: ast.expr, own: frozenset[str] = _NOTHING) -> Iterator[Use]:
        """Yield what is done with an expression that is an instance of the class."""
        if not self._has_members:
            return
        parent = self._context.parents.get(node)
        match parent:
            case ast.Attribute(value=value) if value is node:
                yield from self.member(parent, own)
            case ast.Assign(targets=[target], value=value) if value is node:
                yield from self._bound(target, own)
            case ast.AnnAssign(target=target, value=value) if value is node:
                yield from self._bound(target, own)
            case ast.NamedExpr(target=target, value=value) if value is node:
                yield from self._bound(target, own)
            case ast.withitem(context_expr=value, optional_vars=ast.Name() as target):
                if value is node and self._enters:
                    yield from self._bound(target, own)
            case ast.Call(args=[first, *_]) if first is node:
                yield from self._named(parent, of_class=False)
                if last_name(parent.func) == "replace":
                    yield Use(parent, "", parent, skipped=1, complete=False)
            case _:
                return

    @property
    def _enters(self) -> bool:
        """Whether ``with`` gives the instance itself."""
        return self._old.enters and (self._new is None or self._new.enters)

    def _bound(self, target: ast.expr, own: frozenset[str]) -> Iterator[Use]:
        """Yield what is done with what an instance is bound to, if that is never bound to anything else."""
        match target:
            case ast.Name(id=name):
                scope = resolve_name(self._context.scope_around(target), name)
                if scope is not None:
                    yield from self._variable(scope, name, own)
            case ast.Attribute(value=ast.Name(id=receiver), attr=attribute):
                yield from self._attribute(target, receiver, attribute, own)
            case _:
                return

    def _variable(self, scope: Scope, name: str, own: frozenset[str]) -> Iterator[Use]:
        if len(scope.binds.get(name, ())) != 1 or name in scope.declared:
            return
        if (scope, name) in self._followed:
            return
        self._followed.add((scope, name))
        for ref in self._context.scopes.refs_to(scope, name):
            if isinstance(ref.node.ctx, ast.Load):
                yield from self.instance(ref.node, own)

    def _attribute(
        self, target: ast.expr, receiver: str, attribute: str, own: frozenset[str]
    ) -> Iterator[Use]:
        """Yield what is done with ``self.x``, in the class whose method sets it, if nothing else sets it there."""
        method = self._context.scope_around(target).node
        owner = self._context.parents.get(method)
        if not isinstance(method, FunctionDef) or not isinstance(owner, ast.ClassDef):
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
        if (owner, attribute) in self._followed:
            return
        self._followed.add((owner, attribute))
        for node in same:
            if isinstance(node.ctx, ast.Load):
                yield from self.instance(node, own)

    def _parameter(self, arg: ast.arg, name: str, own: frozenset[str]) -> Iterator[Use]:
        if not self._has_members:
            return
        function = self._context.parents.get(self._context.parents.get(arg, arg))
        inner = [s for s in self._context.scopes.module.within() if s.node is function]
        if inner:
            yield from self._variable(inner[-1], name, own)

    def _returned(self, function: ast.FunctionDef, own: frozenset[str]) -> Iterator[Use]:
        """Yield what is done with what a function returns, by its annotation."""
        scope = resolve_name(self._context.scope_around(function), function.name)
        if scope is None or len(scope.binds[function.name]) != 1 or function.decorator_list:
            return
        for ref in self._context.scopes.refs_to(scope, function.name):
            parent = self._context.parents.get(ref.node)
            if isinstance(parent, ast.Call) and parent.func is ref.node:
                yield from self.instance(parent, own)

    def _subclass(self, node: ast.ClassDef, inherited: frozenset[str]) -> Iterator[Use]:
        """Yield what a subclass does with its base, and what is done with the subclass."""
        if not self._has_members:
            return
        own = inherited.union(*map(names_defined, node.body))
        for method in node.body:
            if not isinstance(method, FunctionDef):
                continue
            change = self._changes.get(method.name)
            if change is not None and change.to is not None:
                yield Use(method, method.name, name=method)
            yield from self._in_method(method, own, alone=len(node.bases) == 1)
        scope = resolve_name(self._context.scope_around(node), node.name)
        if scope is not None and len(scope.binds[node.name]) == 1:
            for ref in self._context.scopes.refs_to(scope, node.name):
                yield from self.of(ref.node, own)

    def _in_method(self, method: FunctionDef, own: frozenset[str], alone: bool) -> Iterator[Use]:
        """Yield what a method of a subclass does with ``super().x`` and ``self.x``."""
        if not method.args.args:
            return
        receiver = method.args.args[0].arg
        for part in ast.walk(method):
            match part:
                case ast.Attribute(value=ast.Call(func=ast.Name(id="super"), args=[])):
                    yield from self.member(part, _NOTHING)
                case ast.Attribute(value=ast.Name(id=name)) if name == receiver and alone:
                    yield from self.member(part, own)
                case _:
                    continue

    def member(
        self, node: ast.Attribute, own: frozenset[str] = _NOTHING, of_class: bool = False
    ) -> Iterator[Use]:
        """Yield the use of a member that is taken of the class, or of an instance."""
        is_stored = not isinstance(node.ctx, ast.Load)
        if is_stored and node.attr not in self._changes:
            return
        parent = self._context.parents.get(node)
        call = parent if isinstance(parent, ast.Call) and parent.func is node else None
        if node.attr in own:
            change = self._changes.get(node.attr)
            if change is not None and change.to is not None:
                yield Use(node, node.attr, name=node)
            return
        skipped = self._instances_given(node.attr, of_class)
        yield from self._known_member(Use(node, node.attr, call, node, skipped))
        if call is None:
            for later in self._calls_of_variable(node):
                yield from self._known_member(Use(later, node.attr, later, skipped=skipped))
