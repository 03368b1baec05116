"""The scopes of a module, and which binding a name reaches from one (the language reference, 4.2).

`unfork.reading.scope_analysis` makes them.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

ScopeKind = Literal["module", "function", "class", "comprehension", "type parameters"]


@dataclass(slots=True, eq=False)
class Bind:
    """One place that binds a name: an import (``alias`` of the statement ``node``), or anything else."""

    node: ast.AST
    alias: ast.alias | None = None


@dataclass(slots=True, eq=False)
class Scope:
    """A scope: what it binds, the names it declares global or nonlocal, and ``closed``: names not rebound in it."""

    kind: ScopeKind
    node: ast.AST
    parent: Scope | None
    binds: dict[str, list[Bind]] = field(default_factory=dict)
    declared: dict[str, str] = field(default_factory=dict)
    closed: frozenset[str] = frozenset()
    refs: list[Ref] = field(default_factory=list)
    children: list[Scope] = field(default_factory=list)

    def given(self, name: str) -> list[Bind]:
        """Return the bindings that give a name a value; ``del`` does not."""
        return [bind for bind in self.binds.get(name, ()) if not _is_del(bind.node)]

    def times_given(self, name: str) -> int:
        """Return in how many places the scope gives a name a value."""
        return len(self.given(name))

    def enclosing(self) -> Iterator[Scope]:
        """Yield the scopes around this one, innermost first."""
        scope = self.parent
        while scope is not None:
            yield scope
            scope = scope.parent

    def within(self) -> Iterator[Scope]:
        """Yield this scope and all scopes inside it."""
        yield self
        for child in self.children:
            yield from child.within()


@dataclass(frozen=True, slots=True, eq=False)
class Quoted:
    """A string whose text is read as an expression: ``start`` is the offset of its content, None if it has escapes."""

    node: ast.Constant
    start: int | None


@dataclass(slots=True, eq=False)
class Ref:
    """A use of the name ``name``, with the attributes taken of it: ``a.b.c`` is ``a`` and the attributes ``b``, ``c``.

    ``context`` is the context of the whole expression. ``literal`` is the string that contains it, if any;
    ``formatted`` is true within an f-string. ``call`` is the call whose first argument is the whole expression, if any.
    """

    name: str
    node: ast.Name
    attributes: tuple[ast.Attribute, ...]
    scope: Scope
    context: ast.expr_context
    literal: Quoted | None = None
    formatted: bool = False
    call: ast.Call | None = None

    @property
    def place(self) -> ast.expr:
        """Where it is in the text: the string that contains it, if any, else the name."""
        return self.literal.node if self.literal is not None else self.node


@dataclass(frozen=True, eq=False)
class Scopes:
    """A module's scopes, its references in a fixed order, and its calls, each with its scope."""

    module: Scope
    refs: tuple[Ref, ...]
    calls: tuple[tuple[ast.Call, Scope], ...]
    literals: frozenset[ast.Constant]

    def __del__(self) -> None:
        # scopes and references form cycles: breaking these frees them immediately, without the collector
        for scope in list(self.module.within()):
            scope.children.clear()
            scope.refs.clear()

    def refs_to(self, scope: Scope, name: str) -> list[Ref]:
        """Return the references that reach the binding of a name in a scope."""
        refs = (ref for ref in self.refs if ref.name == name)
        return [ref for ref in refs if resolve_name(ref.scope, name) is scope]

    def scope_of(self, node: ast.AST) -> Scope:
        """Return the scope of a module's, class's or function's body."""
        return next(
            s for s in self.module.within() if s.node is node and s.kind != "type parameters"
        )

    def around(self, node: ast.AST, parents: Mapping[ast.AST, ast.AST]) -> Scope:
        """Return the scope around an expression; parts of a definition evaluated outside it count as inside."""
        ancestor = parents.get(node)
        while ancestor is not None and ancestor not in self._by_node:
            ancestor = parents.get(ancestor)
        return self._by_node[ancestor] if ancestor is not None else self.module

    @cached_property
    def _by_node(self) -> Mapping[ast.AST, Scope]:
        inside = self.module.within()
        return {scope.node: scope for scope in inside if scope.kind != "type parameters"}


def resolve_name(scope: Scope, name: str) -> Scope | None:
    """Return the scope whose binding a name reaches from ``scope``; None: a builtin, or not shown by the text."""
    current: Scope | None = scope
    first = True
    while current is not None:
        visible = current.kind != "class" or first
        if visible and current.declared.get(name) == "global":
            return _module_scope(current) if name in _module_scope(current).binds else None
        if visible and name in current.binds and name not in current.declared:
            return current
        if not visible and name == "__class__":
            return None  # the class itself, in a function defined in it
        first = current.kind == "type parameters"  # PEP 695: these see the enclosing class
        current = current.parent
    return None


def binding_scope(scope: Scope, name: str) -> Scope:
    """Return the scope that a statement in ``scope`` binds a name in (the language reference, 7.12 and 7.13)."""
    how = scope.declared.get(name)
    if how == "global":
        return _module_scope(scope)
    outer = resolve_name(scope.parent, name) if how == "nonlocal" and scope.parent else None
    return outer or scope


def _is_del(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Del)


def _module_scope(scope: Scope) -> Scope:
    while scope.parent is not None:
        scope = scope.parent
    return scope
