"""Instances that are passed to functions of the project, and how these functions use them.

util.py   def size(group): return len(group)          use.py   size(Group())
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from unfork.nodes import FunctionDef
from unfork.reading.scopes import resolve_name
from unfork.rewriting.file_context import FileContext
from unfork.rewriting.inference import Inference
from unfork.rewriting.kinds import Class, Function, Member

_MOST_STEPS = 4
Place = tuple[FileContext, ast.expr]
"""An expression, with its file."""


@dataclass
class HandedInstances:
    """Follows what is handed to functions through a project."""

    inference: Inference
    _seen: set[ast.arg] = field(default_factory=set)

    def uses(self, context: FileContext, node: ast.expr) -> Iterator[Place]:
        """Yield where functions use what they are handed by an expression, each with its file."""
        self._seen.clear()
        yield from self._handed(context, node, _MOST_STEPS)

    def _handed(self, context: FileContext, node: ast.expr, steps: int) -> Iterator[Place]:
        parent = context.parents.get(node)
        name: str | None = None
        if isinstance(parent, ast.keyword):
            name, parent = parent.arg, context.parents.get(parent)
        if not isinstance(parent, ast.Call) or parent.func is node or not steps:
            return
        if any(isinstance(argument, ast.Starred) for argument in parent.args):
            return
        if isinstance(parent.func, ast.Lambda) and node in parent.args:
            yield from self._of_lambda(context, parent.func, parent.args.index(node), steps)
        file = self.inference.file(context.key)
        position = parent.args.index(node) if node in parent.args else None
        for kind in (file.kinds(parent.func) if file is not None else None) or ():
            match kind:
                case Function(key=key, node=function):
                    yield from self._received(key, function, 0, position, name, steps)
                case Member(owner=owner, name=member, of_class=of_class):
                    yield from self._method(owner, member, of_class, position, name, steps)
                case Class() as owner:
                    yield from self._method(owner, "__init__", False, position, name, steps)
                case _:
                    continue

    def _of_lambda(
        self, context: FileContext, function: ast.Lambda, position: int, steps: int
    ) -> Iterator[Place]:
        for arg in function.args.args[position : position + 1]:
            scope = context.scopes.scope_of(function)
            for ref in context.scopes.refs_to(scope, arg.arg):
                yield from self._asked(context, ref.node, steps - 1)

    def _method(
        self,
        owner: Class,
        member: str,
        of_class: bool,
        position: int | None,
        name: str | None,
        steps: int,
    ) -> Iterator[Place]:
        definer = self.inference.definer(owner, member)
        for part in definer.node.body if definer is not None and definer.node is not None else ():
            if isinstance(part, FunctionDef) and part.name == member and definer is not None:
                names = {getattr(decorator, "id", "") for decorator in part.decorator_list}
                skipped = 0 if "staticmethod" in names or (of_class and not names) else 1
                yield from self._received(definer.key, part, skipped, position, name, steps)

    def _received(
        self,
        key: str,
        function: FunctionDef,
        skipped: int,
        position: int | None,
        name: str | None,
        steps: int,
    ) -> Iterator[Place]:
        """Yield what a function asks of the argument that it is given."""
        spec = function.args
        places = [*spec.posonlyargs, *spec.args][skipped:]
        arg = (
            next((a for a in [*places, *spec.kwonlyargs] if a.arg == name), None)
            if position is None
            else next(iter(places[position : position + 1]), None)
        )
        file = self.inference.file(key)
        if arg is None or file is None or arg in self._seen:
            return
        self._seen.add(arg)
        context = file.context
        scope = context.scopes.scope_of(function)
        for ref in context.scopes.refs_to(scope, arg.arg):
            yield from self._asked(context, ref.node, steps)

    def _asked(self, context: FileContext, node: ast.expr, steps: int) -> Iterator[Place]:
        parent = context.parents.get(node)
        yield context, node
        if not steps:
            return
        yield from self._handed(context, node, steps - 1)
        match parent:
            case ast.Assign(targets=[ast.Name(id=local) as target]) if steps:
                scope = resolve_name(context.scope_around(target), local)
                if scope is not None and len(scope.binds[local]) == 1:
                    for ref in context.scopes.refs_to(scope, local):
                        yield from self._asked(context, ref.node, steps - 1)
            case ast.Assign(targets=[ast.Attribute(value=ast.Name(), attr=attr)]) if steps:
                yield from self._of_attribute(context, parent, attr, steps - 1)
            case _:
                return

    def _of_attribute(
        self, context: FileContext, stored: ast.Assign, attr: str, steps: int
    ) -> Iterator[Place]:
        """Yield what is asked of an attribute that holds it, in its class and where the file at hand takes it."""
        owner: ast.AST | None = stored
        while owner is not None and not isinstance(owner, ast.ClassDef):
            owner = context.parents.get(owner)
        here = self.inference.context
        inside = list(ast.walk(owner)) if owner is not None else []
        for around, nodes in ((context, inside), (here, here.source.nodes)):
            for part in nodes:
                if isinstance(part, ast.Attribute) and part.attr == attr and _is_read(part):
                    yield from self._asked(around, part, steps)


def _is_read(node: ast.Attribute) -> bool:
    return isinstance(node.ctx, ast.Load)
