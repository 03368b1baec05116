"""What the statements of a module do when it is loaded: define, set something up, or work as a script does."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence

from unfork.reading.statements import is_type_checking

_OUTPUT = frozenset({"print", "input", "exit", "quit"})
"""Functions that only a program calls while it is loaded."""
_STARTS = frozenset({"exec", "launch", "loop", "main", "mainloop", "run", "serve", "start"})
"""First words of the methods by which a program starts its loop: ``run_forever``, ``serve``, ``start_polling``."""
_FEW = 2
"""So many steps outside functions may be those of any module."""
_APPLICATIONS = frozenset({"app", "application", "celery"})
"""Names that servers and workers look up in the module they are given: ``uvicorn main:app``."""
_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def acts(node: ast.stmt) -> bool:
    """Return whether a statement of a module does something, as those of a script do."""
    match node:
        case ast.Expr(value=ast.Call() | ast.Await()) | ast.For() | ast.While() | ast.With():
            return True
        case ast.If(test=test, body=body, orelse=orelse):
            return not is_type_checking(test) and any(map(acts, (*body, *orelse)))
        case ast.Try(body=body) | ast.TryStar(body=body):
            return any(map(acts, body))
        case _:
            return False


def makes_application(body: Iterable[ast.stmt]) -> bool:
    """Return whether a module makes an object that a server or a worker can be told to run."""
    return any(
        isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Call)
        and any(isinstance(to, ast.Name) and to.id in _APPLICATIONS for to in node.targets)
        for node in body
    )


def works_as_script(body: Sequence[ast.stmt]) -> bool:
    """Return whether a module is a script without ``if __name__``, given its statements.

    It prints, calls a function of its own, or starts a loop; or most of its code is outside functions and classes.
    A module that merely sets up logging, folders or its own objects is none.
    """
    own = {node.name for node in body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    if any(_starts_program(node, own) for node in body):
        return True
    inside = sum(_statement_count(node) for node in body if isinstance(node, _Definition))
    outside = sum(1 for node in _steps(body))
    return outside > max(inside, _FEW)


def _starts_program(node: ast.stmt, own: set[str]) -> bool:
    """Return whether a statement prints, or calls a function of the module itself or one that starts a loop."""
    match node:
        case ast.Expr(value=ast.Call() as call):
            return _is_start(call, own) or any(
                isinstance(argument, ast.Call) and _is_own(argument, own) for argument in call.args
            )
        case ast.For(body=body) | ast.While(body=body) | ast.With(body=body) | ast.Try(body=body):
            return any(_starts_program(inner, own) for inner in body)
        case ast.If(body=body, orelse=orelse):
            return any(
                _starts_program(inner, own) and not _is_output(inner) for inner in (*body, *orelse)
            )
        case _:
            return False


def _is_output(node: ast.stmt) -> bool:
    """Return whether a statement only prints: under a condition, a warning that any module may give."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Name)
        and node.value.func.id in _OUTPUT
    )


def _is_start(call: ast.Call, own: set[str]) -> bool:
    match call.func:
        case ast.Name(id=name):
            return name in _OUTPUT or name in own
        case ast.Attribute(attr=name):
            return name == "exit" or name.partition("_")[0] in _STARTS
        case _:
            return False


def _is_own(call: ast.Call, own: set[str]) -> bool:
    return isinstance(call.func, ast.Name) and call.func.id in own


def _steps(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements outside functions and classes that do something, rather than import or name a value."""
    for node in body:
        match node:
            case ast.Expr(value=ast.Call() | ast.Await()) | ast.AugAssign() | ast.Delete():
                yield node
            case ast.For() | ast.While() | ast.With() | ast.If() | ast.Try():
                yield node
                yield from _steps(_blocks(node))
            case _:
                pass


def _blocks(node: ast.For | ast.While | ast.With | ast.If | ast.Try) -> Iterator[ast.stmt]:
    yield from node.body
    yield from getattr(node, "orelse", ())


def _statement_count(node: ast.AST) -> int:
    return sum(isinstance(inner, ast.stmt) for inner in ast.walk(node)) - 1
