"""What a module defines, imports and re-exports, read from its top level without running it."""

from __future__ import annotations

import ast
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from unfork.reading.conditions import suppresses_errors, truth_of
from unfork.reading.names_on_request import names_on_request
from unfork.reading.statements import Imported, is_type_checking


class Star(NamedTuple):
    """A star import of a module; ``certain`` as in a binding, and at run time."""

    module: Imported
    certain: bool


class Binding(NamedTuple):
    """How a module gets a name: ``own`` if the module defines it, ``imports`` for each import that binds it.

    ``runtime`` is false if the name exists only for type checkers; ``certain`` is true if a plain top-level statement
    binds it, outside any ``try`` or ``if``.
    """

    own: bool = False
    imports: tuple[Imported, ...] = ()
    runtime: bool = False
    certain: bool = False


_PLAIN = Binding(own=True, runtime=True, certain=True)
"""Shared by all equal bindings: most definitions of a module have this one."""


@dataclass(slots=True)
class Definitions:
    """The names of a module: ``names``, the ``stars`` it imports, ``exported`` from ``__all__`` (None without one).

    ``stars_above``: how many of the stars precede the last binding of a name, if any do. Those below may override it.
    ``dynamic``: names may exist that the text does not show (``__getattr__``, ``globals()[...]``, ``exec``).
    ``exported_known`` is false if ``__all__`` contains more than its text shows; ``exported_parts`` are the lists of
    other modules that it includes, as spelled here (``base.__all__``), None if it includes anything else.
    ``on_request`` are the only names that ``__getattr__`` gives, as in a shim; None if its text does not tell.
    """

    names: dict[str, Binding] = field(default_factory=dict)
    stars: list[Star] = field(default_factory=list)
    stars_above: dict[str, int] = field(default_factory=dict)
    exported: list[str] | None = None
    exported_known: bool = True
    exported_parts: list[str] | None = field(default_factory=list)
    dynamic: bool = False
    on_request: frozenset[str] | None = None

    def may_give(self, name: str) -> bool:
        """Return whether a name may exist that the text does not show; ``*`` stands for any."""
        is_listed = self.on_request is None or name == "*" or name in self.on_request
        return self.dynamic and is_listed

    def public(self) -> Iterator[str]:
        """Yield the names that a star import takes, except those that come through this module's own stars."""
        if self.exported is not None:
            yield from self.exported
        else:
            yield from (n for n, b in self.names.items() if not n.startswith("_") and b.runtime)


def definitions_of(tree: ast.Module, text: bytes, is_stub: bool = False) -> Definitions:
    """Return what a module's text defines. Constructs without a sign in ``text``, its source, are not searched for."""
    reader = _Reader(_lines_with(b":=", text), is_stub)
    reader.block(tree.body, runtime=True, certain=True)
    if b"global" in text:
        reader.functions(tree)
    if "__getattr__" in reader.result.names:
        if not reader.result.dynamic:
            given = names_on_request(tree)
            reader.result.on_request = frozenset(given) if given is not None else None
        reader.result.dynamic = True
    return reader.result


class _Reader:
    """Walks the top level of a module, into conditions and loops, not into functions or classes.

    ``walrus`` are the lines with a ``:=``, in order. In a stub, ``name: type`` declares an existing value.
    """

    def __init__(self, walrus: Sequence[int], is_stub: bool) -> None:
        self.result = Definitions()
        self._walrus = walrus
        self._is_stub = is_stub

    def block(self, body: Iterable[ast.stmt], runtime: bool, certain: bool) -> None:
        for node in body:
            self._read_statement(node, runtime, certain)

    def _read_statement(self, node: ast.stmt, runtime: bool, certain: bool) -> None:
        if self._walrus and self._has_walrus(node):
            for bound in _walrus_names(node):
                self._bind_own(bound, runtime, False)
        match node:
            case ast.Import():
                for alias in node.names:
                    module = alias.name if alias.asname else alias.name.partition(".")[0]
                    local = alias.asname or module
                    self._bind_imported(local, Imported(module, 0, None), runtime, certain)
            case ast.ImportFrom():
                self._import_from(node, runtime, certain)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                self._bind_own(node.name, runtime, certain)
            case ast.If():
                self._read_if(node, runtime, certain)
            case ast.Try() | ast.TryStar():
                fallible = bool(node.handlers)
                self.block(node.body, runtime, certain and not fallible)
                for handler in node.handlers:
                    self.block(handler.body, runtime, False)
                self.block(node.orelse, runtime, certain and not fallible)
                self.block(node.finalbody, runtime, certain)
            case ast.With() | ast.AsyncWith():
                self._bind_targets(
                    (i.optional_vars for i in node.items if i.optional_vars), runtime, certain
                )
                self.block(
                    node.body, runtime, certain and not any(map(suppresses_errors, node.items))
                )
            case ast.For() | ast.AsyncFor():
                self._bind_targets([node.target], runtime, False)
                self.block(node.body, runtime, False)
                self.block(node.orelse, runtime, False)
            case ast.While():
                self.block(node.body, runtime, False)
                self.block(node.orelse, runtime, False)
            case ast.Match():
                for case in node.cases:
                    self._bind_captures(case.pattern, runtime)
                    self.block(case.body, runtime, False)
            case ast.Assign(targets=[ast.Name(id=local)], value=ast.Call() as call) if (
                called := _imported_by_call(call)
            ):
                self._bind_imported(local, Imported(called, 0, None), runtime, certain)
            case ast.Assign():
                self._bind_targets(node.targets, runtime, certain)
                self._read_dunder_all(node.targets, node.value, extend=False)
            case ast.AnnAssign():
                if node.value is not None or self._is_stub:
                    self._bind_targets([node.target], runtime, certain)
                if node.value is not None:
                    self._read_dunder_all([node.target], node.value, extend=False)
            case ast.AugAssign():
                self._bind_targets([node.target], runtime, certain)
                self._read_dunder_all([node.target], node.value, extend=True)
            case ast.Delete():
                self._forget_deleted(node, certain)
            case ast.Expr():
                self._read_call(node.value)
            case _:
                name = getattr(node, "name", None)  # PEP 695: type X = ...
                if isinstance(name, ast.Name):
                    self._bind_own(name.id, runtime, certain)

    def _read_if(self, node: ast.If, runtime: bool, certain: bool) -> None:
        """Read the branches that importing the module may run, and those that type checkers read."""
        typing, truth = is_type_checking(node.test), truth_of(node.test)
        if truth is not False:
            known = typing or truth is True
            self.block(node.body, runtime and not typing, certain and known)
        if truth is not True:
            self.block(node.orelse, runtime, certain and truth is False)

    def _forget_deleted(self, node: ast.Delete, certain: bool) -> None:
        """Remove the names that a statement deletes; if it may not run, they may still exist."""
        names = self.result.names
        for target in node.targets:
            if not isinstance(target, ast.Name) or target.id not in names:
                continue
            if certain:
                del names[target.id]
            else:
                names[target.id] = names[target.id]._replace(certain=False)

    def _has_walrus(self, node: ast.stmt) -> bool:
        """Return whether a ``:=`` occurs on one of the lines of a statement, including its decorators."""
        next_ = bisect_left(self._walrus, first_line(node))
        return next_ < len(self._walrus) and self._walrus[next_] <= (node.end_lineno or 0)

    def _import_from(self, node: ast.ImportFrom, runtime: bool, certain: bool) -> None:
        module = node.module or ""
        for alias in node.names:
            imported = Imported(module, node.level, alias.name)
            if alias.name == "*":
                self.result.stars.append(Star(imported, runtime and certain))
            else:
                self._bind_imported(alias.asname or alias.name, imported, runtime, certain)

    def _bind_own(self, name: str, runtime: bool, certain: bool) -> None:
        self._add_binding(
            name, _PLAIN if runtime and certain else Binding(True, (), runtime, certain)
        )

    def _bind_imported(self, name: str, imported: Imported, runtime: bool, certain: bool) -> None:
        if name == "__all__":  # from .base import __all__
            self._add_exports(ast.Name(name), extend=False)
        self._add_binding(name, Binding(False, (imported,), runtime, certain))

    def _add_binding(self, name: str, binding: Binding) -> None:
        """Record one more way in which the module gets the name."""
        known = self.result.names.get(name)
        if known is not None:
            more = tuple(imported for imported in binding.imports if imported not in known.imports)
            binding = Binding(
                known.own or binding.own,
                known.imports + more,
                known.runtime or binding.runtime,
                known.certain or binding.certain,
            )
        self.result.names[name] = binding
        if self.result.stars:
            self.result.stars_above[name] = len(self.result.stars)

    def _bind_targets(self, targets: Iterable[ast.expr], runtime: bool, certain: bool) -> None:
        for target in targets:
            if isinstance(target, ast.Name):
                self._bind_own(target.id, runtime, certain)
                continue
            for part in ast.walk(target):
                if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
                    self._bind_own(part.id, runtime, certain)
                elif isinstance(part, ast.Subscript) and _is_namespace(part.value):
                    self.result.dynamic = True

    def _bind_captures(self, pattern: ast.pattern, runtime: bool) -> None:
        for part in ast.walk(pattern):
            name = getattr(part, "name", None) or getattr(part, "rest", None)
            if isinstance(part, ast.MatchAs | ast.MatchStar | ast.MatchMapping) and isinstance(
                name, str
            ):
                self._bind_own(name, runtime, False)

    def _read_call(self, value: ast.expr) -> None:
        """Read ``__all__.extend([...])``, ``__all__.append("x")``, ``globals().update(...)`` and ``exec(...)``."""
        if not isinstance(value, ast.Call):
            return
        match value.func:
            case ast.Attribute(value=ast.Name(id="__all__"), attr="extend" | "append" as how) if (
                value.args
            ):
                argument = value.args[0]
                listed = ast.List([argument]) if how == "append" else argument
                self._add_exports(listed, extend=True)
            case ast.Attribute(value=called) if _is_namespace(called):
                self.result.dynamic = True
            case ast.Name(id="exec" | "setattr"):
                self.result.dynamic = True
            case ast.Name(id="print"):
                pass
            case _ if any(map(_is_whole_module, value.args)):
                self.result.dynamic = True  # whoever is given the module may put names there
            case _:
                pass

    def _read_dunder_all(self, targets: Iterable[ast.expr], value: ast.expr, extend: bool) -> None:
        if any(isinstance(t, ast.Name) and t.id == "__all__" for t in targets):
            self._add_exports(value, extend)

    def _add_exports(self, value: ast.expr, extend: bool) -> None:
        if not extend or self.result.exported is None:
            self.result.exported = []
        for part in _operands_of_sum(value):
            for element in (
                part.elts if isinstance(part, ast.List | ast.Tuple | ast.Set) else [part]
            ):
                if isinstance(element, ast.Constant) and isinstance(element.value, str):
                    self.result.exported.append(element.value)
                else:
                    self._export_of(element)

    def _export_of(self, part: ast.expr) -> None:
        """Record that ``__all__`` includes the names of another list: ``*base.__all__``."""
        self.result.exported_known = False
        value = part.value if isinstance(part, ast.Starred) else part
        dotted = ast.unparse(value)
        is_plain = isinstance(value, ast.Name | ast.Attribute) and "(" not in dotted
        if is_plain and self.result.exported_parts is not None:
            self.result.exported_parts.append(dotted)
        else:
            self.result.exported_parts = None

    def functions(self, tree: ast.Module) -> None:
        """Read ``global x`` in functions: running them may give the module the name."""
        for node in _nested_globals(tree.body):
            for name in node.names:
                self._bind_own(name, True, False)


def _imported_by_call(call: ast.Call) -> str | None:
    """Return the module that a call imports and returns: ``import_module("a.b")``; None if it is not shown."""
    match call:
        case ast.Call(
            func=ast.Name(id=name) | ast.Attribute(attr=name),
            args=[ast.Constant(value=str() as module)],
            keywords=[],
        ):
            is_whole = name == "import_module" or (name == "__import__" and "." not in module)
            return module if is_whole and module.replace(".", "_").isidentifier() else None
        case _:
            return None


def _is_whole_module(argument: ast.expr) -> bool:
    """Return whether an argument is a module's own name, or the table of its names."""
    return (isinstance(argument, ast.Name) and argument.id == "__name__") or _is_namespace(argument)


def _lines_with(word: bytes, text: bytes) -> list[int]:
    """Return the numbers of the lines that contain a word."""
    if word not in text:
        return []
    return [number for number, line in enumerate(text.splitlines(), 1) if word in line]


def first_line(node: ast.stmt) -> int:
    """Return the line that a statement starts on: that of its first decorator, if it has one."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return decorators[0].lineno if decorators else node.lineno


def _walrus_names(node: ast.AST) -> Iterator[str]:
    """Yield the names that ``:=`` binds in the scope of a statement, except in the statements within it."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Lambda):
            yield from _walrus_names(child.args)
        elif not isinstance(child, ast.stmt):
            if isinstance(child, ast.NamedExpr):
                yield child.target.id
            yield from _walrus_names(child)


def _operands_of_sum(value: ast.expr) -> Iterator[ast.expr]:
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
        yield from _operands_of_sum(value.left)
        yield from _operands_of_sum(value.right)
    else:
        yield value


def _is_namespace(value: ast.expr) -> bool:
    """Return whether an expression is the module's own namespace: ``globals()``, ``vars()``, ``locals()``."""
    return (
        isinstance(value, ast.Call)
        and isinstance(value.func, ast.Name)
        and value.func.id in {"globals", "vars", "locals"}
        and not value.args
    )


def _nested_globals(body: Iterable[ast.stmt]) -> Iterator[ast.Global]:
    for node in body:
        if isinstance(node, ast.Global):
            yield node
        for block in ("body", "orelse", "finalbody"):
            yield from _nested_globals(getattr(node, block, ()))
        for holder in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
            yield from _nested_globals(holder.body)
