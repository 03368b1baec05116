"""What importing a module does to others: it registers with them, stores into them, or changes the process.

    @register("csv")                    a decorator that keeps what it decorates
    class Csv(Plugin): ...              a base class that is told of its subclasses
    atexit.register(stop)               a call whose result nobody uses
    os.environ["MODE"] = "x"            a store into somebody else's object

What a module says of itself (``print``, ``warnings``, ``logging``), and where it looks for modules (``sys.path``), does
not count: a module that takes its place says what it has to say.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from unfork.nodes import root_name
from unfork.reading.definitions import first_line
from unfork.reading.index import Index
from unfork.reading.statement_names import names_bound, nested_statements
from unfork.rewriting.decorators import Decorators, Definition
from unfork.rewriting.effects import Effects, dotted_name
from unfork_codemods.project import Key

_TALK = frozenset({"print", "warnings", "logging", "sys.path", "sys.stdout", "sys.stderr"})
_ITSELF = "sys.modules[__name__]"


class Act(NamedTuple):
    """Something that a module does to others when it is imported: its text without the defined names, and its line."""

    text: str
    line: int


def outward_acts(index: Index, key: Key) -> tuple[Act, ...]:
    """Return what importing a module does to others; nothing for a module without a source that parses."""
    tree = index.tree(key)
    return tuple(_Acts(index, key, tree).of(tree.body)) if tree is not None else ()


class _Acts:
    def __init__(self, index: Index, key: Key, tree: ast.Module) -> None:
        self._key = key
        self._effects, self._decorators = Effects(index, key, tree), Decorators(index)
        self._own = frozenset(
            name
            for node in tree.body
            if not isinstance(node, ast.Import | ast.ImportFrom)
            for name in names_bound(node)
        )

    def of(self, body: Iterable[ast.stmt]) -> Iterator[Act]:
        """Yield the acts of statements, in order."""
        for node in body:
            if isinstance(node, ast.If) and _never_runs_on_import(node):
                yield from self.of(node.orelse)
            elif isinstance(node, Definition):
                yield from (Act(text, first_line(node)) for text in self._of_definition(node))
            else:
                yield from (Act(text, node.lineno) for text in self._of_statement(node))
                yield from self.of(nested_statements(node))

    def _of_definition(self, node: Definition) -> Iterator[str]:
        for decorator in node.decorator_list:
            if not self._effects.is_decorator(decorator) and self._may_keep(decorator):
                yield f"@{ast.unparse(decorator)}"
        if isinstance(node, ast.ClassDef):
            for base in node.bases:
                if self._effects.base_is_told(base):
                    yield f"class ({ast.unparse(base)})"
            for keyword in node.keywords:
                if keyword.arg == "metaclass" and self._effects.makes_classes(keyword.value):
                    yield f"class (metaclass={ast.unparse(keyword.value)})"

    def _may_keep(self, decorator: ast.expr) -> bool:
        return self._is_foreign(decorator) and self._decorators.may_keep(self._key, decorator)

    def _of_statement(self, node: ast.stmt) -> Iterator[str]:
        match node:
            case ast.Expr(value=ast.Call() as call):
                if self._effects.has_effect(node) and self._is_foreign(call.func):
                    yield ast.unparse(call)
            case ast.Assign(targets=targets):
                yield from self._of_targets(targets)
            case ast.AugAssign(target=target):
                yield from self._of_targets([target])

    def _of_targets(self, targets: Iterable[ast.expr]) -> Iterator[str]:
        for target in targets:
            text = ast.unparse(target)
            is_part = isinstance(target, ast.Attribute | ast.Subscript)
            if is_part and self._is_foreign(target) and not text.startswith(_ITSELF):
                yield f"{text} ="

    def _is_foreign(self, node: ast.expr) -> bool:
        """Return whether an expression begins with a name from elsewhere that does more than print, warn or log."""
        root = root_name(node)
        if not root or root in self._own:
            return False
        path = dotted_name(_without_calls(node)) or root
        whole = self._effects.whole_name(path) or path
        parts = whole.split(".")
        return _TALK.isdisjoint(".".join(parts[:count]) for count in (1, 2))


def _without_calls(node: ast.expr) -> ast.expr:
    """Return the innermost dotted name of an expression: ``reg.table`` of ``reg.table("x").add``."""
    match node:
        case ast.Call(func=inner) | ast.Subscript(value=inner):
            return _without_calls(inner)
        case ast.Attribute(value=inner) if dotted_name(node) is None:
            return _without_calls(inner)
        case _:
            return node


def _never_runs_on_import(node: ast.If) -> bool:
    text = ast.unparse(node.test)
    return "__main__" in text or text.endswith("TYPE_CHECKING")
