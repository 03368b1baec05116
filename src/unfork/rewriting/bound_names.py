"""What a name is, judged by what binds it: a parameter, an assignment, a loop, ``with``, a pattern."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property

from unfork.nodes import FunctionDef, last_name
from unfork.rewriting.definition_bodies import decorator_name
from unfork.rewriting.expression_kinds import ExpressionKinds
from unfork.rewriting.kinds import (
    NOTHING,
    PLAIN,
    Class,
    Instance,
    Kinds,
    Many,
    Plain,
    Table,
    any_of,
    instances_of,
    one,
)
from unfork.rewriting.library_names import FILLING

_NEW_CONTAINERS = ast.List | ast.Set | ast.Dict | ast.ListComp | ast.SetComp | ast.DictComp


@dataclass(eq=False)
class BoundNames:
    """What binds the names of a file."""

    file: ExpressionKinds

    def parameter(self, arg: ast.arg) -> Kinds | None:
        """Return what a parameter is."""
        spec = self.file.context.parents.get(arg)
        function = self.file.context.parents.get(spec) if spec is not None else None
        if not isinstance(spec, ast.arguments) or function is None:
            return None
        owner = self._class_of_first(arg, spec, function)
        if owner is not None:
            return owner
        if arg.annotation is None:
            return self._element_handed(arg, spec, function)
        told = self.file.annotation(arg.annotation, self.file.context.scope_around(function))
        if arg is spec.vararg:
            return one(Many(told))
        return one(Table(told)) if arg is spec.kwarg else told

    def _element_handed(self, arg: ast.arg, spec: ast.arguments, function: ast.AST) -> Kinds | None:
        """Return what a lambda gets that is called with each element: ``sorted(engines, key=lambda e: e.size)``."""
        if not isinstance(function, ast.Lambda) or [arg] != [*spec.posonlyargs, *spec.args]:
            return None
        parent = self.file.context.parents.get(function)
        call = self.file.context.parents.get(parent) if isinstance(parent, ast.keyword) else parent
        match call:
            case ast.Call(func=ast.Name(id="min" | "max" | "sorted") as func, args=[values]):
                is_called = isinstance(parent, ast.keyword) and parent.arg == "key"
            case ast.Call(func=ast.Name(id="filter" | "map") as func, args=[first, values]):
                is_called = first is function
            case ast.Call(func=ast.Attribute(value=values, attr="sort") as func, args=[]):
                is_called = isinstance(self.file.kinds(values), frozenset)
            case _:
                return None
        is_builtin = isinstance(func, ast.Attribute) or self.file.kinds(func) == PLAIN
        return self.file.element(self.file.kinds(values)) if is_called and is_builtin else None

    def _class_of_first(self, arg: ast.arg, spec: ast.arguments, function: ast.AST) -> Kinds | None:
        """Return what the first parameter of a method is: ``self`` or ``cls``."""
        owner = self.file.context.parents.get(function)
        if not isinstance(function, FunctionDef) or not isinstance(owner, ast.ClassDef):
            return None
        names = {decorator_name(decorator) for decorator in function.decorator_list}
        if [arg] != [*spec.posonlyargs, *spec.args][:1] or "staticmethod" in names:
            return None
        around = Class(self.file.context.key, owner.name, owner)
        is_class = "classmethod" in names or function.name in ("__new__", "__init_subclass__")
        return one(around if is_class else Instance(around))

    def assigned(self, node: ast.Name) -> Kinds | None:
        """Return what a name is that a statement assigns to."""
        parents = self.file.context.parents
        parent = parents.get(node)
        match parent:
            case ast.AnnAssign(annotation=annotation, target=target) if target is node:
                return self.file.annotation(annotation, self.file.context.scope_around(node))
            case ast.NamedExpr(value=value):
                return self.file.kinds(value)
            case ast.AugAssign():
                return NOTHING
            case ast.Assign() | ast.For() | ast.AsyncFor() | ast.comprehension() | ast.withitem():
                return self.given(parent)
            case ast.Tuple() | ast.List():
                return self._unpacked(node, parent)
            case ast.Starred():
                return one(Many(self._one_of_several(parents.get(parent))))
            case _:
                return None

    def _one_of_several(self, pattern: ast.AST | None) -> Kinds | None:
        """Return what each of a number of targets is: ``first, *rest = engines``."""
        parent = self.file.context.parents.get(pattern) if pattern is not None else None
        if not isinstance(parent, ast.Assign):
            return None
        return self.file.element(self.file.kinds(parent.value))

    def given(self, parent: ast.AST) -> Kinds | None:
        """Return what an assignment, a loop or a ``with`` gives to its target."""
        match parent:
            case ast.Assign(value=value, targets=[target, *_]):
                return self._held(target, self.file.kinds(value), value)
            case (
                ast.For(iter=iterable)
                | ast.AsyncFor(iter=iterable)
                | ast.comprehension(iter=iterable)
            ):
                return self.file.element(self.file.kinds(iterable))
            case ast.withitem(context_expr=value):
                return self.file.entered(self.file.kinds(value))
            case _:
                return None

    def _held(self, target: ast.expr, kinds: Kinds | None, value: ast.expr) -> Kinds | None:
        """Return what a variable is; the elements of a container that is filled later are not known."""
        if not isinstance(value, _NEW_CONTAINERS) or last_name(target) not in self._filled:
            return kinds
        return one(Table(None) if isinstance(value, ast.Dict | ast.DictComp) else Many(None))

    @cached_property
    def _filled(self) -> frozenset[str]:
        """The last names of expressions whose containers something is added to."""
        names: set[str] = set()
        source = self.file.context.source
        for node in source.nodes_of(ast.Attribute, ast.Subscript, ast.AugAssign):
            match node:
                case ast.Attribute(value=value, attr=attr) if attr in FILLING:
                    names.add(last_name(value))
                case ast.Subscript(value=value, ctx=ast.Store()):
                    names.add(last_name(value))
                case ast.AugAssign(target=target):
                    names.add(last_name(target))
        return frozenset(names)

    def _unpacked(self, node: ast.Name, pattern: ast.Tuple | ast.List) -> Kinds | None:
        """Return what a name in a tuple of targets is: ``a, b = f(), 1``, ``for key, value in x.items()``."""
        parent, position = self.file.context.parents.get(pattern), pattern.elts.index(node)
        if any(isinstance(elt, ast.Starred) for elt in pattern.elts):
            return self._one_of_several(pattern)
        match parent:
            case ast.Assign(value=ast.Tuple(elts=elts) | ast.List(elts=elts)):
                fits = len(elts) == len(pattern.elts)
                return self.file.kinds(elts[position]) if fits else None
            case ast.Assign(value=value):
                return self.file.element(self.file.kinds(value))
            case ast.For(iter=iterable) | ast.comprehension(iter=iterable):
                return self._unpacked_loop(iterable, position)
            case _:
                return None

    def _unpacked_loop(self, iterable: ast.expr, position: int) -> Kinds | None:
        match iterable:
            case ast.Call(func=ast.Attribute(value=table, attr="items"), args=[]) if position == 1:
                return any_of(
                    kind.of if isinstance(kind, Table) else None
                    for kind in self.file.kinds(table) or (Plain(),)
                )
            case ast.Call(func=ast.Name(id="enumerate"), args=[value, *_]) if position == 1:
                return self.file.element(self.file.kinds(value))
            case ast.Call(func=ast.Name(id="enumerate")) if position == 0:
                return PLAIN
            case ast.Call(func=ast.Name(id="zip"), args=args) if position < len(args):
                return self.file.element(self.file.kinds(args[position]))
            case _:
                return self.file.element(self.file.element(self.file.kinds(iterable)))

    def captured(self, node: ast.MatchAs) -> Kinds | None:
        """Return what a pattern captures."""
        if isinstance(node.pattern, ast.MatchClass):
            return instances_of(self.file.kinds(node.pattern.cls))
        parent = self.file.context.parents.get(node)
        match = (
            self.file.context.parents.get(parent) if isinstance(parent, ast.match_case) else None
        )
        if node.pattern is None and isinstance(match, ast.Match):
            return self.file.kinds(match.subject)
        return None
