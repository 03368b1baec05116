"""The text before paired with the text after: each reference with its successor, and what else changed."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from unfork.verification.call_changes import CallChanges
from unfork.verification.values import OPAQUE, Instance, Value, Values


class Pair(NamedTuple):
    """An expression before and its successor; without one, ``after`` is None and ``why`` gives the reason."""

    before: ast.AST
    after: ast.AST | None
    why: str = ""


Known = Callable[[ast.AST], Values | None]
"""Returns the values of an expression when the module ran; None for an unknown expression."""

_TOLD = ast.JoinedStr | ast.BinOp | ast.Call | ast.Subscript
"""Expressions that may be known as a whole: a text, ``import_module(...)``, ``sys.modules[...]``."""
_SKIPPED = frozenset(
    (
        "lineno",
        "col_offset",
        "end_lineno",
        "end_col_offset",
        "ctx",
        "type_comment",
        "type_ignores",
        "kind",
    )
)


class Pairing:
    """Walks two trees side by side. ``before`` and ``after`` return the known values of expressions."""

    def __init__(
        self,
        before: Known,
        after: Known,
        strings: Callable[[ast.AST], tuple[ast.expr | None, ast.expr | None]],
        deprecated: bool,
        is_dull: Callable[[ast.stmt, ast.stmt], bool],
        is_path: Callable[[ast.Constant], bool],
        calls: CallChanges,
    ) -> None:
        self._before, self._after, self._strings, self._calls = before, after, strings, calls
        self._deprecated, self._is_dull, self._is_path = deprecated, is_dull, is_path
        self.compared: list[ast.Compare] = []

    def blocks(self, before: Sequence[ast.stmt], after: Sequence[ast.stmt]) -> Iterator[Pair]:
        """Pair the statements of two blocks; imports may be added or removed."""
        old = [node for node in before if not _is_import(node)]
        new = [node for node in after if not _is_import(node)]
        new = _without_names_anew(new, old, before)
        if self._deprecated:
            old = [node for node in old if not _is_deprecation(node)]
            new = [node for node in new if not _is_deprecation(node)]
        if len(old) != len(new):
            old, new = _without_guards(old, new), _without_guards(new, old)
        if len(old) != len(new):
            old = [node for node in old if not is_only_imports(node)]
            new = [node for node in new if not is_only_imports(node)]
        for left, right in zip(old, new):
            if not self._is_dull(left, right):
                yield from self.nodes(left, right)
        if len(old) != len(new):
            at = (old[len(new) :] or before or [None])[0]  # type: ignore[list-item]
            node = at if at is not None else new[len(old)]
            yield Pair(node, None, "a statement comes or goes")

    def nodes(self, old: ast.AST, new: ast.AST) -> Iterator[Pair]:
        """Pair two corresponding nodes, and everything in them."""
        if isinstance(old, ast.expr) and isinstance(new, ast.expr):
            yield from self._pair_expressions(old, new)
        elif type(old) is not type(new):
            yield Pair(old, None, "it became something else")
        else:
            yield from self._pair_fields(old, new)

    def _pair_expressions(self, old: ast.expr, new: ast.expr) -> Iterator[Pair]:
        if isinstance(old, ast.Name | ast.Attribute) and isinstance(new, ast.Name | ast.Attribute):
            yield from self._pair_dotted_names(old, new)
            return
        if isinstance(old, ast.Constant) and isinstance(new, ast.Constant):
            yield from self._pair_constants(old, new)
            return
        if isinstance(old, ast.Compare):
            self.compared.append(old)
        known, now = self._before(old), self._after(new)
        exact = known not in (None, OPAQUE) and now not in (None, OPAQUE)
        if exact:
            yield Pair(old, new)
        if type(old) is type(new):
            if exact and isinstance(old, _TOLD) and not any(map(_is_instance, known or ())):
                yield from self._reached_by(old, new)
                return
            yield from self._pair_fields(old, new)
        elif not exact:
            yield Pair(old, None, "it became something else")

    def _pair_dotted_names(
        self, old: ast.Name | ast.Attribute, new: ast.Name | ast.Attribute
    ) -> Iterator[Pair]:
        """Pair two dotted names, which may differ in length if they have the same value."""
        known, now = self._before(old), self._after(new)
        if known not in (None, OPAQUE, frozenset()) and now is not None:
            yield Pair(old, new)
            if self._is_known_below(old) and self._is_known_below(new):
                yield from self._reached_by(root_of(old), root_of(new))
                return
        if isinstance(old, ast.Attribute) and isinstance(new, ast.Attribute):
            unknown = known in (None, OPAQUE, frozenset())
            if old.attr != new.attr and unknown and not self._calls.is_renamed(old.attr, new.attr):
                yield Pair(old, new, f"{old.attr} became {new.attr}")
            yield from self.nodes(old.value, new.value)
        elif isinstance(old, ast.Name) and isinstance(new, ast.Name):
            if old.id != new.id and known is None and isinstance(old.ctx, ast.Load):
                yield Pair(old, None, f"{old.id} became {new.id}")
        else:
            yield Pair(old, None, "it became something else")

    def _is_known_below(self, node: ast.expr) -> bool:
        """Return whether a dotted name has been compared as a whole, including its root."""
        root = root_of(node)
        known = self._before(root) or self._after(root)
        return isinstance(root, ast.Name) or known not in (None, OPAQUE)

    def _reached_by(self, old: ast.AST, new: ast.AST) -> Iterator[Pair]:
        """Pair what is called or subscripted in expressions that are known as a whole."""
        match old, new:
            case ast.Call(), ast.Call():
                yield from self.nodes(old.func, new.func)
            case ast.Subscript(), ast.Subscript():
                yield from self.nodes(old.value, new.value)
            case _:
                return

    def _pair_constants(self, old: ast.Constant, new: ast.Constant) -> Iterator[Pair]:
        known, now = self._before(old), self._after(new)
        if known not in (None, OPAQUE) and now is not None:
            yield Pair(old, new)
            return
        if self._calls.is_renamed(old.value, new.value):
            return
        left, right = self._strings(old)[0], self._strings(new)[1]
        if left is not None and right is not None:
            yield from self.nodes(left, right)
        elif (
            old.value != new.value or type(old.value) is not type(new.value)
        ) and not self._is_path(old):
            yield Pair(old, None, "a string would change that may not be a reference")

    def _pair_fields(self, old: ast.AST, new: ast.AST) -> Iterator[Pair]:
        skipped = _SKIPPED
        if isinstance(old, ast.Call) and isinstance(new, ast.Call):
            arguments = self._calls.arguments(old, new)
            if arguments is not None:
                skipped |= {"args", "keywords"}
                for one, other in arguments:
                    yield from self.nodes(one, other)
        for name in old._fields:
            if name in skipped:
                continue
            left, right = getattr(old, name, None), getattr(new, name, None)
            if isinstance(left, list) and isinstance(right, list):
                yield from self._pair_lists(old, name, left, right)
            elif isinstance(left, ast.AST) and isinstance(right, ast.AST):
                yield from self.nodes(left, right)
            elif left != right and not self._is_allowed(old, left, right):
                yield Pair(old, None, f"{left} became {right}")

    def _is_allowed(self, old: ast.AST, left: object, right: object) -> bool:
        """Return whether a name may change that is no reference: of an argument, or of a method that overrides one."""
        if isinstance(old, ast.FunctionDef | ast.AsyncFunctionDef):
            return self._calls.is_renamed(left, right)
        return isinstance(old, ast.keyword)

    def _pair_lists(
        self, old: ast.AST, name: str, left: list[object], right: list[object]
    ) -> Iterator[Pair]:
        is_block = any(isinstance(item, ast.stmt) for item in (*left, *right))
        if is_block:
            yield from self.blocks(left, right)  # type: ignore[arg-type]
            return
        if len(left) != len(right):
            yield Pair(old, None, "it has more or fewer parts")
            return
        shown = _follows_code(left, right) if isinstance(old, ast.JoinedStr) else ()
        for at, (one, other) in enumerate(zip(left, right)):
            if at in shown:
                continue
            if isinstance(one, ast.AST) and isinstance(other, ast.AST):
                yield from self.nodes(one, other)
            elif one != other and not isinstance(old, ast.Global | ast.Nonlocal):
                yield Pair(old, None, f"{one} became {other}")


def _follows_code(left: Sequence[object], right: Sequence[object]) -> Collection[int]:
    """Return which texts of a format string differ only in code that they show: ``f"{old.run()=}"`` has it twice.

    The text ``old.run()=`` (language reference, 2.4.3) follows the code, whatever that becomes.
    """
    offsets = []
    for at, (old, new) in enumerate(zip(pairwise(left), pairwise(right))):
        texts = [_before_shown_code(*shown) for shown in (old, new)]
        if None not in texts and texts[0] == texts[1]:
            offsets.append(at)
    return offsets


def _before_shown_code(text: object, shown: object) -> str | None:
    """Return what stands in a text before the code that it shows; None where it shows none."""
    match text, shown:
        case ast.Constant(value=str(value)), ast.FormattedValue() if value.rstrip().endswith("="):
            return _before_code(value.rstrip()[:-1], shown.value)
        case _:
            return None


def _before_code(text: str, code: ast.expr) -> str | None:
    """Return what stands in a text before the source of an expression; None where it does not end with that."""
    wanted = ast.dump(code)
    for start in range(len(text)):
        try:
            if ast.dump(ast.parse(text[start:].strip(), mode="eval").body) == wanted:
                return text[:start]
        except (SyntaxError, ValueError):
            continue
    return None


def root_of(node: ast.AST) -> ast.AST:
    """Return the root of a dotted name."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node


def _is_instance(value: Value) -> bool:
    return isinstance(value, Instance)


def _without_names_anew(
    new: list[ast.stmt], old: list[ast.stmt], before: Sequence[ast.stmt]
) -> list[ast.stmt]:
    """Return statements without each ``Old = New`` where an import bound ``Old`` before: its uses are compared."""
    imported = {
        alias.asname or alias.name
        for node in before
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    known = {ast.dump(node) for node in old if _is_name_anew(node, imported)}
    return [n for n in new if not _is_name_anew(n, imported) or ast.dump(n) in known]


def _is_name_anew(node: ast.stmt, imported: Collection[str]) -> bool:
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Name() | ast.Attribute()):
            return name in imported
        case _:
            return False


def _is_import(node: ast.stmt) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom | ast.Pass)


def _without_guards(block: list[ast.stmt], other: list[ast.stmt]) -> list[ast.stmt]:
    """Return statements without those that only guard imports, if the other block has none under such a guard."""
    other_guards = {_guard_text(node) for node in other}
    return [
        node for node in block if not is_only_imports(node) or _guard_text(node) in other_guards
    ]


def _guard_text(node: ast.stmt) -> str:
    return type(node).__name__ + (ast.dump(node.test) if isinstance(node, ast.If) else "")


def _is_deprecation(node: ast.stmt) -> bool:
    """Return whether a statement only warns that something is deprecated."""
    match node:
        case ast.Expr(value=ast.Call(args=args)):
            return any(
                isinstance(a, ast.Name) and a.id.endswith("DeprecationWarning") for a in args
            )
        case _:
            return False


def is_only_imports(node: ast.stmt) -> bool:
    """Return whether a statement only imports, with or without a condition."""
    match node:
        case ast.Import() | ast.ImportFrom() | ast.Pass():
            return True
        case ast.If():
            return all(map(is_only_imports, (*node.body, *node.orelse)))
        case ast.Try() | ast.TryStar():
            inner = (statement for handler in node.handlers for statement in handler.body)
            parts = (*node.body, *inner, *node.orelse, *node.finalbody)
            return all(map(is_only_imports, parts))
        case _:
            return False
