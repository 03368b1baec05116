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
import builtins
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from unfork.nodes import FunctionDef
from unfork.reading.conditions import names_bound, nested_statements
from unfork.reading.definitions import first_line
from unfork.reading.index import Index
from unfork.rewriting.effects import MAKING, Effects, dotted_name
from unfork_codemods.project import Key

_TALK = frozenset({"print", "warnings", "logging", "sys.path", "sys.stdout", "sys.stderr"})
_ITSELF = "sys.modules[__name__]"
_KEEPING = re.compile("register|receiver$|listens_for$|shared_task$")
"""How libraries call decorators that keep what they decorate."""
_ADDING = re.compile(
    "(?:add|append|attach|bind|connect|extend|hook|include|insert|install|listen|on|put|register|set|setdefault"
    "|subscribe)(?![a-z])|appendleft|update(?![a-z_])"
)
"""How methods are called that keep what they are given."""
_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


class Act(NamedTuple):
    """Something that a module does to others when it is imported: its text without the names defined, and its line."""

    text: str
    line: int


def outward_acts(index: Index, key: Key) -> tuple[Act, ...]:
    """Return what importing a module does to others; nothing for a module without a source that parses."""
    tree = index.tree(key)
    return tuple(_Acts(index, key, tree).of(tree.body)) if tree is not None else ()


class _Acts:
    def __init__(self, index: Index, key: Key, tree: ast.Module) -> None:
        self._effects = Effects(index, key, tree)
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
            elif isinstance(node, _Definition):
                yield from (Act(text, first_line(node)) for text in self._of_definition(node))
            else:
                yield from (Act(text, node.lineno) for text in self._of_statement(node))
                yield from self.of(nested_statements(node))

    def _of_definition(self, node: _Definition) -> Iterator[str]:
        for decorator in node.decorator_list:
            if not self._effects.is_decorator(decorator) and self._may_keep(decorator):
                yield f"@{ast.unparse(decorator)}"
        if isinstance(node, ast.ClassDef):
            for base in node.bases:
                if self._effects.base_is_told(base):
                    yield f"class ({ast.unparse(base)})"

    def _may_keep(self, decorator: ast.expr) -> bool:
        """Return whether a decorator may keep what it decorates.

        That of a library does only if its name says so; a function or class of the project if its code does.
        """
        if not self._is_foreign(decorator):
            return False
        path = dotted_name(_without_calls(decorator)) or ""
        made = self._effects.definition_named(path)
        if isinstance(made, _Definition):
            return _keeps_something(made, 2 if isinstance(decorator, ast.Call) else 1)
        whole = self._effects.whole_name(path)
        return whole is None or _KEEPING.match(whole.rpartition(".")[2]) is not None

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
        """Return whether an expression begins with a name that is from elsewhere, and does more than talk."""
        root = _root_name(node)
        if not root or root in self._own:
            return False
        path = dotted_name(_without_calls(node)) or root
        whole = self._effects.whole_name(path) or path
        parts = whole.split(".")
        return _TALK.isdisjoint(".".join(parts[:count]) for count in (1, 2))


def _keeps_something(made: _Definition, depth: int) -> bool:
    """Return whether decorating stores into, or adds to, something that is not made there or given.

    ``depth``: 2 for a decorator that is called first, ``@register("csv")``, else 1.
    """
    own = {node.arg for node in ast.walk(made) if isinstance(node, ast.arg)}
    own |= {n.id for n in ast.walk(made) if isinstance(n, ast.Name) and not _is_read(n)}
    return any(
        isinstance(node, ast.Global) or any(_root_name(part) not in own for part in _filled(node))
        for node in _run_by_decorating(made, depth)
    )


def _run_by_decorating(made: _Definition, depth: int) -> Iterator[ast.AST]:
    """Yield the code that runs where something is decorated: not what runs when that is called later."""
    waiting: list[ast.AST] = list(made.body)
    if isinstance(made, ast.ClassDef):
        names = MAKING if depth == 1 else {*MAKING, "__call__"}
        methods = [n for n in made.body if isinstance(n, FunctionDef) and n.name in names]
        waiting, depth = [part for method in methods for part in method.body], 1
    while waiting:
        node = waiting.pop()
        if isinstance(node, FunctionDef):
            if depth > 1:
                yield from _run_by_decorating(node, depth - 1)
        elif not isinstance(node, ast.Lambda):
            yield node
            waiting += ast.iter_child_nodes(node)


def _filled(node: ast.AST) -> Iterator[ast.expr]:
    """Yield what code stores into, or adds to: ``TABLE`` of ``TABLE["x"] = f``, of ``TABLE.append(f)``."""
    match node:
        case ast.Assign(targets=targets):
            yield from (t for t in targets if isinstance(t, ast.Attribute | ast.Subscript))
        case ast.AugAssign(target=ast.Attribute() | ast.Subscript() as target):
            yield target
        case ast.Call(func=ast.Attribute(value=owner, attr=name)) if _ADDING.match(name):
            yield owner
        case ast.Call(func=ast.Name(id=name) as function) if not hasattr(builtins, name):
            yield from [function] if _ADDING.match(name.lstrip("_")) else ()


def _is_read(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Load)


def _root_name(node: ast.expr) -> str:
    """Return the name that an expression begins with; empty if it begins with something else, such as a text."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=inner) | ast.Subscript(value=inner) | ast.Call(func=inner):
            return _root_name(inner)
        case _:
            return ""


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
