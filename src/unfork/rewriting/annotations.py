"""What values are that have an annotation, by PEP 484 and its successors.

Engine | None      Self      list["Engine"]      type[Engine]      Callable[[], Engine]
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from unfork.nodes import last_name
from unfork.reading.scopes import Scope, resolve_name
from unfork.rewriting.expression_kinds import ExpressionKinds
from unfork.rewriting.kinds import (
    NONE,
    PLAIN,
    Class,
    Instance,
    Kind,
    Kinds,
    Many,
    Plain,
    Returning,
    Table,
    any_of,
    instances_of,
    one,
)
from unfork.rewriting.library_names import CONTAINERS, MAPPINGS, UNWRAPPED, VAGUE


@dataclass(eq=False)
class Annotations:
    """The annotations of a file."""

    file: ExpressionKinds
    _followed: list[ast.expr] = field(default_factory=list)

    def kinds_of(self, node: ast.expr, scope: Scope, owner: Class | None = None) -> Kinds | None:
        """Return what a value is that has an annotation. ``owner`` is the class that ``Self`` stands for."""
        match node:
            case ast.Constant(value=None):
                return NONE
            case ast.Constant(value=str(text)):
                try:
                    inner = ast.parse(text.strip(), mode="eval").body
                except (SyntaxError, ValueError, RecursionError, MemoryError):
                    return None
                return self.kinds_of(inner, scope, owner)
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                return any_of(self.kinds_of(part, scope, owner) for part in (left, right))
            case ast.Subscript(value=value, slice=index):
                return self._generic(last_name(value), value, index, scope, owner)
            case ast.Name() | ast.Attribute():
                return self._annotated(node, scope, owner)
            case _:
                return None

    def _generic(
        self, word: str, value: ast.expr, index: ast.expr, scope: Scope, owner: Class | None
    ) -> Kinds | None:
        parts = index.elts if isinstance(index, ast.Tuple) else [index]

        def told(part: ast.expr) -> Kinds | None:
            return self.kinds_of(part, scope, owner)

        if word == "Optional":
            return any_of((told(parts[0]), NONE))
        if word == "Union":
            return any_of(map(told, parts))
        if word in UNWRAPPED and parts:
            return told(parts[-1] if word == "Coroutine" else parts[0])
        if word in ("type", "Type"):
            inner = told(parts[0])
            return frozenset(_class_of(kind) for kind in inner) if inner is not None else None
        if word in ("tuple", "Tuple"):
            every = [part for part in parts if not _is_dots(part)]
            return one(Many(any_of(map(told, every))))
        if word in CONTAINERS:
            return one(Many(told(parts[0])))
        if word in MAPPINGS:
            return one(Table(told(parts[-1])))
        if word == "Callable":
            return one(Returning(told(parts[-1])))
        if word == "Literal":
            return PLAIN
        return self.kinds_of(value, scope, owner)

    def _annotated(
        self, node: ast.Name | ast.Attribute, scope: Scope, owner: Class | None
    ) -> Kinds | None:
        word = last_name(node)
        if word in VAGUE:
            return None
        if word == "Self":
            return one(Instance(owner)) if owner is not None else self._self_around(scope)
        alias = self._alias(node, scope)
        if alias is not None:
            return self._of_alias(alias, owner)
        kinds = self.file.kinds_in(_copied(node), scope)
        if kinds == PLAIN and word in CONTAINERS:
            return one(Many(None))
        if kinds == PLAIN and word in MAPPINGS:
            return one(Table(None))
        return instances_of(kinds)

    def _of_alias(self, alias: ast.expr, owner: Class | None) -> Kinds | None:
        """Return what another name for a type stands for; nothing is told of what it has of itself: a JSON value."""
        if alias in self._followed:
            return None
        self._followed.append(alias)
        try:
            return self.kinds_of(alias, self.file.context.scopes.module, owner)
        finally:
            self._followed.pop()

    def _self_around(self, scope: Scope) -> Kinds | None:
        around: Scope | None = scope
        while around is not None and around.kind != "class":
            around = around.parent
        node = around.node if around is not None else None
        if not isinstance(node, ast.ClassDef):
            return None
        return one(Instance(Class(self.file.context.key, node.name, node)))

    def _alias(self, node: ast.Name | ast.Attribute, scope: Scope) -> ast.expr | None:
        """Return the value of a name of this module that is another name for a type."""
        if not isinstance(node, ast.Name):
            return None
        reached = resolve_name(scope, node.id)
        binds = reached.given(node.id) if reached is not None and reached.kind == "module" else []
        parent = self.file.context.parents.get(binds[0].node) if len(binds) == 1 else None
        match parent:
            case ast.Assign(targets=[ast.Name()], value=value):
                return value
            case ast.AnnAssign(annotation=kind, value=ast.expr() as value):
                return value if last_name(kind) == "TypeAlias" else None
            case _:
                return None


def _class_of(kind: Kind) -> Kind:
    return kind.of if isinstance(kind, Instance) else Plain()


def _is_dots(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is ...


def _copied(node: ast.Name | ast.Attribute) -> ast.expr:
    """Return a copy of an expression: what it means as an annotation depends on its scope, so it is not cached."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name | ast.Attribute):
        return ast.Attribute(_copied(node.value), node.attr, ast.Load())
    return ast.Name(node.id, ast.Load()) if isinstance(node, ast.Name) else node
