"""Import statements, found by walking statements only: an import never stands inside an expression."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from unfork.nodes import last_name
from unfork_codemods.new_import import NewImport

Attempt = ast.Try | ast.TryStar | ast.With
"""Statements after which execution may continue if an import in them fails."""
ScopeNode = ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


class Imported(NamedTuple):
    """What an import names: ``name`` of a module, or, if ``name`` is None, the module itself.

    ``module`` is without its leading dots, of which there are ``level``.
    """

    module: str
    level: int
    name: str | None


@dataclass(slots=True, eq=False)
class ImportStatement:
    """An import in its context: ``block`` is the list of statements that contains it, ``scope`` the scope it binds in.

    ``typing_only``: under ``if TYPE_CHECKING``. ``guarded``: under any other condition, a loop, or ``try``.
    ``attempts`` are the ``try`` statements that catch its failure, or whose handlers contain it as the fallback.
    """

    node: ast.Import | ast.ImportFrom
    block: list[ast.stmt]
    scope: ScopeNode
    typing_only: bool
    guarded: bool
    in_function: bool
    attempts: tuple[Attempt, ...] = ()

    @property
    def at_import_time(self) -> bool:
        """Whether importing the module runs it."""
        return not self.typing_only and not self.in_function and not self.is_lazy

    @property
    def is_lazy(self) -> bool:
        """Whether it imports nothing until one of its names is used (PEP 810)."""
        return is_lazy(self.node)

    @property
    def module(self) -> str:
        """The module that a ``from`` import names, with its dots; empty for ``import``."""
        node = self.node
        return "." * node.level + (node.module or "") if isinstance(node, ast.ImportFrom) else ""

    def local(self, alias: ast.alias) -> str:
        """Return the local name that one of its aliases binds."""
        is_from = isinstance(self.node, ast.ImportFrom)
        return alias.asname or (alias.name if is_from else alias.name.partition(".")[0])

    def as_is(self, alias: ast.alias) -> NewImport:
        """Return one of its aliases unchanged."""
        return NewImport(self.module, alias.name, alias.asname)


_FAILURES = frozenset({"ImportError", "ModuleNotFoundError"})
_ANY_FAILURE = frozenset({"Exception", "BaseException"})
_HARMLESS = (ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign, ast.Pass)


class _Place(NamedTuple):
    scope: ScopeNode
    typing_only: bool = False
    guarded: bool = False
    in_function: bool = False
    attempts: tuple[Attempt, ...] = ()


def is_lazy(node: ast.Import | ast.ImportFrom) -> bool:
    """Return whether an import is a ``lazy import`` or ``lazy from`` (PEP 810, Python 3.15)."""
    return bool(getattr(node, "is_lazy", False))


def is_type_checking(test: ast.expr) -> bool:
    """Return whether a condition is ``TYPE_CHECKING``, however it is spelled (PEP 484)."""
    if isinstance(test, ast.Attribute):
        return test.attr == "TYPE_CHECKING"
    return isinstance(test, ast.Name) and test.id == "TYPE_CHECKING"


def import_statements(tree: ast.Module) -> Iterator[ImportStatement]:
    """Yield the import statements of a module in source order."""
    yield from _imports_in_block(tree.body, _Place(tree))


def _imports_in_block(block: list[ast.stmt], place: _Place) -> Iterator[ImportStatement]:
    for node in block:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield ImportStatement(node, block, *place)
        elif not isinstance(node, ast.Expr | ast.Assign | ast.Return):
            yield from _imports_in_statement(node, place)


def _imports_in_statement(node: ast.stmt, place: _Place) -> Iterator[ImportStatement]:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            yield from _imports_in_block(
                node.body, _Place(node, place.typing_only, in_function=True)
            )
        case ast.ClassDef():
            yield from _imports_in_block(node.body, place._replace(scope=node))
        case ast.If():
            typing_only = place.typing_only or is_type_checking(node.test)
            yield from _imports_in_block(
                node.body, place._replace(typing_only=typing_only, guarded=True)
            )
            yield from _imports_in_block(node.orelse, _guarded_place(place))
        case ast.For() | ast.AsyncFor() | ast.While():
            yield from _imports_in_block(node.body, _guarded_place(place))
            yield from _imports_in_block(node.orelse, _guarded_place(place))
        case ast.With() if any(map(_suppresses_failure, node.items)):
            yield from _imports_in_block(
                node.body, place._replace(guarded=True, attempts=(*place.attempts, node))
            )
        case ast.With() | ast.AsyncWith():
            yield from _imports_in_block(node.body, _guarded_place(place))
        case ast.Try() | ast.TryStar():
            caught = [handler for handler in node.handlers if _is_for_imports(node, handler)]
            attempt = place._replace(guarded=True, attempts=(*place.attempts, node))
            goes_on = not all(map(_gives_up, caught))
            yield from _imports_in_block(node.body, attempt if goes_on else _guarded_place(place))
            for handler in node.handlers:
                yield from _imports_in_block(
                    handler.body, attempt if handler in caught else _guarded_place(place)
                )
            yield from _imports_in_block(node.orelse, _guarded_place(place))
            yield from _imports_in_block(node.finalbody, _guarded_place(place))
        case ast.Match():
            for case in node.cases:
                yield from _imports_in_block(case.body, _guarded_place(place))
        case _:
            pass


def _gives_up(handler: ast.ExceptHandler) -> bool:
    """Return whether a handler only passes on that something failed: ``raise``, ``raise RuntimeError(...) from error``.

    What is no error may be there to be caught, as ``SkipTest``.
    """
    leaves = (ast.Return, ast.Break, ast.Continue)
    if any(isinstance(part, leaves) for statement in handler.body for part in ast.walk(statement)):
        return False
    match handler.body[-1]:
        case ast.Raise(exc=None):
            return True
        case ast.Raise(exc=ast.Call(func=raised) | (ast.Name() | ast.Attribute() as raised)):
            name = last_name(raised)
            return name == handler.name or name.endswith(("Error", "Exception", "SystemExit"))
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id="sys"), attr="exit"))):
            return True
        case _:
            return False


def _guarded_place(place: _Place) -> _Place:
    return place._replace(guarded=True)


def _is_for_imports(node: ast.Try | ast.TryStar, handler: ast.ExceptHandler) -> bool:
    """Return whether a handler is for a failed import; a catch-all handler is, if nothing else can fail."""
    if catches_failure(handler.type, _FAILURES):
        return True
    imports_only = all(isinstance(statement, _HARMLESS) for statement in node.body)
    return imports_only and (handler.type is None or catches_failure(handler.type, _ANY_FAILURE))


def catches_failure(caught: ast.expr | None, failures: frozenset[str] = _FAILURES) -> bool:
    """Return whether what an ``except`` or ``suppress`` names is one of some exceptions, by their last names."""
    if isinstance(caught, ast.Tuple):
        return any(catches_failure(element, failures) for element in caught.elts)
    return last_name(caught) in failures


def _suppresses_failure(item: ast.withitem) -> bool:
    """Return whether a context manager suppresses a failed import: ``with suppress(ImportError):``."""
    call = item.context_expr
    if not isinstance(call, ast.Call):
        return False
    called = getattr(call.func, "attr", getattr(call.func, "id", ""))
    return called == "suppress" and any(map(catches_failure, call.args))
