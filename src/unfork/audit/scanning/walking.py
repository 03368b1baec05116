"""One walk over the statements of a module, which collects everything that the audit needs from them."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from zlib import crc32

from unfork.audit.scanning.facts import ClassFact
from unfork.audit.scanning.module_actions import acts, makes_application, works_as_script
from unfork.nodes import last_name
from unfork.reading.source import Source
from unfork.reading.statements import is_lazy, is_type_checking

_SPACE = b" \t\f\r\n\\"
_IMPORT_ERRORS = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})
_CATCHERS = frozenset({"suppress", "raises", "assertRaises", "assertRaisesRegex"})
"""Functions that, in a ``with``, expect the errors they are called with."""
_ELSEWHERE = re.compile(
    rb"version_info|hexversion|python_version|platform|os\.name|\bPY[23]|find_spec"
)
"""Matches a condition on the Python version or the platform: elsewhere, other modules exist."""
_TELLING = 16
"""A statement with fewer characters, like ``return None``, is to be found anywhere."""
_Scope = ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


class Import(NamedTuple):
    """An import: ``typing_only`` under ``if TYPE_CHECKING``; ``in_function`` if it runs only on a call or first use."""

    node: ast.Import | ast.ImportFrom
    typing_only: bool
    in_function: bool


@dataclass(slots=True)
class Walked:
    """The ``hashes`` of the statements, in order, and everything else that the walk saw.

    ``telling`` are the hashes of those that are long enough to say something.
    ``size`` is the length of the text of simple statements, without white space and without imports. ``fallible`` are
    the first and last lines of blocks that expect an import to fail, or that run after one failed.
    """

    count: int = 0
    size: int = 0
    hashes: list[int] = field(default_factory=list)
    telling: set[int] = field(default_factory=set)
    imports: list[Import] = field(default_factory=list)
    classes: list[ClassFact] = field(default_factory=list)
    fallible: list[tuple[int, int]] = field(default_factory=list)
    defs: set[str] = field(default_factory=set)
    runs_itself: bool = False
    acts: bool = False
    is_script: bool = False
    makes_application: bool = False
    deprecated: bool = False

    def is_fallible(self, line: int) -> bool:
        """Return whether an import on a line may fail."""
        return any(first <= line <= last for first, last in self.fallible)


def walk_statements(source: Source) -> Walked:
    """Walk a module, and remove the docstrings from its tree. Raises Unparsable."""
    walker = _Walker(source.data.splitlines())
    tree = source.tree
    walker.top(tree)
    walker.block(tree.body)
    return walker.seen


@dataclass(slots=True)
class _Walker:
    """Walks the statements of a module with the source ``lines``; dispatches by type, for speed on large projects."""

    lines: list[bytes]
    seen: Walked = field(default_factory=Walked)
    typing_only: bool = False
    in_function: bool = False

    def top(self, tree: ast.Module) -> None:
        without_docstring(tree)
        for node in tree.body:
            match node:
                case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                    self.seen.defs.add(node.name)
                case ast.If(test=ast.Compare(left=ast.Name(id="__name__"))):
                    self.seen.runs_itself = True
                case ast.Expr(value=ast.Call() as call) if _is_deprecation_warning(call):
                    self.seen.deprecated = True
                case _ if acts(node):
                    self.seen.acts = True
                case _:
                    pass
        self.seen.is_script = self.seen.acts and works_as_script(tree.body)
        self.seen.makes_application = makes_application(tree.body)

    def block(self, body: Sequence[ast.stmt]) -> None:
        self.seen.count += len(body)
        for node in body:
            special = _SPECIAL.get(type(node))
            if special is None:
                text = self._compact_text(node)
                self.seen.size += len(text)
                self._add_text(text)
            else:
                special(self, node)

    def _skip_pass(self, node: ast.Pass) -> None:
        """Skip the statement, which does nothing; it is counted already."""

    def _walk_import(self, node: ast.Import | ast.ImportFrom) -> None:
        late = self.in_function or is_lazy(node)
        self.seen.imports.append(Import(node, self.typing_only, late))

    def _walk_annotation(self, node: ast.AnnAssign) -> None:
        value = self._compact_text(node.value) if node.value else b""
        self.seen.size += len(value)
        self.seen.hashes.append(crc32(self._compact_text(node.target) + b"=" + value))

    def _walk_function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        without_docstring(node)
        self.seen.hashes.append(crc32(b"def " + node.name.encode()))
        outer, self.in_function = self.in_function, True
        self.block(node.body)
        self.in_function = outer

    def _walk_try(self, node: ast.Try | ast.TryStar) -> None:
        self.seen.hashes.append(1)
        expecting = [clause for clause in node.handlers if _expects_import_error(clause.type)]
        if expecting:
            self._mark_fallible(node.lineno, node.body[-1])
        for handler in expecting:
            self._mark_fallible(handler.lineno, handler)
        self.block(node.body)
        for handler in node.handlers:
            self.block(handler.body)
        self.block(node.orelse)
        self.block(node.finalbody)

    def _mark_fallible(self, first: int, last: ast.stmt | ast.ExceptHandler) -> None:
        self.seen.fallible.append((first, last.end_lineno or last.lineno))

    def _walk_if(self, node: ast.If) -> None:
        self._hash_header(node, node.test)
        outer, before = self.typing_only, len(self.seen.imports)
        self.typing_only = outer or is_type_checking(node.test)
        self.block(node.body)
        self.typing_only = outer
        self.block(node.orelse)
        if len(self.seen.imports) > before and _ELSEWHERE.search(self._compact_text(node.test)):
            self._mark_fallible(node.lineno, node)

    def _walk_loop(self, node: ast.For | ast.AsyncFor | ast.While) -> None:
        self._hash_header(node, node.test if isinstance(node, ast.While) else node.iter)
        self.block(node.body)
        self.block(node.orelse)

    def _walk_with(self, node: ast.With | ast.AsyncWith) -> None:
        self._hash_header(node, *(item.context_expr for item in node.items))
        before = len(self.seen.imports)
        self.block(node.body)
        if len(self.seen.imports) > before and any(map(_is_import_suppressor, node.items)):
            self._mark_fallible(node.lineno, node)

    def _walk_match(self, node: ast.Match) -> None:
        self._hash_header(node, node.subject)
        for case in node.cases:
            self.block(case.body)

    def _walk_class(self, node: ast.ClassDef) -> None:
        without_docstring(node)
        self.seen.hashes.append(crc32(b"class " + node.name.encode()))
        self.block(node.body)
        if node.col_offset == 0:
            bases = tuple(filter(None, map(last_name, node.bases)))
            members = tuple(self._class_members(node.body))
            self.seen.classes.append(ClassFact(node.name, node.lineno, members, bases))

    def _class_members(self, body: Iterable[ast.stmt]) -> Iterator[tuple[str, int]]:
        for node in body:
            match node:
                case ast.FunctionDef() | ast.AsyncFunctionDef():
                    yield node.name, 0
                case ast.AnnAssign(target=ast.Name(id=name)):
                    yield name, crc32(self._compact_text(node.value)) if node.value else 1
                case ast.Assign(targets=[ast.Name(id=name)]):
                    yield name, crc32(self._compact_text(node.value))
                case _:
                    pass

    def _hash_header(self, node: ast.stmt, *parts: ast.expr) -> None:
        """Add the hash of a compound statement's kind and of the expressions between its keyword and its colon."""
        kind = type(node).__name__.encode()
        self._add_text(kind + b",".join(map(self._compact_text, parts)))

    def _add_text(self, text: bytes) -> None:
        number = crc32(text)
        self.seen.hashes.append(number)
        if len(text) >= _TELLING:
            self.seen.telling.add(number)

    def _compact_text(self, node: ast.stmt | ast.expr) -> bytes:
        """Return the source of a node without white space."""
        first, last, lines = node.lineno, node.end_lineno or 0, self.lines
        if first == last:
            text = lines[first - 1][node.col_offset : node.end_col_offset]
        else:
            inner = b"".join(lines[first : last - 1])
            text = (
                lines[first - 1][node.col_offset :] + inner + lines[last - 1][: node.end_col_offset]
            )
        return text.translate(None, _SPACE)


_SPECIAL: Mapping[type[ast.stmt], Callable[[_Walker, Any], None]] = {
    ast.Pass: _Walker._skip_pass,
    ast.Import: _Walker._walk_import,
    ast.ImportFrom: _Walker._walk_import,
    ast.AnnAssign: _Walker._walk_annotation,
    ast.FunctionDef: _Walker._walk_function,
    ast.AsyncFunctionDef: _Walker._walk_function,
    ast.ClassDef: _Walker._walk_class,
    ast.If: _Walker._walk_if,
    ast.For: _Walker._walk_loop,
    ast.AsyncFor: _Walker._walk_loop,
    ast.While: _Walker._walk_loop,
    ast.With: _Walker._walk_with,
    ast.AsyncWith: _Walker._walk_with,
    ast.Try: _Walker._walk_try,
    ast.TryStar: _Walker._walk_try,
    ast.Match: _Walker._walk_match,
}
"""How to handle the statements that are not hashed by their text alone."""


def without_docstring(node: _Scope) -> None:
    """Remove the docstring from a module, class or function."""
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
    return any(last_name(part) in _IMPORT_ERRORS for part in parts)


def _is_import_suppressor(item: ast.withitem) -> bool:
    """Return whether a ``with`` expects an import to fail, as ``suppress(ImportError)`` does."""
    match item.context_expr:
        case ast.Call(func=called, args=args, keywords=words) if last_name(called) in _CATCHERS:
            return any(map(_expects_import_error, (*args, *(word.value for word in words))))
        case _:
            return False


def _is_deprecation_warning(call: ast.Call) -> bool:
    """Return whether a call issues a deprecation warning."""
    called = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    called = call.func.id if isinstance(call.func, ast.Name) else called
    arguments = [*call.args, *(word.value for word in call.keywords)]
    return called == "warn" and any(
        isinstance(part, ast.Name) and part.id.endswith("DeprecationWarning") for part in arguments
    )
