"""From a module's text to its scopes: what binds each name, and where it is used.

The rules are those of the language reference, 4.2 (naming and binding), PEP 572 (assignment expressions) and PEP 695
(type parameters). String annotations (PEP 484, forward references) are read as the expressions that they contain.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator

from unfork.nodes import last_name
from unfork.reading.scopes import Bind, Quoted, Ref, Scope, ScopeKind, Scopes, resolve_name
from unfork.reading.source import Source, content_span, string_span

TYPING = frozenset({"typing", "typing_extensions", "collections.abc"})
_TYPING_CALLS = {"cast": 0, "TypeVar": 1, "NewType": 1, "ForwardRef": 0}
"""Calls whose string arguments are annotations, with the first position that is one."""
_GENERIC = frozenset({"dict", "frozenset", "list", "set", "tuple", "type"})
"""Built-in classes that are subscripted by types alone (PEP 585)."""


def analyse_scopes(source: Source) -> Scopes:
    """Return the scopes of a module. Raises Unparsable."""
    builder = _Builder(source)
    builder.body(source.tree.body)
    builder.settle()
    return Scopes(
        builder.module, tuple(builder.refs), tuple(builder.calls), frozenset(builder.literals)
    )


class _Builder:
    """Walks a module once, in evaluation scopes, and records bindings and references."""

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

    def _add_binding(self, name: str, bind: Bind, scope: Scope | None = None) -> None:
        scope = scope or self.scope
        how = scope.declared.get(name)
        if how == "global":
            self.module.binds.setdefault(name, []).append(bind)
        elif how == "nonlocal":
            self._nonlocal.append((scope, name, bind))
        else:
            scope.binds.setdefault(name, []).append(bind)

    def settle(self) -> None:
        """Move the bindings of nonlocal names to the scopes that they reach."""
        for scope, name, bind in self._nonlocal:
            reached = resolve_name(scope.parent, name) if scope.parent else None
            if reached is not None:
                reached.binds[name].append(bind)

    def _add_reference(
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
                for child in value:
                    if isinstance(child, ast.AST):
                        self.visit(child)

    def _enter_scope(self, kind: ScopeKind, node: ast.AST) -> Scope:
        scope = Scope(kind, node, self.scope)
        self.scope.children.append(scope)
        self.scope = scope
        return scope

    def _visit_name(self, node: ast.Name, call: ast.Call | None = None) -> None:
        if not isinstance(node.ctx, ast.Load):
            self._add_binding(node.id, Bind(node))
        self._add_reference(node, (), node.ctx, call)

    def _visit_attribute(self, node: ast.Attribute, call: ast.Call | None = None) -> None:
        attributes = [node]
        inner = node.value
        while isinstance(inner, ast.Attribute):
            attributes.append(inner)
            inner = inner.value
        if isinstance(inner, ast.Name):
            self._add_reference(inner, tuple(reversed(attributes)), node.ctx, call)
        else:
            self.visit(inner)

    def _visit_constant(self, node: ast.Constant) -> None:
        if self._annotation and isinstance(node.value, str):
            self._visit_annotation_string(node, node.value)

    def _visit_annotation_string(self, node: ast.Constant, value: str) -> None:
        try:
            tree = ast.parse(value.strip(), mode="eval")
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return
        outer = self._literal
        self._literal = Quoted(outer.node if outer else node, self._content_offset(node, value))
        self.literals.append(node)
        self.visit(tree.body)
        self._literal = outer

    def _content_offset(self, node: ast.Constant, value: str) -> int | None:
        """Return the offset of the text within a string's quotes; None if it is spelled differently there."""
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

    def _visit_as_annotation(self, node: ast.AST | None, flag: bool = True) -> None:
        before, self._annotation = self._annotation, flag
        self.visit(node)
        self._annotation = before

    def _visit_subscript(self, node: ast.Subscript) -> None:
        self.visit(node.value)
        last = last_name(node.value)
        if last == "Literal":
            self._visit_as_annotation(node.slice, False)
        elif last == "Annotated" and isinstance(node.slice, ast.Tuple) and node.slice.elts:
            self.visit(node.slice.elts[0])
            for metadata in node.slice.elts[1:]:
                self._visit_as_annotation(metadata, False)
        else:
            typed = self._annotation or self._is_typing(node.value) or self._is_builtin(node.value)
            self._visit_as_annotation(node.slice, typed)

    def _is_typing(self, node: ast.expr) -> bool:
        while isinstance(node, ast.Attribute):
            node = node.value
        return isinstance(node, ast.Name) and node.id in self._typing

    def _is_builtin(self, node: ast.expr) -> bool:
        is_generic = isinstance(node, ast.Name) and node.id in _GENERIC
        return is_generic and resolve_name(self.scope, last_name(node)) is None

    def _visit_call(self, node: ast.Call) -> None:
        self.calls.append((node, self.scope))
        self._visit_as_annotation(node.func, self._annotation)
        start = _TYPING_CALLS.get(last_name(node.func), -1) if self._is_typing(node.func) else -1
        fields = _is_fields(node) and self._is_typing(node.func)
        for position, argument in enumerate(node.args):
            if position == 1 and fields:
                self._visit_fields(argument)
            elif position == 0 and isinstance(argument, ast.Name):
                self._visit_name(argument, node)
            elif position == 0 and isinstance(argument, ast.Attribute):
                self._visit_attribute(argument, node)
            else:
                typed = start >= 0 and (position == start or (position > start and start == 1))
                self._visit_as_annotation(argument, typed)
        for keyword in node.keywords:
            self._visit_as_annotation(
                keyword.value, start >= 0 and keyword.arg in {"bound", "default"}
            )

    def _visit_fields(self, node: ast.expr) -> None:
        """Visit the fields of ``NamedTuple("N", [("x", "T")])`` or ``TypedDict("D", {"x": "T"})``: types in strings."""
        if isinstance(node, ast.Dict):
            for value in node.values:
                self._visit_as_annotation(value)
        elif isinstance(node, ast.List | ast.Tuple):
            for element in node.elts:
                self._visit_as_annotation(
                    element.elts[-1] if isinstance(element, ast.Tuple) and element.elts else element
                )
        else:
            self.visit(node)

    def _visit_joined_str(self, node: ast.JoinedStr) -> None:
        before, self._formatted = self._formatted, True
        self._annotated_all(node.values)
        self._formatted = before

    def _annotated_all(self, nodes: Iterable[ast.AST]) -> None:
        for node in nodes:
            self._visit_as_annotation(node, False)

    def _visit_named_expr(self, node: ast.NamedExpr) -> None:
        scope = self.scope
        while scope.kind == "comprehension" and scope.parent is not None:
            scope = scope.parent
        self._add_binding(node.target.id, Bind(node.target), scope)
        self._add_reference(node.target, (), node.target.ctx, None)
        self.visit(node.value)

    def _visit_comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
    ) -> None:
        first, *rest = node.generators
        self.visit(first.iter)
        outer = self.scope
        self._enter_scope("comprehension", node)
        self.visit(first.target)
        self.body(first.ifs)
        for generator in rest:
            self.visit(generator.target)
            self.visit(generator.iter)
            self.body(generator.ifs)
        self.body([node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt])
        self.scope = outer

    # -- definitions

    def _visit_function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self.body(node.decorator_list)
        self._add_binding(node.name, Bind(node))
        self._visit_defaults(node.args)
        outer = self.scope
        self._type_parameters(node)
        for arg in _all_arguments(node.args):
            self._visit_as_annotation(arg.annotation)
        self._visit_as_annotation(node.returns)
        self._enter_scope("function", node)
        self._bind_parameters(node.args)
        self._annotated_body(node.body)
        self.scope = outer

    def _annotated_body(self, body: Iterable[ast.AST]) -> None:
        before, self._annotation = self._annotation, False
        self.body(body)
        self._annotation = before

    def _visit_lambda(self, node: ast.Lambda) -> None:
        self._visit_defaults(node.args)
        outer = self.scope
        self._enter_scope("function", node)
        self._bind_parameters(node.args)
        self.visit(node.body)
        self.scope = outer

    def _visit_defaults(self, args: ast.arguments) -> None:
        self.body(args.defaults)
        self.body(default for default in args.kw_defaults if default is not None)

    def _bind_parameters(self, args: ast.arguments) -> None:
        for arg in _all_arguments(args):
            self._add_binding(arg.arg, Bind(arg))

    def _visit_class(self, node: ast.ClassDef) -> None:
        self.body(node.decorator_list)
        self._add_binding(node.name, Bind(node))
        outer = self.scope
        self._type_parameters(node)
        self.body(node.bases)
        self.body(keyword.value for keyword in node.keywords)
        self._enter_scope("class", node)
        self._annotated_body(node.body)
        self.scope = outer

    def _type_parameters(self, node: ast.AST) -> None:
        parameters = getattr(node, "type_params", ())
        if parameters:
            self._enter_scope("type parameters", node)
            for parameter in parameters:
                self._add_binding(parameter.name, Bind(parameter))
                self._visit_as_annotation(getattr(parameter, "bound", None))
                self._visit_as_annotation(getattr(parameter, "default_value", None))

    def _type_alias(self, node: ast.AST) -> None:
        name = getattr(node, "name", None)
        self.visit(name)
        outer = self.scope
        self._type_parameters(node)
        self._visit_as_annotation(getattr(node, "value", None))
        self.scope = outer

    # -- statements

    def _visit_import(self, node: ast.Import | ast.ImportFrom) -> None:
        source = (node.module or "") if isinstance(node, ast.ImportFrom) else None
        for alias in node.names:
            if alias.name == "*":
                continue
            local = alias.asname or (alias.name.partition(".")[0] if source is None else alias.name)
            self._add_binding(local, Bind(node, alias))
            if (source if source is not None else alias.name) in TYPING:
                self._typing.add(local)

    def _visit_declaration(self, node: ast.Global | ast.Nonlocal) -> None:
        how = "global" if isinstance(node, ast.Global) else "nonlocal"
        for name in node.names:
            if self.scope is not self.module:
                self.scope.declared[name] = how

    def _visit_handler(self, node: ast.ExceptHandler) -> None:
        self.visit(node.type)
        if node.name:
            self._add_binding(node.name, Bind(node))
        self.body(node.body)

    def _visit_pattern(self, node: ast.MatchAs | ast.MatchStar | ast.MatchMapping) -> None:
        name = node.rest if isinstance(node, ast.MatchMapping) else node.name
        if name:
            self._add_binding(name, Bind(node))
        self.body(ast.iter_child_nodes(node))

    def _annotated_assignment(self, node: ast.AnnAssign) -> None:
        self._visit_as_annotation(node.annotation)
        alias = last_name(node.annotation) == "TypeAlias"
        self._visit_as_annotation(node.value, alias)
        if node.simple or node.value or not isinstance(node.target, ast.Name):
            # not so for ``(x): int``, which does nothing to x, not even make it local
            self.visit(node.target)


def _is_fields(node: ast.Call) -> bool:
    return last_name(node.func) in {"NamedTuple", "TypedDict"}


def _all_arguments(args: ast.arguments) -> Iterator[ast.arg]:
    yield from args.posonlyargs
    yield from args.args
    if args.vararg:
        yield args.vararg
    yield from args.kwonlyargs
    if args.kwarg:
        yield args.kwarg


_HANDLERS: dict[type[ast.AST], Callable[..., None]] = {
    ast.Name: _Builder._visit_name,
    ast.Attribute: _Builder._visit_attribute,
    ast.Constant: _Builder._visit_constant,
    ast.Subscript: _Builder._visit_subscript,
    ast.Call: _Builder._visit_call,
    ast.JoinedStr: _Builder._visit_joined_str,
    ast.NamedExpr: _Builder._visit_named_expr,
    ast.ListComp: _Builder._visit_comprehension,
    ast.SetComp: _Builder._visit_comprehension,
    ast.DictComp: _Builder._visit_comprehension,
    ast.GeneratorExp: _Builder._visit_comprehension,
    ast.FunctionDef: _Builder._visit_function,
    ast.AsyncFunctionDef: _Builder._visit_function,
    ast.Lambda: _Builder._visit_lambda,
    ast.ClassDef: _Builder._visit_class,
    ast.Import: _Builder._visit_import,
    ast.ImportFrom: _Builder._visit_import,
    ast.Global: _Builder._visit_declaration,
    ast.Nonlocal: _Builder._visit_declaration,
    ast.ExceptHandler: _Builder._visit_handler,
    ast.MatchAs: _Builder._visit_pattern,
    ast.MatchStar: _Builder._visit_pattern,
    ast.MatchMapping: _Builder._visit_pattern,
    ast.AnnAssign: _Builder._annotated_assignment,
}
_HANDLERS |= dict.fromkeys(
    (ast.Load, ast.Store, ast.Del, ast.Pass, ast.Break, ast.Continue), lambda builder, node: None
)
if hasattr(ast, "TemplateStr"):
    _HANDLERS[ast.TemplateStr] = _Builder._visit_joined_str
if hasattr(ast, "TypeAlias"):
    _HANDLERS[ast.TypeAlias] = _Builder._type_alias
