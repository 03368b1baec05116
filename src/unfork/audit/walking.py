"""One walk over the statements of a module, for all that the audit wants to know of them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from zlib import crc32

from unfork.audit.facts import ClassFact
from unfork.reading.source import Source
from unfork.reading.statements import is_type_checking

_SPACE = b" \t\f\r\n\\"
_IMPORT_ERRORS = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})
_Scope = ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True, slots=True)
class Import:
    """An import statement: ``typing_only`` under ``if TYPE_CHECKING``, ``in_function`` where only a call runs it."""

    node: ast.Import | ast.ImportFrom
    typing_only: bool
    in_function: bool


@dataclass(slots=True)
class Walked:
    """The ``hashes`` of the statements in order, and what else was seen.

    ``fallible`` are the first and last lines of ``try`` bodies that expect an import to fail.
    """

    count: int = 0
    hashes: list[int] = field(default_factory=list)
    imports: list[Import] = field(default_factory=list)
    classes: list[ClassFact] = field(default_factory=list)
    fallible: list[tuple[int, int]] = field(default_factory=list)
    defs: set[str] = field(default_factory=set)
    runs_itself: bool = False
    acts: bool = False
    deprecated: bool = False


def walk_statements(source: Source) -> Walked:
    """Walk a module and take the docstrings out of its tree. Raises Unparsable."""
    walker = _Walker(source, source.data.splitlines())
    tree = source.tree
    walker.top(tree)
    walker.block(tree.body)
    return walker.seen


@dataclass(slots=True)
class _Walker:
    source: Source
    lines: list[bytes]
    seen: Walked = field(default_factory=Walked)
    typing_only: bool = False
    in_function: bool = False

    def top(self, tree: ast.Module) -> None:
        _without_docstring(tree)
        for node in tree.body:
            match node:
                case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                    self.seen.defs.add(node.name)
                case ast.If(test=ast.Compare(left=ast.Name(id="__name__"))):
                    self.seen.runs_itself = True
                case ast.Expr(value=ast.Call() as call) if _warns(call):
                    self.seen.deprecated = True
                case ast.Expr(value=ast.Call()) | ast.For() | ast.While() | ast.With():
                    self.seen.acts = True
                case _:
                    pass

    def block(self, body: Iterable[ast.stmt]) -> None:
        for node in body:
            self.seen.count += 1
            if isinstance(node, ast.Import | ast.ImportFrom):
                self.seen.imports.append(Import(node, self.typing_only, self.in_function))
                continue
            if isinstance(node, ast.Pass):
                continue
            inner = getattr(node, "body", None)
            if inner is None:
                self.seen.hashes.append(self._simple(node))
            else:
                self._compound(node, inner)

    def _simple(self, node: ast.stmt) -> int:
        if isinstance(node, ast.AnnAssign):
            value = self._text(node.value) if node.value else b""
            return crc32(self._text(node.target) + b"=" + value)
        return crc32(self._text(node))

    def _compound(self, node: ast.stmt, body: list[ast.stmt]) -> None:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                _without_docstring(node)
                self.seen.hashes.append(crc32(b"def " + node.name.encode()))
                outer, self.in_function = self.in_function, True
                self.block(node.body)
                self.in_function = outer
                return
            case ast.ClassDef():
                self._class(node)
                return
            case ast.Try() | ast.TryStar():
                self.seen.hashes.append(1)
                if any(_expects_import_error(handler.type) for handler in node.handlers):
                    last = node.body[-1]
                    self.seen.fallible.append((node.lineno, last.end_lineno or last.lineno))
            case _:
                self.seen.hashes.append(crc32(self._header(node)))
        if isinstance(node, ast.Match):
            for case in node.cases:
                self.block(case.body)
            return
        outer = self.typing_only
        self.typing_only |= isinstance(node, ast.If) and is_type_checking(node.test)
        self.block(body)
        self.typing_only = outer
        for handler in getattr(node, "handlers", ()):
            self.block(handler.body)
        self.block(getattr(node, "orelse", ()))
        self.block(getattr(node, "finalbody", ()))

    def _class(self, node: ast.ClassDef) -> None:
        _without_docstring(node)
        self.seen.hashes.append(crc32(b"class " + node.name.encode()))
        self.block(node.body)
        if node.col_offset == 0:
            bases = tuple(filter(None, map(_last_name, node.bases)))
            members = tuple(self._members(node.body))
            self.seen.classes.append(ClassFact(node.name, node.lineno, members, bases))

    def _members(self, body: Iterable[ast.stmt]) -> Iterator[tuple[str, int]]:
        for node in body:
            match node:
                case ast.FunctionDef() | ast.AsyncFunctionDef():
                    yield node.name, 0
                case ast.AnnAssign(target=ast.Name(id=name)):
                    yield name, crc32(self._text(node.value)) if node.value else 1
                case ast.Assign(targets=[ast.Name(id=name)]):
                    yield name, crc32(self._text(node.value))
                case _:
                    pass

    def _header(self, node: ast.stmt) -> bytes:
        """Return the kind of a compound statement and what is between its keyword and its colon."""
        kind = type(node).__name__.encode()
        for part in ("test", "iter", "subject"):
            value = getattr(node, part, None)
            if value is not None:
                return kind + self._text(value)
        items: list[ast.withitem] = getattr(node, "items", [])
        return kind + b",".join(self._text(item.context_expr) for item in items)

    def _text(self, node: ast.stmt | ast.expr) -> bytes:
        if node.lineno == node.end_lineno:
            line = self.lines[node.lineno - 1]
            return line[node.col_offset : node.end_col_offset].translate(None, _SPACE)
        return self.source.text(node).translate(None, _SPACE)


def _last_name(base: ast.expr) -> str:
    if isinstance(base, ast.Attribute):
        return base.attr
    return base.id if isinstance(base, ast.Name) else ""


def _without_docstring(node: _Scope) -> None:
    match node.body:
        case [ast.Expr(value=ast.Constant(value=str())) as doc]:
            node.body[0] = ast.copy_location(ast.Pass(), doc)
        case [ast.Expr(value=ast.Constant(value=str())), *_]:
            del node.body[0]
        case _:
            pass


def _expects_import_error(caught: ast.expr | None) -> bool:
    if caught is None:
        return True
    parts = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    return any(isinstance(part, ast.Name) and part.id in _IMPORT_ERRORS for part in parts)


def _warns(call: ast.Call) -> bool:
    """Return whether a call warns of a deprecation, as a module does that is on its way out."""
    called = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    called = call.func.id if isinstance(call.func, ast.Name) else called
    arguments = [*call.args, *(word.value for word in call.keywords)]
    return called == "warn" and any(
        isinstance(part, ast.Name) and part.id.endswith("DeprecationWarning") for part in arguments
    )
