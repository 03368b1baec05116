"""Which binding each name of a module reaches, by Python's scoping rules.

The rules are those of the language reference, 4.2 (naming and binding), PEP 572 (assignment expressions) and PEP 695
(type parameters). String annotations (PEP 484, forward references) are read as the expressions they hold.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from unfork.reading.source import Source, content_span, string_span

ScopeKind = Literal["module", "function", "class", "comprehension", "type parameters"]
TYPING = frozenset({"typing", "typing_extensions", "collections.abc"})
_TYPING_CALLS = {"cast": 0, "TypeVar": 1, "NewType": 1, "ForwardRef": 0}
"""Calls whose string arguments are annotations, from which position on."""


@dataclass(slots=True, eq=False)
class Bind:
    """One place that binds a name: an import (``alias`` of the statement ``node``), or anything else."""

    node: ast.AST
    alias: ast.alias | None = None


@dataclass(slots=True, eq=False)
class Scope:
    """A scope: what it binds, the names it declares global or nonlocal, and those that must not be bound in it anew."""

    kind: ScopeKind
    node: ast.AST
    parent: Scope | None
    binds: dict[str, list[Bind]] = field(default_factory=dict)
    declared: dict[str, str] = field(default_factory=dict)
    closed: frozenset[str] = frozenset()
    refs: list[Ref] = field(default_factory=list)
    children: list[Scope] = field(default_factory=list)

    def given(self, name: str) -> list[Bind]:
        """Return the bindings that give a name a value: ``del`` only takes it away."""
        return [bind for bind in self.binds.get(name, ()) if not _is_del(bind.node)]

    def times_given(self, name: str) -> int:
        """Return in how many places the scope gives a name a value."""
        return len(self.given(name))

    def within(self) -> Iterator[Scope]:
        """Yield this scope and all that it contains."""
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

    ``context`` is what is done with the whole. ``literal`` is the string that it stands in, if it does; ``formatted``
    is true within an f-string. ``call`` is the call that has the whole for its first argument, if one does.
    """

    name: str
    node: ast.Name
    attributes: tuple[ast.Attribute, ...]
    scope: Scope
    context: ast.expr_context
    literal: Quoted | None = None
    formatted: bool = False
    call: ast.Call | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Scopes:
    """A module's scopes, its references in a fixed order, and its calls, each with the scope that it stands in."""

    module: Scope
    refs: tuple[Ref, ...]
    calls: tuple[tuple[ast.Call, Scope], ...]
    literals: frozenset[ast.Constant]

    def __del__(self) -> None:
        # scopes and references are in circles: taken apart, they go at once, and need no collector
        for scope in list(self.module.within()):
            scope.children.clear()
            scope.refs.clear()

    def scope_of(self, node: ast.AST) -> Scope:
        """Return the scope that the body of a module, class or function is."""
        return next(
            s for s in self.module.within() if s.node is node and s.kind != "type parameters"
        )


def resolve(scope: Scope, name: str) -> Scope | None:
    """Return the scope whose binding a name reaches from ``scope``; None: a builtin, or nothing the text shows."""
    here: Scope | None = scope
    first = True
    while here is not None:
        visible = here.kind != "class" or first
        if visible and here.declared.get(name) == "global":
            return _module(here) if name in _module(here).binds else None
        if visible and name in here.binds and name not in here.declared:
            return here
        if not visible and name == "__class__":
            return None  # the class itself, in whatever is defined in it
        first = here.kind == "type parameters"  # PEP 695: these see the class that they stand in
        here = here.parent
    return None


def binding_scope(scope: Scope, name: str) -> Scope:
    """Return the scope that a statement in ``scope`` binds a name in (the language reference, 7.12 and 7.13)."""
    how = scope.declared.get(name)
    if how == "global":
        return _module(scope)
    outer = resolve(scope.parent, name) if how == "nonlocal" and scope.parent else None
    return outer or scope


def _is_del(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Del)


def _module(scope: Scope) -> Scope:
    while scope.parent is not None:
        scope = scope.parent
    return scope


def analyse(source: Source) -> Scopes:
    """Return the scopes of a module. Raises Unparsable."""
    builder = _Builder(source)
    builder.body(source.tree.body)
    builder.settle()
    return Scopes(
        builder.module, tuple(builder.refs), tuple(builder.calls), frozenset(builder.literals)
    )


class _Builder:
    """Walks a module once, in evaluation scopes, and notes bindings and references."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.module = self.scope = Scope("module", source.tree, None)
        self.refs: list[Ref] = []
        self.calls: list[tuple[ast.Call, Scope]] = []
        self.literals: list[ast.Constant] = []
        self._nonlocal: list[tuple[Scope, str, Bind]] = []
        self._annotation = False
        self._literal: Quoted | None = None
        self._formatted = False
        self._typing: set[str] = set()

    # -- names

    def _bind(self, name: str, bind: Bind, scope: Scope | None = None) -> None:
        scope = scope or self.scope
        how = scope.declared.get(name)
        if how == "global":
            self.module.binds.setdefault(name, []).append(bind)
        elif how == "nonlocal":
            self._nonlocal.append((scope, name, bind))
        else:
            scope.binds.setdefault(name, []).append(bind)

    def settle(self) -> None:
        """Give the bindings of nonlocal names to the scopes that they reach."""
        for scope, name, bind in self._nonlocal:
            reached = resolve(scope.parent, name) if scope.parent else None
            if reached is not None:
                reached.binds[name].append(bind)

    def _refer(
        self,
        node: ast.Name,
        attributes: tuple[ast.Attribute, ...],
        context: ast.expr_context,
        call: ast.Call | None,
    ) -> None:
        quoted, formatted = self._literal, self._formatted
        ref = Ref(node.id, node, attributes, self.scope, context, quoted, formatted, call)
        self.scope.refs.append(ref)
        self.refs.append(ref)

    # -- walking

    def body(self, nodes: Iterable[ast.AST]) -> None:
        """Visit nodes in turn."""
        for node in nodes:
            self.visit(node)

    def visit(self, node: ast.AST | None) -> None:
        """Visit a node, by its type."""
        if node is None:
            return
        handler = _HANDLERS.get(type(node))
        if handler is not None:
            handler(self, node)
            return
        for name in node._fields:
            value = getattr(node, name, None)
            if isinstance(value, ast.AST):
                self.visit(value)
            elif isinstance(value, list):
                for each in value:
                    if isinstance(each, ast.AST):
                        self.visit(each)

    def _inside(self, kind: ScopeKind, node: ast.AST) -> Scope:
        scope = Scope(kind, node, self.scope)
        self.scope.children.append(scope)
        self.scope = scope
        return scope

    def _name(self, node: ast.Name, call: ast.Call | None = None) -> None:
        if not isinstance(node.ctx, ast.Load):
            self._bind(node.id, Bind(node))
        self._refer(node, (), node.ctx, call)

    def _attribute(self, node: ast.Attribute, call: ast.Call | None = None) -> None:
        attributes = [node]
        inner = node.value
        while isinstance(inner, ast.Attribute):
            attributes.append(inner)
            inner = inner.value
        if isinstance(inner, ast.Name):
            self._refer(inner, tuple(reversed(attributes)), node.ctx, call)
        else:
            self.visit(inner)

    def _constant(self, node: ast.Constant) -> None:
        if self._annotation and isinstance(node.value, str):
            self._string(node, node.value)

    def _string(self, node: ast.Constant, value: str) -> None:
        try:
            tree = ast.parse(value.strip(), mode="eval")
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return
        outer = self._literal
        self._literal = Quoted(outer.node if outer else node, self._content(node, value))
        self.literals.append(node)
        self.visit(tree.body)
        self._literal = outer

    def _content(self, node: ast.Constant, value: str) -> int | None:
        """Return the offset of the text within a string's quotes; None where it does not stand there as it is."""
        if self._formatted or "\n" in value or value != value.strip():
            return None
        outer = self._literal
        if outer is None:
            span = string_span(self.source, node)
        elif outer.start is None:
            return None
        else:
            start, end = outer.start + node.col_offset, outer.start + (node.end_col_offset or 0)
            span = content_span(self.source, start, end, value)
        return span[0] if span else None

    def _annotated(self, node: ast.AST | None, flag: bool = True) -> None:
        before, self._annotation = self._annotation, flag
        self.visit(node)
        self._annotation = before

    def _subscript(self, node: ast.Subscript) -> None:
        self.visit(node.value)
        last = _last_name(node.value)
        if last == "Literal":
            self._annotated(node.slice, False)
        elif last == "Annotated" and isinstance(node.slice, ast.Tuple) and node.slice.elts:
            self.visit(node.slice.elts[0])
            for metadata in node.slice.elts[1:]:
                self._annotated(metadata, False)
        else:
            self._annotated(node.slice, self._annotation or self._is_typing(node.value))

    def _is_typing(self, node: ast.expr) -> bool:
        while isinstance(node, ast.Attribute):
            node = node.value
        return isinstance(node, ast.Name) and node.id in self._typing

    def _call(self, node: ast.Call) -> None:
        self.calls.append((node, self.scope))
        self._annotated(node.func, self._annotation)
        start = (
            _TYPING_CALLS.get(_last_name(node.func) or "", -1) if self._is_typing(node.func) else -1
        )
        fields = _is_fields(node) and self._is_typing(node.func)
        for position, argument in enumerate(node.args):
            if position == 1 and fields:
                self._fields(argument)
            elif position == 0 and isinstance(argument, ast.Name):
                self._name(argument, node)
            elif position == 0 and isinstance(argument, ast.Attribute):
                self._attribute(argument, node)
            else:
                typed = start >= 0 and (position == start or (position > start and start == 1))
                self._annotated(argument, typed)
        for keyword in node.keywords:
            self._annotated(keyword.value, start >= 0 and keyword.arg in {"bound", "default"})

    def _fields(self, node: ast.expr) -> None:
        """Visit the fields of ``NamedTuple("N", [("x", "T")])`` or ``TypedDict("D", {"x": "T"})``: types in strings."""
        if isinstance(node, ast.Dict):
            for value in node.values:
                self._annotated(value)
        elif isinstance(node, ast.List | ast.Tuple):
            for each in node.elts:
                self._annotated(
                    each.elts[-1] if isinstance(each, ast.Tuple) and each.elts else each
                )
        else:
            self.visit(node)

    def _joined(self, node: ast.JoinedStr) -> None:
        before, self._formatted = self._formatted, True
        self._annotated_all(node.values)
        self._formatted = before

    def _annotated_all(self, nodes: Iterable[ast.AST]) -> None:
        for node in nodes:
            self._annotated(node, False)

    def _named(self, node: ast.NamedExpr) -> None:
        scope = self.scope
        while scope.kind == "comprehension" and scope.parent is not None:
            scope = scope.parent
        self._bind(node.target.id, Bind(node.target), scope)
        self._refer(node.target, (), node.target.ctx, None)
        self.visit(node.value)

    def _comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
    ) -> None:
        first, *rest = node.generators
        self.visit(first.iter)
        outer = self.scope
        self._inside("comprehension", node)
        self.visit(first.target)
        self.body(first.ifs)
        for generator in rest:
            self.visit(generator.target)
            self.visit(generator.iter)
            self.body(generator.ifs)
        self.body([node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt])
        self.scope = outer

    # -- definitions

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self.body(node.decorator_list)
        self._bind(node.name, Bind(node))
        self._defaults(node.args)
        outer = self.scope
        self._type_parameters(node)
        for arg in _arguments(node.args):
            self._annotated(arg.annotation)
        self._annotated(node.returns)
        self._inside("function", node)
        self._parameters(node.args)
        self._annotated_body(node.body)
        self.scope = outer

    def _annotated_body(self, body: Iterable[ast.AST]) -> None:
        before, self._annotation = self._annotation, False
        self.body(body)
        self._annotation = before

    def _lambda(self, node: ast.Lambda) -> None:
        self._defaults(node.args)
        outer = self.scope
        self._inside("function", node)
        self._parameters(node.args)
        self.visit(node.body)
        self.scope = outer

    def _defaults(self, args: ast.arguments) -> None:
        self.body(args.defaults)
        self.body(default for default in args.kw_defaults if default is not None)

    def _parameters(self, args: ast.arguments) -> None:
        for arg in _arguments(args):
            self._bind(arg.arg, Bind(arg))

    def _class(self, node: ast.ClassDef) -> None:
        self.body(node.decorator_list)
        self._bind(node.name, Bind(node))
        outer = self.scope
        self._type_parameters(node)
        self.body(node.bases)
        self.body(keyword.value for keyword in node.keywords)
        self._inside("class", node)
        self._annotated_body(node.body)
        self.scope = outer

    def _type_parameters(self, node: ast.AST) -> None:
        parameters = getattr(node, "type_params", ())
        if parameters:
            self._inside("type parameters", node)
            for parameter in parameters:
                self._bind(parameter.name, Bind(parameter))
                self._annotated(getattr(parameter, "bound", None))
                self._annotated(getattr(parameter, "default_value", None))

    def _type_alias(self, node: ast.AST) -> None:
        name = getattr(node, "name", None)
        self.visit(name)
        outer = self.scope
        self._type_parameters(node)
        self._annotated(getattr(node, "value", None))
        self.scope = outer

    # -- statements

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        source = (node.module or "") if isinstance(node, ast.ImportFrom) else None
        for alias in node.names:
            if alias.name == "*":
                continue
            local = alias.asname or (alias.name.partition(".")[0] if source is None else alias.name)
            self._bind(local, Bind(node, alias))
            if (source if source is not None else alias.name) in TYPING:
                self._typing.add(local)

    def _declare(self, node: ast.Global | ast.Nonlocal) -> None:
        how = "global" if isinstance(node, ast.Global) else "nonlocal"
        for name in node.names:
            if self.scope is not self.module:
                self.scope.declared[name] = how

    def _handler(self, node: ast.ExceptHandler) -> None:
        self.visit(node.type)
        if node.name:
            self._bind(node.name, Bind(node))
        self.body(node.body)

    def _pattern(self, node: ast.MatchAs | ast.MatchStar | ast.MatchMapping) -> None:
        name = node.rest if isinstance(node, ast.MatchMapping) else node.name
        if name:
            self._bind(name, Bind(node))
        self.body(ast.iter_child_nodes(node))

    def _annotated_assignment(self, node: ast.AnnAssign) -> None:
        self._annotated(node.annotation)
        alias = _last_name(node.annotation) == "TypeAlias"
        self._annotated(node.value, alias)
        if node.simple or node.value or not isinstance(node.target, ast.Name):
            self.visit(
                node.target
            )  # else ``(x): int``, which does nothing to x, not even make it local


def _is_fields(node: ast.Call) -> bool:
    return _last_name(node.func) in {"NamedTuple", "TypedDict"}


def _arguments(args: ast.arguments) -> Iterator[ast.arg]:
    yield from args.posonlyargs
    yield from args.args
    if args.vararg:
        yield args.vararg
    yield from args.kwonlyargs
    if args.kwarg:
        yield args.kwarg


def _last_name(node: ast.expr) -> str | None:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else None


_HANDLERS: dict[type[ast.AST], Callable[..., None]] = {
    ast.Name: _Builder._name,
    ast.Attribute: _Builder._attribute,
    ast.Constant: _Builder._constant,
    ast.Subscript: _Builder._subscript,
    ast.Call: _Builder._call,
    ast.JoinedStr: _Builder._joined,
    ast.NamedExpr: _Builder._named,
    ast.ListComp: _Builder._comprehension,
    ast.SetComp: _Builder._comprehension,
    ast.DictComp: _Builder._comprehension,
    ast.GeneratorExp: _Builder._comprehension,
    ast.FunctionDef: _Builder._function,
    ast.AsyncFunctionDef: _Builder._function,
    ast.Lambda: _Builder._lambda,
    ast.ClassDef: _Builder._class,
    ast.Import: _Builder._import,
    ast.ImportFrom: _Builder._import,
    ast.Global: _Builder._declare,
    ast.Nonlocal: _Builder._declare,
    ast.ExceptHandler: _Builder._handler,
    ast.MatchAs: _Builder._pattern,
    ast.MatchStar: _Builder._pattern,
    ast.MatchMapping: _Builder._pattern,
    ast.AnnAssign: _Builder._annotated_assignment,
}
_HANDLERS |= dict.fromkeys(
    (ast.Load, ast.Store, ast.Del, ast.Pass, ast.Break, ast.Continue), lambda builder, node: None
)
if hasattr(ast, "TemplateStr"):
    _HANDLERS[ast.TemplateStr] = _Builder._joined
if hasattr(ast, "TypeAlias"):
    _HANDLERS[ast.TypeAlias] = _Builder._type_alias
